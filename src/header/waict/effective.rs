//! What browsers make of the header, by each revision of the draft.

use std::collections::BTreeMap;
use std::time::Duration;

use super::kinds::{EXAMPLE, HEADER, WaictDestination, WaictMode};
use crate::header::HeaderError;
use crate::header::sf::{self, Entry, Item, Value};
use crate::header::words::tokens;
use crate::named::named;

named! {
    /// A revision of the draft of [`Waict`](super::Waict), by whose rules the header is read.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum WaictRevision {
        /// The first one, of 2026-03-06: as Firefox's prototype reads it.
        First = "2026-03-06",
        /// The second one, of 2026-04-15.
        Second = "2026-04-15",
        /// The text that its editors went on with: a mode for each kind of file (`mode-script=enforce`),
        /// and no `mode`.
        Later = "later",
    }
}

/// Members that one of the revisions knows, besides those of [`CATEGORIES`].
const KEYS: &[&str] = &[
    "max-age",
    "mode",
    "manifest",
    "blocked-destinations",
    "endpoints",
    "preload",
    "report-to",
];

/// The kinds of files and code that the later text has a mode for.
const CATEGORIES: &[&str] = &[
    "mode-document",
    "mode-frame",
    "mode-script",
    "mode-object",
    "mode-worker",
    "mode-style",
    "mode-image",
    "mode-font",
    "mode-media",
    "mode-wasm",
    "mode-inline-js",
    "mode-inline-css",
];

const MODES: &[&str] = &["enforce", "warn", "report"];

/// What a browser obeys. Made by [`Waict::effective`](super::Waict::effective).
///
/// ```
/// use tower_visor::header::{Waict, WaictMode, WaictRevision};
///
/// let waict = Waict::effective(["max-age=0, mode=enforce, manifest=\"/waict\""]);
/// assert_eq!(waict.mode(), Some(WaictMode::Enforce));
/// assert_eq!(waict.ignored_by(WaictRevision::Second), None);
/// assert_eq!(
///     waict.ignored_by(WaictRevision::First),
///     Some("`blocked-destinations` is missing"),
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EffectiveWaict {
    mode: Option<WaictMode>,
    max_age: Option<u64>,
    manifest: Option<String>,
    destinations: Vec<WaictDestination>,
    endpoints: Vec<String>,
    categories: BTreeMap<&'static str, &'static str>,
    preload: Preload,
    ignored: Vec<String>,
    /// By revision.
    faults: [Option<String>; WaictRevision::ALL.len()],
    syntax_error: Option<HeaderError>,
}

/// Whether makers of browsers are asked to remember the site for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Preload {
    #[default]
    No,
    Asked,
}

impl EffectiveWaict {
    /// Why browsers of a revision ignore the whole header; `None` where they obey it.
    pub fn ignored_by(&self, revision: WaictRevision) -> Option<&str> {
        self.faults
            .get(revision as usize)
            .and_then(Option::as_deref)
    }

    /// What happens to a file that differs from the manifest, in the first two revisions.
    pub const fn mode(&self) -> Option<WaictMode> {
        self.mode
    }

    /// The modes of the later text: a kind of file, and `enforce`, `warn` or `report`.
    pub fn modes(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.categories.iter().map(|(key, mode)| (*key, *mode))
    }

    /// How long a browser remembers it.
    pub fn max_age(&self) -> Option<Duration> {
        self.max_age.map(Duration::from_secs)
    }

    /// The URL of the manifest, as written.
    pub fn manifest(&self) -> Option<&str> {
        self.manifest.as_deref()
    }

    /// What the first revision checks.
    pub fn destinations(&self) -> &[WaictDestination] {
        &self.destinations
    }

    /// The names of the endpoints that get reports.
    pub fn endpoints(&self) -> &[String] {
        &self.endpoints
    }

    /// Whether it asks makers of browsers to remember the site for good.
    pub fn asks_for_preload(&self) -> bool {
        self.preload == Preload::Asked
    }

    /// What browsers skipped: words that they don't know, and members of another kind, with their
    /// keys.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// The fault of syntax for which a browser drops the whole header.
    pub fn syntax_error(&self) -> Option<&HeaderError> {
        self.syntax_error.as_ref()
    }

    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut read = Self::default();
        let entries = sf::dictionary(HEADER, bytes, EXAMPLE).unwrap_or_else(|error| {
            read.syntax_error = Some(error);
            Vec::new()
        });
        // Of members with the same key the last one counts.
        let last = |key: &str| entries.iter().rfind(|entry| entry.key == key);
        let max_age = value(last("max-age"), "max-age", |item| {
            u64::try_from(item.integer()?).ok()
        });
        let manifest = value(last("manifest"), "manifest", |item| {
            item.string()
                .filter(|url| !url.is_empty())
                .map(str::to_owned)
        });
        let mode = value(last("mode"), "mode", |item| WaictMode::read(item.token()?));
        let lists = read.lists(last("blocked-destinations"), last("endpoints"));
        if last("endpoints").is_none()
            && let Some(entry) = last("report-to")
        {
            read.endpoints = tokens(entry, &mut read.ignored);
        }
        for entry in &entries {
            read.category(entry);
        }
        // A switch without a value is on.
        let preload = value(last("preload"), "preload", Item::boolean);
        if preload == Ok(true) {
            read.preload = Preload::Asked;
        }
        let none = read.categories.is_empty();
        let categories = none.then(|| "no member such as `mode-script` has a mode".to_owned());
        let common = [max_age.clone().err(), manifest.clone().err()];
        let [first, second, later] = &mut read.faults;
        let faults =
            |further: [Option<String>; 2]| common.iter().cloned().chain(further).flatten().next();
        *second = faults([mode.clone().err(), None]);
        *first = faults([mode.clone().err(), lists.err()]);
        *later = faults([categories, None]);
        read.max_age = max_age.ok();
        read.manifest = manifest.ok();
        read.mode = mode.ok();
        read
    }

    /// The lists of words. The prototype drops the header where something in one is not a word.
    fn lists(
        &mut self,
        destinations: Option<&Entry<'_>>,
        endpoints: Option<&Entry<'_>>,
    ) -> Result<(), String> {
        let (words, listed) = self.list(destinations);
        for word in words {
            match WaictDestination::read(&word) {
                Some(destination) => self.destinations.push(destination),
                None => self.ignored.push(format!("blocked-destinations: {word}")),
            }
        }
        let (receivers, named) = self.list(endpoints);
        self.endpoints = receivers;
        match listed {
            Listed::Nothing => Err("`blocked-destinations` is missing".to_owned()),
            Listed::NoList => Err("the value of `blocked-destinations` is not a list".to_owned()),
            Listed::Others => Err("not all in `blocked-destinations` are plain words".to_owned()),
            // Endpoints that are no list are as good as none.
            Listed::Words if named == Listed::Others => {
                Err("not all in `endpoints` are plain words".to_owned())
            }
            Listed::Words => Ok(()),
        }
    }

    fn list(&mut self, entry: Option<&Entry<'_>>) -> (Vec<String>, Listed) {
        let Some(entry) = entry else {
            return (Vec::new(), Listed::Nothing);
        };
        let skipped = self.ignored.len();
        let words = tokens(entry, &mut self.ignored);
        let listed = match entry.value {
            Value::Item(_) => Listed::NoList,
            Value::List { .. } if self.ignored.len() == skipped => Listed::Words,
            Value::List { .. } => Listed::Others,
        };
        (words, listed)
    }

    /// A mode of the later text, or a member that nobody knows.
    fn category(&mut self, entry: &Entry<'_>) {
        if let Some(known) = CATEGORIES.iter().find(|known| **known == entry.key) {
            let word = item(entry).and_then(Item::token);
            // Of members with the same key the last one counts, whatever it is.
            self.categories.remove(known);
            match MODES.iter().find(|mode| Some(**mode) == word) {
                Some(mode) => drop(self.categories.insert(known, mode)),
                None => self.ignored.push((*known).to_owned()),
            }
        } else if !KEYS.contains(&entry.key) {
            self.ignored.push(entry.key.to_owned());
        }
    }
}

/// What a member that ought to be a list of words is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listed {
    Nothing,
    NoList,
    /// A list with something else in it.
    Others,
    Words,
}

fn item<'e, 'a>(entry: &'e Entry<'a>) -> Option<&'e Item<'a>> {
    match &entry.value {
        Value::Item(item) => Some(item),
        Value::List { .. } => None,
    }
}

/// A member that has to be there and of its kind, or why it isn't.
fn value<'e, 'a, T>(
    entry: Option<&'e Entry<'a>>,
    key: &str,
    take: impl FnOnce(&'e Item<'a>) -> Option<T>,
) -> Result<T, String> {
    let Some(entry) = entry else {
        return Err(format!("`{key}` is missing"));
    };
    item(entry).and_then(take).ok_or_else(|| {
        let wanted = match key {
            "max-age" => "a whole number from 0 on",
            "manifest" => "a URL in quotes",
            "preload" => "a switch",
            _ => "`report` or `enforce`",
        };
        format!("the value of `{key}` is not {wanted}")
    })
}
