//! Content Security Policy: policies that can't be malformed, and a reading of any other as browsers do it.
//!
//! [`Csp`] is one policy. Each directive takes only the sources that browsers heed in it
//! ([`ScriptSource`], [`FetchSource`] and so on), so most of what a browser would silently ignore
//! can't be written at all: a nonce in `img-src`, a host in `script-src-attr`, a digest of the
//! wrong length, `'none'` next to a source, a directive twice. The rest is an error of the builder,
//! the parser and the configuration alike, with its place and its fix ([`CspError`]); what is
//! legal but weak is a [`CspWarning`].
//!
//! ```
//! use tower_visor::csp::{Csp, FetchSource, NonceSource, ScriptSource};
//!
//! let csp = Csp::builder()
//!     .default_src([])
//!     .script_src([ScriptSource::Nonce(NonceSource::PerResponse)])
//!     .img_src([FetchSource::SelfOrigin])
//!     .base_uri([])
//!     .form_action([])
//!     .frame_ancestors([])
//!     .worker_src([])
//!     .build()?;
//! assert!(csp.warnings().is_empty());
//! assert!(csp.has_nonce_slot());
//!
//! let fault = "default-src 'none'; script-src unsafe-inline".parse::<Csp>().unwrap_err();
//! assert_eq!(
//!     fault.to_string(),
//!     "script-src, byte 31: `unsafe-inline` must be quoted: write `'unsafe-inline'`",
//! );
//! # Ok::<(), tower_visor::errors::Errors<tower_visor::csp::CspError>>(())
//! ```
//!
//! [`PolicyList`] is what a browser makes of any header text: it never fails, lists what it
//! [`Dropped`], answers what the policies allow, and compares them with a baseline.
//!
//! ```
//! use tower_visor::csp::{Csp, Inline, PolicyList};
//!
//! let list = PolicyList::effective(["script-src 'self' 'unsafe-inline'; scirpt-src 'none'"]);
//! assert!(list.allows_inline(&Inline::script("alert(1)")));
//! assert_eq!(list.dropped()[0].text, "scirpt-src 'none'");
//!
//! let baseline: Csp = "script-src 'self'".parse()?;
//! let points = list.weakenings(&PolicyList::from(&baseline), &"https://example.com".parse()?);
//! assert_eq!(points[0].to_string(), "script-src: allows `'unsafe-inline'`, the baseline doesn't");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Refused on purpose
//!
//! * Fallbacks for browsers that don't know `'strict-dynamic'`, nonces or hashes (`https:
//!   'unsafe-inline'` beside them): current browsers ignore them, and readers mistake them for
//!   permissions.
//! * `'trusted-types-eval'`: see [`ScriptSource`].
//! * Directives that current browsers ignore: see [`DirectiveName::replacement`].
//!
//! # What isn't checked here
//!
//! A policy is judged by itself. Whether `report-to` names an existing endpoint, whether a
//! nonce is filled in and the response kept out of caches, whether the hosts are those that the page
//! needs: that takes the other headers, and is what [`policy`](crate::policy) does.
//!
//! Specification: [Content Security Policy Level 3](https://w3c.github.io/webappsec-csp/),
//! [Trusted Types](https://w3c.github.io/trusted-types/dist/spec/).

mod builder;
#[cfg(feature = "serde")]
mod configuration;
mod directives;
mod effective;
mod error;
mod fault;
mod host;
mod keyword;
mod matching;
mod name;
mod nonce;
mod policy;
mod read;
mod rules;
mod sandbox;
mod source;
mod sources;
mod subsume;
mod trusted_types;
mod warning;

pub use builder::CspBuilder;
pub use effective::{
    Delivery, DropReason, Dropped, EffectiveDirective, EffectivePolicy, HashSource, PolicyList,
    SourceExpression,
};
pub use error::CspError;
pub use fault::CspErrorKind;
pub(crate) use fault::{CspFault, TooLong};
pub use host::{HostPattern, HostSource, PortPattern, SchemeSource};
pub use keyword::Keyword;
#[cfg(feature = "audit")]
pub(crate) use keyword::{directive_without_semicolon, is_unquoted_keyword};
pub use matching::{ExternalScript, Inline};
pub use name::DirectiveName;
pub use nonce::{NonceSource, NonceValue};
pub use policy::Csp;
pub use sandbox::SandboxToken;
pub use source::{
    AncestorSource, DefaultSource, FetchSource, ScriptAttrSource, ScriptSource, StyleAttrSource,
    StyleSource,
};
pub use sources::Sources;
pub use subsume::{Weakening, WeakeningKind};
pub use trusted_types::{PolicyName, TrustedTypesEntry};
pub use warning::CspWarning;
