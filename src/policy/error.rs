//! What is wrong with a policy.

use std::fmt;

use crate::csp::{CspError, CspFault, DirectiveName};
use crate::header::HeaderError;
use crate::sdk::Version;
use crate::sdk::layout::PREVIEW;
use crate::url::UrlError;

crate::errors::opaque! {
    /// One thing that is wrong with a policy. Each message holds the fix.
    pub struct PolicyError(PolicyFault);

    /// What a [`PolicyError`] is about.
    pub enum PolicyErrorKind {
        /// An invalid origin, path, language or other value.
        Value = Within | Origin | Insecure | Location | NoLocation | Resource | SdkPath | Language,
        /// An exception without a reason, or for something that allows none.
        Exception = Reason | NoSources | SecondAllowlist,
        /// The Content Security Policy.
        Csp = Csp,
        /// Another header's value, or one that is too weak without a reason.
        Header = Header | WeakTransportSecurity | ReferrerLeak,
        /// Something that the SDK needs and does not get, or that would give its token away.
        Liveness = Preview | NeedsUnsafeEval | WideConnections | CameraDenied,
        /// Something that an isolated page can't show.
        Isolation = EmbedderPolicy | FrameIsolation,
        /// Reports without an endpoint.
        Reporting = NoEndpoint | NoReporting,
        /// The policy is not one for these pins.
        Pins = NoSdk | OtherVersion | OtherPath | OtherStyles | UnpinnedLanguage | ComponentByUrl
            | ComponentByNonce,
    } else {
        /// A nonce that can't be generated, or would be known.
        Nonce
    }
}

/// What is wrong, with the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PolicyFault {
    #[error("{directive}: {fault}")]
    Within {
        directive: &'static str,
        fault: Box<PolicyFault>,
    },

    #[error("origin: {error}")]
    Origin { error: UrlError },

    #[error(
        "origin: `{origin}` is served without TLS, where headers protect nothing: write `https://`; `http://` is for localhost, 127.0.0.0/8 and [::1] only"
    )]
    Insecure { origin: String },

    #[error("`{text}`{}: {fault}", position.map(|p| format!(", byte {p}")).unwrap_or_default())]
    Location {
        text: String,
        position: Option<usize>,
        fault: CspFault,
    },

    #[error("`{text}` is not a single place to load from: {fix}")]
    NoLocation { text: String, fix: String },

    #[error("{directive} `{location}`: {fix}")]
    Resource {
        directive: &'static str,
        location: String,
        fix: String,
    },

    #[error("sdk path: `{text}` must begin and end with a slash, for example `/sdk/1.5.0/`")]
    SdkPath { text: String },

    #[error(
        "language: `{text}` is not the name of a language's folder: write it as the SDK does, for example `en-US`"
    )]
    Language { text: String },

    #[error("reason: say in one line why the policy is weaker here; reports print it")]
    Reason,

    #[error("SDK {version} is {}: upgrade to {upgrade}", PREVIEW)]
    Preview { version: Version, upgrade: Version },

    #[error(
        "SDK {version} needs 'unsafe-eval': upgrade to {upgrade}, or allow it on this page only with `dangerous().allow_unsafe_eval(reason)`"
    )]
    NeedsUnsafeEval { version: Version, upgrade: Version },

    #[error(
        "connect-src `{expression}`: it admits every customer's Face resource, and the SDK sends its bearer token to whichever a session token names: name the one host that you use"
    )]
    WideConnections { expression: String },

    #[error("content-security-policy: {error}")]
    Csp { error: CspError },

    #[error(
        "exception for {directive}: sources can't be added to it; name script-src, script-src-attr, style-src, style-src-attr, img-src, connect-src, font-src, media-src, manifest-src, frame-src, worker-src, base-uri, form-action, frame-ancestors or trusted-types"
    )]
    NoSources { directive: DirectiveName },

    #[error(
        "{header}: browsers obey only the first list, so the policy's can't be added to the application's: choose `Conflict::Replace` or `Conflict::Keep`"
    )]
    SecondAllowlist { header: String },

    #[error(
        "permissions-policy: `camera` is denied, and the liveness check can't start without it: remove the setting, or allow it for `self`"
    )]
    CameraDenied,

    #[error(
        "{directive} `{location}`: `Cross-Origin-Embedder-Policy: require-corp` blocks it unless its server sends `Cross-Origin-Resource-Policy: cross-origin`: serve it from your own origin, or choose `Isolation::Credentialless`"
    )]
    EmbedderPolicy {
        directive: &'static str,
        location: String,
    },

    #[error(
        "frame-src `{location}`: an isolated page shows only frames whose servers send `Cross-Origin-Embedder-Policy` too: choose `Isolation::ForeignFrames`, serve it from your own origin, or where its server does, add it with `dangerous().allow(..)`"
    )]
    FrameIsolation { location: String },

    #[error(
        "report-to `{group}`: no reporting endpoint of that name; name it `{known}`, or set `reporting` to an endpoint called `{group}`"
    )]
    NoEndpoint { group: String, known: String },

    #[error("report-to `{group}`: the policy has no reporting endpoint; set `reporting`")]
    NoReporting { group: String },

    #[error(
        "strict-transport-security: `{value}` is weaker than one year with subdomains (31536000; ASVS 5.0 3.4.1): lengthen it, or set it with `dangerous().strict_transport_security(..)` and a reason"
    )]
    WeakTransportSecurity { value: String },

    #[error(
        "caching: a page with a nonce can't be stored, as the nonce would be known when used again: remove `Caching::Revalidate`, or name scripts by URL and hash"
    )]
    NonceStored,

    #[cfg(not(feature = "nonce"))]
    #[error("the policy has a nonce: build tower-visor with the feature `nonce`")]
    NonceFeature,

    #[cfg(feature = "nonce")]
    #[error("the operating system gives no random numbers for nonces: {reason}")]
    NoRandomness { reason: String },

    #[error("the policy is not for a page with the SDK: create it with `Policy::strict`")]
    NoSdk,

    #[error(
        "the policy is for SDK {policy}, and the pins are for {pins}: create the page with `LivenessPage::pinned`, or correct `sdk`"
    )]
    OtherVersion { policy: Version, pins: Version },

    #[error(
        "the policy looks for the SDK at `{policy}`, and the pins are served at `{pins}`: create the page with `LivenessPage::pinned`, or correct `sdk-path`"
    )]
    OtherPath { policy: String, pins: String },

    #[error("styles: they don't match the pinned files: leave them out, and the pins supply them")]
    OtherStyles,

    #[error("languages: no file of `{tag}` is pinned: remove it, or check how the SDK spells it")]
    UnpinnedLanguage { tag: String },

    #[error(
        "script-src `{source_expression}`: it admits the component whatever its bytes: name your scripts one by one, or choose `ComponentTrust::Url`"
    )]
    ComponentByUrl { source_expression: String },

    #[error(
        "scripts-by: a script with a nonce passes it on to the component that it imports, whatever its bytes: use `ScriptTrust::Urls`, or choose `ComponentTrust::Url`"
    )]
    ComponentByNonce,

    #[error(
        "referrer-policy: `{value}` sends the page's address to other sites: choose `no-referrer`, `same-origin`, `strict-origin` or `strict-origin-when-cross-origin`"
    )]
    ReferrerLeak { value: String },

    #[error(transparent)]
    Header(#[from] HeaderError),
}

impl PolicyFault {
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

/// What takes the most of a Content Security Policy.
#[cfg(feature = "page")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Longest {
    /// Scripts, by their hashes.
    Scripts,
    Styles,
    StyleAttributes,
    /// Pictures, fonts, sound and video, which no browser checks.
    Unchecked,
    Other,
}

impl PolicyError {
    /// How long a Content Security Policy is that is too long, and what takes the most of it.
    #[cfg(feature = "page")]
    pub(crate) fn too_long(&self) -> Option<(String, Longest)> {
        let PolicyFault::Csp { error } = &self.0 else {
            return None;
        };
        let long = error.too_long()?;
        let longest = match long.longest {
            DirectiveName::ScriptSrc | DirectiveName::ScriptSrcElem => Longest::Scripts,
            DirectiveName::StyleSrc | DirectiveName::StyleSrcElem => Longest::Styles,
            DirectiveName::StyleSrcAttr => Longest::StyleAttributes,
            DirectiveName::ImgSrc | DirectiveName::FontSrc | DirectiveName::MediaSrc => {
                Longest::Unchecked
            }
            _ => Longest::Other,
        };
        Some((format!("content-security-policy: {long}"), longest))
    }

    /// Of a value for this directive.
    pub(super) fn within(self, directive: &'static str) -> PolicyFault {
        PolicyFault::Within {
            directive,
            fault: Box::new(self.0),
        }
    }
}

impl From<HeaderError> for PolicyError {
    fn from(error: HeaderError) -> Self {
        PolicyFault::Header(error).into()
    }
}

/// What is legal but probably unintended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyWarning {
    /// The Content Security Policy is legal but doubtful.
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
    /// A source that the Content Security Policy allows and a `Connection-Allowlist` can't name: a
    /// whole scheme, any host, any port. Browsers that know the header block it.
    ConnectionNotNamed {
        /// The directive.
        directive: DirectiveName,
        /// The source expression.
        expression: String,
    },
    /// A place in the `Connection-Allowlist` that a further Content Security Policy forbids.
    ConnectionForbidden {
        /// The place.
        target: String,
    },
    /// Connections are to be reported, but there is no endpoint for reports.
    NoConnectionReports,
    /// A style of the SDK whose hash is not known: the page works, but the SDK's part of it
    /// is unstyled.
    UnknownStyle {
        /// The version.
        version: Version,
        /// Where the style goes.
        place: &'static str,
    },
}

#[cfg(feature = "page")]
impl PolicyWarning {
    /// How long the Content Security Policy is, where that is what it is about.
    pub(crate) const fn length(&self) -> Option<usize> {
        match self {
            Self::Csp(crate::csp::CspWarning::Long { len }) => Some(*len),
            _ => None,
        }
    }
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
                "script-src: `{location}` lets every file there run as a script, including uploads and API responses: name the files"
            ),
            Self::NoDocuments { setting } => write!(
                f,
                "`{setting}` is for documents, and the policy has none: remove it, or describe the page"
            ),
            Self::NoScriptReports => f.write_str(
                "headers only: without an endpoint nobody learns which scripts browsers ran: set `reporting`",
            ),
            Self::NoIntegrityReports => f.write_str(
                "integrity-policy-report-only: without an endpoint it does nothing: give it the name of the reporting endpoint",
            ),
            Self::ConnectionNotNamed {
                directive,
                expression,
            } => write!(
                f,
                "{directive} `{expression}`: the connection-allowlist can't name it, so browsers that know the header block it: name hosts"
            ),
            Self::ConnectionForbidden { target } => write!(
                f,
                "connection-allowlist: it names `{target}`, which the additional content-security-policy forbids: remove one of the two"
            ),
            Self::NoConnectionReports => f.write_str(
                "connection-allowlist: without an endpoint nothing is reported and nothing blocked: set `reporting`",
            ),
            Self::UnknownStyle { version, place } => write!(
                f,
                "the hash of a style that SDK {version} puts into {place} is not known, so it will be blocked: compute it from your copy and add it with `style_hash`"
            ),
        }
    }
}
