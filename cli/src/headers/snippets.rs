//! The same headers in the words of static servers. Writing to a string can't fail.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::sent::{Sent, lines};

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
        // `always` is the table that error pages use; what a program set is in the other.
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

/// Caddy sends one value of a name where several are written, and drops what was set for a response
/// that becomes an error: so values are joined, and errors get their own.
pub(super) fn caddy(sent: &Sent) -> Result<String, String> {
    let block = |headers: &http::HeaderMap| -> Result<String, String> {
        let mut out = String::from("    -Server\n");
        for (name, value) in joined(headers) {
            without(&value, '{', "Caddy")?;
            let _ = writeln!(out, "    {name} {}", quoted(&value));
        }
        Ok(out)
    };
    let (page, other) = (block(&sent.page)?, block(&sent.other)?);
    let head = comment("#");
    Ok(format!(
        "{head}@visor_page path */ *.html\nheader @visor_page {{\n{page}    defer\n}}\n\
         @visor_other not path */ *.html\nheader @visor_other {{\n{other}    defer\n}}\n\
         handle_errors {{\nheader {{\n{other}    defer\n}}\nrespond \"{{err.status_code}}\"\n}}\n"
    ))
}

/// One value for each name. Browsers read a comma between policies as they read two headers.
fn joined(headers: &http::HeaderMap) -> Vec<(&str, String)> {
    let mut all: Vec<(&str, String)> = Vec::new();
    for (name, value) in lines(headers) {
        match all.iter_mut().find(|(known, _)| *known == name) {
            Some((_, before)) => {
                before.push_str(", ");
                before.push_str(value);
            }
            None => all.push((name, value.to_owned())),
        }
    }
    all
}

/// `staticwebapp.config.json`. It knows paths, not content types, and one value for each header.
pub(super) fn static_web_apps(sent: &Sent) -> String {
    let headers = joined(&sent.page).into_iter();
    let headers: serde_json::Map<String, serde_json::Value> = headers
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    let document = serde_json::json!({
        "globalHeaders": headers,
        "mimeTypes": {".wasm": "application/wasm", ".js": "text/javascript", ".json": "application/json"},
    });
    format!("{document:#}\n")
}

/// A rule set that overwrites each header, for every response.
pub(super) fn front_door(sent: &Sent) -> String {
    let mut actions = String::new();
    for (name, value) in joined(&sent.page) {
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
