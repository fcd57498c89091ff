//! The checks: one file per subject, each a function of the same [`Input`].

mod caching;
mod content;
mod cookies;
mod cors;
mod csp;
mod disclosure;
mod framing;
mod integrity;
mod integrity_policy;
mod inventory;
mod isolation;
mod markup;
mod permissions;
mod privacy;
mod reports;
mod runs;
mod sdk;
mod secrets;
mod transport;

pub(super) use integrity::{loaded, subject};
pub(super) use runs::{has_unsafe_eval, loads as sdk_loads};
pub(super) use sdk::candidates as sdk_files;

use super::code::Code;
use super::finding::{Sink, shown};
use super::{Context, Profile, Response};
use crate::audit::html::{Document, Element};
use crate::csp::{PolicyList, Url};
use crate::pins::PinnedFile;
use crate::sdk::Releases;

/// A check finds what it finds; none stops another.
pub(super) type Check = fn(&Input<'_>, &mut Sink);

/// All checks.
pub(super) const CHECKS: &[Check] = &[
    transport::check,
    csp::check,
    csp::scripts::check,
    csp::urls::check,
    csp::sources::check,
    csp::dropped::check,
    csp::nonces::check,
    csp::liveness::check,
    framing::check,
    isolation::check,
    permissions::check,
    privacy::check,
    caching::check,
    content::check,
    cors::check,
    cookies::check,
    disclosure::check,
    reports::check,
    integrity_policy::check,
    integrity::check,
    markup::check,
    secrets::check,
    sdk::check,
    // After `sdk`, which finds out the version.
    runs::check,
    inventory::check,
];

/// All codes, in the order of the manual.
pub(super) const CODES: &[&[Code]] = &[
    transport::CODES,
    csp::CODES,
    csp::scripts::CODES,
    csp::urls::CODES,
    csp::sources::CODES,
    csp::dropped::CODES,
    csp::nonces::CODES,
    csp::liveness::CODES,
    framing::CODES,
    isolation::CODES,
    permissions::CODES,
    privacy::CODES,
    caching::CODES,
    content::CODES,
    cors::CODES,
    cookies::CODES,
    disclosure::CODES,
    reports::CODES,
    integrity_policy::CODES,
    integrity::CODES,
    markup::CODES,
    secrets::CODES,
    sdk::CODES,
    runs::CODES,
    super::placement::CODES,
    super::baseline::CODES,
];

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
    pub(super) document: Option<Document>,
    /// The SDK, where the page uses it.
    pub(super) sdk: Option<sdk::Sdk<'a>>,
    builtin: Releases,
}

impl<'a> Input<'a> {
    pub(super) fn new(response: &'a Response, context: &'a Context<'a>) -> Self {
        let body = response.body().filter(|_| response.is_html());
        let document = body.map(|body| Document::read(response.url(), body));
        let header_csp = PolicyList::effective(response.values("content-security-policy"));
        let metas = document.iter().flat_map(|document| &document.metas);
        let mut input = Self {
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
            sdk: None,
            builtin: Releases::builtin(),
        };
        input.sdk = sdk::Sdk::of(&input);
        input
    }

    /// The lists that `csp` is made of: the headers' and each `meta` element's, with the number of
    /// policies before them.
    pub(super) fn lists(&self) -> Vec<(usize, &PolicyList, Option<&Element>)> {
        let mut lists = vec![(0, &self.header_csp, None)];
        let mut count = self.header_csp.policies().len();
        if let Some(document) = &self.document {
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
        let metas = self.document.iter();
        let metas = metas.flat_map(|document| document.metas_before(element));
        std::iter::once(&self.header_csp)
            .chain(metas.map(|meta| &meta.policies))
            .filter(|list| !list.is_empty())
            .collect()
    }

    /// What was fetched of a URL that the page loads.
    pub(super) fn resource(&self, url: &Url) -> Option<&'a Response> {
        let resources = self.context.resources;
        resources.iter().find(|resource| resource.url() == url)
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
fn sent(response: &Response, name: impl http::header::AsHeaderName) -> Option<String> {
    let values: Vec<String> = response
        .values(name)
        .map(|value| String::from_utf8_lossy(value).into_owned())
        .collect();
    (!values.is_empty()).then(|| shown(&values.join(", ")))
}
