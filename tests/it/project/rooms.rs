//! Who may know whom: the modules ("rooms") of the library and the arrows between them, as
//! CONTRIBUTING.md draws them.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use super::source::{before_tests, library, paths, read, tokens};

struct Room {
    name: String,
    /// The rooms that it may name beside the ground floor.
    knows: Vec<String>,
    /// What it may touch outside the program, or of an HTTP stack.
    touches: Vec<Touch>,
    /// Whether every room may know it.
    ground: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Touch {
    /// Files, processes and the environment.
    Files,
    /// tower and HTTP bodies.
    Tower,
    /// Sockets, clocks, threads, a runtime: no room does.
    World,
}

use Touch::{Files, Tower, World};

/// The two tables of CONTRIBUTING.md: every room has its line there.
static ROOMS: LazyLock<Vec<Room>> = LazyLock::new(|| {
    let text = read(Path::new("CONTRIBUTING.md"));
    let table = |heading: &str, columns: usize| {
        let (_, section) = text
            .split_once(&format!("\n### {heading}\n"))
            .unwrap_or_else(|| panic!("CONTRIBUTING.md has no section {heading:?}"));
        let lines: Vec<&str> = section
            .lines()
            .take_while(|line| !line.starts_with('#'))
            .filter(|line| line.starts_with('|'))
            .collect();
        assert!(lines.len() > 2, "{heading:?} has no table");
        // After the heads of the columns and the line under them.
        let rows = lines[2..].iter().map(move |line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            assert_eq!(cells.len(), columns, "columns of the room: {line}");
            cells
        });
        rows.collect::<Vec<_>>()
    };
    let ground = table("The ground floor", 3);
    let ground = ground
        .iter()
        .map(|cells| room(cells[0], cells[1], "", cells[2], true));
    let rooms = table("The rooms", 4);
    let rooms = rooms
        .iter()
        .map(|cells| room(cells[0], cells[1], cells[2], cells[3], false));
    ground.chain(rooms).collect()
});

fn room(name: &str, purpose: &str, knows: &str, touches: &str, ground: bool) -> Room {
    let code = |cell: &str| {
        let name = cell
            .strip_prefix('`')
            .and_then(|cell| cell.strip_suffix('`'));
        name.unwrap_or_else(|| panic!("write `name`, not {cell}"))
            .to_owned()
    };
    assert!(!purpose.is_empty(), "{name}: what is it for?");
    Room {
        name: code(name),
        knows: items(knows).map(code).collect(),
        touches: items(touches)
            .map(|touch| match touch {
                "files" => Files,
                "tower" => Tower,
                other => panic!("{name}: touches `files` or `tower`, not `{other}`"),
            })
            .collect(),
        ground,
    }
}

/// The parts of a cell, which commas part.
fn items(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

fn named(name: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|room| room.name == name)
}

/// Paths that would be a touch, for these reasons not held against their file.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "src/sri/hasher.rs",
        "std::fs",
        "`Digest::of_file`: the one reader that everybody wants",
    ),
    (
        "src/reports/clock.rs",
        "std::time::SystemTime",
        "the time at which a request came: nobody can give it to a service",
    ),
    (
        "src/pins/hash.rs",
        "std::thread",
        "hashing on all cores; the threads end before the function returns",
    ),
];

/// The room of a file, or `None` for `src/lib.rs`, which knows everything.
fn room_of(file: &Path) -> Option<String> {
    let inner = file.strip_prefix("src").ok()?;
    let first = Path::new(inner.components().next()?.as_os_str());
    let name = first.file_stem()?.to_str()?;
    (name != "lib").then(|| name.to_owned())
}

/// What a path in `file` names, counted from the crate: `None` when it stays in the file's module
/// or leads to another crate.
fn in_crate(file: &Path, path: &[String]) -> Option<String> {
    let module_depth = file.components().count()
        - 1
        - usize::from(file.file_name().is_some_and(|name| name == "mod.rs"));
    match path.first()?.as_str() {
        "crate" | "tower_visor" => path.get(1).cloned(),
        "super" => {
            let ups = path.iter().take_while(|step| *step == "super").count();
            // Inside an inline module it may be a name of the file's own.
            let name = (ups >= module_depth).then(|| path.get(ups))??;
            named(name).map(|room| room.name.clone())
        }
        _ => None,
    }
}

/// What is wrong with the code of one file.
fn faults(file: &Path, code: &str) -> BTreeSet<String> {
    let Some(name) = room_of(file) else {
        return BTreeSet::new();
    };
    let tokens = tokens(before_tests(code));
    let Some(room) = named(&name) else {
        let fault = format!(
            "{}: `{name}` is not in CONTRIBUTING.md's tables of rooms",
            file.display()
        );
        return BTreeSet::from([fault]);
    };
    let mut faults = BTreeSet::new();
    for path in paths(&tokens) {
        let place = format!("{}:{}", file.display(), path.line);
        if let Some(other) = in_crate(file, &path.steps)
            && other != name
            && !named(&other).is_some_and(|other| other.ground)
            && !room.knows.contains(&other)
        {
            let knows = &room.knows;
            faults.insert(format!(
                "{place}: `{name}` may know {knows:?}, and not `{other}`"
            ));
        }
        let text = path.steps.join("::");
        let excused = EXCEPTIONS
            .iter()
            .any(|(excused, start, _)| file == Path::new(excused) && text.starts_with(start));
        if let Some(touch) = touch(&text)
            && !room.touches.contains(&touch)
            && !excused
        {
            faults.insert(format!("{place}: `{name}` may not use `{text}`"));
        }
    }
    faults
}

/// What a path touches, if anything.
fn touch(path: &str) -> Option<Touch> {
    let starts = |names: &[&str]| {
        names.iter().any(|name| {
            path.strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        })
    };
    if starts(&["std::fs", "std::env", "std::process"]) {
        Some(Files)
    } else if starts(&["tower_layer", "tower_service", "http_body", "tower"]) {
        Some(Tower)
    } else if starts(&[
        "std::net::TcpStream",
        "std::net::TcpListener",
        "std::thread",
    ]) || starts(&["std::net::UdpSocket", "tokio", "hyper"])
        || path
            .split("::")
            .any(|step| ["SystemTime", "Instant"].contains(&step))
    {
        Some(World)
    } else {
        None
    }
}

#[test]
fn no_room_knows_more_than_its_table_says() {
    let files = library();
    let faults: Vec<String> = files
        .iter()
        .flat_map(|(file, code)| faults(file, code))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    for room in ROOMS.iter() {
        assert!(
            files
                .iter()
                .any(|(file, _)| room_of(file).as_deref() == Some(&*room.name)),
            "CONTRIBUTING.md has a room `{}` that isn't there",
            room.name
        );
        for known in &room.knows {
            let is_room = named(known).is_some_and(|known| !known.ground);
            assert!(
                is_room,
                "`{}` may know `{known}`, which is not one of the rooms",
                room.name
            );
        }
    }
    for (file, start, _) in EXCEPTIONS {
        let (_, code) = files
            .iter()
            .find(|(path, _)| path == Path::new(file))
            .unwrap_or_else(|| panic!("{file} is gone: take it out of the exceptions"));
        assert!(code.contains(start), "{file} doesn't use {start} any more");
    }
}

#[test]
fn a_new_arrow_is_found_however_it_is_written() {
    for (file, code) in [
        ("src/sri/digest.rs", "use crate::csp::Csp;"),
        ("src/sri/digest.rs", "use crate::{suggest, csp::Csp};"),
        (
            "src/sri/digest.rs",
            "use crate::{suggest::x, header::{A, B}};",
        ),
        ("src/sri/digest.rs", "fn f() -> crate::policy::Policy {}"),
        ("src/sri/digest.rs", "use super::super::csp;"),
        ("src/sri/mod.rs", "use super::{csp};"),
        ("src/sri/digest.rs", "use crate::Policy;"),
        ("src/layer.rs", "use super::csp::Csp;"),
        ("src/suggest.rs", "use crate::sri;"),
        ("src/unheard_of.rs", ""),
        ("src/csp/mod.rs", "use std::{fmt, fs::File};"),
        ("src/header/hsts.rs", "use std::time::SystemTime;"),
        ("src/policy/mod.rs", "impl tower_layer::Layer<S> for P {}"),
    ] {
        assert_eq!(faults(Path::new(file), code).len(), 1, "{file}: {code}");
    }
    for (file, code) in [
        (
            "src/csp/mod.rs",
            "use crate::sri::Digest; // not crate::policy",
        ),
        (
            "src/csp/mod.rs",
            "use crate::{csp::Csp, sri, suggest}; mod tests { use super::*; }",
        ),
        (
            "src/sri/digest.rs",
            "use super::algorithm; struct A { csp: super::error::E }",
        ),
        ("src/header/hsts.rs", "use std::time::Duration;"),
        ("src/lib.rs", "pub use crate::layer::VisorLayer;"),
    ] {
        assert_eq!(
            faults(Path::new(file), code),
            BTreeSet::new(),
            "{file}: {code}"
        );
    }
}
