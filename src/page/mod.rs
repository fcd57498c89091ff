//! Pages that are compiled once, at start, so that browsers check every script that they run.
//!
//! [`Page::compile`] takes the page as it is written, and returns constant bytes with a policy
//! of their own:
//!
//! * every script, module preload and style sheet whose file is known gets `integrity` and
//!   `crossorigin`
//! * an import map names the digests of the SDK's component and of the application's modules, and
//!   maps the names of the SDK's package to the published component: a bundle leaves them as
//!   they are ([how](crate::docs::bundlers)). A map that the page already has is merged into it
//! * the SDK's component is preloaded, so that the guard learns of it if the browser refuses it
//! * the [guard](crate::guard) is the first script that runs: it adds the pinned digests to what the SDK
//!   loads at run time
//! * the policy's `script-src` holds hashes and nothing else: no URL, no `'self'`, no nonce. If the hashes of
//!   all scripts would make it too long, it has those of scripts that the page's tags and code name, and that the
//!   policy names ([`Resource::Script`]); the warnings say so. With
//!   it come `Integrity-Policy`, by which the browser blocks a script without `integrity`, and
//!   Trusted Types with the guard's policy as the only one
//!
//! So a file that was changed behind the server, in a cache or in transit does not run: neither
//! the component, nor an engine, nor its WebAssembly, nor a language file, nor the application's own
//! scripts. No browser checks pictures, fonts, sound and video, and style sheets from other hosts are
//! left to the policy.
//!
//! ```
//! use tower_visor::page::Page;
//! use tower_visor::app::AppFiles;
//! use tower_visor::pins::Pins;
//! use tower_visor::policy::{Document, LivenessPage, Policy, Resource};
//! use tower_visor::sdk::Endpoint;
//!
//! # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
//! let pins = Pins::scan(folder)?;
//! let verified = pins.verify(folder)?;
//!
//! let document = Document::new("https://liveness.contoso.example")?
//!     .loads(Resource::Connect, "/api/session");
//! let policy = Policy::strict(LivenessPage::pinned(document, &pins, Endpoint::resource("contoso")?));
//!
//! let html = "<!doctype html>\n<title>Check</title>\n<script type=module src=app.js></script>";
//! let page = Page::builder(html)
//!     .app_files(AppFiles::new().file("/app.js", "import('./FaceLivenessDetector.js');")?)
//!     .compile(&verified, &policy)?;
//! assert!(page.html().contains("<script integrity=\"sha384-"));
//!
//! // A tower service, below a `VisorLayer`: it sends the page's own policy.
//! let app: axum::Router = axum::Router::new().route_service("/", page);
//!
//! // What would not run is found here, with its place.
//! let slip = Page::compile("<p onclick=go()>", &verified, &policy).unwrap_err();
//! assert_eq!(
//!     slip[0].to_string(),
//!     "line 1, column 1: `onclick` on <p> would not run: set the handler in a script file with \
//!      `addEventListener`, or have such handlers allowed by their hashes with an exception \
//!      (`dangerous().allow(..)`) for `'unsafe-hashes'` in script-src-attr"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where the page is served
//!
//! At the folder that the pins are served at ([`Scan::served_at`](crate::pins::Scan::served_at)):
//! the SDK looks for its files next to the page.
//!
//! # Inside the layer
//!
//! A page relies on a [`VisorLayer`](crate::VisorLayer) around it to send its policy, like every
//! response that has one of its own. Without the layer it is sent without headers.

mod agree;
mod embedded;
mod error;
mod found;
mod graph;
mod import_map;
mod known;
mod listed;
mod loaded;
mod location;
mod resolve;
mod rules;
mod scan;
mod serve;
mod sheet;
mod tag;
mod used;
mod warning;
mod written_out;

#[cfg(feature = "waict")]
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue};

use agree::{check_policy, guard, isnt_allowed, styles_are_known};
use error::PageFault;
pub use error::{PageError, PageErrorKind};

use crate::app::AppFiles;
use crate::errors::Errors;
use crate::header::UnencodedDigest;
use crate::pins::Verified;
use crate::policy::{CompiledPolicy, Guarded, Permits, Policy, PolicyFault, Resource};
use crate::sri::{Algorithm, Digest};
use crate::url::Url;
use found::{Linked, resource};
use graph::Graph;
use import_map::Merged;
use known::Known;
use location::{Location, Reach, ToldBy};
use rules::{Handlers, Rules, Sdk, StyleAttributes};
use sheet::Sheets;
pub(crate) use used::Used;
pub use warning::PageWarning;

/// An HTML document whose scripts are all known by their bytes. See the [module](self).
///
/// Cloning is cheap: the clones share the bytes.
#[derive(Clone)]
pub struct Page {
    body: Bytes,
    policy: CompiledPolicy,
    etag: HeaderValue,
    /// What is said of the bytes where they are sent.
    headers: Arc<HeaderMap>,
    warnings: Arc<[PageWarning]>,
    /// Paths on its own origin that it shows in frames.
    frames: Arc<[String]>,
    /// The path and query by which it loads files whose path is spelt differently, with that path.
    #[cfg(feature = "waict")]
    spelt: Arc<[(String, String)]>,
}

/// A page, and what it is made from besides its text.
#[derive(Clone, Debug)]
#[must_use = "it is not a page until it is compiled"]
pub struct PageBuilder {
    html: String,
    app: AppFiles,
    /// The pins' base unless it is said.
    path: Option<String>,
    reach: Reach,
    sdk: Sdk,
}

impl Page {
    /// Compiles a page that has no files other than the SDK's. For any other page see [`Page::builder`].
    ///
    /// # Errors
    /// As [`PageBuilder::compile`].
    pub fn compile(
        html: &str,
        verified: &Verified<'_>,
        policy: &Policy,
    ) -> Result<Self, Errors<PageError>> {
        Self::builder(html).compile(verified, policy)
    }

    /// A page with files of the application.
    pub fn builder(html: impl Into<String>) -> PageBuilder {
        PageBuilder {
            html: html.into(),
            app: AppFiles::new(),
            path: None,
            reach: Reach::One,
            sdk: Sdk::With,
        }
    }

    /// The text that is sent.
    pub fn html(&self) -> &str {
        // It was made out of a `String`.
        std::str::from_utf8(&self.body).unwrap_or_default()
    }

    /// The bytes that are sent.
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// The page's own policy; what [`Page::response`] puts into the extensions.
    pub fn policy(&self) -> CompiledPolicy {
        self.policy
    }

    /// Things that its code plainly does and the page doesn't allow: print them when the server starts. What is
    /// legal but probably unintended in its policy is in [`CompiledPolicy::warnings`].
    pub fn warnings(&self) -> &[PageWarning] {
        &self.warnings
    }

    /// Paths on its own origin that it shows in frames.
    pub(crate) fn frames(&self) -> &[String] {
        &self.frames
    }

    /// The path and query by which it loads files whose path is spelt differently, with that path.
    #[cfg(feature = "waict")]
    pub(crate) fn spelt(&self) -> &[(String, String)] {
        &self.spelt
    }

    /// The same page under a policy that says more.
    #[cfg(feature = "waict")]
    pub(crate) fn under(mut self, policy: CompiledPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// The validator of the bytes.
    pub fn etag(&self) -> &HeaderValue {
        &self.etag
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("bytes", &self.body.len())
            .field("etag", &self.etag)
            .field("policy", &self.policy)
            .field("warnings", &self.warnings)
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}

impl PageBuilder {
    /// The application's own files: every one of its scripts must be included, even those that
    /// others import.
    pub fn app_files(mut self, files: AppFiles) -> Self {
        self.app = files;
        self
    }

    /// The URL path that the page is served at, if that isn't the folder of the pins:
    /// `/docs/help.html`. Its relative URLs are resolved there. The SDK still looks for its files below the
    /// pins' base: a page with the SDK gets a `<base>` that says so, and its own relative URLs are
    /// written out.
    pub fn served_at(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// The page is served at deeper URLs too, such as the routes of a single-page application. It gets a
    /// `<base>` that preserves the meaning of its relative URLs and the SDK's.
    pub fn deep(mut self) -> Self {
        self.reach = Reach::Deep;
        self
    }

    /// The page is one of a site that doesn't use the SDK: it knows none of its files, and its
    /// `style` attributes are allowed by hash. Its policy is one of [`Policy::document`].
    pub(crate) fn without_sdk(mut self) -> Self {
        self.sdk = Sdk::Without;
        self
    }

    /// Compiles the page.
    ///
    /// # Errors
    /// Everything that is wrong, at once:
    ///
    /// * `onclick="go()"`, `action="javascript:go()"`, `style="..."`, `srcdoc`: they would not run. A
    ///   link to such a URL is a [warning](Page::warnings): until it is clicked nothing is missing.
    ///   `style` is allowed by hash where the policy has an exception for `'unsafe-hashes'` in
    ///   `style-src-attr`, handlers by one in `script-src-attr`; the common `onload`s that apply a style sheet once it
    ///   has come are understood: it applies at once
    /// * `<meta http-equiv="Content-Security-Policy">`, which browsers enforce in addition to the header
    /// * `<base>` to another origin, and a second one
    /// * `srcset`, where the relative URLs of a page with the SDK have to be written out
    /// * the URL of a script or a style sheet that can't be read, so that it may be any file's
    /// * a script of another origin, or of a path that no file is known for
    /// * an `integrity` that doesn't match the file
    /// * an import map that isn't JSON, or that leads to unknown modules
    /// * a script into which the SDK's component was bundled
    /// * an import of a name that nothing resolves, of a file that isn't served, or from another
    ///   origin
    /// * markup that a browser may read differently: `<script>` in `<svg>`, `<![CDATA[`
    /// * a language that the policy names and the pins don't have
    /// * a policy for another version or folder of the SDK, with a nonce, with workers, or with
    ///   scripts that were not given
    /// * what [`Policy::compile`] finds
    pub fn compile(
        self,
        verified: &Verified<'_>,
        policy: &Policy,
    ) -> Result<Page, Errors<PageError>> {
        let Some(document) = policy.page() else {
            // Without an origin no URL of the page means anything.
            return Err(PageFault::Policy(PolicyFault::NoSdk.into()).into());
        };
        let mut faults = Vec::new();
        let html = parsed_text(&self.html);
        let root = Url::from(document.origin().clone());
        let base = verified.pins().base();
        let sdk = (self.sdk == Sdk::With).then_some(base);
        let path = self.path.as_deref().unwrap_or(base);
        let location = Location::new(&html, &root, path, sdk, self.reach);
        let languages = policy.language_files(verified.pins().layout());
        let known = Known::new(verified, sdk, &self.app, &location, languages, &mut faults)
            .fetching(policy.named(Resource::Connect));
        check_policy(policy, self.sdk, &known, verified, &mut faults);
        let attributes = StyleAttributes::under(policy, self.sdk);
        let rules = Rules {
            writes_out: location.writes_out(),
            attributes,
            handlers: Handlers::under(policy),
            path,
        };
        let found = scan::scan(&html, &known, rules, &mut faults);

        let own_map = found.import_map.as_ref();
        let own_map = own_map.map(|(place, text)| (*place, text.as_str()));
        let mut map = Merged::new(own_map, &known, &mut faults);
        faults.extend(known.bundled_faults());
        let Graph {
            spellings,
            mut warnings,
            styles,
            style_attributes,
            prefetches,
            holds,
            ..
        } = Graph::walk(&found.entries, &known, &map, &mut faults);
        #[cfg(feature = "waict")]
        let spelt = spelt(&found.spelt, &spellings, known.page());
        warnings.retain(|warning| isnt_allowed(policy, attributes, warning));
        warnings.extend(found.code_links.map(PageWarning::of_links));
        map.spell_all(spellings, &known);
        let map_text = map.text();
        let sheets = Sheets::look(&known, &found.inline_styles);
        warnings.extend(sheets.warnings);
        let guard = guard(policy, &known, verified).script();
        let mut guarded = Guarded {
            scripts: [&guard, &map_text]
                .map(|text| Digest::of(known.algorithm(), text.as_bytes()))
                .into(),
            styles: found.styles,
            style_attributes: found.style_attributes,
            handlers: found.handlers,
            manifests: found.manifests,
            frames: found.frames.clone(),
            prefetched: prefetched(found.prefetches || prefetches, &known),
            checks_styles: found.sheets == Linked::Checked
                && !sheets.imports
                && styles_are_known(policy, &known),
            holds: [found.holds, sheets.holds, holds]
                .into_iter()
                .flatten()
                .map(resource)
                .collect(),
            base: (location.told_by == ToldBy::Base).then(|| location.base.path().to_owned()),
        };
        guarded.styles.extend(styles);
        if attributes == StyleAttributes::Hashed {
            guarded.style_attributes.extend(style_attributes);
        }
        guarded.scripts.extend(found.scripts);
        let compiled = listed::compile(policy, guarded, &found.entries, &known, &map);
        let (compiled, unlisted) =
            compiled.map_err(|errors| errors.after(std::mem::take(&mut faults)))?;
        warnings.extend(unlisted);
        Errors::check(faults)?;
        let permits = Permits::new(compiled, document.origin().clone());
        warnings.extend(loaded::stopped(&found.loaded, &permits));

        let preloads = sdk.is_some() && !found.loads_component;
        let first = first(&location, &map_text, &guard, preloads.then_some(&known));
        let mut edits = vec![(found.head..found.head, first)];
        edits.extend(found.edits);
        let body = edited(&html, &edits);
        let etag = validator(body.as_bytes());
        let headers = Arc::new(headers(&etag, body.as_bytes()));
        Ok(Page {
            policy: compiled,
            etag,
            headers,
            body: Bytes::from(body),
            warnings: warnings.into(),
            frames: found.frames.into(),
            #[cfg(feature = "waict")]
            spelt,
        })
    }
}

/// A page's text as browsers parse it: hashes are of that.
fn parsed_text(html: &str) -> String {
    let html = html.strip_prefix('\u{feff}').unwrap_or(html);
    html.replace("\r\n", "\n").replace('\r', "\n")
}

/// The folders from which scripts are fetched ahead of their use.
fn prefetched(prefetches: bool, known: &Known<'_>) -> Vec<String> {
    if prefetches {
        known.script_folders()
    } else {
        Vec::new()
    }
}

/// What is put in front of all scripts of a page; the SDK's component is preloaded where it is known.
fn first(location: &Location, map: &str, guard: &str, preloaded: Option<&Known<'_>>) -> String {
    let mut first = base_element(location);
    first.push_str("<script type=\"importmap\">");
    first.push_str(map);
    first.push_str("</script><script>");
    first.push_str(guard);
    first.push_str("</script>");
    first.extend(preloaded.map(preload));
    first
}

/// The `<base>` of a page whose URL doesn't say what its relative URLs mean.
fn base_element(location: &Location) -> String {
    match location.told_by {
        ToldBy::Url => String::new(),
        // Browsers write no quote into a path.
        ToldBy::Base => format!("<base href=\"{}\">", location.base.path()),
    }
}

/// The page's `ETag`.
fn validator(body: &[u8]) -> HeaderValue {
    // A digest in base64 is of the characters that a validator may have.
    let digest = Digest::of(Algorithm::Sha256, body).to_base64();
    HeaderValue::from_maybe_shared(Bytes::from(format!("\"{digest}\"")))
        .unwrap_or(HeaderValue::from_static("\"\""))
}

/// What the page and its scripts load by a URL that says more than a path.
#[cfg(feature = "waict")]
fn spelt(
    written: &[(String, String)],
    imported: &BTreeMap<String, &str>,
    base: &Url,
) -> Arc<[(String, String)]> {
    let written = written.iter().filter_map(|(url, path)| {
        let url = base.join(url).ok()?;
        let query = url.query().map(|query| format!("?{query}"));
        let spelt = format!("{}{}", url.path(), query.unwrap_or_default());
        Some((spelt, path.clone()))
    });
    let imported = imported.iter();
    let imported = imported.map(|(spelt, path)| (spelt.clone(), (*path).to_owned()));
    written.chain(imported).collect()
}

/// What is said of a page where it is sent.
fn headers(etag: &HeaderValue, body: &[u8]) -> HeaderMap {
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    HeaderMap::from_iter([
        (ETAG, etag.clone()),
        (CONTENT_TYPE, html),
        (CONTENT_LENGTH, body.len().into()),
        (UnencodedDigest::NAME, UnencodedDigest::of(body).into()),
    ])
}

/// A tag that has the browser load the component ahead of the `import()` that needs it.
///
/// A failed `import()` is known to its caller alone. Of a failed preload there is an event, which
/// the guard hears. Paths are those of URLs, and the pins have no quote in theirs.
fn preload(known: &Known<'_>) -> String {
    let path = known.component();
    match known.digest(&path) {
        Some(digest) => format!(
            "<link rel=\"modulepreload\" href=\"{path}\" integrity=\"{digest}\" crossorigin=\"anonymous\">"
        ),
        None => String::new(),
    }
}

/// The text with changes, which are in order and apart from each other.
fn edited(text: &str, edits: &[(std::ops::Range<usize>, String)]) -> String {
    let mut out =
        String::with_capacity(text.len() + edits.iter().map(|(_, t)| t.len()).sum::<usize>());
    let mut at = 0;
    for (range, new) in edits {
        // Ranges end at the borders of tags.
        out.push_str(text.get(at..range.start).unwrap_or_default());
        out.push_str(new);
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}
