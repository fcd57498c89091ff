//! Errors of a Content Security Policy, each with its place in the text.

use std::fmt;

use super::{CspErrorKind, CspFault, DirectiveName};

/// One fault of a policy: where it is, what it is, and how to repair it.
///
/// ```
/// use tower_visor::csp::{Csp, CspErrorKind, DirectiveName};
///
/// let faults = "default-src 'none'; img-src self".parse::<Csp>().unwrap_err();
/// let [fault] = &faults[..] else { panic!("one fault") };
/// assert_eq!(fault.directive(), Some(DirectiveName::ImgSrc));
/// assert_eq!(fault.position(), Some(28));
/// assert_eq!(fault.kind(), CspErrorKind::Syntax);
/// assert_eq!(fault.to_string(), "img-src, byte 28: `self` must be quoted: write `'self'`");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct CspError {
    directive: Option<DirectiveName>,
    position: Option<usize>,
    fault: CspFault,
}

impl CspError {
    /// The directive in which it is; `None` when it concerns no single one.
    pub const fn directive(&self) -> Option<DirectiveName> {
        self.directive
    }

    /// Byte offset into the text that was parsed; `None` when no text was.
    pub const fn position(&self) -> Option<usize> {
        self.position
    }

    /// What it is about.
    pub const fn kind(&self) -> CspErrorKind {
        self.fault.kind()
    }

    pub(crate) const fn fault(&self) -> &CspFault {
        &self.fault
    }

    /// What takes the most of a policy that is too long.
    #[cfg(feature = "page")]
    pub(crate) const fn too_long(&self) -> Option<super::TooLong> {
        match &self.fault {
            CspFault::TooLong(long) => Some(*long),
            _ => None,
        }
    }

    pub(super) const fn at(mut self, position: usize) -> Self {
        self.position = Some(position);
        self
    }

    /// The same error, for a text that stands `offset` bytes into a longer one.
    pub(super) fn shifted(mut self, offset: usize) -> Self {
        if let Some(position) = &mut self.position {
            *position += offset;
        }
        if let CspFault::BadHash(error) = self.fault {
            self.fault = CspFault::BadHash(error.shifted(offset));
        }
        self
    }

    /// The same error, for a text whose place nobody knows, such as an item of a list.
    pub(super) const fn nowhere(mut self) -> Self {
        self.position = None;
        self
    }

    pub(crate) fn within(mut self, directive: DirectiveName) -> Self {
        self.directive = Some(directive);
        self
    }
}

impl From<CspFault> for CspError {
    fn from(fault: CspFault) -> Self {
        Self {
            directive: None,
            position: None,
            fault,
        }
    }
}

impl fmt::Display for CspError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.directive, self.position) {
            // An error of `sri` names the byte itself.
            (Some(directive), _) if matches!(self.fault, CspFault::BadHash(_)) => {
                write!(f, "{directive}, ")?;
            }
            (None, _) if matches!(self.fault, CspFault::BadHash(_)) => {}
            (Some(directive), Some(position)) => write!(f, "{directive}, byte {position}: ")?,
            (Some(directive), None) => write!(f, "{directive}: ")?,
            (None, Some(position)) => write!(f, "byte {position}: ")?,
            (None, None) => {}
        }
        fmt::Display::fmt(&self.fault, f)
    }
}

crate::errors::debug_is_display!(CspError);

impl std::error::Error for CspError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.fault.source()
    }
}
