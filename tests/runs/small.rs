//! One account without an organization, so small that a run can be repeated for each of its writes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use accesstrail_shared::collect::pipeline::{
    Inventory, MemoryQueue, PlanRequest, Reach, Worker, drive,
};
use accesstrail_shared::model::principal::SamlProvider;
use accesstrail_shared::model::{
    ChangeKind, Counters, Coverage, Entity, EntityId, Kind, Region, Run, RunId, RunState, Scope,
    Status, Timestamp, Unit,
};
use accesstrail_shared::port::{Clock, Lease, Page, Query, Sighting, Store, SystemClock};
use accesstrail_shared::testing::local::{
    Emulator, LocalAws, MANAGEMENT_ACCOUNT, Options as LocalOptions,
};
use accesstrail_shared::testing::proxy::{Fault, Match, Plan, Proxy};
use accesstrail_shared::testing::visit;
use accesstrail_tests::world::{REGION, Silent, empty_store, identities, pipeline, worker};
use tokio::sync::OnceCell;

const USERS: usize = 16;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}"#;

static SMALL: OnceCell<LocalAws> = OnceCell::const_new();

/// A proxy in front of the small account that gives every list in pages of this size.
pub(crate) async fn proxy(page: usize) -> Proxy {
    let local = SMALL.get_or_init(found).await;
    let plan = Plan::default().rule(Match::any(), Fault::page(page));
    Proxy::start(local.organization_endpoint().unwrap(), plan).await.unwrap()
}

async fn found() -> LocalAws {
    let local =
        LocalAws::start(&LocalOptions::only(Emulator::Organization), &|_| ()).await.unwrap();
    let endpoint = local.organization_endpoint().unwrap();
    let sessions = visit::sessions(endpoint, REGION, Arc::new(SystemClock)).await.unwrap();
    let session = sessions.session(&sessions.caller().account.clone()).await.unwrap();
    let iam = session.iam(&Region::global());
    let mut policies = Vec::new();
    for name in ["read-buckets", "unused"] {
        let made =
            iam.create_policy().policy_name(name).policy_document(POLICY).send().await.unwrap();
        policies.push(made.policy.unwrap().arn.unwrap());
    }
    for name in ["people", "machines"] {
        iam.create_group().group_name(name).send().await.unwrap();
        iam.attach_group_policy().group_name(name).policy_arn(&policies[0]).send().await.unwrap();
    }
    for name in ["web", "batch"] {
        iam.create_role().role_name(name).assume_role_policy_document(TRUST).send().await.unwrap();
    }
    for number in 0..USERS {
        let name = format!("user-{number:02}");
        let group = if number % 3 == 0 { "machines" } else { "people" };
        iam.create_user().user_name(&name).send().await.unwrap();
        iam.add_user_to_group().user_name(&name).group_name(group).send().await.unwrap();
        if number % 3 == 0 {
            iam.create_access_key().user_name(&name).send().await.unwrap();
        }
    }
    // The first report of an account takes a while, which is not what these tests are about.
    iam.generate_credential_report().send().await.unwrap();
    local
}

/// A clock that can be put forward.
#[derive(Debug, Default)]
pub(crate) struct Forward(AtomicI64);

impl Forward {
    pub(crate) fn put(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Forward {
    fn now(&self) -> Timestamp {
        SystemClock.now()
            + std::time::Duration::from_secs(self.0.load(Ordering::SeqCst).unsigned_abs())
    }
}

/// The run of every test: due at one time, so that each store has the same one.
pub(crate) fn run_id() -> RunId {
    "20261122T060000Z".parse().unwrap()
}

/// A store in which an earlier run has seen something that is not there any more, so that each run has
/// something to tombstone, exactly once.
pub(crate) async fn store_with_a_past() -> Arc<dyn Store> {
    let store = empty_store();
    let at: Timestamp = "2026-11-21T06:00:00Z".parse().unwrap();
    let earlier = RunId::new(at, "");
    let unit: Unit = format!("{MANAGEMENT_ACCOUNT}/aws-global/iam-account").parse().unwrap();
    let scope = unit.scope("saml-providers");
    let run = Run {
        id: earlier.clone(),
        trigger: "test".to_owned(),
        options: "{}".to_owned(),
        state: RunState::Planning,
        started: at,
        finished: None,
        planned: 0,
        ended: 0,
        counters: Counters::new(),
    };
    store.open_run(&run, std::slice::from_ref(&unit)).await.unwrap();
    let lease = Lease { owner: "past".to_owned(), now: at, until: at };
    store.claim_unit(&earlier, &unit, &lease).await.unwrap();
    let gone = Entity::SamlProvider(SamlProvider {
        arn: format!("arn:aws:iam::{MANAGEMENT_ACCOUNT}:saml-provider/gone").parse().unwrap(),
        created: None,
        valid_until: None,
    });
    let sighting = Sighting { scope: scope.clone(), entity: gone, observed: at };
    let page = Page {
        run: earlier.clone(),
        unit: unit.clone(),
        number: 0,
        sightings: vec![sighting],
        cursor: None,
    };
    store.save_page(&page).await.unwrap();
    let coverage = Coverage {
        scope,
        run: earlier.clone(),
        status: Status::Complete,
        at,
        as_of: None,
        seen: 1,
        set_aside: Vec::new(),
        note: None,
    };
    store.end_unit(&earlier, &unit, &[coverage], &Counters::new()).await.unwrap();
    store.close_run(&earlier, at, &Counters::new()).await.unwrap();
    store
}

/// What is asked for: the account, nothing else.
pub(crate) fn request(reach: Reach) -> PlanRequest {
    PlanRequest {
        run: run_id(),
        trigger: "test".to_owned(),
        reach,
        organization_account: None,
        identity_center_regions: Vec::new(),
        options: identities(),
    }
}

/// An inventory as a new process makes it.
pub(crate) async fn process(
    proxy: &Proxy,
    store: &Arc<dyn Store>,
    clock: &Arc<dyn Clock>,
) -> (Inventory, Arc<MemoryQueue>) {
    pipeline(proxy.endpoint(), store, Arc::clone(clock)).await.unwrap()
}

/// A worker that will be gone in a minute.
pub(crate) fn mortal(name: &str, clock: &dyn Clock) -> Worker {
    Worker { gone: clock.now() + std::time::Duration::from_mins(1), ..worker(name, clock) }
}

/// What `collect` does: plan or plan again, work on what is pending, close. Says where it ended.
pub(crate) async fn collect(
    proxy: &Proxy,
    store: &Arc<dyn Store>,
    reach: Reach,
    at_once: usize,
) -> Result<(), String> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (inventory, queue) = process(proxy, store, &clock).await;
    inventory.plan(request(reach)).await.map_err(|error| format!("plan: {error}"))?;
    let worker = worker("collect", &*clock);
    let failures = drive(&inventory, &queue, &worker, at_once, &Silent).await;
    if let Some((unit, error)) = failures.first() {
        return Err(format!("{unit}: {error}"));
    }
    inventory.close(&run_id(), "collect").await.map_err(|error| format!("close: {error}"))?;
    Ok(())
}

/// Everything that must be the same however a run came to its end.
#[derive(Debug, PartialEq)]
pub(crate) struct EndState {
    closed: bool,
    planned_and_ended: (u64, u64),
    deleted: Option<u64>,
    entities: BTreeMap<(Scope, EntityId), (String, bool)>,
    statuses: BTreeMap<Scope, (Status, u64, usize)>,
    changes: Vec<(Scope, EntityId, ChangeKind)>,
    pending: Vec<Unit>,
}

impl EndState {
    pub(crate) async fn of(store: &dyn Store) -> Self {
        let run = store.run(&run_id()).await.unwrap().expect("the run is stored");
        let query = Query { with_deleted: true, ..Query::default() };
        let (mut entities, mut after) = (BTreeMap::new(), None);
        loop {
            let answer = store.entities(&query, after.as_deref(), 1_000).await.unwrap();
            for stored in answer.items {
                // Each look at the credential report has its own date.
                let hash = match stored.entity.kind() {
                    Kind::CredentialReport => String::new(),
                    _ => stored.hash,
                };
                let key = (stored.scope, stored.entity.id());
                let before = entities.insert(key, (hash, stored.deleted.is_some()));
                assert!(before.is_none(), "twice: {}", stored.entity.key());
            }
            after = answer.next;
            if after.is_none() {
                break;
            }
        }
        let coverage = store.latest_coverage().await.unwrap();
        let (mut changes, mut after) = (Vec::new(), None);
        loop {
            let answer = store.changes(&run_id(), after.as_deref(), 1_000).await.unwrap();
            let counted = answer.items.into_iter().filter(|change| {
                // A report that was asked for again is a change of the report, and of nothing else.
                change.id.kind != Kind::CredentialReport
            });
            changes.extend(counted.map(|change| (change.scope, change.id, change.kind)));
            after = answer.next;
            if after.is_none() {
                break;
            }
        }
        Self {
            closed: run.state == RunState::Closed,
            planned_and_ended: (run.planned, run.ended),
            deleted: run.counters.get("entities.deleted").copied(),
            entities,
            statuses: coverage
                .into_iter()
                .map(|each| (each.scope, (each.status, each.seen, each.set_aside.len())))
                .collect(),
            changes,
            pending: store.pending_units(&run_id()).await.unwrap(),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(crate) fn deleted(&self) -> Option<u64> {
        self.deleted
    }

    pub(crate) fn entities_of(&self, collector: &str) -> usize {
        self.entities.keys().filter(|(scope, _)| scope.collector == collector).count()
    }

    pub(crate) fn status(&self, collector: &str) -> Vec<&Status> {
        let of = self.statuses.iter().filter(|(scope, _)| scope.collector == collector);
        of.map(|(_, (status, _, _))| status).collect()
    }

    /// Fails with the first differences, as a whole state is too long to read.
    pub(crate) fn must_equal(&self, whole: &Self, when: &str) {
        if self == whole {
            return;
        }
        let differ = |name: &str, ours: Vec<String>, theirs: Vec<String>| {
            let only = |these: &[String], those: &[String]| -> Vec<String> {
                these.iter().filter(|each| !those.contains(each)).take(3).cloned().collect()
            };
            format!(
                "\n  {name}: {} instead of {}; only here {:?}; only there {:?}",
                ours.len(),
                theirs.len(),
                only(&ours, &theirs),
                only(&theirs, &ours)
            )
        };
        let entities =
            |state: &Self| state.entities.iter().map(|each| format!("{each:?}")).collect();
        let statuses =
            |state: &Self| state.statuses.iter().map(|each| format!("{each:?}")).collect();
        let changes = |state: &Self| state.changes.iter().map(|each| format!("{each:?}")).collect();
        panic!(
            "{when}: closed {}, deleted {:?}, ended {:?} instead of {:?}, pending {:?}{}{}{}",
            self.closed,
            self.deleted,
            self.planned_and_ended,
            whole.planned_and_ended,
            self.pending,
            differ("entities", entities(self), entities(whole)),
            differ("statuses", statuses(self), statuses(whole)),
            differ("changes", changes(self), changes(whole)),
        );
    }
}
