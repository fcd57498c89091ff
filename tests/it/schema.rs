//! A small validator: the keywords of JSON Schema that the schemas in `docs` use, and a failure for
//! any other. The crates that know them all would add fifty to the build.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::Value;

/// The schemas in `docs`, by file name; read once, as the fuzz targets use this file, too. Their
/// package is a folder further down.
static SCHEMAS: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let mut folders = here.map(|folder| folder.join("docs"));
    let folder = folders.find(|folder| folder.is_dir()).expect("docs");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap());
    let named = files.map(|file| (file.file_name().into_string().unwrap(), file.path()));
    let schemas = named.filter(|(name, _)| name.ends_with(".schema.json"));
    schemas
        .map(|(name, path)| {
            let text = fs::read_to_string(path).unwrap();
            (name, serde_json::from_str(&text).unwrap())
        })
        .collect()
});

/// What a schema in `docs` has against a value.
pub(super) fn faults(schema: &str, value: &Value) -> Vec<String> {
    let schema = SCHEMAS.get(schema).expect(schema);
    let mut faults = Vec::new();
    check(schema, schema, value, "$", &mut faults);
    faults
}

fn check(root: &Value, schema: &Value, value: &Value, place: &str, faults: &mut Vec<String>) {
    let mut fault = |what: &str| faults.push(format!("{place}: {what}"));
    let text = value.as_str().unwrap_or_default();
    let length = match value {
        Value::Array(items) => items.len(),
        _ => text.chars().count(),
    } as u64;
    for (keyword, wanted) in schema.as_object().unwrap() {
        let holds = match keyword.as_str() {
            // The first say nothing of a value, the last are followed below.
            "$schema" | "$defs" | "title" | "description" | "properties" | "items" | "$ref" => true,
            "const" => value == wanted,
            "enum" => wanted.as_array().unwrap().contains(value),
            "type" => match wanted {
                Value::Array(types) => types.iter().any(|wanted| is_of_type(value, wanted)),
                wanted => is_of_type(value, wanted),
            },
            "minimum" => value.as_i64().is_none_or(|n| n >= wanted.as_i64().unwrap()),
            "maximum" => value.as_i64().is_none_or(|n| n <= wanted.as_i64().unwrap()),
            "minItems" => !value.is_array() || length >= wanted.as_u64().unwrap(),
            "maxItems" => !value.is_array() || length <= wanted.as_u64().unwrap(),
            "minLength" => !value.is_string() || length >= wanted.as_u64().unwrap(),
            "maxLength" => !value.is_string() || length <= wanted.as_u64().unwrap(),
            "pattern" => !value.is_string() || matches(wanted.as_str().unwrap(), text),
            "uniqueItems" => value.as_array().is_none_or(|items| {
                items
                    .iter()
                    .enumerate()
                    .all(|(index, item)| !items[..index].contains(item))
            }),
            "required" => wanted.as_array().unwrap().iter().all(|key| {
                value
                    .as_object()
                    .is_none_or(|map| map.contains_key(key.as_str().unwrap()))
            }),
            "additionalProperties" => {
                assert_eq!(wanted, false);
                value.as_object().is_none_or(|map| {
                    map.keys()
                        .all(|key| schema["properties"].get(key).is_some())
                })
            }
            other => panic!("the schema uses `{other}`, which this test does not know"),
        };
        if !holds {
            fault(keyword);
        }
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = root
            .pointer(reference.strip_prefix('#').unwrap())
            .expect(reference);
        check(root, target, value, place, faults);
    }
    if let (Some(properties), Some(map)) = (schema.get("properties"), value.as_object()) {
        for (key, inner) in map {
            if let Some(schema) = properties.get(key) {
                check(root, schema, inner, &format!("{place}.{key}"), faults);
            }
        }
    }
    if let (Some(items), Some(list)) = (schema.get("items"), value.as_array()) {
        for (index, inner) in list.iter().enumerate() {
            check(root, items, inner, &format!("{place}[{index}]"), faults);
        }
    }
}

fn is_of_type(value: &Value, wanted: &Value) -> bool {
    match wanted.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        other => panic!("type {other}"),
    }
}

/// The patterns of the schemas, each as a function: there is no regular expression engine here.
fn matches(pattern: &str, text: &str) -> bool {
    let plain = |part: &str, extra: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
    };
    match pattern {
        "^/" => text.starts_with('/'),
        "^/([A-Za-z0-9._~@+-]+/)*$" => text.strip_prefix('/').is_some_and(|rest| {
            rest.is_empty()
                || rest
                    .strip_suffix('/')
                    .is_some_and(|inner| inner.split('/').all(|part| plain(part, "._~@+-")))
        }),
        "^[A-Za-z0-9._@+-]+(/[A-Za-z0-9._@+-]+)*$" => {
            text.split('/').all(|part| plain(part, "._@+-"))
        }
        p if p.starts_with("^(0|[1-9][0-9]*)") => text.parse::<tower_visor::sdk::Version>().is_ok(),
        p if p.starts_with("^sha(1|") => text.split(' ').all(|word| {
            word.split_once('-').is_some_and(|(name, digest)| {
                ["sha1", "sha256", "sha384", "sha512"].contains(&name)
                    && plain(digest.trim_end_matches('='), "+/")
            })
        }),
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" => text.parse::<tower_visor::sdk::Date>().is_ok(),
        "^[a-z0-9]+(-[a-z0-9]+)*$" => text
            .split('-')
            .all(|word| plain(word, "") && word.to_ascii_lowercase() == word),
        "^sha(256|384|512)-[A-Za-z0-9+/]+={0,2}$" => {
            text.parse::<tower_visor::sri::Digest>().is_ok()
        }
        p if p.starts_with("^(sha256-") => text.parse::<tower_visor::sri::Digest>().is_ok(),
        other => panic!("the schema uses the pattern `{other}`, which this test does not know"),
    }
}
