//! The inventory is complete: front ends of our own making, compared with what their servers sent.

use std::collections::BTreeSet;

use base64::Engine as _;
use serde_json::Value;
use tower_visor::sri::{Algorithm, Digest};

use crate::browse;
use crate::site::Site;

const JS: &str = "text/javascript";

/// Front ends: what they are, their files, and the inline code that runs.
type FrontEnd = (
    &'static str,
    &'static [(&'static str, &'static str, &'static str)],
    &'static [&'static str],
);

const FRONT_ENDS: [FrontEnd; 10] = [
    (
        "classic scripts, and a byte order mark",
        &[
            ("/", "text/html", "<script src=/a.js></script><script src=/b.js defer></script>"),
            ("/a.js", JS, "var a = 1"),
            ("/b.js", JS, "\u{feff}var b = '\u{e9}'"),
        ],
        &[],
    ),
    (
        "modules that import",
        &[
            ("/", "text/html", "<script type=module src=/m.js></script>"),
            ("/m.js", JS, "import './n.js'; import('./o.js')"),
            ("/n.js", JS, "export const n = 1"),
            ("/o.js", JS, "export const o = 2"),
        ],
        &[],
    ),
    (
        "inline code of three kinds",
        &[(
            "/",
            "text/html",
            "<script>var a = 1</script><script type=module>globalThis.b = 2</script>
             <script type=application/json>{}</script><p>x</p><script>var c = 3</script>",
        )],
        &["var a = 1", "globalThis.b = 2", "var c = 3"],
    ),
    (
        "scripts that scripts add",
        &[
            ("/", "text/html", "<script src=/a.js></script>"),
            (
                "/a.js",
                JS,
                "let s = document.createElement('script'); s.src = '/b.js'; document.head.append(s);
                 s = document.createElement('script'); s.text = 'var inside = 5'; document.head.append(s)",
            ),
            ("/b.js", JS, "var b = 6"),
        ],
        &["var inside = 5"],
    ),
    (
        "a frame of the same origin",
        &[
            ("/", "text/html", "<iframe src=/f.html></iframe>"),
            ("/f.html", "text/html", "<script>var f = 7</script><script src=/g.js></script>"),
            ("/g.js", JS, "var g = 8"),
        ],
        &["var f = 7"],
    ),
    (
        "a worker",
        &[
            ("/", "text/html", "<script>new Worker('/w.js')</script>"),
            ("/w.js", JS, "postMessage(9)"),
        ],
        &["new Worker('/w.js')"],
    ),
    (
        "styles and pictures",
        &[
            ("/", "text/html", "<link rel=stylesheet href=/s.css><p>x</p><img src=/i.svg>"),
            ("/s.css", "text/css", "p { color: red }"),
            ("/i.svg", "image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ],
        &[],
    ),
    (
        "data that is fetched",
        &[
            ("/", "text/html", "<script>fetch('/d.json').then(r => r.text())</script>"),
            ("/d.json", "application/json", "{\"d\": 10}"),
        ],
        &["fetch('/d.json').then(r => r.text())"],
    ),
    (
        "an import map and a preload",
        &[
            (
                "/",
                "text/html",
                "<script type=importmap>{\"imports\": {\"x\": \"/x.js\"}}</script>
                 <link rel=modulepreload href=/x.js><script type=module>import 'x'</script>",
            ),
            ("/x.js", JS, "globalThis.x = 11"),
        ],
        &["import 'x'"],
    ),
    (
        "a page that goes on to another",
        &[
            ("/", "text/html", "<script>location.replace('/next.html')</script>"),
            ("/next.html", "text/html", "<script src=/z.js></script>"),
            ("/z.js", JS, "var z = 12"),
        ],
        &[],
    ),
];

fn digests(value: &Value) -> BTreeSet<String> {
    let all = value.as_array().unwrap().iter();
    let all = all.flat_map(|one| one["digests"].as_array().unwrap());
    all.map(|digest| digest.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn all_that_ran_and_came_is_in_the_inventory() {
    for browser in ["chromium", "firefox"] {
        for (name, files, inline) in FRONT_ENDS {
            let head = "<!doctype html><link rel=icon href=data:,><title>t</title>";
            let pages: Vec<(&str, &'static str, String)> = files
                .iter()
                .map(|(path, kind, body)| {
                    let head = if *kind == "text/html" { head } else { "" };
                    (*path, *kind, format!("{head}{body}"))
                })
                .collect();
            let pages: Vec<_> = pages
                .iter()
                .map(|(path, kind, body)| (*path, *kind, body.as_str()))
                .collect();
            let site = Site::of(&pages);
            let folder = tempfile::tempdir().unwrap();
            let url = format!("{}/", site.origin);
            let arguments = [&url, "--profile", "document", "--format", "json"];
            let Some(ran) = browse(browser, folder.path(), &arguments) else {
                continue;
            };
            assert!(ran.code < 2, "{browser}: {name}: {}", ran.err);
            let received = ran.json()["received"].clone();
            let seen = &received["seen"];
            let files = digests(&seen["files"]);
            let ran = digests(&received["inventory"]);
            let documents: BTreeSet<&str> = seen["documents"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(|document| document["digest"].as_str())
                .collect();
            for (path, body) in site.sent() {
                let digest = Digest::of(Algorithm::Sha384, &body).to_string();
                let is_page = path == "/" || path.rsplit('.').next() == Some("html");
                let what = format!("{browser}: {name}: {path}");
                // A page that went on at once may be gone before anybody could ask for it.
                if is_page && path == "/" && name.contains("goes on") {
                    continue;
                }
                // The audit asks for one that isn't there.
                if body.is_empty() {
                    continue;
                }
                if is_page {
                    assert!(documents.contains(&*digest), "{what}");
                } else {
                    let is_worker = path == "/w.js";
                    let is_there = files.contains(&digest) || is_worker && ran.contains(&digest);
                    assert!(is_there, "{what}");
                }
                if path.rsplit('.').next() == Some("js") {
                    assert!(ran.contains(&digest), "{what} ran");
                }
            }
            for text in inline {
                let digest = Digest::of(Algorithm::Sha384, text.as_bytes()).to_string();
                assert!(ran.contains(&digest), "{browser}: {name}: {text}");
            }
        }
    }
}

/// WebAssembly is known by its bytes, whichever way it came.
#[test]
fn webassembly_is_in_the_inventory() {
    // The smallest module: its magic number and its version.
    const MODULE: &[u8] = b"\0asm\x01\0\0\0";
    let base64 = base64::engine::general_purpose::STANDARD.encode(MODULE);
    let html = format!(
        "<!doctype html><link rel=icon href=data:,><title>t</title><script>
         WebAssembly.compile(Uint8Array.from(atob('{base64}'), c => c.charCodeAt()))</script>"
    );
    let site = Site::of(&[("/", "text/html", &html)]);
    let folder = tempfile::tempdir().unwrap();
    let url = format!("{}/", site.origin);
    let arguments = [&url, "--profile", "document", "--format", "json"];
    let Some(ran) = browse("chromium", folder.path(), &arguments) else {
        return;
    };
    let digest = Digest::of(Algorithm::Sha384, MODULE).to_string();
    let found = ran.found(&["script-unvouched"]);
    let wasm = found.iter().filter(|line| line.contains(&digest));
    assert_eq!(wasm.count(), 1, "{found:#?}");
}
