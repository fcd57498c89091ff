//! Starting a browser, or what it needs, and ending it, whatever happens to the test.

use std::io::{BufRead, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpSocket;
use tokio::sync::{oneshot, watch};

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
    /// All that it printed, once it has ended.
    ended: watch::Receiver<Option<String>>,
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

/// A port for a program that has to be told one. As long as the socket is there, the system gives
/// the port to nobody who asks for any; who asks for this one gets it, because nobody listens.
pub(crate) fn reserved_port() -> (TcpSocket, u16) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let port = socket.local_addr().unwrap().port();
    (socket, port)
}

impl Program<'_> {
    /// Starts it with arguments made for its profile folder, or gives `None` when the environment
    /// says to skip its browser.
    pub(crate) async fn launch(
        &self,
        arguments: impl FnOnce(&Path) -> Vec<String>,
    ) -> Option<Process> {
        if is_skipped(self.browser) {
            return None;
        }
        let program = self.program();
        let profile = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(&program)
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
        let (end, ended) = watch::channel(None);
        let ready = self.ready;
        std::thread::spawn(move || read(BufReader::new(stderr), ready, found, &end));
        // From here on a panic ends the browser, too.
        let mut process = Process {
            keeper,
            profile,
            endpoint: String::new(),
            ended,
        };
        match tokio::time::timeout(PATIENCE, endpoint).await {
            Ok(Ok(endpoint)) => process.endpoint = endpoint,
            Ok(Err(_)) => {
                let output = process.end().await;
                panic!("{} ended at once:\n{output}", program.display())
            }
            Err(elapsed) => panic!("{}: {elapsed}: not ready", program.display()),
        }
        Some(process)
    }

    /// The program that the environment names, or else the first of its own names in `PATH`.
    fn program(&self) -> PathBuf {
        let find = |name: &Path| {
            let path = std::env::var_os("PATH").unwrap_or_default();
            // What has a folder in its name is no longer looked for in others.
            let mut files = std::env::split_paths(&path).map(|folder| {
                let is_path = name.components().count() > 1;
                if is_path {
                    name.to_owned()
                } else {
                    folder.join(name)
                }
            });
            files.find(|file| file.is_file())
        };
        if let Some(name) = std::env::var_os(self.variable).filter(|name| !name.is_empty()) {
            return find(Path::new(&name)).unwrap_or_else(|| {
                let (variable, name) = (self.variable, name.display());
                panic!("{variable} names `{name}`, and there is no such program: correct it, or unset it")
            });
        }
        self.programs
            .iter()
            .find_map(|name| find(Path::new(name)))
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

/// Whether the environment says to leave out the tests of a browser; then it says so, too.
pub(crate) fn is_skipped(browser: &str) -> bool {
    let skip = std::env::var("TOWER_VISOR_SKIP_BROWSER").unwrap_or_default();
    let is_skipped = skip.split(',').any(|name| name.trim() == browser);
    if is_skipped {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        // Not `eprintln!`: the test harness would keep it to itself.
        let _ = writeln!(
            std::io::stderr(),
            "NOT RUN: {test}: TOWER_VISOR_SKIP_BROWSER names {browser}"
        );
    }
    is_skipped
}

/// Reads until the program ends, or it would stop at a full pipe; sends what tells that it is
/// ready, and in the end all that it printed before it was.
fn read(
    stderr: impl BufRead,
    ready: Option<fn(&str) -> Option<String>>,
    found: oneshot::Sender<String>,
    end: &watch::Sender<Option<String>>,
) {
    let mut found = Some(found);
    let mut output = String::new();
    if ready.is_none() {
        let _ = found.take().map(|found| found.send(String::new()));
    }
    for line in stderr.split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        if found.is_some()
            && let Some(endpoint) = ready.and_then(|ready| ready(&line))
        {
            let _ = found.take().map(|found| found.send(endpoint));
        } else if found.is_some() || ready.is_none() {
            output.push_str(&line);
            output.push('\n');
        }
    }
    end.send_replace(Some(output));
}

impl Process {
    /// Waits for its end; gives what it printed before it was ready.
    pub(crate) async fn end(&self) -> String {
        let mut ended = self.ended.clone();
        let output = ended.wait_for(Option::is_some).await;
        output
            .ok()
            .and_then(|output| output.clone())
            .unwrap_or_default()
    }
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
