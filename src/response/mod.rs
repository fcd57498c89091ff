//! What is sent, whoever sends it: the kind of a response, its body, and how a request is read.
//!
//! A `Page`, the files of [`PinnedAssets`](crate::assets::PinnedAssets) and a `Site` answer alike,
//! because it is decided here, once: which methods exist, what a browser gets that already has
//! the bytes, and what is said about what doesn't exist.
//!
//! | type | what it says |
//! |---|---|
//! | [`ResponseClass`] | which of a policy's headers a response gets |
//! | [`WholeBody`] | the bytes, in one piece |

mod answer;
mod body;
mod class;
mod condition;
mod current;
mod html;
mod mime;

pub use body::WholeBody;
pub use class::ResponseClass;

pub(crate) use answer::{Asked, asked, refusal, response};
pub(crate) use condition::may_be_partial;
pub(crate) use current::Current;
pub(crate) use html::is_html;
#[cfg(feature = "html-stream")]
pub(crate) use html::may_be_html;
#[cfg(feature = "audit")]
pub(crate) use mime::Mime;
#[cfg(any(feature = "audit", feature = "html-stream"))]
pub(crate) use mime::extract as extract_mime;
pub(crate) use mime::is_json;
