//! `accesstrail collect`: the inventory of an organization or of single accounts.

mod filters;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use accesstrail_shared::aws::error::chain;
use accesstrail_shared::aws::session::Sessions;
use accesstrail_shared::collect::pipeline::{
    self, Inventory, MemoryQueue, PlanRequest, Reach, WorkError, Worker,
};
use accesstrail_shared::collect::{Options, Stop, Trees, registry};
use accesstrail_shared::model::coverage::AccountCoverage;
use accesstrail_shared::model::{AccountId, Region, Run, RunId, RunState, Snapshot, Unit};
use accesstrail_shared::port::{Clock, Queue, Store, SystemClock};
use accesstrail_shared::report::{Summary, json};
use accesstrail_shared::store::load;
use clap::Args;
use serde_json::json;

use super::access::{AccessArgs, reach};
use super::trees::{self, TreeArgs};
use super::{changes, gaps};
use crate::args::Common;
use crate::config::{Key, Settings};
use crate::error::Failure;
use crate::progress::Progress;
use crate::screen::Screen;
use crate::{Outcome, interrupt, store};

use filters::FilterArgs;
pub(crate) use filters::Filters;

/// The name under which the command line claims units. One process writes to a store at a time, so a
/// unit that a killed one held can be taken again at once.
const WORKER: &str = "accesstrail-command";

/// How long a unit may be held at most: its holder is this process, and nobody else takes over from it.
const A_YEAR: Duration = Duration::from_hours(24 * 365);

/// How many earlier runs are looked through for one to continue.
const RECENT: usize = 10;

/// Take the inventory with the credentials of your shell: of their own account alone, unless --org or
/// --account say otherwise. Reads only. Ctrl-C stops it in good order (exit code 130), and an interrupted
/// run goes on when the same command is typed again.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  accesstrail collect\n  accesstrail collect --org --role accesstrail-read --external-id 7f3c9a1e5b2d4860"
)]
pub(crate) struct Collect {
    #[command(flatten)]
    access: AccessArgs,

    #[command(flatten)]
    trees: TreeArgs,

    #[command(flatten)]
    filters: FilterArgs,
}

/// What a run is asked to do.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) reach: Reach,
    pub(crate) organization_account: Option<AccountId>,
    pub(crate) identity_center_regions: Vec<Region>,
    /// Where regional services are looked into; every enabled region if empty.
    pub(crate) regions: BTreeSet<Region>,
    /// What is left out.
    pub(crate) skip: BTreeSet<String>,
    pub(crate) full_credentials: bool,
    /// The trees of data that are looked at.
    pub(crate) trees: Trees,
    /// What of the organization and of IAM is left out.
    pub(crate) filters: Filters,
    pub(crate) at_once: usize,
    /// What the run says that it was started by.
    pub(crate) trigger: &'static str,
}

pub(crate) async fn run(
    common: &Common,
    args: Collect,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let org = args.access.is_org()?;
    registry::check_skip(&args.access.skip)?;
    let mut settings = Settings::load(common)?;
    args.access.tell(&mut settings);
    args.filters.tell(&mut settings);
    args.trees.tell(&mut settings);
    let trees = trees::of(&settings)?;
    let path = store::path(common);
    store::check(&path)?;
    let reach = reach(org, &settings);
    let sessions = args.access.connect(&reach).await?;
    // Only now is there anything to write: who cannot sign in leaves no empty store behind.
    let writing = store::open_to_write(&path)?;
    let asked = Asked {
        filters: Filters::of(&settings, &reach),
        reach,
        organization_account: args.access.organization_account,
        identity_center_regions: settings.all(Key::IdentityCenterRegion),
        regions: settings.all(Key::RegionsInclude),
        skip: settings.all(Key::Skip),
        full_credentials: settings.one(Key::Credentials) == "full",
        trees,
        at_once: settings.one(Key::Concurrency).parse().unwrap_or(1),
        trigger: "command",
    };
    let taken = take(sessions, &writing.store, &asked, screen).await?;
    if screen.is_json() {
        screen.document("collect", body(&taken, &path.display().to_string()))?;
    } else {
        show(&taken, screen)?;
        screen.field("store", &path.display().to_string())?;
        screen.field("next", "accesstrail status | list role | show NAME | diff")?;
    }
    Ok(taken.outcome())
}

/// A run that was driven to its end.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) run: Option<Run>,
    /// What this run looked at, not all that the store holds.
    pub(crate) snapshot: Snapshot,
    pub(crate) accounts: BTreeMap<AccountId, AccountCoverage>,
    pub(crate) notes: Vec<String>,
}

impl Taken {
    fn summary(&self) -> Summary {
        Summary::of(&self.snapshot, &self.accounts)
    }

    /// How the command ends.
    fn outcome(&self) -> Outcome {
        let gaps = self.summary().has_gaps();
        if gaps || !is_closed(self.run.as_ref()) { Outcome::Gaps } else { Outcome::Done }
    }
}

/// Takes an inventory: plans a run, or goes on with the interrupted one that does the same work.
pub(crate) async fn take(
    sessions: Sessions,
    store: &Arc<dyn Store>,
    asked: &Asked,
    screen: &mut Screen,
) -> Result<Taken, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let queue = Arc::new(MemoryQueue::default());
    let options = Options {
        full_credentials: asked.full_credentials,
        management_account: None,
        reach: format!(
            "{:?} from {} in {:?}",
            asked.reach,
            sessions.caller().account,
            asked.identity_center_regions.iter().map(Region::as_str).collect::<Vec<_>>()
        ),
        skip: asked.skip.clone(),
        regions: asked.regions.clone(),
        trees: asked.trees.clone(),
        excluded_regions: asked.filters.regions.clone(),
        accounts: asked.filters.accounts.clone(),
        iam: asked.filters.iam.clone(),
    };
    let inventory = Inventory {
        sessions: Arc::new(sessions),
        store: Arc::clone(store),
        queue: Arc::clone(&queue) as Arc<dyn Queue>,
        clock: Arc::clone(&clock),
    };
    let progress = Progress::step(screen.is_quiet());
    progress.say("finding the accounts");
    let interrupted = interrupted(&**store, &options).await?;
    if let Some(run) = &interrupted {
        screen.note(&format!("going on with run {run}, which was interrupted"));
    }
    let request = PlanRequest {
        run: interrupted.unwrap_or_else(|| RunId::new(clock.now(), "")),
        trigger: asked.trigger.to_owned(),
        reach: asked.reach.clone(),
        organization_account: asked.organization_account.clone(),
        identity_center_regions: asked.identity_center_regions.clone(),
        options,
    };
    let plan = interrupt::or(Box::pin(inventory.plan(request))).await?;
    progress.end();
    let ended = drive(&inventory, &queue, &plan, asked.at_once, screen).await;
    // A run whose units had all ended before it was interrupted is closed here.
    inventory.close(&plan.run, WORKER).await?;
    let run = store.run(&plan.run).await?;
    match ended {
        Ended::Worked(failures) => {
            if let Some(first) = failures.first() {
                return Err(Failure::Unended { count: failures.len(), first: first.clone() });
            }
        }
        // Who asks when all is done gets what was done.
        Ended::Interrupted if is_closed(run.as_ref()) => {}
        Ended::Interrupted => return Err(Failure::Interrupted { run: run.map(Box::new) }),
    }
    let snapshot = load::snapshot(&**store).await?.of_run(&plan.run);
    let accounts = registry::accounts(&snapshot);
    Ok(Taken { run, snapshot, accounts, notes: plan.notes })
}

fn is_closed(run: Option<&Run>) -> bool {
    run.is_some_and(|run| run.state == RunState::Closed)
}

/// How the work on the units of a run ended.
enum Ended {
    /// Nothing is left to do but what could not be done: these units, and why.
    Worked(Vec<String>),
    /// Somebody pressed Ctrl-C.
    Interrupted,
}

async fn drive(
    inventory: &Inventory,
    queue: &MemoryQueue,
    plan: &pipeline::Plan,
    at_once: usize,
    screen: &mut Screen,
) -> Ended {
    let now = inventory.clock.now();
    let stop = Stop::default();
    let worker = Worker {
        name: WORKER.to_owned(),
        stop: stop.clone(),
        gone: now.checked_add(A_YEAR).unwrap_or(now),
    };
    let progress = Progress::of_plan(screen.is_quiet(), plan, &queue.units());
    let working = pipeline::drive(inventory, queue, &worker, at_once, &progress);
    tokio::pin!(working);
    let ended = tokio::select! {
        biased;
        failures = &mut working => Ended::Worked(told(failures)),
        () = interrupt::asked() => {
            stop.ask();
            progress.say("stopping after the pages at hand; Ctrl-C again stops at once");
            // What is dropped in the middle is taken up again like after a kill.
            tokio::select! {
                _ = &mut working => {}
                () = interrupt::asked() => {}
            }
            Ended::Interrupted
        }
    };
    progress.end();
    ended
}

fn told(failures: Vec<(Unit, WorkError)>) -> Vec<String> {
    failures.into_iter().map(|(unit, error)| format!("{unit}: {}", chain(&error))).collect()
}

/// The newest run that was begun, not closed, and does the same work.
async fn interrupted(store: &dyn Store, options: &Options) -> Result<Option<RunId>, Failure> {
    let runs = store.runs(RECENT).await?;
    let open = runs
        .into_iter()
        .find(|run| run.state != RunState::Closed && pipeline::is_same_work(run, options));
    Ok(open.map(|run| run.id))
}

/// What was found, for a program.
pub(crate) fn body(taken: &Taken, store: &str) -> serde_json::Value {
    let mut body = json::summary(&taken.summary());
    if let Some(fields) = body.as_object_mut() {
        let run = taken.run.as_ref();
        let changed = run.map_or(0, changes::total);
        fields.insert("changes".to_owned(), json!(changed));
        fields.insert("store".to_owned(), json!(store));
        fields.insert("run".to_owned(), run.map_or(serde_json::Value::Null, json::run));
        fields.insert("gaps".to_owned(), gaps::documents(&taken.snapshot));
        fields.insert("notes".to_owned(), json!(taken.notes));
    }
    body
}

/// What was found, for a person.
pub(crate) fn show(taken: &Taken, screen: &mut Screen) -> Result<(), Failure> {
    let summary = taken.summary();
    for note in &taken.notes {
        screen.note(note);
    }
    super::status::accounts(&summary, screen)?;
    super::status::kinds(&summary, screen)?;
    if let Some(run) = &taken.run {
        changes::show(run, screen)?;
        let calls: u64 = run
            .counters
            .iter()
            .filter(|(name, _)| name.starts_with("api.") && name.contains(':'))
            .map(|(_, count)| count)
            .sum();
        let seconds = run.finished.map(|end| end.duration_since(run.started).as_secs_f64());
        let time = seconds
            .map_or_else(|| "not closed yet".to_owned(), |seconds| format!("{seconds:.1} s"));
        screen.field("run", &format!("{}  {calls} calls  {time}", run.id))?;
    }
    gaps::show(&taken.snapshot, screen)
}
