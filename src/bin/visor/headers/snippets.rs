//! The same headers in the words of static servers. Writing to a string can't fail.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Sent, lines};

/// Stands at the head of each snippet.
const LIMITS: &[&str] = &[
    "Written by `visor headers`; write it anew when the policy changes.",
    "A static server can't make nonces, can't tell a file of the SDK from another, and keeps no header",
    "of an application behind it from leaking. The layer of tower-visor does all three.",
];

fn comment(sign: &str) -> String {
    LIMITS
        .iter()
        .map(|line| [sign, " ", line, "\n"].concat())
        .collect()
}

/// All values of a header, in their order.
fn values<'a>(headers: &'a http::HeaderMap, name: &str) -> Vec<&'a str> {
    lines(headers)
        .filter(|(known, _)| *known == name)
        .map(|(_, value)| value)
        .collect()
}

fn names(sent: &Sent) -> BTreeSet<&str> {
    lines(&sent.page)
        .chain(lines(&sent.other))
        .map(|(name, _)| name)
        .collect()
}

/// Text between double quotes in nginx, Apache and Caddy.
fn quoted(value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
    ["\"", &escaped, "\""].concat()
}

/// `$` begins a variable in nginx, and nothing escapes it.
fn without(value: &str, sign: char, server: &str) -> Result<(), String> {
    if value.contains(sign) {
        return Err(format!("`{sign}` can't be written in a header of {server}"));
    }
    Ok(())
}

/// One header for pages and one for the rest by the content type, in a `map` each.
pub(super) fn nginx(sent: &Sent) -> Result<String, String> {
    let mut maps = String::new();
    let mut adds = String::new();
    for name in names(sent) {
        let (page, other) = (values(&sent.page, name), values(&sent.other, name));
        for index in 0..page.len().max(other.len()) {
            let of = |values: &[&str]| values.get(index).copied().unwrap_or_default().to_owned();
            let (page, other) = (of(&page), of(&other));
            without(&page, '$', "nginx")?;
            without(&other, '$', "nginx")?;
            let value = if page == other {
                quoted(&page)
            } else {
                let variable = format!("$visor_{}_{index}", name.replace('-', "_"));
                let (page, other) = (quoted(&page), quoted(&other));
                let _ = write!(
                    maps,
                    "map $sent_http_content_type {variable} {{\n    default {other};\n    \"~*^text/html\" {page};\n}}\n"
                );
                variable
            };
            let _ = writeln!(adds, "add_header {name} {value} always;");
        }
    }
    let head = comment("#");
    Ok(format!(
        "{head}#\n# Into `http`:\n{maps}\n# Into `server`; a `location` with an `add_header` of its own loses all of these:\n\
         server_tokens off;\n{adds}"
    ))
}

pub(super) fn apache(sent: &Sent) -> Result<String, String> {
    let mut out = comment("#");
    out.push_str("ServerSignature Off\n");
    let is_page = "\"expr=%{CONTENT_TYPE} =~ m#^text/html#i\"";
    let is_other = "\"expr=!(%{CONTENT_TYPE} =~ m#^text/html#i)\"";
    for name in names(sent) {
        let (page, other) = (values(&sent.page, name), values(&sent.other, name));
        for value in page.iter().chain(&other) {
            without(value, '%', "Apache")?;
        }
        // `always` is the table that error pages use; what a program set stands in the other.
        let _ = write!(out, "Header unset {name}\nHeader always unset {name}\n");
        if page == other {
            for value in page {
                let _ = writeln!(out, "Header always add {name} {}", quoted(value));
            }
            continue;
        }
        for (values, condition) in [(page, is_page), (other, is_other)] {
            for value in values {
                let value = quoted(value);
                let _ = writeln!(out, "Header always add {name} {value} {condition}");
            }
        }
    }
    Ok(out)
}

pub(super) fn caddy(sent: &Sent) -> Result<String, String> {
    let mut out = comment("#");
    for (matcher, headers) in [("@visor_page", &sent.page), ("@visor_other", &sent.other)] {
        let rule = if matcher == "@visor_page" {
            "path */ *.html"
        } else {
            "not path */ *.html"
        };
        let _ = write!(out, "{matcher} {rule}\nheader {matcher} {{\n    -Server\n");
        let mut seen = BTreeSet::new();
        for (name, value) in lines(headers) {
            without(value, '{', "Caddy")?;
            // The first value replaces what was there, the others are added.
            let sign = if seen.insert(name) { "" } else { "+" };
            let _ = writeln!(out, "    {sign}{name} {}", quoted(value));
        }
        out.push_str("    defer\n}\n");
    }
    Ok(out)
}

/// `staticwebapp.config.json`. It knows paths, not content types, and one value for each header.
pub(super) fn static_web_apps(sent: &Sent) -> String {
    let object = |headers: &http::HeaderMap| -> serde_json::Value {
        let mut object = serde_json::Map::new();
        for (name, value) in lines(headers) {
            // Browsers read a comma between policies as they read two headers.
            let joined = match object.get(name).and_then(serde_json::Value::as_str) {
                Some(before) => format!("{before}, {value}"),
                None => value.to_owned(),
            };
            object.insert(name.to_owned(), joined.into());
        }
        object.into()
    };
    let document = serde_json::json!({
        "globalHeaders": object(&sent.page),
        "mimeTypes": {".wasm": "application/wasm", ".js": "text/javascript", ".json": "application/json"},
    });
    format!("{document:#}\n")
}

/// A rule set that overwrites each header, for every response.
pub(super) fn front_door(sent: &Sent) -> String {
    let mut actions = String::new();
    let mut seen: Vec<(&str, String)> = Vec::new();
    for (name, value) in lines(&sent.page) {
        match seen.iter_mut().find(|(known, _)| *known == name) {
            Some((_, before)) => *before = format!("{before}, {value}"),
            None => seen.push((name, value.to_owned())),
        }
    }
    for (name, value) in &seen {
        let value = value
            .replace('\\', "\\\\")
            .replace('\'', "\\'")
            .replace("${", "\\${");
        let _ = write!(
            actions,
            "      {{\n        name: 'ModifyResponseHeader'\n        parameters: {{\n          typeName: 'DeliveryRuleHeaderActionParameters'\n          headerAction: 'Overwrite'\n          headerName: '{name}'\n          value: '{value}'\n        }}\n      }}\n"
        );
    }
    let head = comment("//");
    format!(
        "{head}// Every response gets the headers of a page; the profile and the rule set are the caller's.\n\
         param profileName string\nparam ruleSetName string = 'visor'\n\n\
         resource profile 'Microsoft.Cdn/profiles@2024-02-01' existing = {{\n  name: profileName\n}}\n\n\
         resource ruleSet 'Microsoft.Cdn/profiles/ruleSets@2024-02-01' = {{\n  parent: profile\n  name: ruleSetName\n}}\n\n\
         resource headers 'Microsoft.Cdn/profiles/ruleSets/rules@2024-02-01' = {{\n  parent: ruleSet\n  name: 'headers'\n  properties: {{\n    order: 1\n    conditions: []\n    actions: [\n{actions}    ]\n  }}\n}}\n"
    )
}
