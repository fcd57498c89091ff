//! What differs from page to page in how a page is compiled: where it lies, whether it has the SDK, its `style`
//! attributes and event handlers.

use crate::policy::Policy;

/// What depends on where the page is and what it is.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    /// Relative URLs are written out, because a `<base>` says something else.
    pub(super) writes_out: bool,
    pub(super) attributes: StyleAttributes,
    pub(super) handlers: Handlers,
    /// The path of the page.
    pub(super) path: &'a str,
}

/// Whether a page has the SDK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sdk {
    With,
    Without,
}

/// What becomes of `style` attributes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum StyleAttributes {
    Refused,
    /// Allowed by their hashes.
    Hashed,
    /// Allowed whatever they say, so that no hash may stand beside.
    Allowed,
}

impl StyleAttributes {
    /// Those of a page.
    pub(super) fn under(policy: &Policy, sdk: Sdk) -> Self {
        if policy.allows_style_attributes() {
            Self::Allowed
        } else if sdk == Sdk::Without || policy.hashes_style_attributes() {
            Self::Hashed
        } else {
            Self::Refused
        }
    }
}

/// What becomes of event handlers in the markup.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Handlers {
    Refused,
    /// Allowed by their hashes.
    Hashed,
}

impl Handlers {
    /// Those of a page.
    pub(super) fn under(policy: &Policy) -> Self {
        if policy.hashes_handlers() {
            Self::Hashed
        } else {
            Self::Refused
        }
    }
}
