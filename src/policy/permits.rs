//! What a compiled policy lets its page load.

use http::header::CONTENT_SECURITY_POLICY;

use super::{CompiledPolicy, HostKind, Resource};
use crate::csp::{DirectiveName, PolicyList};
use crate::response::ResponseClass;
use crate::url::{Origin, Url};

/// What browsers read out of the policy of a page, about the URLs that it loads.
pub(crate) struct Permits {
    list: PolicyList,
    page: Origin,
}

impl Permits {
    /// Those of a page on this origin.
    pub(crate) fn new(policy: CompiledPolicy, page: Origin) -> Self {
        let headers = policy.headers(ResponseClass::Document, HostKind::Named);
        let values = headers.get_all(CONTENT_SECURITY_POLICY);
        Self {
            list: PolicyList::effective(values),
            page,
        }
    }

    /// Whether it lets the page load a URL; plugins are no resource.
    pub(crate) fn loads(&self, resource: Option<Resource>, url: &Url) -> bool {
        let directive = match resource.map(|resource| (resource, resource.fetch_directive())) {
            Some((_, Some(directive))) => directive,
            Some((Resource::Script, None)) => DirectiveName::ScriptSrcElem,
            Some((_, None)) => DirectiveName::StyleSrcElem,
            None => DirectiveName::ObjectSrc,
        };
        self.list.allows_url(directive, url, &self.page)
    }

    /// Whether a URL is of the page's origin.
    pub(crate) fn is_own(&self, url: &Url) -> bool {
        url.origin() == Some(&self.page)
    }
}
