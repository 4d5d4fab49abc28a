//! The organization changes between two runs: what is deleted, what is kept, and what is said about it.

use std::collections::BTreeMap;
use std::sync::Arc;

use accesstrail_shared::collect::pipeline::Reach;
use accesstrail_shared::model::{
    AccountId, Change, ChangeKind, Entity, EntityId, Kind, Region, RunId, RunState, Scope, Status,
    Stored, Unavailable,
};
use accesstrail_shared::port::{Clock as _, Store, SystemClock};
use accesstrail_shared::testing::proxy::{Fault, Layer, Match, Patch, Plan, Proxy, Quirk};
use accesstrail_shared::testing::visit;
use accesstrail_tests::world::{
    self, Ask, REGION, Taken, World, contents, empty_store, found, inventory, statuses,
};
use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard, OnceCell};

/// The account in which most of it happens.
const ACCOUNT: &str = "web-dev";
/// Another one.
const OTHER: &str = "payments-dev";

/// A world that these tests change, one after the other.
static CHANGED: OnceCell<Mutex<World>> = OnceCell::const_new();

async fn changing() -> MutexGuard<'static, World> {
    CHANGED.get_or_init(async || Mutex::new(found().await)).await.lock().await
}

fn account(world: &World, key: &str) -> AccountId {
    world.company.account(key).unwrap().parse().unwrap()
}

async fn iam(world: &World, account: &AccountId) -> aws_sdk_iam::Client {
    let sessions = visit::sessions(world.endpoint(), REGION, Arc::new(SystemClock)).await.unwrap();
    sessions.session(account).await.unwrap().iam(&Region::global())
}

/// A run over these accounts and what can be seen of the organization, later than all before it.
async fn run(proxy: &Proxy, store: &Arc<dyn Store>, accounts: &[AccountId], number: u32) -> Taken {
    let run = RunId::new(SystemClock.now(), &format!("{number}"));
    let reach = Reach::Accounts(accounts.to_vec());
    let taken = inventory(proxy, store, Ask { reach, run: Some(run), ..Ask::default() }).await;
    assert!(taken.failures.is_empty(), "{:?}", taken.failures);
    assert_eq!(taken.run.state, RunState::Closed);
    taken
}

/// What a run changed, but for the credential report, which each run asks for anew.
async fn changes(store: &Arc<dyn Store>, run: &RunId) -> Vec<Change> {
    let (mut changes, mut after) = (Vec::new(), None);
    loop {
        let answer = store.changes(run, after.as_deref(), 1_000).await.unwrap();
        changes.extend(answer.items);
        after = answer.next;
        if after.is_none() {
            changes.retain(|change| change.id.kind != Kind::CredentialReport);
            return changes;
        }
    }
}

fn of_kind(changes: &[Change], kind: Kind) -> Vec<&Change> {
    changes.iter().filter(|change| change.id.kind == kind).collect()
}

fn user(taken: &Taken, wanted: &str) -> Stored {
    let users = taken.snapshot.of_kind(Kind::User);
    let mut named = users.filter(|stored| match &stored.entity {
        Entity::User(user) => user.name == wanted,
        _ => false,
    });
    named.next().expect("the user is there").clone()
}

async fn is_deleted(store: &Arc<dyn Store>, scope: &Scope, id: &EntityId) -> bool {
    store.entity(scope, id).await.unwrap().expect("it is kept").deleted.is_some()
}

#[test]
fn a_deleted_user_is_tombstoned() {
    world::run(async {
        let world = changing().await;
        let (proxy, store) = (world.proxy(Plan::default()).await, empty_store());
        let (account, name) = (account(&world, ACCOUNT), "leaver");
        let iam = iam(&world, &account).await;
        iam.create_user().user_name(name).send().await.unwrap();
        let accounts = [account];
        let before = user(&run(&proxy, &store, &accounts, 1).await, name);

        iam.delete_user().user_name(name).send().await.unwrap();
        let after = run(&proxy, &store, &accounts, 2).await;
        let id = before.entity.id();
        assert!(after.snapshot.get(&id).is_none());
        assert!(is_deleted(&store, &before.scope, &id).await);
        let changes = changes(&store, &after.run.id).await;
        let [change] = of_kind(&changes, Kind::User)[..] else { panic!("{changes:?}") };
        assert_eq!((change.kind, &change.id), (ChangeKind::Deleted, &id));
        assert_eq!(change.before.as_ref(), Some(&before.entity));
        assert_eq!((&change.after, &change.after_hash), (&None, &None));
        // The account's own count of its users goes with it.
        for change in changes.iter().filter(|change| change.id.kind != Kind::AccountSummary) {
            assert_eq!(change.kind, ChangeKind::Deleted, "{change:?}");
        }
        let history = store.history(&before.scope, &id).await.unwrap();
        let kinds: Vec<_> = history.iter().map(|change| change.kind).collect();
        assert_eq!(kinds, [ChangeKind::Created, ChangeKind::Deleted]);

        // A third run does not delete it again.
        let third = run(&proxy, &store, &accounts, 3).await;
        assert_eq!(self::changes(&store, &third.run.id).await, []);
        assert_eq!(store.history(&before.scope, &id).await.unwrap().len(), 2);
    });
}

#[test]
fn a_user_of_the_same_name_is_another_user() {
    world::run(async {
        let world = changing().await;
        let (proxy, store) = (world.proxy(Plan::default()).await, empty_store());
        let (account, name) = (account(&world, ACCOUNT), "comes-back");
        let iam = iam(&world, &account).await;
        iam.create_user().user_name(name).send().await.unwrap();
        let accounts = [account];
        let before = user(&run(&proxy, &store, &accounts, 1).await, name);

        iam.delete_user().user_name(name).send().await.unwrap();
        iam.create_user().user_name(name).send().await.unwrap();
        // The company's corrections make unique ids out of ARNs; AWS makes a new one.
        let id = "<UserId>AIDACOMESBACKEXAMPLE</UserId>".to_owned();
        let patch = Patch::insert_xml("UserName", BTreeMap::from([(name.to_owned(), id)]));
        let action = Match::action("iam:GetAccountAuthorizationDetails");
        proxy.set_plan(world.company.plan().rule(action, Fault::Patch(patch)));
        let taken = run(&proxy, &store, &accounts, 2).await;
        let after = user(&taken, name);
        assert_ne!(before.entity.id(), after.entity.id());
        let (Entity::User(old), Entity::User(new)) = (&before.entity, &after.entity) else {
            panic!("users");
        };
        assert_eq!(old.arn, new.arn);
        assert!(is_deleted(&store, &before.scope, &before.entity.id()).await);
        let changes = changes(&store, &taken.run.id).await;
        let mut kinds: Vec<_> = of_kind(&changes, Kind::User)
            .into_iter()
            .map(|change| (change.kind, change.id.clone()))
            .collect();
        kinds.sort();
        assert_eq!(
            kinds,
            [(ChangeKind::Created, after.entity.id()), (ChangeKind::Deleted, before.entity.id())]
        );
        iam.delete_user().user_name(name).send().await.unwrap();
    });
}

#[test]
fn a_moved_account_changes_its_place_and_nothing_else() {
    world::run(async {
        let world = changing().await;
        let (proxy, store) = (world.proxy(Plan::default()).await, empty_store());
        let account = account(&world, ACCOUNT);
        let accounts = [account.clone()];
        let before = run(&proxy, &store, &accounts, 1).await;
        let place = |taken: &Taken, kind| {
            taken.snapshot.aspect(kind, account.as_str()).expect("it is there").clone()
        };
        let Entity::AccountPlacement(from) = place(&before, Kind::AccountPlacement) else {
            panic!("a placement");
        };
        let units = before.snapshot.of_kind(Kind::OrganizationalUnit);
        let target =
            units.map(|stored| stored.entity.key()).find(|key| *key != from.parent).unwrap();

        let sessions =
            visit::sessions(world.endpoint(), REGION, Arc::new(SystemClock)).await.unwrap();
        let caller = sessions.caller().account.clone();
        let organizations =
            sessions.session(&caller).await.unwrap().organizations(&Region::global());
        let shift = async |from: &str, to: &str| {
            let account = account.as_str();
            let shift = organizations.move_account().account_id(account);
            shift.source_parent_id(from).destination_parent_id(to).send().await.unwrap();
        };
        shift(&from.parent, &target).await;
        let after = run(&proxy, &store, &accounts, 2).await;
        shift(&target, &from.parent).await;

        assert_eq!(place(&before, Kind::Account), place(&after, Kind::Account));
        let Entity::AccountPlacement(to) = place(&after, Kind::AccountPlacement) else {
            panic!("a placement");
        };
        assert_eq!(to.parent, target);
        let changes = changes(&store, &after.run.id).await;
        let [change] = &changes[..] else { panic!("{changes:?}") };
        assert_eq!((change.kind, change.id.kind), (ChangeKind::Changed, Kind::AccountPlacement));
        assert_eq!(change.before, Some(Entity::AccountPlacement(from)));
        assert_eq!(change.after, Some(Entity::AccountPlacement(to)));
    });
}

#[test]
fn what_an_account_that_left_had_is_kept() {
    world::run(async {
        let world = changing().await;
        let (proxy, store) = (world.proxy(Plan::default()).await, empty_store());
        let (gone, stays) = (account(&world, ACCOUNT), account(&world, OTHER));
        let before = run(&proxy, &store, &[gone.clone(), stays.clone()], 1).await;

        let id = gone.to_string();
        let without = Patch::custom("without-account", move |_, body| {
            let Ok(mut answer) = serde_json::from_slice::<Value>(&body) else { return body };
            let Some(accounts) = answer["Accounts"].as_array_mut() else { return body };
            accounts.retain(|account| account["Id"] != *id);
            answer.to_string().into()
        });
        let left = Plan::default()
            .rule(Match::action("organizations:ListAccounts*"), Fault::Patch(without));
        let after = run(&world.proxy(left).await, &store, std::slice::from_ref(&stays), 2).await;

        let own = |taken: &Taken| -> Vec<EntityId> {
            let own = taken.snapshot.entities().filter(|stored| stored.scope.account == gone);
            own.map(|stored| stored.entity.id()).collect()
        };
        assert!(own(&before).len() > 5);
        assert_eq!(own(&before), own(&after));
        for (scope, status) in statuses(&after.snapshot) {
            let left = status == Status::Unavailable(Unavailable::AccountLeft);
            assert_eq!(left, scope.account == gone, "{scope}: {status:?}");
        }
        // The organization, in turn, has one account less.
        assert!(after.snapshot.aspect(Kind::Account, gone.as_str()).is_none());
        let changes = changes(&store, &after.run.id).await;
        assert!(!changes.is_empty());
        for change in &changes {
            assert_eq!(change.kind, ChangeKind::Deleted);
            assert_eq!(change.scope.collector, "organization", "{change:?}");
        }

        // It comes back.
        let again = run(&proxy, &store, &[gone.clone(), stays], 3).await;
        assert_eq!(contents(&again.snapshot), contents(&before.snapshot));
        assert_eq!(statuses(&again.snapshot), statuses(&before.snapshot));
        let changes = self::changes(&store, &again.run.id).await;
        assert!(changes.iter().all(|change| change.kind == ChangeKind::Restored), "{changes:?}");
    });
}

#[test]
fn what_is_denied_on_the_second_run_is_kept() {
    world::run(async {
        let world = changing().await;
        let (proxy, store) = (world.proxy(Plan::default()).await, empty_store());
        let account = account(&world, ACCOUNT);
        let accounts = [account.clone()];
        let before = run(&proxy, &store, &accounts, 1).await;
        let action = "iam:GetAccountAuthorizationDetails";
        let when = Match::action(action).in_account(account.as_str());
        let denied = Plan::default().rule(when, Fault::Deny { by: Layer::Scp });
        let after = run(&world.proxy(denied).await, &store, &accounts, 2).await;

        assert_eq!(changes(&store, &after.run.id).await, []);
        assert_eq!(contents(&after.snapshot), contents(&before.snapshot));
        let mut lost = 0;
        for (scope, status) in statuses(&after.snapshot) {
            if scope.account == account && scope.collector == "iam-authorization" {
                assert!(
                    matches!(&status, Status::Denied { action: told, .. } if told == action),
                    "{scope}: {status:?}"
                );
                lost += 1;
            } else {
                assert_eq!(Some(&status), statuses(&before.snapshot).get(&scope), "{scope}");
            }
        }
        assert!(lost > 0);
    });
}

#[test]
fn a_list_without_an_end_deletes_nothing() {
    world::run(async {
        let world = changing().await;
        let (proxy, store) = (world.proxy(Plan::default()).await, empty_store());
        let (account, name) = (account(&world, ACCOUNT), "unlisted");
        let iam = iam(&world, &account).await;
        iam.create_user().user_name(name).send().await.unwrap();
        let accounts = [account.clone()];
        let before = run(&proxy, &store, &accounts, 1).await;
        iam.delete_user().user_name(name).send().await.unwrap();

        let when = Match::action("iam:GetAccountAuthorizationDetails").in_account(account.as_str());
        let endless = Plan::default().rule(when, Fault::quirky_page(2, Quirk::RepeatToken));
        let after = run(&world.proxy(endless).await, &store, &accounts, 2).await;
        let changes = changes(&store, &after.run.id).await;
        let listed = |change: &&Change| change.scope.collector == "iam-authorization";
        assert_eq!(changes.iter().filter(listed).count(), 0, "{changes:?}");
        assert!(
            !is_deleted(&store, &user(&before, name).scope, &user(&before, name).entity.id()).await
        );
        for (scope, status) in statuses(&after.snapshot) {
            if scope.account == account && scope.collector == "iam-authorization" {
                assert!(matches!(status, Status::Partial { .. }), "{scope}: {status:?}");
            }
        }

        // The next complete list deletes what is gone.
        let third = run(&proxy, &store, &accounts, 3).await;
        assert!(third.snapshot.get(&user(&before, name).entity.id()).is_none());
    });
}

#[test]
fn a_changed_tag_changes_the_tags() {
    world::run(async {
        let world = changing().await;
        let (proxy, store) = (world.proxy(Plan::default()).await, empty_store());
        let (account, name) = (account(&world, ACCOUNT), "tagged");
        let iam = iam(&world, &account).await;
        let tag = |value: &str| {
            aws_sdk_iam::types::Tag::builder().key("team").value(value).build().unwrap()
        };
        iam.create_user().user_name(name).tags(tag("blue")).send().await.unwrap();
        let accounts = [account];
        run(&proxy, &store, &accounts, 1).await;
        iam.tag_user().user_name(name).tags(tag("red")).send().await.unwrap();
        let after = run(&proxy, &store, &accounts, 2).await;
        iam.delete_user().user_name(name).send().await.unwrap();

        let changes = changes(&store, &after.run.id).await;
        let [change] = &changes[..] else { panic!("{changes:?}") };
        assert_eq!(change.kind, ChangeKind::Changed);
        let (Some(Entity::User(before)), Some(Entity::User(after))) =
            (&change.before, &change.after)
        else {
            panic!("{change:?}");
        };
        assert_ne!(before.tags, after.tags);
        let mut same = before.clone();
        same.tags.clone_from(&after.tags);
        assert_eq!(&same, after);
        assert_ne!(change.before_hash, change.after_hash);
    });
}

#[test]
fn an_unchanged_organization_writes_no_entity() {
    world::run(async {
        let world = changing().await;
        let (proxy, store) = (world.proxy(Plan::default()).await, empty_store());
        let accounts = [account(&world, ACCOUNT), account(&world, OTHER)];
        let before = run(&proxy, &store, &accounts, 1).await;
        let bodies = || store.cost()["store.bodies_written"];
        let first = bodies();
        assert!(first > 50, "{first}");
        let after = run(&proxy, &store, &accounts, 2).await;
        assert_eq!(changes(&store, &after.run.id).await, []);
        assert_eq!(contents(&after.snapshot), contents(&before.snapshot));
        // The reports have a new date each, and a change record that says so.
        let all = store.changes(&after.run.id, None, 1_000).await.unwrap().items;
        let reports = all.len() as u64;
        println!("{first} bodies, then {} for {reports} credential reports", bodies() - first);
        assert!(bodies() - first <= 3 * reports, "{} for {reports}", bodies() - first);
    });
}
