//! What the budget and the comparison share.

pub mod allocations;
pub mod callgrind;
#[cfg(feature = "growth")]
pub mod growth;
pub mod hot;
pub mod tree;
