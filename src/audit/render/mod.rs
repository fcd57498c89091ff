//! Reports as text, JSON, Markdown, HTML and pipeline annotations.
//!
//! What a server sent is in every one of them, so each format has one way to make foreign text
//! harmless, in [`crate::escape`], and nothing gets past it.

mod annotations;
mod groups;
mod html;
mod json;
mod markdown;
mod summary;
mod text;

pub use text::Color;

use super::Report;

/// Findings for people and pipelines: see the [module](super).
impl Report {
    /// The findings for people and for snapshots: one paragraph each, no colors, no clock.
    ///
    /// ```
    /// # use tower_visor::audit::{Context, Profile, Response, audit};
    /// # let (parts, ()) = http::Response::new(()).into_parts();
    /// # let response = Response::new("http://example.com/", parts, None)?;
    /// let report = audit(&response, &Context::new(Profile::Api));
    /// assert!(report.to_text().contains("high   http: response: http://example.com/"));
    /// # Ok::<(), tower_visor::audit::AuditError>(())
    /// ```
    pub fn to_text(&self) -> String {
        text::findings(self, Color::Never)
    }

    /// What was examined, the findings, what wasn't checked, and a last line that sums it up.
    pub fn to_human(&self, color: Color) -> String {
        text::human(self, color)
    }

    /// One JSON document, as `docs/audit-report.schema.json` describes it.
    pub fn to_json(&self) -> String {
        json::render(self)
    }

    /// Markdown, for a comment on a pull request or the summary of a job.
    pub fn to_markdown(&self) -> String {
        markdown::render(self)
    }

    /// [Workflow commands](https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands)
    /// of GitHub Actions, one for each finding.
    pub fn to_github(&self) -> String {
        annotations::github(self)
    }

    /// [Logging commands](https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands)
    /// of Azure Pipelines, one for each finding.
    pub fn to_azure(&self) -> String {
        annotations::azure(self)
    }

    /// Evidence: one HTML file without scripts and without anything to load, for screens, phones
    /// and paper.
    pub fn to_html(&self) -> String {
        html::render(self)
    }

    /// The Content Security Policy that [`to_html`](Self::to_html) carries, for whoever serves it:
    /// nothing but its own style sheet.
    pub fn html_policy() -> String {
        html::policy()
    }
}
