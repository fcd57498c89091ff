//! The import map: the page's own, with the integrity of every module that is known.

use serde_json::{Map, Value};

use super::PageError;
use super::known::{Known, Target};
use crate::foreign::shown;
use crate::html::Place;

/// The text of the one import map of the page ([HTML, section 8.1.6.2]).
///
/// [HTML, section 8.1.6.2]: https://html.spec.whatwg.org/multipage/webappapis.html#import-maps
pub(super) fn merged(
    own: Option<(Place, &str)>,
    known: &Known<'_>,
    faults: &mut Vec<PageError>,
) -> String {
    let mut map = match own {
        Some((place, text)) => read(place, text, known, faults),
        None => Map::new(),
    };
    let integrity = known
        .modules()
        .map(|(path, digest)| (path.to_owned(), Value::from(digest.to_string())));
    map.insert("integrity".to_owned(), Value::Object(integrity.collect()));
    // Nothing in it may end the element; in JSON a `<` stands only in strings.
    Value::Object(map).to_string().replace('<', "\\u003c")
}

fn read(
    place: Place,
    text: &str,
    known: &Known<'_>,
    faults: &mut Vec<PageError>,
) -> Map<String, Value> {
    let wrong = |reason: String| PageError::ImportMap { place, reason };
    let map = match serde_json::from_str(text) {
        Ok(Value::Object(map)) => map,
        Ok(_) => {
            faults.push(wrong(
                "not an object: write `{\"imports\": {..}}`".to_owned(),
            ));
            return Map::new();
        }
        Err(error) => {
            faults.push(wrong(format!("not JSON: {error}")));
            return Map::new();
        }
    };
    for (key, value) in &map {
        let Value::Object(entries) = value else {
            faults.push(wrong(format!("`{}` is not an object", shown(key))));
            continue;
        };
        match key.as_str() {
            "imports" => targets(entries, place, known, faults),
            "scopes" => {
                for entries in entries.values().filter_map(Value::as_object) {
                    targets(entries, place, known, faults);
                }
            }
            "integrity" => integrity(entries, place, known, faults),
            // Browsers ignore it.
            _ => {}
        }
    }
    map
}

/// Each module that a name leads to must be known.
fn targets(
    entries: &Map<String, Value>,
    place: Place,
    known: &Known<'_>,
    faults: &mut Vec<PageError>,
) {
    for url in entries.values().filter_map(Value::as_str) {
        // A folder: what is loaded from it is found in the map, or blocked.
        let found = url.ends_with('/')
            || matches!(known.resolve(url), Target::Own(path) if known.digest(&path).is_some());
        if !found {
            faults.push(PageError::Unpinned {
                place,
                url: shown(url),
            });
        }
    }
}

fn integrity(
    entries: &Map<String, Value>,
    place: Place,
    known: &Known<'_>,
    faults: &mut Vec<PageError>,
) {
    for (url, text) in entries {
        let checked = match known.resolve(url) {
            Target::Own(path) => known.check(&path, text.as_str().unwrap_or_default()),
            Target::Other => Err("the file is not known".to_owned()),
        };
        if let Err(reason) = checked {
            faults.push(PageError::WrongIntegrity {
                place,
                url: shown(url),
                reason,
            });
        }
    }
}
