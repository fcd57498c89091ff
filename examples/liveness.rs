//! A page that hosts the Face Liveness Web SDK under the strictest headers that it runs with.
//!
//! ```text
//! cargo run --example liveness
//! ```
//!
//! Without options it serves a stand-in for the SDK, which is in this repository because
//! Microsoft's own may not be redistributed, and a fake Face endpoint, so that a check goes all the
//! way to a result. With `--sdk DIR` it serves the SDK that you have, and with `--lock FILE` only if
//! every file is the one that was pinned. `SIGHUP` makes it read and check everything anew.

#[path = "liveness/banner.rs"]
mod banner;
#[path = "liveness/face.rs"]
mod face;
#[path = "liveness/reload.rs"]
mod reload;
#[path = "liveness/site.rs"]
mod site;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use axum::extract::Request;
use axum::serve::ListenerExt as _;
use axum::{Router, ServiceExt};
use clap::{Parser, ValueEnum};
use tower::Layer as _;
use tower_visor::layer::VisorLayer;
use tower_visor::policy::{CompiledPolicy, ComponentTrust, Policy, Reason};
use tower_visor::sdk::Endpoint;

use reload::Current;
use site::{Front, Site};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// Serves a liveness page under tower-visor's strict policy, on 127.0.0.1.
#[derive(Parser)]
struct Options {
    /// The port; 0 lets the system pick one
    #[arg(long, default_value_t = 0)]
    port: u16,

    /// The SDK to serve: a folder with `node_modules`, or with the vendored files
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0"))]
    sdk: PathBuf,

    /// The lock file that the SDK must agree with, file by file; without it, what is found is
    /// pinned at the start
    #[arg(long, value_name = "FILE")]
    lock: Option<PathBuf>,

    /// A policy in TOML or JSON, in place of the strict one; its origin must be this server's
    #[arg(long, value_name = "FILE", conflicts_with = "insecure_no_headers")]
    policy: Option<PathBuf>,

    /// A second SDK, served on /legacy/ with 'unsafe-eval' for that route alone: 1.4.8 and older
    #[arg(long, value_name = "DIR")]
    legacy: Option<PathBuf>,

    /// The Face endpoint: `resource:NAME`, `region:NAME`, or the URL of a reverse proxy; without
    /// it, a fake one
    #[arg(long, value_name = "ENDPOINT", requires = "session")]
    endpoint: Option<Endpoint>,

    /// A session token made by your backend, for a real endpoint
    #[arg(long, value_name = "TOKEN", requires = "endpoint")]
    session: Option<String>,

    /// How much of the SDK the browser checks
    #[arg(long, value_enum, default_value = "guarded")]
    checks: Checks,

    /// The origin that browsers see, when a proxy with TLS is in front
    #[arg(long, value_name = "ORIGIN", conflicts_with = "policy")]
    origin: Option<String>,

    /// Where browsers send their reports: an `https` URL
    #[arg(long, value_name = "URL", conflicts_with = "policy")]
    reports: Option<String>,

    /// The same pages without any header of tower-visor's, to see the difference
    #[arg(long)]
    insecure_no_headers: bool,
}

/// How much of the SDK the browser checks.
#[derive(Clone, Copy, ValueEnum)]
enum Checks {
    /// Every byte of its code: the page is compiled with digests and the guard
    Guarded,
    /// What headers can do for a page that is sent as it is; the component is known by its URL
    Headers,
    /// The same, and the component is known by its digest alone
    HeadersDigest,
}

impl Checks {
    /// What is sent as the page, and its policy.
    fn front(self, site: &Site, policy: &Policy) -> Result<(Front, CompiledPolicy)> {
        let component = match self {
            Self::Guarded => {
                let page = site.page(policy)?;
                let compiled = page.policy();
                return Ok((Front::Guarded(page), compiled));
            }
            Self::Headers => ComponentTrust::Url,
            Self::HeadersDigest => ComponentTrust::Digest,
        };
        let compiled = site.headers_only(policy, component)?;
        Ok((Front::AsIs(compiled), compiled))
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<()> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", options.port)).await?;
    let address = listener.local_addr()?;
    let origin = options
        .origin
        .clone()
        .unwrap_or_else(|| format!("http://{address}"));

    // A real Face endpoint, or a fake one: an origin of its own, as the real one is.
    let face = match &options.session {
        Some(token) => face::Face::Real(token.clone()),
        None => face::Face::start(&origin).await?,
    };
    let endpoint = match (options.endpoint.clone(), face.address()) {
        (Some(endpoint), _) => endpoint,
        (None, Some(address)) => Endpoint::local_test(&format!("http://{address}"))?,
        (None, None) => unreachable!("clap asks for an endpoint with a session"),
    };

    // Nagle's algorithm holds back the end of a response for up to 40 ms.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let setting = Setting {
        options,
        origin,
        face,
        endpoint,
    };
    let (router, sites) = setting.load()?;
    if setting.options.insecure_no_headers {
        banner::bare(address);
    } else {
        banner::protected(address, &sites);
    }
    let current = Current::new(router);
    reload::on_hangup(current.clone(), move || {
        let (router, sites) = setting.load()?;
        let version = sites.first().map(|(site, ..)| site.pins.version().clone());
        Ok((router, version))
    })?;
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    axum::serve(listener, ServiceExt::<Request>::into_make_service(current))
        .with_graceful_shutdown(stop)
        .await?;
    Ok(())
}

/// A page, its policy, and what that came to.
type Served = (Site, Policy, CompiledPolicy);

/// What stays the same from one reload to the next.
struct Setting {
    options: Options,
    origin: String,
    face: face::Face,
    endpoint: Endpoint,
}

impl Setting {
    /// Reads and checks all that is served, and puts the headers around it.
    fn load(&self) -> Result<(Router, Vec<Served>)> {
        let Self {
            options,
            origin,
            face,
            endpoint,
        } = self;
        let main = Site::load("/", &options.sdk, options.lock.as_deref())?;
        let policy = match &options.policy {
            Some(file) => read_policy(file)?,
            None => main.policy(origin, endpoint, options.reports.as_deref())?,
        };
        // Without headers there is no guard either: what it gives is for the policy to ask for.
        let checks = if options.insecure_no_headers {
            Checks::Headers
        } else {
            options.checks
        };
        let (front, compiled) = checks.front(&main, &policy)?;
        let mut router = main.router(face, front);
        let mut sites = vec![(main, policy, compiled)];
        if let Some(folder) = &options.legacy {
            let legacy = Site::load("/legacy/", folder, None)?;
            let reason: Reason = "the engine of this version makes code of text".parse()?;
            let policy = legacy
                .policy(origin, endpoint, options.reports.as_deref())?
                .dangerous()
                .allow_unsafe_eval(reason);
            // Its own policy lies in its responses, where the layer finds it.
            let (front, compiled) = checks.front(&legacy, &policy)?;
            router = router.merge(legacy.router(face, front));
            sites.push((legacy, policy, compiled));
        }
        if !options.insecure_no_headers {
            // Around the router, so that a 404 is covered too.
            let layered = VisorLayer::compiled(compiled).layer(router);
            router = Router::new().fallback_service(layered);
        }
        Ok((router, sites))
    }
}

fn read_policy(file: &Path) -> Result<Policy> {
    let place = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| place(&error))?;
    let policy = match file.extension().and_then(|end| end.to_str()) {
        Some("json") => serde_json::from_str(&text).map_err(|error| place(&error))?,
        _ => toml::from_str(&text).map_err(|error| place(&error))?,
    };
    Ok(policy)
}
