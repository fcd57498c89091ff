//! What is wrong with what an audit is given.

use thiserror::Error;

/// Why an audit can't be set up. What a server sent is never an error: it is a finding.
#[derive(Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AuditError {
    /// Not one of the four levels.
    #[error("`{text}` is no severity; write `note`, `low`, `medium` or `high`")]
    Severity {
        /// What was given.
        text: String,
    },
    /// Not one of the profiles.
    #[error("`{text}` is no profile; write `liveness`, `document`, `asset` or `api`")]
    Profile {
        /// What was given.
        text: String,
    },
    /// The response has no absolute URL to be judged by.
    #[error("the URL of the response: {reason}")]
    Url {
        /// What is wrong with it, and where.
        reason: String,
    },
    /// A [`Visit`](super::Visit) got no page.
    #[error("{url}: {reason}")]
    Page {
        /// What it was asked for, without its query; after redirects where they lead.
        url: String,
        /// Why there is none.
        reason: String,
    },
    /// A service that was asked for a page failed instead of answering.
    #[error("{url}: the service gave no answer: {reason}")]
    Service {
        /// What it was asked for.
        url: String,
        /// Its error.
        reason: String,
    },
    /// A waiver names a code that doesn't exist.
    #[error("waiver {number}: there is no code `{code}`{hint}")]
    WaiverCode {
        /// Which waiver, counted from 1.
        number: usize,
        /// What was given.
        code: String,
        /// `, did you mean ...?`, or nothing.
        hint: String,
    },
    /// A waiver without a reason.
    #[error(
        "waiver {number} ({code}): the reason is empty; say why the finding is accepted, for the next reader"
    )]
    WaiverReason {
        /// Which waiver, counted from 1.
        number: usize,
        /// Its code.
        code: String,
    },
}

crate::errors::debug_is_display!(AuditError);
