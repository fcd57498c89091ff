//! JSON from outside, in which no key may stand twice in an object: readers differ in which of the
//! two counts, and then one reader sees a different document from the next.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use serde_core::de::{
    self, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor,
};
use serde_json::Number;

/// How deep arrays and objects may be nested by default: `serde_json` reads no deeper either.
pub(crate) const DEEPEST: usize = 127;

/// What a document becomes.
pub(crate) trait Tree: Sized {
    /// `null`.
    fn null() -> Self;
    /// `true` and `false`.
    fn switch(switch: bool) -> Self;
    /// A number.
    fn number(number: Number) -> Self;
    /// A text.
    fn text(text: String) -> Self;
    /// An array.
    fn list(items: Vec<Self>) -> Self;
    /// An object, in the order of the document.
    fn map(entries: Vec<(String, Self)>) -> Self;
    /// What is said of a key that appears twice.
    fn twice(key: &str) -> String;
}

/// Why a text is no such document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JsonFault {
    /// Line, from 1.
    pub(crate) line: usize,
    /// Column, from 1; 0 where the line has just begun.
    pub(crate) column: usize,
    /// What is wrong, without its place; of the document it repeats what [`Tree::twice`] does.
    pub(crate) reason: String,
}

/// Reads one document, nested at most so deep.
pub(crate) fn read<T: Tree>(bytes: &[u8], deepest: usize) -> Result<T, JsonFault> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Unique::<T>::within(deepest).deserialize(&mut reader);
    let value = value.and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = error.to_string();
        let place = format!(" at line {line} column {column}");
        let reason = message.strip_suffix(&place).unwrap_or(&message).to_owned();
        JsonFault {
            line,
            column,
            reason,
        }
    })
}

/// A value whose objects hold each key once.
struct Unique<T> {
    /// How many levels may still be opened.
    left: usize,
    tree: PhantomData<T>,
}

impl<T> Unique<T> {
    fn within(left: usize) -> Self {
        let tree = PhantomData;
        Self { left, tree }
    }

    /// One level further in.
    fn inside<E: de::Error>(&self) -> Result<Self, E> {
        let left = self.left.checked_sub(1);
        let left = left.ok_or_else(|| E::custom("nested too deeply"))?;
        Ok(Self::within(left))
    }
}

impl<'de, T: Tree> DeserializeSeed<'de> for Unique<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Tree> Visitor<'de> for Unique<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<T, E> {
        Ok(T::null())
    }

    fn visit_bool<E: de::Error>(self, switch: bool) -> Result<T, E> {
        Ok(T::switch(switch))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        Ok(T::number(number.into()))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        Ok(T::number(number.into()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        // JSON has no other ones.
        Number::from_f64(number)
            .map(T::number)
            .ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        Ok(T::text(text.to_owned()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<T, E> {
        Ok(T::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<T, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.inside()?)? {
            list.push(item);
        }
        Ok(T::list(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<T, A::Error> {
        let mut known = BTreeSet::new();
        let mut map = Vec::new();
        let inside = || self.inside();
        while let Some(key) = entries.next_key::<String>()? {
            if !known.insert(key.clone()) {
                return Err(A::Error::custom(T::twice(&key)));
            }
            map.push((key, entries.next_value_seed(inside()?)?));
        }
        Ok(T::map(map))
    }
}

/// Inside the crate only: no public name shows it.
#[cfg(any(feature = "reports", feature = "session"))]
type Value = serde_json::Value;

#[cfg(any(feature = "reports", feature = "session"))]
impl Tree for Value {
    fn null() -> Self {
        Self::Null
    }

    fn switch(switch: bool) -> Self {
        Self::Bool(switch)
    }

    fn number(number: Number) -> Self {
        Self::Number(number)
    }

    fn text(text: String) -> Self {
        Self::String(text)
    }

    fn list(items: Vec<Self>) -> Self {
        Self::Array(items)
    }

    fn map(entries: Vec<(String, Self)>) -> Self {
        Self::Object(entries.into_iter().collect())
    }

    /// The document may be about a person: nothing of it is repeated.
    fn twice(_: &str) -> String {
        String::from("a key appears twice in one object")
    }
}
