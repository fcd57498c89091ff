//! Absolute URLs: as much of one as a request holds.

use std::fmt;

use super::authority::is_special;
use super::host::Host;
use super::origin::Origin;

/// An absolute URL: as much of one as a request holds, and a policy is matched against.
///
/// The fragment is dropped, and so are a user name and a password. The query is kept, because it is
/// part of what a browser requests, of what an import map names and of equality; but no source of a
/// policy is compared with it. `.` and `..` in a path are resolved as browsers do before they
/// fetch. Without a host (`data:`, `blob:`, `about:`) there is no origin, and only scheme sources
/// can match.
///
/// `parse` reads strictly; [`Url::effective`] and [`Url::join`] read as browsers do.
///
/// ```
/// use tower_visor::url::Url;
///
/// let url: Url = "https://cdn.example.com:8443/a/../app.js?v=3#top".parse()?;
/// assert_eq!(url.scheme(), "https");
/// assert_eq!(url.origin().map(ToString::to_string).as_deref(), Some("https://cdn.example.com:8443"));
/// assert_eq!(url.path(), "/app.js");
/// assert_eq!(url.query(), Some("v=3"));
/// assert_eq!(url.to_string(), "https://cdn.example.com:8443/app.js?v=3");
///
/// let inline: Url = "data:image/png;base64,AAAA".parse()?;
/// assert_eq!(inline.origin(), None);
/// # Ok::<(), tower_visor::url::UrlError>(())
/// ```
///
/// Specification: [URL, URL representation](https://url.spec.whatwg.org/#url-representation).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Url {
    pub(super) scheme: String,
    pub(super) origin: Option<Origin>,
    pub(super) path: String,
    /// Without its question mark.
    pub(super) query: Option<String>,
}

impl Url {
    /// The scheme, in lower case.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Scheme, host and port; `None` for a URL without a host. (The origin that a `blob:` URL
    /// carries inside is not part of matching and not read.)
    pub const fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// The host; `None` for a URL without one.
    pub fn host(&self) -> Option<&Host> {
        self.origin().map(Origin::host)
    }

    /// The port, or the scheme's default port.
    pub fn port(&self) -> Option<u16> {
        self.origin().and_then(Origin::port)
    }

    /// The path, percent-encoded if it was written that way or has to be. It begins with a slash
    /// for `http:` and the like, and is everything after the colon if there is no host.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What follows the question mark; `None` without one.
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// The same without its query: as much as a source can name, without what may be a
    /// credential.
    #[must_use]
    pub fn without_query(&self) -> Self {
        Self {
            query: None,
            ..self.clone()
        }
    }

    /// Whether nothing can be relative to it but a fragment ([URL, opaque
    /// path](https://url.spec.whatwg.org/#url-opaque-path)).
    pub(super) fn has_opaque_path(&self) -> bool {
        self.origin.is_none() && !self.path.starts_with('/')
    }

    pub(super) fn is_special(&self) -> bool {
        is_special(&self.scheme)
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Some(origin) => write!(f, "{origin}{}", self.path)?,
            // The slashes keep the path from being read as a host.
            None if self.path.starts_with("//") => write!(f, "{}://{}", self.scheme, self.path)?,
            None => write!(f, "{}:{}", self.scheme, self.path)?,
        }
        match &self.query {
            Some(query) => write!(f, "?{query}"),
            None => Ok(()),
        }
    }
}

impl From<Origin> for Url {
    /// The root of the origin.
    fn from(origin: Origin) -> Self {
        Self {
            scheme: origin.scheme().to_owned(),
            origin: Some(origin),
            path: String::from("/"),
            query: None,
        }
    }
}
