//! Reading the standards' cases from the folder that `CONFORMANCE_DIR` names, and cases from the
//! field from the one that `CASES_DIR` names.
//!
//! The cases stay outside the project. A run without them says so, once for each file, on
//! standard error; `.ci/run` sets the variables and so never skips.

use std::io::Write as _;
use std::path::PathBuf;

use serde_json::Value;

/// The cases of one file, or `None` when `CONFORMANCE_DIR` is not set.
///
/// # Panics
/// When the variable is set and the file can't be read: a run that was asked for does not skip.
pub(crate) fn load(file: &str) -> Option<Value> {
    let path = beside("CONFORMANCE_DIR", file)?;
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// A folder of cases from the field, or `None` when `CASES_DIR` is not set.
#[cfg(any(feature = "html-stream", feature = "page"))]
pub(crate) fn cases(name: &str) -> Option<PathBuf> {
    beside("CASES_DIR", name)
}

/// A folder of the standards' cases, or `None` when `CONFORMANCE_DIR` is not set.
pub(crate) fn folder(name: &str) -> Option<PathBuf> {
    beside("CONFORMANCE_DIR", name)
}

fn beside(variable: &str, name: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os(variable) else {
        // Not `eprintln!`: the test harness would keep it to itself.
        let _ = writeln!(
            std::io::stderr(),
            "NOT RUN: {name}: {variable} is not set, its cases were not checked"
        );
        return None;
    };
    Some(PathBuf::from(folder).join(name))
}

/// Runs `check` on every case of a list; fails with all the failing cases, not only the first.
pub(crate) fn each(cases: &Value, check: impl Fn(&Value) -> Result<(), String>) {
    let cases = cases.as_array().expect("a list of cases");
    assert!(
        !cases.is_empty(),
        "no cases: the file has another shape than expected"
    );
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|case| check(case).err().map(|why| format!("{why}\n    {case}")))
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} cases failed:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}
