//! The Face API's answer to a request for a session.

use super::json::{self, Object};
use super::{SessionError, SessionErrorKind, SessionToken};

/// No such answer is longer; the service's examples are 600 bytes long.
const LONGEST: usize = 64 * 1024;

/// A session that the service has created: its id for the backend, its token for the page.
///
/// The service keeps what belongs to a session for 48 hours.
///
/// `Debug` shows no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedSession {
    id: String,
    token: SessionToken,
    model_version: Option<String>,
    abuse_monitoring: AbuseMonitoring,
}

/// Whether the service watches for abuse in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AbuseMonitoring {
    /// It does (`isAbuseMonitoringEnabled`, v1.3-preview.1).
    On,
    /// It doesn't.
    Off,
    /// It didn't say: before v1.3-preview.1.
    Unsaid,
}

impl From<Option<bool>> for AbuseMonitoring {
    fn from(switch: Option<bool>) -> Self {
        match switch {
            Some(true) => Self::On,
            Some(false) => Self::Off,
            None => Self::Unsaid,
        }
    }
}

impl CreatedSession {
    /// Reads the body of the service's answer.
    ///
    /// # Errors
    /// * [`SessionErrorKind::Answer`], with the field: no JSON object, a key twice, a field of
    ///   another type, no `sessionId`, or one that can't be put into an address
    /// * [`SessionErrorKind::Token`]: `authToken` is missing or no token
    pub fn from_json(bytes: &[u8]) -> Result<Self, SessionError> {
        let kind = SessionErrorKind::Answer;
        let document = json::read(bytes, LONGEST, kind)?;
        let mut answer = Object::new(kind, String::new(), document)?;
        let token = answer.text("authToken")?;
        let token = token
            .ok_or_else(|| SessionError::new(SessionErrorKind::Token, "authToken", "missing"))?;
        Ok(Self {
            id: session_id(&mut answer, "sessionId")?,
            token: SessionToken::read(&token).map_err(|error| error.within("authToken"))?,
            model_version: answer.text("modelVersion")?,
            abuse_monitoring: answer.switch("isAbuseMonitoringEnabled")?.into(),
        })
    }

    /// The session's id: letters, digits and hyphens, so that it can be part of the API's path. It
    /// is for the backend, which uses it to ask for the result.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the page gets.
    pub const fn token(&self) -> &SessionToken {
        &self.token
    }

    /// The model that decides; an abuse report names it.
    pub fn model_version(&self) -> Option<&str> {
        self.model_version.as_deref()
    }

    /// Whether the service watches for abuse.
    pub const fn abuse_monitoring(&self) -> AbuseMonitoring {
        self.abuse_monitoring
    }
}

pub(super) fn session_id(answer: &mut Object, name: &str) -> Result<String, SessionError> {
    let id = answer.text(name)?;
    let id = answer.required(name, id)?;
    let is_plain = id
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_plain || !(1..=64).contains(&id.len()) {
        let reason =
            "must be 1 to 64 letters, digits and hyphens, as it becomes part of an address";
        return Err(answer.error(name, reason));
    }
    Ok(id)
}
