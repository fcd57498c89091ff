//! What this crate answers itself: the kind of a response, its body, and how a request is read.
//!
//! A [`Page`](crate::docs::integrity), the files of [`PinnedAssets`](crate::assets::PinnedAssets)
//! and a `Site` answer alike, because it is decided here once: which methods there are, what a
//! browser that has the bytes already gets, and what is said of what isn't there.
//!
//! | type | what it says |
//! |---|---|
//! | [`ResponseClass`] | which of a policy's headers a response gets |
//! | [`WholeBody`] | the bytes, in one piece |

mod body;
mod class;
mod condition;

pub use body::WholeBody;
pub use class::ResponseClass;
pub(crate) use condition::{Condition, condition, may_be_partial};
