//! What the budget and the comparison share.

pub mod allocations;
pub mod callgrind;
pub mod hot;
pub mod tree;
