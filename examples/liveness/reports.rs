//! What browsers report, on a page of its own: for whoever runs the site, and nobody else.

use std::fmt::Write as _;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use tower_visor::policy::{Document, Policy};
use tower_visor::reports::{Collector, ReportGroup};

use super::Result;
use super::site::Site;

/// Where the page is.
pub(crate) const PAGE: &str = "/last-reports";

/// An endpoint, and what it says where somebody reads the terminal.
pub(crate) fn collector() -> Collector {
    Collector::builder()
        .alarm(|group| eprintln!("{group}"))
        .build()
}

/// The router with the collector in front of it, and the page of the last reports.
pub(crate) fn around(
    router: Router,
    collector: &Collector,
    origin: &str,
    site: &Site,
) -> Result<Router> {
    collector.serves(site.scripts(origin)?);
    // A page without scripts, which nothing of the SDK's belongs on.
    let policy = Policy::document(Document::new(origin)?).compile()?;
    let all = collector.clone();
    let page = get(async move || Html(html(&all))).route_layer(policy.layer());
    Ok(Router::new()
        .route(PAGE, page)
        .fallback_service(collector.around(router)))
}

fn html(collector: &Collector) -> String {
    let now = collector.snapshot();
    let mut html = String::from(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Last reports</title>\
         <h1>Last reports</h1><p>Reported by browsers, or by anybody: nothing here is proven.",
    );
    let mut put = |text: String| html.push_str(&text);
    if now.groups.is_empty() {
        put("<p>None yet.".into());
    }
    for group in &now.groups {
        put(section(group, now.at));
    }
    let none = |is_empty: bool| if is_empty { "<li>none" } else { "" };
    put(format!("<h2>Noise</h2><ul>{}", none(now.noise.is_empty())));
    for noise in &now.noise {
        put(format!(
            "<li>{}: {} ({})",
            noise.rule, noise.reports, noise.sort
        ));
    }
    let empty = none(now.dropped.is_empty());
    put(format!("</ul><h2>Dropped</h2><ul>{empty}"));
    for (reason, reports) in &now.dropped {
        put(format!("<li>{reason}: {reports}"));
    }
    put("</ul>".into());
    html
}

fn section(group: &ReportGroup, now: u64) -> String {
    let mut html = format!(
        "<h2>{}: {}</h2><dl><dt>reports<dd>{}<dt>page<dd>{}",
        group.verdict(),
        escaped(group.blocked()),
        group.reports(),
        escaped(group.page()),
    );
    let engines: Vec<String> = group.engines().iter().map(ToString::to_string).collect();
    let found = group.found().iter().map(ToString::to_string);
    let rows = [
        ("directive", group.directive().to_owned()),
        ("source", group.source().to_owned()),
        (
            "expected",
            group
                .expected()
                .map(|it| it.to_string())
                .unwrap_or_default(),
        ),
        ("found", found.collect::<Vec<_>>().join(", ")),
        ("browsers", engines.join(", ")),
        (
            "last",
            format!("{} seconds ago", now.saturating_sub(group.last())),
        ),
    ];
    for (name, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
        // Writing to a string can't fail.
        let _ = write!(html, "<dt>{name}<dd>{}", escaped(&value));
    }
    html + "</dl>"
}

/// Text that anybody may have sent, as HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
