//! The organization changes between two runs: what is deleted, what is kept, and what is said about it.

use std::collections::BTreeMap;
use std::sync::Arc;

use accesstrail_shared::collect::pipeline::Reach;
use accesstrail_shared::model::{
    AccountId, Change, ChangeKind, Entity, EntityId, Kind, Region, RunId, RunState, Status, Stored,
    Timestamp, Unavailable,
};
use accesstrail_shared::port::{Clock as _, Store, SystemClock};
use accesstrail_shared::testing::proxy::{Fault, Layer, Match, Patch, Plan, Proxy, Quirk};
use accesstrail_shared::testing::visit;
use accesstrail_tests::world::{
    self, Ask, REGION, Taken, World, contents, empty_store, found, inventory, statuses,
};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard, OnceCell};

/// The account in which most of it happens.
const ACCOUNT: &str = "web-dev";
/// Another one.
const OTHER: &str = "payments-dev";

/// A world that these tests change, one after the other.
static CHANGED: OnceCell<Mutex<World>> = OnceCell::const_new();

/// What two runs of a test share: the world in which something happens between them, a way to it without
/// faults, and a store that is empty before the first.
pub(super) struct Scene {
    pub(super) world: MutexGuard<'static, World>,
    pub(super) proxy: Proxy,
    pub(super) store: Arc<dyn Store>,
    pub(super) account: AccountId,
}

impl Scene {
    pub(super) async fn set() -> Self {
        let world = CHANGED.get_or_init(async || Mutex::new(found().await)).await.lock().await;
        let (proxy, account) = (world.proxy(Plan::default()).await, account(&world, ACCOUNT));
        Self { proxy, store: empty_store(), account, world }
    }

    /// IAM of the account in which most of it happens.
    pub(super) async fn iam(&self) -> aws_sdk_iam::Client {
        let endpoint = self.world.endpoint();
        let sessions = visit::sessions(endpoint, REGION, Arc::new(SystemClock)).await.unwrap();
        sessions.session(&self.account).await.unwrap().iam(&Region::global())
    }

    /// A user, and what the first run knows about it.
    async fn with_user(&self, name: &str) -> (aws_sdk_iam::Client, Stored) {
        let iam = self.iam().await;
        iam.create_user().user_name(name).send().await.unwrap();
        let user = user(&self.run(1).await, name);
        (iam, user)
    }

    /// A run over the account, later than all before it.
    async fn run(&self, number: u32) -> Taken {
        run(&self.proxy, &self.store, std::slice::from_ref(&self.account), number).await
    }

    /// Such a run, with faults.
    async fn run_with(&self, faults: Plan, number: u32) -> Taken {
        let proxy = self.world.proxy(faults).await;
        run(&proxy, &self.store, std::slice::from_ref(&self.account), number).await
    }

    async fn changes(&self, taken: &Taken) -> Vec<Change> {
        changes(&self.store, &taken.run.id).await
    }

    pub(super) async fn is_deleted(&self, known: &Stored) -> bool {
        let found = self.store.entity(&known.scope, &known.entity.id()).await.unwrap();
        found.expect("it is kept").deleted.is_some()
    }
}

pub(super) fn account(world: &World, key: &str) -> AccountId {
    world.company.account(key).unwrap().parse().unwrap()
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
pub(super) async fn changes(store: &Arc<dyn Store>, run: &RunId) -> Vec<Change> {
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

#[test]
fn a_deleted_user_is_tombstoned() {
    world::run(async {
        let (scene, name) = (Scene::set().await, "leaver");
        let (iam, before) = scene.with_user(name).await;
        iam.delete_user().user_name(name).send().await.unwrap();
        let after = scene.run(2).await;
        let id = before.entity.id();
        assert!(after.snapshot.get(&id).is_none());
        assert!(scene.is_deleted(&before).await);
        let changes = scene.changes(&after).await;
        let [change] = of_kind(&changes, Kind::User)[..] else { panic!("{changes:?}") };
        assert_eq!((change.kind, &change.id), (ChangeKind::Deleted, &id));
        assert_eq!(change.before.as_ref(), Some(&before.entity));
        assert_eq!((&change.after, &change.after_hash), (&None, &None));
        // The account's own count of its users goes with it.
        for change in changes.iter().filter(|change| change.id.kind != Kind::AccountSummary) {
            assert_eq!(change.kind, ChangeKind::Deleted, "{change:?}");
        }
        let history = scene.store.history(&before.scope, &id).await.unwrap();
        let kinds: Vec<_> = history.iter().map(|change| change.kind).collect();
        assert_eq!(kinds, [ChangeKind::Created, ChangeKind::Deleted]);

        // A third run does not delete it again.
        let third = scene.run(3).await;
        assert_eq!(scene.changes(&third).await, []);
        assert_eq!(scene.store.history(&before.scope, &id).await.unwrap().len(), 2);
    });
}

#[test]
fn a_user_of_the_same_name_is_another_user() {
    world::run(async {
        let (scene, name) = (Scene::set().await, "comes-back");
        let (iam, before) = scene.with_user(name).await;
        iam.delete_user().user_name(name).send().await.unwrap();
        iam.create_user().user_name(name).send().await.unwrap();
        // The company's corrections make unique ids out of ARNs; AWS makes a new one.
        let id = "<UserId>AIDACOMESBACKEXAMPLE</UserId>".to_owned();
        let patch = Patch::insert_xml("UserName", BTreeMap::from([(name.to_owned(), id)]));
        let action = Match::action("iam:GetAccountAuthorizationDetails");
        let plan = scene.world.company.plan().rule(action, Fault::Patch(patch));
        scene.proxy.set_plan(plan);
        let taken = scene.run(2).await;
        let after = user(&taken, name);
        assert_ne!(before.entity.id(), after.entity.id());
        let (Entity::User(old), Entity::User(new)) = (&before.entity, &after.entity) else {
            panic!("users");
        };
        assert_eq!(old.arn, new.arn);
        assert!(scene.is_deleted(&before).await);
        let changes = scene.changes(&taken).await;
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
        let scene = Scene::set().await;
        let before = scene.run(1).await;
        let place = |taken: &Taken, kind| {
            taken.snapshot.aspect(kind, scene.account.as_str()).expect("it is there").clone()
        };
        let Entity::AccountPlacement(from) = place(&before, Kind::AccountPlacement) else {
            panic!("a placement");
        };
        let units = before.snapshot.of_kind(Kind::OrganizationalUnit);
        let target =
            units.map(|stored| stored.entity.key()).find(|key| *key != from.parent).unwrap();

        let endpoint = scene.world.endpoint();
        let sessions = visit::sessions(endpoint, REGION, Arc::new(SystemClock)).await.unwrap();
        let caller = sessions.caller().account.clone();
        let organizations =
            sessions.session(&caller).await.unwrap().organizations(&Region::global());
        let shift = async |from: &str, to: &str| {
            let shift = organizations.move_account().account_id(scene.account.as_str());
            shift.source_parent_id(from).destination_parent_id(to).send().await.unwrap();
        };
        shift(&from.parent, &target).await;
        let after = scene.run(2).await;
        shift(&target, &from.parent).await;

        assert_eq!(place(&before, Kind::Account), place(&after, Kind::Account));
        let Entity::AccountPlacement(to) = place(&after, Kind::AccountPlacement) else {
            panic!("a placement");
        };
        assert_eq!(to.parent, target);
        let changes = scene.changes(&after).await;
        let [change] = &changes[..] else { panic!("{changes:?}") };
        assert_eq!((change.kind, change.id.kind), (ChangeKind::Changed, Kind::AccountPlacement));
        assert_eq!(change.before, Some(Entity::AccountPlacement(from)));
        assert_eq!(change.after, Some(Entity::AccountPlacement(to)));
    });
}

#[test]
fn what_an_account_that_left_had_is_kept() {
    world::run(async {
        let Scene { world, proxy, store, account: gone } = Scene::set().await;
        let stays = account(&world, OTHER);
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
        let scene = Scene::set().await;
        let before = scene.run(1).await;
        let action = "iam:GetAccountAuthorizationDetails";
        let when = Match::action(action).in_account(scene.account.as_str());
        let denied = Plan::default().rule(when, Fault::Deny { by: Layer::Scp });
        let after = scene.run_with(denied, 2).await;

        assert_eq!(scene.changes(&after).await, []);
        assert_eq!(contents(&after.snapshot), contents(&before.snapshot));
        let mut lost = 0;
        for (scope, status) in statuses(&after.snapshot) {
            if scope.account == scene.account && scope.collector == "iam-authorization" {
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
        let (scene, name) = (Scene::set().await, "unlisted");
        let (iam, before) = scene.with_user(name).await;
        iam.delete_user().user_name(name).send().await.unwrap();

        let when = Match::action("iam:GetAccountAuthorizationDetails");
        let when = when.in_account(scene.account.as_str());
        let endless = Plan::default().rule(when, Fault::quirky_page(2, Quirk::RepeatToken));
        let after = scene.run_with(endless, 2).await;
        let changes = scene.changes(&after).await;
        let listed = |change: &&Change| change.scope.collector == "iam-authorization";
        assert_eq!(changes.iter().filter(listed).count(), 0, "{changes:?}");
        assert!(!scene.is_deleted(&before).await);
        for (scope, status) in statuses(&after.snapshot) {
            if scope.account == scene.account && scope.collector == "iam-authorization" {
                assert!(matches!(status, Status::Partial { .. }), "{scope}: {status:?}");
            }
        }

        // The next complete list deletes what is gone.
        let third = scene.run(3).await;
        assert!(third.snapshot.get(&before.entity.id()).is_none());
    });
}

#[test]
fn a_changed_tag_changes_the_tags() {
    world::run(async {
        let (scene, name) = (Scene::set().await, "tagged");
        let iam = scene.iam().await;
        let tag = |value: &str| {
            aws_sdk_iam::types::Tag::builder().key("team").value(value).build().unwrap()
        };
        iam.create_user().user_name(name).tags(tag("blue")).send().await.unwrap();
        scene.run(1).await;
        iam.tag_user().user_name(name).tags(tag("red")).send().await.unwrap();
        let after = scene.run(2).await;
        iam.delete_user().user_name(name).send().await.unwrap();

        let changes = scene.changes(&after).await;
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
        let Scene { world, proxy, store, account } = Scene::set().await;
        let accounts = [account, self::account(&world, OTHER)];
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

/// A credential report with a row for nobody but the root user.
fn report_of_nobody(account: &AccountId, made: Timestamp) -> Fault {
    let root = format!("arn:aws:iam::{account}:root");
    let columns = [
        ("user", "<root_account>"),
        ("arn", &root),
        ("user_creation_time", "2024-01-02T03:04:05Z"),
        ("password_enabled", "not_supported"),
        ("password_last_used", "no_information"),
        ("mfa_active", "true"),
        ("access_key_1_active", "false"),
        ("access_key_1_last_rotated", "N/A"),
        ("access_key_1_last_used_date", "N/A"),
        ("access_key_2_active", "false"),
        ("access_key_2_last_rotated", "N/A"),
        ("access_key_2_last_used_date", "N/A"),
    ];
    let (head, row): (Vec<&str>, Vec<&str>) = columns.into_iter().unzip();
    let report = BASE64_STANDARD.encode(format!("{}\n{}\n", head.join(","), row.join(",")));
    let body = format!(
        "<GetCredentialReportResponse><GetCredentialReportResult><Content>{report}</Content>\
         <ReportFormat>text/csv</ReportFormat><GeneratedTime>{made}</GeneratedTime>\
         </GetCredentialReportResult></GetCredentialReportResponse>"
    );
    Fault::Answer { status: 200, body: body.into(), content_type: "text/xml".to_owned() }
}

/// AWS keeps a credential report for four hours: who came since is not in it, and is not gone.
#[test]
fn who_came_after_the_report_was_made_is_kept() {
    world::run(async {
        let (scene, name) = (Scene::set().await, "newcomer");
        let iam = scene.iam().await;
        iam.create_user().user_name(name).send().await.unwrap();
        let denied = ["Generate", "Get"].into_iter().fold(Plan::default(), |plan, verb| {
            let action = Match::action(&format!("iam:{verb}CredentialReport"));
            plan.rule(action, Fault::Deny { by: Layer::Identity })
        });
        let before = scene.run_with(denied, 1).await;
        let facets = |taken: &Taken| -> Vec<Stored> {
            let kinds = [Kind::Mfa, Kind::AccessKeys, Kind::AccessKeyUse, Kind::Password];
            let all =
                taken.snapshot.entities().filter(|stored| kinds.contains(&stored.entity.kind()));
            let new = |stored: &&Stored| stored.entity.key().contains(&format!(":user/{name}#"));
            all.filter(new).cloned().collect()
        };
        assert_eq!(facets(&before).len(), 4, "calls per user tell all of it");

        let made = Timestamp::from_second(SystemClock.now().as_second() - 3 * 60 * 60).unwrap();
        let answer = report_of_nobody(&scene.account, made);
        let when = Match::action("iam:GetCredentialReport").in_account(scene.account.as_str());
        let after = scene.run_with(Plan::default().rule(when, answer), 2).await;
        iam.delete_user().user_name(name).send().await.unwrap();
        let report = after.snapshot.coverage().find(|coverage| {
            coverage.scope.account == scene.account && coverage.scope.capability == "mfa"
        });
        let report = report.expect("the scope is told");
        assert_eq!((&report.status, report.as_of), (&Status::Complete, Some(made)));
        assert_eq!(facets(&after), facets(&before));
    });
}
