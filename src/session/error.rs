//! What is wrong with a request, a token, an answer of the service, or the state of a person.

use std::borrow::Cow;
use std::fmt;

/// Why something was refused: what it was ([`SessionError::kind`]), where, and what to do.
///
/// It never contains a token, not even a part of one, or a value from an answer of the service:
/// those are identified by their place. `Debug` is `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionError {
    kind: SessionErrorKind,
    place: Cow<'static, str>,
    reason: Cow<'static, str>,
}

impl SessionError {
    pub(super) fn new(
        kind: SessionErrorKind,
        place: impl Into<Cow<'static, str>>,
        reason: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            kind,
            place: place.into(),
            reason: reason.into(),
        }
    }

    /// What it is about.
    pub const fn kind(&self) -> SessionErrorKind {
        self.kind
    }

    /// Where: a field by its path (`results.attempts[0].attemptId`), or a line and column.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The same, with the place that its place is in.
    pub(super) fn within(mut self, place: &str) -> Self {
        self.place = format!("{place}, {}", self.place).into();
        self
    }

    /// The same, of something that is in a field of another name.
    pub(super) fn at(
        mut self,
        kind: SessionErrorKind,
        place: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.kind = kind;
        self.place = place.into();
        self
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}

crate::errors::debug_is_display!(SessionError);

impl std::error::Error for SessionError {}

/// What a [`SessionError`] is about, and so who has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionErrorKind {
    /// A value of a request that the service would refuse: a mistake in code or configuration.
    Request,
    /// A field of a request that another version of the API has.
    OtherVersion,
    /// What should be a session token isn't.
    Token,
    /// A token whose calls would go to an endpoint other than the page's. Don't hand it out; look
    /// for the wrong resource in the configuration, or for whoever changed it.
    ForeignEndpoint,
    /// An answer of the service that can't be read: nothing follows for the person.
    Answer,
    /// What the page sent is not a report. Answer with 400.
    ClientReport,
    /// What should be a correlation id isn't.
    CorrelationId,
    /// A correlation id that is in documentation, and so in other people's code.
    SampleId,
    /// The person is in review: nothing continues until somebody has looked.
    InReview,
    /// A release of a person who isn't in review.
    NotInReview,
    /// No session with this id was kept for the person.
    UnknownSession,
    /// A text that should say who or why, but is blank.
    Blank,
    /// An abuse report without what Microsoft asks for.
    Incomplete,
    /// The operating system gave no random bytes.
    Randomness,
}
