//! Which browser, and where it is.

use std::path::{Path, PathBuf};

/// An engine that can be spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
}

/// A browser to start.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) engine: Engine,
    pub(super) path: PathBuf,
}

const CHROMIUM: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "microsoft-edge",
];
const FIREFOX: &[&str] = &["firefox-esr", "firefox"];

impl Engine {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
        }
    }
}

impl Program {
    /// By its name, or by its path, of which the last part says the engine.
    pub(crate) fn find(asked: &str) -> Result<Self, String> {
        let path = Path::new(asked);
        if path.components().count() > 1 {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let engine = if name.to_ascii_lowercase().contains("firefox") {
                Engine::Firefox
            } else {
                Engine::Chromium
            };
            let is_there = path.is_file();
            let path = path.to_owned();
            return is_there
                .then_some(Self { engine, path })
                .ok_or_else(|| "no such program".to_owned());
        }
        let (engine, names) = match asked {
            "chromium" => (Engine::Chromium, CHROMIUM),
            "firefox" => (Engine::Firefox, FIREFOX),
            _ => return Err("write `chromium`, `firefox`, or the path of either".to_owned()),
        };
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let mut files = names.iter().flat_map(|name| {
            let folders = std::env::split_paths(&folders);
            folders
                .map(move |folder| folder.join(name))
                .collect::<Vec<_>>()
        });
        let path = files.find(|file| file.is_file());
        path.map(|path| Self { engine, path }).ok_or_else(|| {
            let names = names.join(", ");
            format!("none of {names} is in PATH: install it, or give its path with --browser")
        })
    }
}

#[cfg(unix)]
pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
pub(super) fn is_root() -> bool {
    false
}
