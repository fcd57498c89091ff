//! What a page's code plainly does and the page doesn't allow.

use std::fmt;

/// Something that the code of a page does word for word, and that won't work where it runs: print it
/// when the server starts.
#[derive(Clone, PartialEq, Eq)]
pub struct PageWarning {
    script: String,
    what: Warned,
}

/// What it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Warned {
    NewFunction,
    ServiceWorker,
    Foreign { specifier: String },
    Spelling { specifier: String, path: String },
}

impl PageWarning {
    pub(super) fn new(script: &str, what: Warned) -> Self {
        Self {
            script: script.to_owned(),
            what,
        }
    }

    /// The script that it is about: the path of its file, or the place of an inline one.
    pub fn script(&self) -> &str {
        &self.script
    }
}

impl fmt::Display for PageWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.script)?;
        match &self.what {
            Warned::NewFunction => f.write_str(
                "it has `new Function` of text that is put together at run time, and the page refuses it: where that is called, choose a build without it",
            ),
            Warned::ServiceWorker => f.write_str(
                "it registers a service worker, and the page refuses it: no browser checks what a worker answers with",
            ),
            Warned::Foreign { specifier } => write!(
                f,
                "it imports `{specifier}` from another origin, and the page refuses what has no pin: serve it yourself"
            ),
            Warned::Spelling { specifier, path } => write!(
                f,
                "it imports `{specifier}`, which is another module to browsers than `{path}`: it is checked as such, and runs beside it; leave out what is added"
            ),
        }
    }
}

crate::errors::debug_is_display!(PageWarning);
