//! Response headers, one type for each that has a grammar.
//!
//! Browsers don't reject a header value with a mistake in it: they drop the word, or the whole
//! header, and the page is as open as without it. So each header can be read in two ways.
//!
//! * **Strict**: `FromStr`, and the constructors. Every value is valid, is written in one form
//!   (`Display`), and turns into a [`HeaderValue`](http::HeaderValue) without failing. Every oddity
//!   is a [`HeaderError`] with its place and the fix.
//! * **Effective**: `T::effective(values)` takes all field values of a header as bytes, in the
//!   order received, and says what a browser obeys. It never fails.
//!
//! ```
//! use http::HeaderMap;
//! use tower_visor::header::{CrossOriginOpenerPolicy, Framing, XFrameOptions};
//!
//! let mut headers = HeaderMap::new();
//! headers.insert(XFrameOptions::NAME, XFrameOptions::Deny.into());
//! headers.insert(
//!     CrossOriginOpenerPolicy::NAME,
//!     CrossOriginOpenerPolicy::SAME_ORIGIN.into(),
//! );
//!
//! let framing = XFrameOptions::effective(headers.get_all(XFrameOptions::NAME));
//! assert_eq!(framing, Framing::Nobody);
//! ```
//!
//! | header | type | obeyed by |
//! |---|---|---|
//! | `Strict-Transport-Security` | [`StrictTransportSecurity`] | all |
//! | `Permissions-Policy` | [`PermissionsPolicy`], [`Feature`], [`Allowlist`] | Chromium |
//! | `Integrity-Policy` | [`IntegrityPolicy`] | all of late 2025 and after |
//! | `Integrity-Policy-WAICT-v1` | [`Waict`], [`WaictMode`], [`WaictDestination`] | none; Firefox Nightly behind a switch |
//! | `Unencoded-Digest` | [`UnencodedDigest`] | Chromium of late 2026 |
//! | `Connection-Allowlist` | [`ConnectionAllowlist`], [`ConnectionTarget`] | Chromium of late 2026 |
//! | `Reporting-Endpoints` | [`ReportingEndpoints`], [`EndpointName`] | all |
//! | `Cross-Origin-Opener-Policy` | [`CrossOriginOpenerPolicy`] | all |
//! | `Cross-Origin-Embedder-Policy` | [`CrossOriginEmbedderPolicy`] | all |
//! | `Cross-Origin-Resource-Policy` | [`CrossOriginResourcePolicy`] | all |
//! | `Document-Isolation-Policy` | [`DocumentIsolationPolicy`] | Chromium |
//! | `Origin-Agent-Cluster` | [`OriginAgentCluster`] | Chromium, Firefox |
//! | `Referrer-Policy` | [`ReferrerPolicy`] | all |
//! | `X-Frame-Options` | [`XFrameOptions`] | all, unless the CSP has `frame-ancestors` |
//! | `X-Content-Type-Options` | [`XContentTypeOptions`] | all |
//! | `X-Permitted-Cross-Domain-Policies` | [`XPermittedCrossDomainPolicies`] | Adobe Acrobat |
//! | `X-DNS-Prefetch-Control` | [`XDnsPrefetchControl`] | Chromium, Firefox |
//! | `Cache-Control` | [`CacheControl`] | all, and caches in between |
//! | `Clear-Site-Data` | [`ClearSiteData`] | all |
//!
//! `Content-Security-Policy` has its own module, `csp`. `X-XSS-Protection`,
//! `Expect-CT` and the other [`OBSOLETE`] ones deliberately have no type. [`STRIP`] lists the headers to
//! remove from responses.
//!
//! Structured fields ([RFC 9651](https://www.rfc-editor.org/rfc/rfc9651)) are read through the
//! `sfv` crate.

mod allowlist;
mod cache_control;
mod clear_site_data;
mod connections;
mod error;
mod features;
mod hsts;
mod integrity_policy;
mod isolation;
mod keyword;
#[cfg(feature = "audit")]
mod parameters;
mod permissions_policy;
mod referrer_policy;
mod reporting;
mod sf;
mod strip;
mod text;
mod unencoded_digest;
mod waict;
mod words;
mod x_frame_options;

pub use allowlist::{AllowedOrigins, Allowlist};
pub use cache_control::{CacheControl, CacheDirective, EffectiveCacheControl};
pub use clear_site_data::{ClearSiteData, SiteData};
pub use connections::{
    AllowlistComparison, ConnectionAllowlist, ConnectionRule, ConnectionTarget, ConnectionVerdict,
    EffectiveConnectionAllowlist, EffectiveTarget,
};
pub use error::{HeaderError, HeaderErrorKind};
pub use features::{Feature, FeatureKind};
pub use hsts::{EffectiveHsts, StrictTransportSecurity};
pub use integrity_policy::{EffectiveIntegrityPolicy, IntegrityDestination, IntegrityPolicy};
pub use isolation::{
    CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, DocumentIsolationPolicy,
    EffectiveIsolation, EmbedderPolicy, IsolationPolicy, OpenerPolicy,
};
pub use keyword::{
    CrossOriginResourcePolicy, OriginAgentCluster, XContentTypeOptions, XDnsPrefetchControl,
    XPermittedCrossDomainPolicies,
};
#[cfg(feature = "audit")]
pub(crate) use parameters::ignored_parameters;
pub use permissions_policy::{EffectiveAllowlist, EffectivePermissionsPolicy, PermissionsPolicy};
pub use referrer_policy::ReferrerPolicy;
pub use reporting::{EffectiveReportingEndpoints, EndpointName, ReportingEndpoints};
pub use strip::{OBSOLETE, STRIP};
pub use unencoded_digest::{EffectiveUnencodedDigest, UnencodedDigest};
pub use waict::{EffectiveWaict, Waict, WaictDestination, WaictMode, WaictRevision};
pub use x_frame_options::{Framing, XFrameOptions};
