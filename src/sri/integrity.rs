//! Integrity metadata, read strictly.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use super::{Algorithm, Digest, SriError, SriErrorKind};

/// Integrity metadata: the value of an `integrity` attribute, never empty.
///
/// Several digests may stand side by side. A browser looks only at those of the strongest
/// algorithm, and any one of them may match.
///
/// ```
/// use tower_visor::sri::{Algorithm, Digest, Integrity};
///
/// let old = Digest::of(Algorithm::Sha384, b"old");
/// let new = Digest::of(Algorithm::Sha384, b"new");
/// let weak = Digest::of(Algorithm::Sha256, b"other");
/// let integrity: Integrity = format!("{weak} {old} {new}?reviewed").parse()?;
///
/// assert_eq!(integrity.strongest().collect::<Vec<_>>(), [&old, &new]);
/// assert!(integrity.matches(b"old") && integrity.matches(b"new"));
/// assert!(!integrity.matches(b"other"), "a weaker algorithm does not count");
/// # Ok::<(), tower_visor::sri::SriError>(())
/// ```
///
/// Specification: [SRI, section
/// 3.5](https://w3c.github.io/webappsec-subresource-integrity/#integrity-metadata-description).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Integrity {
    /// Never empty; no digest twice.
    entries: Vec<(Digest, Option<String>)>,
}

impl Integrity {
    /// All digests, as written.
    pub fn digests(&self) -> impl Iterator<Item = &Digest> {
        self.entries.iter().map(|(digest, _)| digest)
    }

    /// The digests that count: those of the strongest algorithm.
    pub fn strongest(&self) -> impl Iterator<Item = &Digest> {
        let strongest = self.algorithm();
        self.digests()
            .filter(move |digest| digest.algorithm() == strongest)
    }

    /// The strongest algorithm of the set.
    pub fn algorithm(&self) -> Algorithm {
        self.digests()
            .map(Digest::algorithm)
            .max()
            // Never empty, so the default is never taken.
            .unwrap_or_default()
    }

    /// Whether a browser would accept these bytes.
    pub fn matches(&self, bytes: &[u8]) -> bool {
        let found = Digest::of(self.algorithm(), bytes);
        self.strongest().any(|digest| *digest == found)
    }
}

impl From<Digest> for Integrity {
    fn from(digest: Digest) -> Self {
        Self {
            entries: vec![(digest, None)],
        }
    }
}

impl fmt::Display for Integrity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (digest, options)) in self.entries.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{digest}")?;
            if let Some(options) = options {
                write!(f, "?{options}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Integrity {
    type Err = SriError;

    /// Reads integrity metadata strictly: every entry must be one that all browsers check.
    ///
    /// # Errors
    /// * `""` and `"  "`: empty, which is "no integrity"
    /// * an entry that [`Digest`] refuses; browsers ignore most of them, and if none is left they
    ///   run the file unchecked
    /// * a separator other than tab, line feed, form feed, carriage return and space
    /// * the same digest twice
    /// * an option with characters outside printable ASCII
    fn from_str(text: &str) -> Result<Self, SriError> {
        let mut entries: Vec<(Digest, Option<String>)> = Vec::new();
        let mut known = HashSet::new();
        for (position, entry) in words(text) {
            let (expression, options) = match entry.split_once('?') {
                Some((expression, options)) => (expression, Some(options)),
                None => (entry, None),
            };
            let digest: Digest = expression
                .parse()
                .map_err(|error: SriError| error.shifted(position))?;
            if let Some(options) = options
                && !options.bytes().all(|byte| byte.is_ascii_graphic())
            {
                let what = "an option may hold printable ASCII characters only; remove `?` and what follows, browsers know no option";
                let position = position + expression.len() + 1;
                return Err(SriError::new(
                    SriErrorKind::Syntax,
                    position,
                    what.to_owned(),
                ));
            }
            if !known.insert(digest) {
                let what = format!("{} digest appears twice; remove one", digest.algorithm());
                return Err(SriError::new(SriErrorKind::Syntax, position, what));
            }
            entries.push((digest, options.map(str::to_owned)));
        }
        if entries.is_empty() {
            return Err(SriError::empty());
        }
        Ok(Self { entries })
    }
}

/// The parts between ASCII white space, each with its offset.
pub(super) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut offset = 0;
    text.split(|c: char| c.is_ascii_whitespace())
        .map(move |word| {
            let position = offset;
            // The separators are one byte each.
            offset += word.len() + 1;
            (position, word)
        })
        .filter(|(_, word)| !word.is_empty())
}

#[cfg(feature = "serde")]
mod serde_impl {
    crate::serde_text::as_text!(
        super::Integrity,
        "integrity metadata such as `sha384-` and base64"
    );
}
