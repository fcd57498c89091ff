//! Content Security Policy.

mod effective;
mod error;
mod host;
mod name;
mod url;

pub use error::{CspError, CspFault};
pub use host::{HostPattern, HostSource, PortPattern, SchemeSource};
pub use name::DirectiveName;
pub use url::{Origin, Url};
