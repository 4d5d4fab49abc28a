//! `accesstrail collect`: the inventory of an organization or of single accounts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use accesstrail_shared::aws::error::chain;
use accesstrail_shared::aws::role::RoleSpec;
use accesstrail_shared::aws::session::{SessionError, SessionOptions, Sessions};
use accesstrail_shared::aws::{Place, configuration};
use accesstrail_shared::collect::pipeline::{
    self, Inventory, MemoryQueue, PlanRequest, Reach, WorkError, Worker,
};
use accesstrail_shared::collect::{Options, Stop, Trees, registry};
use accesstrail_shared::model::coverage::AccountCoverage;
use accesstrail_shared::model::{AccountId, Region, Run, RunId, RunState, Snapshot, Unit};
use accesstrail_shared::port::{Clock, Queue, Store, SystemClock};
use accesstrail_shared::report::{Summary, json};
use accesstrail_shared::settings::{ExternalId, RoleName};
use accesstrail_shared::store::load;
use clap::{Args, ValueEnum};
use serde_json::json;

use super::gaps;
use super::trees::TreeArgs;
use crate::args::Common;
use crate::error::Failure;
use crate::progress::Progress;
use crate::screen::Screen;
use crate::{Outcome, interrupt, store};

/// The name under which the command line claims units. One process writes to a store at a time, so a
/// unit that a killed one held can be taken again at once.
const WORKER: &str = "accesstrail-command";

/// How long a unit may be held at most: its holder is this process, and nobody else takes over from it.
const A_YEAR: Duration = Duration::from_hours(24 * 365);

/// How many earlier runs are looked through for one to continue.
const RECENT: usize = 10;

/// `--org` alone. Without a role every account but one would end as denied, which is no inventory.
const NO_ROLE: &str = "--org looks into every account of the organization, which needs a role in each: \
    add --role NAME (cloudformation/member-account.yaml makes one that is called accesstrail-read), \
    or leave --org out to look into your own account alone";

/// Take the inventory with the credentials of your shell: of their own account alone, unless --org or
/// --account say otherwise. Reads only. Ctrl-C stops it in good order (exit code 130), and an interrupted
/// run goes on when the same command is typed again.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  accesstrail collect\n  accesstrail collect --org --role accesstrail-read --external-id 7f3c9a1e5b2d4860"
)]
pub(crate) struct Collect {
    /// Every account of the organization that these credentials see; needs --role
    #[arg(long, conflicts_with = "account")]
    org: bool,

    /// Only this account; may be given several times
    #[arg(long, value_name = "ID")]
    account: Vec<AccountId>,

    /// The role to assume in other accounts than your own
    #[arg(long, value_name = "NAME")]
    role: Option<RoleName>,

    /// The external id that the role's trust policy wants
    // Read by us: the parser would repeat what it refuses.
    #[arg(long, value_name = "ID", requires = "role")]
    external_id: Option<String>,

    /// The account that sees the organization, where that is not your own
    #[arg(long, value_name = "ID")]
    organization_account: Option<AccountId>,

    /// Where to look for Identity Center [default: your region]
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    identity_center_region: Vec<Region>,

    /// Look for resources in these regions only [default: every region that the account has enabled]
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    regions: Vec<Region>,

    /// Leave out a collector, or a whole tier as `tier-3`; may be given several times
    #[arg(long, value_name = "COLLECTOR", value_delimiter = ',')]
    skip: Vec<String>,

    /// Which credentials of IAM users to list: `full` adds SSH keys, signing certificates and
    /// service-specific credentials, three more calls per user
    #[arg(long, value_enum, default_value_t = Credentials::Standard)]
    credentials: Credentials,

    #[command(flatten)]
    trees: TreeArgs,

    /// How many units of work are done at the same time
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=64))]
    concurrency: u8,

    /// A named profile of your AWS configuration
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// Where AWS is, instead of at AWS
    #[arg(long, value_name = "URL", env = "ACCESSTRAIL_TARGET_ENDPOINT", hide_env_values = true, value_parser = endpoint)]
    endpoint_url: Option<String>,
}

/// An endpoint as far as it can be checked before it is used.
pub(crate) fn endpoint(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    match host {
        Some(host) if !host.is_empty() && !text.contains(char::is_whitespace) => {
            Ok(text.to_owned())
        }
        _ => {
            Err("an endpoint is an address, for example https://sts.eu-west-1.amazonaws.com"
                .to_owned())
        }
    }
}

/// Which credentials are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Credentials {
    /// Passwords, MFA and access keys.
    Standard,
    /// Every kind.
    Full,
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
    pub(crate) at_once: usize,
    /// What the run says that it was started by.
    pub(crate) trigger: &'static str,
}

pub(crate) async fn run(
    common: &Common,
    args: Collect,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    if args.org && args.role.is_none() {
        return Err(Failure::Usage(NO_ROLE.to_owned()));
    }
    registry::check_skip(&args.skip)?;
    let path = store::path(common);
    store::check(&path)?;
    let place = Place {
        region: None,
        endpoint: args.endpoint_url,
        profile: args.profile,
        credentials: None,
    };
    let external_id = args.external_id.map(|id| id.parse::<ExternalId>()).transpose()?;
    let role = args.role.map(|role| RoleSpec {
        name: role.as_str().to_owned(),
        external_id: external_id.map(|id| id.as_str().to_owned()),
        session_name: "accesstrail".to_owned(),
    });
    let has_role = role.is_some();
    let options = SessionOptions { role, ..SessionOptions::default() };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let connect = async { Sessions::connect(configuration(&place).await, options, clock).await };
    let sessions = interrupt::or(Box::pin(connect)).await?;
    let other = args.account.iter().find(|account| **account != sessions.caller().account);
    if let (false, Some(account)) = (has_role, other) {
        return Err(SessionError::NoRole { account: account.clone() }.into());
    }
    // Only now is there anything to write: who cannot sign in leaves no empty store behind.
    let writing = store::open_to_write(&path)?;
    let asked = Asked {
        reach: match (args.org, args.account) {
            (true, _) => Reach::Organization,
            (false, accounts) if accounts.is_empty() => Reach::Caller,
            (false, accounts) => Reach::Accounts(accounts),
        },
        organization_account: args.organization_account,
        identity_center_regions: args.identity_center_region,
        regions: args.regions.into_iter().collect(),
        skip: args.skip.into_iter().collect(),
        full_credentials: args.credentials == Credentials::Full,
        trees: args.trees.into(),
        at_once: usize::from(args.concurrency),
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
        let changes = run.map_or(0, changes);
        fields.insert("changes".to_owned(), json!(changes));
        fields.insert("store".to_owned(), json!(store));
        fields.insert("run".to_owned(), run.map_or(serde_json::Value::Null, json::run));
        fields.insert("gaps".to_owned(), gaps::documents(&taken.snapshot));
        fields.insert("notes".to_owned(), json!(taken.notes));
    }
    body
}

fn changes(run: &Run) -> u64 {
    let count = |name: &str| run.counters.get(name).copied().unwrap_or_default();
    ["entities.created", "entities.changed", "entities.restored", "entities.deleted"]
        .iter()
        .map(|name| count(name))
        .sum()
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
        let count = |name: &str| run.counters.get(name).copied().unwrap_or_default();
        screen.field(
            "changes",
            &format!(
                "{} created  {} changed  {} deleted  {} unchanged",
                count("entities.created"),
                count("entities.changed") + count("entities.restored"),
                count("entities.deleted"),
                count("entities.unchanged")
            ),
        )?;
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
