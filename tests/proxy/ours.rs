//! Our own server, as a team runs it behind a proxy, and the proxy in front of it.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Html;
use axum::routing::get;
use axum::{Extension, Router};
use http::{Request, Response};
use tokio::net::TcpListener;
use tower::{Layer as _, Service};
use tower_visor::assets::AssetCaching;
use tower_visor::layer::{Forwarding, RequireHttps, VisorLayer};
use tower_visor::policy::ScriptTrust;
use tower_visor::{Document, Nonce, PinnedAssets, Policy, Site};

use crate::server::{Kind, NAME, Ports, Server};
use crate::sites;

/// Where the site is: under the SDK's version, so that files may be kept for long.
pub(crate) const BASE: &str = "/1.5.0/";

/// A page that is made for each request, with a nonce.
pub(crate) const WELCOME: &str = "/welcome";

async fn welcome(Extension(nonce): Extension<Nonce>) -> Html<String> {
    Html(format!(
        "<!doctype html><title>Welcome</title><script nonce=\"{nonce}\">start()</script>"
    ))
}

/// A site, an application with a dynamic page behind it, and HTTPS only where the proxy is known; gives
/// its port.
async fn serve(site: &Site, knows: Knows) -> u16 {
    let origin = format!("https://{NAME}");
    let document = Document::new(&origin).unwrap();
    let rendered = Policy::document(document.scripts_by(ScriptTrust::Nonce))
        .compile()
        .unwrap();
    let application: Router = Router::new()
        .route(WELCOME, get(welcome))
        .route_layer(rendered.layer())
        .merge(sites::application());
    // The tests ask past the proxy, too, and then say themselves what the proxy says.
    let https = RequireHttps::at(&origin.parse().unwrap())
        .unwrap()
        .behind(
            Forwarding::XForwardedProto,
            ["127.0.0.0/8".parse().unwrap()],
        )
        .peer_by(|extensions| -> Option<IpAddr> {
            Some(extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip())
        });
    let headers = VisorLayer::compiled(site.policy());
    let service = site.serving(application);
    match knows {
        Knows::Proxy => listen(headers.layer(https.layer(service))).await,
        Knows::Nothing => listen(headers.layer(service)).await,
    }
}

/// Serves on the loopback interface, and tells the service who asks; gives the port.
pub(crate) async fn listen<S>(service: S) -> u16
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let service = axum::ServiceExt::<axum::extract::Request>::into_make_service_with_connect_info::<
        SocketAddr,
    >(service);
    tokio::spawn(async move { axum::serve(listener, service).await });
    port
}

/// What our server knows of the proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Knows {
    /// Its network, and in which header it says how a client came.
    Proxy,
    Nothing,
}

/// How a proxy is set up: its name for messages, what nginx wants beside the server's block, and what
/// is in it. `UPSTREAM` is where our server listens, `FOLDER` where files may be written.
pub(crate) struct SetUp {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) http: String,
    pub(crate) server: String,
}

/// A proxy in front of our server.
pub(crate) struct Behind {
    pub(crate) folder: tempfile::TempDir,
    /// The proxy's.
    pub(crate) ports: Ports,
    /// Past it.
    pub(crate) past: Ports,
    pub(crate) server: Server,
}

impl Behind {
    pub(crate) async fn start(set_up: &SetUp) -> Self {
        Self::of(set_up, Knows::Proxy).await
    }

    pub(crate) async fn of(set_up: &SetUp, knows: Knows) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Caches keep what may be kept for long.
        let assets = PinnedAssets::builder()
            .compressing()
            .caching(AssetCaching::Immutable);
        let site = sites::load(sites::built(folder.path(), BASE).assets(assets));
        let port = serve(&site, knows).await;
        let written = |text: &str| {
            let upstream = format!("127.0.0.1:{port}");
            let at = folder.path().to_str().unwrap();
            text.replace("UPSTREAM", &upstream).replace("FOLDER", at)
        };
        let (kind, ports) = (set_up.kind, Ports::free());
        let server = written(&set_up.server);
        let file: PathBuf = kind.prepare(folder.path(), Path::new("/nowhere"), ports, &server);
        if !set_up.http.is_empty() {
            Kind::into_http(&file, &written(&set_up.http));
        }
        let checked = kind.check(folder.path(), &file);
        let says = String::from_utf8_lossy(&checked.stderr).into_owned();
        assert!(checked.status.success(), "{}: {says}", set_up.name);
        let server = kind.start(folder.path(), &file, ports).await;
        let past = Ports {
            plain: port,
            tls: 0,
        };
        Self {
            folder,
            ports,
            past,
            server,
        }
    }
}
