//! Versions of the SDK, exact and ordered.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::VersionError;
use crate::foreign;

/// An exact version of the SDK, such as `1.5.0` or `0.18.0-beta.1`.
///
/// Ordered by the rules of [Semantic Versioning 2.0.0, item 11]: a prerelease comes before its
/// release. Build metadata is refused; the packages have none.
///
/// ```
/// use tower_visor::sdk::Version;
///
/// let version: Version = "1.4.8".parse()?;
/// assert_eq!((version.major(), version.minor(), version.patch()), (1, 4, 8));
/// assert!(version < Version::new(1, 5, 0));
/// assert!("1.5.0-beta.2".parse::<Version>()? < "1.5.0-beta.10".parse()?);
/// assert!("1.5.0-beta.10".parse::<Version>()? < "1.5.0".parse()?);
///
/// let range = "^1.5.0".parse::<Version>().unwrap_err();
/// assert_eq!(
///     range.to_string(),
///     "byte 0: `^1.5.0` is not an exact version; \
///      write for example `1.5.0`, without a range, a tag or a `v`",
/// );
/// # Ok::<(), tower_visor::sdk::VersionError>(())
/// ```
///
/// [Semantic Versioning 2.0.0, item 11]: https://semver.org/#spec-item-11
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Version {
    major: u32,
    minor: u32,
    patch: u32,
    /// Empty for a release.
    prerelease: Vec<Identifier>,
}

/// Numbers come before words, as the derived order has it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Identifier {
    Number(u32),
    Word(String),
}

impl Version {
    /// A release, without a prerelease part.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self {
            major,
            minor,
            patch,
            prerelease: Vec::new(),
        }
    }

    /// `major.minor.patch-beta.number`, for the built-in table.
    pub(super) fn beta(major: u32, minor: u32, patch: u32, number: u32) -> Self {
        Self {
            prerelease: vec![Identifier::Word("beta".into()), Identifier::Number(number)],
            ..Self::new(major, minor, patch)
        }
    }

    /// The first number.
    pub const fn major(&self) -> u32 {
        self.major
    }

    /// The second number.
    pub const fn minor(&self) -> u32 {
        self.minor
    }

    /// The third number.
    pub const fn patch(&self) -> u32 {
        self.patch
    }

    /// Whether this is a preview, such as `0.18.0-beta.1`.
    pub const fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.major, self.minor, self.patch)
            .cmp(&(other.major, other.minor, other.patch))
            // `false` sorts first: what is a prerelease comes before what is none.
            .then_with(|| (!self.is_prerelease()).cmp(&!other.is_prerelease()))
            .then_with(|| self.prerelease.cmp(&other.prerelease))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        for (index, identifier) in self.prerelease.iter().enumerate() {
            f.write_str(if index == 0 { "-" } else { "." })?;
            match identifier {
                Identifier::Number(number) => write!(f, "{number}")?,
                Identifier::Word(word) => f.write_str(word)?,
            }
        }
        Ok(())
    }
}

/// As `Display`: a version in a test's output should read like one.
impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Version {
    type Err = VersionError;

    /// Reads an exact version.
    ///
    /// # Errors
    /// * `""`: empty
    /// * `"v1.5.0"`, `"^1.5.0"`, `"latest"`: not an exact version
    /// * `"1.5"`: the patch number is missing
    /// * `"1.05.0"`, `"1.5.0-beta.01"`: a leading zero
    /// * `"1.5.x"`, `"1.5.0 "`, `"1.5.0-beta_1"`: a character that isn't allowed there
    /// * `"1.5.0+build"`: build metadata
    /// * `"1.5.99999999999"`: a number that does not fit 32 bits
    fn from_str(text: &str) -> Result<Self, VersionError> {
        let Some(first) = text.chars().next() else {
            return Err(VersionError::empty());
        };
        if !first.is_ascii_digit() {
            let text = foreign::word(text);
            return Err(VersionError::at(
                0,
                format!(
                    "`{text}` is not an exact version; write for example `1.5.0`, without a range, a tag or a `v`"
                ),
            ));
        }
        let mut rest = Rest { text, position: 0 };
        let major = rest.number("major")?;
        rest.dot("major", "minor")?;
        let minor = rest.number("minor")?;
        rest.dot("minor", "patch")?;
        let patch = rest.number("patch")?;
        let mut prerelease = Vec::new();
        match rest.next() {
            None => {}
            Some('-') => {
                rest.position += 1;
                prerelease.push(rest.identifier()?);
                while rest.next() == Some('.') {
                    rest.position += 1;
                    prerelease.push(rest.identifier()?);
                }
                if let Some(character) = rest.next() {
                    return Err(rest.unexpected(character, "prerelease"));
                }
            }
            Some(character) => return Err(rest.unexpected(character, "patch")),
        }
        Ok(Self {
            major,
            minor,
            patch,
            prerelease,
        })
    }
}

/// What is still to be read.
struct Rest<'a> {
    text: &'a str,
    /// Always on a character's boundary.
    position: usize,
}

impl<'a> Rest<'a> {
    fn remaining(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn next(&self) -> Option<char> {
        self.remaining().chars().next()
    }

    /// The longest run of ASCII characters that are wanted.
    fn run(&mut self, wanted: impl Fn(u8) -> bool) -> (usize, &'a str) {
        let start = self.position;
        let remaining = self.remaining();
        let length = remaining.bytes().take_while(|byte| wanted(*byte)).count();
        self.position += length;
        (start, remaining.get(..length).unwrap_or_default())
    }

    fn number(&mut self, part: &str) -> Result<u32, VersionError> {
        let (position, digits) = self.run(|byte| byte.is_ascii_digit());
        if digits.is_empty() {
            return Err(match self.next() {
                Some(character) if character != '.' => self.unexpected(character, part),
                _ => missing(position, part),
            });
        }
        number(digits, position, part)
    }

    fn dot(&mut self, before: &str, after: &str) -> Result<(), VersionError> {
        match self.next() {
            Some('.') => {
                self.position += 1;
                Ok(())
            }
            None | Some('-' | '+') => Err(missing(self.position, after)),
            Some(character) => Err(self.unexpected(character, before)),
        }
    }

    fn identifier(&mut self) -> Result<Identifier, VersionError> {
        let part = "prerelease";
        let (position, word) = self.run(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if word.is_empty() {
            return Err(match self.next() {
                Some(character) if character != '.' => self.unexpected(character, part),
                _ => missing(position, part),
            });
        }
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            number(word, position, part).map(Identifier::Number)
        } else {
            Ok(Identifier::Word(word.to_owned()))
        }
    }

    fn unexpected(&self, character: char, part: &str) -> VersionError {
        let what = if character == '+' {
            "build metadata is not part of an SDK version; remove `+` and what follows".to_owned()
        } else {
            let shown = character.escape_default();
            format!(
                "`{shown}` isn't allowed in the {part}; write for example `1.5.0` or `1.5.0-beta.1`"
            )
        };
        VersionError::at(self.position, what)
    }
}

fn missing(position: usize, part: &str) -> VersionError {
    let what = format!("the {part} number is missing; write for example `1.5.0`");
    VersionError::at(position, what)
}

fn number(digits: &str, position: usize, part: &str) -> Result<u32, VersionError> {
    if digits.len() > 1 && digits.starts_with('0') {
        let what = format!("a number in the {part} has a leading zero; remove it");
        return Err(VersionError::at(position, what));
    }
    digits.parse().map_err(|_| {
        let most = u32::MAX;
        let what =
            format!("a number in the {part} is larger than {most}; no release has such a number");
        VersionError::at(position, what)
    })
}

#[cfg(feature = "serde")]
mod serde_impl {
    crate::serde_text::as_text!(super::Version, "a version such as `1.5.0`");
}
