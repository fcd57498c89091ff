//! Azure Static Web Apps: `staticwebapp.config.json` in the folder of the files.

use serde_json::{Map, Value, json};

use super::limits::most;
use super::pattern::{FILES, starred, written};
use super::plan::{Kinds, Lines, Plan, value_of};
use super::{Counted, ExportFault, Hosting};

const NAME: &str = "staticwebapp.config.json";

/// Headers as an object; an empty value takes away what is set for all.
fn object(lines: &Lines, global: &Lines) -> Map<String, Value> {
    let gone = global
        .iter()
        .filter(|(name, _)| value_of(lines, name).is_empty());
    let gone = gone.map(|(name, _)| (name.clone(), Value::from("")));
    let own = lines
        .iter()
        .filter(|(name, value)| value_of(global, name) != value);
    let own = own.map(|(name, value)| (name.clone(), Value::from(value.as_str())));
    gone.chain(own).collect()
}

/// The file, where it isn't too large.
fn checked(document: &Value) -> Result<String, ExportFault> {
    let text = format!("{document:#}\n");
    // Without the spaces that are there for people.
    let short = document.to_string();
    let most = most(Hosting::AzureStaticWebApps, Counted::File).unwrap_or(usize::MAX);
    if text.len() <= most {
        return Ok(text);
    }
    if short.len() > most {
        return Err(ExportFault::TooLong {
            hosting: Hosting::AzureStaticWebApps,
            path: NAME.to_owned(),
            header: NAME.to_owned(),
            what: "configuration",
            length: short.len(),
            most,
            way: "leave pages out with `without`, or put Azure Front Door in front and export for that",
        });
    }
    Ok(short + "\n")
}

pub(super) fn write(plan: &Plan, faults: &mut Vec<ExportFault>) -> Option<String> {
    let global = &plan.file_headers;
    let mut routes = Vec::new();
    if let Some((from, to)) = &plan.redirect {
        routes.push(json!({"route": from, "redirect": to, "statusCode": 302}));
    }
    for page in &plan.pages {
        for path in &page.paths {
            let mut route = json!({"route": path, "headers": object(&page.headers, global)});
            if path.ends_with('/') {
                route["rewrite"] = format!("{path}index.html").into();
            }
            routes.push(route);
        }
    }
    for (path, lines) in &plan.exceptions {
        routes.push(json!({"route": path, "headers": object(lines, global)}));
    }
    for (pattern, page) in plan.deep() {
        let Some(route) = starred(pattern) else {
            faults.push(ExportFault::Pattern {
                hosting: Hosting::AzureStaticWebApps,
                pattern: written(pattern),
                reason: "its routes have one `*`, at their end",
                way: "write the pattern with `{*rest}` at its end, or export for another host",
            });
            continue;
        };
        // A file that is missing must not become a page.
        if let Some(folder) = route.strip_suffix('*') {
            for path in plan
                .file_paths
                .iter()
                .filter(|path| path.starts_with(folder))
            {
                routes.push(json!({"route": path, "headers": object(global, global)}));
            }
            let ends = FILES.join(",");
            routes.push(json!({"route": format!("{folder}*.{{{ends}}}"), "statusCode": 404}));
        }
        let place = page.file.trim_start_matches("public");
        routes.push(json!({
            "route": route, "methods": ["GET", "HEAD"], "rewrite": place,
            "headers": object(&page.headers, global),
        }));
    }
    let types: Map<String, Value> = plan
        .types
        .iter()
        .map(|(end, kind)| (format!(".{end}"), kind.as_str().into()))
        .collect();
    let document = json!({
        "routes": routes,
        "globalHeaders": object(global, &Lines::new()),
        "mimeTypes": types,
    });
    checked(&document).map_err(|fault| faults.push(fault)).ok()
}

/// One set of headers for every response: it knows paths, and no types.
pub(super) fn kinds(kinds: &Kinds) -> Result<String, ExportFault> {
    checked(&json!({
        "globalHeaders": object(&kinds.document, &Lines::new()),
        "mimeTypes": {".wasm": "application/wasm", ".js": "text/javascript", ".json": "application/json"},
    }))
}
