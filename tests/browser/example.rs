//! The example servers, as a user would start them.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::OnceLock;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A running example; it ends when this is dropped.
pub(crate) struct Example {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub(crate) origin: String,
    process: Child,
    /// What it said after its first line, on both outputs.
    said: UnboundedReceiver<String>,
}

/// The stand-in of a version of the SDK.
pub(crate) fn stand_in(version: &str) -> String {
    format!("{}/fixtures/sdk/{version}", env!("CARGO_MANIFEST_DIR"))
}

impl Example {
    /// Starts `liveness`; without `--port`, on one that the system picks.
    pub(crate) async fn start(options: &[&str]) -> Self {
        Self::start_named("liveness", options).await
    }

    pub(crate) async fn start_named(name: &str, options: &[&str]) -> Self {
        let mut process = Command::new(program(name))
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let first = lines.next_line().await.unwrap();
        if first.is_none() {
            let mut error = String::new();
            let _ = process
                .stderr
                .as_mut()
                .unwrap()
                .read_to_string(&mut error)
                .await;
            eprintln!("{error}");
        }
        let url = first
            .as_deref()
            .and_then(|line| line.strip_prefix("listening on "));
        let Some(url) = url else {
            panic!("the example did not start with {options:?}: its output begins with {first:?}");
        };
        let origin = url.trim_end_matches('/').to_owned();
        // Read on, or it would stop at a full pipe.
        let (out, said) = unbounded_channel();
        let mut errors = BufReader::new(process.stderr.take().unwrap()).lines();
        let err = out.clone();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let _ = out.send(line);
            }
        });
        tokio::spawn(async move {
            while let Ok(Some(line)) = errors.next_line().await {
                eprintln!("{line}");
                let _ = err.send(line);
            }
        });
        Self {
            origin,
            process,
            said,
        }
    }

    /// Sends it `SIGHUP`; gives what it says to that.
    pub(crate) async fn hang_up(&mut self) -> String {
        let id = self.process.id().unwrap().to_string();
        let sent = Command::new("kill").args(["-HUP", &id]).status().await;
        assert!(sent.unwrap().success());
        self.says("reloaded").await
    }

    /// The next line with this text.
    pub(crate) async fn says(&mut self, text: &str) -> String {
        loop {
            let line = self.said.recv().await.expect("it has ended");
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Starts `liveness` where it must refuse to; gives what it says.
    pub(crate) async fn refuses(options: &[&str]) -> String {
        let output = Command::new(program("liveness"))
            .args(options)
            .kill_on_drop(true)
            .output()
            .await
            .unwrap();
        assert!(!output.status.success(), "{options:?} was taken");
        String::from_utf8(output.stderr).unwrap()
    }
}

/// Builds the examples once; with nothing changed that takes cargo a moment.
fn program(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let status = std::process::Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--all-features", "--examples"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .unwrap();
        assert!(status.success(), "the examples do not build");
        // This test lies in `target/debug/deps`.
        let test = std::env::current_exe().unwrap();
        let folder = test.parent().and_then(|deps| deps.parent()).unwrap();
        folder.join("examples")
    });
    folder.join(name)
}
