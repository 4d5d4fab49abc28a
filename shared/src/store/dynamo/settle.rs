//! Settling a scope: what a complete listing did not contain is gone, in the store as in AWS.

use std::collections::HashSet;

use super::DynamoStore;
use super::calls::{Find, TRIES, at_once, pause};
use super::decide::{Head, vanished};
use super::entity::{self, Because, Content, HEAD, Log};
use super::expression::{Edit, all};
use super::item::{Item, ItemError, number, text, time};
use super::look;
use super::marks::{self, Mark};
use super::pages::{contents, same_revision};
use super::runs::{self, Facts};
use super::transaction::{Action, BYTE_LIMIT, Condition, ITEM_LIMIT, Outcome};
use crate::model::{ChangeKind, Coverage, EntityId, Look, RunId, RunState, Scope, Timestamp};
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
    let known = read_heads(store, &items)?;
    let look = coverage.look(run.started);
    if !coverage.status.may_tombstone() {
        let mut open = known;
        open.retain(|known| is_older(&known.head, look));
        let seen = seen(store, facts, id, coverage, &open).await?;
        open.retain(|known| seen.contains(&marks::mark(&known.id)));
        refresh(store, look, &open).await?;
        return Ok(before);
    }
    let earlier = look::of(store, [&coverage.scope]).await?.remove(&coverage.scope);
    if earlier.is_some_and(|earlier| earlier.from > look.from) {
        // A later look was settled: the scope is left to that.
        return Ok(before);
    }
    let mut gone = known;
    gone.retain(|known| vanished(&known.head, look));
    let seen = seen(store, facts, id, coverage, &gone).await?;
    gone.retain(|known| !seen.contains(&marks::mark(&known.id)));
    let unseen = Unseen {
        run: id,
        scope: &coverage.scope,
        look,
        // Settling again finds its own look, which did not see them.
        there: earlier.filter(|earlier| earlier.from < look.from).map(|earlier| earlier.seen),
    };
    let buried = bury(store, unseen, gone).await?;
    look::keep(store, &coverage.scope, look.after(earlier)).await?;
    Ok(before + buried)
}

/// What the run saw of a scope, where it matters to anything: in a first run, where everything is new, it
/// does not.
async fn seen(
    store: &DynamoStore,
    facts: Facts,
    run: &RunId,
    coverage: &Coverage,
    about: &[Known],
) -> Result<HashSet<Mark>, PortError> {
    if about.is_empty() {
        return Ok(HashSet::new());
    }
    marks::read(store, facts, run, &coverage.scope).await
}

/// Whether it was last seen before this look.
fn is_older(head: &Head, look: Look) -> bool {
    head.deleted.is_none() && (head.last_seen < look.seen || head.observed < look.from)
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

/// What did not show which entities.
#[derive(Clone, Copy, Debug)]
struct Unseen<'a> {
    run: &'a RunId,
    scope: &'a Scope,
    look: Look,
    /// When the look before this one found them there.
    there: Option<Timestamp>,
}

/// Tombstones entities, unless somebody has seen them meanwhile.
async fn bury(store: &DynamoStore, unseen: Unseen<'_>, gone: Vec<Known>) -> Result<u64, PortError> {
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
            buried += items.iter().filter(|item| missed_by(item, unseen.run)).count() as u64;
            left = read_heads(store, &items)?;
            left.retain(|known| vanished(&known.head, unseen.look));
        }
        let mut again = Vec::new();
        for some in left.chunks(CONTENTS) {
            let (batches, moved) = plan(store, unseen, some, attempt).await?;
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
    unseen: Unseen<'_>,
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
            batches.push((Vec::new(), vec![still_open(unseen.run)]));
        }
        bytes += size;
        if let Some((batch, actions)) = batches.last_mut() {
            actions.extend(tombstone(unseen, known, content));
            batch.push(known.clone());
        }
    }
    Ok((batches, again))
}

fn still_open(run: &RunId) -> Action {
    Action::Check(key::run(run), Condition::new(runs::is_open))
}

fn tombstone(unseen: Unseen<'_>, known: &Known, content: Content) -> [Action; 2] {
    let Known { id, key, head } = known;
    let (revision, at) = (head.revision + 1, unseen.look.seen);
    let last_seen = unseen.there.map_or(head.last_seen, |there| there.max(head.last_seen));
    let edit = Edit::of(key.clone())
        .set(attribute::DELETED, time(at))
        .set(attribute::LAST_SEEN, time(last_seen))
        .set(attribute::MISSED_BY, text(unseen.run.as_str()))
        .set(attribute::REVISION, number(revision))
        .only_if(|terms| same_revision(terms, head));
    let log = Log {
        because: Because::Run(unseen.run),
        kind: ChangeKind::Deleted,
        at,
        revision,
        before: Some((head.hash.clone(), content)),
        after_hash: None,
    };
    [Action::Edit(edit), Action::Put(log.item(unseen.scope, id), None)]
}

/// Notes of those that a listing contained which was not complete that they were seen.
async fn refresh(store: &DynamoStore, look: Look, seen: &[Known]) -> Result<(), PortError> {
    let edit = |known: &Known| {
        let Head { last_seen, observed, .. } = known.head;
        Edit::of(known.key.clone())
            .set(attribute::LAST_SEEN, time(last_seen.max(look.seen)))
            .set(attribute::OBSERVED, time(observed.max(look.from)))
            // Whoever wrote it meanwhile has seen it.
            .only_if(|terms| {
                let absent = terms.absent(attribute::DELETED);
                all(&[absent, same_revision(terms, &known.head)])
            })
    };
    let edits: Vec<Edit> = seen.iter().map(edit).collect();
    at_once(edits.iter().map(|edit| store.table.edit(edit)).collect()).await.map(drop)
}
