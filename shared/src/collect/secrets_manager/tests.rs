//! The Secrets Manager collector over the double.

use serde_json::{Value, json};

use super::SecretsManager;
use crate::collect::Collect as _;
use crate::collect::fake::{ACCOUNT, FakeAws, Outcome, Received, Reply, Setup, collect_with};
use crate::collect::fake_json::{
    deny_each, error, input, interrupt_everywhere, not_offered, ok, page, run_twice, text,
    throttle_each,
};
use crate::model::resource::{Attribute, Resource, ResourceType, attributes};
use crate::model::{Arn, Entity, Status, Timestamp};

/// Secrets of the world: the second has no policy, the third awaits deletion.
const SECRETS: usize = 5;
const DOOMED: usize = 2;

/// What no entity may ever hold.
const CANARY: &str = "hunter2-canary";

const HOSTILE: &str = "<img src=x>\u{1b}[31m";

fn setup() -> Setup {
    Setup { region: "eu-west-1".parse().unwrap(), ..Setup::default() }
}

fn arn(number: usize) -> String {
    format!("arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:app/db{number}-AbCdE{number}")
}

fn entry(number: usize) -> Value {
    let mut found = json!({
        "ARN": arn(number),
        "Name": format!("app/db{number}"),
        "CreatedDate": 1_700_000_000,
        "LastChangedDate": 1_700_000_100.25,
        "Tags": [{ "Key": "owner", "Value": HOSTILE }, { "Key": "empty" }],
        "SecretVersionsToStages": { CANARY: ["AWSCURRENT"] },
        // No part of the list: an endpoint that gives too much.
        "SecretString": CANARY,
    });
    if number == 0 {
        found["Description"] = json!(HOSTILE);
        found["Type"] = json!("SalesforceClientSecret");
        found["KmsKeyId"] = json!("arn:aws:kms:eu-west-1:111122223333:key/k");
        found["RotationEnabled"] = json!(true);
        found["RotationLambdaARN"] = json!("arn:aws:lambda:eu-west-1:111122223333:function:rotate");
        found["RotationRules"] = json!({ "AutomaticallyAfterDays": 30, "Duration": "3h" });
        found["ExternalSecretRotationRoleArn"] = json!("arn:aws:iam::111122223333:role/rotate");
        found["ExternalSecretRotationMetadata"] = json!([{ "Key": "k", "Value": CANARY }]);
        found["LastRotatedDate"] = json!(1_700_000_200);
        found["LastAccessedDate"] = json!(1_699_920_000);
        found["NextRotationDate"] = json!(1_702_000_000);
        found["OwningService"] = json!("rds");
        found["PrimaryRegion"] = json!("us-east-1");
    }
    if number == DOOMED {
        found["DeletedDate"] = json!(1_700_000_300);
    }
    found
}

fn policy(request: &Received) -> Reply {
    let secret = text(request, "SecretId");
    let number = (0..SECRETS).find(|number| arn(*number) == secret).unwrap();
    match number {
        1 => ok(&json!({ "ARN": secret, "Name": "n" })),
        DOOMED => error(
            "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion.",
        ),
        _ => ok(&json!({ "ARN": secret, "ResourcePolicy": format!("{{\"Id\":\"{number}\"}}") })),
    }
}

fn world() -> FakeAws {
    FakeAws::new()
        .on("ListSecrets", |request| {
            assert_eq!(input(request)["IncludePlannedDeletion"], true);
            let secrets: Vec<Value> = (0..SECRETS).rev().map(entry).collect();
            page(request, "SecretList", &secrets, 2)
        })
        .on("GetResourcePolicy", policy)
}

async fn look(aws: &FakeAws) -> Outcome {
    let outcome = collect_with(&SecretsManager, aws, setup()).await;
    outcome.result.as_ref().unwrap();
    outcome
}

fn secret(outcome: &Outcome, number: usize) -> &Resource {
    let found = outcome.entities("secrets").into_iter().find_map(|entity| match entity {
        Entity::Resource(it) if it.arn.as_str() == arn(number) => Some(it),
        _ => None,
    });
    found.unwrap()
}

fn moment(text: &str) -> Attribute {
    text.parse::<Timestamp>().unwrap().into()
}

#[tokio::test]
async fn every_secret_and_its_policy() {
    let outcome = run_twice(&SecretsManager, world, setup).await;
    for (name, seen) in [("secrets", 5), ("secret-policies", 4)] {
        assert_eq!(outcome.status(name), &Status::Complete, "{name}");
        assert_eq!(outcome.of(name).seen, seen, "{name}");
    }
    let documents: Vec<Option<&str>> = outcome
        .entities("secret-policies")
        .into_iter()
        .map(|entity| match entity {
            Entity::ResourcePolicy(policy) => policy.document.as_ref().map(|it| it.0.as_str()),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [Some(r#"{"Id":"0"}"#), None, Some(r#"{"Id":"3"}"#), Some(r#"{"Id":"4"}"#)];
    assert_eq!(documents, expected);
}

#[tokio::test]
async fn a_secret_is_what_the_list_says() {
    let outcome = look(&world()).await;
    let rules = attributes([
        ("automatically-after-days", Some(30.into())),
        ("duration", Some("3h".into())),
    ]);
    let tags = [("empty", ""), ("owner", HOSTILE)];
    let expected = Resource {
        arn: arn(0).parse().unwrap(),
        resource_type: ResourceType::Secret,
        name: "app/db0".to_owned(),
        created: Some("2023-11-14T22:13:20Z".parse().unwrap()),
        state: None,
        parent: None,
        acts_as: vec!["arn:aws:iam::111122223333:role/rotate".parse().unwrap()],
        tags: Some(tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into()),
        attributes: attributes([
            ("description", Some(HOSTILE.into())),
            ("kms-key-id", Some("arn:aws:kms:eu-west-1:111122223333:key/k".into())),
            ("last-accessed-date", Some(moment("2023-11-14T00:00:00Z"))),
            ("last-changed-date", Some(moment("2023-11-14T22:15:00.25Z"))),
            ("last-rotated-date", Some(moment("2023-11-14T22:16:40Z"))),
            ("next-rotation-date", Some(moment("2023-12-08T01:46:40Z"))),
            ("owning-service", Some("rds".into())),
            ("primary-region", Some("us-east-1".into())),
            ("rotation-enabled", Some(true.into())),
            (
                "rotation-lambda-arn",
                Some("arn:aws:lambda:eu-west-1:111122223333:function:rotate".into()),
            ),
            ("rotation-rules", Some(rules.into())),
            ("type", Some("SalesforceClientSecret".into())),
        ]),
    };
    assert_eq!(secret(&outcome, 0), &expected);
    // What AWS did not say is no attribute.
    let names: Vec<&String> = secret(&outcome, 1).attributes.keys().collect();
    assert_eq!(names, ["last-changed-date"]);
}

#[tokio::test]
async fn no_value_reaches_an_entity() {
    let aws = world();
    let outcome = look(&aws).await;
    assert!(outcome.sightings().count() > 0);
    for sighting in outcome.sightings() {
        let text = format!("{:?}", sighting.entity);
        assert!(!text.contains(CANARY), "{text}");
    }
    let called: Vec<String> = aws.counts().into_keys().collect();
    assert_eq!(called, ["GetResourcePolicy", "ListSecrets"]);
}

#[tokio::test]
async fn a_secret_that_awaits_deletion_shows_no_policy() {
    let outcome = look(&world()).await;
    assert!(secret(&outcome, DOOMED).attributes.contains_key("deleted-date"));
    let told = outcome.of("secret-policies");
    assert_eq!(told.status, Status::Complete);
    let note = "1 of the secrets await deletion, and may not show a policy";
    assert_eq!(told.note.as_deref(), Some(note));
    // The same answer about another secret is a gap.
    let aws = world().on("GetResourcePolicy", |request| {
        let other = text(request, "SecretId") == arn(0);
        if other { error("InvalidRequestException", "no") } else { policy(request) }
    });
    let outcome = look(&aws).await;
    assert!(matches!(outcome.status("secret-policies"), Status::Partial { .. }));
    assert_eq!(outcome.entities("secret-policies").len(), 3);
}

#[tokio::test]
async fn a_secret_that_is_gone_is_no_gap() {
    let aws = world().on("GetResourcePolicy", |request| {
        if text(request, "SecretId") == arn(3) {
            return error("ResourceNotFoundException", "Secrets Manager can't find the secret.");
        }
        policy(request)
    });
    let outcome = look(&aws).await;
    assert_eq!(outcome.status("secret-policies"), &Status::Complete);
    assert_eq!(outcome.entities("secret-policies").len(), 3);
}

#[tokio::test]
async fn what_makes_no_sense_is_set_aside() {
    let nameless = json!({ "Name": "n" });
    let mut odd = entry(0);
    odd["ExternalSecretRotationRoleArn"] = json!("admin");
    for (answer, seen) in [(nameless, 1), (odd, 2)] {
        let aws =
            world().on("ListSecrets", move |_| ok(&json!({ "SecretList": [answer, entry(1)] })));
        let outcome = look(&aws).await;
        for capability in SecretsManager.capabilities() {
            let told = outcome.of(capability.name);
            assert!(matches!(told.status, Status::Partial { .. }), "{}", capability.name);
            assert_eq!(told.set_aside.len(), 1, "{}", capability.name);
        }
        assert_eq!(outcome.entities("secrets").len(), seen);
    }
}

#[tokio::test]
async fn a_list_that_breaks_off_is_partial() {
    let aws = world().on("ListSecrets", |request| match text(request, "NextToken").as_str() {
        "" => page(request, "SecretList", &[entry(0), entry(1), entry(3)], 2),
        _ => request.error(400, "InternalServiceError", "later"),
    });
    let outcome = look(&aws).await;
    assert!(matches!(outcome.status("secrets"), Status::Partial { .. }));
    assert!(
        outcome.status("secret-policies").is_gap(),
        "the policies of unseen secrets are unseen"
    );
    let arns: Vec<Arn> = [arn(0), arn(1)].map(|arn| arn.parse().unwrap()).into();
    let seen: Vec<Arn> = [0, 1].map(|number| secret(&outcome, number).arn.clone()).into();
    assert_eq!(seen, arns);
}

#[tokio::test]
async fn each_call_fails_alone() {
    deny_each(&SecretsManager, world, setup).await;
    throttle_each(&SecretsManager, world, setup).await;
}

#[tokio::test]
async fn the_work_goes_on_after_an_interruption() {
    interrupt_everywhere(&SecretsManager, world, setup).await;
}

#[tokio::test]
async fn a_region_without_the_service() {
    not_offered(&SecretsManager, setup).await;
}
