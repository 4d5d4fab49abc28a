//! An hour, nested: who did what, on what, when; each by its place in a short list.

use super::super::hour::{Cell, Flaw, Hour};
use super::super::row::{Column, Row, Shape, Tables};
use super::super::tally::Tally;
use super::super::texts::{List, number};
use crate::model::activity::EventTime;

/// A tally with its times counted from the start of the hour, in the unit of the hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) count: u64,
    pub(super) errors: u64,
    pub(super) denied: u64,
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) used: Option<u64>,
}

impl Sum {
    fn of(tally: &Tally, Clock { start, unit }: Clock) -> Self {
        let units = |time: EventTime| ((time.0 - start) / unit).cast_unsigned();
        let Tally { count, errors, denied, first, last, last_used } = *tally;
        let (first, last, used) = (units(first), units(last), last_used.map(units));
        Self { count, errors, denied, first, last, used }
    }

    /// Times are below [`Clock::span`].
    fn tally(&self, Clock { start, unit }: Clock) -> Tally {
        let time =
            |units: u64| EventTime(start.saturating_add(units.cast_signed().saturating_mul(unit)));
        let Self { count, errors, denied, first, last, used } = *self;
        let (first, last, last_used) = (time(first), time(last), used.map(time));
        Tally { count, errors, denied, first, last, last_used }
    }

    /// Whether some of the events were uses and some were not: only then the counts and the other times do not say when
    /// the last use was.
    pub(super) fn is_mixed(&self) -> bool {
        self.denied > 0 && self.denied < self.count
    }

    pub(super) fn merge(&mut self, more: &Self) {
        self.count = self.count.saturating_add(more.count);
        self.errors = self.errors.saturating_add(more.errors);
        self.denied = self.denied.saturating_add(more.denied);
        self.first = self.first.min(more.first);
        self.last = self.last.max(more.last);
        self.used = self.used.max(more.used);
    }
}

/// How times are counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// The start of the hour, in milliseconds since 1970.
    pub(super) start: i64,
    /// In milliseconds.
    pub(super) unit: i64,
}

/// Milliseconds of an hour.
pub(super) const HOUR: i64 = 3_600_000;

impl Clock {
    /// Whole seconds, unless one of the hour's times is none; then milliseconds.
    pub(super) fn of(hour: &Hour) -> Self {
        let start = hour.hour().saturating_mul(HOUR);
        let is_whole = |time: EventTime| (time.0 - start) % 1_000 == 0;
        let mut tallies = hour.tables().each().flat_map(|(_, rows)| rows).map(|row| row.tally);
        let times = |tally: Tally| [Some(tally.first), Some(tally.last), tally.last_used];
        let whole = tallies.all(|tally| times(tally).into_iter().flatten().all(is_whole));
        Self { start, unit: if whole { 1_000 } else { 1 } }
    }

    /// How many units an hour has.
    pub(super) fn span(self) -> u64 {
        (HOUR / self.unit).cast_unsigned()
    }
}

/// The lists of texts: each has those of one kind, sorted.
pub(super) const KINDS: usize = 7;
const PRINCIPAL: usize = 0;
const SOURCE: usize = 1;
const NAME: usize = 2;
const RESOURCE: usize = 3;
const SESSION: usize = 4;
const ORIGIN: usize = 5;
const KEY: usize = 6;

/// Which kind of text each column of each table has.
const KINDS_OF: [[Option<usize>; 4]; 7] = [
    [Some(PRINCIPAL), Some(SOURCE), Some(NAME), None],
    [Some(PRINCIPAL), Some(SOURCE), Some(NAME), Some(RESOURCE)],
    [Some(PRINCIPAL), None, Some(SESSION), None],
    [Some(PRINCIPAL), None, Some(ORIGIN), None],
    [Some(PRINCIPAL), Some(KEY), None, None],
    [Some(PRINCIPAL), None, None, None],
    [Some(PRINCIPAL), None, None, None],
];

/// What else is listed of a principal, beside its calls: sessions, origins, keys, and the rests of the first two.
pub(super) const LISTS: usize = 5;

/// Pairs in ascending order.
pub(super) type Pairs = Vec<[u32; 2]>;

/// An hour.
#[derive(Debug, Default)]
pub(super) struct Nest {
    pub(super) texts: [List; KINDS],
    /// Each source with a name of its calls.
    pub(super) operations: Pairs,
    /// Each source with a resource of its calls.
    pub(super) resources: Pairs,
    /// The words and texts of sessions, origins and keys.
    pub(super) named: [Pairs; 3],
    /// In the order of their texts.
    pub(super) principals: Vec<Who>,
}

/// A principal.
#[derive(Debug, Default)]
pub(super) struct Who {
    pub(super) calls: Vec<Did>,
    pub(super) lists: [Vec<Entry>; LISTS],
}

/// An operation of a principal, by its place among the operations.
#[derive(Debug, Default)]
pub(super) struct Did {
    pub(super) operation: u32,
    pub(super) sum: Sum,
    /// Resources, by their places among those of the source.
    pub(super) touched: Vec<Entry>,
}

/// Something of a list, by its place in that.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    pub(super) at: u32,
    pub(super) sum: Sum,
}

fn at<T: Copy + Default>(all: &[T], place: u32) -> T {
    all.get(place as usize).copied().unwrap_or_default()
}

/// The place of a pair.
fn find(pairs: &[[u32; 2]], pair: [u32; 2]) -> u32 {
    number(pairs.partition_point(|known| *known < pair))
}

/// The place of the first pair of a source.
pub(super) fn start(pairs: &[[u32; 2]], source: u32) -> usize {
    pairs.partition_point(|[of, _]| *of < source)
}

fn pairs(all: impl Iterator<Item = [u32; 2]>) -> Pairs {
    let mut pairs: Pairs = all.collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// The places of all texts among those of each kind.
struct Places([Vec<u32>; KINDS]);

impl Places {
    fn kind(&self, kind: usize) -> &[u32] {
        self.0.get(kind).map_or(&[], Vec::as_slice)
    }

    /// A key with places among the texts of each kind in place of those among all.
    fn key(&self, table: usize, shape: Shape, key: [u32; 4]) -> [u32; 4] {
        let kinds = KINDS_OF.get(table).copied().unwrap_or_default();
        let mut placed = key;
        for ((place, column), kind) in placed.iter_mut().zip(shape).zip(kinds) {
            if let (Column::Text, Some(kind)) = (column, kind) {
                *place = at(self.kind(kind), *place);
            }
        }
        placed
    }
}

/// The texts of each kind, and their places.
fn sort_texts(hour: &Hour) -> ([List; KINDS], Places) {
    let all = hour.texts();
    let mut used: [Vec<bool>; KINDS] = std::array::from_fn(|_| vec![false; all.len()]);
    for ((_, rows), kinds) in hour.tables().each().zip(KINDS_OF) {
        for row in rows {
            for (text, kind) in row.key.iter().zip(kinds) {
                let used = kind.and_then(|kind| used.get_mut(kind)?.get_mut(*text as usize));
                if let Some(used) = used {
                    *used = true;
                }
            }
        }
    }
    let mut texts: [List; KINDS] = Default::default();
    let mut places = Places(Default::default());
    for ((used, list), places) in used.iter().zip(&mut texts).zip(&mut places.0) {
        for (text, used) in all.iter().zip(used) {
            places.push(number(list.len()));
            if *used {
                list.push(text);
            }
        }
    }
    (texts, places)
}

/// The rows of one principal, which are the first of these.
fn own<'a>(rows: &mut &'a [Row], own: impl Fn(&Row) -> bool) -> &'a [Row] {
    let count = rows.iter().take_while(|row| own(row)).count();
    let (taken, rest) = rows.split_at_checked(count).unwrap_or((*rows, &[]));
    *rows = rest;
    taken
}

impl Nest {
    /// An hour, nested.
    pub(super) fn of(hour: &Hour, clock: Clock) -> Self {
        let (texts, places) = sort_texts(hour);
        let mut tables = hour.tables().clone();
        for (table, (shape, rows)) in tables.each_mut().enumerate() {
            for row in rows {
                row.key = places.key(table, shape, row.key);
            }
        }
        let two = |row: &Row| [row.key[1], row.key[2]];
        let mut nest = Self {
            texts,
            operations: pairs(tables.calls.iter().map(two)),
            resources: pairs(tables.touched.iter().map(|row| [row.key[1], row.key[3]])),
            named: [
                pairs(tables.sessions.iter().map(two)),
                pairs(tables.origins.iter().map(two)),
                pairs(tables.keys.iter().map(two).map(|[key, _]| [0, key])),
            ],
            principals: Vec::new(),
        };
        nest.fill(&tables, clock);
        nest
    }

    fn fill(&mut self, tables: &Tables<Vec<Row>>, clock: Clock) {
        let Tables { calls, touched, sessions, origins, keys, more_sessions, more_origins } =
            tables;
        let (mut calls, mut touched) = (calls.as_slice(), touched.as_slice());
        let mut others = [sessions, origins, keys, more_sessions, more_origins].map(Vec::as_slice);
        while let Some(first) = calls.first() {
            let who = first.key[0];
            let is_own = |row: &Row| row.key[0] == who;
            let mut found = Who::default();
            for call in own(&mut calls, is_own) {
                let [_, source, name, _] = call.key;
                let start = start(&self.resources, source);
                let rows = own(&mut touched, |row| row.key[..3] == call.key[..3]);
                let touched = rows.iter().map(|row| {
                    let place = find(&self.resources, [source, row.key[3]]);
                    Entry { at: place - number(start), sum: Sum::of(&row.tally, clock) }
                });
                found.calls.push(Did {
                    operation: find(&self.operations, [source, name]),
                    sum: Sum::of(&call.tally, clock),
                    touched: touched.collect(),
                });
            }
            for (list, (rows, to)) in others.iter_mut().zip(&mut found.lists).enumerate() {
                to.extend(own(rows, is_own).iter().map(|row| {
                    let [_, word, text, _] = row.key;
                    let pair = if list == 2 { [0, word] } else { [word, text] };
                    let place = self.named.get(list).map_or(0, |named| find(named, pair));
                    Entry { at: place, sum: Sum::of(&row.tally, clock) }
                }));
            }
            self.principals.push(found);
        }
    }

    /// The hour that is nested so.
    pub(super) fn hour(&self, cell: Cell, clock: Clock) -> Result<Hour, Flaw> {
        let (texts, places) = self.all_texts();
        let mut tables: Tables<Vec<Row>> = Tables::default();
        for (who, principal) in (0..).zip(&self.principals) {
            let who = at(places.kind(PRINCIPAL), who);
            let place = |kind: usize, place: u32| at(places.kind(kind), place);
            for call in &principal.calls {
                let [source, name] = at(&self.operations, call.operation);
                let start = number(start(&self.resources, source));
                let key = [who, place(SOURCE, source), place(NAME, name), 0];
                tables.calls.push(Row { key, tally: call.sum.tally(clock) });
                for entry in &call.touched {
                    let [_, resource] = at(&self.resources, start.saturating_add(entry.at));
                    let key = [key[0], key[1], key[2], place(RESOURCE, resource)];
                    tables.touched.push(Row { key, tally: entry.sum.tally(clock) });
                }
            }
            let [sessions, origins, keys, more_sessions, more_origins] = &principal.lists;
            let [named, from, used] = &self.named;
            let row = |key: [u32; 3], entry: &Entry| {
                let key = [who, key[1], key[2], 0];
                Row { key, tally: entry.sum.tally(clock) }
            };
            tables.sessions.extend(sessions.iter().map(|entry| {
                let [word, text] = at(named, entry.at);
                row([0, word, place(SESSION, text)], entry)
            }));
            tables.origins.extend(origins.iter().map(|entry| {
                let [word, text] = at(from, entry.at);
                row([0, word, place(ORIGIN, text)], entry)
            }));
            tables.keys.extend(keys.iter().map(|entry| {
                let [_, text] = at(used, entry.at);
                row([0, place(KEY, text), 0], entry)
            }));
            tables.more_sessions.extend(more_sessions.iter().map(|entry| row([0; 3], entry)));
            tables.more_origins.extend(more_origins.iter().map(|entry| row([0; 3], entry)));
        }
        Hour::new(cell, texts, tables)
    }

    /// All texts, sorted, and the places among them of those of each kind.
    fn all_texts(&self) -> (List, Places) {
        let mut all: Vec<(&str, usize)> = Vec::new();
        for (kind, list) in self.texts.iter().enumerate() {
            all.extend(list.iter().map(|text| (text, kind)));
        }
        // Those of a kind are in order already, and stay in it.
        all.sort_by_key(|(text, _)| *text);
        let (mut texts, mut places) = (List::default(), Places(Default::default()));
        let mut before = None;
        for (text, kind) in all {
            if before != Some(text) {
                texts.push(text);
                before = Some(text);
            }
            if let Some(places) = places.0.get_mut(kind) {
                places.push(number(texts.len()) - 1);
            }
        }
        (texts, places)
    }
}
