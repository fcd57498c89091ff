//! The manifest of a site, judged: ours is clean, and each fault is found.

use axum::body::Body;
use axum::extract::Request;
use http::{HeaderValue, header};
use tower::ServiceExt as _;
use tower_visor::audit::{self, Code, Context, Profile, Response, audit};
use tower_visor::header::{Waict, WaictMode};
use tower_visor::url::Url;
use tower_visor::waict::{WaictManifest, WaictSpelling};

use super::site::block_on;
use crate::site::{builder, document, endpoint, folder};

const URL: &str = "https://liveness.contoso.example/";

/// What is found of WAICT in a site, with what `change` does to each response on its way.
fn of_site(
    change: impl Fn(&str, &mut axum::response::Response) + Clone + Send + 'static,
) -> Vec<(Code, String)> {
    let tree = folder("1.5.0");
    let site = builder(tree.path()).waict(WaictMode::Enforce);
    let site = site.load(document(), endpoint()).unwrap();
    let pins = site.pins();
    let visor = site.service();
    let service = tower::service_fn(move |request: Request<Body>| {
        let (visor, change) = (visor.clone(), change.clone());
        async move {
            let path = request.uri().path().to_owned();
            let mut answer = visor.oneshot(request).await.unwrap().map(Body::new);
            change(&path, &mut answer);
            Ok::<_, std::convert::Infallible>(answer)
        }
    });
    let context = Context::new(Profile::Liveness).pins(&pins);
    let report = block_on(audit::service::<_, Body, _>(service, URL, &context)).unwrap();
    let findings = report.findings.iter();
    let findings = findings.filter(|finding| finding.code.as_str().starts_with("waict"));
    findings
        .map(|finding| {
            (
                finding.code,
                format!("{}: {}", finding.subject, finding.found),
            )
        })
        .collect()
}

fn rewrite(answer: &mut axum::response::Response, body: &'static str) {
    *answer.body_mut() = Body::from(body);
    answer.headers_mut().remove(header::CONTENT_LENGTH);
}

#[test]
fn a_site_with_a_manifest_is_clean() {
    assert_eq!(of_site(|_, _| {}), []);
}

#[test]
fn a_changed_file_and_a_changed_page_are_found() {
    let found = of_site(|path, answer| {
        if path == "/app.css" {
            rewrite(answer, "p { margin: 9px }");
        }
    });
    let stale = "https://liveness.contoso.example/app.css: the manifest has another digest for it";
    assert_eq!(found, [(Code::WAICT_STALE, stale.to_owned())]);
    let found = of_site(|path, answer| {
        if path == "/" {
            rewrite(answer, "<!doctype html><script src=/new.js></script>");
        } else if path == "/new.js" {
            *answer.status_mut() = http::StatusCode::OK;
            let kind = HeaderValue::from_static("text/javascript");
            answer.headers_mut().insert(header::CONTENT_TYPE, kind);
            rewrite(answer, "go()");
        }
    });
    assert_eq!(
        found,
        [
            (
                Code::WAICT_FILE_MISSING,
                "https://liveness.contoso.example/new.js: it is not in `hashes`".to_owned()
            ),
            (
                Code::WAICT_STALE,
                "https://liveness.contoso.example/: the manifest has another digest for it"
                    .to_owned()
            ),
        ]
    );
}

#[test]
fn a_manifest_that_browsers_do_not_get_is_found() {
    for (change, reason) in [
        (0, "the server answers 404"),
        (
            1,
            "its type is `application/json`, not `application/waict-integrity-manifest`",
        ),
        (2, "line 1 column 2: key must be a string"),
    ] {
        let found = of_site(move |path, answer| {
            if path.starts_with("/waict-") {
                match change {
                    0 => *answer.status_mut() = http::StatusCode::NOT_FOUND,
                    1 => {
                        let kind = HeaderValue::from_static("application/json");
                        answer.headers_mut().insert(header::CONTENT_TYPE, kind);
                    }
                    _ => rewrite(answer, "{{}"),
                }
            }
        });
        let [(code, text)] = &found[..] else {
            panic!("{found:?}")
        };
        assert_eq!(*code, Code::WAICT_MANIFEST_INVALID);
        assert!(text.ends_with(reason), "{text}");
    }
}

/// What is found of a page with this header and this manifest.
fn of_page(value: &str, manifest: Option<&str>) -> Vec<String> {
    let page = response(
        URL,
        "text/html",
        "<!doctype html><title>t</title>",
        Some(value),
    );
    let url = "https://liveness.contoso.example/m";
    let manifest = manifest.map(|body| response(url, WaictManifest::CONTENT_TYPE, body, None));
    let manifest: Vec<Response> = manifest.into_iter().collect();
    let context = Context::new(Profile::Document).resources(&manifest);
    let report = audit(&page, &context);
    let findings = report.findings.iter();
    let findings = findings.filter(|finding| finding.code.as_str().starts_with("waict"));
    let found = findings.map(|finding| format!("{}: {}", finding.code, finding.found));
    let skipped = report.not_checked.iter();
    let skipped = skipped.filter(|skipped| skipped.what.contains("manifest"));
    found
        .chain(skipped.map(|skipped| format!("{}: {}", skipped.what, skipped.why)))
        .collect()
}

fn response(url: &str, kind: &str, body: &str, waict: Option<&str>) -> Response {
    let mut builder = http::Response::builder().header("content-type", kind);
    if let Some(waict) = waict {
        builder = builder.header(Waict::NAME, waict);
    }
    let (parts, body) = builder.body(body.to_owned()).unwrap().into_parts();
    Response::new(url, parts, Some(body.into())).unwrap()
}

#[test]
fn each_fault_of_header_and_manifest_has_its_message() {
    let good = "max-age=0, mode=enforce, blocked-destinations=(script), manifest=\"/m\"";
    let own = WaictManifest::new("https://liveness.contoso.example".parse().unwrap());
    let own = own.file("/", b"<!doctype html><title>t</title>");
    let body = own.to_body(WaictSpelling::Draft);
    assert_eq!(of_page(good, Some(&body)), [""; 0]);
    assert_eq!(
        of_page(good, Some(&own.to_body(WaictSpelling::Prototype))),
        [""; 0]
    );
    let later = "max-age=0, mode-script=enforce, manifest=\"/m\"";
    assert_eq!(of_page(later, Some(&body)), [""; 0]);
    let digest = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
    let wide = body.replace(
        "\"fallback_hashes\":[]",
        &format!("\"fallback_hashes\":[],\"wildcard_hashes\":[\"{digest}\"]"),
    );
    for (value, manifest, found) in [
        (
            good,
            None,
            &["the manifest https://liveness.contoso.example/m: it was not fetched"][..],
        ),
        (
            "mode=x !",
            None,
            &[
                "waict-dropped: `mode=x !`: integrity-policy-waict-v1, byte 7: trailing characters after member; write for example `max-age=0, mode=report, blocked-destinations=(script style image), manifest=\"/waict\"`",
            ],
        ),
        (
            "max-age=0, manifest=\"/m\"",
            Some(&*body),
            &["waict-dropped: `max-age=0, manifest=\"/m\"`: `mode` is missing"],
        ),
        (
            "max-age=0, mode=report, manifest=\"/m\"",
            Some(&body),
            &[
                "waict-dropped: Firefox's prototype drops `max-age=0, mode=report, manifest=\"/m\"`: `blocked-destinations` is missing",
            ],
        ),
        (
            "max-age=0, mode=report, blocked-destinations=(script font), x, manifest=\"/m\"",
            Some(&body),
            &[
                "waict-dropped: `blocked-destinations: font` is skipped",
                "waict-dropped: `x` is skipped",
            ],
        ),
        (
            "max-age=9, mode=report, blocked-destinations=(script), manifest=\"/m\"",
            Some(&body),
            &[
                "waict-manifest-invalid: `max-age` is not 0, and there is no proof that it is in a log",
            ],
        ),
        (
            good,
            Some("{\"hashes\": {}}"),
            &[
                "waict-manifest-invalid: it does not end in two lines: the JSON, and the proof, which may be empty",
                "waict-file-missing: it is not in `hashes`",
            ],
        ),
        (
            good,
            Some("{\"hashes\": {}, \"emergency_opt_out\": true}\n\n"),
            &["waict-too-wide: `emergency_opt_out`: nothing is checked"],
        ),
        (
            good,
            Some(&wide),
            &["waict-too-wide: files that may come from any URL: 1"],
        ),
    ] {
        let mut all = of_page(value, manifest);
        all.sort();
        let mut expected = found.to_vec();
        expected.sort_unstable();
        assert_eq!(all, expected, "{value}");
    }
    // What is made of the URL is what the draft makes of it.
    let url: Url = URL.parse().unwrap();
    assert_eq!(url.join("/m").unwrap().path(), "/m");
}
