//! The checks of `Content-Security-Policy`.
//!
//! Several policies must all allow. So a weakness is found where *every* policy has it, and what is
//! written in vain is found in each.

pub(in crate::audit) mod dropped;
pub(in crate::audit) mod liveness;
pub(in crate::audit) mod nonces;
pub(in crate::audit) mod presence;
mod public_hosts;
pub(in crate::audit) mod scripts;
pub(in crate::audit) mod sources;
pub(in crate::audit) mod urls;
mod weakness;
