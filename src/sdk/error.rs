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

    /// A wildcard in an endpoint.
    #[error(
        "byte {position}: `*` in an endpoint; name the one resource: a wildcard over Azure's domains also allows every attacker's resource"
    )]
    EndpointWildcard {
        /// Where it stands.
        position: usize,
    },

    /// The name of a resource, region or government region is too short or too long.
    #[error("{kind} name is {length} characters long; it must have 2 to 63")]
    EndpointNameLength {
        /// What was named.
        kind: EndpointKind,
        /// Its length in bytes.
        length: usize,
    },

    /// A character that such a name cannot have.
    #[error("byte {position}: `{}` in a {kind} name; it holds letters, digits and hyphens only{}", .character.escape_default(), if *.character == '.' { ": write the name, not the host" } else { "" })]
    EndpointNameCharacter {
        /// What was named.
        kind: EndpointKind,
        /// Where the character stands.
        position: usize,
        /// The character.
        character: char,
    },

    /// A name or a host label begins or ends with a hyphen.
    #[error("byte {position}: `{text}` begins or ends with a hyphen; no host can be named so")]
    EndpointHyphen {
        /// Where the name begins.
        position: usize,
        /// The name, shortened.
        text: String,
    },

    /// Neither a URL nor one of the short forms.
    #[error(
        "`{text}` is not an endpoint; write `resource:contoso`, `region:westeurope`, `government:virginia` or a URL such as `https://face.contoso.example`"
    )]
    EndpointForm {
        /// The endpoint as written, shortened.
        text: String,
    },

    /// Another scheme than https.
    #[error("byte 0: the endpoint must begin with `https://`: the session token travels to it")]
    EndpointNotHttps,

    /// A user name or password in the URL. The text is not repeated: it may be a secret.
    #[error("the endpoint holds a user name or password; remove everything up to `@`")]
    EndpointUserInfo,

    /// A path, query or fragment.
    #[error(
        "byte {position}: the endpoint has a path, query or fragment; end it after the host, the SDK adds `/face/` itself"
    )]
    EndpointTail {
        /// Where it begins.
        position: usize,
    },

    /// A port that is no number from 1 to 65535.
    #[error("byte {position}: the port is not a number from 1 to 65535 without leading zeros")]
    EndpointPort {
        /// Where the port begins.
        position: usize,
    },

    /// No host, or an empty label in it.
    #[error(
        "byte {position}: the host is empty or has an empty part; write for example `face.contoso.example`, without a dot at the end"
    )]
    EndpointHostEmpty {
        /// Where the empty part stands.
        position: usize,
    },

    /// A character that a host cannot have.
    #[error("byte {position}: `{}` in a host; it holds letters, digits, hyphens and dots only, and international names in their `xn--` form", .character.escape_default())]
    EndpointHostCharacter {
        /// Where the character stands.
        position: usize,
        /// The character.
        character: char,
    },

    /// A host or one of its labels is too long.
    #[error(
        "byte {position}: the host is longer than 253 characters or a part of it longer than 63"
    )]
    EndpointHostLength {
        /// Where the host or the label begins.
        position: usize,
    },

    /// An address instead of a name.
    #[error(
        "byte {position}: the host is an IP address; give a name, a Content Security Policy matches no address but 127.0.0.1"
    )]
    EndpointIpAddress {
        /// Where the host begins.
        position: usize,
    },

    /// One of Azure's domains itself: no resource is named.
    #[error("`{host}` names no resource; write for example `resource:contoso`")]
    EndpointNoResource {
        /// The host.
        host: String,
    },

    /// A test endpoint that is not on this machine.
    #[error(
        "a test endpoint must be `http://localhost:PORT` or `http://127.0.0.1:PORT`; for any other host use https"
    )]
    EndpointNotLocal,
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

/// The kind of name that an endpoint is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EndpointKind {
    /// A Face resource: `contoso` in `contoso.cognitiveservices.azure.com`.
    Resource,
    /// A region: `westeurope` in `westeurope.api.cognitive.microsoft.com`.
    Region,
    /// A region of the government cloud: `virginia` in `virginia.api.cognitive.microsoft.us`.
    Government,
}

impl fmt::Display for EndpointKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resource => "resource",
            Self::Region => "region",
            Self::Government => "government region",
        })
    }
}
