//! Whatever a server sends, it is text in every format.

use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::Value;
use tower_visor::audit::{Code, Color, Context, Profile, Report, Subject, Visit};

use super::sample;
use crate::audit::response;

const HOSTILE: &[&str] = &[
    "</code></dd><script>alert(1)</script><!--",
    "\"onmouseover='alert(1)' x=\"",
    "&lt;script&gt;&amp;",
    "`` ` ```` | a | b | <img src=x onerror=alert(1)> [x](javascript:alert(1)) @everyone #1",
    "**bold** _em_ https://evil.example/ \\| \\`",
    "\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31m",
    "\n::error::forged\r\n::set-output name=x::y",
    "::stop-commands::x",
    "##vso[task.setvariable variable=x]y",
    "###vso[task.setvariable variable=x]y",
    "\u{202e}txt.exe\u{200b}\u{feff}\u{7f}",
    "%0A::error::x%25",
    "]]>{{7*7}}${7*7}",
    "",
];

/// The sample with this text in every place that a server, a page or a file can reach.
fn with(text: &str) -> Report {
    let mut report = sample();
    let put = |place: &mut String| place.push_str(text);
    for finding in &mut report.findings {
        put(&mut finding.found);
        put(&mut finding.help);
        put(finding.url.as_mut().unwrap());
        finding.subject = Subject::Cookie {
            name: format!("c{text}"),
        };
    }
    for waived in &mut report.waived {
        put(&mut waived.finding.found);
        put(&mut waived.waiver.reason);
        waived.finding.subject = Subject::Resource {
            url: format!("https://x.example/{text}"),
        };
    }
    for waiver in &mut report.unused_waivers {
        put(&mut waiver.reason);
        waiver.place = Some(format!("p{text}"));
    }
    for response in &mut report.responses {
        put(&mut response.url);
        for (name, value) in &mut response.headers {
            put(name);
            put(value);
        }
        response.policies.push(format!("img-src x{text}"));
    }
    for missing in &mut report.not_checked {
        put(&mut missing.url);
        put(&mut missing.what);
        put(&mut missing.why);
    }
    for relaxed in &mut report.relaxed {
        relaxed.what = format!("other {text}");
        put(&mut relaxed.reason);
    }
    report
}

fn is_visible(text: &str) -> bool {
    !text
        .chars()
        .any(|c| (c.is_control() && c != '\n') || ['\u{202e}', '\u{200b}', '\u{feff}'].contains(&c))
}

#[test]
fn no_terminal_and_no_pipeline_obeys_it() {
    let lines = sample().to_human(Color::Never).lines().count();
    for text in HOSTILE {
        let report = with(text);
        for human in [report.to_human(Color::Never), report.to_text()] {
            assert!(is_visible(&human), "{human:?}");
            assert!(!human.contains("##"), "{human}");
            let is_command = |line: &str| line.trim_start().starts_with("::");
            assert!(!human.lines().any(is_command), "{human}");
        }
        assert_eq!(report.to_human(Color::Never).lines().count(), lines);
        for (log, command) in [
            (report.to_github(), "::"),
            (report.to_azure(), "##vso[task.logissue type="),
        ] {
            assert!(is_visible(&log), "{log:?}");
            let commands = log.lines().filter(|line| line.starts_with(command)).count();
            assert_eq!(
                commands,
                report.findings.len() + report.unused_waivers.len()
            );
            assert_eq!(log.lines().count(), commands + 1, "{log}");
        }
        for line in report
            .to_github()
            .lines()
            .filter(|line| line.starts_with("::"))
        {
            let kinds = ["::error title=", "::warning title=", "::notice title="];
            assert!(kinds.iter().any(|kind| line.starts_with(kind)), "{line}");
        }
        // Whatever format is printed to a log: `##` anywhere begins a command of Azure's.
        let headings = |line: &&str| !line.starts_with("## ");
        let markdown = report.to_markdown();
        let markdown: Vec<&str> = markdown.lines().filter(headings).collect();
        for document in [
            report.to_json(),
            report.to_html(),
            report.to_github(),
            report.to_azure().replace("##vso[task.logissue type=", ""),
            markdown.join("\n"),
        ] {
            assert!(!document.contains("##"), "{document}");
        }
        // The commands that we write stand at the beginning of a line, and nowhere else.
        assert_eq!(
            report.to_azure().matches("##vso[task.logissue").count(),
            report.findings.len() + report.unused_waivers.len()
        );
    }
}

/// An escape of its own, so that the program's is not its own judge.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '#' if out.ends_with('#') => out.push_str("&#35;"),
            c if c.is_control() || ['\u{202e}', '\u{200b}', '\u{feff}'].contains(&c) => {
                out.extend(c.escape_unicode());
            }
            c => out.push(c),
        }
    }
    out
}

#[test]
fn a_finding_shows_an_error_of_a_service_on_one_line() {
    let page = response("https://example.com/", &[], "");
    let context = Context::new(Profile::Document);
    let mut visit = Visit::new(page.url().clone(), &context);
    while let Some(fetch) = visit.next_fetch() {
        let answer = match fetch.probe() {
            None => Ok(page.clone()),
            Some(_) => Err("it closed\nthe connection\u{1b}[2J".to_owned()),
        };
        visit.answer(fetch, answer);
    }
    let report = visit.report().unwrap();
    let finding = report.of(Code::LAYER_TOO_DEEP).next().unwrap();
    assert_eq!(
        finding.found,
        "the service failed (it closed\\nthe connection\\u{1b}[2J), so the server answers without headers"
    );
}

#[test]
fn in_html_it_is_text() {
    let marked = with("MARK").to_html();
    assert!(marked.matches("MARK").count() > 20);
    for text in HOSTILE {
        let html = with(text).to_html();
        // What was found is shown without the marks of code.
        let but_marks = |html: &str| html.replace('`', "");
        assert!(
            but_marks(&html) == but_marks(&marked.replace("MARK", &escaped(text))),
            "{text:?} leaves its place"
        );
        assert!(html.matches(&escaped(text)).count() > 15, "{text:?}");
    }
}

#[test]
fn in_markdown_it_is_code() {
    let shape = |report: &Report| {
        let markdown = report.to_markdown();
        let mut code = Vec::new();
        let mut shape = Vec::new();
        for event in Parser::new_ext(&markdown, Options::all()) {
            match event {
                Event::Code(text) => {
                    code.push(text.to_string());
                    shape.push("code".to_owned());
                }
                Event::Html(_) | Event::InlineHtml(_) => panic!("HTML in {markdown}"),
                Event::Start(Tag::Link { dest_url, .. }) => {
                    assert!(dest_url.starts_with("https://docs.rs/"), "{dest_url}");
                    shape.push("link".to_owned());
                }
                Event::Text(text) => shape.push(text.to_string()),
                other => shape.push(format!("{other:?}").chars().take(12).collect()),
            }
        }
        (shape, code)
    };
    let (plain, _) = shape(&with("MARK"));
    for text in HOSTILE {
        let report = with(text);
        let (shape, code) = shape(&report);
        assert_eq!(shape, plain, "{text:?}");
        for finding in &report.findings {
            let shown = text.chars().all(|c| !c.is_control() && c.is_ascii());
            // A code span knows no escapes, so a space parts the signs of a logging command.
            let shown = shown && !text.contains("##");
            let found = finding.found.trim();
            let is_there = code.iter().any(|code| code.trim() == found);
            assert!(!shown || is_there, "{found:?} in {code:#?}");
        }
    }
}

#[test]
fn in_json_it_is_a_string() {
    for text in HOSTILE {
        let report = with(text);
        let document = report.to_json();
        assert!(is_visible(&document), "{document:?}");
        let json: Value = serde_json::from_str(&document).unwrap();
        assert_eq!(json["findings"][0]["found"], report.findings[0].found);
    }
}
