//! Where things lie and what steps were given: what is refused, each message to the letter.

use tower_visor::csp::DirectiveName;
use tower_visor::policy::{ComponentTrust, Document, Location, Policy, Reason, Resource};

use super::exceptions::reason;
use super::{document, faults, liveness, strict};

#[test]
fn places_and_origins() {
    for (text, message) in [
        (
            "app.js",
            "`app.js` is not a single place to load from: write `/app.js` for a path of your own, or `https://app.js` for another host",
        ),
        (
            "cdn.example",
            "`cdn.example` is not a single place to load from: write `/cdn.example` for a path of your own, or `https://cdn.example` for another host",
        ),
        (
            "https://*.example",
            "`https://*.example` is not a single place to load from: name each host by itself; `dangerous().allow(directive, \"https://*.example\", reason)` is the exception for all of it",
        ),
        (
            "*",
            "`*` is not a single place to load from: name each host by itself; `dangerous().allow(directive, \"*\", reason)` is the exception for all of it",
        ),
        (
            "https:",
            "`https:` is not a single place to load from: name the URLs or hosts that it is about; `dangerous().allow(directive, \"https:\", reason)` is the exception for all of it",
        ),
        (
            "'self'",
            "`'self'` is not a single place to load from: name each file of your origin by its path, such as `/app.js`; `dangerous().allow(directive, \"'self'\", reason)` is the exception for all of it",
        ),
        (
            "self",
            "`self` is not a single place to load from: name each file of your origin by its path, such as `/app.js`; `dangerous().allow(directive, \"'self'\", reason)` is the exception for all of it",
        ),
        (
            "'none'",
            "`'none'` is not a single place to load from: leave it out, what isn't named is refused anyway",
        ),
        (
            "'unsafe-inline'",
            "`'unsafe-inline'` is not a single place to load from: a keyword is not a URL; `dangerous().allow(directive, \"'unsafe-inline'\", reason)` is the exception for all of it",
        ),
    ] {
        assert_eq!(text.parse::<Location>().unwrap_err().to_string(), message);
    }
    for (text, place) in [
        ("/a b", "`/a b`, byte 2: "),
        ("/a;script-src *", "`/a;script-src *`, byte 2: "),
        ("/a,b", "`/a,b`, byte 2: "),
        ("/app.js?v=2", "`/app.js?v=2`, byte 7: "),
        ("//cdn.example/app.js", "`//cdn.example/app.js`, byte 0: "),
        ("/caf\u{e9}", "`/caf\\u{e9}`, byte 4: "),
    ] {
        let message = text.parse::<Location>().unwrap_err().to_string();
        assert!(message.starts_with(place), "{message}");
    }
    for (origin, message) in [
        (
            "localhost:3000",
            "origin: byte 0: `localhost:3000` has no scheme; write `http://` or `https://` in front of it",
        ),
        (
            "contoso.example",
            "origin: byte 0: `contoso.example` has no scheme; write `http://` or `https://` in front of it",
        ),
        (
            "http://contoso.example",
            "origin: `http://contoso.example` is served without TLS, where headers protect nothing: write `https://`; `http://` is for localhost, 127.0.0.0/8 and [::1] only",
        ),
        (
            "https://contoso.example/app",
            "origin: byte 23: an origin has no path; remove it",
        ),
    ] {
        assert_eq!(Document::new(origin).unwrap_err().to_string(), message);
        assert_eq!(
            faults(&Policy::document(document().framed_by(origin))),
            [format!("frame-ancestors: {message}")]
        );
    }
    for origin in [
        "http://localhost:3000",
        "http://127.0.0.1:8080",
        "https://contoso.example:8443",
    ] {
        assert!(Document::new(origin).is_ok(), "{origin}");
    }
    assert!(Document::new("contoso.example").is_err());
    for path in ["sdk/", "/sdk", "", "//sdk/", "https://cdn.example/"] {
        assert_eq!(
            faults(&Policy::strict(liveness(document(), "1.5.0").sdk_at(path))),
            [format!(
                "sdk path: `{path}` must begin and end with a slash, for example `/sdk/1.5.0/`"
            )]
        );
    }
    for tag in ["", "en_US", "en-US/", "..", "d\u{e9}"] {
        assert_eq!(
            faults(&Policy::strict(
                liveness(document(), "1.5.0").languages(["de-DE", tag])
            )),
            [format!(
                "language: `{}` is not the name of a language's folder: write it as the SDK does, for example `en-US`",
                tag.escape_default()
            )]
        );
    }
    for text in ["", "  ", "two\nlines"] {
        assert_eq!(
            text.parse::<Reason>().unwrap_err().to_string(),
            "reason: say in one line why the policy is weaker here; reports print it"
        );
    }
}

#[test]
fn each_place_is_for_some_resources() {
    let told = |resource, place: &str| {
        let page = Document::new("https://contoso.example").unwrap();
        faults(&Policy::document(page.loads(resource, place)))
    };
    for (resource, place, message) in [
        (
            Resource::Script,
            "data:",
            "script-src `data:`: name the URLs or hosts that it is about; `dangerous().allow(directive, \"data:\", reason)` is the exception for all of it",
        ),
        (
            Resource::Worker,
            "blob:",
            "worker-src `blob:`: name the URLs or hosts that it is about; `dangerous().allow(directive, \"blob:\", reason)` is the exception for all of it",
        ),
        (
            Resource::Connect,
            "wss://push.example/feed",
            "connect-src `wss://push.example/feed`: it is for `Resource::WebSocket`",
        ),
        (
            Resource::WebSocket,
            "https://push.example/feed",
            "connect-src `https://push.example/feed`: write a path of your own, or a URL with `wss://`",
        ),
        (
            Resource::WebSocket,
            "ws://push.example/feed",
            "connect-src `ws://push.example/feed`: browsers open no such connection from a page with TLS: write `wss://`",
        ),
        (
            Resource::Script,
            "/assets/*",
            "script-src: `/assets/*`, byte 8: `*` isn't allowed in a path; browsers read no wildcard there: a folder ends in a slash, and the character is written `%2A`",
        ),
    ] {
        assert_eq!(told(resource, place), [message]);
    }
    // The SDK's token goes to one host over sockets, too.
    let all = strict()
        .dangerous()
        .allow(DirectiveName::ConnectSrc, "wss:", reason());
    assert_eq!(faults(&all).len(), 1);
}

#[test]
fn what_each_step_was_given_is_told_at_the_end() {
    let page = document()
        .loads(Resource::Script, "//")
        .framed_by("http://partner.example")
        .loads(Resource::Style, "/b c");
    let page = liveness(page, "1.5.0").sdk_at("sdk").languages(["x_y"]);
    let policy = Policy::strict(page).reporting("visor", "http://a.example");
    let told = [
        "script-src: `//`, byte 0: `//` without a scheme: write `https://` in front of the host, or the host alone",
        "frame-ancestors: origin: `http://partner.example` is served without TLS, where headers protect nothing: write `https://`; `http://` is for localhost, 127.0.0.0/8 and [::1] only",
        "style-src: `/b c`, byte 2: ` ` isn't allowed in a path; write it as `%20`",
        "sdk path: `sdk` must begin and end with a slash, for example `/sdk/1.5.0/`",
        "language: `x_y` is not the name of a language's folder: write it as the SDK does, for example `en-US`",
        "reporting-endpoints, byte 0: the URL `http://a.example` is not https; browsers report over https only",
    ];
    assert_eq!(faults(&policy), told);
    let pins = crate::support::pins("/");
    let folder = crate::support::sdk("1.5.0");
    let headers_only = policy
        .compile_headers_only(&pins.verify(folder).unwrap(), ComponentTrust::Url)
        .unwrap_err();
    assert_eq!(headers_only.len(), told.len());
    // Written without what is wrong, it would come back as another policy.
    #[cfg(feature = "serde")]
    assert_eq!(
        serde_json::to_string(&policy).unwrap_err().to_string(),
        format!("6 faults\n{}", told.join("\n"))
    );
}
