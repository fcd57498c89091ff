//! The table for Node.js and for anything else, as JSON.

use serde_json::{Map, Value, json};

use super::pattern::regex;
use super::plan::{Kinds, Lines, Plan, UNENCODED};

/// What reads the table in Node.js; `docs/hosting.md` shows it.
pub(super) const MIDDLEWARE: &str = include_str!("visor.cjs");

fn object(lines: &Lines) -> Map<String, Value> {
    let lines = lines.iter();
    lines
        .map(|(name, value)| (name.clone(), value.as_str().into()))
        .collect()
}

pub(super) fn write(plan: &Plan) -> String {
    let kind = |place: &str| {
        let end = place
            .rsplit('/')
            .next()
            .and_then(|name| name.rsplit_once('.'));
        let known = end.and_then(|(_, end)| plan.types.get(&end.to_ascii_lowercase()));
        known
            .map_or("application/octet-stream", String::as_str)
            .to_owned()
    };
    let mut paths = Map::new();
    let mut patterns = Vec::new();
    let answer = |place: &str, lines: &Lines| {
        let mut headers = object(lines);
        headers.insert("content-type".to_owned(), kind(place).into());
        let copies = ["br", "gz"];
        let copies = copies
            .iter()
            .filter(|end| plan.files.contains_key(&format!("{place}.{end}")));
        let copies: Vec<&&str> = copies.collect();
        json!({
            "file": place, "digest": plan.digests.get(place), "headers": headers, "copies": copies,
        })
    };
    for path in &plan.file_paths {
        let own = plan.exceptions.iter().find(|(known, _)| known == path);
        let lines = own.map_or(&plan.file_headers, |(_, lines)| lines);
        let place = format!("public/{}", super::plan::file_name(path));
        let mut answer = answer(&place, lines);
        if let Some(value) = plan.unencoded.get(path) {
            answer["headers"][UNENCODED] = value.as_str().into();
        }
        paths.insert(path.clone(), answer);
    }
    for page in &plan.pages {
        for path in &page.paths {
            paths.insert(path.clone(), answer(&page.file, &page.headers));
        }
        for pattern in &page.patterns {
            let mut answer = answer(&page.file, &page.headers);
            answer["pattern"] = regex(pattern, "").into();
            patterns.push(answer);
        }
    }
    let redirects: Map<String, Value> = plan
        .redirect
        .iter()
        .map(|(from, to)| (from.clone(), to.as_str().into()))
        .collect();
    let document = json!({
        "comments": plan.notes,
        "paths": paths,
        "patterns": patterns,
        "redirects": redirects,
        "sdk": plan.sdk_folder,
        "moved": object(&plan.moved),
        "missing": object(&plan.missing),
        "missing-sdk": object(&plan.missing_sdk),
        "api": {"document": object(&plan.api.document), "other": object(&plan.api.other)},
    });
    format!("{document:#}\n")
}

/// The headers of both kinds of response.
pub(super) fn kinds(kinds: &Kinds, notes: &[String]) -> String {
    let document = json!({
        "comments": notes,
        "document": object(&kinds.document),
        "other": object(&kinds.other),
    });
    format!("{document:#}\n")
}
