//! What readers ask: entities and changes, a page at a time.

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::types::AttributeValue;

use super::DynamoStore;
use super::calls::{Find, at_once};
use super::error::{busy, invalid};
use super::item::{Item, ItemError, key_attributes};
use super::look;
use crate::model::{Change, Entity, EntityId, Kind, RunId, Scope, Stored};
use crate::port::{Answer, PortError, Query};
use crate::store::key::{self, Key, SHARDS, attribute};

/// How often an entity's history is read again because it became longer meanwhile.
const READS: u32 = 4;

pub(super) async fn entity(
    store: &DynamoStore,
    scope: &Scope,
    id: &EntityId,
) -> Result<Option<Stored>, PortError> {
    match store.table.get(&key::entity(scope, id)).await? {
        Some(item) => Ok(looked_at(store, vec![store.table.stored(&item)?]).await?.pop()),
        None => Ok(None),
    }
}

/// The entities as the last looks at their whole scopes leave them.
async fn looked_at(store: &DynamoStore, entities: Vec<Stored>) -> Result<Vec<Stored>, PortError> {
    let live = entities.iter().filter(|stored| stored.deleted.is_none());
    let looks = look::of(store, live.map(|stored| &stored.scope)).await?;
    let fold = |stored: Stored| {
        let look = looks.get(&stored.scope).copied();
        stored.looked_at(look)
    };
    Ok(entities.into_iter().map(fold).collect())
}

pub(super) async fn entities(
    store: &DynamoStore,
    query: &Query,
    after: Option<&str>,
    limit: usize,
) -> Result<Answer<Stored>, PortError> {
    let Answer { items, next } = walk(store, query, after, limit).await?;
    Ok(Answer { items: looked_at(store, items).await?, next })
}

/// Walks the list of scopes and the kinds in them, from the place where the page before ended.
async fn walk(
    store: &DynamoStore,
    query: &Query,
    after: Option<&str>,
    limit: usize,
) -> Result<Answer<Stored>, PortError> {
    let limit = limit.max(1);
    let mut after = match after {
        Some(text) => Some(key::from_cursor(text).ok_or_else(|| foreign(store, text))?),
        None => None,
    };
    let mut items = Vec::new();
    for (scope, kind) in places(store, query, after.as_ref()).await? {
        let partition = key::scope_partition(&scope);
        let prefix = query.beginning.as_ref().map_or_else(
            || key::entity_prefix(Some(kind)),
            |text| key::entity_beginning(kind, text),
        );
        // Only the first place goes on in its middle.
        let within = |key: &Key| key.partition == partition && key.sort.starts_with(&prefix);
        let mut from = after.take().filter(within).as_ref().map(key_attributes);
        loop {
            // The limit counts deleted ones, too: the whole of it, even if little is wanted any more.
            let mut find = Find::beginning(&partition, &prefix).limit(limit);
            if !query.with_deleted {
                find = find.without(attribute::DELETED);
            }
            let found = store.table.find(find.after(from)).await?;
            let wanted = limit - items.len();
            for item in found.items.iter().take(wanted) {
                items.push(store.table.stored(item)?);
            }
            if items.len() >= limit {
                let last = wanted.checked_sub(1).and_then(|last| found.items.get(last));
                let next = last.and_then(|item| item.key().ok());
                return Ok(Answer { items, next: next.as_ref().map(key::cursor) });
            }
            match found.next {
                Some(next) => from = Some(next),
                None => break,
            }
        }
    }
    Ok(Answer { items, next: None })
}

fn foreign(store: &DynamoStore, place: &str) -> PortError {
    invalid(&store.table.name, format!("`{place}` is not a place in the store"))
}

/// The kinds in the scopes that a query is about, in the order of keys, not before a place.
async fn places(
    store: &DynamoStore,
    query: &Query,
    from: Option<&Key>,
) -> Result<Vec<(Scope, Kind)>, PortError> {
    let question = || match (&query.scope, from) {
        (Some(scope), _) => Find::beginning(key::SCOPES, &key::kinds_prefix(scope)),
        (None, Some(from)) => Find::starting(key::SCOPES, &key::place_of(from)),
        (None, None) => Find::beginning(key::SCOPES, ""),
    };
    let mut places = Vec::new();
    for item in store.table.find_all(question).await? {
        let place = place(&item).map_err(|error| store.table.corrupt(&item, error))?;
        let sort = item.some_text(attribute::SORT).unwrap_or_default();
        let before = from.is_some_and(|from| sort < key::place_of(from).as_str());
        if !before && query.kind.is_none_or(|kind| kind == place.1) {
            places.push(place);
        }
    }
    Ok(places)
}

fn place(item: &Item) -> Result<(Scope, Kind), ItemError> {
    key::scope_and_kind(item.text(attribute::SORT)?)
        .map_err(|_| ItemError::new(attribute::SORT, "a kind of a scope"))
}

pub(super) async fn history(
    store: &DynamoStore,
    scope: &Scope,
    id: &EntityId,
) -> Result<Vec<Change>, PortError> {
    let (partition, prefix) = (key::scope_partition(scope), key::change_prefix(id));
    for _ in 0..READS {
        let now = entity(store, scope, id).await?;
        let items = store.table.find_all(|| Find::beginning(&partition, &prefix)).await?;
        let mut changes: Vec<Change> =
            items.iter().map(|item| store.table.change(item)).collect::<Result<_, _>>()?;
        // Not if the entity changed between the two reads.
        if complete(&mut changes, now.map(|stored| (stored.hash, stored.entity))) {
            changes.sort_by_key(|change| change.at);
            return Ok(changes);
        }
    }
    Err(busy(&store.table.name, format!("{id} changes faster than it can be read")))
}

/// Gives each change the content after it: that before the next change, or the entity's now.
fn complete(changes: &mut [Change], now: Option<(String, Entity)>) -> bool {
    let mut after = now;
    for change in changes.iter_mut().rev() {
        if let Some(wanted) = &change.after_hash {
            match &after {
                Some((hash, entity)) if hash == wanted => change.after = Some(entity.clone()),
                _ => return false,
            }
        }
        after = change.before_hash.clone().zip(change.before.clone());
    }
    true
}

pub(super) async fn changes(
    store: &DynamoStore,
    run: &RunId,
    after: Option<&str>,
    limit: usize,
) -> Result<Answer<Change>, PortError> {
    let limit = limit.max(1);
    let shards = (0..SHARDS).map(|shard| in_shard(store, run, shard, after, limit));
    let shards: Vec<Vec<Item>> = at_once(shards.collect()).await?;
    // Each shard answered its first `limit` changes, so the first `limit` of all are among them.
    let mut entries: Vec<Item> = shards.into_iter().flatten().collect();
    entries.sort_by(|a, b| place_in_index(a).cmp(place_in_index(b)));
    let more = entries.len() >= limit;
    entries.truncate(limit);
    let next = entries.last().filter(|_| more).map(|last| place_in_index(last).to_owned());
    Ok(Answer { items: of_entries(store, &entries).await?, next })
}

fn place_in_index(entry: &Item) -> &str {
    entry.some_text(attribute::INDEX_SORT).unwrap_or_default()
}

/// The changes that an event led to.
pub(super) async fn changes_of_event(
    store: &DynamoStore,
    event: &str,
) -> Result<Vec<Change>, PortError> {
    let partition = key::event_partition(event);
    let mut entries: Vec<Item> = Vec::new();
    let mut from: Option<HashMap<String, AttributeValue>> = None;
    loop {
        let found = store.table.find(Find::in_index(&partition, None).after(from)).await?;
        entries.extend(found.items);
        match found.next {
            Some(next) => from = Some(next),
            None => return of_entries(store, &entries).await,
        }
    }
}

async fn in_shard(
    store: &DynamoStore,
    run: &RunId,
    shard: u8,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Item>, PortError> {
    let partition = key::index_partition(run, shard);
    let mut entries: Vec<Item> = Vec::new();
    let mut from: Option<HashMap<String, AttributeValue>> = None;
    while entries.len() < limit {
        let find = Find::in_index(&partition, after).limit(limit - entries.len());
        let found = store.table.find(find.after(from)).await?;
        entries.extend(found.items);
        match found.next {
            Some(next) => from = Some(next),
            None => break,
        }
    }
    Ok(entries)
}

/// The changes behind entries of the index, in the same order.
async fn of_entries(store: &DynamoStore, entries: &[Item]) -> Result<Vec<Change>, PortError> {
    let mut keys: Vec<Key> = Vec::with_capacity(entries.len());
    for entry in entries {
        keys.push(entry.key().map_err(|error| store.table.corrupt(entry, error))?);
    }
    let mut found: HashMap<Key, Change> = HashMap::with_capacity(keys.len());
    for item in store.table.get_all(&keys, None).await? {
        let key = item.key().map_err(|error| store.table.corrupt(&item, error))?;
        found.insert(key, store.table.change(&item)?);
    }
    let mut changes: Vec<Change> = keys.iter().filter_map(|key| found.remove(key)).collect();
    let entities: HashSet<Key> = changes
        .iter()
        .filter(|change| change.after_hash.is_some())
        .map(|change| key::entity(&change.scope, &change.id))
        .collect();
    let entities: Vec<Key> = entities.into_iter().collect();
    let mut contents = befores(&changes);
    for item in store.table.get_all(&entities, None).await? {
        let key = item.key().map_err(|error| store.table.corrupt(&item, error))?;
        let stored = store.table.stored(&item)?;
        contents.insert((key, stored.hash), stored.entity);
    }
    for change in &mut changes {
        let Some(hash) = &change.after_hash else { continue };
        let place = (key::entity(&change.scope, &change.id), hash.clone());
        change.after = match contents.get(&place) {
            Some(entity) => Some(entity.clone()),
            // It has changed again since: its history holds what it was.
            None => after_in_history(store, change, hash).await?,
        };
    }
    Ok(changes)
}

/// What entities were before changes, by hash: often what another change of the same run made.
fn befores(changes: &[Change]) -> HashMap<(Key, String), Entity> {
    let before = |change: &Change| {
        let (hash, entity) = change.before_hash.clone().zip(change.before.clone())?;
        Some(((key::entity(&change.scope, &change.id), hash), entity))
    };
    changes.iter().filter_map(before).collect()
}

async fn after_in_history(
    store: &DynamoStore,
    change: &Change,
    hash: &str,
) -> Result<Option<Entity>, PortError> {
    let history = history(store, &change.scope, &change.id).await?;
    let same = history.into_iter().find(|other| other.after_hash.as_deref() == Some(hash));
    Ok(same.and_then(|change| change.after))
}
