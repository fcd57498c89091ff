//! The guard: the script that makes the browser check what a page's other scripts
//! load.
//!
//! The SDK adds its engine to the page at run time and fetches its WebAssembly and its language file,
//! all without `integrity`. The guard, the first script of the page, adds the pinned digests before
//! the browser requests them. It changes neither the SDK nor the application. Its source,
//! `src/guard/guard.js`, explains what it does and why that is sound.
//!
//! `Page::compile` (feature `page`) puts it into a page together with everything else
//! that it relies on. On its own it is for pages that are rendered from templates:
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
//! Libraries that wrap functions of the browser (a wrapper of `fetch`, a polyfill of `RegExp` or `URL`,
//! their own promises) work as on any page: they wrap the guard's function, and the guard captured
//! what it calls itself before they ran.
//!
//! A Trusted Types policy that a library creates, as Lit, Svelte, Vue and Angular do, is allowed by
//! its name, with a reason: [`allow`](crate::policy::Dangerous::allow)`(DirectiveName::TrustedTypes,
//! "lit-html", reason)`. The guard's rules apply after it: `lit-html`, `svelte-trusted-html`, `vue`,
//! `angular`, `fast-html` and `fast-element` may pass on the markup of their templates, `nextjs` and `nextjs#bundler`
//! the URLs of pinned chunks. Only the markup of `dompurify` is not checked, since that receives all
//! of the text that it is there to clean.
//!
//! # What a page hears of it
//!
//! Each refusal is a `visor-refused` event on `window`, whose `detail` has `url` and
//! `reason`; the first hundred are kept in the list `window.visorRefused` and sent to
//! [`Guard::reports_to`]:
//!
//! | reason | what happened |
//! |---|---|
//! | `changed` | the file was received, but is not the pinned one |
//! | `changed, or what it imports` | the same for a module in WebKit, which doesn't reveal which one it was |
//! | `missing` | the server answered with an error |
//! | `not loaded` | there was no response |
//! | `blocked by connect-src` | the page's policy doesn't allow it; the directive is the one that the browser named. The browser sends its own reports about these |
//! | `not pinned` | it is among the SDK's files but isn't one, or is the URL of a script or WebAssembly without a pin |
//! | `not checked: use fetch` | a synchronous `XMLHttpRequest` or one that isn't a `GET`, `EventSource` or `Cache.add` of a pinned file |
//! | `markup` | text that would have become scripts, frames, handlers, or forms, links or `<meta>` that do something |
//! | `code from text` | `eval` and the like, if the engine is one that needs it |
//! | `leaves the page` | a navigation to an origin that the policy doesn't name, or WebRTC. Only the origin of the URL is reported: the rest may contain the secret |
//! | `policy for Trusted Types` | a library tried to create a policy whose name, given as `url`, the page's policy doesn't allow |
//!
//! [The manual](crate::docs::integrity) has the way out of each, and what the console says.
//!
//! If a module was refused, the changed one is named, not those that import it: the guard requests
//! each of them again, and the browser tells which one it did not accept. A style sheet or a text that a module
//! imports (`with { type: "css" }`) is not asked for again, and JSON in Chromium alone; elsewhere the console
//! names it. A style sheet is named as changed in Chromium when one that it imports (`@import`) is missing.
//!
//! A module that `import()` loads is checked by the import map; if it was changed, the promise is
//! rejected, and there is an event only if the page preloads it, as a compiled page does with
//! the component. WebKit refuses preloads, so there is none: who calls `import()` there should report
//! that it was rejected.

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

/// Which text may run as code, if scripts try to run it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_enums)] // engines make code or don't
pub enum DynamicCode {
    /// None. The default: what 1.5.0 and later need.
    #[default]
    Refused,
    /// The wrappers that Emscripten's embind writes, and nothing else: what engines up to 1.4.8
    /// need. The page's policy must have `'unsafe-eval'`; in a browser without Trusted Types that
    /// allows all text.
    EngineGlue,
}

impl Guard {
    /// A guard without pins, which refuses everything in a folder of the page's origin: a path that
    /// begins and ends with a slash.
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

    /// Sends refusals to a URL as JSON in the form of the Reporting API, with the type
    /// `visor-refused`. `connect-src` has to allow it.
    #[must_use]
    pub fn reports_to(mut self, url: impl Into<String>) -> Self {
        self.reports = Some(url.into());
        self
    }

    /// Keeps the page's scripts from leaving it in browsers that don't support `Connection-Allowlist`:
    /// navigations go only to the page's own origin and to these places, and nobody can make an
    /// `RTCPeerConnection`. For pages whose policy enforces that header. [The manual](crate::docs::leaving)
    /// says what remains open.
    ///
    /// A place is written as in the header: an origin, `https://*.contoso.example`, or an origin with a
    /// path. Each call adds to the previous ones.
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

    /// Which text may run as code, if scripts try to run it.
    #[must_use]
    pub fn dynamic_code(mut self, rule: DynamicCode) -> Self {
        self.dynamic_code = rule;
        self
    }
}
