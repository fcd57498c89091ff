//! The proxy that the browser has to go through: it decides at the connection, as the program does
//! for its own requests, and counts what comes.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower_visor::audit::Fetch;
use tower_visor::url::Url;

use crate::audit::connect::{self, Budget, Metered};

/// A request's head; browsers send less.
const MOST_HEAD: usize = 256 * 1024;

/// What is decided for each connection, and what was refused.
pub(crate) struct Gate {
    /// By this one: it knows the address that was asked for.
    fetch: Fetch,
    budget: Arc<Budget>,
    refused: Mutex<Vec<(String, String)>>,
}

/// A proxy on this machine; it ends when this is dropped.
pub(super) struct Proxy {
    pub(super) address: String,
    pub(super) gate: Arc<Gate>,
    _tasks: JoinSet<()>,
}

impl Gate {
    pub(crate) fn new(fetch: Fetch, budget: Arc<Budget>) -> Arc<Self> {
        let refused = Mutex::default();
        Arc::new(Self {
            fetch,
            budget,
            refused,
        })
    }

    /// Hosts that nobody was connected to, and why not, each once.
    pub(super) fn refused(&self) -> Vec<(String, String)> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.clone()
    }

    /// Why nothing more may come.
    pub(super) fn spent(&self) -> Option<String> {
        self.budget.spent()
    }

    pub(crate) async fn connect(&self, authority: &Url) -> Result<Metered, String> {
        let default = if authority.scheme() == "https" {
            443
        } else {
            80
        };
        let port = authority.port().unwrap_or(default);
        let host = authority.host().ok_or("it has no host")?;
        let check = |address| self.fetch.check(address);
        let connected = connect::connect(host, port, check, &self.budget).await;
        if let Err(why) = &connected {
            let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            let one = (host.as_str().to_owned(), why.clone());
            if refused.len() < 100 && !refused.contains(&one) {
                refused.push(one);
            }
        }
        connected
    }
}

impl Proxy {
    pub(super) async fn start(gate: Arc<Gate>) -> Result<Self, String> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.map_err(|error| format!("no proxy: {error}"))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let mut tasks = JoinSet::new();
        let shared = Arc::clone(&gate);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => if let Ok((client, _)) = accepted {
                        connections.spawn(serve(client, Arc::clone(&shared)));
                    },
                    Some(_) = connections.join_next() => {}
                }
            }
        });
        Ok(Self {
            address: address.to_string(),
            gate,
            _tasks: tasks,
        })
    }
}

/// One connection of the browser's. What fails is told by its end.
async fn serve(mut client: TcpStream, gate: Arc<Gate>) {
    let Some((head, rest)) = read_head(&mut client).await else {
        return;
    };
    let Some(request) = Request::read(&head) else {
        let _ = client.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        return;
    };
    let Ok(mut server) = gate.connect(&request.url).await else {
        let answer = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let _ = client.write_all(answer).await;
        return;
    };
    let begun = match &request.head {
        // A tunnel: TLS is between the browser and the server.
        None => {
            client
                .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
                .await
        }
        Some(head) => server.write_all(head).await,
    };
    if begun.is_ok() && server.write_all(&rest).await.is_ok() {
        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
    }
}

/// The head of a request, and what came after it already.
async fn read_head(client: &mut TcpStream) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        if client.read_buf(&mut bytes).await.ok()? == 0 || bytes.len() > MOST_HEAD {
            return None;
        }
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let rest = bytes.split_off(end + 4);
            return Some((bytes, rest));
        }
    }
}

/// What the browser wants of the proxy.
struct Request {
    url: Url,
    /// The head for the server; `None` for a tunnel.
    head: Option<Vec<u8>>,
}

impl Request {
    fn read(head: &[u8]) -> Option<Self> {
        let mut headers = vec![httparse::EMPTY_HEADER; 512];
        let mut request = httparse::Request::new(&mut headers);
        request.parse(head).ok()?;
        let (method, target) = (request.method?, request.path?);
        if method == "CONNECT" {
            let url = Url::effective(&format!("https://{target}/")).ok()?;
            return Some(Self { url, head: None });
        }
        let url = Url::effective(target)
            .ok()
            .filter(|url| url.scheme() == "http")?;
        let query = url
            .query()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        let mut out = format!("{method} {}{query} HTTP/1.1\r\n", url.path()).into_bytes();
        for header in request.headers.iter() {
            let name = header.name.to_ascii_lowercase();
            if !matches!(&*name, "proxy-connection" | "connection" | "keep-alive") {
                out.extend_from_slice(header.name.as_bytes());
                out.extend_from_slice(b": ");
                out.extend_from_slice(header.value);
                out.extend_from_slice(b"\r\n");
            }
        }
        // The next request on this connection may be for another host: each has its own.
        out.extend_from_slice(b"Connection: close\r\n\r\n");
        Some(Self {
            url,
            head: Some(out),
        })
    }
}
