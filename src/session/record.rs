//! Who did something and why, for the record.

use std::fmt;
use std::str::FromStr;

use super::{SessionError, SessionErrorKind, SessionVerdict};

/// Words for the record: who, or why. Never blank, and without surrounding space.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Words(String);

impl Words {
    /// A verdict's own sentence, which is never blank.
    pub(super) fn of_verdict(verdict: &SessionVerdict) -> Self {
        Self(verdict.to_string())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Words {
    type Err = SessionError;

    /// # Errors
    /// [`SessionErrorKind::Blank`]: `""`, `"  "`.
    fn from_str(text: &str) -> Result<Self, SessionError> {
        let text = text.trim();
        if text.is_empty() {
            let reason = "blank: the record has to say who, and why";
            return Err(SessionError::new(SessionErrorKind::Blank, "words", reason));
        }
        Ok(Self(text.to_owned()))
    }
}

crate::serde_text::as_text!(Words, "words that are not blank");
