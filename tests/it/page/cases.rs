//! Pages from the field, compiled and read again as browsers do: what one loads or runs, the
//! compiler has checked or refused.

use std::fs;

use crate::conformance;
use crate::fuzz::page::Site;

const PORT: &str = "8080";

fn site() -> Site {
    Site::at("http://127.0.0.1:8080")
}

#[test]
fn what_a_browser_loads_the_compiler_has_seen() {
    let Some(folder) = conformance::cases("pages") else {
        return;
    };
    let site = site();
    let mut pages: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "html")
        })
        .collect();
    pages.sort();
    assert!(pages.len() > 50, "{} has no pages", folder.display());
    let failures: Vec<_> = pages
        .iter()
        .filter_map(|path| {
            let html = String::from_utf8_lossy(&fs::read(path).unwrap()).replace("@PORT@", PORT);
            let run = std::panic::AssertUnwindSafe(|| site.holds(&html));
            std::panic::catch_unwind(run)
                .err()
                .map(|_| path.file_name())
        })
        .collect();
    assert!(failures.is_empty(), "{failures:?}");
}

/// Each spelling of the URL of `/app.css` on `http://127.0.0.1:8080`.
const SPELLINGS: &[&str] = &[
    "app.css",
    "./app.css?v=2#x",
    "app.css#x",
    " \n app.css\t",
    "ap\tp.\ncss",
    "x/../app.css",
    "x/%2e%2E/app.css",
    "\\app.css",
    "x\\..\\app.css",
    "http:app.css",
    "HTTP:app.css",
    "http:/app.css",
    "http:\\app.css",
    "HTTP://127.0.0.1:8080/app.css",
    "http:\\\\127.0.0.1:8080\\app.css",
    "//127.0.0.1:8080/app.css",
    "/\\127.0.0.1:8080/app.css",
    "///127.0.0.1:8080/app.css",
    "//127.0.0.1:08080/app.css",
    "//0x7f.1:8080/app.css",
    "//2130706433:8080/app.css",
    "//0177.0.0.1.:8080/app.css",
    "//%31%32%37.0.0.1:8080/app.css",
    "http://me@127.0.0.1:8080/app.css",
    "http://me:p@ss@127.0.0.1:8080/app.css",
    // As many servers read a path.
    "%61pp.css",
    "app%2ecss",
    "%2fapp.css",
    ".//app.css",
    "x%2f..%2fapp.css",
    "x%5C..%5Capp.css",
];

#[test]
fn a_file_has_its_integrity_however_its_url_is_spelt() {
    let site = site();
    let compiled = |html: &str| site.compile(html).unwrap().html().to_owned();
    for url in SPELLINGS {
        for html in [
            format!("<link rel=stylesheet href=\"{url}\">"),
            format!("<script src=\"{}\"></script>", url.replace("css", "js")),
            format!(
                "<link rel=modulepreload href=\"{}\">",
                url.replace("css", "js")
            ),
        ] {
            assert!(site.holds(&html), "{html}");
            assert!(compiled(&html).contains(" integrity=\"sha384-"), "{html}");
        }
        // In a map no URL with a scheme is relative.
        if url.to_lowercase().starts_with("http:") && !url.contains("127") {
            continue;
        }
        let map = serde_json::json!({"imports": {"x": url.replace("css", "js")}});
        let html = format!("<script type=importmap>{map}</script>");
        assert!(site.holds(&html), "{html}");
    }
}

#[test]
fn what_only_looks_like_a_known_file_is_none() {
    let site = site();
    let compiled = |html: &str| site.compile(html).unwrap().html().to_owned();
    for url in [
        "//127.0.0.1:8081/app.css",
        "https://127.0.0.1:8080/app.css",
        "//127.0.0.1.example:8080/app.css",
        "app%252ecss",
        "x/app.css",
        "data:text/css,app.css",
    ] {
        let html = format!("<link rel=stylesheet href=\"{url}\">");
        assert!(compiled(&html).contains(&html), "{html}");
    }
}

#[test]
fn a_url_that_can_not_be_read_is_refused_with_its_line() {
    for (url, reason) in [
        (
            "//\u{ff4c}ocalhost/app.css",
            "`\\u{ff4c}` isn't allowed in a host; write an international name in its ASCII form (punycode, `xn--...`)",
        ),
        (
            "//a.example:x/app.css",
            "`x` is not a port; write a number from 1 to 65535 without leading zeros",
        ),
    ] {
        let faults = super::faults(&format!("<p>\n<link rel=stylesheet href='{url}'>"));
        let shown = url.replace('\u{ff4c}', "\\u{ff4c}");
        assert_eq!(
            faults,
            [format!(
                "line 2, column 1: the URL `{shown}` can't be read: {reason}"
            )]
        );
    }
}
