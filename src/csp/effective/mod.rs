//! Policies as browsers read them.

mod dropped;
mod host;
mod policy;
mod read;
mod source;
mod typed;

use std::fmt;

pub use dropped::{DropReason, Dropped};
pub use policy::{Delivery, EffectiveDirective, EffectivePolicy};
pub use source::{HashSource, SourceExpression};

/// What a browser makes of one or more headers: a list of policies, all of which must allow.
///
/// Reading never fails. What a browser would drop is dropped and listed by [`dropped`](Self::dropped),
/// with its place and the reason; the rest answers the questions that a browser asks: may this
/// [URL](Self::allows_url) be fetched, this [inline](Self::allows_inline) script run, this
/// [external](Self::allows_external_script) one, [`eval`](Self::allows_eval),
/// [WebAssembly](Self::allows_wasm); and is the whole [at least as
/// strict](Self::is_at_least_as_strict_as) as another.
///
/// Browsers differ in corner cases. This follows the standard and measurements of Chromium 156;
/// where they differ, it takes the reading that protects *less*, so that an audit based on it
/// never calls something blocked that some browser lets through.
///
/// ```
/// use tower_visor::csp::{DirectiveName, PolicyList};
///
/// let list = PolicyList::effective([
///     "default-src 'none'; img-src cdn.example.com; script-src 'self'",
///     "script-src https:",
/// ]);
/// assert_eq!(list.policies().len(), 2);
/// assert!(list.dropped().is_empty());
///
/// let page = "https://example.com".parse()?;
/// let allows = |url: &str| Ok::<_, tower_visor::url::UrlError>(
///     list.allows_url(DirectiveName::ScriptSrc, &url.parse()?, &page)
/// );
/// assert!(allows("https://example.com/app.js")?);
/// assert!(!allows("https://cdn.example.com/app.js")?, "the first policy says no");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// `Display` writes the policies as one header value, a comma between them.
///
/// Specification: [CSP3, section 2.2](https://w3c.github.io/webappsec-csp/#framework-policy).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyList {
    policies: Vec<EffectivePolicy>,
    dropped: Vec<Dropped>,
}

impl PolicyList {
    /// Reads all values of `Content-Security-Policy`, in their order.
    ///
    /// A header may hold several policies, separated by commas; several headers are several
    /// policies as well.
    pub fn effective<V: AsRef<[u8]>>(header_values: impl IntoIterator<Item = V>) -> Self {
        Self::read(header_values, Delivery::Header)
    }

    /// Reads all values of `Content-Security-Policy-Report-Only`, in their order.
    ///
    /// Such a list blocks nothing: the browser only reports what it doesn't allow. Keep it separate
    /// from the enforced one.
    pub fn report_only<V: AsRef<[u8]>>(header_values: impl IntoIterator<Item = V>) -> Self {
        Self::read(header_values, Delivery::ReportOnlyHeader)
    }

    /// Reads the `content` of `<meta http-equiv="Content-Security-Policy">`.
    pub fn meta(content: &str) -> Self {
        Self::read([content], Delivery::Meta)
    }

    fn read<V: AsRef<[u8]>>(values: impl IntoIterator<Item = V>, delivery: Delivery) -> Self {
        let mut list = Self::default();
        for (header, value) in values.into_iter().enumerate() {
            read::read_value(
                value.as_ref(),
                header,
                delivery,
                &mut list.policies,
                &mut list.dropped,
            );
        }
        list
    }

    /// Both together, as a browser holds the policies of a header and of a `meta` element.
    #[must_use]
    pub fn and(mut self, mut other: Self) -> Self {
        self.policies.append(&mut other.policies);
        self.dropped.append(&mut other.dropped);
        self
    }

    /// The policies that have at least one directive.
    pub fn policies(&self) -> &[EffectivePolicy] {
        &self.policies
    }

    /// What was dropped, in the order of the text (`'none'` next to other sources comes after
    /// them).
    pub fn dropped(&self) -> &[Dropped] {
        &self.dropped
    }

    /// Whether there is no policy: the browser allows everything.
    pub fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }
}

impl fmt::Display for PolicyList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, policy) in self.policies.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            fmt::Display::fmt(policy, f)?;
        }
        Ok(())
    }
}
