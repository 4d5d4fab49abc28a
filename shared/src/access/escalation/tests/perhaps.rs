//! What is missing or open makes no path vanish in silence.

use serde_json::{Value, json};

use super::fixture::{ACCOUNT, all, arn, policy};
use crate::access::escalation::{Escalation, Perhaps};
use crate::access::{Estate, Index};

fn allow(actions: &Value, resource: &str) -> Value {
    policy(json!([{"Effect": "Allow", "Action": actions, "Resource": resource}]))
}

/// `start` may pass the role `target`, by its group, and make functions, by a policy of its account, within a boundary.
fn file() -> Value {
    let trust = policy(json!([{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": "lambda.amazonaws.com"}}]));
    let tools = allow(&json!(["lambda:CreateFunction", "lambda:InvokeFunction"]), "*");
    json!({
        "organization": {"id": "o-1", "management_account": "444455556666",
            "ous": {"r-1": {"parent": null, "scps": ["full"], "rcps": []}},
            "accounts": {ACCOUNT: {"ou": "r-1", "scps": ["own"], "rcps": []}},
            "policies": {"full": all(), "own": all()}},
        "groups": [{"arn": arn("group", "team"), "managed": [],
            "inline": [allow(&json!("iam:PassRole"), &arn("role", "target"))]}],
        "managed_policies": {arn("policy", "tools"): tools, arn("policy", "limit"): all(),
            arn("policy", "power"): all()},
        "principals": [
            {"arn": arn("user", "start"), "type": "user", "account": ACCOUNT, "managed": [arn("policy", "tools")],
             "groups": [arn("group", "team")], "boundary": arn("policy", "limit")},
            {"arn": arn("role", "target"), "type": "role", "account": ACCOUNT, "managed": [arn("policy", "power")],
             "trust": trust},
        ],
    })
}

fn asked(file: &Value) -> (usize, Vec<Perhaps>) {
    let estate = Estate::import([("made", file.to_string().as_str())]);
    let index = Index::of(&estate);
    let found = Escalation::of(&index);
    (found.len(), found.perhaps())
}

fn of_start(found: &[Perhaps]) -> &Perhaps {
    found.iter().find(|it| it.principal == arn("user", "start")).expect("it is told")
}

#[test]
fn what_is_certain_leaves_nothing_open() {
    assert_eq!(asked(&file()), (1, Vec::new()));
}

#[test]
fn what_was_not_collected_is_named() {
    let lost = |pointer: &str, key: &str| {
        let mut file = file();
        file.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(key).unwrap();
        file
    };
    let managed = "/managed_policies";
    let rows = [
        (lost(managed, &arn("policy", "tools")), "policy/tools"),
        (lost(managed, &arn("policy", "limit")), "policy/limit"),
        (lost(managed, &arn("policy", "power")), "policy/power"),
        (lost("/organization/policies", "own"), "own"),
        (lost("/organization/ous", "r-1"), "r-1"),
        (lost("/principals/1", "trust"), "role/target"),
    ];
    for (file, name) in rows {
        let (count, perhaps) = asked(&file);
        assert_eq!(count, 0, "{name}");
        let start = of_start(&perhaps);
        assert!(start.unknown.iter().any(|it| it.contains(name)), "{name}: {perhaps:?}");
    }
    let mut file = file();
    file["groups"] = json!([]);
    assert!(of_start(&asked(&file).1).unknown[0].contains("group/team"));
}

#[test]
fn what_cannot_be_read_is_told() {
    let mut file = file();
    file["managed_policies"][arn("policy", "tools")] =
        json!({"Statement": [{"Effect": "Allow", "Action": 7}]});
    let (count, perhaps) = asked(&file);
    assert_eq!(count, 0);
    assert!(!of_start(&perhaps).unknown.is_empty(), "{perhaps:?}");
}

#[test]
fn a_condition_is_told_by_its_key() {
    let condition = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let mut file = file();
    file["groups"][0]["inline"][0]["Statement"][0]["Condition"] = condition.clone();
    let (count, perhaps) = asked(&file);
    assert_eq!(count, 0);
    let start = of_start(&perhaps);
    assert_eq!(start.missing_keys, ["aws:MultiFactorAuthPresent"]);
    assert_eq!((&start.path[..], &start.unknown[..]), (&["lambda-001"][..], &[][..]));
    // Who is an administrator only so is told, and whoever comes to it.
    let mut file = self::file();
    let power = &mut file["managed_policies"][arn("policy", "power")];
    power["Statement"][0]["Condition"] = condition;
    let (_, perhaps) = asked(&file);
    let paths: Vec<&[&str]> = perhaps.iter().map(|it| &it.path[..]).collect();
    assert_eq!(paths, [&[][..], &["lambda-001"][..]]);
    assert!(perhaps.iter().all(|it| it.missing_keys == ["aws:MultiFactorAuthPresent"]));
}

#[test]
fn what_never_holds_is_not_told() {
    // The one is allowed in one region, the other in another.
    let mut file = file();
    let each = |action: &str, region: &str| {
        json!({"Effect": "Allow", "Action": action, "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestedRegion": region}}})
    };
    file["managed_policies"][arn("policy", "tools")] =
        policy(json!([each("lambda:InvokeFunction", "eu-west-1")]));
    assert_eq!(asked(&file), (0, Vec::new()));
}

#[test]
fn paths_to_one_are_told_so_too() {
    let mut file = file();
    file["managed_policies"].as_object_mut().unwrap().remove(&arn("policy", "tools")).unwrap();
    let estate = Estate::import([("made", file.to_string().as_str())]);
    let index = Index::of(&estate);
    let found = Escalation::to(&index, &arn("role", "target")).unwrap();
    assert_eq!(found.len(), 0);
    let perhaps = found.perhaps();
    assert!(of_start(&perhaps).unknown[0].contains("policy/tools"), "{perhaps:?}");
}
