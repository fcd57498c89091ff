//! What the terminal shows at the start.

use std::io::Write as _;
use std::net::SocketAddr;

use axum::http::HeaderName;
use tower_visor::pins::{PinnedFile, Provenance};
use tower_visor::policy::{CompiledPolicy, HostKind, Policy};
use tower_visor::response::ResponseClass;

use super::site::Site;

/// A line, to whoever still reads: a reader that left after the first line is not a fault.
macro_rules! out {
    ($($text:tt)*) => {{
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

/// The first line is for programs that wait for it.
fn listening(address: SocketAddr) {
    out!("listening on http://{address}/");
}

pub(crate) fn bare(address: SocketAddr) {
    listening(address);
    out!("\n  No header is sent: anything that gets into this page runs. For comparison only.\n");
}

pub(crate) fn protected(address: SocketAddr, sites: &[(Site, Policy, CompiledPolicy)]) {
    listening(address);
    for (site, policy, compiled) in sites {
        let pins = &site.pins;
        let bytes: u64 = pins.files().iter().map(PinnedFile::bytes).sum();
        out!("\n  http://{address}{}", site.base);
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
                "{}, {} KiB, checked and served from memory",
                pins.files().len(),
                bytes.div_ceil(1024)
            ),
        );
        if let Some(page) = policy.liveness_page() {
            row("may call", &page.endpoint().connect_source());
        }
        let headers = compiled.headers(ResponseClass::Document, HostKind::Local);
        let names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        row("headers", &format!("{} on the page:", names.len()));
        for line in names.chunks(3) {
            out!("              {}", line.join(", "));
        }
        for relaxed in compiled.relaxed() {
            row("weakened", &relaxed.to_string());
        }
        for warning in compiled.warnings() {
            row("warning", &warning.to_string());
        }
    }
    out!("\n  Not sent to this host: strict-transport-security and upgrade-insecure-requests,");
    out!("  which are for names on the network.\n");
}

fn row(name: &str, value: &str) {
    out!("  {name:>9}   {value}");
}
