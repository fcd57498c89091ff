//! (room `pins`: under construction)
