//! Judges one report by what the site serves. No state, no time.

use super::kind::{ReportKind, written_as_text};
use super::known::{Known, KnownFile};
use super::read::BrowserReport;
use super::rules::NoiseRule;
use crate::named::named;
use crate::sri::Digest;

named! {
    /// How to judge a report. It is only *reported*, by whoever sent it, and nothing is
    /// proven.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum ReportVerdict {
        /// A script ran that isn't one of the site's, or a file had bytes other than the pinned
        /// ones. Somebody has to look.
        Tampered = "tampered",
        /// A script ran that the site served before the last reload: an open page of another version, or a
        /// cache that keeps files for too long.
        Outdated = "outdated",
        /// A policy forbade something. Only the site can say which of these matter.
        Open = "open",
        /// No site can do anything about it: see [`NoiseRule`].
        Noise = "noise",
        /// A script ran that is the pinned one.
        AsPinned = "as-pinned",
        /// Of a type of which only the number is kept.
        Counted = "counted",
    }
}

written_as_text!(ReportVerdict);

/// The same with its facts.
#[derive(Clone, Debug)]
pub(super) enum Judged {
    /// Where no file is known at its URL, the script is none of the site's.
    Tampered {
        file: Option<KnownFile>,
        found: Option<Digest>,
    },
    Outdated {
        file: KnownFile,
        found: Digest,
    },
    /// Where it is about whether a known file is the right one, which file that is.
    Open {
        about: Option<KnownFile>,
    },
    Noise(&'static NoiseRule),
    AsPinned,
    Counted,
}

impl Judged {
    pub(super) const fn verdict(&self) -> ReportVerdict {
        match self {
            Self::Tampered { .. } => ReportVerdict::Tampered,
            Self::Outdated { .. } => ReportVerdict::Outdated,
            Self::Open { .. } => ReportVerdict::Open,
            Self::Noise(_) => ReportVerdict::Noise,
            Self::AsPinned => ReportVerdict::AsPinned,
            Self::Counted => ReportVerdict::Counted,
        }
    }
}

/// How to judge a report.
pub(super) fn judge(report: &BrowserReport, known: &Known) -> Judged {
    if report.kind().is_counted_only() {
        return Judged::Counted;
    }
    let file = known.file(report.blocked());
    match (report.kind(), file) {
        (ReportKind::CspHash, Some(file)) => return script(report.digest(), file, known),
        // The browser, or the guard for it, compared bytes.
        (ReportKind::VisorRefused, Some(file)) if report.directive().starts_with("changed") => {
            let found = None;
            let file = Some(file);
            return Judged::Tampered { file, found };
        }
        (ReportKind::WaictViolation, Some(file)) if report.directive() == "no_manifest_match" => {
            let found = None;
            let file = Some(file);
            return Judged::Tampered { file, found };
        }
        // These are about whether the file is the right one, and don't say that it isn't.
        (
            ReportKind::IntegrityViolation | ReportKind::VisorRefused | ReportKind::WaictViolation,
            Some(file),
        ) => {
            return Judged::Open { about: Some(file) };
        }
        _ => {}
    }
    let noise = known.origin().and_then(|own| NoiseRule::of(report, own));
    match noise {
        Some(rule) => Judged::Noise(rule),
        // Without a site nothing is known of its scripts. Inline ones have no URL.
        None if report.kind() == ReportKind::CspHash
            && known.origin().is_some()
            && report.blocked().url().is_some() =>
        {
            Judged::Tampered {
                file: None,
                found: report.digest(),
            }
        }
        None => Judged::Open { about: None },
    }
}

/// A script of the site ran.
fn script(found: Option<Digest>, file: KnownFile, known: &Known) -> Judged {
    let Some(found) = found else {
        // The browser could not read it.
        return Judged::Open { about: Some(file) };
    };
    match file.expected {
        Some(expected) if expected == found => Judged::AsPinned,
        _ if known.was(&file, found) => Judged::Outdated { file, found },
        Some(expected) if expected.algorithm() != found.algorithm() => {
            Judged::Open { about: Some(file) }
        }
        _ => Judged::Tampered {
            file: Some(file),
            found: Some(found),
        },
    }
}
