//! Starting a browser, or what it needs, and ending it, whatever happens to the test.

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

/// A running program with a fresh profile.
#[derive(Debug)]
pub(crate) struct Process {
    keeper: Child,
    pub(crate) profile: TempDir,
    /// What it printed when it was ready: [`Program::ready`] made it out of a line.
    pub(crate) endpoint: String,
}

/// What to start, and how.
pub(crate) struct Program<'a> {
    /// The browser that it is or serves, as in `TOWER_VISOR_SKIP_BROWSER`.
    pub(crate) browser: &'a str,
    /// The environment variable that names another program.
    pub(crate) variable: &'a str,
    /// Names to look for in `PATH`.
    pub(crate) programs: &'a [&'a str],
    /// Finds in a line of its standard error what tells that it is ready, and where; without it,
    /// nobody waits.
    pub(crate) ready: Option<fn(&str) -> Option<String>>,
    /// Variables of its environment beside those of this process.
    pub(crate) environment: &'a [(&'a str, &'a str)],
}

/// The `ws:` URL that Chromium and Firefox print.
pub(crate) fn websocket(line: &str) -> Option<String> {
    let (_, url) = line.split_once(" listening on ws://")?;
    Some(format!("ws://{}", url.trim()))
}

impl Program<'_> {
    /// Starts it with arguments made for its profile folder, or gives `None` when the environment
    /// says to skip its browser.
    pub(crate) async fn launch(
        &self,
        arguments: impl FnOnce(&Path) -> Vec<String>,
    ) -> Option<Process> {
        let skip = std::env::var("TOWER_VISOR_SKIP_BROWSER").unwrap_or_default();
        if skip.split(',').any(|name| name.trim() == self.browser) {
            let test = std::thread::current().name().unwrap_or("a test").to_owned();
            // Not `eprintln!`: the test harness would keep it to itself.
            let _ = writeln!(
                std::io::stderr(),
                "NOT RUN: {test}: TOWER_VISOR_SKIP_BROWSER names {}",
                self.browser
            );
            return None;
        }
        let profile = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(self.program())
            .args(arguments(profile.path()))
            // Nothing of a user's own is read or left behind.
            .envs(
                ["HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"]
                    .map(|name| (name, profile.path())),
            )
            .envs(self.environment.iter().copied())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("sh starts");

        let stderr = keeper.stderr.take().expect("stderr is a pipe");
        let (found, endpoint) = oneshot::channel();
        let ready = self.ready;
        std::thread::spawn(move || read_endpoint(BufReader::new(stderr), ready, found));
        // From here on a panic ends the browser, too.
        let mut process = Process {
            keeper,
            profile,
            endpoint: String::new(),
        };
        match tokio::time::timeout(PATIENCE, endpoint).await {
            Ok(Ok(Ok(endpoint))) => process.endpoint = endpoint,
            Ok(Ok(Err(output))) => panic!("{:?} ended at once:\n{output}", self.programs),
            Ok(Err(_)) | Err(_) => panic!("{:?} was not ready in {PATIENCE:?}", self.programs),
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
                    self.browser
                )
            })
    }
}

/// Sends what tells that the program is ready, or all output when it ends before; then reads on,
/// or it would stop at a full pipe.
fn read_endpoint(
    stderr: impl BufRead,
    ready: Option<fn(&str) -> Option<String>>,
    found: oneshot::Sender<Result<String, String>>,
) {
    let mut found = Some(found);
    let mut output = String::new();
    let ready = ready.unwrap_or_else(|| {
        let _ = found.take().map(|found| found.send(Ok(String::new())));
        |_| None
    });
    for line in stderr.split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        if found.is_none() {
            continue;
        }
        if let Some(endpoint) = ready(&line) {
            let _ = found.take().map(|found| found.send(Ok(endpoint)));
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
