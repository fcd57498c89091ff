//! What browsers make of any text: absolute, or relative to another URL.

use std::borrow::Cow;

use super::absolute::Url;
use super::authority::{self, Authority, is_special, scheme};
use super::error::{UrlError, UrlErrorKind};
use super::host::Host;
use super::origin::Origin;
use super::percent::{PATH, encoded};
use crate::foreign;

/// [URL, query percent-encode set](https://url.spec.whatwg.org/#query-percent-encode-set).
const QUERY: &[u8] = b" \"<>";
/// [URL, special-query percent-encode set](https://url.spec.whatwg.org/#special-query-percent-encode-set).
const SPECIAL_QUERY: &[u8] = b" \"<>'";

impl Url {
    /// Reads an absolute URL as browsers do.
    ///
    /// ```
    /// use tower_visor::url::Url;
    ///
    /// let url = Url::effective(" HTTPS:\\\\me@EXAMPLE.com:443/a b\n")?;
    /// assert_eq!(url.to_string(), "https://example.com/a%20b");
    /// # Ok::<(), tower_visor::url::UrlError>(())
    /// ```
    ///
    /// Specification: [URL, basic URL parser](https://url.spec.whatwg.org/#concept-basic-url-parser).
    ///
    /// # Errors
    /// * `"x.js"`, `"//example.com"`: relative, and there is nothing to be relative to
    /// * `"https://"`, `"https://a b/"`, `"https://1.2.3.256"`: no such host can exist
    /// * `"https://example.com:99999"`: no such port can exist
    /// * a host that isn't ASCII (see the [module](crate::url))
    pub fn effective(text: &str) -> Result<Self, UrlError> {
        read(text, None)
    }

    /// What a reference means in a document of this base URL: the `src` of a script, the `href`
    /// of a link.
    ///
    /// As browsers do, spaces at the ends and line breaks are left out, a backslash counts as a
    /// slash, and what URLs can't hold is percent-encoded.
    ///
    /// ```
    /// use tower_visor::url::Url;
    ///
    /// let base: Url = "https://example.com/app/index.html".parse()?;
    /// let join = |reference| base.join(reference).map(|url| url.to_string());
    /// assert_eq!(join("../FaceLivenessDetector.js")?, "https://example.com/FaceLivenessDetector.js");
    /// assert_eq!(join("https:\\app.css")?, "https://example.com/app.css");
    /// assert_eq!(join("//cdn.example/a b.js?v=1")?, "https://cdn.example/a%20b.js?v=1");
    /// assert_eq!(join("data:,x")?, "data:,x");
    /// # Ok::<(), tower_visor::url::UrlError>(())
    /// ```
    ///
    /// Specification: [URL, basic URL parser](https://url.spec.whatwg.org/#concept-basic-url-parser).
    /// A query is encoded as UTF-8, whatever the document is in.
    ///
    /// # Errors
    /// * `"x.js"` where the base has no host, such as `about:blank`
    /// * anything that [`Url::effective`] refuses in an absolute URL
    pub fn join(&self, reference: &str) -> Result<Self, UrlError> {
        read(reference, Some(self))
    }
}

/// The basic URL parser. A state that its text doesn't name is one that ends where the next begins.
fn read(text: &str, base: Option<&Url>) -> Result<Url, UrlError> {
    // Steps 1.2 and 3.
    let text = text.trim_matches(|c: char| c <= ' ');
    let text = text.replace(['\t', '\n', '\r'], "");
    // In every state `#` begins the fragment, and before it `?` the query.
    let (text, has_fragment) = match text.split_once('#') {
        Some((text, _)) => (text, true),
        None => (&*text, false),
    };
    let (text, query) = match text.split_once('?') {
        Some((text, query)) => (text, Some(query)),
        None => (text, None),
    };
    // "Scheme start state" and "scheme state".
    let absolute = text
        .split_once(':')
        .and_then(|(start, rest)| Some((scheme(start)?, rest)));
    let (scheme, rest, base) = match (absolute, base) {
        (Some((scheme, rest)), base) => {
            // "Special relative or authority state": `https:app.js`.
            let base = base.filter(|base| base.scheme() == scheme && base.is_special());
            (scheme, rest, base)
        }
        // "No scheme state".
        (None, Some(base)) if !base.has_opaque_path() => {
            (base.scheme().to_owned(), text, Some(base))
        }
        (None, Some(base)) if text.is_empty() && query.is_none() && has_fragment => {
            return Ok(base.clone());
        }
        (None, _) => return Err(relative(text)),
    };
    let rest = if is_special(&scheme) {
        Cow::from(rest.replace('\\', "/"))
    } else {
        Cow::from(rest)
    };
    match base {
        Some(base) if !rest.starts_with("//") => Ok(below(base, &rest, query)),
        _ => with_scheme(scheme, &rest, query),
    }
}

/// "Relative state" and "relative slash state", for a reference without a host.
fn below(base: &Url, reference: &str, query: Option<&str>) -> Url {
    let folder = base
        .path()
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder);
    let mut url = Url {
        query: query.map(|query| encoded_query(query, base.is_special())),
        ..base.clone()
    };
    if reference.is_empty() {
        if query.is_none() {
            url.query.clone_from(&base.query);
        }
    } else if reference.starts_with('/') {
        url.path = encoded_path(reference);
    } else {
        url.path = encoded_path(&format!("{folder}/{reference}"));
    }
    url
}

/// What follows a scheme and its colon, with slashes for backslashes where they count as such.
fn with_scheme(scheme: String, rest: &str, query: Option<&str>) -> Result<Url, UrlError> {
    let is_special = is_special(&scheme);
    let query = query.map(|query| encoded_query(query, is_special));
    let authority = if is_special {
        // "Special authority ignore slashes state": `https:/\/example.com`.
        rest.trim_start_matches('/')
    } else if let Some(authority) = rest.strip_prefix("//") {
        // "Path or authority state".
        authority
    } else {
        let path = if rest.starts_with('/') {
            encoded_path(rest)
        } else {
            // "Opaque path state".
            encoded(rest, &[])
        };
        return Ok(Url {
            scheme,
            origin: None,
            path,
            query,
        });
    };
    let end = authority.find('/').unwrap_or(authority.len());
    let (authority, rest) = authority.split_at(end);
    let path = match rest {
        // "Path start state".
        "" if is_special => String::from("/"),
        "" => String::new(),
        path => encoded_path(path),
    };
    Ok(Url {
        origin: origin(&scheme, authority, rest)?,
        scheme,
        path,
        query,
    })
}

/// "Authority state", "host state", "port state".
fn origin(scheme: &str, text: &str, path: &str) -> Result<Option<Origin>, UrlError> {
    if text.is_empty() && !is_special(scheme) {
        return Ok(None);
    }
    let authority = Authority::split(text);
    if authority.host.is_empty() {
        return Err(no_host());
    }
    let port = match authority.port {
        None | Some("") => None,
        Some(text) => Some(authority::port(text).ok_or_else(|| bad_port(text, path))?),
    };
    let host = Host::effective(authority.host, is_special(scheme))?;
    Ok(Some(Origin::new(scheme.to_owned(), host, port)))
}

fn encoded_query(query: &str, is_special: bool) -> String {
    encoded(query, if is_special { SPECIAL_QUERY } else { QUERY })
}

/// "Path state", for a text that begins with a slash: `.` and `..` are resolved, also
/// percent-encoded.
fn encoded_path(path: &str) -> String {
    let path = encoded(path, PATH);
    let mut segments: Vec<&str> = Vec::new();
    let mut inside = path
        .strip_prefix('/')
        .unwrap_or(&path)
        .split('/')
        .peekable();
    while let Some(segment) = inside.next() {
        let last = inside.peek().is_none();
        match segment.to_ascii_lowercase().replace("%2e", ".").as_str() {
            ".." => {
                segments.pop();
                if last {
                    segments.push("");
                }
            }
            "." if last => segments.push(""),
            "." => {}
            _ => segments.push(segment),
        }
    }
    format!("/{}", segments.join("/"))
}

pub(super) fn relative(text: &str) -> UrlError {
    UrlError::new(
        UrlErrorKind::Relative,
        format!("`{}` is not an absolute URL", foreign::word(text)),
        "write for example `https://example.com`",
    )
}

/// A host and a port alone.
pub(super) fn without_scheme(text: &str) -> UrlError {
    UrlError::new(
        UrlErrorKind::Relative,
        format!("`{}` has no scheme", foreign::word(text)),
        "write `http://` or `https://` in front of it",
    )
}

pub(super) fn no_host() -> UrlError {
    let fix = "write for example `https://example.com`";
    UrlError::new(UrlErrorKind::Host, "no host after the scheme", fix)
}

/// Not a port; with a `@` in the path behind it, the beginning of a password with a slash in it.
pub(super) fn bad_port(text: &str, path: &str) -> UrlError {
    if path.contains('@') {
        return UrlError::user_info();
    }
    UrlError::new(
        UrlErrorKind::Port,
        format!("`{}` is not a port", foreign::word(text)),
        "write a number from 1 to 65535 without leading zeros",
    )
}
