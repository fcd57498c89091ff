//! [`Location`]: where a resource of a page lies.

use std::fmt;
use std::str::FromStr;

use super::{PolicyError, PolicyFault, Resource};
use crate::csp::{FetchSource, HostPattern, HostSource, PortPattern, SchemeSource};
use crate::url::Origin;

/// A resource that a page loads: a path on the page's own origin, or an absolute URL.
///
/// A path that ends in a slash admits everything below it, and a URL without a path its whole
/// host; any other names one file. For scripts, more than one file is a warning of the compiled policy.
/// Queries and fragments can't be written: browsers don't compare them.
///
/// `data:` and `blob:` stand for what the page itself made or holds: for pictures, sound and fonts,
/// which can't run. `wss://` is for [`Resource::WebSocket`].
///
/// ```
/// use tower_visor::policy::Location;
///
/// let own: Location = "/app.js".parse()?;
/// let foreign: Location = "https://fonts.contoso.example/inter.woff2".parse()?;
/// assert!("app.js".parse::<Location>().is_err(), "relative to what?");
/// assert!("https://*.example".parse::<Location>().is_err(), "one host at a time");
/// # Ok::<(), tower_visor::policy::PolicyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location(Place);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// Begins with one slash; known to be a legal path of a host source.
    Own(String),
    /// Has a scheme and one host.
    Absolute(HostSource),
    /// No place: the page has the bytes.
    Inline(Inline),
}

/// URLs that hold or name what the page has already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Inline {
    Data,
    Blob,
}

impl Inline {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Data => "data:",
            Self::Blob => "blob:",
        }
    }
}

impl Location {
    /// The source expression for a page of this origin.
    pub(super) fn source(
        &self,
        resource: Resource,
        origin: &Origin,
    ) -> Result<FetchSource, PolicyFault> {
        let wrong = |fix: String| {
            Err(PolicyFault::Resource {
                directive: resource.directive(),
                location: self.to_string(),
                fix,
            })
        };
        match (&self.0, resource) {
            (Place::Own(path), Resource::WebSocket) => socket_source(origin, path),
            (Place::Own(path), _) => own_source(origin, path).map(FetchSource::Host),
            (Place::Absolute(source), _) => {
                let is_socket = matches!(source.scheme(), Some("wss" | "ws"));
                match (is_socket, resource) {
                    (true, Resource::WebSocket) => {
                        if source.scheme() == Some("ws") && origin.scheme() == "https" {
                            return wrong(
                                "browsers open no such connection from a page with TLS: write `wss://`"
                                    .to_owned(),
                            );
                        }
                        Ok(FetchSource::Host(source.clone()))
                    }
                    (true, _) => wrong("it is for `Resource::WebSocket`".to_owned()),
                    (false, Resource::WebSocket) => {
                        wrong("write a path of your own, or a URL with `wss://`".to_owned())
                    }
                    (false, _) => Ok(FetchSource::Host(source.clone())),
                }
            }
            (Place::Inline(inline), Resource::Image | Resource::Font | Resource::Media) => {
                Ok(FetchSource::Scheme(match inline {
                    Inline::Data => SchemeSource::DATA,
                    Inline::Blob => SchemeSource::BLOB,
                }))
            }
            (Place::Inline(inline), _) => wrong(format!(
                "name the URLs or hosts that it is about; {}",
                exception(inline.as_str())
            )),
        }
    }

    /// Whether a page of this origin gets it from another one.
    pub(super) fn is_foreign(&self, origin: &Origin) -> bool {
        match &self.0 {
            Place::Own(_) | Place::Inline(_) => false,
            Place::Absolute(source) => {
                let own_host =
                    matches!(source.host(), HostPattern::Exact(h) if h == origin.host().as_str());
                let own_port = match source.port() {
                    None => origin.has_default_port(),
                    Some(PortPattern::Number(port)) => origin.port() == Some(port),
                    Some(PortPattern::Any) => false,
                };
                !(own_host && own_port && source.scheme() == Some(origin.scheme()))
            }
        }
    }

    /// Whether it admits more than one file: a folder, or a whole host.
    pub(super) fn is_folder(&self) -> bool {
        match &self.0 {
            Place::Own(path) => path.ends_with('/'),
            Place::Absolute(source) => source.path().is_none_or(|path| path.ends_with('/')),
            Place::Inline(_) => false,
        }
    }
}

/// The source expression of a path on an origin.
pub(super) fn own_source(origin: &Origin, path: &str) -> Result<HostSource, PolicyFault> {
    format!("{origin}{path}")
        .parse()
        .map_err(|error| PolicyFault::location(path, &error, origin.to_string().len()))
}

/// The same for a WebSocket: to browsers, `https` doesn't stand for `wss`.
fn socket_source(origin: &Origin, path: &str) -> Result<FetchSource, PolicyFault> {
    let origin = origin.to_string();
    // `https` to `wss`, `http` to `ws`.
    let socket = origin.replacen("http", "ws", 1);
    let source = format!("{socket}{path}").parse();
    source.map_err(|error| PolicyFault::location(path, &error, socket.len()))
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Own(path) => f.write_str(path),
            Place::Absolute(source) => fmt::Display::fmt(source, f),
            Place::Inline(inline) => f.write_str(inline.as_str()),
        }
    }
}

impl FromStr for Location {
    type Err = PolicyError;

    /// Reads a path that begins with a slash, a URL with `https`, `http`, `wss` or `ws`, `data:` or
    /// `blob:`.
    ///
    /// # Errors
    /// * `"app.js"`, `"//cdn.example/app.js"`: neither
    /// * `"/app.js?v=2"`, `"/app.js#top"`: browsers don't compare queries and fragments
    /// * `"/a b"`, `"/a;b"`, `"/caf\u{e9}"`: characters that end or break a policy; percent-encode
    /// * `"https://*.example"`: more than one host
    /// * `"https:"`: a whole scheme is an exception, see [`Dangerous::allow`](super::Dangerous::allow)
    fn from_str(text: &str) -> Result<Self, PolicyError> {
        if text.starts_with('/') && !text.starts_with("//") {
            // Any origin will do to check the path; errors count from the path's beginning.
            const ANY: &str = "https://a.example";
            return match format!("{ANY}{text}").parse::<HostSource>() {
                Ok(_) => Ok(Self(Place::Own(text.to_owned()))),
                Err(error) => Err(PolicyFault::location(text, &error, ANY.len()).into()),
            };
        }
        if let Some(inline) = [Inline::Data, Inline::Blob]
            .into_iter()
            .find(|inline| inline.as_str() == text)
        {
            return Ok(Self(Place::Inline(inline)));
        }
        if let Some(fix) = no_place(text) {
            let text = crate::foreign::shown(text);
            return Err(PolicyFault::NoLocation { text, fix }.into());
        }
        let source: HostSource = text
            .parse()
            .map_err(|error| PolicyFault::location(text, &error, 0))?;
        let one_host = matches!(source.host(), HostPattern::Exact(_));
        match source.scheme() {
            Some("https" | "http" | "wss" | "ws") if one_host => Ok(Self(Place::Absolute(source))),
            _ => {
                let text = crate::foreign::shown(text);
                let fix = match (source.host(), source.scheme()) {
                    (HostPattern::Exact(_), None) => format!(
                        "write `/{text}` for a path of your own, or `https://{text}` for another host"
                    ),
                    (HostPattern::Exact(_), Some(_)) => {
                        "write a path with a leading slash, or a URL of one host with `https://`"
                            .to_owned()
                    }
                    _ => format!("name each host by itself; {}", exception(&text)),
                };
                Err(PolicyFault::NoLocation { text, fix }.into())
            }
        }
    }
}

/// How to write what is not a place and legal in a policy: keywords and whole schemes.
fn no_place(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let is_scheme = lower.strip_suffix(':').is_some_and(|scheme| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    });
    match lower.trim_matches('\'') {
        "none" => Some("leave it out, what isn't named is refused anyway".to_owned()),
        "self" => Some(format!(
            "name each file of your origin by its path, such as `/app.js`; {}",
            exception("'self'")
        )),
        _ if is_scheme => Some(format!(
            "name the URLs or hosts that it is about; {}",
            exception(text)
        )),
        _ if lower.len() > 1 && lower.starts_with('\'') && lower.ends_with('\'') => {
            Some(format!("a keyword is not a URL; {}", exception(text)))
        }
        _ => None,
    }
}

/// The door for what is weaker.
fn exception(source: &str) -> String {
    let source = crate::foreign::shown(source);
    format!("`dangerous().allow(directive, \"{source}\", reason)` is the exception for all of it")
}

#[cfg(feature = "serde")]
mod serde_impl {
    crate::serde_text::as_text!(super::Location, "a path such as `/app.js`, or a URL");
}
