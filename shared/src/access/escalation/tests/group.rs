//! Which groups are worth joining.

use serde_json::{Value, json};

use super::fixture::{ACCOUNT, account, arn, policy};
use crate::access::Index;
use crate::access::escalation::Escalation;

fn one(effect: &str, key: &str, actions: &Value) -> Value {
    policy(json!([{"Effect": effect, key: actions, "Resource": "*"}]))
}

fn joins(of_group: &Value, own: &[Value], boundary: &Value) -> bool {
    let group = arn("group", "power");
    let mut inline = vec![policy(
        json!([{"Effect": "Allow", "Action": "iam:AddUserToGroup", "Resource": group}]),
    )];
    inline.extend(own.iter().cloned());
    let user = json!({"arn": arn("user", "start"), "type": "user", "account": ACCOUNT, "inline": inline,
        "boundary": boundary});
    let estate = account(
        &json!([user]),
        &json!({"groups": [{"arn": group, "inline": of_group, "managed": []},
            {"arn": arn("group", "other"), "inline": [one("Allow", "Action", &json!("*"))], "managed": []}]}),
    );
    let index = Index::of(&estate);
    let route = Escalation::of(&index).route(&arn("user", "start"));
    route.is_some_and(|route| route.hops[0].id == "iam-013")
}

#[test]
fn what_a_group_gives_counts_and_not_how_it_is_written() {
    let allow = |actions: Value| one("Allow", "Action", &actions);
    let none = Value::Null;
    let rows = [
        (json!([allow(json!("*"))]), true),
        (json!([allow(json!("*:*"))]), true),
        (json!([one("Allow", "NotAction", &json!("s3:*")), allow(json!("s3:*"))]), true),
        (json!([allow(json!("iam:*"))]), true),
        (json!([allow(json!("iam:PutUserPolicy"))]), true),
        (json!([allow(json!("s3:*"))]), false),
        (json!([allow(json!(["iam:Get*", "iam:List*"]))]), false),
        (json!([allow(json!("*")), one("Deny", "Action", &json!("iam:*"))]), false),
        (json!([]), false),
    ];
    for (group, expected) in rows {
        assert_eq!(joins(&group, &[], &none), expected, "{group}");
    }
    let all = json!([allow(json!("*"))]);
    assert!(!joins(&all, &[one("Deny", "NotAction", &json!("iam:AddUserToGroup"))], &none));
    assert!(!joins(&all, &[], &allow(json!("iam:AddUserToGroup"))));
    assert!(joins(&all, &[], &allow(json!("*"))));
}
