//! What checks look at: the response, and the readings that several of them need.

use std::collections::HashMap;

use super::finding::shown;
use super::html::{Document, Element};
use super::sdk::Sdk;
use super::{Context, Profile, Response};
use crate::csp::PolicyList;
use crate::pins::PinnedFile;
use crate::sdk::Releases;
use crate::url::Url;

/// What checks look at: the response, and the readings that several of them need.
pub(super) struct Input<'a> {
    pub(super) response: &'a Response,
    pub(super) context: &'a Context<'a>,
    /// All enforced policies: those of the headers, then those of `meta` elements, which govern
    /// what comes after them.
    pub(super) csp: PolicyList,
    /// Those of the headers alone.
    pub(super) header_csp: PolicyList,
    /// The policies that are only reported.
    pub(super) report_only: PolicyList,
    /// The page, where the response is HTML and its body was read.
    pub(super) document: Option<&'a Document>,
    /// The SDK, where the page uses it.
    pub(super) sdk: Option<Sdk<'a>>,
    /// What was fetched, by URL.
    resources: HashMap<&'a Url, &'a Response>,
    builtin: Releases,
}

impl<'a> Input<'a> {
    pub(super) fn new(response: &'a Response, context: &'a Context<'a>) -> Self {
        let document = response.document();
        let header_csp = PolicyList::effective(response.values("content-security-policy"));
        let metas = document.into_iter().flat_map(|document| &document.metas);
        let mut resources = HashMap::with_capacity(context.resources.len());
        for resource in context.resources {
            // Of several the first counts, as in `Context::resource`.
            resources.entry(resource.url()).or_insert(resource);
        }
        Self {
            response,
            context,
            csp: metas.fold(header_csp.clone(), |list, meta| {
                list.and(meta.policies.clone())
            }),
            header_csp,
            report_only: PolicyList::report_only(
                response.values("content-security-policy-report-only"),
            ),
            document,
            sdk: document.and_then(|document| Sdk::of(document, context)),
            resources,
            builtin: Releases::builtin(),
        }
    }

    /// The lists that `csp` is made of: the headers' and each `meta` element's, with the number of
    /// policies before them.
    pub(super) fn lists(&self) -> Vec<(usize, &PolicyList, Option<&Element>)> {
        let mut lists = vec![(0, &self.header_csp, None)];
        let mut count = self.header_csp.policies().len();
        if let Some(document) = self.document {
            for meta in &document.metas {
                lists.push((count, &meta.policies, document.elements.get(meta.element)));
                count += meta.policies.policies().len();
            }
        }
        lists
    }

    /// The policies that govern an element of the page: the headers', and those of `meta` elements
    /// before it.
    pub(super) fn csp_of(&self, element: &Element) -> Vec<&PolicyList> {
        let metas = self.document.into_iter();
        let metas = metas.flat_map(|document| document.metas_before(element));
        std::iter::once(&self.header_csp)
            .chain(metas.map(|meta| &meta.policies))
            .filter(|list| !list.is_empty())
            .collect()
    }

    /// What was fetched for a URL that the page loads.
    pub(super) fn resource(&self, url: &Url) -> Option<&'a Response> {
        self.resources.get(url).copied()
    }

    /// The pin of a URL of the page's origin.
    pub(super) fn pinned(&self, url: &Url) -> Option<&'a PinnedFile> {
        let is_own = url.origin() == Some(self.response.origin());
        self.context.pins?.served(url.path()).filter(|_| is_own)
    }

    pub(super) fn releases(&self) -> &Releases {
        self.context.releases.unwrap_or(&self.builtin)
    }

    pub(super) const fn profile(&self) -> Profile {
        self.context.profile
    }
}

/// The values of a header as findings show them; `None` when it was not sent.
pub(super) fn sent(response: &Response, name: impl http::header::AsHeaderName) -> Option<String> {
    let values: Vec<String> = response
        .values(name)
        .map(|value| String::from_utf8_lossy(value).into_owned())
        .collect();
    (!values.is_empty()).then(|| shown(&values.join(", ")))
}
