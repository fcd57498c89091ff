//! Errors of the server itself: the application behind it is down, or nobody is asked at all.

use std::collections::BTreeSet;

use http::Method;

use crate::client::{Answer, Asked, Way, ask, raw};
use crate::compared::{readable, serve};
use crate::differences::{compare, told};
use crate::exceptions::EXCEPTIONS;
use crate::server::{Kind, NAME, Ports};
use crate::sites;

/// Answers that a server can't give headers to, by their status, and why. `docs/hosting.md` has the list for
/// people.
const BARE: &[(Kind, &[u16], &str)] = &[(
    Kind::Caddy,
    &[400, 431, 501, 505],
    "Go's library answers what it can't read, and Caddy isn't asked: text without headers",
)];

/// Requests that no server passes on, by what is wrong with them.
fn unreadable() -> Vec<(&'static str, Vec<u8>)> {
    let head =
        |line: &str, rest: &str| format!("{line}\r\nConnection: close\r\n{rest}\r\n").into_bytes();
    let get = "GET / HTTP/1.1";
    let host = format!("Host: {NAME}\r\n");
    let more = |rest: &str| head(get, &format!("{host}{rest}"));
    let long = "a".repeat(20_000);
    let longest = "a".repeat(2_000_000);
    vec![
        ("a line without a colon", more("no header\r\n")),
        ("no host", head(get, "")),
        ("two hosts", more("Host: other.example\r\n")),
        ("a path with a space", head("GET /a b HTTP/1.1", &host)),
        ("a long URL", head(&format!("GET /{long} HTTP/1.1"), &host)),
        (
            "the longest URL",
            head(&format!("GET /{longest} HTTP/1.1"), &host),
        ),
        ("a long header", more(&format!("A: {long}\r\n"))),
        ("an unknown coding", more("Transfer-Encoding: odd\r\n")),
        ("an unknown version", head("GET / HTTP/4.0", &host)),
        ("TRACE", head("TRACE / HTTP/1.1", &host)),
        ("CONNECT", head("CONNECT / HTTP/1.1", &host)),
    ]
}

async fn errors(kind: Kind) {
    if kind.is_skipped() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    readable(folder.path());
    let site = sites::site(folder.path(), "/", |policy| policy);
    let out = folder.path().join("export");
    // Nobody listens there.
    let export = site
        .export(kind.hosting())
        .at(out.to_str().unwrap())
        .proxying("/api/", "http://127.0.0.1:1");
    export.write(&out).unwrap();
    let ports = Ports::free();
    let file = kind.prepare(folder.path(), &out, ports, &kind.uses(&out));
    let server = kind.start(folder.path(), &file, ports).await;
    let own = Ports {
        plain: serve(site.around(sites::application())).await,
        tls: 0,
    };

    let mut answers: Vec<(&str, Method, Answer)> = Vec::new();
    for method in [Method::GET, Method::HEAD, Method::POST] {
        for way in [Way::Plain, Way::Tls, Way::Http2] {
            let asked = Asked::get("/api/session").by(method.clone());
            let answer = ask(ports, folder.path(), way, &asked).await;
            assert_eq!(answer.status, if kind == Kind::Apache { 503 } else { 502 });
            answers.push(("the application is down", method.clone(), answer));
        }
    }
    for (what, bytes) in unreadable() {
        answers.push((what, Method::GET, raw(ports, &bytes).await));
    }
    if kind == Kind::Nginx {
        // The others pass on a body of any length.
        let head = format!(
            "POST /api/session HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\nContent-Length: 3000000\r\n\r\n"
        );
        let answer = raw(ports, head.as_bytes()).await;
        assert_eq!(answer.status, 413);
        answers.push(("a body that is too long", Method::GET, answer));
    }
    let mut wrong = Vec::new();
    let mut met = BTreeSet::new();
    let mut told_bare = BTreeSet::new();
    for (what, method, theirs) in answers {
        if theirs.status.is_success() {
            // It could read that after all.
            continue;
        }
        let status = theirs.status.as_u16();
        let bare = BARE
            .iter()
            .position(|(server, statuses, _)| *server == kind && statuses.contains(&status));
        if let Some(bare) = bare {
            assert!(!theirs.headers.contains_key("content-security-policy"));
            told_bare.insert(bare);
            continue;
        }
        // The same error of our own.
        let asked = match status {
            405 => Asked::get("/").by(Method::POST),
            _ if method == Method::HEAD => {
                Asked::get(&format!("/api/status/{status}")).by(Method::HEAD)
            }
            _ => Asked::get(&format!("/api/status/{status}")),
        };
        let ours = ask(own, folder.path(), Way::Plain, &asked).await;
        let answers = (&ours, &theirs);
        let differences = compare(EXCEPTIONS, kind, Way::Plain, &asked, answers, &mut met);
        wrong.extend(differences.iter().map(|text| format!("{what}: {text}")));
    }
    assert!(
        wrong.is_empty(),
        "{kind:?}\n{}\n{}",
        wrong.join("\n"),
        server.log()
    );
    told(EXCEPTIONS, kind, &met);
    for index in told_bare {
        let (_, statuses, reason) = BARE[index];
        println!("{}: {statuses:?} without headers: {reason}", kind.name());
    }
}

#[tokio::test]
async fn of_nginx() {
    errors(Kind::Nginx).await;
}

#[tokio::test]
async fn of_apache() {
    errors(Kind::Apache).await;
}

#[tokio::test]
async fn of_caddy() {
    errors(Kind::Caddy).await;
}
