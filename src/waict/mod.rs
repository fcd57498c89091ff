//! The manifest of everything that a site may run: **experimental**, by the drafts of 2026.
//!
//! WAICT (Web Application Integrity, Consistency and Transparency) is on its way into browsers: a
//! response names a manifest with [`header::Waict`](crate::header::Waict), and the browser compares whatever
//! it loads with that, including pictures and WebAssembly. Firefox Nightly has a prototype behind a switch;
//! every other browser ignores it. This module follows the draft
//! [WAICT, signalling and integrity](https://github.com/waict-wg/waict-integrity-spec), revision of
//! 2026-04-15, also reads the forms of the previous revision and of the text after it, and changes with them.
//!
//! [`WaictManifest`] is a manifest as a value: made from files, written in one form, and read from
//! any bytes, with each revision's verdict on it. `SiteBuilder::waict` makes one of a whole site (feature
//! `page`); [the manual](crate::docs::waict) says how to begin.
//!
//! ```
//! use tower_visor::waict::{WaictManifest, WaictSpelling};
//!
//! let manifest = WaictManifest::new("https://liveness.contoso.example".parse()?)
//!     .file("/", b"<!doctype html>")
//!     .fallback(b"<!doctype html>");
//! let body = manifest.to_body(WaictSpelling::Draft);
//! assert!(body.starts_with("{\"fallback_hashes\":[\""));
//! assert_eq!(WaictManifest::path_of(&body).len(), "waict-.waict".len() + 22);
//!
//! let read = WaictManifest::read(body.as_bytes(), manifest.origin())?;
//! assert!(read.manifest().names("https://liveness.contoso.example/"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod hash;
mod manifest;
mod read;
mod write;

pub use error::WaictError;
use error::WaictFault;
pub use hash::WaictSpelling;
pub use manifest::WaictManifest;
pub use read::ReadWaict;
