//! Paths to one principal.

use serde_json::{Value, json};

use super::fixture::{ACCOUNT, account, all, arn, policy};
use crate::access::escalation::{Escalation, Route};
use crate::access::{Estate, Index};

fn trust(who: &str) -> Value {
    policy(json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": who}}]))
}

fn allow(action: &str, resource: &str) -> Value {
    policy(json!([{"Effect": "Allow", "Action": action, "Resource": resource}]))
}

/// `data` has no rights of an administrator. ana assumes it; bob makes itself an administrator; cat makes `tool` one; dan
/// assumes `step`, which may assume it; eve has nothing.
fn estate() -> Estate {
    let user = |name: &str, inline: Value| json!({"arn": arn("user", name), "type": "user", "account": ACCOUNT, "inline": [inline]});
    let role = |name: &str, inline: Value, trusted: &str| {
        json!({"arn": arn("role", name), "type": "role",
        "account": ACCOUNT, "inline": [inline], "trust": trust(trusted)})
    };
    let reads = allow("s3:GetObject", "*");
    account(
        &json!([
            user("ana", allow("sts:AssumeRole", &arn("role", "data"))),
            user("bob", allow("iam:PutUserPolicy", &arn("user", "bob"))),
            user(
                "cat",
                policy(json!([
                {"Effect": "Allow", "Action": ["iam:PutRolePolicy", "sts:AssumeRole"], "Resource": arn("role", "tool")}]))
            ),
            user("dan", allow("sts:AssumeRole", &arn("role", "step"))),
            user("eve", reads.clone()),
            user("root", all()),
            role("step", allow("sts:AssumeRole", &arn("role", "data")), ACCOUNT),
            role("tool", reads.clone(), ACCOUNT),
            role("data", reads, ACCOUNT),
        ]),
        &json!({}),
    )
}

fn ids(route: &Route) -> Vec<&'static str> {
    route.hops.iter().map(|hop| hop.id).collect()
}

#[test]
fn paths_to_one_principal() {
    let estate = estate();
    let index = Index::of(&estate);
    let to = |goal: &str| Escalation::to(&index, goal).unwrap();
    let data = to(&arn("role", "data"));
    let of = |name: &str| data.route(&arn("user", name));
    assert_eq!(ids(&of("ana").unwrap()), ["sts-001"]);
    assert_eq!(ids(&of("root").unwrap()), ["sts-001"]);
    assert_eq!(ids(&of("dan").unwrap()), ["sts-001", "sts-001"]);
    assert_eq!(of("eve"), None);
    let bob = of("bob").unwrap();
    assert_eq!(ids(&bob), ["iam-007", "sts-001"]);
    assert_eq!(bob.hops[1].from, arn("user", "bob"));
    assert_eq!(bob.hops[1].to, arn("role", "data"));
    let cat = of("cat").unwrap();
    assert_eq!(ids(&cat), ["iam-017", "sts-001"]);
    assert_eq!(cat.hops[1].from, arn("role", "tool"));
    for route in data.routes() {
        assert_eq!(route.hops.last().unwrap().to, arn("role", "data"), "{route:?}");
        let is_joined = route.hops.windows(2).all(|two| two[0].to == two[1].from);
        assert!(is_joined, "{route:?}");
        assert!(!route.remedy.from.is_empty(), "{route:?}");
    }
    // A user that nobody but an administrator may touch.
    let eve = to(&arn("user", "eve"));
    let from: Vec<String> = eve.routes().into_iter().map(|route| route.principal).collect();
    let expected = ["root", "bob", "cat"].map(|name| arn("user", name));
    assert_eq!(from, expected, "the shortest first");
    assert!(Escalation::to(&index, &arn("user", "nobody")).is_none());
}

#[test]
fn a_limit_that_stays_stops_whoever_makes_itself_an_administrator() {
    let limited = |limit: Value| {
        let bob = json!({"arn": arn("user", "bob"), "type": "user", "account": ACCOUNT, "boundary": limit,
            "inline": [allow("iam:PutUserPolicy", "*")]});
        let goal = json!({"arn": arn("role", "data"), "type": "role", "account": ACCOUNT, "trust": trust(ACCOUNT)});
        let estate = account(&json!([bob, goal]), &json!({}));
        let index = Index::of(&estate);
        Escalation::to(&index, &arn("role", "data")).unwrap().route(&arn("user", "bob")).is_some()
    };
    assert!(limited(Value::Null));
    assert!(limited(all()));
    assert!(!limited(allow("iam:Put*", "*")));
}

#[test]
fn a_role_that_aws_alone_changes_is_reached_by_its_trust_alone() {
    let reserved =
        arn("role", "aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops_0123456789abcdef");
    let with = |trusted: &str| {
        let root = json!({"arn": arn("user", "root"), "type": "user", "account": ACCOUNT, "inline": [all()]});
        let bob = json!({"arn": arn("user", "bob"), "type": "user", "account": ACCOUNT,
            "inline": [allow("iam:PutUserPolicy", "*")]});
        let goal = json!({"arn": reserved, "type": "role", "account": ACCOUNT, "inline": [all()],
            "trust": trust(trusted)});
        let estate = account(&json!([root, bob, goal]), &json!({}));
        let index = Index::of(&estate);
        Escalation::to(&index, &reserved).unwrap().len()
    };
    assert_eq!(with("444455556666"), 0);
    assert_eq!(with(ACCOUNT), 2);
}
