//! The world of the pipeline's tests: one emulated organization per test binary, and inventories of it.
//!
//! Founding the organization takes seconds, so the tests of a binary share it and only read it; each puts its
//! own proxy in front, with its own faults, and keeps its own store. Tests that change the organization found
//! their own.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, LazyLock};

use accesstrail_shared::aws::session::SessionError;
use accesstrail_shared::collect::pipeline::{
    Inventory, MemoryQueue, Observer, Plan as RunPlan, PlanRequest, Reach, WorkError, Worker, drive,
};
use accesstrail_shared::collect::{Options, Stop};
use accesstrail_shared::model::{
    Coverage, EntityId, Kind, Region, Run, RunId, Scope, Snapshot, Status, Unit,
};
use accesstrail_shared::port::{Clock, Queue, Store, SystemClock};
use accesstrail_shared::store::{load, sqlite::SqliteStore};
use accesstrail_shared::testing::company::Company;
use accesstrail_shared::testing::local::{Emulator, LocalAws, Options as LocalOptions};
use accesstrail_shared::testing::proxy::{Plan, Proxy};
use accesstrail_shared::testing::visit;
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

/// The region of the tests: Identity Center's home.
pub const REGION: &str = "eu-west-1";

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
static WORLD: OnceCell<World> = OnceCell::const_new();

/// Runs a test on the runtime that the shared world lives on.
pub fn run<T>(test: impl Future<Output = T>) -> T {
    RUNTIME.block_on(test)
}

/// The emulated organization that the tests of a binary share.
#[derive(Debug)]
pub struct World {
    local: LocalAws,
    /// What was founded.
    pub company: Company,
}

/// The shared world, founded by the first test that asks.
pub async fn world() -> &'static World {
    WORLD.get_or_init(found).await
}

/// A world of its own, for a test that changes it.
pub async fn found() -> World {
    let progress = |_: &str| {};
    let local =
        LocalAws::start(&LocalOptions::only(Emulator::Organization), &progress).await.unwrap();
    let company = Company::found(local.organization_endpoint().unwrap(), &progress).await.unwrap();
    World { local, company }
}

impl World {
    /// The emulator without any proxy, for changing what is there.
    pub fn endpoint(&self) -> &str {
        self.local.organization_endpoint().unwrap()
    }

    /// A proxy that tells the company's truth and, before that, these faults.
    pub async fn proxy(&self, faults: Plan) -> Proxy {
        Proxy::start(self.endpoint(), faults.and(self.company.plan())).await.unwrap()
    }
}

/// What an inventory is asked for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// How far it reaches.
    pub reach: Reach,
    /// Whether to list every kind of credential.
    pub full_credentials: bool,
    /// Where resources are looked for; in every region that an account has enabled if empty.
    pub regions: BTreeSet<Region>,
    /// What is left out.
    pub skip: BTreeSet<String>,
    /// What else is asked for; what is above counts before it.
    pub options: Options,
    /// The run's id; the present time's if `None`.
    pub run: Option<RunId>,
    /// Units at the same time.
    pub at_once: usize,
}

impl Default for Ask {
    fn default() -> Self {
        Self {
            reach: Reach::Organization,
            full_credentials: false,
            regions: BTreeSet::new(),
            // Resources have tests of their own: here they would be thousands of calls for nothing.
            skip: BTreeSet::from(["tier-3".to_owned()]),
            options: Options::default(),
            run: None,
            at_once: 8,
        }
    }
}

/// What an inventory came to.
#[derive(Debug)]
pub struct Taken {
    /// The plan.
    pub plan: RunPlan,
    /// The run as the store has it.
    pub run: Run,
    /// What the store has.
    pub snapshot: Snapshot,
    /// The units that could not be worked on to their end.
    pub failures: Vec<(Unit, WorkError)>,
}

/// An empty store.
pub fn empty_store() -> Arc<dyn Store> {
    Arc::new(SqliteStore::in_memory().unwrap())
}

/// The pipeline over a store, through a proxy.
pub async fn pipeline(
    endpoint: &str,
    store: &Arc<dyn Store>,
    clock: Arc<dyn Clock>,
) -> Result<(Inventory, Arc<MemoryQueue>), SessionError> {
    let sessions = visit::sessions(endpoint, REGION, Arc::clone(&clock)).await?;
    let queue = Arc::new(MemoryQueue::default());
    let inventory = Inventory {
        sessions: Arc::new(sessions),
        store: Arc::clone(store),
        queue: Arc::clone(&queue) as Arc<dyn Queue>,
        clock,
    };
    Ok((inventory, queue))
}

/// A worker that never has to stop.
pub fn worker(name: &str, clock: &dyn Clock) -> Worker {
    let gone = clock.now() + std::time::Duration::from_hours(1);
    Worker { name: name.to_owned(), stop: Stop::default(), gone }
}

/// Takes an inventory through a proxy into a store, as the command line does.
pub async fn inventory(proxy: &Proxy, store: &Arc<dyn Store>, ask: Ask) -> Taken {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (inventory, queue) = pipeline(proxy.endpoint(), store, Arc::clone(&clock)).await.unwrap();
    let run = ask.run.unwrap_or_else(|| RunId::new(clock.now(), ""));
    let request = PlanRequest {
        run: run.clone(),
        trigger: "test".to_owned(),
        reach: ask.reach,
        organization_account: None,
        identity_center_regions: Vec::new(),
        options: Options {
            full_credentials: ask.full_credentials,
            regions: ask.regions,
            skip: ask.skip,
            ..ask.options
        },
    };
    let plan = inventory.plan(request).await.unwrap();
    let failures = drive(&inventory, &queue, &worker("test", &*clock), ask.at_once, &Silent).await;
    let run = store.run(&run).await.unwrap().unwrap();
    Taken { plan, run, snapshot: load::snapshot(&**store).await.unwrap(), failures }
}

/// Nobody who listens.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Observer for Silent {
    fn begun(&self, _: &Unit) {}
    fn ended(&self, _: &Unit, _: &[Coverage]) {}
    fn failed(&self, _: &Unit, _: &WorkError) {}
}

/// Every entity with the hash of its content, but for the report's own date, which each run asks anew.
pub fn contents(snapshot: &Snapshot) -> BTreeMap<EntityId, String> {
    snapshot
        .entities()
        .filter(|stored| stored.entity.kind() != Kind::CredentialReport)
        .map(|stored| (stored.entity.id(), stored.hash.clone()))
        .collect()
}

/// Every scope that was looked at with its status: not those that a filter leaves out.
pub fn statuses(snapshot: &Snapshot) -> BTreeMap<Scope, Status> {
    snapshot
        .coverage()
        .filter(|coverage| !matches!(coverage.status, Status::Excluded(_)))
        .map(|coverage| (coverage.scope.clone(), coverage.status.clone()))
        .collect()
}

/// Identities alone: resources have tests of their own, and there would be thousands of calls for nothing.
pub fn identities() -> Options {
    Options { skip: BTreeSet::from(["tier-3".to_owned()]), ..Options::default() }
}
