//! The Face Liveness Web SDK as facts: its releases and what each needs from a Content Security
//! Policy, Microsoft's support rule, the hosts it calls, and the files it consists of.
//!
//! Nothing here reads a file or a clock, and none of Microsoft's code is here: only facts about
//! how it behaves, with the date on which they were collected ([`Releases::as_of`]). The user
//! can replace all of it when Microsoft publishes something newer.
//!
//! ```
//! use tower_visor::sdk::{Certainty, Endpoint, EvalNeed, Releases, SupportLevel};
//!
//! let releases = Releases::builtin();
//!
//! // 1.5.0 is the first release whose engine compiles no JavaScript from strings.
//! assert_eq!(releases.needs(&"1.5.0".parse()?).eval, EvalNeed::Wasm);
//! assert_eq!(releases.needs(&"1.4.8".parse()?).eval, EvalNeed::Eval);
//!
//! // A release that the table does not know gets no more than the newest known one.
//! let unknown = releases.needs(&"1.6.0".parse()?);
//! assert_eq!(unknown.eval, EvalNeed::Wasm);
//! assert!(matches!(unknown.certainty, Certainty::NewerThan(_)));
//!
//! let support = releases.support(&"1.4.8".parse()?, "2026-11-23".parse()?);
//! assert_eq!(support.level, SupportLevel::BehindMinor);
//!
//! let endpoint = Endpoint::resource("contoso")?;
//! assert_eq!(
//!     endpoint.connect_source(),
//!     "https://contoso.cognitiveservices.azure.com/face/",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod date;
mod endpoint;
mod endpoint_error;
mod error;
pub mod layout;
mod releases;
mod style;
mod support;
mod version;

pub use date::Date;
pub use endpoint::Endpoint;
pub use endpoint_error::{EndpointError, EndpointErrorKind};
pub use error::{ReleaseError, VersionError};
pub use releases::{Basis, Certainty, DataImages, EvalNeed, Needs, Release, Released, Releases};
pub use style::{ConstantStyle, StyleHash, StyleKind};
pub use support::{Age, Support, SupportLevel};
pub use version::Version;
