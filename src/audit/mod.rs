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
//! same input gives the same [`Report`]. It never sees a `Policy` of this crate: any server is
//! judged by what it sent, ours like all others.

mod baseline;
mod checks;
mod code;
mod context;
mod control;
mod doctor;
mod error;
mod finding;
mod html;
mod placement;
mod render;
mod report;
mod response;
mod service;
mod simulate;
mod waiver;
mod wanted;

pub use baseline::Baseline;
pub use code::{Code, Severity};
pub use context::{Context, Profile};
pub use control::{Control, Framework};
pub use error::AuditError;
pub use finding::{Finding, Subject};
pub use placement::{Probe, probes};
pub use render::Colour;
pub use report::{NotChecked, Observed, Relaxation, Report, Script, SdkState, Waived};
pub use response::Response;
pub use service::service;
pub use simulate::{Blocked, Change, simulate};
pub use waiver::{Waiver, Waivers};
pub use wanted::wanted;

use checks::Input;
use finding::Sink;

/// Judges a response.
///
/// Never fails: whatever a server sends, there is something to say about it.
pub fn audit(response: &Response, context: &Context<'_>) -> Report {
    let mut report = Report::new(response, context);
    let mut sink = Sink::new(response.place());
    let input = Input::new(response, context);
    report.policies_of_the_page(&input.csp);
    for check in checks::CHECKS {
        check(&input, &mut sink);
    }
    report.inventory = std::mem::take(&mut sink.inventory);
    report.sdk = sink.sdk.take();
    report.finish(sink, &context.waivers);
    report
}
