//! The one way to weaken a policy.

use std::fmt;
use std::str::FromStr;

use http::HeaderName;

use super::{Conflict, Policy, PolicyError};
use crate::csp::DirectiveName;
use crate::header::StrictTransportSecurity;

/// The settings that weaken a policy. Made by [`Policy::dangerous`].
///
/// Each takes a [`Reason`], which start-up logs, audits and evidence print. An exception that
/// changes nothing is a warning of the compiled policy: it should go.
///
/// ```
/// use tower_visor::policy::{Document, LivenessPage, Policy};
/// use tower_visor::sdk::Endpoint;
///
/// let page = Document::new("https://liveness.contoso.example")?;
/// let page = LivenessPage::new(page, "1.4.8".parse()?, Endpoint::resource("contoso")?);
/// assert!(Policy::strict(page.clone()).compile().is_err(), "1.4.8 needs 'unsafe-eval'");
///
/// let reason = "1.4.8 until the kiosks are updated, LIV-77".parse()?;
/// let policy = Policy::strict(page).dangerous().allow_unsafe_eval(reason);
/// let compiled = policy.compile()?;
/// assert_eq!(
///     compiled.relaxed()[0].to_string(),
///     "script-src 'unsafe-eval' (1.4.8 until the kiosks are updated, LIV-77)",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "each method gives the policy back"]
pub struct Dangerous(pub(super) Policy);

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
    /// A source more in a directive of the documents' Content Security Policy.
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
    /// Another rule for a header that the application sets as well.
    Conflict {
        /// The header.
        header: HeaderName,
        /// The rule.
        conflict: Conflict,
    },
}

impl Dangerous {
    /// Lets the page compile JavaScript from strings: `'unsafe-eval'` in `script-src`.
    ///
    /// SDK 1.4.8 and older need it. An attacker who gets a string into the page then gets it run.
    /// Upgrade to 1.5.0 instead, or keep such a page on a route of its own.
    pub fn allow_unsafe_eval(self, reason: Reason) -> Policy {
        self.relax(
            Relaxation::Source {
                directive: DirectiveName::ScriptSrc,
                source: String::from("'unsafe-eval'"),
            },
            reason,
        )
    }

    /// Adds a source expression to a directive of the documents' policy: a host of a CDN,
    /// `'unsafe-inline'` for styles, a scheme.
    ///
    /// The expression is checked with the whole policy, by [`Policy::compile`].
    pub fn allow(self, directive: DirectiveName, source: &str, reason: Reason) -> Policy {
        let source = source.to_owned();
        self.relax(Relaxation::Source { directive, source }, reason)
    }

    /// Sends a `Strict-Transport-Security` that is shorter than a year or leaves subdomains out,
    /// or none (`None`): while HTTPS is being rolled out. Of several the last counts.
    pub fn strict_transport_security(
        self,
        value: Option<StrictTransportSecurity>,
        reason: Reason,
    ) -> Policy {
        self.relax(Relaxation::StrictTransportSecurity(value), reason)
    }

    /// Sends neither `Cross-Origin-Opener-Policy` nor `Cross-Origin-Embedder-Policy`. The SDK
    /// needs neither; they keep other sites' windows and resources out of the page's process.
    pub fn no_isolation(self, reason: Reason) -> Policy {
        self.relax(Relaxation::NoIsolation, reason)
    }

    /// Changes what happens to a header that the application and the policy both set.
    ///
    /// With [`Conflict::Keep`] also for a header that is otherwise removed: `x-b3-traceid`, say,
    /// where callers need it. Of several rules for one header the last counts.
    pub fn conflict(self, header: HeaderName, conflict: Conflict, reason: Reason) -> Policy {
        self.relax(Relaxation::Conflict { header, conflict }, reason)
    }

    fn relax(self, what: Relaxation, reason: Reason) -> Policy {
        let Self(mut policy) = self;
        policy.relaxed.push(Relaxed { what, reason });
        policy
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

    /// Reads one line, with something on it.
    ///
    /// # Errors
    /// [`PolicyError::Reason`] for an empty text, and for one with line breaks or other control
    /// characters, which would break the reports that print it.
    fn from_str(text: &str) -> Result<Self, PolicyError> {
        let text = text.trim();
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err(PolicyError::Reason);
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(feature = "serde")]
mod serde_impl {
    crate::serde_text::as_text!(super::Reason, "a reason, on one line");
}
