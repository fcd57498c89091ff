//! Exceptions that weaken a policy, each with its reason.

use std::fmt;
use std::str::FromStr;

use http::HeaderName;

use super::{PolicyError, PolicyFault};
use crate::csp::DirectiveName;
#[cfg(feature = "page")]
use crate::csp::PolicyName;
use crate::header::StrictTransportSecurity;

/// Why a policy is weaker than it could be: one line for a reviewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(String);

/// One exception: what it weakens, and why.
///
/// `Display` gives both on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relaxed {
    pub(super) what: Relaxation,
    pub(super) reason: Reason,
}

/// What an exception weakens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Relaxation {
    /// An additional source in a directive of the documents' Content Security Policy.
    Source {
        /// The directive.
        directive: DirectiveName,
        /// The source expression, as CSP writes it.
        source: String,
    },
    /// A weaker `Strict-Transport-Security`, or none.
    StrictTransportSecurity(Option<StrictTransportSecurity>),
    /// No `Cross-Origin-Opener-Policy` and no `Cross-Origin-Embedder-Policy`.
    NoIsolation,
    /// Redirects are followed, wherever they lead.
    Redirects,
    /// Connections to places that aren't named are reported, but not blocked.
    ConnectionsReported,
    /// Another rule for a header that the application sets as well.
    Conflict {
        /// The header.
        header: HeaderName,
        /// The rule.
        conflict: Conflict,
    },
}

/// What happens to a header that the application set and the policy owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[allow(clippy::exhaustive_enums)] // the layer handles each
pub enum Conflict {
    /// The policy's value is sent, and the application's is not. This is what happens to most headers.
    Replace,
    /// Both are sent. This is what happens to `Content-Security-Policy` and its report-only form (a
    /// browser enforces every policy that it gets, so it can only become stricter), and to `Link`.
    Append,
    /// The application's value is sent, the policy's is not.
    Keep,
}

#[cfg(feature = "page")]
impl Relaxation {
    /// Handlers in the markup by their hashes.
    pub(crate) fn hashed_handlers() -> Self {
        Self::source(DirectiveName::ScriptSrcAttr, "'unsafe-hashes'")
    }

    /// `style` attributes by their hashes.
    pub(crate) fn hashed_style_attributes() -> Self {
        Self::source(DirectiveName::StyleSrcAttr, "'unsafe-hashes'")
    }

    /// `style` attributes of any text.
    pub(crate) fn style_attributes() -> Self {
        Self::source(DirectiveName::StyleSrcAttr, "'unsafe-inline'")
    }

    /// `<style>` elements of any text.
    pub(crate) fn styles() -> Self {
        Self::source(DirectiveName::StyleSrc, "'unsafe-inline'")
    }

    /// Scripts of a folder, by its URL.
    pub(crate) fn scripts_below(folder: &str) -> Self {
        Self::source(DirectiveName::ScriptSrc, folder)
    }

    /// A policy for Trusted Types, if its name is one that a header can carry.
    pub(crate) fn trusted_types(name: &str) -> Option<Self> {
        let name: PolicyName = name.parse().ok()?;
        let name = name.to_string();
        Some(Self::source(DirectiveName::TrustedTypes, &name))
    }

    /// A policy for Trusted Types whose name there has been already.
    pub(crate) fn trusted_types_again() -> Self {
        Self::source(DirectiveName::TrustedTypes, "'allow-duplicates'")
    }

    fn source(directive: DirectiveName, source: &str) -> Self {
        let source = source.to_owned();
        Self::Source { directive, source }
    }
}

impl Relaxed {
    /// What it weakens.
    pub fn what(&self) -> &Relaxation {
        &self.what
    }

    /// Why.
    pub fn reason(&self) -> &Reason {
        &self.reason
    }
}

impl fmt::Display for Relaxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.what, self.reason)
    }
}

impl fmt::Display for Relaxation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source { directive, source } => write!(f, "{directive} {source}"),
            Self::StrictTransportSecurity(Some(value)) => {
                write!(f, "strict-transport-security: {value}")
            }
            Self::StrictTransportSecurity(None) => f.write_str("no strict-transport-security"),
            Self::NoIsolation => f.write_str("no cross-origin isolation"),
            Self::Redirects => f.write_str("connection-allowlist: redirects=allow"),
            Self::ConnectionsReported => f.write_str("connection-allowlist: reported only"),
            Self::Conflict { header, conflict } => write!(
                f,
                "{header}: {}",
                match conflict {
                    Conflict::Replace => "the policy's value replaces the application's",
                    Conflict::Append => "the policy's value is added to the application's",
                    Conflict::Keep => "the application's value is kept",
                }
            ),
        }
    }
}

impl Reason {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Reason {
    type Err = PolicyError;

    /// Reads one line, which must not be blank.
    ///
    /// # Errors
    /// An empty text, and one with line breaks or other control characters, which would break the
    /// reports that print it.
    fn from_str(text: &str) -> Result<Self, PolicyError> {
        let text = text.trim();
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err(PolicyFault::Reason.into());
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(feature = "serde")]
mod serde_impl {
    crate::serde_text::as_text!(super::Reason, "a reason, on one line");
}
