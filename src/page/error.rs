//! What keeps a page from being compiled.

use crate::html::Place;
use crate::policy::PolicyError;
use crate::url::UrlError;

/// One thing that keeps a page from being compiled. Each message holds the fix.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PageError {
    /// A handler in an attribute.
    #[error(
        "{place}: `{attribute}` on <{element}> would not run: set the handler in a script file with `addEventListener`"
    )]
    Handler {
        /// Where the element begins.
        place: Place,
        /// The element, escaped.
        element: String,
        /// The attribute, escaped.
        attribute: String,
    },

    /// A URL that is code.
    #[error(
        "{place}: the `javascript:` URL in `{attribute}` of <{element}> would not run: use a button and a handler in a script file"
    )]
    JavascriptUrl {
        /// Where the element begins.
        place: Place,
        /// The element, escaped.
        element: String,
        /// The attribute, escaped.
        attribute: String,
    },

    /// A style in an attribute.
    #[error("{place}: `style` on <{element}> would not apply: move it to a style sheet")]
    StyleAttribute {
        /// Where the element begins.
        place: Place,
        /// The element, escaped.
        element: String,
    },

    /// A policy in the page.
    #[error(
        "{place}: a Content-Security-Policy in <meta> is enforced beside the one in the header, and can only break the page: remove it"
    )]
    MetaPolicy {
        /// Where the element begins.
        place: Place,
    },

    /// A base URL.
    #[error(
        "{place}: <base> moves what relative URLs mean, and the policy forbids it: remove it, and serve the page from the folder that the SDK is served from"
    )]
    Base {
        /// Where the element begins.
        place: Place,
    },

    /// A document in an attribute.
    #[error(
        "{place}: `srcdoc` on <iframe> is a document that is not checked: serve it at a URL of its own"
    )]
    Srcdoc {
        /// Where the element begins.
        place: Place,
    },

    /// A script whose bytes are not known.
    #[error(
        "{place}: the script `{url}` has no pin: serve it yourself and give it with `app_files`"
    )]
    Unpinned {
        /// Where the element begins, or the import map.
        place: Place,
        /// Its URL as written, escaped, without a query that holds values.
        url: String,
    },

    /// A URL that may be that of a known file, if only it could be read.
    #[error("{place}: the URL `{url}` can't be read: {error}")]
    Url {
        /// Where the element begins, or the import map.
        place: Place,
        /// As written, escaped, without a query that holds values.
        url: String,
        /// What is wrong with it.
        error: UrlError,
    },

    /// An `integrity` that is not the file's.
    #[error(
        "{place}: the integrity of `{url}` is not that of the pinned file: {reason}; remove the attribute, it is added from the pins"
    )]
    WrongIntegrity {
        /// Where the element begins, or the import map.
        place: Place,
        /// The URL as written, escaped, without a query that holds values.
        url: String,
        /// What is wrong with it.
        reason: String,
    },

    /// An import map that can't be merged.
    #[error("{place}: import map: {reason}")]
    ImportMap {
        /// Where the element begins.
        place: Place,
        /// What is wrong, and the fix.
        reason: String,
    },

    /// Markup that is read in one way here and maybe in another by a browser.
    #[error("{place}: {what}: {fix}")]
    Markup {
        /// Where it begins.
        place: Place,
        /// What it is.
        what: String,
        /// What to write.
        fix: &'static str,
    },

    /// A language that the policy names.
    #[error(
        "{path}: the policy names this language, and the SDK has no file for it: take it out of `languages`, or look at how the SDK writes it"
    )]
    Language {
        /// The path on the page's origin.
        path: String,
    },

    /// A policy with a nonce.
    #[error(
        "the policy trusts scripts by nonce, and a compiled page is the same for everybody: use `ScriptTrust::Urls`"
    )]
    Nonce,

    /// The policy names a script that nobody gave.
    #[error(
        "the policy names the script `{location}`, whose bytes are not known: give it with `app_files`, or take it out of the policy"
    )]
    UnknownScript {
        /// As the policy says it.
        location: String,
    },

    /// The policy names a worker.
    #[error(
        "the policy names the worker `{location}`: no browser checks the integrity of a worker: take it out, or give the worker a page of its own"
    )]
    Worker {
        /// As the policy says it.
        location: String,
    },

    /// A file of the application lies where one of the SDK does.
    #[error("{path}: a file of the application is served where the SDK's is: move it")]
    OverSdk {
        /// The URL path.
        path: String,
    },

    /// The policy does not compile.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

crate::errors::debug_is_display!(PageError);
