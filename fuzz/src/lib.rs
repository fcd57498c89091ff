//! What has to hold for any input, as functions of bytes.
//!
//! Two drivers run the same functions: libFuzzer, by the programs in `fuzz_targets`, and proptest
//! on any stable compiler, by the library's own tests, which compile this folder as a module.
//! A function that finds a fault panics, and so does the library where it should not.
#![allow(
    unreachable_pub,
    clippy::panic,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::missing_panics_doc
)]

#[cfg(feature = "audit")]
pub mod audit;
pub mod connections;
pub mod csp;
#[cfg(any(feature = "audit", feature = "html-stream", feature = "page"))]
mod dom;
#[cfg(feature = "audit")]
pub mod head;
pub mod headers;
#[cfg(feature = "html-stream")]
pub mod html_stream;
pub mod integrity;
#[cfg(feature = "audit")]
pub mod mime;
#[cfg(feature = "pin")]
pub mod npm_lock;
#[cfg(feature = "page")]
pub mod page;
#[cfg(feature = "serde")]
pub mod policy;
#[cfg(feature = "pin")]
pub mod published;
#[cfg(feature = "audit")]
pub mod rendered;
#[cfg(feature = "reports")]
pub mod report_bodies;
pub mod reports;
// The validator of the library's own tests.
#[cfg(all(feature = "audit", test))]
use crate::schema;
#[cfg(all(feature = "audit", not(test)))]
#[path = "../../tests/it/schema.rs"]
mod schema;
pub mod sdk;
mod seeds;
#[cfg(feature = "session")]
pub mod session_request;
#[cfg(feature = "session")]
pub mod session_result;
#[cfg(feature = "session")]
pub mod session_token;
#[cfg(feature = "npm-signatures")]
pub mod signature;
#[cfg(feature = "pin")]
pub mod tarball;
pub mod tree;
pub mod visor_lock;
#[cfg(feature = "waict")]
pub mod waict;
#[cfg(feature = "audit")]
pub mod waivers;

// The library's own tests have no corpus on disk.
#[cfg(not(test))]
pub use seeds::write_seeds;

/// One target.
#[derive(Debug)]
pub struct Target {
    /// As `cargo fuzz run` knows it.
    pub name: &'static str,
    /// Panics where something does not hold.
    pub run: fn(&[u8]),
    /// Inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

const fn target(name: &'static str, run: fn(&[u8]), seeds: fn() -> Vec<Vec<u8>>) -> Target {
    Target { name, run, seeds }
}

/// All targets, sorted by name.
pub const TARGETS: &[Target] = &[
    #[cfg(feature = "audit")]
    target("audit", audit::run, audit::seeds),
    target("connections", connections::run, connections::seeds),
    target("csp", csp::run, csp::seeds),
    #[cfg(feature = "audit")]
    target("head", head::run, head::seeds),
    target("headers", headers::run, headers::seeds),
    #[cfg(feature = "html-stream")]
    target("html_stream", html_stream::run, html_stream::seeds),
    target("integrity", integrity::run, integrity::seeds),
    #[cfg(feature = "audit")]
    target("mime", mime::run, mime::seeds),
    #[cfg(feature = "pin")]
    target("npm_lock", npm_lock::run, npm_lock::seeds),
    #[cfg(feature = "page")]
    target("page", page::run, page::seeds),
    #[cfg(feature = "serde")]
    target("policy", policy::run, policy::seeds),
    #[cfg(feature = "pin")]
    target("published", published::run, published::seeds),
    #[cfg(feature = "reports")]
    target("report_bodies", report_bodies::run, report_bodies::seeds),
    target("reports", reports::run, reports::seeds),
    target("sdk", sdk::run, sdk::seeds),
    #[cfg(feature = "session")]
    target(
        "session_request",
        session_request::run,
        session_request::seeds,
    ),
    #[cfg(feature = "session")]
    target("session_result", session_result::run, session_result::seeds),
    #[cfg(feature = "session")]
    target("session_token", session_token::run, session_token::seeds),
    #[cfg(feature = "npm-signatures")]
    target("signature", signature::run, signature::seeds),
    #[cfg(feature = "pin")]
    target("tarball", tarball::run, tarball::seeds),
    target("tree", tree::run, tree::seeds),
    target("visor_lock", visor_lock::run, visor_lock::seeds),
    #[cfg(feature = "waict")]
    target("waict", waict::run, waict::seeds),
    #[cfg(feature = "audit")]
    target("waivers", waivers::run, waivers::seeds),
];

/// What each error message has to be: one line of ASCII that says something.
pub fn is_message(error: &dyn std::fmt::Display) {
    let message = error.to_string();
    assert!(!message.is_empty());
    assert!(
        message.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
        "{message:?}"
    );
}

/// A list of errors: never empty, and each a message.
pub fn are_messages<E: std::fmt::Display>(errors: &[E]) {
    assert!(!errors.is_empty(), "refused, and no reason given");
    for error in errors {
        is_message(error);
    }
}
