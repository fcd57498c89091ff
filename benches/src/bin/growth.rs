//! Whether each reader of foreign text is linear in its input: its instructions at n, 2n and 4n.
//!
//! ```text
//! scripts/growth              # all of them
//! scripts/growth "audit: "    # those whose names begin so
//! ```
//!
//! Exit codes: 0 every reader grows in step, 1 one grows faster, 2 could not run.

use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread::available_parallelism;

use tower_visor_benches::allocations::Recycling;
use tower_visor_benches::growth::{self, DOUBLINGS, Reader};

/// What the C library's makes of a heap depends on what was in it before.
#[global_allocator]
static ALLOCATOR: Recycling = Recycling;

/// What one doubling may multiply the instructions by. A sort or a tree of n entries takes
/// 2 * (1 + 1 / log n) times as many; what compares each with each takes 4.
const MOST: f64 = 2.2;

/// The function of which callgrind counts the instructions.
const MEASURED: &str = "tower_visor_benches::growth::measured";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["run", prefix, part, parts] => run(prefix, part, parts),
        [] => measure(""),
        [prefix] => measure(prefix),
        _ => Err("usage: growth [BEGINNING OF NAMES]".to_owned()),
    };
    result.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::from(2)
    })
}

/// Every so many of the readers whose names begin so.
fn some(prefix: &str, part: usize, parts: usize) -> Vec<&'static Reader> {
    growth::readers()
        .filter(|reader| reader.name.starts_with(prefix))
        .skip(part)
        .step_by(parts)
        .collect()
}

/// Under callgrind.
fn run(prefix: &str, part: &str, parts: &str) -> Result<ExitCode, String> {
    let number = |text: &str| text.parse::<usize>().map_err(|error| error.to_string());
    for reader in some(prefix, number(part)?, number(parts)?) {
        // Once before: tables that are made when they are first asked for.
        (reader.build)(1)();
        for doubling in 0..=DOUBLINGS {
            growth::measured((reader.build)(reader.first << doubling));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn measure(prefix: &str) -> Result<ExitCode, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    // Callgrind counts one thread at a time.
    let parts = available_parallelism().map_or(1, usize::from);
    let runs = (0..parts)
        .map(|part| start(folder.path(), prefix, part, parts))
        .collect::<Result<Vec<Child>, String>>()?;
    let mut faster = 0;
    println!(
        "{:64} {:>11} {:>11} {:>11}",
        "instructions of n", "n", "2 n", "4 n"
    );
    for (part, run) in runs.into_iter().enumerate() {
        let output = run.wait_with_output().map_err(|error| error.to_string())?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("callgrind: {}: {said}", output.status));
        }
        let mut counts = (1..).map(|dump| count(folder.path(), part, dump));
        for reader in some(prefix, part, parts) {
            let found: Vec<u64> = counts
                .by_ref()
                .take(DOUBLINGS as usize + 1)
                .collect::<Result<_, _>>()?;
            let worst = found
                .windows(2)
                .map(|pair| pair[1] as f64 / pair[0] as f64)
                .fold(0.0, f64::max);
            let says = if worst > MOST {
                faster += 1;
                format!("  {worst:.2} TIMES AS MANY AT A DOUBLING")
            } else {
                format!("  {worst:.2}")
            };
            let numbers: Vec<String> = found.iter().map(|number| format!("{number:>11}")).collect();
            let numbers = numbers.join(" ");
            println!("{:64} {numbers}{says}", reader.name);
        }
    }
    if faster > 0 {
        println!("{faster} grow by more than {MOST} when their input is doubled");
        return Ok(ExitCode::from(1));
    }
    println!("all are linear in their input");
    Ok(ExitCode::SUCCESS)
}

/// Callgrind begins to count at the function that is measured, and writes a file where it ends.
fn start(folder: &Path, prefix: &str, part: usize, parts: usize) -> Result<Child, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let out = folder.join(format!("part{part}"));
    Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--zero-before={MEASURED}"))
        .arg(format!("--dump-after={MEASURED}"))
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .args(["run", prefix, &part.to_string(), &parts.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("valgrind: {error}"))
}

/// The instructions of one of its files.
fn count(folder: &Path, part: usize, dump: u32) -> Result<u64, String> {
    let path = folder.join(format!("part{part}.{dump}"));
    let text =
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    text.lines()
        .find_map(|line| line.strip_prefix("summary: "))
        .and_then(|number| number.trim().parse().ok())
        .ok_or_else(|| format!("{}: no summary", path.display()))
}
