//! The codes of findings: name, severity, meaning, fix, and the requirements behind it.

use std::fmt;

use super::{AuditError, AuditFault, Control};
use crate::named::named;

/// What a finding is about: a stable name such as `csp-missing`, used in waivers, in CI and in
/// links.
///
/// Each code has a heading in [the manual](crate::docs::findings), and is a constant of this type.
///
/// ```
/// use tower_visor::audit::{Code, Severity};
///
/// let code = Code::named("hsts-missing").unwrap();
/// assert_eq!(code, Code::HSTS_MISSING);
/// assert_eq!(code.severity(), Severity::High);
/// assert_eq!(Code::named("hsts-mising"), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(&'static Entry);

/// One row of a table of codes. The name, which no other has, comes first: codes are ordered by it.
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) severity: Severity,
    pub(super) title: &'static str,
    pub(super) fix: &'static str,
    pub(super) controls: &'static [Control],
}

impl Code {
    pub(super) const fn new(entry: &'static Entry) -> Self {
        Self(entry)
    }

    /// The name, in kebab-case.
    pub const fn as_str(self) -> &'static str {
        self.0.name
    }

    /// How much a finding of this code counts.
    pub const fn severity(self) -> Severity {
        self.0.severity
    }

    /// What is wrong, in a few words.
    pub const fn title(self) -> &'static str {
        self.0.title
    }

    /// What to do about it, in one sentence.
    pub const fn fix(self) -> &'static str {
        self.0.fix
    }

    /// Where the manual says it.
    pub fn link(self) -> String {
        let manual = "https://docs.rs/tower-visor/latest/tower_visor/docs/findings/";
        format!("{manual}#{self}")
    }

    /// The external requirements that it touches.
    pub const fn controls(self) -> &'static [Control] {
        self.0.controls
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

named! {
    /// How much a finding counts.
    ///
    /// ```
    /// use tower_visor::audit::Severity;
    ///
    /// assert!(Severity::High > Severity::Medium);
    /// assert_eq!("medium".parse(), Ok(Severity::Medium));
    /// ```
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[allow(clippy::exhaustive_enums)] // a pipeline that gates on one must know them all
    pub enum Severity {
        /// Worth knowing; no action is needed.
        Note = "note",
        /// A layer of defence is missing, but others make up for it.
        Low = "low",
        /// A defence is missing or without effect.
        Medium = "medium",
        /// The page can be altered, framed, read or faked, or the check on it can't run at all.
        High = "high",
    }
}

impl std::str::FromStr for Severity {
    type Err = AuditError;

    /// Reads the names of [`Severity::as_str`].
    ///
    /// # Errors
    /// Anything else, such as `"error"` or `"High"`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|severity| severity.as_str() == text)
            .ok_or_else(|| {
                let text = crate::foreign::word(text);
                AuditFault::Severity { text }.into()
            })
    }
}

crate::serde_text::as_text!(Severity, "`note`, `low`, `medium` or `high`");

/// The table of codes of one subject: constants of [`Code`], and the list of them.
macro_rules! codes {
    ($($constant:ident = $name:literal, $severity:ident, $title:literal, $fix:literal,
        [$($control:expr),* $(,)?];)*) => {
        impl $crate::audit::Code {
            $(
                #[doc = concat!("`", $name, "`: ", $title, ".")]
                pub const $constant: Self = Self::new(&$crate::audit::code::Entry {
                    name: $name,
                    severity: $crate::audit::Severity::$severity,
                    title: $title,
                    fix: $fix,
                    controls: &[$($control),*],
                });
            )*
        }

        /// The codes of this subject, in the order of the manual.
        pub(in crate::audit) const CODES: &[$crate::audit::Code] = &[$($crate::audit::Code::$constant),*];
    };
}

pub(super) use codes;
