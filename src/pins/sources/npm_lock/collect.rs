//! Gathers the entries of a lock file, one a version, and notes where they disagree.

use std::collections::HashMap;

use super::super::{RegistryHost, RegistryIntegrity, Stated};
use super::{LockFault, LockedPackage, NoIntegrity};
use crate::errors::Errors;
use crate::foreign;

pub(super) struct Collector<'a> {
    names: &'a [&'a str],
    packages: Vec<LockedPackage>,
    /// Where in the list each version is.
    places: HashMap<(String, Option<String>), usize>,
    errors: Vec<LockFault>,
}

/// An entry as a lock file has it.
pub(super) struct Entry<'a> {
    pub(super) name: &'a str,
    pub(super) version: Option<&'a str>,
    pub(super) integrity: Result<&'a str, NoIntegrity>,
    pub(super) resolved: Option<&'a str>,
    pub(super) place: String,
}

impl<'a> Collector<'a> {
    pub(super) fn new(names: &'a [&'a str]) -> Self {
        Self {
            names,
            packages: Vec::new(),
            places: HashMap::new(),
            errors: Vec::new(),
        }
    }

    pub(super) fn wants(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    pub(super) fn error(&mut self, error: LockFault) {
        self.errors.push(error);
    }

    /// Takes an entry, if it is one of those asked for.
    pub(super) fn take(&mut self, entry: Entry<'_>) {
        if !self.wants(entry.name) {
            return;
        }
        let place = entry.place;
        if let Some(version) = entry.version
            && !is_exact(version)
        {
            return self.error(LockFault::PackageVersion {
                place: under(&place, "version"),
                found: foreign::key(version),
            });
        }
        let registry = match entry.resolved.map(RegistryHost::of_url) {
            Some(None) => {
                return self.error(LockFault::Resolved {
                    place: under(&place, "resolved"),
                });
            }
            Some(host) => host,
            None => None,
        };
        let integrity = match entry.integrity.map(str::parse::<RegistryIntegrity>) {
            Ok(Err(fault)) => {
                return self.error(LockFault::Integrity {
                    place: under(&place, "integrity"),
                    fault,
                });
            }
            Ok(Ok(integrity)) => Ok(integrity),
            Err(why) => Err(why),
        };
        self.merge(LockedPackage {
            name: entry.name.to_owned(),
            version: entry.version.map(str::to_owned),
            integrity,
            registry,
            also_from: Vec::new(),
            place,
        });
    }

    /// One version may be installed in several places; all must say the same.
    fn merge(&mut self, new: LockedPackage) {
        let version = (new.name.clone(), new.version.clone());
        let place = *self.places.entry(version).or_insert(self.packages.len());
        let Some(known) = self.packages.get_mut(place) else {
            self.packages.push(new);
            return;
        };
        let package = match &new.version {
            Some(version) => format!("{}@{version}", new.name),
            None => new.name.clone(),
        };
        if let (Ok(one), Ok(other)) = (&known.integrity, &new.integrity)
            && one.contradicts(other)
        {
            self.errors.push(LockFault::Contradiction {
                package: package.clone(),
                one: stated(one, &known.place),
                other: stated(other, &new.place),
            });
        }
        if let (Some(one), Some(other)) = (&known.registry, &new.registry)
            && one != other
        {
            let strong = |package: &LockedPackage| match &package.integrity {
                Ok(RegistryIntegrity::Strong(strong)) => Some(strong.clone()),
                _ => None,
            };
            if strong(known).is_some() && strong(known) == strong(&new) {
                if !known.also_from.contains(other) {
                    known.also_from.push(other.clone());
                }
                return;
            }
            self.errors.push(LockFault::TwoHosts {
                package,
                one: stated(one, &known.place),
                other: stated(other, &new.place),
            });
        }
        // The stronger statement stays; of two that are equally strong, the first.
        let rank = |p: &LockedPackage| p.integrity.as_ref().ok().map(RegistryIntegrity::rank);
        if rank(&new) > rank(known) {
            known.integrity = new.integrity;
            known.place = new.place;
        }
        if known.registry.is_none() {
            known.registry = new.registry;
        }
    }

    pub(super) fn finish(mut self) -> Result<Vec<LockedPackage>, Errors<LockFault>> {
        Errors::check(self.errors)?;
        self.packages
            .sort_by(|one, two| (&one.name, &one.version).cmp(&(&two.name, &two.version)));
        Ok(self.packages)
    }
}

#[allow(clippy::unnecessary_box_returns)] // the errors hold boxes, to stay small
pub(super) fn stated<T: Clone>(value: &T, place: &str) -> Box<Stated<T>> {
    Box::new(Stated {
        value: value.clone(),
        place: place.to_owned(),
    })
}

/// A place one key deeper.
pub(super) fn under(place: &str, key: &str) -> String {
    format!("{place} > {}", foreign::key(key))
}

/// Name and rest of `name@rest`: splits at the `@` that doesn't begin a scope.
pub(super) fn split_name(text: &str) -> Option<(&str, &str)> {
    let scope = usize::from(text.starts_with('@'));
    let at = text.get(scope..)?.find('@')? + scope;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Whether a text has the form of an exact version: `1.5.0`, `0.18.0-beta.1`. The form alone; the
/// order of versions is not this module's matter.
pub(in super::super) fn is_exact(version: &str) -> bool {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<&str> = core.split('.').collect();
    version.len() <= 64
        && numbers.len() == 3
        && numbers
            .iter()
            .all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        && version
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".-+".contains(&b))
}
