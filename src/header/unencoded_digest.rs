//! `Unencoded-Digest`.

use std::fmt;
use std::str::FromStr;

use http::HeaderName;
use sfv::BareItemFromInput;

use super::HeaderError;
use super::sf::{self, Value};
use super::text::{as_header, combined, printable};
use crate::foreign;
use crate::sri::{Algorithm, Digest};

const HEADER: &str = "unencoded-digest";
const EXAMPLE: &str = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";
/// The names of RFC 9530, section 7.2, of algorithms that are not broken.
const KEYS: &[&str] = &["sha-256", "sha-512"];

/// `Unencoded-Digest`: the digest of a body as it was before it was compressed.
///
/// A browser that supports it compares the two when it has the whole body, in whatever coding that was
/// sent, and refuses a body that doesn't match. So it reveals what a cache, a proxy or an optimiser
/// changed or lost in transit, even in pictures and fonts, for which there is no `integrity`.
/// It doesn't catch anyone who changes the body *and* the header.
///
/// It belongs to a `200` with a body: Chromium 156 compares it with whatever bytes a response has, with
/// those of a `206` and with none of the answer to a `HEAD`, and refuses that.
///
/// Grammar: a structured-field dictionary; keys are `sha-256` and `sha-512`, values byte sequences.
/// Example: `sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:`. Specification:
/// [draft-ietf-httpbis-unencoded-digest], over [RFC 9530]. Obeyed by Chromium 156 for scripts, styles,
/// pictures, fonts and `fetch`; not for documents, `XMLHttpRequest`, sound and video. Firefox 153 and
/// Safari ignore it.
///
/// ```
/// use tower_visor::header::UnencodedDigest;
///
/// let digest = UnencodedDigest::of(b"");
/// assert_eq!(digest.to_string(), "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:");
/// assert!(digest.matches(b""));
///
/// // Without colons it is a word, and browsers check nothing.
/// let typo = UnencodedDigest::effective(["sha-256=47DEQpj8HBSa"]);
/// assert_eq!(typo.matches(b"anything"), None);
/// ```
///
/// [draft-ietf-httpbis-unencoded-digest]: https://datatracker.ietf.org/doc/draft-ietf-httpbis-unencoded-digest/
/// [RFC 9530]: https://www.rfc-editor.org/rfc/rfc9530
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UnencodedDigest {
    /// Of SHA-256, of SHA-512, or one of each in this order.
    digests: Vec<Digest>,
}

impl UnencodedDigest {
    /// The header's name.
    pub const NAME: HeaderName = HeaderName::from_static(HEADER);

    /// The SHA-256 digest of a body: what every recipient of the header has to know.
    pub fn of(body: &[u8]) -> Self {
        Self {
            digests: vec![Digest::of(Algorithm::Sha256, body)],
        }
    }

    /// Its digests: of SHA-256, of SHA-512, or one of each.
    pub fn digests(&self) -> &[Digest] {
        &self.digests
    }

    /// Whether this is the body, before it was compressed.
    pub fn matches(&self, body: &[u8]) -> bool {
        self.digests.iter().all(|digest| digest.matches(body))
    }

    /// What a browser obeys, as Chromium 156 does. Never fails: what does not parse checks nothing.
    pub fn effective(
        values: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> EffectiveUnencodedDigest {
        EffectiveUnencodedDigest::read(&combined(values).unwrap_or_default())
    }
}

impl fmt::Display for UnencodedDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for digest in &self.digests {
            let key = key(digest.algorithm());
            write!(f, "{separator}{key}=:{}:", digest.to_base64())?;
            separator = ", ";
        }
        Ok(())
    }
}

impl FromStr for UnencodedDigest {
    type Err = HeaderError;

    /// Reads a value, strictly.
    ///
    /// # Errors
    /// * `""`: empty
    /// * `"sha-384=:AAAA:"`, `"sha256=:AAAA:"`: an algorithm that browsers skip
    /// * `"sha-256=AAAA"`: not a byte sequence, which is written between colons
    /// * `"sha-256=:AAAA:"`: wrong length
    /// * the same key twice, parameters
    fn from_str(text: &str) -> Result<Self, HeaderError> {
        printable(HEADER, text)?;
        let entries = sf::dictionary(HEADER, text.as_bytes(), EXAMPLE)?;
        let mut digests: Vec<Digest> = Vec::new();
        for entry in &entries {
            let place = entry.position;
            if !KEYS.contains(&entry.key) {
                return Err(HeaderError::unknown(
                    HEADER,
                    place,
                    "algorithm",
                    entry.key,
                    KEYS,
                ));
            }
            let name = foreign::word(entry.key);
            let Value::Item(item) = &entry.value else {
                let fault = format!("the value of `{name}` is a list");
                return Err(malformed(place, fault));
            };
            let BareItemFromInput::ByteSequence(bytes) = &item.value else {
                let fault = format!("the value of `{name}` is not a byte sequence");
                return Err(malformed(place, fault));
            };
            if !item.parameters.is_empty() {
                return Err(malformed(place, format!("`{name}` has a parameter")));
            }
            let Some(digest) = digest(entry.key, bytes) else {
                let fault = format!("the digest of `{name}` is {} bytes long", bytes.len());
                return Err(malformed(place, fault));
            };
            let same = |known: &Digest| known.algorithm() == digest.algorithm();
            if digests.iter().any(same) {
                let effect = "browsers obey the last one";
                return Err(HeaderError::duplicate(HEADER, place, entry.key, effect));
            }
            digests.push(digest);
        }
        if digests.is_empty() {
            return Err(HeaderError::empty(HEADER, EXAMPLE));
        }
        digests.sort_unstable_by_key(Digest::algorithm);
        Ok(Self { digests })
    }
}

as_header!(
    UnencodedDigest,
    "an Unencoded-Digest such as `sha-256=:` and base64"
);

fn malformed(position: usize, fault: String) -> HeaderError {
    let fix = format!("write for example `{EXAMPLE}`");
    HeaderError::malformed(HEADER, position, fault, fix)
}

const fn key(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Sha256 => "sha-256",
        Algorithm::Sha384 => "sha-384",
        Algorithm::Sha512 => "sha-512",
    }
}

/// The digest of a member; `None` for algorithms that browsers skip, and for a wrong length.
fn digest(name: &str, bytes: &[u8]) -> Option<Digest> {
    let algorithms = [Algorithm::Sha256, Algorithm::Sha512];
    let algorithm = algorithms.into_iter().find(|known| key(*known) == name)?;
    Digest::from_bytes(algorithm, bytes).ok()
}

/// What a browser obeys. Made by [`UnencodedDigest::effective`].
///
/// Measured in Chromium 156: every digest of an algorithm that it knows has to match; the last of the
/// same key counts; parameters, other algorithms, other kinds of values and digests of a wrong length
/// are skipped; a fault of syntax drops the whole header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EffectiveUnencodedDigest {
    digests: Vec<Digest>,
    ignored: Vec<String>,
    syntax_error: Option<HeaderError>,
}

impl EffectiveUnencodedDigest {
    /// The digests that a browser compares, all of them.
    pub fn digests(&self) -> &[Digest] {
        &self.digests
    }

    /// Whether a browser takes this for the body, before it was compressed; `None` where it compares
    /// nothing.
    pub fn matches(&self, body: &[u8]) -> Option<bool> {
        let mut digests = self.digests.iter();
        (!self.digests.is_empty()).then(|| digests.all(|digest| digest.matches(body)))
    }

    /// The keys that a browser skipped.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// The fault of syntax for which the browser dropped the whole header.
    pub fn syntax_error(&self) -> Option<&HeaderError> {
        self.syntax_error.as_ref()
    }

    fn read(bytes: &[u8]) -> Self {
        let mut all = Self::default();
        let entries = sf::dictionary(HEADER, bytes, EXAMPLE).unwrap_or_else(|error| {
            all.syntax_error = Some(error);
            Vec::new()
        });
        for (place, entry) in entries.iter().enumerate() {
            let later = entries.get(place + 1..).unwrap_or_default();
            if later.iter().any(|other| other.key == entry.key) {
                continue;
            }
            let digest = match &entry.value {
                Value::Item(item) => match &item.value {
                    BareItemFromInput::ByteSequence(bytes) => digest(entry.key, bytes),
                    _ => None,
                },
                Value::List { .. } => None,
            };
            match digest {
                Some(digest) => all.digests.push(digest),
                None => all.ignored.push(entry.key.to_owned()),
            }
        }
        all
    }
}
