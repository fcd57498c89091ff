//! One place that a page may connect to, as it is written.

use std::fmt;
use std::str::FromStr;

use crate::foreign;
use crate::header::HeaderError;
use crate::url::{Host, Origin, Url, of_handshake};

pub(super) const HEADER: &str = "connection-allowlist";

/// What URL patterns read as syntax in a path ([URL Pattern, "escape a pattern string"]). A path
/// can't hold the others of that list, `\`, `{`, `}` and `?`.
///
/// [URL Pattern, "escape a pattern string"]: https://urlpattern.spec.whatwg.org/#escape-a-pattern-string
const SYNTAX: &[char] = &['+', '*', ':', '(', ')'];

/// Whether a kind of connection is blocked, whatever its target: redirects, WebRTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[allow(clippy::exhaustive_enums)] // the header has these two
pub enum ConnectionRule {
    /// It is. The default of the header.
    #[default]
    Block,
    /// It isn't.
    Allow,
}

/// A place that a page may connect to: an origin, all hosts below a name, or one path of an origin.
///
/// A URL pattern can say more than that, which isn't offered here: anything longer than a place is
/// easily misread.
///
/// | text | allows |
/// |---|---|
/// | `https://api.example` | the origin, any path |
/// | `https://*.api.example` | every host below the name, not itself |
/// | `https://cdn.example/app.js` | this path, with any query |
///
/// A web socket counts by the scheme of its handshake: `https://api.example` allows
/// `wss://api.example`, and a place with `wss` would match nothing (measured in Chromium 156).
///
/// ```
/// use tower_visor::header::ConnectionTarget;
///
/// let target: ConnectionTarget = "https://*.contoso.example".parse()?;
/// assert_eq!(target.to_string(), "https://*.contoso.example");
/// assert_eq!(
///     "https://cdn.example/".parse::<ConnectionTarget>().unwrap_err().to_string(),
///     "connection-allowlist, byte 19: the path `/` allows the root alone; \
///      leave the slash out for the whole origin",
/// );
/// # Ok::<(), tower_visor::header::HeaderError>(())
/// ```
///
/// Specification: [URL Pattern, constructor
/// strings](https://urlpattern.spec.whatwg.org/#constructor-string-parsing).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionTarget {
    /// Without the `*.` before it.
    origin: Origin,
    hosts: Hosts,
    /// Longer than its slash, as requests hold it: nothing in it is escaped.
    path: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Hosts {
    This,
    Below,
}

impl ConnectionTarget {
    /// Every host below that of an origin, not itself.
    ///
    /// # Errors
    /// If the host is an address, which has no hosts below it.
    pub fn below(origin: Origin) -> Result<Self, HeaderError> {
        if origin.host().address().is_some() {
            let what = format!("`*.{}` is below an address", origin.host());
            return Err(HeaderError::malformed(
                HEADER,
                0,
                what,
                "write the name of a host",
            ));
        }
        Ok(Self {
            hosts: Hosts::Below,
            ..Self::from(origin)
        })
    }

    /// The origin; of [`ConnectionTarget::below`] the one that the hosts lie below.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The host, unless there are several.
    pub fn host(&self) -> Option<&Host> {
        (self.hosts == Hosts::This).then(|| self.origin.host())
    }

    /// The one path, if it is about one.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    fn read(text: &str) -> Result<Self, HeaderError> {
        let wrong = |position: usize, what: String, fix: &str| {
            HeaderError::malformed(HEADER, position, what, fix)
        };
        let start = text.find("://").map(|colon| colon + 3);
        let Some(start) = start else {
            let what = format!(
                "`{}` has no scheme, and browsers skip it",
                foreign::word(text)
            );
            return Err(wrong(0, what, "write for example `https://api.example`"));
        };
        let end = text[start..].find(['/', '?', '#']).map(|end| start + end);
        let (place, path) = text.split_at(end.unwrap_or(text.len()));
        let below = place[start..].starts_with("*.");
        // Where the text of the origin is shorter than what was written.
        let cut = if below { 2 } else { 0 };
        let origin = format!("{}{}", &place[..start], &place[start + cut..]);
        let origin: Origin = origin.parse().map_err(|error: crate::url::UrlError| {
            let position = error.position().unwrap_or(start);
            let position = if position < start {
                position
            } else {
                position + cut
            };
            let what = format!("`{}` is malformed: {}", foreign::word(text), error.what());
            wrong(
                position,
                what,
                "write an origin, `https://*.` and a name, or an origin and a path",
            )
        })?;
        match origin.scheme() {
            "https" | "http" => {}
            scheme @ ("wss" | "ws") => {
                let compared = of_handshake(scheme);
                let what = format!("browsers compare sockets by `{compared}`, never by `{scheme}`");
                return Err(wrong(0, what, &format!("write `{compared}://`")));
            }
            other => {
                let what = format!("`{other}:` is not a scheme of a connection");
                return Err(wrong(0, what, "write `https://`"));
            }
        }
        let target = if below {
            Self::below(origin).map_err(|error| error.shifted(start))?
        } else {
            Self::from(origin)
        };
        match path {
            "" => Ok(target),
            "/" => {
                let what = String::from("the path `/` allows the root alone");
                let fix = "leave the slash out for the whole origin";
                Err(wrong(place.len(), what, fix))
            }
            path => target
                .at_path(path)
                .map_err(|error| error.shifted(place.len())),
        }
    }

    /// With a path as patterns write it.
    fn at_path(mut self, text: &str) -> Result<Self, HeaderError> {
        let mut path = String::new();
        let mut characters = text.char_indices();
        while let Some((position, character)) = characters.next() {
            let wrong = |what: String, fix: String| {
                Err(HeaderError::malformed(HEADER, position, what, fix))
            };
            match character {
                '?' | '#' => {
                    let what = format!("`{character}` in a path");
                    return wrong(
                        what,
                        String::from("end there: any query is allowed with it"),
                    );
                }
                '\\' => match characters.next() {
                    Some((_, escaped)) if SYNTAX.contains(&escaped) => path.push(escaped),
                    _ => {
                        let what = String::from("an unneeded backslash");
                        return wrong(what, String::from("leave it out"));
                    }
                },
                syntax if SYNTAX.contains(&syntax) => {
                    let what = format!("`{syntax}` is pattern syntax, which is not supported here");
                    return wrong(
                        what,
                        format!("write `\\{syntax}` if the path holds it, or name the origin"),
                    );
                }
                other => path.push(other),
            }
        }
        let url = Url::from(self.origin.clone()).join(&path).ok();
        if url.as_ref().map(Url::path) != Some(path.as_str()) {
            let what = format!("no request has the path `{}`", foreign::word(&path));
            let fix = match url {
                Some(url) => format!("write `{}`", foreign::word(url.path())),
                None => String::from("write it as it appears in a request"),
            };
            return Err(HeaderError::malformed(HEADER, 0, what, fix));
        }
        self.path = Some(path);
        Ok(self)
    }
}

impl From<Origin> for ConnectionTarget {
    /// The origin, any path; of a web socket the one of its handshake.
    fn from(origin: Origin) -> Self {
        Self {
            origin: origin.of_handshake(),
            hosts: Hosts::This,
            path: None,
        }
    }
}

impl fmt::Display for ConnectionTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wildcard = match self.hosts {
            Hosts::This => "",
            Hosts::Below => "*.",
        };
        let (scheme, authority) = (self.origin.scheme(), self.origin.authority());
        write!(f, "{scheme}://{wildcard}{authority}")?;
        for character in self.path.iter().flat_map(|path| path.chars()) {
            if SYNTAX.contains(&character) {
                f.write_str("\\")?;
            }
            write!(f, "{character}")?;
        }
        Ok(())
    }
}

impl FromStr for ConnectionTarget {
    type Err = HeaderError;

    /// Reads the text of a URL pattern that describes nothing more than a place.
    ///
    /// # Errors
    /// * `"cdn.example"`, `"*"`, `"/app.js"`: no scheme, and there is nothing to be relative to
    /// * `"https://*"`, `"https://a*.example"`, `"https://a.example:*"`: not an origin
    /// * `"https://*.10.1.2.3"`: an address has no hosts below it
    /// * `"https://cdn.example/"`: the root alone, where the whole origin was probably meant
    /// * `"https://cdn.example/js/*"`, `"https://cdn.example/(a|b).js"`: patterns
    /// * `"https://cdn.example/a.js?v=2"`: any query is allowed with a path
    /// * `"https://cdn.example/../a.js"`: no request has such a path
    /// * `"blob://cdn.example"`: connections have another scheme
    fn from_str(text: &str) -> Result<Self, HeaderError> {
        crate::header::text::printable(HEADER, text)?;
        Self::read(text)
    }
}

#[cfg(feature = "serde")]
mod serde_impl {
    crate::serde_text::as_text!(
        super::ConnectionTarget,
        "a place such as `https://api.example`"
    );
}
