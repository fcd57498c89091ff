//! Is the layer around everything? Requests that are answered early, by a router or by a layer
//! outside, show it.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, header};

use super::code::codes;
use super::control::{asvs, microsoft};
use super::finding::shown;
use super::sink::Sink;
use super::{Code, Context, Report, Response, Subject};
use crate::url::{Origin, Url};

codes! {
    LAYER_TOO_DEEP = "layer-too-deep", Medium,
        "a response that is produced early goes out without the page's security headers",
        "put the layer around the whole application, outside of routers, limits and timeouts",
        [microsoft("headers"), asvs("3.4.6"), asvs("3.4.4")];
}

/// What every response needs, not only pages: an error page can be framed, sniffed and asked for
/// over HTTP as well.
const EVERYWHERE: [HeaderName; 3] = [
    header::CONTENT_SECURITY_POLICY,
    header::STRICT_TRANSPORT_SECURITY,
    header::X_CONTENT_TYPE_OPTIONS,
];

/// Larger than the limit of every framework that has one by default (axum: 2 MiB).
const OVERSIZED: usize = 3 << 20;

/// What a [`Visit`](super::Visit) requests to see whether early answers, by a router or by a layer
/// outside, carry the page's headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Probes {
    /// A path that no server has. It is safe in the sense of [RFC 9110, section 9.2.1], and any
    /// visitor may mistype a path, so it is the default.
    ///
    /// [RFC 9110, section 9.2.1]: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1
    #[default]
    UnknownPath,
    /// Also a method that doesn't exist, a `POST` with a body of 3 MiB, and a host that isn't
    /// served there. An application that treats any `POST` as an order would carry it out, so this
    /// is for whoever runs the server.
    All,
}

/// The host and port that a URL asks.
pub(super) fn host(url: &Url) -> String {
    url.origin().map(Origin::authority).unwrap_or_default()
}

/// The requests to send to the server of a page, each with what it tries.
pub(super) fn probes(page: &Url, which: Probes) -> Vec<(&'static str, Request<Bytes>)> {
    let make = |name, method: &[u8], path: &str, host: &str, body: Bytes| {
        let length = body.len();
        let mut request = Request::new(body);
        *request.method_mut() = Method::from_bytes(method).ok()?;
        *request.uri_mut() = path.parse().ok()?;
        let host = HeaderValue::from_str(host).ok()?;
        request.headers_mut().insert(header::HOST, host);
        if length > 0 {
            let length = HeaderValue::from(length);
            request.headers_mut().insert(header::CONTENT_LENGTH, length);
        }
        Some((name, request))
    };
    let own = host(page);
    let unknown = "/tower-visor-probe/no-such-path";
    let mut probes = vec![make("unknown path", b"GET", unknown, &own, Bytes::new())];
    if which == Probes::All {
        let path = page.path();
        let nobody = "tower-visor-probe.invalid";
        let zeros = Bytes::from(vec![0; OVERSIZED]);
        probes.extend([
            make("unknown method", b"VISOR-PROBE", path, &own, Bytes::new()),
            make("oversized body", b"POST", path, &own, zeros),
            make("unknown host", b"GET", path, nobody, Bytes::new()),
        ]);
    }
    probes.into_iter().flatten().collect()
}

/// Is there an answer without the headers that the page has?
///
/// An answer is `Err` with the reason where the server failed instead of answering.
pub(super) fn report(
    page: &Response,
    answers: &[(&str, Result<Response, String>)],
    context: &Context<'_>,
) -> Report {
    let mut report = Report::new(page, context);
    // The page has its own report.
    report.responses.clear();
    let mut sink = Sink::new(page.place());
    check(page, answers, &mut sink);
    report.finish(sink, context);
    report
}

/// Compares what answered the probes with the page: a header that the page has and an answer
/// lacks was set too deep inside.
fn check(page: &Response, answers: &[(&str, Result<Response, String>)], sink: &mut Sink) {
    for (name, answer) in answers {
        let subject = Subject::Probe {
            name: (*name).to_owned(),
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(reason) => {
                let reason = shown(reason);
                let found =
                    format!("the service failed ({reason}), so the server answers without headers");
                sink.find(Code::LAYER_TOO_DEEP, subject, found);
                continue;
            }
        };
        let lacks = |name: &&HeaderName| {
            page.headers().contains_key(*name) && !answer.headers().contains_key(*name)
        };
        let missing: Vec<&str> = EVERYWHERE
            .iter()
            .filter(lacks)
            .map(HeaderName::as_str)
            .collect();
        if !missing.is_empty() {
            let status = answer.status().as_u16();
            let found = format!("status {status} without {}", missing.join(", "));
            sink.find(Code::LAYER_TOO_DEEP, subject, found);
        }
    }
}
