//! What several pages have alike, said once.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

/// The paths of further pages of which the same is true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Others(Vec<String>);

/// So many are named. A site has hundreds of pages, and what is wrong with all of them is in a template.
const NAMED: usize = 2;

impl Others {
    fn add(&mut self, path: String) {
        // What is said of one page comes in a row.
        if self.0.last() != Some(&path) {
            self.0.push(path);
        }
    }
}

impl fmt::Display for Others {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<&str> = self.0.iter().take(NAMED).map(String::as_str).collect();
        match (&named[..], self.0.len().saturating_sub(NAMED)) {
            ([], _) => Ok(()),
            ([one], _) => write!(f, "; the same on {one}"),
            (named, 0) => write!(f, "; the same on {}", named.join(" and ")),
            (named, 1) => write!(f, "; the same on {} and one more page", named.join(", ")),
            (named, more) => {
                write!(
                    f,
                    "; the same on {} and {more} more pages",
                    named.join(", ")
                )
            }
        }
    }
}

/// Something that is said of a page, and may be true of others.
pub(super) trait OfPage {
    /// The page's path, and what is said of it whatever the place; `None` for what is not of a page.
    fn alike(&self) -> Option<(String, String)>;

    /// The others.
    fn others(&mut self) -> Option<&mut Others>;
}

/// What differs in nothing but its place is said of the first page that has it, by each place, and of
/// the others by their paths.
pub(super) fn gathered<T: OfPage>(all: Vec<T>) -> Vec<T> {
    let mut gathered: Vec<T> = Vec::with_capacity(all.len());
    // By what is said: the page of which it was said first, and where that is.
    let mut known: BTreeMap<String, (String, usize)> = BTreeMap::new();
    for next in all {
        if let Some((path, what)) = next.alike() {
            match known.entry(what) {
                Entry::Vacant(entry) => drop(entry.insert((path, gathered.len()))),
                Entry::Occupied(entry) => {
                    let (first, index) = entry.get();
                    let others = gathered.get_mut(*index).and_then(OfPage::others);
                    if let Some(others) = others.filter(|_| *first != path) {
                        others.add(path);
                        continue;
                    }
                }
            }
        }
        gathered.push(next);
    }
    gathered
}
