//! Compares the SDK's files with a published list of digests.

use std::collections::BTreeSet;

use super::path::ends_in;
use super::{Published, PublishedError, PublishedFault};
use crate::sri::{Algorithm, Digest, Integrity};

/// The result of comparing files with a publisher's list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Comparison {
    /// Files that are the published ones.
    pub published: Vec<String>,
    /// Files that the list doesn't mention.
    pub not_covered: Vec<String>,
    /// Files that are not the published ones
    /// ([`PublishedErrorKind::Differs`](super::PublishedErrorKind)), or for which the list is
    /// ambiguous ([`PublishedErrorKind::Contradiction`](super::PublishedErrorKind)).
    pub contradictions: Vec<PublishedError>,
    /// Paths of the list that no file was found for.
    pub unused: Vec<String>,
}

impl Published {
    /// Compares files with the list. `digest_of` hashes a file by the algorithm of its entry.
    ///
    /// A path of the list refers to a file if both are the same, if the list's has more folders in
    /// front (`node_modules/@azure/ai-vision-face-ui/...`), or if it has fewer and only one file
    /// ends in it (`i18n/en.json`, but not `en.json` of which there are many).
    ///
    /// # Errors
    /// The errors of `digest_of`.
    pub fn compare<E>(
        &self,
        files: &[&str],
        mut digest_of: impl FnMut(&str, Algorithm) -> Result<Digest, E>,
    ) -> Result<Comparison, E> {
        let mut result = Comparison::default();
        let mut used = BTreeSet::new();
        for &file in files {
            let meant = self.meant(file, files);
            used.extend(meant.iter().copied());
            let mut entries = meant
                .iter()
                .filter_map(|path| self.entries.get_key_value(*path));
            let Some((path, stated)) = entries.next() else {
                result.not_covered.push(file.to_owned());
                continue;
            };
            if let Some((other, _)) = entries.find(|(_, other)| other.value != stated.value) {
                let fault = PublishedFault::Ambiguous {
                    path: file.to_owned(),
                    one: path.clone(),
                    other: other.clone(),
                };
                result.contradictions.push(fault.into());
                continue;
            }
            let found = digest_of(file, stated.value.algorithm())?;
            if stated.value.strongest().any(|digest| *digest == found) {
                result.published.push(file.to_owned());
            } else {
                let fault = PublishedFault::Differs {
                    path: file.to_owned(),
                    found,
                    published: Box::new(stated.clone()),
                };
                result.contradictions.push(fault.into());
            }
        }
        result.unused = self
            .entries
            .keys()
            .filter(|path| !used.contains(path.as_str()))
            .cloned()
            .collect();
        Ok(result)
    }

    /// The integrity of exactly this path.
    pub fn get(&self, path: &str) -> Option<&Integrity> {
        self.entries.get(path).map(|stated| &stated.value)
    }

    /// The paths of the list that mean a file.
    fn meant(&self, file: &str, files: &[&str]) -> Vec<&str> {
        if let Some((path, _)) = self.entries.get_key_value(file) {
            return vec![path];
        }
        let paths = || self.entries.keys().map(String::as_str);
        let longer: Vec<&str> = paths().filter(|path| ends_in(path, file)).collect();
        if !longer.is_empty() {
            return longer;
        }
        paths()
            .filter(|path| {
                ends_in(file, path)
                    && !files.contains(path)
                    && files.iter().filter(|other| ends_in(other, path)).count() == 1
            })
            .collect()
    }
}
