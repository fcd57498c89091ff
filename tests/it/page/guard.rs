//! The guard as it is served.

use std::path::Path;
use tower_visor::guard::{DynamicCode, Guard};

use tower_visor::csp::{Csp, DirectiveName};
use tower_visor::page::Page;
use tower_visor::pins::Pins;
use tower_visor::policy::{HostKind, Isolation, LivenessPage, Policy, Reason, Resource};
use tower_visor::response::ResponseClass;
use tower_visor::sdk::Endpoint;
use tower_visor::sdk::layout::Layout;
use tower_visor::sri::{Algorithm, Digest};

use super::app;
use crate::support::{document, pins, sdk};

fn digest(text: &str) -> Digest {
    Digest::of(Algorithm::Sha384, text.as_bytes())
}

#[test]
fn the_same_settings_give_the_same_script() {
    let guard = Guard::new("/facelivenessdetector-assets/");
    // Whoever changes the guard reads these two hashes, and the browser's tests.
    assert_eq!(
        digest(&guard.script()).to_string(),
        "sha384-5JiVrZMhMcoyqxVmqyMfHOkub3arALnWzVkmkNmIFrOcL1uoLx8CuDVqvOH1jSO9"
    );
    let with_glue = guard.clone().dynamic_code(DynamicCode::EngineGlue);
    assert_eq!(
        digest(&with_glue.script()).to_string(),
        "sha384-YkNf5WD7b+TVM/xNOkB7F/gP5dsPbqC3gzIYuZ1jhh792vzJPmJpiG7Pmeiz8AJ1"
    );

    let one = guard
        .clone()
        .pin("/a.js", digest("a"))
        .pin("/b.js", digest("b"));
    let two = guard.pin("/b.js", digest("b")).pin("/a.js", digest("a"));
    assert_eq!(one.script(), two.script());
}

/// Names that the real 1.5.0 has 74 of, in folders; it has one file more, of no language.
const TAGS: [&str; 74] = [
    "af-ZA",
    "am-ET",
    "ar-SA",
    "as-IN",
    "az-Latn-AZ",
    "bg-BG",
    "bn-IN",
    "bs-Latn-BA",
    "ca-ES",
    "cs-CZ",
    "cy-GB",
    "da-DK",
    "de-DE",
    "el-GR",
    "en-GB",
    "en-US",
    "es-ES",
    "es-MX",
    "et-EE",
    "eu-ES",
    "fa-IR",
    "fi-FI",
    "fil-PH",
    "fr-CA",
    "fr-FR",
    "ga-IE",
    "gl-ES",
    "gu-IN",
    "he-IL",
    "hi-IN",
    "hr-HR",
    "hu-HU",
    "hy-AM",
    "id-ID",
    "is-IS",
    "it-IT",
    "ja-JP",
    "ka-GE",
    "kk-KZ",
    "km-KH",
    "kn-IN",
    "ko-KR",
    "lo-LA",
    "lt-LT",
    "lv-LV",
    "mk-MK",
    "ml-IN",
    "mr-IN",
    "ms-MY",
    "mt-MT",
    "nb-NO",
    "ne-NP",
    "nl-NL",
    "or-IN",
    "pa-IN",
    "pl-PL",
    "pt-BR",
    "pt-PT",
    "ro-RO",
    "ru-RU",
    "sk-SK",
    "sl-SI",
    "sq-AL",
    "sr-Cyrl-RS",
    "sv-SE",
    "ta-IN",
    "te-IN",
    "th-TH",
    "tr-TR",
    "uk-UA",
    "ur-PK",
    "vi-VN",
    "zh-CN",
    "zh-TW",
];

/// An SDK with as many files as the real 1.5.0, with names of the same shape.
fn as_many_as_the_real_one() -> (tempfile::TempDir, Pins) {
    let temporary = tempfile::TempDir::new().unwrap();
    let own = pins("/");
    let mut files: Vec<(String, Vec<u8>)> = TAGS
        .iter()
        .map(|tag| {
            (
                Layout::SCOPED.language(tag),
                format!("\"{tag}\"").into_bytes(),
            )
        })
        .collect();
    let verified = own.verify(sdk("1.5.0")).unwrap();
    for file in own.files() {
        let bytes = verified.bytes(file).unwrap();
        files.push((file.path().to_owned(), bytes.to_vec()));
    }
    for (path, bytes) in files {
        let path = temporary.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let pins = Pins::scan(temporary.path()).unwrap();
    assert_eq!(pins.files().len(), 85);
    (temporary, pins)
}

/// The guard of a page and the page's `Content-Security-Policy`: how long they are.
fn lengths(folder: &Path, pins: &Pins, languages: Option<&[&str]>) -> (usize, usize) {
    let endpoint = Endpoint::resource("contoso").unwrap();
    let mut page = LivenessPage::pinned(document(), pins, endpoint);
    if let Some(tags) = languages {
        page = page.languages(tags.to_vec());
    }
    let page = Page::builder("")
        .app_files(app())
        .compile(&pins.verify(folder).unwrap(), &Policy::strict(page))
        .unwrap();
    let (_, guard) = page.html().split_once("<script>").unwrap();
    let guard = guard.split("</script>").next().unwrap().len();
    let headers = page
        .policy()
        .headers(ResponseClass::Document, HostKind::Named);
    let csp = &headers["content-security-policy"];
    let long = csp.len() > Csp::WARN_LEN;
    assert_eq!(page.policy().warnings().is_empty(), !long, "{csp:?}");
    (guard, csp.len())
}

#[test]
fn the_script_is_small() {
    let code = Guard::new("/facelivenessdetector-assets/").script();
    // Every page sends it. It was half as long before it captured what it calls, so that no library
    // reaches that, and told why a file did not come.
    assert!(code.len() < 7 * 1024 + 256, "{} bytes of code", code.len());

    // Each digest is 64 letters, and the limit of 7.25 KB is one for the code. The digests of the
    // component, two engines, two wasm files, two language files and two files of the page; and
    // of 73 language files more.
    let (folder, pins) = as_many_as_the_real_one();
    let (one, csp_of_one) = lengths(folder.path(), &pins, Some(&["en-US"]));
    let (all, csp_of_all) = lengths(folder.path(), &pins, None);
    assert_eq!((code.len(), one, all), (7305, 8263, 13462));

    // With the URL of each of 75 files the policy would be as long as a header may be at all.
    let (_, csp_of_each) = lengths(folder.path(), &pins, Some(&TAGS));
    assert!(csp_of_one < Csp::WARN_LEN && csp_of_all < Csp::WARN_LEN);
    assert!(csp_of_each > 7 * 1024, "{csp_of_each}");
}

#[test]
fn short_names_stand_for_variables_only() {
    let source = include_str!("../../../src/guard/guard.js");
    let mut code = String::new();
    let mut names = Vec::new();
    for line in source.lines().map(str::trim) {
        match line.strip_prefix("//@short ") {
            Some(list) => names = list.split(' ').collect(),
            None if line.starts_with("//") => {}
            None => code += line,
        }
    }
    // What stands between quotes is left as it is.
    let code: String = code.split('"').step_by(2).collect::<Vec<_>>().join("\"\"");
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    for name in &names {
        let before = |at: usize| code[..at].chars().next_back().unwrap();
        let after = |at: usize| code[at + name.len()..].trim_start().chars().next().unwrap();
        let found: Vec<usize> = code
            .match_indices(name)
            .map(|(at, _)| at)
            .filter(|at| !is_name(before(*at)) && !is_name(after(*at)))
            .collect();
        assert!(found.len() > 1, "{name} is not used");
        for at in found {
            let part = &code[at.saturating_sub(20)..(at + 30).min(code.len())];
            // Behind a dot it is left as it is.
            assert!(
                after(at) != ':' || before(at) == '.' || part.contains('?'),
                "a property: {part}"
            );
        }
    }
    assert!((1..=45).contains(&names.len()), "there are 45 letters");
    let code = code.replace("\\W", "").replace("\\S", "");
    let letters = code.split(|c| !is_name(c)).filter(|word| word.len() == 1);
    let others: Vec<&str> = letters
        .filter(|word| !"abcgisw_$0123456789".contains(word))
        .collect();
    assert!(others.is_empty(), "{others:?}");
    assert!(
        !code.contains('`'),
        "templates are not known to what shortens"
    );
}

#[test]
fn no_text_ends_the_script_or_leaves_its_quotes() {
    let script = Guard::new("/a\"</script>\\/")
        .pin("/a\"</script>\\/\u{e9}\u{1f600}", digest("a"))
        .pin("/\u{2028}<!--", digest("b"))
        .reports_to("https://x.example/?\"&'<script>\n")
        .script();
    assert!(script.is_ascii());
    assert!(
        !script.contains("</script") && !script.contains("<!--") && !script.contains("<script>")
    );
    assert!(script.contains(r#""https://x.example/?\u0022\u0026'\u003cscript\u003e\u000a""#));
    // As browsers write a path.
    assert!(script.contains("\"%C3%A9%F0%9F%98%80 "), "{script}");
}

#[test]
fn digests_of_several_algorithms_stand_whole() {
    let other = Digest::of(Algorithm::Sha256, b"b");
    let guard = Guard::new("/sdk/").pin("/a.js", digest("a"));
    let a = digest("a").to_base64();
    let end = format!("[[\"\",\"\",\"/a.js {a}\"]],\"sha384-\",\"/sdk/\",null,null)");
    assert!(guard.script().ends_with(&end));
    let script = guard
        .pin("/sdk/b.js", other)
        .pin("/sdk/x/c d/e.js", other)
        .script();
    let end = format!(
        "[[\"\",\"\",\"/a.js sha384-{a}\"],\n[\"/sdk/\",\"\",\"b.js {other}\"],\n\
         [\"/sdk/x/\",\"/e.js\",\"c%20d {other}\"]],\"\",\"/sdk/\",null,null)"
    );
    assert!(script.ends_with(&end), "{script}");
}

#[test]
fn places_become_one_pattern_for_urls() {
    let guard = Guard::new("/sdk/");
    let end = r#""/sdk/",null,"^(mailto:|tel:|sms:|")"#;
    let nowhere = guard.clone().leads_to([] as [&str; 0]);
    assert!(nowhere.script().ends_with(end), "{}", nowhere.script());
    let guard = guard
        .leads_to(["https://login.contoso.example", "https://[::1]:8443"])
        .leads_to(["https://*.pay.example/", "http://x.example/charge+now"]);
    let end = r#""^(mailto:|tel:|sms:|http://x[.]example/charge[+]now(?![^?#])|https://[^/]+[.]pay[.]example/|https://[[]::1\u005c]:8443/|https://login[.]contoso[.]example/|")"#;
    assert!(guard.script().ends_with(end), "{}", guard.script());
}

#[test]
fn the_guard_follows_the_allowlist_of_the_policy() {
    let pins = pins("/");
    let verified = pins.verify(sdk("1.5.0")).unwrap();
    let pattern = |policy: &Policy| {
        let page = Page::builder("")
            .app_files(app())
            .compile(&verified, policy);
        let html = page.unwrap().html().to_owned();
        let (start, _) = html.split_once(")</script>").unwrap();
        let folder = "\"/facelivenessdetector-assets/\",";
        start.rsplit_once(folder).unwrap().1.to_owned()
    };
    let endpoint = || Endpoint::resource("contoso").unwrap();
    let page = document()
        .loads(Resource::Form, "https://pay.example/charge")
        .loads(Resource::Font, "https://fonts.example/inter.woff2")
        .navigates_to("https://www.contoso.example")
        .opens("https://login.contoso.example");
    let page = LivenessPage::pinned(page, &pins, endpoint());
    // Forms, links and windows, and nothing that is only loaded.
    let policy = Policy::strict(page).isolation(Isolation::Credentialless);
    assert_eq!(
        pattern(&policy),
        r#"null,"^(mailto:|tel:|sms:|https://login[.]contoso[.]example/|https://pay[.]example/charge(?![^?#])|https://www[.]contoso[.]example/|""#
    );
    // What an exception allows of forms is allowed by the header, too.
    let reason = |text: &str| text.parse::<Reason>().unwrap();
    let excepted = policy.clone().dangerous().allow(
        DirectiveName::FormAction,
        "https://*.bank.example",
        reason("the bank answers from many hosts"),
    );
    assert!(pattern(&excepted).contains("|https://[^/]+[.]bank[.]example/|"));
    // Where the places aren't known yet, nobody is kept in.
    let reported = policy
        .dangerous()
        .report_connections_only(reason("the places are being collected"));
    assert_eq!(pattern(&reported), "null,null");
}
