//! The guard: the one script that a page needs for the browser to check what its other scripts
//! load.
//!
//! The SDK adds its engine to the page at run time and fetches its WebAssembly and its words,
//! all without `integrity`. The guard, the first script of the page, gives them the pinned
//! digests before the browser asks for them. It changes neither the SDK nor the application. What
//! it does, and why that holds, is in its source,
//! `src/guard/guard.js`.
//!
//! `Page::compile` (feature `page`) puts it into a page together with all else that
//! it relies on. Alone it is for pages that are made by templates:
//!
//! ```
//! use tower_visor::guard::Guard;
//! use tower_visor::sri::{Algorithm, Digest};
//!
//! let digest = Digest::of(Algorithm::Sha384, b"{}");
//! let guard = Guard::new("/facelivenessdetector-assets/")
//!     .pin("/facelivenessdetector-assets/i18n/en-US/en.json", digest);
//! let script = guard.script();
//! // Goes between `<script>` and `</script>`, and its hash into `script-src`.
//! assert!(!script.contains("</"));
//! let hash = Digest::of(Algorithm::Sha384, script.as_bytes());
//! ```
//!
//! # Libraries
//!
//! What libraries put over functions of the browser (a wrapper of `fetch`, a polyfill of `RegExp` or
//! `URL`, promises of their own) works as on any page: it wraps the guard's function, and what the
//! guard calls itself it took before they ran.
//!
//! A policy for Trusted Types that a library makes, as Lit, Svelte, Vue and Angular do, is allowed by
//! its name, with a reason:
//! [`allow`](crate::policy::Dangerous::allow)`(DirectiveName::TrustedTypes, "lit-html", reason)`. The
//! guard's rules are asked after it: `lit-html`, `svelte-trusted-html`, `vue`, `angular` and
//! `fast-html` pass the markup of their templates on, `nextjs` and `nextjs#bundler` the URLs of
//! pinned chunks. `dompurify` alone is not asked for its markup, since it gets all of the text that
//! it is there to clean.
//!
//! # What a page hears of it
//!
//! What is refused is a `visor-refused` event on `window`, whose `detail` holds `url` and
//! `reason`; the first hundred are kept in the list `window.visorRefused` and sent to
//! [`Guard::reports_to`]:
//!
//! | reason | what happened |
//! |---|---|
//! | `changed` | the file came, and is not the pinned one |
//! | `changed, or what it imports` | the same of a module in WebKit, which doesn't tell which one it was |
//! | `missing` | the server answered with an error |
//! | `not loaded` | no answer came |
//! | `blocked by connect-src` | the page's policy doesn't allow it; the directive is the one that the browser named. Of these the browser sends its own reports |
//! | `not pinned` | it lies among the SDK's files and is not one, or is the URL of a script or WebAssembly without a pin |
//! | `not checked: use fetch` | `XMLHttpRequest` that waits or isn't a `GET`, `EventSource` or `Cache.add` of a pinned file |
//! | `markup` | text that would have become scripts, frames, forms with a target or handlers |
//! | `code from text` | `eval` and the like, where the engine is one that needs it |
//! | `leaves the page` | a navigation to an origin that the policy doesn't name, or WebRTC. Of the URL only the origin is told: the rest may be the very secret |
//! | `policy for Trusted Types` | a library asked for a policy whose name, the `url`, the page's policy doesn't have |
//!
//! Where a module was refused, the one that was changed is named, and not those that import it:
//! the guard asks for each again, and the browser knows which one it did not take.
//!
//! A module that `import()` loads is checked by the import map; when it was changed, the promise is
//! rejected, and there is an event only if the page preloads it, as a compiled page does the
//! component.

mod render;
mod squeeze;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::sri::Digest;

/// The guard of one page, with the digests that it knows. See the [module](self).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// By path on the page's origin.
    pins: BTreeMap<String, Digest>,
    folder: String,
    reports: Option<String>,
    /// Where the page may lead to; without it the guard has nothing to say to that.
    places: Option<BTreeSet<String>>,
    dynamic_code: DynamicCode,
}

/// What of the text that scripts want to run as code may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_enums)] // engines make code or don't
pub enum DynamicCode {
    /// None. The default: what 1.5.0 and later need.
    #[default]
    Refused,
    /// The wrappers that Emscripten's embind writes, and nothing else: what engines up to 1.4.8
    /// need. The page's policy has to say `'unsafe-eval'`; where a browser knows no Trusted Types
    /// it then means all text.
    EngineGlue,
}

impl Guard {
    /// A guard without pins, which refuses all that lies in a folder of the page's origin: a path
    /// that begins and ends with a slash.
    pub fn new(folder: impl Into<String>) -> Self {
        Self {
            pins: BTreeMap::new(),
            folder: folder.into(),
            reports: None,
            places: None,
            dynamic_code: DynamicCode::default(),
        }
    }

    /// Pins a file that the page loads at run time: its path on the page's origin, as browsers
    /// write it, with a leading slash and without a query.
    #[must_use]
    pub fn pin(mut self, path: impl Into<String>, digest: Digest) -> Self {
        // Between names stand spaces; browsers write none into a path.
        let mut escaped = String::new();
        for byte in path.into().bytes() {
            match byte {
                b'!'..=b'~' => escaped.push(char::from(byte)),
                // Writing to a string can't fail.
                _ => drop(write!(escaped, "%{byte:02X}")),
            }
        }
        self.pins.insert(escaped, digest);
        self
    }

    /// Has refusals sent to a URL as JSON in the shape of the Reporting API, with the type
    /// `visor-refused`. `connect-src` has to allow it.
    #[must_use]
    pub fn reports_to(mut self, url: impl Into<String>) -> Self {
        self.reports = Some(url.into());
        self
    }

    /// Keeps the page's scripts from leaving it where the browser doesn't know `Connection-Allowlist`:
    /// navigations go to the page's own origin and to these places alone, and there is no
    /// `RTCPeerConnection`. For pages whose policy enforces that header. What remains open is in
    /// [the manual](crate::docs::leaving).
    ///
    /// A place is written as in the header: an origin, `https://*.contoso.example`, or an origin with a
    /// path. Each call adds to those before.
    ///
    /// ```
    /// use tower_visor::guard::Guard;
    ///
    /// let guard = Guard::new("/facelivenessdetector-assets/").leads_to(["https://login.contoso.example"]);
    /// # assert!(guard.script().contains("login[.]contoso[.]example"));
    /// ```
    #[must_use]
    pub fn leads_to<P: Into<String>>(mut self, places: impl IntoIterator<Item = P>) -> Self {
        let places = places.into_iter().map(Into::into);
        self.places.get_or_insert_default().extend(places);
        self
    }

    /// What of the text that scripts want to run as code may run.
    #[must_use]
    pub fn dynamic_code(mut self, rule: DynamicCode) -> Self {
        self.dynamic_code = rule;
        self
    }
}
