//! Where a server differs from our own layer, and why that is all right.

use http::{Method, StatusCode};

use crate::client::{Answer, Asked};
use crate::differences::Exception;
use crate::server::Kind;

const fn always(_: &Asked, _: &Answer) -> bool {
    true
}

fn is_error(_: &Asked, ours: &Answer) -> bool {
    ours.status.as_u16() >= 400
}

fn is_page(_: &Asked, ours: &Answer) -> bool {
    let kind = ours.headers.get("content-type");
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

fn has_odd_name(asked: &Asked, _: &Answer) -> bool {
    asked.path.contains('%')
}

fn is_range_error(_: &Asked, ours: &Answer) -> bool {
    ours.status == StatusCode::RANGE_NOT_SATISFIABLE
}

/// Errors that a server finds when it has the file in its hand already.
fn is_error_of_a_file(_: &Asked, ours: &Answer) -> bool {
    let found = [
        StatusCode::RANGE_NOT_SATISFIABLE,
        StatusCode::PRECONDITION_FAILED,
    ];
    found.contains(&ours.status)
}

fn is_compressed(_: &Asked, ours: &Answer) -> bool {
    ours.headers.contains_key("content-encoding")
}

fn is_brotli(_: &Asked, ours: &Answer) -> bool {
    ours.headers
        .get("content-encoding")
        .is_some_and(|coding| coding == "br")
}

fn is_redirect(_: &Asked, ours: &Answer) -> bool {
    ours.status == StatusCode::TEMPORARY_REDIRECT
}

fn is_head(asked: &Asked, _: &Answer) -> bool {
    asked.method == Method::HEAD
}

use Kind::{Apache, Caddy, Nginx};

/// All of them. `docs/hosting.md` has the list for people, which is compared with this one.
pub(crate) const EXCEPTIONS: &[Exception] = &[
    Exception {
        servers: &[],
        what: &["server", "date", "etag", "last-modified"],
        when: always,
        reason: "each server has its name, its clock and validators of its own",
    },
    Exception {
        servers: &[],
        what: &["connection", "upgrade", "keep-alive"],
        when: always,
        reason: "of the connection, and not of the answer",
    },
    Exception {
        servers: &[],
        what: &["accept-ranges"],
        when: always,
        reason: "a hint: what happens to a range is compared",
    },
    Exception {
        servers: &[Nginx],
        what: &["body", "content-encoding", "content-length"],
        when: is_brotli,
        reason: "Debian's nginx has no module for brotli, so it sends gzip",
    },
    Exception {
        servers: &[Nginx],
        what: &[
            "cache-control",
            "content-security-policy",
            "cross-origin-embedder-policy",
            "cross-origin-resource-policy",
            "referrer-policy",
            "strict-transport-security",
            "x-content-type-options",
            "x-frame-options",
            "x-permitted-cross-domain-policies",
        ],
        when: is_range_error,
        reason: "nginx adds headers twice to a 416, the file's and the error's: the same, but for how long it is kept",
    },
    Exception {
        servers: &[Nginx, Apache],
        what: &[
            "body",
            "content-length",
            "content-type",
            "transfer-encoding",
        ],
        when: is_redirect,
        reason: "a redirect has a page of the server's own, without scripts and under the strictest policy",
    },
    Exception {
        servers: &[Apache],
        what: &[
            "body",
            "content-length",
            "content-type",
            "transfer-encoding",
        ],
        when: is_error,
        reason: "Apache sends no error without a body: it is one space, under the strictest policy",
    },
    Exception {
        servers: &[],
        what: &["unencoded-digest"],
        when: is_page,
        reason: "no browser checks the bytes of a document, and an answer to HEAD may not name their digest",
    },
    Exception {
        servers: &[Apache],
        what: &["unencoded-digest"],
        when: has_odd_name,
        reason: "Apache's rules read only plain letters, digits and a few signs as they are",
    },
    Exception {
        servers: &[Apache],
        what: &["location"],
        when: is_redirect,
        reason: "Apache writes the address out, with the host that was asked for",
    },
    Exception {
        servers: &[Apache],
        what: &["allow"],
        when: is_error,
        reason: "Apache adds an empty one of its own",
    },
    Exception {
        servers: &[Apache],
        what: &["content-range"],
        when: is_range_error,
        reason: "Apache doesn't say how long the file is",
    },
    Exception {
        servers: &[Apache, Caddy],
        what: &["content-security-policy"],
        when: is_error,
        reason: "an error of a file has the policy of any other error, which is stricter by two directives",
    },
    Exception {
        servers: &[Caddy],
        what: &["content-length", "transfer-encoding"],
        when: is_compressed,
        reason: "Caddy sends compressed copies in chunks",
    },
    Exception {
        servers: &[],
        what: &["content-length"],
        when: is_head,
        reason: "some name the length of nothing, and some don't",
    },
    Exception {
        servers: &[Caddy],
        what: &[
            "body",
            "cache-control",
            "content-length",
            "content-type",
            "unencoded-digest",
        ],
        when: is_error_of_a_file,
        reason: "Caddy answers these with the file's own headers, and a 416 with a line of text",
    },
];

/// The rows of the manual's table.
fn rows() -> Vec<String> {
    let row = |known: &Exception| {
        let servers: Vec<&str> = known
            .servers
            .iter()
            .map(|server| match server {
                Nginx => "nginx",
                Apache => "Apache",
                Caddy => "Caddy",
            })
            .collect();
        let servers = if servers.is_empty() {
            "all".to_owned()
        } else {
            servers.join(", ")
        };
        let what = known.what.iter().map(|what| match *what {
            "body" | "status" => (*what).to_owned(),
            header => format!("`{header}`"),
        });
        let what: Vec<String> = what.collect();
        format!("| {servers} | {} | {} |", what.join(", "), known.reason)
    };
    EXCEPTIONS.iter().map(row).collect()
}

#[test]
fn the_manual_lists_every_exception_and_no_other() {
    let manual = include_str!("../../docs/hosting.md");
    let (_, after) = manual.split_once("## Where they differ").unwrap();
    let (section, _) = after.split_once("\nWhat hosts add").unwrap();
    let table = section.lines().filter(|line| line.starts_with('|'));
    // Its head has two lines.
    let table: Vec<&str> = table.skip(2).collect();
    assert_eq!(table, rows(), "it should be\n{}", rows().join("\n"));
}
