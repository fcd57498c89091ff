//! What real browsers report, and how: to a collector of another origin, which they ask first (CORS), and
//! each type that an engine can be brought to send. `fixtures/reports` has one report of each, as it came;
//! `REBUILD_FIXTURES=1` writes them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{ACCESS_CONTROL_REQUEST_HEADERS, CONTENT_TYPE, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::{self, Next};
use axum::response::Response;
use serde_json::{Value, json};
use tower_visor::reports::Collector;

use crate::attacks::until;
use crate::engine::Engine;
use crate::tls::Tls;

/// What came to an endpoint, in its order.
type Requests = Arc<Mutex<Vec<(Method, HeaderMap, Bytes)>>>;

/// An endpoint on a host of its own: what comes to it, and its URL.
async fn endpoint(tls: &Tls, collector: &Collector) -> (Requests, String) {
    let requests = Requests::default();
    let log = Arc::clone(&requests);
    let app = Router::new()
        .fallback_service(collector.around(Router::new()))
        .layer(middleware::from_fn(move |request: Request, next: Next| {
            let log = Arc::clone(&log);
            async move {
                let (parts, body) = request.into_parts();
                let bytes = to_bytes(body, usize::MAX).await.unwrap();
                let one = (parts.method.clone(), parts.headers.clone(), bytes.clone());
                log.lock().unwrap().push(one);
                next.run(Request::from_parts(parts, Body::from(bytes)))
                    .await
            }
        }));
    let port = tls.serve(app).await;
    (requests, format!("https://reports.example:{port}/reports"))
}

/// The reports that came, and the types of the bodies that they were in.
fn reports(requests: &Requests) -> Vec<(String, Value)> {
    let requests = requests.lock().unwrap();
    let posts = requests
        .iter()
        .filter(|(method, ..)| *method == Method::POST);
    let bodies = posts.map(|(_, headers, body)| {
        let kind = headers[CONTENT_TYPE].to_str().unwrap().to_owned();
        (kind, serde_json::from_slice::<Value>(body).unwrap())
    });
    bodies
        .flat_map(|(kind, body)| {
            let all = match body {
                Value::Array(reports) => reports,
                one => vec![one],
            };
            all.into_iter().map(move |report| (kind.clone(), report))
        })
        .collect()
}

/// Names and values.
type Headers = &'static [(&'static str, &'static str)];

/// Pages: path, further headers, and what is in them.
const PAGES: &[(&str, Headers, &str)] = &[
    // Its reports go to a collector that doesn't know the page's origin.
    (
        "/unknown",
        &[(
            "integrity-policy",
            "blocked-destinations=(script), endpoints=(visor)",
        )],
        "<script src=/a.js></script>",
    ),
    (
        "/csp",
        &[(
            "content-security-policy",
            "script-src 'self' 'report-sha384'; report-to visor",
        )],
        "<script>1</script><script src=/a.js></script>",
    ),
    (
        "/integrity",
        &[(
            "integrity-policy",
            "blocked-destinations=(script), endpoints=(visor)",
        )],
        "<script src=/a.js></script>",
    ),
    (
        "/permissions",
        &[(
            "permissions-policy",
            "geolocation=();report-to=visor, camera=();report-to=visor",
        )],
        "<script>navigator.geolocation.getCurrentPosition(() => {}, () => {});
         navigator.mediaDevices.getUserMedia({video: true}).catch(() => {})</script>",
    ),
    (
        "/coep",
        &[(
            "cross-origin-embedder-policy",
            "require-corp; report-to=\"visor\"",
        )],
        "<img src=FOREIGN/picture><iframe src=FOREIGN/frame></iframe>",
    ),
    (
        "/coop",
        &[(
            "cross-origin-opener-policy",
            "same-origin; report-to=\"visor\"",
        )],
        "",
    ),
    (
        "/document-policy",
        &[("document-policy", "js-profiling=?0;report-to=visor")],
        "<script>try { new Profiler({sampleInterval: 10, maxBufferSize: 100}) } catch {}</script>",
    ),
    (
        "/old",
        &[],
        "<script>const x = new XMLHttpRequest(); x.open('GET', '/a.js', false); x.send()</script>",
    ),
    (
        "/connections",
        &[("connection-allowlist", "(response-origin);report-to=visor")],
        "<script>fetch('FOREIGN/data', {mode: 'no-cors'}).catch(() => {})</script>",
    ),
    // Nobody has clicked there, so that the browser doesn't ask whether to leave.
    (
        "/leave",
        &[],
        "<script>addEventListener('beforeunload', event => {
           event.preventDefault(); event.returnValue = 'stay' })</script>",
    ),
    ("/", &[], ""),
];

/// A site of these pages, whose reports go to the first endpoint, those of `/unknown` to the second.
fn site(endpoints: [String; 2], foreign: &str) -> Router {
    let (endpoints, foreign) = (Arc::new(endpoints), foreign.to_owned());
    Router::new().fallback(move |request: Request| {
        let (endpoints, foreign) = (Arc::clone(&endpoints), foreign.clone());
        async move {
            let path = request.uri().path();
            let page = PAGES.iter().find(|(known, ..)| *known == path);
            let (headers, kind, text) = match page {
                Some((_, headers, body)) => {
                    let head = "<!doctype html><link rel=icon href=data:,><title>t</title>";
                    (
                        *headers,
                        "text/html; charset=utf-8",
                        format!("{head}{body}"),
                    )
                }
                None => (&[][..], "text/javascript", "var a = 1".to_owned()),
            };
            let text = text.replace("FOREIGN", &foreign);
            let mut response = Response::new(Body::from(text));
            let to = &endpoints[usize::from(path == "/unknown")];
            let endpoints = format!("visor=\"{to}\", default=\"{to}\"");
            let headers = headers.iter().copied();
            for (name, value) in headers.chain([
                (CONTENT_TYPE.as_str(), kind),
                ("reporting-endpoints", &endpoints),
            ]) {
                let name = HeaderName::try_from(name).unwrap();
                let value = HeaderValue::try_from(value).unwrap();
                response.headers_mut().insert(name, value);
            }
            response
        }
    })
}

/// One report of each type, by its name in the corpus.
fn samples(all: &[(String, Value)], engine: Engine, port: u16) -> BTreeMap<String, Value> {
    let mut samples = BTreeMap::new();
    for (content_type, report) in all {
        let mut report = report.clone();
        if report["age"].is_number() {
            report["age"] = 0.into();
        }
        let kind = report["type"].as_str().unwrap().to_owned();
        let name = match report["body"]["type"].as_str() {
            Some(more) => format!("{kind} {more}"),
            None => kind,
        };
        let sample = json!({"engine": format!("{engine:?}"), "content_type": content_type, "report": report});
        let text = sample.to_string();
        // Whoever else has a port there is the foreign host, and the endpoint.
        let text = text.replace(&format!("liveness.example:{port}"), "liveness.example");
        let text = text
            .split("foreign.example:")
            .enumerate()
            .map(|(index, part)| {
                let digits = if index == 0 {
                    0
                } else {
                    part.find('/').unwrap()
                };
                part[digits..].to_owned()
            });
        let text = text.collect::<Vec<_>>().join("foreign.example");
        samples
            .entry(name)
            .or_insert_with(|| serde_json::from_str(&text).unwrap());
    }
    samples
}

/// The members of a report and of its body.
fn members(sample: &Value) -> BTreeSet<String> {
    let of = |value: &Value| {
        let members = value.as_object().into_iter().flatten();
        members.map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    let body = of(&sample["report"]["body"]).into_iter();
    let body = body.map(|name| format!("body.{name}"));
    body.chain(of(&sample["report"])).collect()
}

async fn each_type_comes_to_another_origin(engine: Engine) {
    let tls = Tls::new();
    let foreign = tls.serve(Router::new()).await;
    let foreign = format!("https://foreign.example:{foreign}");
    // The endpoints are in the pages, and their collector has to know the pages' origin.
    let site_of: Arc<Mutex<Router>> = Arc::default();
    let handed = Arc::clone(&site_of);
    let port = tls
        .serve(Router::new().fallback(move |request: Request| {
            let site = handed.lock().unwrap().clone();
            async move { tower::ServiceExt::oneshot(site, request).await.unwrap() }
        }))
        .await;
    let origin = format!("https://liveness.example:{port}");
    let collector = Collector::builder()
        .pages_of(origin.parse().unwrap())
        .build();
    let (requests, known) = endpoint(&tls, &collector).await;
    let (refused, unknown) = endpoint(&tls, &Collector::builder().build()).await;
    *site_of.lock().unwrap() = site([known, unknown], &foreign);
    let Some(browser) = engine.launch_reporting(&tls).await else {
        return;
    };
    let tab = browser.direct_tab().await;
    for (path, ..) in PAGES {
        // Only there it is reported; Firefox's driver is at odds with such a page.
        if *path == "/leave" && engine != Engine::Chromium {
            continue;
        }
        tab.goto(&format!("{origin}{path}")).await;
        if *path == "/coop" {
            // A window of another site, and one that had a window of this one.
            let _ = tab.act(&format!("window.open('{foreign}/')")).await;
            tab.goto(&format!("{origin}/csp")).await;
            let _ = tab.act(&format!("window.open('{origin}/coop')")).await;
        }
    }
    let file = format!(
        "fixtures/reports/{}.json",
        format!("{engine:?}").to_lowercase()
    );
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("REBUILD_FIXTURES").is_some() {
        tokio::time::sleep(std::time::Duration::from_secs(20)).await;
        let samples = samples(&reports(&requests), engine, port);
        let samples: Vec<Value> = samples.into_values().collect();
        let text = serde_json::to_string_pretty(&samples).unwrap();
        std::fs::write(&file, text + "\n").unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap();
    let committed: Vec<Value> = serde_json::from_str(&committed).unwrap();
    let committed: Vec<(String, Value)> = committed
        .into_iter()
        .map(|sample| (String::new(), sample["report"].clone()))
        .collect();
    let committed = samples(&committed, engine, port);
    let all = || samples(&reports(&requests), engine, port);
    until(|| committed.keys().all(|name| all().contains_key(name))).await;
    for (name, sample) in all() {
        let known = committed.get(&name).map(members);
        assert_eq!(
            known,
            Some(members(&sample)),
            "{engine:?}: {name}: {sample:#}"
        );
    }
    // The collector took every one of them.
    let taken = collector.snapshot().taken;
    let kinds: BTreeSet<&str> = taken.iter().map(|count| count.kind.as_str()).collect();
    let types: BTreeSet<String> = reports(&requests)
        .iter()
        .map(|(_, report)| report["type"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, types.iter().map(String::as_str).collect());

    // Each browser asked first, and sent nothing where the answer didn't name the page.
    for requests in [&requests, &refused] {
        let requests = requests.lock().unwrap();
        let asked = requests
            .iter()
            .find(|(method, ..)| *method == Method::OPTIONS);
        let (_, headers, _) = asked.unwrap();
        assert_eq!(headers[ORIGIN], origin.as_str());
        assert_eq!(headers[ACCESS_CONTROL_REQUEST_HEADERS], "content-type");
    }
    assert_eq!(reports(&refused), []);
}

crate::engine::in_each_engine!(each_type_comes_to_another_origin);
