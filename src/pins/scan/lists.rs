//! The digests that the publisher gave.

use std::collections::BTreeSet;

use super::super::PinFault;
use super::super::sources::{Published, PublishedErrorKind};
use super::read::Read;
use crate::foreign::shown;
use crate::sri::{Algorithm, Digest};

/// The paths of the files that stand in one of the lists with the digest that they have.
///
/// `digest_of` hashes a file by an algorithm other than the scan's; it gives `None` after adding
/// an error.
pub(super) fn compare(
    given: &[(String, Vec<u8>)],
    files: &[Read],
    overridden: impl Fn(&str) -> bool,
    mut digest_of: impl FnMut(&Read, Algorithm, &mut Vec<PinFault>) -> Option<Digest>,
    errors: &mut Vec<PinFault>,
) -> BTreeSet<String> {
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let mut found = BTreeSet::new();
    for (name, content) in given {
        let name = shown(name);
        let wrong = |error| PinFault::Published {
            file: name.clone(),
            error: Box::new(error),
        };
        let list = match Published::read(content) {
            Ok(list) => list,
            Err(faults) => {
                errors.extend(faults.into_iter().map(wrong));
                continue;
            }
        };
        // A file that can't be hashed again was reported by `digest_of`, and ends the comparison.
        let compared = list.compare(&paths, |path, algorithm| {
            files
                .iter()
                .find(|file| file.path == path)
                .and_then(|file| digest_of(file, algorithm, errors))
                .ok_or(())
        });
        let Ok(compared) = compared else { continue };
        if compared.published.is_empty() && compared.contradictions.is_empty() {
            errors.push(PinFault::PublishedOfSomethingElse { file: name.clone() });
        }
        errors.extend(
            compared
                .contradictions
                .into_iter()
                .filter(|fault| {
                    fault.kind() != PublishedErrorKind::Differs || !overridden(fault.path())
                })
                .map(wrong),
        );
        found.extend(compared.published);
    }
    found
}
