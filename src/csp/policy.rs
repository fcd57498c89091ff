//! The typed policy: its directives, how it is written, and what can be asked of it.

use std::fmt;

use http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY_REPORT_ONLY, HeaderName, HeaderValue,
};

use super::directives::{Directives, source_lists};
use super::{
    AncestorSource, CspError, CspFault, DefaultSource, DirectiveName, FetchSource, NonceSource,
    SandboxToken, ScriptAttrSource, ScriptSource, Sources, StyleAttrSource, StyleSource,
    TrustedTypesEntry,
};

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
///      script-src, byte 29: `'strict-dynamic'` needs a nonce or a hash next to it, or no script runs\n\
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

macro_rules! getters {
    ($($field:ident: $class:ident = $name:ident, $text:literal, $what:literal;)*) => {
        impl Csp {
            $(
                #[doc = concat!("The sources of `", $text, "`; `None` when the policy has no such directive.")]
                pub const fn $field(&self) -> Option<&Sources<$class>> {
                    self.directives.$field.as_ref()
                }
            )*
        }
    };
}

source_lists!(getters);

impl Csp {
    /// The header that enforces a policy.
    pub const NAME: HeaderName = CONTENT_SECURITY_POLICY;
    /// The header that only reports what a policy would block.
    pub const REPORT_ONLY_NAME: HeaderName = CONTENT_SECURITY_POLICY_REPORT_ONLY;
    /// A text longer than this, in bytes, is named by [`warnings`](Self::warnings).
    ///
    /// Half of [`MAX_LEN`](Self::MAX_LEN): some proxies allow no more than 8 KiB for all headers of
    /// a response together, and the other headers need some of that.
    pub const WARN_LEN: usize = 4096;
    /// The longest text that is built, in bytes. Common proxies and servers stop at 8 KiB for one
    /// header line or for all of them, and then the whole response is lost.
    pub const MAX_LEN: usize = 8192;

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

    /// Whether a nonce has yet to be filled in.
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
    /// [`CspErrorKind::Delivery`](super::CspErrorKind) while a nonce is to be filled in.
    fn try_from(csp: &Csp) -> Result<Self, CspError> {
        if csp.has_nonce_slot() {
            return Err(CspFault::NonceSlot.into());
        }
        // Each part is printable ASCII by its grammar, so this can't fail; and if it did, it
        // would be an error and not a missing header.
        Self::try_from(csp.to_string()).map_err(|_| CspFault::NotDeliverable.into())
    }
}
