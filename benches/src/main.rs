//! This crate and its peers at the same work, in one run.
//!
//! ```text
//! cargo run --release --manifest-path benches/Cargo.toml --features peers
//! ```
//!
//! One part alone: `-- headers`, `threads`, `pages`, `streaming`, `serving`, `nginx`, `hashing` or `start`.

mod cpu;
mod hashing;
mod headers;
mod nginx;
mod pages;
mod rounds;
mod serving;
mod start;
mod streaming;
mod threads;

use std::process::ExitCode;

use tower_visor_benches::allocations;

#[global_allocator]
static ALLOCATOR: allocations::Counting<allocations::Peak<std::alloc::System>> =
    allocations::Counting(allocations::Peak(std::alloc::System));

/// Name of a part, and what runs it.
type Part = (&'static str, fn());

const PARTS: &[Part] = &[
    ("headers", headers::compare),
    ("threads", threads::compare),
    ("pages", pages::compare),
    ("streaming", streaming::compare),
    ("serving", serving::compare),
    ("nginx", nginx::compare),
    ("hashing", hashing::compare),
    ("start", start::compare),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        // Under callgrind, by `callgrind::instructions`.
        ["run", variant, calls] => rounds::run(variant, calls.parse().unwrap()),
        [] => {
            for (name, compare) in PARTS {
                println!("\n== {name}");
                compare();
            }
        }
        [part] => {
            if let Some((_, compare)) = PARTS.iter().find(|(name, _)| *name == part) {
                compare();
            } else {
                let names: Vec<_> = PARTS.iter().map(|(name, _)| *name).collect();
                eprintln!("no part `{part}`; there are: {}", names.join(", "));
                return ExitCode::from(2);
            }
        }
        _ => {
            eprintln!("usage: bench [PART]");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
