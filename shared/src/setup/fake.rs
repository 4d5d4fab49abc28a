//! An organization in memory that stacks and StackSets are deployed to, and a store: for tests and for whoever wants
//! to see a plan applied without AWS.
//!
//! It moves only when it is looked at: what was started ends at the next look but one. Any call can be made to fail as
//! denied, and the n-th call of all can be a crash, before or after it did its work.

mod cloud;
mod landscape;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

pub use self::store::MemorySetup;
use crate::model::{AccountId, Region, Timestamp};
use crate::port::Clock;
use crate::port::setup::{
    CloudError, Instance, MemberAccount, Model, Notification, Operation, OrganizationFound, Place,
    Stack, StackSet, Standing, TrailFound, TrustedAccess,
};

/// How many looks something takes.
const LOOKS: u8 = 2;

/// What the fake is told to do wrong.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Actions that are denied.
    pub denied: BTreeSet<String>,
    /// Accounts in which every instance fails.
    pub failing: BTreeSet<AccountId>,
    /// Stacks whose creation fails, by name.
    pub stillborn: BTreeSet<String>,
}

/// When the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// Never.
    Never,
    /// Before the call of this number does anything.
    Before(usize),
    /// After the call of this number did its work, before anybody hears of it.
    After(usize),
}

/// Counts calls, of the cloud and of the store, and crashes at one of them.
#[derive(Debug)]
pub struct Fuse {
    state: Mutex<(usize, Crash)>,
}

impl Default for Fuse {
    fn default() -> Self {
        Self { state: Mutex::new((0, Crash::Never)) }
    }
}

impl Fuse {
    /// Crashes then, counted from now on.
    pub fn set(&self, crash: Crash) {
        *lock(&self.state) = (0, crash);
    }

    /// How many calls there were since it was set.
    pub fn calls(&self) -> usize {
        lock(&self.state).0
    }

    /// Whether the process dies before this call, and whether after it.
    pub(super) fn call(&self) -> (bool, bool) {
        let mut state = lock(&self.state);
        let number = state.0;
        state.0 += 1;
        (state.1 == Crash::Before(number), state.1 == Crash::After(number))
    }
}

/// A lock that a panic of a test does not poison for the next.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Something that ends after some looks.
#[derive(Clone, Debug)]
pub(super) struct Moving<T> {
    pub(super) value: T,
    pub(super) looks: u8,
}

/// What is deployed.
#[derive(Clone, Debug, Default)]
pub(super) struct World {
    pub(super) stacks: BTreeMap<(Place, String), Moving<Stack>>,
    pub(super) sets: BTreeMap<String, StackSet>,
    pub(super) instances: BTreeMap<String, BTreeMap<Place, Instance>>,
    pub(super) operations: BTreeMap<(String, String), Moving<Operation>>,
    pub(super) tokens: BTreeSet<String>,
    /// The stacks and StackSets of which somebody edited a resource, by name.
    pub(super) edited: BTreeSet<String>,
    /// Every call that wrote, in order.
    pub(super) written: Vec<String>,
}

/// An organization in memory.
#[derive(Debug)]
pub struct FakeCloud {
    pub(super) organization: Mutex<OrganizationFound>,
    pub(super) trusted_access: Mutex<TrustedAccess>,
    pub(super) identity_center: Option<Region>,
    pub(super) trails: Mutex<Vec<TrailFound>>,
    pub(super) notifications: Mutex<BTreeMap<String, Notification>>,
    pub(super) queues: Mutex<BTreeMap<String, u64>>,
    pub(super) world: Mutex<World>,
    /// What goes wrong.
    pub faults: Mutex<Faults>,
    /// When the process dies.
    pub fuse: std::sync::Arc<Fuse>,
}

/// The management account of the fake organization.
pub const MANAGEMENT_ACCOUNT: &str = "111122223333";

/// Its root.
pub const ROOT: &str = "r-exam";

/// The bucket of its trail.
pub const BUCKET: &str = "example-organization-logs";

impl FakeCloud {
    /// An organization whose management account asks: two units, four other accounts, of which one is suspended;
    /// Identity Center, a trail and a bucket that tells somebody else already.
    ///
    /// # Panics
    ///
    /// Never: the ids are constants.
    pub fn organization() -> Self {
        let account = |id: &str, name: &str, state: &str, unit: Option<&str>| MemberAccount {
            id: read(id),
            name: name.to_owned(),
            state: state.to_owned(),
            parents: [Some(ROOT), unit].into_iter().flatten().map(str::to_owned).collect(),
        };
        let (work, sand) = (Some("ou-exam-workloads"), Some("ou-exam-sandbox"));
        let trail = TrailFound {
            arn: format!("arn:aws:cloudtrail:us-east-1:{MANAGEMENT_ACCOUNT}:trail/everything"),
            bucket: BUCKET.to_owned(),
            bucket_owner: Some(read(MANAGEMENT_ACCOUNT)),
            bucket_region: Some(read("eu-west-1")),
            prefix: String::new(),
            kms_key: None,
            topic: None,
            of_organization: true,
            every_region: true,
            management_events: true,
            logging: true,
        };
        let there = Notification {
            event_bridge: false,
            others: vec![format!("arn:aws:sqs:eu-west-1:{MANAGEMENT_ACCOUNT}:somebody-elses")],
        };
        Self {
            organization: Mutex::new(OrganizationFound {
                caller: read(MANAGEMENT_ACCOUNT),
                partition: read("aws"),
                standing: Standing::Management,
                id: Some("o-exampleorgid".to_owned()),
                management: Some(read(MANAGEMENT_ACCOUNT)),
                accounts: vec![
                    account(MANAGEMENT_ACCOUNT, "management", "ACTIVE", None),
                    account("222233334444", "payments", "ACTIVE", work),
                    account("333344445555", "web", "ACTIVE", work),
                    account("444455556666", "sandbox", "ACTIVE", sand),
                    account("555566667777", "closed", "SUSPENDED", sand),
                ],
            }),
            trusted_access: Mutex::new(TrustedAccess::Disabled),
            identity_center: Some(read("eu-central-1")),
            trails: Mutex::new(vec![trail]),
            notifications: Mutex::new([(BUCKET.to_owned(), there)].into()),
            queues: Mutex::default(),
            world: Mutex::default(),
            faults: Mutex::default(),
            fuse: std::sync::Arc::default(),
        }
    }

    /// An account that joins.
    pub fn join(&self, account: MemberAccount) {
        lock(&self.organization).accounts.push(account);
    }

    /// Another standing of the caller.
    pub fn stand(&self, standing: Standing, caller: &str) {
        let mut organization = lock(&self.organization);
        organization.standing = standing;
        organization.caller = read(caller);
        if standing == Standing::Alone {
            (organization.id, organization.management) = (None, None);
            organization.accounts.retain(|each| each.id.as_str() == caller);
        }
    }

    /// Messages that wait in a queue; each look at it takes one away.
    pub fn fill(&self, queue: &str, messages: u64) {
        lock(&self.queues).insert(queue.to_owned(), messages);
    }

    /// Sets trusted access.
    pub fn set_trusted_access(&self, access: TrustedAccess) {
        *lock(&self.trusted_access) = access;
    }

    /// Replaces the trails.
    pub fn set_trails(&self, trails: Vec<TrailFound>) {
        *lock(&self.trails) = trails;
    }

    /// Changes a stack behind everybody's back.
    pub fn change_stack(&self, name: &str, change: impl Fn(&mut Stack)) {
        let mut world = lock(&self.world);
        world.stacks.iter_mut().filter(|((_, found), _)| found == name).for_each(|(_, stack)| {
            change(&mut stack.value);
        });
    }

    /// Edits a resource of a stack or StackSet behind everybody's back; whoever looks for drift finds it.
    pub fn edit(&self, name: &str) {
        lock(&self.world).edited.insert(name.to_owned());
    }

    /// Changes instances behind everybody's back.
    pub fn change_instances(&self, set: &str, change: impl Fn(&mut Instance)) {
        let mut world = lock(&self.world);
        world.instances.entry(set.to_owned()).or_default().values_mut().for_each(change);
    }

    /// Deploys an instance like this one to an account, as auto-deployment does.
    pub fn insert_instance(&self, set: &str, like: &Instance, account: &str) {
        let mut instance = like.clone();
        instance.place.account = read(account);
        let mut world = lock(&self.world);
        let all = world.instances.entry(set.to_owned()).or_default();
        all.insert(instance.place.clone(), instance);
    }

    /// Changes a StackSet behind everybody's back.
    pub fn change_set(&self, name: &str, change: impl Fn(&mut StackSet)) {
        lock(&self.world).sets.get_mut(name).into_iter().for_each(change);
    }

    /// Everything that is there, in words that are equal where it is equal.
    pub fn picture(&self) -> Vec<String> {
        let world = lock(&self.world);
        let stacks = world.stacks.iter().map(|((place, name), stack)| {
            format!(
                "stack {name} in {place}: {} {:?}",
                stack.value.status.0, stack.value.parameters
            )
        });
        let sets = world.sets.iter().map(|(name, set)| format!("set {name}: {:?}", set.parameters));
        let instances = world.instances.iter().flat_map(|(set, all)| {
            all.values()
                .map(move |each| format!("instance {set} in {}: {}", each.place, each.status))
        });
        let notifications = lock(&self.notifications);
        let told =
            notifications.iter().map(|(bucket, it)| format!("notification {bucket}: {it:?}"));
        let access = format!("trusted access: {:?}", lock(&self.trusted_access));
        stacks.chain(sets).chain(instances).chain(told).chain([access]).collect()
    }

    /// Every call that wrote, in order.
    pub fn written(&self) -> Vec<String> {
        lock(&self.world).written.clone()
    }

    /// Counts a call, and denies it where it is to be denied.
    pub(super) fn enter(&self, action: &'static str) -> Result<bool, CloudError> {
        let (before, after) = self.fuse.call();
        if before {
            return Err(died(action));
        }
        if lock(&self.faults).denied.contains(action) {
            return Err(CloudError::Denied {
                action: action.to_owned(),
                place: "111122223333 eu-west-1".to_owned(),
                source: "AccessDenied".into(),
            });
        }
        Ok(after)
    }

    /// Ends a call.
    pub(super) fn leave<T>(action: &'static str, dies: bool, value: T) -> Result<T, CloudError> {
        if dies { Err(died(action)) } else { Ok(value) }
    }
}

fn died(action: &'static str) -> CloudError {
    CloudError::Failed { action, source: "the process died".into() }
}

/// A constant that is well formed.
pub(super) fn read<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    #[expect(clippy::expect_used, reason = "the ids of the fake are constants")]
    text.parse().expect("a well formed constant")
}

/// Whether a StackSet is deployed by CloudFormation itself.
pub(super) fn is_managed(set: &StackSet) -> bool {
    matches!(set.model, Model::ServiceManaged { .. })
}

/// A clock that goes on by a second each time.
#[derive(Debug)]
pub struct Ticking {
    now: Mutex<Timestamp>,
}

impl Default for Ticking {
    fn default() -> Self {
        Self { now: Mutex::new(read("2026-01-01T00:00:00Z")) }
    }
}

impl Ticking {
    /// Lets time pass.
    pub fn pass(&self, duration: jiff::SignedDuration) {
        let mut now = lock(&self.now);
        *now = now.saturating_add(duration).unwrap_or(*now);
    }
}

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        self.pass(jiff::SignedDuration::from_secs(1));
        *lock(&self.now)
    }
}
