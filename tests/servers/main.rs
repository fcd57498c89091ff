//! What nginx, Apache and Caddy make of an export, compared with what our own layer sends.
//!
//! Not part of `cargo test`, because it needs the programs: `cargo test --test servers`. `NGINX`, `APACHE`
//! and `CADDY` name other ones; `TOWER_VISOR_SKIP_SERVER=caddy` (or `apache,caddy`) leaves one out, and each
//! test then says that it was not run. `TOWER_VISOR_SKIP=npm` leaves out the hosts whose tools npm and `PyPI`
//! have.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod client;
mod compared;
mod container;
mod differences;
mod errors;
mod exceptions;
mod node;
mod readers;
mod server;
mod sites;
mod sizes;
