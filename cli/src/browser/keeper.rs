//! A process that stays beside the browser: whatever happens to the program, the browser ends, and
//! its profile goes.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitCode, Stdio};
use std::time::Duration;

use clap::Args;
use tokio::sync::oneshot;

/// The program's own command for it.
pub(crate) const COMMAND: &str = "keep-browser";

#[derive(Args, Debug)]
pub(crate) struct KeepBrowser {
    /// The folder of its profile, removed in the end
    profile: PathBuf,
    /// The browser, and its arguments
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

/// Runs the browser until standard input ends, which it does when whoever started this lets go of
/// it or dies in any way; then ends the browser with all its processes, and removes the profile.
pub(crate) fn run(arguments: &KeepBrowser) -> ExitCode {
    let [program, arguments_of_it @ ..] = &arguments.command[..] else {
        return ExitCode::from(2);
    };
    let mut command = Command::new(program);
    command
        .args(arguments_of_it)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    own_group(&mut command);
    let code = match command.spawn() {
        Err(error) => {
            // Whoever reads standard error says it on.
            let _ = io::Write::write_all(&mut io::stderr(), format!("{error}\n").as_bytes());
            ExitCode::from(2)
        }
        Ok(mut browser) => {
            let group = browser.id();
            std::thread::spawn(move || {
                let _ = io::copy(&mut io::stdin(), &mut io::sink());
                end_group(group);
            });
            let _ = browser.wait();
            // Its helpers may still be there.
            end_group(group);
            ExitCode::SUCCESS
        }
    };
    remove(&arguments.profile);
    code
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
}

#[cfg(unix)]
fn end_group(leader: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let leader = i32::try_from(leader).ok().and_then(Pid::from_raw);
    if let Some(leader) = leader {
        // It may have ended already.
        let _ = kill_process_group(leader, Signal::KILL);
    }
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

#[cfg(not(unix))]
fn end_group(_: u32) {}

/// The browser's last processes may still be writing while they die.
fn remove(profile: &Path) {
    for _ in 0..200 {
        if fs::remove_dir_all(profile).is_ok() || !profile.exists() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A browser that runs.
pub(super) struct Running {
    keeper: Child,
    /// Where it is spoken to: a `ws:` URL.
    pub(super) endpoint: String,
}

impl Running {
    /// Starts it, and waits until it says where it is spoken to. `profile` goes when it ends.
    pub(super) async fn start(
        program: &Path,
        arguments: &[String],
        environment: &[(&str, String)],
        profile: &Path,
    ) -> Result<Self, String> {
        let own = std::env::current_exe()
            .map_err(|error| format!("the program doesn't find itself: {error}"))?;
        let mut keeper = Command::new(own);
        keeper
            .arg(COMMAND)
            .arg(profile)
            .arg("--")
            .arg(program)
            .args(arguments)
            // Nothing of a user's own is read or left behind.
            .envs(
                [
                    "HOME",
                    "XDG_CACHE_HOME",
                    "XDG_CONFIG_HOME",
                    "XDG_DATA_HOME",
                    "TMPDIR",
                ]
                .map(|name| (name, profile)),
            )
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        // So that what a terminal sends reaches this program alone, and the browser by its end.
        own_group(&mut keeper);
        let mut keeper = keeper
            .spawn()
            .map_err(|error| format!("no process for the browser: {error}"))?;
        let stderr = keeper.stderr.take();
        let mut running = Self {
            keeper,
            endpoint: String::new(),
        };
        let (found, endpoint) = oneshot::channel();
        if let Some(stderr) = stderr {
            std::thread::spawn(move || listen(stderr, found));
        }
        running.endpoint = endpoint
            .await
            .unwrap_or_else(|_| Err("nothing".to_owned()))
            .map_err(|said| format!("it ended at once, and said: {said}"))?;
        Ok(running)
    }
}

/// Reads until the browser ends, or it would stop at a full pipe.
fn listen(stderr: ChildStderr, found: oneshot::Sender<Result<String, String>>) {
    let mut found = Some(found);
    let mut last = String::new();
    let mut reader = BufReader::new(stderr);
    let mut line = Vec::new();
    // A line without an end would take all memory.
    while let Ok(1..) = reader.by_ref().take(64 * 1024).read_until(b'\n', &mut line) {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        let endpoint = text.split_once(" listening on ws://");
        if let Some((_, address)) = endpoint.filter(|_| found.is_some()) {
            let _ = found
                .take()
                .map(|found| found.send(Ok(format!("ws://{address}"))));
        } else if found.is_some() && !text.is_empty() {
            last = text.chars().take(300).collect();
        }
        line.clear();
    }
    let _ = found.take().map(|found| found.send(Err(last)));
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
