//! A SHA-256 digest in the two spellings that WAICT's drafts use.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::named::named;
use crate::sri::{Algorithm, Digest, decode_leniently};

/// The drafts know no other algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Hash([u8; 32]);

named! {
    /// How the digests of a manifest are spelt.
    ///
    /// Firefox's prototype compares the *text* of a digest with its own, which is padded standard base64;
    /// the draft writes base64url without padding. For digests without `+` and `/` the two differ only in
    /// the padding, but the prototype still accepts none of the draft's. No manifest works for
    /// both.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum WaictSpelling {
        /// base64url without padding: the draft's.
        Draft = "draft",
        /// Padded standard base64, as the prototype in Firefox Nightly compares it.
        Prototype = "prototype",
    }
}

impl Hash {
    pub(super) fn of(bytes: &[u8]) -> Self {
        match Digest::of(Algorithm::Sha256, bytes) {
            Digest::Sha256(hash) => Self(hash),
            // The algorithm is the one that was asked for.
            Digest::Sha384(_) | Digest::Sha512(_) => Self([0; 32]),
        }
    }

    pub(super) fn digest(self) -> Digest {
        Digest::Sha256(self.0)
    }

    pub(super) fn from_digest(digest: &Digest) -> Option<Self> {
        match digest {
            Digest::Sha256(hash) => Some(Self(*hash)),
            Digest::Sha384(_) | Digest::Sha512(_) => None,
        }
    }

    pub(super) fn text(self, spelling: WaictSpelling) -> String {
        match spelling {
            WaictSpelling::Draft => URL_SAFE_NO_PAD.encode(self.0),
            WaictSpelling::Prototype => STANDARD.encode(self.0),
        }
    }

    /// A digest in any alphabet, with padding or without, and the spelling where it is one of the two.
    pub(super) fn read(text: &str) -> Option<(Self, Option<WaictSpelling>)> {
        let bytes = decode_leniently(text)?;
        let hash = Self(bytes.try_into().ok()?);
        let known = WaictSpelling::ALL.into_iter();
        let mut spelt = known.filter(|spelling| hash.text(*spelling) == text);
        Some((hash, spelt.next()))
    }
}
