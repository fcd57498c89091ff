//! The policies that isolate a page from others: opener, embedder, document isolation.
//!
//! All three are a structured-field item: one token, and `report-to` as its parameter. A list, two
//! headers, or a word in another case is no such token, and the policy is then `unsafe-none`.

use std::fmt;
use std::str::FromStr;

use http::HeaderName;

use super::keyword::exactly;
use super::keyword::keyword;
use super::text::{as_header, combined, printable};
use super::{EndpointName, HeaderError, sf};

/// What a browser obeys of one of these headers. Made by `effective` of each.
///
/// ```
/// use tower_visor::header::{CrossOriginOpenerPolicy, OpenerPolicy};
///
/// let policy = CrossOriginOpenerPolicy::effective(["same-origin; report-to=\"Visor\"; x=1"]);
/// assert_eq!(policy.value(), OpenerPolicy::SameOrigin);
/// assert_eq!(policy.endpoint(), Some("Visor"), "as it is, though no endpoint can have that name");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EffectiveIsolation<V> {
    value: V,
    endpoint: Option<String>,
}

impl<V: Copy> EffectiveIsolation<V> {
    /// The policy that is in force.
    pub const fn value(&self) -> V {
        self.value
    }

    /// Where reports go: any string, as Chromium keeps it, also one that no endpoint of
    /// `Reporting-Endpoints` can be named by.
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }
}

macro_rules! isolation {
    (
        $(#[$meta:meta])*
        $type:ident, $value:ident, $header:literal, $report_only:literal, default = $default:ident,
        reports = $reports:expr,
        { $($(#[$const_meta:meta])* $const:ident = $variant:ident,)+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $type {
            value: $value,
            report_to: Option<EndpointName>,
        }

        impl $type {
            /// The header's name.
            pub const NAME: HeaderName = HeaderName::from_static($header);
            /// The name of the form that only reports.
            pub const REPORT_ONLY_NAME: HeaderName = HeaderName::from_static($report_only);

            $(
                $(#[$const_meta])*
                pub const $const: Self = Self { value: $value::$variant, report_to: None };
            )+

            /// Sends reports of violations to this endpoint of `Reporting-Endpoints`.
            #[must_use]
            pub fn report_to(self, endpoint: EndpointName) -> Self {
                Self { report_to: Some(endpoint), ..self }
            }

            /// The policy without its endpoint.
            pub const fn value(&self) -> $value {
                self.value
            }

            /// Where reports go.
            pub const fn endpoint(&self) -> Option<&EndpointName> {
                self.report_to.as_ref()
            }

            /// What a browser obeys. Never fails: what is not an item with a known token is the
            /// default, and reports of it go nowhere.
            pub fn effective(
                values: impl IntoIterator<Item = impl AsRef<[u8]>>,
            ) -> EffectiveIsolation<$value> {
                let all = combined(values).unwrap_or_default();
                sf::item(&all)
                    .ok()
                    .and_then(|item| {
                        let value = $value::read(item.token()?)?;
                        let endpoint = sf::string_parameter(&item.parameters, "report-to");
                        let endpoint = endpoint.filter(|_| $reports(value));
                        let endpoint = endpoint.map(ToOwned::to_owned);
                        Some(EffectiveIsolation { value, endpoint })
                    })
                    .unwrap_or(EffectiveIsolation { value: $value::$default, endpoint: None })
            }
        }

        impl From<$value> for $type {
            fn from(value: $value) -> Self {
                Self { value, report_to: None }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.value.fmt(f)?;
                match &self.report_to {
                    None => Ok(()),
                    Some(endpoint) => write!(f, "; report-to=\"{endpoint}\""),
                }
            }
        }

        impl FromStr for $type {
            type Err = HeaderError;

            /// Reads a value, strictly: one word in lower case, and at most the parameter
            /// `report-to`, an [`EndpointName`] in quotes.
            fn from_str(text: &str) -> Result<Self, HeaderError> {
                printable($header, text)?;
                if text.is_empty() {
                    return Err(HeaderError::empty($header, $value::ALL[0].as_str()));
                }
                let item = sf::item(text.as_bytes()).map_err(|error| {
                    sf::fault($header, text.as_bytes(), &error, $value::ALL[0].as_str())
                })?;
                let value = match item.token() {
                    Some(token) => token
                        .parse::<$value>()
                        .map_err(|error| error.shifted(item.position.unwrap_or(0)))?,
                    None => {
                        return Err(HeaderError::malformed(
                            $header,
                            item.position.unwrap_or(0),
                            format!("`{}` is not a plain word", item.describe()),
                            format!("write for example `{}`", $value::ALL[0]),
                        ));
                    }
                };
                let mut report_to = None;
                // Behind the word, the parameters begin.
                let position = item.position.unwrap_or(0) + value.as_str().len();
                for (key, _) in &item.parameters {
                    let name = sf::string_parameter(&item.parameters, key.as_str());
                    match (key.as_str(), name) {
                        ("report-to", Some(name)) => {
                            let name = name.parse::<EndpointName>();
                            report_to = Some(name.map_err(|e| e.within($header, position))?);
                        }
                        _ => {
                            return Err(HeaderError::malformed(
                                $header,
                                position,
                                format!("the parameter `{}`", crate::foreign::word(key.as_str())),
                                "only `report-to=\"name\"` is known, with the name in quotes",
                            ));
                        }
                    }
                }
                Ok(Self { value, report_to })
            }
        }

        as_header!($type, concat!("a value of ", $header));
    };
}

keyword! {
    /// The values of [`CrossOriginOpenerPolicy`].
    #[non_exhaustive]
    OpenerPolicy, "cross-origin-opener-policy", "value",
    same = exactly, refuse = |_| None,
    {
        /// Only with pages of the same origin and policy.
        SameOrigin => "same-origin",
        /// As `same-origin`, but windows that this page opens may lack a policy.
        SameOriginAllowPopups => "same-origin-allow-popups",
        /// Always in a group of its own, even towards the same origin; windows that this page
        /// opens may lack a policy.
        NoopenerAllowPopups => "noopener-allow-popups",
        /// With everyone: what browsers do without the header.
        UnsafeNone => "unsafe-none",
    }
}

isolation! {
    /// `Cross-Origin-Opener-Policy`: with which other windows the page shares a group, and so a
    /// handle (`window.opener`).
    ///
    /// Grammar: a structured-field item, one token in lower case; `report-to` as its parameter.
    /// Example: `same-origin; report-to="visor"`. Specification: [HTML, "cross-origin opener
    /// policies"]. Obeyed by Chrome 83, Firefox 79, Safari 15.2 in secure contexts;
    /// `noopener-allow-popups` by Chrome 131 and Safari 18.4; `report-to` by Chrome and Safari.
    ///
    /// ```
    /// use tower_visor::header::{CrossOriginOpenerPolicy, OpenerPolicy};
    ///
    /// let policy = CrossOriginOpenerPolicy::SAME_ORIGIN.report_to("visor".parse()?);
    /// assert_eq!(policy.to_string(), r#"same-origin; report-to="visor""#);
    /// assert_eq!(policy.to_string().parse(), Ok(policy));
    ///
    /// // Two headers are a list, a list is not an item: the page is as open as without any.
    /// let twice = CrossOriginOpenerPolicy::effective(["same-origin", "same-origin"]);
    /// assert_eq!(twice.value(), OpenerPolicy::UnsafeNone);
    /// # Ok::<(), tower_visor::header::HeaderError>(())
    /// ```
    ///
    /// [HTML, "cross-origin opener policies"]: https://html.spec.whatwg.org/multipage/browsers.html#cross-origin-opener-policies
    CrossOriginOpenerPolicy, OpenerPolicy,
    "cross-origin-opener-policy", "cross-origin-opener-policy-report-only",
    default = UnsafeNone, reports = |_| true,
    {
        /// `same-origin`
        SAME_ORIGIN = SameOrigin,
        /// `same-origin-allow-popups`
        SAME_ORIGIN_ALLOW_POPUPS = SameOriginAllowPopups,
        /// `noopener-allow-popups`
        NOOPENER_ALLOW_POPUPS = NoopenerAllowPopups,
        /// `unsafe-none`
        UNSAFE_NONE = UnsafeNone,
    }
}

keyword! {
    /// The values of [`CrossOriginEmbedderPolicy`].
    #[non_exhaustive]
    EmbedderPolicy, "cross-origin-embedder-policy", "value",
    same = exactly, refuse = |_| None,
    {
        /// Files of other origins need CORS or `Cross-Origin-Resource-Policy`.
        RequireCorp => "require-corp",
        /// Files of other origins are asked for without cookies.
        Credentialless => "credentialless",
        /// No condition: what browsers do without the header.
        UnsafeNone => "unsafe-none",
    }
}

isolation! {
    /// `Cross-Origin-Embedder-Policy`: which files of other origins the page may hold.
    ///
    /// Grammar: a structured-field item, one token in lower case; `report-to` as its parameter.
    /// Example: `require-corp`. Specification: [HTML, "cross-origin embedder policies"]. Obeyed by
    /// Chrome 83, Firefox 79, Safari 15.2 in secure contexts; `credentialless` by Chrome 96 and
    /// Firefox 119, not by Safari, which treats it as `unsafe-none`.
    ///
    /// ```
    /// use tower_visor::header::CrossOriginEmbedderPolicy;
    ///
    /// assert_eq!(CrossOriginEmbedderPolicy::REQUIRE_CORP.to_string(), "require-corp");
    /// assert_eq!(
    ///     "require_corp".parse::<CrossOriginEmbedderPolicy>().unwrap_err().to_string(),
    ///     "cross-origin-embedder-policy, byte 0: unknown value `require_corp`, did you mean \
    ///      `require-corp`?; use require-corp, credentialless or unsafe-none",
    /// );
    /// ```
    ///
    /// [HTML, "cross-origin embedder policies"]: https://html.spec.whatwg.org/multipage/browsers.html#coep
    CrossOriginEmbedderPolicy, EmbedderPolicy,
    "cross-origin-embedder-policy", "cross-origin-embedder-policy-report-only",
    default = UnsafeNone, reports = |_| true,
    {
        /// `require-corp`
        REQUIRE_CORP = RequireCorp,
        /// `credentialless`
        CREDENTIALLESS = Credentialless,
        /// `unsafe-none`
        UNSAFE_NONE = UnsafeNone,
    }
}

keyword! {
    /// The values of [`DocumentIsolationPolicy`].
    #[non_exhaustive]
    IsolationPolicy, "document-isolation-policy", "value",
    same = exactly, refuse = |_| None,
    {
        /// A process of its own; files of other origins need CORS or `Cross-Origin-Resource-Policy`.
        IsolateAndRequireCorp => "isolate-and-require-corp",
        /// A process of its own; files of other origins are asked for without cookies.
        IsolateAndCredentialless => "isolate-and-credentialless",
        /// Not isolated: what browsers do without the header.
        None => "none",
    }
}

isolation! {
    /// `Document-Isolation-Policy`: a process of its own for this one document.
    ///
    /// Grammar: a structured-field item, one token in lower case; `report-to` as its parameter.
    /// Example: `isolate-and-require-corp`. Specification: [Document Isolation Policy]. Obeyed by
    /// Chrome 137 in secure contexts; Firefox and Safari ignore it. With it alone
    /// `crossOriginIsolated` is true, while windows and frames keep working across origins.
    ///
    /// ```
    /// use tower_visor::header::{DocumentIsolationPolicy, IsolationPolicy};
    ///
    /// let policy: DocumentIsolationPolicy = "isolate-and-credentialless".parse()?;
    /// assert_eq!(policy, DocumentIsolationPolicy::ISOLATE_AND_CREDENTIALLESS);
    /// assert_eq!(DocumentIsolationPolicy::effective([""]).value(), IsolationPolicy::None);
    /// # Ok::<(), tower_visor::header::HeaderError>(())
    /// ```
    ///
    /// [Document Isolation Policy]: https://wicg.github.io/document-isolation-policy/
    DocumentIsolationPolicy, IsolationPolicy,
    "document-isolation-policy", "document-isolation-policy-report-only",
    // Where nothing is isolated, Chromium keeps no endpoint.
    default = None, reports = |value| value != IsolationPolicy::None,
    {
        /// `isolate-and-require-corp`
        ISOLATE_AND_REQUIRE_CORP = IsolateAndRequireCorp,
        /// `isolate-and-credentialless`
        ISOLATE_AND_CREDENTIALLESS = IsolateAndCredentialless,
        /// `none`
        NONE = None,
    }
}
