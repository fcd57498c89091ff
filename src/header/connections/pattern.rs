//! What browsers make of one URL pattern, as far as it is made of texts and asterisks.
//!
//! The whole language has groups, names, modifiers and regular expressions. A pattern with any of
//! these is not read here: what isn't sure is said to be unclear, never guessed.

use crate::url::{Authority, Origin, Url, default_port, of_handshake};

/// A pattern, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// Of texts and asterisks.
    Plain(Plain),
    /// No browser takes it, or it can't match; why.
    Skipped(&'static str),
    /// It uses more of the syntax than is read here.
    Unclear,
}

/// What a pattern of texts and asterisks says of each part of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plain {
    scheme: Glob,
    host: Glob,
    /// The default port is the empty text, as in a URL.
    port: Glob,
    /// `None` for every path.
    path: Option<Glob>,
}

/// A text in which each asterisk is any text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Glob(String);

/// What no text of a pattern holds, and so only an asterisk matches.
const ANYTHING: char = '\u{1}';

impl Glob {
    fn is_text(&self) -> bool {
        !self.0.contains('*')
    }

    fn matches(&self, text: &str) -> bool {
        let mut pieces = self.0.split('*');
        let first = pieces.next().unwrap_or_default();
        let Some(mut rest) = text.strip_prefix(first) else {
            return false;
        };
        let Some(last) = pieces.next_back() else {
            return rest.is_empty();
        };
        // The earliest place of each leaves the most to the others.
        for piece in pieces {
            let Some((_, behind)) = rest.split_once(piece) else {
                return false;
            };
            rest = behind;
        }
        rest.ends_with(last)
    }

    /// Whether it matches all that another does. To match what stands where the other has an
    /// asterisk is to match whatever may stand there.
    fn covers(&self, other: &Self) -> bool {
        self.matches(&other.0.replace('*', &ANYTHING.to_string()))
    }

    /// A text that it matches.
    fn sample(&self, any: &str) -> String {
        self.0.replace('*', any)
    }
}

impl Pattern {
    /// Reads a pattern as Chromium 156 does without a base URL.
    pub(super) fn read(text: &str) -> Self {
        let Some((scheme, rest)) = text.split_once("://") else {
            // `*:a.example` has a host; a browser may see one elsewhere, too.
            return if text.contains(':') {
                Self::Unclear
            } else {
                Self::Skipped("it has no scheme")
            };
        };
        // By the time that browsers look, a socket's URL has the scheme of its handshake.
        match scheme.to_ascii_lowercase().as_str() {
            "wss" => return Self::Skipped("browsers compare sockets by `https`"),
            "ws" => return Self::Skipped("browsers compare sockets by `http`"),
            _ => {}
        }
        let end = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        Self::plain(scheme, authority, path).unwrap_or(Self::Unclear)
    }

    /// `None` where a part says more than is read here.
    fn plain(scheme: &str, authority: &str, path: &str) -> Option<Self> {
        let (written, scheme) = (scheme, scheme.to_ascii_lowercase());
        let is_scheme = |c: char| c.is_ascii_alphanumeric() || "-.*".contains(c);
        let is_special = default_port(&scheme).is_some() || scheme.contains('*');
        if !is_special || !scheme.chars().all(is_scheme) {
            return None;
        }
        // No part may hold what begins a group, a name, a modifier, an escape, a user or a query.
        let is_more = |c: char| "\\(){}+?#@".contains(c) || !c.is_ascii_graphic();
        if authority.chars().chain(path.chars()).any(is_more)
            || names(authority)
            || authority.contains("**")
            || path.contains("**")
        {
            return None;
        }
        let split = Authority::split(authority);
        let host = match host(split.host)? {
            Ok(host) => host,
            Err(why) => return Some(Self::Skipped(why)),
        };
        let port = match port(written, split.port.unwrap_or_default())? {
            Ok(port) => port,
            Err(why) => return Some(Self::Skipped(why)),
        };
        let path = match path {
            "" => None,
            path => Some(plain_path(path)?),
        };
        Some(Self::Plain(Plain {
            scheme: Glob(scheme),
            host,
            port,
            path,
        }))
    }
}

/// Whether a colon begins a name here, as in `:page`; a port is digits or an asterisk.
fn names(authority: &str) -> bool {
    let mut after = authority.split(':').skip(1);
    !authority.starts_with('[') && after.any(|text| text.starts_with(is_of_name))
}

fn is_of_name(c: char) -> bool {
    c.is_alphabetic() || "_$".contains(c)
}

/// The host; why no browser takes it; or `None` where it says more than is read here.
fn host(text: &str) -> Option<Result<Glob, &'static str>> {
    if text.is_empty() {
        return Some(Err("it has no host"));
    }
    if text.contains('*') {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.*".contains(c);
        let host = text.to_ascii_lowercase();
        return host.chars().all(plain).then_some(Ok(Glob(host)));
    }
    let host = Url::effective(&format!("https://{text}"));
    let host = host.as_ref().ok().and_then(Url::host);
    Some(match host {
        Some(host) => Ok(Glob(host.as_str().to_owned())),
        None => Err("no such host can exist"),
    })
}

/// As [`host`]. A default port is left out where scheme and port are written in the usual way; in
/// another, such as `HTTPS` or `0443`, it stays and matches nothing.
fn port(scheme: &str, text: &str) -> Option<Result<Glob, &'static str>> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match text {
        "" | "*" => Some(Ok(Glob(text.to_owned()))),
        _ if digits(text) => Some(match text.parse::<u16>() {
            Ok(port) if default_port(scheme) == Some(port) && port.to_string() == text => {
                Ok(Glob(String::new()))
            }
            Ok(port) => Ok(Glob(port.to_string())),
            Err(_) => Err("no such port can exist"),
        }),
        _ => None,
    }
}

/// A path that browsers leave as it is.
fn plain_path(text: &str) -> Option<Glob> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~%!$&',;=*".contains(c);
    let is_dots = |segment: &str| {
        let segment = segment.to_ascii_lowercase().replace("%2e", ".");
        segment == "." || segment == ".."
    };
    let fine = text.chars().all(plain) && !text.split('/').any(is_dots);
    fine.then(|| Glob(text.to_owned()))
}

impl Plain {
    /// The pattern that an origin is.
    pub(super) fn of_origin(origin: &Origin) -> Self {
        Self {
            scheme: Glob(origin.scheme().to_owned()),
            host: Glob(origin.host().as_str().to_owned()),
            port: Glob(port_text(origin)),
            path: None,
        }
    }

    pub(super) fn matches(&self, url: &Url) -> bool {
        let Some(origin) = url.origin() else {
            return false;
        };
        self.scheme.matches(of_handshake(origin.scheme()))
            && self.host.matches(origin.host().as_str())
            && self.port.matches(&port_text(origin))
            && self
                .path
                .as_ref()
                .is_none_or(|path| path.matches(url.path()))
    }

    /// Whether it matches every URL that another does.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let path = match (&self.path, &other.path) {
            (None, _) => true,
            (Some(own), Some(other)) => own.covers(other),
            // Every path begins with a slash.
            (Some(own), None) => own.covers(&Glob(String::from("/*"))),
        };
        self.scheme.covers(&other.scheme)
            && self.host.covers(&other.host)
            && self.port.covers(&other.port)
            && path
    }

    pub(super) fn leaves_host_open(&self) -> bool {
        !self.host.is_text()
    }

    /// A URL that it matches, with a host of nobody's where it leaves the host open; `None` where no
    /// URL of a server is one, as with a scheme that nothing has.
    pub(super) fn sample(&self) -> Option<Url> {
        let any_host = if self.host.0 == "*" {
            "any.example"
        } else {
            "any"
        };
        let port = self.port.sample("");
        let colon = if port.is_empty() { "" } else { ":" };
        let path = self.path.as_ref().map(|path| path.sample(""));
        let rest = format!(
            "{}{colon}{port}{}",
            self.host.sample(any_host),
            path.unwrap_or_default()
        );
        // A port may be one that URLs of a scheme leave out.
        ["https", "http"]
            .into_iter()
            .filter_map(|scheme| Url::effective(&format!("{scheme}://{rest}")).ok())
            .find(|url| self.matches(url))
    }
}

fn port_text(origin: &Origin) -> String {
    match origin.port() {
        Some(port) if !origin.has_default_port() => port.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Glob, Pattern};

    fn glob(text: &str) -> Glob {
        Glob(text.to_owned())
    }

    #[test]
    fn an_asterisk_is_any_text() {
        for (pattern, text, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("*.example", "a.example", true),
            ("*.example", ".example", true),
            ("*.example", "example", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*a*b*", "xxaxbx", true),
            ("*a*b", "ab", true),
            ("*ab*b", "ab", false),
        ] {
            assert_eq!(glob(pattern).matches(text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn one_covers_another_when_all_that_this_matches_is_matched() {
        for (wide, narrow, expected) in [
            ("*", "a*b", true),
            ("a*b", "*", false),
            ("*.example", "*.a.example", true),
            ("*.a.example", "*.example", false),
            ("*a*", "ba*", true),
            ("a*", "*a", false),
            ("a", "a*", false),
        ] {
            assert_eq!(
                glob(wide).covers(&glob(narrow)),
                expected,
                "{wide} {narrow}"
            );
        }
    }

    #[test]
    fn a_sample_is_a_url_that_is_matched() {
        for (text, sample) in [
            ("https://a.example", Some("https://a.example/")),
            (
                "*://*.a.example:8443/x",
                Some("https://any.a.example:8443/x"),
            ),
            ("ht*p://a.example/*", Some("http://a.example/")),
            // URLs of `https` leave this port out, those of `http` don't.
            ("htt*://a.example:443", Some("http://a.example:443/")),
            ("htt*ps://a.example:0443", None),
            ("HTTPS://a.example:443", None),
            ("h*.ttps://a.example", None),
        ] {
            let Pattern::Plain(pattern) = Pattern::read(text) else {
                panic!("{text}");
            };
            let found = pattern.sample().map(|url| url.to_string());
            assert_eq!(found.as_deref(), sample, "{text}");
        }
    }

    #[test]
    fn what_is_not_sure_is_unclear() {
        for text in [
            "https://a.example/(x|y)",
            "http{s}?://a.example",
            "https://:name.example",
            "https://a.example/:page",
            "https://a.example/x?q",
            "https://me@a.example",
            "https://a.example/**",
            "https://a.example/../x",
            "*:a.example",
            "blob://a.example",
        ] {
            assert_eq!(Pattern::read(text), Pattern::Unclear, "{text}");
        }
        for (text, why) in [
            ("", "it has no scheme"),
            ("*", "it has no scheme"),
            ("a.example", "it has no scheme"),
            ("https://", "it has no host"),
            ("https://a_b^c", "no such host can exist"),
            ("https://a.example:99999", "no such port can exist"),
            ("WSS://a.example/*", "browsers compare sockets by `https`"),
            ("ws://(a|b).example", "browsers compare sockets by `http`"),
        ] {
            assert_eq!(Pattern::read(text), Pattern::Skipped(why), "{text}");
        }
    }
}
