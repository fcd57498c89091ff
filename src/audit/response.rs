//! A response as it was received.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};

use super::html::Document;
use super::{AuditError, AuditFault, BadLine, Head};
use crate::response::{Mime, extract_mime};
use crate::url::{Origin, Url};

/// What a server sent: the response to one `GET`, with the URL that was requested.
///
/// ```
/// use tower_visor::audit::Response;
///
/// let (parts, body) = http::Response::builder()
///     .header("content-type", "text/html; charset=utf-8")
///     .body("<!doctype html><title>Hello</title>")
///     .unwrap()
///     .into_parts();
/// let response = Response::new("https://example.com/?id=1", parts, Some(body.into()))?;
/// assert_eq!(response.url().to_string(), "https://example.com/?id=1");
/// assert!(response.is_html());
/// # Ok::<(), tower_visor::audit::AuditError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Response {
    url: Url,
    origin: Origin,
    status: StatusCode,
    headers: HeaderMap,
    bad_lines: Vec<BadLine>,
    body: Option<Bytes>,
    /// Read when it is first asked for, for all who ask.
    document: OnceLock<Arc<Document>>,
}

impl Response {
    /// A response and the absolute URL that it answers. With `None` as the body it was not read,
    /// and its content is not checked (the report says so).
    ///
    /// # Errors
    /// [`AuditErrorKind::Url`](super::AuditErrorKind) for `"/app"`, `"example.com"`, `"data:,x"` and
    /// other URLs without a host.
    pub fn new(
        url: &str,
        parts: http::response::Parts,
        body: Option<Bytes>,
    ) -> Result<Self, AuditError> {
        let bad = |reason: String| AuditError::from(AuditFault::Url { reason });
        let url = Url::effective(url).map_err(|error| bad(format!("{error}")))?;
        let Some(origin) = url.origin().cloned() else {
            return Err(bad(format!("`{url}` has no host")));
        };
        Ok(Self {
            url,
            origin,
            status: parts.status,
            headers: parts.headers,
            bad_lines: Vec::new(),
            body,
            document: OnceLock::new(),
        })
    }

    /// The same for a head that was read as browsers read it: its malformed lines are reported.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn from_head(url: &str, head: Head, body: Option<Bytes>) -> Result<Self, AuditError> {
        let (status, headers, bad_lines) = head.into_parts();
        let (mut parts, ()) = http::Response::new(()).into_parts();
        parts.status = status;
        parts.headers = headers;
        let mut response = Self::new(url, parts, body)?;
        response.bad_lines = bad_lines;
        Ok(response)
    }

    /// What of the head HTTP/1 doesn't allow.
    pub(super) fn bad_lines(&self) -> &[BadLine] {
        &self.bad_lines
    }

    /// The same under the URL that a page knows it by.
    pub(super) fn at(mut self, url: Url) -> Self {
        if let Some(origin) = url.origin() {
            self.origin = origin.clone();
            self.url = url;
        }
        self
    }

    /// The URL that it answers, without its fragment. Reports leave the query out as well: of a
    /// page it may be a credential.
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// The same as reports show it.
    pub(super) fn place(&self) -> String {
        self.url.without_query().to_string()
    }

    /// Its origin.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers, as received.
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body, if it was read.
    pub const fn body(&self) -> Option<&Bytes> {
        self.body.as_ref()
    }

    /// The page, where it is HTML and the body was read.
    pub(super) fn document(&self) -> Option<&Document> {
        let body = self.body().filter(|_| self.is_html())?;
        let read = || Arc::new(Document::read(&self.url, body));
        Some(self.document.get_or_init(read))
    }

    /// All values of a header, as bytes, in the order received.
    pub fn values(&self, name: impl header::AsHeaderName) -> impl Iterator<Item = &[u8]> {
        self.headers
            .get_all(name)
            .iter()
            .map(http::HeaderValue::as_bytes)
    }

    /// The media type that browsers take, in lower case, without parameters: the last of all headers
    /// and lists that is one. Empty when there is none.
    ///
    /// Specification: [Fetch, extract a MIME
    /// type](https://fetch.spec.whatwg.org/#concept-header-extract-mime-type).
    pub fn media_type(&self) -> String {
        self.mime().map(|mime| mime.essence).unwrap_or_default()
    }

    /// The same with its charset.
    pub(super) fn mime(&self) -> Option<Mime> {
        extract_mime(&self.headers)
    }

    /// Whether browsers show it as a document in which scripts may run: HTML, XHTML, SVG or XML.
    /// [`is_html`](Self::is_html) is the narrower question.
    pub fn is_document(&self) -> bool {
        let media_type = self.media_type();
        self.is_html()
            || media_type.ends_with("+xml")
            || matches!(&*media_type, "text/xml" | "application/xml")
    }

    /// Whether it is HTML or XHTML.
    pub fn is_html(&self) -> bool {
        matches!(&*self.media_type(), "text/html" | "application/xhtml+xml")
    }

    /// Whether it came over TLS.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }
}
