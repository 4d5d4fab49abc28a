//! A cell: the usage of one hour of one account, and the objects that it was folded from.

use super::object::ObjectSet;
use super::row::{
    Call, Column, KeyUse, Origin, Others, Row, Session, Shape, Tables, Touch, View, caller,
    named_by, texts_of,
};
use super::tally::Tally;
use super::texts::List;

/// The usage of one hour of one recipient account: the finished [`HourFold`](super::fold::HourFold).
///
/// Its rows are sorted by their texts, in byte order, each once, so that equal usage is an equal value and has
/// equal bytes ([`super::form`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hour {
    account: String,
    /// Whole hours since 1970.
    at: i64,
    objects: ObjectSet,
    /// Strictly ascending; each is used by a row.
    texts: List,
    tables: Tables<Vec<Row>>,
}

/// Why some rows are not those of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// A text is out of order or not used.
    Texts,
    /// A row is out of order, or names what is not there.
    Keys,
    /// The counts of a row do not fit together.
    Counts,
    /// A row has a time outside of its hour.
    Times,
    /// A row is of a call, or a principal, that is not there or was not there at that time.
    Calls,
}

/// The parts of an hour beside its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) account: String,
    pub(super) hour: i64,
    pub(super) objects: ObjectSet,
}

/// Whether the last use is one that these counts and times can have.
fn is_last_use(tally: &Tally) -> bool {
    match tally.last_used {
        None => tally.denied == tally.count,
        Some(used) if tally.denied == 0 => used == tally.last,
        Some(used) => tally.denied < tally.count && (tally.first..=tally.last).contains(&used),
    }
}

impl Hour {
    /// An hour of these parts, if they are those of one.
    pub(super) fn new(cell: Cell, texts: List, tables: Tables<Vec<Row>>) -> Result<Self, Flaw> {
        let Cell { account, hour, objects } = cell;
        let made = Self { account, at: hour, objects, texts, tables };
        made.check()?;
        Ok(made)
    }

    /// An hour of parts that a fold has sorted.
    pub(super) fn of_fold(cell: Cell, texts: List, tables: Tables<Vec<Row>>) -> Self {
        let Cell { account, hour, objects } = cell;
        let made = Self { account, at: hour, objects, texts, tables };
        debug_assert_eq!(made.check(), Ok(()), "a fold makes whole hours");
        made
    }

    fn check(&self) -> Result<(), Flaw> {
        let mut used = vec![false; self.texts.len()];
        for (shape, rows) in self.tables.each() {
            for row in rows {
                self.check_row(shape, row, &mut used)?;
            }
            if !rows.is_sorted_by(|a, b| a.key < b.key) {
                return Err(Flaw::Keys);
            }
        }
        self.check_calls()?;
        let sorted = self.texts.iter().is_sorted_by(|a, b| a < b);
        if sorted && used.iter().all(|used| *used) { Ok(()) } else { Err(Flaw::Texts) }
    }

    /// That every row is of a call, or of a principal with one, and within its time.
    fn check_calls(&self) -> Result<(), Flaw> {
        let calls = &self.tables.calls;
        let same = |a: &Row, b: &Row| a.key[0] == b.key[0];
        let mut principals: Vec<Row> = Vec::new();
        for of in calls.chunk_by(same) {
            principals.extend(of.iter().copied().reduce(|mut all, row| {
                all.tally.merge(&row.tally);
                all
            }));
        }
        let is_within = |row: &Row, of: Option<&Row>| {
            let (from, to) = (row.tally.first, row.tally.last);
            of.is_some_and(|of| of.tally.first <= from && to <= of.tally.last)
        };
        for (table, (_, rows)) in self.tables.each().enumerate().skip(1) {
            let are_within = rows.iter().all(|row| {
                let [who, source, name, _] = row.key;
                let place = if table == 1 {
                    calls.binary_search_by_key(&[who, source, name], |call| {
                        [call.key[0], call.key[1], call.key[2]]
                    })
                } else {
                    principals.binary_search_by_key(&who, |principal| principal.key[0])
                };
                let all = if table == 1 { calls } else { &principals };
                is_within(row, place.ok().and_then(|place| all.get(place)))
            });
            if !are_within {
                return Err(Flaw::Calls);
            }
        }
        Ok(())
    }

    fn check_row(&self, shape: Shape, row: &Row, used: &mut [bool]) -> Result<(), Flaw> {
        for text in texts_of(shape, row.key) {
            *used.get_mut(text as usize).ok_or(Flaw::Keys)? = true;
        }
        let meant = shape.iter().zip(row.key).all(|(column, number)| match column {
            Column::Text => true,
            Column::NamedBy => named_by(number).is_some(),
            Column::Caller => caller(number).is_some(),
            Column::Unused => number == 0,
        });
        let tally = &row.tally;
        if !meant {
            Err(Flaw::Keys)
        } else if tally.count == 0 || tally.errors > tally.count || tally.denied > tally.count {
            Err(Flaw::Counts)
        } else if tally.first > tally.last
            || tally.first.hour() != self.at
            || tally.last.hour() != self.at
            || (tally.count == 1 && tally.first != tally.last)
            || !is_last_use(tally)
        {
            Err(Flaw::Times)
        } else {
            Ok(())
        }
    }

    /// The recipient account; empty for events of which neither the record nor the object's key says it.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Which hour: whole hours since 1970, UTC.
    pub fn hour(&self) -> i64 {
        self.at
    }

    /// What it was folded from.
    pub fn objects(&self) -> &ObjectSet {
        &self.objects
    }

    /// The same rows, folded from these objects: a set that also names what held none of the hour's events.
    #[must_use]
    pub fn with_objects(self, objects: ObjectSet) -> Self {
        Self { objects, ..self }
    }

    /// How many events there were, each once.
    pub fn events(&self) -> u64 {
        self.tables.calls.iter().map(|row| row.tally.count).fold(0, u64::saturating_add)
    }

    /// How many rows it has, of all kinds.
    pub fn len(&self) -> usize {
        self.tables.each().map(|(_, rows)| rows.len()).sum()
    }

    /// Whether it has no rows. Its objects then hold no events of the hour, or none that are calls.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Calls, by principal, source and name.
    pub fn calls(&self) -> impl Iterator<Item = Call<'_>> {
        let view = View(&self.texts);
        self.tables.calls.iter().map(move |row| view.call(row.key, row.tally))
    }

    /// Resources, by principal, source, name and resource.
    pub fn touched(&self) -> impl Iterator<Item = Touch<'_>> {
        let view = View(&self.texts);
        self.tables.touched.iter().map(move |row| view.touch(row.key, row.tally))
    }

    /// Who was behind sessions, by principal, what names them, and name.
    pub fn sessions(&self) -> impl Iterator<Item = Session<'_>> {
        let view = View(&self.texts);
        self.tables.sessions.iter().map(move |row| view.session(row.key, row.tally))
    }

    /// Where calls came from, by principal, caller and address.
    pub fn origins(&self) -> impl Iterator<Item = Origin<'_>> {
        let view = View(&self.texts);
        self.tables.origins.iter().map(move |row| view.origin(row.key, row.tally))
    }

    /// Long-lived access keys, by principal and key.
    pub fn keys(&self) -> impl Iterator<Item = KeyUse<'_>> {
        let view = View(&self.texts);
        self.tables.keys.iter().map(move |row| view.key(row.key, row.tally))
    }

    /// Principals whose sessions are not all listed, and the calls of those that are not.
    pub fn other_sessions(&self) -> impl Iterator<Item = Others<'_>> {
        let view = View(&self.texts);
        self.tables.more_sessions.iter().map(move |row| view.others(row.key, row.tally))
    }

    /// Principals whose origins are not all listed, and the calls of those that are not.
    pub fn other_origins(&self) -> impl Iterator<Item = Others<'_>> {
        let view = View(&self.texts);
        self.tables.more_origins.iter().map(move |row| view.others(row.key, row.tally))
    }

    pub(super) fn texts(&self) -> &List {
        &self.texts
    }

    pub(super) fn tables(&self) -> &Tables<Vec<Row>> {
        &self.tables
    }
}
