//! The kinds of reports that browsers send.

use crate::named::named;

named! {
    /// What a report is about: its `type`, by its current name.
    ///
    /// Specification: [Reporting API, section 2.3](https://w3c.github.io/reporting/#concept-report-type),
    /// and those of the features that report.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum ReportKind {
        /// A Content-Security-Policy forbade something, or would have.
        CspViolation = "csp-violation",
        /// A script ran, and this is its digest.
        CspHash = "csp-hash",
        /// A script came without `integrity` where Integrity-Policy asks for it.
        IntegrityViolation = "integrity-violation",
        /// A file is not the one of the manifest of WAICT, or the manifest is missing.
        WaictViolation = "waict-violation",
        /// The [guard](crate::guard) refused something.
        VisorRefused = "visor-refused",
        /// A connection that Connection-Allowlist doesn't have.
        ConnectionAllowlist = "connection-allowlist",
        /// Cross-Origin-Embedder-Policy.
        Coep = "coep",
        /// Cross-Origin-Opener-Policy.
        Coop = "coop",
        /// Permissions-Policy.
        PermissionsPolicy = "permissions-policy-violation",
        /// Document-Policy.
        DocumentPolicy = "document-policy-violation",
        /// The page uses something that will go. Counted only.
        Deprecation = "deprecation",
        /// The browser didn't do what the page asked for. Counted only.
        Intervention = "intervention",
        /// The page's process ended. Counted only.
        Crash = "crash",
        /// Of another type. Counted only.
        Other = "other",
    }
}

impl ReportKind {
    /// Of a report's `type`, under all names that browsers have had for it.
    pub(super) fn of(name: &str) -> Self {
        match name {
            // Chromium up to 73.
            "csp" => Self::CspViolation,
            // Its name before 2020.
            "feature-policy-violation" | "permissions-policy" => Self::PermissionsPolicy,
            "document-policy" => Self::DocumentPolicy,
            _ => Self::ALL
                .into_iter()
                .find(|kind| kind.as_str() == name)
                .unwrap_or(Self::Other),
        }
    }

    /// Whether nothing but its number is kept.
    pub const fn is_counted_only(self) -> bool {
        matches!(
            self,
            Self::Deprecation | Self::Intervention | Self::Crash | Self::Other
        )
    }
}

named! {
    /// Whether what is reported was stopped.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum Disposition {
        /// It was.
        Enforced = "enforce",
        /// It wasn't: the policy only reports.
        Reported = "report",
        /// The report doesn't say.
        Unsaid = "unsaid",
    }
}

/// `Serialize` by the text, for what is written and never read.
macro_rules! written_as_text {
    ($($type:ty),+ $(,)?) => {$(
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )+};
}
pub(super) use written_as_text;

written_as_text!(Disposition, ReportKind);
