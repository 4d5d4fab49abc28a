//! How the parts of the hub hang together: settings, queues, schedule, table, alarms.

use std::collections::BTreeSet;

use accesstrail_shared::lambda::metrics::{Metric, NAMESPACE};
use accesstrail_shared::settings::{BACKFILL, INVENTORY, REALTIME, SETUP};
use accesstrail_shared::store::dynamo::TABLE;
use accesstrail_tests::cloudformation::Template;
use accesstrail_tests::source;
use serde_json::{Value, json};

use super::{hub, reference, references};

/// The function, and its events of a type.
fn events(kind: &str) -> Vec<(Value, Value)> {
    let mut found = Vec::new();
    for (_, function) in hub().resources("AWS::Serverless::Function") {
        for (_, event) in function["Properties"]["Events"].as_object().into_iter().flatten() {
            if event["Type"] == kind {
                found.push((function.clone(), event["Properties"].clone()));
            }
        }
    }
    found
}

#[test]
fn the_environment_is_exactly_the_settings() {
    let functions = [
        ("InventoryFunction", INVENTORY),
        ("BackfillFunction", BACKFILL),
        ("RealtimeFunction", REALTIME),
        ("SetupFunction", SETUP),
    ];
    for (function, settings) in functions {
        let environment = &hub().properties(function)["Environment"]["Variables"];
        let given: BTreeSet<&str> =
            environment.as_object().unwrap().keys().map(String::as_str).collect();
        let wanted: BTreeSet<&str> = settings.iter().map(|variable| variable.name).collect();
        assert_eq!(given, wanted, "{function}");
    }
}

#[test]
fn every_parameter_is_used() {
    for template in super::all() {
        let mut used = Vec::new();
        for section in ["Conditions", "Globals", "Resources"] {
            references(&template.json[section], &mut used);
        }
        let text = source::text(&template.path);
        for (name, _) in template.section("Parameters") {
            let substituted = text.contains(&format!("${{{name}}}"));
            assert!(used.contains(&name) || substituted, "{}: {name}", template.path);
        }
    }
}

#[test]
fn functions_run_where_they_are_built_for() {
    let hub = hub();
    let functions = hub.resources("AWS::Serverless::Function");
    assert!(!functions.is_empty());
    for (name, function) in &functions {
        let property = |field| hub.function_property(function, field);
        assert_eq!(property("Runtime"), "provided.al2023", "{name}");
        assert_eq!(property("Architectures"), json!(["arm64"]), "{name}");
        assert_eq!(hub.json["Globals"]["Function"]["LoggingConfig"]["LogFormat"], "JSON");
        assert_eq!(function["Metadata"]["BuildMethod"], "rust-cargolambda", "{name}");
        let folder = property("CodeUri").as_str().unwrap().to_owned();
        let binary = function["Metadata"]["BuildProperties"]["Binary"].as_str().unwrap();
        let manifest = source::text(&format!("{folder}/Cargo.toml"));
        assert!(manifest.contains(&format!("name = \"{binary}\"")), "{folder} builds no {binary}");
        let logs = reference(&function["Properties"]["LoggingConfig"]["LogGroup"]);
        assert!(hub.resources("AWS::Logs::LogGroup").contains_key(&logs), "{name}: {logs}");
    }
    for (name, group) in hub.resources("AWS::Logs::LogGroup") {
        assert_eq!(
            reference(&group["Properties"]["RetentionInDays"]),
            "LogRetentionDays",
            "{name}"
        );
    }
}

#[test]
fn messages_fail_alone_and_are_not_lost() {
    let hub = hub();
    let events = events("SQS");
    assert!(!events.is_empty());
    for (function, event) in events {
        assert_eq!(event["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
        assert!((1..=10).contains(&event["BatchSize"].as_u64().unwrap()));
        assert_eq!(reference(&event["ScalingConfig"]["MaximumConcurrency"]), "MaximumConcurrency");

        let queue = hub.properties(&reference(&event["Queue"]));
        let timeout = hub.function_property(&function, "Timeout").as_u64().unwrap();
        let window = event["MaximumBatchingWindowInSeconds"].as_u64().unwrap_or_default();
        let visibility = queue["VisibilityTimeout"].as_u64().unwrap();
        // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
        assert!(visibility >= 6 * timeout + window, "{visibility} s for a timeout of {timeout} s");

        let redrive = &queue["RedrivePolicy"];
        let receives = redrive["maxReceiveCount"].as_u64().unwrap();
        let (attempts, hops) = (limit_of("MAX_ATTEMPTS"), limit_of("MAX_HOPS"));
        assert!(receives > attempts, "{receives}: the last attempt must be able to say why");
        assert!(receives >= hops, "{receives}: a duplicate must outlast {hops} hand-overs");
        assert!(receives * visibility < queue["MessageRetentionPeriod"].as_u64().unwrap());
        keeps_for_two_weeks(&reference(&redrive["deadLetterTargetArn"]));
    }
}

/// A limit of the pipeline, which is private to it.
fn limit_of(name: &str) -> u64 {
    let text = source::text("shared/src/collect/pipeline/work.rs");
    let (_, rest) = text.split_once(&format!("{name}: u32 = ")).unwrap();
    rest.split_once(';').unwrap().0.parse().unwrap()
}

/// A queue for failures says whose they are: nobody else may send theirs.
#[test]
fn queues_for_failures_take_them_from_their_own_queue_only() {
    let hub = hub();
    for (queue, failed) in [
        ("Units", "FailedUnits"),
        ("TrailDays", "FailedTrailDays"),
        ("TouchedObjects", "FailedEvents"),
    ] {
        let name = hub.properties(queue)["QueueName"]["Fn::Sub"].as_str().unwrap().to_owned();
        let allow = &hub.properties(failed)["RedriveAllowPolicy"];
        assert_eq!(allow["redrivePermission"], "byQueue");
        let sources = allow["sourceQueueArns"].as_array().unwrap();
        let arn =
            format!("arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{name}");
        assert_eq!(sources, &[json!({"Fn::Sub": arn})]);
    }
    for queue in ["FailedStarts", "DeadLetters"] {
        let allow = &hub.properties(queue)["RedriveAllowPolicy"];
        assert_eq!(allow, &json!({"redrivePermission": "denyAll"}), "{queue}");
        keeps_for_two_weeks(queue);
    }
}

fn keeps_for_two_weeks(queue: &str) {
    let properties = hub().properties(queue);
    assert_eq!(properties["MessageRetentionPeriod"], 14 * 24 * 60 * 60, "{queue}");
}

#[test]
fn starts_are_not_lost() {
    let schedules = events("ScheduleV2");
    assert!(!schedules.is_empty());
    for (function, schedule) in schedules {
        let input: Value = serde_json::from_str(schedule["Input"].as_str().unwrap()).unwrap();
        if function["Properties"]["CodeUri"] == "functions/setup" {
            // Hours are looked at again and again: one that is missed is not made up for.
            assert_eq!(input, json!({"setup": {"verb": "watch"}}));
        } else {
            let due = "<aws.scheduler.scheduled-time>";
            assert_eq!(input, json!({"trigger": "schedule", "time": due}));
            assert_eq!(reference(&schedule["ScheduleExpression"]), "Schedule");
        }
        assert!(schedule["RetryPolicy"]["MaximumRetryAttempts"].as_u64().unwrap() > 0);
        keeps_for_two_weeks(&reference(&schedule["DeadLetterConfig"]["Arn"]));
        // Scheduler hands the event over; what fails after that is Lambda's to keep.
        let kept = &function["Properties"]["EventInvokeConfig"]["DestinationConfig"]["OnFailure"];
        keeps_for_two_weeks(&reference(&kept["Destination"]));
    }
}

#[test]
fn queues_are_encrypted_at_rest_and_on_the_way() {
    let hub = hub();
    let queues = hub.resources("AWS::SQS::Queue");
    let policies = hub.resources("AWS::SQS::QueuePolicy");
    for (name, queue) in &queues {
        let properties = &queue["Properties"];
        assert_eq!(properties["SqsManagedSseEnabled"]["Fn::If"][2], true, "{name}");
        assert_eq!(reference(&properties["KmsMasterKeyId"]["Fn::If"][1]), "KmsKey", "{name}");
        let own: Vec<&Value> = policies
            .values()
            .filter(|policy| reference(&policy["Properties"]["Queues"]) == *name)
            .collect();
        assert_eq!(own.len(), 1, "{name} needs one policy");
        let statements = &own[0]["Properties"]["PolicyDocument"]["Statement"];
        assert_eq!(statements[0]["Effect"], "Deny", "{name}");
        assert_eq!(reference(&statements[0]["Resource"]), *name);
        assert_eq!(statements[0]["Condition"]["Bool"]["aws:SecureTransport"], "false", "{name}");
    }
}

#[test]
fn the_table_is_the_stores_and_survives() {
    let hub = hub();
    let tables = hub.resources("AWS::DynamoDB::Table");
    assert_eq!(tables.len(), 1);
    let table = &tables["Table"];
    let properties = &table["Properties"];
    let keys = |partition: &str, sort: &str| {
        json!([
            {"AttributeName": partition, "KeyType": "HASH"},
            {"AttributeName": sort, "KeyType": "RANGE"},
        ])
    };
    assert_eq!(properties["KeySchema"], keys(TABLE.partition_key, TABLE.sort_key));
    assert_eq!(
        properties["GlobalSecondaryIndexes"],
        json!([{
            "IndexName": TABLE.index.name,
            "KeySchema": keys(TABLE.index.partition_key, TABLE.index.sort_key),
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }])
    );
    let attributes = properties["AttributeDefinitions"].as_array().unwrap();
    let names: BTreeSet<&str> =
        attributes.iter().map(|each| each["AttributeName"].as_str().unwrap()).collect();
    let (table_keys, index) = ([TABLE.partition_key, TABLE.sort_key], TABLE.index);
    let wanted = table_keys.into_iter().chain([index.partition_key, index.sort_key]);
    assert_eq!(names, wanted.collect());
    assert!(attributes.iter().all(|each| each["AttributeType"] == "S"));
    assert_eq!(
        properties["TimeToLiveSpecification"],
        json!({"AttributeName": TABLE.ttl_attribute, "Enabled": true})
    );

    assert_eq!(properties["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(properties["DeletionProtectionEnabled"], true);
    assert_eq!(properties["SSESpecification"]["SSEEnabled"], true);
    let recovery = &properties["PointInTimeRecoverySpecification"];
    assert_eq!(recovery["PointInTimeRecoveryEnabled"], true);
    assert_eq!(properties.get("TableName"), None, "a name would forbid replacing the table");
    assert_eq!(
        (&table["DeletionPolicy"], &table["UpdateReplacePolicy"]),
        (&json!("Retain"), &json!("Retain"))
    );
}

/// The metrics of AWS that alarms look at, with the dimension that names the resource.
const AWS_METRICS: &[(&str, &str, &str, &str)] = &[
    ("AWS/Lambda", "Errors", "FunctionName", "AWS::Serverless::Function"),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", "AWS::SQS::Queue"),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "AWS::SQS::Queue"),
];

#[test]
fn every_alarm_looks_at_a_metric_that_exists() {
    let hub = hub();
    let alarms = hub.resources("AWS::CloudWatch::Alarm");
    assert!(!alarms.is_empty());
    for (name, alarm) in &alarms {
        let alarm = &alarm["Properties"];
        let metric = alarm["MetricName"].as_str().unwrap();
        let dimensions = alarm["Dimensions"].as_array().unwrap();
        assert_eq!(dimensions.len(), 1, "{name}");
        let dimension = dimensions[0]["Name"].as_str().unwrap();
        if alarm["Namespace"] == NAMESPACE {
            assert!(Metric::ALL.iter().any(|known| known.name() == metric), "{name}: {metric}");
            // `Metrics::document` has this one dimension, and the function writes its own name.
            let function = &dimensions[0]["Value"];
            assert_eq!(dimension, "Function");
            assert!(
                [json!("inventory"), json!("realtime"), json!("setup")].contains(function),
                "{name}: {function}"
            );
        } else {
            let namespace = alarm["Namespace"].as_str().unwrap();
            let known = AWS_METRICS
                .iter()
                .find(|known| (known.0, known.1, known.2) == (namespace, metric, dimension));
            let kind = known.unwrap_or_else(|| panic!("{name}: {namespace} {metric}")).3;
            let target = reference(&dimensions[0]["Value"]);
            assert!(hub.resources(kind).contains_key(&target), "{name}: {target}");
        }
        assert!(alarm["AlarmDescription"].as_str().unwrap().len() > 60, "{name} says what to do");
        assert_eq!(reference(&alarm["AlarmActions"]["Fn::If"][1]), "AlarmTopic", "{name}");
        let period = alarm["Period"].as_u64().unwrap();
        let longest = alarm["EvaluationPeriods"].as_u64().unwrap_or_else(|| {
            let parameter = reference(&alarm["EvaluationPeriods"]);
            hub.section("Parameters")[&parameter]["MaxValue"].as_u64().unwrap()
        });
        // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
        let limit = if period < 3_600 { 86_400 } else { 604_800 };
        assert!(period * longest <= limit, "{name}");
    }
}

#[test]
fn every_queue_for_failures_has_an_alarm() {
    let hub = hub();
    let watched: BTreeSet<String> = hub
        .resources("AWS::CloudWatch::Alarm")
        .values()
        .filter(|alarm| alarm["Properties"]["Namespace"] == "AWS/SQS")
        .map(|alarm| reference(&alarm["Properties"]["Dimensions"][0]["Value"]))
        .collect();
    let queues: BTreeSet<String> = hub.resources("AWS::SQS::Queue").into_keys().collect();
    assert_eq!(watched, queues);
}

/// What `setup` hands over with a call is limited; the hub's template goes by a bucket, whose limit is higher.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
#[test]
fn every_template_is_small_enough_for_how_it_is_handed_over() {
    use accesstrail_shared::setup::names::Template;
    let templates = [
        Template::ManagementAccount,
        Template::MemberAccount,
        Template::EventStreaming,
        Template::OrganizationTrail,
    ];
    for template in templates {
        assert!(template.text().len() <= 51_200, "{template:?}: {}", template.text().len());
    }
    assert!(source::text("template.yaml").len() <= 1_000_000);
}

/// What the stream sends to a queue of the hub's stack, the queue's policy takes: else all of it lands in the queue for what
/// could not be delivered.
#[test]
fn the_queues_take_what_the_stream_sends() {
    let (hub, stream) = (hub(), Template::read("cloudformation/event-streaming.yaml"));
    let mut seen = 0;
    for (parameter, policy) in
        [("QueueArn", "TouchedObjectsPolicy"), ("LogQueueArn", "TrailDaysPolicy")]
    {
        for (name, rule) in stream.resources("AWS::Events::Rule") {
            let target = &rule["Properties"]["Targets"][0]["Arn"];
            if target["Ref"] != parameter {
                continue;
            }
            let rule = rule["Properties"]["Name"].as_str().unwrap();
            let statements = hub.statements();
            let mut takes = statements.iter().filter(|it| {
                it.place.starts_with(policy)
                    && it.json["Principal"]["Service"] == "events.amazonaws.com"
                    && it.json["Action"] == "sqs:SendMessage"
            });
            assert!(
                takes.any(|it| {
                    let condition = it.json["Condition"].to_string();
                    condition.contains(&format!(":rule/{rule}"))
                        || condition.contains(":rule/*accesstrail-*")
                }),
                "{policy} does not take {name}"
            );
            seen += 1;
        }
    }
    assert_eq!(seen, 2);
}
