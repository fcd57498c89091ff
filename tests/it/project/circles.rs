//! No two files of a room import each other: whoever reads one of them would have to read both.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::source::{Token, before_tests, library, paths, program, tokens};

/// Files of errors. An error holds the facts that it is about, and their parsers return it; so
/// what an error names doesn't count.
fn is_of_errors(file: &Path) -> bool {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    name == "fault" || name == "error" || name.ends_with("_error")
}

/// Every file of the library by its module: `["csp", "host"]`, and `["csp"]` for `csp/mod.rs`.
type Modules = BTreeMap<Vec<String>, File>;

struct File {
    path: PathBuf,
    /// What its `use` statements name: the name that the file then knows, and the whole path.
    names: BTreeMap<String, Vec<String>>,
    /// Every path that it uses. To hand a name on with `pub use` is not a use.
    uses: Vec<Vec<String>>,
}

fn module_of(path: &Path) -> Vec<String> {
    let inner = path.strip_prefix("src").unwrap_or(path).with_extension("");
    let mut steps: Vec<String> = inner
        .components()
        .map(|step| step.as_os_str().to_string_lossy().into_owned())
        .collect();
    if steps
        .last()
        .is_some_and(|last| last == "mod" || last == "lib")
    {
        steps.pop();
    }
    steps
}

/// Where the `use` statements of the code begin and end, and whether they hand names on.
fn statements(tokens: &[Token<'_>]) -> Vec<(usize, usize, bool)> {
    let mut found = Vec::new();
    for (start, token) in tokens.iter().enumerate() {
        if token.text == "use" {
            let length = tokens[start..].iter().position(|token| token.text == ";");
            let end = start + length.unwrap_or(tokens.len() - start);
            let before = start.checked_sub(1).map(|at| tokens[at].text);
            // `pub use`, `pub(crate) use`.
            found.push((start, end, matches!(before, Some("pub" | ")"))));
        }
    }
    found
}

/// The path from the crate on; `None` when it leads to another crate or is a name of the file's
/// own.
fn from_crate(
    module: &[String],
    steps: &[String],
    is_module: impl Fn(&[String]) -> bool,
) -> Option<Vec<String>> {
    let ups = steps.iter().take_while(|step| *step == "super").count();
    let (base, rest) = match steps.first()?.as_str() {
        "crate" => (&[][..], &steps[1..]),
        "self" => (module, &steps[1..]),
        "super" => (&module[..module.len().checked_sub(ups)?], &steps[ups..]),
        _ => (module, steps),
    };
    let path = [base, rest].concat();
    let is_own = base == module && !is_module(&path[..(base.len() + 1).min(path.len())]);
    (!rest.is_empty() && !is_own).then_some(path)
}

fn read(files: &[(PathBuf, String)]) -> Modules {
    let known: BTreeSet<Vec<String>> = files.iter().map(|(path, _)| module_of(path)).collect();
    files
        .iter()
        .map(|(path, code)| {
            let module = module_of(path);
            let tokens = tokens(before_tests(code));
            let statements = statements(&tokens);
            let mut file = File {
                path: path.clone(),
                names: BTreeMap::new(),
                uses: Vec::new(),
            };
            let mut handed_on = BTreeSet::new();
            let all = paths(&tokens);
            let is = |at: usize, text: &str| tokens.get(at).is_some_and(|token| token.text == text);
            for path in &all {
                // `a::X as Y` reads as `a::X`, `a::as` and `a::Y`.
                if is(path.end, "as") || path.end > 0 && is(path.end - 1, "as") {
                    continue;
                }
                let statement = statements
                    .iter()
                    .find(|(start, end, _)| (*start..*end).contains(&path.end));
                let Some(whole) = from_crate(&module, &path.steps, |path| known.contains(path))
                else {
                    continue;
                };
                let Some((_, _, hands_on)) = statement else {
                    // A field may be called as a module is.
                    if path.steps.len() > 1 {
                        file.uses.push(whole);
                    }
                    continue;
                };
                let renamed = if is(path.end + 1, "as") { 2 } else { 0 };
                let name = tokens[path.end + renamed].text.to_owned();
                file.names.insert(name.clone(), whole.clone());
                if *hands_on {
                    handed_on.insert(name);
                } else {
                    file.uses.push(whole);
                }
            }
            // What is handed on and used as well.
            for path in &all {
                let inside = statements
                    .iter()
                    .any(|(start, end, _)| (*start..*end).contains(&path.end));
                if !inside
                    && let Some(name) = path.steps.first().filter(|name| handed_on.contains(*name))
                {
                    file.uses.push(file.names[name].clone());
                }
            }
            (module, file)
        })
        .collect()
}

/// The file that defines what a path names, whoever hands it on.
fn target<'a>(modules: &'a Modules, path: &[String], left: usize) -> Option<&'a Path> {
    let length = (1..=path.len())
        .rev()
        .find(|length| modules.contains_key(&path[..*length]))?;
    let file = &modules[&path[..length]];
    match path.get(length).and_then(|name| file.names.get(name)) {
        // `left`: two files that hand on each other's names.
        Some(next) if left > 0 => {
            let rest = &path[length + 1..];
            target(modules, &[next.as_slice(), rest].concat(), left - 1)
        }
        _ => Some(&file.path),
    }
}

/// All pairs of files that import each other, in the order of their names.
fn circles(files: &[(PathBuf, String)]) -> BTreeSet<(PathBuf, PathBuf)> {
    let modules = read(files);
    let mut arrows = BTreeSet::new();
    for (module, file) in modules.iter().filter(|(_, file)| !is_of_errors(&file.path)) {
        for path in file
            .uses
            .iter()
            .filter(|path| path.first() == module.first())
        {
            if let Some(other) = target(&modules, path, 9).filter(|other| *other != file.path) {
                arrows.insert((file.path.clone(), other.to_owned()));
            }
        }
    }
    arrows
        .iter()
        .filter(|(a, b)| a < b && arrows.contains(&(b.clone(), a.clone())))
        .cloned()
        .collect()
}

#[test]
fn no_two_files_of_a_room_import_each_other() {
    let faults: Vec<_> = circles(&library())
        .iter()
        .map(|(a, b)| format!("{} and {} import each other", a.display(), b.display()))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_two_files_of_the_program_import_each_other() {
    // Read as one room of the library, because in the program everything is at the crate's root.
    let as_room = |(path, code): (PathBuf, String)| {
        let path = path.strip_prefix("cli/src").unwrap();
        let code = code.replace("crate::", "crate::program::");
        (Path::new("src/program").join(path), code)
    };
    let files: Vec<_> = program().into_iter().map(as_room).collect();
    assert!(files.len() > 10, "{files:?}");
    assert_eq!(circles(&files), BTreeSet::new());
    let back = |(path, code): &(PathBuf, String)| {
        let is_shared = path.ends_with("report.rs");
        let code = code.clone();
        let code = if is_shared {
            format!("use crate::program::pin::Pin;\n{code}")
        } else {
            code
        };
        (path.clone(), code)
    };
    let files: Vec<_> = files.iter().map(back).collect();
    assert_eq!(circles(&files).len(), 1);
}

#[test]
fn a_circle_is_found_however_it_is_written() {
    let names = [
        "src/a/mod.rs",
        "src/a/x.rs",
        "src/a/y.rs",
        "src/a/deep/mod.rs",
        "src/a/deep/z.rs",
        "src/a/error.rs",
        "src/b.rs",
    ];
    let count = |code: &[(&str, &str)]| {
        let file = |name: &&str| {
            let code = code
                .iter()
                .find(|(file, _)| file == name)
                .map_or("", |(_, code)| *code);
            (PathBuf::from(*name), code.to_owned())
        };
        circles(&names.iter().map(file).collect::<Vec<_>>()).len()
    };
    let (hub, x, y, deep, z) = (names[0], names[1], names[2], names[3], names[4]);
    let (error, other) = (names[5], names[6]);
    for code in [
        [(x, "use super::y::Y;"), (y, "use super::x::X;")],
        [(x, "use super::y::Y;"), (y, "use crate::{a::x::X};")],
        [(x, "use super::y::Y;"), (y, "fn f() -> super::x::X {}")],
        [
            (x, "use crate::a::deep::Z;"),
            (deep, "fn f() { super::x::f() }"),
        ],
        [
            (x, "use super::deep::z::Z;"),
            (z, "use super::super::x::X;"),
        ],
        // The parent and its child.
        [
            (hub, "mod x; use x::X; pub enum E {}"),
            (x, "use super::E;"),
        ],
        [
            (hub, "mod x; pub use x::X; pub struct E(X);"),
            (x, "use super::E;"),
        ],
        [
            (hub, "mod x; pub enum E {} fn f() { x::g() }"),
            (x, "use crate::a::E;"),
        ],
    ] {
        assert_eq!(count(&code), 1, "{code:?}");
    }
    // Through names that the room's module hands on.
    let hands_on = (
        hub,
        "mod x; mod y; pub use x::{X}; pub(crate) use self::y::{A as Y}; use y::f;",
    );
    for code in [
        [hands_on, (x, "use super::Y;"), (y, "use crate::a::{X};")],
        [hands_on, (x, "use super::f;"), (y, "use super::x;")],
        [
            hands_on,
            (x, "use super::f as g;"),
            (y, "use super::{X as _};"),
        ],
    ] {
        assert_eq!(count(&code), 1, "{code:?}");
    }
    for code in [
        [(x, "use super::y::Y;"), (y, "use super::E;")],
        [
            (x, "use super::y::Y; // use super::y"),
            (y, "\n#[cfg(test)]\nmod tests { use super::super::x::X; }"),
        ],
        // To hand a name on is not a use of it.
        [
            (hub, "mod x; pub use x::X; pub enum E {}"),
            (x, "use super::E;"),
        ],
        // A field, and the method of another type.
        [
            (
                hub,
                "mod x; pub enum E {} struct S { x: u8 } fn f(s: S) { s.x }",
            ),
            (x, "use super::E;"),
        ],
        [(error, "use super::x::X;"), (x, "use super::error::Error;")],
        // Rooms have a table of their own.
        [(x, "use crate::b::B;"), (other, "use crate::a::x::X;")],
    ] {
        assert_eq!(count(&code), 0, "{code:?}");
    }
}
