//! JSON from outside: small, each key once, and read field by field with its place.

use serde_json::{Map, Value};

use super::{SessionError, SessionErrorKind};
use crate::json;

/// Reads one document in which no key appears twice in an object.
///
/// The error repeats nothing of the document.
pub(super) fn read(
    bytes: &[u8],
    longest: usize,
    kind: SessionErrorKind,
) -> Result<Value, SessionError> {
    if bytes.len() > longest {
        let found = bytes.len();
        let reason = format!("{found} bytes are too many: at most {longest} are read");
        return Err(SessionError::new(kind, "length", reason));
    }
    json::read(bytes, json::DEEPEST).map_err(|fault| {
        let place = format!("line {} column {}", fault.line, fault.column);
        SessionError::new(kind, place, fault.reason)
    })
}

const WHOLE: &str = "a whole number";

/// An object whose fields are taken one by one; `null` counts as absent.
#[derive(Debug)]
pub(super) struct Object {
    kind: SessionErrorKind,
    path: String,
    fields: Map<String, Value>,
}

impl Object {
    /// `path` is empty for the document itself.
    pub(super) fn new(
        kind: SessionErrorKind,
        path: String,
        value: Value,
    ) -> Result<Self, SessionError> {
        match value {
            Value::Object(fields) => Ok(Self { kind, path, fields }),
            other => Err(mismatch(kind, path, "an object", &other)),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    pub(super) fn place(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    pub(super) fn error(
        &self,
        name: &str,
        reason: impl Into<std::borrow::Cow<'static, str>>,
    ) -> SessionError {
        SessionError::new(self.kind, self.place(name), reason)
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.fields.remove(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, SessionError> {
        self.take(name)
            .map(|value| match value {
                Value::String(text) => Ok(text),
                other => Err(self.mismatch(name, "a text", &other)),
            })
            .transpose()
    }

    pub(super) fn number(&mut self, name: &str) -> Result<Option<u64>, SessionError> {
        self.take(name)
            .map(|value| {
                value
                    .as_u64()
                    .ok_or_else(|| self.mismatch(name, WHOLE, &value))
            })
            .transpose()
    }

    pub(super) fn fraction(&mut self, name: &str) -> Result<Option<f64>, SessionError> {
        self.take(name)
            .map(|value| {
                value
                    .as_f64()
                    .ok_or_else(|| self.mismatch(name, "a number", &value))
            })
            .transpose()
    }

    pub(super) fn switch(&mut self, name: &str) -> Result<Option<bool>, SessionError> {
        self.take(name)
            .map(|value| {
                value
                    .as_bool()
                    .ok_or_else(|| self.mismatch(name, "`true` or `false`", &value))
            })
            .transpose()
    }

    pub(super) fn object(&mut self, name: &str) -> Result<Option<Self>, SessionError> {
        self.take(name)
            .map(|value| Self::new(self.kind, self.place(name), value))
            .transpose()
    }

    /// A list of objects.
    pub(super) fn objects(&mut self, name: &str) -> Result<Option<Vec<Self>>, SessionError> {
        let path = self.place(name);
        match self.take(name) {
            Some(Value::Array(items)) => Self::all(self.kind, &path, items).map(Some),
            Some(other) => Err(self.mismatch(name, "a list", &other)),
            None => Ok(None),
        }
    }

    /// Each item of a list, as an object.
    pub(super) fn all(
        kind: SessionErrorKind,
        path: &str,
        items: Vec<Value>,
    ) -> Result<Vec<Self>, SessionError> {
        items
            .into_iter()
            .enumerate()
            .map(|(index, item)| Self::new(kind, format!("{path}[{index}]"), item))
            .collect()
    }

    pub(super) fn required<T>(&self, name: &str, value: Option<T>) -> Result<T, SessionError> {
        value.ok_or_else(|| self.error(name, "missing"))
    }

    /// What was not taken: places and values.
    pub(super) fn rest(self) -> impl Iterator<Item = (String, Value)> {
        let Self { path, fields, .. } = self;
        fields.into_iter().map(move |(name, value)| {
            let place = if path.is_empty() {
                name
            } else {
                format!("{path}.{name}")
            };
            (place, value)
        })
    }

    fn mismatch(&self, name: &str, wanted: &str, found: &Value) -> SessionError {
        mismatch(self.kind, self.place(name), wanted, found)
    }
}

pub(super) fn mismatch(
    kind: SessionErrorKind,
    path: String,
    wanted: &str,
    found: &Value,
) -> SessionError {
    let found = match found {
        Value::Null => "`null`",
        Value::Bool(_) => "a switch",
        Value::Number(_) if wanted == WHOLE => "another number",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    let place = if path.is_empty() {
        "document".into()
    } else {
        path
    };
    SessionError::new(kind, place, format!("must be {wanted}, found {found}"))
}
