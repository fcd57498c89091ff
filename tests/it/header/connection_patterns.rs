//! URL patterns of `Connection-Allowlist`: as Chromium takes them, and against another reader of them.

use proptest::prelude::*;
use tower_visor::header::{
    AllowlistComparison, ConnectionAllowlist, ConnectionTarget, ConnectionVerdict,
};
use tower_visor::url::Url;
use urlpattern::quirks::{StringOrInit, process_construct_pattern_input};
use urlpattern::{UrlPattern, UrlPatternMatchInput, UrlPatternOptions};

use super::connections::{page, read, verdict};

/// Each row was measured in Chromium 156, by `fetch` of six URLs from a page that sent the header.
#[test]
fn patterns_allow_what_they_allow_in_chromium() {
    const URLS: [&str; 6] = [
        "http://a.example:81/",
        "http://a.example:81/x",
        "http://a.example:81/x?q=1",
        "http://a.example:81/x/y",
        "http://b.a.example:81/x",
        "http://c.b.a.example:81/x",
    ];
    for (header, allowed) in [
        ("(\"http://a.example:81\")", "111100"),
        ("(\"http://a.example:81/\")", "100000"),
        ("(\"http://a.example:81/x\")", "011000"),
        ("(\"http://a.example:81/*\")", "111100"),
        ("(\"http://*.a.example:81\")", "000011"),
        ("(\"http://*:81\")", "111111"),
        ("(\"*://*:*\")", "111111"),
        ("(\"http://a.example:*\")", "111100"),
        ("(\"http://A.EXAMPLE:81\")", "111100"),
        ("(\"HTTP://a.example:81\")", "111100"),
        ("(\"ht*://a.example:81\")", "111100"),
        ("(\"http://a*:81\")", "111100"),
        ("(\"http://*a.example:81\")", "111111"),
        (
            "(\"http://a.example:81\" \"bad\" \"http://b.a.example:81\")",
            "111110",
        ),
        ("(\"http://a b:81\" \"http://a.example:81\")", "111100"),
        ("(\"a.example:81\")", "000000"),
        ("(\"*\")", "000000"),
        ("(\"http://\")", "000000"),
        ("(\"http://*\")", "000000"),
        ("(\"http://a.example:81/%78\")", "000000"),
        ("(\"http://a.example.:81\")", "000000"),
        ("(a \"http://a.example:81\")", "111100"),
        ("(\"http://a.example:81\" 1)", "111100"),
        ("\"http://a.example:81\"", "000000"),
        ("\"x\", (\"http://a.example:81\")", "000000"),
        ("(), (\"http://a.example:81\")", "000000"),
        (
            "(\"http://a.example:81\")\n(\"http://b.a.example:81\")",
            "111100",
        ),
        ("(\"http://a.example:81\"\n\"x\")", "000000"),
        ("(\"http://a.example:81\"", "000000"),
        ("(\"http://a.example:81\");redirects", "111100"),
        ("(\"http://a.example:81\";x=1)", "111100"),
    ] {
        let read = ConnectionAllowlist::effective(header.lines()).unwrap();
        let found = URLS.map(|url| match read.allows(&url.parse().unwrap(), &page()) {
            ConnectionVerdict::Allowed => '1',
            ConnectionVerdict::Blocked => '0',
            ConnectionVerdict::Unclear => '?',
        });
        // Where more is written than is read here, nothing is claimed.
        let same = |(found, allowed): (char, char)| {
            found == allowed || header.contains("a.example:81\")") && found == '?'
        };
        assert!(
            found.into_iter().zip(allowed.chars()).all(same),
            "{header}: {found:?}, Chromium {allowed}"
        );
    }
    assert_eq!(
        ConnectionAllowlist::effective([""]),
        None,
        "restricts nothing"
    );
    assert_eq!(ConnectionAllowlist::effective([""; 0]), None);
    assert_eq!(verdict("()", "data:,x"), ConnectionVerdict::Allowed);
}

/// Measured likewise, by `new WebSocket`, from pages over TLS and without.
#[test]
fn a_web_socket_counts_by_its_handshake() {
    for (url, patterns) in [
        (
            "wss://push.example/feed?x",
            &[
                ("https://push.example", true),
                ("https://push.example/feed", true),
                ("https://push.example/other", false),
                ("https://*.example", true),
                ("wss://push.example", false),
                ("ws://push.example", false),
                ("http://push.example", false),
                ("https://push.example:8443", false),
            ][..],
        ),
        (
            "wss://push.example:8443/feed",
            &[
                ("https://push.example:8443", true),
                ("wss://push.example:8443", false),
                ("https://push.example", false),
            ],
        ),
        (
            "ws://127.0.0.1:81/feed",
            &[
                ("http://127.0.0.1:81", true),
                ("http://127.0.0.1:81/feed", true),
                ("https://127.0.0.1:81", false),
                ("ws://127.0.0.1:81", false),
                ("wss://127.0.0.1:81", false),
            ],
        ),
        (
            "wss://page.example/live",
            &[
                ("https://page.example", true),
                ("wss://page.example", false),
            ],
        ),
    ] {
        for (pattern, allowed) in patterns {
            let expected = if *allowed {
                ConnectionVerdict::Allowed
            } else {
                ConnectionVerdict::Blocked
            };
            let header = format!("(\"{pattern}\")");
            assert_eq!(verdict(&header, url), expected, "{header} {url}");
        }
    }
    let own = "wss://page.example/live";
    assert_eq!(
        verdict("(response-origin)", own),
        ConnectionVerdict::Allowed
    );
    assert_eq!(verdict("()", own), ConnectionVerdict::Blocked);
    assert_eq!(
        read("(\"wss://push.example\" \"ws://a.example:81\")").ignored(),
        [
            "`wss://push.example`: browsers compare sockets by `https`",
            "`ws://a.example:81`: browsers compare sockets by `http`",
        ]
    );
}

/// What the other reader says, as Chromium asks it: no base, and no regular expressions.
fn other(pattern: &str, url: &str) -> Option<bool> {
    let init = process_construct_pattern_input(StringOrInit::String(pattern.into()), None).ok()?;
    let pattern: UrlPattern = UrlPattern::parse(init, UrlPatternOptions::default()).ok()?;
    // It is asked about the handshake.
    let url = url.replacen("wss:", "https:", 1).parse().unwrap();
    pattern.test(UrlPatternMatchInput::Url(url)).ok()
}

fn url() -> impl Strategy<Value = String> {
    "(https|http|wss)://(a|b|c\\.a|aa|any)(\\.example)?(:81|:443|:80)?/(x|x/y|xx|)(\\?q)?"
        .prop_map(|text| Url::effective(&text).unwrap().to_string())
}

proptest! {
    #[test]
    fn another_reader_agrees_about_patterns(
        pattern in "(https|http|HTTPS|\\*|ht\\*)://(\\*\\.?)?(a|b|aa|c\\.a|\\*)?(\\.example|\\*)?(:81|:443|:\\*|:080|:99999)?(/|/x|/\\*|/x\\*|/x/|/%78|/x%20y)?",
        url in url(),
    ) {
        let header = format!("(\"{pattern}\")");
        let expected = other(&pattern, &url).unwrap_or(false);
        match verdict(&header, &url) {
            ConnectionVerdict::Allowed => prop_assert!(expected, "{} {}", pattern, url),
            ConnectionVerdict::Blocked => prop_assert!(!expected, "{} {}", pattern, url),
            // What is not read here holds more than texts and asterisks.
            ConnectionVerdict::Unclear => prop_assert!(pattern.contains("**"), "{}", pattern),
        }
    }

    #[test]
    fn another_reader_takes_what_is_written(
        host in "(\\*\\.)?(a|b|c\\.a)\\.example(:81)?",
        path in "(/[a-z+*:()]{1,4}){0,2}",
        url in url(),
    ) {
        let mut escaped = String::new();
        for character in path.chars() {
            if "+*:()".contains(character) {
                escaped.push('\\');
            }
            escaped.push(character);
        }
        let target: ConnectionTarget = format!("https://{host}{escaped}").parse().unwrap();
        let below = host.starts_with("*.");
        let own = format!("https://{}{path}", host.replace('*', "x"));
        prop_assert_eq!(other(&target.to_string(), &own), Some(true), "{} {}", target, own);
        if !below {
            let read = read(&ConnectionAllowlist::nothing().and(target.clone()).to_string());
            let ours = read.allows(&url.parse().unwrap(), &page());
            let theirs = other(&target.to_string(), &url).unwrap();
            if ours != ConnectionVerdict::Unclear {
                prop_assert_eq!(ours == ConnectionVerdict::Allowed, theirs, "{} {}", target, url);
            }
        }
    }

    #[test]
    fn what_covers_another_allows_what_it_allows(
        narrow in "(https|\\*)://(\\*\\.)?(a|\\*)?(\\.example)(:81|:\\*)?(/x|/\\*)?",
        wide in "(https|\\*)://(\\*\\.?)?(a|\\*)?(\\.example|\\*)?(:81|:\\*)?(/x|/\\*)?",
        url in url(),
    ) {
        let (narrow, wide) = (format!("(\"{narrow}\")"), format!("(\"{wide}\")"));
        if read(&narrow).compare(&read(&wide), &page()) == AllowlistComparison::AtMost
            && verdict(&narrow, &url) == ConnectionVerdict::Allowed
        {
            prop_assert_eq!(verdict(&wide, &url), ConnectionVerdict::Allowed);
        }
    }
}
