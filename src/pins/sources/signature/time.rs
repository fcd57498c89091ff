//! Times as npm writes them in its list of keys.

use std::fmt;

/// A time in UTC to the second, `2025-01-29T00:00:00`, whose order is that of its text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Timestamp(String);

impl Timestamp {
    /// Reads `2025-01-29T00:00:00.000Z`, the form of JavaScript's `toISOString`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (seconds, rest) = text.split_at_checked(19)?;
        let form = "dddd-dd-ddTdd:dd:dd";
        let fits = seconds.chars().zip(form.chars()).all(|(c, expected)| {
            if expected == 'd' {
                c.is_ascii_digit()
            } else {
                c == expected
            }
        });
        let fraction = match rest.strip_suffix('Z')?.strip_prefix('.') {
            Some(digits) => !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()),
            None => rest == "Z",
        };
        (fits && fraction).then(|| Self(seconds.to_owned()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Z", self.0)
    }
}
