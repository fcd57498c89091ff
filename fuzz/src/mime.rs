//! `Content-Type`s as browsers read them, of several headers and lists.

use http::HeaderValue;
use tower_visor::audit::{Code, Context, Profile, Response, audit};

fn response(values: &[&[u8]]) -> Option<Response> {
    let (mut parts, ()) = http::Response::new(()).into_parts();
    for value in values {
        let value = HeaderValue::from_bytes(value).ok()?;
        parts.headers.append(http::header::CONTENT_TYPE, value);
    }
    let body = Some("text".into());
    Some(Response::new("https://example.com/", parts, body).expect("a URL with a host"))
}

/// Each line is a header.
pub fn run(data: &[u8]) {
    let lines: Vec<&[u8]> = data.split(|byte| *byte == b'\n').collect();
    let Some(read) = response(&lines) else {
        return;
    };
    let media_type = read.media_type();
    // Several headers are one list.
    let joined = response(&[&lines.join(&b", "[..])]).expect("no new bytes");
    assert_eq!(joined.media_type(), media_type);
    let codes = |response: &Response| audit(response, &Context::new(Profile::Document)).codes();
    assert_eq!(
        codes(&joined).contains(&Code::CHARSET_MISSING),
        codes(&read).contains(&Code::CHARSET_MISSING)
    );
    if !media_type.is_empty() {
        // It is a type, in the form in which it is compared, and read again it is the same.
        let (name, subtype) = media_type.split_once('/').expect("a type");
        for token in [name, subtype] {
            assert!(!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()));
            assert!(!token.bytes().any(|byte| byte.is_ascii_uppercase()));
        }
        let again = response(&[media_type.as_bytes()]).expect("ASCII");
        assert_eq!(again.media_type(), media_type);
    }
    // What no quote has swallowed counts, if it comes last and says something.
    if !data.contains(&b'"') {
        let with = |last: &'static [u8]| {
            let lines = [&lines[..], &[last]].concat();
            response(&lines).expect("no new bytes")
        };
        for nothing in [&b""[..], b"*/*", b"text", b"text/", b";charset=utf-8"] {
            assert_eq!(with(nothing).media_type(), media_type);
        }
        let last = with(b"Text/CSS ;x;charset=UTF-8");
        assert_eq!(last.media_type(), "text/css");
        assert!(!codes(&last).contains(&Code::CHARSET_MISSING));
    }
}

/// Lists, quotes, and charsets that are kept.
pub fn seeds() -> Vec<Vec<u8>> {
    [
        &b"text/html; charset=utf-8"[..],
        b"text/html;charset=gbk\ntext/html;charset=utf-8, text/html",
        b"text/plain, */*, nonsense\n\nApplication/JSON",
        b"text/html;x=\"\\\",text/plain;\", text/css;charset=\"u\\tf-8\"x;y",
        b"text/html;charset;charset=;charset =a; charset= b;;=;CHARSET='c'",
        b"/html\ntext/\ntext /html\ntext/ html;\xe9=\xff",
    ]
    .map(<[u8]>::to_vec)
    .into()
}
