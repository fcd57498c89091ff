//! What the terminal shows at the start.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::http::HeaderName;
use tower_visor::pins::{PinnedFile, Provenance};
use tower_visor::policy::{CompiledPolicy, HostKind, Policy};
use tower_visor::response::ResponseClass;

use super::site::Site;

/// What is served: pages with what their policies came to, if they have one.
pub(crate) struct Served {
    pub(crate) sites: Sites,
    /// The path of the file that is changed on its way.
    pub(crate) tampered: Option<Arc<str>>,
}

pub(crate) type Sites = Vec<(Site, Option<Rules>)>;

/// The policy of a page, and what it came to.
pub(crate) struct Rules {
    pub(crate) policy: Policy,
    pub(crate) compiled: CompiledPolicy,
}

/// A line, to whoever still reads: a reader that left after the first line is not a fault.
macro_rules! out {
    ($($text:tt)*) => {{
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

pub(crate) fn show(address: SocketAddr, served: &Served) {
    // The first line is for programs that wait for it.
    out!("listening on http://{address}/");
    for (site, rules) in &served.sites {
        out!("\n  http://{address}{}", site.base);
        sdk(site);
        match rules {
            Some(rules) => protected(rules),
            None => {
                row(
                    "headers",
                    "none: nothing is checked, and anything that gets into this page runs",
                );
            }
        }
    }
    if let Some(path) = &served.tampered {
        out!();
        row(
            "tampered",
            &format!("{path}: one byte is changed on its way to the browser"),
        );
    }
    out!();
}

fn sdk(site: &Site) {
    let pins = &site.pins;
    let bytes: u64 = pins.files().iter().map(PinnedFile::bytes).sum();
    let pinned = match &site.lock {
        Some(file) => format!("by {}", file.display()),
        None => "as it was found".to_owned(),
    };
    row(
        "SDK",
        &format!(
            "{}, pinned {pinned} ({})",
            pins.version(),
            match pins.weakest_provenance() {
                Provenance::Observed => "observed, not checked against a publisher",
                known => known.as_str(),
            }
        ),
    );
    row(
        "files",
        &format!(
            "{}, {} KiB, served from memory",
            pins.files().len(),
            bytes.div_ceil(1024)
        ),
    );
}

fn protected(Rules { policy, compiled }: &Rules) {
    let mut host = HostKind::Local;
    if let Some(page) = policy.liveness_page() {
        row("may call", &page.endpoint().connect_source());
        if !page.document().origin().is_local() {
            host = HostKind::Named;
        }
    }
    let headers = compiled.headers(ResponseClass::Document, host);
    let names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
    row("headers", &format!("{} on the page:", names.len()));
    for line in names.chunks(3) {
        out!("              {}", line.join(", "));
    }
    if host == HostKind::Local {
        row(
            "not sent",
            "strict-transport-security and upgrade-insecure-requests, to this host:",
        );
        out!("              they are for names on the network");
    }
    for relaxed in compiled.relaxed() {
        row("weakened", &relaxed.to_string());
    }
    for warning in compiled.warnings() {
        row("warning", &warning.to_string());
    }
}

fn row(name: &str, value: &str) {
    out!("  {name:>9}   {value}");
}
