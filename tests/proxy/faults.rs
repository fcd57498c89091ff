//! Directives that break what our server sends: what `visor audit` finds of each, and that it is gone where
//! nginx is set up as docs/deploying.md says.

use std::collections::BTreeSet;

use tower_visor::audit::{Context, Profile, Response, Visit};

use crate::client::{Asked, Way, ask, raw};
use crate::ours::{BASE, Behind, Knows, SetUp, WELCOME};
use crate::proxies::documented;
use crate::server::{Kind, NAME};

/// What the audit finds of a page behind a proxy, as `visor audit` fetches it. Left out is what it finds
/// behind every nginx: the name and version that it adds, and that these pages report to nobody.
async fn audited(behind: &Behind, path: &str, profile: Profile) -> BTreeSet<String> {
    let context = Context::new(profile);
    let url = format!("https://{NAME}{path}");
    let mut visit = Visit::new(url.parse().unwrap(), &context);
    while let Some(fetch) = visit.next_fetch() {
        let asked = Asked::get(&fetch.request.uri().to_string());
        let answer = ask(behind.ports, behind.folder.path(), Way::Http2, &asked).await;
        let (mut parts, ()) = http::Response::new(()).into_parts();
        parts.status = answer.status;
        parts.headers = answer.headers;
        let response = Response::new(&fetch.url.to_string(), parts, Some(answer.body)).unwrap();
        visit.answer(fetch, Ok(response));
    }
    let codes = visit.report().unwrap().codes();
    let codes = codes.iter().map(ToString::to_string);
    let always = ["header-leaks", "reporting-missing"];
    codes
        .filter(|code| !always.contains(&code.as_str()))
        .collect()
}

/// A directive of `server`.
struct Fault {
    directive: &'static str,
    /// What is found on the liveness page, and on the one with a nonce.
    liveness: &'static [&'static str],
    welcome: &'static [&'static str],
    /// Whether it does nothing any more beside what docs/deploying.md says.
    is_mended: bool,
}

const FAULTS: [Fault; 5] = [
    Fault {
        directive: "proxy_intercept_errors on; error_page 404 /sorry; location = /sorry { return 200 sorry; }",
        liveness: &["layer-too-deep"],
        welcome: &["layer-too-deep"],
        is_mended: false,
    },
    Fault {
        directive: "add_header Permissions-Policy camera=(); add_header Referrer-Policy unsafe-url;",
        liveness: &["camera-denied", "referrer-leaks"],
        welcome: &["referrer-leaks"],
        is_mended: true,
    },
    Fault {
        directive: "proxy_hide_header Content-Security-Policy;",
        liveness: &["csp-inert", "csp-missing", "framing-old-only"],
        welcome: &["csp-missing", "framing-old-only"],
        is_mended: false,
    },
    Fault {
        directive: "expires 1h;",
        liveness: &["cache-stored"],
        welcome: &["csp-nonce-cached"],
        is_mended: true,
    },
    Fault {
        directive: "sub_filter </title> \"</title><script src=/tag.js></script>\"; proxy_set_header Accept-Encoding \"\"; proxy_set_header X-Forwarded-Proto $scheme;",
        liveness: &[
            "blocks-script",
            "integrity-policy-blocks",
            "script-refused",
            "unencoded-digest-mismatch",
        ],
        welcome: &["script-unchecked"],
        is_mended: false,
    },
];

const PLAIN: &str = "location / {
    proxy_pass http://UPSTREAM;
    proxy_buffer_size 16k;
    proxy_buffers 8 16k;
    proxy_set_header X-Forwarded-Proto $scheme;
}";

fn nginx(server: String) -> SetUp {
    SetUp {
        name: server.clone(),
        kind: Kind::Nginx,
        http: String::new(),
        server,
    }
}

fn set(codes: &[&str]) -> BTreeSet<String> {
    codes.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn the_audit_finds_what_nginx_breaks() {
    if Kind::Nginx.is_skipped() {
        return;
    }
    for fault in FAULTS {
        let directive = fault.directive;
        let behind = Behind::start(&nginx(format!("{directive}\n{PLAIN}"))).await;
        let found = audited(&behind, BASE, Profile::Liveness).await;
        assert_eq!(found, set(fault.liveness), "{directive}");
        let found = audited(&behind, WELCOME, Profile::Document).await;
        assert_eq!(found, set(fault.welcome), "{directive}");
        if fault.is_mended {
            let behind = Behind::start(&documented(directive)).await;
            for (path, profile) in [(BASE, Profile::Liveness), (WELCOME, Profile::Document)] {
                let found = audited(&behind, path, profile).await;
                assert_eq!(found, set(&[]), "{directive} {path}");
            }
        }
    }
}

/// nginx asks our server for its own address, which looks like a developer's machine.
#[tokio::test]
async fn a_host_that_nginx_rewrites_is_found() {
    if Kind::Nginx.is_skipped() {
        return;
    }
    let behind = Behind::of(&nginx(PLAIN.to_owned()), Knows::Nothing).await;
    let found = audited(&behind, BASE, Profile::Liveness).await;
    assert_eq!(found, set(&["hsts-missing"]));
    let behind = Behind::of(&documented(""), Knows::Nothing).await;
    let found = audited(&behind, BASE, Profile::Liveness).await;
    assert_eq!(found, set(&[]));
}

/// What nginx answers without asking our server has the headers that our server gives its own errors.
#[tokio::test]
async fn errors_of_nginx_itself_have_the_strictest_policy() {
    if Kind::Nginx.is_skipped() {
        return;
    }
    let down = "location /down { proxy_pass http://127.0.0.1:1; }";
    let behind = Behind::start(&documented(down)).await;
    let folder = behind.folder.path();
    let known = Asked::get("/nothing").with("x-forwarded-proto", "https");
    let wanted = ask(behind.past, folder, Way::Plain, &known).await;
    let long = format!("/{}", "a".repeat(20_000));
    let head =
        |rest: &str| format!("GET / HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n{rest}");
    let mut answers = vec![
        (
            502,
            ask(behind.ports, folder, Way::Tls, &Asked::get("/down")).await,
        ),
        (
            502,
            ask(behind.ports, folder, Way::Http2, &Asked::get("/down")).await,
        ),
        (
            414,
            ask(behind.ports, folder, Way::Tls, &Asked::get(&long)).await,
        ),
    ];
    for (status, rest) in [
        (400, "no header\r\n\r\n".to_owned()),
        (400, "Host: other\r\n\r\n".to_owned()),
        (400, format!("A: {}\r\n\r\n", "a".repeat(20_000))),
        (413, "Content-Length: 2000000\r\n\r\n".to_owned()),
        (501, "Transfer-Encoding: odd\r\n\r\n".to_owned()),
    ] {
        answers.push((status, raw(behind.ports, head(&rest).as_bytes()).await));
    }
    for (status, answer) in answers {
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.body.is_empty(), "{answer:?}");
        for (name, value) in &wanted.headers {
            if name != "date" {
                let all: Vec<_> = answer.headers.get_all(name).iter().collect();
                assert_eq!(all, [value], "{status} {name}");
            }
        }
    }
}
