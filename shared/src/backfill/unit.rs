//! One pass over objects: their events → the cells that the pass is for.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;
use std::sync::Arc;

use super::listed::Listed;
use super::report::in_words;
use crate::model::activity::Activity;
use crate::port::Body;
use crate::trail::gunzip::GunzipError;
use crate::trail::normalize::normalize;
use crate::trail::object::{ObjectError, ObjectReader, Unpacked};
use crate::trail::record::Record;
use crate::trail::records::{BadRecord, Reason};
use crate::usage::coverage::Held;
use crate::usage::fold::{Counted, HourFold};
use crate::usage::hour::Hour;
use crate::usage::object::{NEAR, ObjectSet, is_near};

/// How many events may be held open: beyond that many, the oldest cells are closed although late objects may come. Each
/// takes 16 bytes and a fraction. Tests have fewer, but for those that are optimized: one of them measures memory.
const MOST_OPEN: usize = if cfg!(all(test, debug_assertions)) { 200 } else { 1_000_000 };

/// How many unreadable records of an object are named.
const MOST_NAMED: usize = 3;

/// Milliseconds of an hour.
const HOUR: i64 = 3_600_000;

/// Cells that objects turned out to have events of, beside those of the pass: account and hour, and the objects by their
/// positions.
pub(super) type Elsewhere = BTreeMap<(String, i64), BTreeSet<usize>>;

/// What the events of a pass were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Events {
    /// Counted in a cell.
    pub(super) counted: u64,
    /// Further copies of events that are counted.
    pub(super) duplicates: u64,
    /// About calls, and no calls.
    pub(super) not_calls: u64,
}

impl AddAssign for Events {
    fn add_assign(&mut self, other: Self) {
        self.counted += other.counted;
        self.duplicates += other.duplicates;
        self.not_calls += other.not_calls;
    }
}

/// A pass over objects in the order of [`Listed`].
#[derive(Debug)]
pub(super) struct Pass {
    account: String,
    objects: Arc<[Listed]>,
    /// The cells that are still being folded, by hour.
    open: BTreeMap<i64, Cell>,
    /// Those that are folded: their rows alone are kept.
    done: Vec<(Hour, BTreeSet<usize>)>,
    pub(super) elsewhere: Elsewhere,
    /// Objects that cannot be used, and why.
    pub(super) refused: BTreeMap<usize, String>,
    /// Objects that broke off while they came, and why: they may come another time.
    pub(super) left: BTreeMap<usize, String>,
    /// What is wrong with single records of objects that can be used.
    pub(super) flawed: BTreeMap<usize, String>,
    pub(super) held: BTreeMap<usize, Held>,
    pub(super) events: Events,
    /// Whether cells may be closed before the end, where nothing near them can come any more.
    is_streaming: bool,
    /// Whether an object was refused, or broke off, after some of it was counted: what was counted is then worth nothing.
    pub(super) is_spoilt: bool,
}

#[derive(Debug)]
struct Cell {
    fold: HourFold,
    /// Objects with events of the hour that listing near it does not find.
    far: BTreeSet<usize>,
}

impl Cell {
    /// The rows, without the ids of the events.
    fn close(self) -> (Hour, BTreeSet<usize>) {
        (self.fold.finish(ObjectSet::default()), self.far)
    }
}

impl Pass {
    /// A pass for these hours of an account.
    pub(super) fn new(account: &str, hours: &BTreeSet<i64>, objects: Arc<[Listed]>) -> Self {
        let cell = |hour: &i64| {
            let fold = HourFold::new(account, *hour);
            (*hour, Cell { fold, far: BTreeSet::new() })
        };
        Self {
            account: account.to_owned(),
            objects,
            open: hours.iter().map(cell).collect(),
            done: Vec::new(),
            elsewhere: Elsewhere::new(),
            refused: BTreeMap::new(),
            left: BTreeMap::new(),
            flawed: BTreeMap::new(),
            held: BTreeMap::new(),
            events: Events::default(),
            is_streaming: false,
            is_spoilt: false,
        }
    }

    /// Closes cells before the end where memory asks for it and nothing near them can come any more. An object that is not
    /// near and comes later is then found in `elsewhere`.
    pub(super) fn streaming(self) -> Self {
        Self { is_streaming: true, ..self }
    }

    /// The objects of the pass.
    pub(super) fn objects(&self) -> &Arc<[Listed]> {
        &self.objects
    }

    /// Takes an object. Objects come in their order, each at most once.
    pub(super) fn take(&mut self, at: usize, body: Body, reader: &mut ObjectReader) {
        let Some(listed) = self.objects.get(at).cloned() else { return };
        if self.is_streaming {
            self.close_before(listed.delivered.0);
        }
        let mut intake =
            Intake { pass: self, at, listed: &listed, counted: 0, bad: Bad::default() };
        let read = match body {
            Body::Whole(bytes) => {
                reader.read(&bytes, &mut |record: Result<&Record<'_>, BadRecord>| {
                    intake.record(record);
                })
            }
            Body::Stream(source) => {
                reader.read_from(source, &mut |record: Result<&Record<'_>, BadRecord>| {
                    intake.record(record);
                })
            }
        };
        let Intake { counted, bad, .. } = intake;
        match read {
            Ok(unpacked) if bad.cut.is_none() => self.used(at, listed.object.size, unpacked, &bad),
            Ok(_) => self.refuse(at, bad.cut.unwrap_or_default(), counted),
            Err(error @ ObjectError::Gunzip(GunzipError::Source(_))) => {
                self.left.insert(at, in_words(&error));
                self.is_spoilt |= counted > 0;
            }
            Err(error) => self.refuse(at, in_words(&error), counted),
        }
    }

    /// Notes that an object cannot be used.
    fn refuse(&mut self, at: usize, reason: String, counted: u64) {
        self.refused.insert(at, reason);
        self.is_spoilt |= counted > 0;
    }

    fn used(&mut self, at: usize, bytes: u64, unpacked: Unpacked, bad: &Bad) {
        let unreadable = bad.count;
        let records = unpacked.records.read + unpacked.records.bad;
        let calls = unpacked.records.read.saturating_sub(bad.unnormal + bad.not_calls);
        self.held.insert(at, Held { bytes, records, calls, unreadable });
        if bad.count > 0 {
            self.flawed.insert(at, bad.text());
        }
    }

    /// Closes the oldest cells, if too much is open, that no object delivered from then on (milliseconds since 1970) is
    /// near to.
    fn close_before(&mut self, delivered: i64) {
        let mut events: usize = self.open.values().map(|cell| cell.fold.events()).sum();
        while let Some(first) = self.open.first_entry().filter(|_| events > MOST_OPEN) {
            events = events.saturating_sub(first.get().fold.events());
            if first.key().saturating_add(1).saturating_mul(HOUR).saturating_add(NEAR) > delivered {
                return;
            }
            self.done.push(first.remove().close());
        }
    }

    fn event(&mut self, at: usize, listed: &Listed, activity: &Activity<'_>) -> Counted {
        let hour = activity.time.hour();
        let is_near = listed.account == self.account && is_near(hour, listed.delivered);
        if activity.account == self.account
            && let Some(cell) = self.open.get_mut(&hour)
        {
            let counted = cell.fold.add(activity);
            if !is_near && counted != Counted::NotACall {
                cell.far.insert(at);
            }
            return counted;
        }
        if activity.category.is_call() && !(is_near && activity.account == self.account) {
            let key = (activity.account.clone().into_owned(), hour);
            self.elsewhere.entry(key).or_default().insert(at);
        }
        if activity.category.is_call() { Counted::Elsewhere } else { Counted::NotACall }
    }

    /// The cells, each with the objects that it was folded from: those that are near it, but for `missing` ones, and those
    /// that are not and have events of it.
    pub(super) fn finish(mut self, missing: &BTreeSet<usize>) -> Vec<Hour> {
        self.done.extend(std::mem::take(&mut self.open).into_values().map(Cell::close));
        let Self { done, objects, account, flawed, .. } = self;
        let finished = done.into_iter().map(|(hour, far)| {
            let mut set = ObjectSet::default();
            for (at, listed) in objects.iter().enumerate() {
                let near = listed.is_near(&account, hour.hour());
                if (near || far.contains(&at)) && !missing.contains(&at) {
                    set.add(&listed.object.key, &listed.object.version, near);
                    if flawed.contains_key(&at) {
                        set.add_id(listed.flaw());
                    }
                }
            }
            hour.with_objects(set)
        });
        finished.collect()
    }
}

/// The intake of one object.
struct Intake<'p, 'l> {
    pass: &'p mut Pass,
    at: usize,
    listed: &'l Listed,
    /// How many of its events were counted.
    counted: u64,
    bad: Bad,
}

impl Intake<'_, '_> {
    fn record(&mut self, record: Result<&Record<'_>, BadRecord>) {
        let record = match record {
            Ok(record) => record,
            Err(bad) if bad.reason == Reason::Cut => {
                self.bad.cut = Some(bad.to_string());
                return;
            }
            Err(bad) => return self.bad.add(bad.to_string()),
        };
        let number = self.bad.seen();
        match normalize(record, &self.listed.account) {
            Ok(activity) => {
                let events = &mut Events::default();
                match self.pass.event(self.at, self.listed, &activity) {
                    Counted::New => {
                        self.counted += 1;
                        events.counted = 1;
                    }
                    Counted::Duplicate => events.duplicates = 1,
                    Counted::NotACall => {
                        self.bad.not_calls += 1;
                        events.not_calls = 1;
                    }
                    Counted::Elsewhere => {}
                }
                self.pass.events += *events;
            }
            Err(unnormal) => {
                self.bad.unnormal += 1;
                self.bad.add(format!("record {number}: {unnormal}"));
            }
        }
    }
}

/// What is wrong with records of an object.
#[derive(Debug, Default)]
struct Bad {
    /// How many cannot be read.
    count: u64,
    /// How many of them are whole records that say too little.
    unnormal: u64,
    /// Records about calls.
    not_calls: u64,
    /// Readable ones so far.
    good: u64,
    named: Vec<String>,
    /// Where the object ends too early.
    cut: Option<String>,
}

impl Bad {
    /// The number of the record at hand: the first is 0.
    fn seen(&mut self) -> u64 {
        let unread = self.count - self.unnormal;
        self.good += 1;
        self.good - 1 + unread
    }

    fn add(&mut self, what: String) {
        self.count += 1;
        if self.named.len() < MOST_NAMED {
            self.named.push(what);
        }
    }

    fn text(&self) -> String {
        let named = self.named.join("; ");
        let more = self.count - self.named.len() as u64;
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        let records = if self.count == 1 { "record" } else { "records" };
        format!("{} unreadable {records}: {named}{more}", self.count)
    }
}
