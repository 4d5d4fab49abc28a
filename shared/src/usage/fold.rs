//! Activities → the usage of an hour.

mod group;
#[cfg(test)]
pub(crate) mod tests;
mod touched;

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table;

use self::group::{Entry, First, Group, Things};
use self::touched::Touched;
use super::hour::{Cell, Hour};
use super::object::ObjectSet;
use super::row::{Row, Tables, of_caller, of_named_by, order, renumbered, texts_of};
use super::tally::Tally;
use super::texts::{Index, List, Texts, number};
use crate::model::activity::{Activity, EventId};

/// How many resources of one call of one principal are told apart in an hour. Beyond it each is counted as its
/// parent ([`super::parent`]), and if there are more parents than that, all of them as `*`. Which of the three
/// depends on all the resources of the hour, not on their order. An event counts once for each of its resources,
/// once for each of their parents, or once as `*`.
pub const MOST_RESOURCES: usize = 200;

/// How many sessions, and how many origins, of one principal are told apart in an hour: the first by what names
/// them and byte order. The others are counted together.
pub const MOST_NAMES: usize = 100;

/// How the ids of access keys begin that live until somebody deletes them.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes>
const LONG_LIVED: &str = "AKIA";

/// What became of an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// It was counted.
    New,
    /// Its event was counted before.
    Duplicate,
    /// It is about calls, and not a call.
    NotACall,
    /// It belongs to another cell: another account or hour.
    Elsewhere,
}

/// One cell while it is being folded.
///
/// Of two activities with one [`EventId`], the first is counted. Copies of a record are equal, so that it does
/// not matter which; where somebody forged a second one, whoever folds the objects of a cell in the order of
/// their keys and each from its beginning always counts the same.
///
/// Memory: 16 bytes and a fraction for each event, and the distinct texts of the hour, bounded for each call by
/// [`MOST_RESOURCES`] and for each principal by [`MOST_NAMES`].
#[derive(Clone, Debug)]
pub struct HourFold {
    account: String,
    hour: i64,
    hasher: RandomState,
    ids: HashTable<EventId>,
    things: Things,
    call_index: Index,
    calls: Vec<CallFold>,
    principal_index: Index,
    principals: Vec<PrincipalFold>,
}

#[derive(Clone, Debug)]
struct CallFold {
    /// A position in `principals`.
    principal: u32,
    source: u32,
    name: u32,
    tally: Tally,
    touched: Touched,
}

#[derive(Clone, Debug)]
struct PrincipalFold {
    text: u32,
    sessions: First,
    origins: First,
    keys: Group,
}

impl HourFold {
    /// An empty cell: that hour (whole hours since 1970, UTC) of that recipient account.
    pub fn new(account: &str, hour: i64) -> Self {
        Self {
            account: account.to_owned(),
            hour,
            hasher: RandomState::default(),
            ids: HashTable::new(),
            things: Things::default(),
            call_index: Index::default(),
            calls: Vec::new(),
            principal_index: Index::default(),
            principals: Vec::new(),
        }
    }

    /// Counts an activity, unless its event was counted before or it does not belong here.
    pub fn add(&mut self, activity: &Activity<'_>) -> Counted {
        if !activity.category.is_call() {
            return Counted::NotACall;
        }
        if activity.time.hour() != self.hour || activity.account != self.account {
            return Counted::Elsewhere;
        }
        if !self.is_new(activity.id) {
            return Counted::Duplicate;
        }
        let one = Tally::one(activity.time, activity.outcome);
        let call = self.call(activity, &one);
        let Some(call) = self.calls.get_mut(call as usize) else { return Counted::New };
        call.touched.add(&mut self.things, &activity.resources, &one);
        if let Some(principal) = self.principals.get_mut(call.principal as usize) {
            principal.add(&mut self.things, activity, &one);
        }
        Counted::New
    }

    fn is_new(&mut self, id: EventId) -> bool {
        let hash = |id: &EventId| self.hasher.hash_one(id.0);
        match self.ids.entry(hash(&id), |known| *known == id, hash) {
            hash_table::Entry::Occupied(_) => false,
            hash_table::Entry::Vacant(place) => {
                place.insert(id);
                true
            }
        }
    }

    /// The position of the activity's call, counted.
    fn call(&mut self, activity: &Activity<'_>, one: &Tally) -> u32 {
        let Activity { principal, source, name, .. } = activity;
        let hash = self.things.texts.hash((&**principal, &**source, &**name));
        let (texts, principals) = (&self.things.texts, &self.principals);
        let known = self.call_index.find(hash, |at| {
            self.calls.get(at as usize).is_some_and(|call| {
                let who = principals.get(call.principal as usize).map(|who| who.text);
                texts.is(call.name, name)
                    && texts.is(call.source, source)
                    && who.is_some_and(|who| texts.is(who, principal))
            })
        });
        if let Some(at) = known {
            if let Some(call) = self.calls.get_mut(at as usize) {
                call.tally.merge(one);
            }
            return at;
        }
        let call = CallFold {
            principal: self.principal(principal),
            source: self.things.texts.number(source),
            name: self.things.texts.number(name),
            tally: *one,
            touched: Touched::default(),
        };
        let new = number(self.calls.len());
        self.calls.push(call);
        self.call_index.add(hash, new);
        new
    }

    /// The position of a principal, which is added if it is new.
    fn principal(&mut self, name: &str) -> u32 {
        let hash = self.things.texts.hash(name);
        let (texts, principals) = (&self.things.texts, &self.principals);
        let is_it =
            |at: u32| principals.get(at as usize).is_some_and(|who| texts.is(who.text, name));
        if let Some(known) = self.principal_index.find(hash, is_it) {
            return known;
        }
        let new = number(self.principals.len());
        self.principals.push(PrincipalFold {
            text: self.things.texts.number(name),
            sessions: First::default(),
            origins: First::default(),
            keys: Group::default(),
        });
        self.principal_index.add(hash, new);
        new
    }

    /// How many events were counted.
    pub fn events(&self) -> usize {
        self.ids.len()
    }

    /// The cell, folded from these objects.
    pub fn finish(self, objects: ObjectSet) -> Hour {
        let Self { account, hour, mut things, calls, principals, .. } = self;
        let mut tables: Tables<Vec<Row>> = Tables::default();
        for call in &calls {
            let who = principals.get(call.principal as usize).map_or(0, |who| who.text);
            let key = [who, call.source, call.name, 0];
            tables.calls.push(Row { key, tally: call.tally });
            let key = [who, call.source, call.name];
            call.touched.shown(&mut things, key, &mut tables.touched);
        }
        for principal in principals {
            principal.finish(&mut things, &mut tables);
        }
        let texts = sort(&things.texts, &mut tables);
        let cell = Cell { account, hour, objects };
        Hour::of_fold(cell, texts, tables)
    }
}

/// Renumbers the texts of all rows by their order, and puts the rows into it.
fn sort(texts: &Texts, tables: &mut Tables<Vec<Row>>) -> List {
    let mut used = vec![false; texts.len()];
    for (shape, rows) in tables.each() {
        for text in rows.iter().flat_map(|row| texts_of(shape, row.key)) {
            if let Some(used) = used.get_mut(text as usize) {
                *used = true;
            }
        }
    }
    let (sorted, places) = texts.sorted(&used);
    let place = |number: u32| places.get(number as usize).copied().unwrap_or(0);
    for (shape, rows) in tables.each_mut() {
        for row in rows.iter_mut() {
            row.key = renumbered(shape, row.key, place);
        }
    }
    let Tables { calls, touched, sessions, origins, keys, more_sessions, more_origins } = tables;
    for rows in [calls, more_sessions, more_origins] {
        rows.sort_unstable_by_key(|row| order(row.key));
    }
    sort_runs(touched, |[who, source, name, _]| order([who, source, name, 0]));
    for rows in [sessions, origins, keys] {
        sort_runs(rows, |[who, ..]| order([who, 0, 0, 0]));
    }
    sorted
}

/// Sorts rows of which those lie together that have the same owner, which is the start of their keys.
fn sort_runs(rows: &mut Vec<Row>, owner: impl Fn([u32; 4]) -> u128) {
    let owner = |row: &Row| owner(row.key);
    for run in rows.chunk_by_mut(|a, b| owner(a) == owner(b)) {
        run.sort_unstable_by_key(|row| order(row.key));
    }
    let mut runs: Vec<(u128, &[Row])> = rows
        .chunk_by(|a, b| owner(a) == owner(b))
        .filter_map(|run| Some((owner(run.first()?), run)))
        .collect();
    runs.sort_unstable_by_key(|(owner, _)| *owner);
    let mut sorted = Vec::with_capacity(rows.len());
    for (_, run) in runs {
        sorted.extend_from_slice(run);
    }
    *rows = sorted;
}

impl PrincipalFold {
    fn add(&mut self, things: &mut Things, activity: &Activity<'_>, one: &Tally) {
        if let Some(human) = &activity.human {
            self.sessions.add(things, of_named_by(human.by), &human.name, one);
        }
        self.origins.add(things, of_caller(activity.caller), &activity.source_ip, one);
        if let Some(key) = activity.access_key.as_ref().filter(|key| key.starts_with(LONG_LIVED)) {
            self.keys.add(things, 0, key, one);
        }
    }

    fn finish(self, things: &mut Things, tables: &mut Tables<Vec<Row>>) {
        let Self { text: who, sessions, origins, keys } = self;
        let others = |tally| Row { key: [who, 0, 0, 0], tally };
        let named = |entry: Entry| {
            let Entry { kind, text, tally, .. } = entry;
            Row { key: [who, kind, text, 0], tally }
        };
        let (listed, more) = sessions.finish(things);
        tables.sessions.extend(listed.entries(things).map(named));
        tables.more_sessions.extend(more.map(others));
        let (listed, more) = origins.finish(things);
        tables.origins.extend(listed.entries(things).map(named));
        tables.more_origins.extend(more.map(others));
        let of_key = |entry: Entry| Row { key: [who, entry.text, 0, 0], tally: entry.tally };
        tables.keys.extend(keys.entries(things).map(of_key));
    }
}
