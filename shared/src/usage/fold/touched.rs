//! The resources of one call, each event once for each.

use super::MOST_RESOURCES;
use super::group::{Entry, Group, Things};
use crate::model::activity::Text;
use crate::usage::parent;
use crate::usage::row::Row;
use crate::usage::tally::Tally;

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

/// The resources of a call: at most [`MOST_RESOURCES`]; beyond that their parents; beyond that many parents, all
/// in one.
///
/// Too many resources stay too many whatever else comes, so they can be joined at once: what is left does not
/// depend on the order in which they came.
///
/// An event counts once for each resource, once for each parent and once for all, however many of its resources
/// have the same parent (an object and its bucket, say). So a resource keeps how many of its events another one
/// of the same event had counted for the parent already, and all of them are counted from the start.
#[derive(Clone, Debug, Default)]
pub(super) struct Touched {
    group: Group,
    width: Width,
    /// The events that touched anything.
    all: Option<Tally>,
}

impl Touched {
    /// Counts one event, which has each resource once.
    pub(super) fn add(&mut self, things: &mut Things, resources: &[Text<'_>], one: &Tally) {
        if resources.is_empty() {
            return;
        }
        match &mut self.all {
            Some(all) => all.merge(one),
            None => self.all = Some(*one),
        }
        match resources {
            _ if self.width == Width::All => {}
            [resource] => self.count(things, resource, one, false),
            // What an object of S3 has: itself and its bucket.
            [first, second] => {
                let again = parent::parent(first) == parent::parent(second);
                self.count(things, first, one, false);
                self.count(things, second, one, again);
            }
            many => {
                let parents: Vec<&str> = many.iter().map(|one| parent::parent(one)).collect();
                for (at, (resource, parent)) in many.iter().zip(&parents).enumerate() {
                    let again = parents.iter().take(at).any(|before| before == parent);
                    self.count(things, resource, one, again);
                }
            }
        }
    }

    /// Counts a resource. `again` says that one before it in its event has the same parent.
    fn count(&mut self, things: &mut Things, resource: &str, one: &Tally, again: bool) {
        match self.width {
            Width::Own => self.group.count(things, (0, resource), one, again),
            Width::Parent if again => return,
            Width::Parent => self.group.add(things, 0, parent::parent(resource), one),
            Width::All => return,
        }
        while self.group.len() > MOST_RESOURCES {
            self.widen(things);
        }
    }

    fn widen(&mut self, things: &mut Things) {
        let joined = self.group.empty(things);
        if self.width == Width::Parent {
            self.width = Width::All;
            return;
        }
        self.width = Width::Parent;
        for entry in joined {
            let text = things.texts.text(entry.text).to_owned();
            self.group.add(things, 0, parent::parent(&text), &entry.of_parent());
        }
    }

    /// Adds a row for each of its resources as they are shown; the text of a row's key is the last of its numbers.
    pub(super) fn shown(&self, things: &mut Things, key: [u32; 3], rows: &mut Vec<Row>) {
        let [who, source, name] = key;
        let added = rows.len();
        if let (Width::All, Some(tally)) = (self.width, self.all) {
            let text = things.texts.number(&parent::shown(""));
            rows.push(Row { key: [who, source, name, text], tally });
            return;
        }
        rows.extend(self.group.entries(things).map(|entry| {
            let Entry { text, tally, .. } = entry;
            Row { key: [who, source, name, text], tally }
        }));
        if self.width == Width::Parent {
            for Row { key: [.., text], .. } in rows.iter_mut().skip(added) {
                let shown = parent::shown(things.texts.text(*text)).into_owned();
                *text = things.texts.number(&shown);
            }
        }
    }
}
