//! (room `csp`: under construction)
