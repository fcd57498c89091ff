//! Is the layer around everything? Requests that are answered early, by a router or by a layer
//! outside, tell.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, header};

use super::code::codes;
use super::control::{asvs, microsoft};
use super::finding::shown;
use super::sink::Sink;
use super::{Code, Response, Subject};
use crate::url::Url;

codes! {
    LAYER_TOO_DEEP = "layer-too-deep", Medium,
        "a response that is made early goes out without the page's security headers",
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

/// A request that most applications answer before they look at what was asked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Probe {
    /// What it tries, in a few words.
    pub name: &'static str,
    /// The request: its URI is path and query, the host stands in `Host`.
    pub request: Request<Bytes>,
}

/// The requests to send to the server of a page.
///
/// None of them can change anything on a server that keeps to the standards: an unknown path, a
/// method that doesn't exist, a body that is too large for a page, and a host that isn't served
/// there.
pub fn probes(page: &Url) -> Vec<Probe> {
    let host = page.origin().map_or_else(String::new, |origin| {
        let text = origin.to_string();
        text.split_once("//")
            .map_or(String::new(), |(_, host)| host.to_owned())
    });
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
        Some(Probe { name, request })
    };
    let nothing = Bytes::new;
    let unknown = "/tower-visor-probe/no-such-path";
    let zeros = Bytes::from(vec![0; OVERSIZED]);
    [
        make("unknown path", b"GET", unknown, &host, nothing()),
        make(
            "unknown method",
            b"VISOR-PROBE",
            page.path(),
            &host,
            nothing(),
        ),
        make("oversized body", b"POST", page.path(), &host, zeros),
        make(
            "unknown host",
            b"GET",
            page.path(),
            "tower-visor-probe.invalid",
            nothing(),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Compares what answered the probes with the page: a header that the page has and an answer
/// lacks was set too deep inside.
pub(super) fn check(
    page: &Response,
    answers: &[(Probe, Result<Response, String>)],
    sink: &mut Sink,
) {
    for (probe, answer) in answers {
        let subject = Subject::Probe {
            name: probe.name.to_owned(),
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
