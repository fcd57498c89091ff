//! The backend of a liveness check, as a team would run it: it signs persons in, makes their
//! sessions, compares what the page and the service say, keeps it all, and shows it to an operator.

mod check;
mod face;
mod fake;
mod review;
mod store;

use std::io::IsTerminal as _;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::ConnectInfo;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};
use clap::Parser;
use tower::Layer as _;
use tower_visor::layer::{Forwarding, RequireHttps};
use tower_visor::policy::{Document, Policy, Resource};
use tower_visor::sdk::Endpoint;
use tower_visor::session::SessionError;
use tower_visor::{Pins, Site};
use tracing_subscriber::filter::LevelFilter;

use face::Face;
use store::Store;

/// Serves the liveness page with its backend, and a second site for the operator.
#[derive(Parser)]
struct Options {
    /// The port of the page; 0 lets the system pick one
    #[arg(long, default_value_t = 3000)]
    port: u16,

    /// The port of the operator's site; 0 lets the system pick one
    #[arg(long, default_value_t = 3001)]
    operator_port: u16,

    /// The database; it is created at the first start
    #[arg(long, value_name = "FILE", default_value = "orchestrator.sqlite")]
    database: PathBuf,

    /// The SDK: a folder with `node_modules`, or with the vendored files. The default is a stand-in
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/sdk/1.5.0"))]
    sdk: PathBuf,

    /// The lock file that the SDK must agree with, made by `visor pin`
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/visor-lock.json"))]
    lock: PathBuf,

    /// The Face endpoint, `resource:NAME` for example; without it, a fake one
    #[arg(long, value_name = "ENDPOINT", requires = "key")]
    endpoint: Option<Endpoint>,

    /// The resource's key
    #[arg(long, value_name = "KEY", env = "FACE_KEY", hide_env_values = true)]
    key: Option<String>,

    /// The origin that browsers see, where a proxy terminates TLS
    #[arg(long, value_name = "ORIGIN", requires = "proxy")]
    origin: Option<String>,

    /// The proxy's network; it has to set `X-Forwarded-Proto`
    #[arg(long, value_name = "NETWORK", requires = "origin")]
    proxy: Vec<String>,

    /// With what the operator signs in; without it, a key is drawn at each start
    #[arg(long, value_name = "KEY", env = "OPERATOR_KEY", hide_env_values = true)]
    operator_key: Option<String>,
}

/// What can go wrong. Pages and clients see the status alone.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the database: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("a record can't be read or written: {0}")]
    Record(#[from] serde_json::Error),
    #[error("{0}")]
    Session(#[from] SessionError),
    #[error("{0}")]
    Routes(#[from] tower_visor::layer::SessionRoutesError),
    #[error("Face can't be reached: {0}")]
    Unreachable(String),
    #[error("the service gave a session id that no URL takes")]
    SessionId,
    #[error("the key holds what no header does")]
    Key,
    #[error("the page's origin holds what no header does")]
    Origin,
    #[error("the quota's period is zero")]
    Quota,
    #[error("a name is letters, spaces, dots and hyphens, at most 100 bytes")]
    Name,
    #[error("nobody of that name is known")]
    NoSuchPerson,
    #[error("the system gives no random bytes: {0}")]
    Random(#[from] getrandom::Error),
    #[error("{0}")]
    Task(#[from] tokio::task::JoinError),
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Name => StatusCode::BAD_REQUEST,
            Self::NoSuchPerson => StatusCode::NOT_FOUND,
            Self::Unreachable(_) => StatusCode::BAD_GATEWAY,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if status.is_server_error() {
            eprintln!("error: {self}");
        }
        status.into_response()
    }
}

/// Seconds since 1970-01-01 (UTC).
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// 128 random bits, in hexadecimal.
pub fn random() -> Result<String, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

#[tokio::main]
async fn main() -> ExitCode {
    // What happens to sessions, requests and files: docs/events.md.
    let events = tracing_subscriber::fmt().with_max_level(LevelFilter::INFO);
    let events = events.with_ansi(std::io::stderr().is_terminal());
    events.with_writer(std::io::stderr).init();
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    // `localhost` and not an address: browsers keep cookies by host, and this host by its name.
    let page = tokio::net::TcpListener::bind(("127.0.0.1", options.port)).await?;
    let operator = tokio::net::TcpListener::bind(("127.0.0.1", options.operator_port)).await?;
    let local = format!("http://localhost:{}", page.local_addr()?.port());
    let origin = options.origin.unwrap_or_else(|| local.clone());

    let (endpoint, key) = match (options.endpoint, options.key) {
        (Some(endpoint), Some(key)) => (endpoint, key),
        _ => {
            let address = fake::start(&origin).await?;
            let endpoint = Endpoint::local_test(&format!("http://{address}"))?;
            (endpoint, fake::KEY.to_owned())
        }
    };
    let face = Face::new(endpoint.clone(), &key)?;
    let store = Store::open(&options.database)?;

    let document = ["/api/sign-in", "/api/session", "/api/session/result"]
        .iter()
        .fold(Document::new(&origin)?, |document, path| {
            document.loads(Resource::Connect, path)
        });
    let routes = Policy::document(Document::new(&origin)?);
    let pins = Pins::load(&options.lock)?;
    let site = Site::pinned(options.sdk, pins)
        .app(concat!(env!("CARGO_MANIFEST_DIR"), "/web"))
        .load(document, endpoint.clone())?;
    for warning in site.warnings() {
        eprintln!("warning: {warning}");
    }
    let api = check::routes(store.clone(), face, &routes)?
        .route("/healthz", get(|| async { StatusCode::NO_CONTENT }));
    let app = site.around(api);

    let operator_key = options.operator_key.map_or_else(random, Ok)?;
    let operator_origin = format!("http://localhost:{}", operator.local_addr()?.port());
    let review = review::site(store, &operator_origin, &operator_key)?;

    println!("the page      {local}/");
    println!("the operator  {operator_origin}/  (key: {operator_key})");
    if endpoint.is_local_test() {
        println!("a fake Face   {}", endpoint.origin());
    }
    let review = axum::serve(operator, review);
    // Over plain http nothing is answered, where there is a proxy that terminates TLS. On a
    // developer's machine there is none, and the page is http://localhost.
    let app = if options.proxy.is_empty() {
        Router::new().fallback_service(app)
    } else {
        let networks = options.proxy.iter().map(|network| network.parse());
        let networks = networks.collect::<Result<Vec<_>, _>>()?;
        let https = RequireHttps::new(&routes)?
            .behind(Forwarding::XForwardedProto, networks)
            .peer_by(|extensions| {
                let peer: &ConnectInfo<SocketAddr> = extensions.get()?;
                Some::<IpAddr>(peer.ip())
            })
            .except("/healthz")?;
        Router::new().fallback_service(https.layer(app))
    };
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::try_join!(axum::serve(page, app), review)?;
    Ok(())
}
