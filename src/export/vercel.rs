//! Vercel: `vercel.json` next to the folder of the files.

use serde_json::{Value, json};

use super::limits::most;
use super::pattern::{FILES, escaped, pattern_text};
use super::plan::{Kinds, Lines, Plan, PlannedPage, file_name};
use super::{Counted, ExportFault, Hosting};

const HOSTING: Hosting = Hosting::Vercel;

fn list(path: &str, lines: &Lines, faults: &mut Vec<ExportFault>) -> Vec<Value> {
    let most = most(HOSTING, Counted::Value).unwrap_or(usize::MAX);
    for (name, value) in lines.iter().filter(|(_, value)| value.len() > most) {
        faults.push(ExportFault::TooLong {
            hosting: HOSTING,
            path: path.to_owned(),
            header: name.clone(),
            what: "value",
            length: value.len(),
            most,
            way: "remove languages and URLs from the policy",
        });
    }
    let lines = lines.iter();
    lines
        .map(|(name, value)| json!({"key": name, "value": value}))
        .collect()
}

/// A path in a pattern of theirs.
fn literal(path: &str) -> String {
    escaped(&format!("/{}", file_name(path)))
}

pub(super) fn write(plan: &Plan, faults: &mut Vec<ExportFault>) -> String {
    let mut headers = Vec::new();
    let mut taken = Vec::new();
    let mut rewrites = Vec::new();
    let ends = FILES.join("|");
    for proxy in &plan.proxies {
        let text = literal(&proxy.path);
        let (source, to) = if proxy.path.ends_with('/') {
            (
                format!("{text}:rest*"),
                format!("{}{}:rest*", proxy.upstream, proxy.path),
            )
        } else {
            (text.clone(), format!("{}{}", proxy.upstream, proxy.path))
        };
        rewrites.push(json!({"source": source, "destination": to}));
    }
    let mut own = |source: String, page: &PlannedPage, faults: &mut Vec<ExportFault>| {
        let list = list(&page.file, &page.headers, faults);
        // Inside another group they take no group that captures.
        let inside = source.trim_start_matches('/');
        taken.push(match inside.strip_prefix('(') {
            Some(rest) => format!("(?:{rest}"),
            None => inside.to_owned(),
        });
        headers.push(json!({"source": source, "headers": list}));
    };
    // Of two rules that fit, the later one counts: that of a page that has a path of its own.
    for (pattern, page) in plan.deep() {
        let source = format!("/((?!.*[.](?:{ends})$){})", &pattern_text(pattern)[1..]);
        own(source.clone(), page, faults);
        let place = page.file.trim_start_matches("public");
        rewrites.push(json!({"source": source, "destination": place}));
    }
    for page in &plan.pages {
        for path in &page.paths {
            own(literal(path), page, faults);
            if let Some(folder) = path.strip_suffix("/").filter(|folder| !folder.is_empty()) {
                own(literal(folder), page, faults);
            }
        }
        if page.paths.is_empty() {
            own(
                literal(page.file.trim_start_matches("public")),
                page,
                faults,
            );
        }
    }
    for (path, lines) in &plan.exceptions {
        let list = list(path, lines, faults);
        taken.push(literal(path).trim_start_matches('/').to_owned());
        headers.push(json!({"source": literal(path), "headers": list}));
    }
    // One rule for each path: of two, the later one would count.
    let rest = format!("/((?!(?:{})$).*)", taken.join("|"));
    let files = list("files", &plan.file_headers, faults);
    headers.push(json!({"source": rest, "headers": files}));
    if let Some(most) = most(HOSTING, Counted::Rules).filter(|most| headers.len() > *most) {
        faults.push(ExportFault::TooMany {
            hosting: HOSTING,
            what: "rules",
            count: headers.len(),
            most,
            way: "leave pages out with `without`",
        });
    }
    let mut document = json!({
        "outputDirectory": "public", "buildCommand": "", "installCommand": "", "framework": Value::Null,
        "cleanUrls": false, "headers": headers,
    });
    if !rewrites.is_empty() {
        document["rewrites"] = rewrites.into();
    }
    if let Some((from, to)) = &plan.redirect {
        document["redirects"] =
            json!([{"source": literal(from), "destination": to, "permanent": false}]);
    }
    format!("{document:#}\n")
}

/// One set of headers for every response.
pub(super) fn kinds(kinds: &Kinds) -> Result<String, ExportFault> {
    let mut faults = Vec::new();
    let headers = list("the policy", &kinds.document, &mut faults);
    let document = json!({"headers": [{"source": "/(.*)", "headers": headers}]});
    let text = format!("{document:#}\n");
    faults.into_iter().next().map_or(Ok(text), Err)
}
