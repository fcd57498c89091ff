//! `Set-Cookie`: who gets the cookie, and does the browser take it at all?

use http::header::SET_COOKIE;

use crate::audit::code::codes;
use crate::audit::control::{asvs, microsoft};
use crate::audit::finding::shown;
use crate::audit::input::Input;
use crate::audit::sink::Sink;
use crate::audit::{Code, Subject};

codes! {
    COOKIE_SECURE = "cookie-secure", Medium,
        "a cookie is also sent over HTTP",
        "add Secure",
        [microsoft("https"), asvs("3.3.1")];
    COOKIE_DROPPED = "cookie-dropped", Medium,
        "browsers refuse a cookie",
        "give it the attributes that its prefix or its `SameSite` requires",
        [asvs("3.3.1"), asvs("3.3.5")];
    COOKIE_HTTP_ONLY = "cookie-http-only", Low,
        "scripts can read a cookie",
        "add `HttpOnly`, unless the page's own scripts have to read it",
        [asvs("3.3.4")];
    COOKIE_SAME_SITE = "cookie-same-site", Low,
        "a cookie is sent with requests from other sites",
        "add SameSite=Strict, or Lax",
        [asvs("3.3.2")];
    COOKIE_DOMAIN = "cookie-domain", Low,
        "a cookie goes to every host below the domain",
        "leave Domain out",
        [asvs("3.3.3")];
    COOKIE_PREFIX = "cookie-prefix", Note,
        "another host of the domain can overwrite a cookie",
        "begin its name with `__Host-`, with Secure, Path=/ and no Domain",
        [asvs("3.3.1"), asvs("3.3.3")];
}

/// Browsers refuse a name and a value that are longer together
/// ([RFC 6265bis, section 5.6](https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-5.6)).
const LONGEST: usize = 4096;

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    let is_local = input.response.origin().host().is_loopback();
    for value in input.response.values(SET_COOKIE) {
        let text = String::from_utf8_lossy(value);
        let cookie = Cookie::read(&text);
        let subject = || Subject::Cookie {
            name: shown(cookie.name),
        };
        if let Some(why) = cookie.refused() {
            sink.find(Code::COOKIE_DROPPED, subject(), why);
            continue;
        }
        // What is being removed holds nothing.
        if cookie.value.is_empty() || cookie.is_expired() {
            continue;
        }
        if !cookie.is_secure && !is_local {
            sink.find(Code::COOKIE_SECURE, subject(), "no Secure");
        }
        if !cookie.is_http_only {
            sink.find(Code::COOKIE_HTTP_ONLY, subject(), "no HttpOnly");
        }
        match cookie.same_site {
            Some(site) if !site.eq_ignore_ascii_case("none") => {}
            Some(_) => sink.find(Code::COOKIE_SAME_SITE, subject(), "SameSite=None"),
            None => sink.find(Code::COOKIE_SAME_SITE, subject(), "no SameSite"),
        }
        if let Some(domain) = cookie.domain {
            let found = format!("Domain={}", shown(domain));
            sink.find(Code::COOKIE_DOMAIN, subject(), found);
        } else if cookie.prefix().is_none() {
            sink.find(Code::COOKIE_PREFIX, subject(), "no `__Host-`");
        }
    }
}

/// A line of `Set-Cookie` as browsers read it ([RFC 6265bis, section
/// 5.6](https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-5.6)).
struct Cookie<'a> {
    name: &'a str,
    value: &'a str,
    is_secure: bool,
    is_http_only: bool,
    is_partitioned: bool,
    /// A value that browsers know.
    same_site: Option<&'a str>,
    domain: Option<&'a str>,
    path: Option<&'a str>,
    max_age: Option<&'a str>,
}

/// A name that promises something of the attributes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Prefix {
    Secure,
    Host,
    Http,
    HostHttp,
}

impl<'a> Cookie<'a> {
    fn read(line: &'a str) -> Self {
        let mut parts = line.split(';');
        let pair = parts.next().unwrap_or_default();
        // Without `=` the whole is a value without a name.
        let (name, value) = pair.split_once('=').unwrap_or(("", pair));
        let mut cookie = Self {
            name: name.trim(),
            value: value.trim(),
            is_secure: false,
            is_http_only: false,
            is_partitioned: false,
            same_site: None,
            domain: None,
            path: None,
            max_age: None,
        };
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim();
            // The last one of a name counts.
            match name.trim().to_ascii_lowercase().as_str() {
                "secure" => cookie.is_secure = true,
                "httponly" => cookie.is_http_only = true,
                "partitioned" => cookie.is_partitioned = true,
                "samesite" => {
                    let is_known = ["strict", "lax", "none"]
                        .iter()
                        .any(|known| value.eq_ignore_ascii_case(known));
                    cookie.same_site = is_known.then_some(value);
                }
                "domain" => {
                    let domain = value.strip_prefix('.').unwrap_or(value);
                    cookie.domain = (!domain.is_empty()).then_some(domain);
                }
                "path" => cookie.path = Some(value),
                "max-age" => cookie.max_age = Some(value),
                _ => {}
            }
        }
        cookie
    }

    fn prefix(&self) -> Option<Prefix> {
        // Browsers compare them in any case, so that servers which do can't be fooled.
        let begins = |prefix: &str| {
            let start = self.name.get(..prefix.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        [
            ("__Host-Http-", Prefix::HostHttp),
            ("__Host-", Prefix::Host),
            ("__Http-", Prefix::Http),
            ("__Secure-", Prefix::Secure),
        ]
        .into_iter()
        .find_map(|(text, prefix)| begins(text).then_some(prefix))
    }

    fn is_expired(&self) -> bool {
        self.max_age
            .and_then(|seconds| seconds.parse::<i64>().ok())
            .is_some_and(|seconds| seconds <= 0)
    }

    /// Why browsers don't take it.
    fn refused(&self) -> Option<&'static str> {
        let prefix = self.prefix();
        let is_host = matches!(prefix, Some(Prefix::Host | Prefix::HostHttp));
        let is_http = matches!(prefix, Some(Prefix::Http | Prefix::HostHttp));
        if self.name.is_empty() && self.value.is_empty() {
            Some("neither a name nor a value")
        } else if self.name.len() + self.value.len() > LONGEST {
            Some("name and value are longer than 4096 bytes")
        } else if prefix.is_some() && !self.is_secure {
            Some("its prefix requires Secure")
        } else if is_host && self.domain.is_some() {
            Some("its prefix forbids Domain")
        } else if is_host && self.path != Some("/") {
            Some("its prefix requires Path=/")
        } else if is_http && !self.is_http_only {
            Some("its prefix requires HttpOnly")
        } else if self.is_partitioned && !self.is_secure {
            Some("Partitioned requires Secure")
        } else if !self.is_secure
            && self
                .same_site
                .is_some_and(|site| site.eq_ignore_ascii_case("none"))
        {
            Some("SameSite=None requires Secure")
        } else {
            None
        }
    }
}
