//! The program `visor`, run as users run it: one binary, one file a subject.
//!
//! A test may panic and print; that is how it speaks.
#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::unwrap_used,
    // A table of cases is long, and easier to read whole.
    clippy::too_many_lines
)]

mod asked;
mod audit;
mod both_ways;
mod captured;
#[cfg(unix)]
mod disk;
mod evidence;
mod fetch;
mod heads;
mod help;
mod hostile;
mod hosts;
mod http2;
mod leaks;
#[cfg(unix)]
mod monitoring;
mod pins;
mod program;
mod quickstart;
mod reach;
mod serve;
#[cfg(unix)]
mod steps;
mod support;
#[cfg(target_os = "linux")]
mod terminal;
mod tls;

// The library's tests use more of them.
#[path = "../../../tests/it/support/registry.rs"]
#[allow(dead_code)]
mod registry;
#[path = "../../../tests/it/schema.rs"]
mod schema;
#[path = "../../../tests/it/support/tree.rs"]
#[allow(dead_code)]
mod tree;
mod waict;
