//! The files that a site serves, and those that it served before.

use std::collections::BTreeMap;

use super::place::ReportedPlace;
use super::scripts::KnownScripts;
use crate::sri::Digest;
use crate::url::{Origin, respelt};

/// How many earlier digests of one file are remembered: a page may stay open over a few releases.
const MOST: usize = 8;

/// How many files are remembered that are others now, or none: a bundler gives each file another name
/// at each release, and a server may run for years.
const FILES: usize = 2_048;

/// The files that a site serves, and what they were before.
#[derive(Debug, Default)]
pub(super) struct Known {
    now: Option<KnownScripts>,
    before: BTreeMap<String, Before>,
}

/// What a file was, and when it was replaced.
#[derive(Debug, Default)]
struct Before {
    digests: Vec<Digest>,
    replaced: u64,
}

/// A file that a report names, by the path at which it is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownFile {
    pub(super) path: String,
    /// `None`: it isn't served any more.
    pub(super) expected: Option<Digest>,
    /// When it last became another one, if it did.
    pub(super) replaced: Option<u64>,
}

impl Known {
    pub(super) fn new(now: Option<KnownScripts>) -> Self {
        let before = BTreeMap::new();
        Self { now, before }
    }

    /// Other files are served from now on.
    pub(super) fn replace(&mut self, next: KnownScripts, at: u64) {
        if let Some(old) = self.now.take().filter(|old| old.origin() == next.origin()) {
            let gone = old
                .digests()
                .filter(|(path, digest)| next.digest(path) != Some(*digest));
            for (path, digest) in gone {
                let before = self.before.entry(path.to_owned()).or_default();
                before.replaced = at;
                before.digests.retain(|known| *known != digest);
                before.digests.push(digest);
                if before.digests.len() > MOST {
                    before.digests.remove(0);
                }
            }
        } else {
            self.before.clear();
        }
        while self.before.len() > FILES {
            let oldest = self.before.iter().min_by_key(|(_, before)| before.replaced);
            let oldest = oldest.map(|(path, _)| path.clone());
            oldest.and_then(|path| self.before.remove(&path));
        }
        self.now = Some(next);
    }

    /// The site's origin.
    pub(super) fn origin(&self) -> Option<&Origin> {
        self.now.as_ref().map(KnownScripts::origin)
    }

    /// The file that a place is. A query in its URL doesn't count.
    pub(super) fn file(&self, place: &ReportedPlace) -> Option<KnownFile> {
        let (now, url) = (self.now.as_ref()?, place.url()?);
        if url.origin() != Some(now.origin()) {
            return None;
        }
        let find = |path: &str| {
            let expected = now.digest(path);
            let before = self.before.get(path);
            let is_known = expected.is_some() || before.is_some();
            is_known.then(|| KnownFile {
                path: path.to_owned(),
                expected,
                replaced: before.map(|before| before.replaced),
            })
        };
        find(url.path()).or_else(|| find(&respelt(url.path())?))
    }

    /// Whether a file had this digest once.
    pub(super) fn was(&self, file: &KnownFile, digest: Digest) -> bool {
        let before = self.before.get(&file.path);
        before.is_some_and(|before| before.digests.contains(&digest))
    }
}
