//! Content Security Policy.

mod builder;
mod effective;
mod error;
mod host;
mod name;
mod nonce;
mod policy;
mod read;
mod rules;
mod sandbox;
mod source;
mod sources;
mod trusted_types;
mod url;
mod warning;

pub use builder::CspBuilder;
pub use error::{CspError, CspErrors, CspFault};
pub use host::{HostPattern, HostSource, PortPattern, SchemeSource};
pub use name::DirectiveName;
pub use nonce::{NonceSource, NonceValue};
pub use policy::Csp;
pub use sandbox::SandboxToken;
pub use source::{
    AncestorSource, DefaultSource, FetchSource, ScriptAttrSource, ScriptSource, StyleAttrSource,
    StyleSource,
};
pub use sources::Sources;
pub use trusted_types::{PolicyName, TrustedTypesEntry};
pub use url::{Origin, Url};
pub use warning::CspWarning;
