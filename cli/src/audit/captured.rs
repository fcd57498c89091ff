//! Responses that were kept: as `curl -si` prints them, and as HAR.

use bytes::Bytes;
use serde::Deserialize;
use tower_visor::audit::{Head, Response};

/// The response to judge, and the others.
pub(super) fn read(bytes: &[u8], url: Option<&str>) -> Result<(Response, Vec<Response>), String> {
    let start = bytes.trim_ascii_start();
    if start.starts_with(b"HTTP/") {
        return Ok((curl(start, url)?, Vec::new()));
    }
    if start.starts_with(b"{") {
        return har(start, url);
    }
    Err("neither an answer as `curl -si URL` prints it nor HAR".to_owned())
}

/// The last of one or more answers; those before it were redirects, or came from a proxy.
fn curl(bytes: &[u8], url: Option<&str>) -> Result<Response, String> {
    let url = url.ok_or("it doesn't say which URL it answers; give it with --url")?;
    let mut rest = bytes;
    let mut lines = 0;
    loop {
        let head = Head::read(rest).map_err(|error| error.after(lines).to_string())?;
        let (text, body) = rest.split_at(head.length());
        let is_before_another = matches!(head.status().as_u16(), 100..=199 | 300..=399 | 401 | 407)
            || head
                .reason()
                .to_ascii_lowercase()
                .contains("connection established");
        if is_before_another && body.starts_with(b"HTTP/") {
            lines += text.split(|byte| *byte == b'\n').count() - 1;
            rest = body;
            continue;
        }
        let body = Bytes::copy_from_slice(body);
        return Response::from_head(url, head, Some(body)).map_err(|error| error.to_string());
    }
}

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    request: Asked,
    response: Answered,
}

#[derive(Deserialize)]
struct Asked {
    url: String,
}

#[derive(Deserialize)]
struct Answered {
    status: i64,
    headers: Vec<Header>,
    content: Option<Content>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct Content {
    text: Option<String>,
    encoding: Option<String>,
}

impl Entry {
    fn response(&self) -> Result<Response, String> {
        let fault =
            |what: &str| format!("the answer of {}: {what}", before_query(&self.request.url));
        let status = u16::try_from(self.response.status).ok();
        let status = status.ok_or_else(|| fault("no status"))?;
        // As HTTP/1 would have sent it, so that both are read by the same reader.
        let mut head = format!("HTTP/1.1 {status}\n").into_bytes();
        for Header { name, value } in &self.response.headers {
            // HTTP/2's own fields; and Chromium puts several values of one name into one text.
            for value in value.split('\n').filter(|_| !name.starts_with(':')) {
                head.extend_from_slice(format!("{}: {value}\n", name.trim_ascii()).as_bytes());
            }
        }
        let head = Head::read(&head).map_err(|error| fault(&error.to_string()))?;
        let body = match &self.response.content {
            Some(Content {
                text: Some(text),
                encoding,
            }) => match encoding.as_deref() {
                None | Some("") => Some(Bytes::copy_from_slice(text.as_bytes())),
                Some("base64") => {
                    let bytes = decode(text).ok_or_else(|| fault("its body is not base64"))?;
                    Some(Bytes::from(bytes))
                }
                Some(_) => None,
            },
            _ => None,
        };
        Response::from_head(&self.request.url, head, body).map_err(|error| error.to_string())
    }
}

/// Base64 by way of a digest's own reader would be for one length only; this takes any.
fn decode(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

fn before_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

fn har(bytes: &[u8], url: Option<&str>) -> Result<(Response, Vec<Response>), String> {
    let har: Har = serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("no HAR: line {line}, column {column}: {error}")
    })?;
    let mut page = None;
    let mut others = Vec::new();
    for entry in &har.log.entries {
        let is_http = entry.request.url.starts_with("http");
        // Requests that were blocked or cancelled have no answer.
        if !is_http || entry.response.status <= 0 {
            continue;
        }
        let response = entry.response()?;
        let is_page = match url {
            Some(url) => before_query(url) == response.url().without_query().to_string(),
            None => response.is_html() && !response.status().is_redirection(),
        };
        if is_page && page.is_none() {
            page = Some(response);
        } else {
            others.push(response);
        }
    }
    let missing = match url {
        Some(_) => "no answer of that URL in it",
        None => "no HTML page in it; name the page with --url",
    };
    Ok((page.ok_or(missing)?, others))
}
