//! Subresource Integrity: digests, integrity metadata, and how browsers read it.
//!
//! One [`Digest`] type is used all the way from the tarball to the browser: a pin, a CSP hash
//! source and an `integrity` attribute all contain it, so no link of the chain parses text that another wrote.
//!
//! Integrity metadata can be read in two ways, because browsers *silently drop* an entry that
//! they can't parse and then run the script unchecked:
//!
//! * [`Integrity`] (strict) is what this crate writes and what configuration may hold. Every
//!   oddity is an error with its position and the fix.
//! * [`EffectiveIntegrity`] is what a browser makes of any text. It never fails; it says for each
//!   entry whether it protects anything.
//!
//! ```
//! use tower_visor::sri::{Algorithm, Digest, Integrity, Verdict};
//!
//! let digest = Digest::of(Algorithm::Sha384, b"alert('hello')\n");
//! let integrity = Integrity::from(digest);
//! assert!(integrity.matches(b"alert('hello')\n"));
//!
//! // A typo is an error here, and no protection at all in a browser.
//! assert_eq!(
//!     "sha384-%".parse::<Integrity>().unwrap_err().to_string(),
//!     "byte 7: `%` is not a base64 character; write the digest in standard, padded base64",
//! );
//! assert_eq!(Integrity::effective("sha384-%").verdict(b"anything"), Verdict::Unchecked);
//! ```
//!
//! # Constant-time comparison
//!
//! Digests are compared with `==`. They are public (every visitor gets them in the page), and
//! an attacker who could time the comparison already knows both sides; constant time protects
//! secrets, and there are none here.
//!
//! Specification: [Subresource Integrity](https://w3c.github.io/webappsec-subresource-integrity/).

mod algorithm;
mod digest;
mod effective;
mod error;
mod hasher;
mod integrity;

pub use algorithm::Algorithm;
pub use digest::Digest;
pub(crate) use effective::decode as decode_leniently;
pub use effective::{EffectiveEntry, EffectiveIntegrity, Entry, Ignored, Verdict};
pub use error::{SriError, SriErrorKind};
pub use hasher::Hasher;
pub use integrity::Integrity;
