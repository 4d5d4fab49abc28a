//! Saving a page: decide about each sighting, write what is new or different together with its change,
//! then the marks, and last the unit's cursor.

use std::collections::{HashMap, HashSet};

use super::DynamoStore;
use super::calls::{TRIES, Written, at_once, pause};
use super::decide::{Decision, Head, decide};
use super::entity::{self, Because, CONTENT, Content, HEAD, Log};
use super::error::unreadable;
use super::expression::{Edit, Terms, all};
use super::item::{Item, number, time};
use super::transaction::{Action, BYTE_LIMIT, Condition, ITEM_LIMIT, Outcome};
use super::{look, marks, runs, units};
use crate::form;
use crate::model::{ChangeKind, EntityId, Scope};
use crate::port::{Page, PortError, Saved, Sighting};
use crate::store::key::{self, Key, attribute};

/// Entities in one transaction: each with its change.
const PAIRS: usize = ITEM_LIMIT / 2;

pub(super) async fn save(store: &DynamoStore, page: &Page) -> Result<Saved, PortError> {
    let facts = runs::facts(store, &page.run).await?;
    let saved = save_because(store, Because::Run(&page.run), &page.sightings).await?;
    // A page of a run that never opened is still true; it is nobody's mark.
    if let Some(facts) = facts {
        marks::write(store, facts, page).await?;
        units::advance(store, facts, page).await?;
    }
    Ok(saved)
}

/// Saves sightings, each with its change.
pub(super) async fn save_because(
    store: &DynamoStore,
    because: Because<'_>,
    sightings: &[Sighting],
) -> Result<Saved, PortError> {
    let mut saved = Saved::default();
    for wave in waves(store, sightings)? {
        saved += save_wave(store, because, wave).await?;
    }
    Ok(saved)
}

/// A sighting on its way into the table.
#[derive(Clone, Debug)]
struct Seen<'a> {
    sighting: &'a Sighting,
    id: EntityId,
    key: Key,
    text: String,
    hash: String,
}

/// Sightings of different entities, wave after wave: what a page says twice about one entity is said
/// one after the other, and a transaction may not name an item twice.
fn waves<'a>(
    store: &DynamoStore,
    sightings: &'a [Sighting],
) -> Result<Vec<Vec<Seen<'a>>>, PortError> {
    let mut waves: Vec<Vec<Seen<'a>>> = Vec::new();
    let mut times: HashMap<Key, usize> = HashMap::new();
    for sighting in sightings {
        let id = sighting.entity.id();
        let text = form::write(&sighting.entity)
            .map_err(|error| unreadable(&store.table.name, &id.to_string(), error))?;
        let key = key::entity(&sighting.scope, &id);
        let before = times.entry(key.clone()).or_default();
        let seen = Seen { sighting, id, key, hash: form::hash(&text), text };
        match waves.get_mut(*before) {
            Some(wave) => wave.push(seen),
            None => waves.push(vec![seen]),
        }
        *before += 1;
    }
    Ok(waves)
}

/// Decides and writes until nobody is in the way any more.
async fn save_wave(
    store: &DynamoStore,
    because: Because<'_>,
    wave: Vec<Seen<'_>>,
) -> Result<Saved, PortError> {
    let mut saved = Saved::default();
    let mut open = wave;
    for attempt in 0..TRIES {
        if attempt > 0 {
            pause(attempt).await;
        }
        let (pairs, again) = plan(store, because, open, &mut saved).await?;
        open = again;
        remember_kinds(store, &pairs).await?;
        // One entity that others write to all the time must not hold up its neighbours for ever.
        let batches = pack(pairs, PAIRS >> (2 * attempt).min(16));
        let writes = batches.into_iter().map(|batch| write(store, batch));
        for (batch, outcome) in at_once(writes.collect()).await? {
            match outcome {
                Outcome::Done => {
                    store.table.meter.bodies(batch.len());
                    for pair in &batch {
                        count(&mut saved, pair.kind);
                    }
                }
                Outcome::Refused(_) => open.extend(batch.into_iter().map(|pair| pair.seen)),
            }
        }
        if open.is_empty() {
            return Ok(saved);
        }
    }
    Err(store.table.unfinished("saving a page"))
}

fn count(saved: &mut Saved, kind: ChangeKind) {
    match kind {
        ChangeKind::Created => saved.created += 1,
        ChangeKind::Restored => saved.restored += 1,
        ChangeKind::Changed | ChangeKind::Deleted => saved.changed += 1,
    }
}

/// An entity and its change, to be written both or not at all.
#[derive(Clone, Debug)]
struct Pair<'a> {
    seen: Seen<'a>,
    kind: ChangeKind,
    size: usize,
    actions: [Action; 2],
}

/// Compares with what is stored. Answers what is to be written, and what changed while it was read.
async fn plan<'a>(
    store: &DynamoStore,
    because: Because<'_>,
    open: Vec<Seen<'a>>,
    saved: &mut Saved,
) -> Result<(Vec<Pair<'a>>, Vec<Seen<'a>>), PortError> {
    let heads = heads(store, &open).await?;
    let (mut wanted, mut again): (Vec<Wanted<'a>>, Vec<Seen<'a>>) = Default::default();
    for seen in open {
        let head = heads.get(&seen.key);
        match decide(head, &seen.hash, seen.sighting.observed) {
            // A run keeps marks of what it saw; of what an event led to, nothing else tells that it was there.
            Decision::Unchanged if matches!(because, Because::Event(..)) => {
                if still_there(store, &seen, head).await? {
                    saved.unchanged += 1;
                } else {
                    again.push(seen);
                }
            }
            Decision::Unchanged => saved.unchanged += 1,
            Decision::Stale => {
                saved.stale += 1;
                if head.is_some_and(|head| head.deleted.is_some()) {
                    saved.buried.insert(seen.id.clone());
                }
            }
            Decision::Write(kind) => match Content::new(&seen.text) {
                Some(content) => wanted.push((seen, kind, content)),
                None => saved.too_large += 1,
            },
        }
    }
    let wanted = since_the_last_look(store, wanted, saved).await?;
    let replaced: Vec<Key> = wanted
        .iter()
        .filter(|(seen, ..)| heads.contains_key(&seen.key))
        .map(|(seen, ..)| seen.key.clone())
        .collect();
    let mut contents = contents(store, &replaced).await?;
    let mut pairs = Vec::with_capacity(wanted.len());
    for (seen, kind, content) in wanted {
        let before = match heads.get(&seen.key) {
            None => None,
            Some(head) => match contents.remove(&seen.key) {
                Some((revision, old)) if revision == head.revision => Some((head, old)),
                _ => {
                    again.push(seen);
                    continue;
                }
            },
        };
        pairs.push(pair(because, seen, kind, &content, before));
    }
    Ok((pairs, again))
}

/// Notes that an entity was seen as it is stored; false if somebody wrote it meanwhile.
async fn still_there(
    store: &DynamoStore,
    seen: &Seen<'_>,
    head: Option<&Head>,
) -> Result<bool, PortError> {
    let observed = seen.sighting.observed;
    let Some(head) = head.filter(|head| head.observed < observed) else { return Ok(true) };
    let edit = Edit::of(seen.key.clone())
        .set(attribute::OBSERVED, time(observed))
        .set(attribute::LAST_SEEN, time(head.last_seen.max(observed)))
        .only_if(|terms| {
            let absent = terms.absent(attribute::DELETED);
            all(&[absent, same_revision(terms, head)])
        });
    Ok(matches!(store.table.edit(&edit).await?, Written::Done(_)))
}

/// What is to be written, if nothing newer is known.
type Wanted<'a> = (Seen<'a>, ChangeKind, Content);

/// Leaves out what is older than the last look at its whole scope.
async fn since_the_last_look<'a>(
    store: &DynamoStore,
    wanted: Vec<Wanted<'a>>,
    saved: &mut Saved,
) -> Result<Vec<Wanted<'a>>, PortError> {
    let looks = look::of(store, wanted.iter().map(|(seen, ..)| &seen.sighting.scope)).await?;
    let (older, newer): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|(seen, ..)| {
        let look = looks.get(&seen.sighting.scope);
        look.is_some_and(|look| look.is_newer_than(seen.sighting.observed))
    });
    saved.stale += older.len() as u64;
    Ok(newer)
}

async fn heads(store: &DynamoStore, open: &[Seen<'_>]) -> Result<HashMap<Key, Head>, PortError> {
    let keys: Vec<Key> = open.iter().map(|seen| seen.key.clone()).collect();
    let mut heads = HashMap::with_capacity(keys.len());
    for item in store.table.get_all(&keys, Some(&HEAD)).await? {
        let wrong = |error| store.table.corrupt(&item, error);
        heads.insert(item.key().map_err(wrong)?, entity::head(&item).map_err(wrong)?);
    }
    Ok(heads)
}

/// The stored contents, with the revision that each belongs to.
pub(super) async fn contents(
    store: &DynamoStore,
    keys: &[Key],
) -> Result<HashMap<Key, (u64, Content)>, PortError> {
    let mut contents = HashMap::with_capacity(keys.len());
    for item in store.table.get_all(keys, Some(&CONTENT)).await? {
        let wrong = |error| store.table.corrupt(&item, error);
        let revision = item.number(attribute::REVISION).map_err(wrong)?;
        let content = Content::of(&item).map_err(wrong)?;
        contents.insert(item.key().map_err(wrong)?, (revision, content));
    }
    Ok(contents)
}

fn pair<'a>(
    because: Because<'_>,
    seen: Seen<'a>,
    kind: ChangeKind,
    content: &Content,
    before: Option<(&Head, Content)>,
) -> Pair<'a> {
    let observed = seen.sighting.observed;
    let old = before.as_ref().map(|(head, _)| *head);
    let head = Head {
        hash: seen.hash.clone(),
        revision: old.map_or(1, |old| old.revision + 1),
        first_seen: old.map_or(observed, |old| old.first_seen),
        last_seen: old.map_or(observed, |old| old.last_seen.max(observed)),
        changed: observed,
        observed,
        deleted: None,
    };
    let condition = match old {
        Some(old) => as_it_was(old),
        None => Condition::new(|terms| terms.absent(attribute::PARTITION)),
    };
    let size = content.size() + before.as_ref().map_or(0, |(_, content)| content.size());
    let log = Log {
        because,
        kind,
        at: observed,
        revision: head.revision,
        before: before.map(|(old, content)| (old.hash.clone(), content)),
        after_hash: Some(seen.hash.clone()),
    };
    let scope = &seen.sighting.scope;
    let actions = [
        Action::Put(entity::entity_item(scope, &seen.id, &head, content), Some(condition)),
        Action::Put(log.item(scope, &seen.id), None),
    ];
    Pair { seen, kind, size, actions }
}

/// That nobody has written the entity since it was read.
fn as_it_was(head: &Head) -> Condition {
    Condition::new(|terms| same_revision(terms, head))
}

/// An entity that is seen again by an incomplete look keeps its revision, and is newer all the same.
pub(super) fn same_revision(terms: &mut Terms, head: &Head) -> String {
    let observed = terms.equal(attribute::OBSERVED, time(head.observed));
    all(&[terms.equal(attribute::REVISION, number(head.revision)), observed])
}

/// Before the first entity of a kind is in a scope, the list of scopes says that there may be one.
async fn remember_kinds(store: &DynamoStore, pairs: &[Pair<'_>]) -> Result<(), PortError> {
    let new: HashSet<Key> = {
        let known = store.kinds();
        pairs
            .iter()
            .filter(|pair| pair.kind == ChangeKind::Created)
            .map(|pair| (&pair.seen.sighting.scope, pair.seen.id.kind))
            .collect::<HashSet<(&Scope, _)>>()
            .into_iter()
            .map(|(scope, kind)| key::kind_of_scope(scope, kind))
            .filter(|key| !known.contains(key))
            .collect()
    };
    if !new.is_empty() {
        store.table.put_all(new.iter().map(Item::at).collect()).await?;
        store.kinds().extend(new);
    }
    Ok(())
}

/// Pairs that fit into one transaction together, at most `most` of them.
fn pack(pairs: Vec<Pair<'_>>, most: usize) -> Vec<Vec<Pair<'_>>> {
    let mut batches: Vec<Vec<Pair<'_>>> = Vec::new();
    let mut bytes = 0;
    for pair in pairs {
        match batches.last_mut() {
            Some(batch) if batch.len() < most.max(1) && bytes + pair.size <= BYTE_LIMIT => {
                bytes += pair.size;
                batch.push(pair);
            }
            _ => {
                bytes = pair.size;
                batches.push(vec![pair]);
            }
        }
    }
    batches
}

async fn write<'a>(
    store: &DynamoStore,
    batch: Vec<Pair<'a>>,
) -> Result<(Vec<Pair<'a>>, Outcome), PortError> {
    let actions = batch.iter().flat_map(|pair| pair.actions.iter().cloned()).collect();
    let outcome = store.table.transact(actions).await?;
    Ok((batch, outcome))
}
