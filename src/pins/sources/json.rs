//! Lock files in JSON, read into a [`Node`].

use serde_json::Number;

use super::tree::{Fault, Node};
use crate::foreign;
use crate::json::{self, JsonFault, Tree};

/// Reads one JSON document.
///
/// A byte order mark in front, which editors on Windows write, is left out: RFC 8259, section 8.1,
/// lets a reader do so.
pub(in crate::pins) fn read(text: &str) -> Result<Node, Fault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    json::read(text.as_bytes(), json::DEEPEST).map_err(|fault| {
        let JsonFault {
            line,
            column,
            reason,
        } = fault;
        Fault {
            line,
            column,
            reason,
        }
    })
}

impl Tree for Node {
    fn null() -> Self {
        Self::Null
    }

    fn switch(switch: bool) -> Self {
        Self::Switch(switch)
    }

    fn number(number: Number) -> Self {
        // A whole number as it is written; `1.0` is 1.
        let whole = number.as_u64().is_some() || number.as_i64().is_some();
        Self::Text(match number.as_f64().filter(|_| !whole) {
            Some(fraction) => fraction.to_string(),
            None => number.to_string(),
        })
    }

    fn text(text: String) -> Self {
        Self::Text(text)
    }

    fn list(items: Vec<Self>) -> Self {
        Self::List(items)
    }

    fn map(entries: Vec<(String, Self)>) -> Self {
        Self::Map(entries)
    }

    fn twice(key: &str) -> String {
        format!(
            "the key `{}` appears twice in one object; remove one",
            foreign::key(key)
        )
    }
}
