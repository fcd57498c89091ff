//! The integration tests: one binary, one file a subject.
//!
//! A test may panic and print; that is how it speaks.
#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::unwrap_used,
    // A table of cases is long, and easier to read whole.
    clippy::too_many_lines
)]

mod assets;
#[cfg(feature = "audit")]
mod audit;
mod bundle;
mod conformance;
mod csp;
#[cfg(all(feature = "reports", feature = "session", feature = "tracing"))]
mod events;
#[cfg(feature = "export")]
mod export;
mod fixtures;
#[path = "../../fuzz/src/lib.rs"]
mod fuzz;
mod fuzzing;
mod header;
#[cfg(feature = "html-stream")]
mod html_stream;
mod layer;
#[cfg(feature = "page")]
mod page;
mod pins;
mod policy;
mod project;
mod reports;
mod schema;
mod sdk;
mod second_opinion;
mod server;
#[cfg(feature = "session")]
mod session;
#[cfg(feature = "page")]
mod site;
mod sri;
mod support;
mod url;
#[cfg(feature = "waict")]
mod waict;
