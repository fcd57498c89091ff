//! `visor serve`

use std::convert::Infallible;
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{Error as TlsError, InconsistentKeys, ServerConfig, crypto};
use tower_visor::escape;
use tower_visor::sdk::Endpoint;
use tower_visor::{Document, Site};

use crate::exceptions::{self, Given};
use crate::fault::Fault;
use crate::front_end::FrontEnd;
use crate::input;
use crate::outcome::Outcome;
use crate::wrap;

#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// The folder of the application: index.html, scripts, styles. Everything in it is public
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,

    /// Where the SDK is: a folder with `node_modules`, or with the component next to its assets
    #[arg(long, value_name = "DIR", required = true)]
    pub(crate) sdk: Vec<PathBuf>,

    /// The Face resource that the page may call: `resource:NAME`, `region:NAME` or a URL
    #[arg(long, value_name = "ENDPOINT", required_unless_present = "policy")]
    pub(crate) endpoint: Option<Endpoint>,

    /// The public origin of the page; by default, without `--policy`, the address that it listens on
    #[arg(long, value_name = "URL", conflicts_with = "policy")]
    pub(crate) origin: Option<String>,

    /// A policy (TOML or JSON), in place of `--endpoint` and `--origin`; files in the folder
    /// needn't be named in it
    #[arg(short, long, value_name = "FILE", conflicts_with = "endpoint")]
    pub(crate) policy: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) front_end: FrontEnd,

    /// The address to listen on
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    pub(crate) address: IpAddr,

    /// The port; 0 lets the system pick one
    #[arg(long, default_value_t = 8443)]
    pub(crate) port: u16,

    /// The certificate and its intermediates (PEM): serves HTTPS
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) cert: Option<PathBuf>,

    /// The certificate's private key (PEM)
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(crate) key: Option<PathBuf>,
}

/// Connections at one time; a preview needs a few, and a flood finds an end here.
const MOST_CONNECTIONS: usize = 512;

/// How long a client may take for the head of a request, and for TLS before it.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long open requests have to end when the server stops.
const GRACE: Duration = Duration::from_secs(5);

/// Starts, says where on standard output, and serves until it is told to stop.
pub(crate) fn run(arguments: &Serve) -> Result<Outcome, Fault> {
    let tls = match (&arguments.cert, &arguments.key) {
        (Some(cert), Some(key)) => Some(acceptor(cert, key)?),
        _ => None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::new("the network", &error.kind()))?;
    runtime.block_on(async {
        let at = SocketAddr::new(arguments.address, arguments.port);
        let listener = TcpListener::bind(at).await;
        let listener = listener.map_err(|error| Fault::new(&at.to_string(), &error.kind()))?;
        let local = listener.local_addr();
        let local = local.map_err(|error| Fault::new(&at.to_string(), &error.kind()))?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let here = format!("{scheme}://{local}");
        let given = given(arguments, &here)?;
        let site = site(arguments, &given)?;
        let mut out = std::io::stdout().lock();
        // Writing to a string can't fail.
        let mut say = format!("listening on {here}{}\n", site.pins().base());
        for relaxed in site.relaxed() {
            let _ = writeln!(say, "exception: {relaxed}");
        }
        for warning in site.warnings() {
            let _ = writeln!(say, "warning: {warning}");
        }
        let mut say = wrap::stdout(escape::log_lines(&say));
        let asked = site.warnings().into_iter();
        if let Some(paste) = exceptions::to_paste(asked.flat_map(|one| one.exceptions()), &given) {
            let _ = writeln!(say, "\n{}\n", escape::log_lines(&paste));
        }
        let said = out.write_all(say.as_bytes());
        said.and_then(|()| out.flush())
            .map_err(|error| Fault::new("standard output", &error.kind()))?;
        drop(out);
        serve(&listener, tls, &site).await;
        Ok(Outcome {
            text: "stopped\n".to_owned(),
            is_clean: true,
        })
    })
}

/// What the policy is made from.
fn given<'a>(arguments: &'a Serve, here: &'a str) -> Result<Given<'a>, Fault> {
    match (&arguments.policy, &arguments.endpoint) {
        (Some(file), _) => Ok(Given::File(file)),
        (None, Some(endpoint)) => Ok(Given::Arguments {
            origin: arguments.origin.as_deref().unwrap_or(here),
            endpoint,
            lock: &arguments.front_end.lock,
        }),
        // clap asks for one of both.
        (None, None) => Err(Fault::new("--endpoint", &"is missing")),
    }
}

fn site(arguments: &Serve, given: &Given<'_>) -> Result<Site, Fault> {
    let front_end = &arguments.front_end;
    let builder = front_end.builder(&arguments.folder, &arguments.sdk)?;
    let site = match given {
        Given::File(file) => {
            let policy = input::policy(file)?;
            input::busy("verifying", || builder.load_policy(policy))
        }
        Given::Arguments {
            origin, endpoint, ..
        } => {
            let document = Document::new(origin).map_err(|error| Fault::new("--origin", &error))?;
            let endpoint = Endpoint::clone(endpoint);
            input::busy("verifying", || builder.load(document, endpoint))
        }
    };
    site.map_err(|errors| exceptions::fault(&errors, given))
}

fn acceptor(cert: &std::path::Path, key: &std::path::Path) -> Result<TlsAcceptor, Fault> {
    const LARGEST: u64 = 1024 * 1024;
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(&input::read(cert, LARGEST)?).collect();
    let certificates = certificates.map_err(|error| Fault::new(&input::name(cert), &error))?;
    if certificates.is_empty() {
        return Err(Fault::new(
            &input::name(cert),
            &"no certificate in it; give it as PEM",
        ));
    }
    // The key itself never gets into a message.
    let key_der = PrivateKeyDer::from_pem_slice(&input::read(key, LARGEST)?).map_err(|_| {
        let why = "no private key in it; give it as PEM, without a passphrase";
        Fault::new(&input::name(key), &why)
    })?;
    let provider = Arc::new(crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Fault::new("TLS", &error))?
        .with_no_client_auth()
        .with_single_cert(certificates, key_der)
        .map_err(|error| match error {
            TlsError::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                let cert = input::name(cert);
                let why = format!("not the key of the first certificate in {cert}; give the two of one pair, the server's own certificate first");
                Fault::new(&input::name(key), &why)
            }
            error => Fault::new(&input::name(cert), &error),
        })?;
    // A client that speaks something else is told so, and doesn't guess.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Accepts until told to stop, then lets open requests end.
async fn serve(listener: &TcpListener, tls: Option<TlsAcceptor>, site: &Site) {
    let (stop, stopping) = watch::channel(());
    let free = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut told = std::pin::pin!(told_to_stop());
    loop {
        // Open only while the connection is; never closed.
        let Ok(permit) = Arc::clone(&free).acquire_owned().await else {
            break;
        };
        let accepted = {
            let mut accept = std::pin::pin!(listener.accept());
            std::future::poll_fn(|context| {
                if told.as_mut().poll(context).is_ready() {
                    return std::task::Poll::Ready(None);
                }
                accept.as_mut().poll(context).map(Some)
            })
            .await
        };
        let stream = match accepted {
            None => break,
            Some(Ok((stream, _))) => stream,
            Some(Err(_)) => {
                // Out of files, most likely: let some end.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let (tls, site, stopping) = (tls.clone(), site.clone(), stopping.clone());
        tokio::spawn(async move {
            let _permit = permit;
            connection(stream, tls, site, stopping).await;
        });
    }
    drop(stopping);
    drop(stop);
    let all = u32::try_from(MOST_CONNECTIONS).unwrap_or(u32::MAX);
    let _ = tokio::time::timeout(GRACE, free.acquire_many(all)).await;
}

async fn connection(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    site: Site,
    mut stopping: watch::Receiver<()>,
) {
    // Nagle's algorithm holds back the end of a response for up to 40 ms.
    let _ = stream.set_nodelay(true);
    let service = TowerToHyperService::new(site.service());
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE);
    // A client that hangs up or says nonsense is not a fault of the server.
    match tls {
        None => {
            run_until(
                server.serve_connection(TokioIo::new(stream), service),
                &mut stopping,
            )
            .await;
        }
        Some(tls) => {
            let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, tls.accept(stream)).await else {
                return;
            };
            run_until(
                server.serve_connection(TokioIo::new(stream), service),
                &mut stopping,
            )
            .await;
        }
    }
}

async fn run_until<I, S>(connection: http1::Connection<I, S>, stopping: &mut watch::Receiver<()>)
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    S: hyper::service::HttpService<hyper::body::Incoming, Error = Infallible>,
    S::ResBody: http_body::Body + 'static,
    <S::ResBody as http_body::Body>::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut connection = std::pin::pin!(connection);
    let mut stop = std::pin::pin!(stopping.changed());
    let mut is_stopping = false;
    std::future::poll_fn(|context| {
        if !is_stopping && stop.as_mut().poll(context).is_ready() {
            is_stopping = true;
            connection.as_mut().graceful_shutdown();
        }
        connection.as_mut().poll(context).map(|_| ())
    })
    .await;
}

/// Ctrl-C, and on Unix what service managers send.
async fn told_to_stop() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).ok();
        let mut interrupt = std::pin::pin!(interrupt);
        std::future::poll_fn(|context| {
            let is_told = terminate
                .as_mut()
                .is_some_and(|signal| signal.poll_recv(context).is_ready());
            if is_told {
                return std::task::Poll::Ready(());
            }
            interrupt.as_mut().poll(context)
        })
        .await;
    }
    #[cfg(not(unix))]
    interrupt.await;
}
