//! Why the program could not run.

use std::{fmt, io};

use tower_visor::escape;

/// One or more reasons, for standard error.
#[derive(Debug)]
pub(crate) struct Fault {
    text: String,
    paste: Option<String>,
}

impl Fault {
    /// Something that is about a file or another thing with a name.
    pub(crate) fn new(what: &str, why: &impl fmt::Display) -> Self {
        Self::text(format!("{}: {why}", escape::line(what)))
    }

    /// A file or a folder that can't be read or written.
    pub(crate) fn io(file: &str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::text(format!("no such file: {}", escape::line(file))),
            kind => Self::new(file, &kind),
        }
    }

    /// An error that says what it is about.
    pub(crate) fn of(error: &impl fmt::Display) -> Self {
        Self::text(error.to_string())
    }

    /// All that is wrong with one file.
    pub(crate) fn all<E: fmt::Display>(what: &str, errors: &[E]) -> Self {
        // An error is a line, whatever it quotes.
        let lines = errors.iter().map(|error| escape::line(&error.to_string()));
        let lines: Vec<String> = lines.collect();
        let what = escape::line(what);
        match &lines[..] {
            [one] => Self::text(format!("{what}: {one}")),
            all => Self::text(format!("{what}:\n  {}", all.join("\n  "))),
        }
    }

    /// With lines that go into a file.
    pub(crate) fn with_paste(mut self, paste: Option<String>) -> Self {
        self.paste = paste;
        self
    }

    /// Lines that go into a file, after what to do with them.
    pub(crate) fn paste(&self) -> Option<&str> {
        self.paste.as_deref()
    }

    const fn text(text: String) -> Self {
        Self { text, paste: None }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
