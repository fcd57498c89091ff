//! Headers whose value is one word.

use http::HeaderName;

use super::text::{combined, decoded, into_value, split};

/// An enum with one text for each variant: `ALL`, `as_str`, `Display`, strict `FromStr`, serde.
///
/// `same` says how browsers compare; `refuse` may have a better message for a wrong word.
macro_rules! keyword {
    (
        $(#[$meta:meta])*
        $type:ident, $header:literal, $what:literal, same = $same:expr, refuse = $refuse:expr,
        { $($(#[$variant_meta:meta])* $variant:ident => $text:literal,)+ }
    ) => {
        $crate::named::named! {
            $(#[$meta])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub enum $type {
                $($(#[$variant_meta])* $variant = $text,)+
            }
        }

        impl $type {
            /// The value of this text, compared as browsers compare it.
            pub(in crate::header) fn read(text: &str) -> Option<Self> {
                let same: fn(&str, &str) -> bool = $same;
                Self::ALL.into_iter().find(|value| same(value.as_str(), text))
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::header::HeaderError;

            /// Reads one value, strictly: nothing before it, nothing behind it.
            fn from_str(text: &str) -> Result<Self, $crate::header::HeaderError> {
                use $crate::header::HeaderError;
                let refuse: fn(&str) -> Option<HeaderError> = $refuse;
                $crate::header::text::printable($header, text)?;
                if text.is_empty() {
                    return Err(HeaderError::empty($header, Self::ALL[0].as_str()));
                }
                Self::read(text).ok_or_else(|| {
                    refuse(text).unwrap_or_else(|| {
                        HeaderError::unknown($header, 0, $what, text, &[$($text,)+])
                    })
                })
            }
        }

        #[cfg(feature = "serde")]
        const _: () = {
            $crate::serde_text::as_text!($type, concat!("a value of ", $header));
        };
    };
}

pub(super) use keyword;

/// For headers that browsers compare byte for byte.
pub(super) fn exactly(a: &str, b: &str) -> bool {
    a == b
}

/// For headers that browsers compare without case.
pub(super) fn in_any_case(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

keyword! {
    /// `Cross-Origin-Resource-Policy`: who may load this response without CORS.
    ///
    /// Grammar: one of three words, in lower case. Example: `same-origin`. Specification:
    /// [Fetch, "Cross-Origin-Resource-Policy"]. Obeyed by Chrome 73, Firefox 74, Safari 12, for
    /// `no-cors` requests (and for frames of a page with `Cross-Origin-Embedder-Policy`); CORS
    /// requests and programs that aren't browsers ignore it.
    ///
    /// ```
    /// use tower_visor::header::CrossOriginResourcePolicy;
    ///
    /// let policy: CrossOriginResourcePolicy = "same-origin".parse()?;
    /// assert_eq!(policy, CrossOriginResourcePolicy::SameOrigin);
    ///
    /// // Browsers compare byte for byte, and a word they don't know restricts nothing.
    /// assert_eq!(CrossOriginResourcePolicy::effective(["Same-Origin"]), None);
    /// assert_eq!(
    ///     "Same-Origin".parse::<CrossOriginResourcePolicy>().unwrap_err().to_string(),
    ///     "cross-origin-resource-policy, byte 0: unknown value `Same-Origin`, did you mean \
    ///      `same-origin`?; use same-origin, same-site or cross-origin",
    /// );
    /// # Ok::<(), tower_visor::header::HeaderError>(())
    /// ```
    ///
    /// [Fetch, "Cross-Origin-Resource-Policy"]: https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header
    #[allow(clippy::exhaustive_enums)] // Fetch names exactly these three
    CrossOriginResourcePolicy, "cross-origin-resource-policy", "value",
    same = exactly, refuse = |_| None,
    {
        /// Only pages of the same origin.
        SameOrigin => "same-origin",
        /// Pages of the same site (registrable domain and scheme).
        SameSite => "same-site",
        /// Everyone.
        CrossOrigin => "cross-origin",
    }
}

into_value!(CrossOriginResourcePolicy);

impl CrossOriginResourcePolicy {
    /// The header's name.
    pub const NAME: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

    /// What a browser obeys: the combined value, if it is exactly one of the three words.
    ///
    /// `None` restricts nothing. Two headers are one list, and a list is not a word.
    pub fn effective(values: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Option<Self> {
        Self::read(&decoded(&combined(values)?))
    }
}

keyword! {
    /// `X-Content-Type-Options`: the content type is what the server says.
    ///
    /// Grammar: one word, in any case. Example: `nosniff`. Specification:
    /// [Fetch, "X-Content-Type-Options"]. Obeyed by every browser. With it a script or stylesheet
    /// of another type is blocked, so each pinned file needs its right type.
    ///
    /// ```
    /// use tower_visor::header::XContentTypeOptions;
    ///
    /// assert_eq!(XContentTypeOptions::NoSniff.to_string(), "nosniff");
    ///
    /// // Only the first value counts.
    /// assert_eq!(XContentTypeOptions::effective(["no, nosniff"]), None);
    /// ```
    ///
    /// [Fetch, "X-Content-Type-Options"]: https://fetch.spec.whatwg.org/#x-content-type-options-header
    #[allow(clippy::exhaustive_enums)] // Fetch names exactly this one
    XContentTypeOptions, "x-content-type-options", "value",
    same = in_any_case, refuse = |_| None,
    {
        /// Take the content type as it is sent.
        NoSniff => "nosniff",
    }
}

into_value!(XContentTypeOptions);

impl XContentTypeOptions {
    /// The header's name.
    pub const NAME: HeaderName = http::header::X_CONTENT_TYPE_OPTIONS;

    /// What a browser obeys: the first value of the list, in any case ([Fetch, "determine
    /// nosniff"]). `None` means that the type may be guessed.
    ///
    /// [Fetch, "determine nosniff"]: https://fetch.spec.whatwg.org/#determine-nosniff
    pub fn effective(values: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Option<Self> {
        Self::read(split(values)?.first()?)
    }
}

keyword! {
    /// `Origin-Agent-Cluster`: whether documents of one site share an agent cluster.
    ///
    /// Grammar: a structured-field boolean, `?1` or `?0`. Specification:
    /// [HTML, "origin-keyed agent clusters"]. Obeyed by Chrome 88 and Firefox 138; since Chrome 106
    /// `?1` is what happens without the header. A browser keeps the first setting that it
    /// saw of an origin for as long as a window group lives.
    ///
    /// ```
    /// use tower_visor::header::OriginAgentCluster;
    ///
    /// assert_eq!(OriginAgentCluster::OriginKeyed.to_string(), "?1");
    /// assert_eq!(OriginAgentCluster::effective(["true"]), None);
    /// ```
    ///
    /// [HTML, "origin-keyed agent clusters"]: https://html.spec.whatwg.org/multipage/browsers.html#origin-keyed-agent-clusters
    #[allow(clippy::exhaustive_enums)] // a boolean has two values
    OriginAgentCluster, "origin-agent-cluster", "value",
    same = exactly, refuse = |_| None,
    {
        /// Each origin for itself: `document.domain` no longer opens a page to its sister hosts.
        OriginKeyed => "?1",
        /// All origins of a site together, as in old days.
        SiteKeyed => "?0",
    }
}

into_value!(OriginAgentCluster);

impl OriginAgentCluster {
    /// The header's name.
    pub const NAME: HeaderName = HeaderName::from_static("origin-agent-cluster");

    /// What a browser obeys: the structured-field boolean; parameters don't count. `None` leaves
    /// the browser's default.
    pub fn effective(values: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Option<Self> {
        let all = combined(values)?;
        Some(if super::sf::item(&all).ok()?.boolean()? {
            Self::OriginKeyed
        } else {
            Self::SiteKeyed
        })
    }
}

keyword! {
    /// `X-Permitted-Cross-Domain-Policies`: whether Adobe clients may read data across domains.
    ///
    /// Grammar: one word. Example: `none`. No browser obeys it; Adobe Acrobat and the late Flash
    /// Player do, and auditors ask for it. Defined in Adobe's [cross-domain policy file
    /// specification].
    ///
    /// ```
    /// use tower_visor::header::XPermittedCrossDomainPolicies;
    ///
    /// assert_eq!(XPermittedCrossDomainPolicies::None.to_string(), "none");
    /// ```
    ///
    /// [cross-domain policy file specification]: https://www.adobe.com/devnet-docs/acrobatetk/tools/AppSec/CrossDomain_PolicyFile_Specification.pdf
    #[allow(clippy::exhaustive_enums)] // Adobe's specification is closed
    XPermittedCrossDomainPolicies, "x-permitted-cross-domain-policies", "value",
    same = in_any_case, refuse = |_| None,
    {
        /// No policy file anywhere on this host.
        None => "none",
        /// Only the file at the root.
        MasterOnly => "master-only",
        /// Only files served as `text/x-cross-domain-policy`.
        ByContentType => "by-content-type",
        /// Only files of that name (FTP).
        ByFtpFilename => "by-ftp-filename",
        /// Every policy file.
        All => "all",
        /// This response is not a policy file.
        NoneThisResponse => "none-this-response",
    }
}

into_value!(XPermittedCrossDomainPolicies);

impl XPermittedCrossDomainPolicies {
    /// The header's name.
    pub const NAME: HeaderName = HeaderName::from_static("x-permitted-cross-domain-policies");

    /// What a client makes of it: the combined value, if it is one of the words.
    pub fn effective(values: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Option<Self> {
        Self::read(&decoded(&combined(values)?))
    }
}

keyword! {
    /// `X-DNS-Prefetch-Control`: whether host names of links are resolved before they are used.
    ///
    /// Grammar: `on` or `off`. Not standard; obeyed by Chrome and Firefox, described by [MDN]. Resolving names ahead tells the resolver which page is being looked at, and can
    /// carry data out of a page past its CSP.
    ///
    /// ```
    /// use tower_visor::header::XDnsPrefetchControl;
    ///
    /// assert_eq!(XDnsPrefetchControl::Off.to_string(), "off");
    /// // In Chromium everything but `on` is `off`.
    /// assert_eq!(XDnsPrefetchControl::effective(["yes"]), Some(XDnsPrefetchControl::Off));
    /// ```
    ///
    /// [MDN]: https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-DNS-Prefetch-Control
    #[allow(clippy::exhaustive_enums)] // a switch
    XDnsPrefetchControl, "x-dns-prefetch-control", "value",
    same = in_any_case, refuse = |_| None,
    {
        /// Don't.
        Off => "off",
        /// Do.
        On => "on",
    }
}

into_value!(XDnsPrefetchControl);

impl XDnsPrefetchControl {
    /// The header's name.
    pub const NAME: HeaderName = http::header::X_DNS_PREFETCH_CONTROL;

    /// What a browser obeys: `on` in any case is on, everything else that is sent is off.
    pub fn effective(values: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Option<Self> {
        let text = decoded(&combined(values)?);
        Some(Self::read(&text).unwrap_or(Self::Off))
    }
}
