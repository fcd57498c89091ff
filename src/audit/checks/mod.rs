//! The checks: one file per subject, each a function of the same input.

pub(super) mod caching;
pub(super) mod connections;
pub(super) mod content;
pub(super) mod cookies;
pub(super) mod cors;
pub(super) mod csp;
pub(super) mod disclosure;
pub(super) mod framing;
pub(super) mod integrity;
pub(super) mod integrity_policy;
pub(super) mod inventory;
pub(super) mod isolation;
pub(super) mod markup;
pub(super) mod parameters;
pub(super) mod permissions;
pub(super) mod privacy;
pub(super) mod refused;
pub(super) mod reports;
pub(super) mod runs;
pub(super) mod sdk;
pub(super) mod secrets;
pub(super) mod transport;
pub(super) mod unencoded_digest;
pub(super) mod waict;
pub(super) mod workers;

use super::input::Input;
use super::sink::Sink;

/// A check finds what it finds; none stops another.
pub(super) type Check = fn(&Input<'_>, &mut Sink);

/// All checks.
pub(super) const CHECKS: &[Check] = &[
    transport::check,
    csp::presence::check,
    csp::scripts::check,
    csp::urls::check,
    csp::sources::check,
    csp::dropped::check,
    csp::nonces::check,
    csp::liveness::check,
    framing::check,
    isolation::check,
    permissions::check,
    connections::check,
    workers::check,
    privacy::check,
    caching::check,
    content::check,
    cors::check,
    cookies::check,
    disclosure::check,
    reports::check,
    parameters::check,
    integrity_policy::check,
    unencoded_digest::check,
    waict::check,
    integrity::check,
    markup::check,
    secrets::check,
    sdk::check,
    runs::check,
    refused::check,
    inventory::check,
];
