//! Versions of managed policies that are not in force.

use serde_json::{Value, json};

use super::fixture::{ACCOUNT, all, arn, policy};
use crate::access::escalation::{Escalation, Perhaps, Route};
use crate::access::{Estate, Index};

const SETS: &str = "iam:SetDefaultPolicyVersion";

fn allow(actions: &Value) -> Value {
    policy(json!([{"Effect": "Allow", "Action": actions, "Resource": "*"}]))
}

/// What `get-account-authorization-details` prints of a user with a policy in these versions, the first in force.
fn details(versions: &[Value], owner: &str) -> Value {
    let arn_of = format!("arn:aws:iam::{owner}:policy/team");
    let versions = versions.iter().enumerate().map(|(at, document)| {
        json!({"VersionId": format!("v{}", at + 1), "IsDefaultVersion": at == 0, "Document": document})
    });
    json!({
        "UserDetailList": [{"UserName": "raynor", "UserId": "AIDAEXAMPLE", "Arn": arn("user", "raynor"), "GroupList": [],
            "AttachedManagedPolicies": [{"PolicyName": "team", "PolicyArn": arn_of}]}],
        "Policies": [{"PolicyName": "team", "Arn": arn_of, "DefaultVersionId": "v1",
            "PolicyVersionList": versions.collect::<Vec<_>>()}],
    })
}

fn search(file: &Value) -> (Option<Route>, Vec<Perhaps>) {
    let estate = Estate::import([("made", file.to_string().as_str())]);
    let index = Index::of(&estate);
    let found = Escalation::of(&index);
    (found.route(&arn("user", "raynor")), found.perhaps())
}

fn version(file: &Value) -> Option<String> {
    let (route, perhaps) = search(file);
    assert_eq!(perhaps, []);
    let hop = route?.hops.into_iter().next()?;
    assert_eq!(hop.id, "iam-101");
    hop.permissions.into_iter().next()?.version
}

#[test]
fn a_version_that_gives_all_is_found_and_named() {
    let sets = allow(&json!(SETS));
    let reads = allow(&json!("s3:Get*"));
    let gives = |actions: Value| {
        version(&details(&[sets.clone(), reads.clone(), allow(&actions)], ACCOUNT))
    };
    let third = Some("v3".to_owned());
    assert_eq!(gives(json!("*")), third);
    assert_eq!(gives(json!(["iam:*", "s3:*", "sts:*", "ec2:*"])), third);
    assert_eq!(gives(json!("iam:PutUserPolicy")), third, "what gives itself all the rest");
    assert_eq!(gives(json!("iam:CreatePolicyVersion")), third);
    assert_eq!(gives(json!(["s3:*", "iam:Get*"])), None);
    assert_eq!(gives(json!(SETS)), None, "it only goes back and forth");
    let denied = policy(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]));
    assert_eq!(version(&details(&[sets.clone(), denied], ACCOUNT)), None);
    assert_eq!(version(&details(&[reads, all()], ACCOUNT)), None, "it may not set versions");
    // A denial of the version in force goes with it.
    let narrow = policy(json!([{"Effect": "Allow", "Action": SETS, "Resource": "*"},
        {"Effect": "Deny", "NotAction": SETS, "Resource": "*"}]));
    assert_eq!(version(&details(&[narrow, all()], ACCOUNT)).as_deref(), Some("v2"));
    assert_eq!(version(&details(&[sets, all()], "aws")), None, "it is AWS's own");
}

#[test]
fn a_boundary_goes_back_with_its_policy() {
    let team = arn("policy", "team");
    let file = |boundary: &str| {
        json!({
            "managed_policies": {team.clone(): allow(&json!([SETS, "s3:*"])), arn("policy", "limit"): allow(&json!(SETS))},
            "policy_versions": {team.clone(): {"v1": all()}},
            "principals": [{"arn": arn("user", "raynor"), "type": "user", "account": ACCOUNT,
                "managed": [team], "boundary": boundary}],
        })
    };
    let found = |boundary: &str| version(&file(&arn("policy", boundary)));
    assert_eq!(found("limit"), None);
    assert_eq!(found("team").as_deref(), Some("v1"));
}

#[test]
fn a_version_whose_text_nobody_has_is_told() {
    let (route, perhaps) = search(&details(&[allow(&json!(SETS)), Value::Null], ACCOUNT));
    assert_eq!(route, None);
    let [perhaps] = perhaps.as_slice() else { panic!("{perhaps:?}") };
    assert_eq!(perhaps.path, ["iam-101"]);
    let text = perhaps.unknown.join("; ");
    assert!(text.contains("version v2 of arn:aws:iam::111122223333:policy/team"), "{text}");
}
