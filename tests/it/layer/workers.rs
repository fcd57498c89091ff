//! Scripts of service workers.

use std::convert::Infallible;

use http::{Request, Response};
use http_body_util::Full;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_visor::layer::{ServiceWorkerRefused, VisorLayer};
use tower_visor::policy::{Policy, Resource};
use tower_visor::response::ResponseClass;

use super::server::{self, Server};
use super::{document, hashes, strict};

/// Asks for `/sw.js` with these headers, of an application that has one.
async fn ask(policy: &Policy, headers: &[(&str, &str)]) -> Response<Full<bytes::Bytes>> {
    let application = service_fn(move |_: Request<()>| {
        let body = Full::new(bytes::Bytes::from_static(b"skipWaiting()"));
        let response = Response::builder()
            .header("content-type", "text/javascript")
            .header("cache-control", "public, max-age=600")
            .header("cdn-cache-control", "max-age=600")
            .header("service-worker-allowed", "/")
            .extension(ResponseClass::PinnedAsset);
        std::future::ready(Ok::<_, Infallible>(response.body(body).unwrap()))
    });
    let mut request = Request::get("/sw.js");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let service = VisorLayer::new(policy).unwrap().layer(application);
    service.oneshot(request.body(()).unwrap()).await.unwrap()
}

const BROWSERS: [&[(&str, &str)]; 3] = [
    &[
        ("service-worker", "script"),
        ("sec-fetch-dest", "serviceworker"),
    ],
    &[("service-worker", "script")],
    &[("sec-fetch-dest", "serviceworker")],
];

#[tokio::test]
async fn none_is_served_where_the_policy_names_none() {
    for policy in [hashes(), Policy::document(document()), Policy::api()] {
        for headers in BROWSERS {
            let response = ask(&policy, headers).await;
            assert_eq!(response.status(), 403, "{headers:?}");
            let reason: &ServiceWorkerRefused = response.extensions().get().unwrap();
            assert_eq!(
                reason.to_string(),
                "the script of a service worker, though the policy names none: name it with `Resource::Worker` if there should be one"
            );
            let headers = response.headers();
            assert_eq!(headers["cache-control"], "no-store");
            assert_eq!(headers["x-content-type-options"], "nosniff");
            for gone in [
                "content-type",
                "cdn-cache-control",
                "service-worker-allowed",
            ] {
                assert!(!headers.contains_key(gone), "{gone}");
            }
        }
    }
}

#[tokio::test]
async fn one_that_is_named_is_served() {
    let page = document().loads(Resource::Worker, "/sw.js");
    for policy in [strict(page.clone()), Policy::document(page)] {
        for headers in BROWSERS {
            let response = ask(&policy, headers).await;
            assert_eq!(response.status(), 200, "{headers:?}");
            assert_eq!(response.headers()["cache-control"], "public, max-age=600");
        }
    }
}

#[tokio::test]
async fn other_scripts_are_none_of_its_business() {
    for headers in [
        &[("sec-fetch-dest", "script")][..],
        &[("sec-fetch-dest", "worker")],
        &[("service-worker", "no"), ("sec-fetch-dest", "empty")],
        &[("accept", "script"), ("x-any", "serviceworker")],
        &[],
    ] {
        assert_eq!(ask(&hashes(), headers).await.status(), 200, "{headers:?}");
    }
}

#[tokio::test]
async fn the_refusal_is_an_answer_on_a_socket_too() {
    let application = service_fn(|_: Request<hyper::body::Incoming>| async {
        Ok::<_, Infallible>(Response::new(Full::new(bytes::Bytes::from_static(b"body"))))
    });
    let server = Server::start(VisorLayer::new(&hashes()).unwrap().layer(application)).await;
    let mut request = server::request("/sw.js");
    request
        .headers_mut()
        .insert("service-worker", "script".parse().unwrap());
    let answer = server.send(http::Version::HTTP_11, request).await;
    assert_eq!(answer.status, 403);
    assert_eq!(
        answer.one("strict-transport-security"),
        "max-age=63072000; includeSubDomains"
    );
}

#[tokio::test]
async fn a_route_of_its_own_policy_has_its_own_worker() {
    let page = document().loads(Resource::Worker, "/sw.js");
    let own = Policy::document(page).compile().unwrap();
    let application = service_fn(move |_: Request<()>| {
        let response = Response::builder().extension(own);
        let body = response.body(Full::<bytes::Bytes>::default()).unwrap();
        std::future::ready(Ok::<_, Infallible>(body))
    });
    let service = VisorLayer::new(&hashes()).unwrap().layer(application);
    let request = Request::get("/sw.js").header("service-worker", "script");
    let response = service.oneshot(request.body(()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
}
