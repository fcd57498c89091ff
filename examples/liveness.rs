//! A page that hosts the Face Liveness Web SDK under the strictest headers that it runs with.
//!
//! ```text
//! cargo run --example liveness
//! ```
//!
//! Without options it serves a stand-in for the SDK, which is in this repository because
//! Microsoft's own may not be redistributed, and a fake Face endpoint, so that a check runs all the
//! way to a result. With `--sdk DIR` it serves the SDK that you have, and with `--lock FILE` only if
//! every file is the pinned one. `SIGHUP` makes it read and check everything again.
//!
//! ```text
//! cargo run --example liveness -- --tamper FaceLivenessDetector.js
//! cargo run --example liveness -- --tamper FaceLivenessDetector.js --insecure-no-headers
//! ```
//!
//! The first shows how the browser refuses a file with one changed byte, the second that the file
//! runs if nothing checks it.

#[path = "liveness/banner.rs"]
mod banner;
#[path = "liveness/face.rs"]
mod face;
#[path = "liveness/reload.rs"]
mod reload;
#[cfg(feature = "reports")]
#[path = "liveness/reports.rs"]
mod reports;
#[path = "liveness/site.rs"]
mod site;
#[path = "liveness/tamper.rs"]
mod tamper;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use axum::extract::Request;
use axum::serve::ListenerExt as _;
use axum::{Router, ServiceExt};
use clap::{Parser, ValueEnum};
use tower::Layer as _;
use tower_visor::layer::VisorLayer;
use tower_visor::policy::{CompiledPolicy, ComponentTrust, Policy, Reason};
use tower_visor::sdk::{Endpoint, Version};

use banner::{Rules, Served, Sites};
use reload::Current;
use site::{Front, Place, Site};

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

    /// The lock file that the SDK must match, file by file; without it, what is found is pinned
    /// at start
    #[arg(long, value_name = "FILE")]
    lock: Option<PathBuf>,

    /// A policy in TOML or JSON, in place of the strict one, for this server's origin or a proxy's. What
    /// the pins know, such as the SDK's style hashes, is added
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,

    /// A second SDK, served on /legacy/ with 'unsafe-eval' for that route alone: 1.4.8 and older
    #[arg(long, value_name = "DIR")]
    legacy: Option<PathBuf>,

    /// The lock file of the second SDK, pinned for /legacy/
    #[arg(long, value_name = "FILE", requires = "legacy")]
    legacy_lock: Option<PathBuf>,

    /// The version that the second SDK must be
    #[arg(long, value_name = "VERSION", requires = "legacy")]
    legacy_version: Option<Version>,

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

    /// Accept browsers' reports at /reports, and show the latest ones on /last-reports
    #[cfg(feature = "reports")]
    #[arg(long, conflicts_with_all = ["policy", "reports"])]
    collect: bool,

    /// Change one byte of this file on its way to the browser, to see what happens
    #[arg(long, value_name = "FILE")]
    tamper: Option<String>,

    /// The same pages without any header or check of tower-visor's, to see the difference. No
    /// policy is read
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
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", options.port)).await;
    let listener = listener.map_err(|error| format!("--port {}: {error}", options.port))?;
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
        #[cfg(feature = "reports")]
        collector: options.collect.then(reports::collector),
        options,
        origin,
        face,
        endpoint,
    };
    let (router, served) = setting.load()?;
    banner::show(address, &served);
    let current = Current::new(router);
    reload::on_hangup(current.clone(), move || {
        let (router, served) = setting.load()?;
        let version = served.sites.first().map(|(site, _)| site.pins.version());
        Ok((router, version.cloned()))
    })?;
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    axum::serve(listener, ServiceExt::<Request>::into_make_service(current))
        .with_graceful_shutdown(stop)
        .await?;
    Ok(())
}

/// What stays the same from one reload to the next.
struct Setting {
    options: Options,
    origin: String,
    face: face::Face,
    endpoint: Endpoint,
    /// It keeps what it has over a reload.
    #[cfg(feature = "reports")]
    collector: Option<tower_visor::reports::Collector>,
}

impl Setting {
    /// Reads and checks all that is served, and puts the headers around it.
    fn load(&self) -> Result<(Router, Served)> {
        let options = &self.options;
        let mut sites = vec![Site::load(Place {
            base: "/",
            folder: &options.sdk,
            lock: options.lock.as_deref(),
            version: None,
        })?];
        if let Some(folder) = &options.legacy {
            sites.push(Site::load(Place {
                base: "/legacy/",
                folder,
                lock: options.legacy_lock.as_deref(),
                version: options.legacy_version.as_ref(),
            })?);
        }
        let tampered = match &options.tamper {
            Some(file) => {
                let paths: Vec<&str> = sites.iter().flat_map(Site::paths).collect();
                Some(tamper::find(file, &paths)?)
            }
            None => None,
        };
        let (mut router, sites) = if options.insecure_no_headers {
            self.bare(sites, tampered.as_ref())
        } else {
            self.protected(sites, tampered.as_ref())?
        };
        if let Some(path) = &tampered {
            router = tamper::between(router, path.clone());
        }
        Ok((router, Served { sites, tampered }))
    }

    /// Pages and files as they are: nothing is asked of the browser, so nothing needs a policy.
    fn bare(&self, sites: Vec<Site>, tampered: Option<&Arc<str>>) -> (Router, Sites) {
        let mut router = Router::new();
        for site in &sites {
            router = router.merge(site.router(&self.face, Front::Bare, tampered));
        }
        (router, sites.into_iter().map(|site| (site, None)).collect())
    }

    fn protected(&self, sites: Vec<Site>, tampered: Option<&Arc<str>>) -> Result<(Router, Sites)> {
        let mut router = Router::new();
        let mut served = Vec::new();
        for site in sites {
            let policy = self.policy(&site)?;
            let (front, compiled) = self.options.checks.front(&site, &policy)?;
            router = router.merge(site.router(&self.face, front, tampered));
            served.push((site, Some(Rules { policy, compiled })));
        }
        #[cfg(feature = "reports")]
        if let (Some(collector), Some((site, _))) = (&self.collector, served.first()) {
            router = reports::around(router, collector, &self.origin, site)?;
        }
        // Around the router, so that a 404 is covered too. The policy is the first page's; that of
        // another page lies in its responses, where the layer finds it.
        if let Some((_, Some(first))) = served.first() {
            let layered = VisorLayer::compiled(first.compiled).layer(router);
            router = Router::new().fallback_service(layered);
        }
        Ok((router, served))
    }

    fn policy(&self, site: &Site) -> Result<Policy> {
        let options = &self.options;
        let legacy = site.base != "/";
        if let (Some(file), false) = (&options.policy, legacy) {
            let policy = read_policy(file)?;
            self.check_origin(file, &policy)?;
            let policy = policy.pinned(&site.pins);
            return policy.map_err(|errors| format!("{}: {errors}", file.display()).into());
        }
        let policy = site.policy(&self.origin, &self.endpoint, self.reports().as_deref())?;
        if legacy {
            let reason: Reason = "the engine of this version makes code of text".parse()?;
            return Ok(policy.dangerous().allow_unsafe_eval(reason));
        }
        Ok(policy)
    }
}

impl Setting {
    /// A policy for another origin refuses the page's own files. One with TLS is a proxy's in front.
    fn check_origin(&self, file: &Path, policy: &Policy) -> Result<()> {
        let (file, own) = (file.display(), &self.origin);
        match policy.page().map(|page| page.origin().to_string()) {
            Some(origin) if origin.starts_with("http:") && origin != *own => Err(format!(
                "{file}: its origin is {origin}, and this server's is {own}: correct it, or give its port with --port"
            )
            .into()),
            _ => Ok(()),
        }
    }

    /// Where browsers report to.
    fn reports(&self) -> Option<String> {
        #[cfg(feature = "reports")]
        if let Some(collector) = &self.collector {
            return Some(format!("{}{}", self.origin, collector.path()));
        }
        self.options.reports.clone()
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
