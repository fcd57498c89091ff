//! The constant styles that the SDK puts into the page.

use std::fmt;
use std::str::FromStr;

use super::ReleaseError;
use crate::foreign;

/// How a style of the SDK gets into the page, and so which CSP directive decides about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum StyleKind {
    /// A `<style>` element that is put into the head empty, to be filled afterwards. Browsers
    /// check it twice; without the hash of the empty text they report a violation, and the style
    /// still works (`style-src-elem`).
    Empty,
    /// A `<style>` element in the head, with text from the component (`style-src-elem`).
    Head,
    /// A `<style>` element in the closed shadow root, with text from the wasm (`style-src-elem`).
    Shadow,
}

/// One style of a release: how it gets into the page and, where it was seen, its hash.
///
/// A hash in the built-in table was *observed* on published files. The hash that counts is the
/// one worked out from the pinned files; the table's serves pages that have no pins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs)] // the two facts there are
pub struct ConstantStyle {
    /// How it gets into the page.
    pub kind: StyleKind,
    /// Its hash, or `None` when it has to be taken from the files.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub hash: Option<StyleHash>,
}

/// A hash for `style-src`, such as `sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=`.
///
/// It is text here, because this module knows no other; it always parses as a digest.
///
/// ```
/// use tower_visor::sdk::StyleHash;
/// use tower_visor::sri::Digest;
///
/// let hash: StyleHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".parse()?;
/// assert_eq!(hash, StyleHash::of_empty_text());
/// assert!(hash.as_str().parse::<Digest>().is_ok());
/// assert!("sha256-AAAA".parse::<StyleHash>().is_err());
/// # Ok::<(), tower_visor::sdk::ReleaseError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StyleHash(String);

impl StyleHash {
    /// The hash of the empty text, which is what a `<style>` element holds before it is filled.
    pub fn of_empty_text() -> Self {
        Self::literal("sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
    }

    /// For the built-in table only; a test reads the table back through `FromStr`.
    pub(super) fn literal(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The hash as CSP writes it between the quotes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StyleHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// As `Display`: a hash in a test's output should be one that can be compared and pasted.
impl fmt::Debug for StyleHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for StyleHash {
    type Err = ReleaseError;

    /// Reads an algorithm, a hyphen and a digest of the right length in standard, padded base64.
    ///
    /// # Errors
    /// Anything else: `"md5-..."`, `"sha256-AAAA"`, base64url.
    fn from_str(text: &str) -> Result<Self, ReleaseError> {
        if is_digest(text) {
            Ok(Self(text.to_owned()))
        } else {
            let text = foreign::word(text);
            Err(ReleaseError(format!(
                "`{text}` is not a style hash; write sha256, sha384 or sha512, `-`, and the digest in standard, padded base64"
            )))
        }
    }
}

fn is_digest(text: &str) -> bool {
    // The last character holds bits that belong to no byte; they must be zero.
    let (characters, padding, last) = match text.get(..7) {
        Some("sha256-") => (43, "=", "AEIMQUYcgkosw048"),
        Some("sha384-") => (64, "", ""),
        Some("sha512-") => (86, "==", "AQgw"),
        _ => return false,
    };
    let Some(digest) = text.get(7..).and_then(|rest| rest.strip_suffix(padding)) else {
        return false;
    };
    digest.len() == characters
        && digest
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
        && (last.is_empty() || digest.ends_with(|c| last.contains(c)))
}

#[cfg(feature = "serde")]
mod serde_impl {
    crate::serde_text::as_text!(super::StyleHash, "a hash such as `sha256-` and base64");
}
