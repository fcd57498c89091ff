//! Digests as a vendor publishes them: a list with one file per line.

mod compare;
mod error;
mod lines;
mod path;
mod reading;

use std::collections::BTreeMap;

pub use compare::Comparison;
use error::PublishedFault;
pub use error::{PublishedError, PublishedErrorKind};

use super::Stated;
use crate::errors::Errors;
use crate::sri::Integrity;
use reading::Reading;

/// The digests of a publisher's list, by path.
///
/// These kinds of lines are read, in any mixture:
///
/// * the output of `sha256sum`, `sha384sum`, `sha512sum` (`HEX  file`, `HEX *file`) and of BSD's
///   and OpenSSL's tools (`SHA384 (file) = HEX`)
/// * a path and its integrity: `js/engine.js sha384-...`
///
/// The user must know whether the list is really the publisher's: this crate contains none, and
/// never calls a digest published on its own authority.
///
/// ```
/// use tower_visor::pins::sources::Published;
/// use tower_visor::sri::Digest;
///
/// let list = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
/// let published = Published::read(format!("js/engine.js sha256-{list}\n").as_bytes()).unwrap();
///
/// let files = [("js/engine.js", "abc"), ("js/other.js", "")];
/// let content = |path: &str| files.iter().find(|(name, _)| *name == path).unwrap().1;
/// let compared = published.compare(&files.map(|(path, _)| path), |path, algorithm| {
///     Ok::<_, std::io::Error>(Digest::of(algorithm, content(path).as_bytes()))
/// })?;
/// assert_eq!(compared.published, ["js/engine.js"]);
/// assert_eq!(compared.not_covered, ["js/other.js"]);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Normal path -> what is stated. Never empty.
    entries: BTreeMap<String, Stated<Integrity>>,
}

impl Published {
    /// Largest list that is read, in bytes. A list of the SDK's 85 files is 12 kB.
    pub const LARGEST: usize = 8 * 1024 * 1024;

    /// Reads a list.
    ///
    /// # Errors
    /// All that are found (the first 50), at once:
    /// * a list of MD5 or SHA-1 hashes: they prove nothing, [`PublishedErrorKind::Weak`]
    /// * a digest cut off, a list without any digest: [`PublishedErrorKind::List`]
    /// * one path with two digests of one algorithm: [`PublishedErrorKind::Contradiction`]
    pub fn read(bytes: &[u8]) -> Result<Self, Errors<PublishedError>> {
        if bytes.len() > Self::LARGEST {
            return Err(PublishedFault::TooLarge { bytes: bytes.len() }.into());
        }
        let text = std::str::from_utf8(bytes).map_err(|error| PublishedFault::NotUtf8 {
            offset: error.valid_up_to(),
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reading = Reading::default();
        lines::read(text, &mut reading);
        if reading.entries.is_empty() && reading.errors.is_empty() {
            reading.error(PublishedFault::Nothing);
        }
        Errors::check(reading.errors)?;
        Ok(Self {
            entries: reading.entries,
        })
    }

    /// Every path with its integrity and where it stands, sorted by path.
    ///
    /// Paths are normal: without scheme, host, query, leading `/`, `./` or `package/`.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Stated<Integrity>)> {
        self.entries
            .iter()
            .map(|(path, stated)| (path.as_str(), stated))
    }
}
