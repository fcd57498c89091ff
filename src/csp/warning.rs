//! Warnings: what is legal in a Content Security Policy, but weak or likely a mistake.

use super::DirectiveName;

/// A weakness of a policy that is valid all the same. Made by
/// [`Csp::warnings`](super::Csp::warnings).
///
/// This is not an error, because each has its use: a second policy next to the first may
/// have a single directive, and a page that isn't protected by CSP alone may allow a whole scheme.
///
/// ```
/// use tower_visor::csp::{Csp, CspWarning, DirectiveName};
///
/// let csp: Csp = "default-src 'none'; img-src https:; base-uri 'none'; form-action 'none'; \
///                 frame-ancestors 'none'".parse()?;
/// assert_eq!(
///     csp.warnings(),
///     [CspWarning::Wide { directive: DirectiveName::ImgSrc, text: "https:".into() }],
/// );
/// # Ok::<(), tower_visor::errors::Errors<tower_visor::csp::CspError>>(())
/// ```
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CspWarning {
    /// No `default-src`.
    #[error(
        "no `default-src`, so what has no directive of its own is allowed: write `default-src 'none'`"
    )]
    NoDefault,

    /// A directive is missing that `default-src` doesn't stand in for.
    #[error("no `{name}`, which has no fallback: write `{name} 'none'`")]
    NoFallback {
        /// The directive.
        name: DirectiveName,
    },

    /// `'unsafe-inline'` or `'unsafe-eval'`.
    #[error("{directive}: `{text}` lets injected code run: write hashes or nonces, or remove it")]
    Unsafe {
        /// The directive.
        directive: DirectiveName,
        /// The keyword.
        text: String,
    },

    /// A source that admits hosts of anybody: `*`, `https:`, `*.com`; or content of anybody:
    /// `data:` where it can hold a script.
    #[error("{directive}: `{text}` admits what anybody can write: name the hosts that are needed")]
    Wide {
        /// The directive.
        directive: DirectiveName,
        /// The source.
        text: String,
    },

    /// A host by `http:` or `ws:`, other than localhost: whoever is on the way can answer for it.
    #[error("{directive}: `{text}` is loaded without TLS: write `https://` or `wss://`")]
    Insecure {
        /// The directive.
        directive: DirectiveName,
        /// The source.
        text: String,
    },

    /// An IPv4 address other than 127.0.0.1, which by the standard matches nothing.
    #[error(
        "{directive}: `{text}` may match nothing, since 127.0.0.1 is the only IP address in the standard: write a host name"
    )]
    NeverMatches {
        /// The directive.
        directive: DirectiveName,
        /// The source.
        text: String,
    },

    /// A nonce in the policy itself, so the same in every response that it is sent with.
    #[error("{directive}: a nonce must differ in each response: write `'nonce-{{nonce}}'`")]
    FixedNonce {
        /// The directive.
        directive: DirectiveName,
    },

    /// No `worker-src`, and the directive that workers fall back to has only nonces and hashes,
    /// which match no worker.
    #[error(
        "no `worker-src`, and workers fall back to `{fallback}`, whose nonces and hashes match none: write `worker-src 'none'`, or the workers' sources (`blob:` for those made from a blob)"
    )]
    WorkersBlocked {
        /// The directive.
        fallback: DirectiveName,
    },

    /// Reports to `http:`, which browsers block as mixed content.
    #[error(
        "report-uri: browsers don't send reports to `{uri}` from a page with TLS: write `https://`"
    )]
    InsecureReportUri {
        /// The URL.
        uri: String,
    },

    /// A directive that browsers ignore in a report-only policy.
    #[error("{name}: browsers ignore it in a report-only policy: remove it")]
    IgnoredReportOnly {
        /// The directive.
        name: DirectiveName,
    },

    /// A report-only policy that sends no reports.
    #[error(
        "a report-only policy without `report-to` or `report-uri` does nothing: write an endpoint"
    )]
    NoReports,

    /// More than [`Csp::WARN_LEN`](super::Csp::WARN_LEN) bytes.
    #[error(
        "the policy is {len} bytes long; over {} some proxies lose the response",
        super::Csp::MAX_LEN
    )]
    Long {
        /// Its length in bytes.
        len: usize,
    },
}

crate::errors::debug_is_display!(CspWarning);
