//! All that a collector keeps, and what a report does to it. The time is an argument.

use std::collections::BTreeMap;

use super::event::{Listeners, ReportEvent};
use super::group::ReportGroup;
use super::groups::{Groups, Kept};
use super::judge::{Judged, ReportVerdict, judge};
use super::kind::ReportKind;
use super::known::Known;
use super::limits::CollectorLimits;
use super::read::BrowserReport;
use super::snapshot::{DroppedBecause, NoiseCount, ReportSnapshot, TakenCount};
use super::window::{Refused, SenderKey, Window};

#[derive(Debug)]
pub(super) struct State {
    pub(super) known: Known,
    pub(super) listeners: Listeners,
    groups: Groups,
    window: Window,
    taken: BTreeMap<(ReportKind, ReportVerdict), u64>,
    noise: BTreeMap<&'static str, NoiseCount>,
    dropped: BTreeMap<DroppedBecause, u64>,
    /// Of the window before, to be told.
    dropped_lately: u64,
}

/// What others are to be told of, once nothing is locked any more.
#[derive(Debug, Default)]
pub(super) struct News {
    /// Groups that are new.
    pub(super) first: Vec<ReportGroup>,
    /// How many reports were dropped in the window that has ended.
    pub(super) dropped: u64,
}

impl State {
    pub(super) fn new(known: Known) -> Self {
        Self {
            known,
            listeners: Listeners::default(),
            groups: Groups::default(),
            window: Window::default(),
            taken: BTreeMap::new(),
            noise: BTreeMap::new(),
            dropped: BTreeMap::new(),
            dropped_lately: 0,
        }
    }

    /// Whether a sender may send anything more in this minute; if not, that is counted.
    pub(super) fn is_open_for(
        &mut self,
        sender: SenderKey,
        at: u64,
        limits: &CollectorLimits,
    ) -> bool {
        // It is told with the next reports.
        self.dropped_lately += self.turn(at, limits);
        let is_open = self.window.is_open_for(sender, limits);
        if !is_open {
            self.drop_some(DroppedBecause::SenderLimit, 1);
        }
        is_open
    }

    /// Counts what was not kept.
    pub(super) fn drop_some(&mut self, reason: DroppedBecause, number: u64) {
        if number > 0 {
            *self.dropped.entry(reason).or_default() += number;
            self.dropped_lately += number;
        }
    }

    /// Begins a new window where the old one is over, and says how much was dropped in that.
    fn turn(&mut self, at: u64, limits: &CollectorLimits) -> u64 {
        if !self.window.turn(at) {
            return 0;
        }
        self.groups.forget(at, limits);
        std::mem::take(&mut self.dropped_lately)
    }

    /// Judges reports and keeps what there is to keep.
    pub(super) fn take(
        &mut self,
        reports: &[BrowserReport],
        sender: SenderKey,
        at: u64,
        limits: &CollectorLimits,
    ) -> News {
        let mut news = News {
            dropped: self.turn(at, limits),
            first: Vec::new(),
        };
        for (index, report) in reports.iter().enumerate() {
            let batch = match self.window.report(sender, limits) {
                Ok(batch) => batch,
                Err(refused) => {
                    let reason = match refused {
                        Refused::OfSender => DroppedBecause::SenderLimit,
                        Refused::InAll => DroppedBecause::Limit,
                    };
                    let rest = reports.len() - index;
                    self.drop_some(reason, u64::try_from(rest).unwrap_or(u64::MAX));
                    break;
                }
            };
            let judged = judge(report, &self.known);
            let taken = (report.kind(), judged.verdict());
            *self.taken.entry(taken).or_default() += 1;
            if let Judged::Noise(rule) = judged {
                let count = self.noise.entry(rule.name()).or_insert(NoiseCount {
                    rule: rule.name(),
                    sort: rule.sort(),
                    source: rule.source(),
                    reports: 0,
                    last: at,
                });
                count.reports += 1;
                count.last = at;
                self.listeners.tell(&ReportEvent::Noise(rule));
                continue;
            }
            let window = &mut self.window;
            let may_begin = || window.group(sender, limits).is_ok();
            let kept = self
                .groups
                .keep(report, &judged, batch, at, limits, may_begin);
            match kept {
                Kept::First(group) => {
                    news.first.push(group.clone());
                    self.listeners.tell(&ReportEvent::First(group.clone()));
                }
                Kept::Again(group) if !self.listeners.is_empty() => {
                    self.listeners.tell(&ReportEvent::Again(group.clone()));
                }
                Kept::Again(_) | Kept::NotOne => {}
                Kept::NoPlace => self.drop_some(DroppedBecause::NoPlace, 1),
            }
        }
        news
    }

    pub(super) fn snapshot(&self, at: u64) -> ReportSnapshot {
        let taken = self.taken.iter();
        ReportSnapshot {
            at,
            groups: self.groups.all(),
            noise: self.noise.values().copied().collect(),
            taken: taken
                .map(|((kind, verdict), reports)| TakenCount {
                    kind: *kind,
                    verdict: *verdict,
                    reports: *reports,
                })
                .collect(),
            dropped: self.dropped.clone(),
        }
    }

    pub(super) fn number_of_groups(&self) -> usize {
        self.groups.len()
    }
}
