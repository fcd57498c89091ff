//! Structured fields ([RFC 9651]), through the `sfv` crate.
//!
//! `sfv` checks the syntax; this keeps what it visits, in order, with positions where the text
//! still tells them. What a member means is the business of each header.
//!
//! [RFC 9651]: https://www.rfc-editor.org/rfc/rfc9651

use std::borrow::Cow;
use std::collections::HashMap;
use std::convert::Infallible;

use sfv::visitor::{
    DictionaryVisitor, EntryVisitor, InnerListVisitor, ItemVisitor, ListVisitor, ParameterVisitor,
};
use sfv::{BareItemFromInput, KeyRef, Parser};

use super::HeaderError;

/// A member of a dictionary. Of members with the same key the last one counts.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) position: usize,
    pub(super) key: &'a str,
    pub(super) value: Value<'a>,
}

#[derive(Debug)]
pub(super) enum Value<'a> {
    Item(Item<'a>),
    List {
        items: Vec<Item<'a>>,
        parameters: Vec<Parameter<'a>>,
    },
}

#[derive(Debug)]
pub(super) struct Item<'a> {
    /// Where the item begins; `None` for kinds that `sfv` does not lend from the input.
    pub(super) position: Option<usize>,
    pub(super) value: BareItemFromInput<'a>,
    pub(super) parameters: Vec<Parameter<'a>>,
}

pub(super) type Parameter<'a> = (&'a KeyRef, BareItemFromInput<'a>);

impl<'a> Item<'a> {
    pub(super) fn token(&self) -> Option<&'a str> {
        match &self.value {
            BareItemFromInput::Token(token) => Some(token.as_str()),
            _ => None,
        }
    }

    pub(super) fn string(&self) -> Option<&str> {
        match &self.value {
            BareItemFromInput::String(text) => Some(text.as_str()),
            _ => None,
        }
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        match &self.value {
            BareItemFromInput::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    pub(super) fn integer(&self) -> Option<i64> {
        match &self.value {
            BareItemFromInput::Integer(number) => Some(i64::from(*number)),
            _ => None,
        }
    }

    /// What stands there, for a message.
    pub(super) fn describe(&self) -> Cow<'a, str> {
        match &self.value {
            BareItemFromInput::Token(token) => Cow::Borrowed(token.as_str()),
            BareItemFromInput::String(text) => {
                Cow::Owned(format!("\"{}\"", crate::foreign::word(text.as_str())))
            }
            BareItemFromInput::Boolean(true) => "?1".into(),
            BareItemFromInput::Boolean(false) => "?0".into(),
            BareItemFromInput::Integer(_) | BareItemFromInput::Decimal(_) => "a number".into(),
            BareItemFromInput::ByteSequence(_) => "a byte sequence".into(),
            BareItemFromInput::Date(_) => "a date".into(),
            BareItemFromInput::DisplayString(_) => "a display string".into(),
        }
    }
}

/// The string that a parameter holds.
pub(super) fn string_parameter<'p>(parameters: &'p [Parameter<'_>], key: &str) -> Option<&'p str> {
    parameters
        .iter()
        .find(|(name, _)| name.as_str() == key)
        .and_then(|(_, value)| match value {
            BareItemFromInput::String(text) => Some(text.as_str()),
            _ => None,
        })
}

/// The members of a header's dictionary, in the order written, repeated keys and all.
pub(super) fn dictionary<'a>(
    header: &'static str,
    input: &'a [u8],
    example: &'static str,
) -> Result<Vec<Entry<'a>>, HeaderError> {
    members(input).map_err(|error| fault(header, input, &error, example))
}

fn members(input: &[u8]) -> Result<Vec<Entry<'_>>, sfv::Error> {
    visited(input, |parser, members| {
        parser.parse_dictionary_with_visitor(members)
    })
}

/// What a visitor of ours keeps.
fn visited<'a>(
    input: &'a [u8],
    parse: impl FnOnce(Parser<'a>, &mut Members<'_, 'a>) -> Result<(), sfv::Error>,
) -> Result<Vec<Entry<'a>>, sfv::Error> {
    let mut entries = Vec::new();
    let mut members = Members {
        input,
        entries: &mut entries,
    };
    parse(Parser::new(input), &mut members)?;
    Ok(entries)
}

/// The members of a header's list.
pub(super) fn list<'a>(
    header: &'static str,
    input: &'a [u8],
    example: &'static str,
) -> Result<Vec<Value<'a>>, HeaderError> {
    listed(input).map_err(|error| fault(header, input, &error, example))
}

fn listed(input: &[u8]) -> Result<Vec<Value<'_>>, sfv::Error> {
    let entries = visited(input, |parser, members| {
        parser.parse_list_with_visitor(members)
    })?;
    Ok(entries.into_iter().map(|entry| entry.value).collect())
}

/// One item with its parameters.
pub(super) fn item(input: &[u8]) -> Result<Item<'_>, sfv::Error> {
    let mut items = Vec::new();
    Parser::new(input).parse_item_with_visitor(OneItem {
        input,
        items: &mut items,
    })?;
    // `sfv` visits exactly one item before it returns `Ok`.
    Ok(items.pop().unwrap_or(Item {
        position: None,
        value: BareItemFromInput::Boolean(false),
        parameters: Vec::new(),
    }))
}

/// A fault of syntax as headers report it.
pub(super) fn fault(
    header: &'static str,
    input: &[u8],
    error: &sfv::Error,
    example: &'static str,
) -> HeaderError {
    let fault = match error.to_string() {
        // Our visitors never fail, so every error of `sfv` has its place; it is in ours.
        _ if error.index().is_some() => format!("{error:#}"),
        message => message,
    };
    HeaderError::malformed(
        header,
        error.index().unwrap_or(input.len()),
        fault,
        format!("write for example `{example}`"),
    )
}

/// Where `part` is in `whole`, if it was lent from it.
pub(super) fn position(whole: &[u8], part: &str) -> Option<usize> {
    part.as_ptr()
        .addr()
        .checked_sub(whole.as_ptr().addr())
        .filter(|offset| *offset <= whole.len())
}

fn item_position(whole: &[u8], value: &BareItemFromInput<'_>) -> Option<usize> {
    match value {
        BareItemFromInput::Token(token) => position(whole, token.as_str()),
        // The quote stands before what is lent.
        BareItemFromInput::String(Cow::Borrowed(text)) => {
            position(whole, text.as_str()).map(|inside| inside.saturating_sub(1))
        }
        _ => None,
    }
}

struct Members<'v, 'a> {
    input: &'a [u8],
    entries: &'v mut Vec<Entry<'a>>,
}

impl<'a> DictionaryVisitor<'a> for Members<'_, 'a> {
    type Error = Infallible;

    fn entry(&mut self, key: &'a KeyRef) -> Result<impl EntryVisitor<'a>, Infallible> {
        Ok(Member {
            position: position(self.input, key.as_str()).unwrap_or(0),
            key: key.as_str(),
            input: self.input,
            entries: self.entries,
        })
    }
}

/// A list's members have no key.
impl<'a> ListVisitor<'a> for Members<'_, 'a> {
    type Error = Infallible;

    fn entry(&mut self) -> Result<impl EntryVisitor<'a>, Infallible> {
        Ok(Member {
            position: 0,
            key: "",
            input: self.input,
            entries: self.entries,
        })
    }
}

struct Member<'v, 'a> {
    position: usize,
    key: &'a str,
    input: &'a [u8],
    entries: &'v mut Vec<Entry<'a>>,
}

impl<'v, 'a> Member<'v, 'a> {
    fn store(self, value: Value<'a>) -> Option<&'v mut Value<'a>> {
        self.entries.push(Entry {
            position: self.position,
            key: self.key,
            value,
        });
        self.entries.last_mut().map(|entry| &mut entry.value)
    }
}

impl<'a> ItemVisitor<'a> for Member<'_, 'a> {
    type Error = Infallible;

    fn bare_item(
        self,
        value: BareItemFromInput<'a>,
    ) -> Result<impl ParameterVisitor<'a>, Infallible> {
        let item = Item {
            position: item_position(self.input, &value),
            value,
            parameters: Vec::new(),
        };
        Ok(match self.store(Value::Item(item)) {
            Some(Value::Item(item)) => Some(Parameters::new(&mut item.parameters)),
            _ => None,
        })
    }
}

impl<'a> EntryVisitor<'a> for Member<'_, 'a> {
    fn inner_list(self) -> Result<impl InnerListVisitor<'a>, Infallible> {
        let input = self.input;
        let list = Value::List {
            items: Vec::new(),
            parameters: Vec::new(),
        };
        Ok(match self.store(list) {
            Some(Value::List { items, parameters }) => Some(InnerList {
                input,
                items,
                parameters,
            }),
            _ => None,
        })
    }
}

struct InnerList<'v, 'a> {
    input: &'a [u8],
    items: &'v mut Vec<Item<'a>>,
    parameters: &'v mut Vec<Parameter<'a>>,
}

impl<'a> InnerListVisitor<'a> for InnerList<'_, 'a> {
    type Error = Infallible;

    fn item(&mut self) -> Result<impl ItemVisitor<'a>, Infallible> {
        Ok(OneItem {
            input: self.input,
            items: self.items,
        })
    }

    fn finish(self) -> Result<impl ParameterVisitor<'a>, Infallible> {
        Ok(Parameters::new(self.parameters))
    }
}

struct OneItem<'v, 'a> {
    input: &'a [u8],
    items: &'v mut Vec<Item<'a>>,
}

impl<'a> ItemVisitor<'a> for OneItem<'_, 'a> {
    type Error = Infallible;

    fn bare_item(
        self,
        value: BareItemFromInput<'a>,
    ) -> Result<impl ParameterVisitor<'a>, Infallible> {
        self.items.push(Item {
            position: item_position(self.input, &value),
            value,
            parameters: Vec::new(),
        });
        Ok(self
            .items
            .last_mut()
            .map(|item| Parameters::new(&mut item.parameters)))
    }
}

struct Parameters<'v, 'a> {
    list: &'v mut Vec<Parameter<'a>>,
    /// Where in the list each key is.
    places: HashMap<&'a str, usize>,
}

impl<'v, 'a> Parameters<'v, 'a> {
    fn new(list: &'v mut Vec<Parameter<'a>>) -> Self {
        Self {
            list,
            places: HashMap::new(),
        }
    }
}

impl<'a> ParameterVisitor<'a> for Parameters<'_, 'a> {
    type Error = Infallible;

    fn parameter(
        &mut self,
        key: &'a KeyRef,
        value: BareItemFromInput<'a>,
    ) -> Result<(), Infallible> {
        // Of parameters with the same key the last value counts, in the place of the first.
        let place = *self.places.entry(key.as_str()).or_insert(self.list.len());
        match self.list.get_mut(place) {
            Some((_, slot)) => *slot = value,
            None => self.list.push((key, value)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use sfv::{DictSerializer, ItemSerializer, KeyRef, ListSerializer};

    use super::{Item, Value, item, listed, members};

    /// The value in its canonical form, through `sfv`'s own serialiser: shows that the wrapper
    /// loses nothing.
    fn canonical_item(item: &Item<'_>) -> String {
        let mut text = String::new();
        let _ = ItemSerializer::with_buffer(&mut text)
            .bare_item(&item.value)
            .parameters(item.parameters.iter().map(|(key, value)| (*key, value)));
        text
    }

    fn canonical_dictionary(input: &[u8]) -> Result<Option<String>, sfv::Error> {
        let entries = members(input)?;
        let mut keys: Vec<&str> = Vec::new();
        for entry in &entries {
            if !keys.contains(&entry.key) {
                keys.push(entry.key);
            }
        }
        let mut text = DictSerializer::new();
        for key in keys {
            let name = KeyRef::from_str(key)?;
            // The last member of a key counts, in the place of the first.
            match entries
                .iter()
                .rfind(|entry| entry.key == key)
                .map(|e| &e.value)
            {
                Some(Value::Item(item)) => {
                    let _ = text
                        .bare_item(name, &item.value)
                        .parameters(item.parameters.iter().map(|(key, value)| (*key, value)));
                }
                Some(Value::List { items, parameters }) => {
                    let mut list = text.inner_list(name);
                    for item in items {
                        let _ = list
                            .bare_item(&item.value)
                            .parameters(item.parameters.iter().map(|(key, value)| (*key, value)));
                    }
                    let _ = list
                        .finish()
                        .parameters(parameters.iter().map(|(key, value)| (*key, value)));
                }
                None => {}
            }
        }
        Ok(text.finish())
    }

    fn canonical_list(input: &[u8]) -> Result<Option<String>, sfv::Error> {
        let mut text = ListSerializer::new();
        for value in listed(input)? {
            match value {
                Value::Item(item) => {
                    let _ = text
                        .bare_item(&item.value)
                        .parameters(item.parameters.iter().map(|(key, value)| (*key, value)));
                }
                Value::List { items, parameters } => {
                    let mut list = text.inner_list();
                    for item in items {
                        let _ = list
                            .bare_item(&item.value)
                            .parameters(item.parameters.iter().map(|(key, value)| (*key, value)));
                    }
                    let _ = list
                        .finish()
                        .parameters(parameters.iter().map(|(key, value)| (*key, value)));
                }
            }
        }
        Ok(text.finish())
    }

    #[test]
    fn positions_are_those_of_the_text() {
        let text = br#"a=(b "c" 1), dd;x=1"#;
        let entries = members(text).unwrap();
        let places: Vec<_> = entries.iter().map(|e| (e.key, e.position)).collect();
        assert_eq!(places, [("a", 0), ("dd", 13)]);
        let Value::List { items, .. } = &entries[0].value else {
            panic!("a list");
        };
        let places: Vec<_> = items.iter().map(|item| item.position).collect();
        assert_eq!(places, [Some(3), Some(5), None]);
    }

    #[test]
    fn conformance_structured_fields() {
        let Some(folder) = std::env::var_os("CONFORMANCE_DIR") else {
            use std::io::Write as _;
            // Not `eprintln!`: the test harness would keep it to itself.
            let _ = writeln!(
                std::io::stderr(),
                "NOT RUN: structured-fields.json: CONFORMANCE_DIR is not set, the standards' cases were not checked"
            );
            return;
        };
        let path = std::path::Path::new(&folder).join("structured-fields.json");
        let data: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let strings = |value: &serde_json::Value| -> Vec<String> {
            let lines = value.as_array().unwrap().iter();
            lines
                .map(|line| line.as_str().unwrap().to_owned())
                .collect()
        };
        let cases = data["cases"].as_array().unwrap();
        assert!(!cases.is_empty());
        let mut failures = Vec::new();
        for case in cases {
            let input = strings(&case["input"]).join(", ");
            let read = match case["type"].as_str().unwrap() {
                "dictionary" => canonical_dictionary(input.as_bytes()),
                "item" => item(input.as_bytes()).map(|item| Some(canonical_item(&item))),
                _ => canonical_list(input.as_bytes()),
            };
            let expected = case.get("canonical").unwrap_or(&case["input"]);
            let fine = match &read {
                Err(_) => case["must_fail"] == true || case["can_fail"] == true,
                Ok(_) if case["must_fail"] == true => false,
                Ok(text) => text.iter().cloned().collect::<Vec<_>>() == strings(expected),
            };
            if !fine {
                failures.push(format!("{read:?}\n    {case}"));
            }
        }
        assert!(
            failures.is_empty(),
            "{} of {} cases failed:\n{}",
            failures.len(),
            cases.len(),
            failures.join("\n")
        );
    }
}
