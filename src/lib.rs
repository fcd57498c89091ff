// Its examples need the feature `reports`: without it they are read, and not tested.
#![cfg_attr(any(not(doctest), feature = "reports"), doc = include_str!("../README.md"))]
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `nonce` | yes | a nonce per response (getrandom) |
//! | `page` | yes | pages compiled against the pins, so that browsers check every script (html5gum) |
//! | `serde` | yes | policies in TOML, JSON and the like |
//! | `axum` | | `Nonce` as an extractor, a policy as part of a response |
//! | `audit` | | audits of what any server sent, for integration tests ([how](crate::docs)) |
//! | `export` | | a whole site as files and headers for servers that aren't ours |
//! | `html-stream` | | nonces on the marked tags of streamed HTML (`lol_html`) |
//! | `pin` | | reading tarballs and YAML lock files |
//! | `npm-signatures` | | signatures of the npm registry |
//! | `precompressed` | | brotli, gzip and zstd copies of the SDK's files for `PinnedAssets`, checked against the pins |
//! | `reports` | | a collector of what browsers report, judged by the pins (`prometheus-client`) |
//! | `session` | | the backend half as values: sessions, tokens, results, reviews |
//! | `waict` | | the manifest of a whole site, **experimental** ([how](crate::docs)) |
//! | `tracing` | | events: sessions, verdicts, refusals, reloads ([which](crate::docs)) |
//! | `compress` | | brotli and gzip copies made at the start |
//!
//! # Modules
//!
//! | module | what it contains |
//! |---|---|
//! | | **the SDK and its bytes** |
//! | [`sdk`] | facts about the Face Liveness Web SDK: releases, versions, files, endpoints |
//! | [`pins`] | the digest of every file of it: scan, lock file, verification |
//! | [`app`] | the application's own files, next to the SDK's |
//! | [`build_script`] | pins in a `build.rs` |
//! | | **what a server sends** |
//! | [`policy`] | what a page is, and hence which headers each response gets |
//! | [`layer`] | the tower layer that sends them |
//! | `page` | HTML documents compiled against the pins (feature `page`) |
//! | [`guard`] | the script that makes browsers check what the SDK loads |
//! | [`assets`] | a service that sends pinned bytes or nothing |
//! | `waict` | the manifest of what a site may run, **experimental** (feature `waict`) |
//! | `site` | a whole site in a few lines: pages, files and headers (feature `page`) |
//! | `html_stream` | nonces on the marked tags of streamed HTML (feature `html-stream`) |
//! | `session` | the backend half: sessions, tokens, results, reviews, abuse reports (feature `session`) |
//! | `export` | a site as files and headers for servers that aren't ours (feature `export`) |
//! | | **what became of it** |
//! | `audit` | what any server sent, judged (feature `audit`) |
//! | [`reports`] | what browsers report: scripts that ran, compared with the pins; everything else collected (feature `reports`) |
//! | | **values that all of these share** |
//! | [`sri`] | digests and integrity metadata |
//! | [`csp`] | Content Security Policy: typed, and as browsers read it |
//! | [`header`] | the other headers, in the same two readings |
//! | [`url`] | URLs, origins and hosts: written strictly, and as browsers read them |
//! | [`network`] | IP addresses, and blocks of them |
//! | [`response`] | the kind of a response, and the body of what this crate answers itself |
//! | `html` | places in the source of a page (feature `page`) |
//! | `escape` | foreign text made harmless for terminals, logs, HTML, Markdown (features `audit`, `export` and `session`) |
//! | [`errors`] | everything that is wrong, at once |
//! | | **the manual** |
//! | [`docs`] | how to deploy, pin, audit, and why each default is what it is |

// docs.rs sets it, and nobody else: the badges need a nightly compiler.
#![cfg_attr(docsrs, feature(doc_cfg))]
// What a library says is its caller's to print.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod app;
pub mod assets;
#[cfg(feature = "audit")]
pub mod audit;
pub mod build_script;
pub mod bundle;
pub mod csp;
mod disk;
pub mod docs;
pub mod errors;
#[cfg(any(feature = "audit", feature = "export", feature = "session"))]
pub mod escape;
mod events;
#[cfg(feature = "export")]
pub mod export;
mod foreign;
pub mod guard;
pub mod header;
mod hex;
#[cfg(any(feature = "audit", feature = "page"))]
pub mod html;
#[cfg(feature = "html-stream")]
pub mod html_stream;
mod javascript;
mod json;
pub mod layer;
mod named;
pub mod network;
#[cfg(feature = "page")]
pub mod page;
pub mod pins;
pub mod policy;
pub mod reports;
pub mod response;
pub mod sdk;
#[cfg(feature = "serde")]
mod serde_keys;
#[cfg(feature = "serde")]
mod serde_text;
#[cfg(feature = "session")]
pub mod session;
#[cfg(feature = "page")]
pub mod site;
pub mod sri;
mod suggest;
pub mod url;
#[cfg(feature = "waict")]
pub mod waict;

#[doc(inline)]
pub use crate::assets::PinnedAssets;
#[doc(inline)]
pub use crate::layer::{Nonce, VisorLayer};
#[cfg(feature = "page")]
#[doc(inline)]
pub use crate::page::Page;
#[doc(inline)]
pub use crate::pins::{Pins, Verified};
#[doc(inline)]
pub use crate::policy::{CompiledPolicy, Document, LivenessPage, Policy, Resource};
#[doc(inline)]
pub use crate::sdk::Endpoint;
#[cfg(feature = "page")]
#[doc(inline)]
pub use crate::site::Site;
