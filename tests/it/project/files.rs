//! What every file must be: ASCII, short, and free of the place where it was written.

use std::path::Path;

use super::source::{files, read, root};

/// A file holds one subject, in up to about 500 lines; this is where "about" ends.
const LONGEST: usize = 520;

/// The only file that knows where this project's CI finds the standards' cases.
const CI: &str = ".ci/run";

/// Fails with everything that `fault` finds.
fn none(faults: &[String]) {
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn is_text(file: &Path) -> bool {
    match file.extension().and_then(|end| end.to_str()) {
        // What a fuzzer found is any bytes.
        None => !file.starts_with("fuzz/found"),
        Some(end) => [
            "cjs", "css", "html", "js", "json", "lock", "md", "mjs", "rs", "sh", "svg", "toml",
            "txt", "wat", "yaml", "yml",
        ]
        .contains(&end),
    }
}

#[test]
fn sources_are_ascii() {
    // A look-alike letter in a host name or a script is an attack that no reviewer sees.
    let mut faults = Vec::new();
    for file in files().iter().filter(|file| is_text(file)) {
        let bytes = std::fs::read(root().join(file)).expect("a listed file");
        for (number, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
            if let Some(at) = line.iter().position(|byte| !byte.is_ascii()) {
                let line = String::from_utf8_lossy(line).escape_default().to_string();
                let place = format!("{}:{}:{}", file.display(), number + 1, at + 1);
                faults.push(format!("{place}: write it as an escape: {line}"));
            }
        }
    }
    none(&faults);
}

#[test]
fn files_are_short() {
    let faults: Vec<String> = files()
        .iter()
        .filter(|file| file.extension().is_some_and(|end| end == "rs"))
        .map(|file| (file, read(file).lines().count()))
        .filter(|&(_, lines)| lines > LONGEST)
        .map(|(file, lines)| format!("{}: {lines} lines: split it", file.display()))
        .collect();
    none(&faults);
}

#[test]
fn files_know_nothing_of_the_place_where_they_were_written() {
    // In two pieces, or this file would be found.
    let places = [
        concat!("../", "shared"),
        concat!("/", "work/"),
        concat!("/", "root/"),
    ];
    let mut faults = Vec::new();
    for file in files().iter().filter(|file| is_text(file)) {
        let text = read(file);
        for (number, line) in text.lines().enumerate() {
            for place in places {
                let known = file == Path::new(CI) && place == places[0];
                if line.contains(place) && !known {
                    let file = file.display();
                    faults.push(format!("{file}:{}: mentions `{place}`", number + 1));
                }
            }
        }
    }
    none(&faults);
}
