//! The KMS collector over the double.

use serde_json::{Value, json};

use super::Kms;
use crate::collect::Collect as _;
use crate::collect::fake::{
    ACCOUNT, FakeAws, Outcome, Received, Reply, Setup, collect_with, slice,
};
use crate::collect::fake_json::{
    deny_each, error, interrupt_everywhere, not_offered, ok, run_twice, text, throttle_each,
};
use crate::model::resource::{Attribute, Resource, ResourceType, attributes};
use crate::model::{Arn, Entity, Status};

/// Keys of the world: the second is AWS's, the third awaits deletion.
const KEYS: usize = 5;
const AWS_KEY: usize = 1;
const DOOMED: usize = 2;

/// A tag, a name and a description that would do harm where they are shown carelessly.
const HOSTILE: &str = "=cmd|'/c calc'!A0<script>\u{202e}";

fn setup() -> Setup {
    Setup { region: "eu-west-1".parse().unwrap(), ..Setup::default() }
}

fn id(number: usize) -> String {
    format!("1234abcd-12ab-34cd-56ef-00000000000{number}")
}

fn arn(number: usize) -> String {
    format!("arn:aws:kms:eu-west-1:{ACCOUNT}:key/{}", id(number))
}

/// The key that a request is about.
fn asked(request: &Received) -> usize {
    let key = text(request, "KeyId");
    (0..KEYS).find(|number| arn(*number) == key).unwrap()
}

fn page(request: &Received, name: &str, items: &[Value]) -> Reply {
    let (some, next) = slice(items, &text(request, "Marker"), 2);
    let mut answer = json!({ name: some, "Truncated": next.is_some() });
    if let Some(next) = next {
        answer["NextMarker"] = json!(next);
    }
    ok(&answer)
}

fn metadata(number: usize) -> Value {
    let mut found = json!({
        "AWSAccountId": ACCOUNT,
        "KeyId": id(number),
        "Arn": arn(number),
        "CreationDate": 1_700_000_000.5,
        "Enabled": true,
        "Description": HOSTILE,
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": false,
    });
    match number {
        0 => {
            found["MultiRegion"] = json!(true);
            found["MultiRegionConfiguration"] = json!({
                "MultiRegionKeyType": "PRIMARY",
                "PrimaryKey": { "Arn": arn(0), "Region": "eu-west-1" },
                "ReplicaKeys": [
                    { "Arn": "arn:aws:kms:us-east-1:111122223333:key/mrk-1", "Region": "us-east-1" },
                    { "Arn": "arn:aws:kms:eu-west-2:111122223333:key/mrk-1", "Region": "eu-west-2" },
                ],
            });
        }
        AWS_KEY => found["KeyManager"] = json!("AWS"),
        DOOMED => {
            found["KeyState"] = json!("PendingDeletion");
            found["Enabled"] = json!(false);
            found["DeletionDate"] = json!(1_800_000_000);
        }
        _ => {}
    }
    found
}

fn grants(number: usize) -> Vec<Value> {
    let grant = |grant: usize| {
        json!({
            "KeyId": arn(number),
            "GrantId": format!("{number}{grant}1c62fea2d5d5eb0b8ae8"),
            "Name": if grant == 0 { HOSTILE } else { "" },
            "CreationDate": 1_700_000_000,
            "GranteePrincipal": "arn:aws:iam::444455556666:role/partner",
            "RetiringPrincipal": "arn:aws:iam::111122223333:role/app",
            "IssuingAccount": "arn:aws:iam::111122223333:root",
            "Operations": ["GenerateDataKey", "Decrypt"],
            "Constraints": { "EncryptionContextSubset": { "Department": HOSTILE } },
        })
    };
    (0..number).map(grant).collect()
}

fn aliases() -> Vec<Value> {
    let alias = |name: &str, target: Option<usize>| {
        let mut alias = json!({
            "AliasName": format!("alias/{name}"),
            "AliasArn": format!("arn:aws:kms:eu-west-1:{ACCOUNT}:alias/{name}"),
        });
        if let Some(number) = target {
            alias["TargetKeyId"] = json!(id(number));
            alias["CreationDate"] = json!(1_700_000_000);
            alias["LastUpdatedDate"] = json!(1_700_000_001);
        }
        alias
    };
    vec![alias("team/orders", Some(0)), alias("aws/s3", Some(AWS_KEY)), alias("aws/ebs", None)]
}

fn world() -> FakeAws {
    FakeAws::new()
        .on("ListKeys", |request| {
            // Not in the order of their ARNs.
            let keys: Vec<Value> = (0..KEYS)
                .rev()
                .map(|number| json!({ "KeyId": id(number), "KeyArn": arn(number) }))
                .collect();
            page(request, "Keys", &keys)
        })
        .on("DescribeKey", |request| ok(&json!({ "KeyMetadata": metadata(asked(request)) })))
        .on("GetKeyPolicy", |request| {
            assert_eq!(text(request, "PolicyName"), "default");
            let policy = format!(r#"{{"Version":"2012-10-17","Id":"{}"}}"#, asked(request));
            ok(&json!({ "Policy": policy, "PolicyName": "default" }))
        })
        .on("ListGrants", |request| page(request, "Grants", &grants(asked(request))))
        .on("ListAliases", |request| page(request, "Aliases", &aliases()))
}

async fn look(aws: &FakeAws) -> Outcome {
    let outcome = collect_with(&Kms, aws, setup()).await;
    outcome.result.as_ref().unwrap();
    outcome
}

/// The resource of that ARN that a capability saw.
fn resource<'a>(outcome: &'a Outcome, capability: &str, arn: &str) -> &'a Resource {
    let found = outcome.entities(capability).into_iter().find_map(|entity| match entity {
        Entity::Resource(it) if it.arn.as_str() == arn => Some(it),
        _ => None,
    });
    found.unwrap()
}

#[tokio::test]
async fn every_key_with_all_that_is_said_of_it() {
    let outcome = run_twice(&Kms, world, setup).await;
    let rows = [
        ("key-list", 5),
        ("keys", 5),
        ("key-policies", 5),
        ("grants", 1 + 2 + 3 + 4),
        ("aliases", 3),
    ];
    assert_eq!(
        rows.map(|(name, _)| name).to_vec(),
        Kms.capabilities().iter().map(|info| info.name).collect::<Vec<_>>()
    );
    for (name, seen) in rows {
        assert_eq!(outcome.status(name), &Status::Complete, "{name}");
        assert_eq!(outcome.of(name).seen, seen, "{name}");
    }
    let Entity::ResourcePolicy(policy) = outcome.entities("key-policies")[AWS_KEY] else {
        panic!("a policy")
    };
    assert_eq!(policy.resource.as_str(), arn(AWS_KEY));
    assert_eq!(policy.document.as_ref().unwrap().0, r#"{"Version":"2012-10-17","Id":"1"}"#);
}

#[tokio::test]
async fn a_key_is_what_aws_describes() {
    let outcome = look(&world()).await;
    let expected = Resource {
        arn: arn(0).parse().unwrap(),
        resource_type: ResourceType::Key,
        name: id(0),
        created: Some("2023-11-14T22:13:20.5Z".parse().unwrap()),
        state: Some("Enabled".to_owned()),
        parent: None,
        acts_as: Vec::new(),
        tags: None,
        attributes: attributes([
            ("description", Some(HOSTILE.into())),
            ("key-manager", Some("CUSTOMER".into())),
            ("key-spec", Some("SYMMETRIC_DEFAULT".into())),
            ("key-usage", Some("ENCRYPT_DECRYPT".into())),
            ("multi-region", Some(true.into())),
            ("multi-region-key-type", Some("PRIMARY".into())),
            ("origin", Some("AWS_KMS".into())),
            ("primary-key", Some(arn(0).into())),
            (
                "replica-keys",
                Some(
                    vec![
                        "arn:aws:kms:eu-west-2:111122223333:key/mrk-1",
                        "arn:aws:kms:us-east-1:111122223333:key/mrk-1",
                    ]
                    .into(),
                ),
            ),
        ]),
    };
    assert_eq!(resource(&outcome, "keys", &arn(0)), &expected);
    let doomed = resource(&outcome, "keys", &arn(DOOMED));
    assert_eq!(doomed.state.as_deref(), Some("PendingDeletion"));
    let date: Attribute = "2027-01-15T08:00:00Z".parse::<crate::model::Timestamp>().unwrap().into();
    assert_eq!(doomed.attributes["deletion-date"], date);
    let managed = resource(&outcome, "keys", &arn(AWS_KEY));
    assert_eq!(managed.attributes["key-manager"], "AWS".into());
}

#[tokio::test]
async fn a_grant_says_who_may_do_what() {
    let outcome = look(&world()).await;
    let own = format!("{}/grant/101c62fea2d5d5eb0b8ae8", arn(1));
    let grant = resource(&outcome, "grants", &own);
    assert_eq!(grant.resource_type, ResourceType::KeyGrant);
    assert_eq!(grant.name, HOSTILE);
    assert_eq!(grant.parent.as_ref().map(Arn::as_str), Some(arn(1).as_str()));
    let context = attributes([("Department", Some(HOSTILE.into()))]);
    let constraints = attributes([("encryption-context-subset", Some(context.into()))]);
    let expected = attributes([
        ("constraints", Some(constraints.into())),
        ("grantee-principal", Some("arn:aws:iam::444455556666:role/partner".into())),
        ("issuing-account", Some("arn:aws:iam::111122223333:root".into())),
        ("operations", Some(vec!["Decrypt", "GenerateDataKey"].into())),
        ("retiring-principal", Some("arn:aws:iam::111122223333:role/app".into())),
    ]);
    assert_eq!(grant.attributes, expected);
    // Without a name people know it by its id.
    let own = format!("{}/grant/211c62fea2d5d5eb0b8ae8", arn(2));
    assert_eq!(resource(&outcome, "grants", &own).name, "211c62fea2d5d5eb0b8ae8");
}

#[tokio::test]
async fn an_alias_stands_for_a_key_or_for_none_yet() {
    let outcome = look(&world()).await;
    let rows = [("team/orders", Some(0)), ("aws/s3", Some(AWS_KEY)), ("aws/ebs", None)];
    for (name, target) in rows {
        let own = format!("arn:aws:kms:eu-west-1:{ACCOUNT}:alias/{name}");
        let alias = resource(&outcome, "aliases", &own);
        assert_eq!(alias.name, format!("alias/{name}"));
        assert_eq!(alias.parent.as_ref().map(Arn::to_string), target.map(arn), "{name}");
        assert_eq!(alias.created.is_some(), target.is_some(), "{name}");
    }
}

#[tokio::test]
async fn a_key_that_is_gone_is_no_gap() {
    let aws = world().on("DescribeKey", |request| match asked(request) {
        3 => error("NotFoundException", "Key is not found"),
        number => ok(&json!({ "KeyMetadata": metadata(number) })),
    });
    let outcome = look(&aws).await;
    for info in Kms.capabilities() {
        assert_eq!(outcome.status(info.name), &Status::Complete, "{}", info.name);
    }
    assert_eq!(outcome.entities("keys").len(), KEYS - 1);
    assert_eq!(aws.count("GetKeyPolicy"), KEYS - 1, "nothing more is asked of it");
}

#[tokio::test]
async fn a_key_that_refuses_is_a_gap_of_its_own() {
    let aws = world().on("GetKeyPolicy", |request| match asked(request) {
        3 => request.refusal("kms:GetKeyPolicy"),
        _ => ok(&json!({ "Policy": "{}" })),
    });
    let outcome = look(&aws).await;
    assert!(matches!(outcome.status("key-policies"), Status::Partial { .. }));
    assert_eq!(outcome.entities("key-policies").len(), KEYS - 1);
    assert_eq!(outcome.status("grants"), &Status::Complete);
}

#[tokio::test]
async fn what_makes_no_sense_is_set_aside() {
    let broken = |aws: FakeAws, action: &str, answer: Value| aws.on(action, move |_| ok(&answer));
    let key = json!([{ "KeyId": "k" }, { "KeyId": id(0), "KeyArn": arn(0) }]);
    let rows = [
        ("ListKeys", json!({ "Keys": key, "Truncated": false }), "key-list"),
        ("DescribeKey", json!({}), "keys"),
        ("ListGrants", json!({ "Grants": [{ "Name": "n" }], "Truncated": false }), "grants"),
        ("ListGrants", json!({ "Grants": [{ "GrantId": "a\nb" }] }), "grants"),
        ("ListAliases", json!({ "Aliases": [{ "AliasName": "alias/x" }] }), "aliases"),
        ("ListKeys", json!({ "Keys": [], "Truncated": true }), "key-list"),
    ];
    for (action, answer, capability) in rows {
        let aws = broken(world(), action, answer);
        let outcome = look(&aws).await;
        let status = outcome.status(capability);
        assert!(matches!(status, Status::Partial { .. }), "{action}: {status:?}");
    }
}

#[tokio::test]
async fn each_call_fails_alone() {
    deny_each(&Kms, world, setup).await;
    throttle_each(&Kms, world, setup).await;
}

#[tokio::test]
async fn the_work_goes_on_after_an_interruption() {
    interrupt_everywhere(&Kms, world, setup).await;
}

#[tokio::test]
async fn a_region_without_the_service() {
    not_offered(&Kms, setup).await;
}
