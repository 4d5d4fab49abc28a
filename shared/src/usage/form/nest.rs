//! An hour, nested: who did what, on what, when; each by its place in a short list.

use super::super::hour::{Cell, Flaw, Hour};
use super::super::row::{Row, Tables};
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
        // By a number that the compiler knows.
        let units = |time: EventTime| match (time.0 - start, unit) {
            (since, SECOND) => (since / SECOND).cast_unsigned(),
            (since, unit) => (since / unit).cast_unsigned(),
        };
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

/// Milliseconds of a second.
const SECOND: i64 = 1_000;

/// Milliseconds of an hour.
pub(super) const HOUR: i64 = 3_600_000;

impl Clock {
    /// Whole seconds, unless one of the hour's times is none; then milliseconds.
    pub(super) fn of(hour: &Hour) -> Self {
        let start = hour.hour().saturating_mul(HOUR);
        let is_whole = |time: EventTime| (time.0 - start) % SECOND == 0;
        let mut tallies = hour.tables().each().flat_map(|(_, rows)| rows).map(|row| &row.tally);
        // Most rows have one time.
        let whole = tallies.all(|tally| {
            let Tally { first, last, last_used, .. } = *tally;
            let is_used = |used: EventTime| used == last || is_whole(used);
            is_whole(first) && (last == first || is_whole(last)) && last_used.is_none_or(is_used)
        });
        Self { start, unit: if whole { SECOND } else { 1 } }
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

/// How many words there are for sessions, origins and keys.
pub(super) const WORDS: [usize; 3] = [3, 5, 1];

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
    /// Those of the first principal, then those of the next.
    pub(super) calls: Vec<Did>,
    /// The resources of the first call, then those of the next.
    pub(super) touched: Vec<Entry>,
    /// What is listed of the first principal, then of the next.
    pub(super) lists: [Vec<Entry>; LISTS],
}

/// How much there is of a principal.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Who {
    pub(super) calls: u32,
    pub(super) lists: [u32; LISTS],
}

/// An operation of a principal, by its place among the operations.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Did {
    pub(super) operation: u32,
    /// How many resources it has.
    pub(super) touched: u32,
    pub(super) sum: Sum,
}

/// Something of a list, by its place in that; a resource by its place among those of the call's source.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    pub(super) at: u32,
    pub(super) sum: Sum,
}

fn at<T: Copy + Default>(all: &[T], place: u32) -> T {
    all.get(place as usize).copied().unwrap_or_default()
}

/// The place of the first pair of a source.
fn start(pairs: &[[u32; 2]], source: u32) -> usize {
    pairs.partition_point(|[of, _]| *of < source)
}

/// The place of the first pair of each source, and that behind the last.
pub(super) fn starts(pairs: &[[u32; 2]], sources: usize) -> Vec<u32> {
    (0..=number(sources)).map(|source| number(start(pairs, source))).collect()
}

/// Places by a number of each, which is below `end`; of equal numbers, in the order in which they were.
fn counted(places: &[u32], end: usize, of: impl Fn(u32) -> u32) -> Vec<u32> {
    let mut next = vec![0_u32; end + 1];
    for place in places {
        if let Some(count) = next.get_mut(of(*place) as usize + 1) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for next in &mut next {
        sum += *next;
        *next = sum;
    }
    let mut sorted = vec![0; places.len()];
    for place in places {
        let Some(next) = next.get_mut(of(*place) as usize) else { continue };
        if let Some(to) = sorted.get_mut(*next as usize) {
            *to = *place;
        }
        *next += 1;
    }
    sorted
}

/// The pairs of rows, each once and in order, and the place of each row's among them. The numbers of each are below those
/// of `ends`: texts that rows have, so that it is no more work to count them than to go over the rows.
fn ranked(rows: &[Row], ends: [usize; 2], pair: impl Fn(&Row) -> [u32; 2]) -> (Pairs, Vec<u32>) {
    let all: Pairs = rows.iter().map(pair).collect();
    let order: Vec<u32> = (0..number(all.len())).collect();
    let order = counted(&order, ends[1], |place| at(&all, place)[1]);
    let order = counted(&order, ends[0], |place| at(&all, place)[0]);
    let (mut pairs, mut places) = (Pairs::new(), vec![0; all.len()]);
    for row in order {
        let pair = at(&all, row);
        if pairs.last() != Some(&pair) {
            pairs.push(pair);
        }
        if let Some(place) = places.get_mut(row as usize) {
            *place = number(pairs.len() - 1);
        }
    }
    (pairs, places)
}

/// The places of all texts among those of each kind.
struct Places([Vec<u32>; KINDS]);

impl Places {
    fn kind(&self, kind: usize) -> &[u32] {
        self.0.get(kind).map_or(&[], Vec::as_slice)
    }
}

/// The texts of each kind, and their places.
fn sort_texts(hour: &Hour) -> ([List; KINDS], Places) {
    let all = hour.texts();
    let mut used: [Vec<bool>; KINDS] = std::array::from_fn(|_| vec![false; all.len()]);
    for ((_, rows), kinds) in hour.tables().each().zip(KINDS_OF) {
        for (column, kind) in (0..).zip(kinds) {
            let Some(used) = kind.and_then(|kind| used.get_mut(kind)) else { continue };
            for text in rows.iter().filter_map(|row| row.key.get(column)) {
                if let Some(used) = used.get_mut(*text as usize) {
                    *used = true;
                }
            }
        }
    }
    let mut texts: [List; KINDS] = Default::default();
    let mut places = Places(Default::default());
    for ((used, list), places) in used.iter().zip(&mut texts).zip(&mut places.0) {
        places.reserve(used.len());
        for (text, used) in (0..).zip(used) {
            places.push(number(list.len()));
            if *used {
                list.push(all.text(text));
            }
        }
    }
    (texts, places)
}

/// How many rows of one owner are the first of these, which are taken.
fn own(rows: &mut &[Row], own: impl Fn(&Row) -> bool) -> u32 {
    let count = rows.iter().take_while(|row| own(row)).count();
    *rows = rows.get(count..).unwrap_or_default();
    number(count)
}

/// Rows at their places in a list.
fn entries(rows: &[Row], places: &[u32], clock: Clock) -> Vec<Entry> {
    let entry = |(row, at): (&Row, &u32)| Entry { at: *at, sum: Sum::of(&row.tally, clock) };
    rows.iter().zip(places).map(entry).collect()
}

impl Nest {
    /// An hour, nested.
    pub(super) fn of(hour: &Hour, clock: Clock) -> Self {
        let (texts, places) = sort_texts(hour);
        let place = |kind: usize, text: u32| at(places.kind(kind), text);
        let [_, sources, names, resources, sessions, origins, keys] =
            texts.each_ref().map(List::len);
        let tables = hour.tables();
        let (operations, operation) = ranked(&tables.calls, [sources, names], |row| {
            [place(SOURCE, row.key[1]), place(NAME, row.key[2])]
        });
        let (resources, mut resource) = ranked(&tables.touched, [sources, resources], |row| {
            [place(SOURCE, row.key[1]), place(RESOURCE, row.key[3])]
        });
        let starts = starts(&resources, sources);
        for (resource, row) in resource.iter_mut().zip(&tables.touched) {
            *resource -= at(&starts, place(SOURCE, row.key[1]));
        }
        let (of_sessions, session) = ranked(&tables.sessions, [WORDS[0], sessions], |row| {
            [row.key[1], place(SESSION, row.key[2])]
        });
        let (of_origins, origin) = ranked(&tables.origins, [WORDS[1], origins], |row| {
            [row.key[1], place(ORIGIN, row.key[2])]
        });
        let (of_keys, key) =
            ranked(&tables.keys, [WORDS[2], keys], |row| [0, place(KEY, row.key[1])]);
        let (more, others) = (&tables.more_sessions, &tables.more_origins);
        let lists = [
            entries(&tables.sessions, &session, clock),
            entries(&tables.origins, &origin, clock),
            entries(&tables.keys, &key, clock),
            entries(more, &vec![0; more.len()], clock),
            entries(others, &vec![0; others.len()], clock),
        ];
        let mut nest = Self {
            texts,
            operations,
            resources,
            named: [of_sessions, of_origins, of_keys],
            principals: Vec::new(),
            calls: Vec::with_capacity(tables.calls.len()),
            touched: entries(&tables.touched, &resource, clock),
            lists,
        };
        nest.fill(tables, &operation, clock);
        nest
    }

    /// Adds the calls and the principals.
    fn fill(&mut self, tables: &Tables<Vec<Row>>, operation: &[u32], clock: Clock) {
        let Tables { calls, touched, sessions, origins, keys, more_sessions, more_origins } =
            tables;
        let mut touched = touched.as_slice();
        let mut others = [sessions, origins, keys, more_sessions, more_origins].map(Vec::as_slice);
        let mut operation = operation.iter();
        for of in calls.chunk_by(|a, b| a.key[0] == b.key[0]) {
            for (call, operation) in of.iter().zip(operation.by_ref()) {
                self.calls.push(Did {
                    operation: *operation,
                    touched: own(&mut touched, |row| row.key[..3] == call.key[..3]),
                    sum: Sum::of(&call.tally, clock),
                });
            }
            let who = of.first().map(|call| call.key[0]);
            let lists = others.each_mut().map(|rows| own(rows, |row| Some(row.key[0]) == who));
            self.principals.push(Who { calls: number(of.len()), lists });
        }
    }

    /// The hour that is nested so.
    pub(super) fn hour(&self, cell: Cell, clock: Clock) -> Result<Hour, Flaw> {
        let (texts, places) = self.all_texts();
        let place = |kind: usize, place: u32| at(places.kind(kind), place);
        let starts = starts(&self.resources, self.texts.get(SOURCE).map_or(0, List::len));
        let mut tables: Tables<Vec<Row>> = Tables::default();
        let (mut calls, mut touched) = (self.calls.iter(), self.touched.iter());
        let mut lists = self.lists.each_ref().map(|list| list.iter());
        for (who, principal) in (0..).zip(&self.principals) {
            let who = place(PRINCIPAL, who);
            for call in calls.by_ref().take(principal.calls as usize) {
                let [source, name] = at(&self.operations, call.operation);
                let start = at(&starts, source);
                let key = [who, place(SOURCE, source), place(NAME, name), 0];
                tables.calls.push(Row { key, tally: call.sum.tally(clock) });
                for entry in touched.by_ref().take(call.touched as usize) {
                    let [_, resource] = at(&self.resources, start.saturating_add(entry.at));
                    let key = [key[0], key[1], key[2], place(RESOURCE, resource)];
                    tables.touched.push(Row { key, tally: entry.sum.tally(clock) });
                }
            }
            let [sessions, origins, keys, more_sessions, more_origins] = &mut lists;
            let counts = principal.lists.map(|count| count as usize);
            let [named, from, used] = &self.named;
            let row = |key: [u32; 3], entry: &Entry| {
                let key = [who, key[1], key[2], 0];
                Row { key, tally: entry.sum.tally(clock) }
            };
            tables.sessions.extend(sessions.by_ref().take(counts[0]).map(|entry| {
                let [word, text] = at(named, entry.at);
                row([0, word, place(SESSION, text)], entry)
            }));
            tables.origins.extend(origins.by_ref().take(counts[1]).map(|entry| {
                let [word, text] = at(from, entry.at);
                row([0, word, place(ORIGIN, text)], entry)
            }));
            tables.keys.extend(keys.by_ref().take(counts[2]).map(|entry| {
                let [_, text] = at(used, entry.at);
                row([0, place(KEY, text), 0], entry)
            }));
            let more = more_sessions.by_ref().take(counts[3]);
            tables.more_sessions.extend(more.map(|entry| row([0; 3], entry)));
            let more = more_origins.by_ref().take(counts[4]);
            tables.more_origins.extend(more.map(|entry| row([0; 3], entry)));
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
