//! JSON documents of digests.

use super::super::json;
use super::super::shown::shown;
use super::super::tree::Node;
use super::{PublishedError, Reading};

/// Where a list of files may stand; beside it may be anything (a version, a date).
const FILES: &str = "files";

pub(super) fn read(text: &str, reading: &mut Reading) {
    match json::read(text) {
        Err(fault) => reading.error(PublishedError::Syntax {
            line: fault.line,
            column: fault.column,
            reason: fault.reason,
        }),
        Ok(root) => match root.get(FILES) {
            Some(files) => files_of(files, &format!("{FILES} > "), reading),
            None => files_of(&root, "", reading),
        },
    }
}

fn files_of(files: &Node, place: &str, reading: &mut Reading) {
    match files {
        Node::Map(entries) => {
            for (path, value) in entries {
                let place = format!("{place}{}", shown(path));
                match value {
                    Node::Text(integrity) => reading.text(path, integrity, place),
                    _ => object(path, value, place, reading),
                }
            }
        }
        Node::List(items) => {
            for (index, item) in items.iter().enumerate() {
                let place = format!("{place}{index}");
                match item.text_of("path").or_else(|| item.text_of("file")) {
                    Some(path) => object(path, item, place, reading),
                    None => reading.error(PublishedError::Shape {
                        place,
                        needed: "an object with `path` and `integrity`",
                    }),
                }
            }
        }
        _ => reading.error(PublishedError::Shape {
            place: place.trim_end_matches(" > ").to_owned(),
            needed: "an object or a list of files",
        }),
    }
}

/// An object of a file: `integrity`, or hexadecimal digits under the algorithm's name.
fn object(path: &str, file: &Node, place: String, reading: &mut Reading) {
    if let Some(integrity) = file.text_of("integrity") {
        return reading.text(path, integrity, place);
    }
    let hex = |strong: bool| {
        file.entries().iter().find_map(|(key, value)| {
            let wanted = if strong {
                super::algorithm(key).is_some()
            } else {
                super::is_weak(key)
            };
            wanted.then_some((key, value.text()?))
        })
    };
    match hex(true).or_else(|| hex(false)) {
        Some((name, digits)) => reading.hex(path, Some(name), digits, place),
        None => reading.error(PublishedError::Shape {
            place,
            needed: "an integrity such as `sha384-...`, or an object that has one",
        }),
    }
}
