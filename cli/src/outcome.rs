//! What a command leaves to print.

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
