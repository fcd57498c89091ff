//! What is kept about one person: sessions, refusals, reviews.

use serde::{Deserialize, Serialize};

use crate::events::event;
#[cfg(feature = "tracing")]
use crate::foreign::in_event;

use super::{
    CorrelationId, CreatedSession, Refusal, SessionError, SessionErrorKind, SessionRequest,
    SessionVerdict, Words,
};

/// One person in the records: the correlation id that the service knows, the sessions, every call
/// that the service refused, and who released the person after a review, and why.
///
/// It is plain data with serde: store it under the application's own identifier, in one transaction
/// with the change, because it is the record against "that wasn't me". Times are seconds since
/// 1970-01-01 (UTC), passed in by the caller.
///
/// Limit how many attempts a person has in a given time with a rate limiter in front (`governor`,
/// by person).
///
/// | state | comes from | may begin a session |
/// |---|---|---|
/// | created | [`Person::new`] | yes |
/// | attempted | [`Person::began`] | yes |
/// | refused | [`Person::refused`]: the service refused a call | yes |
/// | in review | [`Person::judged`] where the service found abuse; [`Person::review`] | no |
/// | released | [`Person::release`]: by somebody, for a reason, with a new id | yes |
///
/// ```
/// use tower_visor::session::{CorrelationId, Person, SessionErrorKind, State};
///
/// # let random = |byte| CorrelationId::from_random_bytes([byte; 16]);
/// # let (first, second) = (random(1), random(2));
/// # let now = 1_795_392_000;
/// let mut person = Person::new(first, now);
/// person.review("five refused calls in a row".parse()?, now + 60);
/// assert_eq!(person.may_begin().unwrap_err().kind(), SessionErrorKind::InReview);
///
/// // A human looked, and the person gets a new id.
/// person.release("M. Okafor".parse()?, "passport checked".parse()?, second, now + 7200)?;
/// assert_eq!(person.may_begin()?, second);
/// assert_eq!(person.reviews()[0].old_id(), first);
/// # Ok::<(), tower_visor::session::SessionError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    id: CorrelationId,
    created: u64,
    state: State,
    sessions: Vec<SessionRecord>,
    refusals: Vec<Refusal>,
    reviews: Vec<Review>,
}

/// Where a person stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum State {
    /// Nothing has been tried.
    Created,
    /// The last thing was an attempt.
    Attempted,
    /// The last call was refused by the service.
    Refused,
    /// A human has to look before anything continues.
    InReview {
        /// Since when.
        since: u64,
        /// Why.
        reason: Words,
    },
    /// A human has looked, and nothing has been tried since.
    Released,
}

impl Person {
    /// A person about whom nothing is known yet. The id is kept and used for all their sessions.
    pub const fn new(id: CorrelationId, at: u64) -> Self {
        Self {
            id,
            created: at,
            state: State::Created,
            sessions: Vec::new(),
            refusals: Vec::new(),
            reviews: Vec::new(),
        }
    }

    /// The id for the next session.
    ///
    /// # Errors
    /// [`SessionErrorKind::InReview`].
    pub fn may_begin(&self) -> Result<CorrelationId, SessionError> {
        match &self.state {
            State::InReview { since, .. } => Err(SessionError::new(
                SessionErrorKind::InReview,
                "person",
                format!("in review since {since}: nothing continues until a human has looked"),
            )),
            _ => Ok(self.id),
        }
    }

    /// Keeps a session that the service has created.
    ///
    /// # Errors
    /// [`SessionErrorKind::InReview`]: a review began in between. Don't hand the token out.
    pub fn began(&mut self, session: SessionRecord) -> Result<(), SessionError> {
        self.may_begin()?;
        event!(
            INFO,
            "session created",
            session = session.session_id(),
            path = session.api_path(),
            model = session.model_version().map(in_event),
            apim_request_id = session.apim_request_id().map(in_event),
            correlation = self.id.hashed()
        );
        self.sessions.push(session);
        self.state = State::Attempted;
        Ok(())
    }

    /// Keeps the outcome of a session. [`SessionVerdict::AbuseDetected`] sends the person to review.
    ///
    /// # Errors
    /// [`SessionErrorKind::UnknownSession`]: none of this person's sessions has the id.
    pub fn judged(
        &mut self,
        session: &str,
        verdict: SessionVerdict,
        at: u64,
    ) -> Result<(), SessionError> {
        let record = self
            .sessions
            .iter_mut()
            .find(|record| record.session_id == session);
        let Some(record) = record else {
            return Err(SessionError::new(
                SessionErrorKind::UnknownSession,
                "session",
                "not a session of this person: whose result is it?",
            ));
        };
        event!(
            INFO,
            "result judged",
            session = session,
            verdict = verdict.word(),
            correlation = self.id.hashed()
        );
        if verdict == SessionVerdict::AbuseDetected {
            let reason = Words::of_verdict(&verdict);
            record.verdict = Some(Judged { at, verdict });
            self.review(reason, at);
        } else {
            record.verdict = Some(Judged { at, verdict });
        }
        Ok(())
    }

    /// Keeps a call that the service refused. It doesn't send the person to review: which code says
    /// that an id is flagged is not documented. Look at what is kept, and decide.
    pub fn refused(&mut self, refusal: Refusal) {
        event!(
            WARN,
            "call refused",
            status = refusal.status,
            code = refusal.code.as_deref().map(in_event),
            apim_request_id = refusal.apim_request_id.as_deref().map(in_event),
            correlation = self.id.hashed()
        );
        self.refusals.push(refusal);
        if !matches!(self.state, State::InReview { .. }) {
            self.state = State::Refused;
        }
    }

    /// Sends the person to review. A person who is already in review stays there, with the first reason.
    pub fn review(&mut self, reason: Words, at: u64) {
        if !matches!(self.state, State::InReview { .. }) {
            self.state = State::InReview { since: at, reason };
        }
    }

    /// Ends a review: who looked, why the person may go on, and the id by which the service knows
    /// them from now on.
    ///
    /// # Errors
    /// * [`SessionErrorKind::NotInReview`]
    /// * [`SessionErrorKind::CorrelationId`]: the person has or had this id already
    pub fn release(
        &mut self,
        by: Words,
        reason: Words,
        new_id: CorrelationId,
        at: u64,
    ) -> Result<(), SessionError> {
        let State::InReview {
            since,
            reason: cause,
        } = &self.state
        else {
            return Err(SessionError::new(
                SessionErrorKind::NotInReview,
                "person",
                "not in review: there is nothing to release",
            ));
        };
        let is_used = |release: &Review| release.old_id == new_id;
        if new_id == self.id || self.reviews.iter().any(is_used) {
            return Err(SessionError::new(
                SessionErrorKind::CorrelationId,
                "new id",
                "this person has or had it already: generate another",
            ));
        }
        self.reviews.push(Review {
            in_review_since: *since,
            cause: cause.clone(),
            at,
            by,
            reason,
            old_id: self.id,
        });
        self.id = new_id;
        self.state = State::Released;
        Ok(())
    }

    /// The id by which the service knows the person now.
    pub const fn id(&self) -> CorrelationId {
        self.id
    }

    /// Since when the person is known.
    pub const fn created(&self) -> u64 {
        self.created
    }

    /// Where the person stands.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// The sessions, oldest first.
    pub fn sessions(&self) -> &[SessionRecord] {
        &self.sessions
    }

    /// The calls that the service refused, oldest first.
    pub fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }

    /// The reviews that ended, oldest first.
    pub fn reviews(&self) -> &[Review] {
        &self.reviews
    }
}

/// One session of a person, without its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionRecord {
    at: u64,
    session_id: String,
    api_path: String,
    model_version: Option<String>,
    apim_request_id: Option<String>,
    verdict: Option<Judged>,
}

/// A verdict and its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Judged {
    at: u64,
    verdict: SessionVerdict,
}

impl SessionRecord {
    /// What is kept of a session. `apim_request_id` is the header of that name in the service's
    /// answer: Microsoft's support asks for it.
    pub fn new(
        request: &SessionRequest,
        session: &CreatedSession,
        apim_request_id: Option<&str>,
        at: u64,
    ) -> Self {
        Self {
            at,
            session_id: session.id().to_owned(),
            api_path: request.path(),
            model_version: session.model_version().map(str::to_owned),
            apim_request_id: apim_request_id.map(str::to_owned),
            verdict: None,
        }
    }

    /// When it was created.
    pub const fn at(&self) -> u64 {
        self.at
    }

    /// Its id.
    pub fn session_id(&self) -> &str {
        &self.session_id
    }

    /// The path of the API that was called.
    pub fn api_path(&self) -> &str {
        &self.api_path
    }

    /// The model that decides.
    pub fn model_version(&self) -> Option<&str> {
        self.model_version.as_deref()
    }

    /// The call that created it.
    pub fn apim_request_id(&self) -> Option<&str> {
        self.apim_request_id.as_deref()
    }

    /// What came of it.
    pub fn verdict(&self) -> Option<&SessionVerdict> {
        self.verdict.as_ref().map(|judged| &judged.verdict)
    }

    /// When that was.
    pub fn judged_at(&self) -> Option<u64> {
        self.verdict.as_ref().map(|judged| judged.at)
    }
}

/// A review that ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    in_review_since: u64,
    cause: Words,
    at: u64,
    by: Words,
    reason: Words,
    old_id: CorrelationId,
}

impl Review {
    /// Since when the person was in review.
    pub const fn in_review_since(&self) -> u64 {
        self.in_review_since
    }

    /// Why there was a review.
    pub const fn cause(&self) -> &Words {
        &self.cause
    }

    /// When it ended.
    pub const fn at(&self) -> u64 {
        self.at
    }

    /// Who looked.
    pub const fn by(&self) -> &Words {
        &self.by
    }

    /// Why the person may go on.
    pub const fn reason(&self) -> &Words {
        &self.reason
    }

    /// The id that was replaced.
    pub const fn old_id(&self) -> CorrelationId {
        self.old_id
    }
}
