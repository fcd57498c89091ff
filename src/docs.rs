//! The manual. Every example in it is compiled and run with the crate's tests.

#[doc = include_str!("../docs/applications.md")]
pub mod applications {}

// Where the manual is read as files, its pictures lie beside it. Here they lie in the text: the first
// definition of a link is the one that counts.
#[doc = concat!("[guarded]: data:image/png;base64,", include_str!("../docs/pictures/guarded.base64"))]
#[doc = concat!("[bare]: data:image/png;base64,", include_str!("../docs/pictures/bare.base64"))]
#[doc = include_str!("../docs/attacks.md")]
pub mod attacks {}

#[doc = include_str!("../docs/auditing.md")]
#[cfg(feature = "audit")]
pub mod auditing {}

#[doc = include_str!("../docs/bundlers.md")]
pub mod bundlers {}

#[doc = include_str!("../docs/compare.md")]
pub mod compare {}

#[doc = include_str!("../docs/defaults.md")]
pub mod defaults {}

#[doc = include_str!("../docs/deploying.md")]
pub mod deploying {}

#[doc = include_str!("../docs/events.md")]
#[cfg(feature = "tracing")]
pub mod events {}

#[doc = include_str!("../docs/findings.md")]
pub mod findings {}

#[doc = include_str!("../docs/dynamic_pages.md")]
pub mod dynamic_pages {}

#[doc = include_str!("../docs/hosting.md")]
#[cfg(feature = "export")]
pub mod hosting {}

#[doc = include_str!("../docs/integrity.md")]
pub mod integrity {}

#[doc = include_str!("../docs/leaving.md")]
pub mod leaving {}

#[doc = include_str!("../docs/monitoring.md")]
pub mod monitoring {}

#[doc = include_str!("../docs/performance.md")]
pub mod performance {}

#[doc = include_str!("../docs/reports.md")]
#[cfg(all(feature = "page", feature = "reports"))]
pub mod reports {}

#[doc = include_str!("../docs/responsibility.md")]
#[cfg(feature = "session")]
pub mod responsibility {}

#[doc = include_str!("../docs/sdk.md")]
pub mod sdk {}

#[doc = include_str!("../docs/starting.md")]
pub mod starting {}

#[doc = include_str!("../docs/waict.md")]
#[cfg(all(feature = "page", feature = "waict"))]
pub mod waict {}
