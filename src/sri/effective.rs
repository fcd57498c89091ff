//! Integrity metadata as a browser reads it.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::integrity::words;
use super::{Algorithm, Digest, Integrity};

/// Takes what Chromium takes: any padding, any trailing bits. base64url is translated before.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// What a browser makes of an `integrity` attribute. Made by [`Integrity::effective`].
///
/// Browsers differ where the standard leaves things open; this follows measurements of Chromium
/// 156. Where browsers differ, it takes the reading that protects *less*, so that an audit based
/// on it never calls a file protected that some browser runs unchecked.
///
/// ```
/// use tower_visor::sri::{Ignored, Integrity, Entry, Verdict};
///
/// let typo = Integrity::effective("SHA256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
/// assert_eq!(typo.entries()[0].entry, Entry::Ignored(Ignored::UnknownAlgorithm));
/// assert_eq!(typo.verdict(b"evil"), Verdict::Unchecked);
///
/// let short = Integrity::effective("sha256-AAAA");
/// assert_eq!(short.verdict(b"anything"), Verdict::Refused);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveIntegrity {
    entries: Vec<EffectiveEntry>,
}

/// One entry of the attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EffectiveEntry {
    /// Byte offset of the entry in the attribute.
    pub position: usize,
    /// The entry as written.
    pub text: String,
    /// What the browser makes of it.
    pub entry: Entry,
}

/// What the browser makes of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Entry {
    /// A digest that is compared.
    Digest(Digest),
    /// A known algorithm with a digest of the wrong length: it counts but never matches.
    NeverMatches {
        /// The algorithm.
        algorithm: Algorithm,
        /// Length of the digest in bytes, decoded.
        length: usize,
    },
    /// A public key of signature-based SRI (`ed25519-`), which Chromium 141 and later demand a
    /// signature for; others ignore it.
    PublicKey,
    /// Dropped with a console message: the entry protects nothing.
    Ignored(Ignored),
}

/// Why a browser drops an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ignored {
    /// Not `sha256`, `sha384` or `sha512` in lower case. (The draft of 2026 knows upper case too;
    /// Chromium doesn't.)
    UnknownAlgorithm,
    /// Not base64. (Firefox keeps the entry, so that nothing matches; Chromium and Safari drop it.)
    NotBase64,
}

/// What a browser does with a file under this metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // a match on it must handle each outcome
pub enum Verdict {
    /// The digest of the bytes is one of the strongest set.
    Matches,
    /// The file is blocked.
    Refused,
    /// No entry counts: the file runs without any check.
    Unchecked,
}

impl Integrity {
    /// What a browser makes of any text; never fails.
    pub fn effective(text: &str) -> EffectiveIntegrity {
        // Vertical tab separates entries in Chromium, and nowhere in the standard.
        let entries = words(text)
            .flat_map(|(start, word)| {
                let mut offset = start;
                word.split('\u{b}').filter_map(move |part| {
                    let position = offset;
                    offset += part.len() + 1;
                    (!part.is_empty()).then(|| EffectiveEntry {
                        position,
                        text: part.to_owned(),
                        entry: read_entry(part),
                    })
                })
            })
            .collect();
        EffectiveIntegrity { entries }
    }
}

impl EffectiveIntegrity {
    /// Every entry, as written, with what the browser makes of it.
    pub fn entries(&self) -> &[EffectiveEntry] {
        &self.entries
    }

    /// The strongest algorithm that counts, if any does.
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.entries
            .iter()
            .filter_map(EffectiveEntry::algorithm)
            .max()
    }

    /// Whether the browser compares the file with anything.
    pub fn checks(&self) -> bool {
        self.entries
            .iter()
            .any(|entry| !matches!(entry.entry, Entry::Ignored(_)))
    }

    /// The digests of the strongest algorithm: those that are compared.
    pub fn strongest(&self) -> impl Iterator<Item = &Digest> {
        let strongest = self.algorithm();
        self.digests()
            .filter(move |digest| Some(digest.algorithm()) == strongest)
    }

    /// All digests of the right length, of any algorithm.
    pub fn digests(&self) -> impl Iterator<Item = &Digest> {
        self.entries.iter().filter_map(|entry| match &entry.entry {
            Entry::Digest(digest) => Some(digest),
            _ => None,
        })
    }

    /// What the browser does with a file of these bytes.
    ///
    /// An `ed25519-` key alone is [`Verdict::Unchecked`]: only newer Chromium looks at it.
    pub fn verdict(&self, bytes: &[u8]) -> Verdict {
        let Some(algorithm) = self.algorithm() else {
            return Verdict::Unchecked;
        };
        let found = Digest::of(algorithm, bytes);
        if self.strongest().any(|digest| *digest == found) {
            Verdict::Matches
        } else {
            Verdict::Refused
        }
    }
}

impl EffectiveEntry {
    fn algorithm(&self) -> Option<Algorithm> {
        match &self.entry {
            Entry::Digest(digest) => Some(digest.algorithm()),
            Entry::NeverMatches { algorithm, .. } => Some(*algorithm),
            Entry::PublicKey | Entry::Ignored(_) => None,
        }
    }
}

fn read_entry(text: &str) -> Entry {
    let expression = text.split_once('?').map_or(text, |(before, _)| before);
    // `sha-256` is an old spelling that Chromium still takes.
    let named = Algorithm::ALL.into_iter().find_map(|algorithm| {
        let digits = &algorithm.as_str()["sha".len()..];
        let rest = expression.strip_prefix("sha")?;
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        let encoded = rest.strip_prefix(digits)?.strip_prefix('-')?;
        Some((algorithm, encoded))
    });
    if let Some((algorithm, encoded)) = named {
        return match decode(encoded) {
            None => Entry::Ignored(Ignored::NotBase64),
            Some(bytes) => match Digest::from_bytes(algorithm, &bytes) {
                Ok(digest) => Entry::Digest(digest),
                Err(_) => Entry::NeverMatches {
                    algorithm,
                    length: bytes.len(),
                },
            },
        };
    }
    match expression.strip_prefix("ed25519-").map(decode) {
        Some(Some(_)) => Entry::PublicKey,
        Some(None) => Entry::Ignored(Ignored::NotBase64),
        None => Entry::Ignored(Ignored::UnknownAlgorithm),
    }
}

/// Base64 or base64url, with any padding; `None` if it is neither, or empty.
pub(crate) fn decode(encoded: &str) -> Option<Vec<u8>> {
    let plain: String = encoded
        .trim_end_matches('=')
        .chars()
        .map(|c| match c {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    LENIENT.decode(plain).ok().filter(|bytes| !bytes.is_empty())
}
