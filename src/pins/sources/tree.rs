//! A JSON or YAML document as a tree of text, without its types' subtleties.
//!
//! `serde_json::Value` keeps the last of two equal keys without a word, and then one reader of the
//! file sees a different value from the next. Here a key that appears twice is an error.

/// A value of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::pins) enum Node {
    /// Neither text nor number: `null`.
    Null,
    /// `true` and `false`. (YAML's are left as text: nothing here asks for them.)
    Switch(bool),
    /// A text, a number, or any scalar of YAML.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map in the order of the document, no key twice.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// The value of a key, where this is a map that has it.
    pub(in crate::pins) fn get(&self, key: &str) -> Option<&Self> {
        self.entries()
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, value)| value)
    }

    /// The entries of a map; none for anything else.
    pub(in crate::pins) fn entries(&self) -> &[(String, Self)] {
        match self {
            Self::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The text of a scalar.
    pub(in crate::pins) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a key's value.
    pub(in crate::pins) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// Whether a key's value is `true`, in JSON or in YAML.
    pub(in crate::pins) fn is_true(&self, key: &str) -> bool {
        match self.get(key) {
            Some(Self::Switch(switch)) => *switch,
            Some(Self::Text(text)) => text == "true",
            _ => false,
        }
    }
}

/// Why a text is not a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::pins) struct Fault {
    /// Line, from 1.
    pub(in crate::pins) line: usize,
    /// Column, from 1; 0 where the whole line is meant.
    pub(in crate::pins) column: usize,
    /// What is wrong, in words that quote nothing but keys, and those made safe to show.
    pub(in crate::pins) reason: String,
}
