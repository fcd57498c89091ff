//! Findings about the SDK's files on disk, and about their lock file: results of pinning, verifying
//! and updating are reported in the same terms as those about a server.

use super::checks::sdk::support_code;
use super::code::codes;
use super::control::{microsoft, pci};
use super::finding::sort;
use super::{Code, Finding, Report, Severity, Subject};
use crate::pins::{Difference, DifferenceKind, PinError};
use crate::sdk::{Date, Support, SupportLevel};

codes! {
    SDK_FOLDER_INVALID = "sdk-folder-invalid", High,
        "a folder of the SDK lacks what every release has, or holds what none has",
        "install the SDK again, and give the folder that is deployed",
        [microsoft("sri"), pci("6.4.3")];
    SDK_TARBALL_INVALID = "sdk-tarball-invalid", High,
        "a tarball is not the package that was pinned",
        "get the tarball again from the registry, and find out who changed it",
        [microsoft("sri"), pci("6.4.3")];
    PINNING_REFUSED = "pinning-refused", High,
        "the files and what they are checked against contradict each other",
        "correct what the finding names, and pin again",
        [microsoft("sri"), pci("6.4.3")];
    PROVENANCE_TOO_LOW = "provenance-too-low", Medium,
        "a file's provenance is weaker than was asked for",
        "give the tarballs with a lock file, signatures or published digests",
        [microsoft("sri"), pci("6.4.3")];
    PROVENANCE_LOWERED = "provenance-lowered", Note,
        "what was checked before was not checked this time",
        "give the same tarballs, signatures and lists again",
        [microsoft("sri")];
    NOT_PUBLISHED = "not-published", Note,
        "a file is not among the published digests",
        "give the publisher's list for this version, if it has the file",
        [microsoft("sri")];
    LOCK_OUTDATED = "lock-outdated", Medium,
        "the lock file doesn't match the files",
        "look at the changes, then write them with `visor update --write`",
        [microsoft("sri"), pci("11.6.1")];
    SAME_VERSION_DIFFERS = "same-version-differs", High,
        "the same version has other bytes: that is what tampering looks like",
        "get the package again and compare; if you know why it differs, use `visor update --write --same-version`",
        [microsoft("sri"), pci("6.4.3"), pci("11.6.1")];
}

impl Finding {
    /// A finding about files and not about a response, with its code's own severity and fix.
    ///
    /// ```
    /// use tower_visor::audit::{Code, Finding, Severity, Subject};
    ///
    /// let finding = Finding::about(Code::LOCK_OUTDATED, Subject::Sdk, "two files changed");
    /// assert_eq!(finding.severity, Severity::Medium);
    /// assert_eq!(finding.url, None);
    /// ```
    pub fn about(code: Code, subject: Subject, found: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            url: None,
            subject,
            found: found.into(),
            help: code.fix().to_owned(),
        }
    }

    /// How far a version is behind, where it is: a note, or where more than `most` was not to be
    /// accepted, as bad as its code says and at least [`Severity::Low`].
    pub fn of_support(support: &Support, most: Option<SupportLevel>) -> Option<Self> {
        let code = support_code(support.level)?;
        let mut finding = Self::about(code, Subject::Sdk, support.to_string());
        finding.severity = if most.is_some_and(|most| support.level > most) {
            code.severity().max(Severity::Low)
        } else {
            Severity::Note
        };
        Some(finding)
    }
}

/// A difference between files and their pins.
impl From<&Difference> for Finding {
    fn from(difference: &Difference) -> Self {
        let subject = file(difference.subject());
        let found = match difference.tarball() {
            Some(file) => format!("in {file}: {}", difference.fact()),
            None => difference.fact(),
        };
        let mut finding = Self::about(code(difference.kind()), subject, found);
        if let Some(fix) = difference.fix() {
            finding.help = fix;
        }
        finding
    }
}

/// Why files can't be pinned.
impl From<&PinError> for Finding {
    fn from(error: &PinError) -> Self {
        match error.of_folders() {
            Some(difference) => (&difference).into(),
            None => Self::about(Code::PINNING_REFUSED, Subject::Sdk, error.to_string()),
        }
    }
}

/// What a path or a name is about; without one, it is about everything.
fn file(path: &str) -> Subject {
    if path.is_empty() {
        return Subject::Sdk;
    }
    Subject::File {
        path: path.to_owned(),
    }
}

fn code(kind: DifferenceKind) -> Code {
    match kind {
        DifferenceKind::Unreadable | DifferenceKind::Tree => Code::SDK_FOLDER_INVALID,
        DifferenceKind::Missing => Code::SDK_FILE_MISSING,
        DifferenceKind::Unpinned => Code::SDK_FILE_UNPINNED,
        DifferenceKind::Changed | DifferenceKind::LineEndings => Code::SDK_FILE_CHANGED,
        DifferenceKind::Version => Code::SDK_VERSION_SKEW,
        DifferenceKind::Tarball | DifferenceKind::NoTarball => Code::SDK_TARBALL_INVALID,
    }
}

impl Report {
    /// What was found about files, without a response.
    ///
    /// ```
    /// use tower_visor::audit::{Finding, Report, Severity};
    /// use tower_visor::pins::Pins;
    ///
    /// # let old = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.4.8");
    /// # let new = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
    /// let pins = Pins::scan(old)?;
    /// let differences = pins.verify(new).unwrap_err();
    /// let report = Report::of_files(None, differences.iter().map(Finding::from));
    /// assert_eq!(report.worst(), Some(Severity::High));
    /// println!("{}", report.to_github());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of_files(day: Option<Date>, findings: impl IntoIterator<Item = Finding>) -> Self {
        let mut findings: Vec<Finding> = findings.into_iter().collect();
        sort(&mut findings);
        let mut report = Self::empty(day);
        report.findings = findings;
        report
    }
}
