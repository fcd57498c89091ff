//! (room `pins`: under construction)

pub mod sources;
