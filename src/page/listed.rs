//! Which scripts a page's policy names where it is too long with all of them: a package has hundreds in its
//! folder, and the page loads a few.

use std::collections::{BTreeMap, BTreeSet};

use super::PageWarning;
use super::error::PageFault;
use super::graph::{Entry, Graph};
use super::import_map::Merged;
use super::known::Known;
use super::warning::Warned;
use crate::app::Script;
use crate::errors::Errors;
use crate::javascript::file_name;
use crate::policy::{CompiledPolicy, Guarded, Policy, PolicyError, Resource};
use crate::sri::Digest;
use crate::url::path_in_policy;

/// Compiles a page's policy with the hashes of all scripts, or else of those that it is seen to load.
pub(super) fn compile(
    policy: &Policy,
    mut guarded: Guarded,
    entries: &[Entry],
    known: &Known<'_>,
    map: &Merged,
) -> Result<(CompiledPolicy, Vec<PageWarning>), Errors<PageFault>> {
    let own = guarded.scripts.len();
    let hashes = known.scripts().map(|(_, digest)| digest);
    guarded.scripts.extend(hashes);
    let is_too_long =
        |errors: &Errors<PolicyError>| errors.iter().any(|error| error.too_long().is_some());
    match policy.compile_guarded(&guarded) {
        Ok(compiled) => return Ok((compiled, Vec::new())),
        Err(errors) if !is_too_long(&errors) => return Err(errors.map(PageFault::Policy)),
        Err(_) => {}
    }
    let listed = Listed::find(entries, known, map, &policy.named(Resource::Script));
    // The browser still has their digests to check, from the import map and the guard.
    let by_folder = |path: &str| policy.allows_scripts_below(&path_in_policy(path));
    let all = known.scripts();
    let needed = all.filter(|(path, _)| listed.has(path, known) && !by_folder(path));
    let needed: Vec<(&str, Digest)> = needed.collect();
    guarded.scripts.truncate(own);
    let hashes = needed.iter().map(|(_, digest)| *digest);
    guarded.scripts.extend(hashes);
    match policy.compile_guarded(&guarded) {
        Ok(compiled) => Ok((compiled, listed.warnings(known, policy))),
        Err(errors) => {
            let scripts: Vec<&str> = needed.iter().map(|(path, _)| *path).collect();
            Err(errors.map(|error| known.policy_fault(error, &scripts)))
        }
    }
}

/// The folder below the page's base in which a path is, or that base.
fn outermost(path: &str, known: &Known<'_>) -> String {
    let base = known.base().path();
    let below = path.strip_prefix(base);
    let folder = below.and_then(|below| below.split_once('/'));
    folder.map_or_else(|| base.to_owned(), |(folder, _)| format!("{base}{folder}/"))
}

/// The application's scripts of a page, those that it may load and those that it is not seen to.
struct Listed<'b> {
    named: BTreeSet<&'b str>,
    /// Folders of which the policy names some itself.
    declared: BTreeSet<String>,
}

/// The names of files in a script, without those that it imports: these are followed by their paths.
fn named_by(script: &Script) -> impl Iterator<Item = &String> {
    let imports = script.imports.iter();
    let imported: BTreeSet<&str> = imports
        .filter_map(|import| file_name(&import.specifier))
        .collect();
    let names = script.names.iter();
    names.filter(move |name| !imported.contains(name.as_str()))
}

impl<'b> Listed<'b> {
    /// Those that the page's tags and its code name, by whatever path, and so on from these; and those that
    /// the policy names, by file or by folder.
    fn find(entries: &[Entry], known: &Known<'b>, map: &Merged, declared: &[String]) -> Self {
        let mut by_name: BTreeMap<&str, Vec<&'b str>> = BTreeMap::new();
        let all = || known.scripts().map(|(path, _)| path);
        for path in all() {
            let name = path.rsplit('/').next().unwrap_or(path);
            let stem = name.rsplit_once('.').map(|(stem, _)| stem);
            for name in stem.into_iter().chain([name]) {
                by_name.entry(name).or_default().push(path);
            }
        }
        let is_declared = |path: &str| {
            let path = path_in_policy(path);
            declared.iter().any(|location| {
                *location == path || location.ends_with('/') && path.starts_with(location)
            })
        };
        let mut next: Vec<&str> = all().filter(|path| is_declared(path)).collect();
        let mut named = Graph::walk(entries, known, map, &mut Vec::new()).reached;
        let inline = entries.iter().filter_map(|entry| match entry {
            Entry::Inline(_, script) => Some(script),
            Entry::File(_) => None,
        });
        let mut fresh: Vec<&Script> = inline.collect();
        fresh.extend(named.iter().filter_map(|path| known.script(path)));
        loop {
            let words = fresh.iter().flat_map(|script| named_by(script));
            next.extend(
                words
                    .filter_map(|name| by_name.get(name.as_str()))
                    .flatten(),
            );
            next.retain(|path| !named.contains(path));
            if next.is_empty() {
                break;
            }
            let new = next.drain(..).map(|path| Entry::File(path.to_owned()));
            let new: Vec<Entry> = new.collect();
            // What is wrong with one that may never be loaded keeps no page from being compiled.
            let mut found = Graph::walk(&new, known, map, &mut Vec::new()).reached;
            found.retain(|path| !named.contains(path));
            fresh = found.iter().filter_map(|path| known.script(path)).collect();
            named.extend(found);
        }
        Self {
            named,
            declared: declared.iter().map(|path| outermost(path, known)).collect(),
        }
    }

    fn has(&self, path: &str, known: &Known<'_>) -> bool {
        self.named.contains(path) || known.app_script(path).is_none()
    }

    /// What is said of those that are not among them: by the folder that is first in the path. Who names
    /// scripts of one in the policy knows.
    fn warnings(&self, known: &Known<'b>, policy: &Policy) -> Vec<PageWarning> {
        let mut left: BTreeMap<String, usize> = BTreeMap::new();
        let all = known.scripts().map(|(path, _)| path);
        let others = all.filter(|path| {
            !self.has(path, known) && !policy.allows_scripts_below(&path_in_policy(path))
        });
        for path in others {
            let folder = outermost(path, known);
            *left.entry(folder).or_default() += 1;
        }
        left.retain(|folder, _| !self.declared.contains(folder));
        let left = left.into_iter();
        left.map(|(folder, count)| PageWarning::new(&folder, Warned::Unlisted { count }))
            .collect()
    }
}
