//! Routes of sessions: what every answer carries, and partners.

use http::header::AUTHORIZATION;
use http::{Method, Version};
use tower_visor::layer::{Partner, SessionRefusal, SessionRoutes};
use tower_visor::policy::Policy;

use super::raw::{ORIGIN, PARTNER, Raw, fetched, policy, routes, serve, value};
use super::server::request;

/// What `fetch` sends on a partner's page.
fn by_partner() -> Raw {
    fetched()
        .with("Origin", PARTNER)
        .with("Sec-Fetch-Site", "cross-site")
}

/// What its browser asks first.
fn preflight() -> Raw {
    by_partner()
        .line("OPTIONS /session HTTP/1.1")
        .without("Content-Type")
        .with("Content-Length", "0")
        .and("Access-Control-Request-Method", "POST")
        .and("Access-Control-Request-Headers", "content-type")
}

#[tokio::test]
async fn every_answer_is_for_nobody_else() {
    let server = serve(routes()).await;
    let own = "origin, sec-fetch-site, sec-fetch-mode, sec-fetch-dest";
    // What stands there already isn't repeated.
    let merged = "accept-encoding, origin, cookie, sec-fetch-site, sec-fetch-mode, sec-fetch-dest";
    let for_preflights =
        format!("{own}, access-control-request-method, access-control-request-headers");
    let get = fetched().line("GET /session HTTP/1.1").without("Origin");
    for (raw, status, varies_by, read_by) in [
        (fetched(), "200", merged, None),
        (by_partner(), "200", merged, Some(PARTNER)),
        (preflight(), "204", &for_preflights, Some(PARTNER)),
        (fetched().with("Origin", "null"), "403", own, None),
        (fetched().without_metadata(), "403", own, None),
        (get, "405", own, None),
        (
            fetched().line("POST /?eyJhIjo.eyJhIjox HTTP/1.1"),
            "400",
            own,
            None,
        ),
        (
            fetched().with("Content-Type", "text/plain"),
            "415",
            own,
            None,
        ),
        (fetched().with("Content-Length", "99999"), "413", own, None),
        // What a partner did wrong, its page can read.
        (
            by_partner().with("Content-Type", "text/plain"),
            "415",
            own,
            Some(PARTNER),
        ),
        (
            by_partner().with("Content-Length", "99999"),
            "413",
            own,
            Some(PARTNER),
        ),
        // That it asked by another way, nobody believes.
        (
            by_partner().with("Sec-Fetch-Mode", "no-cors"),
            "403",
            own,
            None,
        ),
    ] {
        let (head, body) = raw.send(&server).await;
        assert_eq!(head.split(' ').nth(1), Some(status), "{head}");
        let said = |name: &str| value(&head, name);
        assert_eq!(said("cache-control").as_deref(), Some("no-store"), "{head}");
        let corp = said("cross-origin-resource-policy");
        assert_eq!(corp.as_deref(), Some("same-origin"), "{head}");
        assert_eq!(said("vary").as_deref(), Some(varies_by), "{head}");
        assert_eq!(said("cdn-cache-control"), None, "{head}");
        assert_eq!(
            said("access-control-allow-origin").as_deref(),
            read_by,
            "{head}"
        );
        assert_eq!(said("access-control-allow-credentials"), None, "{head}");
        if status != "200" {
            assert_eq!(body, "");
        }
        let allow = (status == "405").then_some("post, options");
        assert_eq!(said("allow").as_deref(), allow);
    }
    let server = serve(SessionRoutes::new(&policy()).unwrap()).await;
    let get = fetched().line("GET /session HTTP/1.1").without("Origin");
    let (head, _) = get.send(&server).await;
    assert_eq!(value(&head, "allow").as_deref(), Some("post"));
}

#[tokio::test]
async fn a_partner_is_told_by_name_and_asks_by_fetch() {
    let server = serve(routes()).await;
    for (what, raw, expected) in [
        ("a partner", by_partner(), "200 "),
        (
            "of the same site",
            by_partner().with("Sec-Fetch-Site", "same-site"),
            "200 ",
        ),
        (
            "which is not a page of ours",
            by_partner().with("Sec-Fetch-Site", "same-origin"),
            "403 foreignsite",
        ),
        (
            "nor typed",
            by_partner().with("Sec-Fetch-Site", "none"),
            "403 foreignsite",
        ),
        (
            "no form",
            by_partner().with("Sec-Fetch-Mode", "navigate"),
            "403 notbyfetch",
        ),
        (
            "no metadata",
            by_partner().without_metadata(),
            "403 nometadata",
        ),
        (
            "no partner",
            by_partner().with("Origin", "https://partner.example"),
            "403 foreignsite",
        ),
        (
            "longer",
            by_partner().with("Origin", &format!("{PARTNER}.evil.example")),
            "403 foreignsite",
        ),
        (
            "two",
            by_partner().and("Origin", PARTNER),
            "403 foreignsite",
        ),
        (
            "upper case",
            by_partner().with("Origin", &PARTNER.to_uppercase()),
            "403 foreignsite",
        ),
        ("a preflight", preflight(), "204 "),
        (
            "without metadata",
            preflight().without_metadata(),
            "403 nometadata",
        ),
        (
            "of a subdomain",
            preflight().with("Sec-Fetch-Site", "same-site"),
            "204 ",
        ),
        (
            "of nobody",
            preflight().with("Origin", "https://evil.example"),
            "403 foreignsite",
        ),
        (
            "of null",
            preflight().with("Origin", "null"),
            "403 foreignsite",
        ),
        (
            "of nobody, bare",
            preflight()
                .with("Origin", "https://evil.example")
                .without_metadata(),
            "403 nometadata",
        ),
        (
            "of us",
            preflight().with("Origin", ORIGIN),
            "403 foreignsite",
        ),
        (
            "that isn't one",
            preflight().without("Access-Control-Request-Method"),
            "405 notpost",
        ),
        (
            "with two methods",
            preflight().and("Access-Control-Request-Method", "PUT"),
            "405 notpost",
        ),
        (
            "by a form",
            preflight().with("Sec-Fetch-Mode", "navigate"),
            "403 notbyfetch",
        ),
    ] {
        let (head, _) = raw.send(&server).await;
        let status = head.split(' ').nth(1).unwrap();
        let reason = value(&head, "x-reason").unwrap_or_default();
        assert_eq!(format!("{status} {reason}"), expected, "{what}");
    }
}

#[tokio::test]
async fn a_preflight_says_what_a_partner_may_send() {
    let second = "https://other.example:8443";
    let second = Partner::new(second).unwrap().sends(AUTHORIZATION);
    let server = serve(routes().partner(second.with_credentials()).unwrap()).await;
    for (origin, headers, credentials) in [
        (PARTNER, "content-type", None),
        (
            "https://other.example:8443",
            "content-type, authorization",
            Some("true"),
        ),
    ] {
        let asks = preflight().with("Origin", origin);
        for asks in [
            asks.clone(),
            asks.with("Access-Control-Request-Method", "PUT"),
        ] {
            let (head, body) = asks.send(&server).await;
            let said = |name: &str| value(&head, &format!("access-control-{name}"));
            assert_eq!(said("allow-origin").as_deref(), Some(origin));
            assert_eq!(said("allow-methods").as_deref(), Some("post"));
            assert_eq!(said("allow-headers").as_deref(), Some(headers));
            assert_eq!(said("max-age").as_deref(), Some("600"));
            assert_eq!(said("allow-credentials").as_deref(), credentials);
            assert_eq!(body, "");
        }
        let (head, _) = by_partner().with("Origin", origin).send(&server).await;
        let said = value(&head, "access-control-allow-credentials");
        assert_eq!(said.as_deref(), credentials);
        let said = value(&head, "access-control-allow-origin");
        assert_eq!(said.as_deref(), Some(origin));
    }
}

#[tokio::test]
async fn http_2_is_no_other_way() {
    let server = serve(routes()).await;
    for (site, origin, expected) in [
        ("same-origin", ORIGIN, (200, "")),
        ("cross-site", PARTNER, (200, "")),
        ("cross-site", ORIGIN, (403, "ForeignSite")),
        ("same-origin", "null", (403, "ForeignOrigin")),
    ] {
        let (mut parts, _) = request("/session").into_parts();
        parts.method = Method::POST;
        for (name, value) in [
            ("sec-fetch-site", site),
            ("sec-fetch-mode", "cors"),
            ("sec-fetch-dest", "empty"),
            ("origin", origin),
            ("content-type", "application/json"),
        ] {
            parts.headers.insert(name, value.parse().unwrap());
        }
        let asked = http::Request::from_parts(parts, "{}");
        let answer = server.send(Version::HTTP_2, asked).await;
        assert_eq!((answer.status, answer.one("x-reason")), expected);
        assert_eq!(answer.one("cache-control"), "no-store");
    }
}

#[test]
fn messages() {
    let error = |error: tower_visor::layer::SessionRoutesError| error.to_string();
    assert_eq!(
        error(SessionRoutes::new(&Policy::api()).unwrap_err()),
        "the policy has no page: name the origin with `SessionRoutes::at`"
    );
    assert_eq!(
        error(SessionRoutes::at(&"http://contoso.example".parse().unwrap()).unwrap_err()),
        "`http://contoso.example` is not on HTTPS: browsers send no Fetch Metadata there"
    );
    assert!(SessionRoutes::at(&"http://localhost:3000".parse().unwrap()).is_ok());
    for (partner, message) in [
        ("http://partner.example", "it is not on HTTPS"),
        ("ftp://partner.example", "it is not on HTTPS"),
        (
            "*",
            "byte 0: `*` is not an absolute URL; write for example `https://example.com`",
        ),
        (
            "https://partner.example/x",
            "byte 23: an origin has no path; remove it",
        ),
    ] {
        assert_eq!(
            error(Partner::new(partner).unwrap_err()),
            format!("partner `{partner}`: {message}")
        );
    }
    for (partner, message) in [
        (ORIGIN, "it is the policy's own, which may ask anyway"),
        (PARTNER, "it is named twice"),
    ] {
        assert_eq!(
            error(
                routes()
                    .partner(Partner::new(partner).unwrap())
                    .unwrap_err()
            ),
            format!("partner `{partner}`: {message}")
        );
    }
    for (refusal, status, message) in [
        (
            SessionRefusal::TokenInQuery,
            400,
            "a token is in the query, and so in logs and histories: \
             send it in the body, and let this one expire",
        ),
        (
            SessionRefusal::NoMetadata,
            403,
            "no `Sec-Fetch-Site`, `-Mode` and `-Dest`: not a current browser on HTTPS, \
             or a proxy removes them",
        ),
        (
            SessionRefusal::OddMetadata,
            403,
            "`Sec-Fetch-Site`, `-Mode` and `-Dest` don't appear exactly once \
             each, as browsers send them",
        ),
        (
            SessionRefusal::ForeignSite,
            403,
            "asked by a page of another origin",
        ),
        (
            SessionRefusal::NotByFetch,
            403,
            "not asked by `fetch` with the mode `cors` or `same-origin`",
        ),
        (
            SessionRefusal::NotPost,
            405,
            "a method other than `POST`; requests that only read use `POST` too",
        ),
        (
            SessionRefusal::NoOrigin,
            403,
            "no `Origin`: a browser sends it with every `POST`",
        ),
        (
            SessionRefusal::ForeignOrigin,
            403,
            "`Origin` isn't the policy's; it is `null` where a page with `no-referrer` \
             uses `fetch` in the mode `same-origin`: leave the mode out",
        ),
        (
            SessionRefusal::NotJson,
            415,
            "the `Content-Type` isn't a single `application/json`",
        ),
        (
            SessionRefusal::BodyTooLarge,
            413,
            "the body is longer than the limit",
        ),
    ] {
        assert_eq!(refusal.to_string(), message);
        assert_eq!(refusal.status(), status);
    }
}
