//! `_headers` and `_redirects`, as Cloudflare Pages and Netlify read them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::limits::most;
use super::pattern::{starred, written};
use super::plan::{Kinds, Lines, Plan, value_of};
use super::{Counted, ExportFault, Hosting};
use crate::site::Pattern;

/// A Content Security Policy as several that allow together what it allows alone, for lines that have
/// to be short: what only names places moves out, and leaves every place open behind it, so that the one
/// that moved decides.
///
/// Both of two policies have to allow something. The first keeps the default for all that has no
/// directive.
fn split(value: &str, most: usize) -> Vec<String> {
    let mut kept: Vec<String> = value.split("; ").map(str::to_owned).collect();
    let mut moved: Vec<String> = Vec::new();
    let length = |kept: &[String]| kept.iter().map(|one| one.len() + 2).sum::<usize>();
    while length(&kept) > most {
        // The longest of those that name nothing but places.
        let mut places = kept.iter_mut().filter(|one| {
            let mut words = one.split(' ');
            let is_list = matches!(
                words.next(),
                Some("img-src" | "connect-src" | "font-src" | "media-src")
            );
            is_list && one.len() > 40 && words.all(|word| word.contains(':'))
        });
        let Some(longest) = places.by_ref().max_by_key(|one| one.len()) else {
            break;
        };
        let name = longest.split(' ').next().unwrap_or_default().to_owned();
        // `*` stands for none of these.
        let local = longest
            .split(' ')
            .filter(|word| matches!(*word, "data:" | "blob:"));
        let open: Vec<&str> = [name.as_str(), "*"].into_iter().chain(local).collect();
        let open = open.join(" ");
        moved.push(std::mem::replace(longest, open));
    }
    let mut policies = vec![kept.join("; ")];
    for directive in moved {
        match policies.last_mut() {
            // Nothing is gained by a policy of its own.
            Some(last) if policies_hold(last, &directive, most) => {
                last.push_str("; ");
                last.push_str(&directive);
            }
            _ => policies.push(directive),
        }
    }
    policies
}

/// Whether a policy made of moved directives takes one more.
fn policies_hold(last: &str, directive: &str, most: usize) -> bool {
    !last.starts_with("default-src") && last.len() + 2 + directive.len() <= most
}

/// The lines of a rule; `gone` are names that a broader rule set.
fn rule(
    hosting: Hosting,
    path: &str,
    lines: &Lines,
    gone: &[&str],
    faults: &mut Vec<ExportFault>,
) -> String {
    let most = most(hosting, Counted::Line).unwrap_or(usize::MAX);
    let mut out = format!("{path}\n");
    for name in gone {
        let _ = writeln!(out, "  ! {name}");
    }
    for (name, value) in lines {
        let room = most.saturating_sub(name.len() + 4);
        let values = if name.starts_with("content-security-policy") && value.len() > room {
            split(value, room)
        } else {
            vec![value.clone()]
        };
        for value in values {
            if value.len() > room {
                faults.push(ExportFault::TooLong {
                    hosting,
                    path: path.to_owned(),
                    header: name.clone(),
                    what: "line",
                    length: value.len(),
                    most: room,
                    way: "remove languages and URLs from the policy, or let a Function send the headers of the `json` export",
                });
            }
            let _ = writeln!(out, "  {name}: {value}");
        }
    }
    out
}

/// The rules, which may be too many.
fn joined(hosting: Hosting, head: &str, rules: &[String], faults: &mut Vec<ExportFault>) -> String {
    let most = most(hosting, Counted::Rules).unwrap_or(usize::MAX);
    if rules.len() > most {
        faults.push(ExportFault::TooMany {
            hosting,
            what: "rules",
            count: rules.len(),
            most,
            way: "leave pages out with `without`",
        });
    }
    format!("{head}{}", rules.concat())
}

/// The paths at which a host sends a page: Cloudflare takes `.html` off, and sends from the one to the
/// other.
pub(super) fn page_paths(hosting: Hosting, paths: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    for path in paths {
        all.push(path.clone());
        if let (Hosting::CloudflarePages | Hosting::Netlify, Some(short)) =
            (hosting, path.strip_suffix(".html"))
        {
            let short = short.strip_suffix("/index").unwrap_or(short);
            if !short.is_empty() && !all.iter().any(|known| known == short) {
                all.push(short.to_owned());
            }
        }
    }
    all
}

/// All that has headers of its own, by the paths at which the host sends it, with what was said of each path
/// before. What fits a pattern and is something else comes after it.
fn each_own(
    plan: &Plan,
    faults: &mut Vec<ExportFault>,
    mut own: impl FnMut(&str, (&Lines, &Lines), &mut Vec<ExportFault>),
) {
    for page in &plan.pages {
        for path in deep(plan, &page.patterns, faults) {
            own(&path, (&page.headers, &plan.file_headers), faults);
        }
    }
    let before = |path: &str| plan.before(|pattern| fits(pattern, path));
    for path in &plan.file_paths {
        let exception = plan.exceptions.iter().find(|(known, _)| known == path);
        if let Some((_, lines)) = exception {
            own(path, (lines, before(path)), faults);
        } else if is_below_a_pattern(plan, path) {
            own(path, (&plan.file_headers, before(path)), faults);
        }
    }
    for page in &plan.pages {
        for path in page_paths(plan.hosting, &page.paths) {
            own(&path, (&page.headers, before(&path)), faults);
        }
        if page.paths.is_empty() {
            let path = page.file.trim_start_matches("public");
            own(path, (&page.headers, before(path)), faults);
        }
    }
}

fn is_below_a_pattern(plan: &Plan, path: &str) -> bool {
    plan.deep().any(|(pattern, _)| fits(pattern, path))
}

/// Whether a rule for this pattern is one for the path: these hosts leave no files out.
fn fits(pattern: &Pattern, path: &str) -> bool {
    let pattern = starred(pattern).unwrap_or_default();
    match pattern.strip_suffix('*') {
        Some(start) => path.starts_with(start),
        None => path == pattern,
    }
}

/// What Cloudflare sends with every file by itself: leave for other origins to read it.
const CLOUDFLARE_ADDS: &[&str] = &["access-control-allow-origin"];

/// A rule for everything, from which the rules of pages take their names away.
fn cloudflare(plan: &Plan, faults: &mut Vec<ExportFault>) -> String {
    let hosting = plan.hosting;
    let global = &plan.file_headers;
    let mut rules = vec![rule(hosting, "/*", global, CLOUDFLARE_ADDS, faults)];
    let own = |path: &str, (lines, before): (&Lines, &Lines), faults: &mut Vec<ExportFault>| {
        let differs = |name: &str| value_of(lines, name) != value_of(before, name);
        let gone = before.iter().map(|(name, _)| name.as_str());
        let gone: Vec<&str> = gone.filter(|name| differs(name)).collect();
        let lines: Lines = lines
            .iter()
            .filter(|(name, _)| differs(name))
            .cloned()
            .collect();
        rules.push(rule(hosting, path, &lines, &gone, faults));
    };
    each_own(plan, faults, own);
    joined(hosting, &plan.comments("#"), &rules, faults)
}

/// What is the same everywhere for everything, and the rest for paths that no other rule fits but that of a
/// pattern: what Netlify makes of one header in two rules is not written down. In its development server the
/// later one counts.
fn netlify(plan: &Plan, faults: &mut Vec<ExportFault>) -> String {
    let hosting = plan.hosting;
    let sets = || {
        let pages = plan.pages.iter().map(|page| &page.headers);
        let exceptions = plan.exceptions.iter().map(|(_, lines)| lines);
        pages.chain(exceptions)
    };
    let is_common = |name: &str, value: &str| sets().all(|lines| value_of(lines, name) == value);
    let (common, of_files): (Lines, Lines) = plan
        .file_headers
        .iter()
        .cloned()
        .partition(|(name, value)| is_common(name, value));
    let mut rules = vec![rule(hosting, "/*", &common, &[], faults)];
    let mut own = |path: &str, (lines, _): (&Lines, &Lines), faults: &mut Vec<ExportFault>| {
        let lines = lines
            .iter()
            .filter(|(name, _)| value_of(&common, name).is_empty());
        let lines: Lines = lines.cloned().collect();
        rules.push(rule(hosting, path, &lines, &[], faults));
    };
    let is_exception = |path: &str| plan.exceptions.iter().any(|(known, _)| known == path);
    let is_taken = |folder: &str| {
        let pages = plan.pages.iter();
        let pages = pages.flat_map(|page| page_paths(hosting, &page.paths));
        pages.into_iter().any(|path| path.starts_with(folder))
            || plan
                .exceptions
                .iter()
                .any(|(path, _)| path.starts_with(folder))
            || plan.deep().any(|(pattern, _)| {
                let start = starred(pattern).unwrap_or_default();
                let start = start.trim_end_matches('*');
                start.starts_with(folder) || folder.starts_with(start)
            })
    };
    let mut places: Vec<String> = Vec::new();
    let is_plain = |path: &&String| !is_exception(path) && !is_below_a_pattern(plan, path);
    for path in plan.file_paths.iter().filter(is_plain) {
        let mut ends = path.match_indices('/').map(|(at, _)| &path[..=at]).skip(1);
        let place = ends
            .find(|folder| !is_taken(folder))
            .map_or_else(|| path.clone(), |folder| format!("{folder}*"));
        if !places.contains(&place) {
            places.push(place);
        }
    }
    for place in &places {
        own(place, (&of_files, &common), faults);
    }
    each_own(plan, faults, own);
    joined(hosting, &plan.comments("#"), &rules, faults)
}

/// Patterns as these hosts write them.
fn deep(plan: &Plan, patterns: &[Pattern], faults: &mut Vec<ExportFault>) -> Vec<String> {
    let mut all = Vec::new();
    for pattern in patterns {
        match starred(pattern) {
            Some(text) => all.push(text),
            None => faults.push(ExportFault::Pattern {
                hosting: plan.hosting,
                pattern: written(pattern),
                reason: "its rules allow one `*`, at the end",
                way: "write the pattern with `{*rest}` at its end, or export for another host",
            }),
        }
    }
    all
}

fn redirects(plan: &Plan) -> String {
    let mut out = String::new();
    for proxy in &plan.proxies {
        let (path, to) = if proxy.path.ends_with('/') {
            (format!("{}*", proxy.path), format!("{}:splat", proxy.path))
        } else {
            (proxy.path.clone(), proxy.path.clone())
        };
        let _ = writeln!(out, "{path} {}{to} 200!", proxy.upstream);
    }
    if let Some((from, to)) = &plan.redirect {
        let _ = writeln!(out, "{from} {to} 302");
    }
    for (pattern, page) in plan.deep() {
        let place = page.file.trim_start_matches("public");
        // Cloudflare would send from the name with its end to the one without.
        let place = match plan.hosting {
            Hosting::CloudflarePages => place.trim_end_matches(".html"),
            _ => place,
        };
        let _ = writeln!(out, "{} {place} 200", starred(pattern).unwrap_or_default());
    }
    out
}

pub(super) fn write(plan: &Plan, faults: &mut Vec<ExportFault>) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let headers = match plan.hosting {
        Hosting::Netlify => netlify(plan, faults),
        _ => cloudflare(plan, faults),
    };
    files.insert("public/_headers".to_owned(), headers);
    let redirects = redirects(plan);
    if !redirects.is_empty() {
        files.insert("public/_redirects".to_owned(), redirects);
    }
    // Without one, Cloudflare answers any missing path with the start page and status 200.
    if !plan.files.contains_key("public/404.html") {
        let page = "<!doctype html>\n<title>Not found</title>\n<p>Not found\n";
        files.insert("public/404.html".to_owned(), page.to_owned());
    }
    files
}

/// One set of headers for every response.
pub(super) fn kinds(
    hosting: Hosting,
    kinds: &Kinds,
    notes: &[String],
) -> Result<String, ExportFault> {
    let mut faults = Vec::new();
    let gone = match hosting {
        Hosting::CloudflarePages => CLOUDFLARE_ADDS,
        _ => &[],
    };
    let rules = [rule(hosting, "/*", &kinds.document, gone, &mut faults)];
    let text = joined(hosting, &super::plan::head(notes, "#"), &rules, &mut faults);
    faults.into_iter().next().map_or(Ok(text), Err)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn what_moves_leaves_its_place_open() {
        let policy = "default-src 'none'; script-src 'sha384-a'; img-src https://a.example/one.png \
                      https://a.example/two.png data:; connect-src https://a.example/api/session \
                      wss://a.example/socket; sandbox";
        assert_eq!(split(policy, 1000), [policy]);
        assert_eq!(
            split(policy, 170),
            [
                "default-src 'none'; script-src 'sha384-a'; img-src * data:; connect-src \
                 https://a.example/api/session wss://a.example/socket; sandbox",
                "img-src https://a.example/one.png https://a.example/two.png data:",
            ]
        );
        assert_eq!(split(policy, 80).len(), 3);
    }
}
