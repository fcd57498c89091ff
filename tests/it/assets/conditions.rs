//! Validators and ranges.

use http::{Request, Version};

use super::{COMPONENT, assets, original};
use crate::server::{Answer, Server};
use crate::support::pins;

async fn ask(server: &Server, headers: &[(&'static str, String)]) -> Answer {
    let mut request = Request::builder().uri(format!("/{COMPONENT}"));
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    server
        .send(Version::HTTP_11, request.body("").unwrap())
        .await
}

fn tag() -> String {
    format!("\"{}\"", pins("/").file(COMPONENT).unwrap().digest())
}

#[tokio::test]
async fn what_the_browser_has_is_not_sent_again() {
    let server = Server::start(assets("/")).await;
    let tag = tag();
    for value in [
        tag.clone(),
        format!("W/{tag}"),
        "*".to_owned(),
        format!("\"a\", W/\"b\",{tag}"),
    ] {
        let answer = ask(&server, &[("if-none-match", value.clone())]).await;
        assert_eq!((answer.status, answer.body.len()), (304, 0), "{value}");
        assert_eq!(answer.one("etag"), tag);
        assert_eq!(answer.one("cache-control"), "no-cache, no-transform");
        for absent in [
            "content-type",
            "content-length",
            "content-encoding",
            "unencoded-digest",
        ] {
            assert_eq!(answer.all(absent), [""; 0], "{absent}");
        }
    }
    for value in ["\"a\"".to_owned(), tag.trim_matches('"').to_owned()] {
        let answer = ask(&server, &[("if-none-match", value.clone())]).await;
        assert_eq!(answer.status, 200, "{value}");
    }
    // A date says nothing where nothing has one.
    let later = "Sat, 29 Oct 2044 19:43:31 GMT".to_owned();
    let answer = ask(&server, &[("if-modified-since", later)]).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn other_bytes_than_asked_for_are_refused() {
    let server = Server::start(assets("/")).await;
    let answer = ask(&server, &[("if-match", "\"a\"".to_owned())]).await;
    assert_eq!((answer.status, answer.body.len()), (412, 0));
    let answer = ask(&server, &[("if-match", tag())]).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_part_is_that_part_of_the_pinned_bytes() {
    let server = Server::start(assets("/")).await;
    let whole = original(COMPONENT);
    let length = whole.len();
    for (range, expected) in [
        ("bytes=0-0", 0..1),
        ("bytes=10-19", 10..20),
        ("bytes=-7", length - 7..length),
        ("bytes=5-", 5..length),
        ("bytes=0-18446744073709551616", 0..length),
    ] {
        let answer = ask(&server, &[("range", range.to_owned())]).await;
        assert_eq!(answer.status, 206, "{range}");
        assert_eq!(answer.body, whole[expected.clone()], "{range}");
        assert_eq!(
            answer.one("content-range"),
            format!("bytes {}-{}/{length}", expected.start, expected.end - 1)
        );
        assert_eq!(answer.one("content-length"), expected.len().to_string());
        assert_eq!(answer.one("etag"), tag());
        assert_eq!(answer.one("content-type"), "text/javascript; charset=utf-8");
        // It is of all bytes, and a browser would compare it with these.
        assert_eq!(answer.all("unencoded-digest"), [""; 0]);
    }
    for range in ["bytes=0-0,5-6", "bytes=2-1", "lines=0-1", "bytes"] {
        let answer = ask(&server, &[("range", range.to_owned())]).await;
        assert_eq!(answer.status, 200, "{range}");
        assert_eq!(answer.body, whole);
        assert_eq!(answer.all("content-range"), [""; 0]);
    }
    for range in [format!("bytes={length}-"), "bytes=-0".to_owned()] {
        let answer = ask(&server, &[("range", range.clone())]).await;
        assert_eq!((answer.status, answer.body.len()), (416, 0), "{range}");
        assert_eq!(answer.one("content-range"), format!("bytes */{length}"));
    }
}

#[tokio::test]
async fn a_download_goes_on_only_with_the_same_bytes() {
    let server = Server::start(assets("/")).await;
    let range = ("range", "bytes=1-2".to_owned());
    for (condition, expected) in [
        (tag(), 206),
        (format!("W/{}", tag()), 200),
        ("\"a\"".to_owned(), 200),
        ("Sat, 29 Oct 2044 19:43:31 GMT".to_owned(), 200),
    ] {
        let headers = [range.clone(), ("if-range", condition.clone())];
        let answer = ask(&server, &headers).await;
        assert_eq!(answer.status, expected, "{condition}");
    }
    // A validator comes before a range.
    let headers = [range, ("if-none-match", tag())];
    assert_eq!(ask(&server, &headers).await.status, 304);
    // Two ranges on two lines are several.
    let twice = [
        ("range", "bytes=1-2".to_owned()),
        ("range", "bytes=4-5".to_owned()),
    ];
    assert_eq!(ask(&server, &twice).await.status, 200);
}
