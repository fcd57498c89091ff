//! What is wrong with a policy.

use std::fmt;

use crate::csp::{CspError, CspFault, DirectiveName};
use crate::header::HeaderError;
use crate::sdk::{SdkError, Version};
use crate::url::UrlError;

/// One thing that is wrong with a policy. Each message holds the fix.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The text is no origin.
    #[error("origin: {error}")]
    Origin {
        /// What is wrong with it.
        error: UrlError,
    },

    /// An origin without TLS, on a host that others can reach.
    #[error(
        "origin: `{origin}` is served without TLS, where headers protect nothing: write `https://`; `http://` is for localhost and IP addresses only"
    )]
    Insecure {
        /// The origin.
        origin: String,
    },

    /// The text is no path and no URL of one file or folder.
    #[error("`{text}`{}: {fault}", position.map(|p| format!(", byte {p}")).unwrap_or_default())]
    Location {
        /// The text.
        text: String,
        /// Where in it.
        position: Option<usize>,
        /// What is wrong.
        fault: CspFault,
    },

    /// Legal as a source expression, but not one place.
    #[error(
        "`{text}` is no place to load from: write a path with a leading slash, or a URL of one host with `https://`"
    )]
    NoLocation {
        /// The text.
        text: String,
    },

    /// The SDK's folder.
    #[error("sdk path: `{text}` must begin and end with a slash, for example `/sdk/1.5.0/`")]
    SdkPath {
        /// The text.
        text: String,
    },

    /// No language.
    #[error(
        "language: `{text}` is no name of a language's folder: write it as the SDK does, for example `en-US`"
    )]
    Language {
        /// The text.
        text: String,
    },

    /// An exception without a reason.
    #[error("reason: say in one line why the policy is weaker here; reports print it")]
    Reason,

    /// The engine of this version compiles JavaScript from strings.
    #[error(
        "SDK {version} needs 'unsafe-eval': upgrade to {upgrade}, or allow it on this page only with `dangerous().allow_unsafe_eval(reason)`"
    )]
    NeedsUnsafeEval {
        /// The version of the page.
        version: Version,
        /// The newest version that needs only `'wasm-unsafe-eval'`.
        upgrade: Version,
    },

    /// A source of `connect-src` that admits Face resources of others, on a liveness page.
    #[error(
        "connect-src `{expression}`: it admits every customer's Face resource, and the SDK sends its bearer token to whichever a session token names: name the one host that you use"
    )]
    WideConnections {
        /// The source expression.
        expression: String,
    },

    /// The compiled Content Security Policy is not valid.
    #[error("content-security-policy: {error}")]
    Csp {
        /// What is wrong with it.
        error: CspError,
    },

    /// A directive that an exception can't add a source to.
    #[error(
        "exception for {directive}: no source can be added to it; name script-src, style-src, style-src-attr, img-src, connect-src, font-src, media-src, manifest-src, frame-src, worker-src, base-uri, form-action or frame-ancestors"
    )]
    NoSources {
        /// The directive.
        directive: DirectiveName,
    },

    /// The camera is denied on a page that can't work without it.
    #[error(
        "permissions-policy: `camera` is denied, and the liveness check can't start without it: remove the setting, or allow it for `self`"
    )]
    CameraDenied,

    /// `require-corp` blocks a resource of another origin.
    #[error(
        "{directive} `{location}`: `Cross-Origin-Embedder-Policy: require-corp` blocks it unless its server sends `Cross-Origin-Resource-Policy: cross-origin`: serve it from your own origin, or choose `Isolation::Credentialless`"
    )]
    EmbedderPolicy {
        /// The directive that allows it.
        directive: &'static str,
        /// Where it lies.
        location: String,
    },

    /// Under either isolation, a frame of another origin is shown only if it is isolated as well.
    #[error(
        "frame-src `{location}`: an isolated page shows only frames whose servers send `Cross-Origin-Embedder-Policy` too: serve it from your own origin; where its server does, add it with `dangerous().allow(..)`; or isolate nothing with `dangerous().no_isolation(..)`"
    )]
    FrameIsolation {
        /// Where it lies.
        location: String,
    },

    /// `report-to` names a group that no header defines.
    #[error(
        "report-to `{group}`: no reporting endpoint of that name; name it `{known}`, or set `reporting` to an endpoint called `{group}`"
    )]
    NoEndpoint {
        /// The group.
        group: String,
        /// The endpoint that is defined.
        known: String,
    },

    /// `report-to` without any reporting endpoint.
    #[error("report-to `{group}`: the policy has no reporting endpoint; set `reporting`")]
    NoReporting {
        /// The group.
        group: String,
    },

    /// A weak HSTS outside of the dangerous settings.
    #[error(
        "strict-transport-security: `{value}` is weaker than one year with subdomains (31536000; ASVS 5.0 3.4.1): lengthen it, or set it with `dangerous().strict_transport_security(..)` and a reason"
    )]
    WeakTransportSecurity {
        /// The value.
        value: String,
    },

    /// A response with a nonce that may be stored.
    #[error(
        "caching: a page with a nonce can't be stored, its second use would be known: remove `Caching::Revalidate`, or name scripts by URL and hash"
    )]
    NonceStored,

    /// A nonce is needed, and the crate is built without.
    #[error("the policy has a nonce: build tower-visor with the feature `nonce`")]
    NonceFeature,

    /// The operating system gives no random numbers.
    #[error("the operating system gives no random numbers for nonces: {reason}")]
    NoRandomness {
        /// What it says.
        reason: String,
    },

    /// A page with the SDK is asked for.
    #[error("the policy is not one of a page with the SDK: make it with `Policy::strict`")]
    NoSdk,

    /// Policy and pins are of two versions.
    #[error(
        "the policy is for SDK {policy} and the pins are of {pins}: make the page with `LivenessPage::pinned`, or correct `sdk`"
    )]
    OtherVersion {
        /// The policy's.
        policy: Version,
        /// The pins'.
        pins: Version,
    },

    /// Policy and pins lie at two places.
    #[error(
        "the policy looks for the SDK at `{policy}` and the pins are served at `{pins}`: make the page with `LivenessPage::pinned`, or correct `sdk-path`"
    )]
    OtherPath {
        /// The policy's.
        policy: String,
        /// The pins'.
        pins: String,
    },

    /// The policy names other styles of the SDK than there are in the pinned files.
    #[error(
        "styles: they aren't those of the pinned files: leave them out, and the pins give them"
    )]
    OtherStyles,

    /// A language of the page that isn't pinned.
    #[error(
        "languages: no file of `{tag}` is pinned: take it out, or look at how the SDK writes it"
    )]
    UnpinnedLanguage {
        /// The language.
        tag: String,
    },

    /// The component is to be known by its digest, and a URL admits it, too.
    #[error(
        "script-src `{source_expression}`: it admits the component whatever its bytes: name your scripts one by one, or choose `ComponentTrust::Url`"
    )]
    ComponentByUrl {
        /// The source expression.
        source_expression: String,
    },

    /// The component is to be known by its digest, and a nonce admits it, too.
    #[error(
        "scripts-by: a script with a nonce passes it on to the component that it imports, whatever its bytes: use `ScriptTrust::Urls`, or choose `ComponentTrust::Url`"
    )]
    ComponentByNonce,

    /// A liveness page without a page.
    #[error("`liveness` needs `document` beside it, with the origin of the page")]
    NoDocument,

    /// A referrer policy that tells other sites the page's URL.
    #[error(
        "referrer-policy: `{value}` sends the page's address to other sites: choose `no-referrer`, `same-origin`, `strict-origin` or `strict-origin-when-cross-origin`"
    )]
    ReferrerLeak {
        /// The value.
        value: String,
    },

    /// A header value is not valid.
    #[error(transparent)]
    Header(#[from] HeaderError),

    /// A fact about the SDK is not valid.
    #[error(transparent)]
    Sdk(#[from] SdkError),
}

crate::errors::debug_is_display!(PolicyError);

impl PolicyError {
    /// For a text that stood `offset` bytes into what was parsed.
    pub(super) fn location(text: &str, error: &CspError, offset: usize) -> Self {
        Self::Location {
            text: text.escape_default().to_string(),
            position: error
                .position()
                .map(|position| position.saturating_sub(offset)),
            fault: error.fault().clone(),
        }
    }
}

/// What is legal and probably not meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyWarning {
    /// The Content Security Policy is legal and doubtful.
    Csp(crate::csp::CspWarning),
    /// An exception that changes nothing: remove it.
    UnusedException(super::Relaxed),
    /// The table of releases does not know the version.
    UnknownVersion {
        /// The version.
        version: Version,
        /// What was assumed.
        assumed: String,
    },
    /// The SDK runs without the `'unsafe-eval'` that an exception allows.
    NeedlessEval {
        /// The version.
        version: Version,
    },
    /// A folder or a whole host in `script-src`: whatever else lies there runs too.
    ManyScripts {
        /// Where.
        location: String,
    },
    /// A setting for documents in a policy that has none.
    NoDocuments {
        /// The setting, as a policy file calls it.
        setting: &'static str,
    },
    /// A page that is sent as it is, without an endpoint for reports.
    NoScriptReports,
    /// An `Integrity-Policy-Report-Only` that names no endpoint.
    NoIntegrityReports,
    /// A style of the SDK whose hash is not known: the page works, the SDK's part of it is
    /// unstyled.
    UnknownStyle {
        /// The version.
        version: Version,
        /// Where the style goes.
        place: &'static str,
    },
}

impl fmt::Display for PolicyWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Csp(warning) => write!(f, "content-security-policy: {warning}"),
            Self::UnusedException(relaxed) => {
                write!(f, "the exception {relaxed} changes nothing: remove it")
            }
            Self::UnknownVersion { version, assumed } => write!(f, "SDK {version} is {assumed}"),
            Self::NeedlessEval { version } => write!(
                f,
                "SDK {version} runs without 'unsafe-eval': remove the exception, unless your own code needs it"
            ),
            Self::ManyScripts { location } => write!(
                f,
                "script-src: `{location}` lets every file there run as a script, uploads and answers of an API too: name the files"
            ),
            Self::NoDocuments { setting } => write!(
                f,
                "`{setting}` is for documents, and the policy has none: remove it, or say what the page is"
            ),
            Self::NoScriptReports => f.write_str(
                "headers only: without an endpoint nobody learns which scripts browsers ran: set `reporting`",
            ),
            Self::NoIntegrityReports => f.write_str(
                "integrity-policy-report-only: without an endpoint it does nothing: give it the name of the reporting endpoint",
            ),
            Self::UnknownStyle { version, place } => write!(
                f,
                "the hash of a style that SDK {version} puts into {place} is not known, so it will be blocked: work it out from your copy and add it with `style_hash`"
            ),
        }
    }
}
