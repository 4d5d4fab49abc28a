//! Each declared action denied in turn: exactly its capability is lost, and nothing is deleted.

use std::collections::{BTreeMap, BTreeSet};

use accesstrail_shared::collect::{Tier, When, registry};
use accesstrail_shared::model::{Authority, Kind, Status};
use accesstrail_shared::testing::proxy::{Fault, Layer, Match, Plan};
use accesstrail_tests::compare::{
    Scene, Seen, assert_none, complaints, difference, hit, lost_with,
};
use accesstrail_tests::world::{self, World};

/// A member with every kind of credential.
const MEMBER: &str = "ci-platform";

const LAYERS: [(Layer, Authority); 6] = [
    (Layer::Identity, Authority::Identity),
    (Layer::Scp, Authority::Scp),
    (Layer::Boundary, Authority::Boundary),
    (Layer::Resource, Authority::Resource),
    (Layer::Session, Authority::Session),
    (Layer::Unsaid, Authority::Unspecified),
];

/// The capabilities that are lost without an action where those in `missing` are missing anyway.
fn expected(action: &str, missing: &[&str]) -> BTreeSet<(&'static str, &'static str)> {
    match action {
        // AWS has an older report, which may still be read: see `a_report_that_may_not_be_made`.
        "iam:GenerateCredentialReport" => BTreeSet::new(),
        _ => lost_with(action, missing),
    }
}

/// The contents without what calls per user tell in other words than the report: ids of keys, no dates of
/// passwords. That the entities are there is compared all the same.
fn in_any_words(
    seen: &Seen,
    action: &str,
) -> BTreeMap<accesstrail_shared::model::EntityId, String> {
    let mut contents = seen.contents.clone();
    if action == "iam:GetCredentialReport" {
        let kinds = [Kind::Mfa, Kind::AccessKeys, Kind::AccessKeyUse, Kind::Password];
        for (id, hash) in &mut contents {
            if kinds.contains(&id.kind) {
                hash.clear();
            }
        }
    }
    contents
}

/// Denies each action, where the capabilities in `missing` are missing anyway.
async fn deny_each(world: &World, scene: &Scene, actions: &[&'static str], missing: &[&str]) {
    let mut store = world::empty_store();
    let base = Box::pin(scene.again(world, &store, Plan::default())).await;
    let mut wrong = Vec::new();
    for (action, (layer, by)) in actions.iter().zip(LAYERS.iter().cycle()) {
        let fault = Fault::Deny { by: *layer };
        let denied = Plan::default().rule(Match::action(action), fault);
        let seen = Box::pin(scene.again(world, &store, denied)).await;
        let accounts = hit(world, &seen, action);
        if accounts.is_empty() {
            wrong.push(format!("{action} was not called"));
        }
        let is = Status::Denied { action: (*action).to_owned(), by: *by };
        let mut found =
            complaints(&base, &seen, &accounts, &expected(action, missing), |status| *status == is);
        found.extend(difference(&in_any_words(&base, action), &in_any_words(&seen, action)));
        wrong.extend(found.into_iter().map(|line| format!("{action} denied: {line}")));
        if seen.contents != base.contents {
            // What was asked later than the report was made stays as it was told.
            store = world::empty_store();
            Box::pin(scene.again(world, &store, Plan::default())).await.assert_same(&base);
        }
    }
    assert_none(wrong);
}

/// The actions of some collectors that are called then.
fn actions(collectors: &[&str], when: When) -> Vec<&'static str> {
    let of = registry::ALL.iter().filter(|collector| collectors.contains(&collector.name()));
    let calls = of.flat_map(|collector| collector.calls()).filter(|call| call.when == when);
    let actions: BTreeSet<&str> = calls.map(|call| call.action).collect();
    actions.into_iter().collect()
}

fn no_report() -> Plan {
    let denied =
        |plan: Plan, action| plan.rule(Match::action(action), Fault::Deny { by: Layer::Identity });
    denied(denied(Plan::default(), "iam:GenerateCredentialReport"), "iam:GetCredentialReport")
}

#[test]
fn every_collector_is_denied_something_here() {
    let covered = ["organization", "iam-authorization", "iam-account", "iam-credentials"];
    let covered: BTreeSet<_> =
        covered.into_iter().chain(["permission-sets", "identity-store"]).collect();
    // Resources have tests of their own.
    let here =
        registry::ALL.iter().filter(|it| it.calls().iter().any(|call| call.tier != Tier::Three));
    let all: BTreeSet<_> = here.map(|collector| collector.name()).collect();
    assert_eq!(all, covered);
}

#[test]
fn each_action_of_organizations() {
    world::run(async {
        let world = world::world().await;
        let scene = Scene::with(world, &[MEMBER]);
        deny_each(world, &scene, &actions(&["organization"], When::Always), &[]).await;
    });
}

#[test]
fn each_action_of_iam() {
    world::run(async {
        let world = world::world().await;
        let scene = Scene::with(world, &[MEMBER]);
        let collectors = ["iam-authorization", "iam-account", "iam-credentials"];
        deny_each(world, &scene, &actions(&collectors, When::Always), &[]).await;
    });
}

#[test]
fn each_action_of_identity_center() {
    world::run(async {
        let world = world::world().await;
        let scene = Scene::with(world, &[MEMBER]);
        let collectors = ["permission-sets", "identity-store"];
        deny_each(world, &scene, &actions(&collectors, When::Always), &[]).await;
    });
}

#[test]
fn each_action_in_place_of_the_credential_report() {
    world::run(async {
        let world = world::world().await;
        let scene = Scene::with(world, &[MEMBER]).state(no_report());
        deny_each(
            world,
            &scene,
            &actions(&["iam-credentials"], When::Fallback),
            &["credential-report"],
        )
        .await;
    });
}

#[test]
fn each_action_that_is_asked_for() {
    world::run(async {
        let world = world::world().await;
        let scene = Scene::with(world, &[MEMBER]).full();
        deny_each(world, &scene, &actions(&["iam-credentials"], When::Asked), &[]).await;
    });
}

/// Whoever may read a report but not have it made reads an older one, and is told so; where there is none,
/// the report is denied and calls per user take its place.
#[test]
fn a_report_that_may_not_be_made() {
    world::run(async {
        let world = world::world().await;
        let scene = Scene::with(world, &[MEMBER]);
        let store = world::empty_store();
        let base = Box::pin(scene.again(world, &store, Plan::default())).await;
        let action = "iam:GenerateCredentialReport";
        let denied =
            Plan::default().rule(Match::action(action), Fault::Deny { by: Layer::Identity });
        let older = Box::pin(scene.again(world, &store, denied.clone())).await;
        older.assert_same(&base);
        let noted = older.taken.snapshot.coverage().filter(|coverage| {
            coverage.note.as_deref().is_some_and(|note| note.starts_with("an older report"))
        });
        assert_eq!(noted.count(), 2);

        let none = Fault::Answer {
            status: 410,
            body: "<ErrorResponse><Error><Type>Sender</Type><Code>ReportNotPresent</Code>\
                   <Message>No report</Message></Error></ErrorResponse>"
                .into(),
            content_type: "text/xml".to_owned(),
        };
        let absent = denied.rule(Match::action("iam:GetCredentialReport"), none);
        let seen = Box::pin(scene.again(world, &store, absent)).await;
        let lost = BTreeSet::from([("iam-credentials", "credential-report")]);
        let is = Status::Denied { action: action.to_owned(), by: Authority::Identity };
        let accounts = hit(world, &seen, action);
        let mut wrong = complaints(&base, &seen, &accounts, &lost, |status| *status == is);
        let words = "iam:GetCredentialReport";
        wrong.extend(difference(&in_any_words(&base, words), &in_any_words(&seen, words)));
        assert_none(wrong);
    });
}
