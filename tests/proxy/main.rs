//! The layer behind real proxies that terminate TLS: nginx and Caddy.
//!
//! Not part of `cargo test`, because it needs the programs: `cargo test --test proxy`. `NGINX` and `CADDY`
//! name other ones; `TOWER_VISOR_SKIP_SERVER=caddy` leaves one out, and its tests then say so.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod caches;
#[path = "../servers/client.rs"]
mod client;
#[path = "../servers/differences.rs"]
mod differences;
mod faults;
mod https;
mod ours;
mod proxies;
#[path = "../servers/server.rs"]
#[allow(dead_code)] // what exports need
mod server;
#[path = "../servers/sites.rs"]
#[allow(dead_code)] // likewise
mod sites;

mod walk;
