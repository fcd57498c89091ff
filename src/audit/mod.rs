//! Audits: what a server really sent, read as browsers read it.
//!
//! ```
//! use tower_visor::audit::{Code, Context, Profile, Response, audit};
//!
//! let (parts, body) = http::Response::builder()
//!     .header("content-type", "text/html")
//!     .header("content-security-policy", "default-src 'self' 'none'")
//!     .body("<!doctype html><title>Hello</title>")
//!     .unwrap()
//!     .into_parts();
//! let response = Response::new("https://example.com/", parts, Some(body.into()))?;
//! let report = audit(&response, &Context::new(Profile::Document));
//! assert!(report.of(Code::HSTS_MISSING).next().is_some());
//! # Ok::<(), tower_visor::audit::AuditError>(())
//! ```
//!
//! An audit is a pure function of what it is given: it fetches nothing and reads no clock, and the
//! same input gives the same [`Report`]. It never sees a `Policy` of this crate: every server
//! is judged by what it sent, ours like all others.

mod baseline;
mod catalog;
mod checks;
mod code;
mod context;
mod control;
mod differences;
mod doctor;
mod drift;
mod error;
mod exception;
mod facts;
mod files;
mod finding;
mod head;
mod html;
mod input;
mod judge;
mod loaded;
mod loads;
mod observation;
mod observed;
mod owners;
mod placement;
mod reach;
mod read_waivers;
mod received;
mod render;
mod report;
mod response;
mod sdk;
mod service;
mod simulate;
mod sink;
mod standing;
mod titles;
mod visit;
mod vouching;
mod waiver;

pub use baseline::Baseline;
pub use catalog::UnknownCode;
pub use code::{Code, Severity};
pub use context::{Context, Profile};
pub use control::{Control, Framework};
use error::AuditFault;
pub use error::{AuditError, AuditErrorKind};
pub use exception::Exception;
pub use facts::{NotChecked, Observed, Script, SdkState};
pub use finding::{Finding, Subject};
pub use head::{BadLine, Head, HeadError};
pub use judge::audit;
pub use observation::{
    BrokenRule, BrowserSandbox, Certificate, ConsoleLine, Observation, RanKind, ReceivedDocument,
    ReceivedFile, SeenCookie, SeenScript, SeenWorker, Unseen, UnseenMatter,
};
pub use observed::observed;
pub use owners::{Owner, Owners};
pub use placement::Probes;
pub use received::{Accounted, Received};
pub use render::Color;
pub use report::{Report, Waived};
pub use response::Response;
pub use service::service;
pub use simulate::{Blocked, Change, simulate};
pub use standing::Standing;
pub use visit::{Fetch, Visit};
pub use waiver::{Waiver, Waivers};
