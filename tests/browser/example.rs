//! The example servers, as a user would start them.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::OnceLock;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A running example; it ends when this is dropped.
pub(crate) struct Example {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub(crate) origin: String,
    _process: Child,
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
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let first = lines.next_line().await.unwrap();
        let url = first
            .as_deref()
            .and_then(|line| line.strip_prefix("listening on "));
        let Some(url) = url else {
            panic!("the example did not start with {options:?}: its output begins with {first:?}");
        };
        let origin = url.trim_end_matches('/').to_owned();
        // Read on, or it would stop at a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self {
            origin,
            _process: process,
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
