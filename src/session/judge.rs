//! The decision that follows from a session's result and from what the page reported.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::json::{self, Object};
use super::result::{Abuse, Attempt, Compared, SameFace, SessionResult};
use super::{CallDigest, Decision, SessionError, SessionErrorKind, Status};

/// A page sends some hundred bytes.
const LONGEST: usize = 16 * 1024;

/// What the SDK told the page at the end, as the page sent it to the backend: `resultId` and
/// `digest`.
///
/// The page's word is good only for comparison: never let it report the decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientReport {
    result_id: Option<String>,
    digest: Option<CallDigest>,
}

impl ClientReport {
    /// Reads what the page sent. Fields other than `resultId` and `digest` are ignored.
    ///
    /// # Errors
    /// [`SessionErrorKind::ClientReport`]: more than 16 KiB, no JSON object, a key twice, a field
    /// that is not a text, a digest that is not 64 hexadecimal digits. Answer with 400. A report
    /// without a digest is none of these: it is [`SessionVerdict::DigestMissing`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, SessionError> {
        let kind = SessionErrorKind::ClientReport;
        let document = json::read(bytes, LONGEST, kind)?;
        let mut report = Object::new(kind, String::new(), document)?;
        let digest = report.text("digest")?;
        Ok(Self {
            result_id: report.text("resultId")?,
            digest: digest.map(|digest| digest.parse()).transpose()?,
        })
    }

    /// A report of a digest alone.
    pub const fn of_digest(digest: CallDigest) -> Self {
        Self {
            result_id: None,
            digest: Some(digest),
        }
    }

    /// The id that the service gave the SDK, for the record.
    pub fn result_id(&self) -> Option<&str> {
        self.result_id.as_deref()
    }

    /// The SDK's digest of the calls that it made.
    pub const fn digest(&self) -> Option<&CallDigest> {
        self.digest.as_ref()
    }
}

/// What follows for the person. Only [`SessionVerdict::Live`] lets anybody in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SessionVerdict {
    /// A living person, the same as in the picture if one was given, and both sides saw the same
    /// calls.
    Live,
    /// A picture, a video, a mask.
    Spoof,
    /// It could not be told; let them try again.
    Uncertain,
    /// A living person, but not the one in the picture (`isIdentical` is false).
    AnotherFace,
    /// The service's monitoring found abuse: a human must look before anything continues.
    AbuseDetected,
    /// What the SDK sent is not what the service got: somebody is between them, and the decision is
    /// worth nothing.
    DigestDiffers,
    /// There is nothing to compare: the page or the service gave no digest.
    DigestMissing(Side),
    /// Nothing has been decided yet.
    Pending,
    /// The attempt ended in an error.
    Failed {
        /// The service's code, such as `FaceWithMaskDetected`; the status if it gave none.
        code: String,
    },
    /// The service said something that this crate doesn't know, or omitted something required.
    Unknown {
        /// The field.
        field: String,
        /// The word in the answer; `None` if it is missing.
        word: Option<String>,
    },
}

/// Who has to give a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(clippy::exhaustive_enums)] // a call has two ends
pub enum Side {
    /// The page.
    Client,
    /// The service.
    Service,
}

impl fmt::Display for SessionVerdict {
    /// A sentence for the operator.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |text: &str| crate::foreign::word(text);
        match self {
            Self::Live => f.write_str("live"),
            Self::Spoof => f.write_str("spoof"),
            Self::Uncertain => f.write_str("uncertain"),
            Self::AnotherFace => f.write_str("live, but not the person in the picture"),
            Self::AbuseDetected => f.write_str("the service found abuse"),
            Self::DigestDiffers => f.write_str(
                "the digests of page and service differ: the calls between them were changed",
            ),
            Self::DigestMissing(Side::Client) => f.write_str("the page gave no digest"),
            Self::DigestMissing(Side::Service) => f.write_str("the service gave no digest"),
            Self::Pending => f.write_str("pending"),
            Self::Failed { code } => write!(f, "failed: `{}`", shown(code)),
            Self::Unknown { field, word: None } => {
                write!(f, "the service gave no `{}`", shown(field))
            }
            Self::Unknown {
                field,
                word: Some(word),
            } => write!(f, "unknown `{}`: `{}`", shown(field), shown(word)),
        }
    }
}

impl SessionVerdict {
    /// As it is called in events, and in JSON.
    #[cfg(feature = "tracing")]
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Spoof => "spoof",
            Self::Uncertain => "uncertain",
            Self::AnotherFace => "another-face",
            Self::AbuseDetected => "abuse-detected",
            Self::DigestDiffers => "digest-differs",
            Self::DigestMissing(_) => "digest-missing",
            Self::Pending => "pending",
            Self::Failed { .. } => "failed",
            Self::Unknown { .. } => "unknown",
        }
    }
}

impl SessionResult {
    /// What follows for the person, by the attempt with the highest id and the digest that the page
    /// reported.
    ///
    /// In this order: abuse that the service found in any attempt; an attempt that is not finished,
    /// or failed; the digests; the decision; the comparison with a picture. The unknown is never
    /// [`SessionVerdict::Live`].
    ///
    /// An attempt that failed may not be the last one: with several allowed, look again while
    /// [`SessionResult::status`] says that the session runs.
    pub fn judge(&self, report: &ClientReport) -> SessionVerdict {
        let findings = self.attempts.iter().filter_map(Attempt::abuse);
        if findings
            .map(|finding| finding.abuse)
            .any(|abuse| abuse == Abuse::Detected)
        {
            return SessionVerdict::AbuseDetected;
        }
        let Some(attempt) = self.attempt() else {
            return match &self.status {
                Some(status @ (Status::Failed | Status::Canceled)) => SessionVerdict::Failed {
                    code: status.as_str().to_owned(),
                },
                Some(Status::Other(word)) => unknown("status", Some(word)),
                _ => SessionVerdict::Pending,
            };
        };
        match (&attempt.status, &attempt.error) {
            (_, Some(error)) => SessionVerdict::Failed {
                code: error.code.clone(),
            },
            (status @ (Status::Failed | Status::Canceled), None) => SessionVerdict::Failed {
                code: status.as_str().to_owned(),
            },
            (Status::NotStarted | Status::Running | Status::Started, None) => {
                SessionVerdict::Pending
            }
            (Status::Other(word), None) => unknown("attemptStatus", Some(word)),
            (Status::Succeeded | Status::ResultAvailable, None) => self.finished(attempt, report),
        }
    }

    fn finished(&self, attempt: &Attempt, report: &ClientReport) -> SessionVerdict {
        match (&attempt.digest, &report.digest) {
            (None, _) => return SessionVerdict::DigestMissing(Side::Service),
            (_, None) => return SessionVerdict::DigestMissing(Side::Client),
            (Some(service), Some(client)) if service != client => {
                return SessionVerdict::DigestDiffers;
            }
            _ => {}
        }
        match &attempt.decision {
            Some(Decision::RealFace) => {}
            Some(Decision::SpoofFace) => return SessionVerdict::Spoof,
            Some(Decision::Uncertain) => return SessionVerdict::Uncertain,
            Some(Decision::Other(word)) => return unknown("livenessDecision", Some(word)),
            None => return unknown("livenessDecision", None),
        }
        match (&attempt.comparison, self.kind) {
            (None, Compared::NotSaid) => SessionVerdict::Live,
            (None, Compared::Asked) => unknown("verifyResult", None),
            (Some(comparison), _) => match comparison.face {
                Some(SameFace::Identical) => SessionVerdict::Live,
                Some(SameFace::Different) => SessionVerdict::AnotherFace,
                None => unknown("isIdentical", None),
            },
        }
    }
}

fn unknown(field: &str, word: Option<&String>) -> SessionVerdict {
    SessionVerdict::Unknown {
        field: field.to_owned(),
        word: word.cloned(),
    }
}
