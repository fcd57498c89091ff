//! A tower service that serves the SDK's files: pinned bytes or nothing.
//!
//! [`PinnedAssets`] is created only from [`Verified`] pins, which hold each file as it was when it
//! was hashed: those bytes are sent, so nothing that happens to the disk afterwards reaches a
//! browser.
//!
//! ```
//! use tower_visor::assets::PinnedAssets;
//! use tower_visor::pins::Pins;
//!
//! # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
//! let pins = Pins::scan(folder).unwrap(); // or `Pins::load("visor-lock.json")`
//! let verified = pins.verify(folder).unwrap();
//! let assets = PinnedAssets::new(&verified).unwrap();
//!
//! let request = http::Request::get("/FaceLivenessDetector.js").body(()).unwrap();
//! let response = assets.respond(&request);
//! assert_eq!(response.status(), 200);
//! assert_eq!(response.headers()["content-type"], "text/javascript; charset=utf-8");
//! assert_eq!(response.headers()["cache-control"], "no-cache, no-transform");
//!
//! let request = http::Request::get("/FaceLivenessDetector.js.map").body(()).unwrap();
//! assert_eq!(assets.respond(&request).status(), 404);
//! ```
//!
//! # In a router
//!
//! The pins know the URL path of each file ([`PinnedFile::url`]), and requests are matched against
//! all of it. If a router strips a prefix before it passes the request on, as axum's `nest_service`
//! does, use [`PinnedAssets::nested`]:
//!
//! ```
//! use axum::Router;
//! use tower_visor::assets::{AssetCaching, PinnedAssets};
//! use tower_visor::pins::Scan;
//!
//! # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
//! let pins = Scan::new(folder).served_at("/sdk/1.5.0/").run().unwrap();
//! let verified = pins.verify(folder).unwrap();
//! let assets = PinnedAssets::builder()
//!     .caching(AssetCaching::Immutable)
//!     .build(&verified)
//!     .unwrap();
//!
//! let router: Router = Router::new().nest_service("/sdk/1.5.0", assets.nested());
//! // The same, without a prefix being taken off:
//! let router: Router = Router::new().route_service("/sdk/1.5.0/{*path}", assets);
//! ```
//!
//! It also works with hyper alone: wrap it with `hyper_util`'s `TowerToHyperService`, or
//! call [`PinnedAssets::respond`] in a handler. Set `TCP_NODELAY` on the listener's streams, or
//! the end of a response may wait 40 ms for the client's acknowledgement.
//!
//! # What is answered
//!
//! | request | answer |
//! |---|---|
//! | `GET`, `HEAD` of a pinned URL path | `200`, with the type that the pin names, a strong `ETag` and `Cache-Control` with `no-transform` |
//! | with `If-None-Match` that names it | `304` |
//! | with `If-Match` that doesn't | `412` |
//! | `GET` with one byte range | `206`, or `416`; several ranges get the whole file |
//! | another method | `405` with `Allow` |
//! | any other path | `404`, with an empty body |
//!
//! A path is compared byte by byte as it was sent. So `/a/../FaceLivenessDetector.js`, encoded
//! slashes and dots, NULs, doubled slashes and other cases of letters are not found, and neither
//! is `/FaceLivenessDetector%2Ejs`, although RFC 3986 calls it equivalent: no browser sends that,
//! and with one URL per file, policies, caches and pins all mean the same file. A query is allowed
//! and ignored.
//!
//! Every answer has [`ResponseClass::PinnedAsset`](crate::response::ResponseClass) in its
//! extensions: [`VisorLayer`](crate::layer) gives it the headers of an asset, and an application
//! that answers unknown paths with its start page can leave this one alone. A script or a wasm that
//! is missing must not become HTML with status 200:
//!
//! ```
//! use axum::response::{Html, IntoResponse as _, Response};
//! use tower_visor::response::ResponseClass;
//!
//! async fn start_page(response: Response) -> Response {
//!     let own = response.extensions().get() == Some(&ResponseClass::PinnedAsset);
//!     match response.status().as_u16() {
//!         404 if !own => Html("<!doctype html>...").into_response(),
//!         _ => response,
//!     }
//! }
//! # let _ = axum::Router::<()>::new().layer(axum::middleware::map_response(start_page));
//! ```
//!
//! # The application's own files
//!
//! [`AssetsBuilder::app_files`] serves them alongside the SDK's in the same way: the bytes that
//! were given, from memory. They are in no lock file, because they are your own.
//!
//! # Reloading
//!
//! [`PinnedAssets::reload`] takes newly verified pins and replaces all files at once; a request
//! sees one version or the other. Until then, and if it fails, nothing changes.
//!
//! An open page may load further files later. To update the SDK without breaking such pages,
//! pin the new version under its own URL path and serve both for a while.
//!
//! # Compressed copies
//!
//! Brotli compresses the 4 MB wasm to a third. With the feature `precompressed`,
//! `AssetsBuilder::precompressed` takes copies from a separate folder (the SDK's folder must
//! contain only what was published, or it does not verify), and each is decompressed and
//! compared with the pinned bytes before it is used. With the feature `compress`,
//! `AssetsBuilder::compressing` makes them at start.
//!
//! [`PinnedFile::url`]: crate::pins::PinnedFile::url
//! [`Verified`]: crate::pins::Verified

mod builder;
mod coding;
mod error;
mod range;
mod serve;
mod service;
mod set;
mod variants;

pub use builder::{AssetCaching, AssetsBuilder};
pub use coding::Coding;
use error::AssetsFault;
pub use error::{AssetsError, AssetsErrorKind};
pub use service::PinnedAssets;

#[cfg(feature = "page")]
pub(crate) use serve::{find, not_found};
#[cfg(any(feature = "export", all(feature = "page", feature = "waict")))]
pub(crate) use set::Listed;
#[cfg(feature = "page")]
pub(crate) use set::Set;
