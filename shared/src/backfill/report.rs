//! How far a backfill is, and what came of it.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::unit::Events;
use crate::model::Counters;

/// How far a backfill is, for whoever looks from time to time.
#[derive(Debug, Default)]
pub struct Progress {
    units: AtomicU64,
    ended: AtomicU64,
    objects: AtomicU64,
    bytes: AtomicU64,
    unlisted: Mutex<BTreeMap<String, String>>,
}

impl Progress {
    pub(super) fn planned(&self, units: usize) {
        self.units.store(units as u64, Ordering::Relaxed);
    }

    pub(super) fn ended(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn took(&self, bytes: u64) {
        self.objects.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn not_listed(&self, folder: &str, why: String) {
        let mut unlisted = self.unlisted.lock().unwrap_or_else(PoisonError::into_inner);
        unlisted.insert(folder.to_owned(), why);
    }

    pub(super) fn unlisted(&self) -> BTreeMap<String, String> {
        self.unlisted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Units ended, and units planned; none are while the plan is being made.
    pub fn units(&self) -> (u64, u64) {
        (self.ended.load(Ordering::Relaxed), self.units.load(Ordering::Relaxed))
    }

    /// Objects that were read, and their bytes as they are stored.
    pub fn read(&self) -> (u64, u64) {
        (self.objects.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }
}

/// What a backfill, or a part of it, did. Of objects, `listed` = `done` + `duplicates` + `set_aside` + `left`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Log objects that were found.
    pub listed: u64,
    /// Objects that were read and counted.
    pub done: u64,
    /// Objects that were counted before.
    pub duplicates: u64,
    /// Objects that cannot be used.
    pub set_aside: u64,
    /// Objects that could not be fetched this time, or not counted: the next run tries them again.
    pub left: u64,
    /// Records that cannot be read, in objects that can.
    pub unreadable_records: u64,
    /// Events that were folded into cells, each once. An event of a cell that is made anew is folded again.
    pub events: u64,
    /// Further copies of them.
    pub copies: u64,
    /// Records about calls, as insights, which do not count.
    pub not_calls: u64,
    /// Cells that were written.
    pub written: u64,
    /// Cells that were the same already.
    pub unchanged: u64,
    /// Cells that stay as they are, because objects that they were made of are gone.
    pub kept: u64,
    /// Folders that could not be listed this time: what lies in them is not among the objects.
    pub unlisted: u64,
}

impl Tally {
    pub(super) fn of(events: Events) -> Self {
        let Events { counted, duplicates, not_calls } = events;
        Self { events: counted, copies: duplicates, not_calls, ..Self::default() }
    }

    /// Whether everything that was found counts now.
    pub fn is_complete(&self) -> bool {
        self.set_aside + self.left + self.unreadable_records + self.kept + self.unlisted == 0
    }

    /// By name, as documents have them.
    pub fn counters(&self) -> Counters {
        let Self { listed, done, duplicates, set_aside, left, .. } = *self;
        let Self { unreadable_records, events, copies, not_calls, .. } = *self;
        let Self { written, unchanged, kept, unlisted, .. } = *self;
        let named = [
            ("objects.listed", listed),
            ("objects.done", done),
            ("objects.duplicate", duplicates),
            ("objects.set_aside", set_aside),
            ("objects.left", left),
            ("records.unreadable", unreadable_records),
            ("records.not_calls", not_calls),
            ("events.folded", events),
            ("events.copies", copies),
            ("cells.written", written),
            ("cells.unchanged", unchanged),
            ("cells.kept", kept),
            ("folders.unlisted", unlisted),
        ];
        named.map(|(name, count)| (name.to_owned(), count)).into()
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.listed += other.listed;
        self.done += other.done;
        self.duplicates += other.duplicates;
        self.set_aside += other.set_aside;
        self.left += other.left;
        self.unreadable_records += other.unreadable_records;
        self.events += other.events;
        self.copies += other.copies;
        self.not_calls += other.not_calls;
        self.written += other.written;
        self.unchanged += other.unchanged;
        self.kept += other.kept;
        self.unlisted += other.unlisted;
    }
}

/// What a backfill came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What was done.
    pub tally: Tally,
    /// Days of accounts that were looked at.
    pub units: u64,
    /// Folders beside those of logs: how many of each name.
    pub other_folders: BTreeMap<String, u64>,
    /// Objects that lie where no log is expected.
    pub strays: u64,
    /// Folders that could not be listed this time, and why.
    pub unlisted: BTreeMap<String, String>,
    /// What reading and writing has cost.
    pub cost: Counters,
}

/// An error with what caused it.
pub(super) fn in_words(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
