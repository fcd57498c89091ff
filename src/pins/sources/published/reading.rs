//! The entries of a published list of digests, collected while it is read.

use std::collections::BTreeMap;

use super::error::PublishedFault;
use super::path;
use crate::pins::sources::Stated;
use crate::sri::{Algorithm, Digest, Integrity};

/// What has been read so far.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) entries: BTreeMap<String, Stated<Integrity>>,
    pub(super) errors: Vec<PublishedFault>,
}

impl Reading {
    /// After so many faults the rest tells nothing new: it is another kind of file.
    const MOST_FAULTS: usize = 50;

    pub(super) fn full(&self) -> bool {
        self.errors.len() >= Self::MOST_FAULTS
    }

    pub(super) fn error(&mut self, error: PublishedFault) {
        if !self.full() {
            self.errors.push(error);
        }
    }

    /// A path with an integrity in the text form.
    pub(super) fn text(&mut self, path: &str, integrity: &str, place: String) {
        let weak = integrity
            .split_ascii_whitespace()
            .map(|word| word.split('-').next().unwrap_or(word))
            .find(|name| is_weak(name));
        match (weak, integrity.parse::<Integrity>()) {
            (_, Ok(integrity)) => self.add(path, integrity, place),
            (Some(name), Err(_)) => self.error(PublishedFault::Weak {
                place,
                name: name.to_ascii_lowercase(),
            }),
            (None, Err(fault)) => self.error(PublishedFault::Integrity { place, fault }),
        }
    }

    /// A path with hexadecimal digits, whose algorithm is named or known by their number.
    pub(super) fn hex(&mut self, path: &str, named: Option<&str>, digits: &str, place: String) {
        if let Some(name) = named.filter(|name| is_weak(name)) {
            let name = name.to_ascii_lowercase();
            return self.error(PublishedFault::Weak { place, name });
        }
        let by_length = match digits.len() {
            32 => Err("md5"),
            40 => Err("sha1"),
            56 => Err("sha224"),
            length => Ok(Algorithm::ALL
                .into_iter()
                .find(|algorithm| algorithm.digest_len() * 2 == length)),
        };
        let algorithm = match (named, by_length) {
            (Some(name), _) => algorithm(name),
            (None, Ok(algorithm)) => algorithm,
            (None, Err(weak)) => {
                return self.error(PublishedFault::Weak {
                    place,
                    name: weak.to_owned(),
                });
            }
        };
        let digest = algorithm
            .and_then(|algorithm| Digest::from_bytes(algorithm, &crate::hex::decode(digits)?).ok());
        match digest {
            Some(digest) => self.add(path, digest.into(), place),
            None => self.error(PublishedFault::Digest { place }),
        }
    }

    fn add(&mut self, path: &str, integrity: Integrity, place: String) {
        let Some(path) = path::normal(path) else {
            return self.error(PublishedFault::Path {
                path: crate::foreign::key(path),
                place,
            });
        };
        let new = Stated {
            value: integrity,
            place,
        };
        let Some(known) = self.entries.get_mut(&path) else {
            self.entries.insert(path, new);
            return;
        };
        if let Some(both) = together(&known.value, &new.value) {
            known.value = both;
            return;
        }
        let error = PublishedFault::Contradiction {
            path,
            one: Box::new(known.clone()),
            other: Box::new(new),
        };
        self.error(error);
    }
}

/// Two statements on one file, where they don't exclude each other: all digests of both.
fn together(one: &Integrity, other: &Integrity) -> Option<Integrity> {
    let of = |integrity: &Integrity, algorithm| -> Vec<Digest> {
        let same = |digest: &&Digest| digest.algorithm() == algorithm;
        integrity.digests().filter(same).copied().collect()
    };
    let mut all: Vec<String> = Vec::new();
    for algorithm in Algorithm::ALL {
        let (first, second) = (of(one, algorithm), of(other, algorithm));
        if !first.is_empty() && !second.is_empty() && first != second {
            return None;
        }
        let known = if first.is_empty() { second } else { first };
        all.extend(known.iter().map(Digest::to_string));
    }
    all.join(" ").parse().ok()
}

pub(super) fn is_weak(name: &str) -> bool {
    let name = plain(name);
    ["md4", "md5", "sha", "sha1", "sha224", "ripemd160", "crc32"].contains(&name.as_str())
}

/// `SHA384`, `sha-384`, `SHA2-384`: as tools write it.
pub(super) fn algorithm(name: &str) -> Option<Algorithm> {
    let name = plain(name);
    let name = match name.strip_prefix("sha2") {
        Some(rest) if rest.len() == 3 && name.len() == 7 => format!("sha{rest}"),
        _ => name,
    };
    name.parse().ok()
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| *c != '-' && *c != '_')
        .map(|c| c.to_ascii_lowercase())
        .collect()
}
