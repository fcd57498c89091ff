//! What the scripts of a page import: each module is one whose bytes are known.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::import_map::Merged;
use super::known::Known;
use super::resolve::Resolver;
use super::warning::Warned;
use super::{PageFault, PageWarning};
use crate::app::{Held, Script};
use crate::foreign::{self, shown};
use crate::html::Place;
use crate::javascript::{Call, Import, Loading};
use crate::sri::Digest;
use crate::url::Url;

/// Modules of Node.js, which bundles name in branches that no browser takes.
const NODE: [&str; 24] = [
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "constants",
    "crypto",
    "dns",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "stream",
    "tls",
    "url",
    "util",
    "worker_threads",
];

/// A script that the page itself names or holds.
pub(super) enum Entry {
    /// By the path of its file.
    File(String),
    Inline(Place, Script),
}

/// A walk from the page's scripts through all that they import.
pub(super) struct Graph<'a, 'b> {
    known: &'a Known<'b>,
    resolver: Resolver,
    /// The paths of scripts to look at.
    open: Vec<&'b str>,
    /// URLs of modules that aren't spelt as their files' own, and the files' paths: browsers
    /// compare whole URLs, so the import map needs an entry for each.
    pub(super) spellings: BTreeMap<String, &'b str>,
    pub(super) warnings: Vec<PageWarning>,
    /// The same.
    said: HashSet<PageWarning>,
    /// Hashes of the style sheets that stand in the scripts.
    pub(super) styles: Vec<Digest>,
    /// Hashes of the `style` attributes in the scripts' markup.
    pub(super) style_attributes: Vec<Digest>,
    /// A script has others fetched ahead of their use.
    pub(super) prefetches: bool,
    /// What scripts have in them as `data:` URLs.
    pub(super) holds: BTreeSet<Held>,
    /// The scripts of the application that were reached.
    pub(super) reached: BTreeSet<&'b str>,
}

impl<'a, 'b> Graph<'a, 'b> {
    /// Looks at all that the page's scripts import.
    pub(super) fn walk(
        entries: &[Entry],
        known: &'a Known<'b>,
        map: &Merged,
        faults: &mut Vec<PageFault>,
    ) -> Self {
        let mut graph = Self {
            known,
            resolver: map.resolver(known.base()),
            open: Vec::new(),
            spellings: BTreeMap::new(),
            warnings: Vec::new(),
            said: HashSet::new(),
            styles: Vec::new(),
            style_attributes: Vec::new(),
            prefetches: false,
            holds: BTreeSet::new(),
            reached: BTreeSet::new(),
        };
        for entry in entries {
            match entry {
                Entry::File(path) => graph.open.extend(known.app_script(path)),
                Entry::Inline(place, script) => {
                    let name = format!("{place}: the inline script");
                    graph.script(&name, known.base(), script, faults);
                }
            }
        }
        while let Some(path) = graph.open.pop() {
            if graph.reached.insert(path)
                && let Some(script) = known.script(path)
                && let Ok(url) = known.page().join(path)
            {
                graph.script(path, &url, script, faults);
            }
        }
        // A script may load others by names that it puts together.
        if !entries.is_empty() {
            let own = known.own_scripts().filter_map(|path| known.script(path));
            graph.holds.extend(own.flat_map(|script| &script.holds));
        }
        graph
    }

    fn script(&mut self, name: &str, base: &Url, script: &Script, faults: &mut Vec<PageFault>) {
        for call in &script.calls {
            let warned = match call {
                Call::NewFunction => Warned::NewFunction,
                Call::Eval => Warned::Eval,
                Call::RegisterWorker => Warned::ServiceWorker,
                Call::StartWorker => Warned::Worker,
                Call::CreatePolicy(name) => Warned::TrustedTypes { name: name.clone() },
                Call::AddStyle => Warned::Style,
                Call::DefineElement(_) => continue,
            };
            self.warn(name, warned);
        }
        if script.makes_style_attributes {
            self.warn(name, Warned::AnyStyleAttribute);
        } else if !script.style_attributes.is_empty() {
            self.warn(name, Warned::StyleAttribute);
        }
        let digest = |text: &String| Digest::of(self.known.algorithm(), text.as_bytes());
        self.styles.extend(script.styles.iter().map(digest));
        let attributes = script.style_attributes.iter();
        self.style_attributes.extend(attributes.map(digest));
        self.prefetches |= script.prefetches;
        self.holds.extend(&script.holds);
        for import in &script.imports {
            faults.extend(self.import(name, base, import));
        }
    }

    fn import(&mut self, name: &str, base: &Url, import: &Import) -> Option<PageFault> {
        let script = || name.to_owned();
        let specifier = || foreign::specifier(&import.specifier);
        let Some(url) = self.resolver.resolve(&import.specifier, base) else {
            let first = import.specifier.split('/').next().unwrap_or_default();
            let is_node = import.loading == Loading::Late && NODE.contains(&first);
            return (!is_node).then(|| PageFault::BareImport {
                script: script(),
                specifier: specifier(),
            });
        };
        if let Some(file) = self.known.at(&url) {
            self.open.extend(self.known.app_script(file.path));
            if file.path != url.path() || url.query().is_some() {
                let query = url.query().map(|query| format!("?{query}"));
                let spelt = format!("{}{}", url.path(), query.unwrap_or_default());
                self.spellings.insert(spelt, file.path);
                let path = file.path.to_owned();
                let specifier = specifier();
                self.warn(name, Warned::Spelling { specifier, path });
            }
            return None;
        }
        if url.origin() == self.known.page().origin() {
            return Some(PageFault::LostImport {
                script: script(),
                specifier: specifier(),
                path: shown(url.path()),
            });
        }
        if url.origin().is_none() {
            // `node:fs`, `data:`: whatever it is for, nothing is fetched; but what needs it doesn't run.
            let is_ahead = import.loading == Loading::Ahead;
            return is_ahead.then(|| PageFault::BareImport {
                script: script(),
                specifier: specifier(),
            });
        }
        if import.loading == Loading::Ahead {
            return Some(PageFault::ForeignImport {
                script: script(),
                specifier: specifier(),
            });
        }
        let specifier = specifier();
        self.warn(name, Warned::Foreign { specifier });
        None
    }

    fn warn(&mut self, script: &str, what: Warned) {
        let warning = PageWarning::new(script, what);
        if self.said.insert(warning.clone()) {
            self.warnings.push(warning);
        }
    }
}
