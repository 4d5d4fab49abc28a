//! Estates, read from all that they can be read from.

use serde_json::{Value, json};

use super::Estate;
use crate::access::{Index, WhoCan as _, can};
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
    assert_eq!(
        estate.identity(ANA).unwrap().tags.as_ref().unwrap()[0],
        ("team".into(), "red".into())
    );
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
fn no_units_are_told_from_units_that_are_not_known() {
    let asked = |ous: &str, management: &str| {
        let text = format!(
            r#"{{"organization": {{"id": "o-1", "management_account": {management}, "ous": {ous},
                "accounts": {{"111122223333": {{"scps": ["all"], "rcps": []}}}}, "policies": {{"all": {}}}}},
                "principals": [{{"arn": "{ANA}", "inline": [{}]}}]}}"#,
            policy("*"),
            policy("*")
        );
        decision(&Estate::import([("made", text.as_str())]), ANA, "s3:GetObject")
    };
    let owner = r#""444455556666""#;
    for ous in ["{}", "{ }", "null"] {
        assert_eq!(asked(ous, owner), Decision::Allowed, "{ous}");
    }
    for ous in [r#"{"ou": {"parent": null, "scps": ["all"], "rcps": []}}"#, "17"] {
        assert_eq!(asked(ous, owner), Decision::Unknown, "{ous}");
    }
    // The policies of the organization do not bind its owner, whoever that is.
    assert_eq!(asked("{}", "true"), Decision::Unknown);
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
        draft.entity(entity, &"111122223333".parse().unwrap());
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

#[test]
fn the_order_of_a_files_members_means_nothing() {
    let Value::Object(given) = details() else { panic!() };
    let written = |key: &str| format!("{}:{}", json!(key), given[key]);
    let keys = ["Policies", "RoleDetailList", "GroupDetailList", "UserDetailList"];
    let text = format!("{{{}}}", keys.map(written).join(","));
    let estate = Estate::import([("details.json", text.as_str())]);
    assert_eq!(estate.set_aside, []);
    assert_eq!(decision(&estate, ANA, "ec2:RunInstances"), Decision::Allowed);
}

#[test]
fn a_file_of_something_else_is_set_aside() {
    for text in ["{}", r#"{"hello":1}"#, r#"{"Statement":[]}"#, "[]", "1", ""] {
        let estate = Estate::import([("other.json", text)]);
        assert_eq!(estate.set_aside.len(), 1, "{text}");
        assert_eq!(estate.set_aside[0].place, "other.json");
    }
    for text in [
        r#"{"principals":[]}"#,
        r#"{"UserDetailList":[]}"#,
        r#"{"organization":null,"resources":[]}"#,
    ] {
        assert_eq!(Estate::import([("empty.json", text)]).set_aside, [], "{text}");
    }
}

/// AWS takes neither of these, so that nobody knows what is in force where one is found.
#[test]
fn a_statement_that_aws_refuses_where_it_stands_grants_nothing() {
    use Decision::{Allowed, ImplicitlyDenied, Unknown};

    let statement = |more: Value| {
        let mut own = json!({"Effect": "Allow", "Action": ["s3:*", "sts:AssumeRole"]});
        own.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"Version": "2012-10-17", "Statement": [own]})
    };
    let whole = statement(json!({"Resource": "*"}));
    let nameless = statement(json!({"Resource": "arn:aws:s3:::b/*"}));
    let aimless = statement(json!({}));
    let named = statement(json!({"Resource": "*", "Principal": "*"}));
    let given = |inline: &Value, trust: &Value, bucket: &Value, scp: &Value| {
        let text = json!({
            "organization": {"id": "o-1", "management_account": "999999999999", "policies": {"own": scp},
                "ous": {"r": {"parent": null, "scps": ["own"], "rcps": []}},
                "accounts": {"111122223333": {"ou": "r", "scps": ["own"], "rcps": []}}},
            "principals": [
                {"arn": ANA, "type": "user", "account": "111122223333", "inline": [inline]},
                {"arn": ROLE, "type": "role", "account": "111122223333", "inline": [], "trust": trust}],
            "resources": [{"arn": "arn:aws:s3:::b", "account": "111122223333", "policy": bucket}],
        });
        Estate::import([("made.json", text.to_string().as_str())])
    };
    let asked = |estate: &Estate| {
        let ask = |who, action, on| can(estate, who, action, on, &[]).unwrap().decision;
        [
            ask(ANA, "s3:GetObject", "arn:aws:s3:::b/k"),
            ask("*", "s3:GetObject", "arn:aws:s3:::b/k"),
            ask(ANA, "sts:AssumeRole", ROLE),
        ]
    };
    let shut = statement(json!({"Resource": "*", "Principal": {"AWS": "999999999999"}}));
    let sound = given(&whole, &shut, &shut, &whole);
    assert_eq!(asked(&sound), [Allowed, ImplicitlyDenied, ImplicitlyDenied]);
    assert_eq!(sound.set_aside, []);
    for (inline, trust, bucket, scp, expected) in [
        (&aimless, &shut, &shut, &whole, [Unknown, ImplicitlyDenied, ImplicitlyDenied]),
        (&named, &shut, &shut, &whole, [Unknown, ImplicitlyDenied, ImplicitlyDenied]),
        (&whole, &nameless, &shut, &whole, [Allowed, ImplicitlyDenied, Unknown]),
        (&whole, &shut, &nameless, &whole, [Unknown, Unknown, ImplicitlyDenied]),
        (&whole, &shut, &shut, &aimless, [Unknown, ImplicitlyDenied, ImplicitlyDenied]),
    ] {
        let estate = given(inline, trust, bucket, scp);
        assert_eq!(asked(&estate), expected, "{inline} {trust} {bucket} {scp}");
        assert_eq!(estate.set_aside.len(), 1, "{:?}", estate.set_aside);
    }
}

#[test]
fn what_is_known_of_strangers_is_derived() {
    let in_organization = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
        "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}]});
    let open = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]});
    let by_session = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringLike": {"aws:userid": "AROAEXAMPLE:ana"}}}]});
    let text = json!({
        "organization": {"id": "o-1", "management_account": "999999999999", "policies": {"rcp": in_organization},
            "ous": {"r": {"parent": null, "scps": ["p-FullAWSAccess"], "rcps": ["rcp"]}},
            "accounts": {"111122223333": {"ou": "r", "scps": ["p-FullAWSAccess"], "rcps": []}}},
        "principals": [{"arn": ROLE, "type": "role", "account": "111122223333", "id": "AROAEXAMPLE", "inline": [by_session]}],
        "resources": [{"arn": "arn:aws:s3:::b", "account": "111122223333", "policy": open},
            {"arn": "arn:aws:s3:::own", "account": "111122223333", "policy": null}],
    });
    let estate = Estate::import([("made.json", text.to_string().as_str())]);
    let ask = |who: &str, on: &str| {
        let answer = can(&estate, who, "s3:GetObject", on, &[]).unwrap();
        (answer.decision, answer.missing_keys)
    };
    let key = "arn:aws:s3:::b/k";
    for (who, expected) in [
        ("arn:aws:iam::111122223333:root", Decision::Allowed),
        ("arn:aws:iam::444455556666:root", Decision::ExplicitlyDenied),
        ("*", Decision::ExplicitlyDenied),
        ("ec2.amazonaws.com", Decision::Allowed),
    ] {
        assert_eq!(ask(who, key), (expected, vec![]), "{who}");
    }
    let session = |name: &str| format!("arn:aws:sts::111122223333:assumed-role/r/{name}");
    assert_eq!(ask(&session("ana"), "arn:aws:s3:::own/k").0, Decision::Allowed);
    assert_eq!(ask(&session("bob"), "arn:aws:s3:::own/k").0, Decision::ImplicitlyDenied);
}

/// What of a file cannot be read is in force with a text that nobody has; what can be read in one way only is read so.
#[test]
fn unreadable_parts_make_answers_unknown() {
    let bucket = "arn:aws:s3:::b";
    let deny = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Principal": "*"}]});
    let file = json!({
        "organization": {"id": "o-1", "management_account": "444455556666",
            "ous": {"r": {"parent": null, "scps": ["all"], "rcps": []}},
            "accounts": {"111122223333": {"ou": "r", "scps": ["all"], "rcps": []}},
            "policies": {"all": policy("*")}},
        "principals": [{"arn": ANA, "inline": [policy("*")], "managed": [], "groups": []}],
        "resources": [{"arn": bucket, "account": "111122223333", "policy": deny}],
    });
    let ask = |path: &str, value: Value, resource: &str| {
        let mut file = file.clone();
        *file.pointer_mut(path).unwrap() = value;
        let estate = Estate::import([("made", file.to_string().as_str())]);
        let answer = can(&estate, ANA, "s3:GetObject", resource, &[]).unwrap();
        let who = Index::of(&estate).who_can("s3:GetObject", resource, &[]).unwrap();
        assert_eq!(who.who.len() == 1, answer.decision == Decision::Allowed, "{path}");
        assert_eq!(who.unknown.len() == 1, answer.decision == Decision::Unknown, "{path}");
        (answer.decision, estate.set_aside.len())
    };
    let account = "/organization/accounts/111122223333";
    let (seven, lost) = (json!([7]), Decision::Unknown);
    let rows = [
        ("/organization", json!("none"), lost),
        ("/organization/ous", json!("none"), lost),
        ("/organization/ous", Value::Null, lost),
        ("/organization/ous/r/scps", seven.clone(), lost),
        ("/organization/ous/r/rcps", seven.clone(), lost),
        ("/organization/accounts", json!(["111122223333"]), lost),
        ("/organization/policies", json!([]), lost),
        ("/organization/policies/all", json!(7), lost),
        (account, json!([]), lost),
        (&format!("{account}/ou"), json!(["r"]), lost),
        (&format!("{account}/ou"), Value::Null, lost),
        (&format!("{account}/scps"), seven.clone(), lost),
        ("/principals/0/managed", seven, lost),
        ("/principals/0/inline", json!(7), lost),
        ("/organization/id", json!(7), Decision::Allowed),
        (&format!("{account}/scps"), json!("all"), Decision::Allowed),
        ("/organization/management_account", json!(444_455_556_666_u64), Decision::Allowed),
        ("/principals/0/inline", policy("*"), Decision::Allowed),
    ];
    for (path, value, expected) in rows {
        let (decision, aside) = ask(path, value.clone(), "*");
        assert_eq!(decision, expected, "{path} is {value}");
        // An id is asked for by no answer here, and a unit that is not there is told.
        let is_fine = expected == Decision::Allowed && path != "/organization/id";
        assert!(value.is_null() || (aside == 0) == is_fine, "{path} is {value}");
    }
    let resources = [
        ("/resources/0/account", json!(111_122_223_333_u64), Decision::ExplicitlyDenied),
        ("/resources/0/account", json!(["111122223333"]), lost),
        ("/resources/0/policy", json!(7), lost),
    ];
    for (path, value, expected) in resources {
        assert_eq!(ask(path, value.clone(), "arn:aws:s3:::b/key").0, expected, "{path} is {value}");
    }
}
