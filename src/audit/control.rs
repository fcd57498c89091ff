//! External requirements that a finding touches.

use std::fmt;

/// An external requirement: Microsoft's shared-responsibility text, OWASP ASVS 5, the OWASP
/// Secure Headers Project, PCI DSS 4.0.1.
///
/// A finding that names one says that the requirement is at stake; a report without findings
/// doesn't mean that it is met, because most requirements also demand things that can't be seen
/// from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[non_exhaustive]
pub struct Control {
    /// Whose.
    pub framework: Framework,
    /// Its id there: `headers`, `3.4.3`, `Strict-Transport-Security`, `6.4.3`.
    pub id: &'static str,
}

/// Who asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[non_exhaustive]
#[serde(rename_all = "kebab-case")]
pub enum Framework {
    /// Microsoft, "Shared responsibility for Face liveness detection" (2026-01-30). It has no
    /// ids; ours are `headers`, `csp`, `sri`, `https`, `traffic`, `current`, `key`.
    Microsoft,
    /// OWASP Application Security Verification Standard 5.0.
    Asvs,
    /// OWASP Secure Headers Project (lists of 2026-07-19); the id is the header.
    Owasp,
    /// PCI DSS 4.0.1.
    Pci,
}

impl Framework {
    /// All.
    pub const ALL: [Self; 4] = [Self::Microsoft, Self::Asvs, Self::Owasp, Self::Pci];

    /// Its full name.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Microsoft => "Microsoft, Shared responsibility for Face liveness detection",
            Self::Asvs => "OWASP ASVS 5.0",
            Self::Owasp => "OWASP Secure Headers Project",
            Self::Pci => "PCI DSS 4.0.1",
        }
    }

    /// A short name for tables.
    pub const fn short(self) -> &'static str {
        match self {
            Self::Microsoft => "Microsoft",
            Self::Asvs => "ASVS",
            Self::Owasp => "OWASP",
            Self::Pci => "PCI DSS",
        }
    }
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.framework.short(), self.id)
    }
}

const fn of(framework: Framework, id: &'static str) -> Control {
    Control { framework, id }
}

pub(super) const fn microsoft(id: &'static str) -> Control {
    of(Framework::Microsoft, id)
}

pub(super) const fn asvs(id: &'static str) -> Control {
    of(Framework::Asvs, id)
}

pub(super) const fn owasp(id: &'static str) -> Control {
    of(Framework::Owasp, id)
}

pub(super) const fn pci(id: &'static str) -> Control {
    of(Framework::Pci, id)
}
