//! Settling a scope: what a complete listing did not contain is gone, in the store as in AWS.

use super::DynamoStore;
use super::calls::{Find, TRIES, at_once, pause};
use super::decide::{Head, vanished};
use super::entity::{self, Content, HEAD, Log};
use super::expression::{Edit, all};
use super::item::{Item, ItemError, number, text, time};
use super::marks;
use super::pages::{contents, same_revision};
use super::runs;
use super::transaction::{Action, BYTE_LIMIT, Condition, ITEM_LIMIT, Outcome};
use crate::model::{ChangeKind, Coverage, EntityId, Run, RunId, RunState, Scope};
use crate::port::PortError;
use crate::store::key::{self, Key, attribute};

/// Tombstones in one transaction: each an entity and its change, beside the look at the run.
const PAIRS: usize = (ITEM_LIMIT - 1) / 2;

/// Contents that are in memory at once: those of a whole scope may be large.
const CONTENTS: usize = 200;

/// How many tombstones the run has set in the scope, this time or before: a worker that settles again
/// after a crash counts the same.
pub(super) async fn scope(
    store: &DynamoStore,
    id: &RunId,
    coverage: &Coverage,
) -> Result<u64, PortError> {
    // Many accounts see a part of this scope each, and no listing of it is complete.
    if coverage.scope == Scope::aws_managed() {
        return Ok(0);
    }
    let run = runs::known(store, id).await?;
    let (partition, prefix) = (key::scope_partition(&coverage.scope), key::entity_prefix(None));
    let items = store.table.find_all(|| Find::beginning(&partition, &prefix).only(&HEAD)).await?;
    let before = items.iter().filter(|item| missed_by(item, id)).count() as u64;
    // A closed run has been settled, and its marks may be gone.
    let (RunState::Open, Some(facts)) = (run.state, runs::facts(store, id).await?) else {
        return Ok(before);
    };
    let tombstone = coverage.status.may_tombstone();
    let mut open = read_heads(store, &items)?;
    open.retain(|known| {
        if tombstone { vanished(&known.head, run.started) } else { older(known, coverage) }
    });
    // As in a first run, where everything is new: then it does not matter what was seen.
    if open.is_empty() {
        return Ok(before);
    }
    let seen = marks::read(store, facts, id, &coverage.scope).await?;
    open.retain(|known| seen.contains(&marks::mark(&known.id)) != tombstone);
    if tombstone {
        Ok(before + bury(store, &run, coverage, open).await?)
    } else {
        refresh(store, coverage, &open).await?;
        Ok(before)
    }
}

/// Whether it was last seen before this look.
fn older(known: &Known, coverage: &Coverage) -> bool {
    known.head.deleted.is_none() && known.head.last_seen < coverage.at
}

fn missed_by(item: &Item, run: &RunId) -> bool {
    item.some_text(attribute::MISSED_BY) == Some(run.as_str())
}

/// An entity without its content.
#[derive(Clone, Debug)]
struct Known {
    id: EntityId,
    key: Key,
    head: Head,
}

fn read_heads(store: &DynamoStore, items: &[Item]) -> Result<Vec<Known>, PortError> {
    let read = |item: &Item| -> Result<Known, ItemError> {
        Ok(Known { id: entity::id(item)?, key: item.key()?, head: entity::head(item)? })
    };
    items.iter().map(|item| read(item).map_err(|error| store.table.corrupt(item, error))).collect()
}

/// Tombstones entities, unless somebody has seen them meanwhile.
async fn bury(
    store: &DynamoStore,
    run: &Run,
    coverage: &Coverage,
    gone: Vec<Known>,
) -> Result<u64, PortError> {
    let mut buried = 0;
    let mut left = gone;
    for attempt in 0..TRIES {
        if left.is_empty() {
            return Ok(buried);
        }
        if attempt > 0 {
            pause(attempt).await;
            let keys: Vec<Key> = left.iter().map(|known| known.key.clone()).collect();
            let items = store.table.get_all(&keys, Some(&HEAD)).await?;
            // Another worker that settles the scope may have been faster.
            buried += items.iter().filter(|item| missed_by(item, &run.id)).count() as u64;
            left = read_heads(store, &items)?;
            left.retain(|known| vanished(&known.head, run.started));
        }
        let mut again = Vec::new();
        for some in left.chunks(CONTENTS) {
            let (batches, moved) = plan(store, run, coverage, some, attempt).await?;
            again.extend(moved);
            for (batch, actions) in batches {
                match store.table.transact(actions).await? {
                    Outcome::Done => buried += batch.len() as u64,
                    // The first action looks whether the run is still open.
                    Outcome::Refused(refused) if refused.first() == Some(&true) => {
                        return Ok(buried);
                    }
                    Outcome::Refused(_) => again.extend(batch),
                }
            }
        }
        left = again;
    }
    if left.is_empty() { Ok(buried) } else { Err(store.table.unfinished("settling a scope")) }
}

type Batch = (Vec<Known>, Vec<Action>);

/// Transactions of tombstones with their changes; and what changed while its content was read.
async fn plan(
    store: &DynamoStore,
    run: &Run,
    coverage: &Coverage,
    gone: &[Known],
    attempt: u32,
) -> Result<(Vec<Batch>, Vec<Known>), PortError> {
    let most = (PAIRS >> (2 * attempt).min(16)).max(1);
    let (mut batches, mut again): (Vec<Batch>, Vec<Known>) = (Vec::new(), Vec::new());
    let keys: Vec<Key> = gone.iter().map(|known| known.key.clone()).collect();
    let mut contents = contents(store, &keys).await?;
    let mut bytes = BYTE_LIMIT;
    for known in gone {
        let content = match contents.remove(&known.key) {
            Some((revision, content)) if revision == known.head.revision => content,
            _ => {
                again.push(known.clone());
                continue;
            }
        };
        let size = content.size();
        let fits = batches.last().is_some_and(|(batch, _)| batch.len() < most);
        if !fits || bytes + size > BYTE_LIMIT {
            bytes = 0;
            batches.push((Vec::new(), vec![still_open(&run.id)]));
        }
        bytes += size;
        if let Some((batch, actions)) = batches.last_mut() {
            actions.extend(tombstone(run, coverage, known, content));
            batch.push(known.clone());
        }
    }
    Ok((batches, again))
}

fn still_open(run: &RunId) -> Action {
    Action::Check(key::run(run), Condition::new(runs::is_open))
}

fn tombstone(run: &Run, coverage: &Coverage, known: &Known, content: Content) -> [Action; 2] {
    let Known { id, key, head } = known;
    let revision = head.revision + 1;
    let edit = Edit::of(key.clone())
        .set(attribute::DELETED, time(coverage.at))
        .set(attribute::MISSED_BY, text(run.id.as_str()))
        .set(attribute::REVISION, number(revision))
        .only_if(|terms| same_revision(terms, head));
    let log = Log {
        run: &run.id,
        kind: ChangeKind::Deleted,
        at: coverage.at,
        revision,
        before: Some((head.hash.clone(), content)),
        after_hash: None,
    };
    [Action::Edit(edit), Action::Put(log.item(&coverage.scope, id), None)]
}

/// Notes when those were last seen that a listing contained which was not complete.
async fn refresh(
    store: &DynamoStore,
    coverage: &Coverage,
    seen: &[Known],
) -> Result<(), PortError> {
    let at = time(coverage.at);
    let edit = |known: &Known| {
        Edit::of(known.key.clone()).set(attribute::LAST_SEEN, at.clone()).only_if(|terms| {
            let earlier = terms.compare(attribute::LAST_SEEN, "<", at.clone());
            all(&[terms.absent(attribute::DELETED), earlier])
        })
    };
    let edits: Vec<Edit> = seen.iter().map(edit).collect();
    at_once(edits.iter().map(|edit| store.table.edit(edit)).collect()).await.map(drop)
}
