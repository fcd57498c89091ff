//! What a registry says of a tarball's bytes.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::sri::{Algorithm, Digest, Integrity, SriError};

/// What a registry says of a tarball: the `integrity` of a lock file or of a packument.
///
/// npm allows several digests side by side; those of the strongest algorithm decide, and any one
/// of them may match ([`ssri`'s rule], which browsers follow too). SHA-1 counts only if there is
/// nothing stronger, and is then [`RegistryIntegrity::Weak`]: the gated feed of the Face SDK
/// gives nothing else.
///
/// ```
/// use tower_visor::pins::sources::RegistryIntegrity;
///
/// let weak: RegistryIntegrity = "sha1-RwH7UWGA18ki7iJWNF4DVz2921c=".parse()?;
/// assert!(matches!(weak, RegistryIntegrity::Weak(_)));
/// assert_eq!(weak.to_string(), "sha1-RwH7UWGA18ki7iJWNF4DVz2921c=");
/// assert_eq!(weak.label(), "registry (weak: sha1)");
/// # Ok::<(), tower_visor::pins::sources::IntegrityError>(())
/// ```
///
/// [`ssri`'s rule]: https://www.npmjs.com/package/ssri#--integritypickalgorithmopts---string
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // a match on it must name the weak case
pub enum RegistryIntegrity {
    /// SHA-256, SHA-384 or SHA-512.
    Strong(Integrity),
    /// SHA-1 alone: collisions can be created, so it reveals accidents but not every attack.
    Weak(WeakSha1),
}

impl RegistryIntegrity {
    /// How provenance names it: `registry`, or `registry (weak: sha1)`.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Strong(_) => "registry",
            Self::Weak(_) => "registry (weak: sha1)",
        }
    }

    /// The name of the algorithm that decides: `sha1`, `sha256`, `sha384` or `sha512`.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Strong(integrity) => integrity.algorithm().as_str(),
            Self::Weak(_) => "sha1",
        }
    }

    /// Whether two statements about the same tarball exclude each other: same deciding
    /// algorithm, no digest in common. Statements in different algorithms can't be compared.
    pub fn contradicts(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Strong(one), Self::Strong(two)) => {
                one.algorithm() == two.algorithm()
                    && !one
                        .strongest()
                        .any(|digest| two.strongest().any(|d| d == digest))
            }
            (Self::Weak(one), Self::Weak(two)) => one != two,
            _ => false,
        }
    }

    /// The order in which statements about one tarball are preferred.
    pub(super) fn rank(&self) -> Option<Algorithm> {
        match self {
            Self::Strong(integrity) => Some(integrity.algorithm()),
            Self::Weak(_) => None,
        }
    }

    /// Whether these are the bytes that the registry describes.
    #[cfg(feature = "pin")]
    pub fn matches(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Strong(integrity) => integrity.matches(bytes),
            Self::Weak(sha1) => *sha1 == WeakSha1::of(bytes),
        }
    }
}

impl fmt::Display for RegistryIntegrity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Strong(integrity) => integrity.fmt(f),
            Self::Weak(sha1) => sha1.fmt(f),
        }
    }
}

impl FromStr for RegistryIntegrity {
    type Err = IntegrityError;

    /// Reads an `integrity` field of npm.
    ///
    /// # Errors
    /// * `""`: empty
    /// * `"md5-..."`: an algorithm that proves nothing, or one that npm doesn't know
    /// * `"sha512"`: no hyphen
    /// * `"sha512-AAAA"`: wrong length; `"sha512-%"`: not base64
    /// * two SHA-1 digests and nothing stronger: a tarball has one
    ///
    /// No message contains more of the text than the algorithm's name, and only if it looks like
    /// one: a URL that got into the field by mistake may carry a token.
    fn from_str(text: &str) -> Result<Self, IntegrityError> {
        Ok(Self::read(text)?)
    }
}

impl RegistryIntegrity {
    fn read(text: &str) -> Result<Self, IntegrityFault> {
        let mut strong = Vec::new();
        let mut weak: Option<WeakSha1> = None;
        let mut two_weak = None;
        let mut position = 0;
        for word in text.split(|c: char| c.is_ascii_whitespace()) {
            let start = position;
            position += word.len() + 1;
            if word.is_empty() {
                continue;
            }
            // Options (`?...`) are part of the grammar; npm writes none and gives them no meaning.
            let expression = word.split_once('?').map_or(word, |(before, _)| before);
            let Some((name, _)) = expression.split_once('-') else {
                return Err(IntegrityFault::NoHyphen { position: start });
            };
            if name == "sha1" {
                let sha1: WeakSha1 = expression.parse().map_err(|_| IntegrityFault::Sha1 {
                    position: start + name.len() + 1,
                })?;
                if weak.is_some_and(|known| known != sha1) {
                    two_weak = Some(start);
                }
                weak = Some(sha1);
            } else if name.parse::<Algorithm>().is_ok() {
                let digest: Digest =
                    expression.parse().map_err(|fault| IntegrityFault::Digest {
                        position: start,
                        fault,
                    })?;
                if !strong.contains(&digest) {
                    strong.push(digest);
                }
            } else {
                return Err(IntegrityFault::Algorithm {
                    position: start,
                    name: plain_name(name),
                });
            }
        }
        if !strong.is_empty() {
            // Each digest was just read and none appears twice, so this can't fail.
            let words: Vec<String> = strong.iter().map(Digest::to_string).collect();
            return words
                .join(" ")
                .parse()
                .map(Self::Strong)
                .map_err(|fault| IntegrityFault::Digest { position: 0, fault });
        }
        match (weak, two_weak) {
            (_, Some(position)) => Err(IntegrityFault::TwoSha1 { position }),
            (Some(sha1), None) => Ok(Self::Weak(sha1)),
            (None, None) => Err(IntegrityFault::Empty),
        }
    }
}

#[cfg(feature = "serde")]
mod serde_impl {
    crate::serde_text::as_text!(
        super::RegistryIntegrity,
        "a registry's integrity such as `sha512-` and base64"
    );
}

/// A SHA-1 digest: enough to notice an accident, not to stop somebody who can create collisions.
///
/// It is a separate type so that it can't end up where a [`Digest`] belongs: browsers ignore SHA-1,
/// and no pin may rest on it without saying so.
///
/// Text form: `sha1-` and the digest in standard, padded base64, as npm writes it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WeakSha1([u8; 20]);

impl WeakSha1 {
    /// From the 20 bytes.
    pub const fn new(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// From 40 hexadecimal digits, as `dist.shasum` and yarn's URL fragments write it; `None` for
    /// anything else.
    pub fn from_hex(text: &str) -> Option<Self> {
        let bytes = crate::hex::decode(text)?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// The SHA-1 digest of bytes in memory.
    #[cfg(feature = "pin")]
    pub fn of(bytes: &[u8]) -> Self {
        use sha1::Digest as _;
        Self(sha1::Sha1::digest(bytes).into())
    }

    /// The raw bytes.
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

impl fmt::Display for WeakSha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "sha1-{}",
            base64::display::Base64Display::new(&self.0, &STANDARD)
        )
    }
}

/// As `Display`.
impl fmt::Debug for WeakSha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for WeakSha1 {
    type Err = IntegrityError;

    fn from_str(text: &str) -> Result<Self, IntegrityError> {
        let fault = IntegrityFault::Sha1 { position: 0 };
        let encoded = text.strip_prefix("sha1-").ok_or_else(|| fault.clone())?;
        let bytes = STANDARD.decode(encoded).map_err(|_| fault.clone())?;
        Ok(Self(bytes.try_into().map_err(|_| fault)?))
    }
}

crate::errors::opaque! {
    /// Why a text is not a [`RegistryIntegrity`]. Positions in its message are byte offsets into the field.
    pub struct IntegrityError(IntegrityFault);
}

/// What is wrong, with the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum IntegrityFault {
    #[error("integrity is empty; install the package again so that npm writes it")]
    Empty,

    #[error(
        "byte {position}: no `-` after the algorithm; an entry reads `sha512-` and the digest in base64"
    )]
    NoHyphen { position: usize },

    #[error(
        "byte {position}: unknown algorithm `{name}`; a registry gives sha512, or sha1 at the least"
    )]
    Algorithm { position: usize, name: String },

    #[error("entry at byte {position}: {fault}")]
    Digest { position: usize, fault: SriError },

    #[error("byte {position}: a sha1 digest is 20 bytes in standard, padded base64, 28 characters")]
    Sha1 { position: usize },

    #[error(
        "byte {position}: a second, different sha1 digest; a tarball has one, remove the wrong one"
    )]
    TwoSha1 { position: usize },
}

/// The name as written if it is that of a hash function; anything else isn't shown.
fn plain_name(name: &str) -> String {
    let known = [
        "blake2b", "blake3", "md5", "sha", "sha-1", "sha224", "sha256", "sha384", "sha3", "sha512",
        "xxh3",
    ];
    let hash = known.iter().any(|known| known.eq_ignore_ascii_case(name));
    if hash { name } else { "..." }.to_owned()
}
