//! Nonces: a fixed one, or a slot for one per response.

use std::fmt;
use std::str::FromStr;

use super::{CspError, CspFault};

/// A nonce source, `'nonce-...'`.
///
/// ```
/// use tower_visor::csp::{NonceSource, ScriptSource};
///
/// let slot = ScriptSource::Nonce(NonceSource::PerResponse);
/// assert_eq!(slot.to_string(), "'nonce-{nonce}'");
/// assert_eq!("'nonce-{nonce}'".parse(), Ok(slot));
/// ```
///
/// Specification: [CSP3, section 2.3.1,
/// `nonce-source`](https://w3c.github.io/webappsec-csp/#grammardef-nonce-source).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums)] // a nonce is known or it isn't
pub enum NonceSource {
    /// A slot that is filled for each response. Its text is `'nonce-{nonce}'`.
    PerResponse,
    /// A known nonce. The same one in two responses protects neither, so this is for a policy that
    /// is used once, and [`Csp::warnings`](super::Csp::warnings) names it.
    Value(NonceValue),
}

impl NonceSource {
    /// What stands for the nonce in the text of a policy with a slot. No other part of a policy
    /// can hold braces.
    pub(super) const SLOT: &str = "{nonce}";
}

impl fmt::Display for NonceSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PerResponse => write!(f, "'nonce-{}'", Self::SLOT),
            Self::Value(value) => write!(f, "'nonce-{value}'"),
        }
    }
}

/// The value of a nonce: at least 22 base64 characters, which hold 128 bits.
///
/// Whether those bits are random is up to whoever generated them. Browsers compare nonces byte for byte.
///
/// ```
/// use tower_visor::csp::NonceValue;
///
/// let nonce: NonceValue = "4AEemGb0xJptoIGFP3Nd5w==".parse()?;
/// assert_eq!(nonce.as_str(), "4AEemGb0xJptoIGFP3Nd5w==");
/// assert_eq!(
///     "abc123".parse::<NonceValue>().unwrap_err().to_string(),
///     "byte 0: a nonce of 6 characters can be guessed: write at least 22 base64 characters (128 random bits)",
/// );
/// # Ok::<(), tower_visor::csp::CspError>(())
/// ```
///
/// Specification: [CSP3, section 7.1](https://w3c.github.io/webappsec-csp/#security-nonces).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NonceValue(String);

impl NonceValue {
    /// Base64 characters that hold 128 bits, the least that the standard advises.
    pub const MIN_LEN: usize = 22;

    /// The text, without quotes and `nonce-`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NonceValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Hidden: a nonce in a log is one that an attacker may read while the page still lives.
impl fmt::Debug for NonceValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NonceValue(..)")
    }
}

impl FromStr for NonceValue {
    type Err = CspError;

    /// Reads a nonce: base64 or base64url, up to two `=` at the end.
    ///
    /// # Errors
    /// * `""`, `"abc123"`: fewer than 22 characters, not counting `=`
    /// * `"r@nd0m..."`: a character outside base64; browsers drop the source
    fn from_str(text: &str) -> Result<Self, CspError> {
        let body = text
            .strip_suffix("==")
            .or_else(|| text.strip_suffix('='))
            .unwrap_or(text);
        let bad = body
            .char_indices()
            .find(|(_, c)| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '/' | '-' | '_'));
        if let Some((position, character)) = bad {
            return Err(CspError::from(CspFault::BadCharacter {
                character,
                part: "a nonce",
                fix: "write base64 characters only",
            })
            .at(position));
        }
        if body.len() < Self::MIN_LEN {
            return Err(CspError::from(CspFault::ShortNonce { length: body.len() }).at(0));
        }
        Ok(Self(text.to_owned()))
    }
}
