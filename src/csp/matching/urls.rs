//! Does a policy allow this URL? Section 6.7.2 of CSP3, with its step numbers.

use crate::csp::effective::{EffectiveDirective, EffectivePolicy, PolicyList, SourceExpression};
use crate::csp::{DirectiveName, HostPattern, HostSource, Keyword, PortPattern};
use crate::url::{Origin, Url, decoded, default_port};

/// Whether a request has been redirected: browsers then no longer compare paths, so that a page
/// can't probe where a URL of another site leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Redirect {
    No,
    Followed,
}

impl PolicyList {
    /// Whether all policies of the list allow a URL for what `directive` governs: an image for
    /// `img-src`, a frame's origin for `frame-ancestors`.
    ///
    /// * `self_origin` is the page's origin: what `'self'` and hosts without a scheme refer to.
    /// * For `script-src` and `script-src-elem` it is a script element in the page, without nonce
    ///   and integrity; [`allows_external_script`](Self::allows_external_script) knows those.
    /// * `default-src` stands for what obeys it alone: a prefetch in Firefox. Chromium lets one pass
    ///   where any fetch directive allows its URL, or where there is no `default-src` (["Does resource
    ///   hint request violate policy?"]; measured).
    /// * Without a directive that governs it, a URL is allowed; likewise for a directive that has
    ///   no source list.
    ///
    /// ```
    /// use tower_visor::csp::{DirectiveName, PolicyList};
    /// use tower_visor::url::{Origin, Url};
    ///
    /// let list = PolicyList::effective(["connect-src http://api.example.com/face/"]);
    /// let page: Origin = "https://example.com".parse()?;
    /// let allows = |url: &str| Ok::<_, tower_visor::url::UrlError>(
    ///     list.allows_url(DirectiveName::ConnectSrc, &url.parse()?, &page)
    /// );
    /// assert!(allows("http://api.example.com/face/v1")?);
    /// assert!(allows("https://api.example.com/face/v1?x")?, "TLS is never refused");
    /// assert!(!allows("https://api.example.com/other")?);
    /// assert!(!allows("https://api.example.com:8443/face/v1")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// ["Does resource hint request violate policy?"]: https://w3c.github.io/webappsec-csp/#does-resource-hint-violate-policy
    pub fn allows_url(&self, directive: DirectiveName, url: &Url, self_origin: &Origin) -> bool {
        self.policies()
            .iter()
            .all(|policy| policy.allows_url(directive, url, self_origin))
    }

    /// As [`allows_url`](Self::allows_url), for the target of a redirect: paths don't count.
    pub fn allows_redirect_to(
        &self,
        directive: DirectiveName,
        url: &Url,
        self_origin: &Origin,
    ) -> bool {
        self.policies()
            .iter()
            .all(|policy| policy.allows_redirect_to(directive, url, self_origin))
    }
}

impl EffectivePolicy {
    /// As [`PolicyList::allows_url`], for this policy alone.
    pub fn allows_url(&self, directive: DirectiveName, url: &Url, self_origin: &Origin) -> bool {
        self.allows(directive, url, self_origin, Redirect::No)
    }

    /// As [`PolicyList::allows_redirect_to`], for this policy alone.
    pub fn allows_redirect_to(
        &self,
        directive: DirectiveName,
        url: &Url,
        self_origin: &Origin,
    ) -> bool {
        self.allows(directive, url, self_origin, Redirect::Followed)
    }

    fn allows(
        &self,
        name: DirectiveName,
        url: &Url,
        self_origin: &Origin,
        redirect: Redirect,
    ) -> bool {
        let Some(directive) = self.governing(name) else {
            return true;
        };
        if !directive.holds_sources() {
            return true;
        }
        // Section 6.7.1.1, step 1.3: a worker is never inserted by the parser. Chromium asks so
        // whatever directive governs it (measured).
        if name == DirectiveName::WorkerSrc && directive.has(Keyword::StrictDynamic) {
            return true;
        }
        directive.matches_url(name, url, self_origin, redirect)
    }
}

impl EffectiveDirective {
    /// "Does url match source list in origin with redirect count?", section 6.7.2.7, for the
    /// sources that count for `name`.
    pub(super) fn matches_url(
        &self,
        name: DirectiveName,
        url: &Url,
        origin: &Origin,
        redirect: Redirect,
    ) -> bool {
        self.in_force(name).any(|source| match source {
            // Section 6.7.2.8, step 1. A web socket is a network scheme to browsers, though the
            // standard sees it as `http` by then.
            SourceExpression::Any => {
                matches!(url.scheme(), "http" | "https" | "ws" | "wss")
                    || url.scheme() == origin.scheme()
            }
            // Step 2.
            SourceExpression::Scheme(scheme) => scheme_matches(scheme.scheme(), url.scheme()),
            SourceExpression::Host(host) => host_source_matches(host, url, origin, redirect),
            SourceExpression::SelfOrigin => self_matches(url, origin),
            _ => false,
        })
    }
}

/// Section 6.7.2.8, steps 2.1 and 3.
fn host_source_matches(
    source: &HostSource,
    url: &Url,
    origin: &Origin,
    redirect: Redirect,
) -> bool {
    // Steps 2.1 and 3.2.
    let scheme = source.scheme().unwrap_or(origin.scheme());
    if !scheme_matches(scheme, url.scheme()) {
        return false;
    }
    // Step 3.1. What is in place of a host under other schemes (`app://x`) is opaque, and
    // none (section 6.7.2.10, step 1).
    let Some(host) = url.host().filter(|_| default_port(url.scheme()).is_some()) else {
        return false;
    };
    // Step 3.3.
    if !host_matches(source.host(), host.as_str()) || !source.can_match() {
        return false;
    }
    // Steps 3.4 and 3.5.
    if !port_matches(source.port(), url, scheme != url.scheme()) {
        return false;
    }
    // Step 3.6.
    match (source.path(), redirect) {
        (Some(path), Redirect::No) => path_matches(path, url.path()),
        _ => true,
    }
}

/// Section 6.7.2.8, step 4.
fn self_matches(url: &Url, origin: &Origin) -> bool {
    let Some(target) = url.origin() else {
        return false;
    };
    // Step 4.1.
    if target == origin {
        return true;
    }
    // Step 4.2.
    let same_port =
        target.port() == origin.port() || target.has_default_port() && origin.has_default_port();
    target.host() == origin.host()
        && same_port
        && (matches!(target.scheme(), "https" | "wss")
            || origin.scheme() == "http" && matches!(target.scheme(), "http" | "ws"))
}

/// "`scheme-part` matching", section 6.7.2.9. Both are in lower case.
fn scheme_matches(source: &str, url: &str) -> bool {
    // Step 1. The standard lets `ws` match `http`, as a web socket's request is one; Chromium
    // doesn't (measured).
    source == url
        || matches!(
            (source, url),
            ("http" | "wss", "https") | ("ws", "wss" | "http" | "https")
        )
}

/// "`host-part` matching", section 6.7.2.10. Both are in lower case. That addresses other than
/// 127.0.0.1 never match (step 3) is [`HostSource::can_match`].
pub(in crate::csp) fn host_matches(source: &HostPattern, url: &str) -> bool {
    match source {
        HostPattern::Any => true,
        // Step 1: with the dot, so that the name itself doesn't match.
        HostPattern::Subdomains(name) => url
            .strip_suffix(name.as_str())
            .is_some_and(|rest| rest.ends_with('.')),
        // Step 2.
        HostPattern::Exact(name) => name == url,
    }
}

/// "`port-part` matching", section 6.7.2.11, for a source whose scheme was or wasn't upgraded to
/// TLS on the way.
fn port_matches(source: Option<PortPattern>, url: &Url, upgraded: bool) -> bool {
    match source {
        // Step 1.
        Some(PortPattern::Any) => true,
        // Step 5.
        None => url.port() == default_port(url.scheme()),
        // Steps 4 and 6; and `http://example.com:80` matches `https://example.com:443` ("Changes
        // from Level 2", point 3), which the algorithm forgets and Chromium does.
        Some(PortPattern::Number(port)) => {
            url.port() == Some(port) || upgraded && port == 80 && url.port() == Some(443)
        }
    }
}

/// "`path-part` matching", section 6.7.2.12.
pub(in crate::csp) fn path_matches(source: &str, url: &str) -> bool {
    // Steps 1 and 2.
    if source.is_empty() || source == "/" && url.is_empty() {
        return true;
    }
    // Steps 3 and 7: the last piece of a path with a slash at its end is empty, and goes.
    let (source, exact) = match source.strip_suffix('/') {
        Some(directory) => (directory, false),
        None => (source, true),
    };
    // Step 4.
    let mut pieces = url.split('/');
    // Steps 5 and 8.
    for piece in source.split('/') {
        let Some(other) = pieces.next() else {
            return false;
        };
        if decoded(piece) != decoded(other) {
            return false;
        }
    }
    // Steps 5 and 6: below a directory there is at least one more piece, be it empty.
    exact == pieces.next().is_none()
}
