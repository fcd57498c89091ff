//! (room `policy`: under construction)
