//! What keeps a page from being compiled.

use crate::html::Place;
use crate::policy::{Longest, PolicyError, Relaxation};
use crate::url::UrlError;

crate::errors::opaque! {
    /// One thing that keeps a page from being compiled. Each message holds the fix.
    pub struct PageError(PageFault);

    /// What a [`PageError`] is about.
    pub enum PageErrorKind {
        /// Markup that would not run, or that browsers may read differently.
        Markup = Handler | JavascriptUrl | StyleAttribute | MetaPolicy | Base | Relative | Srcdoc
            | Markup,
        /// A URL that browsers can't read, or may read in several ways.
        Url = Url,
        /// A script whose bytes are not known.
        Unpinned = Unpinned | UnknownScript | BareImport | LostImport | ForeignImport,
        /// A script into which the SDK's component was bundled.
        Bundled = Bundled,
        /// An `integrity` that doesn't match the file.
        Integrity = WrongIntegrity,
        /// An import map that can't be merged.
        ImportMap = ImportMap,
        /// A file of the application has the path of one of the SDK's.
        AppFile = OverSdk,
        /// Something in the policy that no compiled page can have: nonces, workers, a language without a file.
        Unfit = Nonce | Worker | Language,
        /// The policy does not compile, or is not one for these pins.
        Policy = Policy | TooLong,
    }
}

/// What is wrong, with the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PageFault {
    #[error(
        "{place}: `{attribute}` on <{element}>{} would not run: set {} in a script file with `addEventListener`, or have such handlers allowed by their hashes with an exception (`dangerous().allow(..)`) for `'unsafe-hashes'` in script-src-attr",
        and_more(*more),
        if *more == 0 { "the handler" } else { "the handlers" }
    )]
    Handler {
        place: Place,
        element: String,
        attribute: String,
        /// So many follow.
        more: usize,
    },

    #[error(
        "{place}: the `javascript:` URL in `{attribute}` of <{element}> would not run: use a button and a handler in a script file"
    )]
    JavascriptUrl {
        place: Place,
        element: String,
        attribute: String,
    },

    #[error(
        "{place}: `style` on <{element}>{} would not apply: move {} to a style sheet, or have such attributes allowed by their hashes with an exception (`dangerous().allow(..)`) for `'unsafe-hashes'` in style-src-attr",
        and_more(*more),
        if *more == 0 { "it" } else { "them" }
    )]
    StyleAttribute {
        place: Place,
        element: String,
        /// So many follow.
        more: usize,
    },

    #[error(
        "{place}: a Content-Security-Policy in <meta> is enforced in addition to the header's, and can only break the page: remove it"
    )]
    MetaPolicy { place: Place },

    #[error(
        "{place}: <base> changes what relative URLs mean, and only one that names a folder of the page's own origin is supported: remove it"
    )]
    Base { place: Place },

    #[error(
        "{place}: `{attribute}` on <{element}> holds URLs that may be relative, and the base of the SDK is a different one: begin each with a slash, and name a single one in `src` or `href`"
    )]
    Relative {
        place: Place,
        element: String,
        attribute: String,
    },

    #[error(
        "{place}: `srcdoc` on <iframe> is a document that is not checked: serve it at a URL of its own"
    )]
    Srcdoc { place: Place },

    #[error("{place}: the script `{url}` has no pin: {fix}")]
    Unpinned {
        place: Place,
        url: String,
        fix: &'static str,
    },

    #[error("{place}: the URL `{url}` can't be read: {error}")]
    Url {
        place: Place,
        url: String,
        error: UrlError,
    },

    #[error(
        "{place}: the integrity of `{url}` is not that of the pinned file: {reason}; remove the attribute: the pins supply it"
    )]
    WrongIntegrity {
        place: Place,
        url: String,
        reason: String,
    },

    #[error(
        "{script}: it {found}, so the SDK was bundled into it, and no pin covers what runs: leave it out of the bundle, so that the page's import map leads to the published file; in Vite `build.rollupOptions.external: [/^{package}/]`, in webpack `externals: [/^{package}/], externalsType: 'import', target: ['web', 'es2020']`, in Next.js `import(/* webpackIgnore: true */ /* turbopackIgnore: true */ '{component}')`"
    )]
    Bundled {
        script: String,
        found: String,
        package: String,
        component: String,
    },

    #[error(
        "{script}: it imports `{specifier}`, a name that nothing resolves: bundle it, or map it to one of your files in the page's import map"
    )]
    BareImport { script: String, specifier: String },

    #[error(
        "{script}: it imports `{specifier}`, but nothing is served at `{path}`: add the file, or remove the import"
    )]
    LostImport {
        script: String,
        specifier: String,
        path: String,
    },

    #[error(
        "{script}: it imports `{specifier}`, which has no pin: {}",
        FOREIGN_FILE
    )]
    ForeignImport { script: String, specifier: String },

    #[error("{place}: import map: {reason}")]
    ImportMap { place: Place, reason: String },

    #[error("{place}: {what}: {fix}")]
    Markup {
        place: Place,
        what: String,
        fix: &'static str,
    },

    #[error(
        "{path}: the policy names this language, but the SDK has no file for it: remove it from `languages`, or check how the SDK spells it"
    )]
    Language { path: String },

    #[error(
        "the policy trusts scripts by nonce, but a compiled page is the same for everybody: use `ScriptTrust::Urls`"
    )]
    Nonce,

    #[error(
        "the policy names the script `{location}`, whose bytes are not known: pass it to `app_files`, or remove it from the policy"
    )]
    UnknownScript { location: String },

    #[error(
        "the policy names the worker `{location}`: no browser checks the integrity of a worker: remove it, or give the worker a page of its own"
    )]
    Worker { location: String },

    #[error("{path}: a file of the application has the path of an SDK file: move it")]
    OverSdk { path: String },

    #[error("{long}, {}", shorter(*longest, folder.as_ref(), url))]
    TooLong {
        /// How long it is.
        long: String,
        longest: Longest,
        /// The folder with the most scripts, and how many they are.
        folder: Option<(String, usize)>,
        /// The URL of that folder.
        url: String,
    },

    #[error(transparent)]
    Policy(#[from] PolicyError),
}

/// What to do about a script of the page's origin that has no pin.
pub(super) const OWN_FILE: &str = "add it to the application's files (`app`, `app_files`), correct the URL, or leave out a page that isn't needed (`SiteBuilder::without`, `--without`)";

/// What to do about a file that is none by its name.
pub(super) const SCRIPT_NAME: &str =
    "give its file a name that ends in `.js` or `.mjs`, since no other is sent as a script";

/// What to do about a script of another origin.
pub(super) const FOREIGN_FILE: &str = "serve it yourself, as one of the application's files; what its publisher changes any day (payments, tag managers) belongs in a frame or on another page";

/// How many of the same kind follow on a page.
fn and_more(more: usize) -> String {
    match more {
        0 => String::new(),
        more => format!(", and {more} more below it,"),
    }
}

/// What makes the policy of a compiled page shorter.
fn shorter(longest: Longest, folder: Option<&(String, usize)>, url: &str) -> String {
    let way_out = match longest {
        Longest::Scripts => {
            let most = folder.map(|(folder, count)| format!(" ({count} are in `{folder}`)"));
            return format!(
                "where each script that the page names has a hash{}: bundle them, leave out those that no page needs (`SiteBuilder::without`, `--without FOLDER/`), or have a folder's allowed by its URL with an exception (`dangerous().allow(..)`) for `{url}` in script-src; their digests are still checked",
                most.unwrap_or_default()
            );
        }
        Longest::Styles => {
            "where each inline style has a hash, and each style sheet its URL: merge them, or leave out those that no page needs (`SiteBuilder::without`, `--without FOLDER/`)"
        }
        Longest::StyleAttributes => {
            "where each `style` attribute has a hash: move them to a style sheet, or allow attributes of any text with an exception (`dangerous().allow(..)`) for `'unsafe-inline'` in style-src-attr"
        }
        Longest::Unchecked => {
            "where each file has its URL: put many of them into one folder below the site's own, which is then named in their place, or leave out those that no page needs (`SiteBuilder::without`, `--without FOLDER/`)"
        }
        Longest::Other => {
            "where each URL is named: name a folder in place of its files, or leave out what no page needs"
        }
    };
    way_out.to_owned()
}

impl PageError {
    /// Where in the page; `None` for faults of the policy or the files.
    pub fn place(&self) -> Option<Place> {
        match &self.0 {
            PageFault::Handler { place, .. }
            | PageFault::JavascriptUrl { place, .. }
            | PageFault::StyleAttribute { place, .. }
            | PageFault::MetaPolicy { place }
            | PageFault::Base { place }
            | PageFault::Relative { place, .. }
            | PageFault::Srcdoc { place }
            | PageFault::Unpinned { place, .. }
            | PageFault::Url { place, .. }
            | PageFault::WrongIntegrity { place, .. }
            | PageFault::ImportMap { place, .. }
            | PageFault::Markup { place, .. } => Some(*place),
            _ => None,
        }
    }

    /// The exceptions that allow it, where there are any: with a reason of your own, each goes into
    /// [`Dangerous::allow`](crate::policy::Dangerous::allow) or a policy file.
    pub fn exceptions(&self) -> Vec<Relaxation> {
        match &self.0 {
            PageFault::Handler { .. } => vec![Relaxation::hashed_handlers()],
            PageFault::StyleAttribute { .. } => vec![Relaxation::hashed_style_attributes()],
            PageFault::TooLong {
                longest: Longest::Scripts,
                url,
                ..
            } => vec![Relaxation::scripts_below(url)],
            _ => Vec::new(),
        }
    }

    /// The same text for faults that differ in their places only, or in how often they occur.
    pub(crate) fn without_place(&self) -> String {
        match &self.0 {
            PageFault::Handler { .. } => "handlers".to_owned(),
            PageFault::StyleAttribute { .. } => "`style`".to_owned(),
            PageFault::TooLong { longest, .. } => format!("too long: {longest:?}"),
            fault => {
                let text = fault.to_string();
                let place = self.place().map(|place| format!("{place}: "));
                let rest = place.and_then(|place| text.strip_prefix(&place));
                rest.map(str::to_owned).unwrap_or(text)
            }
        }
    }
}
