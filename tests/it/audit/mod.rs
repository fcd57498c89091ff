//! Audits: what is found in what a server sent.

mod applications;
mod baseline;
mod conformance;
mod connections;
mod csp;
mod defaults;
mod findings;
mod headers;
mod heads;
mod meta;
mod observed;
mod page;
mod refused;
mod render;
mod reporting;
mod sandbox;
#[cfg(feature = "page")]
mod simulate;
#[cfg(feature = "page")]
mod site;
mod styles;
mod transport;
mod unencoded_digest;
mod visit;
#[cfg(feature = "page")]
mod waict;
mod waivers;

use tower_visor::audit::{Context, Profile, Report, Response, audit};

/// A response with these headers.
fn response(url: &str, headers: &[(&str, &str)], body: &str) -> Response {
    let mut builder = http::Response::builder();
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    let (parts, ()) = builder.body(()).unwrap().into_parts();
    Response::new(url, parts, Some(body.to_owned().into())).unwrap()
}

/// What a page with these headers gets.
fn page(headers: &[(&str, &str)]) -> Report {
    let response = response("https://example.com/", headers, "<!doctype html>");
    audit(&response, &Context::new(Profile::Liveness))
}
