//! Who sent how much in the last minute. What tells senders apart is forgotten with it.

use std::collections::HashMap;

use super::limits::CollectorLimits;

/// A sender: its address, hashed with a key of the process. `None` where nothing is known of it;
/// these count as one.
pub(super) type SenderKey = Option<u64>;

/// A number for what one sender makes in one window. It says nothing about who that was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Batch(u64);

/// The counts of a window.
#[derive(Debug, Default)]
pub(super) struct Window {
    began: u64,
    senders: HashMap<SenderKey, Sender>,
    /// All that come when there is no place left for one more.
    rest: Option<Sender>,
    reports: u32,
    batches: u64,
}

#[derive(Clone, Copy, Debug)]
struct Sender {
    batch: Batch,
    reports: u32,
    groups: u32,
}

/// The most reports of a sender. Of those that nobody can tell apart, one may not silence all others.
const fn most_of(key: SenderKey, limits: &CollectorLimits) -> u32 {
    match key {
        Some(_) => limits.reports_of_a_sender,
        None => limits.reports,
    }
}

/// Why a report is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    OfSender,
    InAll,
}

impl Window {
    /// Begins a new window where the old one is over; whether it did.
    pub(super) fn turn(&mut self, at: u64) -> bool {
        let length = CollectorLimits::WINDOW.as_secs();
        // A clock that is set back begins one too, or else it would be over only much later.
        let is_over = at >= self.began.saturating_add(length) || at < self.began;
        if is_over {
            self.began = at;
            // A flood's memory is given back.
            self.senders = HashMap::new();
            self.rest = None;
            self.reports = 0;
        }
        is_over
    }

    /// Whether this sender may send anything more. Nothing is counted.
    pub(super) fn is_open_for(&self, key: SenderKey, limits: &CollectorLimits) -> bool {
        let is_full = self.senders.len() >= limits.senders;
        let sender = match self.senders.get(&key) {
            None if is_full => self.rest.as_ref(),
            sender => sender,
        };
        let of_sender = sender.map_or(0, |sender| sender.reports);
        of_sender < most_of(key, limits) && self.reports < limits.reports
    }

    /// Counts a report.
    pub(super) fn report(
        &mut self,
        key: SenderKey,
        limits: &CollectorLimits,
    ) -> Result<Batch, Refused> {
        if self.reports >= limits.reports {
            return Err(Refused::InAll);
        }
        let sender = self.sender(key, limits);
        if sender.reports >= most_of(key, limits) {
            return Err(Refused::OfSender);
        }
        sender.reports += 1;
        let batch = sender.batch;
        self.reports += 1;
        Ok(batch)
    }

    /// Counts a new group.
    pub(super) fn group(
        &mut self,
        key: SenderKey,
        limits: &CollectorLimits,
    ) -> Result<(), Refused> {
        let sender = self.sender(key, limits);
        if sender.groups >= limits.groups_of_a_sender {
            return Err(Refused::OfSender);
        }
        sender.groups += 1;
        Ok(())
    }

    fn sender(&mut self, key: SenderKey, limits: &CollectorLimits) -> &mut Sender {
        let batches = &mut self.batches;
        let mut next = || {
            *batches += 1;
            Sender {
                batch: Batch(*batches),
                reports: 0,
                groups: 0,
            }
        };
        if self.senders.contains_key(&key) || self.senders.len() < limits.senders {
            self.senders.entry(key).or_insert_with(next)
        } else {
            self.rest.get_or_insert_with(&mut next)
        }
    }
}
