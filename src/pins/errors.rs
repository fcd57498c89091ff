//! All that is wrong at once.

use std::fmt;
use std::ops::Deref;

/// Everything that is wrong, in a stable order; never empty. A slice of its errors.
///
/// `Display` writes one message, or their number and then each on a line of its own, so that `?`
/// in a `main` or a log line says all of it.
///
/// ```
/// use tower_visor::pins::Pins;
///
/// let errors = Pins::from_json(r#"{"schema": 1, "base": "sdk", "files": []}"#).unwrap_err();
/// assert_eq!(errors.len(), 2);
/// assert!(errors.to_string().starts_with("2 faults\nbase: `sdk` is not a base path; "));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors<E>(Vec<E>);

impl<E> From<Vec<E>> for Errors<E> {
    fn from(errors: Vec<E>) -> Self {
        Self(errors)
    }
}

impl<E> From<Errors<E>> for Vec<E> {
    fn from(errors: Errors<E>) -> Self {
        errors.0
    }
}

impl<E> Deref for Errors<E> {
    type Target = [E];

    fn deref(&self) -> &[E] {
        &self.0
    }
}

impl<E> IntoIterator for Errors<E> {
    type Item = E;
    type IntoIter = std::vec::IntoIter<E>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, E> IntoIterator for &'a Errors<E> {
    type Item = &'a E;
    type IntoIter = std::slice::Iter<'a, E>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<E: fmt::Display> fmt::Display for Errors<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [error] = &self.0[..] {
            return error.fmt(f);
        }
        write!(f, "{} faults", self.len())?;
        self.iter().try_for_each(|error| write!(f, "\n{error}"))
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for Errors<E> {}
