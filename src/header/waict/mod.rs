//! `Integrity-Policy-WAICT-v1`.

mod effective;
mod kinds;
mod typed;

pub use effective::{EffectiveWaict, WaictRevision};
pub use kinds::{WaictDestination, WaictMode};
pub use typed::Waict;
