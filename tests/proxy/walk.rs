//! One walk over kinds of response and requests: what arrives behind a proxy is what our server sent.

use std::collections::BTreeSet;
use std::io::Read as _;

use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::client::{Answer, Asked, Way, ask};
use crate::differences::{Exception, compare, told};
use crate::ours::{BASE, Behind, SetUp};

/// What a proxy may change.
const KNOWN: &[Exception] = &[Exception {
    servers: &[],
    what: &["server", "date", "connection", "keep-alive"],
    when: |_, _| true,
    reason: "the proxy's name, its clock and its connection",
}];

fn requests() -> Vec<Asked> {
    let below = [
        "",
        "docs/",
        "docs/a%20b.html",
        "app.js",
        "assets/gr%C3%BCn%20(1).svg",
        "FaceLivenessDetector.js",
        "facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.wasm",
        "facelivenessdetector-assets/nothing.js",
    ];
    let beside = [
        "/verify/step2",
        "/nothing",
        "/api/session",
        "/api/kept",
        "/api/page",
        "/api/wrong",
    ];
    let below = below.iter().map(|path| format!("{BASE}{path}"));
    let paths = below.chain(beside.map(str::to_owned));
    let mut all = Vec::new();
    for path in paths {
        let asked = Asked::get(&path);
        all.push(asked.clone().by(Method::HEAD));
        all.push(asked.clone().by(Method::POST));
        for coding in ["gzip", "gzip, deflate, br, zstd"] {
            let compressed = asked.clone().with("accept-encoding", coding);
            all.push(compressed.clone().by(Method::HEAD));
            all.push(compressed);
        }
        all.push(asked.clone().with("range", "bytes=2-5"));
        all.push(asked.clone().with("range", "bytes=100000000-"));
        all.push(asked.clone().with("if-match", "\"other\""));
        all.push(asked);
    }
    all.push(Asked::get("/sw.js").with("service-worker", "script"));
    all.push(Asked::get(BASE).by(Method::OPTIONS));
    all
}

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    let value = answer.headers.get(name)?;
    Some(value.to_str().unwrap())
}

/// The bytes before compression.
fn decoded(answer: &Answer) -> Bytes {
    let mut out = Vec::new();
    let mut body = &answer.body[..];
    match header(answer, "content-encoding") {
        _ if answer.body.is_empty() => {}
        None => return answer.body.clone(),
        Some("gzip") => {
            flate2::read::GzDecoder::new(body)
                .read_to_end(&mut out)
                .unwrap();
        }
        Some("br") => brotli_decompressor::BrotliDecompress(&mut body, &mut out).unwrap(),
        Some(other) => panic!("{other}"),
    }
    out.into()
}

/// Headers of which there may be several. `Vary` is a list, and nginx repeats its word with `gzip_vary`.
const SEVERAL: [&str; 3] = ["content-security-policy", "set-cookie", "vary"];

fn twice(headers: &HeaderMap) -> Vec<String> {
    let names = headers.keys().map(http::HeaderName::as_str);
    names
        .filter(|name| !SEVERAL.contains(name) && headers.get_all(*name).iter().count() > 1)
        .map(str::to_owned)
        .collect()
}

/// What is wrong with an answer by itself, whatever our server sent.
fn faults(asked: &Asked, answer: &Answer) -> Vec<String> {
    let mut wrong: Vec<String> = twice(&answer.headers)
        .into_iter()
        .map(|name| format!("{name} is there twice"))
        .collect();
    if let Some(value) = header(answer, "unencoded-digest") {
        // Chromium compares these with nothing.
        if asked.method == Method::HEAD || answer.status != 200 {
            wrong.push(format!("unencoded-digest in {}", answer.status));
        } else if value != digest(&decoded(answer)) {
            wrong.push("unencoded-digest is of other bytes".to_owned());
        }
    }
    wrong
}

fn digest(bytes: &[u8]) -> String {
    use base64::Engine as _;
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(bytes);
    let digest = base64::engine::general_purpose::STANDARD.encode(digest);
    format!("sha-256=:{digest}:")
}

/// Takes back what a proxy does to an answer that it compresses, and nothing else: the length is gone, the
/// `ETag` is weak, since the bytes are others, and caches are told what the coding depends on.
fn uncompressed(ours: &Answer, theirs: &mut Answer) {
    let vary = theirs.headers.get("vary").cloned();
    if !ours.headers.contains_key("vary")
        && vary.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"accept-encoding"))
    {
        theirs.headers.remove("vary");
    }
    if header(theirs, "content-encoding") != Some("gzip")
        || ours.headers.contains_key("content-encoding")
    {
        return;
    }
    for name in ["content-encoding", "transfer-encoding"] {
        theirs.headers.remove(name);
    }
    for name in ["accept-ranges", "content-length"] {
        if let (None, Some(value)) = (theirs.headers.get(name), ours.headers.get(name)) {
            theirs.headers.insert(name, value.clone());
        }
    }
    if let Some(strong) = header(theirs, "etag").and_then(|tag| tag.strip_prefix("W/")) {
        let strong = strong.parse().unwrap();
        theirs.headers.insert("etag", strong);
    }
}

/// What the application knows of the client comes from the proxy alone, so past it the tests say it.
fn past(asked: &Asked, way: Way) -> Asked {
    let scheme = if way == Way::Plain { "http" } else { "https" };
    asked.clone().with("x-forwarded-proto", scheme)
}

pub(crate) async fn walk(set_up: &SetUp) {
    if set_up.kind.is_skipped() {
        return;
    }
    let behind = Behind::start(set_up).await;
    let folder = behind.folder.path();
    let mut wrong = Vec::new();
    let mut met = BTreeSet::new();
    let mut count = 0;
    for asked in requests() {
        for way in [Way::Plain, Way::Tls, Way::Http2] {
            // In the clear, all are sent away alike.
            if way == Way::Plain && !asked.headers.is_empty() {
                continue;
            }
            let theirs = ask(behind.ports, folder, way, &asked).await;
            let mut pairs = vec![(asked.clone(), theirs.clone())];
            // The second visit, with the validator that arrived at each side.
            let tag = header(&theirs, "etag").filter(|_| theirs.status == 200);
            if let (Some(tag), false) = (tag, asked.method == Method::POST) {
                let again = asked.clone().with("if-none-match", tag);
                let answer = ask(behind.ports, folder, way, &again).await;
                if answer.status != 304 {
                    wrong.push(format!("{way:?} {again:?}: {}", answer.status));
                }
                pairs.push((again, answer));
            }
            for (asked, mut theirs) in pairs {
                let mut ours = ask(behind.past, folder, Way::Plain, &past(&asked, way)).await;
                for fault in faults(&asked, &theirs) {
                    wrong.push(format!("{way:?} {asked:?}: {fault}"));
                }
                // Whichever coding it came in, the bytes are the same.
                theirs.body = decoded(&theirs);
                ours.body = decoded(&ours);
                uncompressed(&ours, &mut theirs);
                wrong.extend(compare(
                    KNOWN,
                    set_up.kind,
                    way,
                    &asked,
                    (&ours, &theirs),
                    &mut met,
                ));
                count += 1;
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{}: {} differences in {count} answers\n{}\n{}",
        set_up.name,
        wrong.len(),
        wrong.join("\n"),
        behind.server.log()
    );
    told(KNOWN, set_up.kind, &met);
}
