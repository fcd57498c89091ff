//! HTTPS only: peers, headers, answers.

use std::net::{IpAddr, SocketAddr};

use http::{Method, Request, Response, StatusCode, Version};
use http_body_util::{BodyExt as _, Full};
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_visor::layer::{
    ClientScheme, Forwarding, PeerAddress, PlainHttp, RequireHttps, VisorLayer,
};
use tower_visor::policy::{Document, Policy};

use super::server::{Server, request};

type Body = Full<bytes::Bytes>;

fn policy() -> Policy {
    Policy::document(Document::new("https://www.contoso.example").unwrap())
}

fn layer() -> RequireHttps {
    let networks =
        |list: &[&str]| -> Vec<_> { list.iter().map(|text| text.parse().unwrap()).collect() };
    RequireHttps::new(&policy())
        .unwrap()
        .behind(
            Forwarding::XForwardedProto,
            networks(&["10.0.0.0/8", "2001:db8::/32"]),
        )
        .behind(Forwarding::Forwarded, networks(&["192.0.2.7"]))
        .except("/healthz")
        .unwrap()
}

/// Answers with the scheme that it was told.
async fn inner(request: Request<Body>) -> Result<Response<Body>, std::convert::Infallible> {
    let scheme = request.extensions().get::<ClientScheme>();
    let text = format!("{:?}", scheme.unwrap());
    Ok(Response::new(Full::from(text)))
}

/// What comes of a request: the reason why it was stopped, `None` where it passed over HTTPS.
async fn found(peer: Option<&str>, headers: &[(&str, &str)]) -> Option<PlainHttp> {
    let mut request = Request::get("/a?b=c");
    if let Some(peer) = peer {
        request = request.extension(PeerAddress(peer.parse().unwrap()));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let service = layer().layer(service_fn(inner));
    let response = service
        .oneshot(request.body(Body::default()).unwrap())
        .await;
    let response = response.unwrap();
    let reason = response.extensions().get::<PlainHttp>().copied();
    let scheme = response.extensions().get::<ClientScheme>().copied();
    if reason.is_some() {
        assert_eq!(response.status(), StatusCode::PERMANENT_REDIRECT);
        let location = &response.headers()["location"];
        assert_eq!(location, "https://www.contoso.example/a?b=c");
        assert_eq!(scheme, Some(ClientScheme::Http));
    } else {
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(scheme, Some(ClientScheme::Https));
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, "Https");
    }
    reason
}

const XFP: &str = "x-forwarded-proto";
const FORWARDED: &str = "forwarded";

#[tokio::test]
async fn peers_and_headers() {
    use PlainHttp::{NoHeader, NoPeer, OddHeader, Said, UnlistedPeer};

    let listed = Some("10.1.2.3");
    let other = Some("192.0.2.7");
    for (peer, headers, expected) in [
        // Who says it.
        (None, &[(XFP, "https")][..], Some(NoPeer)),
        (None, &[], Some(NoPeer)),
        (Some("203.0.113.9"), &[(XFP, "https")], Some(UnlistedPeer)),
        (
            Some("203.0.113.9"),
            &[(FORWARDED, "proto=https")],
            Some(UnlistedPeer),
        ),
        (Some("127.0.0.1"), &[(XFP, "https")], Some(UnlistedPeer)),
        (Some("::1"), &[(XFP, "https")], Some(UnlistedPeer)),
        (
            Some("192.0.2.8"),
            &[(FORWARDED, "proto=https")],
            Some(UnlistedPeer),
        ),
        (listed, &[(XFP, "https")], None),
        (Some("::ffff:10.1.2.3"), &[(XFP, "https")], None),
        (
            Some("::ffff:11.1.2.3"),
            &[(XFP, "https")],
            Some(UnlistedPeer),
        ),
        (Some("2001:db8::5"), &[(XFP, "https")], None),
        (Some("2001:db9::5"), &[(XFP, "https")], Some(UnlistedPeer)),
        // What it says, in the one header that is named with it.
        (listed, &[], Some(NoHeader)),
        (listed, &[(XFP, "http")], Some(Said)),
        (listed, &[(XFP, "HTTPS")], None),
        (listed, &[(XFP, "https, https")], Some(OddHeader)),
        (listed, &[(XFP, "http,https")], Some(OddHeader)),
        (listed, &[(XFP, "https"), (XFP, "https")], Some(OddHeader)),
        (listed, &[(XFP, "https"), (XFP, "http")], Some(OddHeader)),
        (listed, &[(XFP, "")], Some(OddHeader)),
        (listed, &[(XFP, "on")], Some(OddHeader)),
        (listed, &[(XFP, "wss")], Some(OddHeader)),
        (listed, &[(XFP, "\"https\"")], Some(OddHeader)),
        (listed, &[(FORWARDED, "proto=https")], Some(NoHeader)),
        (listed, &[("x-forwarded-ssl", "on")], Some(NoHeader)),
        (
            listed,
            &[("front-end-https", "on"), ("x-forwarded-scheme", "https")],
            Some(NoHeader),
        ),
        // The other one may be the client's, and counts for nothing.
        (listed, &[(XFP, "https"), (FORWARDED, "proto=http")], None),
        (
            listed,
            &[(XFP, "http"), (FORWARDED, "proto=https")],
            Some(Said),
        ),
        (other, &[(FORWARDED, "proto=https")], None),
        (
            other,
            &[(FORWARDED, "for=192.0.2.60;proto=https;by=203.0.113.43")],
            None,
        ),
        (
            other,
            &[(FORWARDED, "For=\"[2001:db8::1]:4711\";Proto=\"https\"")],
            None,
        ),
        (
            other,
            &[(FORWARDED, "for=\"a,b;proto=http\";proto=https")],
            None,
        ),
        (other, &[(FORWARDED, "for=x;proto=http")], Some(Said)),
        (other, &[(FORWARDED, "for=x")], Some(OddHeader)),
        (
            other,
            &[(FORWARDED, "proto=https;proto=https")],
            Some(OddHeader),
        ),
        (
            other,
            &[(FORWARDED, "proto=https, proto=https")],
            Some(OddHeader),
        ),
        (other, &[(FORWARDED, "proto=https,for=y")], Some(OddHeader)),
        (
            other,
            &[(FORWARDED, "for=\"x\\\";proto=https")],
            Some(OddHeader),
        ),
        (
            other,
            &[(FORWARDED, "for=\"x;proto=https")],
            Some(OddHeader),
        ),
        (other, &[(FORWARDED, "proto=https;")], Some(OddHeader)),
        (other, &[(FORWARDED, "proto = https")], Some(OddHeader)),
        (other, &[(FORWARDED, "https")], Some(OddHeader)),
        (
            other,
            &[(FORWARDED, "proto=https"), (FORWARDED, "proto=https")],
            Some(OddHeader),
        ),
        (other, &[(XFP, "https")], Some(NoHeader)),
    ] {
        assert_eq!(found(peer, headers).await, expected, "{peer:?} {headers:?}");
    }
}

#[tokio::test]
async fn a_server_that_accepts_tls_says_so_itself() {
    for (scheme, status) in [(ClientScheme::Https, 200), (ClientScheme::Http, 308)] {
        let request = Request::get("/").extension(scheme).header(XFP, "https");
        let service = layer().layer(service_fn(inner));
        let response = service.oneshot(request.body(Body::default()).unwrap());
        assert_eq!(response.await.unwrap().status(), status);
    }
}

/// A server's own extension.
#[derive(Clone)]
struct Own(IpAddr);

#[tokio::test]
async fn the_peer_is_found_where_it_is() {
    let proxy = SocketAddr::from(([10, 0, 0, 7], 4711));
    let request = || Request::get("/").header(XFP, "https");
    let plain = request().extension(proxy).body(Body::default()).unwrap();
    let service = layer().layer(service_fn(inner));
    assert_eq!(service.oneshot(plain).await.unwrap().status(), 200);

    let by = layer().peer_by(|extensions| Some(extensions.get::<Own>()?.0));
    let own = request().extension(Own(proxy.ip()));
    let service = by.layer(service_fn(inner));
    let response = service.clone().oneshot(own.body(Body::default()).unwrap());
    assert_eq!(response.await.unwrap().status(), 200);
    // And nowhere else then.
    let plain = request().extension(proxy).body(Body::default()).unwrap();
    assert_eq!(service.oneshot(plain).await.unwrap().status(), 308);
}

/// What the server answers to a request over plain http.
async fn stopped(method: Method, uri: &str, headers: &[(&str, &str)]) -> Response<Body> {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let service = layer().layer(service_fn(inner));
    let request = request.body(Body::default()).unwrap();
    service.oneshot(request).await.unwrap()
}

#[tokio::test]
async fn redirects_lead_to_the_policys_origin_alone() {
    let evil = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example;proto=http"),
    ];
    for method in [Method::GET, Method::HEAD] {
        for (uri, location) in [
            ("/", "https://www.contoso.example/"),
            ("/a/b?c=d&e", "https://www.contoso.example/a/b?c=d&e"),
            (
                "//evil.example/x",
                "https://www.contoso.example//evil.example/x",
            ),
            (
                "/@evil.example",
                "https://www.contoso.example/@evil.example",
            ),
            ("http://evil.example/x?y", "https://www.contoso.example/x?y"),
            ("http://evil.example", "https://www.contoso.example/"),
        ] {
            let response = stopped(method.clone(), uri, &evil).await;
            assert_eq!(response.status(), 308, "{uri}");
            assert_eq!(response.headers()["location"], location);
            assert_eq!(response.headers()["cache-control"], "no-store");
            assert_eq!(response.headers()["content-length"], "0");
        }
    }
    // No path: neither `*` nor an authority may become a part of the host.
    for uri in ["*", "evil.example:443"] {
        let response = stopped(Method::GET, uri, &evil).await;
        let location = response.headers().get("location");
        assert!(
            location.is_none_or(|location| location == "https://www.contoso.example/"),
            "{location:?}"
        );
    }
}

#[tokio::test]
async fn what_is_not_read_only_is_refused() {
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get"] {
        let response = stopped(method.parse().unwrap(), "/", &[]).await;
        assert_eq!(response.status(), 403, "{method}");
        assert!(!response.headers().contains_key("location"));
    }
}

#[tokio::test]
async fn a_health_check_passes_by_exactly_its_path() {
    for (method, uri, status) in [
        (Method::GET, "/healthz", 200),
        (Method::POST, "/healthz", 200),
        (Method::GET, "/healthz?x=y", 200),
        (Method::GET, "/healthz/", 308),
        (Method::GET, "/healthz/x", 308),
        (Method::GET, "/Healthz", 308),
        (Method::GET, "/x?/healthz", 308),
        (Method::GET, "/%68ealthz", 308),
    ] {
        let response = stopped(method, uri, &[]).await;
        assert_eq!(response.status(), status, "{uri}");
    }
}

#[tokio::test]
async fn hsts_goes_by_what_was_found() {
    let visor = VisorLayer::new(&policy()).unwrap();
    let send = async |inside: bool, host: &str, scheme: &str, path: &str| {
        let request = Request::get(path)
            .header("host", host)
            .header(XFP, scheme)
            .extension(PeerAddress(IpAddr::from([10, 0, 0, 7])));
        let request = request.body(Body::default()).unwrap();
        let service = service_fn(inner);
        if inside {
            layer().layer(visor.layer(service)).oneshot(request).await
        } else {
            visor.layer(layer().layer(service)).oneshot(request).await
        }
        .unwrap()
    };
    let hsts =
        |response: &Response<Body>| response.headers().contains_key("strict-transport-security");
    for inside in [true, false] {
        // nginx puts the address of the upstream into `Host`, unless it is told otherwise.
        for host in ["www.contoso.example", "127.0.0.1:8080", "localhost"] {
            assert!(hsts(&send(inside, host, "https", "/").await), "{host}");
            for path in ["/", "/healthz"] {
                let response = send(inside, host, "http", path).await;
                assert!(!hsts(&response), "{host}{path}");
            }
        }
    }
    // Nobody said: by `Host`, as ever.
    let request = |host| Request::get("/").header("host", host).body(Body::default());
    let service = visor.layer(service_fn(async |_| {
        Ok::<_, std::convert::Infallible>(Response::new(Body::default()))
    }));
    for (host, expected) in [
        ("www.contoso.example", true),
        ("127.0.0.1", false),
        ("a.example/.localhost", true),
    ] {
        let response = service.oneshot(request(host).unwrap()).await;
        assert_eq!(hsts(&response.unwrap()), expected, "{host}");
    }
}

#[tokio::test]
async fn over_a_socket_the_body_is_not_read() {
    let service = layer().layer(service_fn(async |_: Request<hyper::body::Incoming>| {
        Ok::<_, std::convert::Infallible>(Response::new(Body::from("inside")))
    }));
    let server = Server::start(service).await;
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let (mut parts, _) = request("/sessions").into_parts();
        parts.method = Method::POST;
        let answer = server
            .send(version, Request::from_parts(parts, "{\"secret\": 1}"))
            .await;
        assert_eq!(answer.status, 403);
        assert!(answer.body.is_empty());
        let answer = server.send(version, request("/sessions")).await;
        assert_eq!(answer.status, 308);
        assert_eq!(
            answer.one("location"),
            "https://www.contoso.example/sessions"
        );
        assert_eq!(
            server.send(version, request("/healthz")).await.body,
            "inside"
        );
    }
}

#[test]
fn messages() {
    let api = RequireHttps::new(&Policy::api()).unwrap_err();
    assert_eq!(
        api.to_string(),
        "the policy has no page: name the origin with `RequireHttps::at`"
    );
    let local = Policy::document(Document::new("http://localhost:3000").unwrap());
    assert_eq!(
        RequireHttps::new(&local).unwrap_err().to_string(),
        "`http://localhost:3000` is not on HTTPS: leave the layer out on a developer's machine"
    );
    for path in [
        "healthz",
        "",
        "/healthz?x",
        "/a b",
        "/a#b",
        "http://x/healthz",
    ] {
        assert_eq!(
            layer().except(path).unwrap_err().to_string(),
            format!("`{path}` is not a path: write for example `/healthz`, without a query")
        );
    }
    for (reason, message) in [
        (
            PlainHttp::NoPeer,
            "the peer's address is unknown: put a `PeerAddress` into the request's extensions, \
             or say by `peer_by` where it is",
        ),
        (
            PlainHttp::UnlistedPeer,
            "the peer is not a proxy that `behind` names",
        ),
        (
            PlainHttp::NoHeader,
            "the proxy doesn't send the header that `behind` names",
        ),
        (
            PlainHttp::OddHeader,
            "the proxy's header doesn't say `http` or `https`, once",
        ),
        (PlainHttp::Said, "plain http"),
    ] {
        assert_eq!(reason.to_string(), message);
    }
}
