//! How to open the page: the program's options.

use std::path::PathBuf;

use clap::Args;

use super::program::{Engine, is_root};

/// How to open the page.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Also open the page in a browser, and judge what that gets and runs: chromium (without a
    /// value), firefox, or the path of either
    #[arg(long, value_name = "BROWSER", num_args = 0..=1, default_missing_value = "chromium")]
    pub(crate) browser: Option<String>,

    /// Click the first element that matches this CSS selector once the page has settled; may be repeated
    #[arg(long, value_name = "SELECTOR", requires = "browser")]
    click: Vec<String>,

    /// After that, wait until an element matches this CSS selector; may be repeated
    #[arg(long, value_name = "SELECTOR", requires = "browser")]
    wait: Vec<String>,

    /// Give the page a camera that shows a test picture, and permission to use it
    #[arg(long, requires = "browser")]
    pub(super) fake_camera: bool,

    /// How long the page may take to load and settle, including all clicks and waits, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    pub(crate) browser_timeout: f64,

    /// Run the browser without its sandbox, which the report then mentions: for root, and for containers
    /// without user namespaces
    #[arg(long, requires = "browser")]
    pub(super) no_browser_sandbox: bool,

    /// Write what the browser saw to this file, as JSON, even if it has to stop early
    #[arg(long, value_name = "FILE", requires = "browser")]
    pub(crate) observation: Option<PathBuf>,
}

impl Options {
    pub(super) fn steps(&self) -> Steps<'_> {
        Steps {
            click: &self.click,
            wait: &self.wait,
        }
    }

    /// Whether the sandbox of a browser is to be left on where it can't be.
    pub(crate) fn forbidden(&self, engine: Engine) -> Option<&'static str> {
        let is_root = is_root();
        (engine == Engine::Chromium && is_root && !self.no_browser_sandbox).then_some(
            "Chromium has no sandbox for root: run visor as another user, or pass \
             --no-browser-sandbox, which the report then mentions",
        )
    }
}

/// What the browser is asked to do with the page.
pub(super) struct Steps<'a> {
    pub(super) click: &'a [String],
    pub(super) wait: &'a [String],
}
