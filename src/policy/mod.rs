//! The policy of a site: from what its pages are to the headers that each response gets.
//!
//! A [`Policy`] is plain data. It comes from code, or from a TOML or JSON file (feature `serde`,
//! see [below](#in-configuration)), and is compiled once, when the server starts; everything that
//! can be wrong with it is found then.
//!
//! Each kind of response has one strict set of headers, and there is no weaker preset:
//!
//! | response | constructor | what it may do |
//! |---|---|---|
//! | the page with the SDK | [`Policy::strict`] | load the named files and the SDK, call one Face endpoint, use the camera |
//! | any other page | [`Policy::document`] | load the named files |
//! | API responses, files | [`Policy::api`]; also part of the two policies above | nothing at all |
//! | files of the pinned SDK | part of every policy | nothing at all |
//!
//! Anything that weakens a policy goes through [`Policy::dangerous`] and carries a reason.
//!
//! ```
//! use tower_visor::policy::{Document, LivenessPage, Policy, Resource};
//! use tower_visor::sdk::Endpoint;
//!
//! let page = Document::new("https://liveness.contoso.example")?
//!     .loads(Resource::Script, "/app.js")
//!     .loads(Resource::Style, "/app.css")
//!     .loads(Resource::Connect, "/api/session");
//! let page = LivenessPage::new(page, "1.5.0".parse()?, Endpoint::resource("contoso")?);
//! let policy = Policy::strict(page).reporting("visor", "https://liveness.contoso.example/reports");
//! let compiled = policy.compile()?;
//! assert!(compiled.warnings().len() < 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # In configuration
//!
//! ```
//! # #[cfg(feature = "serde")] {
//! use tower_visor::policy::Policy;
//!
//! let policy: Policy = toml::from_str(r#"
//! [document]
//! origin = "https://liveness.contoso.example"
//! scripts = ["/app.js"]
//! connects = ["/api/session"]
//!
//! [liveness]
//! sdk = "1.5.0"
//! endpoint = "resource:contoso"
//! "#)?;
//! policy.compile()?;
//!
//! let slip = toml::from_str::<Policy>("[document]\norigin = \"https://a.example\"\nscript = []");
//! assert!(slip.unwrap_err().to_string().contains("unknown key `script`, did you mean `scripts`?"));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # With pins, and compiled
//!
//! A policy that knows the pins has the hashes of the SDK's styles. How it gets them depends on
//! where it comes from, and how it is compiled depends on who sends the page:
//!
//! | you have | the pins come in by | compiled by |
//! |---|---|---|
//! | the SDK and the application in folders | `Site` | the same, at every start and reload |
//! | a policy in code | [`LivenessPage::pinned`] | one of the three below |
//! | a policy in a file | [`Policy::pinned`], which refuses what contradicts the file | one of the three below |
//! | no pins | | [`Policy::compile`] |
//!
//! | the page | compiled by | browsers check |
//! |---|---|---|
//! | can be changed by this crate | `Page::compile`: its own policy, in place of the layer's | every byte of every script |
//! | is sent as it is | [`Policy::compile_headers_only`] | what headers alone can have them check |
//! | is a template, or has no SDK | [`Policy::compile`], which [`VisorLayer::new`](crate::VisorLayer::new) calls | where scripts come from, and nonces |
//!
//! The reason for every value is in [`docs::defaults`](crate::docs::defaults).

mod checks;
mod compile;
#[cfg(feature = "serde")]
mod config;
mod connections;
mod dangerous;
mod document;
mod draft;
mod error;
mod exception;
mod expected;
#[cfg(all(feature = "page", feature = "waict"))]
mod further;
mod headers;
mod isolation;
mod liveness;
mod location;
#[cfg(feature = "page")]
mod others;
#[cfg(feature = "page")]
mod permits;
mod preload;
mod prepared;
mod reporting;
mod resource;
mod second;
mod settings;
mod strip;

#[cfg(feature = "page")]
pub(crate) use connections::leads_to;
pub use dangerous::Dangerous;
pub use document::{Caching, Document, ScriptTrust};
#[cfg(feature = "page")]
pub(crate) use draft::Guarded;
#[cfg(feature = "page")]
pub(crate) use error::Longest;
pub(crate) use error::PolicyFault;
pub use error::{PolicyError, PolicyErrorKind, PolicyWarning};
pub use exception::{Conflict, Reason, Relaxation, Relaxed};
pub use isolation::Isolation;
pub use liveness::LivenessPage;
pub use location::Location;
#[cfg(feature = "page")]
pub(crate) use others::for_other_pages;
#[cfg(feature = "page")]
pub(crate) use permits::Permits;
pub use preload::ComponentTrust;
pub use prepared::{CompiledPolicy, HostKind};
pub(crate) use prepared::{Headers, Prepared};
pub use reporting::{Reporting, ScriptHashes};
pub use resource::Resource;
use settings::Kind;
pub use settings::Policy;
