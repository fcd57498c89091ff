//! The groups that are kept: a bounded number, in which nobody's reports can push out another's.

use std::collections::{BTreeMap, HashMap};

use super::group::{ReportGroup, Senders};
use super::judge::Judged;
use super::kind::ReportKind;
use super::known::KnownFile;
use super::limits::CollectorLimits;
use super::read::BrowserReport;
use super::window::Batch;

/// Where a group stands. Each shelf has a quota of its own, so that no kind takes the place of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shelf {
    /// Files that are not the right ones: one place for each file that the site knows.
    Files,
    /// Files of an earlier version: the same.
    Outdated,
    /// Scripts that are none of the site's.
    Strange,
    /// All else, by type.
    Open(ReportKind),
}

/// What the reports of a group have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    File(String),
    Report {
        directive: String,
        blocked: String,
        source: String,
        page: String,
    },
}

#[derive(Debug)]
struct Entry {
    group: ReportGroup,
    /// Whose it is, as long as nobody else has told the same.
    batch: Batch,
    /// The file that it is about, where it is about whether that is the right one.
    about: Option<String>,
}

/// All groups.
#[derive(Debug, Default)]
pub(super) struct Groups {
    shelves: BTreeMap<Shelf, HashMap<Key, Entry>>,
}

/// What became of a report.
#[derive(Debug)]
pub(super) enum Kept<'a> {
    /// The first one of its group.
    First(&'a ReportGroup),
    /// One more.
    Again(&'a ReportGroup),
    /// There is no place for its group.
    NoPlace,
    /// Nothing is kept of such reports.
    NotOne,
}

impl Groups {
    /// Keeps a report. `may_begin` says whether its sender may begin a group, and counts it.
    pub(super) fn keep(
        &mut self,
        report: &BrowserReport,
        verdict: &Judged,
        batch: Batch,
        at: u64,
        limits: &CollectorLimits,
        may_begin: impl FnOnce() -> bool,
    ) -> Kept<'_> {
        let (place, key, about) = match verdict {
            Judged::Tampered {
                file: Some(file), ..
            } => (Shelf::Files, of_file(file), None),
            Judged::Outdated { file, .. } => (Shelf::Outdated, of_file(file), None),
            Judged::Tampered { file: None, .. } => {
                let blocked = report.blocked().to_string();
                (Shelf::Strange, Key::File(blocked), None)
            }
            Judged::Open { about: Some(file) } if self.has_tampered(file) => {
                (Shelf::Files, of_file(file), None)
            }
            Judged::Open { about } => {
                let path = about.as_ref().map(|file| file.path.clone());
                (Shelf::Open(report.kind()), of_report(report), path)
            }
            Judged::Noise(_) | Judged::AsPinned | Judged::Counted => return Kept::NotOne,
        };
        let found = match verdict {
            Judged::Tampered { found, .. } => *found,
            _ => None,
        };
        let is_there = self
            .shelves
            .get(&place)
            .is_some_and(|shelf| shelf.contains_key(&key));
        if !is_there {
            // A file's place is its own, and there are as many as the site has files: no flood keeps
            // the first report of a changed file out.
            let is_bounded = matches!(place, Shelf::Files | Shelf::Outdated);
            let has_place = || may_begin() && self.make_room(place, batch, limits.groups);
            if !is_bounded && !has_place() {
                return Kept::NoPlace;
            }
            let mut group = ReportGroup::new(report, verdict, at);
            if let Judged::Tampered {
                file: Some(file), ..
            } = verdict
            {
                self.gather(&file.path, &mut group);
            }
            let entry = Entry {
                group,
                batch,
                about,
            };
            let entries = self.shelves.entry(place).or_default();
            return Kept::First(&entries.entry(key).insert_entry(entry).into_mut().group);
        }
        match self.shelves.get_mut(&place).and_then(|it| it.get_mut(&key)) {
            Some(entry) => {
                entry.group.add(report, found, at);
                if entry.batch != batch {
                    entry.group.told_by_another();
                }
                Kept::Again(&entry.group)
            }
            // Never: it was there.
            None => Kept::NoPlace,
        }
    }

    fn has_tampered(&self, file: &KnownFile) -> bool {
        let files = self.shelves.get(&Shelf::Files);
        files.is_some_and(|files| files.contains_key(&of_file(file)))
    }

    /// What was told of a file before it was known that it isn't the right one.
    fn gather(&mut self, path: &str, group: &mut ReportGroup) {
        for (shelf, entries) in &mut self.shelves {
            if matches!(shelf, Shelf::Open(_)) {
                entries.retain(|_, entry| {
                    let is_of_file = entry.about.as_deref() == Some(path);
                    if is_of_file {
                        group.absorb(&entry.group);
                    }
                    !is_of_file
                });
            }
        }
    }

    /// Whether there is a place for one more group. On a full shelf the oldest one goes of whoever has
    /// the most there, if that is more than the newcomer has: so a flood takes its own places. What
    /// several have told of stays.
    fn make_room(&mut self, on: Shelf, newcomer: Batch, most: usize) -> bool {
        let entries = self.shelves.entry(on).or_default();
        if entries.len() < most {
            return true;
        }
        let mut of_batch: BTreeMap<Batch, usize> = BTreeMap::new();
        let alone = |entry: &&Entry| entry.group.senders() == Senders::One;
        for entry in entries.values().filter(alone) {
            *of_batch.entry(entry.batch).or_default() += 1;
        }
        let own = of_batch.get(&newcomer).copied().unwrap_or(0);
        let Some((largest, held)) = of_batch.into_iter().max_by_key(|(_, held)| *held) else {
            return false;
        };
        if held <= own || largest == newcomer {
            return false;
        }
        let oldest = entries
            .iter()
            .filter(|(_, entry)| entry.batch == largest && alone(entry))
            .min_by_key(|(_, entry)| entry.group.last())
            .map(|(key, _)| key.clone());
        oldest.is_some_and(|key| entries.remove(&key).is_some())
    }

    /// Lets go of what nobody has told of for so long.
    pub(super) fn forget(&mut self, at: u64, limits: &CollectorLimits) {
        for entries in self.shelves.values_mut() {
            let is_fresh = |entry: &Entry| at.saturating_sub(entry.group.last()) <= limits.kept;
            entries.retain(|_, entry| is_fresh(entry));
        }
        self.shelves.retain(|_, entries| !entries.is_empty());
    }

    /// All of them: what somebody has to look at first, then what was told last.
    pub(super) fn all(&self) -> Vec<ReportGroup> {
        let entries = self.shelves.values().flat_map(HashMap::values);
        let mut all: Vec<ReportGroup> = entries.map(|entry| entry.group.clone()).collect();
        all.sort_by(|a, b| {
            let rank = |group: &ReportGroup| (group.verdict(), std::cmp::Reverse(group.last()));
            let text = |group: &ReportGroup| (group.blocked().to_owned(), group.page().to_owned());
            rank(a).cmp(&rank(b)).then_with(|| text(a).cmp(&text(b)))
        });
        all
    }

    pub(super) fn len(&self) -> usize {
        self.shelves.values().map(HashMap::len).sum()
    }
}

fn of_file(file: &KnownFile) -> Key {
    Key::File(file.path.clone())
}

fn of_report(report: &BrowserReport) -> Key {
    Key::Report {
        directive: report.directive().to_owned(),
        blocked: report.blocked().to_string(),
        source: report.source().to_string(),
        page: report.page().to_string(),
    }
}
