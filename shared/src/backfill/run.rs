//! A backfill: all units of a plan, several at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use futures::{StreamExt as _, TryStreamExt as _};

use super::again::{Kept, Late};
use super::fetch::{Passed, Slots, fetch};
use super::listed::Listed;
use super::plan::{Plan, Unit, Window, path, plan};
use super::report::{Outcome, Progress, Tally, in_words};
use super::unit::{Elsewhere, Pass};
use crate::model::activity::EventTime;
use crate::model::{Counters, RunId};
use crate::port::{AsideObject, Clock, LogRun, Logs, PortError, SavedCell, UsageQuery, UsageStore};
use crate::usage::coverage::{Held, LogDay};
use crate::usage::day::Day;
use crate::usage::object::{NEAR, ObjectSet};

/// Milliseconds and hours of a day.
const DAY: i64 = 86_400_000;
const HOURS: i64 = 24;

/// Milliseconds of an hour.
const HOUR: i64 = 3_600_000;

/// Why something of an object does not count.
const KEPT: &str = "some of it does not count, as there is no more what the hour of";

/// How often something is tried again that another worker changed meanwhile.
pub(super) const ATTEMPTS: usize = 5;

/// How many folders of a unit are listed at once.
const LISTS: usize = 8;

/// How many days of logs are read from the store at once.
const PAGE: usize = 100;

/// Why a backfill ended early. What was stored until then stays, and the next one goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum BackfillError {
    /// The place of the logs, or the store.
    #[error(transparent)]
    Port(#[from] PortError),
    /// There is no folder `AWSLogs` where logs were looked for.
    #[error("there is no folder AWSLogs with logs in {0}")]
    NoLogs(String),
    /// The process is being stopped.
    #[error("the work was stopped")]
    Stopped,
}

/// Reads logs from a place, and keeps their usage.
#[derive(Clone, Debug)]
pub struct Backfill {
    /// Where the logs are.
    pub logs: Arc<dyn Logs>,
    /// Where usage is kept.
    pub store: Arc<dyn UsageStore>,
    clock: Arc<dyn Clock>,
    units: usize,
    pub(super) slots: Slots,
    spent: Arc<Spent>,
}

/// What of the cost of reading and writing was told before: each unit tells what came since.
#[derive(Debug, Default)]
struct Spent(Mutex<Counters>);

impl Spent {
    /// What came since the last time.
    fn since(&self, now: Counters) -> Counters {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *last, now.clone());
        let new = now.into_iter().map(|(name, count)| {
            let known = before.get(&name).copied().unwrap_or_default();
            (name, count.saturating_sub(known))
        });
        new.filter(|(_, count)| *count > 0).collect()
    }
}

impl Backfill {
    /// Reads `units` at once, and of all of these as many objects as there are `slots`.
    pub fn new(
        logs: Arc<dyn Logs>,
        store: Arc<dyn UsageStore>,
        clock: Arc<dyn Clock>,
        units: usize,
        slots: usize,
    ) -> Self {
        let slots = Slots::new(slots);
        Self { logs, store, clock, units, slots, spent: Arc::default() }
    }

    /// Does all units of a window.
    pub async fn run(
        &self,
        window: &Window,
        progress: &Arc<Progress>,
    ) -> Result<Outcome, BackfillError> {
        let plan = plan(&*self.logs, window).await?;
        if plan.is_without_logs() {
            return Err(BackfillError::NoLogs(self.logs.name()));
        }
        progress.planned(plan.units.len());
        let run = self.begin(&plan, "").await?;
        let units = plan.units.iter().map(|unit| async {
            let done = self.unit_of(Some(&run), &plan, unit, progress).await;
            progress.ended();
            done
        });
        let mut tally = Tally::default();
        let mut done = futures::stream::iter(units).buffer_unordered(self.units.max(1));
        while let Some(unit) = done.try_next().await? {
            tally += unit;
        }
        drop(done);
        let mut unlisted = plan.unlisted;
        unlisted.append(&mut progress.unlisted());
        tally.unlisted = unlisted.len() as u64;
        Ok(Outcome {
            tally,
            unlisted,
            units: plan.units.len() as u64,
            cost: self.cost(),
            other_folders: plan.other_folders,
            strays: plan.strays,
        })
    }

    /// Remembers what a plan sets out to read. `suffix` tells those of one second apart.
    pub async fn begin(&self, plan: &Plan, suffix: &str) -> Result<RunId, PortError> {
        let id = RunId::new(self.clock.now(), suffix);
        let units = plan.units.len() as u64;
        self.store.save_log_run(&LogRun { id: id.clone(), logs: self.logs.name(), units }).await?;
        Ok(id)
    }

    fn cost(&self) -> Counters {
        let mut cost = self.logs.cost();
        cost.extend(self.store.usage_cost());
        cost
    }

    /// Does one unit of a run, if it is of one, and remembers there what it came to.
    pub async fn unit_of(
        &self,
        run: Option<&RunId>,
        plan: &Plan,
        unit: &Unit,
        progress: &Arc<Progress>,
    ) -> Result<Tally, BackfillError> {
        let tally = self.unit(plan, unit, progress).await?;
        if let Some(run) = run {
            let mut counters = tally.counters();
            counters.retain(|_, count| *count > 0);
            counters.extend(self.spent.since(self.cost()));
            self.store.end_log_unit(run, &unit.to_string(), &counters).await?;
        }
        Ok(tally)
    }

    /// Does one unit. Doing it again changes nothing.
    pub async fn unit(
        &self,
        plan: &Plan,
        unit: &Unit,
        progress: &Arc<Progress>,
    ) -> Result<Tally, BackfillError> {
        let objects = self.objects(plan, &unit.account, unit.day, &[], progress).await?;
        if objects.is_empty() {
            return Ok(Tally::default());
        }
        let known = Known::read(&*self.store, unit).await?;
        let work = Work::new(unit, &objects, &known);
        let (passed, refused) = self.pass(unit, &objects, &work, progress).await?;
        let Passed { mut pass, mut left } = passed;
        let mut tally = Tally::of(pass.events);
        let (mut held, flawed) = (std::mem::take(&mut pass.held), pass.flawed.clone());
        let mut again = work.late(unit, &objects, std::mem::take(&mut pass.elsewhere));
        let missing: BTreeSet<usize> = refused.keys().chain(left.keys()).copied().collect();
        for hour in pass.finish(&missing) {
            match self.store.save_hour(&hour).await? {
                SavedCell::Written => tally.written += 1,
                SavedCell::Unchanged => tally.unchanged += 1,
                SavedCell::Conflict => {
                    // Another unit found an object of the hour that is not near it. The pass may have found others.
                    let late = again.entry((unit.account.clone(), hour.hour())).or_default();
                    late.extend(hour.objects().far().iter().cloned());
                }
            }
        }
        let (made, kept) = self.again(plan, again.clone(), progress).await?;
        tally += made;
        left.append(&mut not_counted(unit, &objects, &again, &kept));
        held.retain(|at, _| !left.contains_key(at));
        self.save_log_days(unit, &objects, &held, known.days).await?;
        self.note(&objects, &work, [&refused, &flawed, &left]).await?;
        tally += work.tally(&refused, &left);
        let own = |at: &usize| work.own.contains(at);
        let unreadable = held.iter().filter(|(at, _)| own(at)).map(|(_, held)| held.unreadable);
        tally.unreadable_records = unreadable.sum();
        Ok(tally)
    }

    /// One pass over the unit's objects; another one without those that turned out to be unusable too late.
    async fn pass(
        &self,
        unit: &Unit,
        objects: &Arc<[Listed]>,
        work: &Work,
        progress: &Arc<Progress>,
    ) -> Result<(Passed, BTreeMap<usize, String>), BackfillError> {
        let (mut refused, mut left) = (BTreeMap::new(), BTreeMap::new());
        loop {
            let pass = Pass::new(&unit.account, &work.stale, Arc::clone(objects)).streaming();
            let is_out = |at: &usize| refused.contains_key(at) || left.contains_key(at);
            let wanted = work.wanted.iter().copied().filter(|at| !is_out(at)).collect();
            let mut passed = fetch(&self.logs, pass, wanted, &self.slots, progress).await?;
            refused.append(&mut passed.pass.refused);
            left.append(&mut passed.left);
            if !passed.pass.is_spoilt {
                passed.left = left;
                return Ok((passed, refused));
            }
        }
    }

    /// The log objects that hold a day's events if nothing is late: those delivered in it, and shortly after; in the
    /// planned folders, and those of `more` regions.
    pub(super) async fn objects(
        &self,
        plan: &Plan,
        account: &str,
        day: Day,
        more: &[String],
        progress: &Progress,
    ) -> Result<Arc<[Listed]>, PortError> {
        let after = Day(day.0.saturating_add(1));
        let end = after.0.saturating_mul(DAY).saturating_add(NEAR);
        let more =
            [day, after].map(|day| more.iter().map(move |region| format!("{region}{}", path(day))));
        let planned = [plan.folders(account, day), plan.folders(account, after)].concat();
        let mut objects = Vec::new();
        let folders = planned.into_iter().chain(more.into_iter().flatten());
        let levels = folders.map(|folder| async {
            let level = self.logs.level(&folder).await;
            (folder, level)
        });
        let mut levels = futures::stream::iter(levels).buffered(LISTS);
        while let Some((folder, level)) = levels.next().await {
            match level {
                Ok(found) => objects.extend(found.objects.into_iter().filter_map(Listed::read)),
                // Nothing is taken for gone: a cell is replaced only by what is made of more.
                Err(error @ PortError::Denied { .. }) => {
                    progress.not_listed(&folder, in_words(&error));
                }
                Err(error) => return Err(error),
            }
        }
        drop(levels);
        objects.retain(|listed| listed.delivered.0 < end);
        objects.sort_unstable();
        Ok(objects.into())
    }

    /// Keeps what the objects of a day held, together with what another worker may have added meanwhile.
    async fn save_log_days(
        &self,
        unit: &Unit,
        objects: &[Listed],
        held: &BTreeMap<usize, Held>,
        mut stored: BTreeMap<String, LogDay>,
    ) -> Result<(), PortError> {
        for _ in 0..ATTEMPTS {
            let mut is_saved = true;
            for day in with(stored, unit, objects, held) {
                is_saved &= self.store.save_log_day(&day).await? != SavedCell::Conflict;
            }
            if is_saved {
                break;
            }
            stored = log_days_by_region(&*self.store, unit).await?;
        }
        // What is still not among them is found to be new by the next run.
        Ok(())
    }

    /// Remembers what cannot be used, and forgets what now can.
    async fn note(
        &self,
        objects: &[Listed],
        work: &Work,
        [refused, flawed, left]: [&BTreeMap<usize, String>; 3],
    ) -> Result<(), PortError> {
        let mut usable: Vec<&str> = Vec::new();
        for (at, listed) in objects.iter().enumerate().filter(|(at, _)| work.own.contains(at)) {
            let reason = refused.get(&at).or(flawed.get(&at)).or(left.get(&at));
            match reason {
                Some(reason) => {
                    let (object, reason) = (listed.object.key.clone(), reason.clone());
                    let aside = AsideObject { object, reason, at: self.clock.now() };
                    self.store.set_aside(&aside).await?;
                }
                None if work.wanted.contains(&at) => usable.push(&listed.object.key),
                None => {}
            }
        }
        self.store.clear_all_set_aside(&usable).await.map(drop)
    }
}

/// The days of logs of an account's day, one for each region.
pub(super) async fn log_days(
    store: &dyn UsageStore,
    account: &str,
    day: Day,
) -> Result<Vec<LogDay>, PortError> {
    let from = day.first_hour();
    let query = UsageQuery { account: Some(account.to_owned()), from, to: from + HOURS };
    let (mut days, mut after) = (Vec::new(), None);
    loop {
        let answer = store.log_days(&query, after.as_deref(), PAGE).await?;
        days.extend(answer.items);
        match answer.next {
            Some(next) => after = Some(next),
            None => return Ok(days),
        }
    }
}

/// What is stored of a unit's day.
#[derive(Debug)]
struct Known {
    cells: BTreeMap<i64, ObjectSet>,
    days: BTreeMap<String, LogDay>,
}

impl Known {
    async fn read(store: &dyn UsageStore, unit: &Unit) -> Result<Self, PortError> {
        let from = unit.day.first_hour();
        let cells = store.objects(&unit.account, from, from + HOURS).await?.into_iter().collect();
        let days = log_days_by_region(store, unit).await?;
        Ok(Self { cells, days })
    }

    fn has(&self, listed: &Listed) -> bool {
        self.days.get(&listed.region).is_some_and(|day| day.objects.contains(listed.id()))
    }
}

async fn log_days_by_region(
    store: &dyn UsageStore,
    unit: &Unit,
) -> Result<BTreeMap<String, LogDay>, PortError> {
    let days = log_days(store, &unit.account, unit.day).await?;
    Ok(days.into_iter().map(|day| (day.region.clone(), day)).collect())
}

/// The days of logs that get more with these objects.
fn with(
    mut days: BTreeMap<String, LogDay>,
    unit: &Unit,
    objects: &[Listed],
    held: &BTreeMap<usize, Held>,
) -> Vec<LogDay> {
    let mut changed = BTreeSet::new();
    for (listed, held) in held.iter().filter_map(|(at, held)| Some((objects.get(*at)?, held))) {
        if listed.day() != unit.day {
            continue;
        }
        let new = || LogDay::new(&unit.account, &listed.region, unit.day);
        let day = days.entry(listed.region.clone()).or_insert_with(new);
        if day.add(listed.id(), listed.delivered, held) {
            changed.insert(listed.region.clone());
        }
    }
    days.into_values().filter(|day| changed.contains(&day.region)).collect()
}

/// The objects of which something does not count, because a cell that it belongs to is kept, and why.
fn not_counted(
    unit: &Unit,
    objects: &[Listed],
    again: &Late,
    kept: &Kept,
) -> BTreeMap<usize, String> {
    let mut out = BTreeMap::new();
    for ((account, hour), set) in kept {
        let late = again.get(&(account.clone(), *hour));
        for (at, listed) in objects.iter().enumerate() {
            let is_of_it = listed.is_near(account, *hour)
                || late.is_some_and(|late| late.contains(&listed.object.key));
            if listed.day() == unit.day && is_of_it && !set.contains(listed.id()) {
                let time = EventTime(hour.saturating_mul(HOUR)).text();
                out.insert(at, format!("{KEPT} {account} from {time} on was made of"));
            }
        }
    }
    out
}

/// What is to be done of a unit.
#[derive(Debug)]
struct Work {
    /// The hours whose cells were not made of all that is there.
    stale: BTreeSet<i64>,
    /// The objects to read, by position.
    wanted: BTreeSet<usize>,
    /// The objects that were delivered on the unit's day: this unit's to report.
    own: BTreeSet<usize>,
    /// Those of `own` that were not read before.
    tried: BTreeSet<usize>,
    /// Cells that are stale and were made of late objects too: those are not among the unit's.
    late: BTreeMap<i64, Vec<String>>,
    cells: BTreeMap<i64, ObjectSet>,
}

impl Work {
    fn new(unit: &Unit, objects: &[Listed], known: &Known) -> Self {
        let first = unit.day.first_hour();
        let mut work = Self {
            stale: BTreeSet::new(),
            wanted: BTreeSet::new(),
            own: BTreeSet::new(),
            tried: BTreeSet::new(),
            late: BTreeMap::new(),
            cells: known.cells.clone(),
        };
        let none = ObjectSet::default();
        for hour in first..first + HOURS {
            let cell = known.cells.get(&hour).unwrap_or(&none);
            let near = objects.iter().enumerate().filter(|(_, it)| it.is_near(&unit.account, hour));
            let near: Vec<(usize, &Listed)> = near.collect();
            if near.iter().all(|(_, listed)| cell.contains(listed.id())) {
                continue;
            }
            if cell.far().is_empty() {
                work.stale.insert(hour);
                work.wanted.extend(near.iter().map(|(at, _)| *at));
            } else {
                work.late.insert(hour, cell.far().to_vec());
            }
        }
        for (at, listed) in objects.iter().enumerate().filter(|(_, it)| it.day() == unit.day) {
            work.own.insert(at);
            if !known.has(listed) {
                work.tried.insert(at);
                work.wanted.insert(at);
            }
        }
        work
    }

    /// The cells beside the pass's own that its objects have events of, but for those that know it.
    fn late(&self, unit: &Unit, objects: &[Listed], elsewhere: Elsewhere) -> Late {
        let mut late = Late::new();
        for (hour, far) in &self.late {
            late.insert((unit.account.clone(), *hour), far.iter().cloned().collect());
        }
        for ((account, hour), ats) in elsewhere {
            let cell = self.cells.get(&hour).filter(|_| account == unit.account);
            let own = ats.iter().filter(|at| self.own.contains(at));
            let new = own
                .filter_map(|at| objects.get(*at))
                .filter(|listed| !cell.is_some_and(|cell| cell.contains(listed.id())));
            let keys: Vec<String> = new.map(|listed| listed.object.key.clone()).collect();
            if !keys.is_empty() {
                late.entry((account, hour)).or_default().extend(keys);
            }
        }
        late
    }

    fn tally(&self, refused: &BTreeMap<usize, String>, left: &BTreeMap<usize, String>) -> Tally {
        let mut tally = Tally::default();
        for at in &self.own {
            tally.listed += 1;
            *if refused.contains_key(at) {
                &mut tally.set_aside
            } else if left.contains_key(at) {
                &mut tally.left
            } else if self.tried.contains(at) {
                &mut tally.done
            } else {
                &mut tally.duplicates
            } += 1;
        }
        tally
    }
}
