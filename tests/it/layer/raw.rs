//! Requests to routes of sessions, written byte by byte, and a server that says why it refused one.

use std::convert::Infallible;
use std::fmt::Write as _;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use http_body_util::{BodyExt as _, Full};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_visor::layer::{Partner, SessionRefusal, SessionRoutes};
use tower_visor::policy::{Document, Policy};

use super::server::Server;

pub(super) const ORIGIN: &str = "https://www.contoso.example";
pub(super) const PARTNER: &str = "https://shop.partner.example";

pub(super) fn policy() -> Policy {
    Policy::document(Document::new(ORIGIN).unwrap())
}

pub(super) fn routes() -> SessionRoutes {
    let partner = Partner::new(PARTNER).unwrap();
    SessionRoutes::new(&policy())
        .unwrap()
        .partner(partner)
        .unwrap()
}

/// What is inside: it reads the body, and says of caches and origins what it shouldn't.
async fn inside<B>(request: Request<B>) -> Result<Response<Full<Bytes>>, Infallible>
where
    B: HttpBody<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    let text = match request.into_body().collect().await {
        Ok(body) => format!("read {}", body.to_bytes().len()),
        Err(error) => error.to_string(),
    };
    let response = Response::builder()
        .header("cache-control", "public, max-age=600")
        .header("cdn-cache-control", "max-age=600")
        .header("vary", "Accept-Encoding, origin")
        .header("vary", "cookie")
        .header("access-control-allow-origin", "*")
        .header("access-control-allow-credentials", "true")
        .header("cross-origin-resource-policy", "cross-origin");
    Ok(response.body(Full::from(text)).unwrap())
}

/// A server that also writes down why it refused, in a header of the test's.
pub(super) async fn serve(routes: SessionRoutes) -> Server {
    let service = routes.layer(service_fn(inside)).map_response(|mut answer| {
        let reason = answer.extensions().get::<SessionRefusal>();
        let reason = reason.map_or_else(String::new, |reason| format!(" {reason:?}"));
        let headers: &mut http::HeaderMap = answer.headers_mut();
        headers.insert("x-reason", reason.trim_start().parse().unwrap());
        answer
    });
    Server::start(service).await
}

/// A request, as the bytes that are sent.
#[derive(Clone)]
pub(super) struct Raw {
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// What `fetch("/session", {method: "POST", body: "{}", headers: {"content-type":
/// "application/json"}})` sends on the policy's page.
pub(super) fn fetched() -> Raw {
    let raw = Raw {
        line: "POST /session HTTP/1.1".to_owned(),
        headers: Vec::new(),
        body: b"{}".to_vec(),
    };
    raw.and("Host", "www.contoso.example")
        .and("Sec-Fetch-Site", "same-origin")
        .and("Sec-Fetch-Mode", "cors")
        .and("Sec-Fetch-Dest", "empty")
        .and("Origin", ORIGIN)
        .and("Content-Type", "application/json")
        .and("Content-Length", "2")
}

impl Raw {
    pub(super) fn and(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.headers
            .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    pub(super) fn with(self, name: &str, value: &str) -> Self {
        self.without(name).and(name, value)
    }

    pub(super) fn line(mut self, line: &str) -> Self {
        line.clone_into(&mut self.line);
        self
    }

    pub(super) fn without_metadata(self) -> Self {
        self.without("Sec-Fetch-Site")
            .without("Sec-Fetch-Mode")
            .without("Sec-Fetch-Dest")
    }

    /// The body, with a `Content-Length`, which may be another.
    pub(super) fn body(self, length: usize, body: Vec<u8>) -> Self {
        let raw = self.with("Content-Length", &length.to_string());
        Self { body, ..raw }
    }

    /// A body in chunks, whose end doesn't come.
    pub(super) fn chunks(self, sizes: &[usize]) -> Self {
        let mut body = Vec::new();
        for size in sizes {
            body.extend(format!("{size:x}\r\n").bytes());
            body.extend(std::iter::repeat_n(b' ', *size));
            body.extend(b"\r\n");
        }
        let raw = self
            .without("Content-Length")
            .and("Transfer-Encoding", "chunked");
        Self { body, ..raw }
    }

    pub(super) fn last_chunk(mut self) -> Self {
        self.body.extend(b"0\r\n\r\n");
        self
    }

    /// The head of the answer, in lower case, and its body.
    pub(super) async fn send(self, server: &Server) -> (String, String) {
        let mut head = self.line + "\r\n";
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        head.push_str("Connection: close\r\n\r\n");
        let address = server.address();
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // A server that has answered already may have closed the connection.
        let _ = stream.write_all(&self.body).await;
        let mut answer = Vec::new();
        // Where a body without end isn't cut off, no answer would ever come.
        let patience = std::time::Duration::from_secs(60);
        let _ = tokio::time::timeout(patience, stream.read_to_end(&mut answer)).await;
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        (head.to_ascii_lowercase(), body.to_owned())
    }

    /// Status, reason and body in one line.
    pub(super) async fn says(self, server: &Server) -> String {
        let (head, body) = self.send(server).await;
        let status = head.split(' ').nth(1).unwrap();
        let reason = value(&head, "x-reason").unwrap_or_default();
        format!("{status} {reason}{body}")
    }
}

/// The values of a header, as one list.
pub(super) fn value(head: &str, name: &str) -> Option<String> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let values: Vec<&str> = lines
        .filter(|(known, _)| *known == name)
        .map(|(_, value)| value)
        .collect();
    (!values.is_empty()).then(|| values.join(", "))
}
