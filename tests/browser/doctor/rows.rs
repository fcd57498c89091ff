//! What is broken, and what comes of it.

use std::sync::Arc;

use axum::http::StatusCode;
use tower_visor::audit::Code;
use tower_visor::sri::{Algorithm, Digest};

use super::{Ends, Front, Passing, Row};

/// A policy under which the bare page runs.
const WORKS: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; \
    connect-src 'self' http://127.0.0.1:*; img-src 'self' data:; style-src 'self' 'unsafe-inline'";

const CSP: &str = "content-security-policy";
const APP: &str = "/app.js";
const COMPONENT: &str = "/FaceLivenessDetector.js";
const ENGINE: &str = "/AzureAIVisionFace_SIMD.js";
const WASM: &str = "/AzureAIVisionFace_SIMD.wasm";
const SCRIPT: &str = "<script type=\"module\" src=\"app.js\">";
const POLICY: &str = "<script>trustedTypes.createPolicy('default', \
    {createHTML: text => text, createScriptURL: text => text})</script>";

fn row(
    front: Front,
    name: impl Into<String>,
    ends: Ends,
    change: impl Fn(&mut Passing) + Send + Sync + 'static,
) -> Row {
    Row {
        name: name.into(),
        front,
        host: "127.0.0.1",
        query: "auto",
        change: Arc::new(change),
        ends,
    }
}

/// The bare page with one header more.
fn sent(header: &'static str, value: impl Into<String>, ends: Ends) -> Row {
    let value = value.into();
    let name = format!("{header}: {value}");
    row(Front::Bare, name, ends, move |answer| {
        if answer.is_page() {
            answer.add(header, &value);
        }
    })
}

/// The bare page under a policy that works, with this directive in place of its own.
fn under(directive: &'static str, ends: Ends) -> Row {
    let name = directive.split(' ').next().unwrap();
    let mut parts: Vec<&str> = WORKS.split("; ").collect();
    parts.retain(|part| part.split(' ').next() != Some(name));
    parts.push(directive);
    sent(CSP, parts.join("; "), ends)
}

/// A file with a type of its own, on the bare page.
fn typed(file: &'static str, types: &'static [&'static str], ends: Ends) -> Row {
    row(
        Front::Bare,
        format!("{file} as {types:?}"),
        ends,
        move |answer| {
            if answer.path.ends_with(file) {
                answer.set("content-type", "");
                for one in types {
                    answer.add("content-type", one);
                }
            }
        },
    )
}

fn gone(file: &'static str, ends: Ends) -> Row {
    row(Front::Bare, format!("{file} is 404"), ends, move |answer| {
        if answer.path.ends_with(file) {
            answer.status = StatusCode::NOT_FOUND;
            answer.body = b"not found".to_vec();
        }
    })
}

/// `index.html` in place of a file, as a single-page server answers.
fn fallback(file: &'static str, ends: Ends) -> Row {
    row(
        Front::Bare,
        format!("{file} is index.html"),
        ends,
        move |answer| {
            if answer.path.ends_with(file) {
                answer.set("content-type", "text/html; charset=utf-8");
                answer.body = b"<!doctype html>".to_vec();
            }
        },
    )
}

/// The bare page in a frame of itself.
fn framed(attributes: &'static str, ends: Ends) -> Row {
    let mut row = row(
        Front::Bare,
        format!("<iframe {attributes}>"),
        ends,
        move |answer| {
            if answer.path == "/" && answer.query == "outer" {
                let html = format!("<!doctype html><iframe src=/?auto {attributes}></iframe>");
                answer.body = html.into_bytes();
            }
        },
    );
    row.query = "outer";
    row
}

/// Another host name, which the fake endpoint takes too.
fn at(host: &'static str, ends: Ends) -> Row {
    let mut row = row(Front::Bare, format!("at {host}"), ends, |answer| {
        if answer.headers.contains_key("access-control-allow-origin") {
            answer.set("access-control-allow-origin", "*");
        }
    });
    row.host = host;
    row
}

/// What the page's own script loads.
const LOADED: &str = "127.0.0.1:*/words.js 127.0.0.1:*/FaceLivenessDetector.js \
    127.0.0.1:*/facelivenessdetector-assets/js/";

/// The page's own script by its hash, and other sources for what that one loads.
fn hashed(algorithm: Algorithm, of: &'static str, others: &'static str, ends: Ends) -> Row {
    let name = format!("hash {algorithm:?} of {} bytes, {others}", of.len());
    row(Front::Bare, name, ends, move |answer| {
        if answer.is_page() {
            let app = include_str!("../../../examples/liveness/app.js");
            let integrity = Digest::of(algorithm, app.as_bytes());
            let tag = format!("<script type=module integrity={integrity} src=app.js>");
            answer.replace(SCRIPT, &tag);
            let listed = Digest::of(algorithm, of.as_bytes());
            let policy = format!("script-src '{listed}' {others} 'wasm-unsafe-eval'");
            answer.add(CSP, &policy);
        }
    })
}

fn redirected(file: &'static str, to: &'static str, ends: Ends) -> Row {
    row(
        Front::Bare,
        format!("{file} redirects to {to}"),
        ends,
        move |answer| {
            if answer.path.ends_with(file) && answer.query.is_empty() {
                answer.status = StatusCode::FOUND;
                let target = to.replace('.', &answer.path);
                answer.set("location", &target);
            }
        },
    )
}

/// The page waits for its service worker, which answers in the server's place as `answer` says.
fn worked(name: &'static str, answer: &'static str, ends: Ends) -> Row {
    row(Front::Bare, name, ends, move |passing| {
        if passing.is_page() {
            // `livenessPage` tells that scripts run here, until the page's own one says so.
            let waiting = "<script type=module>window.livenessPage = {};\
                const workers = navigator.serviceWorker; const took = new Promise(done =>\
                workers.addEventListener('controllerchange', done));\
                await workers.register('sw.js'); if (!workers.controller) await took;\
                await import('/app.js');</script><script type=\"text/plain\">";
            passing.replace(SCRIPT, waiting);
        } else if passing.path == "/sw.js" {
            passing.status = StatusCode::OK;
            passing.set("content-type", "text/javascript");
            let worker = format!(
                "oninstall = () => skipWaiting(); onactivate = event => \
                 event.waitUntil(clients.claim()); onfetch = event => {{ const path = \
                 new URL(event.request.url).pathname; {answer} }}"
            );
            passing.body = worker.into_bytes();
        }
    })
}

/// Under COEP a script of another origin brings the page's own one.
fn embedded(corp: &'static str, attribute: &'static str, ends: Ends) -> Row {
    let name = format!("COEP, a script of another origin, CORP `{corp}` {attribute}");
    row(Front::Bare, name, ends, move |answer| {
        if answer.is_page() {
            answer.add("cross-origin-embedder-policy", "require-corp");
            let port = &answer.port;
            let tag = format!(
                "<script {attribute} src=//localhost:{port}/boot.js></script>\
                 <script type=\"text/plain\">"
            );
            answer.replace(SCRIPT, &tag);
        } else if answer.path == "/boot.js" {
            answer.status = StatusCode::OK;
            answer.set("content-type", "text/javascript");
            answer.set("cross-origin-resource-policy", corp);
            answer.set("access-control-allow-origin", "*");
            answer.body = b"import(new URL('app.js', document.baseURI))".to_vec();
        }
    })
}

const DIES_SCRIPT: Ends = Ends::Dies(&[Code::BLOCKS_SCRIPT]);
const REFUSED: Ends = Ends::Dies(&[Code::SCRIPT_REFUSED]);
const MISSING: Ends = Ends::Dies(&[Code::SDK_FILE_MISSING]);
const UNNAMED: Ends = Ends::DiesPinned(
    &[Code::SDK_FILE_MISSING],
    "no element names the component, and a page may as well hold it in a bundle",
);
const DENIED: Ends = Ends::Dies(&[Code::CAMERA_DENIED]);
const SANDBOX: Ends = Ends::Dies(&[Code::SANDBOX_BLOCKS]);
const INSECURE: Ends = Ends::Dies(&[Code::INSECURE_CONTEXT]);
const TEXT: Ends = Ends::Dies(&[Code::BLOCKS_TEXT]);

pub(super) fn rows() -> Vec<Row> {
    use Ends::{Dies, Plain, Runs};
    let mut rows = vec![
        row(Front::Guarded, "guarded", Runs, |_| {}),
        row(Front::Headers, "headers", Runs, |_| {}),
        row(Front::Bare, "bare", Runs, |_| {}),
        sent(CSP, WORKS, Runs),
        sent(CSP, "default-src 'none'", DIES_SCRIPT),
        under("script-src 'self'", Dies(&[Code::BLOCKS_WASM])),
        under("script-src 'none'", DIES_SCRIPT),
        under("script-src-elem 'none'", DIES_SCRIPT),
        under(
            "script-src 'wasm-unsafe-eval' 127.0.0.1:*/app.js 127.0.0.1:*/words.js 127.0.0.1:*/FaceLivenessDetector.js",
            Dies(&[Code::BLOCKS_ENGINE]),
        ),
        sent(
            "connection-allowlist",
            "(\"https://elsewhere.example\")",
            Dies(&[Code::ALLOWLIST_BLOCKS]),
        ),
        sent(
            "connection-allowlist",
            "(response-origin)",
            Ends::Unseen("the endpoint is in the session's token, and nobody named it"),
        ),
        sent(
            "connection-allowlist",
            "(response-origin \"http://127.0.0.1:*\")",
            Runs,
        ),
        under(
            "script-src 'self' 'unsafe-eval' 'eval-sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
            Runs,
        ),
        under("connect-src 'none'", Dies(&[Code::BLOCKS_CONNECT])),
        under(
            "connect-src 'self'",
            Ends::Unseen("the endpoint is in the session's token, and nobody named it"),
        ),
        under("img-src data:", Plain(Code::BLOCKS_IMAGE)),
        under("style-src 'self'", Plain(Code::BLOCKS_STYLE)),
        under("script-src-attr 'none'", Runs),
        under("font-src 'none'", Runs),
        under("media-src 'none'", Runs),
        under("frame-src 'none'", Runs),
        under("object-src 'none'", Runs),
        under("worker-src 'none'", Runs),
        under("manifest-src 'none'", Runs),
        under("form-action 'none'", Runs),
        under("base-uri 'none'", Runs),
        under("frame-ancestors 'none'", Runs),
        under("upgrade-insecure-requests", Runs),
        sent(
            "content-security-policy-report-only",
            "default-src 'none'; sandbox",
            Runs,
        ),
        row(
            Front::Bare,
            "a policy in meta",
            Dies(&[Code::BLOCKS_WASM]),
            |answer| {
                if answer.is_page() {
                    let meta = "<head><meta http-equiv=Content-Security-Policy content=\"script-src 'self'; sandbox\">";
                    answer.replace("<head>", meta);
                }
            },
        ),
        row(Front::Bare, "a sandbox in meta", Runs, |answer| {
            if answer.is_page() {
                let meta = "<head><meta http-equiv=Content-Security-Policy content=sandbox>";
                answer.replace("<head>", meta);
            }
        }),
        sent(CSP, "sandbox", SANDBOX),
        sent(CSP, "sandbox allow-scripts", SANDBOX),
        sent(CSP, "sandbox allow-same-origin", SANDBOX),
        sent(CSP, "sandbox Allow-Scripts allow-same-origin", Runs),
        row(
            Front::Guarded,
            "a second header's sandbox",
            SANDBOX,
            |answer| {
                if answer.is_page() {
                    answer.add(CSP, "sandbox allow-scripts");
                }
            },
        ),
        framed("allow=camera", Runs),
        framed("sandbox='allow-scripts allow-same-origin'", Runs),
        framed("sandbox=allow-scripts", SANDBOX),
        framed(
            "allow=\"camera 'none'\"",
            Dies(&[Code::FRAME_WITHOUT_CAMERA]),
        ),
        sent(CSP, "require-trusted-types-for 'script'", TEXT),
        row(Front::Bare, "Trusted Types with a policy", Runs, |answer| {
            if answer.is_page() {
                answer.add(CSP, "require-trusted-types-for 'script'");
                answer.replace(SCRIPT, &format!("{POLICY}{SCRIPT}"));
            }
        }),
        row(
            Front::Guarded,
            "Trusted Types without the name",
            TEXT,
            |answer| {
                if answer.is_page() {
                    answer.add(CSP, "trusted-types other");
                }
            },
        ),
        sent(
            "integrity-policy",
            "blocked-destinations=(script)",
            Dies(&[Code::INTEGRITY_POLICY_BLOCKS]),
        ),
        row(Front::Bare, "nonce and strict-dynamic", Runs, |answer| {
            if answer.is_page() {
                answer.replace(SCRIPT, "<script nonce=r4nd0m type=module src=app.js>");
                answer.add(
                    CSP,
                    "script-src 'nonce-r4nd0m' 'strict-dynamic' 'wasm-unsafe-eval'",
                );
            }
        }),
        sent(
            CSP,
            "script-src 'nonce-r4nd0m' 'strict-dynamic' 'wasm-unsafe-eval'",
            DIES_SCRIPT,
        ),
        hashed(Algorithm::Sha256, "another script", LOADED, DIES_SCRIPT),
        sent("permissions-policy", "camera=()", DENIED),
        sent(
            "permissions-policy",
            "camera=(\"https://other.example\")",
            DENIED,
        ),
        sent("permissions-policy", "camera=(self), microphone=()", Runs),
        sent("feature-policy", "camera 'none'", DENIED),
        row(
            Front::Bare,
            "Feature-Policy beside a silent one",
            DENIED,
            |answer| {
                if answer.is_page() {
                    answer.add("feature-policy", "camera 'none'");
                    answer.add("permissions-policy", "geolocation=()");
                }
            },
        ),
        row(
            Front::Bare,
            "Feature-Policy beside one that allows",
            Runs,
            |answer| {
                if answer.is_page() {
                    answer.add("feature-policy", "camera 'none'");
                    answer.add("permissions-policy", "camera=(self)");
                }
            },
        ),
        at("localhost", Runs),
        at("app.localhost", Runs),
        at("127.0.0.2", Runs),
        at("192.168.68.60", INSECURE),
        at("10.0.0.1", INSECURE),
        at("www.example.com", INSECURE),
        typed(APP, &["text/plain"], REFUSED),
        typed(APP, &[], REFUSED),
        typed(APP, &["text/plain", "text/javascript"], Runs),
        typed(APP, &["text/plain, application/x-javascript"], Runs),
        typed(APP, &["text/javascript", "text/plain"], REFUSED),
        typed(COMPONENT, &["application/octet-stream"], REFUSED),
        typed(ENGINE, &["text/plain"], Runs),
        typed(ENGINE, &["image/png"], REFUSED),
        typed(WASM, &["application/octet-stream"], Runs),
        typed("en.json", &["text/plain"], Runs),
        row(
            Front::Bare,
            "an engine as text under nosniff",
            REFUSED,
            |answer| {
                if answer.path.ends_with(ENGINE) {
                    answer.set("content-type", "text/plain");
                    answer.set("x-content-type-options", "nosniff");
                }
            },
        ),
        row(Front::Guarded, "a wasm as bytes, guarded", Runs, |answer| {
            if answer.path.ends_with(WASM) {
                answer.set("content-type", "application/octet-stream");
            }
        }),
        gone(APP, REFUSED),
        gone(COMPONENT, UNNAMED),
        gone(ENGINE, MISSING),
        gone(WASM, MISSING),
        fallback(APP, REFUSED),
        fallback(COMPONENT, UNNAMED),
        fallback(ENGINE, MISSING),
        fallback(WASM, MISSING),
        row(
            Front::Bare,
            "an engine of another version",
            Dies(&[Code::SDK_VERSION_SKEW, Code::SDK_FILE_CHANGED]),
            |answer| {
                if answer.path.contains("/js/AzureAIVisionFace") {
                    let folder = "node_modules/@azure-ai-vision-face/ui-assets";
                    let file = format!("{}/{folder}{}", super::stand_in("1.4.8"), answer.path);
                    answer.body = std::fs::read(file).unwrap();
                }
            },
        ),
        row(
            Front::Guarded,
            "a changed engine",
            // Without pins: the guard holds another digest, so the engine has none that counts.
            Dies(&[Code::SDK_FILE_CHANGED, Code::BLOCKS_ENGINE]),
            |answer| {
                if answer.path.ends_with(ENGINE) {
                    answer.body.push(b'\n');
                }
            },
        ),
        sent("cross-origin-embedder-policy", "require-corp", Runs),
        sent("cross-origin-opener-policy", "same-origin", Runs),
        sent("x-frame-options", "DENY", Runs),
        sent("referrer-policy", "no-referrer", Runs),
        sent("service-worker-allowed", "/", Runs),
        row(Front::Bare, "CORP on every file", Runs, |answer| {
            answer.set("cross-origin-resource-policy", "same-origin");
        }),
        embedded("", "", Dies(&[Code::COEP_BLOCKS])),
        embedded("same-origin", "", Dies(&[Code::COEP_BLOCKS])),
        embedded("cross-origin", "", Runs),
        embedded("", "crossorigin", Runs),
        worked("a service worker that lets all pass", "", Runs),
        worked(
            "a service worker without the engine",
            "if (path.endsWith('/AzureAIVisionFace_SIMD.js')) \
             event.respondWith(new Response('', {status: 404}));",
            Ends::Unseen("what a service worker answers isn't what the server sends"),
        ),
        redirected(APP, ".?again", Runs),
        redirected(COMPONENT, ".?again", Runs),
        redirected(ENGINE, ".?again", Runs),
        redirected(WASM, ".?again", Runs),
    ];
    let app = include_str!("../../../examples/liveness/app.js");
    for algorithm in [Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512] {
        rows.push(hashed(algorithm, app, LOADED, Runs));
    }
    let imports = "a module inherits a nonce and no hash, and imports in scripts are not read";
    let dynamic = "'strict-dynamic'";
    rows.push(hashed(
        Algorithm::Sha256,
        app,
        dynamic,
        Ends::Unseen(imports),
    ));
    rows
}
