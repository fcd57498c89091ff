//! What vouches for the bytes of code that ran.

use super::finding::address;
use super::input::Input;
use super::loaded::loaded;
use super::observation::SeenScript;
use super::{Baseline, Context};
use crate::csp::{DirectiveName, SourceExpression};
use crate::pins::Pins;
use crate::sri::{Digest, Integrity};

/// What the page, the pins and the approved state say of scripts.
pub(super) struct Vouching<'a> {
    context: &'a Context<'a>,
    /// By the page's or a frame's own integrity: an address and a digest.
    integrity: Vec<(String, Digest)>,
    /// By hashes in policies that are enforced.
    hashes: Vec<Digest>,
}

impl<'a> Vouching<'a> {
    /// By all documents that the browser got.
    pub(super) fn new(documents: &[Input<'_>], context: &'a Context<'a>) -> Self {
        let mut integrity = Vec::new();
        let mut hashes = Vec::new();
        for input in documents {
            for policy in input.csp.policies() {
                let names = [DirectiveName::ScriptSrcElem, DirectiveName::ScriptSrcAttr];
                for name in names {
                    let sources = policy.governing(name).into_iter();
                    let sources = sources.flat_map(|directive| directive.in_force(name));
                    hashes.extend(sources.filter_map(|source| match source {
                        SourceExpression::Hash(hash) => hash.digest(),
                        _ => None,
                    }));
                }
            }
            let Some(document) = input.document else {
                continue;
            };
            let elements = loaded(document);
            let elements = elements.filter_map(|one| Some((address(&one.url), one.metadata?)));
            let map = document.map.entries();
            let map = map.map(|(url, metadata)| (address(url), metadata));
            for (url, metadata) in elements.chain(map) {
                // Only those of the strongest algorithm count, as in browsers.
                let metadata = Integrity::effective(metadata);
                integrity.extend(metadata.strongest().map(|digest| (url.clone(), *digest)));
            }
        }
        Self {
            context,
            integrity,
            hashes,
        }
    }

    /// What vouches for it, if anything does.
    pub(super) fn of(&self, script: &SeenScript) -> Option<String> {
        if script.digests.is_empty() {
            return None;
        }
        let is = |digest: &Digest| script.digests.contains(digest);
        let pins = self.context.pins.into_iter();
        let mut pinned = pins.flat_map(Pins::files);
        if let Some(file) = pinned.find(|file| is(&file.digest())) {
            return Some(format!("pin of {}", file.path()));
        }
        let mut own = self.integrity.iter();
        if own.any(|(url, digest)| *url == script.url && is(digest)) {
            return Some("integrity of the page".to_owned());
        }
        if self.hashes.iter().any(is) {
            return Some("CSP hash".to_owned());
        }
        let is_approved = self.context.approved.is_some_and(|baseline| {
            Baseline::approves(baseline, &script.place(), &script.digest())
        });
        is_approved.then(|| "approved".to_owned())
    }
}
