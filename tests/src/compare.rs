//! Inventories under faults against one without: what may be lost, and that nothing else is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use accesstrail_shared::collect::pipeline::Reach;
use accesstrail_shared::collect::{call, registry};
use accesstrail_shared::model::{EntityId, Region, RunId, Scope, Status};
use accesstrail_shared::port::{Clock as _, Store, SystemClock};
use accesstrail_shared::testing::proxy::{Call, Plan};
use accesstrail_shared::testing::visit;

use crate::world::{self, Ask, Taken, World};

/// What is asked for, and the faults that belong to the state of things and not to the test.
#[derive(Clone, Debug)]
pub struct Scene {
    /// How far the inventories reach.
    pub reach: Reach,
    /// Whether they list every kind of credential.
    pub full: bool,
    /// What they leave out: resources, unless a test is about them.
    pub skip: BTreeSet<String>,
    /// The faults of all inventories.
    pub state: Plan,
}

/// What an inventory came to, in the form that is compared.
#[derive(Debug)]
pub struct Seen {
    /// The inventory.
    pub taken: Taken,
    /// Every entity with the hash of its content.
    pub contents: BTreeMap<EntityId, String>,
    /// Every scope with its status.
    pub statuses: BTreeMap<Scope, Status>,
    /// The calls on the wire.
    pub calls: Vec<Call>,
}

impl Scene {
    /// The whole organization.
    pub fn organization() -> Self {
        let skip = BTreeSet::from(["tier-3".to_owned()]);
        Self { reach: Reach::Organization, full: false, skip, state: Plan::default() }
    }

    /// The management account and these members.
    pub fn with(world: &World, members: &[&str]) -> Self {
        let members = members.iter().map(|key| world.company.account(key).unwrap());
        let ids = std::iter::once(world.company.management()).chain(members);
        let reach = Reach::Accounts(ids.map(|id| id.parse().unwrap()).collect());
        Self { reach, ..Self::organization() }
    }

    /// The same with every kind of credential.
    #[must_use]
    pub fn full(mut self) -> Self {
        self.full = true;
        self
    }

    /// The same with these collectors alone.
    #[must_use]
    pub fn only(mut self, collectors: &[&str]) -> Self {
        let others = registry::ALL.iter().filter(|it| !collectors.contains(&it.name()));
        self.skip = others.map(|it| it.name().to_owned()).collect();
        self
    }

    /// The same with faults that are always there.
    #[must_use]
    pub fn state(mut self, state: Plan) -> Self {
        self.state = state;
        self
    }

    /// Takes an inventory into a store of its own.
    pub async fn fresh(&self, world: &World, faults: Plan) -> Seen {
        self.again(world, &world::empty_store(), faults).await
    }

    /// Takes an inventory into a store.
    pub async fn again(&self, world: &World, store: &Arc<dyn Store>, faults: Plan) -> Seen {
        // Runs of one second are told apart, and the later one is the later one.
        static RUNS: AtomicUsize = AtomicUsize::new(0);
        let number = RUNS.fetch_add(1, Ordering::Relaxed);
        let proxy = world.proxy(faults.and(self.state.clone())).await;
        let ask = Ask {
            reach: self.reach.clone(),
            full_credentials: self.full,
            regions: visit::regions(),
            skip: self.skip.clone(),
            run: Some(RunId::new(SystemClock.now(), &format!("{number:05}"))),
            ..Ask::default()
        };
        let taken = Box::pin(world::inventory(&proxy, store, ask)).await;
        assert!(taken.failures.is_empty(), "{:?}", taken.failures);
        Seen {
            contents: world::contents(&taken.snapshot),
            statuses: world::statuses(&taken.snapshot),
            calls: proxy.calls(),
            taken,
        }
    }
}

impl Seen {
    /// How many entities the run took for deleted.
    pub fn deleted(&self) -> u64 {
        self.taken.run.counters.get("entities.deleted").copied().unwrap_or_default()
    }

    /// How many calls of each action went over the wire.
    pub fn by_action(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for call in &self.calls {
            *counts.entry(call.iam_action()).or_default() += 1;
        }
        counts
    }

    /// The calls of an action.
    pub fn calls_of(&self, action: &str) -> Vec<&Call> {
        self.calls.iter().filter(|call| call.iam_action() == action).collect()
    }

    /// Demands the same entities and statuses as another inventory.
    #[track_caller]
    pub fn assert_same(&self, base: &Self) {
        assert_none(difference(&base.statuses, &self.statuses));
        assert_none(difference(&base.contents, &self.contents));
        assert_eq!(self.deleted(), 0);
    }
}

/// What differs between two maps, a line each.
pub fn difference<K: Ord + Debug, V: PartialEq + Debug>(
    base: &BTreeMap<K, V>,
    other: &BTreeMap<K, V>,
) -> Vec<String> {
    let keys: BTreeSet<&K> = base.keys().chain(other.keys()).collect();
    keys.into_iter()
        .filter(|key| base.get(key) != other.get(key))
        .map(|key| format!("{key:?}: {:?} became {:?}", base.get(key), other.get(key)))
        .collect()
}

/// Demands that there is no complaint.
#[track_caller]
pub fn assert_none(complaints: Vec<String>) {
    let text: String = complaints.into_iter().map(|line| line + "\n").collect();
    assert!(text.is_empty(), "{text}");
}

/// The capabilities, with their collectors, that are lost without an action where those in `missing` are
/// missing anyway: those of its calls, and those that need them.
pub fn lost_with(action: &str, missing: &[&str]) -> BTreeSet<(&'static str, &'static str)> {
    let mut all = BTreeSet::new();
    for collector in registry::ALL {
        let calls = collector.calls().iter().filter(|call| call.action == action);
        let mut gone: Vec<&str> = calls.map(|call| call.capability).collect();
        if gone.is_empty() {
            continue;
        }
        gone.extend(missing);
        let lost = call::lost_with(collector.capabilities(), &gone);
        let lost = lost.into_iter().filter(|capability| !missing.contains(capability));
        all.extend(lost.map(|capability| (collector.name(), capability)));
    }
    all
}

/// What is not as expected, a line each: in `accounts` the capabilities in `lost` have a status that `is`
/// what was done to them, everything else is as in `base`.
pub fn complaints(
    base: &Seen,
    seen: &Seen,
    accounts: &BTreeSet<String>,
    lost: &BTreeSet<(&'static str, &'static str)>,
    is: impl Fn(&Status) -> bool,
) -> Vec<String> {
    complaints_where(base, seen, |scope| accounts.contains(scope.account.as_str()), lost, is)
}

/// The same, where not every scope of an account need be lost: `hit` says whether one met what was done.
pub fn complaints_where(
    base: &Seen,
    seen: &Seen,
    hit: impl Fn(&Scope) -> bool,
    lost: &BTreeSet<(&'static str, &'static str)>,
    is: impl Fn(&Status) -> bool,
) -> Vec<String> {
    let mut complaints = Vec::new();
    let is_lost = |scope: &Scope| {
        hit(scope) && lost.contains(&(scope.collector.as_str(), scope.capability.as_str()))
    };
    for (scope, status) in &seen.statuses {
        let before = base.statuses.get(scope);
        if is_lost(scope) && before == Some(&Status::Complete) {
            if !is(status) {
                complaints.push(format!("{scope} should be lost and is {status:?}"));
            }
        // What was missing before may be missing for what was done now.
        } else if before != Some(status) && !(is_lost(scope) && is(status)) {
            complaints.push(format!("{scope} was {before:?} and became {status:?}"));
        }
    }
    if base.statuses.len() != seen.statuses.len() {
        complaints.push("scopes came or went".to_owned());
    }
    if seen.deleted() > 0 {
        complaints.push(format!("{} entities were deleted", seen.deleted()));
    }
    complaints
}

/// Where an action was called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CalledAt {
    account: String,
    region: String,
}

impl CalledAt {
    /// Whether that is where the scope looks. A global one looks into every region.
    pub fn is_of(&self, scope: &Scope) -> bool {
        let region = scope.region.as_str();
        scope.account.as_str() == self.account
            && (region == Region::GLOBAL || region == self.region)
    }
}

/// The accounts and regions in which an action met a fault.
pub fn hit_places(world: &World, seen: &Seen, action: &str) -> BTreeSet<CalledAt> {
    let management = world.company.management();
    let calls = seen.calls_of(action).into_iter();
    calls
        .map(|call| CalledAt {
            account: call.account.clone().unwrap_or_else(|| management.to_owned()),
            region: call.region.clone(),
        })
        .collect()
}

/// The accounts in which an action met a fault.
pub fn hit(world: &World, seen: &Seen, action: &str) -> BTreeSet<String> {
    seen.calls_of(action)
        .into_iter()
        .map(|call| call.account.clone().unwrap_or_else(|| world.company.management().to_owned()))
        .collect()
}
