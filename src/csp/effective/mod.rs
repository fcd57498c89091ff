//! (under construction: policies as browsers read them)
