//! The endpoint: what each request is answered, and what is kept of it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use tower_visor::reports::{Collector, CollectorLimits, ReportBody, ReportEvent};

use super::known;
use crate::support::ORIGIN;

const LIST: &str = "application/reports+json";

fn collector() -> Collector {
    Collector::builder().scripts(known()).build()
}

fn post(content_type: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::post("/reports").header(CONTENT_TYPE, content_type);
    request.body(body.into()).unwrap()
}

async fn send(collector: &Collector, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
    let app = collector.around(Router::new().route("/", axum::routing::get(|| async { "app" })));
    let answer = app.oneshot(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    (parts.status, parts.headers, text)
}

pub(super) fn changed() -> String {
    json!([{"type": "visor-refused", "url": format!("{ORIGIN}/"), "body": {
        "url": "/FaceLivenessDetector.js", "reason": "changed",
    }}])
    .to_string()
}

fn in_all(collector: &Collector) -> u64 {
    let taken = collector.snapshot().taken;
    taken.iter().map(|count| count.reports).sum()
}

#[tokio::test]
async fn each_request_has_its_answer() {
    let collector = collector();
    let csp = json!({"csp-report": {"document-uri": ORIGIN, "blocked-uri": "inline"}}).to_string();
    let safari = json!({"type": "coep", "url": ORIGIN, "body": {}}).to_string();
    let too_long = " ".repeat(ReportBody::LONGEST + 1);
    let stream = Body::from_stream(futures_util::stream::iter([
        Ok::<_, std::io::Error>(" ".repeat(ReportBody::LONGEST)),
        Ok("  ".to_owned()),
    ]));
    let broken = Body::from_stream(futures_util::stream::iter([Err::<String, _>(
        std::io::Error::other("gone"),
    )]));
    let form = "reports: not a report: send one, a list of them, or an object with `csp-report`, as browsers do";
    let types = "reports: send them as application/reports+json or application/csp-report";
    let long = "reports: at most 262144 bytes are read";
    for (request, status, text) in [
        (post(LIST, changed()), 204, ""),
        (post("application/csp-report", csp), 204, ""),
        (
            post("Application/Reports+JSON; charset=utf-8", safari),
            204,
            "",
        ),
        (post("application/json", changed()), 415, types),
        (post("text/plain", changed()), 415, types),
        (
            Request::post("/reports").body(Body::empty()).unwrap(),
            415,
            types,
        ),
        (
            Request::get("/reports").body(Body::empty()).unwrap(),
            405,
            "reports: send them by POST",
        ),
        (
            Request::put("/reports").body(Body::empty()).unwrap(),
            405,
            "reports: send them by POST",
        ),
        (post(LIST, too_long), 413, long),
        (post(LIST, stream), 413, long),
        (post(LIST, broken), 400, "reports: the body ended early"),
        (
            post(LIST, ""),
            400,
            "reports: line 1 column 0: EOF while parsing a value",
        ),
        (post(LIST, "{}"), 400, form),
        (Request::get("/").body(Body::empty()).unwrap(), 200, "app"),
        (
            Request::get("/reports/x").body(Body::empty()).unwrap(),
            404,
            "",
        ),
    ] {
        let asked = format!("{request:?}");
        let (answered, headers, body) = send(&collector, request).await;
        assert_eq!((answered.as_u16(), &*body), (status, text), "{asked}");
        if status >= 400 && status != 404 {
            assert_eq!(headers[CONTENT_TYPE], "text/plain; charset=utf-8");
            assert_eq!(headers["cache-control"], "no-store");
        }
        if status == 405 {
            assert_eq!(headers["allow"], "POST, OPTIONS");
        }
    }
    assert_eq!(in_all(&collector), 3);
    let dropped = serde_json::to_value(collector.snapshot().dropped).unwrap();
    assert_eq!(dropped, json!({"refused": 10}));
}

#[tokio::test]
async fn a_page_of_another_origin_is_asked_for_by_its_browser() {
    let collector = Collector::builder()
        .scripts(known())
        .pages_of("https://www.contoso.example".parse().unwrap())
        .build();
    let preflight = |origin: &str| {
        let request = Request::options("/reports").header("origin", origin);
        let request = request.header("access-control-request-method", "POST");
        let request = request.header("access-control-request-headers", "content-type");
        request.body(Body::empty()).unwrap()
    };
    for origin in [ORIGIN, "https://www.contoso.example"] {
        let (status, headers, _) = send(&collector, preflight(origin)).await;
        assert_eq!(status, 204);
        assert_eq!(headers["access-control-allow-origin"], origin);
        assert_eq!(headers["access-control-allow-methods"], "POST");
        assert_eq!(headers["access-control-allow-headers"], "content-type");
        assert_eq!(headers["vary"], "origin");
        let mut request = post(LIST, changed());
        request
            .headers_mut()
            .insert("origin", origin.parse().unwrap());
        let (status, headers, _) = send(&collector, request).await;
        assert_eq!(status, 204);
        assert_eq!(headers["access-control-allow-origin"], origin);
    }
    for origin in [
        "https://evil.example",
        "null",
        "https://liveness.contoso.example.evil.example",
    ] {
        let (status, headers, _) = send(&collector, preflight(origin)).await;
        assert_eq!(status, 204);
        assert!(
            !headers.contains_key("access-control-allow-origin"),
            "{origin}"
        );
    }
}

#[tokio::test]
async fn who_sent_too_many_is_not_read_any_more() {
    let limits = CollectorLimits::new().reports_of_a_sender(2);
    let time = Arc::new(Mutex::new(1_000));
    let clock = Arc::clone(&time);
    let collector = Collector::builder()
        .scripts(known())
        .limits(limits)
        .clock(move || *clock.lock().unwrap())
        .build();
    let from = |address: &str| {
        let mut request = post(LIST, changed());
        let peer: SocketAddr = address.parse().unwrap();
        request.extensions_mut().insert(peer);
        request
    };
    for address in [
        "192.0.2.1:1",
        "192.0.2.1:2",
        "192.0.2.1:3",
        // As a socket for both families shows it.
        "[::ffff:192.0.2.1]:4",
        "[2001:db8::1]:1",
        "[2001:db8::2]:1",
        "[2001:db8::3]:1",
        "[2001:db8:0:1::1]:1",
    ] {
        let (status, ..) = send(&collector, from(address)).await;
        assert_eq!(status, 204);
    }
    assert_eq!(in_all(&collector), 5);
    let dropped = serde_json::to_value(collector.snapshot().dropped).unwrap();
    assert_eq!(dropped, json!({"sender-limit": 3}));
    *time.lock().unwrap() += 60;
    send(&collector, from("192.0.2.1:1")).await;
    assert_eq!(in_all(&collector), 6);
}

/// The address, the port and the client's header are nowhere in what comes out.
#[tokio::test]
async fn nothing_about_the_sender_is_kept() {
    let collector = collector();
    let mut events = collector.events();
    let secret = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
    let report = json!([{"type": "csp-violation", "url": format!("{ORIGIN}/check/{secret}?t={secret}#{secret}"),
        "user_agent": "Mozilla/5.0 (Secret; rv:153.0) Gecko/20100101 Firefox/153.7", "body": {
        "documentURL": format!("{ORIGIN}/check/{secret}?t={secret}"),
        "referrer": format!("https://secret.example/{secret}"),
        "blockedURL": format!("https://secret:secret@evil.example/{secret}?{secret}"),
        "sourceFile": format!("https://evil.example/secret%40contoso.example/{secret}"),
        "effectiveDirective": "script-src-elem", "originalPolicy": secret, "sample": secret,
    }}]);
    let mut request = post(LIST, report.to_string());
    let peer: SocketAddr = "198.51.100.77:45678".parse().unwrap();
    request.extensions_mut().insert(peer);
    request
        .headers_mut()
        .insert("user-agent", "Secret/1.0".parse().unwrap());
    request
        .headers_mut()
        .insert("x-forwarded-for", "198.51.100.77".parse().unwrap());
    send(&collector, request).await;
    let told = format!("{:?}", events.try_next().unwrap());
    let json = serde_json::to_string(&collector.snapshot()).unwrap();
    for text in [
        told,
        json,
        collector.openmetrics(),
        format!("{collector:?}"),
    ] {
        for part in [
            "secret",
            "Secret",
            "198.51.100.77",
            "45678",
            "eyJ",
            "c2ln",
            "153.7",
            "rv:",
        ] {
            assert!(!text.contains(part), "{part} is in {text}");
        }
    }
    let group = &collector.snapshot().groups[0];
    assert_eq!(group.page(), format!("{ORIGIN}/check/[cut]"));
    assert_eq!(group.blocked(), "https://evil.example/[cut]");
    assert_eq!(group.source(), "https://evil.example/[cut]/[cut]");
    let engines: Vec<String> = group.engines().iter().map(ToString::to_string).collect();
    assert_eq!(engines, ["Firefox 153"]);
}

#[tokio::test]
async fn what_comes_out() {
    let alarms = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&alarms);
    let collector = Collector::builder()
        .scripts(known())
        .alarm(move |group| heard.lock().unwrap().push(group.to_string()))
        .clock(|| 1_795_392_000)
        .build();
    let mut events = collector.events();
    let extension =
        json!({"csp-report": {"document-uri": ORIGIN, "blocked-uri": "chrome-extension"}});
    for _ in 0..2 {
        send(&collector, post(LIST, changed())).await;
    }
    send(
        &collector,
        post("application/csp-report", extension.to_string()),
    )
    .await;

    let detector = "https://liveness.contoso.example/FaceLivenessDetector.js";
    let expected = crate::support::pins("/")
        .file("FaceLivenessDetector.js")
        .unwrap()
        .digest();
    let line = format!("reported tampered: {detector} is not {expected} (changed), on {ORIGIN}/");
    assert_eq!(*alarms.lock().unwrap(), [line]);
    assert!(
        matches!(events.next().await, Some(ReportEvent::First(group)) if group.blocked() == detector)
    );
    assert!(matches!(events.next().await, Some(ReportEvent::Again(group)) if group.reports() == 2));
    assert!(
        matches!(events.next().await, Some(ReportEvent::Noise(rule)) if rule.name() == "extension-scheme")
    );
    assert!(events.try_next().is_none());

    let snapshot: Value = serde_json::to_value(collector.snapshot()).unwrap();
    assert_eq!(
        snapshot,
        json!({
            "at": 1_795_392_000,
            "groups": [{
                "verdict": "tampered", "blocked": detector, "directive": "changed",
                "page": format!("{ORIGIN}/"), "disposition": "unsaid",
                "expected": expected.to_string(), "reports": 2, "kinds": {"visor-refused": 2},
                "engines": [], "senders": "one", "first": 1_795_392_000, "last": 1_795_392_000,
            }],
            "noise": [{
                "rule": "extension-scheme", "sort": "extension",
                "source": "https://github.com/w3c/webappsec-csp/issues/450",
                "reports": 1, "last": 1_795_392_000,
            }],
            "taken": [
                {"kind": "csp-violation", "verdict": "noise", "reports": 1},
                {"kind": "visor-refused", "verdict": "tampered", "reports": 2},
            ],
            "dropped": {},
        })
    );
    let metrics = collector.openmetrics();
    for line in [
        "# TYPE tower_visor_reports counter",
        "tower_visor_reports_total{kind=\"visor-refused\",verdict=\"tampered\"} 2",
        "tower_visor_reports_noise_total{rule=\"extension-scheme\"} 1",
        "tower_visor_report_groups{verdict=\"tampered\"} 1",
        "# EOF",
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line} is not in {metrics}"
        );
    }
    drop(collector);
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn a_listener_that_sleeps_misses_events_and_hears_how_many() {
    let collector = collector();
    let mut events = collector.events();
    for _ in 0..300 {
        send(&collector, post(LIST, changed())).await;
    }
    assert!(matches!(events.try_next(), Some(ReportEvent::Missed(44))));
    let left = std::iter::from_fn(|| events.try_next()).count();
    assert_eq!(left, 256);
}
