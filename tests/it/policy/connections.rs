//! Where a page's connections may go.

use http::HeaderName;
use tower_visor::csp::DirectiveName;
use tower_visor::header::{ConnectionAllowlist, ConnectionVerdict};
use tower_visor::policy::{
    Conflict, Document, HostKind, Isolation, Policy, PolicyErrorKind, Resource,
};
use tower_visor::response::ResponseClass;

use super::exceptions::reason;
use super::{directive, document, documents, faults, liveness, strict};
use crate::support::ORIGIN;

const FACE: &str = "https://contoso.cognitiveservices.azure.com";

/// What the documents of a policy send, enforced and reported.
fn sent(policy: &Policy) -> [Option<String>; 2] {
    let headers = documents(policy);
    [
        ConnectionAllowlist::NAME,
        ConnectionAllowlist::REPORT_ONLY_NAME,
    ]
    .map(|name| {
        let values: Vec<_> = headers.get_all(name).iter().collect();
        assert!(values.len() < 2, "only the first counts: {values:?}");
        let text = values.first()?.to_str().unwrap();
        // What is sent can be written, and so every browser reads it whole.
        assert_eq!(
            text.parse::<ConnectionAllowlist>().unwrap().to_string(),
            text
        );
        Some(text.to_owned())
    })
}

/// What is said about connections when a policy is made.
fn warnings(policy: &Policy) -> Vec<String> {
    let mut all = super::warnings(policy);
    all.retain(|warning| !warning.starts_with("the hash of a style"));
    all
}

fn enforced(page: Document) -> String {
    let policy = Policy::document(page)
        .isolation(Isolation::Credentialless)
        .enforce_connections();
    sent(&policy)[0].clone().unwrap()
}

#[test]
fn the_liveness_page_reaches_its_origin_and_one_face_endpoint() {
    let list = format!("(response-origin \"{FACE}\")");
    assert_eq!(sent(&strict()), [Some(list.clone()), None]);
    let reported = strict().reporting("visor", &format!("{ORIGIN}/reports"));
    assert_eq!(
        sent(&reported),
        [Some(format!("{list};report-to=visor")), None]
    );
    for class in [ResponseClass::PinnedAsset, ResponseClass::Other] {
        for host in [HostKind::Named, HostKind::Local] {
            let headers = reported.compile().unwrap().headers(class, host);
            assert!(!headers.contains_key(ConnectionAllowlist::NAME));
            assert!(!headers.contains_key(ConnectionAllowlist::REPORT_ONLY_NAME));
        }
    }
}

#[test]
fn another_page_is_asked_first() {
    let page = Policy::document(document());
    assert_eq!(sent(&page), [None, None], "a report that nobody gets");
    let page = page.reporting("visor", &format!("{ORIGIN}/reports"));
    let list = "(response-origin);report-to=visor";
    assert_eq!(sent(&page), [None, Some(list.into())]);
    assert_eq!(sent(&page.enforce_connections()), [Some(list.into()), None]);
    assert_eq!(sent(&Policy::api()), [None, None]);
    assert_eq!(
        warnings(&Policy::api().enforce_connections()),
        [
            "`connection-allowlist` is for documents, and the policy has none: remove it, or describe the page"
        ]
    );
}

#[test]
fn every_source_is_a_place() {
    for resource in Resource::ALL {
        if matches!(resource, Resource::Frame) {
            continue; // An isolated page shows none of others.
        }
        let scheme = match resource {
            Resource::WebSocket => "wss",
            _ => "https",
        };
        let page = document()
            .loads(resource, "/live")
            .loads(resource, &format!("{scheme}://cdn.example/a/b.js"));
        // A web socket is named by its handshake; the page's own place isn't named again.
        let expected = "(response-origin \"https://cdn.example/a/b.js\")";
        assert_eq!(enforced(page), expected, "{resource:?}");
    }
    let framed = Policy::document(document().loads(Resource::Frame, "https://pay.example/form/"))
        .dangerous()
        .no_isolation(reason())
        .enforce_connections();
    assert_eq!(
        sent(&framed)[0].as_deref(),
        Some("(response-origin \"https://pay.example\")")
    );
    // A policy's folder is not one path, and neither is one that can be spelt in another way.
    for path in ["/", "/a/", "/a%20b.js", "/a+b.js", ""] {
        let page = document().loads(Resource::Font, &format!("https://cdn.example:8443{path}"));
        assert_eq!(
            enforced(page),
            "(response-origin \"https://cdn.example:8443\")",
            "{path}"
        );
    }
    // The page's own origin is `response-origin`; TLS is what insecure sources are upgraded to.
    let page = document()
        .loads(Resource::Font, &format!("{ORIGIN}/inter.woff2"))
        .loads(Resource::Connect, "http://api.example:80/")
        .loads(Resource::Connect, "http://127.0.0.1:3000/")
        .navigates_to(ORIGIN);
    assert_eq!(
        enforced(page),
        "(response-origin \"http://127.0.0.1:3000\" \"https://api.example\")"
    );
    let local = Document::new("http://localhost:3000")
        .unwrap()
        .loads(Resource::Connect, "http://localhost:4000/api");
    assert_eq!(
        enforced(local),
        "(response-origin \"http://localhost:4000/api\")"
    );
    // A path says nothing beside its origin.
    let page = document()
        .loads(Resource::Font, "https://cdn.example/inter.woff2")
        .navigates_to("https://cdn.example");
    assert_eq!(enforced(page), "(response-origin \"https://cdn.example\")");
}

#[test]
fn exceptions_and_what_is_known_by_digest_are_places_too() {
    let allow = |policy: Policy, directive, source: &str| {
        policy.dangerous().allow(directive, source, reason())
    };
    let policy = allow(strict(), DirectiveName::ConnectSrc, "wss://live.example");
    let policy = allow(policy, DirectiveName::ImgSrc, "https://*.maps.example");
    let policy = allow(policy, DirectiveName::ImgSrc, "plain.example");
    assert_eq!(
        sent(&policy)[0].as_deref(),
        Some(
            "(response-origin \"https://contoso.cognitiveservices.azure.com\" \
             \"https://live.example\" \"https://*.maps.example\" \"https://plain.example\")"
        )
    );
}

/// What the list of a page allows of the connections that its `connect-src` allows.
#[test]
fn what_the_policy_allows_is_allowed_by_the_list_whatever_scheme_and_port() {
    let policy = |origin: &str, source: &str| {
        Policy::document(Document::new(origin).unwrap())
            .enforce_connections()
            .dangerous()
            .allow(DirectiveName::ConnectSrc, source, reason())
    };
    for (page, source, allowed, blocked) in [
        (
            ORIGIN,
            "https://a.example",
            "https://a.example/x",
            "http://a.example/x",
        ),
        (
            ORIGIN,
            "https://a.example:8443",
            "https://a.example:8443/x",
            "https://a.example/x",
        ),
        // Upgraded by the policy.
        (
            ORIGIN,
            "http://a.example",
            "https://a.example/x",
            "http://a.example/x",
        ),
        (
            ORIGIN,
            "http://a.example:80",
            "https://a.example/x",
            "http://a.example/x",
        ),
        (
            ORIGIN,
            "wss://a.example",
            "wss://a.example/x",
            "wss://b.example/x",
        ),
        (
            ORIGIN,
            "wss://a.example:8443",
            "wss://a.example:8443/x",
            "wss://a.example/x",
        ),
        (
            ORIGIN,
            "wss://a.example/feed",
            "wss://a.example/feed?x",
            "wss://a.example/x",
        ),
        (
            ORIGIN,
            "wss://*.a.example",
            "wss://eu.a.example/x",
            "wss://a.example/x",
        ),
        (
            ORIGIN,
            "ws://a.example",
            "wss://a.example/x",
            "ws://a.example/x",
        ),
        (
            ORIGIN,
            "ws://a.example:80",
            "wss://a.example/x",
            "ws://a.example/x",
        ),
        (
            ORIGIN,
            "ws://127.0.0.1:3000",
            "ws://127.0.0.1:3000/x",
            "wss://127.0.0.1:3000/x",
        ),
        (
            ORIGIN,
            "a.example",
            "https://a.example/x",
            "http://a.example/x",
        ),
        (
            ORIGIN,
            "a.example:8443",
            "https://a.example:8443/x",
            "https://a.example/x",
        ),
        (
            "http://localhost:3000",
            "ws://localhost:4000",
            "ws://localhost:4000/x",
            "ws://localhost:5000/x",
        ),
        (
            "http://localhost:3000",
            "wss://a.example",
            "wss://a.example/x",
            "ws://a.example/x",
        ),
    ] {
        let value = sent(&policy(page, source))[0].clone().unwrap();
        let read = ConnectionAllowlist::effective([&value]).unwrap();
        assert_eq!(read.ignored(), [""; 0], "{value}");
        let verdict = |url: &str| read.allows(&url.parse().unwrap(), &page.parse().unwrap());
        let of = format!("{source}: {value}");
        assert_eq!(verdict(allowed), ConnectionVerdict::Allowed, "{of}");
        assert_eq!(verdict(blocked), ConnectionVerdict::Blocked, "{of}");
    }
}

#[test]
fn navigations_and_windows_are_named() {
    let page = document()
        .navigates_to("https://login.example")
        .opens("https://idp.example");
    assert_eq!(page.navigations()[0].to_string(), "https://login.example");
    assert_eq!(page.popups()[0].to_string(), "https://idp.example");
    let policy = Policy::strict(liveness(page, "1.5.0"));
    assert_eq!(
        sent(&policy)[0].as_deref(),
        Some(
            "(response-origin \"https://contoso.cognitiveservices.azure.com\" \"https://idp.example\" \"https://login.example\")"
        )
    );
    assert_eq!(
        directive(&policy, "sandbox").as_deref(),
        Some("sandbox allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox")
    );
    // A Content Security Policy says nothing of where a page goes.
    assert_eq!(
        directive(&policy, "connect-src"),
        directive(&strict(), "connect-src")
    );
    for wrong in ["http://login.example", "https://login.example/"] {
        let page = document().navigates_to(wrong).opens(wrong);
        let faults = faults(&Policy::document(page));
        assert_eq!(faults.len(), 2);
        assert!(
            faults[0].starts_with("navigates-to: origin: "),
            "{faults:?}"
        );
        assert!(faults[1].starts_with("opens: origin: "), "{faults:?}");
    }
}

#[test]
fn redirects_are_followed_for_a_reason() {
    let policy = strict().dangerous().allow_redirects(reason());
    assert_eq!(
        sent(&policy)[0].as_deref(),
        Some("(response-origin \"https://contoso.cognitiveservices.azure.com\");redirects=allow")
    );
    let relaxed = policy.compile().unwrap().relaxed()[0].to_string();
    assert_eq!(relaxed, "connection-allowlist: redirects=allow (tested)");
    // Nothing is sent of which it would be a part.
    let unused = Policy::document(document())
        .dangerous()
        .allow_redirects(reason());
    assert_eq!(
        warnings(&unused),
        ["the exception connection-allowlist: redirects=allow (tested) changes nothing: remove it"]
    );
}

#[test]
fn a_liveness_page_only_reports_for_a_reason() {
    let silent = strict().dangerous().report_connections_only(reason());
    assert_eq!(sent(&silent), [None, None]);
    assert_eq!(
        warnings(&silent),
        [
            "connection-allowlist: without an endpoint nothing is reported and nothing blocked: set `reporting`"
        ]
    );
    let policy = silent.reporting("visor", &format!("{ORIGIN}/reports"));
    let list = "(response-origin \"https://contoso.cognitiveservices.azure.com\");report-to=visor";
    assert_eq!(sent(&policy), [None, Some(list.into())]);
    assert_eq!(warnings(&policy), [""; 0]);
    let relaxed = policy.compile().unwrap().relaxed()[0].to_string();
    assert_eq!(relaxed, "connection-allowlist: reported only (tested)");
    let unused = Policy::document(document())
        .reporting("visor", &format!("{ORIGIN}/reports"))
        .dangerous()
        .report_connections_only(reason());
    assert_eq!(
        warnings(&unused),
        ["the exception connection-allowlist: reported only (tested) changes nothing: remove it"]
    );
}

#[test]
fn a_policy_that_allows_more_than_the_list_is_warned_of_and_the_other_way_round() {
    let allow = |directive, source: &str| strict().dangerous().allow(directive, source, reason());
    for (directive, source) in [
        (DirectiveName::ImgSrc, "https:"),
        (DirectiveName::ImgSrc, "https://*"),
        (DirectiveName::FontSrc, "https://cdn.example:*"),
        (DirectiveName::MediaSrc, "https:"),
    ] {
        let found = warnings(&allow(directive, source));
        assert!(
            found.contains(&format!(
                "{directive} `{source}`: the connection-allowlist can't name it, so browsers that know the header block it: name hosts"
            )),
            "{found:?}"
        );
    }
    assert_eq!(warnings(&allow(DirectiveName::ImgSrc, "blob:")), [""; 0]);

    let further = |csp: &str| strict().additional_csp(csp.parse().unwrap());
    assert_eq!(
        warnings(&further("connect-src 'self'")),
        [
            "connection-allowlist: it names `https://contoso.cognitiveservices.azure.com`, which the additional content-security-policy forbids: remove one of the two"
        ]
    );
    // A socket is forbidden as one, though the list names its handshake.
    let socket = allow(DirectiveName::ConnectSrc, "wss://live.example");
    let face = "connect-src https://contoso.cognitiveservices.azure.com/face/";
    let with = |more: &str| {
        let csp = format!("{face} {more}").parse().unwrap();
        warnings(&socket.clone().additional_csp(csp))
    };
    assert_eq!(with("wss://live.example"), [""; 0]);
    assert_eq!(
        with("https://live.example"),
        [
            "connection-allowlist: it names `https://live.example`, which the additional content-security-policy forbids: remove one of the two"
        ]
    );
    for fine in [
        "img-src 'self'",
        "connect-src 'self' https://contoso.cognitiveservices.azure.com/face/",
    ] {
        assert_eq!(warnings(&further(fine)), [""; 0], "{fine}");
    }
}

#[test]
fn a_second_list_is_refused() {
    let conflict =
        |name: HeaderName, conflict| strict().dangerous().conflict(name, conflict, reason());
    for name in [
        ConnectionAllowlist::NAME,
        ConnectionAllowlist::REPORT_ONLY_NAME,
    ] {
        assert_eq!(
            faults(&conflict(name.clone(), Conflict::Append)),
            [format!(
                "{name}: browsers obey only the first list, so the policy's can't be added to the application's: choose `Conflict::Replace` or `Conflict::Keep`"
            )]
        );
    }
    let errors = conflict(ConnectionAllowlist::NAME, Conflict::Append)
        .compile()
        .unwrap_err();
    assert_eq!(
        errors.iter().next().unwrap().kind(),
        PolicyErrorKind::Exception
    );
    conflict(ConnectionAllowlist::NAME, Conflict::Keep)
        .compile()
        .unwrap();
}
