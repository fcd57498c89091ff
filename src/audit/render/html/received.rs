//! The HTML report's section on the page as a browser received it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::parts::{code, list, none};
use crate::audit::{Certificate, Code, Observation, Received, Report};
use crate::escape::html as esc;
use crate::url::Url;

pub(super) fn received(out: &mut String, report: &Report) {
    let Some(received) = &report.received else {
        none(out, "Not checked, because no browser was asked.");
        return;
    };
    let seen = &received.seen;
    facts(out, seen);
    out.push_str("<h3>Change against the approved state (PCI DSS 11.6.1)</h3>\n");
    changes(out, report);
    out.push_str("<h3>All that ran (PCI DSS 6.4.3)</h3>\n");
    inventory(out, received);
    out.push_str("<h3>Whom it asked, and for what</h3>\n");
    list(out, hosts(seen));
    out.push_str("<h3>What it asked for</h3>\n");
    let files = seen.files.iter().map(|file| {
        let status = file
            .status
            .map_or_else(String::new, |status| format!("{status}, "));
        let bytes = file.bytes.map_or_else(
            || "its bytes were not seen".to_owned(),
            |bytes| format!("{bytes} bytes"),
        );
        let failure = file.failure.as_deref().map(|why| format!(", {}", esc(why)));
        let text = format!(
            "{}: {status}{bytes}{}",
            esc(&file.kind),
            failure.unwrap_or_default()
        );
        (file.url.as_str(), text)
    });
    list(out, files);
    let lists: [(&str, Vec<(String, String)>); 4] = [
        ("Workers", workers(seen)),
        ("Cookies, without their values", cookies(seen)),
        ("What policies blocked", violations(seen)),
        ("Console", console(seen)),
    ];
    for (title, rows) in lists {
        if !rows.is_empty() {
            let _ = writeln!(out, "<h3>{title}</h3>");
            list(out, rows);
        }
    }
    if !seen.storage.is_empty() {
        let _ = writeln!(out, "<h3>Storage, without its values</h3>");
        let names: Vec<String> = seen.storage.iter().map(|name| code(name)).collect();
        let _ = writeln!(out, "<p>{}</p>", names.join(", "));
    }
}

fn facts(out: &mut String, seen: &Observation) {
    let mut rows = vec![
        ("time", esc(&seen.began)),
        ("browser", esc(&format!("{} {}", seen.engine, seen.version))),
        ("its sandbox", esc(seen.sandbox.as_str())),
        ("asked for", code(&seen.asked)),
        ("final address", code(&seen.url)),
    ];
    match &seen.certificate {
        Some(Certificate {
            subject,
            issuer,
            not_before,
            not_after,
            fingerprint,
            seen_by,
        }) => rows.extend([
            ("certificate of", esc(subject)),
            ("issued by", esc(issuer)),
            ("valid", esc(&format!("{not_before} to {not_after}"))),
            ("fingerprint", code(&format!("SHA-256 {fingerprint}"))),
            ("seen by", esc(seen_by)),
        ]),
        None if seen.url.starts_with("https:") => {
            rows.push(("certificate", "not seen".to_owned()));
        }
        None => rows.push(("certificate", "none: the page came without TLS".to_owned())),
    }
    for document in &seen.documents {
        let digest = document.digest.map(|digest| code(&digest.to_string()));
        let digest = digest.unwrap_or_else(|| "its bytes were not seen".to_owned());
        let frame = document.frame_of.as_ref().map_or("", |_| "frame, ");
        let text = format!(
            "{frame}{}, status {}, {} headers, {digest}",
            code(&document.url),
            document.status,
            document.headers.len()
        );
        rows.push(("document", text));
    }
    list(out, rows);
}

fn changes(out: &mut String, report: &Report) {
    if !report.is_compared {
        none(
            out,
            "Not checked, because there was no approved state to compare with.",
        );
        return;
    }
    let drift = [Code::SCRIPT_DRIFT, Code::HEADER_DRIFT];
    let rows: Vec<(String, String)> = drift
        .iter()
        .flat_map(|code| report.of(*code))
        .map(|finding| (finding.subject.to_string(), code(&finding.found)))
        .collect();
    if rows.is_empty() {
        out.push_str("<p class=\"good\">None.</p>\n");
    } else {
        list(out, rows);
    }
}

fn inventory(out: &mut String, received: &Received) {
    if received.inventory.is_empty() {
        none(out, "Nothing was seen to run.");
    }
    for one in &received.inventory {
        let script = &one.script;
        let _ = writeln!(
            out,
            "<section class=\"file\"><h3>{}</h3>",
            esc(&script.whence())
        );
        let unknown = || "not seen".to_owned();
        let bytes = script
            .bytes
            .map_or_else(unknown, |bytes| format!("{bytes} bytes"));
        let vouched = match &one.vouched {
            Some(by) => esc(by),
            None => "<span class=\"high\">nothing</span>".to_owned(),
        };
        let missing = || "not given".to_owned();
        let text = |text: &Option<String>| text.as_deref().map_or_else(missing, esc);
        let starter = script.started_by.as_deref();
        list(
            out,
            [
                ("kind", esc(script.kind.as_str())),
                ("ran in", code(&script.ran_in)),
                ("length", bytes),
                ("digest", code(&script.digest())),
                ("started by", starter.map_or_else(unknown, esc)),
                ("vouched for by", vouched),
                ("owner", text(&one.owner)),
                ("justification", text(&one.justification)),
            ],
        );
        out.push_str("</section>\n");
    }
}

/// How many files of which kind each host was asked for.
fn hosts(seen: &Observation) -> Vec<(String, String)> {
    let mut hosts: BTreeMap<String, BTreeMap<&str, usize>> = BTreeMap::new();
    let documents = seen.documents.iter().map(|one| (&one.url, "document"));
    let files = seen.files.iter().map(|one| (&one.url, one.kind.as_str()));
    for (url, kind) in documents.chain(files) {
        let url = Url::effective(url).ok();
        // `data:` and the like ask nobody.
        let Some(origin) = url.as_ref().and_then(Url::origin) else {
            continue;
        };
        let kinds = hosts.entry(origin.to_string()).or_default();
        *kinds.entry(kind).or_default() += 1;
    }
    let hosts = hosts.into_iter().map(|(host, kinds)| {
        let kinds = kinds.iter().map(|(kind, count)| format!("{count} {kind}"));
        (host, esc(&kinds.collect::<Vec<_>>().join(", ")))
    });
    hosts.collect()
}

fn workers(seen: &Observation) -> Vec<(String, String)> {
    let all = seen.workers.iter().map(|worker| {
        let scope = worker.scope.as_deref();
        let scope = scope.map(|scope| format!(" for {}", esc(scope)));
        let text = format!("{}{}", esc(&worker.kind), scope.unwrap_or_default());
        (worker.url.clone(), text)
    });
    all.collect()
}

fn cookies(seen: &Observation) -> Vec<(String, String)> {
    let all = seen.cookies.iter().map(|cookie| {
        let place = format!("{}{}", cookie.domain, cookie.path);
        let attributes = cookie.attributes.join(", ");
        (cookie.name.clone(), esc(&format!("{place}: {attributes}")))
    });
    all.collect()
}

fn violations(seen: &Observation) -> Vec<(String, String)> {
    let all = seen.violations.iter().map(|rule| {
        let source = rule.source.as_deref();
        let source = source.map(|source| format!(" by {source}"));
        let text = format!("{}{}", rule.blocked, source.unwrap_or_default());
        (rule.directive.clone(), code(&text))
    });
    all.collect()
}

fn console(seen: &Observation) -> Vec<(String, String)> {
    let lines = seen.console.iter();
    let lines = lines.map(|line| (line.level.clone(), code(&line.text)));
    lines.collect()
}
