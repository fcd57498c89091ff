//! A value together with the place in a lock file where it was read.

use std::fmt;

/// A value and the place that states it, so that a contradiction can show both sides.
///
/// Shown as `value (place)`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs)] // a pair with names
pub struct Stated<T> {
    /// What is stated.
    pub value: T,
    /// Where: a line, or a path of keys.
    pub place: String,
}

impl<T: fmt::Display> fmt::Display for Stated<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.value, self.place)
    }
}
