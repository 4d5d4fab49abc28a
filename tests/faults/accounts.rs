//! Accounts that cannot be entered, are another than they should be, or are no part of anything.

use std::collections::{BTreeMap, BTreeSet};

use accesstrail_shared::collect::pipeline::Reach;
use accesstrail_shared::model::coverage::AccountCoverage;
use accesstrail_shared::model::organization::AccountState;
use accesstrail_shared::model::{AccountId, Authority, Kind, Status, Unavailable};
use accesstrail_shared::testing::company::SUSPENDED;
use accesstrail_shared::testing::proxy::{Fault, Layer, Match, Plan};
use accesstrail_tests::compare::{
    Scene, Seen, assert_none, complaints, difference, hit, lost_with,
};
use accesstrail_tests::world::{self, World};
use tokio::sync::OnceCell;

const OTHERS: [&str; 2] = ["ci-platform", "web-prod"];

static WHOLE: OnceCell<Seen> = OnceCell::const_new();

/// The whole organization without any fault but its own.
async fn whole(world: &World) -> &'static Seen {
    WHOLE.get_or_init(async || Scene::organization().fresh(world, Plan::default()).await).await
}

fn is_denied(status: &Status, by: Authority) -> bool {
    *status == Status::Denied { action: "sts:AssumeRole".to_owned(), by }
}

/// What is different from a first, undisturbed inventory when one account of three cannot be entered.
async fn without_one(faults: impl Fn(&str) -> Plan, by: Authority, note: &[&str]) {
    let world = world::world().await;
    let scene = Scene::with(world, &OTHERS);
    let store = world::empty_store();
    let base = Box::pin(scene.again(world, &store, Plan::default())).await;
    let lost = world.company.account("web-prod").unwrap();
    let seen = Box::pin(scene.again(world, &store, faults(lost))).await;
    let mut wrong = difference(&base.contents, &seen.contents);
    for coverage in seen.taken.snapshot.coverage() {
        if matches!(coverage.status, Status::Excluded(_)) {
            continue;
        }
        if coverage.scope.account.as_str() == lost {
            let told = coverage.note.as_deref().unwrap_or_default();
            if !is_denied(&coverage.status, by) || !note.iter().all(|words| told.contains(words)) {
                wrong.push(format!("{}: {:?}, {told:?}", coverage.scope, coverage.status));
            }
        } else if base.statuses.get(&coverage.scope) != Some(&coverage.status) {
            wrong.push(format!("{} became {:?}", coverage.scope, coverage.status));
        }
    }
    assert_none(wrong);
    assert_eq!(seen.deleted(), 0);
    let accounts = seen.taken.snapshot.accounts();
    assert_eq!(accounts.get(&lost.parse().unwrap()), Some(&AccountCoverage::Denied));
    let complete = [world.company.management(), world.company.account("ci-platform").unwrap()];
    for account in complete {
        assert_eq!(accounts.get(&account.parse().unwrap()), Some(&AccountCoverage::Complete));
    }
}

#[test]
fn a_role_that_may_not_be_assumed() {
    let refused = |account: &str| {
        let role = Match::action("sts:AssumeRole").in_account(account);
        Plan::default().rule(role, Fault::Deny { by: Layer::Unsaid })
    };
    world::run(without_one(refused, Authority::Unspecified, &["accesstrail-read", "AccessDenied"]));
}

#[test]
fn credentials_of_another_account() {
    let other = "999988887777";
    let answer = |account: &str| {
        let body = format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <GetCallerIdentityResult><Arn>arn:aws:sts::{other}:assumed-role/accesstrail-read/x</Arn>\
             <UserId>AROAEXAMPLE:x</UserId><Account>{other}</Account></GetCallerIdentityResult>\
             </GetCallerIdentityResponse>"
        );
        let caller = Match::action("sts:GetCallerIdentity").in_account(account);
        let answer =
            Fault::Answer { status: 200, body: body.into(), content_type: "text/xml".to_owned() };
        Plan::default().rule(caller, answer)
    };
    world::run(without_one(answer, Authority::Unspecified, &["belong to account 999988887777"]));
}

#[test]
fn every_account_is_told_of_and_the_suspended_one_never_called() {
    world::run(async {
        let world = world::world().await;
        let seen = whole(world).await;
        let summary = world.company.summary();
        let mut accounts = BTreeMap::<_, Vec<String>>::new();
        for (account, coverage) in seen.taken.snapshot.accounts() {
            accounts.entry(coverage).or_default().push(account.to_string());
        }
        assert_eq!(accounts, summary.accounts);
        let planned: BTreeSet<&str> =
            seen.taken.plan.accounts.keys().map(AccountId::as_str).collect();
        let all: BTreeSet<&str> = world.company.accounts().map(|(_, id)| id).collect();
        assert_eq!(planned, all);
        // The store keeps one of each of AWS's own policies, whoever uses it.
        let mut expected = summary.entities.clone();
        expected.insert(Kind::Policy, summary.customer_policies);
        let snapshot = &seen.taken.snapshot;
        let counted: BTreeMap<Kind, usize> = expected
            .keys()
            .map(|kind| {
                let all = snapshot.of_kind(*kind);
                (*kind, all.filter(|stored| stored.scope.account != AccountId::aws()).count())
            })
            .collect();
        assert_none(difference(&expected, &counted));

        let suspended = world.company.account(SUSPENDED).unwrap();
        assert!(seen.calls.iter().all(|call| call.account.as_deref() != Some(suspended)));
        for (scope, status) in &seen.statuses {
            if scope.account.as_str() == suspended {
                let is = Status::Unavailable(Unavailable::AccountState("SUSPENDED".to_owned()));
                assert_eq!(*status, is, "{scope}");
            }
        }
        assert_eq!(seen.taken.run.planned, seen.taken.run.ended);
    });
}

#[test]
fn an_account_that_is_in_no_organization() {
    world::run(async {
        let world = world::world().await;
        let outside = Fault::Answer {
            status: 400,
            body: "{\"__type\":\"AWSOrganizationsNotInUseException\",\"Message\":\"Your account is not a \
                   member of an organization.\"}"
                .into(),
            content_type: "application/x-amz-json-1.1".to_owned(),
        };
        let plan = Plan::default().rule(Match::action("organizations:*"), outside);
        let seen = Box::pin(Scene::organization().fresh(world, plan)).await;
        let management = world.company.management();
        let accounts: Vec<_> = seen.taken.plan.accounts.iter().collect();
        assert_eq!(accounts.len(), 1);
        assert_eq!(
            seen.taken.plan.accounts.get(&management.parse().unwrap()),
            Some(&AccountState::Active)
        );
        assert!(seen.taken.plan.notes.iter().any(|note| note.contains("not in an organization")));
        for (scope, status) in &seen.statuses {
            let nothing = scope.collector == "organization" && scope.capability != "accounts";
            let is = if nothing {
                Status::Unavailable(Unavailable::NotInOrganization)
            } else {
                Status::Complete
            };
            assert_eq!(*status, is, "{scope}");
        }
        let coverage = seen.taken.snapshot.accounts();
        assert_eq!(coverage.get(&management.parse().unwrap()), Some(&AccountCoverage::Complete));
    });
}

#[test]
fn accounts_that_may_not_be_listed_are_those_known_before() {
    world::run(async {
        let world = world::world().await;
        let store = world::empty_store();
        let scene = Scene::organization();
        let base = Box::pin(scene.again(world, &store, Plan::default())).await;
        let action = "organizations:ListAccounts";
        let plan = Plan::default().rule(Match::action(action), Fault::Deny { by: Layer::Scp });
        let seen = Box::pin(scene.again(world, &store, plan)).await;
        assert_eq!(seen.taken.plan.accounts, base.taken.plan.accounts);
        assert!(seen.taken.plan.notes.iter().any(|note| note.contains("known before")));
        let is = Status::Denied { action: action.to_owned(), by: Authority::Scp };
        let accounts = hit(world, &seen, action);
        let mut wrong =
            complaints(&base, &seen, &accounts, &lost_with(action, &[]), |status| *status == is);
        wrong.extend(difference(&base.contents, &seen.contents));
        assert_none(wrong);
    });
}

#[test]
fn the_caller_alone() {
    world::run(async {
        let world = world::world().await;
        let scene = Scene { reach: Reach::Caller, ..Scene::organization() };
        let seen = Box::pin(scene.fresh(world, Plan::default())).await;
        assert!(seen.calls_of("sts:AssumeRole").is_empty());
        assert!(
            seen.statuses.values().all(|status| *status == Status::Complete),
            "{:?}",
            seen.statuses
        );
    });
}
