//! npm: `package-lock.json` and `npm-shrinkwrap.json`.
//!
//! Format: <https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json>. Version 1 has a
//! tree of `dependencies`, version 3 a flat map of `packages` by their path, version 2 both, of
//! which npm 7 and later read `packages` only. Both are read here, and have to agree.

use super::super::json;
use super::super::tree::Node;
use super::collect::{Collector, Entry, under};
use super::{LockFault, LockFormat, NoIntegrity};

const FORMAT: LockFormat = LockFormat::Npm;

pub(super) fn read(text: &str, collector: &mut Collector<'_>) -> Result<(), LockFault> {
    let root = json::read(text).map_err(|fault| FORMAT.fault(fault))?;
    let version = root.text_of("lockfileVersion");
    let (flat, tree) = match version {
        Some("1") => (false, true),
        Some("2") => (true, true),
        Some("3") => (true, false),
        _ => {
            return Err(LockFault::FormatVersion {
                format: FORMAT,
                found: version.map_or_else(|| "none".to_owned(), crate::foreign::key),
                known: "1, 2 and 3",
            });
        }
    };
    if flat {
        let packages = map(&root, "packages")?;
        for (path, package) in packages {
            take_flat(path, package, collector);
        }
    }
    // A project without dependencies has no such key.
    if tree && root.get("dependencies").is_some() {
        map(&root, "dependencies")?;
        take_tree(&root, "", collector);
    }
    Ok(())
}

fn map<'a>(root: &'a Node, key: &str) -> Result<&'a [(String, Node)], LockFault> {
    match root.get(key) {
        Some(Node::Map(entries)) => Ok(entries),
        _ => Err(LockFault::Shape {
            place: key.to_owned(),
            needed: "an object of packages",
        }),
    }
}

/// An entry of `packages`, whose key is its path in the project.
fn take_flat(path: &str, package: &Node, collector: &mut Collector<'_>) {
    // The root ("") and the folders of workspaces are the user's own packages; what is installed
    // lies in `node_modules`.
    let Some((_, folder)) = path.rsplit_once("node_modules/") else {
        return;
    };
    // An alias lies in a folder of another name, and then the real one is written.
    let name = package.text_of("name").unwrap_or(folder);
    take(name, package, under("packages", path), collector);
}

/// The `dependencies` of version 1, which nest. The parser's limit keeps the depth small.
fn take_tree(parent: &Node, place: &str, collector: &mut Collector<'_>) {
    let Some(dependencies) = parent.get("dependencies") else {
        return;
    };
    for (key, package) in dependencies.entries() {
        let place = match place {
            "" => under("dependencies", key),
            deeper => under(&format!("{deeper} > dependencies"), key),
        };
        take_tree(package, &place, collector);
        match alias(package.text_of("version")) {
            Some((name, version)) => {
                let entry = entry(name, Some(version), package, place);
                collector.take(entry);
            }
            None => take(key, package, place, collector),
        }
    }
}

/// `npm:name@version`, as an alias is written in version 1.
fn alias(version: Option<&str>) -> Option<(&str, &str)> {
    version?.strip_prefix("npm:")?.rsplit_once('@')
}

fn take(name: &str, package: &Node, place: String, collector: &mut Collector<'_>) {
    if !collector.wants(name) {
        return;
    }
    for key in ["version", "integrity"] {
        if package.get(key).is_some_and(|value| value.text().is_none()) {
            return collector.error(LockFault::Shape {
                place: under(&place, key),
                needed: "a text",
            });
        }
    }
    if package.entries().is_empty() {
        return collector.error(LockFault::Shape {
            place,
            needed: "an object with `version`, `resolved` and `integrity`",
        });
    }
    collector.take(entry(name, package.text_of("version"), package, place));
}

fn entry<'a>(
    name: &'a str,
    version: Option<&'a str>,
    package: &'a Node,
    place: String,
) -> Entry<'a> {
    let integrity = package.text_of("integrity");
    // `resolved` is `false` or missing where npm was told to leave it out.
    let resolved = package.text_of("resolved");
    let from_registry = |url: &str| url.starts_with("https://") || url.starts_with("http://");
    // In version 1 what is not a registry's has its URL or file as the version.
    let version_elsewhere = version.is_some_and(|v| v.contains([':', '/']));
    let elsewhere = version_elsewhere || resolved.is_some_and(|url| !from_registry(url));
    let why = if package.is_true("link") {
        Some(NoIntegrity::LINK)
    } else if package.is_true("inBundle") || package.is_true("bundled") {
        Some(NoIntegrity::BUNDLED)
    } else if elsewhere {
        Some(NoIntegrity::NOT_FROM_REGISTRY)
    } else {
        None
    };
    match why {
        Some(why) => Entry {
            name,
            version: version.filter(|_| !version_elsewhere),
            integrity: Err(why),
            resolved: None,
            place,
        },
        None => Entry {
            name,
            version: Some(version.unwrap_or_default()),
            integrity: integrity.ok_or(NoIntegrity::MISSING),
            resolved,
            place,
        },
    }
}
