//! What is wrong with a version, a date, a release table or an endpoint.

use std::fmt;

use super::{Date, Version};

/// Why a text or a set of values is nothing that this module knows.
///
/// `position` is a byte offset into the text that was parsed.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SdkError {
    /// An empty version.
    #[error("version is empty; write for example `1.5.0`")]
    VersionEmpty,

    /// A range, a tag or a `v` in front: anything but an exact version.
    #[error(
        "byte 0: `{text}` is not an exact version; write for example `1.5.0`, without a range, a tag or a `v`"
    )]
    VersionNotExact {
        /// The version as written, shortened.
        text: String,
    },

    /// Fewer than three numbers.
    #[error("byte {position}: the {part} number is missing; write for example `1.5.0`")]
    VersionMissing {
        /// Where it should begin.
        position: usize,
        /// Which number.
        part: VersionPart,
    },

    /// A character that has no place in a version.
    #[error("byte {position}: `{}` has no place in the {part}; write for example `1.5.0` or `1.5.0-beta.1`", .character.escape_default())]
    VersionCharacter {
        /// Where it stands.
        position: usize,
        /// The character.
        character: char,
        /// The part of the version that it is in.
        part: VersionPart,
    },

    /// A number with a leading zero.
    #[error("byte {position}: a number in the {part} has a leading zero; remove it")]
    VersionLeadingZero {
        /// Where the number begins.
        position: usize,
        /// The part of the version that it is in.
        part: VersionPart,
    },

    /// A number that does not fit.
    #[error(
        "byte {position}: a number in the {part} is larger than {}; no release has such a number",
        u32::MAX
    )]
    VersionTooLarge {
        /// Where the number begins.
        position: usize,
        /// The part of the version that it is in.
        part: VersionPart,
    },

    /// Build metadata, which the packages do not use and which would not take part in comparisons.
    #[error(
        "byte {position}: build metadata is not part of an SDK version; remove `+` and what follows"
    )]
    VersionBuild {
        /// Where the `+` stands.
        position: usize,
    },

    /// Not a date of the form `YYYY-MM-DD`, or a day that the calendar does not have.
    #[error("`{text}` is not a date; write it as `2026-11-23`, from 1970 to 9999")]
    Date {
        /// The date as written, shortened.
        text: String,
    },

    /// The first possible day of a release lies after the last possible one.
    #[error("release {version}: {earliest} lies after {latest}; swap the two dates")]
    DatesSwapped {
        /// The release.
        version: Version,
        /// The first possible day.
        earliest: Date,
        /// The last possible day.
        latest: Date,
    },

    /// A table without a release cannot answer anything.
    #[error("the table of releases is empty; give at least one release that is no preview")]
    NoRelease,

    /// The same version twice in a table.
    #[error("release {version} stands twice in the table; remove one")]
    DuplicateRelease {
        /// The version.
        version: Version,
    },

    /// Not a name of a support level.
    #[error("`{text}` is not a support level; write current, patch, minor, major or blocked")]
    SupportLevel {
        /// The name as written, shortened.
        text: String,
    },

    /// Not a hash source for a style.
    #[error(
        "`{text}` is not a style hash; write sha256, sha384 or sha512, `-`, and the digest in standard, padded base64"
    )]
    StyleHash {
        /// The hash as written, shortened.
        text: String,
    },
}

crate::errors::debug_is_display!(SdkError);

/// The part of a version that an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // semantic versioning has these
pub enum VersionPart {
    /// The first number.
    Major,
    /// The second number.
    Minor,
    /// The third number.
    Patch,
    /// What follows the hyphen.
    Prerelease,
}

impl fmt::Display for VersionPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Patch => "patch",
            Self::Prerelease => "prerelease",
        })
    }
}
