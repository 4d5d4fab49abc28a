//! `console-without-mfa`, `stale-key`, `root-key`, blocked public access: of a store's snapshot.

use std::collections::BTreeMap;

use super::*;
use crate::model::credential::{AccessKey, AccessKeyUse, AccessKeys, Holder, Mfa, Password};
use crate::model::policy::PolicyDocument;
use crate::model::principal::AccountSummary;
use crate::model::resource::{Attributes, Resource, ResourcePolicy, ResourceSetting, ResourceType};
use crate::model::{Authority, Coverage, Entity, LastUsed, RunId, Snapshot, Status, Stored, Tri};

const DAY: i64 = 86_400;

fn ago(days: i64) -> Timestamp {
    Timestamp::from_second(at().as_second() - days * DAY).unwrap()
}

fn holder(name: &str) -> Holder {
    let text = if name == "root" { arn("root") } else { arn(&format!("user/{name}")) };
    Holder { arn: text.parse().unwrap(), created: None }
}

fn stored(collector: &str, entity: Entity) -> Stored {
    let scope = format!("{ACCOUNT}/aws-global/{collector}/it").parse().unwrap();
    Stored {
        scope,
        entity,
        hash: String::new(),
        first_seen: at(),
        last_seen: at(),
        changed: at(),
        observed: at(),
        deleted: None,
    }
}

/// What a check says of a snapshot in which these collectors were denied.
fn judge_of(kind: FindingKind, entities: Vec<Stored>, denied: &[&str]) -> Judged {
    let scopes: BTreeMap<_, _> =
        entities.iter().map(|it| (it.scope.clone(), it.scope.collector.clone())).collect();
    let coverage = scopes.into_iter().map(|(scope, collector)| Coverage {
        scope,
        run: RunId::new(at(), ""),
        status: if denied.contains(&collector.as_str()) {
            Status::Denied { action: "iam:Something".to_owned(), by: Authority::Identity }
        } else {
            Status::Complete
        },
        at: at(),
        as_of: None,
        seen: 0,
        set_aside: Vec::new(),
        note: None,
    });
    let coverage: Vec<Coverage> = coverage.collect();
    let snapshot = Snapshot::new(entities, coverage);
    judged_of(kind, &Inventory::of_snapshot(&snapshot))
}

fn console(password: Tri, mfa: Tri) -> Vec<Stored> {
    let password = Password {
        holder: holder("ana"),
        enabled: password,
        last_used: LastUsed::Unknown,
        last_changed: None,
        next_rotation: None,
    };
    let mfa = Mfa { holder: holder("ana"), active: mfa };
    vec![stored("passwords", Entity::Password(password)), stored("devices", Entity::Mfa(mfa))]
}

#[test]
fn a_password_alone() {
    let kind = FindingKind::ConsoleWithoutMfa;
    for password in [Tri::True, Tri::False, Tri::Unknown] {
        for mfa in [Tri::True, Tri::False, Tri::Unknown] {
            let judged = judge_of(kind, console(password, mfa), &[]);
            let is_present = (password, mfa) == (Tri::True, Tri::False);
            assert_eq!(judged.present.len(), usize::from(is_present), "{password:?} {mfa:?}");
            let is_known = is_present || password == Tri::False || mfa == Tri::True;
            assert_eq!(judged.unknown.is_empty(), is_known, "{password:?} {mfa:?}");
        }
    }
    for denied in ["passwords", "devices"] {
        let judged = judge_of(kind, console(Tri::True, Tri::False), &[denied]);
        assert_eq!((judged.present.len(), judged.unknown.len()), (0, 1), "{denied}");
    }
    let found = judge_of(kind, console(Tri::True, Tri::False), &[]);
    let detail = &found.present[0].detail;
    assert_eq!((detail.severity, detail.confidence), (Severity::High, Confidence::High));
    assert!(detail.evidence.iter().all(|it| it.at == Some(at())), "{detail:?}");
    let one = judge_of(kind, console(Tri::True, Tri::False).split_off(1), &[]);
    assert_eq!((one.present.len(), one.unknown.len()), (0, 1), "the password was not collected");
}

fn summary(mfa: Option<bool>, keys: Option<bool>, entries: &[(&str, i64)]) -> Stored {
    stored(
        "iam-account",
        Entity::AccountSummary(AccountSummary {
            account: ACCOUNT.parse().unwrap(),
            root_mfa: mfa,
            root_access_keys: keys,
            entries: entries.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(),
        }),
    )
}

#[test]
fn the_root_user() {
    let mfa = |given: Stored| {
        let judged = judge_of(FindingKind::ConsoleWithoutMfa, vec![given], &[]);
        (only(&judged).map(|it| it.0), judged.unknown.len())
    };
    assert_eq!(mfa(summary(Some(false), None, &[])), (Some(Severity::Critical), 0));
    assert_eq!(mfa(summary(Some(true), None, &[])), (None, 0));
    assert_eq!(mfa(summary(None, None, &[])), (None, 1));
    let removed = summary(Some(false), None, &[("AccountPasswordPresent", 0)]);
    assert_eq!(mfa(removed), (None, 0));
    let key = |given: Vec<Stored>, denied: &[&str]| {
        let judged = judge_of(FindingKind::RootKey, given, denied);
        (judged.present.len(), judged.unknown.len())
    };
    assert_eq!(key(vec![summary(None, Some(true), &[])], &[]), (1, 0));
    assert_eq!(key(vec![summary(None, Some(false), &[])], &[]), (0, 0));
    assert_eq!(key(vec![summary(None, None, &[])], &[]), (0, 1));
    assert_eq!(key(vec![summary(None, Some(true), &[])], &["iam-account"]), (0, 1));
    let reported = |active: bool| stored("iam-credentials", keys("root", active, 10));
    assert_eq!(key(vec![summary(None, None, &[]), reported(true)], &[]), (1, 0));
    assert_eq!(key(vec![reported(false)], &[]), (0, 0));
    let both = vec![summary(None, Some(true), &[]), reported(true)];
    let judged = judge_of(FindingKind::RootKey, both, &[]);
    assert_eq!(judged.present[0].detail.evidence.len(), 2);
    assert_eq!(judged.present[0].id.subject, arn("root"));
}

fn keys(name: &str, active: bool, days: i64) -> Entity {
    let key = AccessKey { slot: 1, id: None, active, created: Some(ago(days)) };
    Entity::AccessKeys(AccessKeys { holder: holder(name), keys: vec![key] })
}

fn used(used: LastUsed) -> Entity {
    Entity::AccessKeyUse(AccessKeyUse { holder: holder("ana"), uses: vec![(1, used)] })
}

fn on(days: i64) -> LastUsed {
    LastUsed::At { time: ago(days), region: None, service: None }
}

#[test]
fn old_and_unused_keys() {
    let key = |active: bool, days: i64, use_of: LastUsed| {
        let given = vec![stored("keys", keys("ana", active, days)), stored("uses", used(use_of))];
        only(&judge_of(FindingKind::StaleKey, given, &[])).map(|it| it.0)
    };
    let rows = [
        (true, 400, on(1), Some(Severity::Low)),
        (true, 400, on(90), Some(Severity::Low)),
        (true, 400, on(91), Some(Severity::Medium)),
        (true, 91, LastUsed::Never, Some(Severity::Medium)),
        (true, 91, LastUsed::Unknown, Some(Severity::Low)),
        (true, 90, LastUsed::Never, None),
        (true, 0, on(0), None),
        (false, 400, LastUsed::Never, None),
    ];
    for (active, days, use_of, expected) in rows {
        assert_eq!(key(active, days, use_of.clone()), expected, "{days} {use_of:?}");
    }
}

#[test]
fn keys_that_nobody_could_look_at() {
    let given = || vec![stored("keys", keys("ana", true, 400)), stored("uses", used(on(200)))];
    let judged = judge_of(FindingKind::StaleKey, given(), &["keys"]);
    assert_eq!((judged.present.len(), judged.unknown.len()), (0, 1));
    let judged = judge_of(FindingKind::StaleKey, given(), &["uses"]);
    assert_eq!(only(&judged).map(|it| it.0), Some(Severity::Low), "it is old all the same");
    let key = AccessKey { slot: 1, id: None, active: true, created: None };
    let entity = Entity::AccessKeys(AccessKeys { holder: holder("ana"), keys: vec![key] });
    let judged = judge_of(FindingKind::StaleKey, vec![stored("keys", entity)], &[]);
    assert_eq!((judged.present.len(), judged.unknown.len()), (0, 1));
}

#[test]
fn a_key_is_known_by_when_it_was_made() {
    let key = |slot: u8, id: Option<&str>, days: i64| AccessKey {
        slot,
        id: id.map(str::to_owned),
        active: true,
        created: Some(ago(days)),
    };
    let ids = |given: Vec<AccessKey>| {
        let entity = Entity::AccessKeys(AccessKeys { holder: holder("ana"), keys: given });
        let judged = judge_of(FindingKind::StaleKey, vec![stored("keys", entity)], &[]);
        judged.present.into_iter().map(|it| it.id).collect::<Vec<_>>()
    };
    let report = ids(vec![key(1, None, 100), key(2, None, 200)]);
    let listed = ids(vec![key(1, Some("AKIAEXAMPLE2"), 200), key(2, Some("AKIAEXAMPLE1"), 100)]);
    assert_eq!(report.len(), 2);
    assert_eq!(report, listed);
}

fn bucket(own: Option<bool>, of_account: Option<bool>) -> Vec<Stored> {
    let arn: crate::model::Arn = "arn:aws:s3:::bucket".parse().unwrap();
    let text = policy(json!({"Effect": "Allow", "Action": "s3:GetObject", "Principal": "*",
        "Resource": "arn:aws:s3:::bucket/*"}));
    let resource = Resource {
        arn: arn.clone(),
        resource_type: ResourceType::Bucket,
        name: "bucket".to_owned(),
        created: None,
        state: None,
        parent: None,
        acts_as: Vec::new(),
        tags: None,
        attributes: Attributes::new(),
    };
    let document = Some(PolicyDocument(text.to_string()));
    let mut found = vec![
        stored("s3", Entity::Resource(resource)),
        stored(
            "policy",
            Entity::ResourcePolicy(ResourcePolicy { resource: arn.clone(), document }),
        ),
    ];
    let setting = |resource: crate::model::Arn, flag: bool| {
        let attributes = BTreeMap::from([("restrict-public-buckets".to_owned(), flag.into())]);
        let name = "public-access-block".to_owned();
        Entity::ResourceSetting(ResourceSetting { resource, name, present: flag, attributes })
    };
    found.extend(own.map(|flag| stored("block", setting(arn, flag))));
    let root: crate::model::Arn = super::arn("root").parse().unwrap();
    found.extend(of_account.map(|flag| stored("account-block", setting(root, flag))));
    found
}

#[test]
fn blocked_public_access() {
    let kind = FindingKind::WildcardPrincipal;
    let said = |own: Option<bool>, of_account: Option<bool>, denied: &[&str]| {
        let judged = judge_of(kind, bucket(own, of_account), denied);
        (judged.present.len(), judged.unknown.len())
    };
    assert_eq!(said(Some(false), Some(false), &[]), (1, 0));
    assert_eq!(said(Some(true), Some(false), &[]), (0, 0));
    assert_eq!(said(Some(false), Some(true), &[]), (0, 0));
    assert_eq!(said(Some(true), None, &[]), (0, 0));
    assert_eq!(said(None, Some(false), &[]), (0, 1));
    assert_eq!(said(Some(false), None, &[]), (0, 1));
    assert_eq!(said(Some(false), Some(false), &["block"]), (0, 1));
    assert_eq!(said(Some(false), Some(false), &["policy"]), (0, 1), "an old policy is no policy");
    let judged = judge_of(kind, bucket(Some(false), Some(false)), &[]);
    assert_eq!(judged.present[0].account, ACCOUNT);
    assert_eq!(only(&judged), Some((Severity::High, Confidence::High)));
}
