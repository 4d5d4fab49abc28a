//! The things of one kind that belong to one principal or one call, and the rules that bound them.

use super::{MOST_NAMES, MOST_RESOURCES};
use crate::usage::parent;
use crate::usage::tally::Tally;
use crate::usage::texts::{Index, Texts, number};

/// One thing: a number that tells kinds apart, a text, and how often.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) kind: u32,
    pub(super) text: u32,
    pub(super) tally: Tally,
}

/// Things, each once.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    index: Index,
    entries: Vec<Entry>,
}

impl Group {
    /// Counts a thing, if it is known.
    fn count(&mut self, texts: &Texts, hash: u64, kind: u32, text: &str, tally: &Tally) -> bool {
        let entries = &mut self.entries;
        let is_it = |at: u32| {
            let entry = entries.get(at as usize);
            entry.is_some_and(|entry| entry.kind == kind && texts.is(entry.text, text))
        };
        let known = self.index.find(hash, is_it);
        let Some(entry) = known.and_then(|at| entries.get_mut(at as usize)) else { return false };
        entry.tally.merge(tally);
        true
    }

    fn put(&mut self, hash: u64, entry: Entry) {
        self.index.add(hash, number(self.entries.len()));
        self.entries.push(entry);
    }

    /// Counts a thing, known or not.
    pub(super) fn add(&mut self, texts: &mut Texts, kind: u32, text: &str, tally: &Tally) {
        let hash = texts.hash((kind, text));
        if !self.count(texts, hash, kind, text, tally) {
            let text = texts.number(text);
            self.put(hash, Entry { kind, text, tally: *tally });
        }
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
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
    pub(super) others: Option<Tally>,
}

impl First {
    pub(super) fn add(&mut self, texts: &mut Texts, kind: u32, text: &str, tally: &Tally) {
        let hash = texts.hash((kind, text));
        if self.group.count(texts, hash, kind, text, tally) {
            return;
        }
        if self.last.is_some_and(|(of, last)| (kind, text) > (of, texts.text(last))) {
            self.let_go(tally);
            return;
        }
        let text = texts.number(text);
        self.group.put(hash, Entry { kind, text, tally: *tally });
        if self.group.entries.len() >= 2 * MOST_NAMES {
            self.keep_first(texts);
        }
    }

    fn let_go(&mut self, tally: &Tally) {
        match &mut self.others {
            Some(others) => others.merge(tally),
            None => self.others = Some(*tally),
        }
    }

    fn keep_first(&mut self, texts: &Texts) {
        let mut entries = std::mem::take(&mut self.group).entries;
        entries.sort_unstable_by_key(|entry| (entry.kind, texts.text(entry.text)));
        for entry in entries.drain(MOST_NAMES.min(entries.len())..) {
            self.let_go(&entry.tally);
        }
        for entry in entries {
            self.last = Some((entry.kind, entry.text));
            self.group.put(texts.hash((entry.kind, texts.text(entry.text))), entry);
        }
    }

    /// What is left at the end.
    pub(super) fn finish(mut self, texts: &Texts) -> Self {
        if self.group.entries.len() > MOST_NAMES {
            self.keep_first(texts);
        }
        self
    }

    pub(super) fn entries(&self) -> &[Entry] {
        self.group.entries()
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
    pub(super) fn add(&mut self, texts: &mut Texts, resource: &str, tally: &Tally) {
        self.group.add(texts, 0, self.width.of(resource), tally);
        while self.group.entries.len() > MOST_RESOURCES {
            self.widen(texts);
        }
    }

    fn widen(&mut self, texts: &mut Texts) {
        self.width = if self.width == Width::Own { Width::Parent } else { Width::All };
        for entry in std::mem::take(&mut self.group).entries {
            let text = texts.text(entry.text).to_owned();
            self.group.add(texts, 0, self.width.of(&text), &entry.tally);
        }
    }

    pub(super) fn entries(&self) -> &[Entry] {
        self.group.entries()
    }

    /// The number of an entry's text as it is shown.
    pub(super) fn shown(&self, texts: &mut Texts, entry: &Entry) -> u32 {
        if self.width == Width::Own {
            return entry.text;
        }
        let shown = parent::shown(texts.text(entry.text)).into_owned();
        texts.number(&shown)
    }
}
