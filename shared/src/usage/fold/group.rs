//! The things of one kind that belong to one principal or one call, and the rules that bound them.

use super::{MOST_NAMES, MOST_RESOURCES};
use crate::usage::parent;
use crate::usage::row::Row;
use crate::usage::tally::Tally;
use crate::usage::texts::{Index, Texts, number};

/// One thing: a number that tells kinds apart, a text, and how often.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    hash: u64,
    pub(super) kind: u32,
    pub(super) text: u32,
    pub(super) tally: Tally,
    /// The one before it in its group.
    next: Option<Place>,
}

/// A position among all entries of a fold, plus one: so that none takes no room.
type Place = std::num::NonZeroU32;

/// The texts of a fold and the entries of all its groups: most groups are small, and a fold has thousands.
#[derive(Clone, Debug, Default)]
pub(super) struct Things {
    pub(super) texts: Texts,
    entries: Vec<Entry>,
    /// Entries that are in no group any more, to be used again.
    free: Option<Place>,
}

impl Things {
    fn entry(&self, place: Place) -> Option<&Entry> {
        self.entries.get(place.get() as usize - 1)
    }

    fn entry_mut(&mut self, place: Place) -> Option<&mut Entry> {
        self.entries.get_mut(place.get() as usize - 1)
    }

    fn chain(&self, first: Option<Place>) -> impl Iterator<Item = (Place, &Entry)> {
        let with_place = |place| Some((place, self.entry(place)?));
        std::iter::successors(first.and_then(with_place), move |(_, entry)| {
            entry.next.and_then(with_place)
        })
    }

    fn put(&mut self, entry: Entry) -> Option<Place> {
        if let Some(place) = self.free
            && let Some(unused) = self.entry_mut(place)
        {
            let free = unused.next;
            *unused = entry;
            self.free = free;
            return Some(place);
        }
        self.entries.push(entry);
        Place::new(number(self.entries.len()))
    }

    fn free(&mut self, place: Place) {
        let before = self.free;
        if let Some(entry) = self.entry_mut(place) {
            entry.next = before;
            self.free = Some(place);
        }
    }
}

/// Up to how many things are looked through; most principals and calls have no more.
const FEW: u32 = 8;

/// Things, each once.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    first: Option<Place>,
    len: u32,
    /// The places of all things, once they are more than a few.
    index: Index,
}

impl Group {
    /// Counts a thing, if it is known.
    fn count(&self, things: &mut Things, hash: u64, kind: u32, text: &str, tally: &Tally) -> bool {
        let is_it = |entry: &Entry| {
            entry.hash == hash && entry.kind == kind && things.texts.is(entry.text, text)
        };
        let known = if self.len > FEW {
            let is_there =
                |at: u32| Place::new(at).and_then(|place| things.entry(place)).is_some_and(is_it);
            self.index.find(hash, is_there).and_then(Place::new)
        } else {
            things.chain(self.first).find(|(_, entry)| is_it(entry)).map(|(place, _)| place)
        };
        let Some(entry) = known.and_then(|place| things.entry_mut(place)) else { return false };
        entry.tally.merge(tally);
        true
    }

    fn put(&mut self, things: &mut Things, entry: Entry) {
        let place = things.put(Entry { next: self.first, ..entry });
        self.first = place;
        self.len += 1;
        if self.len > FEW + 1 {
            self.index.add(entry.hash, place.map_or(0, Place::get));
        } else if self.len > FEW {
            for (place, entry) in things.chain(place) {
                self.index.add(entry.hash, place.get());
            }
        }
    }

    /// Counts a thing, known or not.
    pub(super) fn add(&mut self, things: &mut Things, kind: u32, text: &str, tally: &Tally) {
        let hash = things.texts.hash((kind, text));
        if !self.count(things, hash, kind, text, tally) {
            let text = things.texts.number(text);
            self.put(things, Entry { hash, kind, text, tally: *tally, next: None });
        }
    }

    /// Its things, in no order.
    pub(super) fn entries(&self, things: &Things) -> impl Iterator<Item = Entry> {
        things.chain(self.first).map(|(_, entry)| *entry)
    }

    /// Takes all things out of it.
    fn empty(&mut self, things: &mut Things) -> Vec<Entry> {
        let all: Vec<(Place, Entry)> =
            things.chain(self.first).map(|(place, entry)| (place, *entry)).collect();
        *self = Self::default();
        let freed = all.into_iter().inspect(|(place, _)| things.free(*place));
        freed.map(|(_, entry)| entry).collect()
    }
}

/// The first [`MOST_NAMES`] things by kind and text, in byte order, and the sum over all others.
///
/// A thing that is not among the first of those seen so far is not among the first of all either, so it can be
/// let go at once: what is left does not depend on the order in which things came. Memory holds at most twice as
/// many.
#[derive(Clone, Debug, Default)]
pub(super) struct First {
    group: Group,
    /// The last of the first, once there were too many: what comes after it is not kept.
    last: Option<(u32, u32)>,
    others: Option<Tally>,
}

impl First {
    pub(super) fn add(&mut self, things: &mut Things, kind: u32, text: &str, tally: &Tally) {
        let hash = things.texts.hash((kind, text));
        if self.group.count(things, hash, kind, text, tally) {
            return;
        }
        if self.last.is_some_and(|(of, last)| (kind, text) > (of, things.texts.text(last))) {
            self.let_go(tally);
            return;
        }
        let text = things.texts.number(text);
        self.group.put(things, Entry { hash, kind, text, tally: *tally, next: None });
        if self.group.len as usize >= 2 * MOST_NAMES {
            self.keep_first(things);
        }
    }

    fn let_go(&mut self, tally: &Tally) {
        match &mut self.others {
            Some(others) => others.merge(tally),
            None => self.others = Some(*tally),
        }
    }

    fn keep_first(&mut self, things: &mut Things) {
        let mut entries = self.group.empty(things);
        entries.sort_unstable_by_key(|entry| (entry.kind, things.texts.text(entry.text)));
        for (at, entry) in entries.into_iter().enumerate() {
            if at < MOST_NAMES {
                self.last = Some((entry.kind, entry.text));
                self.group.put(things, entry);
            } else {
                self.let_go(&entry.tally);
            }
        }
    }

    /// What is left at the end, and the sum over all others.
    pub(super) fn finish(mut self, things: &mut Things) -> (Group, Option<Tally>) {
        if self.group.len as usize > MOST_NAMES {
            self.keep_first(things);
        }
        (self.group, self.others)
    }
}

/// How exactly the resources of a call are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Width {
    /// Each by itself.
    #[default]
    Own,
    /// By what stands for it and its like.
    Parent,
    /// Not at all.
    All,
}

impl Width {
    fn of(self, resource: &str) -> &str {
        match self {
            Self::Own => resource,
            Self::Parent => parent::parent(resource),
            Self::All => "",
        }
    }
}

/// The resources of a call: at most [`MOST_RESOURCES`]; beyond that their parents; beyond that many parents, all
/// in one.
///
/// Too many resources stay too many whatever else comes, so they can be joined at once: what is left does not
/// depend on the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Touched {
    group: Group,
    width: Width,
}

impl Touched {
    pub(super) fn add(&mut self, things: &mut Things, resource: &str, tally: &Tally) {
        self.group.add(things, 0, self.width.of(resource), tally);
        while self.group.len as usize > MOST_RESOURCES {
            self.widen(things);
        }
    }

    fn widen(&mut self, things: &mut Things) {
        self.width = if self.width == Width::Own { Width::Parent } else { Width::All };
        for entry in self.group.empty(things) {
            let text = things.texts.text(entry.text).to_owned();
            self.group.add(things, 0, self.width.of(&text), &entry.tally);
        }
    }

    /// Adds a row for each of its resources as they are shown; the text of a row's key is the last of its numbers.
    pub(super) fn shown(&self, things: &mut Things, key: [u32; 3], rows: &mut Vec<Row>) {
        let [who, source, name] = key;
        let added = rows.len();
        rows.extend(self.group.entries(things).map(|entry| {
            let Entry { text, tally, .. } = entry;
            Row { key: [who, source, name, text], tally }
        }));
        if self.width != Width::Own {
            for Row { key: [.., text], .. } in rows.iter_mut().skip(added) {
                let shown = parent::shown(things.texts.text(*text)).into_owned();
                *text = things.texts.number(&shown);
            }
        }
    }
}
