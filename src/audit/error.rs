//! Faults in the input of an audit.

use std::net::IpAddr;

crate::errors::opaque! {
    /// Why an audit can't be set up. Anything that a server sent is never an error, but a finding.
    pub struct AuditError(AuditFault);

    /// What an [`AuditError`] is about.
    pub enum AuditErrorKind {
        /// Not the name of a severity or of a profile.
        Name = Severity | Profile,
        /// The response has no absolute URL to be judged by.
        Url = Url,
        /// The page could not be fetched: there is nothing to judge.
        Page = Page,
        /// An address that a [`Visit`](super::Visit) doesn't lead to.
        Address = Address,
        /// A service that was asked for a page failed instead of answering.
        Service = Service,
        /// A waiver without a reason, or for a code that doesn't exist; or a script without owner or
        /// justification.
        Waiver = WaiverCode | WaiverReason | Owner,
    }
}

/// What is wrong, with the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AuditFault {
    #[error("`{text}` is not a severity; write `note`, `low`, `medium` or `high`")]
    Severity { text: String },
    #[error("`{text}` is not a profile; write `liveness`, `document`, `asset` or `api`")]
    Profile { text: String },
    #[error("the URL of the response: {reason}")]
    Url { reason: String },
    #[error("{url}: {reason}")]
    Page { url: String, reason: String },
    #[error(
        "{address} is {kind}, and only an address of the internet, or the one that was asked for, is connected to; for any other, audit what `curl -si` received"
    )]
    Address { address: IpAddr, kind: &'static str },
    #[error("{url}: the service didn't answer: {reason}")]
    Service { url: String, reason: String },
    #[error("waiver {number}: there is no code `{code}`{hint}")]
    WaiverCode {
        number: usize,
        code: String,
        hint: String,
    },
    #[error(
        "waiver {number} ({code}): the reason is empty; say why the finding is accepted, for the next reader"
    )]
    WaiverReason { number: usize, code: String },
    #[error("script {number} (`{script}`): {what} is empty; an auditor asks for it")]
    Owner {
        number: usize,
        script: String,
        what: &'static str,
    },
}
