//! What a command leaves to print.

use std::io::{self, Write as _};

use tower_visor::escape;

/// What a command prints, and whether the exit code is 0.
pub(crate) struct Outcome {
    pub(crate) text: String,
    pub(crate) is_clean: bool,
}

impl From<String> for Outcome {
    fn from(text: String) -> Self {
        Self {
            text,
            is_clean: true,
        }
    }
}

/// What people should read in addition to programs: on standard error, a line each.
pub(crate) fn tell(lines: impl IntoIterator<Item = String>) {
    for line in lines {
        // Nobody is left to tell when standard error is closed too.
        let _ = writeln!(io::stderr(), "visor: {}", escape::log(&line));
    }
}

/// Lines that go into a file, after what to do with them: on standard error, as they are.
pub(crate) fn tell_paste(paste: Option<String>) {
    if let Some(text) = paste {
        let _ = writeln!(io::stderr(), "\n{}\n", escape::log_lines(&text));
    }
}
