//! What can be told of a script without running it, by its tokens: its text literals, what it
//! imports, and calls that stand in it word for word.
//!
//! There is no parse tree: where a `/` may begin a regular expression or divide, the words before it
//! decide, as they do in es-module-lexer. A wrong guess loses what stands up to the end of the
//! line at most, and so a finding; no code follows from one.

#[cfg(any(feature = "audit", feature = "page"))]
mod calls;
#[cfg(any(feature = "audit", feature = "page"))]
mod imports;
#[cfg(any(feature = "audit", feature = "page"))]
mod joined;
mod literal;
#[cfg(feature = "page")]
mod names;
#[cfg(feature = "page")]
mod texts;
#[cfg(any(feature = "audit", feature = "page"))]
mod tokens;

#[cfg(any(feature = "audit", feature = "page"))]
pub(crate) use calls::{Call, calls};
#[cfg(any(feature = "audit", feature = "page"))]
pub(crate) use imports::imports;
#[cfg(feature = "page")]
pub(crate) use imports::{Import, Loading};
#[cfg(any(feature = "audit", feature = "page"))]
pub(crate) use joined::{Joined, joined};
pub(crate) use literal::literal;
#[cfg(feature = "page")]
pub(crate) use names::file_name;
#[cfg(feature = "page")]
pub(crate) use texts::{PUT_IN, Written, texts};
