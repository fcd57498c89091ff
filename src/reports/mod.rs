//! What browsers report about the scripts that they ran, compared with the pins.
//!
//! With `'report-sha384'` in `script-src` (see
//! [`Policy::compile_headers_only`](crate::policy::Policy::compile_headers_only) and
//! [`ScriptHashes`](crate::policy::ScriptHashes)) Chromium sends the digest of every script that a
//! page ran to the policy's reporting endpoint. That shows what visitors really got, behind every
//! cache and proxy, even if the page can't be changed to have it checked.
//!
//! ```
//! use tower_visor::app::AppFiles;
//! use tower_visor::pins::Pins;
//! use tower_visor::reports::{KnownScripts, RanScript, ScriptVerdict};
//!
//! # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
//! # let pins = Pins::scan(folder)?;
//! // At the start:
//! let known = KnownScripts::new("https://liveness.contoso.example".parse()?, &pins)
//!     .and(&AppFiles::new().file("/app.js", "import('./FaceLivenessDetector.js')")?);
//!
//! // In the handler of `POST /reports`, which answers 204 whatever comes:
//! # let digest = pins.file("FaceLivenessDetector.js").unwrap().digest();
//! # let body = format!(r#"[{{"type": "csp-hash", "body": {{
//! #     "documentURL": "https://liveness.contoso.example/",
//! #     "subresourceURL": "https://liveness.contoso.example/FaceLivenessDetector.js",
//! #     "hash": "{digest}", "destination": "script", "type": "subresource"}}}}]"#);
//! # let body = body.as_bytes();
//! for script in RanScript::read(body)? {
//!     match known.judge(&script) {
//!         ScriptVerdict::Known => {}
//!         verdict => eprintln!("{verdict}: {:?}", script.url()), // and somebody looks into it
//!     }
//! }
//! # assert_eq!(known.judge(&RanScript::read(body)?[0]), ScriptVerdict::Known);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What a report is worth
//!
//! * It comes after the script ran: it reveals an attack but doesn't stop it.
//! * Anybody can send one. A report of a changed file is a reason to look, and the absence of reports
//!   proves nothing: whoever changes the page's scripts can change its headers, and Firefox and
//!   Safari send none.
//! * Inline scripts, WebAssembly and language files are not in them.
//!
//! Specification: [CSP3, section 5.4](https://w3c.github.io/webappsec-csp/#reporting); shape as
//! Chromium 156 sends it.

#[cfg(feature = "reports")]
mod builder;
#[cfg(feature = "reports")]
mod clock;
#[cfg(feature = "reports")]
mod collector;
#[cfg(feature = "reports")]
mod engine;
#[cfg(feature = "reports")]
mod event;
#[cfg(feature = "reports")]
mod group;
#[cfg(feature = "reports")]
mod groups;
#[cfg(feature = "reports")]
mod judge;
#[cfg(feature = "reports")]
mod kind;
#[cfg(feature = "reports")]
mod known;
#[cfg(feature = "reports")]
mod limits;
#[cfg(feature = "reports")]
mod metrics;
#[cfg(feature = "reports")]
mod noise;
#[cfg(feature = "reports")]
mod place;
#[cfg(feature = "reports")]
mod read;
#[cfg(feature = "reports")]
mod rules;
mod scripts;
#[cfg(feature = "reports")]
mod service;
#[cfg(feature = "reports")]
mod snapshot;
#[cfg(feature = "reports")]
mod state;
#[cfg(feature = "reports")]
mod window;

pub use scripts::{KnownScripts, RanScript, ReportsError, ScriptVerdict};

#[cfg(feature = "reports")]
pub use self::{
    builder::CollectorBuilder,
    collector::Collector,
    engine::{BrowserEngine, EngineFamily},
    event::{ReportEvent, ReportEvents},
    group::{ReportGroup, Senders},
    judge::ReportVerdict,
    kind::{Disposition, ReportKind},
    limits::CollectorLimits,
    place::ReportedPlace,
    read::{BrowserReport, ReportBody, ReportBodyError},
    rules::{NoiseRule, NoiseSort},
    service::{Collecting, CollectingFuture},
    snapshot::{DroppedBecause, NoiseCount, ReportSnapshot, TakenCount},
};
