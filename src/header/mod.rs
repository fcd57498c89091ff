//! (room `header`: under construction)
