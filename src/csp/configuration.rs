//! A policy in configuration: a map of directives, or its text.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::read::Word;
use super::{Csp, CspBuilder};

impl Serialize for Csp {
    /// A map from each directive to the list of its sources, in the order of the text.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.directives().count()))?;
        for (name, value) in self.directives() {
            let words: Vec<&str> = value.split(' ').filter(|word| !word.is_empty()).collect();
            map.serialize_entry(name.as_str(), &words)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Csp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PolicyVisitor)
    }
}

struct PolicyVisitor;

impl<'de> Visitor<'de> for PolicyVisitor {
    type Value = Csp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of CSP directives, or a policy as one string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Csp, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Csp, A::Error> {
        let mut builder = Csp::builder();
        while let Some(name) = map.next_key::<String>()? {
            read_entry(&mut builder, &name, &map.next_value()?);
        }
        builder.build().map_err(A::Error::custom)
    }
}

fn read_entry(builder: &mut CspBuilder, name: &str, value: &Value) {
    let name = Word {
        position: None,
        text: name,
    };
    let word = |text| Word {
        position: None,
        text,
    };
    let words: Vec<Word<'_>> = match value {
        Value::Text(text) => text
            .split([' ', '\t'])
            .filter(|text| !text.is_empty())
            .map(word)
            .collect(),
        Value::List(items) => items.iter().map(|item| word(item.as_str())).collect(),
    };
    builder.read_directive(name, &words);
}

/// What stands behind a directive's name.
enum Value {
    Text(String),
    List(Vec<String>),
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;

        impl<'de> Visitor<'de> for ValueVisitor {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a list of sources, or one string of them (`[]` for a directive without a value)",
                )
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Value::List(list))
            }
        }

        deserializer.deserialize_any(ValueVisitor)
    }
}
