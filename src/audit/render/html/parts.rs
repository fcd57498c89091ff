//! The sections of the HTML report.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::super::groups::{Group, grouped};
use crate::audit::{Code, Finding, Report};
use crate::escape::html as esc;

/// Terms and their descriptions, which are markup.
pub(super) fn list<T: AsRef<str>>(out: &mut String, rows: impl IntoIterator<Item = (T, String)>) {
    out.push_str("<dl>\n");
    for (term, description) in rows {
        let term = esc(term.as_ref());
        let _ = writeln!(out, "<div><dt>{term}</dt><dd>{description}</dd></div>");
    }
    out.push_str("</dl>\n");
}

pub(super) fn none(out: &mut String, text: &str) {
    let _ = writeln!(out, "<p class=\"quiet\">{text}</p>");
}

pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", esc(text))
}

/// Our own words, with what stands between backticks as code.
fn prose(text: &str) -> String {
    let is_closed = text.matches('`').count().is_multiple_of(2);
    let parts = text.split('`').enumerate();
    let marked = parts.map(|(index, part)| {
        if index % 2 == 1 {
            code(part)
        } else {
            esc(part)
        }
    });
    if is_closed {
        marked.collect()
    } else {
        esc(text)
    }
}

fn controls(code: Code) -> String {
    let names: Vec<String> = code
        .controls()
        .iter()
        .map(|control| esc(&control.to_string()))
        .collect();
    names.join(", ")
}

/// Findings of one code and cause.
fn group(out: &mut String, group: &Group<'_>, reason: Option<&str>) {
    let Finding {
        code: id,
        severity,
        help,
        ..
    } = group.finding;
    let count = match group.found.len().max(1) * group.urls.len().max(1) {
        1 => String::new(),
        count => format!(" <span class=\"quiet\">{count} times</span>"),
    };
    let _ = writeln!(
        out,
        "<article class=\"{severity}\"><h3><span class=\"level\">{severity}</span> \
         <a href=\"{}\" rel=\"noreferrer\">{id}</a>{count}</h3>\n<p>{}.</p>",
        esc(&id.link()),
        prose(&sentence(id.title())),
    );
    let mut rows = Vec::new();
    for (subject, found) in &group.found {
        rows.push(("where", code(&subject.to_string())));
        // All of it is shown as code, and may be foreign: marks of its own would only look odd.
        rows.push(("found", code(&found.replace('`', ""))));
    }
    if !group.urls.is_empty() {
        let urls: Vec<String> = group.urls.iter().map(|url| code(url)).collect();
        rows.push(("at", urls.join(", ")));
    }
    rows.push(("fix", prose(help)));
    if !id.controls().is_empty() {
        rows.push(("at stake", controls(*id)));
    }
    if let Some(reason) = reason {
        rows.push(("accepted", esc(reason)));
    }
    list(out, rows);
    out.push_str("</article>\n");
}

/// With a capital letter.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

pub(super) fn findings(out: &mut String, report: &Report) {
    if report.findings.is_empty() {
        out.push_str("<p class=\"good\">Nothing was found.</p>\n");
    }
    for one in grouped(&report.findings) {
        group(out, &one, None);
    }
}

pub(super) fn waived(out: &mut String, report: &Report) {
    if report.waived.is_empty() && report.unused_waivers.is_empty() {
        none(out, "None.");
    }
    let reasons = report.waived.iter().map(|one| one.waiver.reason.as_str());
    for reason in reasons.collect::<BTreeSet<_>>() {
        let of_it = report.waived.iter();
        let of_it = of_it.filter(|one| one.waiver.reason == reason);
        for one in grouped(of_it.map(|one| &one.finding)) {
            group(out, &one, Some(reason));
        }
    }
    for waiver in &report.unused_waivers {
        let (id, reason) = (waiver.code, esc(&waiver.reason));
        let place = waiver.place.as_deref().unwrap_or("everywhere");
        let _ = writeln!(
            out,
            "<p class=\"low\">An unused waiver: {id} ({}; {reason}). Nothing like it was found; \
             remove it, or it hides the next one.</p>",
            esc(place),
        );
    }
}

pub(super) fn policies(out: &mut String, report: &Report) {
    let mut used = vec![false; report.relaxed.len()];
    for response in &report.responses {
        let _ = writeln!(out, "<h3>{}</h3>", esc(&response.url));
        if response.policies.is_empty() {
            none(out, "No policy that browsers enforce.");
        }
        for policy in &response.policies {
            let mut rows = Vec::new();
            for directive in policy.split("; ") {
                let (name, sources) = directive.split_once(' ').unwrap_or((directive, ""));
                let mut text = code(sources);
                for (relaxed, used) in report.relaxed.iter().zip(&mut used) {
                    let is_here = sources
                        .split(' ')
                        .any(|source| relaxed.what == format!("{name} {source}"));
                    if is_here {
                        *used = true;
                        let (what, reason) = (code(&relaxed.what), esc(&relaxed.reason));
                        let _ = write!(
                            text,
                            "<span class=\"reason\">exception {what}: {reason}</span>"
                        );
                    }
                }
                rows.push((name, text));
            }
            list(out, rows);
        }
    }
    let left = report.relaxed.iter().zip(&used).filter(|(_, used)| !**used);
    let left: Vec<_> = left.map(|(relaxed, _)| relaxed).collect();
    if !left.is_empty() {
        out.push_str("<h3>Other exceptions of the policy</h3>\n");
        list(
            out,
            left.iter().map(|one| (one.what.as_str(), esc(&one.reason))),
        );
    }
}

pub(super) fn headers(out: &mut String, report: &Report) {
    for response in &report.responses {
        let _ = writeln!(
            out,
            "<h3>{}</h3>\n<p class=\"quiet\">Status {}, judged as {}.</p>",
            esc(&response.url),
            response.status,
            response.profile,
        );
        list(
            out,
            response
                .headers
                .iter()
                .map(|(name, value)| (name.as_str(), code(value))),
        );
        if let (Some(bytes), Some(digest)) = (response.bytes, &response.digest) {
            let digest = code(&digest.to_string());
            let _ = writeln!(out, "<p class=\"quiet\">Body: {bytes} bytes, {digest}</p>");
        }
    }
}

pub(super) fn inventory(out: &mut String, report: &Report) {
    if report.inventory.is_empty() {
        none(out, "None was seen.");
    }
    for script in &report.inventory {
        let unknown = || "not seen".to_owned();
        let _ = writeln!(out, "<section class=\"file\"><h3>{}</h3>", esc(&script.url));
        let bytes = script
            .bytes
            .map_or_else(unknown, |bytes| format!("{bytes} bytes"));
        let digest = script.digest.as_ref();
        let digest = digest.map_or_else(unknown, |digest| code(&digest.to_string()));
        let held = if script.integrity == "none" {
            "<span class=\"high\">nothing</span>".to_owned()
        } else {
            esc(script.integrity)
        };
        let why = script.justification.as_deref();
        list(
            out,
            [
                ("kind", esc(script.kind)),
                ("page", esc(&script.page)),
                ("length", bytes),
                ("digest", digest),
                ("held by", held),
                ("provenance", esc(script.provenance.unwrap_or("not pinned"))),
                ("justification", esc(why.unwrap_or("none known; add one"))),
            ],
        );
        out.push_str("</section>\n");
    }
}

pub(super) fn sdk(out: &mut String, report: &Report) {
    let Some(sdk) = &report.sdk else {
        none(out, "None was recognised.");
        return;
    };
    let unknown = "not judged: the audit was given no day";
    list(
        out,
        [
            ("version", code(&sdk.version)),
            ("support", esc(sdk.support.unwrap_or(unknown))),
            ("in words", esc(sdk.sentence.as_deref().unwrap_or(unknown))),
            ("releases as of", esc(&sdk.releases_as_of)),
        ],
    );
}

pub(super) fn missing(out: &mut String, report: &Report) {
    if report.not_checked.is_empty() {
        none(out, "Nothing that this audit knows of was left out.");
        return;
    }
    list(
        out,
        super::super::summary::missing(report)
            .into_iter()
            .map(|missing| {
                let (why, urls) = (prose(missing.why), esc(&missing.urls.join(", ")));
                let why = format!("{why} <span class=\"quiet\">({urls})</span>");
                (missing.what, why)
            }),
    );
}
