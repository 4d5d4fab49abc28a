//! What of a snapshot is known, by the coverage of where it comes from.

use std::collections::BTreeMap;

use super::*;
use crate::findings::judge;
use crate::model::finding::{FindingKind, Severity};
use crate::model::policy::{InlinePolicy, PolicyDocument};
use crate::model::principal::{Role, User};
use crate::model::{Authority, LastUsed, RunId, Tags, Unavailable};

const ACCOUNT: &str = "111122223333";
const OTHER: &str = "444455556666";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_327_200 + second).unwrap()
}

fn scope(account: &str, collector: &str) -> Scope {
    format!("{account}/aws-global/{collector}/authorization-details").parse().unwrap()
}

fn stored(account: &str, entity: Entity) -> Stored {
    Stored {
        scope: scope(account, "iam-authorization"),
        entity,
        hash: String::new(),
        first_seen: at(0),
        last_seen: at(3),
        changed: at(0),
        observed: at(3),
        deleted: None,
    }
}

fn covered(account: &str, collector: &str, status: Status) -> Coverage {
    Coverage {
        scope: scope(account, collector),
        run: RunId::new(at(0), ""),
        status,
        at: at(5),
        as_of: None,
        seen: 0,
        set_aside: Vec::new(),
        note: None,
    }
}

/// A user who may do everything.
fn boss(account: &str) -> Stored {
    let document =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let user = User {
        arn: format!("arn:aws:iam::{account}:user/boss").parse().unwrap(),
        unique_id: format!("AIDA{account}"),
        name: "boss".to_owned(),
        path: "/".to_owned(),
        created: None,
        groups: Vec::new(),
        attached_policies: Vec::new(),
        inline_policies: vec![InlinePolicy {
            name: "all".to_owned(),
            document: PolicyDocument(document.to_owned()),
        }],
        boundary: None,
        tags: Tags::new(),
    };
    stored(account, Entity::User(user))
}

/// A role that trusts an account.
fn vendor(account: &str, trusted: &str) -> Stored {
    let trust = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"AWS":"{trusted}"}}}}]}}"#
    );
    let role = Role {
        arn: format!("arn:aws:iam::{account}:role/vendor").parse().unwrap(),
        unique_id: format!("AROA{account}"),
        name: "vendor".to_owned(),
        path: "/".to_owned(),
        created: None,
        trust: Some(PolicyDocument(trust)),
        attached_policies: Vec::new(),
        inline_policies: Vec::new(),
        boundary: None,
        last_used: LastUsed::Unknown,
        tags: Tags::new(),
        instance_profiles: Vec::new(),
    };
    stored(account, Entity::Role(role))
}

fn denied() -> Status {
    let action = "iam:GetAccountAuthorizationDetails".to_owned();
    Status::Denied { action, by: Authority::Scp }
}

#[test]
fn a_look_that_failed_makes_an_account_unknown() {
    let partial =
        Status::Partial { action: "iam:X".to_owned(), reason: "one was set aside".to_owned() };
    let rows = [
        (Status::Complete, true),
        (partial, true),
        (denied(), false),
        (Status::Throttled { action: "iam:X".to_owned() }, false),
        (Status::Excluded("--skip".to_owned()), false),
        (Status::Unavailable(Unavailable::AccountLeft), false),
    ];
    for (status, is_known) in rows {
        let words = format!("{status:?}");
        let entities = [boss(ACCOUNT), boss(OTHER)];
        let coverage = [
            covered(ACCOUNT, "iam-authorization", status),
            covered(OTHER, "iam-authorization", Status::Complete),
        ];
        let snapshot = Snapshot::new(entities, coverage);
        let inventory = Inventory::of_snapshot(&snapshot);
        let judged = judge(&inventory);
        let found: Vec<&str> = judged
            .present
            .iter()
            .filter(|it| it.id.kind == FindingKind::AdminWildcard)
            .map(|it| it.account.as_str())
            .collect();
        let expected = if is_known { vec![ACCOUNT, OTHER] } else { vec![OTHER] };
        assert_eq!(found, expected, "{words}");
        let key = (FindingKind::AdminWildcard, format!("arn:aws:iam::{ACCOUNT}:user/boss"));
        assert_eq!(judged.unknown.contains_key(&key), !is_known, "{words}");
        assert_eq!(judged.gaps.len(), usize::from(!is_known), "{words}");
        assert!(judged.not_asked.is_empty(), "a store can be asked everything");
    }
}

#[test]
fn the_moment_is_that_of_the_newest_look() {
    let complete = || covered(ACCOUNT, "iam-authorization", Status::Complete);
    let snapshot = Snapshot::new([boss(ACCOUNT)], [complete()]);
    assert_eq!(Inventory::of_snapshot(&snapshot).at, at(5));
    let mut later = boss(ACCOUNT);
    later.observed = at(9);
    let snapshot = Snapshot::new([later], [complete()]);
    let inventory = Inventory::of_snapshot(&snapshot);
    assert_eq!(inventory.at, at(9), "an event led to it");
    let arn = format!("arn:aws:iam::{ACCOUNT}:user/boss");
    assert_eq!(inventory.observed(&arn), Some(at(9)));
    assert_eq!(Inventory::of_snapshot(&Snapshot::default()).at, Timestamp::default());
}

#[test]
fn what_is_collected_is_ours() {
    let entities = [vendor(ACCOUNT, OTHER), boss(OTHER)];
    let snapshot = Snapshot::new(entities, []);
    let inventory = Inventory::of_snapshot(&snapshot);
    assert!(inventory.is_ours(OTHER) && inventory.is_ours(ACCOUNT));
    assert!(!inventory.is_ours("777788889999") && !inventory.is_ours("aws"));
    let trusting = |judged: &crate::findings::Judged| {
        let kinds = judged.present.iter().map(|it| it.id.kind);
        kinds.filter(|kind| *kind == FindingKind::ExternalTrust).count()
    };
    assert_eq!(trusting(&judge(&inventory)), 0);
    let snapshot = Snapshot::new([vendor(ACCOUNT, "777788889999")], []);
    assert_eq!(trusting(&judge(&Inventory::of_snapshot(&snapshot))), 1);
}

#[test]
fn without_the_organization_a_wildcard_is_less_sure() {
    let snapshot = Snapshot::new([boss(ACCOUNT)], []);
    let judged = judge(&Inventory::of_snapshot(&snapshot));
    let detail = &judged.present[0].detail;
    let medium = crate::model::finding::Confidence::Medium;
    assert_eq!((detail.severity, detail.confidence), (Severity::High, medium));
    assert_eq!(detail.evidence[0].at, Some(at(3)));
    assert_eq!(detail.evidence[0].source, "inline all");
}

#[test]
fn files_have_what_is_in_them() {
    let given = serde_json::json!({
        "organization": {"id": "o-1", "management_account": OTHER, "ous": {},
            "accounts": {ACCOUNT: {"ou": null}, OTHER: {"ou": null}}, "policies": {}},
        "principals": [{"arn": format!("arn:aws:iam::{ACCOUNT}:user/ana"), "type": "user", "account": ACCOUNT}],
        "resources": [
            {"arn": "arn:aws:s3:::bucket", "account": "777788889999", "policy": null},
            {"arn": "arn:aws:sqs:eu-west-1:222233334444:jobs", "policy": null},
        ],
    });
    let text = given.to_string();
    let inventory = Inventory::of_import(Estate::import([("made", text.as_str())]), at(0));
    let accounts: Vec<&str> = inventory.accounts.iter().map(String::as_str).collect();
    assert_eq!(accounts, [ACCOUNT, "222233334444", "777788889999"]);
    assert!(inventory.is_ours(OTHER), "it is of the organization");
    assert_eq!(inventory.owner("arn:aws:s3:::bucket").as_deref(), Some("777788889999"));
    let queue = "arn:aws:sqs:eu-west-1:222233334444:jobs";
    assert_eq!(inventory.owner(queue).as_deref(), Some("222233334444"));
    assert_eq!(inventory.owner("arn:aws:s3:::another"), None);
    assert_eq!(inventory.is_shut("arn:aws:s3:::bucket"), Some(false));
    assert!(inventory.not_given(Need::Credentials).is_some());
    assert_eq!(inventory.not_given(Need::Identities), None);
    assert_eq!(inventory.missing(ACCOUNT, &[Need::Identities, Need::Credentials]), None);
    let known: BTreeMap<&str, usize> = [(ACCOUNT, 1), (OTHER, 0)].into();
    for (account, count) in known {
        let own = inventory.estate.identities.iter().filter(|it| it.account() == account);
        assert_eq!(own.count(), count, "{account}");
    }
}
