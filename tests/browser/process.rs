//! Starting a browser and ending it, whatever happens to the test.

use std::io::{BufRead, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::connection::PATIENCE;

/// Starts the browser, then waits until its own standard input ends, which it does when the test
/// process lets go of it or dies in any way; then ends the whole process group.
const KEEPER: &str = r#""$@" & exec 2>/dev/null; read -r _; kill -9 0"#;

/// A running browser with a fresh profile.
#[derive(Debug)]
pub(crate) struct Process {
    keeper: Child,
    pub(crate) profile: TempDir,
    /// The `ws:` URL that the browser printed.
    pub(crate) endpoint: String,
}

/// What to start, and how.
pub(crate) struct Browser<'a> {
    /// As in `TOWER_VISOR_SKIP_BROWSER`, and the Debian package's first word.
    pub(crate) name: &'a str,
    /// The environment variable that names another program.
    pub(crate) variable: &'a str,
    /// Names to look for in `PATH`.
    pub(crate) programs: &'a [&'a str],
}

impl Browser<'_> {
    /// Starts the browser with arguments made for its profile folder, or `None` when the
    /// environment says to skip it.
    pub(crate) async fn launch(
        &self,
        arguments: impl FnOnce(&Path) -> Vec<String>,
    ) -> Option<Process> {
        let skip = std::env::var("TOWER_VISOR_SKIP_BROWSER").unwrap_or_default();
        if skip.split(',').any(|name| name.trim() == self.name) {
            let test = std::thread::current().name().unwrap_or("a test").to_owned();
            // Not `eprintln!`: the test harness would keep it to itself.
            let _ = writeln!(
                std::io::stderr(),
                "NOT RUN: {test}: TOWER_VISOR_SKIP_BROWSER names {}",
                self.name
            );
            return None;
        }
        let profile = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(self.program())
            .args(arguments(profile.path()))
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("sh starts");

        let stderr = keeper.stderr.take().expect("stderr is a pipe");
        let (found, endpoint) = oneshot::channel();
        std::thread::spawn(move || read_endpoint(BufReader::new(stderr), found));
        // From here on a panic ends the browser, too.
        let mut process = Process {
            keeper,
            profile,
            endpoint: String::new(),
        };
        match tokio::time::timeout(PATIENCE, endpoint).await {
            Ok(Ok(Ok(endpoint))) => process.endpoint = endpoint,
            Ok(Ok(Err(output))) => panic!("{} ended at once:\n{output}", self.name),
            Ok(Err(_)) | Err(_) => panic!("{} opened no debugging port in {PATIENCE:?}", self.name),
        }
        Some(process)
    }

    fn program(&self) -> PathBuf {
        if let Some(program) = std::env::var_os(self.variable).filter(|name| !name.is_empty()) {
            return program.into();
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path)
            .flat_map(|folder| self.programs.iter().map(move |program| folder.join(program)))
            .find(|program| program.is_file())
            .unwrap_or_else(|| {
                panic!(
                    "{} is not in PATH: run scripts/test, which installs it, or name the program in \
                     {}, or leave out its tests with TOWER_VISOR_SKIP_BROWSER={}",
                    self.programs.join(" or "),
                    self.variable,
                    self.name
                )
            })
    }
}

/// Sends the URL of the debugging port, or all output when the browser ends without one; then
/// reads on, or the browser would stop at a full pipe.
fn read_endpoint(stderr: impl BufRead, found: oneshot::Sender<Result<String, String>>) {
    let mut found = Some(found);
    let mut output = String::new();
    for line in stderr.split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        if found.is_none() {
            continue;
        }
        if let Some((_, url)) = line.split_once(" listening on ws://") {
            let _ = found
                .take()
                .map(|found| found.send(Ok(format!("ws://{}", url.trim()))));
        } else {
            output.push_str(&line);
            output.push('\n');
        }
    }
    let _ = found.map(|found| found.send(Err(output)));
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
        // The browser's last processes may still be writing while they die.
        for _ in 0..100 {
            if std::fs::remove_dir_all(self.profile.path()).is_ok() || !self.profile.path().exists()
            {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
