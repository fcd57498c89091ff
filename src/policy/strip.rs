//! The set of headers to strip, tested in a few instructions.

use std::collections::BTreeSet;

use http::HeaderName;

/// Names to strip. Nearly every header that is asked for is not in it, so a filter of 256 bits
/// over length and two letters answers first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct StripList {
    filter: [u64; 4],
    names: BTreeSet<String>,
}

impl StripList {
    pub(super) fn new(names: impl IntoIterator<Item = &'static str>) -> Self {
        let mut list = Self::default();
        for name in names {
            let (word, bit) = place(name);
            list.filter[word] |= bit;
            list.names.insert(name.to_owned());
        }
        list
    }

    pub(super) fn contains(&self, name: &HeaderName) -> bool {
        let (word, bit) = place(name.as_str());
        self.filter[word] & bit != 0 && self.names.contains(name.as_str())
    }
}

/// Word and bit of a name in the filter.
#[allow(clippy::cast_possible_truncation)] // a hash: the low bits of the length are what it wants
fn place(name: &str) -> (usize, u64) {
    let bytes = name.as_bytes();
    let mix = match bytes {
        [first, .., last] => first.wrapping_mul(31) ^ last.wrapping_mul(7) ^ bytes.len() as u8,
        _ => 0,
    };
    (usize::from(mix >> 6), 1 << (mix & 63))
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::StripList;
    use crate::header;

    #[test]
    fn listed_names_are_found_and_others_are_not() {
        let list = StripList::new(header::STRIP.iter().copied());
        for name in header::STRIP {
            assert!(list.contains(&HeaderName::from_static(name)), "{name}");
        }
        for name in [
            "content-type",
            "content-length",
            "set-cookie",
            "date",
            "etag",
            "x",
            "vary",
        ] {
            assert!(!list.contains(&HeaderName::from_static(name)), "{name}");
        }
    }
}
