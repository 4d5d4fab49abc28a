//! What the roles may do: exactly what the code calls, and nobody else may become them.

use std::collections::BTreeSet;

use accesstrail_shared::collect::needs;
use accesstrail_shared::permission::policy::{INLINE_CHARACTERS, MANAGED_CHARACTERS};
use accesstrail_shared::permission::{Choice, Side, Tier, reference};
use accesstrail_shared::settings::InventorySettings;
use accesstrail_shared::setup::write_action::{ACTIONS, Scope};
use accesstrail_tests::cloudformation::{Statement, Template};
use accesstrail_tests::source::rust_files;
use serde_json::{Value, json};

use super::generated::of_objects;
use super::{all, hub, management, member};

/// Where the statements stand that let the collectors read: identities of an account, its resources, and the
/// organization with Identity Center.
const READING: [&str; 7] = [
    "ReadRole/read-account",
    "InventoryRole/read-own-account",
    "RealtimeRole/read-own-account",
    "ReadResources",
    "ReadObjectNames",
    "ReadOrganization",
    "ReadIdentityCenter",
];

/// Where statements stand that are about accesstrail itself.
const OWN: [&str; 22] = [
    "InventoryRole/state",
    "InventoryRole/other-accounts",
    "RealtimeRole/state",
    "RealtimeRole/other-accounts",
    "SetupRole/state",
    "SetupAgain",
    "ReadTrailOfEvents",
    "TouchedObjectsPolicy",
    "FailedEventsPolicy",
    "ScheduleRole/start",
    "UseKey",
    // Queues, which deny what is not TLS.
    "UnitsPolicy",
    "DeadLettersPolicy",
    // Who used what, compared apart.
    "BackfillRole/state",
    "BackfillRole/read-trail",
    "UseTrailKey",
    "TrailDaysPolicy",
    "FailedTrailDaysPolicy",
    "SendTraces",
    // Whoever sets up, compared apart.
    "SetUp",
    // Sinks of the feed, compared apart.
    "FeedBus",
    "FeedSecret",
];

/// What the statements that stand there allow.
fn allowed(template: &Template, is_there: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let statements = template.statements().into_iter();
    statements
        .filter(|statement| statement.allows() && !statement.is_trust && is_there(&statement.place))
        .flat_map(|statement| statement.texts("Action"))
        .collect()
}

/// What is declared of these tiers on one side.
fn declared(side: Side, tiers: &[Tier]) -> BTreeSet<String> {
    let choice = Choice {
        sides: [side].into(),
        tiers: tiers.iter().copied().collect(),
        ..Choice::default()
    };
    choice.of(&needs::all()).iter().map(|need| need.action.to_owned()).collect()
}

/// What each account is asked, and what the account that sees the organization is asked besides: the same
/// lists in the hub's role and in the role of the accounts.
#[test]
fn the_roles_may_do_what_the_collectors_declare_and_no_more() {
    for template in [hub(), member(), management()] {
        let account = allowed(&template, |place| {
            place.starts_with(READING[0]) || place.starts_with(READING[1])
        });
        let resources = allowed(&template, |place| place.starts_with("ReadResources"));
        let organization = allowed(&template, |place| {
            place.starts_with("ReadOrganization") || place.starts_with("ReadIdentityCenter")
        });
        let of_objects = of_objects();
        let mut of_resources = declared(Side::Account, &[Tier::Three]);
        of_resources.retain(|action| !of_objects.contains(action));
        let rows = [
            (&account, declared(Side::Account, &[Tier::One, Tier::Two])),
            (&resources, of_resources),
            (&organization, declared(Side::Organization, &Tier::READING)),
        ];
        for (given, wanted) in rows {
            assert!(!wanted.is_empty(), "the collectors declare nothing");
            assert_eq!(*given, wanted, "{} (left) and the collectors", template.path);
        }
        for statement in template.statements().iter().filter(|each| each.allows() && !each.is_trust)
        {
            let place = &statement.place;
            let known = READING.iter().chain(&OWN).any(|known| place.starts_with(known));
            assert!(known, "{}: {place} allows something, and nobody compares it", template.path);
        }
    }
}

/// The names of objects say more than those of buckets: whoever wants them has to say so, and the function in the
/// cloud never does.
#[test]
fn object_names_are_listed_only_by_a_role_that_was_let() {
    let names =
        |template: &Template| allowed(template, |place| place.starts_with("ReadObjectNames"));
    assert_eq!(names(&member()), of_objects());
    assert_eq!(names(&management()), of_objects());
    assert_eq!(names(&hub()), BTreeSet::new());
    assert!(of_objects().contains("s3:ListBucket"));
    let member = member();
    let policies = member.resources("AWS::IAM::ManagedPolicy");
    assert_eq!(policies["ReadObjectNames"]["Condition"], "ListsObjectNames");
    assert_eq!(member.section("Parameters")["ListObjectNames"]["Default"], "no");
    let condition = &member.section("Conditions")["ListsObjectNames"]["Fn::Equals"];
    assert_eq!((&condition[0]["Ref"], &condition[1]), (&"ListObjectNames".into(), &"yes".into()));
}

/// `CollectResources=no` takes the permissions away, and the hub does not ask for what it may not read.
#[test]
fn resources_can_be_switched_off() {
    for template in [hub(), member(), management()] {
        let policies = template.resources("AWS::IAM::ManagedPolicy");
        let named = policies.iter().filter(|(name, _)| name.starts_with("ReadResources"));
        let conditions: Vec<&Value> = named.map(|(_, policy)| &policy["Condition"]).collect();
        assert!(!conditions.is_empty(), "{}", template.path);
        assert!(conditions.iter().all(|condition| **condition == "CollectsResources"));
        let parameter = &template.section("Parameters")["CollectResources"];
        assert_eq!(parameter["Default"], "yes");
        let condition = &template.section("Conditions")["CollectsResources"]["Fn::Equals"];
        assert_eq!(condition[0]["Ref"], "CollectResources");
        assert_eq!(condition[1], "yes");
    }
    assert_eq!(left_out("Resources"), json!(["CollectsResources", "", "tier-3,"]));
    let read = InventorySettings::read(&|name| match name {
        "ACCESSTRAIL_SKIP" => Some("tier-2,tier-3,".to_owned()),
        "ACCESSTRAIL_TABLE" | "ACCESSTRAIL_QUEUE_URL" => Some("https://example.com/x".to_owned()),
        _ => None,
    });
    let skip = read.unwrap().skip;
    assert_eq!(skip, ["tier-2", "tier-3"], "an empty Skip leaves no empty name behind");
}

/// What stands for a part of what the hub's inventory leaves out.
fn left_out(part: &str) -> Value {
    let variables = &hub().properties("InventoryFunction")["Environment"]["Variables"];
    let skip = &variables["ACCESSTRAIL_SKIP"]["Fn::Sub"];
    assert_eq!(skip[0], "${Center}${Resources}${Skip}");
    skip[1][part]["Fn::If"].clone()
}

/// The same for Identity Center, in the two templates that may read it.
#[test]
fn identity_center_can_be_switched_off() {
    for template in [hub(), management()] {
        let policy = &template.json["Resources"]["ReadIdentityCenter"];
        assert_eq!(policy["Condition"], "ReadsIdentityCenter", "{}", template.path);
        assert_eq!(template.section("Parameters")["IdentityCenter"]["Default"], "yes");
        let organization = template.json["Resources"]["ReadOrganization"].to_string();
        assert!(!organization.contains("Tier2"), "{}", template.path);
    }
    let conditions = hub().section("Conditions");
    let both = json!([{"Condition": "SeesOrganization"}, {"Condition": "AsksIdentityCenter"}]);
    assert_eq!(conditions["ReadsIdentityCenter"]["Fn::And"], both);
    let asks = json!([{"Ref": "IdentityCenter"}, "yes"]);
    assert_eq!(conditions["AsksIdentityCenter"]["Fn::Equals"], asks);
    assert_eq!(left_out("Center"), json!(["AsksIdentityCenter", "", "tier-2,"]));
}

/// A policy document as IAM counts it: no white space, what is substituted as long as it can get.
fn characters(document: &Value) -> usize {
    fn resolved(value: &Value) -> Value {
        match value {
            Value::Object(fields) => match fields.get("Fn::Sub") {
                Some(Value::String(text)) => Value::String(
                    text.replace("${AWS::Partition}", "aws-us-gov")
                        .replace("${AWS::AccountId}", "111122223333"),
                ),
                _ => fields.iter().map(|(name, field)| (name.clone(), resolved(field))).collect(),
            },
            Value::Array(items) => items.iter().map(resolved).collect(),
            other => other.clone(),
        }
    }
    resolved(document).to_string().chars().filter(|c| !c.is_whitespace()).count()
}

#[test]
fn policies_are_no_longer_than_iam_takes() {
    for template in all() {
        for (name, policy) in template.resources("AWS::IAM::ManagedPolicy") {
            let length = characters(&policy["Properties"]["PolicyDocument"]);
            assert!(length <= MANAGED_CHARACTERS, "{}: {name} has {length}", template.path);
        }
        for (name, role) in template.resources("AWS::IAM::Role") {
            let own = role["Properties"]["Policies"].as_array().cloned().unwrap_or_default();
            let apart = template.resources("AWS::IAM::Policy").into_values().filter(|policy| {
                policy["Properties"]["Roles"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|it| it["Ref"] == *name)
            });
            let documents = own
                .iter()
                .map(|policy| policy["PolicyDocument"].clone())
                .chain(apart.map(|policy| policy["Properties"]["PolicyDocument"].clone()));
            let length: usize = documents.map(|document| characters(&document)).sum();
            assert!(length <= INLINE_CHARACTERS, "{}: {name} has {length}", template.path);
        }
    }
}

/// Others' templates name an account of their vendor and one region; ours is at home everywhere.
#[test]
fn policies_name_no_account_and_no_region() {
    for template in all() {
        for statement in template.statements() {
            let text = statement.json.to_string();
            let place = format!("{}: {} {text}", template.path, statement.place);
            let numbers = text.split(|c: char| !c.is_ascii_digit());
            assert!(numbers.into_iter().all(|number| number.len() != 12), "{place}");
            for region in ["us-east-", "us-west-", "eu-west-", "eu-central-", "arn:aws:"] {
                assert!(!text.contains(region), "{place}");
            }
        }
    }
}

#[test]
fn both_templates_read_the_organization_alike() {
    let statements = |template: &Template, names: &[&str]| -> Vec<Value> {
        let documents =
            names.iter().map(|name| template.properties(name)["PolicyDocument"].clone());
        documents.flat_map(|it| it["Statement"].as_array().unwrap().clone()).collect()
    };
    let of_hub = statements(&hub(), &["ReadOrganization", "ReadIdentityCenter"]);
    assert_eq!(of_hub, statements(&member(), &["ReadOrganization"]));
    for template in [hub(), member()] {
        let policy = &template.json["Resources"]["ReadOrganization"];
        assert_eq!(policy["Condition"], "SeesOrganization", "{}", template.path);
    }
}

#[test]
fn nothing_is_allowed_by_a_wildcard() {
    // Actions that AWS lets nobody restrict to a resource: `*` is all there is. Everything else names its resources.
    // The reference knows those that read of what is looked into; the others are the two of X-Ray, and what setting
    // up says of each.
    let is_free = |action: &str| {
        let of_setup = ACTIONS.iter().find(|each| each.action == action);
        of_setup.is_some_and(|each| each.scope == Scope::Any)
            || (of_setup.is_none() && action.starts_with("xray:Put"))
            || reference::find(action).is_some_and(|entry| entry.resources.is_empty())
    };
    for template in all() {
        for statement in template.statements().iter().filter(|each| !each.is_trust) {
            let place = format!("{}: {} {}", template.path, statement.place, statement.json["Sid"]);
            assert!(statement.json["Sid"].is_string(), "{place} has no name");
            for field in ["NotAction", "NotResource", "NotPrincipal"] {
                assert!(statement.json.get(field).is_none(), "{place}: {field}");
            }
            if !statement.allows() {
                let known = ["OnlyTls", "ProtectAccesstrail"];
                let sid = statement.json["Sid"].as_str().unwrap();
                assert!(known.contains(&sid), "{place} denies");
                continue;
            }
            let actions = statement.texts("Action");
            assert!(actions.iter().all(|action| !action.contains('*')), "{place}: {actions:?}");
            assert!(actions.is_sorted(), "{place}: sorted actions are easier to compare");
            let resources = statement.texts("Resource");
            let any = resources.iter().any(|resource| resource == "*");
            assert!(!any || resources.len() == 1, "{place}: `*` makes void what stands beside it");
            for action in &actions {
                assert_eq!(any, is_free(action), "{place}: {action} and its resource");
            }
        }
    }
}

#[test]
fn nothing_writes_to_what_is_looked_into() {
    let verbs = ["Get", "List", "Describe", "Generate"];
    for template in all() {
        let reading = |place: &str| READING.iter().any(|known| place.starts_with(known));
        for action in allowed(&template, reading) {
            let (_, name) = action.split_once(':').unwrap();
            assert!(verbs.iter().any(|verb| name.starts_with(verb)), "{action}");
            // The one `Generate…` makes AWS's own report, and changes nothing else.
            assert!(!name.starts_with("Generate") || name == "GenerateCredentialReport");
        }
        // Whoever sets up, and whoever deploys for it in an account: what they may make is named in both.
        let makes = ["SetUp", "ExecutionRole"];
        let others =
            |it: &Statement| it.allows() && !makes.iter().any(|place| it.place.starts_with(place));
        for statement in template.statements().into_iter().filter(others) {
            for action in statement.texts("Action") {
                assert!(action != "iam:PassRole" && !action.starts_with("iam:Create"), "{action}");
            }
        }
    }
}

#[test]
fn the_member_role_trusts_one_hub_with_an_external_id_in_one_organization() {
    let templates = [member(), management()];
    let trust: Vec<Statement> = templates
        .iter()
        .flat_map(Template::statements)
        .filter(|statement| statement.is_trust)
        .collect();
    assert_eq!(trust.len(), 2);
    for statement in trust {
        assert_eq!(statement.texts("Action"), ["sts:AssumeRole"]);
        assert_eq!(statement.json["Principal"].as_object().unwrap().len(), 1);
        let principal = &statement.json["Principal"]["AWS"]["Fn::Sub"];
        assert_eq!(principal, "arn:${AWS::Partition}:iam::${HubAccountId}:root");
        let equal = &statement.json["Condition"]["StringEquals"];
        assert_eq!(equal["sts:ExternalId"]["Ref"], "ExternalId");
        assert_eq!(equal["aws:PrincipalOrgID"]["Ref"], "OrganizationId");
        assert_eq!(
            statement.condition("ArnLike", "aws:PrincipalArn").unwrap(),
            "arn:${AWS::Partition}:iam::${HubAccountId}:role/${HubRoleName}"
        );
    }
    for (name, role) in templates.iter().flat_map(|it| it.resources("AWS::IAM::Role")) {
        assert_eq!(role["Properties"]["MaxSessionDuration"], 3_600, "{name}");
    }
}

/// Lambda gives no source context when it assumes an execution role; Scheduler does.
#[test]
fn the_hubs_roles_trust_one_service_each() {
    for statement in hub().statements().into_iter().filter(|statement| statement.is_trust) {
        assert_eq!(statement.texts("Action"), ["sts:AssumeRole"], "{}", statement.place);
        let service = statement.json["Principal"]["Service"].as_str().unwrap();
        match service {
            "lambda.amazonaws.com" => {}
            "scheduler.amazonaws.com" => {
                let source = &statement.json["Condition"]["StringEquals"]["aws:SourceAccount"];
                assert_eq!(source["Ref"], "AWS::AccountId");
                let group = statement.condition("StringEquals", "aws:SourceArn").unwrap();
                assert!(group.ends_with(":schedule-group/default"), "{group}");
            }
            other => panic!("{}: {other}", statement.place),
        }
    }
}

#[test]
fn roles_are_assumed_in_this_organization_only() {
    let hub = hub();
    let statements: Vec<Statement> = hub
        .statements()
        .into_iter()
        .filter(|each| {
            !each.is_trust && each.texts("Action").contains(&"sts:AssumeRole".to_owned())
        })
        .collect();
    // The two functions that look into accounts.
    assert_eq!(statements.len(), 2);
    for statement in &statements {
        assert_eq!(statement.texts("Resource"), ["arn:${AWS::Partition}:iam::*:role/${RoleName}"]);
        assert_eq!(
            statement.condition("StringEquals", "aws:ResourceOrgID").unwrap(),
            "${aws:PrincipalOrgID}"
        );
    }
    // The path that the member template trusts unless told otherwise.
    let path = hub.properties("InventoryRole")["Path"].as_str().unwrap().to_owned();
    let trusted = &member().section("Parameters")["HubRoleName"]["Default"];
    assert_eq!(format!("/{}", trusted.as_str().unwrap()), format!("{path}*"));
}

#[test]
fn every_role_has_room_for_a_boundary() {
    for template in all() {
        for (name, role) in template.resources("AWS::IAM::Role") {
            let boundary = &role["Properties"]["PermissionsBoundary"]["Fn::If"];
            assert_eq!(boundary[0], "HasPermissionsBoundary", "{}: {name}", template.path);
        }
    }
}

/// The code under a path, without its tests.
fn code_of(path: &str) -> String {
    let files = rust_files().into_iter().filter(|file| file.path.starts_with(path));
    files.map(|file| file.code_text()).collect::<Vec<_>>().join("\n")
}

/// The actions of a service that the code under a path names in its errors.
fn quoted_actions(path: &str, service: &str) -> BTreeSet<String> {
    let text = code_of(path);
    let quoted = text.split('"').filter(|part| part.starts_with(service));
    quoted.map(str::to_owned).collect()
}

/// What the store calls, as it names the actions in its errors. The table is created by the template, so
/// what the store can do for an emulator is not the function's.
fn store_actions() -> BTreeSet<String> {
    let local_only = ["dynamodb:CreateTable", "dynamodb:UpdateTimeToLive"];
    let store = "shared/src/store/dynamo/";
    let text = code_of(store);
    let mut actions = quoted_actions(store, "dynamodb:");
    actions.retain(|action| !local_only.contains(&action.as_str()));
    // A transaction is allowed by the actions of what it does to each item.
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    if actions.remove("dynamodb:TransactWriteItems") {
        let parts = [
            (".put(", "dynamodb:PutItem"),
            (".update(", "dynamodb:UpdateItem"),
            (".delete(", "dynamodb:DeleteItem"),
            (".condition_check(", "dynamodb:ConditionCheckItem"),
        ];
        let made = parts.iter().filter(|(part, _)| text.contains(&format!("builder{part}")));
        actions.extend(made.map(|(_, action)| (*action).to_owned()));
    }
    actions
}

#[test]
fn the_function_may_do_to_the_table_and_the_queue_what_it_does() {
    let template = hub();
    let actions = |sid: &str| {
        let mut statements = template.statements().into_iter();
        statements.find(|each| each.json["Sid"] == sid).unwrap().texts("Action")
    };
    let mut of_store = store_actions();
    assert_eq!(actions("UsageTable").into_iter().collect::<BTreeSet<_>>(), of_store);
    // Only what was set aside of logs is ever deleted.
    assert!(of_store.remove("dynamodb:DeleteItem"));
    assert_eq!(actions("Table").into_iter().collect::<BTreeSet<_>>(), of_store);
    // What the event source does on the function's behalf.
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    let source = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];
    let own = quoted_actions("shared/src/aws/queue.rs", "sqs:");
    assert!(own.contains("sqs:ChangeMessageVisibility"), "{own:?}");
    let wanted: BTreeSet<String> = source.map(str::to_owned).into_iter().chain(own).collect();
    for queue in ["Units", "TrailDays"] {
        assert_eq!(actions(queue).into_iter().collect::<BTreeSet<_>>(), wanted, "{queue}");
        let mut statements = template.statements().into_iter();
        let own = statements.find(|each| each.json["Sid"] == queue).unwrap();
        assert_eq!(super::reference(&own.json["Resource"]), queue, "this queue and no other");
    }
}

/// The function that reads logs reads those of one bucket, and nobody but one topic tells it of new ones.
#[test]
fn logs_are_read_in_one_bucket_and_told_by_one_topic() {
    let template = hub();
    let statement = |sid: &str| {
        let mut statements = template.statements().into_iter();
        statements.find(|each| each.json["Sid"] == sid).unwrap()
    };
    let bucket = "arn:${AWS::Partition}:s3:::${TrailBucket}";
    let logs = format!("{bucket}/${{TrailPrefix}}AWSLogs/*");
    let rows =
        [("TrailBucket", "s3:ListBucket", bucket), ("TrailLogs", "s3:GetObject", logs.as_str())];
    for (sid, action, resource) in rows {
        assert_eq!(statement(sid).texts("Action"), [action]);
        assert_eq!(statement(sid).texts("Resource"), [resource]);
    }
    let key = statement("TrailKey");
    assert_eq!(key.texts("Action"), ["kms:Decrypt"]);
    assert_eq!(super::reference(&key.json["Resource"]), "TrailKey");
    let via = key.condition("StringLike", "kms:ViaService").unwrap();
    assert!(via.starts_with("s3."), "{via}");
    // The bucket of another account is let by the same two actions, and the key by one.
    let mut named = quoted_actions("shared/src/aws/logs", "s3:");
    named.retain(|action| !action.starts_with("s3://"));
    assert_eq!(named, ["s3:GetObject", "s3:ListBucket"].map(str::to_owned).into());
    let notices = statement("NewLogs");
    assert_eq!(notices.texts("Action"), ["sqs:SendMessage"]);
    assert_eq!(notices.json["Principal"]["Service"], "sns.amazonaws.com");
    let source = &notices.json["Condition"]["ArnEquals"]["aws:SourceArn"]["Fn::If"];
    assert_eq!((&source[0], &source[1]["Ref"]), (&"HasTrailTopic".into(), &"TrailTopic".into()));
}

/// A bucket has one configuration of notifications, and one policy: whoever writes it replaces it.
#[test]
fn the_account_of_the_logs_only_gets_something_added() {
    let template = Template::read("cloudformation/log-bucket.yaml");
    let kinds: BTreeSet<String> = template
        .section("Resources")
        .values()
        .map(|resource| resource["Type"].as_str().unwrap().to_owned())
        .collect();
    let added = [
        "AWS::CloudWatch::Alarm",
        "AWS::Events::Rule",
        "AWS::SNS::Topic",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
    ];
    assert_eq!(kinds, added.map(str::to_owned).into());
    let own = &template.properties("NewLogsPolicy")["Topics"];
    assert_eq!(super::reference(own), "NewLogs", "the policy is that of our own topic");
    let own = &template.properties("UntoldPolicy")["Queues"];
    assert_eq!(super::reference(own), "Untold", "and that of our own queue");
    for statement in template.statements() {
        let named = super::reference(&statement.json["Resource"]);
        assert!(["NewLogs", "Untold"].contains(&named.as_str()), "{named}");
    }
}

/// The function may put its own events on its own bus, read one secret, and fill one queue of dead letters; the
/// first two only where the stack has them.
#[test]
fn the_feed_may_do_what_it_does_and_no_more() {
    let template = hub();
    let statement = |sid: &str| {
        let mut statements = template.statements().into_iter();
        statements.find(|each| each.json["Sid"] == sid).unwrap()
    };
    let rows = [
        ("FeedBus", "events:PutEvents", "Changes", Some("HasEventBus")),
        (
            "FeedSecret",
            "secretsmanager:GetSecretValue",
            "WebhookSecretArn",
            Some("HasWebhookSecret"),
        ),
        ("DeadLetters", "sqs:SendMessage", "DeadLetters", None),
    ];
    for (sid, action, resource, condition) in rows {
        let statement = statement(sid);
        assert_eq!(statement.texts("Action"), [action], "{sid}");
        assert_eq!(super::reference(&statement.json["Resource"]), resource, "{sid}");
        if let Some(condition) = condition {
            assert_eq!(template.json["Resources"][sid]["Condition"], condition, "{sid}");
        }
        assert!(code_of("shared/src/feed/").contains(&format!("({action})")), "{action}");
    }
    let only = &statement("FeedBus").json["Condition"]["StringEquals"];
    assert_eq!(only["events:source"], accesstrail_shared::report::event::SOURCE);
    assert_eq!(only["events:detail-type"], accesstrail_shared::report::event::DETAIL_TYPE);
    assert_eq!(template.json["Resources"]["Changes"]["Condition"], "HasEventBus");
}
