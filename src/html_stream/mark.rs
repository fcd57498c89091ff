//! What is in the application's source in place of a nonce.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::layer::Nonce;

/// A secret that marks the application's own tags; see the [module](super).
///
/// ```
/// use tower_visor::html_stream::Mark;
///
/// let mark = Mark::random()?;
/// assert_eq!(mark.as_str().len(), 24);
/// assert_eq!(format!("{mark:?}"), "Mark(..)");
/// # Ok::<(), tower_visor::html_stream::MarkError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Mark(Arc<str>);

/// Why there is no mark: the text is not a valid one, or the operating system gave no random bytes.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("mark: {0}")]
pub struct MarkError(String);

crate::errors::debug_is_display!(MarkError);

impl MarkError {
    fn no_bytes(error: impl fmt::Display) -> Self {
        Self(format!("no random bytes: {error}"))
    }
}

impl Mark {
    /// A mark of 144 random bits, for this process.
    ///
    /// # Errors
    /// The operating system's generator failed, early at boot or in a sandbox without the system call.
    pub fn random() -> Result<Self, MarkError> {
        match Nonce::random() {
            Ok(nonce) => Ok(Self(nonce.as_str().into())),
            Err(error) => Err(MarkError::no_bytes(error)),
        }
    }

    /// The text for the application's source: letters, digits, `-` and `_`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Mark {
    type Err = MarkError;

    /// A mark that others have to know too, such as a server behind this one; 22 characters hold 128
    /// random bits.
    ///
    /// # Errors
    /// * `"nonce"`: too short
    /// * `"{nonce-of-the-application}"`: characters other than letters, digits, `-` and `_`
    fn from_str(text: &str) -> Result<Self, MarkError> {
        if !(22..=128).contains(&text.len()) {
            return Err(MarkError(format!(
                "{} characters, from 22 to 128 are needed: let `Mark::random` make one",
                text.len()
            )));
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        match text.bytes().position(|byte| !allowed(byte)) {
            Some(position) => Err(MarkError(format!(
                "byte {position}: write letters, digits, `-` and `_` only"
            ))),
            None => Ok(Self(text.into())),
        }
    }
}

/// Doesn't print it: a log that leaks it tells an attacker what to write.
impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mark(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::MarkError;

    /// No test can have the operating system fail.
    #[test]
    fn without_random_bytes_there_is_no_mark() {
        let error = MarkError::no_bytes("none");
        assert_eq!(error.to_string(), "mark: no random bytes: none");
    }
}
