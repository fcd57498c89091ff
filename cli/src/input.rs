//! What the commands read.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use indicatif::{ProgressBar, ProgressDrawTarget};
use tower_visor::Policy;
use tower_visor::pins::Pins;
use tower_visor::sdk::{Date, Releases};

use crate::fault::Fault;

/// The pins of a lock file.
pub(crate) fn lock(file: &Path) -> Result<Pins, Fault> {
    Pins::load(file).map_err(|errors| Fault::all("lock file", &errors))
}

/// The table of releases in a file.
pub(crate) fn releases(file: &Path) -> Result<Releases, Fault> {
    /// A table of thousands of releases fits.
    const LARGEST: u64 = 4 * 1024 * 1024;
    serde_json::from_slice(&read(file, LARGEST)?).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        match error.to_string() {
            // The parser repeats what it found, and a URL may hold a credential.
            text if text.contains("//") => {
                Fault::new(&name(file), &format!("{place}: not a table of releases"))
            }
            text => Fault::new(&name(file), &text),
        }
    })
}

/// A policy, as JSON where the name says so, else as TOML.
pub(crate) fn policy(file: &Path) -> Result<Policy, Fault> {
    let text = text(file)?;
    if is_json(file) {
        serde_json::from_str(&text).map_err(|error| Fault::new(&name(file), &error))
    } else {
        toml::from_str(&text).map_err(|error| Fault::new(&name(file), &error))
    }
}

/// Whether a policy is written as JSON.
pub(crate) fn is_json(file: &Path) -> bool {
    file.extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("json"))
}

/// A file of settings.
pub(crate) fn text(file: &Path) -> Result<String, Fault> {
    let bytes = read(file, 4 * 1024 * 1024)?;
    String::from_utf8(bytes).map_err(|error| Fault::new(&name(file), &error.utf8_error()))
}

/// Today, by the clock (UTC).
pub(crate) fn now() -> Date {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    // A clock before 1970 makes every release brand new; there is nothing better to say.
    Date::from_unix_seconds(now.unwrap_or_default().as_secs())
}

/// The same to the second, as RFC 3339 writes it.
pub(crate) fn now_to_the_second() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = now.unwrap_or_default().as_secs();
    let day = Date::from_unix_seconds(seconds);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{day}T{hour:02}:{minute:02}:{second:02}Z")
}

static IS_PROGRESS_HIDDEN: AtomicBool = AtomicBool::new(false);

/// For `--quiet`.
pub(crate) fn hide_progress() {
    IS_PROGRESS_HIDDEN.store(true, Ordering::Relaxed);
}

/// Shows that something goes on, where a terminal is attached, and nothing in a pipe.
pub(crate) fn busy<T>(doing: &'static str, work: impl FnOnce() -> T) -> T {
    let spinner = ProgressBar::new_spinner().with_message(doing);
    if IS_PROGRESS_HIDDEN.load(Ordering::Relaxed) {
        spinner.set_draw_target(ProgressDrawTarget::hidden());
    }
    spinner.enable_steady_tick(Duration::from_millis(100));
    let result = work();
    spinner.finish_and_clear();
    result
}

/// The last part of a path: what the user recognises, and nothing of the machine.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().map_or_else(
        || ".".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

pub(crate) fn read(file: &Path, most: u64) -> Result<Vec<u8>, Fault> {
    let fault = |error: std::io::Error| Fault::io(&name(file), &error);
    let mut bytes = Vec::new();
    fs::File::open(file)
        .map_err(fault)?
        .take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(fault)?;
    if bytes.len() as u64 > most {
        let why = format!("more than {most} bytes; is this the right file?");
        return Err(Fault::new(&name(file), &why));
    }
    Ok(bytes)
}
