//! The digest of the calls between SDK and service.

use std::fmt;
use std::str::FromStr;

use super::{SessionError, SessionErrorKind};

/// The digest of the calls between SDK and service: 32 bytes, written as 64 hexadecimal digits. The
/// service writes upper case; what the SDK writes is not documented, and doesn't matter here.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CallDigest([u8; 32]);

impl CallDigest {
    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for CallDigest {
    type Err = SessionError;

    /// # Errors
    /// [`SessionErrorKind::ClientReport`] for anything but 64 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, SessionError> {
        let bytes = crate::hex::decode(text).and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| {
            SessionError::new(
                SessionErrorKind::ClientReport,
                "digest",
                "must be 64 hexadecimal digits",
            )
        })
    }
}

impl fmt::Display for CallDigest {
    /// In upper case, as the service does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

/// As `Display`.
impl fmt::Debug for CallDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
