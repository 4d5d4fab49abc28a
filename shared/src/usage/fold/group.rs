//! The things of one kind that belong to one principal or one call, and the rules that bound them.

use super::MOST_NAMES;
use crate::usage::tally::Tally;
use crate::usage::texts::{Index, Texts, number};

/// One thing: a number that tells kinds apart, a text, and how often.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    hash: u64,
    pub(super) kind: u32,
    pub(super) text: u32,
    pub(super) tally: Tally,
    again: Again,
    /// The one before it in its group.
    next: Option<Place>,
}

impl Entry {
    fn new(hash: u64, kind: u32, text: u32, tally: &Tally) -> Self {
        Self { hash, kind, text, tally: *tally, again: Again::default(), next: None }
    }

    /// What a resource adds to its parent.
    pub(super) fn of_parent(&self) -> Tally {
        self.again.taken_from(&self.tally)
    }
}

/// How many of a resource's events also touched another one with the same parent, which came before it in the
/// event. Without them, each event of a parent is counted at one of its resources. An hour in memory has fewer
/// than four thousand million events.
#[derive(Clone, Copy, Debug, Default)]
struct Again {
    count: u32,
    errors: u32,
    denied: u32,
}

impl Again {
    fn add(&mut self, one: &Tally) {
        let sum = |to: &mut u32, more: u64| {
            *to = to.saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
        };
        sum(&mut self.count, one.count);
        sum(&mut self.errors, one.errors);
        sum(&mut self.denied, one.denied);
    }

    /// A tally without these events. Its times stay: whatever they are merged with has those events, too.
    fn taken_from(self, tally: &Tally) -> Tally {
        Tally {
            count: tally.count.saturating_sub(self.count.into()),
            errors: tally.errors.saturating_sub(self.errors.into()),
            denied: tally.denied.saturating_sub(self.denied.into()),
            ..*tally
        }
    }
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
    /// A thing, if it is known.
    fn known<'t>(
        &self,
        things: &'t mut Things,
        hash: u64,
        kind: u32,
        text: &str,
    ) -> Option<&'t mut Entry> {
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
        things.entry_mut(known?)
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
        self.count(things, (kind, text), tally, false);
    }

    /// Counts a thing. `again` says that its parent was counted for the same event before.
    pub(super) fn count(
        &mut self,
        things: &mut Things,
        thing: (u32, &str),
        tally: &Tally,
        again: bool,
    ) {
        let hash = things.texts.hash(thing);
        let (kind, text) = thing;
        if let Some(entry) = self.known(things, hash, kind, text) {
            entry.tally.merge(tally);
            if again {
                entry.again.add(tally);
            }
            return;
        }
        let text = things.texts.number(text);
        let mut entry = Entry::new(hash, kind, text, tally);
        if again {
            entry.again.add(tally);
        }
        self.put(things, entry);
    }

    /// How many things there are.
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    /// Its things, in no order.
    pub(super) fn entries(&self, things: &Things) -> impl Iterator<Item = Entry> {
        things.chain(self.first).map(|(_, entry)| *entry)
    }

    /// Takes all things out of it.
    pub(super) fn empty(&mut self, things: &mut Things) -> Vec<Entry> {
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
        if let Some(entry) = self.group.known(things, hash, kind, text) {
            entry.tally.merge(tally);
            return;
        }
        if self.last.is_some_and(|(of, last)| (kind, text) > (of, things.texts.text(last))) {
            self.let_go(tally);
            return;
        }
        let text = things.texts.number(text);
        self.group.put(things, Entry::new(hash, kind, text, tally));
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
