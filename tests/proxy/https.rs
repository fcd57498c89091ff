//! `RequireHttps` behind a real nginx that terminates TLS.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::routing::get;
use http::Method;
use tower::Layer as _;
use tower_visor::layer::{Forwarding, RequireHttps, VisorLayer};
use tower_visor::policy::{Document, Policy};

use crate::client::{Answer, Asked, Way, ask};
use crate::ours;
use crate::server::{Kind, NAME, Ports};

/// From where nginx calls the application: another address than the tests', so that they are no
/// proxy.
const PROXY: &str = "127.0.0.2";

/// The application, as a team would run it; gives its port.
async fn application(origin: &str) -> u16 {
    let policy = Policy::document(Document::new(origin).unwrap());
    let https = RequireHttps::new(&policy)
        .unwrap()
        .behind(Forwarding::XForwardedProto, [PROXY.parse().unwrap()])
        .peer_by(|extensions| -> Option<IpAddr> {
            Some(extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip())
        });
    let router = axum::Router::new().route("/", get(async || "inside").post(async || "inside"));
    ours::listen(VisorLayer::new(&policy).unwrap().layer(https.layer(router))).await
}

#[tokio::test]
async fn behind_nginx_nothing_loops_and_nothing_passes_in_the_clear() {
    if Kind::Nginx.is_skipped() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let origin = format!("https://{NAME}");
    let application = application(&origin).await;
    // nginx puts the application's address into `Host` by itself.
    let site = format!(
        "location / {{\nproxy_pass http://127.0.0.1:{application};\nproxy_bind {PROXY};\n\
         proxy_set_header X-Forwarded-Proto $scheme;\n}}"
    );
    let ports = Ports::free();
    let file = Kind::Nginx.prepare(folder.path(), "/nowhere".as_ref(), ports, &site);
    let _nginx = Kind::Nginx.start(folder.path(), &file, ports).await;
    let past = Ports {
        plain: application,
        tls: 0,
    };
    let ask = async |ports: Ports, way: Way, asked: Asked| -> Answer {
        ask(ports, folder.path(), way, &asked).await
    };

    // In the clear: sent to the policy's origin, where it ends.
    let lured = Asked::get("/?a=b").with("host", "evil.example");
    let sent_on = ask(ports, Way::Plain, lured).await;
    assert_eq!(sent_on.status, 308);
    let location = sent_on.headers["location"].to_str().unwrap();
    assert!(!sent_on.headers.contains_key("strict-transport-security"));
    let path = location.strip_prefix(&origin).unwrap();
    assert_eq!(path, "/?a=b");
    let arrived = ask(ports, Way::Tls, Asked::get(path)).await;
    assert_eq!(arrived.status, 200);
    assert!(arrived.headers.contains_key("strict-transport-security"));

    let written = || Asked::get("/").by(Method::POST);
    assert_eq!(ask(ports, Way::Plain, written()).await.status, 403);
    assert_eq!(ask(ports, Way::Tls, written()).await.status, 200);

    // What clients claim themselves counts for nothing, by way of nginx or past it.
    let claims = |scheme: &str| {
        let claimed = Asked::get("/").with("x-forwarded-proto", scheme);
        claimed.with("forwarded", &format!("proto={scheme}"))
    };
    for ports in [ports, past] {
        assert_eq!(ask(ports, Way::Plain, claims("https")).await.status, 308);
    }
    assert_eq!(ask(ports, Way::Tls, claims("http")).await.status, 200);
}
