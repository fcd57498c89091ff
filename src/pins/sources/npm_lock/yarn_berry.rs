//! yarn 2 and later: YAML, with a checksum that no tarball can be checked with.
//!
//! Format: <https://yarnpkg.com/configuration/yarnrc#checksumBehavior> and yarn's
//! `Project.generateLockfile`.

use super::super::shown::shown;
use super::super::tree::{Fault, Node};
use super::super::yaml;
use super::collect::{Collector, Entry, split_name, under};
use super::{LockError, LockFormat, NoIntegrity};

const FORMAT: LockFormat = LockFormat::YarnBerry;

pub(super) fn read(text: &str, collector: &mut Collector<'_>) -> Result<(), LockError> {
    let documents = yaml::read(text).map_err(|fault| FORMAT.fault(fault))?;
    let [root] = documents.as_slice() else {
        return Err(FORMAT.fault(Fault {
            line: 1,
            column: 1,
            reason: format!("{} YAML documents where there is one", documents.len()),
        }));
    };
    let version = root.get("__metadata").and_then(|m| m.text_of("version"));
    let known = version
        .and_then(|v| v.parse().ok())
        .is_some_and(|v: u32| (4..=10).contains(&v));
    if !known {
        return Err(LockError::FormatVersion {
            format: FORMAT,
            found: version.map_or_else(|| "none".to_owned(), shown),
            known: "4 to 10",
        });
    }
    for (key, package) in root.entries() {
        if key != "__metadata" {
            take(key, package, collector);
        }
    }
    Ok(())
}

fn take(key: &str, package: &Node, collector: &mut Collector<'_>) {
    // `@scope/name@npm:1.5.0`, also for an alias: the resolution names the real package.
    let Some((name, reference)) = package.text_of("resolution").and_then(split_name) else {
        return collector.error(LockError::Shape {
            place: under(&shown(key), "resolution"),
            needed: "`name@npm:version`",
        });
    };
    let from_registry = reference.starts_with("npm:");
    let linked = ["workspace:", "link:", "portal:"]
        .iter()
        .any(|protocol| reference.starts_with(protocol));
    let why = if linked {
        NoIntegrity::Link
    } else if !from_registry {
        NoIntegrity::NotFromRegistry
    } else if package.get("checksum").is_some() {
        NoIntegrity::YarnCacheChecksum
    } else {
        NoIntegrity::Missing
    };
    collector.take(Entry {
        name,
        // A workspace's version is `0.0.0-use.local` and says nothing.
        version: if linked {
            None
        } else {
            Some(package.text_of("version").unwrap_or_default())
        },
        integrity: Err(why),
        resolved: None,
        place: shown(key),
    });
}
