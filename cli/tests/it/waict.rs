//! `visor audit` of a server that names a WAICT manifest, over a socket.

use std::path::Path;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use tower_service::Service as _;
use tower_visor::header::WaictMode;
use tower_visor::{Document, Endpoint, Site};

use crate::both_ways::{serve, socket};
use crate::serve::front_end;
use crate::support::{Ran, TODAY, pinned, visor};

/// What is done to an answer on its way: its path, and the body that it has then.
type Change = fn(&str, Bytes) -> Bytes;

/// What the program says of a site that names its manifest, whose answers are changed on the way.
fn audit(project: &Path, change: Change) -> Ran {
    let site = Site::builder(project.join("web"), project.join("visor-lock.json"))
        .app(project.join("app"))
        .waict(WaictMode::Report);
    let (listener, address) = socket();
    let document = Document::new(&format!("http://{address}")).unwrap();
    let site = site.load(document, Endpoint::resource("contoso").unwrap());
    let service = site.unwrap().service();
    let answer = move |request: Request<Incoming>| {
        let mut service = service.clone();
        async move {
            let path = request.uri().path().to_owned();
            let Ok(answer) = service.call(request).await;
            let (mut head, body) = answer.into_parts();
            let Ok(body) = body.collect().await;
            head.headers.remove(http::header::CONTENT_LENGTH);
            let body = Full::new(change(&path, body.to_bytes()));
            Ok::<_, std::convert::Infallible>(Response::from_parts(head, body))
        }
    };
    serve(listener, hyper::service::service_fn(answer), None);
    let url = format!("http://{address}/");
    let more = ["--lock", "visor-lock.json", "--format", "json"];
    visor(project, &[&["audit", &url], &TODAY[..], &more].concat())
}

fn codes(ran: &Ran) -> Vec<String> {
    let mut codes = ran.codes();
    codes.retain(|code| code.starts_with("waict"));
    codes.sort();
    codes
}

#[test]
fn a_manifest_is_fetched_and_compared_with_what_the_server_sends() {
    let project = pinned("1.5.0");
    let folder = project.path();
    front_end(folder);
    let as_it_is = audit(folder, |_, body| body);
    assert_eq!(codes(&as_it_is), [""; 0], "{}", as_it_is.out);
    // The manifest was read: what differs from it is found, by file.
    let script = audit(folder, |path, body| match path {
        "/app.js" => Bytes::from_static(b"import('./FaceLivenessDetector.js');;"),
        _ => body,
    });
    assert_eq!(codes(&script), ["waict-stale"], "{}", script.out);
    assert!(script.out.contains("/app.js"), "{}", script.out);
    let manifest = audit(folder, |path, body| {
        if path.contains("waict") {
            Bytes::from_static(b"not JSON")
        } else {
            body
        }
    });
    assert_eq!(
        codes(&manifest),
        ["waict-manifest-invalid"],
        "{}",
        manifest.out
    );
    // 17 MB, where an audit reads 16: it says that it did not look, and why.
    let large = audit(folder, |path, body| {
        if path.contains("waict") {
            Bytes::from(vec![b' '; 17 << 20])
        } else {
            body
        }
    });
    assert_eq!(codes(&large), [""; 0], "{}", large.out);
    let report = large.json();
    let not_checked = report["not_checked"].as_array().unwrap().iter();
    let mut why = not_checked.filter(|entry| {
        let what = entry["what"].as_str().unwrap();
        what.rsplit('.').next() == Some("waict")
    });
    let why = why.find_map(|entry| entry["why"].as_str().filter(|why| why.contains("bytes")));
    assert_eq!(
        why,
        Some("more than 16777216 bytes; --max-bytes allows more"),
        "{}",
        large.out,
    );
}
