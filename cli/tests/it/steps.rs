//! The steps for pipelines in `monitoring/`, run as the pipelines run them. The tests with browsers use this
//! file, too.

use std::path::Path;
use std::process::{Command, Output};

/// Each file, what its script stands below, and how its pipeline shows an error.
pub(crate) const STEPS: [(&str, &str, &str); 2] = [
    ("github/action.yml", "run: |", "::error title="),
    (
        "azure/audit.yml",
        "bash: |",
        "##vso[task.logissue type=error;code=",
    ),
];

/// The script of a step: the lines below `key`, as far as they are indented further.
pub(crate) fn script(file: &str, key: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../monitoring");
    let text = std::fs::read_to_string(root.join(file)).unwrap();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = text
        .lines()
        .skip_while(|line| line.trim().trim_start_matches("- ") != key);
    let first = lines.next().unwrap();
    let block = lines.take_while(|line| indent(line) > indent(first) + 1);
    block.fold(String::new(), |script, line| script + line.trim() + "\n")
}

/// Runs a step's script in a folder.
pub(crate) fn step(
    script: &str,
    folder: &Path,
    url: &str,
    browser: &str,
    arguments: &str,
) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_visor"));
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", program.parent().unwrap().display());
    // As both pipelines run `bash`: they stop at the first command that fails.
    Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
        .current_dir(folder)
        .env("PATH", path)
        .env("TMPDIR", folder)
        .env("VISOR_URL", url)
        .env("VISOR_BROWSER", browser)
        .env("VISOR_ARGUMENTS", arguments)
        .output()
        .unwrap()
}
