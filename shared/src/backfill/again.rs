//! Cells that objects turned out to belong to which listing near them does not find: each is made anew, from all of its
//! objects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::fetch::{Passed, fetch};
use super::listed::Listed;
use super::plan::Plan;
use super::report::{Progress, Tally};
use super::run::{ATTEMPTS, Backfill, BackfillError};
use super::unit::Pass;
use crate::port::{PortError, SavedCell};
use crate::usage::day::Day;
use crate::usage::hour::Hour;
use crate::usage::object::{ObjectId, ObjectSet};

/// How many cells are folded at once, and of how many bytes of objects as they are stored: an event takes about 300 of
/// them, and some 30 in memory until its cell is folded. Tests have fewer, but for those that are optimized.
const CELLS: usize = 48;
const MOST_BYTES: u64 = if cfg!(all(test, debug_assertions)) { 60_000 } else { 128 << 20 };

/// Cells and, for each, keys of objects that are not near it.
pub(super) type Late = BTreeMap<(String, i64), BTreeSet<String>>;

/// Cells that stay as they are, and what they are made of.
pub(super) type Kept = BTreeMap<(String, i64), ObjectSet>;

/// The cells of one account.
type Hours = BTreeMap<i64, BTreeSet<String>>;

impl Backfill {
    /// Makes cells anew. Those that cannot be, because objects that they were made of are not there, are kept.
    pub(super) async fn again(
        &self,
        plan: &Plan,
        late: Late,
        progress: &Arc<Progress>,
    ) -> Result<(Tally, Kept), BackfillError> {
        let mut accounts: BTreeMap<String, Hours> = BTreeMap::new();
        for ((account, hour), keys) in late {
            accounts.entry(account).or_default().insert(hour, keys);
        }
        let (mut tally, mut kept) = (Tally::default(), Kept::new());
        for (account, hours) in accounts {
            let beside = plan.beside(&*self.logs, &account).await?;
            let plan = beside.as_ref().unwrap_or(plan);
            let mut waiting = vec![hours];
            while let Some(mut hours) = waiting.pop() {
                if let Some(next) = hours.keys().nth(CELLS).copied() {
                    waiting.push(hours.split_off(&next));
                }
                let (made, mut rest) =
                    self.cells(plan, &account, hours, &mut kept, progress).await?;
                tally += made;
                if let Some(half) = rest.keys().nth(rest.len() / 2).copied() {
                    waiting.extend([rest.split_off(&half), rest]);
                }
            }
        }
        tally.kept = kept.len() as u64;
        Ok((tally, kept))
    }

    /// Makes some cells of an account anew, and those again that another worker changed meanwhile. Those that are too much
    /// at once are given back.
    async fn cells(
        &self,
        plan: &Plan,
        account: &str,
        mut hours: Hours,
        kept: &mut Kept,
        progress: &Arc<Progress>,
    ) -> Result<(Tally, Hours), BackfillError> {
        let mut tally = Tally::default();
        let mut before = None;
        for _ in 0..ATTEMPTS {
            let stored = self.add_stored(account, &mut hours).await?;
            if before.as_ref() == Some(&stored) {
                // Nobody changed them meanwhile: to try once more leads nowhere.
                break;
            }
            let objects = self.of_cells(plan, account, &hours, progress).await?;
            let bytes: u64 = objects.iter().map(|listed| listed.object.size).sum();
            if bytes > MOST_BYTES && hours.len() > 1 {
                return Ok((tally, hours));
            }
            let wanted: BTreeSet<i64> = hours.keys().copied().collect();
            let (cells, events) = self.fold(account, &wanted, &objects, progress).await?;
            let mut conflicts = BTreeSet::new();
            for cell in cells {
                let cell = match stored.get(&cell.hour()) {
                    Some(stored) => with_repaired(cell, stored, &objects),
                    None => cell,
                };
                match self.store.save_hour(&cell).await? {
                    SavedCell::Written => tally.written += 1,
                    SavedCell::Unchanged => tally.unchanged += 1,
                    SavedCell::Conflict => {
                        conflicts.insert(cell.hour());
                    }
                }
            }
            tally += events;
            hours.retain(|hour, _| conflicts.contains(hour));
            if hours.is_empty() {
                return Ok((tally, hours));
            }
            let mut stored = stored;
            stored.retain(|hour, _| conflicts.contains(hour));
            before = Some(stored);
        }
        let mut stored = before.unwrap_or_default();
        kept.extend(
            hours
                .into_keys()
                .map(|hour| ((account.to_owned(), hour), stored.remove(&hour).unwrap_or_default())),
        );
        Ok((tally, Hours::new()))
    }

    /// What the stored cells are made of; the late objects among it are added to the cells'.
    async fn add_stored(
        &self,
        account: &str,
        hours: &mut Hours,
    ) -> Result<BTreeMap<i64, ObjectSet>, PortError> {
        let (Some(first), Some(last)) = (hours.keys().next(), hours.keys().next_back()) else {
            return Ok(BTreeMap::new());
        };
        let stored = self.store.objects(account, *first, last.saturating_add(1)).await?;
        let stored: BTreeMap<i64, ObjectSet> =
            stored.into_iter().filter(|(hour, _)| hours.contains_key(hour)).collect();
        for (hour, keys) in hours {
            keys.extend(stored.get(hour).into_iter().flat_map(ObjectSet::far).cloned());
        }
        Ok(stored)
    }

    /// All objects that the cells are made of.
    async fn of_cells(
        &self,
        plan: &Plan,
        account: &str,
        hours: &Hours,
        progress: &Progress,
    ) -> Result<Arc<[Listed]>, PortError> {
        let left_out = plan.left_out(&*self.logs, account).await?;
        let mut objects = BTreeSet::new();
        let days: BTreeSet<Day> = hours.keys().map(|hour| Day::of_hour(*hour)).collect();
        for day in days {
            let found = self.objects(plan, account, day, &left_out, progress).await?;
            let is_near =
                |listed: &&Listed| hours.keys().any(|hour| listed.is_near(account, *hour));
            objects.extend(found.iter().filter(is_near).cloned());
        }
        for key in hours.values().flatten() {
            let found = self.logs.find(key).await?;
            objects.extend(found.and_then(Listed::read));
        }
        Ok(objects.into_iter().collect())
    }

    async fn fold(
        &self,
        account: &str,
        hours: &BTreeSet<i64>,
        objects: &Arc<[Listed]>,
        progress: &Arc<Progress>,
    ) -> Result<(Vec<Hour>, Tally), BackfillError> {
        let mut missing = BTreeSet::new();
        loop {
            let pass = Pass::new(account, hours, Arc::clone(objects));
            let wanted = (0..objects.len()).filter(|at| !missing.contains(at)).collect();
            let passed = fetch(&self.logs, pass, wanted, &self.slots, progress).await?;
            let Passed { pass, left } = passed;
            missing.extend(pass.refused.keys().chain(left.keys()).copied());
            if !pass.is_spoilt {
                let tally = Tally::of(pass.events);
                return Ok((pass.finish(&missing), tally));
            }
        }
    }
}

/// The cell, if the only objects that it lacks of what is stored are earlier contents of objects that it is made of: of
/// some of these nothing could be read, and they were written over. These then count as its own.
fn with_repaired(cell: Hour, stored: &ObjectSet, objects: &[Listed]) -> Hour {
    let lacking =
        || stored.ids().iter().map(|id| ObjectId(*id)).filter(|id| !cell.objects().contains(*id));
    let flaws = objects.iter().filter(|listed| stored.contains(listed.flaw()));
    let (mut earlier, mut flawless) = (0, 0);
    for listed in flaws.filter(|listed| cell.objects().contains(listed.id())) {
        earlier += usize::from(!stored.contains(listed.id()));
        flawless += usize::from(!cell.objects().contains(listed.flaw()));
    }
    if earlier + flawless == 0 || lacking().count() != earlier + flawless {
        return cell;
    }
    let both = cell.objects().unite(&ObjectSet::new(lacking(), Vec::new()));
    cell.with_objects(both)
}
