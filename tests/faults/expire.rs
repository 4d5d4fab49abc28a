//! Sessions that end in the midst of a run, and before their time is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use accesstrail_shared::collect::pipeline::{MemoryQueue, Observer, PlanRequest, WorkError, drive};
use accesstrail_shared::model::{AccountId, Coverage, Region, RunId, Timestamp, Unit};
use accesstrail_shared::port::{Clock, SystemClock};
use accesstrail_shared::store::load;
use accesstrail_shared::testing::proxy::{Fault, Match, Patch, Plan, Proxy};
use accesstrail_shared::testing::visit;
use accesstrail_tests::compare::{Scene, Seen, assert_none, difference};
use accesstrail_tests::world::{self, REGION, World};
use futures::future::join_all;

const MEMBER: &str = "ci-platform";

/// The machine's clock, put forward.
#[derive(Debug, Default)]
struct Ahead {
    seconds: AtomicU64,
}

impl Ahead {
    fn by(&self, minutes: u64) {
        self.seconds.fetch_add(minutes * 60, Ordering::SeqCst);
    }
}

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock.now() + Duration::from_secs(self.seconds.load(Ordering::SeqCst))
    }
}

/// Sessions of one hour by this clock: the emulator knows no other than the machine's.
fn by_clock(clock: &Arc<Ahead>) -> Plan {
    let clock = Arc::clone(clock);
    let hour = Patch::custom("expiration", move |_, body| {
        let end = clock.now() + Duration::from_hours(1);
        let text = String::from_utf8_lossy(&body);
        let corrected = text.split_once("<Expiration>").and_then(|(before, rest)| {
            let (_, after) = rest.split_once("</Expiration>")?;
            Some(format!("{before}<Expiration>{end:.0}</Expiration>{after}"))
        });
        corrected.map_or_else(|| body.clone(), Into::into)
    });
    Plan::default().rule(Match::action("sts:AssumeRole"), Fault::Patch(hour))
}

fn roles_assumed(proxy: &Proxy) -> usize {
    proxy.calls().iter().filter(|call| call.action == "AssumeRole").count()
}

fn expiring(world: &World, calls: &[u64]) -> Plan {
    let member = world.company.account(MEMBER).unwrap();
    calls.iter().fold(Plan::default(), |plan, n| {
        plan.rule(Match::action("iam:*").in_account(member).nth(*n), Fault::ExpireToken)
    })
}

async fn expired(world: &World, scene: &Scene, calls: &[u64]) {
    let base = Box::pin(scene.fresh(world, Plan::default())).await;
    assert_eq!(base.calls_of("sts:AssumeRole").len(), 1);
    let seen: Seen = Box::pin(scene.fresh(world, expiring(world, calls))).await;
    assert_eq!(seen.calls_of("sts:AssumeRole").len(), 1 + calls.len());
    let refused = seen.calls.iter().filter(|call| call.fault.as_deref() == Some("expire-token"));
    assert_eq!(refused.count(), calls.len());
    let renewed = seen.taken.run.counters.get("api.renewed-credentials").copied();
    assert_eq!(renewed, Some(u64::try_from(calls.len()).unwrap()));
    seen.assert_same(&base);
}

#[test]
fn a_session_that_ends_is_opened_again_once() {
    world::run(async {
        let world = world::world().await;
        expired(world, &Scene::with(world, &[MEMBER]), &[4]).await;
    });
}

#[test]
fn a_session_that_ends_twice_is_opened_again_twice() {
    world::run(async {
        let world = world::world().await;
        expired(world, &Scene::with(world, &[MEMBER]).full(), &[3, 15]).await;
    });
}

#[test]
fn a_role_is_assumed_again_before_its_session_ends_and_by_one_of_many() {
    world::run(async {
        let world = world::world().await;
        let clock = Arc::new(Ahead::default());
        let proxy = world.proxy(by_clock(&clock)).await;
        let shared: Arc<dyn Clock> = Arc::<Ahead>::clone(&clock);
        let sessions = visit::sessions(proxy.endpoint(), REGION, shared).await.unwrap();
        let member: AccountId = world.company.account(MEMBER).unwrap().parse().unwrap();
        let opened = join_all((0..8).map(|_| sessions.session(&member))).await;
        assert_eq!(roles_assumed(&proxy), 1);
        let session = opened.into_iter().next().unwrap().unwrap();
        let ask = async || {
            let clients = (0..12).map(|_| session.iam(&Region::global()));
            let calls = clients.map(async |iam| iam.list_account_aliases().send().await.unwrap());
            join_all(calls).await;
        };
        ask().await;
        clock.by(54);
        ask().await;
        assert_eq!(roles_assumed(&proxy), 1);
        // Less than five minutes are left: long before AWS would refuse.
        clock.by(2);
        ask().await;
        assert_eq!(roles_assumed(&proxy), 2);
        clock.by(61);
        ask().await;
        ask().await;
        assert_eq!(roles_assumed(&proxy), 3);
    });
}

/// Lets an hour pass whenever a unit has ended.
#[derive(Debug)]
struct Slow(Arc<Ahead>);

impl Observer for Slow {
    fn begun(&self, _: &Unit) {}
    fn ended(&self, _: &Unit, _: &[Coverage]) {
        self.0.by(61);
    }
    fn failed(&self, _: &Unit, _: &WorkError) {}
}

#[test]
fn a_run_that_is_longer_than_its_sessions() {
    world::run(async {
        let world = world::world().await;
        let scene = Scene::with(world, &[MEMBER]);
        let base = Box::pin(scene.fresh(world, Plan::default())).await;
        let ahead = Arc::new(Ahead::default());
        let clock: Arc<dyn Clock> = Arc::<Ahead>::clone(&ahead);
        let proxy = world.proxy(by_clock(&ahead)).await;
        let store = world::empty_store();
        let (inventory, queue): (_, Arc<MemoryQueue>) =
            world::pipeline(proxy.endpoint(), &store, Arc::clone(&clock)).await.unwrap();
        let request = PlanRequest {
            run: RunId::new(clock.now(), "slow"),
            trigger: "test".to_owned(),
            reach: scene.reach.clone(),
            organization_account: None,
            identity_center_regions: Vec::new(),
            options: world::identities(),
        };
        inventory.plan(request).await.unwrap();
        let worker = world::worker("slow", &*clock);
        let failures = drive(&inventory, &queue, &worker, 1, &Slow(Arc::clone(&ahead))).await;
        assert!(failures.is_empty(), "{failures:?}");
        let snapshot = load::snapshot(&*store).await.unwrap();
        assert_none(difference(&base.statuses, &world::statuses(&snapshot)));
        assert_none(difference(&base.contents, &world::contents(&snapshot)));
        // One session for each of the member's three units.
        assert_eq!(roles_assumed(&proxy), 3);
        assert!(proxy.calls().iter().all(|call| call.fault.as_deref() != Some("expire-token")));
    });
}
