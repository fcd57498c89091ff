//! The result of a session, as the Face API gives it.

use std::fmt;

use serde_json::Value;

use super::{AbuseMonitoring, CallDigest, Decision, Status};

/// The service's answer about the outcome of a session: in the form of v1.2 and
/// v1.3-preview.1, or in the older one, which has a single audit entry.
///
/// The answer repeats the session's token. It is left out when the answer is read, so this value
/// can be logged and stored: serde writes all the rest of the answer as it came, and reads it again.
///
/// ```
/// use tower_visor::session::{ClientReport, SessionResult, SessionVerdict};
///
/// let result = SessionResult::from_json(
///     br#"{
///         "sessionId": "5f0f1d0a-7d6c-4a7e-9c1b-0b8a5f1f2c33",
///         "status": "Succeeded",
///         "results": {"attempts": [
///             {"attemptId": 2, "attemptStatus": "Succeeded", "result": {
///                 "livenessDecision": "realface",
///                 "digest": "B0A803BB7B26F3C8F29CD36030F8E63ED3FAF955FEEF8E01C88AB8FD89CCF761"}},
///             {"attemptId": 1, "attemptStatus": "Failed",
///                 "error": {"code": "FaceWithMaskDetected", "message": "Mask detected."}}
///         ]}
///     }"#,
/// )?;
/// assert_eq!(result.attempt().map(|attempt| attempt.id()), Some(2));
///
/// let sent = r#"{"digest": "b0a803bb7b26f3c8f29cd36030f8e63ed3faf955feef8e01c88ab8fd89ccf761"}"#;
/// let report = ClientReport::from_json(sent.as_bytes())?;
/// assert_eq!(result.judge(&report), SessionVerdict::Live);
/// # Ok::<(), tower_visor::session::SessionError>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct SessionResult {
    pub(super) session_id: Option<String>,
    pub(super) status: Option<Status>,
    pub(super) model_version: Option<String>,
    pub(super) abuse_monitoring: AbuseMonitoring,
    pub(super) kind: Compared,
    /// By id, each once.
    pub(super) attempts: Vec<Attempt>,
    pub(super) unknown: Vec<UnknownField>,
    /// All of it, without tokens.
    pub(super) document: Value,
}

/// Whether the face was to be compared with a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compared {
    Asked,
    NotSaid,
}

impl SessionResult {
    /// The session's id; only an empty list of audit entries has none.
    pub fn session_id(&self) -> Option<&str> {
        self.session_id.as_deref()
    }

    /// How far the session is. The specification's own examples have `NotStarted` together with attempts
    /// that succeeded: [`SessionResult::judge`] goes by the attempts.
    pub const fn status(&self) -> Option<&Status> {
        self.status.as_ref()
    }

    /// The model that decided.
    pub fn model_version(&self) -> Option<&str> {
        self.model_version.as_deref()
    }

    /// Whether the service watched for abuse.
    pub const fn abuse_monitoring(&self) -> AbuseMonitoring {
        self.abuse_monitoring
    }

    /// The attempt that counts: the one with the highest id, wherever it stood.
    pub fn attempt(&self) -> Option<&Attempt> {
        self.attempts.last()
    }

    /// All attempts, by id.
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }

    /// Anything in the answer that this crate doesn't know, by place.
    pub fn unknown_fields(&self) -> &[UnknownField] {
        &self.unknown
    }
}

/// Without what the service said of the faces' places: that is in what serde writes.
impl fmt::Debug for SessionResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionResult")
            .field("session_id", &self.session_id)
            .field("status", &self.status)
            .field("model_version", &self.model_version)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

impl serde::Serialize for SessionResult {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.document.serialize(serializer)
    }
}

/// A field that this crate doesn't know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownField {
    /// Where it stands: `results.attempts[0].newField`.
    pub place: String,
    /// What stands there, as JSON.
    pub json: String,
}

/// One attempt of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    pub(super) id: u64,
    pub(super) status: Status,
    pub(super) decision: Option<Decision>,
    pub(super) digest: Option<CallDigest>,
    pub(super) comparison: Option<FaceComparison>,
    pub(super) session_image_id: Option<String>,
    pub(super) verify_image_hash: Option<String>,
    pub(super) error: Option<AttemptError>,
    pub(super) client_addresses: Vec<String>,
    pub(super) abuse: Option<AbuseFinding>,
    pub(super) request_id: Option<String>,
}

impl Attempt {
    /// Counted from 1; in the older form, the id of the audit entry.
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// How far it is.
    pub const fn status(&self) -> &Status {
        &self.status
    }

    /// What the service decided. On its own it is worth nothing: [`SessionResult::judge`].
    pub const fn decision(&self) -> Option<&Decision> {
        self.decision.as_ref()
    }

    /// The service's digest of the calls that it got.
    pub const fn digest(&self) -> Option<&CallDigest> {
        self.digest.as_ref()
    }

    /// How the face compares with the picture, where one was given.
    pub const fn comparison(&self) -> Option<&FaceComparison> {
        self.comparison.as_ref()
    }

    /// Under which id the session's image can be fetched, while the session lives (48 hours).
    pub fn session_image_id(&self) -> Option<&str> {
        self.session_image_id.as_deref()
    }

    /// The hash of the picture that was compared with, where it was asked for.
    pub fn verify_image_hash(&self) -> Option<&str> {
        self.verify_image_hash.as_deref()
    }

    /// Why it failed.
    pub const fn error(&self) -> Option<&AttemptError> {
        self.error.as_ref()
    }

    /// Where the service saw the client call from (v1.3-preview.1).
    pub fn client_addresses(&self) -> &[String] {
        &self.client_addresses
    }

    /// What the service's monitoring found (v1.3-preview.1).
    pub const fn abuse(&self) -> Option<&AbuseFinding> {
        self.abuse.as_ref()
    }

    /// The `apim-request-id` of the call; in the older form only.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

/// Why an attempt failed, in the service's words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttemptError {
    /// `FaceWithMaskDetected`, for example.
    pub code: String,
    /// A sentence about it.
    pub message: Option<String>,
}

/// How the face compares with the picture.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FaceComparison {
    /// Whether they are the same person's; `None` where the service didn't say.
    pub face: Option<SameFace>,
    /// From 0 to 1.
    pub confidence: Option<f64>,
}

/// Whether two faces are one person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // `isIdentical` is a switch
pub enum SameFace {
    /// They are.
    Identical,
    /// They aren't.
    Different,
}

/// What the service's monitoring found in an attempt (`abuseMonitoringResult`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AbuseFinding {
    /// Whether it found any.
    pub abuse: Abuse,
    /// Other sessions that belong to it.
    pub flagged: Vec<FlaggedSession>,
}

/// Whether abuse was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // `isAbuseDetected` is a switch
pub enum Abuse {
    /// It was.
    Detected,
    /// It wasn't.
    NotDetected,
}

/// A session that the service's monitoring names besides this one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlaggedSession {
    /// The session's id.
    pub session_id: String,
    /// Which of its attempts.
    pub attempt_id: u64,
    /// Under which id its image can be fetched.
    pub session_image_id: Option<String>,
}
