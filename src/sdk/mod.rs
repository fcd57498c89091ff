//! (room `sdk`: under construction)
