//! Estates, read from all that they can be read from.

use serde_json::{Value, json};

use super::Estate;
use crate::access::can;
use crate::policy::evaluate::Decision;

const ANA: &str = "arn:aws:iam::111122223333:user/team/ana";
const ROLE: &str = "arn:aws:iam::111122223333:role/r";

fn policy(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
}

fn decision(estate: &Estate, principal: &str, action: &str) -> Decision {
    can(estate, principal, action, "*", &[]).unwrap().decision
}

/// As the AWS CLI prints it; one document as the API encodes it.
fn details() -> Value {
    json!({
        "UserDetailList": [{
            "Path": "/team/", "UserName": "ana", "UserId": "AIDAEXAMPLE", "Arn": ANA, "CreateDate": "2026-01-01T00:00:00+00:00",
            "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": policy("s3:Get*")}],
            "GroupList": ["g"], "AttachedManagedPolicies": [{"PolicyName": "m", "PolicyArn": "arn:aws:iam::aws:policy/m"}],
            "Tags": [{"Key": "Team", "Value": "red"}],
        }],
        "GroupDetailList": [{
            "Path": "/x/", "GroupName": "g", "GroupId": "AGPAEXAMPLE", "Arn": "arn:aws:iam::111122223333:group/x/g",
            "GroupPolicyList": [{"PolicyName": "p", "PolicyDocument": "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22sqs%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D"}],
            "AttachedManagedPolicies": [],
        }],
        "RoleDetailList": [{
            "Path": "/", "RoleName": "r", "RoleId": "AROAEXAMPLE", "Arn": ROLE, "InstanceProfileList": [],
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ANA}}]},
            "RolePolicyList": [], "AttachedManagedPolicies": [{"PolicyName": "gone", "PolicyArn": "arn:aws:iam::aws:policy/gone"}],
            "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": "arn:aws:iam::aws:policy/m"},
        }],
        "Policies": [{
            "PolicyName": "m", "Arn": "arn:aws:iam::aws:policy/m", "DefaultVersionId": "v2",
            "PolicyVersionList": [
                {"VersionId": "v2", "IsDefaultVersion": true, "Document": policy("ec2:*")},
                {"VersionId": "v1", "IsDefaultVersion": false, "Document": policy("iam:*")}],
        }],
    })
}

#[test]
fn authorization_details_are_read() {
    let estate = Estate::import([("details.json", details().to_string().as_str())]);
    assert_eq!(estate.set_aside, []);
    for (principal, action, expected) in [
        (ANA, "s3:GetObject", Decision::Allowed),
        (ANA, "ec2:RunInstances", Decision::Allowed),
        (ANA, "sqs:SendMessage", Decision::Allowed),
        (ANA, "iam:CreateUser", Decision::ImplicitlyDenied),
        (ROLE, "ec2:RunInstances", Decision::Unknown),
        (ROLE, "iam:CreateUser", Decision::ImplicitlyDenied),
    ] {
        assert_eq!(decision(&estate, principal, action), expected, "{principal} {action}");
    }
    let assumed = can(&estate, ANA, "sts:AssumeRole", ROLE, &[]).unwrap();
    assert_eq!(assumed.decision, Decision::Allowed);
    let session = "arn:aws:sts::111122223333:assumed-role/r/s";
    assert_eq!(decision(&estate, session, "ec2:RunInstances"), Decision::Unknown);
    let reason = can(&estate, ROLE, "ec2:RunInstances", "*", &[]).unwrap().reason;
    assert!(reason.contains("policy/gone"), "{reason}");
    let by_group = can(&estate, ANA, "sqs:SendMessage", "*", &[]).unwrap();
    assert_eq!(by_group.decided_by[0].policy, "p of arn:aws:iam::111122223333:group/x/g");
    assert_eq!(estate.identity(ANA).unwrap().tags[0], ("team".into(), "red".into()));
}

#[test]
fn bad_parts_are_set_aside_and_the_rest_is_read() {
    let text = json!({
        "principals": [
            {"arn": ANA, "inline": [policy("s3:*"), {"Statement": 7}], "managed": null},
            {"arn": "arn:aws:s3:::b"}, {"no": "arn"}, 7, {"arn": ANA}],
        "managed_policies": [], "groups": {"a": 1}, "resources": [{"arn": 3}],
    });
    let estate = Estate::import([
        ("made", text.to_string().as_str()),
        ("broken", "{"),
        ("list", "[]"),
        ("empty", ""),
    ]);
    assert_eq!(estate.identities.len(), 1);
    assert!(estate.set_aside.len() >= 9, "{:#?}", estate.set_aside);
    assert_eq!(decision(&estate, ANA, "s3:GetObject"), Decision::Unknown, "a policy is not whole");
}

#[test]
fn the_tree_is_laid_on_its_accounts() {
    let with = |account: &str, management: &str| {
        let text = json!({
            "organization": {"id": "o-1", "management_account": management,
                "ous": {"r": {"parent": null, "scps": ["all"], "rcps": []},
                        "ou": {"parent": "r", "scps": ["s3"], "rcps": []}},
                "accounts": {account: {"ou": "ou", "scps": ["all"], "rcps": []}},
                "policies": {"all": policy("*"), "s3": policy("s3:*")}},
            "principals": [{"arn": ANA, "inline": [policy("*")]}],
        });
        Estate::import([("made", text.to_string().as_str())])
    };
    let member = with("111122223333", "444455556666");
    assert_eq!(decision(&member, ANA, "s3:GetObject"), Decision::Allowed);
    assert_eq!(decision(&member, ANA, "ec2:RunInstances"), Decision::ImplicitlyDenied);
    let management = with("111122223333", "111122223333");
    assert_eq!(decision(&management, ANA, "ec2:RunInstances"), Decision::Allowed);
    let stranger = with("444455556666", "444455556666");
    assert_eq!(decision(&stranger, ANA, "ec2:RunInstances"), Decision::Allowed);
}

#[test]
fn a_lost_policy_of_the_organization_makes_answers_unknown() {
    let text = json!({
        "organization": {"id": "o-1", "management_account": "444455556666",
            "ous": {"r": {"parent": null, "scps": ["gone"], "rcps": []}},
            "accounts": {"111122223333": {"ou": "r", "scps": ["FullAWSAccess"], "rcps": []}}, "policies": {}},
        "principals": [{"arn": ANA, "inline": [policy("*")]}],
    });
    let estate = Estate::import([("made", text.to_string().as_str())]);
    let answer = can(&estate, ANA, "s3:GetObject", "*", &[]).unwrap();
    assert_eq!(answer.decision, Decision::Unknown);
    assert!(answer.reason.contains("gone"), "{}", answer.reason);
}

#[test]
fn a_snapshot_is_read() {
    use crate::model::policy::{InlinePolicy, PolicyDocument};
    use crate::model::principal::{Group, User};
    use crate::model::{Entity, Snapshot};

    let document = |action: &str| PolicyDocument(policy(action).to_string());
    let inline =
        |action: &str| vec![InlinePolicy { name: "own".to_owned(), document: document(action) }];
    let user = User {
        arn: ANA.parse().unwrap(),
        unique_id: "AIDAEXAMPLE".to_owned(),
        name: "ana".to_owned(),
        path: "/team/".to_owned(),
        created: None,
        groups: vec!["g".to_owned()],
        attached_policies: vec!["arn:aws:iam::aws:policy/gone".parse().unwrap()],
        inline_policies: inline("s3:*"),
        boundary: None,
        tags: [("team".to_owned(), "red".to_owned())].into(),
    };
    let group = Group {
        arn: "arn:aws:iam::111122223333:group/x/g".parse().unwrap(),
        unique_id: "AGPAEXAMPLE".to_owned(),
        name: "g".to_owned(),
        path: "/x/".to_owned(),
        created: None,
        attached_policies: Vec::new(),
        inline_policies: inline("sqs:*"),
    };
    let entities = [Entity::User(user), Entity::Group(group)];
    let draft = entities.iter().fold(super::Draft::default(), |mut draft, entity| {
        draft.entity(entity);
        draft
    });
    let estate = draft.finish();
    assert_eq!(estate.identities.len(), 1);
    assert_eq!(decision(&estate, ANA, "s3:GetObject"), Decision::Unknown, "a text is gone");
    let by_group = &estate.identities[0].policies[2];
    assert_eq!(by_group.source.to_string(), "own of arn:aws:iam::111122223333:group/x/g");
    assert_eq!(Estate::of_snapshot(&Snapshot::default()).identities.len(), 0);
}

mod snapshot;
