//! Entities and changes ↔ items.
//!
//! A change keeps the content before it, not the one after: that is the content before the next change
//! of the entity, or the entity's own. So a content is written once when it is new and once more when it
//! is replaced, and a change fits into an item whenever its entity did.

use super::calls::Table;
use super::decide::Head;
use super::error::unreadable;
use super::item::{Item, ItemError, number, pack, size, text, time};
use crate::form;
use crate::model::{
    Cause, CauseEvent, Change, ChangeKind, Entity, EntityId, RunId, Scope, Stored, Timestamp,
};
use crate::port::PortError;
use crate::store::key::{self, attribute};
use aws_sdk_dynamodb::types::AttributeValue;

/// The attributes of an entity that are read to decide about it.
pub(super) const HEAD: [&str; 11] = [
    attribute::PARTITION,
    attribute::SORT,
    attribute::ID,
    attribute::HASH,
    attribute::REVISION,
    attribute::FIRST_SEEN,
    attribute::LAST_SEEN,
    attribute::CHANGED,
    attribute::OBSERVED,
    attribute::DELETED,
    attribute::MISSED_BY,
];

/// The attributes of an entity that become a change's content before.
pub(super) const CONTENT: [&str; 5] =
    [attribute::PARTITION, attribute::SORT, attribute::REVISION, attribute::BODY, attribute::FORM];

/// A content as an item holds it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Content {
    body: AttributeValue,
    form: AttributeValue,
}

impl Content {
    /// `None` if no item can hold it.
    pub(super) fn new(text: &str) -> Option<Self> {
        Some(Self { body: pack(text)?, form: number(form::VERSION) })
    }

    /// The content that an entity's item holds.
    pub(super) fn of(item: &Item) -> Result<Self, ItemError> {
        let part = |attribute| {
            item.get(attribute).cloned().ok_or_else(|| ItemError::new(attribute, "there"))
        };
        Ok(Self { body: part(attribute::BODY)?, form: part(attribute::FORM)? })
    }

    pub(super) fn size(&self) -> usize {
        size(&self.body)
    }
}

/// The item of a live entity.
pub(super) fn entity_item(scope: &Scope, id: &EntityId, head: &Head, content: &Content) -> Item {
    Item::at(&key::entity(scope, id))
        .with_some(attribute::ID, key::whole_id(id).map(text))
        .with(attribute::HASH, text(&head.hash))
        .with(attribute::BODY, content.body.clone())
        .with(attribute::FORM, content.form.clone())
        .with(attribute::REVISION, number(head.revision))
        .with(attribute::FIRST_SEEN, time(head.first_seen))
        .with(attribute::LAST_SEEN, time(head.last_seen))
        .with(attribute::CHANGED, time(head.changed))
        .with(attribute::OBSERVED, time(head.observed))
}

/// What an entity's item says about it, apart from the content.
pub(super) fn head(item: &Item) -> Result<Head, ItemError> {
    Ok(Head {
        hash: item.text(attribute::HASH)?.to_owned(),
        revision: item.number(attribute::REVISION)?,
        first_seen: item.time(attribute::FIRST_SEEN)?,
        last_seen: item.time(attribute::LAST_SEEN)?,
        changed: item.time(attribute::CHANGED)?,
        observed: item.time(attribute::OBSERVED)?,
        deleted: item.some_time(attribute::DELETED)?,
    })
}

/// The id of the entity that an entity's or a change's item is about.
pub(super) fn id(item: &Item) -> Result<EntityId, ItemError> {
    key::id_of(item.text(attribute::SORT)?, item.some_text(attribute::ID))
        .map_err(|_| ItemError::new(attribute::SORT, "the key of an entity"))
}

pub(super) fn scope(item: &Item) -> Result<Scope, ItemError> {
    key::scope_of(item.text(attribute::PARTITION)?)
        .map_err(|_| ItemError::new(attribute::PARTITION, "the key of a scope"))
}

/// Who wrote a change.
#[derive(Clone, Copy, Debug)]
pub(super) enum Because<'a> {
    Run(&'a RunId),
    /// An event, and its stored form.
    Event(&'a CauseEvent, &'a str),
}

/// What is written about a change.
#[derive(Clone, Debug)]
pub(super) struct Log<'a> {
    pub(super) because: Because<'a>,
    pub(super) kind: ChangeKind,
    pub(super) at: Timestamp,
    pub(super) revision: u64,
    /// Hash and content before.
    pub(super) before: Option<(String, Content)>,
    pub(super) after_hash: Option<String>,
}

impl Log<'_> {
    pub(super) fn item(self, scope: &Scope, id: &EntityId) -> Item {
        let (index, run, event) = match self.because {
            Because::Run(run) => {
                (key::index(run, scope, id, self.revision), Some(run.as_str()), None)
            }
            Because::Event(event, form) => {
                (key::event_index(&event.id, scope, id, self.revision), None, Some(form))
            }
        };
        let (before_hash, before) = self.before.unzip();
        let (body, form) = before.map(|content| (content.body, content.form)).unzip();
        Item::at(&key::change(scope, id, self.revision))
            .with_some(attribute::ID, key::whole_id(id).map(text))
            .with(attribute::KIND, text(self.kind.word()))
            .with(attribute::AT, time(self.at))
            .with_some(attribute::RUN, run.map(text))
            .with_some(attribute::EVENT, event.map(text))
            .with_some(attribute::BEFORE_HASH, before_hash.map(text))
            .with_some(attribute::AFTER_HASH, self.after_hash.map(text))
            .with_some(attribute::BEFORE, body)
            .with_some(attribute::BEFORE_FORM, form)
            .with(attribute::INDEX_PARTITION, text(index.partition))
            .with(attribute::INDEX_SORT, text(index.sort))
    }
}

impl Table {
    /// The entity that an item holds.
    pub(super) fn stored(&self, item: &Item) -> Result<Stored, PortError> {
        let wrong = |error| self.corrupt(item, error);
        let id = id(item).map_err(wrong)?;
        let head = head(item).map_err(wrong)?;
        Ok(Stored {
            scope: scope(item).map_err(wrong)?,
            entity: self.content(item, &id, attribute::BODY, attribute::FORM)?,
            hash: head.hash,
            first_seen: head.first_seen,
            last_seen: head.last_seen,
            changed: head.changed,
            observed: head.observed,
            deleted: head.deleted,
        })
    }

    /// The change that an item holds, without the content after it.
    pub(super) fn change(&self, item: &Item) -> Result<Change, PortError> {
        let wrong = |error| self.corrupt(item, error);
        let id = id(item).map_err(wrong)?;
        let before = if item.has(attribute::BEFORE) {
            Some(self.content(item, &id, attribute::BEFORE, attribute::BEFORE_FORM)?)
        } else {
            None
        };
        let hash = |attribute| item.some_text(attribute).map(str::to_owned);
        Ok(Change {
            scope: scope(item).map_err(wrong)?,
            kind: change_kind(item).map_err(wrong)?,
            at: item.time(attribute::AT).map_err(wrong)?,
            cause: cause(item).map_err(wrong)?,
            before_hash: hash(attribute::BEFORE_HASH),
            after_hash: hash(attribute::AFTER_HASH),
            before,
            after: None,
            id,
        })
    }

    fn content(
        &self,
        item: &Item,
        id: &EntityId,
        body: &str,
        form: &str,
    ) -> Result<Entity, PortError> {
        let text = item.content(body).map_err(|error| self.corrupt(item, error))?;
        let version = item.number(form).map_err(|error| self.corrupt(item, error))?;
        form::read(version, id.kind, &text)
            .map_err(|error| unreadable(&self.name, &item.name(), error))
    }
}

fn cause(item: &Item) -> Result<Cause, ItemError> {
    match item.some_text(attribute::EVENT) {
        Some(_) => Ok(Cause::Event(Box::new(event(item)?))),
        None => Ok(Cause::Run(item.parse(attribute::RUN, "a run id")?)),
    }
}

/// The event that a change or a notice names.
pub(super) fn event(item: &Item) -> Result<CauseEvent, ItemError> {
    form::read_cause(item.text(attribute::EVENT)?)
        .map_err(|_| ItemError::new(attribute::EVENT, "an event"))
}

fn change_kind(item: &Item) -> Result<ChangeKind, ItemError> {
    let word = item.text(attribute::KIND)?;
    [ChangeKind::Created, ChangeKind::Changed, ChangeKind::Deleted, ChangeKind::Restored]
        .into_iter()
        .find(|kind| kind.word() == word)
        .ok_or_else(|| ItemError::new(attribute::KIND, "a kind of change"))
}
