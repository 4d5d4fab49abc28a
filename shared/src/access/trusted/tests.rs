//! Who comes into roles from outside.

use serde_json::{Value, json};

use super::*;

const ROLE: &str = "arn:aws:iam::111122223333:role/r";
const OIDC: &str = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
const SAML: &str = "arn:aws:iam::111122223333:saml-provider/corp";

fn found(trust: &Value, rest: &Value) -> Vec<(Outsider, String, bool, usize)> {
    let mut given = json!({"principals": [
        {"arn": ROLE, "type": "role", "account": "111122223333", "trust": {"Version": "2012-10-17", "Statement": trust}},
        {"arn": "arn:aws:iam::111122223333:user/ana", "type": "user", "account": "111122223333"},
    ]});
    given.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    let estate = Estate::import([("made", given.to_string().as_str())]);
    assert!(estate.set_aside.is_empty(), "{:?}", estate.set_aside);
    let role = estate.identity(ROLE).unwrap();
    let all = Entrances::of(&estate).into_role(role).into_iter();
    all.map(|it| (it.kind, it.who, it.is_certain, it.open.len())).collect()
}

fn allow(action: &str, principal: &Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Principal": principal})
}

#[test]
fn each_kind_comes_in_by_its_own_action() {
    let rows = [
        ("sts:AssumeRole", json!({"Service": "ec2.amazonaws.com"}), Outsider::Service),
        ("sts:AssumeRoleWithWebIdentity", json!({"Federated": OIDC}), Outsider::Oidc),
        (
            "sts:AssumeRoleWithWebIdentity",
            json!({"Federated": "accounts.google.com"}),
            Outsider::Oidc,
        ),
        ("sts:AssumeRoleWithSAML", json!({"Federated": SAML}), Outsider::Saml),
        ("sts:AssumeRole", json!({"AWS": "444455556666"}), Outsider::Account),
        ("sts:AssumeRole", json!({"AWS": "arn:aws:iam::444455556666:root"}), Outsider::Account),
        ("sts:AssumeRole", json!({"AWS": "arn:aws:iam::444455556666:role/x"}), Outsider::Principal),
        ("sts:AssumeRole", json!("*"), Outsider::Everyone),
    ];
    for (action, principal, kind) in rows {
        for spelled in [action, "sts:*", "*"] {
            let all = found(&json!([allow(spelled, &principal)]), &json!({}));
            assert_eq!(all.len(), 1, "{principal} {spelled}: {all:?}");
            assert_eq!((all[0].0, all[0].2), (kind, true), "{principal} {spelled}");
        }
        let other = if action == "sts:AssumeRole" { "sts:TagSession" } else { "sts:AssumeRole" };
        assert_eq!(
            found(&json!([allow(other, &principal)]), &json!({})),
            [],
            "{principal} {other}"
        );
        let denied = json!([allow("sts:*", &principal),
            {"Effect": "Deny", "Action": "sts:Assume*", "Principal": "*"}]);
        assert_eq!(found(&denied, &json!({})), [], "{principal} is denied");
    }
}

#[test]
fn those_who_were_collected_are_not_outside() {
    let named = json!({"AWS": ["arn:aws:iam::111122223333:user/ana", "111122223333"]});
    assert_eq!(found(&json!([allow("sts:AssumeRole", &named)]), &json!({})), []);
}

#[test]
fn what_the_trust_asks_comes_back() {
    let mut own = allow("sts:AssumeRoleWithWebIdentity", &json!({"Federated": OIDC}));
    own["Condition"] = json!({"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/*"},
        "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}});
    assert_eq!(found(&json!([own]), &json!({})), [(Outsider::Oidc, OIDC.to_owned(), false, 2)]);
    let mut own = allow("sts:AssumeRole", &json!({"AWS": "444455556666"}));
    own["Condition"] = json!({"StringEquals": {"sts:ExternalId": "x"}});
    assert_eq!(found(&json!([own]), &json!({}))[0].3, 1);
    own["Condition"] = json!({"StringEquals": {"aws:PrincipalAccount": "777788889999"}});
    assert_eq!(found(&json!([own]), &json!({})), [], "the condition is about another account");
}

#[test]
fn a_resource_control_policy_shuts_the_door() {
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": "*", "Resource": "*"}]});
    let rest = json!({"organization": {"id": "o-1", "management_account": "444455556666",
        "ous": {"r": {"parent": null, "scps": ["FullAWSAccess"], "rcps": ["p"]}},
        "accounts": {"111122223333": {"ou": "r", "scps": ["FullAWSAccess"], "rcps": []}}, "policies": {"p": deny}}});
    let trust = json!([allow("sts:AssumeRoleWithWebIdentity", &json!({"Federated": OIDC}))]);
    assert_eq!(found(&trust, &rest), []);
    assert_eq!(found(&trust, &json!({})).len(), 1);
}

#[test]
fn people_have_the_roles_of_their_permission_sets() {
    let role = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_Set_0123456789abcdef";
    let given = json!({"principals": [{"arn": role, "type": "role", "account": "111122223333"}],
        "assignments": [
            {"account": "111122223333", "permission_set": "Admin_Set", "user": "ana"},
            {"account": "111122223333", "permission_set": "Admin_Set", "group": "ops", "members": ["bob", "ana"]},
            {"account": "111122223333", "permission_set": "Admin_Set", "group": "empty"},
            {"account": "444455556666", "permission_set": "Admin_Set", "user": "eve"},
            {"account": "111122223333", "permission_set": "Other", "user": "eve"}]});
    let estate = Estate::import([("made", given.to_string().as_str())]);
    let identity = estate.identity(role).unwrap();
    let all = Entrances::of(&estate).into_role(identity);
    let all: Vec<(&str, &str)> =
        all.iter().map(|it| (it.who.as_str(), it.via.as_deref().unwrap())).collect();
    assert_eq!(
        all,
        [
            ("ana", "Admin_Set"),
            ("group empty", "Admin_Set"),
            ("ana", "Admin_Set, group ops"),
            ("bob", "Admin_Set, group ops"),
        ]
    );
    assert!(unseen(identity).unwrap().contains("was not collected"));
}
