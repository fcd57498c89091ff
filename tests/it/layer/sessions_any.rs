//! Routes of sessions: what any request gets, whatever is in it.

use std::convert::Infallible;

use futures_util::FutureExt as _;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, ORIGIN};
use http::{Request, Response};
use http_body_util::Full;
use proptest::prelude::*;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_visor::layer::{AbsentMetadata, SessionRefusal};

use super::raw::{ORIGIN as OWN, routes};

type Body = Full<bytes::Bytes>;

/// What a browser sends with `fetch`.
const RIGHT: [(HeaderName, &str); 5] = [
    (HeaderName::from_static("sec-fetch-site"), "same-origin"),
    (HeaderName::from_static("sec-fetch-mode"), "cors"),
    (HeaderName::from_static("sec-fetch-dest"), "empty"),
    (ORIGIN, OWN),
    (CONTENT_TYPE, "application/json"),
];

/// A value near to one that gets in: it, a part of it, it and more, or anything.
fn value(right: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let bytes = right.as_bytes();
    prop_oneof![
        20 => Just(bytes.to_vec()),
        1 => (0..bytes.len()).prop_map(move |end| bytes[..end].to_vec()),
        1 => "[ ,;.:/a-z0-9]{1,3}".prop_map(move |more| [bytes, more.as_bytes()].concat()),
        1 => "[ ,;.:/a-z0-9]{1,3}".prop_map(move |more| [more.as_bytes(), bytes].concat()),
        1 => (0..bytes.len()).prop_map(move |at| {
            let mut bytes = bytes.to_vec();
            bytes[at] ^= 0x20;
            bytes
        }),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ]
}

/// Mostly one of them.
fn values(right: &'static str) -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop_oneof![
        8 => prop::collection::vec(value(right), 1),
        1 => prop::collection::vec(value(right), 0..3),
    ]
}

#[test]
fn nothing_but_the_right_values_gets_in() {
    let config = ProptestConfig {
        failure_persistence: None,
        cases: 2_000,
        ..ProptestConfig::default()
    };
    let values = RIGHT.map(|(_, right)| values(right));
    let got_in = std::cell::Cell::new(0);
    proptest!(config, |(
        values in values,
        query in "[ -~]{0,30}",
        choice in prop::bool::ANY,
    )| {
        let mut routes = routes();
        if choice {
            routes = routes.absent_metadata(AbsentMetadata::OriginDecides);
        }
        let uri = format!("/session?{query}").parse::<http::Uri>();
        let mut request = Request::post(uri.unwrap_or_default()).body(Body::default()).unwrap();
        let mut sent: Vec<Vec<HeaderValue>> = Vec::new();
        for ((name, _), values) in RIGHT.iter().zip(&values) {
            let values = values.iter().filter_map(|value| HeaderValue::from_bytes(value).ok());
            let values: Vec<HeaderValue> = values.collect();
            for value in &values {
                request.headers_mut().append(name, value.clone());
            }
            sent.push(values);
        }
        let service = routes.layer(service_fn(async |_| {
            Ok::<_, Infallible>(Response::new(Body::default()))
        }));
        let answer = service.oneshot(request).now_or_never().unwrap().unwrap();

        let is_right = |index: usize, also: &[&str]| {
            let right = [&[RIGHT[index].1], also].concat();
            matches!(&sent[index][..], [one] if right.iter().any(|right| one == right))
        };
        let metadata = is_right(0, &[]) && is_right(1, &["same-origin"]) && is_right(2, &[]);
        let absent = choice && sent[..3].iter().all(Vec::is_empty);
        let json = matches!(&sent[4][..], [one] if {
            let essence = one.as_bytes().split(|byte| *byte == b';').next().unwrap();
            essence.trim_ascii().eq_ignore_ascii_case(b"application/json")
        });
        let may_get_in = (metadata || absent) && is_right(3, &[]) && json;
        let refusal = answer.extensions().get::<SessionRefusal>();
        if answer.status() == 200 {
            prop_assert!(may_get_in, "{:?}", sent);
            prop_assert_eq!(refusal, None);
            got_in.set(got_in.get() + 1);
        } else {
            let refusal = refusal.copied().unwrap();
            prop_assert_eq!(refusal.status(), answer.status());
            // A list of types is refused, though it begins as one that is right.
            let by_type = [SessionRefusal::NotJson, SessionRefusal::TokenInQuery];
            prop_assert!(!may_get_in || by_type.contains(&refusal), "{:?} {:?}", refusal, sent);
        }
        prop_assert_eq!(&answer.headers()["cache-control"], "no-store");
    });
    assert!(
        got_in.get() > 50,
        "{} got in: too few to show anything",
        got_in.get()
    );
}
