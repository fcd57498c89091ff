//! Routes of sessions, over real sockets: which requests get in.

use tower_visor::layer::{AbsentMetadata, SessionRoutes};

use super::raw::{ORIGIN, PARTNER, Raw, fetched, routes, serve};

/// `{"alg":"ES256"}`, `{"a":1}`, and a signature.
const TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2ln";
const LIMIT: usize = 16 * 1024;

async fn table(routes: SessionRoutes, rows: Vec<(&str, Raw, &str)>) {
    let server = serve(routes).await;
    for (what, raw, expected) in rows {
        assert_eq!(raw.says(&server).await, expected, "{what}");
    }
}

#[tokio::test]
async fn who_asked_is_told_by_the_browser() {
    let f = fetched;
    let refused = |site: &str, mode: &str, dest: &str| {
        f().with("Sec-Fetch-Site", site)
            .with("Sec-Fetch-Mode", mode)
            .with("Sec-Fetch-Dest", dest)
    };
    let rows = vec![
        ("fetch", f(), "200 read 2"),
        (
            "mode same-origin",
            f().with("Sec-Fetch-Mode", "same-origin"),
            "200 read 2",
        ),
        (
            "names of headers have no case",
            f().without("Sec-Fetch-Site")
                .and("sec-fetch-SITE", "same-origin"),
            "200 read 2",
        ),
        (
            "a subdomain",
            refused("same-site", "cors", "empty"),
            "403 foreignsite",
        ),
        (
            "another site",
            refused("cross-site", "cors", "empty"),
            "403 foreignsite",
        ),
        (
            "typed, or a bookmark",
            refused("none", "navigate", "document"),
            "403 foreignsite",
        ),
        (
            "a foreign form",
            refused("cross-site", "navigate", "document"),
            "403 foreignsite",
        ),
        (
            "an own form",
            refused("same-origin", "navigate", "document"),
            "403 notbyfetch",
        ),
        (
            "an own frame",
            refused("same-origin", "navigate", "iframe"),
            "403 notbyfetch",
        ),
        (
            "no-cors",
            refused("same-origin", "no-cors", "empty"),
            "403 notbyfetch",
        ),
        (
            "a picture",
            refused("same-origin", "no-cors", "image"),
            "403 notbyfetch",
        ),
        (
            "a script",
            refused("same-origin", "cors", "script"),
            "403 notbyfetch",
        ),
        (
            "a worker",
            refused("same-origin", "same-origin", "worker"),
            "403 notbyfetch",
        ),
        (
            "a websocket",
            refused("same-origin", "websocket", "empty"),
            "403 notbyfetch",
        ),
        (
            "a form that says empty",
            refused("same-origin", "navigate", "empty"),
            "403 notbyfetch",
        ),
        (
            "upper case",
            refused("Same-Origin", "cors", "empty"),
            "403 oddmetadata",
        ),
        (
            "an unknown word",
            refused("same-planet", "cors", "empty"),
            "403 oddmetadata",
        ),
        ("empty", refused("", "cors", "empty"), "403 oddmetadata"),
        (
            "quoted",
            refused("\"same-origin\"", "cors", "empty"),
            "403 oddmetadata",
        ),
        (
            "a list",
            refused("same-origin, same-origin", "cors", "empty"),
            "403 oddmetadata",
        ),
        (
            "a parameter",
            refused("same-origin;a", "cors", "empty"),
            "403 oddmetadata",
        ),
        (
            "twice, alike",
            f().and("Sec-Fetch-Site", "same-origin"),
            "403 oddmetadata",
        ),
        (
            "twice, unlike",
            f().and("Sec-Fetch-Site", "cross-site"),
            "403 oddmetadata",
        ),
        (
            "mode twice",
            f().and("Sec-Fetch-Mode", "navigate"),
            "403 oddmetadata",
        ),
        (
            "destination twice",
            f().and("Sec-Fetch-Dest", "image"),
            "403 oddmetadata",
        ),
        (
            "site alone",
            f().without("Sec-Fetch-Mode").without("Sec-Fetch-Dest"),
            "403 oddmetadata",
        ),
        ("no site", f().without("Sec-Fetch-Site"), "403 oddmetadata"),
        (
            "no destination",
            f().without("Sec-Fetch-Dest"),
            "403 oddmetadata",
        ),
        ("none", f().without_metadata(), "403 nometadata"),
        (
            "none, HTTP/1.0",
            f().without_metadata().line("POST /session HTTP/1.0"),
            "403 nometadata",
        ),
    ];
    table(routes(), rows).await;
}

#[tokio::test]
async fn the_origin_is_the_policys_letter_for_letter() {
    let f = fetched;
    let mut rows = vec![
        ("none", f().without("Origin"), "403 noorigin"),
        (
            "twice, alike",
            f().and("Origin", ORIGIN),
            "403 foreignorigin",
        ),
        (
            "twice, the second foreign",
            f().and("Origin", "https://evil.example"),
            "403 foreignorigin",
        ),
        (
            "any host is the right one",
            f().with("Host", "evil.example"),
            "200 read 2",
        ),
        (
            "the host decides nothing",
            f().with("Host", "evil.example")
                .with("Origin", "https://evil.example"),
            "403 foreignorigin",
        ),
    ];
    for origin in [
        "null",
        "",
        "*",
        "https://evil.example",
        "http://www.contoso.example",
        "https://contoso.example",
        "https://WWW.contoso.example",
        "HTTPS://www.contoso.example",
        "https://www.contoso.example.",
        "https://www.contoso.example:443",
        "https://www.contoso.example:8443",
        "https://www.contoso.example/",
        "https://www.contoso.example/session",
        "https://www.contoso.example.evil.example",
        "https://www.contoso.exampl",
        "https://www.contoso.example evil",
        "https://www.contoso.example, https://evil.example",
        "https://evil.example https://www.contoso.example",
        "https://evil.example#https://www.contoso.example",
        "https://user@www.contoso.example",
        "www.contoso.example",
        "\"https://www.contoso.example\"",
    ] {
        rows.push((origin, f().with("Origin", origin), "403 foreignorigin"));
    }
    table(routes(), rows).await;
}

#[tokio::test]
async fn only_a_post_of_json_gets_in() {
    let f = fetched;
    let method = |method: &str| f().line(&format!("{method} /session HTTP/1.1"));
    let mut rows = vec![
        (
            "a query",
            f().line("POST /session?id=1 HTTP/1.1"),
            "200 read 2",
        ),
        (
            "a whole URL",
            f().line("POST http://evil.example/session HTTP/1.1"),
            "200 read 2",
        ),
        (
            "a link",
            method("GET").without_metadata().without("Origin"),
            "403 nometadata",
        ),
        (
            "an own GET by fetch",
            method("GET").without("Origin"),
            "405 notpost",
        ),
        ("HEAD", method("HEAD").without("Origin"), "405 notpost"),
        ("no preflight", method("OPTIONS"), "405 notpost"),
        (
            "an own preflight",
            method("OPTIONS").and("Access-Control-Request-Method", "POST"),
            "405 notpost",
        ),
        ("lower case", method("post"), "405 notpost"),
        ("no type", f().without("Content-Type"), "415 notjson"),
        (
            "two types",
            f().and("Content-Type", "text/plain"),
            "415 notjson",
        ),
        (
            "two types, alike",
            f().and("Content-Type", "application/json"),
            "415 notjson",
        ),
    ];
    for name in ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"] {
        rows.push((name, method(name), "405 notpost"));
    }
    for (types, expected) in [
        (
            &[
                "application/json; charset=utf-8",
                "Application/JSON",
                "application/json;",
            ][..],
            "200 read 2",
        ),
        (
            &[
                "text/plain",
                "text/json",
                "application/json+xml",
                "application/ld+json",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=application/json",
                "text/plain; x=application/json",
                "text/plain, application/json",
                "application/json, text/plain",
                "json",
                "",
            ],
            "415 notjson",
        ),
    ] {
        for kind in types {
            rows.push((kind, f().with("Content-Type", kind), expected));
        }
    }
    table(routes(), rows).await;
}

#[tokio::test]
async fn no_token_stands_in_a_query() {
    let f = fetched;
    let query = |query: &str| f().line(&format!("POST /session?{query} HTTP/1.1"));
    let encoded = TOKEN.replace('.', "%2e").replace('J', "%4a");
    let rows = vec![
        (
            "by its name",
            query(&format!("token={TOKEN}")),
            "400 tokeninquery",
        ),
        (
            "under any name",
            query(&format!("x=1&state={TOKEN}&y")),
            "400 tokeninquery",
        ),
        (
            "encoded",
            query(&format!("a={encoded}")),
            "400 tokeninquery",
        ),
        (
            "whoever asks",
            query(TOKEN).without_metadata(),
            "400 tokeninquery",
        ),
        (
            "a GET",
            f().line(&format!("GET /session?a={TOKEN} HTTP/1.1")),
            "400 tokeninquery",
        ),
        (
            "an identifier",
            query("id=5f0f1d0a-7d6c-4c2f-9a39-2f4d7cbdc111"),
            "200 read 2",
        ),
        (
            "a version",
            query("v=1.5.0&host=www.contoso.example"),
            "200 read 2",
        ),
    ];
    table(routes(), rows).await;
}

#[tokio::test]
async fn the_body_has_a_limit_wherever_it_shows() {
    let f = fetched;
    let long = vec![b' '; LIMIT + 1];
    let rows = vec![
        (
            "as long as it may be",
            f().body(LIMIT, long[1..].to_vec()),
            "200 read 16384",
        ),
        ("empty", f().body(0, Vec::new()), "200 read 0"),
        (
            "longer",
            f().body(LIMIT + 1, long.clone()),
            "413 bodytoolarge",
        ),
        // Nothing of it comes, and nothing is waited for.
        (
            "by what it says",
            f().body(LIMIT + 1, Vec::new()),
            "413 bodytoolarge",
        ),
        ("by far", f().body(1 << 40, Vec::new()), "413 bodytoolarge"),
        (
            "asking first",
            f().body(LIMIT + 1, Vec::new())
                .and("Expect", "100-continue"),
            "413 bodytoolarge",
        ),
        (
            "chunks",
            f().chunks(&[8, 16_376]).last_chunk(),
            "200 read 16384",
        ),
        // Answered where the limit is, however much would come.
        ("one chunk", f().chunks(&[LIMIT + 1]), "413 bodytoolarge"),
        (
            "a byte too many",
            f().chunks(&[LIMIT, 1]),
            "413 bodytoolarge",
        ),
        ("many chunks", f().chunks(&[100; 200]), "413 bodytoolarge"),
        // What is refused anyway is not read.
        (
            "a foreign one",
            f().with("Origin", "null").body(100, Vec::new()),
            "403 foreignorigin",
        ),
        (
            "foreign chunks",
            f().with("Origin", "null").chunks(&[1]),
            "403 foreignorigin",
        ),
    ];
    table(routes(), rows).await;
    let rows = vec![
        ("at a limit of two", f(), "200 read 2"),
        ("over it", f().body(3, b"{ }".to_vec()), "413 bodytoolarge"),
        (
            "over it in chunks",
            f().chunks(&[1, 1, 1]),
            "413 bodytoolarge",
        ),
    ];
    table(routes().body_limit(2), rows).await;
}

#[tokio::test]
async fn without_metadata_the_origin_decides_where_that_was_chosen() {
    let f = || fetched().without_metadata();
    let rows = vec![
        ("the policy's", f(), "200 read 2"),
        ("a partner's", f().with("Origin", PARTNER), "200 read 2"),
        (
            "another",
            f().with("Origin", "https://evil.example"),
            "403 foreignorigin",
        ),
        ("null", f().with("Origin", "null"), "403 foreignorigin"),
        ("none", f().without("Origin"), "403 noorigin"),
        (
            "a GET",
            f().line("GET /session HTTP/1.1").without("Origin"),
            "405 notpost",
        ),
        // What is there counts.
        (
            "a part",
            f().and("Sec-Fetch-Site", "same-origin"),
            "403 oddmetadata",
        ),
        (
            "another site",
            fetched().with("Sec-Fetch-Site", "cross-site"),
            "403 foreignsite",
        ),
        (
            "a form",
            fetched().with("Sec-Fetch-Mode", "navigate"),
            "403 notbyfetch",
        ),
    ];
    table(
        routes().absent_metadata(AbsentMetadata::OriginDecides),
        rows,
    )
    .await;
}
