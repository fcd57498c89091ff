//! Reports in every format: whatever they hold, it is text, and nobody obeys it.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;

use markup5ever_rcdom::NodeData;
use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::Value;
use tower_visor::audit::{Color, Finding, Report};
use tower_visor::csp::{Inline, PolicyList};

use super::{dom, schema};

/// All formats; gives the texts back.
pub fn holds(report: &Report) -> [String; 4] {
    [logs(report), markdown(report), html(report), json(report)]
}

/// Characters that a terminal obeys, or that an eye can't see; a list of its own, so that the
/// library's is not its own judge.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn is_visible(text: &str) {
    let mut all = text.chars();
    let hidden = all.find(|c| *c != '\n' && is_hidden(*c));
    assert_eq!(hidden, None, "{text:?}");
}

/// With those characters written out.
fn written_out(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if is_hidden(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// What is found once in the same places is one entry: a line for each thing, each place and the fix.
fn lines(findings: &[Finding]) -> usize {
    let mut places = HashMap::<_, Vec<&str>>::new();
    for finding in findings {
        let key = (
            finding.code,
            &finding.help,
            &finding.subject,
            &finding.found,
        );
        places
            .entry(key)
            .or_default()
            .extend(finding.url.as_deref());
    }
    let found = places.len();
    let entries: HashSet<_> = places
        .into_iter()
        .map(|((code, help, ..), mut urls)| {
            urls.dedup();
            (code, help, urls)
        })
        .collect();
    found
        + entries
            .iter()
            .map(|(.., urls)| urls.len() + 1)
            .sum::<usize>()
}

/// Text for people, and commands for pipelines.
fn logs(report: &Report) -> String {
    let text = report.to_text();
    let human = report.to_human(Color::Never);
    for text in [&text, &human] {
        is_visible(text);
        assert!(!text.contains("##"), "{text}");
        let is_command = |line: &str| line.trim_start().starts_with("::");
        assert!(!text.lines().any(is_command), "{text}");
    }
    let of_findings = lines(&report.findings) + report.waived.len() + report.unused_waivers.len();
    assert_eq!(text.lines().count(), of_findings.max(1), "{text}");
    let sentence = report.sdk.as_ref().and_then(|sdk| sdk.sentence.as_ref());
    let blank = |count: usize, heading: usize| if count == 0 { 0 } else { count + heading };
    // What holds for a whole server is said once.
    let not_checked = report.not_checked.iter();
    let not_checked: HashSet<_> = not_checked.map(|one| (&one.what, &one.why)).collect();
    let lines = report.responses.len()
        + usize::from(sentence.is_some())
        + blank(of_findings, 1)
        + blank(not_checked.len(), 2)
        + 2;
    assert_eq!(human.lines().count(), lines, "{human}");

    // Colors add sequences, and nothing that a response could send.
    let colored = report.to_human(Color::Ansi);
    let mut parts = colored.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (sequence, text) = part.split_once('m').expect("a sequence");
        assert!(
            ["[0", "[1", "[2", "[31", "[33", "[36", "[1;31"].contains(&sequence),
            "{sequence}"
        );
        plain.push_str(text);
    }
    assert_eq!(plain, human);

    let commands = report.findings.len() + report.unused_waivers.len();
    let github = report.to_github();
    is_visible(&github);
    assert_eq!(github.lines().count(), commands + 1, "{github}");
    for (index, line) in github.lines().enumerate() {
        let kinds = ["::error title=", "::warning title=", "::notice title="];
        let is_command = kinds.iter().any(|kind| line.starts_with(kind));
        // The last sums it up.
        assert_eq!(is_command, index < commands, "{github}");
        assert_eq!(is_command, line.trim_start().starts_with("::"), "{github}");
    }
    let azure = report.to_azure();
    is_visible(&azure);
    assert_eq!(azure.lines().count(), commands + 1, "{azure}");
    let command = "##vso[task.logissue type=";
    let lines = azure.lines().take(commands);
    assert!(
        lines.clone().all(|line| line.starts_with(command)),
        "{azure}"
    );
    // Azure looks for its commands anywhere in a line; after the first it takes the rest as text.
    let summary = azure.lines().last().unwrap_or_default();
    assert!(!summary.contains("##"), "{azure}");
    human
}

fn markdown(report: &Report) -> String {
    let markdown = report.to_markdown();
    is_visible(&markdown);
    let (mut rows, mut headings, mut links) = (0, 0, 0);
    let mut code = Vec::new();
    for event in Parser::new_ext(&markdown, Options::all()) {
        match event {
            Event::Code(text) => code.push(text.trim().to_owned()),
            Event::Text(_) | Event::End(_) | Event::SoftBreak => {}
            Event::Start(tag) => match tag {
                Tag::TableRow => rows += 1,
                Tag::Heading { .. } => headings += 1,
                Tag::Link { dest_url, .. } => {
                    assert!(dest_url.starts_with("https://docs.rs/"), "{dest_url}");
                    links += 1;
                }
                Tag::Paragraph
                | Tag::List(None)
                | Tag::Item
                | Tag::Table(_)
                | Tag::TableHead
                | Tag::TableCell => {}
                other => panic!("{other:?} in {markdown}"),
            },
            other => panic!("{other:?} in {markdown}"),
        }
    }
    let lists = [
        report.findings.len(),
        report.waived.len(),
        report.unused_waivers.len(),
        report.not_checked.len(),
    ];
    let sections = lists.iter().filter(|length| **length > 0).count();
    assert_eq!(headings, 1 + sections, "{markdown}");
    assert!(
        groups(&report.findings).contains(&rows),
        "{rows} rows: {markdown}"
    );
    assert_eq!(links, rows, "{markdown}");
    for finding in &report.findings {
        // Two number signs begin a command in the logs of pipelines, whatever is printed there.
        let found = written_out(&finding.found).replace("##", "# #");
        let found = found.replace("##", "# #");
        assert!(
            code.iter().any(|code| code == found.trim()),
            "{found:?} in {markdown}"
        );
    }
    markdown
}

/// How many groups findings make: one for each code and fix at least, one for each finding at most.
fn groups(findings: &[Finding]) -> RangeInclusive<usize> {
    let kinds = findings.iter().map(|finding| (finding.code, &finding.help));
    kinds.collect::<HashSet<_>>().len()..=findings.len()
}

/// What the evidence is made of.
const ELEMENTS: [&str; 32] = [
    "a", "article", "b", "body", "code", "dd", "div", "dl", "dt", "footer", "h1", "h2", "h3",
    "head", "header", "html", "li", "main", "meta", "nav", "p", "section", "span", "style",
    "table", "tbody", "td", "th", "thead", "title", "tr", "ul",
];
const ATTRIBUTES: [&str; 11] = [
    "aria-label",
    "charset",
    "class",
    "content",
    "href",
    "http-equiv",
    "id",
    "lang",
    "name",
    "rel",
    "scope",
];

fn html(report: &Report) -> String {
    let html = report.to_html();
    is_visible(&html);
    let mut counts = std::collections::BTreeMap::new();
    let mut code = Vec::new();
    let mut style = String::new();
    dom::walk(&html, |_, node| match &node.data {
        NodeData::Comment { contents } => panic!("a comment: {contents}"),
        NodeData::Element { name, attrs, .. } => {
            let name = &*name.local;
            assert!(ELEMENTS.contains(&name), "<{name}>");
            *counts.entry(name.to_owned()).or_insert(0) += 1;
            for attribute in &*attrs.borrow() {
                let key = &*attribute.name.local;
                assert!(ATTRIBUTES.contains(&key), "{key} on <{name}>");
                if key == "href" {
                    let value = &*attribute.value;
                    let is_own = value.starts_with('#') || value.starts_with("https://docs.rs/");
                    assert!(is_own, "{value}");
                }
            }
            match name {
                "code" => code.push(dom::text_of(node)),
                "style" => style = dom::text_of(node),
                _ => {}
            }
        }
        _ => {}
    });
    let articles = counts.get("article").copied().unwrap_or(0);
    let waived: Vec<Finding> = report
        .waived
        .iter()
        .map(|waived| waived.finding.clone())
        .collect();
    let (open, waived) = (groups(&report.findings), groups(&waived));
    let all = open.start() + waived.start()..=open.end() + waived.end();
    assert!(all.contains(&articles), "{articles} articles in {html}");
    for (name, count) in [("a", 10 + articles), ("h2", 10), ("meta", 5), ("style", 1)] {
        let found = counts.get(name).copied().unwrap_or(0);
        assert_eq!(found, count, "<{name}> in {html}");
    }
    for finding in &report.findings {
        let found = written_out(&finding.found.replace('`', ""));
        assert!(code.contains(&found), "{found:?} in {html}");
    }
    html_policy(&style);
    html
}

fn html_policy(style: &str) {
    let policy = PolicyList::effective([Report::html_policy()]);
    assert!(policy.allows_inline(&Inline::style(style)));
    assert!(!policy.allows_inline(&Inline::script("alert(1)")));
}

fn is_inert(text: &str) -> Value {
    let mut all = text.chars();
    let control = all.find(|c| *c != '\n' && c.is_control());
    assert_eq!(control, None, "{text:?}");
    serde_json::from_str(text).expect("JSON")
}

fn json(report: &Report) -> String {
    let text = report.to_json();
    let json = is_inert(&text);
    let faults = schema::faults("audit-report.schema.json", &json);
    assert_eq!(faults, Vec::<String>::new(), "{json:#}");
    for (index, finding) in report.findings.iter().enumerate() {
        assert_eq!(json["findings"][index]["found"], finding.found);
        assert_eq!(json["findings"][index]["code"], finding.code.as_str());
    }
    text
}
