//! Members of a dictionary that are lists of plain words: `blocked-destinations=(script style)`.

use super::HeaderError;
use super::sf::{Entry, Value};
use crate::foreign;

/// The words of a member, each with its place, strictly.
pub(super) fn words<'a>(
    header: &'static str,
    entry: &Entry<'a>,
    example: &str,
) -> Result<Vec<(usize, &'a str)>, HeaderError> {
    let fault = |position, what: String, fix: &str| {
        Err(HeaderError::malformed(header, position, what, fix))
    };
    let key = foreign::word(entry.key);
    let Value::List { items, parameters } = &entry.value else {
        let fix = format!("write words in brackets: `{example}`");
        let what = format!("the value of `{key}` is not a list");
        return fault(entry.position, what, &fix);
    };
    let extra = parameters
        .first()
        .or_else(|| items.iter().find_map(|item| item.parameters.first()));
    if let Some((key, _)) = extra {
        let what = format!("the parameter `{}`", foreign::word(key.as_str()));
        return fault(
            entry.position,
            what,
            "leave it out, and separate members by `, `",
        );
    }
    if items.is_empty() {
        let what = format!("the list of `{key}` is empty");
        return fault(
            entry.position,
            what,
            "name something, or leave the member out",
        );
    }
    let word = |item: &super::sf::Item<'a>| {
        let position = item.position.unwrap_or(entry.position);
        item.token().map(|word| (position, word)).ok_or_else(|| {
            let what = format!("`{}` is not a plain word", item.describe());
            let fix = format!("write words without quotes: `{example}`");
            HeaderError::malformed(header, position, what, fix)
        })
    };
    items.iter().map(word).collect()
}

/// The words of a member as browsers take them, and what they skip, with the member's key.
pub(super) fn tokens(entry: &Entry<'_>, skipped: &mut Vec<String>) -> Vec<String> {
    let mut skip = |what: &str| skipped.push(format!("{}: {what}", entry.key));
    let items = match &entry.value {
        Value::List { items, .. } => items.as_slice(),
        Value::Item(item) => {
            skip(&item.describe());
            &[]
        }
    };
    let mut words = Vec::new();
    for item in items {
        match item.token() {
            Some(word) => words.push(word.to_owned()),
            None => skip(&item.describe()),
        }
    }
    words
}
