//! Instructions per call, as the difference of two run lengths.

use std::process::{Command, Stdio};

const FEW: u64 = 100;
const MORE: u64 = 2_000;

/// Whether valgrind is on this machine.
#[must_use]
pub fn is_there() -> bool {
    let status = Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

/// Runs this very program as `PROGRAM run VARIANT CALLS` under callgrind, twice: what it costs to
/// start is in both.
///
/// # Errors
/// What callgrind said, where it gave no number.
pub fn instructions(variant: &str) -> Result<u64, String> {
    let few = total(variant, FEW)?;
    let more = total(variant, MORE)?;
    Ok((more - few) / (MORE - FEW))
}

fn total(variant: &str, calls: u64) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["run", variant, &calls.to_string()])
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let number = said
        .lines()
        .find_map(|line| line.split_once("Collected : "))
        .and_then(|(_, number)| number.trim().parse().ok());
    number
        .filter(|_| output.status.success())
        .ok_or_else(|| format!("{variant}: {said}"))
}
