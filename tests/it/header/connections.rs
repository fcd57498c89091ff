//! `Connection-Allowlist`: written, read, compared.

use tower_visor::header::{
    AllowlistComparison, ConnectionAllowlist, ConnectionRule, ConnectionTarget, ConnectionVerdict,
    EffectiveConnectionAllowlist,
};
use tower_visor::url::Origin;

use super::{messages, round_trips};

pub(super) fn page() -> Origin {
    "https://page.example".parse().unwrap()
}

pub(super) fn read(text: &str) -> EffectiveConnectionAllowlist {
    ConnectionAllowlist::effective([text]).unwrap()
}

pub(super) fn verdict(text: &str, url: &str) -> ConnectionVerdict {
    read(text).allows(&url.parse().unwrap(), &page())
}

#[test]
fn places_have_one_form() {
    round_trips::<ConnectionTarget>(&[
        "https://a.example",
        "http://localhost:3000",
        "https://[::1]:8443",
        "https://*.a.example",
        "https://*.a.example:8443",
        "https://a.example/app.js",
        r"https://a.example/\(x\)/a\+b\:c\*.js",
    ]);
    let target: ConnectionTarget = "HTTPS://*.A.Example:443".parse().unwrap();
    assert_eq!(target.to_string(), "https://*.a.example");
    assert_eq!(target.host(), None);
    assert_eq!(target.origin().host().as_str(), "a.example");
    // A web socket's origin is that of its handshake.
    for (socket, origin) in [
        ("wss://a.example", "https://a.example"),
        ("wss://a.example:80", "https://a.example:80"),
        ("ws://localhost:3000", "http://localhost:3000"),
    ] {
        let target = ConnectionTarget::from(socket.parse::<Origin>().unwrap());
        assert_eq!(target, origin.parse().unwrap());
        let below = ConnectionTarget::below(socket.parse().unwrap()).unwrap();
        assert_eq!(below.to_string(), origin.replace("://", "://*."));
    }
    let target: ConnectionTarget = r"https://a.example/a\+b".parse().unwrap();
    assert_eq!(target.path(), Some("/a+b"));
    assert_eq!(target.host().unwrap().as_str(), "a.example");
}

#[test]
fn what_is_no_place_is_named() {
    let origin = "write an origin, `https://*.` and a name, or an origin and a path";
    messages::<ConnectionTarget>(&[
        (
            "",
            "connection-allowlist, byte 0: `` has no scheme, and browsers skip it; write for example `https://api.example`",
        ),
        (
            "cdn.example",
            "connection-allowlist, byte 0: `cdn.example` has no scheme, and browsers skip it; write for example `https://api.example`",
        ),
        (
            "https://*",
            &format!(
                "connection-allowlist, byte 8: `https://*` is malformed: `*` isn't allowed in a host; {origin}"
            ),
        ),
        (
            "https://*.a*.example",
            &format!(
                "connection-allowlist, byte 11: `https://*.a*.example` is malformed: `*` isn't allowed in a host; {origin}"
            ),
        ),
        (
            "https://a.example:*",
            &format!(
                "connection-allowlist, byte 18: `https://a.example:*` is malformed: `*` is not a port; {origin}"
            ),
        ),
        (
            "https://me@a.example",
            &format!(
                "connection-allowlist, byte 8: `https://...@a.example` is malformed: a user name or password; {origin}"
            ),
        ),
        (
            "https://*.10.1.2.3",
            "connection-allowlist, byte 8: `*.10.1.2.3` is below an address; write the name of a host",
        ),
        (
            "https://a.example/",
            "connection-allowlist, byte 17: the path `/` allows the root alone; leave the slash out for the whole origin",
        ),
        (
            "https://a.example/js/*",
            "connection-allowlist, byte 21: `*` is pattern syntax, which is not supported here; write `\\*` if the path holds it, or name the origin",
        ),
        (
            "https://a.example/(x).js",
            "connection-allowlist, byte 18: `(` is pattern syntax, which is not supported here; write `\\(` if the path holds it, or name the origin",
        ),
        (
            "https://a.example/x?v=2",
            "connection-allowlist, byte 19: `?` in a path; end there: any query is allowed with it",
        ),
        (
            "https://a.example#x",
            "connection-allowlist, byte 17: `#` in a path; end there: any query is allowed with it",
        ),
        (
            r"https://a.example/\x",
            "connection-allowlist, byte 18: an unneeded backslash; leave it out",
        ),
        (
            "https://a.example/../x",
            "connection-allowlist, byte 17: no request has the path `/../x`; write `/x`",
        ),
        (
            "https://a.example/{x}",
            "connection-allowlist, byte 17: no request has the path `/{x}`; write `/%7Bx%7D`",
        ),
        (
            "ftp://a.example",
            "connection-allowlist, byte 0: `ftp:` is not a scheme of a connection; write `https://`",
        ),
        (
            "wss://a.example/feed",
            "connection-allowlist, byte 0: browsers compare sockets by `https`, never by `wss`; write `https://`",
        ),
        (
            "ws://*.a.example",
            "connection-allowlist, byte 0: browsers compare sockets by `http`, never by `ws`; write `http://`",
        ),
        (
            "https://\u{e4}.example",
            "connection-allowlist, byte 8: `\\u{e4}` isn't allowed in a header; write printable ASCII only",
        ),
    ]);
}

#[test]
fn headers_have_one_form() {
    round_trips::<ConnectionAllowlist>(&[
        "()",
        "(response-origin)",
        "(\"https://a.example\")",
        "(response-origin \"https://a.example\" \"https://*.b.example\");report-to=visor",
        "(response-origin);redirects=allow;webrtc=allow",
        r#"("https://a.example/a\\+b")"#,
    ]);
    let allowlist: ConnectionAllowlist =
        "( \"https://a.example\"  response-origin ); webrtc=block; redirects=block; report-to=v"
            .parse()
            .unwrap();
    let made = ConnectionAllowlist::own_origin()
        .and("https://a.example".parse().unwrap())
        .report_to("v".parse().unwrap());
    assert_eq!(allowlist, made);
    assert!(made.allows_own_origin());
    assert_eq!(made.endpoint().unwrap().as_str(), "v");
    let open = made
        .redirects(ConnectionRule::Allow)
        .webrtc(ConnectionRule::Allow);
    assert_eq!(
        open.to_string(),
        "(response-origin \"https://a.example\");report-to=v;redirects=allow;webrtc=allow"
    );
}

#[test]
fn what_browsers_would_ignore_is_an_error() {
    messages::<ConnectionAllowlist>(&[
        (
            "",
            "connection-allowlist: the value is empty; write for example `(response-origin \"https://api.example\")`",
        ),
        (
            "response-origin",
            "connection-allowlist, byte 0: a value without brackets, by which browsers block every connection; write for example `(response-origin \"https://api.example\")`",
        ),
        (
            "\"https://a.example\"",
            "connection-allowlist, byte 0: a value without brackets, by which browsers block every connection; write for example `(response-origin \"https://api.example\")`",
        ),
        (
            "(), (response-origin)",
            "connection-allowlist: a second list, and browsers obey only the first; put all places into one pair of brackets",
        ),
        (
            "(self)",
            "connection-allowlist, byte 1: unknown word `self`; use response-origin",
        ),
        (
            "(\"response-origin\")",
            "connection-allowlist, byte 1: `\"response-origin\"` in quotes, which browsers skip; write it without quotes",
        ),
        (
            "(1)",
            "connection-allowlist, byte 0: a number among the places, which browsers skip; write places in quotes: `(response-origin \"https://api.example\")`",
        ),
        (
            "(response-origin response-origin)",
            "connection-allowlist, byte 17: `response-origin` appears twice; remove one, once is enough",
        ),
        (
            "(\"https://a.example\" \"HTTPS://a.example\")",
            "connection-allowlist, byte 21: `HTTPS://a.example` appears twice; remove one, once is enough",
        ),
        (
            "(\"https://a.example\" \"b.example\")",
            "connection-allowlist, byte 22: `b.example` has no scheme, and browsers skip it; write for example `https://api.example`",
        ),
        (
            "(\"https://a.example\";x=1)",
            "connection-allowlist, byte 1: the parameter `x` of a place; leave it out, or write it behind the brackets",
        ),
        (
            "(); report-to=\"visor\"",
            "connection-allowlist, byte 4: `report-to` without the plain name of an endpoint, by which nothing is reported; write it without quotes: `report-to=visor`",
        ),
        (
            "();report-to=Visor",
            "connection-allowlist, byte 13: `V` isn't allowed there in the name of an endpoint; begin with a lower-case letter and go on with a-z, 0-9, `_`, `-`, `.` or `*`",
        ),
        (
            "();redirects=no",
            "connection-allowlist, byte 3: `redirects=no`, which allows, as any word but `block` does; write `redirects=block` or `redirects=allow`",
        ),
        (
            "();webrtc",
            "connection-allowlist, byte 3: `webrtc` without a plain word, which blocks; write `webrtc=block` or `webrtc=allow`, without quotes",
        ),
        (
            "();redirect=allow",
            "connection-allowlist, byte 3: unknown parameter `redirect`, did you mean `redirects`?; use report-to, redirects or webrtc",
        ),
    ]);
    let unclosed = "(response-origin"
        .parse::<ConnectionAllowlist>()
        .unwrap_err();
    assert_eq!(unclosed.position(), Some(16), "{unclosed}");
}

#[test]
fn parameters_are_read_as_chromium_does() {
    for (parameters, redirects) in [
        ("", ConnectionRule::Block),
        (";redirects", ConnectionRule::Block),
        (";redirects=block", ConnectionRule::Block),
        (";redirects=allow", ConnectionRule::Allow),
        (";redirects=x", ConnectionRule::Allow),
        (";redirects=\"allow\"", ConnectionRule::Block),
        (";redirects=?0", ConnectionRule::Block),
        (";redirects=allow;redirects=block", ConnectionRule::Block),
    ] {
        let header = format!("(response-origin){parameters}");
        assert_eq!(read(&header).redirects(), redirects, "{header}");
    }
    let odd = read("(self \"response-origin\" \"a.example\" 1);report-to=\"a\";x;webrtc=yes, ()");
    assert_eq!(
        odd.ignored(),
        [
            "a second list",
            "`self`: no pattern in quotes",
            "`response-origin`: in quotes it is not a pattern",
            "`a.example`: it has no scheme",
            "`a number`: no pattern in quotes",
            "`report-to`: no plain name",
            "`x`: no parameter",
        ]
    );
    assert_eq!(odd.endpoint(), None);
    assert_eq!(odd.webrtc(), ConnectionRule::Allow);
    assert_eq!(read("();report-to=a").endpoint(), Some("a"));
    assert_eq!(
        read("(").syntax_error().unwrap().position(),
        Some(1),
        "blocks all"
    );
    assert_eq!(
        read("response-origin").syntax_error().unwrap().to_string(),
        "connection-allowlist, byte 0: a value without brackets; write for example `(response-origin \"https://api.example\")`"
    );
}

#[test]
fn one_list_is_compared_with_another() {
    let compare = |narrow: &str, wide: &str| read(narrow).compare(&read(wide), &page());
    let wider =
        |texts: &[&str]| AllowlistComparison::Wider(texts.iter().map(|&t| t.into()).collect());
    let unclear = |texts: &[&str]| {
        AllowlistComparison::NotComparable(texts.iter().map(|&t| t.into()).collect())
    };
    for (narrow, wide, expected) in [
        ("()", "()", AllowlistComparison::AtMost),
        ("(response-origin)", "()", wider(&["response-origin"])),
        (
            "(response-origin)",
            "(\"https://page.example\")",
            AllowlistComparison::AtMost,
        ),
        (
            "(\"https://page.example\")",
            "(response-origin)",
            AllowlistComparison::AtMost,
        ),
        (
            "(\"http://page.example\")",
            "(response-origin)",
            wider(&["http://page.example"]),
        ),
        (
            "(\"https://a.example/x\")",
            "(\"https://a.example\")",
            AllowlistComparison::AtMost,
        ),
        (
            "(\"https://a.example\")",
            "(\"https://a.example/x\")",
            wider(&["https://a.example"]),
        ),
        (
            "(\"https://a.example\")",
            "(\"https://a.example/*\")",
            AllowlistComparison::AtMost,
        ),
        (
            "(\"https://*.a.example\")",
            "(\"https://*.example\")",
            AllowlistComparison::AtMost,
        ),
        (
            "(\"https://*.example\")",
            "(\"https://*.a.example\")",
            wider(&["https://*.example"]),
        ),
        (
            "(\"https://a.example:8443\")",
            "(\"https://a.example\")",
            wider(&["https://a.example:8443"]),
        ),
        (
            "(\"https://a.example:8443\")",
            "(\"*://*:*\")",
            AllowlistComparison::AtMost,
        ),
        // Another regular expression may be the same; the same one is.
        (
            "(\"https://(a|b).example\")",
            "(\"https://(b|a).example\")",
            unclear(&["https://(a|b).example"]),
        ),
        (
            "(\"https://(a|b).example\")",
            "(\"https://(a|b).example\")",
            AllowlistComparison::AtMost,
        ),
        (
            "(\"https://a.example\")",
            "(\"https://(a|b).example\")",
            unclear(&["https://a.example"]),
        ),
        (
            "(\"https://(a|b).example\")",
            "()",
            wider(&["https://(a|b).example"]),
        ),
        ("();redirects=allow", "()", wider(&["redirects=allow"])),
        ("()", "();webrtc=allow", AllowlistComparison::AtMost),
        // What doesn't parse allows nothing.
        ("(", "()", AllowlistComparison::AtMost),
    ] {
        assert_eq!(compare(narrow, wide), expected, "{narrow} against {wide}");
    }
}
