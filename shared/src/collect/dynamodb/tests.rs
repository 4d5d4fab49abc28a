//! Tables with and without a stream and policies, page by page.

use serde_json::{Value, json};

use super::super::fake::{ACCOUNT, FakeAws, Outcome, Received, Setup, collect_with, slice};
use super::super::fake_json::{
    deny_each, error, interrupt_everywhere, not_offered, ok, run_twice, text as given,
    throttle_each,
};
use super::super::resources::number;
use super::*;
use crate::model::Status;
use crate::model::resource::{Resource, ResourceType};

const LABEL: &str = "2026-01-03T04:05:06.789";

fn setup() -> Setup {
    Setup { region: "eu-west-1".parse().unwrap(), ..Setup::default() }
}

fn arn(name: &str) -> String {
    format!("arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/{name}")
}

fn stream(name: &str) -> String {
    format!("{}/stream/{LABEL}", arn(name))
}

/// The table with everything is `orders`; `trail` has a stream that was switched off, `plain` none.
fn table(name: &str) -> Value {
    let mut table = json!({
        "TableName": name,
        "TableArn": arn(name),
        "TableStatus": "ACTIVE",
        "CreationDateTime": 1_767_323_045.25,
        "ItemCount": 41,
        "TableSizeBytes": 1234,
    });
    if name != "plain" {
        table["LatestStreamArn"] = json!(stream(name));
        table["LatestStreamLabel"] = json!(LABEL);
    }
    if name == "orders" {
        table["TableId"] = json!("t-1");
        table["TableClassSummary"] = json!({ "TableClass": "STANDARD_INFREQUENT_ACCESS" });
        table["BillingModeSummary"] = json!({ "BillingMode": "PAY_PER_REQUEST" });
        table["DeletionProtectionEnabled"] = json!(true);
        table["SSEDescription"] = json!({
            "Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": "arn:aws:kms:x:1:key/k",
        });
        table["StreamSpecification"] =
            json!({ "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" });
        table["Replicas"] = json!([{ "RegionName": "us-east-1" }, { "RegionName": "eu-west-2" }]);
    }
    table
}

/// The table of a request that names its table by name or by ARN.
fn asked(request: &Received) -> String {
    match given(request, "TableName").as_str() {
        "" => given(request, "ResourceArn").split('/').nth(1).unwrap().to_owned(),
        name => name.to_owned(),
    }
}

fn world() -> FakeAws {
    FakeAws::new()
        .on("ListTables", |request| {
            let names = ["plain", "trail", "orders"];
            let (some, next) = slice(&names, &given(request, "ExclusiveStartTableName"), 1);
            let mut answer = json!({ "TableNames": some });
            if let Some(next) = next {
                answer["LastEvaluatedTableName"] = json!(next);
            }
            ok(&answer)
        })
        .on("DescribeTable", |request| ok(&json!({ "Table": table(&asked(request)) })))
        .on("DescribeContinuousBackups", |request| {
            let recovery = if asked(request) == "orders" { "ENABLED" } else { "DISABLED" };
            ok(&json!({ "ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": {
                    "PointInTimeRecoveryStatus": recovery,
                    "RecoveryPeriodInDays": 35,
                    "EarliestRestorableDateTime": 1_767_323_045.0,
                    "LatestRestorableDateTime": 1_767_423_045.0,
                },
            } }))
        })
        .on("GetResourcePolicy", |request| match given(request, "ResourceArn") {
            it if it == arn("orders") || it == stream("orders") => {
                ok(&json!({ "Policy": format!("{{\"Id\":\"{it}\"}}"), "RevisionId": "1" }))
            }
            _ => error("PolicyNotFoundException", "Resource-based policy not found"),
        })
}

async fn look(aws: &FakeAws) -> Outcome {
    let outcome = collect_with(&DynamoDb, aws, setup()).await;
    outcome.result.as_ref().unwrap();
    outcome
}

#[tokio::test]
async fn a_table_with_everything() {
    let outcome = run_twice(&DynamoDb, world, setup).await;
    let seen = outcome.resources(TABLES);
    let names: Vec<(&str, &str)> =
        seen.iter().map(|it| (it.name.as_str(), it.resource_type.name())).collect();
    let (table, stream_type) = ("AWS::DynamoDB::Table", "AWS::DynamoDB::Stream");
    let expected = [
        ("orders", table),
        ("orders", stream_type),
        ("plain", table),
        ("trail", table),
        ("trail", stream_type),
    ];
    assert_eq!(names, expected);
    let expected = Resource {
        arn: arn("orders").parse().unwrap(),
        resource_type: ResourceType::Table,
        name: "orders".to_owned(),
        created: Some("2026-01-02T03:04:05.25Z".parse().unwrap()),
        state: Some("ACTIVE".to_owned()),
        parent: None,
        acts_as: Vec::new(),
        tags: None,
        attributes: attributes([
            ("table-id", text(Some("t-1"))),
            ("table-class", text(Some("STANDARD_INFREQUENT_ACCESS"))),
            ("billing-mode", text(Some("PAY_PER_REQUEST"))),
            ("deletion-protection", Some(true.into())),
            ("encryption-status", text(Some("ENABLED"))),
            ("encryption-type", text(Some("KMS"))),
            ("kms-key", text(Some("arn:aws:kms:x:1:key/k"))),
            ("stream", text(Some(&stream("orders")))),
            ("replicas", Some(vec!["eu-west-2", "us-east-1"].into())),
        ]),
    };
    assert_eq!(seen[0], &expected);
}

#[tokio::test]
async fn a_stream_is_a_part_of_its_table() {
    let outcome = look(&world()).await;
    let seen = outcome.resources(TABLES);
    let expected = Resource {
        arn: stream("orders").parse().unwrap(),
        resource_type: ResourceType::TableStream,
        name: "orders".to_owned(),
        created: Some(format!("{LABEL}Z").parse().unwrap()),
        state: None,
        parent: Some(arn("orders").parse().unwrap()),
        acts_as: Vec::new(),
        tags: None,
        attributes: attributes([
            ("enabled", Some(true.into())),
            ("view-type", text(Some("NEW_AND_OLD_IMAGES"))),
        ]),
    };
    assert_eq!(seen[1], &expected);
    assert!(seen[4].attributes.is_empty(), "switched off: {:?}", seen[4]);
}

#[tokio::test]
async fn settings_and_policies() {
    let aws = world();
    let outcome = look(&aws).await;
    let backups = outcome.settings(BACKUPS);
    let facts = attributes([
        ("status", text(Some("ENABLED"))),
        ("point-in-time-recovery", text(Some("ENABLED"))),
        ("recovery-period-in-days", number(Some(35))),
    ]);
    assert_eq!((backups.len(), &backups[0].attributes), (3, &facts), "no moment that moves on");
    assert_eq!(backups[1].attributes["point-in-time-recovery"], "DISABLED".into());
    let orders = arn("orders");
    let (plain, trail) = (arn("plain"), arn("trail"));
    let document = format!("{{\"Id\":\"{orders}\"}}");
    let expected = [
        (orders.as_str(), Some(document.as_str())),
        (plain.as_str(), None),
        (trail.as_str(), None),
    ];
    assert_eq!(outcome.policies(POLICIES), expected);
    let (orders, trail) = (stream("orders"), stream("trail"));
    let document = format!("{{\"Id\":\"{orders}\"}}");
    let expected = [(orders.as_str(), Some(document.as_str())), (trail.as_str(), None)];
    assert_eq!(outcome.policies(STREAM_POLICIES), expected);
    let counts: Vec<(String, usize)> = aws.counts().into_iter().collect();
    let expected = [
        ("DescribeContinuousBackups".to_owned(), 3),
        ("DescribeTable".to_owned(), 3),
        ("GetResourcePolicy".to_owned(), 5),
        ("ListTables".to_owned(), 3),
    ];
    assert_eq!(counts, expected, "never an item: no Scan, no Query, no GetItem");
}

#[tokio::test]
async fn what_every_collector_holds() {
    deny_each(&DynamoDb, world, setup).await;
    throttle_each(&DynamoDb, world, setup).await;
    interrupt_everywhere(&DynamoDb, world, setup).await;
    not_offered(&DynamoDb, setup).await;
}

#[tokio::test]
async fn a_table_that_is_deleted_meanwhile_is_no_gap() {
    let no_table = || error("ResourceNotFoundException", "Requested resource not found");
    let aws = world()
        .on("DescribeTable", move |_| no_table())
        .on("DescribeContinuousBackups", |_| error("TableNotFoundException", "Table not found"))
        .on("GetResourcePolicy", move |_| no_table());
    let outcome = look(&aws).await;
    for capability in [TABLES, BACKUPS, POLICIES, STREAM_POLICIES] {
        let told = outcome.of(capability);
        assert_eq!((&told.status, told.seen), (&Status::Complete, 0), "{capability}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside_and_its_neighbours_are_kept() {
    let aws = world()
        .on("DescribeTable", |request| match asked(request).as_str() {
            "plain" => ok(&json!({})),
            "trail" => ok(&json!({ "Table": { "LatestStreamArn": "trail", "TableName": "x" } })),
            name => ok(&json!({ "Table": table(name) })),
        })
        .on("DescribeContinuousBackups", |_| ok(&json!({})));
    let outcome = look(&aws).await;
    let (plain, trail) = (arn("plain"), arn("trail"));
    assert_eq!(outcome.set_aside(TABLES), [plain.clone(), format!("the stream of {trail}")]);
    assert_eq!(outcome.resources(TABLES).len(), 3, "orders, its stream, trail");
    assert_eq!(outcome.set_aside(BACKUPS), [arn("orders"), plain, trail]);
    assert_eq!(outcome.policies(STREAM_POLICIES).len(), 1);
    for capability in [TABLES, BACKUPS, STREAM_POLICIES] {
        assert!(matches!(outcome.status(capability), Status::Partial { .. }), "{capability}");
    }
    assert_eq!(outcome.status(POLICIES), &Status::Complete);
    let aws = world().on("ListTables", |_| ok(&json!({ "TableNames": ["", "a\u{1}", "plain"] })));
    let outcome = look(&aws).await;
    assert_eq!(outcome.set_aside(NAMES), ["table \"\"", "table \"a\\u{1}\""]);
    assert_eq!(outcome.resources(TABLES).len(), 1);
    assert!(matches!(outcome.status(POLICIES), Status::Partial { .. }), "a name is missing");
}
