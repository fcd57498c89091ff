//! Headers that a request carries and no report may hold.

use std::path::Path;

use clap::Args;
use http::header::{CONNECTION, CONTENT_LENGTH, COOKIE, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue};
use tower_visor::url::Url;

use crate::fault::Fault;
use crate::input;

/// What a page behind a login has to be asked with.
#[derive(Args)]
pub(crate) struct Secrets {
    /// A header to send, for pages behind a login: it goes to the URL's origin only, and never into
    /// a report; `@FILE` reads such lines from a file, hidden from other users of the machine
    #[arg(short = 'H', long, value_name = "NAME: VALUE")]
    header: Vec<String>,

    /// Cookies to send, as in `Cookie`: `session=...; theme=dark`; `@FILE` reads them from a file
    #[arg(long, value_name = "COOKIES")]
    cookie: Option<String>,
}

/// Without what was given.
impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

impl Secrets {
    pub(crate) fn is_empty(&self) -> bool {
        self.header.is_empty() && self.cookie.is_none()
    }

    /// What to send to the origin of this URL.
    pub(crate) fn for_origin_of(&self, page: &Url) -> Result<Sent, Fault> {
        let mut headers = HeaderMap::new();
        for given in &self.header {
            for (line, text) in read(given)?.lines().enumerate() {
                if !text.trim().is_empty() {
                    add(&mut headers, line + 1, text)?;
                }
            }
        }
        if let Some(given) = &self.cookie {
            let mut value = HeaderValue::from_str(read(given)?.trim()).map_err(|_| {
                Fault::new("--cookie", &"it has characters that no header can carry")
            })?;
            value.set_sensitive(true);
            headers.append(COOKIE, value);
        }
        Ok(Sent {
            origin: page.origin().map(ToString::to_string),
            headers,
        })
    }
}

/// The text, or that of the file which it names.
fn read(given: &str) -> Result<String, Fault> {
    match given.strip_prefix('@') {
        Some(file) => input::text(Path::new(file)),
        None => Ok(given.to_owned()),
    }
}

/// Adds a header. What is wrong with one is said without its value.
fn add(headers: &mut HeaderMap, line: usize, text: &str) -> Result<(), Fault> {
    let fault = |why: &str| Fault::new("--header", &format!("line {line}: {why}"));
    let (name, value) = text
        .split_once(':')
        .ok_or_else(|| fault("write the name, `:` and the value"))?;
    let name = HeaderName::try_from(name.trim())
        .map_err(|_| fault("the name has characters other than letters, digits and `-`"))?;
    if [HOST, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING].contains(&name) {
        return Err(fault(&format!(
            "`{name}` is set by the request itself; leave it out"
        )));
    }
    let mut value = HeaderValue::from_str(value.trim())
        .map_err(|_| fault("the value has characters that no header can carry"))?;
    value.set_sensitive(true);
    headers.append(name, value);
    Ok(())
}

/// The headers, and the one origin that gets them.
#[derive(Default)]
pub(crate) struct Sent {
    origin: Option<String>,
    headers: HeaderMap,
}

impl Sent {
    /// Adds them to a request, if it goes to that origin.
    pub(crate) fn add_to(&self, url: &Url, headers: &mut HeaderMap) {
        let origin = url.origin().map(ToString::to_string);
        if origin.is_some() && origin == self.origin {
            for (name, value) in &self.headers {
                headers.append(name, value.clone());
            }
        }
    }
}
