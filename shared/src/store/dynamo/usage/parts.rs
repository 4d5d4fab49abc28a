//! Bodies that no item can hold: parts, and the head that names them.
//!
//! Parts are named after the revision and the hash of what they are parts of, so that those of different writers are
//! different items. What the head does not name is garbage: left by a writer that ended early or came second, deleted
//! with the next replacement.

use std::collections::HashMap;

use super::super::DynamoStore;
use super::super::calls::Find;
use super::super::item::{BODY_LIMIT, Item, ItemError, bytes};
use crate::port::PortError;
use crate::store::key::{Key, attribute, usage as keys};

/// How often a body is read again because it was replaced meanwhile.
const READS: u32 = 8;

/// An item and its body, wherever that is.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) item: Item,
    pub(super) body: Vec<u8>,
}

pub(super) fn revision(store: &DynamoStore, item: &Item) -> Result<u64, PortError> {
    item.number(attribute::REVISION).map_err(|error| store.table.corrupt(item, error))
}

/// Writes the parts of a body. Says how many they are.
pub(super) async fn write(
    store: &DynamoStore,
    of: &Key,
    revision: u64,
    hash: &str,
    body: &[u8],
) -> Result<usize, PortError> {
    let parts: Vec<Item> = body
        .chunks(BODY_LIMIT)
        .enumerate()
        .map(|(number, part)| {
            Item::at(&keys::part(of, revision, hash, number)).with(attribute::BODY, bytes(part))
        })
        .collect();
    let count = parts.len();
    store.table.put_all(parts).await?;
    Ok(count)
}

/// An item with its body. If it was replaced while its parts were read, it is what it was replaced by.
pub(super) async fn whole(store: &DynamoStore, mut item: Item) -> Result<Whole, PortError> {
    for _ in 0..READS {
        if !item.has(attribute::PARTS) {
            let body = item.bytes(attribute::BODY);
            let body = body.map_err(|error| store.table.corrupt(&item, error))?.to_vec();
            return Ok(Whole { item, body });
        }
        let keys = parts_of(&item).map_err(|error| store.table.corrupt(&item, error))?;
        if let Some(body) = joined(store, &keys).await? {
            return Ok(Whole { item, body });
        }
        let key = item.key().map_err(|error| store.table.corrupt(&item, error))?;
        let missing = || ItemError::new(attribute::PARTS, "the number of its parts");
        match store.table.get(&key).await? {
            Some(now) if revision(store, &now)? != revision(store, &item)? => item = now,
            _ => return Err(store.table.corrupt(&item, missing())),
        }
    }
    Err(store.table.unfinished("reading usage"))
}

fn parts_of(item: &Item) -> Result<Vec<Key>, ItemError> {
    let (key, hash) = (item.key()?, item.text(attribute::HASH)?);
    let (revision, parts) = (item.number(attribute::REVISION)?, item.number(attribute::PARTS)?);
    Ok((0..parts).map(|number| keys::part(&key, revision, hash, number)).collect())
}

/// The bodies of parts, one after the other; `None` if one is gone.
async fn joined(store: &DynamoStore, keys: &[Key]) -> Result<Option<Vec<u8>>, PortError> {
    let mut found: HashMap<Key, Item> = HashMap::with_capacity(keys.len());
    for item in store.table.get_all(keys, None).await? {
        found.insert(item.key().map_err(|error| store.table.corrupt(&item, error))?, item);
    }
    let mut body = Vec::new();
    for key in keys {
        let Some(item) = found.get(key) else { return Ok(None) };
        let part = item.bytes(attribute::BODY);
        body.extend_from_slice(part.map_err(|error| store.table.corrupt(item, error))?);
    }
    Ok(Some(body))
}

/// Deletes the parts that cannot be read any more, now that the head is at this revision and has this hash: a head
/// never goes back, so that nobody can name them again.
pub(super) async fn clean(
    store: &DynamoStore,
    of: &Key,
    revision: u64,
    hash: &str,
) -> Result<(), PortError> {
    let prefix = keys::part_prefix(of);
    let question =
        || Find::beginning(&of.partition, &prefix).only(&[attribute::PARTITION, attribute::SORT]);
    let mut garbage = Vec::new();
    for item in store.table.find_all(question).await? {
        let key = item.key().map_err(|error| store.table.corrupt(&item, error))?;
        let part = keys::part_of(of, &key.sort);
        if part.is_some_and(|part| part.0 <= revision && part != (revision, hash)) {
            garbage.push(key);
        }
    }
    store.table.delete_all(&garbage).await
}
