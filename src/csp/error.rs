//! Faults with their place: one, and all of a policy.

use std::fmt;

use super::{CspFault, DirectiveName};

/// One fault of a policy: where it is, what it is, and how to repair it.
///
/// ```
/// use tower_visor::csp::{Csp, CspFault, DirectiveName};
///
/// let faults = "default-src 'none'; img-src self".parse::<Csp>().unwrap_err();
/// let [fault] = faults.as_slice() else { panic!("one fault") };
/// assert_eq!(fault.directive(), Some(DirectiveName::ImgSrc));
/// assert_eq!(fault.position(), Some(28));
/// assert!(matches!(fault.fault(), CspFault::NotQuoted { .. }));
/// assert_eq!(fault.to_string(), "img-src, byte 28: `self` must be quoted: write `'self'`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
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

    /// What is wrong.
    pub const fn fault(&self) -> &CspFault {
        &self.fault
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

impl std::error::Error for CspError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.fault.source()
    }
}

/// All faults of a policy; never empty.
///
/// `Display` writes one message, or their number and then each on a line of its own.
///
/// ```
/// use tower_visor::csp::Csp;
///
/// let faults = "script-src 'none' 'self' 'self'".parse::<Csp>().unwrap_err();
/// assert_eq!(faults.as_slice().len(), 2);
/// assert_eq!(
///     faults.to_string(),
///     "2 faults\n\
///      script-src, byte 11: `'none'` must stand alone: remove it or the others\n\
///      script-src, byte 25: `'self'` stands twice: remove one",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CspErrors(Vec<CspError>);

impl CspErrors {
    /// `Err` when there is a fault.
    pub(super) fn check(faults: Vec<CspError>) -> Result<(), Self> {
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Self(faults))
        }
    }

    /// The faults, in the order of the text.
    pub fn as_slice(&self) -> &[CspError] {
        &self.0
    }

    /// The faults, in the order of the text.
    pub fn iter(&self) -> std::slice::Iter<'_, CspError> {
        self.0.iter()
    }
}

impl fmt::Display for CspErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [fault] = self.as_slice() {
            return fault.fmt(f);
        }
        write!(f, "{} faults", self.0.len())?;
        self.iter().try_for_each(|fault| write!(f, "\n{fault}"))
    }
}

impl std::error::Error for CspErrors {}

impl IntoIterator for CspErrors {
    type Item = CspError;
    type IntoIter = std::vec::IntoIter<CspError>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a CspErrors {
    type Item = &'a CspError;
    type IntoIter = std::slice::Iter<'a, CspError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl From<CspErrors> for Vec<CspError> {
    fn from(faults: CspErrors) -> Self {
        faults.0
    }
}

/// Messages stay on one line and short, whatever was passed in. Quotes stay as they are: they
/// are what most mistakes are about.
pub(super) fn shorten(text: &str) -> String {
    crate::foreign::quoted(text, None, 40)
}
