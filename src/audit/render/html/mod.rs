//! Evidence: one HTML file that loads and runs nothing.

mod parts;
mod received;
mod requirements;

use std::fmt::Write as _;

use super::summary::{counts, summary};
use crate::audit::{Framework, Report, Severity};
use crate::escape::html as esc;
use crate::sri::{Algorithm, Digest};

const STYLE: &str = include_str!("style.css");

/// Nothing but the style sheet, by its hash. `frame-ancestors` and `sandbox` work in a header only.
pub(super) fn policy() -> String {
    let style = Digest::of(Algorithm::Sha384, STYLE.as_bytes());
    format!(
        "default-src 'none'; style-src '{style}'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

/// Writes one section.
type Section = fn(&mut String, &Report);

pub(super) fn render(report: &Report) -> String {
    let mut out = String::new();
    let place = report.responses.first().map(|response| esc(&response.url));
    let place = place.unwrap_or_else(|| "nothing".to_owned());
    // Writing to a string can't fail.
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Audit of {place}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        policy(),
    );
    head(&mut out, report, &place);
    let sections: [(&str, &str, Section); 10] = [
        ("findings", "Findings", parts::findings),
        ("received", "As received by a browser", received::received),
        ("accepted", "Accepted findings", parts::waived),
        ("policies", "Content Security Policy", parts::policies),
        ("headers", "Headers as sent", parts::headers),
        ("scripts", "Scripts and style sheets", parts::inventory),
        ("sdk", "Face Liveness SDK", parts::sdk),
        ("requirements", "Requirements", requirements::requirements),
        ("missing", "What was not checked", parts::missing),
        ("made", "How this was made", made),
    ];
    out.push_str("<nav aria-label=\"Contents\"><ul>\n");
    for (id, title, _) in sections {
        let _ = writeln!(out, "<li><a href=\"#{id}\">{title}</a></li>");
    }
    out.push_str("</ul></nav>\n<main>\n");
    for (id, title, write) in sections {
        let _ = writeln!(out, "<h2 id=\"{id}\">{title}</h2>");
        write(&mut out, report);
    }
    let _ = write!(
        out,
        "</main>\n<footer>{}, {}</footer>\n</body>\n</html>\n",
        esc(&report.tool),
        esc(report.day.as_deref().unwrap_or("no day given")),
    );
    out
}

fn head(out: &mut String, report: &Report, place: &str) {
    let _ = writeln!(out, "<header>\n<h1>Audit of {place}</h1>");
    let verdict = if report.is_clean(Severity::Low) {
        "<span class=\"good\">Passed</span>"
    } else {
        "<span class=\"high\">Failed</span>"
    };
    let summary = esc(&summary(report));
    let _ = writeln!(out, "<p class=\"lead\">{verdict}: {summary}</p>");
    out.push_str("<ul class=\"counts\">\n");
    let found = counts(report);
    for severity in Severity::ALL.into_iter().rev() {
        let count = found.iter().find(|(known, _)| *known == severity);
        let count = count.map_or(0, |(_, count)| *count);
        let class = if count == 0 {
            "quiet"
        } else {
            severity.as_str()
        };
        let _ = writeln!(out, "<li class=\"{class}\"><b>{count}</b>{severity}</li>");
    }
    let more = [
        (report.waived.len(), "accepted"),
        (report.not_checked.len(), "not checked"),
    ];
    for (count, name) in more {
        let _ = writeln!(out, "<li class=\"quiet\"><b>{count}</b>{name}</li>");
    }
    out.push_str("</ul>\n</header>\n");
}

/// Tool, data and texts, with their versions.
fn made(out: &mut String, report: &Report) {
    let day = report.day.as_deref();
    let mut rows = vec![
        ("tool", esc(&report.tool)),
        ("day", esc(day.unwrap_or("not given"))),
    ];
    if let Some(sdk) = &report.sdk {
        rows.push(("SDK releases as of", esc(&sdk.releases_as_of)));
    }
    for framework in Framework::ALL {
        rows.push((framework.short(), esc(framework.title())));
    }
    parts::list(out, rows);
    out.push_str(
        "<p class=\"quiet\">Each response was read as browsers read it. Cookie values, queries and \
         fragments of addresses are left out. An audit sees what was sent to it at one time; it \
         can't see what the server would send to others.</p>\n",
    );
}
