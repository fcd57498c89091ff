//! pnpm: `pnpm-lock.yaml`, versions 5.x, 6.x and 9.x.
//!
//! Format: <https://github.com/pnpm/spec/tree/master/lockfile>. A package's key was
//! `/@scope/name/1.5.0_peers` in 5.x, `/@scope/name@1.5.0(peers)` in 6.x and is
//! `@scope/name@1.5.0` in 9.x. What is from no registry has its URL there, and the version in a field.

use super::super::tree::Node;
use super::super::yaml;
use super::collect::{Collector, Entry, is_exact, split_name, under};
use super::{LockFault, LockFormat, NoIntegrity};
use crate::foreign;

const FORMAT: LockFormat = LockFormat::Pnpm;

#[derive(Clone, Copy)]
enum Keys {
    /// `/name/1.5.0_peers`, with a host in front where it isn't the default registry.
    Slash,
    /// `/name@1.5.0(peers)` or `name@1.5.0(peers)`.
    At,
}

pub(super) fn read(text: &str, collector: &mut Collector<'_>) -> Result<(), LockFault> {
    // pnpm 11 may write a document of its own settings in front.
    let documents = yaml::read(text).map_err(|fault| FORMAT.fault(fault))?;
    for root in &documents {
        let version = root.text_of("lockfileVersion");
        let keys = match version.map(|v| v.split('.').next().unwrap_or(v)) {
            Some("5") => Keys::Slash,
            Some("6" | "9") => Keys::At,
            _ => {
                return Err(LockFault::FormatVersion {
                    format: FORMAT,
                    found: version.map_or_else(|| "none".to_owned(), foreign::key),
                    known: "5.x, 6.x and 9.x",
                });
            }
        };
        match root.get("packages") {
            Some(Node::Map(packages)) => {
                for (key, package) in packages {
                    take(key, package, keys, collector);
                }
            }
            // A project without dependencies has none.
            None | Some(Node::Null) => {}
            Some(_) => {
                return Err(LockFault::Shape {
                    place: "packages".to_owned(),
                    needed: "a map of packages",
                });
            }
        }
    }
    Ok(())
}

fn take(key: &str, package: &Node, keys: Keys, collector: &mut Collector<'_>) {
    // What is from no registry (or from another one, in 5.x) has its name written out.
    let by_key = split(key, keys);
    let Some((name, version)) = named(package, by_key).or(by_key) else {
        return;
    };
    if !collector.wants(name) {
        return;
    }
    let place = under("packages", key);
    let Some(resolution) = package.get("resolution") else {
        return collector.error(LockFault::Shape {
            place: under(&place, "resolution"),
            needed: "a map with `integrity`",
        });
    };
    let tarball = resolution.text_of("tarball");
    let from_url = |url: &str| url.starts_with("https://") || url.starts_with("http://");
    let url_as_version = by_key.is_none_or(|(_, version)| version.contains([':', '/']));
    let elsewhere = url_as_version
        || resolution.is_true("gitHosted")
        || resolution.text_of("type").is_some()
        || resolution.get("directory").is_some()
        || resolution.get("commit").is_some()
        || tarball.is_some_and(|url| url.starts_with("file:"));
    let integrity = resolution.text_of("integrity");
    let not_text = |key: &str| resolution.get(key).is_some_and(|v| v.text().is_none());
    if not_text("integrity") || not_text("tarball") {
        return collector.error(LockFault::Shape {
            place: under(&place, "resolution"),
            needed: "a map with a text `integrity`",
        });
    }
    collector.take(Entry {
        name,
        version: Some(version).filter(|version| !elsewhere || is_exact(version)),
        integrity: if elsewhere {
            Err(NoIntegrity::NOT_FROM_REGISTRY)
        } else {
            integrity.ok_or(NoIntegrity::MISSING)
        },
        // Without a host the URL is relative to the registry of `.npmrc`, which isn't read.
        resolved: tarball.filter(|url| !elsewhere && from_url(url)),
        place,
    });
}

/// Name and version as fields; 9.x writes the version alone, where the key holds the name.
fn named<'a>(package: &'a Node, by_key: Option<(&'a str, &'a str)>) -> Option<(&'a str, &'a str)> {
    let version = package.text_of("version")?;
    let name = package.text_of("name").or(by_key.map(|(name, _)| name))?;
    Some((name, version))
}

/// Name and version of a key.
fn split(key: &str, keys: Keys) -> Option<(&str, &str)> {
    match keys {
        Keys::Slash => {
            // `/name/1.5.0`, or `host/name/1.5.0`.
            let path = key.split_once('/')?.1;
            let (name, version) = path.rsplit_once('/')?;
            Some((name, version.split('_').next()?))
        }
        Keys::At => {
            let path = key.strip_prefix('/').unwrap_or(key);
            split_name(path.split('(').next()?)
        }
    }
}
