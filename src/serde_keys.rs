//! Tables of a configuration file: every key known, and a slip answered with the right name.

/// A struct whose fields are all optional keys of a table.
///
/// It reads as serde's derive with `deny_unknown_fields` does, except that an unknown key is
/// answered with the one that was probably meant, and writes only the keys that are set.
macro_rules! table {
    (
        $(#[$attribute:meta])*
        struct $name:ident { $($field:ident: $type:ty = $key:literal,)* }
    ) => {
        $(#[$attribute])*
        #[derive(Default, serde::Serialize)]
        struct $name {
            $(
                #[serde(rename = $key, skip_serializing_if = "Option::is_none")]
                $field: Option<$type>,
            )*
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Table;

                impl<'de> serde::de::Visitor<'de> for Table {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a table with the keys ")?;
                        f.write_str(&[$($key),*].join(", "))
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> Result<$name, A::Error> {
                        const KEYS: &[&str] = &[$($key),*];
                        let mut table = $name::default();
                        while let Some(key) = map.next_key_seed($crate::serde_keys::Known(KEYS))? {
                            match key {
                                $($key => {
                                    if table.$field.is_some() {
                                        return Err(serde::de::Error::duplicate_field($key));
                                    }
                                    table.$field = Some(map.next_value()?);
                                })*
                                // `Known` gives only what is in the list.
                                other => return Err($crate::serde_keys::unknown(other, KEYS)),
                            }
                        }
                        Ok(table)
                    }
                }

                deserializer.deserialize_map(Table)
            }
        }
    };
}

pub(crate) use table;

/// Reads one of the keys. A reader that knows where the key stands puts its place on the error,
/// which it can't when the key is refused later.
pub(crate) struct Known(pub(crate) &'static [&'static str]);

impl<'de> serde::de::DeserializeSeed<'de> for Known {
    type Value = &'static str;

    fn deserialize<D: serde::Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl serde::de::Visitor<'_> for Known {
    type Value = &'static str;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "one of the keys {}", self.0.join(", "))
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Self::Value, E> {
        self.0
            .iter()
            .find(|known| **known == key)
            .copied()
            .ok_or_else(|| unknown(key, self.0))
    }
}

pub(crate) fn unknown<E: serde::de::Error>(key: &str, known: &[&'static str]) -> E {
    E::custom(format_args!(
        "unknown key `{}`{}; the keys are {}",
        key.escape_default(),
        crate::suggest::hint(key, known.iter().copied()),
        known.join(", ")
    ))
}
