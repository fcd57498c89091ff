//! The full set of headers on each response.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::LazyLock;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::response::Html;
use axum::routing::get;
use axum_helmet::{Helmet, HelmetLayer};
use bytes::Bytes;
use http::header::{
    CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
};
use http::{Request, Response};
use http_body_util::Full;
use http_security_headers::{Preset, SecurityHeadersLayer};
use tower::ServiceBuilder;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::set_header::response::SetMultipleResponseHeadersLayer;
use tower_layer::Layer;
use tower_service::Service;
use tower_visor::policy::HostKind;
use tower_visor::response::ResponseClass;
use tower_visor_benches::hot::{self, App, Call, Variant};

use crate::rounds::{self, Cost, median};

const CALLS: usize = 4_000;

/// The bare service comes first.
const PLAIN: &[Variant] = &[
    ("plain, bare", || plain(App)),
    ("plain, visor", || {
        plain(hot::visor(&hot::liveness()).layer(App))
    }),
    ("plain, copy of a finished map", || {
        plain(Copied(finished()))
    }),
    ("plain, visor with nonce", || {
        plain(hot::visor(&hot::nonce()).layer(App))
    }),
    ("plain, visor with nonce, whole policy", || {
        plain(hot::visor(&hot::liveness_nonce()).layer(App))
    }),
    ("plain, twelve tower-http layers", || plain(twelve!(App))),
    ("plain, tower-http multi-header", || {
        plain(multiple::<Full<Bytes>>().layer(App))
    }),
    ("plain, axum-helmet", || plain(helmet().layer(App))),
    ("plain, http-security-headers", || {
        plain(strict().layer(App))
    }),
    ("plain, http-security-headers with nonce", || {
        plain(balanced_nonce().layer(App))
    }),
];

/// By `Router::layer`, which boxes what is inside.
const INSIDE: &[Variant] = &[
    ("axum, bare", || axum(router())),
    ("axum, visor", || {
        axum(router().layer(hot::visor(&hot::liveness())))
    }),
    ("axum, visor with nonce", || {
        axum(router().layer(hot::visor(&hot::nonce())))
    }),
    (
        "axum, twelve tower-http layers",
        || axum(twelve_in_router()),
    ),
    ("axum, twelve in one ServiceBuilder", || {
        axum(twelve_in_builder())
    }),
    ("axum, tower-http multi-header", || {
        axum(router().layer(multiple::<Body>()))
    }),
    ("axum, axum-helmet", || axum(router().layer(helmet()))),
    ("axum, http-security-headers", || {
        axum(router().layer(strict()))
    }),
    ("axum, http-security-headers with nonce", || {
        axum(router().layer(balanced_nonce()))
    }),
];

/// Around the router.
const AROUND: &[Variant] = &[
    ("around, bare", || axum(router())),
    ("around, visor", || {
        axum(hot::visor(&hot::liveness()).layer(router()))
    }),
    ("around, visor with nonce", || {
        axum(hot::visor(&hot::nonce()).layer(router()))
    }),
    ("around, twelve tower-http layers", || {
        axum(twelve!(router()))
    }),
    ("around, tower-http multi-header", || {
        axum(multiple::<Body>().layer(router()))
    }),
    ("around, axum-helmet", || axum(helmet().layer(router()))),
    ("around, http-security-headers", || {
        axum(strict().layer(router()))
    }),
    ("around, http-security-headers with nonce", || {
        axum(balanced_nonce().layer(router()))
    }),
];

/// All, for callgrind.
pub(crate) fn variants() -> impl Iterator<Item = &'static Variant> {
    PLAIN.iter().chain(INSIDE).chain(AROUND)
}

pub(crate) fn compare() {
    println!(
        "headers that are sent: visor {}, with nonce {}, tower-http {}, axum-helmet {}, \
         http-security-headers {}, with nonce {}",
        SET.len(),
        SET.len(),
        TWELVE.len(),
        sent(helmet()).len(),
        sent(strict()).len(),
        sent(balanced_nonce()).len(),
    );
    // What a nonce costs depends on the length of the policy that it is written into.
    for (name, headers) in [
        ("visor", sent(hot::visor(&hot::liveness()))),
        ("visor with nonce", sent(hot::visor(&hot::nonce()))),
        (
            "visor with nonce, whole policy",
            sent(hot::visor(&hot::liveness_nonce())),
        ),
        ("axum-helmet", sent(helmet())),
        ("http-security-headers", sent(strict())),
        ("http-security-headers with nonce", sent(balanced_nonce())),
    ] {
        let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        println!(
            "content-security-policy of {name}: {} bytes, {} nonces",
            policy.len(),
            policy.matches("'nonce-").count(),
        );
    }
    for variants in [PLAIN, INSIDE, AROUND] {
        let costs = rounds::measure(variants, CALLS);
        let (bare, rest) = costs.split_first().unwrap();
        let nonce = rest
            .iter()
            .find(|cost| cost.name.ends_with("visor with nonce"));
        let nonce = nonce.unwrap();
        println!(
            "\n{:44} {:>8} {:>7} {:>13} {:>10}",
            "over the bare service", "ns", "allocs", "instructions", "time/visor"
        );
        println!("{:44} {}", bare.name, absolute(bare));
        for cost in rest {
            let visor = if cost.name.contains("nonce") {
                nonce
            } else {
                &rest[0]
            };
            let over = cost.over(bare);
            let ratios = over
                .iter()
                .zip(visor.over(bare))
                .map(|(own, visor)| own / visor);
            let instructions = match (cost.instructions, bare.instructions) {
                (Some(own), Some(bare)) => format!("+{}", own.saturating_sub(bare)),
                _ => "-".to_owned(),
            };
            println!(
                "{:44} {:>8} {:>7} {instructions:>13} {:>10.2}",
                cost.name,
                format!("+{:.0}", median(over.clone())),
                format!("+{:.0}", cost.allocations - bare.allocations),
                median(ratios.collect()),
            );
        }
    }
}

fn absolute(cost: &Cost) -> String {
    let instructions = cost
        .instructions
        .map_or("-".to_owned(), |count| count.to_string());
    format!(
        "{:>8.0} {:>7.0} {instructions:>13}",
        median(cost.nanoseconds.clone()),
        cost.allocations
    )
}

/// The least that any layer can do: an answer whose headers are a copy of a finished map, which is
/// the answer for this one request only.
struct Copied(HeaderMap);

impl<B> Service<Request<B>> for Copied {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        let mut response = hot::response(TYPE, hot::HTML, LENGTH);
        *response.headers_mut() = self.0.clone();
        ready(Ok(response))
    }
}

const TYPE: &str = "text/html; charset=utf-8";
const LENGTH: &str = "15";

/// What the visor's answer has in the end.
fn finished() -> HeaderMap {
    let policy = hot::visor(&hot::liveness()).policy();
    let mut headers = policy.headers(ResponseClass::Document, HostKind::Named);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(TYPE));
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static(LENGTH));
    headers
}

/// The policy's headers, which the peers that take any headers are given.
static SET: LazyLock<HeaderMap> = LazyLock::new(|| {
    let policy = hot::visor(&hot::liveness()).policy();
    policy.headers(ResponseClass::Document, HostKind::Named)
});

/// Twelve of them: all but the last.
static TWELVE: LazyLock<Vec<(HeaderName, HeaderValue)>> = LazyLock::new(|| {
    let all = SET.iter().map(|(name, value)| {
        // As a program would have them, in its own data.
        let value = HeaderValue::from_static(value.to_str().unwrap().to_owned().leak());
        (name.clone(), value)
    });
    all.take(12).collect()
});

fn one(index: usize) -> SetResponseHeaderLayer<HeaderValue> {
    let (name, value) = TWELVE[index].clone();
    SetResponseHeaderLayer::overriding(name, value)
}

/// Twelve layers around a service.
macro_rules! twelve {
    ($service:expr) => {
        ServiceBuilder::new()
            .layer(one(0))
            .layer(one(1))
            .layer(one(2))
            .layer(one(3))
            .layer(one(4))
            .layer(one(5))
            .layer(one(6))
            .layer(one(7))
            .layer(one(8))
            .layer(one(9))
            .layer(one(10))
            .layer(one(11))
            .service($service)
    };
}
use twelve;

fn twelve_in_router() -> Router {
    (0..12).fold(router(), |router, index| router.layer(one(index)))
}

fn twelve_in_builder() -> Router {
    router().layer(tower::layer::layer_fn(|route| twelve!(route)))
}

fn multiple<B>() -> SetMultipleResponseHeadersLayer<Response<B>> {
    let all = TWELVE.iter().cloned();
    SetMultipleResponseHeadersLayer::overriding(all.map(Into::into).collect())
}

/// Its own default set.
fn helmet() -> HelmetLayer {
    Helmet::default().into_layer().unwrap()
}

fn strict() -> SecurityHeadersLayer {
    SecurityHeadersLayer::new(Preset::Strict.build())
}

fn balanced_nonce() -> SecurityHeadersLayer {
    SecurityHeadersLayer::new(Preset::BalancedNonce.build())
}

/// The headers that a layer adds.
fn sent<L>(layer: L) -> HeaderMap
where
    L: Layer<App>,
    L::Service: Service<Request<()>, Response = Response<Full<Bytes>>>,
{
    let mut service = layer.layer(App);
    let future = std::pin::pin!(service.call(hot::request("/", ())));
    let mut context = Context::from_waker(std::task::Waker::noop());
    match future.poll(&mut context) {
        Poll::Ready(Ok(response)) => {
            let mut headers = response.into_parts().0.headers;
            headers.remove(CONTENT_TYPE);
            headers.remove(CONTENT_LENGTH);
            headers
        }
        _ => panic!("no response at once"),
    }
}

fn plain<S>(service: S) -> Call
where
    S: Service<Request<()>> + 'static,
    S::Error: std::fmt::Debug,
{
    hot::calls(service, || hot::request("/", ()))
}

fn router() -> Router {
    Router::new().route("/", get(|| async { Html(hot::HTML) }))
}

fn axum<S>(service: S) -> Call
where
    S: Service<Request<Body>> + Clone + 'static,
    S::Error: std::fmt::Debug,
{
    // A server clones the service for each connection; axum's own handlers are cloned inside.
    hot::calls(service, || hot::request("/", Body::empty()))
}
