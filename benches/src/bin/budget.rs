//! Instructions per response against a budget, so that a change that makes the hot path dearer is
//! seen before it lands.
//!
//! ```text
//! cargo run --release --manifest-path benches/Cargo.toml --bin budget              # compare
//! cargo run --release --manifest-path benches/Cargo.toml --bin budget -- --update  # on purpose
//! ```
//!
//! Exit codes: 0 within the budget, 1 over it, 2 could not run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;

use tower_visor_benches::{allocations, callgrind, hot};

#[global_allocator]
static ALLOCATOR: allocations::Counting<allocations::Recycling> =
    allocations::Counting(allocations::Recycling);

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/budget.txt");
const HEAD: &str = "\
# Instructions and allocations of each response, over those of the bare service (callgrind).
# Written by `budget --update`; a change that needs more than 5 % over these fails.
# Other compilers give other numbers: these are rustc 1.95's. Allocations are nearly free here, so
# that what the C library's allocator makes of them is not part of it.
";
/// In per cent.
const TOLERANCE: u64 = 5;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["run", variant, calls] => run(variant, calls).map(|()| ExitCode::SUCCESS),
        [] => measure().and_then(|measured| compare(&measured)),
        ["--update"] => measure().and_then(|measured| update(&measured)),
        _ => Err("usage: budget [--update]".to_owned()),
    };
    result.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::from(2)
    })
}

/// Under callgrind.
fn run(variant: &str, calls: &str) -> Result<(), String> {
    let mut call = build(variant)?;
    for _ in 0..calls.parse::<u64>().map_err(|error| error.to_string())? {
        call();
    }
    Ok(())
}

fn build(variant: &str) -> Result<hot::Call, String> {
    let found = hot::VARIANTS.iter().find(|(name, _)| *name == variant);
    let (_, build) = found.ok_or_else(|| format!("no variant `{variant}`"))?;
    Ok(build())
}

/// Instructions and allocations, over the bare service.
type Cost = (u64, u64);

fn measure() -> Result<Vec<(&'static str, Cost)>, String> {
    if !callgrind::is_there() {
        return Err("valgrind is missing: the instructions can't be counted".to_owned());
    }
    let mut costs = Vec::new();
    for (name, _) in hot::VARIANTS {
        costs.push((*name, (callgrind::instructions(name)?, allocations(name)?)));
    }
    let (_, bare) = costs.remove(0);
    Ok(costs
        .into_iter()
        .map(|(name, (instructions, allocations))| {
            let over = |cost: u64, bare: u64| cost.saturating_sub(bare);
            (
                name,
                (over(instructions, bare.0), over(allocations, bare.1)),
            )
        })
        .collect())
}

/// Of the thousandth call, which may be rounded: random bytes come in batches.
fn allocations(variant: &str) -> Result<u64, String> {
    const CALLS: usize = 1000;
    let mut call = build(variant)?;
    call();
    let (made, grown) = allocations::count();
    (0..CALLS).for_each(|_| call());
    let (made_then, grown_then) = allocations::count();
    let all = made_then - made + grown_then - grown;
    Ok(u64::try_from(all / CALLS).unwrap_or(u64::MAX))
}

fn compare(measured: &[(&str, Cost)]) -> Result<ExitCode, String> {
    let text = std::fs::read_to_string(FILE).map_err(|error| format!("{FILE}: {error}"))?;
    let mut budget = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut parts = line.rsplitn(3, ' ');
        let mut number = || parts.next().and_then(|part| part.parse::<u64>().ok());
        let (allocations, instructions) = (number(), number());
        match (parts.next(), instructions, allocations) {
            (Some(name), Some(i), Some(a)) => budget.insert(name.trim(), (i, a)),
            _ => return Err(format!("{FILE}: can't read the line `{line}`")),
        };
    }
    let mut over = 0;
    println!(
        "{:30} {:>8} {:>8} {:>7}",
        "over the bare service", "budget", "now", "allocs"
    );
    for (name, (instructions, allocations)) in measured {
        let Some((old, old_allocations)) = budget.remove(name) else {
            return Err(format!("`{name}` has no budget: run `budget --update`"));
        };
        let is_over = *instructions * 100 > old * (100 + TOLERANCE);
        let says = if is_over {
            over += 1;
            format!(
                "OVER by {:.1} %",
                (*instructions as f64 / old as f64 - 1.0) * 100.0
            )
        } else if *allocations > old_allocations {
            over += 1;
            format!("OVER: {old_allocations} allocations before")
        } else {
            String::new()
        };
        println!("{name:30} {old:>8} {instructions:>8} {allocations:>7} {says}");
    }
    if let Some(name) = budget.keys().next() {
        return Err(format!(
            "`{name}` has a budget and is not measured: run `budget --update`"
        ));
    }
    if over > 0 {
        println!(
            "{over} over the budget by more than {TOLERANCE} %, or with more allocations. If that \
             is what it takes, say why in the commit and run `budget --update`."
        );
        return Ok(ExitCode::from(1));
    }
    println!("within the budget");
    Ok(ExitCode::SUCCESS)
}

fn update(measured: &[(&str, Cost)]) -> Result<ExitCode, String> {
    let mut text = HEAD.to_owned();
    for (name, (instructions, allocations)) in measured {
        let _ = writeln!(text, "{name} {instructions} {allocations}");
    }
    std::fs::write(FILE, &text).map_err(|error| format!("{FILE}: {error}"))?;
    print!("{text}");
    Ok(ExitCode::SUCCESS)
}
