//! Digests as a vendor publishes them: a list, one file a line.

mod compare;
mod error;
mod lines;
mod path;

use std::collections::BTreeMap;

pub use compare::Comparison;
use error::PublishedFault;
pub use error::{PublishedError, PublishedErrorKind};

use super::Stated;
use crate::errors::Errors;
use crate::sri::{Algorithm, Digest, Integrity};

/// The digests of a publisher's list, by path.
///
/// The lines that are read, in any mixture:
///
/// * the output of `sha256sum`, `sha384sum`, `sha512sum` (`HEX  file`, `HEX *file`) and of BSD's
///   and OpenSSL's tools (`SHA384 (file) = HEX`)
/// * a path and its integrity: `js/engine.js sha384-...`
///
/// Whether the list is really the publisher's is for the user to know: this crate holds none, and
/// calls no digest published on its own authority.
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

/// What has been read so far.
#[derive(Default)]
struct Reading {
    entries: BTreeMap<String, Stated<Integrity>>,
    errors: Vec<PublishedFault>,
}

impl Reading {
    /// After so many faults the rest tells nothing new: it is another kind of file.
    const MOST_FAULTS: usize = 50;

    fn full(&self) -> bool {
        self.errors.len() >= Self::MOST_FAULTS
    }

    fn error(&mut self, error: PublishedFault) {
        if !self.full() {
            self.errors.push(error);
        }
    }

    /// A path with an integrity in the text form.
    fn text(&mut self, path: &str, integrity: &str, place: String) {
        let weak = integrity
            .split_ascii_whitespace()
            .map(|word| word.split('-').next().unwrap_or(word))
            .find(|name| is_weak(name));
        match (weak, integrity.parse::<Integrity>()) {
            (_, Ok(integrity)) => self.add(path, integrity, place),
            (Some(name), Err(_)) => self.error(PublishedFault::Weak {
                place,
                name: name.to_ascii_lowercase(),
            }),
            (None, Err(fault)) => self.error(PublishedFault::Integrity { place, fault }),
        }
    }

    /// A path with hexadecimal digits, whose algorithm is named or known by their number.
    fn hex(&mut self, path: &str, named: Option<&str>, digits: &str, place: String) {
        if let Some(name) = named.filter(|name| is_weak(name)) {
            let name = name.to_ascii_lowercase();
            return self.error(PublishedFault::Weak { place, name });
        }
        let by_length = match digits.len() {
            32 => Err("md5"),
            40 => Err("sha1"),
            56 => Err("sha224"),
            length => Ok(Algorithm::ALL
                .into_iter()
                .find(|algorithm| algorithm.digest_len() * 2 == length)),
        };
        let algorithm = match (named, by_length) {
            (Some(name), _) => algorithm(name),
            (None, Ok(algorithm)) => algorithm,
            (None, Err(weak)) => {
                return self.error(PublishedFault::Weak {
                    place,
                    name: weak.to_owned(),
                });
            }
        };
        let digest = algorithm
            .and_then(|algorithm| Digest::from_bytes(algorithm, &crate::hex::decode(digits)?).ok());
        match digest {
            Some(digest) => self.add(path, digest.into(), place),
            None => self.error(PublishedFault::Digest { place }),
        }
    }

    fn add(&mut self, path: &str, integrity: Integrity, place: String) {
        let Some(path) = path::normal(path) else {
            return self.error(PublishedFault::Path {
                path: crate::foreign::key(path),
                place,
            });
        };
        let new = Stated {
            value: integrity,
            place,
        };
        let Some(known) = self.entries.get_mut(&path) else {
            self.entries.insert(path, new);
            return;
        };
        if let Some(both) = together(&known.value, &new.value) {
            known.value = both;
            return;
        }
        let error = PublishedFault::Contradiction {
            path,
            one: Box::new(known.clone()),
            other: Box::new(new),
        };
        self.error(error);
    }
}

/// Two statements on one file, where they don't exclude each other: all digests of both.
fn together(one: &Integrity, other: &Integrity) -> Option<Integrity> {
    let of = |integrity: &Integrity, algorithm| -> Vec<Digest> {
        let same = |digest: &&Digest| digest.algorithm() == algorithm;
        integrity.digests().filter(same).copied().collect()
    };
    let mut all: Vec<String> = Vec::new();
    for algorithm in Algorithm::ALL {
        let (first, second) = (of(one, algorithm), of(other, algorithm));
        if !first.is_empty() && !second.is_empty() && first != second {
            return None;
        }
        let known = if first.is_empty() { second } else { first };
        all.extend(known.iter().map(Digest::to_string));
    }
    all.join(" ").parse().ok()
}

fn is_weak(name: &str) -> bool {
    let name = plain(name);
    ["md4", "md5", "sha", "sha1", "sha224", "ripemd160", "crc32"].contains(&name.as_str())
}

/// `SHA384`, `sha-384`, `SHA2-384`: as tools write it.
fn algorithm(name: &str) -> Option<Algorithm> {
    let name = plain(name);
    let name = match name.strip_prefix("sha2") {
        Some(rest) if rest.len() == 3 && name.len() == 7 => format!("sha{rest}"),
        _ => name,
    };
    name.parse().ok()
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| *c != '-' && *c != '_')
        .map(|c| c.to_ascii_lowercase())
        .collect()
}
