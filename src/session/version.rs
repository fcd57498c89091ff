//! Versions of the Face API, and the two kinds of session.

use std::fmt;
use std::str::FromStr;

use super::{SessionError, SessionErrorKind};

/// A version of the Face API whose session requests this crate supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ApiVersion {
    /// `v1.2`, generally available.
    V1_2,
    /// `v1.3-preview.1`: the number of attempts, an id for the person, the client's address, and
    /// the service's monitoring of abuse.
    V1_3Preview1,
}

impl ApiVersion {
    /// As it is in the path of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1_2 => "v1.2",
            Self::V1_3Preview1 => "v1.3-preview.1",
        }
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ApiVersion {
    type Err = SessionError;

    /// # Errors
    /// * `"v1.1"`, `"v1.1-preview.1"`: sent results to the client, and is not for new sessions
    /// * `"1.2"`, `"latest"`: no version
    fn from_str(text: &str) -> Result<Self, SessionError> {
        match text {
            "v1.2" => Ok(Self::V1_2),
            "v1.3-preview.1" => Ok(Self::V1_3Preview1),
            other => Err(SessionError::new(
                SessionErrorKind::Request,
                "API version",
                format!(
                    "`{}` is not known; write `v1.2` or `v1.3-preview.1`",
                    crate::foreign::word(other)
                ),
            )),
        }
    }
}

crate::serde_text::as_text!(ApiVersion, "a version of the Face API such as `v1.2`");

/// What a session determines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SessionKind {
    /// Whether a living person is in front of the camera.
    Liveness,
    /// That, and whether it is the person in a picture that the backend provides.
    LivenessWithVerify,
}

impl SessionKind {
    /// The last segment of the path of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Liveness => "detectLiveness-sessions",
            Self::LivenessWithVerify => "detectLivenessWithVerify-sessions",
        }
    }
}

/// How the person is asked to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum OperationMode {
    /// `Passive`: no movement, in normal indoor light on a bright screen.
    Passive,
    /// `PassiveActive`: movement if the light requires it. Microsoft prefers it on the web,
    /// because a page can't raise the brightness of a screen.
    PassiveActive,
}

impl OperationMode {
    /// As the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passive => "Passive",
            Self::PassiveActive => "PassiveActive",
        }
    }
}
