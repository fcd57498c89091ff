//! `Connection-Allowlist`: typed, as browsers read it, and whether one allows more than another.

mod effective;
mod pattern;
mod target;
mod typed;

pub use effective::{
    AllowlistComparison, ConnectionVerdict, EffectiveConnectionAllowlist, EffectiveTarget,
};
pub use target::{ConnectionRule, ConnectionTarget};
pub use typed::ConnectionAllowlist;
