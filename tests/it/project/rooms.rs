//! Who may know whom: the modules ("rooms") of the library and the arrows between them.

use std::collections::BTreeSet;
use std::path::Path;

use super::source::{library, paths, tokens};

struct Room {
    name: &'static str,
    /// The rooms it may name. A new arrow is a decision; it is made here.
    knows: &'static [&'static str],
    /// What it may touch outside the program, or of an HTTP stack.
    touches: &'static [Touch],
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

const ROOMS: &[Room] = &[
    room("sri", &[], &[]),
    room("csp", &["sri"], &[]),
    room("header", &[], &[]),
    room("sdk", &[], &[]),
    room("pins", &["sri", "sdk"], &[Files]),
    room("policy", &["csp", "header", "sdk", "pins", "sri"], &[]),
    // `header` for the class of a response, which whoever serves it may name.
    room("layer", &["policy", "header"], &[Tower]),
    room("guard", &["sri"], &[]),
    room("html_stream", &["layer"], &[Tower]),
    // What pages and files are sent as.
    room("body", &[], &[Tower]),
    room(
        "page",
        &["policy", "guard", "pins", "sdk", "sri", "body"],
        &[Tower],
    ),
    room(
        "assets",
        &["pins", "header", "sri", "body"],
        &[Files, Tower],
    ),
    room(
        "site",
        &["assets", "page", "layer", "policy", "pins", "sdk", "body"],
        &[Tower],
    ),
    // It judges anyone's server by what was sent, so never policy, layer or page.
    // Tower for one helper, which asks a service for what is audited.
    room("audit", &["csp", "header", "sri", "pins", "sdk"], &[Tower]),
    room("build_script", &["pins"], &[Files]),
    room("reports", &["csp", "pins", "sri"], &[]),
];

/// Helpers without a subject of their own: they know no room, and every room may know them.
const HELPERS: &[&str] = &[
    "docs",
    "foreign",
    "hex",
    "html",
    "serde_keys",
    "serde_text",
    "suggest",
];

/// Paths that would be a touch, for these reasons not held against their file.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "src/sri/digest.rs",
        "std::fs",
        "`Digest::of_file`: the one reader that everybody wants",
    ),
    (
        "src/pins/hash.rs",
        "std::thread",
        "hashing on all cores; the threads end before the function returns",
    ),
];

const fn room(
    name: &'static str,
    knows: &'static [&'static str],
    touches: &'static [Touch],
) -> Room {
    Room {
        name,
        knows,
        touches,
    }
}

/// The room of a file, or `None` for `src/lib.rs` and the program, which know everything.
fn room_of(file: &Path) -> Option<String> {
    let inner = file.strip_prefix("src").ok()?;
    let first = Path::new(inner.components().next()?.as_os_str());
    let name = first.file_stem()?.to_str()?;
    (!["lib", "bin"].contains(&name)).then(|| name.to_owned())
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
            let room = ROOMS.iter().find(|room| room.name == *name)?;
            Some(room.name.to_owned())
        }
        _ => None,
    }
}

/// What is wrong with the code of one file.
fn faults(file: &Path, code: &str) -> BTreeSet<String> {
    let Some(name) = room_of(file) else {
        return BTreeSet::new();
    };
    // Tests stand last in a file, and may do what they need.
    let end = ["\n#[cfg(test)]\n", "\n#[cfg(all(test"].map(|start| code.find(start));
    let end = end.into_iter().flatten().min().unwrap_or(code.len());
    let tokens = tokens(&code[..end]);
    let (knows, touches): (&[&str], &[Touch]) = match ROOMS.iter().find(|room| room.name == name) {
        Some(room) => (room.knows, room.touches),
        None if HELPERS.contains(&name.as_str()) => (&[], &[]),
        None => {
            let fault = format!("{}: `{name}` is not in the table of rooms", file.display());
            return BTreeSet::from([fault]);
        }
    };
    let mut faults = BTreeSet::new();
    for path in paths(&tokens) {
        let place = format!("{}:{}", file.display(), path.line);
        if let Some(other) = in_crate(file, &path.steps)
            && other != name
            && !HELPERS.contains(&other.as_str())
            && !knows.contains(&other.as_str())
        {
            faults.insert(format!(
                "{place}: `{name}` may know {knows:?}, and not `{other}`"
            ));
        }
        let text = path.steps.join("::");
        let excused = EXCEPTIONS
            .iter()
            .any(|(excused, start, _)| file == Path::new(excused) && text.starts_with(start));
        if let Some(touch) = touch(&text)
            && !touches.contains(&touch)
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
        ("src/sri/digest.rs", "use crate::Digest;"),
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
        ("src/bin/visor/main.rs", "use tower_visor::policy;"),
    ] {
        assert_eq!(
            faults(Path::new(file), code),
            BTreeSet::new(),
            "{file}: {code}"
        );
    }
}
