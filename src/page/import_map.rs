//! The import map: the page's own, with the integrity of every module that is known.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::PageFault;
use super::known::{File, Known, spellings};
use super::resolve::Resolver;
use crate::foreign::shown;
use crate::html::{ImportMap, Place};
use crate::sdk::layout::Layout;
use crate::sri::Digest;
use crate::url::Url;

/// The one import map of the page ([HTML, section 8.1.6.2]), before it is written.
///
/// [HTML, section 8.1.6.2]: https://html.spec.whatwg.org/multipage/webappapis.html#import-maps
pub(super) struct Merged {
    /// What the page's own says, and the names of the SDK.
    map: Map<String, Value>,
    /// Digests by URL.
    integrity: Map<String, Value>,
}

impl Merged {
    /// The page's own map, with the names under which bundlers know the SDK, and the integrity of
    /// every module.
    pub(super) fn new(
        own: Option<(Place, &str)>,
        known: &Known<'_>,
        faults: &mut Vec<PageFault>,
    ) -> Self {
        let mut integrity = known
            .modules()
            .flat_map(|(path, digest)| {
                let digest = Value::from(digest.to_string());
                spellings(path).into_iter().zip(std::iter::repeat(digest))
            })
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
        let imports = map.entry("imports").or_insert_with(|| Map::new().into());
        // One that is not an object is a fault already.
        if let (Value::Object(imports), true) = (imports, known.has_sdk()) {
            for Layout {
                component_package,
                component,
                ..
            } in Layout::ALL
            {
                for name in [
                    component_package.to_owned(),
                    format!("{component_package}/{component}"),
                ] {
                    imports
                        .entry(name)
                        .or_insert_with(|| Value::from(known.component()));
                }
            }
        }
        Self { map, integrity }
    }

    /// Adds the digest of a module under another spelling of its URL.
    fn spell(&mut self, url: String, digest: Digest) {
        self.integrity.insert(url, Value::from(digest.to_string()));
    }

    /// Adds the URLs of known files that aren't spelt as the files' own.
    pub(super) fn spell_all(&mut self, spellings: BTreeMap<String, &str>, known: &Known<'_>) {
        for (url, path) in spellings {
            if let Some(digest) = known.digest(path) {
                self.spell(url, digest);
            }
        }
    }

    /// The text for the page.
    pub(super) fn text(&self) -> String {
        let mut map = self.map.clone();
        map.insert("integrity".to_owned(), self.integrity.clone().into());
        // Nothing in it may end the element; in JSON a `<` stands only in strings.
        Value::Object(map).to_string().replace('<', "\\u003c")
    }

    /// By which the specifiers in the page's scripts are resolved.
    pub(super) fn resolver(&self, page: &Url) -> Resolver {
        Resolver::new(&self.map, page)
    }
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
            Ok(None) => self.faults.push(self.known.unpinned(place, url)),
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
