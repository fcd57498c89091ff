//! [`Document`]: a page, where it is served, and what it loads.

use std::collections::BTreeMap;

use super::{Location, PolicyError, PolicyFault, Resource};
use crate::sri::Digest;
use crate::url::Origin;

/// A page and what it loads: the facts from which its policy follows.
///
/// Everything that is not named here is forbidden. Faults in names are collected,
/// and [`Policy::compile`](super::Policy::compile) returns all of them at once.
///
/// ```
/// use tower_visor::policy::{Document, Policy, Resource};
///
/// let page = Document::new("https://www.contoso.example")?
///     .loads(Resource::Script, "/app.js")
///     .loads(Resource::Style, "/app.css")
///     .loads(Resource::Connect, "/api/session");
/// let policy = Policy::document(page).compile()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    pub(super) origin: Origin,
    pub(super) resources: BTreeMap<Resource, Vec<Location>>,
    pub(super) script_hashes: Vec<Digest>,
    pub(super) style_hashes: Vec<Digest>,
    pub(super) frame_ancestors: Vec<Origin>,
    pub(super) navigates_to: Vec<Origin>,
    pub(super) opens: Vec<Origin>,
    pub(super) scripts_by: ScriptTrust,
    pub(super) caching: Caching,
    /// What was wrong on the way, for `Policy::compile`.
    pub(super) faults: Vec<PolicyFault>,
}

/// How a page's own scripts are recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[allow(clippy::exhaustive_enums)] // a new way is a breaking change on purpose
pub enum ScriptTrust {
    /// By their exact URLs and the hashes of inline scripts. The default: the policy is the same
    /// for each response, so the page can be cached and a `304` answers it.
    #[default]
    Urls,
    /// By those, and by a nonce: for templates whose inline scripts differ in each response. Such
    /// a response is `no-store`, because a nonce that is used twice protects nothing.
    Nonce,
}

/// Whether a page may be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[allow(clippy::exhaustive_enums)] // stored or not
pub enum Caching {
    /// Never: `Cache-Control: no-store`, whatever the application says. The default: a liveness
    /// page may hold a session token, and a page shown from a cache brings yesterday's SDK.
    #[default]
    NoStore,
    /// Stored, but revalidated each time: `Cache-Control: no-cache`, unless the application
    /// says something else. For pages that hold no token and no nonce.
    Revalidate,
}

impl Document {
    /// A page that loads nothing yet.
    ///
    /// The origin is where browsers see the page, `https://` and the host, with the port if it is
    /// not 443. Behind a proxy it is the proxy's.
    ///
    /// # Errors
    /// Anything that is not an origin; and `http://` elsewhere than at `localhost`, `127.0.0.0/8` and
    /// `[::1]`: without TLS no header protects anything, and browsers give such a page no camera.
    pub fn new(origin: &str) -> Result<Self, PolicyError> {
        let parsed: Origin = origin
            .parse()
            .map_err(|error| PolicyFault::Origin { error })?;
        Self::at(parsed)
    }

    pub(super) fn at(origin: Origin) -> Result<Self, PolicyError> {
        match origin.scheme() {
            "https" => {}
            "http" if origin.host().is_loopback() => {}
            _ => {
                let origin = origin.to_string();
                return Err(PolicyFault::Insecure { origin }.into());
            }
        }
        Ok(Self::with_nothing(origin))
    }

    /// For an origin that was already checked.
    pub(super) fn with_nothing(origin: Origin) -> Self {
        Self {
            origin,
            resources: BTreeMap::new(),
            script_hashes: Vec::new(),
            style_hashes: Vec::new(),
            frame_ancestors: Vec::new(),
            navigates_to: Vec::new(),
            opens: Vec::new(),
            scripts_by: ScriptTrust::default(),
            caching: Caching::default(),
            faults: Vec::new(),
        }
    }

    /// Lets the page load a resource: a path on its own origin, or a URL. One that ends in a slash names
    /// everything below it, as in any Content Security Policy, and `/` the whole origin: no policy can
    /// name the start page alone. Let scripts fetch it as `/index.html`, which a `Site` serves as well; when the
    /// start page fetches itself, the guard does that for it.
    ///
    /// Anything that [`Location`] refuses becomes an error of [`Policy::compile`](super::Policy::compile),
    /// with the name of the directive:
    ///
    /// ```
    /// use tower_visor::policy::{Document, Policy, Resource};
    ///
    /// let page = Document::new("https://www.contoso.example")?
    ///     .loads(Resource::Script, "//cdn.example/app.js")
    ///     .loads(Resource::Image, "/logo.png?v=2");
    /// let errors = Policy::document(page).compile().unwrap_err();
    /// assert_eq!(errors.len(), 2);
    /// assert!(errors[1].to_string().starts_with("img-src: `/logo.png?v=2`, byte 9: "));
    /// # Ok::<(), tower_visor::policy::PolicyError>(())
    /// ```
    #[must_use]
    pub fn loads(mut self, resource: Resource, location: &str) -> Self {
        match location.parse::<Location>() {
            Ok(location) => self.loads_from(resource, location),
            Err(error) => {
                self.faults.push(error.within(resource.directive()));
                self
            }
        }
    }

    /// Lets the page load a resource.
    #[must_use]
    pub fn loads_from(mut self, resource: Resource, location: Location) -> Self {
        let known = self.resources.entry(resource).or_default();
        if !known.contains(&location) {
            known.push(location);
        }
        self
    }

    /// Whether a path on the page's own origin is named already, by itself or by its folder.
    #[cfg_attr(not(feature = "page"), allow(dead_code))] // asked by `Policy::load`
    pub(crate) fn names(&self, resource: Resource, path: &str) -> bool {
        let mut known = self.resources.get(&resource).into_iter().flatten();
        known.any(|location| {
            let location = location.to_string();
            location == path || location.ends_with('/') && path.starts_with(&location)
        })
    }

    /// Lets the page run inline scripts with this hash, and external ones that carry it as
    /// `integrity`.
    #[must_use]
    pub fn script_hash(mut self, digest: Digest) -> Self {
        self.script_hashes.push(digest);
        self
    }

    /// Lets the page have inline styles with this hash. Browsers don't match hashes against
    /// external stylesheets; name those by [`Document::loads`].
    #[must_use]
    pub fn style_hash(mut self, digest: Digest) -> Self {
        self.style_hashes.push(digest);
        self
    }

    /// Lets pages of this origin show the page in a frame. Unless an origin is named, nobody may.
    ///
    /// For the camera to work there, the partner's page needs `allow="camera"` on the frame, and
    /// no `Permissions-Policy` that denies it.
    ///
    /// Anything that [`Document::new`] refuses becomes an error of [`Policy::compile`](super::Policy::compile).
    #[must_use]
    pub fn framed_by(mut self, origin: &str) -> Self {
        match Self::new(origin) {
            Ok(page) => self.frame_ancestors.push(page.origin),
            Err(error) => self.faults.push(error.within("frame-ancestors")),
        }
        self
    }

    /// Lets the page send its visitor to pages of this origin: by a link, by a script, by the response
    /// to a form. A navigation carries out whatever its URL contains, so if connections
    /// are limited (see [`Policy::enforce_connections`](super::Policy::enforce_connections))
    /// navigations go only to named origins and the page's own.
    ///
    /// The target of a *form* is a [`Resource::Form`], which already names it.
    ///
    /// Anything that [`Document::new`] refuses becomes an error of [`Policy::compile`](super::Policy::compile).
    #[must_use]
    pub fn navigates_to(mut self, origin: &str) -> Self {
        match Self::new(origin) {
            Ok(page) => self.navigates_to.push(page.origin),
            Err(error) => self.faults.push(error.within("navigates-to")),
        }
        self
    }

    /// Lets the page open windows of this origin, for example for a sign-in. On a page with the SDK the
    /// sandbox gets `allow-popups allow-popups-to-escape-sandbox` for it.
    ///
    /// An isolated page is cut off from such a window: the window can't report through
    /// `window.opener`, only by returning to the page's own origin and using `BroadcastChannel`
    /// or storage there.
    ///
    /// Anything that [`Document::new`] refuses becomes an error of [`Policy::compile`](super::Policy::compile).
    #[must_use]
    pub fn opens(mut self, origin: &str) -> Self {
        match Self::new(origin) {
            Ok(page) => self.opens.push(page.origin),
            Err(error) => self.faults.push(error.within("opens")),
        }
        self
    }

    /// How the page's own scripts are recognised.
    #[must_use]
    pub fn scripts_by(mut self, trust: ScriptTrust) -> Self {
        self.scripts_by = trust;
        self
    }

    /// Whether the page may be stored.
    #[must_use]
    pub fn caching(mut self, caching: Caching) -> Self {
        self.caching = caching;
        self
    }

    /// The origins that [`Document::navigates_to`] named.
    pub fn navigations(&self) -> &[Origin] {
        &self.navigates_to
    }

    /// The origins that [`Document::opens`] named.
    pub fn popups(&self) -> &[Origin] {
        &self.opens
    }

    /// The origin of the page.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}
