//! Links, as docs.rs builds the documentation; and the tests that the manual names.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::source::{files, read, root};

const DOCS_RS: &str = "https://docs.rs/tower-visor/latest/";

/// Documentation as docs.rs makes it: all features, `--cfg docsrs`. A compiler that is not a nightly
/// takes the language feature for badges when it is told to, as far as this one crate goes.
fn built() -> std::path::PathBuf {
    let target = root().join("target/docsrs");
    let output = Command::new(env!("CARGO"))
        .args([
            "rustdoc",
            "--lib",
            "--all-features",
            "--locked",
            "--offline",
        ])
        .args(["--quiet", "--", "--cfg", "docsrs", "-D", "warnings"])
        .env("RUSTC_BOOTSTRAP", "tower_visor")
        .env("CARGO_TARGET_DIR", &target)
        .env_remove("RUSTDOCFLAGS")
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
    target.join("doc")
}

/// All that follows the prefix in a text, up to what ends a link in Markdown.
fn targets<'a>(text: &'a str, prefix: &str) -> Vec<&'a str> {
    let ends = [')', '>', '"', '`', ' ', '\n', ']'];
    let rests = text.match_indices(prefix);
    let rests = rests.map(|(at, prefix)| &text[at + prefix.len()..]);
    rests
        .map(|rest| rest.split(ends).next().unwrap_or_default())
        .collect()
}

#[test]
fn no_link_into_the_documentation_is_dead() {
    let doc = built();
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    let documents = files().into_iter().filter(|file| {
        let is_text = file
            .extension()
            .is_some_and(|end| end == "md" || end == "rs");
        is_text && !file.starts_with("tests")
    });
    for file in documents {
        for target in targets(&read(&file), DOCS_RS) {
            seen.insert(target.to_owned());
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let page = match path {
                path if path.ends_with('/') => doc.join(path).join("index.html"),
                path => doc.join(path),
            };
            let html = std::fs::read_to_string(&page).unwrap_or_default();
            if html.is_empty() {
                faults.push(format!("{}: no page `{target}`", file.display()));
            } else if !anchor.is_empty() && !html.contains(&format!("id=\"{anchor}\"")) {
                faults.push(format!("{}: no anchor `{target}`", file.display()));
            }
        }
    }
    assert!(seen.len() > 8, "{seen:?}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    // The badges are there.
    let page = doc.join("tower_visor/page/struct.Page.html");
    let page = std::fs::read_to_string(page).expect("the page of `Page`");
    let badge = "crate feature <code>page</code></strong> only";
    assert!(page.contains(badge), "no badge");
}

#[test]
fn the_pictures_of_the_manual_are_in_it() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    let page = built().join("tower_visor/docs/attacks/index.html");
    let page = std::fs::read_to_string(page).expect("the page of the attacks");
    let manual = read(Path::new("docs/attacks.md"));
    for name in ["guarded", "bare"] {
        let file = root().join("docs/pictures").join(name);
        let picture = std::fs::read(file.with_extension("png")).expect("the picture");
        let text = read(&file.with_extension("base64"));
        assert!(picture.len() < 40_000, "{name}: {} bytes", picture.len());
        assert_eq!(STANDARD.encode(picture), text.trim_end(), "{name}");
        assert!(manual.contains(&format!("\n[{name}]: pictures/{name}.png\n")));
        let shown = format!("src=\"data:image/png;base64,{}\"", text.trim_end());
        assert!(page.contains(&shown), "{name} is not in the built manual");
    }
}

#[test]
fn the_tests_that_the_manual_names_are_there() {
    let manual = read(Path::new("docs/attacks.md"));
    let rows = manual.lines().filter(|line| line.starts_with("| "));
    let mut count = 0;
    for row in rows {
        let last = row
            .trim_end_matches(['|', ' '])
            .rsplit("| ")
            .next()
            .unwrap();
        let mut names = last.split('`').skip(1).step_by(2);
        let Some(file) = names.next() else {
            continue;
        };
        count += 1;
        let text = read(Path::new(file));
        if let Some(name) = names.next() {
            assert!(
                text.contains(&format!("fn {name}(")),
                "{file}: no test `{name}`"
            );
        }
    }
    assert!(count > 15, "{count} rows");
}
