//! A list of sources: `'none'`, or some without a duplicate.

use std::collections::HashSet;
use std::fmt;

/// The sources of one directive: an ordered set, or `'none'` when it is empty.
///
/// ```
/// use tower_visor::csp::{FetchSource, SchemeSource, Sources};
///
/// let images = Sources::from([FetchSource::SelfOrigin, FetchSource::Scheme(SchemeSource::DATA)]);
/// assert_eq!(images.to_string(), "'self' data:");
///
/// // `'none'` isn't allowed next to a source, and none may appear twice.
/// assert_eq!(Sources::<FetchSource>::none().to_string(), "'none'");
/// let again = images.iter().chain(images.iter()).cloned().collect::<Sources<_>>();
/// assert_eq!(again, images);
/// ```
///
/// Specification: [CSP3, section 2.3.1,
/// `serialized-source-list`](https://w3c.github.io/webappsec-csp/#grammardef-serialized-source-list).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sources<T> {
    /// No source twice, in the order in which they came.
    list: Vec<T>,
}

impl<T> Sources<T> {
    /// `'none'`: nothing is allowed.
    pub const fn none() -> Self {
        Self { list: Vec::new() }
    }

    /// Whether it is `'none'`.
    pub const fn is_none(&self) -> bool {
        self.list.is_empty()
    }

    /// How many sources there are; 0 for `'none'`.
    pub const fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether it is `'none'`, under the name that goes with [`len`](Self::len).
    pub const fn is_empty(&self) -> bool {
        self.is_none()
    }

    /// The sources in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.list.iter()
    }
}

impl<T: PartialEq> Sources<T> {
    /// Whether this very source is in the list.
    pub fn contains(&self, source: &T) -> bool {
        self.list.contains(source)
    }
}

impl<T> Default for Sources<T> {
    /// `'none'`.
    fn default() -> Self {
        Self::none()
    }
}

impl<T: Ord> Extend<T> for Sources<T> {
    /// Adds what is not in the list yet.
    fn extend<I: IntoIterator<Item = T>>(&mut self, sources: I) {
        self.list.extend(sources);
        // By the order of sources, so that a long list isn't compared each with each.
        let mut sorted: Vec<(usize, &T)> = self.list.iter().enumerate().collect();
        sorted.sort_by_key(|(_, source)| *source);
        let again: HashSet<usize> = sorted
            .windows(2)
            .filter_map(|pair| match pair {
                // The sort is stable: of equal ones the first comes first.
                [(_, one), (index, other)] if one == other => Some(*index),
                _ => None,
            })
            .collect();
        let mut index = 0;
        self.list.retain(|_| {
            index += 1;
            !again.contains(&(index - 1))
        });
    }
}

impl<T: Ord> FromIterator<T> for Sources<T> {
    /// Collects sources; of equal ones the first stays, and no source at all is `'none'`.
    fn from_iter<I: IntoIterator<Item = T>>(sources: I) -> Self {
        let mut collected = Self::none();
        collected.extend(sources);
        collected
    }
}

impl<T: Ord, const N: usize> From<[T; N]> for Sources<T> {
    fn from(sources: [T; N]) -> Self {
        sources.into_iter().collect()
    }
}

impl<T: Ord> From<Vec<T>> for Sources<T> {
    fn from(sources: Vec<T>) -> Self {
        sources.into_iter().collect()
    }
}

impl<T> IntoIterator for Sources<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Sources<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: fmt::Display> fmt::Display for Sources<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sources = self.iter();
        let Some(first) = sources.next() else {
            return f.write_str("'none'");
        };
        write!(f, "{first}")?;
        sources.try_for_each(|source| write!(f, " {source}"))
    }
}
