//! How each requirement stands after an audit.

use std::collections::BTreeMap;

use super::{Code, Control, Report, Severity, differences, drift, files, observed};

/// How a requirement stands: one of three states, and never "nothing found" for something that was not examined.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // an auditor knows these three
pub enum Standing {
    /// Everything that the audit knows about it was examined, and nothing speaks against it, or
    /// what does was accepted.
    Passed {
        /// What was found and accepted.
        accepted: Vec<Code>,
    },
    /// Something is against it.
    Failed {
        /// The worst of it.
        worst: Severity,
        /// All of it.
        codes: Vec<Code>,
    },
    /// Something that would show it was not examined.
    NotChecked {
        /// What, and why not; several are parted by `; and `.
        because: String,
    },
}

impl Report {
    /// Every requirement that a finding could touch, and how it stands after this audit.
    ///
    /// "Passed" doesn't mean "met": most requirements also demand things that can't be seen from outside. Where
    /// files were looked at and no response, nothing can be said of any, and the list is empty.
    ///
    /// ```
    /// use tower_visor::audit::{Context, Control, Profile, Response, Standing, audit};
    ///
    /// let (parts, ()) = http::Response::new(()).into_parts();
    /// let response = Response::new("http://localhost/", parts, None)?;
    /// let report = audit(&response, &Context::new(Profile::Document));
    /// let hsts = report.standings().into_iter().find(|(control, _)| control.id == "3.4.1");
    /// assert!(matches!(hsts.unwrap().1, Standing::NotChecked { .. }));
    /// # Ok::<(), tower_visor::audit::AuditError>(())
    /// ```
    pub fn standings(&self) -> Vec<(Control, Standing)> {
        if self.responses.is_empty() && self.received.is_none() {
            return Vec::new();
        }
        let mut codes: BTreeMap<Control, Vec<Code>> = BTreeMap::new();
        // What lies on disk, no audit of a server sees.
        for code in Code::all().filter(|code| !files::CODES.contains(code)) {
            for control in code.controls() {
                codes.entry(*control).or_default().push(code);
            }
        }
        let codes = codes.into_iter();
        codes
            .map(|(control, codes)| (control, self.standing(&codes)))
            .collect()
    }

    fn standing(&self, codes: &[Code]) -> Standing {
        // Of a note nothing has to be done.
        let is_against = |code: &Code| {
            let mut findings = self.of(*code);
            findings.any(|finding| finding.severity > Severity::Note)
        };
        let found: Vec<Code> = codes.iter().copied().filter(is_against).collect();
        let findings = self.findings.iter();
        let of_these = findings.filter(|finding| found.contains(&finding.code));
        if let Some(worst) = of_these.map(|finding| finding.severity).max() {
            return Standing::Failed {
                worst,
                codes: found,
            };
        }
        let mut missing: Vec<String> = Vec::new();
        for because in codes.iter().flat_map(|code| self.not_looked_at(*code)) {
            if !missing.contains(&because) {
                missing.push(because);
            }
        }
        if !missing.is_empty() {
            let because = missing.join("; and ");
            return Standing::NotChecked { because };
        }
        let is_accepted = |code: &Code| self.waived.iter().any(|one| one.finding.code == *code);
        Standing::Passed {
            accepted: codes.iter().copied().filter(is_accepted).collect(),
        }
    }

    /// Why nobody could find this, or all of it.
    fn not_looked_at(&self, code: Code) -> Vec<String> {
        let is_of_browser = observed::CODES.contains(&code) || differences::CODES.contains(&code);
        if is_of_browser && self.received.is_none() {
            return vec!["no browser was asked; `visor audit --browser` asks one".to_owned()];
        }
        if drift::CODES.contains(&code) && !self.is_compared {
            return vec!["there was no approved state to compare with; `--baseline`".to_owned()];
        }
        let missing = self.not_checked.iter();
        let missing = missing.filter(|missing| missing.codes.contains(&code));
        missing
            .map(|missing| format!("{}: {}", missing.what, missing.why))
            .collect()
    }
}
