//! Our own sites under audit: clean as they are, and with each fault found.

use axum::body::Body;
use axum::extract::Request;
use axum::response::IntoResponse as _;
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderValue, header};
use tower::ServiceExt as _;
use tower_visor::audit::{self, Code, Context, Profile, Report};
use tower_visor::pins::Pins;
use tower_visor::{Document, Policy, VisorLayer};

use crate::site::{builder, document, endpoint, folder};

const URL: &str = "https://liveness.contoso.example/";
const ENGINE: &str = "/facelivenessdetector-assets/js/AzureAIVisionFace.js";
const WASM: &str = "/facelivenessdetector-assets/js/AzureAIVisionFace.wasm";

/// A guarded site of the stand-in SDK, with what `change` does to each response on its way.
fn report_of(
    version: &str,
    change: impl Fn(&str, &mut axum::response::Response) + Clone + Send + 'static,
) -> Report {
    report_with(version, true, change)
}

fn report_with(
    version: &str,
    with_pins: bool,
    change: impl Fn(&str, &mut axum::response::Response) + Clone + Send + 'static,
) -> Report {
    let tree = folder(version);
    let site = builder(tree.path()).load(document(), endpoint()).unwrap();
    let pins: Pins = site.pins();
    let visor = site.service();
    let service = tower::service_fn(move |request: Request<Body>| {
        let (visor, change) = (visor.clone(), change.clone());
        async move {
            let path = request.uri().path().to_owned();
            let answer = visor.oneshot(request).await.unwrap();
            let mut answer = answer.map(Body::new);
            change(&path, &mut answer);
            Ok::<_, std::convert::Infallible>(answer)
        }
    });
    let url = "https://contoso.cognitiveservices.azure.com/face/v1.2/session/start";
    let mut context = Context::new(Profile::Liveness);
    if with_pins {
        context = context.pins(&pins);
    }
    let context = context
        .endpoint(url.parse().unwrap())
        .today("2026-11-23".parse().unwrap());
    block_on(audit::service::<_, Body, _>(service, URL, &context)).unwrap()
}

pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

fn set(answer: &mut axum::response::Response, name: header::HeaderName, value: &'static str) {
    answer
        .headers_mut()
        .insert(name, HeaderValue::from_static(value));
}

#[test]
fn a_guarded_site_is_clean() {
    let report = report_of("1.5.0", |_, _| {});
    report.assert_clean();
    assert_eq!(report.causes(), Vec::<&audit::Finding>::new());
    let sdk = report.sdk.as_ref().unwrap();
    assert_eq!((&*sdk.version, sdk.support), ("1.5.0", Some("current")));
    // Every script of the inventory is held to its bytes, and every file of the SDK was read.
    for script in &report.inventory {
        assert_ne!(script.integrity, "none", "{script:?}");
    }
    let engine = format!("https://liveness.contoso.example{ENGINE}");
    let engine = report
        .inventory
        .iter()
        .find(|script| script.url == engine)
        .unwrap();
    assert_eq!(
        (engine.integrity, engine.provenance),
        ("guard", Some("observed"))
    );
    assert!(engine.bytes.is_some() && engine.digest.is_some());
    assert_eq!(
        report
            .not_checked
            .iter()
            .map(|n| &*n.what)
            .collect::<Vec<_>>(),
        [""; 0],
    );
}

/// What the policy allows by its hashes is seen without the pins, too.
#[test]
fn a_guarded_site_is_clean_to_who_does_not_have_the_pins() {
    let report = report_with("1.5.0", false, |_, _| {});
    report.assert_clean();
    assert_eq!(report.not_checked.len(), 1);
    assert_eq!(
        report.not_checked[0].what,
        "whether the SDK is what Microsoft published"
    );
}

#[test]
fn each_fault_of_delivery_is_named() {
    let code = |change: fn(&str, &mut axum::response::Response)| {
        let report = report_of("1.5.0", change);
        let causes = report.causes();
        causes
            .first()
            .map_or("nothing", |finding| finding.code.as_str())
    };
    assert_eq!(
        code(|path, answer| if path == ENGINE {
            *answer = http::StatusCode::NOT_FOUND.into_response();
        }),
        "sdk-file-missing"
    );
    // A single-page fallback.
    assert_eq!(
        code(|path, answer| if path == WASM {
            *answer = axum::response::Html("<!doctype html>").into_response();
        }),
        "sdk-file-missing"
    );
    assert_eq!(
        code(|path, answer| if path == WASM {
            set(answer, header::CONTENT_TYPE, "application/octet-stream");
        }),
        // It is found, and is not a cause: such a wasm is compiled the slow way.
        "nothing"
    );
    assert_eq!(
        code(|path, answer| if path == ENGINE {
            *answer.body_mut() = Body::from("ruined()");
        }),
        "sdk-file-changed"
    );
    assert_eq!(
        code(|path, answer| if path == "/" {
            let policy = answer.headers()[header::CONTENT_SECURITY_POLICY]
                .to_str()
                .unwrap();
            let policy = policy.replace("'wasm-unsafe-eval'", "");
            let policy = HeaderValue::from_str(&policy).unwrap();
            answer
                .headers_mut()
                .insert(header::CONTENT_SECURITY_POLICY, policy);
        }),
        "blocks-wasm"
    );
    assert_eq!(
        code(|path, answer| if path == "/" {
            let policy = answer.headers()[header::CONTENT_SECURITY_POLICY]
                .to_str()
                .unwrap();
            let policy = policy.replace("https://contoso.cognitiveservices.azure.com/face/", "");
            let policy = HeaderValue::from_str(&policy).unwrap();
            answer
                .headers_mut()
                .insert(header::CONTENT_SECURITY_POLICY, policy);
        }),
        "blocks-connect"
    );
    assert_eq!(
        code(|path, answer| if path == "/" {
            set(
                answer,
                header::CONTENT_SECURITY_POLICY,
                "script-src 'self'; style-src 'none'",
            );
        }),
        // The guard is an inline script.
        "blocks-script"
    );
}

#[test]
fn a_component_in_a_chunk_is_found_without_the_page_naming_the_chunk() {
    let report = |chunk: &'static str| {
        report_of("1.5.0", move |path, answer| {
            let body = match path {
                "/app.js" => "const f = () => import('./assets/Check-1a2b.js')",
                "/assets/Check-1a2b.js" => chunk,
                _ => return,
            };
            *answer = ([("content-type", "text/javascript")], body).into_response();
        })
    };
    let bundled = "customElements.define('azure-ai-vision-face-ui', X)";
    let report_of_bundle = report(bundled);
    let found: Vec<_> = report_of_bundle.of(Code::SDK_BUNDLED).collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].found, "it defines <azure-ai-vision-face-ui>");
    assert_eq!(found[0].severity, audit::Severity::High);
    let subject = found[0].subject.to_string();
    assert!(subject.contains("/assets/Check-1a2b.js"), "{subject}");
    let user = "document.createElement('azure-ai-vision-face-ui')";
    assert_eq!(report(user).of(Code::SDK_BUNDLED).count(), 0);
}

#[test]
fn an_unguarded_page_leaves_the_engine_unchecked() {
    let report = report_of("1.5.0", |path, answer| {
        if path == "/" {
            let html = "<!doctype html><script type=module src=app.js></script>";
            *answer.body_mut() = Body::from(html);
        }
    });
    assert_eq!(report.of(Code::SDK_ENGINE_UNCHECKED).count(), 2);
    assert_eq!(
        report.of(Code::SCRIPT_UNCHECKED).count()
            + report.of(Code::INTEGRITY_POLICY_BLOCKS).count(),
        1
    );
}

#[test]
fn old_versions_are_found() {
    let tree = folder("1.4.8");
    let pins = Pins::load(tree.join("visor-lock.json")).unwrap();
    let page = super::response(
        URL,
        &[("content-type", "text/html")],
        "<azure-ai-vision-face-ui>",
    );
    let context = Context::new(Profile::Liveness)
        .pins(&pins)
        .today("2026-11-23".parse().unwrap());
    let report = audit::audit(&page, &context);
    let behind = report.of(Code::SDK_BEHIND).next().unwrap();
    assert!(
        behind
            .found
            .starts_with("1.4.8 (242 days old) is behind 1.5.0"),
        "{behind:?}"
    );
    assert_eq!(report.of(Code::SDK_NEEDS_EVAL).count(), 1);
}

#[test]
fn the_sdk_from_elsewhere_is_found() {
    let page = |script: &str| {
        let html = format!("<!doctype html><script type=module src='{script}'></script>");
        let page = super::response(URL, &[("content-type", "text/html")], &html);
        audit::audit(&page, &Context::new(Profile::Liveness))
    };
    let cdn = "https://cdn.jsdelivr.net/npm/@azure/ai-vision-face-ui";
    for (url, floating) in [
        (format!("{cdn}@latest/FaceLivenessDetector.js"), 1),
        (format!("{cdn}@1/FaceLivenessDetector.js"), 1),
        (format!("{cdn}/FaceLivenessDetector.js"), 1),
        (format!("{cdn}@1.5.0/FaceLivenessDetector.js"), 0),
        (
            "/node_modules/@azure/ai-vision-face-ui/FaceLivenessDetector.js".to_owned(),
            0,
        ),
    ] {
        let report = page(&url);
        assert_eq!(report.of(Code::FLOATING_VERSION).count(), floating, "{url}");
        let foreign = usize::from(url.starts_with("https:"));
        assert_eq!(report.of(Code::SDK_FOREIGN).count(), foreign, "{url}");
    }
}

/// Where the layer sits is seen in what answers early.
#[test]
fn a_layer_inside_the_router_is_found() {
    let layer = || {
        let page = Document::new("https://example.com").unwrap();
        VisorLayer::new(&Policy::document(page)).unwrap()
    };
    let handler = || async { Json("x").into_response() };
    let of = |app: Router| {
        let context = Context::new(Profile::Api);
        block_on(audit::service::<_, Body, _>(
            app,
            "https://example.com/",
            &context,
        ))
        .unwrap()
    };
    let inside = Router::new().route("/", get(handler).layer(layer()));
    let found: Vec<String> = of(inside)
        .of(Code::LAYER_TOO_DEEP)
        .map(|finding| format!("{}: {}", finding.subject, finding.found))
        .collect();
    assert_eq!(
        found,
        [
            "probe: unknown path: status 404 without content-security-policy, \
          strict-transport-security, x-content-type-options"
        ]
    );
    let outside = Router::new().route("/", get(handler)).layer(layer());
    assert_eq!(of(outside).of(Code::LAYER_TOO_DEEP).count(), 0);
    let limited = Router::new()
        .route("/", get(handler))
        .layer(layer())
        .layer(tower_http::limit::RequestBodyLimitLayer::new(1024));
    let report = of(limited);
    let finding = report.of(Code::LAYER_TOO_DEEP).next().unwrap();
    assert_eq!(finding.subject.to_string(), "probe: oversized body");
    assert!(
        finding.found.starts_with("status 413 without"),
        "{finding:?}"
    );
}

#[test]
fn a_service_that_fails_has_no_headers() {
    let failing = tower::service_fn(|request: Request<Body>| async move {
        if request.method() == http::Method::GET && request.uri().path() == "/" {
            Ok(axum::response::Response::new(Body::empty()))
        } else {
            Err("too busy")
        }
    });
    let context = Context::new(Profile::Api);
    let report = block_on(audit::service::<_, Body, _>(failing, URL, &context)).unwrap();
    let finding = report.of(Code::LAYER_TOO_DEEP).next().unwrap();
    assert_eq!(
        finding.found,
        "the service failed (too busy), so the server answers without headers"
    );
    let broken = tower::service_fn(|_: Request<Body>| async {
        Err::<axum::response::Response, _>("broken")
    });
    let error = block_on(audit::service::<_, Body, _>(broken, URL, &context)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "https://liveness.contoso.example/: the service didn't answer: broken"
    );
}
