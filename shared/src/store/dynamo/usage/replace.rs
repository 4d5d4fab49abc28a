//! What is replaced only by what was made of the same objects and more.

use super::super::DynamoStore;
use super::super::calls::{TRIES, pause};
use super::super::item::{BODY_LIMIT, Item, bytes, number, text};
use super::super::transaction::{Action, Condition, Outcome};
use super::parts::{self, Whole};
use super::periods::{self, Period};
use crate::port::{PortError, SavedCell};
use crate::store::key::usage::Sums;
use crate::store::key::{Key, attribute, usage as keys};
use crate::usage::object::ObjectSet;

/// What is to be stored.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) key: Key,
    pub(super) period: Period,
    /// What stands beside the body.
    pub(super) facts: Item,
    pub(super) body: Vec<u8>,
    /// The hash of all that can differ: facts and body.
    pub(super) hash: String,
    pub(super) sums: Sums,
    pub(super) objects: &'a ObjectSet,
    /// What the stored one was made of.
    pub(super) read_objects: fn(&DynamoStore, &Whole) -> Result<ObjectSet, PortError>,
}

impl Draft<'_> {
    /// The item at a revision, but for its body.
    fn head(&self, revision: u64) -> Item {
        let mut head = self.facts.clone();
        head.0.extend(Item::at(&self.key).0);
        head.with(attribute::HASH, text(&self.hash))
            .with(attribute::REVISION, number(revision))
            .with(attribute::INDEX_PARTITION, text(keys::index_partition(&self.period.account)))
            .with(attribute::INDEX_SORT, text(self.sums.sort()))
    }

    /// Whether a stored item is the same. Bytes that are in it are compared, so that damage is found.
    fn is(&self, stored: &Item) -> bool {
        let is_body = || stored.bytes(attribute::BODY).is_ok_and(|body| body == self.body);
        stored.some_text(attribute::HASH) == Some(&self.hash)
            && (stored.has(attribute::PARTS) || is_body())
    }
}

/// Compares, and writes if nobody else has written meanwhile.
pub(super) async fn replace(store: &DynamoStore, draft: Draft<'_>) -> Result<SavedCell, PortError> {
    for attempt in 0..TRIES {
        if attempt > 0 {
            pause(attempt).await;
        }
        let before = match store.table.get(&draft.key).await? {
            Some(item) if draft.is(&item) => return Ok(SavedCell::Unchanged),
            Some(item) => Some(parts::whole(store, item).await?),
            None => None,
        };
        let mut revision = 1;
        if let Some(before) = &before {
            if !draft.objects.contains_all(&(draft.read_objects)(store, before)?) {
                return Ok(SavedCell::Conflict);
            }
            revision += parts::revision(store, &before.item)?;
        }
        if write(store, &draft, before.is_none(), revision).await? {
            store.table.meter.bodies(1);
            let had_parts = before.is_some_and(|before| before.item.has(attribute::PARTS));
            if had_parts || draft.body.len() > BODY_LIMIT {
                parts::clean(store, &draft.key, revision, &draft.hash).await?;
            }
            return Ok(SavedCell::Written);
        }
    }
    Err(store.table.unfinished("saving usage"))
}

/// Writes the item at a revision if there is none, or the one before. Says whether it did.
async fn write(
    store: &DynamoStore,
    draft: &Draft<'_>,
    is_first: bool,
    revision: u64,
) -> Result<bool, PortError> {
    let head = draft.head(revision);
    let head = if draft.body.len() <= BODY_LIMIT {
        head.with(attribute::BODY, bytes(draft.body.clone()))
    } else {
        // Nobody reads them before the head names them.
        let parts = parts::write(store, &draft.key, revision, &draft.hash, &draft.body).await?;
        head.with(attribute::PARTS, number(parts))
    };
    let condition = Condition::new(|terms| {
        if is_first {
            terms.absent(attribute::PARTITION)
        } else {
            terms.equal(attribute::REVISION, number(revision - 1))
        }
    });
    // Where something is stored, its period is.
    if !is_first || periods::is_known(store, &draft.period).await? {
        return store.table.put(head, condition).await;
    }
    let actions = vec![Action::Put(head, Some(condition)), Action::Edit(draft.period.edit())];
    match store.table.transact(actions).await? {
        Outcome::Done => {
            periods::remember(store, &draft.period);
            Ok(true)
        }
        Outcome::Refused(_) => Ok(false),
    }
}
