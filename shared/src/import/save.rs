//! A plan → one run in the store: pages, coverage, and what is gone since.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use sha2::{Digest as _, Sha256};

use super::parse::Content;
use super::plan::{self, Part, Plan};
use super::refusal::{Problem, Refusal};
use crate::aws::error::one_line;
use crate::collect::Options;
use crate::collect::iam_authorization::{CAPABILITY, Details};
use crate::collect::iam_credentials::{Told, report};
use crate::collect::organization::ORGANIZATION;
use crate::collect::pipeline::{self, IMPORT};
use crate::model::{
    Capability, Counters, Coverage, Entity, Run, RunId, RunState, Scope, SetAside, Status,
    Timestamp, Unit,
};
use crate::port::{Claim, Clock, Lease, Opened, Page, PortError, Saved, Sighting, Store};

/// How many entities are saved at once.
const PAGE: usize = 500;

/// Who holds the units of an import.
const WORKER: &str = "accesstrail-import";

/// How long a unit is held: far longer than saving an account takes.
const LEASE: SignedDuration = SignedDuration::from_hours(1);

/// How many earlier runs are looked through for one to continue.
const RECENT: usize = 10;

/// How many runs may begin in one second.
const RUNS_IN_A_SECOND: u32 = 100;

/// How many things set aside are named one by one; the rest is counted.
const NAMED_SET_ASIDE: usize = 50;

const NEXT_MADE: &str = "have the answers made again, all of them at one time";

/// Why an import failed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file changed after it was checked, or does not fit the others of its account. That account is as it was.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error("what was read could not be saved")]
    Store(#[from] PortError),
}

/// A unit whose files are older than what is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// The unit.
    pub unit: Unit,
    /// The moment that its files are about.
    pub as_of: Timestamp,
    /// The moment that the store's answer is about.
    pub known: Timestamp,
}

/// What an import came to.
#[derive(Debug)]
pub struct Imported {
    /// The run; `None` where nothing was newer than what is known.
    pub run: Option<Run>,
    /// The coverage of each scope that was imported, in the order of the scopes.
    pub coverage: Vec<Coverage>,
    /// What was left as it is.
    pub passed: Vec<Passed>,
}

/// What the files of a unit come to.
struct Answer {
    sightings: Vec<Sighting>,
    coverage: Vec<Coverage>,
}

/// Saves what a plan holds, account by account, each as a whole or not at all. An import that was interrupted
/// goes on; what was imported before changes nothing.
///
/// # Errors
///
/// As [`ImportError`]. Accounts that were saved before stay saved.
pub async fn save(
    store: &dyn Store,
    clock: &dyn Clock,
    plan: &Plan,
) -> Result<Imported, ImportError> {
    let (units, passed) = newer(store, plan).await?;
    if units.is_empty() {
        return Ok(Imported { run: None, coverage: Vec::new(), passed });
    }
    let id = open(store, clock, plan, &units).await?;
    for unit in &units {
        let now = clock.now();
        let until = now.checked_add(LEASE).unwrap_or(now);
        let lease = Lease { owner: WORKER.to_owned(), now, until };
        if let Claim::Granted { .. } = store.claim_unit(&id, unit, &lease).await? {
            one(store, clock, &id, unit, plan).await?;
        }
    }
    pipeline::close(store, clock, &id, WORKER).await?;
    let coverage = store.run_coverage(&id).await?;
    Ok(Imported { run: store.run(&id).await?, coverage, passed })
}

/// The units whose files say something newer than the store; the others.
async fn newer(store: &dyn Store, plan: &Plan) -> Result<(Vec<Unit>, Vec<Passed>), PortError> {
    let mut known: BTreeMap<Unit, Timestamp> = BTreeMap::new();
    for coverage in store.latest_coverage().await? {
        // Who was refused knows nothing that a file could be older than.
        if matches!(coverage.status, Status::Complete | Status::Partial { .. }) && coverage.seen > 0
        {
            let latest = known.entry(coverage.scope.unit()).or_insert(coverage.seen_at());
            *latest = (*latest).max(coverage.seen_at());
        }
    }
    let (mut units, mut passed) = (Vec::new(), Vec::new());
    for unit in plan.units.keys() {
        match (plan.as_of(unit), known.get(unit)) {
            (Some(as_of), Some(known)) if as_of < *known => {
                passed.push(Passed { unit: unit.clone(), as_of, known: *known });
            }
            _ => units.push(unit.clone()),
        }
    }
    Ok((units, passed))
}

/// Opens the run, or finds the interrupted one that does the same.
async fn open(
    store: &dyn Store,
    clock: &dyn Clock,
    plan: &Plan,
    units: &[Unit],
) -> Result<RunId, PortError> {
    let options = Options { reach: fingerprint(plan, units), ..Options::default() };
    let runs = store.runs(RECENT).await?;
    let interrupted = runs
        .into_iter()
        .find(|run| run.state != RunState::Closed && pipeline::is_same_work(run, &options));
    if let Some(run) = &interrupted
        && run.state == RunState::Open
    {
        return Ok(run.id.clone());
    }
    let now = clock.now();
    let mut run = Run {
        id: interrupted.map_or_else(|| RunId::new(now, ""), |run| run.id),
        trigger: IMPORT.to_owned(),
        options: pipeline::write_options(&options),
        state: RunState::Planning,
        started: now,
        finished: None,
        planned: 0,
        ended: 0,
        counters: Counters::new(),
    };
    for number in 1..RUNS_IN_A_SECOND {
        match store.open_run(&run, units).await? {
            // Somebody else's run, which began in the same second.
            Opened::Exists(other)
                if other.options != run.options || other.state == RunState::Closed =>
            {
                run.id = RunId::new(now, &number.to_string());
            }
            Opened::New | Opened::Exists(_) => break,
        }
    }
    Ok(run.id)
}

/// What is imported, in a word: equal files at equal places are equal work.
fn fingerprint(plan: &Plan, units: &[Unit]) -> String {
    let mut hash = Sha256::new();
    for (unit, parts) in &plan.units {
        if units.contains(unit) {
            for part in parts {
                hash.update(format!(
                    "{unit} {} {} {}\n",
                    part.path.display(),
                    part.bytes,
                    part.as_of
                ));
            }
        }
    }
    let hash = hash.finalize();
    format!("import {hash:x}")
}

/// Imports one unit: everything is in memory and fits before the first page is saved.
async fn one(
    store: &dyn Store,
    clock: &dyn Clock,
    run: &RunId,
    unit: &Unit,
    plan: &Plan,
) -> Result<(), ImportError> {
    let told = match tell(run, unit, plan, clock.now()) {
        Ok(told) => told,
        Err(refusal) => {
            store.release_unit(run, unit, WORKER).await?;
            return Err(refusal.into());
        }
    };
    let (mut saved, mut number) = (Saved::default(), 0);
    let mut sightings = told.sightings.into_iter().peekable();
    while sightings.peek().is_some() {
        let page = Page {
            run: run.clone(),
            unit: unit.clone(),
            number,
            sightings: sightings.by_ref().take(PAGE).collect(),
            cursor: None,
        };
        saved += store.save_page(&page).await?;
        number += 1;
    }
    let counters = pipeline::count_saved(&saved);
    store.end_unit(run, unit, &told.coverage, &counters).await?;
    Ok(())
}

/// What the files of a unit say.
fn tell(run: &RunId, unit: &Unit, plan: &Plan, at: Timestamp) -> Result<Answer, Refusal> {
    let parts = plan.units.get(unit).map_or(&[][..], Vec::as_slice);
    let as_of = plan.as_of(unit).unwrap_or(at);
    let mut told =
        Builder { unit, run, at, as_of, parts, sightings: Vec::new(), coverage: Vec::new() };
    let mut documents = Vec::new();
    for part in parts {
        let (document, ..) = plan::read(&part.path)?;
        if document.account != unit.account || document.lists != part.lists {
            let reason = "it was changed while it was read";
            return Err(Problem::new(reason, NEXT_MADE).of(&part.path));
        }
        documents.push((part, document.content));
    }
    told.all(documents)?;
    Ok(Answer { sightings: told.sightings, coverage: told.coverage })
}

/// Puts the sightings and the coverage of a unit together.
struct Builder<'a> {
    unit: &'a Unit,
    run: &'a RunId,
    at: Timestamp,
    as_of: Timestamp,
    parts: &'a [Part],
    sightings: Vec<Sighting>,
    coverage: Vec<Coverage>,
}

impl Builder<'_> {
    fn all(&mut self, documents: Vec<(&Part, Content)>) -> Result<(), Refusal> {
        let (mut pages, mut chart) = (Vec::new(), super::organization::Chart::default());
        for (part, content) in documents {
            match content {
                Content::Details { details, lists_aws } => pages.push((part, details, lists_aws)),
                Content::Report { csv, root, .. } => self.report(part, &csv, &root)?,
                Content::Chart(other) => chart
                    .merge(other)
                    .map_err(|reason| Problem::new(reason, NEXT_MADE).of(&part.path))?,
            }
        }
        if !pages.is_empty() {
            self.details(pages)?;
        }
        let cut_off = plan::cut_off(self.parts);
        for (capability, entities, missing) in chart.told() {
            // What the organization is does not come in pages.
            let cut_off = cut_off.clone().filter(|_| capability != ORGANIZATION);
            self.told(capability, entities, missing.or(cut_off), Vec::new());
        }
        Ok(())
    }

    fn details(&mut self, pages: Vec<(&Part, Details, bool)>) -> Result<(), Refusal> {
        let (mut entities, mut shared) = (BTreeMap::new(), BTreeMap::new());
        let (mut problems, mut has_aws) = (Vec::new(), false);
        for (part, details, lists_aws) in pages {
            let refused = |reason| Problem::new(reason, NEXT_MADE).of(&part.path);
            for entity in details.entities {
                merge(&mut entities, entity).map_err(refused)?;
            }
            for entity in details.shared {
                merge(&mut shared, entity).map_err(refused)?;
            }
            problems.extend(details.problems);
            has_aws |= lists_aws;
        }
        let roles = entities.values().filter(|it| matches!(it, Entity::Role(_))).count();
        let missing = plan::missing(self.parts, roles, has_aws);
        for policy in shared.into_values() {
            self.sightings.push(Sighting {
                scope: Scope::aws_managed(),
                entity: policy,
                observed: self.as_of,
            });
        }
        self.told(CAPABILITY, entities.into_values().collect(), missing, problems);
        Ok(())
    }

    fn report(&mut self, part: &Part, csv: &[u8], root: &crate::model::Arn) -> Result<(), Refusal> {
        let report = report::read(csv, root)
            .map_err(|reason| Problem::new(reason, NEXT_MADE).of(&part.path))?;
        let told = Told::of(report, &self.unit.account, part.as_of);
        let mut entities: BTreeMap<Capability, Vec<Entity>> = BTreeMap::new();
        for (capability, entity) in told.entities {
            entities.entry(capability).or_default().push(entity);
        }
        let mut asides: BTreeMap<Capability, Vec<SetAside>> = BTreeMap::new();
        for (capability, aside) in told.set_aside {
            asides.entry(capability).or_default().push(aside);
        }
        for capability in told.capabilities.into_iter().chain([Told::REPORT]) {
            let entities = entities.remove(capability).unwrap_or_default();
            self.told(capability, entities, None, asides.remove(capability).unwrap_or_default());
        }
        for (capability, column) in told.lacks {
            let missing = format!("the credential report has no column `{column}`");
            self.told(capability, Vec::new(), Some(missing), Vec::new());
        }
        Ok(())
    }

    /// What one capability sees, and how completely.
    fn told(
        &mut self,
        capability: Capability,
        entities: Vec<Entity>,
        missing: Option<String>,
        mut set_aside: Vec<SetAside>,
    ) {
        let scope = self.unit.scope(capability);
        let count = set_aside.len();
        let unread =
            (count > 0).then(|| format!("{count} set aside because they could not be read"));
        let status = match missing.or(unread) {
            Some(reason) => Status::Partial { action: String::new(), reason: one_line(reason) },
            None => Status::Complete,
        };
        set_aside.truncate(NAMED_SET_ASIDE);
        for aside in &mut set_aside {
            aside.what = one_line(&aside.what);
            aside.reason = one_line(&aside.reason);
        }
        self.coverage.push(Coverage {
            scope: scope.clone(),
            run: self.run.clone(),
            status,
            at: self.at,
            as_of: Some(self.as_of),
            seen: entities.len() as u64,
            set_aside,
            note: Some(self.note()),
        });
        let observed = self.as_of;
        let sighting = |entity| Sighting { scope: scope.clone(), entity, observed };
        self.sightings.extend(entities.into_iter().map(sighting));
    }

    /// Where it comes from, by the names of the files.
    fn note(&self) -> String {
        let names: Vec<String> = self
            .parts
            .iter()
            .map(|part| part.path.file_name().unwrap_or_default().to_string_lossy().into_owned())
            .collect();
        one_line(format!("imported from {}", names.join(", ")))
    }
}

/// Adds an entity to those of other files, by its id: what is in two of them must be the same in both.
fn merge(into: &mut BTreeMap<String, Entity>, entity: Entity) -> Result<(), String> {
    let id = entity.id().to_string();
    match into.get(&id) {
        Some(known) if *known != entity => Err(format!(
            "{id} is in another file with other content: they were made at different times"
        )),
        Some(_) => Ok(()),
        None => {
            into.insert(id, entity);
            Ok(())
        }
    }
}

#[cfg(feature = "testing")]
#[cfg(test)]
mod tests;
