//! The typed policy: its directives, how it is written, and what can be asked of it.

use std::fmt;

use http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY_REPORT_ONLY, HeaderName, HeaderValue,
};

use super::source::{AnySource, SourceClass};
use super::{
    AncestorSource, CspBuilder, CspError, CspFault, CspWarning, DefaultSource, DirectiveName,
    FetchSource, HostSource, NonceSource, SandboxToken, ScriptAttrSource, ScriptSource, Sources,
    StyleAttrSource, StyleSource, TrustedTypesEntry, rules,
};
use crate::errors::Errors;

/// One Content Security Policy, valid by construction.
///
/// It comes from [`Csp::builder`], from text (`FromStr`), or from configuration (serde); all three
/// apply the same rules and report all faults at once. Several policies are several values, each
/// its own header: browsers enforce all of them.
///
/// Its text is stable (directives in the order of [`DirectiveName::ALL`], sources as given) and
/// minimal.
///
/// ```
/// use tower_visor::csp::{Csp, FetchSource, NonceSource, ScriptSource, Sources};
///
/// let csp = Csp::builder()
///     .default_src([])
///     .script_src([ScriptSource::Nonce(NonceSource::PerResponse), ScriptSource::StrictDynamic])
///     .connect_src([FetchSource::Host("https://api.example.com".parse()?)])
///     .base_uri([])
///     .form_action([])
///     .frame_ancestors([])
///     .build()?;
/// assert_eq!(
///     csp.to_string(),
///     "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; \
///      connect-src https://api.example.com; base-uri 'none'; form-action 'none'; \
///      frame-ancestors 'none'",
/// );
/// assert_eq!(csp.to_string().parse(), Ok(csp));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What a browser would ignore is refused, each with its fix:
///
/// ```
/// use tower_visor::csp::Csp;
///
/// let faults = "default-src self; script-src 'strict-dynamic'; scirpt-src 'self'"
///     .parse::<Csp>()
///     .unwrap_err();
/// assert_eq!(
///     faults.to_string(),
///     "3 faults\n\
///      default-src, byte 12: `self` must be quoted: write `'self'`\n\
///      script-src, byte 29: `'strict-dynamic'` needs a nonce or a hash beside it, or no script runs\n\
///      byte 47: unknown directive `scirpt-src`, did you mean `script-src`?",
/// );
/// ```
///
/// # In configuration
///
/// A map of directives, each a list of sources or one string of them, or the whole policy as one
/// string. Keys are the names of the directives; a directive without a value is an empty list:
///
/// ```toml
/// default-src = "'none'"
/// script-src = ["'nonce-{nonce}'", "'strict-dynamic'"]
/// upgrade-insecure-requests = []
/// ```
///
/// Specification: [Content Security Policy Level 3](https://w3c.github.io/webappsec-csp/).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Csp {
    pub(super) directives: Directives,
}

macro_rules! directives {
    ($($field:ident: $class:ident = $name:ident, $text:literal, $what:literal;)*) => {
        /// Each directive at most once.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
        pub(super) struct Directives {
            $($field: Option<Sources<$class>>,)*
            pub(super) sandbox: Option<Sources<SandboxToken>>,
            pub(super) require_trusted_types_for_script: bool,
            pub(super) trusted_types: Option<Sources<TrustedTypesEntry>>,
            pub(super) upgrade_insecure_requests: bool,
            pub(super) report_to: Option<String>,
            pub(super) report_uri: Option<Vec<String>>,
        }

        impl Directives {
            /// The sources of a directive that has a source list.
            pub(super) fn sources(&self, name: DirectiveName) -> Option<Vec<AnySource>> {
                match name {
                    $(DirectiveName::$name => {
                        let sources = self.$field.as_ref()?;
                        Some(sources.iter().map(SourceClass::widen).collect())
                    })*
                    _ => None,
                }
            }

            /// Sets a source list; `Err` holds the index of each source that the directive
            /// doesn't take. `None` when the directive has no source list.
            pub(super) fn set_sources(
                &mut self,
                name: DirectiveName,
                sources: Vec<AnySource>,
            ) -> Option<Result<(), Vec<(usize, CspFault)>>> {
                Some(match name {
                    $(DirectiveName::$name => narrow_all(sources).map(|sources| {
                        self.$field = Some(sources);
                    }),)*
                    _ => return None,
                })
            }

            pub(super) fn remove(&mut self, name: DirectiveName) {
                match name {
                    $(DirectiveName::$name => self.$field = None,)*
                    DirectiveName::Sandbox => self.sandbox = None,
                    DirectiveName::RequireTrustedTypesFor => {
                        self.require_trusted_types_for_script = false;
                    }
                    DirectiveName::TrustedTypes => self.trusted_types = None,
                    DirectiveName::UpgradeInsecureRequests => self.upgrade_insecure_requests = false,
                    DirectiveName::ReportTo => self.report_to = None,
                    DirectiveName::ReportUri => self.report_uri = None,
                    // Never set.
                    _ => {}
                }
            }

            fn hosts(&self, name: DirectiveName) -> Vec<&HostSource> {
                match name {
                    $(DirectiveName::$name => {
                        self.$field.iter().flatten().filter_map(SourceClass::as_host).collect()
                    })*
                    _ => Vec::new(),
                }
            }
        }

        impl Csp {
            $(
                #[doc = concat!("The sources of `", $text, "`; `None` when the policy has no such directive.")]
                pub const fn $field(&self) -> Option<&Sources<$class>> {
                    self.directives.$field.as_ref()
                }
            )*
        }

        impl CspBuilder {
            $(
                #[doc = concat!("Sets `", $text, "`: ", $what, ".")]
                pub fn $field(mut self, sources: impl Into<Sources<$class>>) -> Self {
                    self.note(DirectiveName::$name);
                    self.directives.$field = Some(sources.into());
                    self
                }
            )*
        }
    };
}

directives! {
    default_src: DefaultSource = DefaultSrc, "default-src", "what every fetch directive that is missing falls back to";
    script_src: ScriptSource = ScriptSrc, "script-src", "scripts, `eval` and WebAssembly";
    script_src_elem: ScriptSource = ScriptSrcElem, "script-src-elem", "script elements alone";
    script_src_attr: ScriptAttrSource = ScriptSrcAttr, "script-src-attr", "inline event handlers alone";
    style_src: StyleSource = StyleSrc, "style-src", "style sheets and style attributes";
    style_src_elem: StyleSource = StyleSrcElem, "style-src-elem", "style sheets alone";
    style_src_attr: StyleAttrSource = StyleSrcAttr, "style-src-attr", "style attributes alone";
    img_src: FetchSource = ImgSrc, "img-src", "images and favicons";
    connect_src: FetchSource = ConnectSrc, "connect-src", "`fetch`, XHR, web sockets, event sources and beacons";
    font_src: FetchSource = FontSrc, "font-src", "fonts";
    media_src: FetchSource = MediaSrc, "media-src", "audio, video and tracks";
    object_src: FetchSource = ObjectSrc, "object-src", "`object` and `embed`";
    manifest_src: FetchSource = ManifestSrc, "manifest-src", "the web application's manifest";
    child_src: FetchSource = ChildSrc, "child-src", "what `frame-src` and `worker-src` fall back to";
    frame_src: FetchSource = FrameSrc, "frame-src", "frames inside the page";
    fenced_frame_src: FetchSource = FencedFrameSrc, "fenced-frame-src", "fenced frames (Chromium)";
    worker_src: FetchSource = WorkerSrc, "worker-src", "workers; without it they fall back to `child-src`, `script-src`, `default-src`";
    base_uri: FetchSource = BaseUri, "base-uri", "what a `base` element may name. Falls back to nothing";
    form_action: FetchSource = FormAction, "form-action", "where forms may be sent. Falls back to nothing";
    frame_ancestors: AncestorSource = FrameAncestors, "frame-ancestors", "who may frame the page. Falls back to nothing";
}

fn narrow_all<T: SourceClass + PartialEq>(
    sources: Vec<AnySource>,
) -> Result<Sources<T>, Vec<(usize, CspFault)>> {
    let mut narrowed = Sources::none();
    let mut faults = Vec::new();
    for (index, source) in sources.into_iter().enumerate() {
        match T::narrow(source) {
            Ok(source) => narrowed.extend([source]),
            Err(fault) => faults.push((index, fault)),
        }
    }
    if faults.is_empty() {
        Ok(narrowed)
    } else {
        Err(faults)
    }
}

impl Directives {
    /// The text behind a directive's name; `None` when it isn't set.
    fn value(&self, name: DirectiveName) -> Option<String> {
        match name {
            DirectiveName::Sandbox => self.sandbox.as_ref().map(|tokens| join(tokens.iter())),
            DirectiveName::RequireTrustedTypesFor => self
                .require_trusted_types_for_script
                .then(|| String::from("'script'")),
            DirectiveName::TrustedTypes => self.trusted_types.as_ref().map(ToString::to_string),
            DirectiveName::UpgradeInsecureRequests => {
                self.upgrade_insecure_requests.then(String::new)
            }
            DirectiveName::ReportTo => self.report_to.clone(),
            DirectiveName::ReportUri => self.report_uri.as_ref().map(|uris| join(uris.iter())),
            name => self.sources(name).map(|sources| {
                if sources.is_empty() {
                    String::from("'none'")
                } else {
                    join(sources.iter())
                }
            }),
        }
    }
}

fn join<T: ToString>(words: impl Iterator<Item = T>) -> String {
    words
        .map(|word| word.to_string())
        .collect::<Vec<_>>()
        .join(" ")
}

impl Csp {
    /// The header that enforces a policy.
    pub const NAME: HeaderName = CONTENT_SECURITY_POLICY;
    /// The header that only reports what a policy would block.
    pub const REPORT_ONLY_NAME: HeaderName = CONTENT_SECURITY_POLICY_REPORT_ONLY;
    /// A text longer than this, in bytes, is named by [`warnings`](Self::warnings).
    ///
    /// Half of [`MAX_LEN`](Self::MAX_LEN): some proxies give all headers of a response together no
    /// more than 8 KiB, and the other headers want some of it.
    pub const WARN_LEN: usize = 4096;
    /// The longest text that is built, in bytes. Common proxies and servers stop at 8 KiB for one
    /// header line or for all of them, and then the whole response is lost.
    pub const MAX_LEN: usize = 8192;

    /// A builder without any directive.
    pub fn builder() -> CspBuilder {
        CspBuilder::default()
    }

    /// A builder that holds this policy's directives; setting one again replaces it.
    pub fn to_builder(&self) -> CspBuilder {
        CspBuilder::from(self.directives.clone())
    }

    /// The tokens of `sandbox`; `None` when the page isn't sandboxed.
    pub const fn sandbox(&self) -> Option<&Sources<SandboxToken>> {
        self.directives.sandbox.as_ref()
    }

    /// The entries of `trusted-types`.
    pub const fn trusted_types(&self) -> Option<&Sources<TrustedTypesEntry>> {
        self.directives.trusted_types.as_ref()
    }

    /// Whether the policy holds a directive.
    pub fn has(&self, name: DirectiveName) -> bool {
        self.directives.value(name).is_some()
    }

    /// The name of the reporting endpoint.
    pub fn report_to(&self) -> Option<&str> {
        self.directives.report_to.as_deref()
    }

    /// The URLs of `report-uri`, as written; empty without the directive.
    pub fn report_uri(&self) -> &[String] {
        self.directives.report_uri.as_deref().unwrap_or_default()
    }

    /// The directives in the order in which they are written, with the text of their values.
    pub fn directives(&self) -> impl Iterator<Item = (DirectiveName, String)> {
        DirectiveName::ALL
            .into_iter()
            .filter_map(|name| Some((name, self.directives.value(name)?)))
    }

    /// Every host source with its directive.
    pub fn host_sources(&self) -> impl Iterator<Item = (DirectiveName, &HostSource)> {
        DirectiveName::ALL.into_iter().flat_map(|name| {
            self.directives
                .hosts(name)
                .into_iter()
                .map(move |host| (name, host))
        })
    }

    /// Whether some nonce is still to be filled in.
    pub fn has_nonce_slot(&self) -> bool {
        self.pieces().len() > 1
    }

    /// The text split at the nonce slots: one piece more than there are slots. With a nonce
    /// between each two, it is the header's value.
    ///
    /// ```
    /// use tower_visor::csp::Csp;
    ///
    /// let csp: Csp = "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'".parse()?;
    /// assert_eq!(
    ///     csp.pieces(),
    ///     ["default-src 'none'; script-src 'nonce-", "'; style-src 'nonce-", "'"],
    /// );
    /// assert_eq!(
    ///     csp.pieces().join("4AEemGb0xJptoIGFP3Nd5w=="),
    ///     "default-src 'none'; script-src 'nonce-4AEemGb0xJptoIGFP3Nd5w=='; \
    ///      style-src 'nonce-4AEemGb0xJptoIGFP3Nd5w=='",
    /// );
    /// # Ok::<(), tower_visor::errors::Errors<tower_visor::csp::CspError>>(())
    /// ```
    pub fn pieces(&self) -> Vec<String> {
        self.to_string()
            .split(NonceSource::SLOT)
            .map(str::to_owned)
            .collect()
    }

    /// What is legal but weak, or likely a mistake. An empty list is what a strict policy has.
    ///
    /// ```
    /// use tower_visor::csp::Csp;
    ///
    /// let csp: Csp = "default-src 'self'; frame-ancestors 'none'; form-action 'self'".parse()?;
    /// let warnings = csp.warnings();
    /// assert_eq!(
    ///     warnings[0].to_string(),
    ///     "no `base-uri`, which falls back to nothing: write `base-uri 'none'`",
    /// );
    /// # Ok::<(), tower_visor::errors::Errors<tower_visor::csp::CspError>>(())
    /// ```
    pub fn warnings(&self) -> Vec<CspWarning> {
        rules::warnings(self)
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
        rules::report_only_warnings(self)
    }
}

impl fmt::Display for Csp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, value)) in self.directives().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            f.write_str(name.as_str())?;
            if !value.is_empty() {
                write!(f, " {value}")?;
            }
        }
        Ok(())
    }
}

impl TryFrom<&Csp> for HeaderValue {
    type Error = CspError;

    /// The header's value.
    ///
    /// # Errors
    /// [`CspFault::NonceSlot`] while a nonce is to be filled in.
    fn try_from(csp: &Csp) -> Result<Self, CspError> {
        if csp.has_nonce_slot() {
            return Err(CspFault::NonceSlot.into());
        }
        // Each part is printable ASCII by its grammar, so this can't fail; and if it did, it
        // would be an error and not a missing header.
        Self::try_from(csp.to_string()).map_err(|_| CspFault::NotDeliverable.into())
    }
}

impl TryFrom<CspBuilder> for Csp {
    type Error = Errors<CspError>;

    fn try_from(builder: CspBuilder) -> Result<Self, Errors<CspError>> {
        builder.build()
    }
}
