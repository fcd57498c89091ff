//! A cache of nginx in front of our server: what it keeps, and what it makes of what it kept.

use http::Method;

use crate::client::{Answer, Asked, Way, ask};
use crate::ours::{BASE, Behind, WELCOME};
use crate::proxies::caching;
use crate::server::Kind;

fn value<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    Some(answer.headers.get(name)?.to_str().unwrap())
}

/// The same request twice, and where the second answer came from.
async fn twice(behind: &Behind, asked: &Asked) -> (Answer, Answer, String) {
    let again = async || ask(behind.ports, behind.folder.path(), Way::Http2, asked).await;
    let (first, second) = (again().await, again().await);
    let from = value(&second, "x-cache").unwrap().to_owned();
    (first, second, from)
}

#[tokio::test]
async fn it_keeps_files_and_nothing_that_is_for_one_visitor() {
    if Kind::Nginx.is_skipped() {
        return;
    }
    let behind = Behind::start(&caching("")).await;
    for path in [BASE, "/verify/step2", "/api/session", "/api/kept"] {
        let (_, _, from) = twice(&behind, &Asked::get(path)).await;
        assert_eq!(from, "MISS", "{path}");
    }
    let (first, second, from) = twice(&behind, &Asked::get(WELCOME)).await;
    assert_eq!(from, "MISS");
    let csp = "content-security-policy";
    assert_ne!(first.headers[csp], second.headers[csp]);
    assert_ne!(first.body, second.body);

    let file = format!("{BASE}facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.js");
    let mut bodies = Vec::new();
    for coding in ["identity", "gzip", "br"] {
        let asked = Asked::get(&file).with("accept-encoding", coding);
        let (mut first, mut second, from) = twice(&behind, &asked).await;
        assert_eq!(from, "HIT", "{coding}");
        for answer in [&mut first, &mut second] {
            for name in ["date", "x-cache"] {
                answer.headers.remove(name);
            }
        }
        assert_eq!(first.headers, second.headers, "{coding}");
        assert_eq!(first.body, second.body, "{coding}");
        bodies.push(first.body);
    }
    // Each coding has a copy of its own.
    bodies.dedup();
    assert_eq!(bodies.len(), 3);
}

/// A digest of the whole file, with a part of it or nothing: Chromium refuses that.
#[tokio::test]
async fn what_it_makes_of_a_kept_file_has_the_digest_of_the_whole() {
    if Kind::Nginx.is_skipped() {
        return;
    }
    let path = format!("{BASE}FaceLivenessDetector.js");
    let digest = "unencoded-digest";
    for (location, is_there) in [("", true), ("proxy_hide_header Unencoded-Digest;", false)] {
        let behind = Behind::start(&caching(location)).await;
        let ask = async |asked: Asked| {
            let through = ask(behind.ports, behind.folder.path(), Way::Http2, &asked).await;
            let past = asked.with("x-forwarded-proto", "https");
            let past = ask(behind.past, behind.folder.path(), Way::Plain, &past).await;
            (through, past)
        };
        let (first, _) = ask(Asked::get(&path)).await;
        let tag = value(&first, "etag").unwrap();
        for (status, asked) in [
            (200, Asked::get(&path).by(Method::HEAD)),
            (206, Asked::get(&path).with("range", "bytes=2-5")),
            (304, Asked::get(&path).with("if-none-match", tag)),
        ] {
            let (through, past) = ask(asked).await;
            assert_eq!(
                (through.status.as_u16(), past.status.as_u16()),
                (status, status)
            );
            assert!(!past.headers.contains_key(digest), "{status}");
            assert_eq!(
                through.headers.contains_key(digest),
                is_there,
                "{status} {location}"
            );
        }
    }
}

/// Whoever tells nginx to pass over `Cache-Control` gives all visitors one nonce.
#[tokio::test]
async fn a_cache_that_is_told_to_keep_everything_repeats_a_nonce() {
    if Kind::Nginx.is_skipped() {
        return;
    }
    let behind = Behind::start(&caching("proxy_ignore_headers Cache-Control;")).await;
    let (first, second, from) = twice(&behind, &Asked::get(WELCOME)).await;
    assert_eq!(from, "HIT");
    assert_eq!(first.body, second.body);
    let csp = "content-security-policy";
    assert_eq!(first.headers[csp], second.headers[csp]);
}
