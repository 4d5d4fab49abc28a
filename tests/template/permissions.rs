//! What the roles may do: exactly what the code calls, and nobody else may become them.

use std::collections::{BTreeMap, BTreeSet};

use accesstrail_shared::collect::{Place, registry};
use accesstrail_tests::cloudformation::{Statement, Template};
use accesstrail_tests::source::rust_files;

use super::{all, hub, member};

/// Actions that AWS lets nobody restrict to a resource: `*` is all there is. Everything else names its
/// resources.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
const WITHOUT_RESOURCE: &[(&str, &str)] = &[
    ("iam:GenerateCredentialReport", "about the whole account"),
    ("iam:GetAccountAuthorizationDetails", "about the whole account"),
    ("iam:GetAccountSummary", "about the whole account"),
    ("iam:GetCredentialReport", "about the whole account"),
    ("iam:ListAccountAliases", "about the whole account"),
    ("iam:ListInstanceProfiles", "lists the account's"),
    ("iam:ListOpenIDConnectProviders", "lists the account's"),
    ("iam:ListSAMLProviders", "lists the account's"),
    ("iam:ListServerCertificates", "lists the account's"),
    ("iam:ListUsers", "lists the account's"),
    ("organizations:DescribeOrganization", "about the caller's organization"),
    ("organizations:ListAWSServiceAccessForOrganization", "lists the organization's"),
    ("organizations:ListAccounts", "lists the organization's"),
    ("organizations:ListDelegatedAdministrators", "lists the organization's"),
    ("organizations:ListPolicies", "lists the organization's"),
    ("organizations:ListRoots", "lists the organization's"),
    ("sso:ListInstances", "lists what the account sees"),
];

/// Services whose actions the collectors declare.
const READ: &[&str] = &["iam:", "organizations:", "sso:", "identitystore:"];

fn allowed(template: &Template, is_in: impl Fn(&Statement) -> bool) -> BTreeSet<String> {
    let statements = template.statements().into_iter();
    statements
        .filter(|statement| statement.allows() && !statement.is_trust && is_in(statement))
        .flat_map(|statement| statement.texts("Action"))
        .filter(|action| READ.iter().any(|service| action.starts_with(service)))
        .collect()
}

/// What the collectors of some places declare.
fn declared(is_at: impl Fn(Place) -> bool) -> BTreeSet<String> {
    let collectors = registry::ALL.iter().filter(|collector| is_at(collector.place()));
    let calls = collectors.flat_map(|collector| collector.calls());
    calls.map(|call| call.action.to_owned()).collect()
}

fn in_account(place: Place) -> bool {
    place == Place::EachAccount
}

/// What each account is asked, and what the account that sees the organization is asked besides: the same
/// two lists in the hub's role and in the role of the accounts.
#[test]
fn the_roles_may_do_what_the_collectors_declare_and_no_more() {
    let organization = |statement: &Statement| statement.place.starts_with("ReadOrganization");
    for template in [hub(), member()] {
        let rows = [
            (allowed(&template, |each| !organization(each)), declared(in_account)),
            (allowed(&template, organization), declared(|place| !in_account(place))),
        ];
        for (given, wanted) in rows {
            assert!(!wanted.is_empty(), "the collectors declare nothing");
            assert_eq!(given, wanted, "{} (left) and the collectors", template.path);
        }
    }
}

#[test]
fn both_templates_read_the_organization_alike() {
    let document =
        |template: &Template| template.properties("ReadOrganization")["PolicyDocument"].clone();
    assert_eq!(document(&hub()), document(&member()));
    for template in [hub(), member()] {
        let policy = &template.json["Resources"]["ReadOrganization"];
        assert_eq!(policy["Condition"], "SeesOrganization", "{}", template.path);
    }
}

#[test]
fn nothing_is_allowed_by_a_wildcard() {
    let free: BTreeMap<&str, &str> = WITHOUT_RESOURCE.iter().copied().collect();
    for template in all() {
        for statement in template.statements().iter().filter(|each| !each.is_trust) {
            let place = format!("{}: {} {}", template.path, statement.place, statement.json["Sid"]);
            assert!(statement.json["Sid"].is_string(), "{place} has no name");
            for field in ["NotAction", "NotResource", "NotPrincipal"] {
                assert!(statement.json.get(field).is_none(), "{place}: {field}");
            }
            if !statement.allows() {
                assert_eq!(statement.json["Sid"], "OnlyTls", "{place} denies");
                continue;
            }
            let actions = statement.texts("Action");
            assert!(actions.iter().all(|action| !action.contains('*')), "{place}: {actions:?}");
            assert!(actions.is_sorted(), "{place}: sorted actions are easier to compare");
            let any = statement.texts("Resource").iter().any(|resource| resource == "*");
            for action in &actions {
                let may = free.contains_key(action.as_str());
                assert_eq!(any, may, "{place}: {action} and its resource");
            }
        }
    }
}

#[test]
fn nothing_writes_to_what_is_looked_into() {
    let verbs = ["Get", "List", "Describe", "Generate"];
    for template in all() {
        for action in allowed(&template, |_| true) {
            let (_, name) = action.split_once(':').unwrap();
            assert!(verbs.iter().any(|verb| name.starts_with(verb)), "{action}");
            // The one `Generate…` makes AWS's own report, and changes nothing else.
            assert!(!name.starts_with("Generate") || name == "GenerateCredentialReport");
        }
        for statement in template.statements() {
            for action in statement.texts("Action") {
                assert!(action != "iam:PassRole" && !action.starts_with("iam:Create"), "{action}");
            }
        }
    }
}

#[test]
fn the_member_role_trusts_one_hub_with_an_external_id_in_one_organization() {
    let template = member();
    let trust: Vec<Statement> =
        template.statements().into_iter().filter(|statement| statement.is_trust).collect();
    assert!(!trust.is_empty());
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
    for (name, role) in template.resources("AWS::IAM::Role") {
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
    assert_eq!(statements.len(), 1);
    let statement = &statements[0];
    assert_eq!(statement.texts("Resource"), ["arn:${AWS::Partition}:iam::*:role/${RoleName}"]);
    assert_eq!(
        statement.condition("StringEquals", "aws:ResourceOrgID").unwrap(),
        "${aws:PrincipalOrgID}"
    );
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
    assert_eq!(actions("Table").into_iter().collect::<BTreeSet<_>>(), store_actions());
    // What the event source does on the function's behalf.
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    let source = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];
    let own = quoted_actions("shared/src/aws/queue.rs", "sqs:");
    assert!(own.contains("sqs:ChangeMessageVisibility"), "{own:?}");
    let wanted: BTreeSet<String> = source.map(str::to_owned).into_iter().chain(own).collect();
    assert_eq!(actions("Units").into_iter().collect::<BTreeSet<_>>(), wanted);
    let mut statements = template.statements().into_iter();
    let units = statements.find(|each| each.json["Sid"] == "Units").unwrap();
    assert_eq!(super::reference(&units.json["Resource"]), "Units", "this queue and no other");
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
