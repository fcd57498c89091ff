//! What the application set itself.

use std::convert::Infallible;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use http::{Request, Response, Version};
use http_body_util::Full;
use tower::Layer as _;
use tower_visor::layer::VisorLayer;
use tower_visor::policy::{Caching, ComponentTrust, Conflict, Policy};

use super::server::{Answer, Server};
use super::{document, hashes, strict};
use crate::support::{pinned, pins, sdk};

/// What a server with this policy sends when the application sets these headers.
pub(super) async fn sent(policy: &Policy, headers: &[(&'static str, &'static str)]) -> Answer {
    sent_through(VisorLayer::new(policy).unwrap(), headers).await
}

pub(super) async fn sent_through<L>(layer: L, headers: &[(&'static str, &'static str)]) -> Answer
where
    L: tower::Layer<Application>,
    L::Service: tower::Service<
            Request<hyper::body::Incoming>,
            Response = Response<Full<Bytes>>,
            Error = Infallible,
            Future: Send,
        > + Clone
        + Send
        + 'static,
{
    let server = Server::start(layer.layer(Application(headers.to_vec()))).await;
    server.get("/").await
}

/// Answers with the headers that it was given.
#[derive(Clone)]
pub(super) struct Application(Vec<(&'static str, &'static str)>);

impl<B> tower::Service<Request<B>> for Application {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        let mut response = Response::new(Full::new(Bytes::from_static(b"body")));
        for (name, value) in &self.0 {
            response.headers_mut().append(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        std::future::ready(Ok(response))
    }
}

pub(super) const HTML: (&str, &str) = ("content-type", "text/html");

#[tokio::test]
async fn its_list_of_connections_is_replaced() {
    let own = ("connection-allowlist", "(\"https://attacker.example\")");
    let twice = sent(&hashes(), &[own, own, HTML]).await;
    let expected = "(response-origin \"https://contoso.cognitiveservices.azure.com\")";
    assert_eq!(twice.all("connection-allowlist"), [expected]);
    // What isn't a page is not a page's business.
    let answer = sent(&hashes(), &[("content-type", "application/json")]).await;
    assert_eq!(answer.all("connection-allowlist"), [""; 0]);
}

#[tokio::test]
async fn its_links_stay_beside_what_is_loaded_ahead() {
    let pins = pins("/");
    let policy = pinned(document(), &pins)
        .compile_headers_only(&pins.verify(sdk("1.5.0")).unwrap(), ComponentTrust::Url)
        .unwrap();
    let layer = VisorLayer::compiled(policy);
    let headers = [("link", "</a>; rel=next"), ("link", "</b>; rel=prev"), HTML];
    // Twice around it is as once.
    let answers = [
        sent_through(layer, &headers).await,
        sent_through((layer, layer), &headers).await,
    ];
    for answer in answers {
        let links = answer.all("link");
        assert_eq!(links.len(), 3, "{links:?}");
        assert!(links[0].starts_with("</FaceLivenessDetector.js>; rel=modulepreload; "));
        assert_eq!(links[1..], ["</a>; rel=next", "</b>; rel=prev"]);
    }
    let answer = sent_through(layer, &[("link", "</a>; rel=next")]).await;
    assert_eq!(answer.all("link"), ["</a>; rel=next"], "no document");
}

#[tokio::test]
async fn headers_that_nobody_owns_stay_in_order() {
    let answer = sent(
        &hashes(),
        &[
            ("set-cookie", "a=1; Secure"),
            ("x-first", "1"),
            ("set-cookie", "b=2; Secure"),
            ("link", "</a>; rel=next"),
            ("set-cookie", "c=3; Secure"),
            ("link", "</b>; rel=prev"),
            HTML,
        ],
    )
    .await;
    assert_eq!(
        answer.all("set-cookie"),
        ["a=1; Secure", "b=2; Secure", "c=3; Secure"]
    );
    assert_eq!(answer.all("link"), ["</a>; rel=next", "</b>; rel=prev"]);
    assert_eq!(answer.one("x-first"), "1");
    assert_eq!(answer.body, "body");
}

#[tokio::test]
async fn the_applications_policies_stand_beside_ours() {
    let ours = sent(&hashes(), &[HTML]).await;
    let ours = ours.one("content-security-policy");

    let one = sent(
        &hashes(),
        &[HTML, ("content-security-policy", "img-src 'self'")],
    )
    .await;
    assert_eq!(one.all("content-security-policy"), [ours, "img-src 'self'"]);

    let two = sent(
        &hashes(),
        &[
            ("content-security-policy", "img-src 'self'"),
            HTML,
            ("content-security-policy", "font-src 'none'"),
        ],
    )
    .await;
    assert_eq!(
        two.all("content-security-policy"),
        [ours, "img-src 'self'", "font-src 'none'"]
    );

    let report_only = [
        HTML,
        ("content-security-policy-report-only", "default-src 'self'"),
    ];
    let report_only = sent(&hashes(), &report_only).await;
    assert_eq!(report_only.one("content-security-policy"), ours);
    assert_eq!(
        report_only.one("content-security-policy-report-only"),
        "default-src 'self'"
    );
}

#[tokio::test]
async fn report_only_and_further_policies_are_sent_beside_the_enforced_one() {
    let policy = hashes()
        .additional_csp(
            "connect-src 'self' https://contoso.cognitiveservices.azure.com"
                .parse()
                .unwrap(),
        )
        .report_only("default-src 'none'".parse().unwrap());
    let answer = sent(&policy, &[HTML]).await;
    let [main, further] = answer.all("content-security-policy")[..] else {
        panic!("two policies: {:#?}", answer.headers)
    };
    assert!(main.starts_with("default-src 'none'"));
    assert_eq!(
        further,
        "connect-src 'self' https://contoso.cognitiveservices.azure.com"
    );
    assert_eq!(
        answer.one("content-security-policy-report-only"),
        "default-src 'none'"
    );
}

#[tokio::test]
async fn what_the_policy_owns_is_replaced() {
    let answer = sent(
        &hashes(),
        &[
            HTML,
            ("x-frame-options", "SAMEORIGIN"),
            ("x-frame-options", "ALLOWALL"),
            ("referrer-policy", "unsafe-url"),
            ("permissions-policy", "camera=*"),
            ("strict-transport-security", "max-age=0"),
            ("x-content-type-options", "sniff"),
            ("cross-origin-opener-policy", "unsafe-none"),
        ],
    )
    .await;
    assert_eq!(answer.one("x-frame-options"), "DENY");
    assert_eq!(answer.one("referrer-policy"), "no-referrer");
    assert!(answer.one("permissions-policy").contains("camera=(self)"));
    assert_eq!(
        answer.one("strict-transport-security"),
        "max-age=63072000; includeSubDomains"
    );
    assert_eq!(answer.one("x-content-type-options"), "nosniff");
    assert_eq!(answer.one("cross-origin-opener-policy"), "same-origin");
}

#[tokio::test]
async fn telling_headers_are_stripped() {
    let answer = sent(
        &hashes(),
        &[
            HTML,
            ("server", "kestrel"),
            ("x-powered-by", "PHP/8"),
            ("x-powered-by", "ASP.NET"),
            ("x-aspnet-version", "4"),
            ("x-xss-protection", "1"),
            ("x-kept", "1"),
        ],
    )
    .await;
    for name in [
        "server",
        "x-powered-by",
        "x-aspnet-version",
        "x-xss-protection",
    ] {
        assert!(answer.all(name).is_empty(), "{name}");
    }
    assert_eq!(answer.one("x-kept"), "1");
}

#[tokio::test]
async fn a_header_that_is_stripped_can_be_kept_and_the_last_word_counts() {
    let rule = |policy: Policy, conflict| {
        let trace = HeaderName::from_static("x-b3-traceid");
        let reason = "callers trace their requests".parse().unwrap();
        policy.dangerous().conflict(trace, conflict, reason)
    };
    let own = [HTML, ("x-b3-traceid", "7"), ("x-b3-spanid", "8")];
    let kept = rule(hashes(), Conflict::Keep);
    let answer = sent(&kept, &own).await;
    assert_eq!(answer.one("x-b3-traceid"), "7");
    assert!(answer.all("x-b3-spanid").is_empty());
    let answer = sent(&rule(kept, Conflict::Replace), &own).await;
    assert!(answer.all("x-b3-traceid").is_empty());
}

#[tokio::test]
async fn a_file_with_a_validator_is_asked_for_again() {
    let cached = async |headers: &[(&'static str, &'static str)]| {
        let answer = sent(&hashes(), headers).await;
        answer.one("cache-control").to_owned()
    };
    let css = ("content-type", "text/css");
    for validator in [
        ("etag", "\"1\""),
        ("last-modified", "Thu, 26 Nov 2026 12:00:00 GMT"),
    ] {
        assert_eq!(cached(&[css, validator]).await, "no-cache");
        let json = ("content-type", "application/json");
        assert_eq!(cached(&[json, validator]).await, "no-store");
        assert_eq!(cached(&[HTML, validator]).await, "no-store");
        let cookie = ("set-cookie", "a=1");
        assert_eq!(cached(&[css, validator, cookie]).await, "no-store");
        let own = ("cache-control", "max-age=60");
        assert_eq!(cached(&[css, validator, own]).await, "max-age=60");
    }
    assert_eq!(cached(&[css]).await, "no-store");
}

#[tokio::test]
async fn cache_control_stays_where_nothing_secret_is_held() {
    let own = ("cache-control", "public, max-age=60");
    let json = ("content-type", "application/json");

    let liveness = sent(&hashes(), &[HTML, own]).await;
    assert_eq!(
        liveness.one("cache-control"),
        "no-store",
        "the page may hold a token"
    );

    let stored = strict(document().caching(Caching::Revalidate));
    assert_eq!(
        sent(&stored, &[HTML]).await.one("cache-control"),
        "no-cache"
    );
    assert_eq!(
        sent(&stored, &[HTML, own]).await.one("cache-control"),
        own.1
    );

    assert_eq!(
        sent(&hashes(), &[json]).await.one("cache-control"),
        "no-store"
    );
    assert_eq!(
        sent(&hashes(), &[json, own]).await.one("cache-control"),
        own.1
    );
}

#[tokio::test]
async fn each_conflict_can_be_settled_otherwise() {
    let reason = || "tested".parse().unwrap();
    let own_policy = ("content-security-policy", "img-src 'self'");
    let own_referrer = ("referrer-policy", "same-origin");

    let keep = hashes().dangerous().conflict(
        HeaderName::from_static("referrer-policy"),
        Conflict::Keep,
        reason(),
    );
    assert_eq!(
        sent(&keep, &[HTML, own_referrer])
            .await
            .one("referrer-policy"),
        "same-origin"
    );
    assert_eq!(
        sent(&keep, &[HTML]).await.one("referrer-policy"),
        "no-referrer"
    );

    let keep_policy = hashes().dangerous().conflict(
        HeaderName::from_static("content-security-policy"),
        Conflict::Keep,
        reason(),
    );
    let answer = sent(&keep_policy, &[HTML, own_policy]).await;
    assert_eq!(answer.one("content-security-policy"), own_policy.1);

    let replace = hashes().dangerous().conflict(
        HeaderName::from_static("content-security-policy"),
        Conflict::Replace,
        reason(),
    );
    let answer = sent(&replace, &[HTML, own_policy]).await;
    assert!(
        answer
            .one("content-security-policy")
            .starts_with("default-src 'none'")
    );

    let cached = hashes()
        .dangerous()
        .conflict(CACHE_CONTROL, Conflict::Keep, reason());
    let own = ("cache-control", "max-age=5");
    assert_eq!(
        sent(&cached, &[HTML, own]).await.one("cache-control"),
        "max-age=5"
    );
}

#[tokio::test]
async fn a_request_without_a_host_keeps_its_protection() {
    let service = VisorLayer::new(&hashes())
        .unwrap()
        .layer(Application(vec![HTML]));
    let request = Request::builder()
        .version(Version::HTTP_10)
        .body(())
        .unwrap();
    let response = tower::ServiceExt::oneshot(service, request).await.unwrap();
    assert!(response.headers().contains_key("strict-transport-security"));
}

#[tokio::test]
async fn a_map_that_is_full_is_no_panic() {
    let policy = hashes();
    // Names that a `HeaderMap` can hold, before and after the few of the policy.
    for count in [24_560, 24_570, 24_575] {
        let service = tower::service_fn(move |_: Request<()>| async move {
            let mut response = Response::new(());
            let headers = response.headers_mut();
            for n in 0..count - 3 {
                let name = HeaderName::try_from(format!("x-{n}")).unwrap();
                headers.append(name, HeaderValue::from_static("1"));
            }
            headers.append("content-type", HeaderValue::from_static("text/html"));
            headers.append("x-frame-options", HeaderValue::from_static("ALLOWALL"));
            for policy in ["img-src 'self'", "font-src 'none'"] {
                headers.append("content-security-policy", HeaderValue::from_static(policy));
            }
            Ok::<_, Infallible>(response)
        });
        let layer = VisorLayer::new(&policy).unwrap();
        let response = tower::ServiceExt::oneshot(layer.layer(service), Request::new(()))
            .await
            .unwrap();
        let headers = response.headers();
        assert!(headers.len() > 24_000);
        assert_eq!(headers["x-frame-options"], "DENY");
        assert_eq!(headers["content-type"], "text/html");
        let sent = headers["content-security-policy"].to_str().unwrap();
        assert!(sent.contains("/app.js"), "{sent}");
    }
}

#[tokio::test]
async fn no_cache_is_told_to_store_what_others_may_not() {
    let targeted = [
        ("cdn-cache-control", "max-age=600"),
        ("example-cdn-cache-control", "max-age=600"),
        ("surrogate-control", "max-age=600"),
    ];
    let page = sent(&hashes(), &[&[HTML], &targeted[..]].concat()).await;
    let json = [("content-type", "application/json")];
    let data = sent(&hashes(), &[&json, &targeted[..]].concat()).await;
    for (name, value) in targeted {
        assert!(page.all(name).is_empty(), "{name} of a page with a token");
        assert_eq!(data.one(name), value, "the application's choice");
    }
}

#[tokio::test]
async fn several_content_types_are_a_document_only_if_all_are_html() {
    for (types, document) in [
        (["text/html", "text/html; charset=utf-8"], true),
        (["text/html", "image/svg+xml"], false),
        (["application/json", "text/html"], false),
    ] {
        let headers = types.map(|value| ("content-type", value));
        let answer = sent(&hashes(), &headers).await;
        let policy = answer.one("content-security-policy");
        assert_eq!(policy.contains("/app.js"), document, "{types:?}: {policy}");
        assert_eq!(answer.all("content-type"), types);
    }
}

#[tokio::test]
async fn a_change_of_protocol_passes() {
    let service = tower::service_fn(|_: Request<()>| async {
        Response::builder()
            .status(101)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            .extension(7_u8)
            .body(())
    });
    let layer = VisorLayer::new(&hashes()).unwrap();
    let response = tower::ServiceExt::oneshot(layer.layer(service), Request::new(()))
        .await
        .unwrap();
    assert_eq!(response.status(), 101);
    for (name, value) in [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
    ] {
        assert_eq!(response.headers()[name], value);
    }
    assert!(!response.headers().contains_key("content-length"));
    assert_eq!(
        response.extensions().get(),
        Some(&7_u8),
        "hyper's upgrade lies there"
    );
}
