#![doc = include_str!("../README.md")]

pub mod build_script;
pub mod csp;
pub mod docs;
pub mod header;
pub mod layer;
pub mod pins;
pub mod policy;
pub mod sdk;
#[cfg(feature = "serde")]
mod serde_keys;
#[cfg(feature = "serde")]
mod serde_text;
pub mod sri;
mod suggest;
