//! What looks like a way and is none, and what is one and looks harmless.

use serde_json::{Value, json};

use super::fixture::{ACCOUNT, account, all, arn, policy};
use crate::access::Index;
use crate::access::escalation::Escalation;

fn trust(principal: &Value) -> Value {
    policy(json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}]))
}

/// An account with an administrator of each kind, and somebody with the statements of a row; what else differs is in its
/// `rest`.
fn first_hop(row: &Value) -> Option<&'static str> {
    let (statements, rest) = (row["statements"].clone(), &row["rest"]);
    let mut start = json!({"arn": arn("user", "start"), "type": "user", "account": ACCOUNT,
        "inline": [policy(statements)], "groups": [arn("group", "team")]});
    start.as_object_mut().unwrap().extend(rest["start"].as_object().cloned().unwrap_or_default());
    let reads = policy(json!([{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]));
    let user = |name: &str, own: &Value| json!({"arn": arn("user", name), "type": "user", "account": ACCOUNT, "inline": [own]});
    let role = |name: &str, own: &Value, trusted: Value| {
        json!({"arn": arn("role", name), "type": "role", "account": ACCOUNT,
        "inline": [own], "trust": trust(&trusted)})
    };
    let mut reader = role("reader", &reads, json!({"AWS": ACCOUNT}));
    reader["managed"] = json!([arn("policy", "tools")]);
    let mut principals = vec![
        start,
        user("boss", &all()),
        user("mate", &reads),
        role("runner", &all(), json!({"Service": "lambda.amazonaws.com"})),
        role("closed", &all(), json!({"Service": "batch.amazonaws.com"})),
        reader,
    ];
    principals.extend(rest["principals"].as_array().cloned().unwrap_or_default());
    let team = rest["team"].as_array().cloned().unwrap_or_default();
    let estate = account(
        &json!(principals),
        &json!({"managed_policies": {arn("policy", "tools"): reads, arn("policy", "limit"): reads},
            "groups": [{"arn": arn("group", "team"), "inline": team, "managed": []},
                {"arn": arn("group", "readers"), "inline": [reads], "managed": []}]}),
    );
    let index = Index::of(&estate);
    Escalation::of(&index).route(&arn("user", "start")).map(|route| route.hops[0].id)
}

fn rows(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

#[test]
fn what_is_safe_is_not_flagged() {
    let rows = rows(include_str!("safe.json"));
    assert!(rows.len() >= 10);
    for row in rows {
        assert_eq!(first_hop(&row), None, "{}", row["what"]);
    }
}

#[test]
fn what_looks_harmless_is_found() {
    for row in rows(include_str!("real.json")) {
        assert_eq!(first_hop(&row), row["id"].as_str(), "{}", row["what"]);
    }
}
