//! Which fields a request has, by API version and kind of session.

use super::{ApiVersion, SessionError, SessionErrorKind, SessionKind};

/// Who has a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Has {
    Both,
    /// v1.3-preview.1 alone.
    Preview,
    /// Where a picture is compared with.
    Verify,
    /// No version any more.
    Gone,
    /// The picture, which is not a parameter.
    File,
}

const FIELDS: &[(&str, Has)] = &[
    ("authTokenTimeToLiveInSeconds", Has::Both),
    ("deviceCorrelationId", Has::Both),
    ("deviceCorrelationIdSetInClient", Has::Both),
    ("enableSessionImage", Has::Both),
    ("expectedClientIpAddress", Has::Preview),
    ("livenessModelVersion", Has::Both),
    ("livenessOperationMode", Has::Both),
    ("numberOfClientAttemptsAllowed", Has::Preview),
    ("returnVerifyImageHash", Has::Verify),
    ("sendResultsToClient", Has::Gone),
    ("userCorrelationId", Has::Preview),
    ("userCorrelationIdSetInClient", Has::Preview),
    ("verifyConfidenceThreshold", Has::Verify),
    ("verifyImage", Has::File),
];

/// Whether requests of this version and kind have the field.
pub(super) fn check(
    version: ApiVersion,
    kind: SessionKind,
    field: &str,
) -> Result<(), SessionError> {
    let other = |reason: String| {
        let kind = SessionErrorKind::OtherVersion;
        Err(SessionError::new(kind, field.to_owned(), reason))
    };
    let known = FIELDS.iter().find(|(name, _)| *name == field);
    match known.map(|(_, has)| *has) {
        Some(Has::Both) => Ok(()),
        Some(Has::Preview) if version >= ApiVersion::V1_3Preview1 => Ok(()),
        Some(Has::Preview) => other(format!(
            "{version} has no such field, {} has it",
            ApiVersion::V1_3Preview1
        )),
        Some(Has::Verify) if kind == SessionKind::LivenessWithVerify => Ok(()),
        Some(Has::Verify) => other(format!(
            "`{}` has no such field, `{}` has it",
            kind.as_str(),
            SessionKind::LivenessWithVerify.as_str()
        )),
        Some(Has::Gone) => other(
            "removed in v1.2: the decision belongs to the backend, and the page never gets it"
                .to_owned(),
        ),
        Some(Has::File) => {
            other("it is a file: send it as a part of the form, with a file name".to_owned())
        }
        None => Err(SessionError::new(
            SessionErrorKind::Request,
            crate::foreign::word(field),
            format!(
                "unknown field{}",
                crate::suggest::hint(field, FIELDS.iter().map(|(name, _)| *name))
            ),
        )),
    }
}
