//! Log objects that were set aside: one item each.

use std::collections::{BTreeMap, BTreeSet};

use super::super::DynamoStore;
use super::super::calls::{Find, at_once};
use super::super::error::invalid;
use super::super::expression::{Edit, all, any};
use super::super::item::{Item, ItemError, key_attributes, text, time};
use crate::port::{Answer, AsideObject, PortError};
use crate::store::key::{Key, attribute, usage as keys};

pub(super) async fn set(store: &DynamoStore, aside: &AsideObject) -> Result<(), PortError> {
    let (at, reason) = (time(aside.at), text(&aside.reason));
    let mut edit = Edit::of(keys::aside(&aside.object))
        .set(attribute::AT, at.clone())
        .set(attribute::REASON, reason.clone());
    if let Some(object) = keys::whole_object(&aside.object) {
        edit = edit.set(attribute::OBJECT, text(object));
    }
    let edit = edit.only_if(|terms| {
        let same_time = all(&[
            terms.equal(attribute::AT, at.clone()),
            terms.compare(attribute::REASON, "<", reason),
        ]);
        any(&[
            terms.absent(attribute::PARTITION),
            terms.compare(attribute::AT, "<", at),
            format!("({same_time})"),
        ])
    });
    // A refusal means that a later finding is there, or this one.
    store.table.edit(&edit).await.map(drop)
}

pub(super) async fn clear(store: &DynamoStore, object: &str) -> Result<bool, PortError> {
    store.table.delete(&keys::aside(object)).await
}

/// Deletes those that are there. One request looks for all objects of a folder: to delete what is not there costs as
/// much as to write it.
pub(super) async fn clear_all(store: &DynamoStore, objects: &[&str]) -> Result<u64, PortError> {
    let mut folders: BTreeMap<&str, BTreeSet<Key>> = BTreeMap::new();
    for object in objects {
        let folder = object.rfind('/').and_then(|end| object.get(..=end)).unwrap_or_default();
        folders.entry(folder).or_default().insert(keys::aside(object));
    }
    let folders = folders.iter().map(|(folder, keys)| clear_folder(store, folder, keys));
    Ok(at_once(folders.collect()).await?.into_iter().sum())
}

async fn clear_folder(
    store: &DynamoStore,
    folder: &str,
    wanted: &BTreeSet<Key>,
) -> Result<u64, PortError> {
    let prefix = keys::aside_prefix(folder);
    let question =
        || Find::beginning(keys::ASIDE, &prefix).only(&[attribute::PARTITION, attribute::SORT]);
    let mut cleared = 0;
    for item in store.table.find_all(question).await? {
        let key = item.key().map_err(|error| store.table.corrupt(&item, error))?;
        if wanted.contains(&key) {
            cleared += u64::from(store.table.delete(&key).await?);
        }
    }
    Ok(cleared)
}

pub(super) async fn objects(
    store: &DynamoStore,
    after: Option<&str>,
    limit: usize,
) -> Result<Answer<AsideObject>, PortError> {
    let limit = limit.max(1);
    let mut from = match after {
        Some(sort) if keys::object_of(sort, None).is_some() => {
            let place = Key { partition: keys::ASIDE.to_owned(), sort: sort.to_owned() };
            Some(key_attributes(&place))
        }
        Some(other) => {
            let why = format!("`{other}` is not a place in the store");
            return Err(invalid(&store.table.name, why));
        }
        None => None,
    };
    let mut items = Vec::new();
    loop {
        let find = Find::beginning(keys::ASIDE, "").limit(limit - items.len());
        let found = store.table.find(find.after(from)).await?;
        for item in &found.items {
            items.push(read(item).map_err(|error| store.table.corrupt(item, error))?);
        }
        if items.len() >= limit {
            let last = found.items.last().and_then(|item| item.some_text(attribute::SORT));
            return Ok(Answer { items, next: last.map(str::to_owned) });
        }
        match found.next {
            Some(next) => from = Some(next),
            None => return Ok(Answer { items, next: None }),
        }
    }
}

fn read(item: &Item) -> Result<AsideObject, ItemError> {
    let object = keys::object_of(item.text(attribute::SORT)?, item.some_text(attribute::OBJECT))
        .ok_or_else(|| ItemError::new(attribute::SORT, "the key of an object"))?;
    Ok(AsideObject {
        object: object.to_owned(),
        reason: item.text(attribute::REASON)?.to_owned(),
        at: item.time(attribute::AT)?,
    })
}

/// How many there are.
pub(super) async fn count(store: &DynamoStore) -> Result<u64, PortError> {
    let question = || Find::beginning(keys::ASIDE, "").only(&[attribute::SORT]);
    Ok(store.table.find_all(question).await?.len() as u64)
}
