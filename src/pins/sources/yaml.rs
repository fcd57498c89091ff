//! Lock files in YAML, read into a [`Node`]: the plain part of YAML that they use.
//!
//! Anchors, aliases, tags and merge keys are refused: no package manager writes them, and they
//! are how a small file becomes a huge one.

use std::collections::BTreeSet;

use saphyr_parser::{Event, Marker, Parser};

use super::tree::{Fault, Node};
use crate::foreign;

/// How deep lists and maps may nest. pnpm's deepest is 5 or so; the limit keeps the stack of
/// whoever walks the tree small.
const DEEPEST: usize = 64;

/// Reads all documents of a YAML stream.
pub(super) fn read(text: &str) -> Result<Vec<Node>, Fault> {
    let mut parser = Parser::new_from_str(text);
    let mut documents = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            // The parser's reasons are fixed sentences; some name a tag or an anchor.
            fault(error.marker(), foreign::key(error.info()))
        })?;
        let place = &span.start;
        let done = match event {
            Event::Alias(_) => return Err(fault(place, REFUSED.to_owned())),
            Event::Scalar(text, style, anchor, tag) => {
                plain(anchor, tag.is_some(), place)?;
                let empty = style == saphyr_parser::ScalarStyle::Plain
                    && matches!(&*text, "" | "~" | "null");
                Some(if empty {
                    Node::Null
                } else {
                    Node::Text(text.into_owned())
                })
            }
            Event::SequenceStart(anchor, tag) => {
                plain(anchor, tag.is_some(), place)?;
                open.push(Open::List(Vec::new()));
                None
            }
            Event::MappingStart(anchor, tag) => {
                plain(anchor, tag.is_some(), place)?;
                open.push(Open::Map(Map::default()));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(Open::close),
            _ => None,
        };
        if open.len() > DEEPEST {
            return Err(fault(
                place,
                format!("nested deeper than {DEEPEST} levels; no package manager writes that"),
            ));
        }
        if let Some(node) = done {
            match open.last_mut() {
                None => documents.push(node),
                Some(Open::List(list)) => list.push(node),
                Some(Open::Map(map)) => map.take(node, place)?,
            }
        }
    }
    Ok(documents)
}

const REFUSED: &str = "an anchor, alias, tag or merge key; no package manager writes one, \
                       create the lock file again";

/// A list or map whose end has not been read yet.
enum Open {
    List(Vec<Node>),
    Map(Map),
}

#[derive(Default)]
struct Map {
    entries: Vec<(String, Node)>,
    known: BTreeSet<String>,
    key: Option<String>,
}

impl Open {
    fn close(self) -> Node {
        match self {
            Self::List(list) => Node::List(list),
            Self::Map(map) => Node::Map(map.entries),
        }
    }
}

impl Map {
    /// Keys and values come in turns.
    fn take(&mut self, node: Node, place: &Marker) -> Result<(), Fault> {
        if let Some(key) = self.key.take() {
            self.entries.push((key, node));
            return Ok(());
        }
        let Node::Text(key) = node else {
            return Err(fault(
                place,
                "a key that is not plain text; create the lock file again".to_owned(),
            ));
        };
        if key == "<<" {
            return Err(fault(place, REFUSED.to_owned()));
        }
        if !self.known.insert(key.clone()) {
            return Err(fault(
                place,
                format!(
                    "the key `{}` appears twice in one map; remove one",
                    foreign::key(&key)
                ),
            ));
        }
        self.key = Some(key);
        Ok(())
    }
}

/// Anchors are numbered from 1; 0 is "none".
fn plain(anchor: usize, tagged: bool, place: &Marker) -> Result<(), Fault> {
    if anchor != 0 || tagged {
        return Err(fault(place, REFUSED.to_owned()));
    }
    Ok(())
}

fn fault(place: &Marker, reason: String) -> Fault {
    Fault {
        line: place.line(),
        column: place.col() + 1,
        reason,
    }
}
