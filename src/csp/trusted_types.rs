//! The policy names and keywords of the `trusted-types` directive.

use std::fmt;
use std::str::FromStr;

use super::keyword::{directive_without_semicolon, is_unquoted_keyword};
use super::{CspError, CspFault};
use crate::foreign;

/// The name of a Trusted Types policy, such as `default` or `visor#assets`.
///
/// ```
/// use tower_visor::csp::PolicyName;
///
/// let name: PolicyName = "visor#assets".parse()?;
/// assert_eq!(name.as_str(), "visor#assets");
/// assert_eq!(
///     "'default'".parse::<PolicyName>().unwrap_err().to_string(),
///     "byte 0: names of Trusted Types policies are not quoted: write `default`",
/// );
/// # Ok::<(), tower_visor::csp::CspError>(())
/// ```
///
/// Specification: [Trusted Types, `tt-policy-name`](https://w3c.github.io/trusted-types/dist/spec/#trusted-types-csp-directive).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyName(String);

impl PolicyName {
    /// The name as written; case counts.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PolicyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PolicyName {
    type Err = CspError;

    /// Reads a name: letters, digits and `-#=_/@.%`.
    ///
    /// # Errors
    /// * `""`: empty
    /// * `"'default'"`: quoted
    /// * `"none"`, `"allow-duplicates"`: a keyword without its quotes
    /// * `"object-src"`: a directive whose semicolon was forgotten
    /// * `"my policy"`, `"a;b"`, `"na\u{ef}ve"`: other characters
    fn from_str(text: &str) -> Result<Self, CspError> {
        if text.is_empty() {
            return Err(CspError::from(CspFault::Empty {
                expected: "the name of a policy, for example `default`",
            })
            .at(0));
        }
        if is_unquoted_keyword(text) && !text.contains(['#', '=', '_', '/', '@', '.', '%']) {
            return Err(CspError::from(CspFault::NotQuoted {
                text: foreign::word(text),
            })
            .at(0));
        }
        if let Some(name) = directive_without_semicolon(text) {
            return Err(CspError::from(CspFault::MissingSemicolon { name }).at(0));
        }
        if let Some(plain) = text
            .strip_prefix(['\'', '"'])
            .and_then(|rest| rest.strip_suffix(['\'', '"']))
        {
            return Err(CspError::from(CspFault::QuotedPolicyName {
                plain: foreign::word(plain),
            })
            .at(0));
        }
        let bad = text.char_indices().find(|(_, c)| {
            !c.is_ascii_alphanumeric()
                && !matches!(c, '-' | '#' | '=' | '_' | '/' | '@' | '.' | '%')
        });
        match bad {
            None => Ok(Self(text.to_owned())),
            Some((position, character)) => Err(CspError::from(CspFault::BadCharacter {
                character,
                part: "the name of a Trusted Types policy",
                fix: "it holds letters, digits and `-#=_/@.%`",
            })
            .at(position)),
        }
    }
}

/// One entry of `trusted-types`. An empty list is `'none'`: no policy may be created.
///
/// ```
/// use tower_visor::csp::{Csp, TrustedTypesEntry};
///
/// let csp = Csp::builder()
///     .require_trusted_types_for_script()
///     .trusted_types([TrustedTypesEntry::Policy("default".parse()?)])
///     .build()?;
/// assert_eq!(csp.to_string(), "require-trusted-types-for 'script'; trusted-types default");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Specification: [Trusted Types, section 4.2](https://w3c.github.io/trusted-types/dist/spec/#trusted-types-csp-directive).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TrustedTypesEntry {
    /// A policy of this name may be created, once.
    Policy(PolicyName),
    /// `*`: a policy of any name.
    Any,
    /// `'allow-duplicates'`: names may be used again.
    AllowDuplicates,
}

impl fmt::Display for TrustedTypesEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy(name) => name.fmt(f),
            Self::Any => f.write_str("*"),
            Self::AllowDuplicates => f.write_str("'allow-duplicates'"),
        }
    }
}

impl FromStr for TrustedTypesEntry {
    type Err = CspError;

    /// Reads one entry.
    ///
    /// # Errors
    /// * `"'none'"`: no entry; use [`Sources::none`](super::Sources::none)
    /// * `"'ALLOW-duplicates'"`: not in lower case
    /// * what [`PolicyName`] refuses
    fn from_str(text: &str) -> Result<Self, CspError> {
        let fault = match text.to_ascii_lowercase().as_str() {
            "*" => return Ok(Self::Any),
            "'allow-duplicates'" if text == "'allow-duplicates'" => {
                return Ok(Self::AllowDuplicates);
            }
            "'allow-duplicates'" => CspFault::KeywordCase {
                text: foreign::word(text),
                keyword: "allow-duplicates",
            },
            "'none'" => CspFault::NoneBeside,
            _ => return text.parse().map(Self::Policy),
        };
        Err(CspError::from(fault).at(0))
    }
}

#[cfg(feature = "serde")]
crate::serde_text::as_text!(PolicyName, "the name of a Trusted Types policy");
#[cfg(feature = "serde")]
crate::serde_text::as_text!(
    TrustedTypesEntry,
    "the name of a Trusted Types policy, `*` or `'allow-duplicates'`"
);
