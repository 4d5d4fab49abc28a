//! The identity-store collector over the double.

use serde_json::{Value, json};

use super::IdentityStoreCollector;
use crate::collect::fake::{ACCOUNT, FakeAws, Outcome, Setup, collect_with};
use crate::collect::fake_json::{
    denied, deny_each, error, interrupt_everywhere, ok, page, refused, run_twice, text,
};
use crate::collect::{Collect as _, Interrupted, Stop};
use crate::model::identity_center::StoreUser;
use crate::model::{Entity, Status, Unavailable};

const STORE: &str = "d-1234567890";
const OTHER: &str = "d-9999999999";

fn setup() -> Setup {
    Setup { region: "eu-west-1".parse().unwrap(), ..Setup::default() }
}

fn instance(number: usize, store: &str) -> Value {
    json!({
        "InstanceArn": format!("arn:aws:sso:::instance/ssoins-7223EXAMPLE0000{number}"),
        "IdentityStoreId": store,
        "OwnerAccountId": ACCOUNT,
    })
}

fn user(number: usize) -> Value {
    json!({
        "IdentityStoreId": STORE,
        "UserId": format!("9067642ac7-{number:06}"),
        "UserName": format!("user{number}@example.com"),
        "DisplayName": "<script>alert(1)</script>",
        "UserStatus": if number.is_multiple_of(10) { "DISABLED" } else { "ENABLED" },
        "Emails": [
            { "Value": "first@example.com", "Type": "work" },
            { "Value": format!("user{number}@example.com"), "Primary": true },
        ],
        "ExternalIds": [
            { "Issuer": "https://scim.example.com", "Id": "b" },
            { "Issuer": "https://idp.example.com", "Id": "z" },
            { "Issuer": "https://scim.example.com", "Id": "a" },
        ],
    })
}

fn group(number: usize) -> Value {
    json!({
        "IdentityStoreId": STORE,
        "GroupId": format!("g-{number:04}"),
        "DisplayName": format!("group {number}"),
        "Description": "=1+1",
    })
}

fn membership(group: &str, number: usize) -> Value {
    json!({
        "IdentityStoreId": STORE,
        "MembershipId": format!("m-{group}-{number:04}"),
        "GroupId": group,
        "MemberId": { "UserId": format!("9067642ac7-{number:06}") },
    })
}

/// 1,000 users and 120 groups; the first group has 250 members, every other one two.
fn world() -> FakeAws {
    FakeAws::new()
        .on("ListInstances", |request| page(request, "Instances", &[instance(1, STORE)], 1))
        .on("ListUsers", |request| {
            page(request, "Users", &(0..1000).map(user).collect::<Vec<_>>(), 100)
        })
        .on("ListGroups", |request| {
            page(request, "Groups", &(0..120).rev().map(group).collect::<Vec<_>>(), 50)
        })
        .on("ListGroupMemberships", |request| {
            let group = text(request, "GroupId");
            let count = if group == "g-0000" { 250 } else { 2 };
            let members: Vec<Value> =
                (0..count).rev().map(|number| membership(&group, number)).collect();
            page(request, "GroupMemberships", &members, 100)
        })
}

async fn look(aws: &FakeAws) -> Outcome {
    let outcome = collect_with(&IdentityStoreCollector, aws, setup()).await;
    outcome.result.as_ref().unwrap();
    outcome
}

fn users(outcome: &Outcome) -> Vec<&StoreUser> {
    let users = outcome.entities("users").into_iter();
    users
        .map(|entity| match entity {
            Entity::StoreUser(user) => user,
            other => panic!("{other:?}"),
        })
        .collect()
}

#[tokio::test]
async fn a_thousand_users_and_their_groups() {
    let outcome = run_twice(&IdentityStoreCollector, world, setup).await;
    for (capability, seen) in
        [("directory", 0), ("users", 1000), ("groups", 120), ("memberships", 250 + 119 * 2)]
    {
        let coverage = outcome.of(capability);
        assert_eq!((&coverage.status, coverage.seen), (&Status::Complete, seen), "{capability}");
        let keys: Vec<String> =
            outcome.entities(capability).iter().map(|entity| entity.key()).collect();
        assert!(capability == "memberships" || keys.is_sorted(), "{capability}");
    }
    let users = users(&outcome);
    assert_eq!(users[10].status.as_deref(), Some("DISABLED"));
    assert_eq!(users[11].status.as_deref(), Some("ENABLED"));
    assert_eq!(users[11].email.as_deref(), Some("user11@example.com"), "the primary one");
    let issuers: Vec<_> = users[0].external_ids.iter().map(|id| (&*id.issuer, &*id.id)).collect();
    assert_eq!(
        issuers,
        [
            ("https://idp.example.com", "z"),
            ("https://scim.example.com", "a"),
            ("https://scim.example.com", "b")
        ]
    );
    assert!(outcome.pages.len() > 10, "users are told page by page");
}

#[tokio::test]
async fn deny_one_lose_one() {
    deny_each(&IdentityStoreCollector, world, setup).await;
}

#[tokio::test]
async fn interrupted_anywhere() {
    interrupt_everywhere(&IdentityStoreCollector, world, setup).await;
}

#[tokio::test]
async fn stops_after_a_page() {
    let stop = Stop::default();
    let asked = stop.clone();
    let aws = world().on("ListUsers", move |request| {
        if text(request, "NextToken") == "300" {
            asked.ask();
        }
        page(request, "Users", &(0..1000).map(user).collect::<Vec<_>>(), 100)
    });
    let outcome = collect_with(&IdentityStoreCollector, &aws, Setup { stop, ..setup() }).await;
    assert!(matches!(outcome.result, Err(Interrupted::Stopped)));
    assert_eq!(users(&outcome).len(), 400);
    let aws = world();
    let setup = Setup { cursor: outcome.cursor(), ..setup() };
    let rest = collect_with(&IdentityStoreCollector, &aws, setup).await;
    assert_eq!(users(&rest).len(), 600);
    assert_eq!(rest.of("users").seen, 1000);
    assert_eq!(aws.count("ListUsers"), 6);
}

#[tokio::test]
async fn no_instance_here() {
    let aws = FakeAws::new().on("ListInstances", |_| ok(&json!({ "Instances": [] })));
    let outcome = look(&aws).await;
    for info in IdentityStoreCollector.capabilities() {
        let Status::Unavailable(Unavailable::ServiceOff(why)) = outcome.status(info.name) else {
            panic!("{}", info.name)
        };
        assert!(why.contains("no instance of Identity Center in eu-west-1"), "{why}");
    }
}

#[tokio::test]
async fn two_stores_are_told_apart() {
    let two = || {
        world()
            .on("ListInstances", |_| {
                ok(&json!({ "Instances": [instance(2, OTHER), instance(1, STORE)] }))
            })
            .on("ListUsers", |request| {
                let count = if text(request, "IdentityStoreId") == OTHER { 3 } else { 150 };
                page(request, "Users", &(0..count).map(user).collect::<Vec<_>>(), 100)
            })
    };
    let outcome = look(&two()).await;
    assert_eq!(outcome.of("users").seen, 153);
    assert_eq!(users(&outcome).iter().filter(|user| user.identity_store == OTHER).count(), 3);
    assert_eq!(outcome.of("groups").seen, 240);
    interrupt_everywhere(&IdentityStoreCollector, two, setup).await;

    // One of them may be refused: the other is kept, and it is a gap.
    let aws = two().on("ListUsers", |request| match text(request, "IdentityStoreId").as_str() {
        OTHER => denied("identitystore:ListUsers"),
        _ => page(request, "Users", &(0..5).map(user).collect::<Vec<_>>(), 100),
    });
    let outcome = look(&aws).await;
    assert!(matches!(outcome.status("users"), Status::Partial { .. }));
    assert_eq!(outcome.of("users").seen, 5);
}

#[tokio::test]
async fn a_refused_token_starts_the_users_again_once() {
    let refused = || error("ValidationException", "nextToken is expired");
    let first = || ok(&json!({ "Users": [user(1), user(2)], "NextToken": "a" }));
    let last = || ok(&json!({ "Users": [user(3)] }));
    let aws = world().in_turn("ListUsers", [first(), refused(), first(), last()]);
    let outcome = look(&aws).await;
    assert_eq!((outcome.status("users"), outcome.of("users").seen), (&Status::Complete, 3));
    let aws = world().in_turn("ListUsers", [first(), refused(), first(), refused()]);
    let outcome = look(&aws).await;
    let Status::Partial { action, .. } = outcome.status("users") else { panic!() };
    assert_eq!((action.as_str(), outcome.of("users").seen), ("identitystore:ListUsers", 2));
    let aws = world().on("ListUsers", move |_| first());
    let outcome = look(&aws).await;
    assert!(matches!(outcome.status("users"), Status::Partial { .. }), "a token that repeats");
}

#[tokio::test]
async fn a_group_that_is_deleted_meanwhile_is_passed_over() {
    let aws =
        world().on("ListGroupMemberships", |request| match text(request, "GroupId").as_str() {
            "g-0005" => error("ResourceNotFoundException", "GROUP not found."),
            group => ok(&json!({ "GroupMemberships": [membership(group, 1)] })),
        });
    let outcome = look(&aws).await;
    assert_eq!(outcome.status("memberships"), &Status::Complete);
    assert_eq!(outcome.of("memberships").seen, 119);
}

#[tokio::test]
async fn a_group_that_breaks_off_keeps_what_was_read() {
    let aws = world().on("ListGroupMemberships", |request| {
        let group = text(request, "GroupId");
        if text(request, "NextToken") == "100" {
            return denied("identitystore:ListGroupMemberships");
        }
        let members: Vec<Value> = (0..150).map(|number| membership(&group, number)).collect();
        page(request, "GroupMemberships", &members, 100)
    });
    let outcome = look(&aws).await;
    let Status::Partial { action, .. } = outcome.status("memberships") else { panic!() };
    assert_eq!(action, "identitystore:ListGroupMemberships");
    assert_eq!(outcome.of("memberships").seen, 120 * 100);
}

#[tokio::test]
async fn refusals_are_not_repeated_for_every_group() {
    let aws = world().on("ListGroupMemberships", |_| denied("identitystore:ListGroupMemberships"));
    let outcome = look(&aws).await;
    assert_eq!(outcome.status("memberships"), &refused("identitystore:ListGroupMemberships"));
    assert!(aws.count("ListGroupMemberships") < 20);
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside_and_its_neighbours_are_kept() {
    let aws = world()
        .on("ListUsers", |_| {
            let bare = json!({ "IdentityStoreId": STORE, "UserId": "u-1", "Emails": [
                { "Type": "work" }, { "Value": "second@example.com" },
            ], "ExternalIds": [{ "Issuer": "", "Id": "x" }] });
            ok(&json!({ "Users": [{ "UserName": "nobody" }, bare] }))
        })
        .on("ListGroups", |_| ok(&json!({ "Groups": [{ "DisplayName": "nameless" }, group(1)] })))
        .on("ListGroupMemberships", |_| {
            let robot = json!({ "MembershipId": "m-1", "MemberId": { "RobotId": "r" } });
            let nobody = json!({ "MembershipId": "m-2" });
            ok(&json!({ "GroupMemberships": [robot, membership("g-0001", 1), nobody] }))
        });
    let outcome = look(&aws).await;
    assert_eq!(users(&outcome).len(), 1);
    assert_eq!(users(&outcome)[0].email.as_deref(), Some("second@example.com"));
    assert_eq!(users(&outcome)[0].status, None);
    assert!(users(&outcome)[0].external_ids.is_empty());
    for (capability, count) in [("users", 1), ("groups", 1), ("memberships", 3)] {
        let coverage = outcome.of(capability);
        assert!(matches!(coverage.status, Status::Partial { .. }), "{capability}");
        assert_eq!((coverage.seen, coverage.set_aside.len()), (1, count), "{capability}");
    }
}
