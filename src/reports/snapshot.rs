//! A snapshot: everything that a collector holds at one moment.

use std::collections::BTreeMap;

use serde::Serialize;

use super::group::ReportGroup;
use super::judge::ReportVerdict;
use super::kind::{ReportKind, written_as_text};
use super::rules::NoiseSort;
use crate::named::named;

named! {
    /// Why reports were not kept.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum DroppedBecause {
        /// Their sender had sent as many as one may in a minute.
        SenderLimit = "sender-limit",
        /// As many had arrived in total.
        Limit = "limit",
        /// There was no space for another group, from this sender or at all.
        NoPlace = "no-place",
        /// They were not reports, or came after the 256th of a body.
        Unread = "unread",
        /// The request was refused: method, content type, length, form.
        Refused = "refused",
    }
}

written_as_text!(DroppedBecause);

/// What a [`Collector`](super::Collector) has at one moment: groups, and numbers since it was created.
///
/// With serde it is JSON for a page or a file. Times are seconds since 1970-01-01 (UTC).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct ReportSnapshot {
    /// When it was taken.
    pub at: u64,
    /// What somebody has to look at first, then the most recently reported.
    pub groups: Vec<ReportGroup>,
    /// Reports that no site can do anything about.
    pub noise: Vec<NoiseCount>,
    /// How many reports were accepted, by type and verdict.
    pub taken: Vec<TakenCount>,
    /// How many were not kept.
    pub dropped: BTreeMap<DroppedBecause, u64>,
}

/// How many reports fell under a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct NoiseCount {
    /// The rule's name.
    pub rule: &'static str,
    /// Where such reports come from.
    pub sort: NoiseSort,
    /// Who has described them.
    pub source: &'static str,
    /// How many.
    pub reports: u64,
    /// When the last one came.
    pub last: u64,
}

/// How many reports of a type got a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct TakenCount {
    /// Their type.
    pub kind: ReportKind,
    /// How to judge them.
    pub verdict: ReportVerdict,
    /// How many.
    pub reports: u64,
}
