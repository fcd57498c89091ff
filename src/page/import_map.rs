//! The import map: the page's own, with the integrity of every module that is known.

use serde_json::{Map, Value};

use super::PageFault;
use super::known::{File, Known};
use crate::foreign::shown;
use crate::html::{ImportMap, Place};

/// The text of the one import map of the page ([HTML, section 8.1.6.2]).
///
/// [HTML, section 8.1.6.2]: https://html.spec.whatwg.org/multipage/webappapis.html#import-maps
pub(super) fn merged(
    own: Option<(Place, &str)>,
    known: &Known<'_>,
    faults: &mut Vec<PageFault>,
) -> String {
    let modules = known.modules();
    let mut integrity = modules
        .map(|(path, digest)| (path.to_owned(), Value::from(digest.to_string())))
        .collect();
    let mut map = match own {
        Some((place, text)) => {
            let mut reader = Reader {
                place,
                known,
                integrity: &mut integrity,
                faults,
            };
            reader.read(text)
        }
        None => Map::new(),
    };
    map.insert("integrity".to_owned(), Value::Object(integrity));
    // Nothing in it may end the element; in JSON a `<` stands only in strings.
    Value::Object(map).to_string().replace('<', "\\u003c")
}

/// The reading of the page's own map.
struct Reader<'a, 'b> {
    place: Place,
    known: &'a Known<'b>,
    /// Digests by URL, for the map that it is merged into.
    integrity: &'a mut Map<String, Value>,
    faults: &'a mut Vec<PageFault>,
}

impl Reader<'_, '_> {
    fn wrong(&mut self, reason: String) {
        let place = self.place;
        self.faults.push(PageFault::ImportMap { place, reason });
    }

    fn read(&mut self, text: &str) -> Map<String, Value> {
        let map = match ImportMap::read(text) {
            Ok(map) => map,
            Err(reason) => {
                self.wrong(reason);
                return Map::new();
            }
        };
        for name in map.misfits() {
            self.wrong(format!("`{}` is not an object", shown(name)));
        }
        map.targets().for_each(|url| self.target(url));
        for (url, metadata) in map.integrity() {
            self.integrity(url, metadata.unwrap_or_default());
        }
        map.0
    }

    /// Each module that a name leads to must be known.
    fn target(&mut self, url: &str) {
        let place = self.place;
        match self.known.find_module(url) {
            Ok(Some(file)) => self.spell(url, file),
            // A folder: what is loaded from it is found in the map, or blocked.
            Ok(None) if url.ends_with('/') => {}
            Ok(None) => self.faults.push(PageFault::Unpinned {
                place,
                url: shown(url),
            }),
            Err(error) => self.faults.push(PageFault::Url {
                place,
                url: shown(url),
                error,
            }),
        }
    }

    /// Maps compare whole URLs, so one that is spelt in another way needs an entry of its own.
    fn spell(&mut self, url: &str, file: File<'_>) {
        if !file.is_plain {
            self.integrity
                .insert(url.to_owned(), Value::from(file.digest.to_string()));
        }
    }

    fn integrity(&mut self, url: &str, metadata: &str) {
        let checked = match self.known.find_module(url) {
            Ok(Some(file)) => {
                self.spell(url, file);
                self.known.check(file.path, metadata)
            }
            Ok(None) => Err("the file is not known".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(reason) = checked {
            self.faults.push(PageFault::WrongIntegrity {
                place: self.place,
                url: shown(url),
                reason,
            });
        }
    }
}
