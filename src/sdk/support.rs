//! How far a version is behind, by Microsoft's support rule.

use std::fmt;
use std::str::FromStr;

use super::{Date, ReleaseError, Releases, Version};
use crate::named::named;

/// Months after which the service blocks the previous major version.
const MONTHS_UNTIL_BLOCKED: u16 = 6;

/// How a version compares with the table on a given day; see [`Releases::support`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Support {
    /// The version that was asked about.
    pub version: Version,
    /// The newest release in the table.
    pub latest: Version,
    /// How far behind it is.
    pub level: SupportLevel,
    /// How long ago it was published; `None` when the table does not know it.
    pub age: Option<Age>,
    /// When the service blocks it, for a version that is behind by a major number: six months
    /// after the first possible day of the next major release.
    pub blocked_from: Option<Date>,
    /// The day up to which the table is complete.
    pub as_of: Date,
}

named! {
    /// How far a version is behind, best first.
    ///
    /// Microsoft's rule: a newer patch is optional, a newer minor version holds important security
    /// and reliability fixes, and the service blocks a major version six months after the next one.
    /// From Microsoft's page "Understand the liveness SDK versions", as of 2025-09-26.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum SupportLevel {
        /// Newer than the table knows. Nothing speaks against it; the table may be old.
        UnknownNewer = "unknown-newer",
        /// The newest release of the table.
        Current = "current",
        /// A newer patch exists.
        BehindPatch = "patch",
        /// A newer minor version exists.
        BehindMinor = "minor",
        /// A newer major version exists, and the six months are not over.
        BehindMajor = "major",
        /// A newer major version has existed for six months or more: the service refuses this one.
        Blocked = "blocked",
    }
}

impl FromStr for SupportLevel {
    type Err = ReleaseError;

    /// Reads the names of [`SupportLevel::as_str`].
    ///
    /// # Errors
    /// Anything else, such as `"Minor"` or `"1.5"`.
    fn from_str(text: &str) -> Result<Self, ReleaseError> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_str() == text)
            .ok_or_else(|| {
                let text = crate::foreign::word(text);
                ReleaseError(format!(
                    "`{text}` is not a support level; write current, patch, minor, major or blocked"
                ))
            })
    }
}

/// The age of a release in days, as far as its date is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs)] // a range has two ends
pub struct Age {
    /// It is at least so many days old.
    pub at_least: i64,
    /// It is at most so many days old; the same number when the day is known.
    pub at_most: i64,
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at_least == self.at_most {
            write!(f, "{} days", self.at_least)
        } else {
            write!(f, "{} to {} days", self.at_least, self.at_most)
        }
    }
}

impl Releases {
    /// How a version stands on the given day. Only releases count, never previews: nobody is
    /// behind a preview.
    ///
    /// ```
    /// use tower_visor::sdk::{Releases, SupportLevel, Version};
    ///
    /// let today = "2026-11-23".parse()?;
    /// let support = Releases::builtin().support(&Version::new(1, 4, 8), today);
    /// assert_eq!(support.level, SupportLevel::BehindMinor);
    /// assert_eq!(
    ///     support.to_string(),
    ///     "1.4.8 (242 days old) is behind 1.5.0 by a minor version: \
    ///      it contains important security and reliability fixes, update (releases as of 2026-11-23)",
    /// );
    /// # Ok::<(), tower_visor::sdk::ReleaseError>(())
    /// ```
    pub fn support(&self, version: &Version, today: Date) -> Support {
        let latest = &self.latest().version;
        let next_major = self
            .iter()
            .filter(|release| !release.version.is_prerelease())
            .find(|release| release.version.major() > version.major());
        let blocked_from =
            next_major.map(|release| release.released.earliest.plus_months(MONTHS_UNTIL_BLOCKED));
        let level = if version > latest {
            SupportLevel::UnknownNewer
        } else if let Some(day) = blocked_from {
            if day <= today {
                SupportLevel::Blocked
            } else {
                SupportLevel::BehindMajor
            }
        } else if version.minor() < latest.minor() {
            SupportLevel::BehindMinor
        } else if version < latest {
            SupportLevel::BehindPatch
        } else {
            SupportLevel::Current
        };
        let age = self.release(version).map(|release| Age {
            at_least: today.days_since(release.released.latest).max(0),
            at_most: today.days_since(release.released.earliest).max(0),
        });
        Support {
            version: version.clone(),
            latest: latest.clone(),
            level,
            age,
            blocked_from,
            as_of: self.as_of(),
        }
    }
}

impl fmt::Display for Support {
    /// One sentence for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.version)?;
        if let Some(age) = self.age {
            write!(f, " ({age} old)")?;
        }
        let latest = &self.latest;
        match (self.level, self.blocked_from) {
            (SupportLevel::UnknownNewer, _) => {
                write!(f, " is newer than {latest}, the newest release known")
            }
            (SupportLevel::Current, _) => f.write_str(" is the newest release known"),
            (SupportLevel::BehindPatch, _) => {
                write!(f, " is behind {latest} by a patch: the update is optional")
            }
            (SupportLevel::BehindMinor, _) => write!(
                f,
                " is behind {latest} by a minor version: it contains important security and reliability fixes, update"
            ),
            (SupportLevel::BehindMajor | SupportLevel::Blocked, None) => {
                write!(f, " is behind {latest} by a major version: update")
            }
            (SupportLevel::BehindMajor, Some(day)) => write!(
                f,
                " is behind {latest} by a major version: the service blocks it from {day} on, update before then"
            ),
            (SupportLevel::Blocked, Some(day)) => write!(
                f,
                " is behind {latest} by a major version: the service blocks it since {day}, update now"
            ),
        }?;
        write!(f, " (releases as of {})", self.as_of)
    }
}

#[cfg(feature = "serde")]
mod serde_impl {
    crate::serde_text::as_text!(
        super::SupportLevel,
        "`unknown-newer`, `current`, `patch`, `minor`, `major` or `blocked`"
    );
}
