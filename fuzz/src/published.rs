//! A publisher's list of digests.

use tower_visor::pins::sources::Published;
use tower_visor::sri::Digest;

use super::{are_messages, is_message, seeds};

/// A list.
pub fn run(data: &[u8]) {
    let list = match Published::read(data) {
        Ok(list) => list,
        Err(errors) => return are_messages(&errors),
    };
    let paths: Vec<&str> = list.entries().map(|(path, _)| path).collect();
    assert!(!paths.is_empty());
    assert!(paths.is_sorted(), "{paths:?}");
    for (path, stated) in list.entries() {
        assert_eq!(list.get(path), Some(&stated.value));
    }
    // A file that no digest was published of is never called published.
    let unheard_of = |_: &str, algorithm| Ok::<_, ()>(Digest::of(algorithm, b"unheard of"));
    let compared = list.compare(&paths, unheard_of).unwrap();
    for path in &compared.published {
        let integrity = list.get(path).expect("a path of the list");
        assert!(integrity.matches(b"unheard of"), "{path}");
    }
    compared
        .contradictions
        .iter()
        .for_each(|error| is_message(error));
    let sorted =
        compared.published.len() + compared.not_covered.len() + compared.contradictions.len();
    assert_eq!(sorted, paths.len());
    assert!(compared.not_covered.is_empty() && compared.unused.is_empty());
    // And what was published is.
    let published = |path: &str, _| {
        let integrity = list.get(path).expect("a path of the list");
        Ok::<_, ()>(*integrity.strongest().next().expect("never empty"))
    };
    assert_eq!(list.compare(&paths, published).unwrap().published, paths);
}

/// One of each kind of line.
pub fn seeds() -> Vec<Vec<u8>> {
    seeds::files("published")
}
