//! A minute under load, over loopback: `cargo test --test load`, and not part of `cargo test`.
//!
//! Asserted is what has to hold on any machine: each response is whole and of one version, none
//! fails, and no memory is kept. How fast it was is printed, and judged by nobody.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod clients;
mod memory;
mod reloads;
#[cfg(feature = "reports")]
mod reports;
#[allow(dead_code)]
#[path = "../it/server.rs"]
mod server;
mod site;
mod under_load;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// One test at a time: each counts the memory of the whole process.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long the load lasts: `TOWER_VISOR_LOAD_SECONDS`, or a minute.
fn duration() -> Duration {
    let seconds = std::env::var("TOWER_VISOR_LOAD_SECONDS").map_or(60, |text| {
        text.parse().expect("TOWER_VISOR_LOAD_SECONDS is a number")
    });
    Duration::from_secs(seconds)
}
