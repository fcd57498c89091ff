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
        let directive = match resource {
            Some(Resource::Style) => DirectiveName::StyleSrcElem,
            Some(Resource::Image) => DirectiveName::ImgSrc,
            Some(Resource::Font) => DirectiveName::FontSrc,
            Some(Resource::Media) => DirectiveName::MediaSrc,
            Some(Resource::Connect | Resource::WebSocket) => DirectiveName::ConnectSrc,
            Some(Resource::Frame) => DirectiveName::FrameSrc,
            Some(Resource::Manifest) => DirectiveName::ManifestSrc,
            Some(Resource::Script) => DirectiveName::ScriptSrcElem,
            Some(Resource::Worker) => DirectiveName::WorkerSrc,
            Some(Resource::Form) => DirectiveName::FormAction,
            None => DirectiveName::ObjectSrc,
        };
        self.list.allows_url(directive, url, &self.page)
    }

    /// Whether a URL is of the page's origin.
    pub(crate) fn is_own(&self, url: &Url) -> bool {
        url.origin() == Some(&self.page)
    }
}
