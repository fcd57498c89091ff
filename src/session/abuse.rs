//! A report of abuse, for Microsoft's support.

use std::fmt::Write as _;

use super::{SessionError, SessionErrorKind, SessionRecord};
use crate::escape::markdown as code;

/// What Microsoft asks for in a support request about abuse ("Shared responsibility for Face
/// liveness detection", section "Report abuse"), as Markdown.
///
/// ```
/// use tower_visor::session::AbuseReport;
///
/// let report = AbuseReport::new()
///     .api_path("/face/v1.2/detectLiveness-sessions")
///     .session_id("5f0f1d0a-7d6c-4a7e-9c1b-0b8a5f1f2c33")
///     .model_version("2024-11-15")
///     .material("a mask of silicone");
/// assert_eq!(
///     report.to_markdown().unwrap_err().to_string(),
///     "abuse report: `apim-request-id` is missing; Microsoft's support asks for each of: \
///      API path, `apim-request-id`, session id, model version",
/// );
///
/// let markdown = report.apim_request_id("9a0b").to_markdown()?;
/// assert!(markdown.contains("## Spoofing material\n\n` a mask of silicone `\n"));
/// # Ok::<(), tower_visor::session::SessionError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a report does nothing until it is written"]
pub struct AbuseReport {
    api_path: Option<String>,
    apim_request_id: Option<String>,
    session_id: Option<String>,
    model_version: Option<String>,
    material: Option<String>,
    conditions: Option<String>,
    steps: Option<String>,
    image: Option<String>,
    impact: Option<String>,
}

/// One setter for each item.
macro_rules! items {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        $(
            $(#[$doc])*
            pub fn $name(mut self, text: &str) -> Self {
                self.$name = Some(text.to_owned());
                self
            }
        )*
    };
}

impl AbuseReport {
    /// An empty report.
    pub fn new() -> Self {
        Self::default()
    }

    /// A report about a session, with what its record contains.
    pub fn of(session: &SessionRecord) -> Self {
        Self {
            api_path: Some(session.api_path().to_owned()),
            apim_request_id: session.apim_request_id().map(str::to_owned),
            session_id: Some(session.session_id().to_owned()),
            model_version: session.model_version().map(str::to_owned),
            ..Self::default()
        }
    }

    items! {
        /// The path of the API that was called. Mandatory.
        api_path,
        /// The header `apim-request-id` of the service's answer. Mandatory.
        apim_request_id,
        /// The session. Mandatory.
        session_id,
        /// The model that decided (`modelVersion` or the header `model-version`). Mandatory.
        model_version,
        /// What was held before the camera, or put in its place: a print, a screen, a mask, a
        /// virtual camera.
        material,
        /// Under which conditions: light, device, browser.
        conditions,
        /// How to reproduce it, one step per line.
        steps,
        /// Where the image is; the service provides it for 48 hours.
        image,
        /// What it means for the business.
        impact,
    }

    /// The report. Anything that the operator didn't state is marked as such. The only markup in
    /// it is what this function writes: all texts are code spans, one per line.
    ///
    /// # Errors
    /// [`SessionErrorKind::Incomplete`], with every mandatory item that is missing or blank.
    pub fn to_markdown(&self) -> Result<String, SessionError> {
        let mandatory = [
            ("API path", given(self.api_path.as_deref())),
            ("`apim-request-id`", given(self.apim_request_id.as_deref())),
            ("session id", given(self.session_id.as_deref())),
            ("model version", given(self.model_version.as_deref())),
        ];
        let missing: Vec<&str> = mandatory
            .iter()
            .filter(|(_, text)| text.is_none())
            .map(|(name, _)| *name)
            .collect();
        if !missing.is_empty() {
            let verb = if missing.len() == 1 { "is" } else { "are" };
            return Err(SessionError::new(
                SessionErrorKind::Incomplete,
                "abuse report",
                format!(
                    "{} {verb} missing; Microsoft's support asks for each of: {}",
                    missing.join(", "),
                    mandatory.map(|(name, _)| name).join(", "),
                ),
            ));
        }
        let mut out = String::from("# Abuse of Face liveness detection\n\n");
        out.push_str("| item | value |\n|---|---|\n");
        for (name, text) in mandatory {
            // Writing to a string can't fail.
            let _ = writeln!(out, "| {name} | {} |", code(text.unwrap_or_default()));
        }
        for (name, text) in [
            ("Spoofing material", given(self.material.as_deref())),
            ("Conditions", given(self.conditions.as_deref())),
            ("Steps to reproduce", given(self.steps.as_deref())),
            ("Image", given(self.image.as_deref())),
            ("Business impact", given(self.impact.as_deref())),
        ] {
            let _ = write!(out, "\n## {name}\n\n");
            let Some(text) = text else {
                out.push_str("Not stated.\n");
                continue;
            };
            let lines: Vec<&str> = text
                .lines()
                .filter(|line| !line.trim().is_empty())
                .collect();
            if let [line] = lines[..] {
                let _ = writeln!(out, "{}", code(line.trim()));
                continue;
            }
            for line in lines {
                let _ = writeln!(out, "- {}", code(line.trim()));
            }
        }
        Ok(out)
    }
}

/// What is there and not blank.
fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}
