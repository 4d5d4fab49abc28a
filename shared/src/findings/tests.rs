//! Every check: where it finds something, and beside it what is almost the same and is well.

mod credentials;
mod organizations;
mod permissions;
mod resources;
mod speed;
mod trusts;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::access::Estate;
use crate::model::finding::Confidence;

/// An account of the samples.
const ACCOUNT: &str = "111122223333";

/// An account of nobody whom we know.
const VENDOR: &str = "444455556666";

/// Another account of the organization.
const SISTER: &str = "777788889999";

fn arn(rest: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{rest}")
}

#[expect(clippy::needless_pass_by_value, reason = "as `json!` makes it")]
fn policy(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn all() -> Value {
    policy(json!({"Effect": "Allow", "Action": "*", "Resource": "*"}))
}

/// An organization of two accounts, with these principals and resources.
fn organization(principals: &Value, resources: &Value, scp: &Value, rcp: &Value) -> Value {
    json!({
        "organization": {
            "id": "o-example", "management_account": SISTER,
            "ous": {"r-root": {"parent": null, "scps": ["scp"], "rcps": ["rcp"]}},
            "accounts": {
                ACCOUNT: {"ou": "r-root", "scps": ["full"], "rcps": []},
                SISTER: {"ou": "r-root", "scps": ["full"], "rcps": []},
            },
            "policies": {"scp": scp, "full": all(), "rcp": rcp},
        },
        "principals": principals, "resources": resources,
    })
}

fn at() -> Timestamp {
    Timestamp::from_second(1_795_327_200).unwrap()
}

/// What one check says of a document.
fn judged(kind: FindingKind, given: &Value) -> Judged {
    let estate = Estate::import([("made", given.to_string().as_str())]);
    assert!(estate.set_aside.is_empty(), "{:?}", estate.set_aside);
    judged_of(kind, &Inventory::of_import(estate, at()))
}

fn judged_of(kind: FindingKind, inventory: &Inventory<'_>) -> Judged {
    let checks: Vec<&dyn Check> = ALL.iter().copied().filter(|it| it.kind() == kind).collect();
    assert_eq!(checks.len(), 1);
    let judged = judge_with(&checks, inventory);
    for present in &judged.present {
        assert_eq!(present.id.kind, kind);
        assert!(present.detail.severity <= checks[0].severity(), "{present:?}");
        assert!(!present.detail.evidence.is_empty() && !present.detail.remedy.is_empty());
    }
    judged
}

/// The severity and confidence of the only finding; `None` where there is none.
fn only(judged: &Judged) -> Option<(Severity, Confidence)> {
    assert!(judged.present.len() < 2, "{judged:#?}");
    judged.present.first().map(|it| (it.detail.severity, it.detail.confidence))
}

#[test]
fn every_kind_has_its_check() {
    let kinds: Vec<FindingKind> = ALL.iter().map(|check| check.kind()).collect();
    assert_eq!(kinds, FindingKind::ALL);
    assert!(ALL.iter().all(|check| !check.needs().is_empty()));
}

/// A whole organization in which each check that files can answer finds something.
fn everything() -> Value {
    let open = json!({"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": arn("oidc-provider/token.actions.githubusercontent.com")}});
    let vendor =
        json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": VENDOR}});
    let own = json!({"Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": "*"});
    let read = json!({"Effect": "Allow", "Action": "s3:GetObject", "Principal": "*",
        "Resource": "arn:aws:s3:::bucket/*"});
    let principals = json!([
        {"arn": arn("user/boss"), "type": "user", "account": ACCOUNT, "inline": [all()]},
        {"arn": arn("user/ana"), "type": "user", "account": ACCOUNT, "inline": [policy(own)]},
        {"arn": arn("role/ci"), "type": "role", "account": ACCOUNT, "trust": policy(open)},
        {"arn": arn("role/vendor"), "type": "role", "account": ACCOUNT, "trust": policy(vendor)},
    ]);
    let resources =
        json!([{"arn": "arn:aws:s3:::bucket", "account": ACCOUNT, "policy": policy(read)}]);
    organization(&principals, &resources, &all(), &policy(json!([])))
}

#[test]
fn ids_hang_on_no_order() {
    let mut given = everything();
    let text = given.to_string();
    let estate = Estate::import([("made", text.as_str())]);
    let first = judge(&Inventory::of_import(estate, at()));
    let ids: Vec<String> = first.present.iter().map(|it| it.id.to_string()).collect();
    assert_eq!(
        ids,
        [
            format!("admin-wildcard:{}", arn("user/boss")),
            format!("external-trust:{}#{VENDOR}", arn("role/vendor")),
            format!("open-oidc-subject:{}#token.actions.githubusercontent.com", arn("role/ci")),
            "wildcard-principal:arn:aws:s3:::bucket".to_owned(),
            format!("escalation-path:{}", arn("user/ana")),
        ]
    );
    let not_asked: BTreeSet<FindingKind> = first.not_asked.keys().copied().collect();
    let silent = [FindingKind::ConsoleWithoutMfa, FindingKind::StaleKey, FindingKind::RootKey];
    assert_eq!(not_asked, silent.into());
    given["principals"].as_array_mut().unwrap().reverse();
    let text = given.to_string();
    let estate = Estate::import([("made", text.as_str())]);
    assert_eq!(judge(&Inventory::of_import(estate, at())), first);
}
