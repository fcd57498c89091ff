//! Where the specifiers in scripts lead, by the page's import map ([HTML, "resolve a module
//! specifier"]).
//!
//! [HTML, "resolve a module specifier"]: https://html.spec.whatwg.org/multipage/webappapis.html#resolve-a-module-specifier

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::url::Url;

/// The names of an import map, read once: those that are URLs are compared as URLs.
pub(super) struct Resolver {
    imports: Names,
    /// By the script or the folder that they are for.
    scopes: BTreeMap<String, Names>,
}

/// Where names lead; `None` for one that is blocked.
type Names = BTreeMap<String, Option<Url>>;

impl Resolver {
    /// By a map whose URLs are relative to this one.
    pub(super) fn new(map: &Map<String, Value>, page: &Url) -> Self {
        let object = |name: &str| map.get(name).and_then(Value::as_object);
        let scopes = object("scopes").into_iter().flatten();
        Self {
            imports: object("imports").map_or_else(Names::new, |map| names(map, page)),
            scopes: scopes
                .filter_map(|(scope, map)| {
                    let scope = page.join(scope).ok()?.to_string();
                    Some((scope, names(map.as_object()?, page)))
                })
                .collect(),
        }
    }

    /// Where a specifier leads in a script with this URL; `None` for a bare one that the map doesn't
    /// know, and for what it blocks.
    pub(super) fn resolve(&self, specifier: &str, base: &Url) -> Option<Url> {
        let url = url_like(specifier, base);
        let name = url.as_ref().map_or(specifier.to_owned(), Url::to_string);
        let base = base.to_string();
        let scopes = fitting(&self.scopes, &base).map(|(_, names)| names);
        for names in scopes.chain([&self.imports]) {
            if let Some((key, target)) = fitting(names, &name).next() {
                let target = target.clone()?;
                return match name.get(key.len()..) {
                    None | Some("") => Some(target),
                    // What is behind the name may not lead out of the folder.
                    Some(rest) => {
                        let url = target.join(&format!("./{rest}")).ok();
                        url.filter(|url| url.to_string().starts_with(&target.to_string()))
                    }
                };
            }
        }
        url
    }
}

fn names(map: &Map<String, Value>, page: &Url) -> Names {
    let names = map.iter().map(|(name, target)| {
        let url = url_like(name, page);
        let target = target.as_str().and_then(|target| url_like(target, page));
        (url.map_or(name.clone(), |url| url.to_string()), target)
    });
    names.collect()
}

/// What there is for a name itself, and then for the folders that it is in, the innermost first.
fn fitting<'a, T>(
    all: &'a BTreeMap<String, T>,
    name: &'a str,
) -> impl Iterator<Item = (&'a str, &'a T)> {
    let folders = name.rmatch_indices('/');
    let folders = folders.filter_map(|(at, _)| name.get(..=at));
    let keys = std::iter::once(name).chain(folders);
    // Most pages have no map of their own.
    let keys = keys.take(if all.is_empty() { 0 } else { usize::MAX });
    keys.filter_map(|key| all.get_key_value(key))
        .map(|(key, what)| (key.as_str(), what))
}

/// The URL that a specifier is: one with a scheme, or one that begins with `/`, `./` or `../`.
fn url_like(specifier: &str, base: &Url) -> Option<Url> {
    if ["/", "./", "../"]
        .iter()
        .any(|start| specifier.starts_with(start))
    {
        return base.join(specifier).ok();
    }
    Url::effective(specifier).ok()
}
