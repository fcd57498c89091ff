//! Absolute URLs and origins, read strictly.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use tower_visor::csp::{DirectiveName, PolicyList};
use tower_visor::url::{Host, Origin, Url, UrlErrorKind};

/// Each text is refused, with exactly this message.
fn refused<T>(cases: &[(&str, &str)])
where
    T: FromStr<Err: Display> + Debug,
{
    for (text, message) in cases {
        match text.parse::<T>() {
            Ok(read) => panic!("{text:?} was taken for {read:?}, expected: {message}"),
            Err(error) => assert_eq!(error.to_string(), *message, "{text:?}"),
        }
    }
}

#[test]
fn urls_are_split_for_matching() {
    for (text, scheme, host, port, path) in [
        (
            "https://example.com",
            "https",
            Some("example.com"),
            Some(443),
            "/",
        ),
        (
            "https://example.com?q=/../x",
            "https",
            Some("example.com"),
            Some(443),
            "/",
        ),
        (
            "HTTP://Example.COM:80/A/b",
            "http",
            Some("example.com"),
            Some(80),
            "/A/b",
        ),
        (
            "wss://example.com:9000/s#f",
            "wss",
            Some("example.com"),
            Some(9000),
            "/s",
        ),
        (
            "https://example.com/a/./b/../c",
            "https",
            Some("example.com"),
            Some(443),
            "/a/c",
        ),
        (
            "https://example.com/a/%2E%2e/b/",
            "https",
            Some("example.com"),
            Some(443),
            "/b/",
        ),
        (
            "https://example.com/../../x/..",
            "https",
            Some("example.com"),
            Some(443),
            "/",
        ),
        (
            "https://example.com/a//b",
            "https",
            Some("example.com"),
            Some(443),
            "/a//b",
        ),
        (
            "http://[::1]:3000/x",
            "http",
            Some("[::1]"),
            Some(3000),
            "/x",
        ),
        (
            "http://exa_mple.com/",
            "http",
            Some("exa_mple.com"),
            Some(80),
            "/",
        ),
        ("data:text/html,hi", "data", None, None, "text/html,hi"),
        (
            "blob:https://example.com/1-2",
            "blob",
            None,
            None,
            "https://example.com/1-2",
        ),
        ("about:blank", "about", None, None, "blank"),
        ("file:///etc/hosts", "file", None, None, "/etc/hosts"),
        ("a:////#", "a", None, None, "//"),
        (
            "capacitor://localhost/x",
            "capacitor",
            Some("localhost"),
            None,
            "/x",
        ),
    ] {
        let url: Url = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(
            (
                url.scheme(),
                url.host().map(Host::as_str),
                url.port(),
                url.path()
            ),
            (scheme, host, port, path),
            "{text}"
        );
        assert_eq!(url.to_string().parse(), Ok(url), "{text}");
    }
}

#[test]
fn a_query_is_kept_and_no_source_is_compared_with_it() {
    for (text, query, whole) in [
        ("https://a.com", None, "https://a.com/"),
        ("https://a.com/x?", Some(""), "https://a.com/x?"),
        ("https://a.com?v=1#t?", Some("v=1"), "https://a.com/?v=1"),
        ("https://a.com/x#?v=1", None, "https://a.com/x"),
        ("https://a.com/x?%&?", Some("%&?"), "https://a.com/x?%&?"),
        ("data:,a?b#c", Some("b"), "data:,a?b"),
    ] {
        let url: Url = text.parse().unwrap();
        assert_eq!((url.query(), &*url.to_string()), (query, whole), "{text}");
        assert_eq!(url.without_query().query(), None);
        assert_eq!(url.without_query().path(), url.path());
    }
    let one: Url = "https://a.com/x.js?v=1".parse().unwrap();
    assert_ne!(one, "https://a.com/x.js?v=2".parse().unwrap());
    let origin: Origin = "https://b.com".parse().unwrap();
    let list = PolicyList::effective(["script-src https://a.com/x.js"]);
    assert!(list.allows_url(DirectiveName::ScriptSrc, &one, &origin));
}

#[test]
fn every_fault_of_a_url_has_its_message() {
    refused::<Url>(&[
        (
            "",
            "byte 0: `` is not an absolute URL; write for example `https://example.com`",
        ),
        (
            "/app.js",
            "byte 0: `/app.js` is not an absolute URL; write for example `https://example.com`",
        ),
        (
            "//a.com",
            "byte 0: `//a.com` is not an absolute URL; write for example `https://example.com`",
        ),
        (
            "a.com:80",
            "byte 0: `a.com:80` has no scheme; write `http://` or `https://` in front of it",
        ),
        (
            "https:a.com",
            "byte 6: no host after the scheme; write for example `https://example.com`",
        ),
        (
            "https:///a",
            "byte 8: no host after the scheme; write for example `https://example.com`",
        ),
        (
            "https://:80",
            "byte 8: no host after the scheme; write for example `https://example.com`",
        ),
        (
            "https://me@a.com",
            "byte 8: a user name or password; remove everything up to `@`",
        ),
        (
            "https://a.com:0",
            "byte 14: `0` is not a port; write a number from 1 to 65535 without leading zeros",
        ),
        (
            "https://[::1]:x",
            "byte 14: `x` is not a port; write a number from 1 to 65535 without leading zeros",
        ),
        (
            "https://[::1",
            "byte 8: `[` isn't allowed in a host; write an IPv6 address in brackets, for example `[::1]`",
        ),
        (
            "https://a<b",
            "byte 9: `<` isn't allowed in a host; a host holds letters, digits, `-` and `.`",
        ),
        (
            "https://*.a.com",
            "byte 8: `*` isn't allowed in a host; a host holds letters, digits, `-` and `.`",
        ),
        (
            "https://a..b",
            "byte 10: an empty part in the host; remove the surplus dot",
        ),
        (
            "https://0x7f.1/",
            "byte 8: `0x7f.1` ends in a number but is not an IPv4 address; write four decimal numbers",
        ),
        (
            "https://1.2.3.256/",
            "byte 8: `1.2.3.256` ends in a number but is not an IPv4 address; write four decimal numbers",
        ),
        (
            "https://a.com/%2",
            "byte 14: `%` must be followed by two hexadecimal digits; write `%25` for a percent sign",
        ),
        (
            "https://a.com:",
            "byte 14: `` is not a port; write a number from 1 to 65535 without leading zeros",
        ),
        (
            "https://a.com:080",
            "byte 14: `080` is not a port; write a number from 1 to 65535 without leading zeros",
        ),
        (
            "https://a.com:65536",
            "byte 14: `65536` is not a port; write a number from 1 to 65535 without leading zeros",
        ),
        (
            "https://a.com\\x",
            "byte 13: `\\\\` isn't allowed in a host; a host holds letters, digits, `-` and `.`",
        ),
        (
            "https://a.com/b\\x",
            "byte 15: `\\\\` isn't allowed in a URL; write `/`",
        ),
        // A slash in a password, of which nothing is repeated.
        (
            "https://me:se/cret@a.com",
            "byte 11: a user name or password; remove everything up to `@`",
        ),
        (
            "https://a.com/ b",
            "byte 14: ` ` isn't allowed in a URL; write it as `%` and two hexadecimal digits",
        ),
        (
            "https://b\u{fc}cher.example",
            "byte 9: `\\u{fc}` isn't allowed in a URL; write hosts in punycode (`xn--...`) and the rest percent-encoded",
        ),
    ]);
}

/// Rule 42.
#[test]
fn an_origin_is_scheme_host_and_port() {
    for (text, written) in [
        ("https://example.com", "https://example.com"),
        ("HTTPS://EXAMPLE.com:443", "https://example.com"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[0:0::1]", "http://[::1]"),
        ("capacitor://localhost", "capacitor://localhost"),
    ] {
        assert_eq!(text.parse::<Origin>().unwrap().to_string(), written);
    }
    refused::<Origin>(&[
        (
            "https://example.com/",
            "byte 19: an origin has no path; remove it",
        ),
        (
            "https://example.com?x",
            "byte 19: an origin has no path; remove it",
        ),
        (
            "data:,x",
            "byte 5: no host after the scheme; write for example `https://example.com`",
        ),
        (
            "example.com",
            "byte 0: `example.com` has no scheme; write `http://` or `https://` in front of it",
        ),
    ]);
}

#[test]
fn a_host_that_dns_can_not_hold_is_refused() {
    let long = "a".repeat(64);
    let many = "a.".repeat(127);
    for host in [long.as_str(), &many[..253], &format!("b.{long}")] {
        let result = format!("https://{host}").parse::<Origin>();
        assert_eq!(result.is_ok(), host.len() == 253, "{host}");
    }
    assert_eq!(
        format!("https://{long}")
            .parse::<Origin>()
            .unwrap_err()
            .to_string(),
        "byte 8: the host is longer than 253 characters or a part of it longer than 63; \
         write a name that DNS can hold"
    );
    assert!(
        format!("https://{}", "a.".repeat(127) + "a")
            .parse::<Origin>()
            .is_err()
    );
}

#[test]
fn an_error_knows_its_part_and_says_its_sentence() {
    for (text, kind) in [
        ("a.com", UrlErrorKind::Relative),
        ("https://me@a.com", UrlErrorKind::UserInfo),
        ("https://a..com", UrlErrorKind::Host),
        ("https://a.com:x", UrlErrorKind::Port),
        ("https://a.com/%", UrlErrorKind::Path),
        ("https://a.com/ ", UrlErrorKind::Character),
    ] {
        let error = text.parse::<Url>().unwrap_err();
        assert_eq!(error.kind(), kind, "{text}");
        assert!(error.position().is_some());
        assert_eq!(format!("{error:?}"), error.to_string());
    }
    let odd = Url::effective("https://a.com:x").unwrap_err();
    assert_eq!(odd.position(), None);
}

#[test]
fn what_is_this_machine_is_known() {
    let url = |text: &str| Url::effective(text).unwrap();
    for text in [
        "http://localhost",
        "http://APP.localhost.:80",
        "http://127.1",
        "http://0x7f000001/",
        "http://127.255.0.9",
        "http://[0::1]",
    ] {
        assert!(url(text).host().unwrap().is_loopback(), "{text}");
    }
    for text in [
        "http://192.168.68.60:8100",
        "http://10.0.0.1",
        "http://[fe80::1]",
        "http://0.0.0.0",
        "http://localhost.example",
        "http://127.0.0.1.example",
    ] {
        assert!(!url(text).host().unwrap().is_loopback(), "{text}");
    }
}

#[test]
fn local_hosts_are_known() {
    let local = |text: &str| text.parse::<Origin>().unwrap().is_local();
    for text in [
        "http://localhost",
        "https://localhost:8443",
        "http://app.localhost.:80",
        "http://127.0.0.1:3000",
        "http://10.1.2.3",
        "http://[::1]",
        "http://[2001:db8::1]",
    ] {
        assert!(local(text), "{text}");
    }
    for text in [
        "https://example.com",
        "https://notlocalhost",
        "https://localhost.example.com",
    ] {
        assert!(!local(text), "{text}");
    }
}
