//! What is watched: the services that the rule lets through, and where the records of each really have the name.

use super::*;
use crate::realtime::Hub;

/// The rule in the accounts, as it is deployed.
const TEMPLATE: &str = include_str!("../../../../../cloudformation/event-streaming.yaml");

/// What is sent and has no rows would be lost, and what has rows and is not sent never comes.
#[test]
fn the_rule_sends_what_the_table_watches_and_nothing_else() {
    let (_, pattern) = TEMPLATE.split_once("          eventSource:\n").unwrap();
    let listed = pattern.lines().map_while(|line| line.strip_prefix("            - "));
    let listed: Vec<String> = listed.map(str::to_owned).collect();
    let mut sorted = listed.clone();
    sorted.sort();
    assert_eq!(sorted, sources(), "EventPattern of Forward");
    assert_eq!(listed, sorted, "in alphabetical order");
}

/// Every service leaves something stale after an operation that nobody knows, but those of which nothing is collected.
#[test]
fn unknown_operations_of_every_watched_service_are_told() {
    let alone = ["cloudtrail", "events", "cloudformation"];
    for service in SERVICES {
        let event = event(service.source, "FrobnicateThing", &json!({"requestParameters": {}}));
        match find(&event, &home()) {
            Finding::Unknown(units) => assert_eq!(units.len(), service.collectors.len()),
            Finding::Nothing(Why::NotCollected) if alone.contains(&service.source) => {}
            other => panic!("{}: {other:?}", service.source),
        }
    }
}

/// What must not leave a unit stale with each deployment or call of a model.
#[test]
fn what_machines_do_all_day_changes_nothing() {
    for (source, name) in [
        ("ecr", "InitiateLayerUpload"),
        ("ecr", "PutImage"),
        ("glue", "BatchCreatePartition"),
        ("glue", "StartJobRun"),
        ("bedrock", "InvokeModel"),
        ("sns", "Subscribe"),
        ("sqs", "PurgeQueue"),
    ] {
        let touched = touched(source, name, &json!({"name": "x"}), &Value::Null);
        assert_eq!(touched, ["nothing: not_collected"], "{source} {name}");
    }
    for name in ["CreateTable", "UpdateDatabase", "DeleteTable", "BatchDeleteTable"] {
        let touched = touched("glue", name, &json!({"databaseName": "x"}), &Value::Null);
        assert_eq!(touched, ["stale 444455556666/eu-west-1/glue"], "{name}");
    }
    assert_eq!(
        touched("bedrock", "CreateAgent", &json!({"agentName": "x"}), &Value::Null),
        ["stale 444455556666/eu-west-1/bedrock", "stale 444455556666/eu-west-1/bedrock-agents"]
    );
}

/// Names and answers as they stand in AWS's own examples.
#[test]
#[expect(clippy::too_many_lines, reason = "a table of examples")]
fn what_is_made_is_found_where_its_record_has_it() {
    let queue = "https://sqs.eu-west-1.amazonaws.com/444455556666/jobs";
    let topic = "arn:aws:sns:eu-west-1:444455556666:alerts";
    let repository = "arn:aws:ecr:eu-west-1:444455556666:repository/team/app";
    let secret = "arn:aws:secretsmanager:eu-west-1:444455556666:secret:db";
    let rows: Vec<(&str, &str, Value, Value, Vec<String>)> = vec![
        (
            "sqs",
            "CreateQueue",
            json!({"queueName": "jobs"}),
            json!({"queueUrl": queue}),
            vec!["+ member eu-west-1 sqs arn:aws:sqs:eu-west-1:444455556666:jobs".to_owned()],
        ),
        (
            "sqs",
            "SetQueueAttributes",
            json!({"queueUrl": queue, "attributes": {"Policy": "{}"}}),
            Value::Null,
            vec!["+ member eu-west-1 sqs arn:aws:sqs:eu-west-1:444455556666:jobs".to_owned()],
        ),
        (
            "sqs",
            "DeleteQueue",
            json!({"queueUrl": queue}),
            Value::Null,
            vec![
                "? member eu-west-1 resource-tags arn:aws:sqs:eu-west-1:444455556666:jobs"
                    .to_owned(),
                "- member eu-west-1 sqs arn:aws:sqs:eu-west-1:444455556666:jobs".to_owned(),
            ],
        ),
        // A queue of another account is not this account's to speak about.
        (
            "sqs",
            "SetQueueAttributes",
            json!({"queueUrl": "https://sqs.eu-west-1.amazonaws.com/777788889999/jobs"}),
            Value::Null,
            vec!["stale 444455556666/eu-west-1/sqs".to_owned()],
        ),
        (
            "sns",
            "CreateTopic",
            json!({"name": "alerts", "tags": [{"key": "team", "value": "web"}]}),
            json!({"topicArn": topic}),
            vec![
                format!("? member eu-west-1 resource-tags {topic}"),
                format!("+ member eu-west-1 sns {topic}"),
            ],
        ),
        (
            "ecr",
            "SetRepositoryPolicy",
            json!({"repositoryName": "team/app", "policyText": "{}"}),
            Value::Null,
            vec![format!("+ member eu-west-1 ecr {repository}")],
        ),
        (
            "ecr",
            "CreateRepository",
            json!({"repositoryName": "team/app"}),
            json!({"repository": {"repositoryArn": repository, "repositoryName": "team/app"}}),
            vec![format!("+ member eu-west-1 ecr {repository}")],
        ),
        // Without an answer, as in AWS's example, and with one.
        (
            "secretsmanager",
            "CreateSecret",
            json!({"name": "db", "clientRequestToken": "EXAMPLE"}),
            Value::Null,
            vec![format!("? member eu-west-1 secrets-manager {secret}")],
        ),
        (
            "secretsmanager",
            "CreateSecret",
            json!({"name": "db"}),
            json!({"arn": format!("{secret}-Ab1cd2"), "name": "db"}),
            vec![
                format!("? member eu-west-1 secrets-manager {secret}"),
                format!("? member eu-west-1 secrets-manager {secret}-Ab1cd2"),
            ],
        ),
        (
            "dynamodb",
            "CreateTable",
            json!({"tableName": "Music"}),
            json!({"tableDescription": {"tableStatus": "CREATING"}}),
            vec![
                "? member eu-west-1 dynamodb arn:aws:dynamodb:eu-west-1:444455556666:table/Music"
                    .to_owned(),
            ],
        ),
        (
            "lambda",
            "CreateFunction20150331",
            json!({"functionName": "f"}),
            json!({"functionArn": "arn:aws:lambda:eu-west-1:444455556666:function:f"}),
            vec![
                "+ member eu-west-1 lambda arn:aws:lambda:eu-west-1:444455556666:function:f"
                    .to_owned(),
            ],
        ),
        (
            "rds",
            "CreateDBInstance",
            json!({"dBInstanceIdentifier": "test-instance", "engine": "mysql"}),
            json!({"dBInstanceStatus": "creating"}),
            vec![
                "? member eu-west-1 rds arn:aws:rds:eu-west-1:444455556666:db:test-instance"
                    .to_owned(),
            ],
        ),
        (
            "rds",
            "EnableHttpEndpoint",
            json!({"resourceArn": "arn:aws:rds:eu-west-1:444455556666:cluster:c"}),
            Value::Null,
            vec!["? member eu-west-1 rds arn:aws:rds:eu-west-1:444455556666:cluster:c".to_owned()],
        ),
        // Rules that need not find a name, and none of which finds one.
        (
            "rds",
            "CreateDBCluster",
            json!({}),
            Value::Null,
            vec!["stale 444455556666/eu-west-1/rds".to_owned()],
        ),
        (
            "eks",
            "CreateCluster",
            json!({"name": "c"}),
            json!({"cluster": {"name": "c", "status": "CREATING"}}),
            vec!["? member eu-west-1 eks *".to_owned()],
        ),
    ];
    for (source, name, request, response, expected) in rows {
        assert_eq!(touched(source, name, &request, &response), expected, "{source} {name}");
    }
    let key = "arn:aws:kms:eu-west-1:444455556666:key/11112222-3333-4444-5555-666677778888";
    let parts = json!({
        "requestParameters": {"description": "", "keyUsage": "ENCRYPT_DECRYPT"},
        "responseElements": {"keyMetadata": {"arn": key}},
        "resources": [{"ARN": key, "accountId": MEMBER, "type": "AWS::KMS::Key"}],
    });
    let Finding::Touched(touches) = find(&event("kms", "CreateKey", &parts), &home()) else {
        panic!("nothing is touched");
    };
    assert_eq!(touches.len(), 1);
    assert_eq!(touches[0].name.as_deref(), Some(key));
}

/// An identity provider hides what is in its calls, and names whom they are about.
#[test]
fn people_are_kept_in_step_by_scim() {
    let id = "c4488478-a0e1-700e-3d75-96c6bb641596";
    let hidden =
        json!({"httpBody": {"userName": "HIDDEN_DUE_TO_SECURITY_REASONS"}, "tenantId": "t"});
    let named = json!({"httpBody": {"operations": []}, "tenantId": "t", "id": id});
    let rows = [
        (
            "CreateUser",
            &hidden,
            json!({"id": id}),
            format!("+ home eu-west-1 identity-store user/{id}"),
        ),
        ("PatchUser", &named, Value::Null, format!("+ home eu-west-1 identity-store user/{id}")),
        ("PutUser", &named, Value::Null, format!("+ home eu-west-1 identity-store user/{id}")),
        ("DeleteUser", &named, Value::Null, format!("- home eu-west-1 identity-store user/{id}")),
        (
            "CreateGroup",
            &hidden,
            json!({"id": id}),
            format!("+ home eu-west-1 identity-store group/{id}"),
        ),
        ("PatchGroup", &named, Value::Null, format!("+ home eu-west-1 identity-store group/{id}")),
        ("DeleteGroup", &named, Value::Null, format!("- home eu-west-1 identity-store group/{id}")),
        ("ListUsers", &hidden, Value::Null, "nothing: not_collected".to_owned()),
        (
            "CreateUser",
            &hidden,
            Value::Null,
            "stale 111122223333/eu-west-1/identity-store".to_owned(),
        ),
    ];
    for (name, request, response, expected) in rows {
        let found = touched("identitystore-scim", name, request, &response);
        assert_eq!(found, [expected], "{name}");
    }
}

/// Who calls is a token, of which the record has neither an ARN nor an id; AWS itself is the caller of what it tells.
#[test]
fn whoever_calls_is_no_reason_to_lose_an_event() {
    let id = "c4488478-a0e1-700e-3d75-96c6bb641596";
    for kind in ["WebIdentityUser", "Unknown"] {
        let parts = json!({
            "userIdentity": {"type": kind, "accountId": HOME, "accessKeyId": "xxxx"},
            "requestParameters": {"tenantId": "t", "id": id},
            "recipientAccountId": HOME,
        });
        let found = find(&event("identitystore-scim", "PatchUser", &parts), &home());
        assert!(matches!(found, Finding::Touched(_)), "{kind}: {found:?}");
    }
    let parts = json!({
        "userIdentity": {"accountId": HOME, "invokedBy": "organizations.amazonaws.com"},
        "eventType": "AwsServiceEvent",
        "requestParameters": null,
        "serviceEventDetails": {"accountId": MEMBER, "joinedMethod": "Invited"},
        "recipientAccountId": HOME,
    });
    let found = find(&event("organizations", "AccountJoinedOrganization", &parts), &home());
    assert!(matches!(found, Finding::Touched(_)), "{found:?}");
}

/// What a batch makes of one event, which no speaker sent: looks, events of others, stale units.
fn of_a_member(name: &str, request: &Value) -> (usize, u64, Vec<String>) {
    let event = event("organizations", name, &json!({"requestParameters": request}));
    let mut batch = Batch::default();
    batch.add(0, &event, &home(), &speakers(HOME));
    let stale = batch.notices.iter().map(|(notice, _)| notice.about.clone()).collect();
    (batch.looks.len(), batch.foreign, stale)
}

#[test]
fn an_account_says_that_it_comes_or_goes_and_no_more() {
    for name in ["LeaveOrganization", "AcceptHandshake"] {
        let (looks, foreign, stale) = of_a_member(name, &json!({"handshakeId": "h-1"}));
        assert_eq!((looks, foreign, stale.len()), (3, 0, 0), "{name}");
    }
    for name in ["RemoveAccountFromOrganization", "AccountDepartedOrganization", "MoveAccount"] {
        let (looks, foreign, stale) = of_a_member(name, &json!({"accountId": MEMBER}));
        assert_eq!((looks, stale.len()), (0, 0), "{name}");
        assert!(foreign > 0, "{name}");
    }
    // Whom the organization's resource policy lets manage policies is not collected: the next run looks.
    let (looks, foreign, stale) = of_a_member("AttachPolicy", &json!({"policyId": "p-1"}));
    assert_eq!((looks, foreign), (0, 1));
    assert_eq!(stale, ["111122223333/aws-global/organization"]);
}

#[test]
fn the_management_account_hears_who_came_and_went() {
    for name in ["AccountJoinedOrganization", "AccountDepartedOrganization"] {
        let parts = json!({
            "recipientAccountId": HOME,
            "eventType": "AwsServiceEvent",
            "serviceEventDetails": {"accountId": MEMBER},
        });
        let Finding::Touched(touches) = find(&event("organizations", name, &parts), &home()) else {
            panic!("{name} touches nothing");
        };
        let whole = touches.iter().filter(|touch| touch.name.is_none()).count();
        assert_eq!(whole, 2, "{name}");
        assert!(touches.iter().any(|touch| touch.name.as_deref() == Some(MEMBER)));
    }
}

/// The hub's stack has the name that somebody gave it, and its roles and functions are named after that.
#[test]
#[expect(clippy::too_many_lines, reason = "a table of examples")]
fn a_change_of_the_hub_is_told_whatever_its_stack_is_called() {
    let stack = format!("arn:aws:cloudformation:eu-west-1:{HOME}:stack/governance/0a1b-2c3d");
    let hub = Hub::of(&stack.parse().unwrap());
    let role = json!({"roleName": "governance-RealtimeRole-1AB2C3D4E5F6"});
    let function = json!({"functionName": "governance-RealtimeFunction-aB3dE5fG7hI9"});
    let queue = json!({
        "queueUrl": format!("https://sqs.eu-west-1.amazonaws.com/{HOME}/governance-touched-objects"),
    });
    let rows = [
        ("iam", "PutRolePolicy", role.clone(), HOME, "us-east-1", true),
        ("iam", "PutRolePolicy", role, MEMBER, "us-east-1", false),
        ("iam", "PutRolePolicy", json!({"roleName": "governance-app"}), HOME, "us-east-1", false),
        ("lambda", "UpdateFunctionCode20150331v2", function.clone(), HOME, "eu-west-1", true),
        ("lambda", "UpdateFunctionCode20150331v2", function, HOME, "eu-west-3", false),
        ("sqs", "SetQueueAttributes", queue, HOME, "eu-west-1", true),
        (
            "dynamodb",
            "DeleteTable",
            json!({"tableName": "governance-Table-1AB2C3D4E5F6"}),
            HOME,
            "eu-west-1",
            true,
        ),
        (
            "cloudformation",
            "DeleteStack",
            json!({"stackName": "governance"}),
            HOME,
            "eu-west-1",
            true,
        ),
        ("cloudformation", "UpdateStack", json!({"stackName": stack}), HOME, "eu-west-1", true),
        ("cloudformation", "UpdateStack", json!({"stackName": "other"}), HOME, "eu-west-1", false),
        (
            "lambda",
            "DeleteFunction20150331",
            json!({"functionName": "governance"}),
            HOME,
            "eu-west-1",
            false,
        ),
    ];
    for (source, name, request, account, region, expected) in rows {
        let parts = json!({
            "requestParameters": request,
            "recipientAccountId": account,
            "awsRegion": region,
        });
        let event = event(source, name, &parts);
        assert_eq!(
            own_change(&event, hub.as_ref()).is_some(),
            expected,
            "{name} {request} {account}"
        );
        assert_eq!(own_change(&event, None), None, "{name} {request}");
    }
    let mapping = json!({
        "requestParameters": {"uUID": "0a1b"},
        "responseElements": {
            "functionArn": format!("arn:aws:lambda:eu-west-1:{HOME}:function:governance-RealtimeFunction-aB3d"),
        },
        "recipientAccountId": HOME,
    });
    let event = event("lambda", "UpdateEventSourceMapping20150331", &mapping);
    assert!(own_change(&event, hub.as_ref()).is_some());
}
