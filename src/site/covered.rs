//! What the manifest of a site holds, and the pages that name it.

use super::SiteFault;
use super::inventory::{Answer, Inventory};
use super::pages::Pages;
use super::state::State;
use super::waict::{Manifest, SiteWaict};
use crate::errors::Errors;
use crate::header::{EndpointName, Waict, WaictMode};
use crate::page::Page;
use crate::url::Origin;
use crate::waict::WaictManifest;

impl State {
    /// Makes the manifest, and gives its header to each page.
    pub(super) fn add_waict(
        &mut self,
        waict: &SiteWaict,
        origin: &Origin,
        endpoint: Option<&EndpointName>,
    ) -> Result<(), Errors<SiteFault>> {
        if waict.mode == WaictMode::Enforce {
            Errors::check(self.beyond_manifests())?;
        }
        let inventory = self.inventory();
        let mut manifest = manifest(origin, &inventory);
        for page in self.pages.all() {
            for (spelt, path) in page.spelt() {
                let named = |answer: &&Answer| answer.paths.contains(path);
                if let Some(answer) = inventory.answers.iter().find(named) {
                    manifest = manifest.file(spelt, &answer.bytes);
                }
            }
        }
        if !waict.proof.is_empty() {
            manifest = manifest.proof(&waict.proof);
        }
        let manifest = Manifest::new(self.pins.base(), manifest, waict);
        let header = Waict::new(waict.mode, &*manifest.path);
        let header = header.map_err(|error| SiteFault::Waict {
            reason: error.to_string(),
        })?;
        let header = match endpoint {
            Some(endpoint) => header.report_to(endpoint.clone()),
            None => header,
        };
        let header = header.to_string();
        self.pages.replace(|page| {
            let policy = page.policy();
            page.under(policy.with_document_header(&Waict::NAME, header.clone()))
        });
        self.waict = Some(manifest);
        Ok(())
    }

    /// Goes on serving the manifests of earlier versions.
    pub(super) fn keep_waict(&mut self, current: &Self) {
        if let (Some(next), Some(current)) = (&mut self.waict, &current.waict) {
            next.follow(current);
        }
    }

    /// What can't be in any manifest, because each visitor gets other bytes.
    fn beyond_manifests(&self) -> Vec<SiteFault> {
        let fault = |reason| SiteFault::Waict { reason };
        let nonce = |path: &str| {
            fault(format!(
                "{path}: a response with a nonce differs each time, so no manifest can cover it: allow its scripts by hash, or let `waict` report"
            ))
        };
        let pages = self.pages.by_path.iter();
        let nonces = pages
            .clone()
            .filter(|(_, page)| page.policy().needs_nonce())
            .map(|(path, _)| nonce(path));
        let others = self.policy.needs_nonce();
        let others = others.then(|| nonce("what the application answers"));
        let unknown = pages.flat_map(|(path, page)| {
            let frames = page.frames().iter();
            let unknown = frames.filter(|frame| {
                self.pages.at(frame).is_none() && self.pages.below(frame).is_none()
            });
            unknown.map(move |frame| {
                fault(format!(
                    "{path}: the frame `{}` is not a page of the folder, and no manifest covers what the application answers: put it into the folder, or let `waict` report",
                    crate::foreign::shown(frame)
                ))
            })
        });
        nonces.chain(others).chain(unknown).collect()
    }
}

/// Everything that a site can send.
fn manifest(origin: &Origin, inventory: &Inventory) -> WaictManifest {
    // What is refused or redirected has no body. A document without one runs nothing.
    let mut manifest = WaictManifest::new(origin.clone()).fallback(b"");
    for answer in &inventory.answers {
        for path in &answer.paths {
            manifest = manifest.file(path, &answer.bytes);
        }
        let essence = answer.content_type().split(';').next().unwrap_or_default();
        match essence {
            // A query makes another URL of a page's, a pattern has any number of them, and error
            // pages are sent for whatever was asked.
            "text/html" => manifest = manifest.fallback(&answer.bytes),
            "application/wasm" => manifest = manifest.wasm(&answer.bytes),
            _ => {}
        }
    }
    manifest
}

impl Pages {
    /// Each page once a path or pattern.
    fn all(&self) -> impl Iterator<Item = &Page> {
        let deep = self.deep.iter().map(|(_, page)| page);
        self.by_path.values().chain(deep)
    }

    /// Puts another in place of each page.
    fn replace(&mut self, with: impl Fn(Page) -> Page) {
        let deep = self.deep.iter_mut().map(|(_, page)| page);
        for page in self.by_path.values_mut().chain(deep) {
            *page = with(page.clone());
        }
    }
}
