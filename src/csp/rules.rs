//! The rules over the sources of one directive, and over a whole policy.

use super::directives::Directives;
use super::source::AnySource;
use super::{
    Csp, CspError, CspFault, CspWarning, DirectiveName, Keyword, NonceSource, Sources, TooLong,
    TrustedTypesEntry,
};
use crate::foreign;
use crate::url::{self, Origin, Url};

/// What is wrong inside each directive.
pub(super) fn directive_faults(directives: &Directives) -> Vec<CspError> {
    let mut faults = Vec::new();
    for name in DirectiveName::ALL {
        let found: Vec<CspFault> = match name {
            DirectiveName::TrustedTypes => directives
                .trusted_types
                .as_ref()
                .and_then(entries_fault)
                .into_iter()
                .collect(),
            DirectiveName::ReportTo => directives
                .report_to
                .as_deref()
                .and_then(endpoint_fault)
                .into_iter()
                .collect(),
            DirectiveName::ReportUri => match directives.report_uri.as_deref() {
                None => Vec::new(),
                Some([]) => vec![CspFault::BadReportUri {
                    text: String::new(),
                }],
                Some(uris) => uris
                    .iter()
                    .filter_map(|uri| report_uri_fault(uri))
                    .collect(),
            },
            name => directives
                .sources(name)
                .map(|sources| source_faults(name, &sources))
                .unwrap_or_default()
                .into_iter()
                .map(|(_, fault)| fault)
                .collect(),
        };
        faults.extend(
            found
                .into_iter()
                .map(|fault| CspError::from(fault).within(name)),
        );
    }
    faults
}

/// What is wrong with the sources of one directive together; each with the index of the source.
pub(super) fn source_faults(name: DirectiveName, sources: &[AnySource]) -> Vec<(usize, CspFault)> {
    use DirectiveName as Name;

    let has = |wanted: &AnySource| sources.contains(wanted);
    let hash = sources.iter().any(|s| matches!(s, AnySource::Hash(_)));
    let nonce_or_hash = hash || sources.iter().any(|s| matches!(s, AnySource::Nonce(_)));
    // In `default-src` a host still counts for what isn't a script.
    let dynamic = has(&AnySource::Keyword(Keyword::StrictDynamic))
        && matches!(name, Name::ScriptSrc | Name::ScriptSrcElem);
    let attribute = matches!(name, Name::ScriptSrcAttr | Name::StyleSrcAttr);
    let without_hashes = attribute && !has(&AnySource::Keyword(Keyword::UnsafeHashes));

    let fault = |source: &AnySource| match source {
        AnySource::Keyword(Keyword::StrictDynamic) if !nonce_or_hash => {
            Some(CspFault::StrictDynamicAlone)
        }
        AnySource::Keyword(Keyword::UnsafeInline) if nonce_or_hash => Some(CspFault::Cancelled {
            text: source.to_string(),
            by: "a nonce or hash",
        }),
        AnySource::SelfOrigin | AnySource::Scheme(_) | AnySource::Host(_) if dynamic => {
            Some(CspFault::Cancelled {
                text: foreign::word(&source.to_string()),
                by: "`'strict-dynamic'`",
            })
        }
        AnySource::Keyword(Keyword::UnsafeHashes) if name == Name::StyleSrcElem => {
            Some(CspFault::NoEffect {
                text: source.to_string(),
                belongs: "it counts in `style-src`, `style-src-attr` and `default-src`",
            })
        }
        AnySource::Keyword(Keyword::UnsafeHashes) if !hash => Some(CspFault::UnsafeHashesAlone),
        AnySource::Hash(_) if without_hashes => Some(CspFault::HashWithoutUnsafeHashes),
        // Both are looked up in `script-src`, whose fallback is `default-src` (CSP3, 4.5 and 4.6).
        AnySource::Keyword(Keyword::UnsafeEval | Keyword::WasmUnsafeEval)
            if name == Name::ScriptSrcElem =>
        {
            Some(CspFault::NoEffect {
                text: source.to_string(),
                belongs: source.belongs(),
            })
        }
        AnySource::Host(host) if name == Name::FrameAncestors => {
            host.path().map(|path| CspFault::PathInAncestor {
                text: foreign::word(&host.to_string()),
                path: foreign::word(path),
            })
        }
        _ => None,
    };
    sources
        .iter()
        .enumerate()
        .filter_map(|(index, source)| Some((index, fault(source)?)))
        .collect()
}

/// What is wrong with the entries of `trusted-types` together.
pub(super) fn entries_fault(entries: &Sources<TrustedTypesEntry>) -> Option<CspFault> {
    let name = entries.iter().find_map(|entry| match entry {
        TrustedTypesEntry::Policy(name) => Some(name),
        _ => None,
    });
    match (entries.contains(&TrustedTypesEntry::Any), name) {
        (true, Some(name)) => Some(CspFault::NameBesideAny {
            name: foreign::word(name.as_str()),
        }),
        (false, None) if !entries.is_none() => Some(CspFault::AllowDuplicatesAlone),
        _ => None,
    }
}

/// The key of a structured dictionary, as which `Reporting-Endpoints` names its endpoints
/// ([RFC 9651, section 3.1.2](https://www.rfc-editor.org/rfc/rfc9651#section-3.1.2)).
pub(super) fn endpoint_fault(name: &str) -> Option<CspFault> {
    let mut bytes = name.bytes();
    let valid = bytes
        .next()
        .is_some_and(|first| first.is_ascii_lowercase() || first == b'*')
        && bytes.all(|byte| {
            byte.is_ascii_lowercase()
                || byte.is_ascii_digit()
                || matches!(byte, b'_' | b'-' | b'.' | b'*')
        });
    (!valid).then_some(CspFault::BadEndpoint)
}

/// A URI reference without `;` and `,`: absolute by http(s), or relative.
pub(super) fn report_uri_fault(uri: &str) -> Option<CspFault> {
    let plain = !uri.is_empty()
        && uri.char_indices().all(|(position, c)| match c {
            '%' => url::is_encoded(uri, position),
            c => {
                c.is_ascii_graphic()
                    && !matches!(
                        c,
                        ';' | ',' | '\'' | '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}'
                    )
            }
        });
    // A colon before any slash ends a scheme.
    let scheme = uri
        .split(['/', '?', '#'])
        .next()
        .is_some_and(|head| head.contains(':'));
    let valid = plain
        && (!scheme
            || uri
                .parse::<Url>()
                .is_ok_and(|url| matches!(url.scheme(), "http" | "https")));
    (!valid).then(|| CspFault::BadReportUri {
        text: foreign::word(uri),
    })
}

/// What is wrong with a policy as a whole.
pub(super) fn policy_faults(csp: &Csp) -> Vec<CspError> {
    let mut faults = Vec::new();
    if csp.directives().next().is_none() {
        faults.push(CspFault::EmptyPolicy.into());
    }
    if csp.report_to().is_none() {
        for name in DirectiveName::ALL {
            let sources = csp.directives.sources(name).unwrap_or_default();
            if let Some(source) = sources
                .iter()
                .find(|source| matches!(source, AnySource::Keyword(Keyword::ReportHash(_))))
            {
                faults.push(
                    CspError::from(CspFault::ReportHashWithoutEndpoint {
                        text: source.to_string(),
                    })
                    .within(name),
                );
            }
        }
    }
    let len = sent_len(csp);
    let lengths = csp.directives().map(|(name, value)| (value.len(), name));
    if len > Csp::MAX_LEN
        && let Some((of_it, longest)) = lengths.max_by_key(|(len, _)| *len)
    {
        let long = TooLong {
            len,
            longest,
            of_it,
        };
        faults.push(CspFault::TooLong(long).into());
    }
    faults
}

/// Length of the header's value, with a nonce of 128 bits in each slot.
fn sent_len(csp: &Csp) -> usize {
    // Padded base64 of 16 bytes.
    const NONCE_LEN: usize = 24;
    let pieces = csp.pieces();
    let slots = pieces.len().saturating_sub(1);
    pieces.iter().map(String::len).sum::<usize>() + slots * NONCE_LEN
}

impl Csp {
    /// What is legal but weak, or likely a mistake. An empty list is what a strict policy has.
    ///
    /// ```
    /// use tower_visor::csp::Csp;
    ///
    /// let csp: Csp = "default-src 'self'; frame-ancestors 'none'; form-action 'self'".parse()?;
    /// let warnings = csp.warnings();
    /// assert_eq!(
    ///     warnings[0].to_string(),
    ///     "no `base-uri`, which has no fallback: write `base-uri 'none'`",
    /// );
    /// # Ok::<(), tower_visor::errors::Errors<tower_visor::csp::CspError>>(())
    /// ```
    pub fn warnings(&self) -> Vec<CspWarning> {
        let mut warnings = Vec::new();
        if !self.has(DirectiveName::DefaultSrc) {
            warnings.push(CspWarning::NoDefault);
        }
        for name in [
            DirectiveName::BaseUri,
            DirectiveName::FormAction,
            DirectiveName::FrameAncestors,
        ] {
            if !self.has(name) {
                warnings.push(CspWarning::NoFallback { name });
            }
        }
        for directive in DirectiveName::ALL {
            for source in self.directives.sources(directive).unwrap_or_default() {
                warnings.extend(source_warning(directive, &source));
            }
        }
        if let Some(fallback) = worker_fallback(self) {
            warnings.push(CspWarning::WorkersBlocked { fallback });
        }
        for uri in self.report_uri() {
            if uri.parse::<Url>().is_ok_and(|url| {
                url.scheme() == "http" && !url.origin().is_some_and(Origin::is_local)
            }) {
                warnings.push(CspWarning::InsecureReportUri {
                    uri: foreign::word(uri),
                });
            }
        }
        let len = sent_len(self);
        if len > Csp::WARN_LEN {
            warnings.push(CspWarning::Long { len });
        }
        warnings
    }

    /// What makes no sense when this policy only reports.
    ///
    /// ```
    /// use tower_visor::csp::Csp;
    ///
    /// let csp: Csp = "default-src 'self'; sandbox".parse()?;
    /// let messages: Vec<String> = csp.report_only_warnings().iter().map(ToString::to_string).collect();
    /// assert_eq!(
    ///     messages,
    ///     [
    ///         "sandbox: browsers ignore it in a report-only policy: remove it",
    ///         "a report-only policy without `report-to` or `report-uri` does nothing: write an endpoint",
    ///     ],
    /// );
    /// # Ok::<(), tower_visor::errors::Errors<tower_visor::csp::CspError>>(())
    /// ```
    pub fn report_only_warnings(&self) -> Vec<CspWarning> {
        // CSP3, section 6.3.1; Upgrade Insecure Requests, section 3.
        let ignored = [
            DirectiveName::Sandbox,
            DirectiveName::UpgradeInsecureRequests,
        ];
        let mut warnings: Vec<_> = ignored
            .into_iter()
            .filter(|name| self.has(*name))
            .map(|name| CspWarning::IgnoredReportOnly { name })
            .collect();
        if self.report_to().is_none() && self.report_uri().is_empty() {
            warnings.push(CspWarning::NoReports);
        }
        warnings
    }
}

fn source_warning(directive: DirectiveName, source: &AnySource) -> Option<CspWarning> {
    use DirectiveName as Name;

    let text = || foreign::word(&source.to_string());
    let runs_code = matches!(
        directive,
        Name::DefaultSrc | Name::ScriptSrc | Name::ScriptSrcElem | Name::ObjectSrc
    );
    let embeds = runs_code
        || matches!(
            directive,
            Name::WorkerSrc | Name::ChildSrc | Name::FrameSrc | Name::BaseUri
        );
    match source {
        AnySource::Keyword(Keyword::UnsafeInline | Keyword::UnsafeEval) => {
            Some(CspWarning::Unsafe {
                directive,
                text: text(),
            })
        }
        AnySource::Nonce(NonceSource::Value(_)) => Some(CspWarning::FixedNonce { directive }),
        AnySource::Scheme(scheme) => {
            let wide = match scheme.scheme() {
                "http" | "https" | "ws" | "wss" | "ftp" => true,
                "data" => embeds,
                "blob" | "filesystem" => runs_code,
                _ => false,
            };
            wide.then(|| CspWarning::Wide {
                directive,
                text: text(),
            })
        }
        AnySource::Host(host) => {
            use super::HostPattern;
            let local = matches!(host.host(), HostPattern::Exact(name) if url::is_loopback(name));
            match host.host() {
                HostPattern::Any => Some(CspWarning::Wide {
                    directive,
                    text: text(),
                }),
                HostPattern::Subdomains(name) if !name.trim_end_matches('.').contains('.') => {
                    Some(CspWarning::Wide {
                        directive,
                        text: text(),
                    })
                }
                _ if !host.can_match() => Some(CspWarning::NeverMatches {
                    directive,
                    text: text(),
                }),
                _ if matches!(host.scheme(), Some("http" | "ws")) && !local => {
                    Some(CspWarning::Insecure {
                        directive,
                        text: text(),
                    })
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The directive that workers fall back to, when its nonces and hashes can't match any worker.
fn worker_fallback(csp: &Csp) -> Option<DirectiveName> {
    if csp.has(DirectiveName::WorkerSrc) {
        return None;
    }
    let fallback = DirectiveName::WorkerSrc
        .fallbacks()
        .iter()
        .copied()
        .find(|name| csp.has(*name))?;
    let sources = csp.directives.sources(fallback)?;
    let elements_only = sources
        .iter()
        .any(|s| matches!(s, AnySource::Nonce(_) | AnySource::Hash(_)))
        && !sources.iter().any(|s| {
            matches!(
                s,
                AnySource::SelfOrigin
                    | AnySource::Scheme(_)
                    | AnySource::Host(_)
                    | AnySource::Keyword(Keyword::StrictDynamic)
            )
        });
    elements_only.then_some(fallback)
}
