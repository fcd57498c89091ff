//! Reports of abuse.

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};
use tower_visor::session::{AbuseReport, SessionErrorKind};

use super::config;
use super::person::record;

fn complete() -> AbuseReport {
    AbuseReport::of(&record())
        .material("a mask")
        .conditions("a dim room\nChrome 156 on Windows")
        .steps("open the page\n\nhold the mask up\nlook left")
        .image("case 7, image 2")
        .impact("an account was opened")
}

#[test]
fn every_item_is_there() {
    assert_eq!(
        complete().to_markdown().unwrap(),
        "# Abuse of Face liveness detection\n\n\
         | item | value |\n|---|---|\n\
         | API path | ` /face/v1.2/detectLiveness-sessions ` |\n\
         | `apim-request-id` | ` 9a0b ` |\n\
         | session id | ` 5f0f1d0a-7d6c-4a7e-9c1b-0b8a5f1f2c33 ` |\n\
         | model version | ` 2024-11-15 ` |\n\
         \n## Spoofing material\n\n` a mask `\n\
         \n## Conditions\n\n- ` a dim room `\n- ` Chrome 156 on Windows `\n\
         \n## Steps to reproduce\n\n- ` open the page `\n- ` hold the mask up `\n- ` look left `\n\
         \n## Image\n\n` case 7, image 2 `\n\
         \n## Business impact\n\n` an account was opened `\n"
    );
    let short = AbuseReport::of(&record()).image(" ").to_markdown().unwrap();
    assert_eq!(short.matches("Not stated.").count(), 5);
}

#[test]
fn missing_items_are_named_all_at_once() {
    let error = AbuseReport::new()
        .model_version("1")
        .to_markdown()
        .unwrap_err();
    assert_eq!(error.kind(), SessionErrorKind::Incomplete);
    assert_eq!(
        error.to_string(),
        "abuse report: API path, `apim-request-id`, session id are missing; Microsoft's support \
         asks for each of: API path, `apim-request-id`, session id, model version"
    );
    let error = complete().apim_request_id(" ").to_markdown().unwrap_err();
    assert_eq!(
        error.to_string(),
        "abuse report: `apim-request-id` is missing; Microsoft's support \
         asks for each of: API path, `apim-request-id`, session id, model version"
    );
}

/// What a Markdown reader makes of it: every structure that it finds.
fn structure(markdown: &str) -> Vec<String> {
    Parser::new_ext(markdown, Options::all())
        .filter_map(|event| match event {
            Event::Start(Tag::Paragraph | Tag::List(_) | Tag::Item) => None,
            Event::Start(tag) => Some(format!("{tag:?}")),
            Event::Html(_) | Event::InlineHtml(_) | Event::InlineMath(_) => Some("foreign".into()),
            _ => None,
        })
        .collect()
}

#[test]
fn nothing_that_somebody_said_is_markup() {
    let plain = structure(&complete().to_markdown().unwrap());
    let word = prop::sample::select(vec![
        "`",
        "``",
        "|",
        "\n",
        "# ",
        "<img src=x>",
        "[a](http://x)",
        "![](x)",
        "*",
        "_",
        "~~",
        "- ",
        "\\",
        "&lt;",
        "@team",
        "https://x.example",
        "$x$",
        "\u{202e}",
        "\r",
        "\0",
        "x",
        " ",
        "---",
    ]);
    let text = prop::collection::vec(word, 0..12).prop_map(|words| format!("a{}b", words.concat()));
    proptest!(config(), |(text in text)| {
        let report = complete()
            .api_path(&text)
            .apim_request_id(&text)
            .session_id(&text)
            .model_version(&text)
            .material(&text)
            .steps(&text);
        let markdown = report.to_markdown().unwrap();
        prop_assert_eq!(structure(&markdown), plain.clone(), "{}", markdown);
        let is_shown = |c: char| c == '\n' || !c.is_control() && c != '\u{202e}';
        prop_assert!(markdown.chars().all(is_shown), "{:?}", markdown);
    });
}
