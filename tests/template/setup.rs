//! What is set up: the roles, the stream and the trail, each against the code that deploys it.

use std::collections::{BTreeMap, BTreeSet};

use accesstrail_shared::collect::needs;
use accesstrail_shared::setup::names::{self, Template as Deployed};
use accesstrail_shared::setup::print;
use accesstrail_shared::setup::write_action::{ACTIONS, Part};
use accesstrail_tests::cloudformation::{Statement, Template};
use serde_json::Value;

use super::{management, member, reference};

fn streaming() -> Template {
    Template::read(Deployed::EventStreaming.file())
}

/// What the management account has more is the organization, apart from Identity Center; all else is the same role.
#[test]
fn the_management_accounts_role_is_the_members() {
    let (management, member) = (management(), member());
    let statements = |template: &Template, place: &str| -> Vec<Value> {
        let found = template.statements().into_iter();
        found.filter(|it| it.place.starts_with(place)).map(|it| it.json).collect()
    };
    for place in ["ReadRole", "ReadResources", "ReadObjectNames"] {
        assert_eq!(statements(&management, place), statements(&member, place), "{place}");
        assert!(!statements(&member, place).is_empty(), "{place}");
    }
    let mut organization = statements(&management, "ReadOrganization");
    organization.extend(statements(&management, "ReadIdentityCenter"));
    assert_eq!(organization, statements(&member, "ReadOrganization"));
    let center = &management.json["Resources"]["ReadIdentityCenter"];
    assert_eq!(center["Condition"], "ReadsIdentityCenter");
    let tiers: BTreeSet<String> = statements(&management, "ReadOrganization")
        .iter()
        .map(|it| it["Sid"].as_str().unwrap().chars().take(5).collect())
        .collect();
    assert!(!tiers.contains("Tier2"), "{tiers:?}");
}

/// The names that templates give begin as the permissions of whoever sets up want it.
#[test]
fn everything_that_has_a_name_has_ours() {
    let fields =
        ["RoleName", "Name", "QueueName", "ArchiveName", "BucketName", "TrailName", "AlarmName"];
    let mut seen = 0;
    for deployed in Deployed::ALL {
        let template = Template::read(deployed.file());
        for (logical, resource) in template.section("Resources") {
            for field in fields {
                let name = match &resource["Properties"][field] {
                    Value::Null => continue,
                    Value::String(name) => name.clone(),
                    // Whoever gives it another name than the default: the plan wants the prefix, too.
                    value if value["Ref"] == "RoleName" => {
                        let default = &template.section("Parameters")["RoleName"]["Default"];
                        default.as_str().unwrap().to_owned()
                    }
                    value => value["Fn::Sub"].as_str().unwrap().to_owned(),
                };
                assert!(
                    name.starts_with(names::PREFIX),
                    "{}: {logical} is {name}",
                    deployed.file()
                );
                seen += 1;
            }
            if resource["Type"] == "AWS::IAM::ManagedPolicy" {
                assert_eq!(resource["Properties"]["Path"], "/accesstrail/", "{logical}");
            }
        }
    }
    assert!(seen >= 14, "{seen}");
}

/// What a stack makes, whoever sets up may have CloudFormation make; and they may have it make nothing else.
#[test]
fn what_templates_make_may_be_made() {
    let makes: &[(&str, &[&str])] = &[
        ("AWS::CloudWatch::Alarm", &["cloudwatch:PutMetricAlarm"]),
        ("AWS::CloudTrail::Trail", &["cloudtrail:CreateTrail", "iam:CreateServiceLinkedRole"]),
        (
            "AWS::Events::ApiDestination",
            &["events:CreateApiDestination", "iam:CreateServiceLinkedRole"],
        ),
        ("AWS::Events::Archive", &["events:CreateArchive"]),
        ("AWS::Events::Connection", &["events:CreateConnection", "secretsmanager:CreateSecret"]),
        ("AWS::Events::EventBus", &["events:CreateEventBus"]),
        ("AWS::Events::EventBusPolicy", &["events:PutPermission"]),
        ("AWS::Events::Rule", &["events:PutRule", "events:PutTargets"]),
        ("AWS::IAM::ManagedPolicy", &["iam:CreatePolicy", "iam:AttachRolePolicy"]),
        ("AWS::IAM::Policy", &["iam:PutRolePolicy"]),
        ("AWS::IAM::Role", &["iam:CreateRole", "iam:PutRolePolicy"]),
        ("AWS::S3::Bucket", &["s3:CreateBucket"]),
        ("AWS::S3::BucketPolicy", &["s3:PutBucketPolicy"]),
        ("AWS::SQS::Queue", &["sqs:CreateQueue"]),
        ("AWS::SQS::QueuePolicy", &["sqs:SetQueueAttributes"]),
    ];
    for deployed in Deployed::ALL {
        // The members' is deployed by CloudFormation's own role in each account.
        if deployed == Deployed::MemberAccount {
            continue;
        }
        let allowed: BTreeSet<&str> = ACTIONS
            .iter()
            .filter(|it| it.parts.contains(&Part::In(deployed)))
            .map(|it| it.action)
            .collect();
        let template = Template::read(deployed.file());
        let mut made = BTreeSet::new();
        for (name, resource) in template.section("Resources") {
            let kind = resource["Type"].as_str().unwrap();
            let (_, actions) = makes
                .iter()
                .find(|(known, _)| *known == kind)
                .unwrap_or_else(|| panic!("{}: nobody knows who may make {kind}", deployed.file()));
            for action in *actions {
                assert!(allowed.contains(action), "{}: {name} needs {action}", deployed.file());
                made.insert(*action);
            }
        }
        let creates = allowed.iter().filter(|it| it.contains(":Create"));
        let unused: Vec<_> = creates
            .filter(|it| !made.contains(**it) && **it != "iam:CreatePolicyVersion")
            .collect();
        assert!(unused.is_empty(), "{}: {unused:?}", deployed.file());
    }
}

/// Targets that are a bus or an API destination have a role of their own, queues have none; whatever does not arrive
/// is kept.
#[test]
fn every_target_has_what_it_needs_and_loses_nothing() {
    let template = streaming();
    let rules = template.resources("AWS::Events::Rule");
    assert_eq!(rules.len(), 4);
    for (name, rule) in &rules {
        let properties = &rule["Properties"];
        let targets = properties["Targets"].as_array().unwrap();
        assert_eq!(targets.len(), 1, "{name}");
        let target = &targets[0];
        assert_eq!(reference(&target["DeadLetterConfig"]["Arn"]), "Untold", "{name}");
        assert!(target["RetryPolicy"]["MaximumRetryAttempts"].as_u64().unwrap() > 0, "{name}");
        let arn = reference(&target["Arn"]);
        let is_queue = arn.ends_with("QueueArn");
        assert_eq!(target.get("RoleArn").is_none(), is_queue, "{name} to {arn}");
        if is_queue {
            continue;
        }
        let assumed = reference(&target["RoleArn"]);
        let trust = template.statements().into_iter().find(|it| it.is_trust && it.place == assumed);
        let trust = trust.unwrap();
        let condition = trust.json["Condition"].to_string();
        let named = properties["Name"].as_str().unwrap();
        assert!(condition.contains("aws:SourceAccount") && condition.contains(named), "{name}");
        assert_eq!(rules[name]["Condition"], template.json["Resources"][&assumed]["Condition"]);
    }
}

/// The name of the bus is spelled in ARNs where it cannot be referred to.
#[test]
fn the_bus_takes_events_of_the_organization_alone() {
    let template = streaming();
    assert_eq!(template.properties("Bus")["Name"], names::EVENTS);
    let statement = &template.properties("BusPolicy")["Statement"];
    assert_eq!(statement["Effect"], "Allow");
    assert_eq!(statement["Action"], "events:PutEvents");
    assert_eq!(reference(&statement["Resource"]), "Bus");
    let equals = &statement["Condition"]["StringEquals"]["Fn::If"];
    assert_eq!(equals[0], "IsOrganization");
    assert_eq!(equals[1]["aws:PrincipalOrgID"]["Ref"], "OrganizationId");
    assert_eq!(equals[2]["aws:PrincipalAccount"]["Ref"], "AWS::AccountId");
    let role = statement["Condition"]["ArnLike"]["aws:PrincipalArn"]["Fn::Sub"].as_str().unwrap();
    let forward =
        template.properties("ForwardRole")["RoleName"]["Fn::Sub"].as_str().unwrap().to_owned();
    let prefix = forward.split("${").next().unwrap();
    assert!(role.ends_with(&format!(":role/{prefix}*")), "{role} and {forward}");
    assert_eq!(reference(&template.properties("Archive")["SourceArn"]), "Bus");
    for rule in ["ToQueue", "ToEndpoint"] {
        assert_eq!(reference(&template.properties(rule)["EventBusName"]), "Bus");
    }
    for rule in ["Forward", "LogDelivery"] {
        assert_eq!(template.properties(rule).get("EventBusName"), None, "{rule}: the default bus");
    }
}

/// Statements by their names: actions and resources of each.
type ByName = BTreeMap<String, (Vec<String>, Vec<String>)>;

/// The documents of a Terraform text: each label with its statements.
fn documents(text: &str) -> BTreeMap<String, ByName> {
    let list = |block: &str, field: &str| -> Vec<String> {
        let mut lines = block.lines().skip_while(|line| line.trim() != format!("{field} = ["));
        lines.next();
        lines
            .take_while(|line| line.trim() != "]")
            .map(|line| line.trim().trim_end_matches(',').trim_matches('"').to_owned())
            .collect()
    };
    let mut found = BTreeMap::new();
    for part in text.split("data \"aws_iam_policy_document\" ").skip(1) {
        let (label, rest) = part.split_once(" {\n").unwrap();
        let body = rest.split("\n}\n").next().unwrap();
        let mut statements = BTreeMap::new();
        for block in body.split("  statement {\n").skip(1) {
            let (_, sid) = block.split_once("= \"").unwrap();
            let sid = sid.split('"').next().unwrap().to_owned();
            statements.insert(sid, (list(block, "actions"), list(block, "resources")));
        }
        found.insert(label.trim_matches('"').to_owned(), statements);
    }
    found
}

/// `setup print --format terraform` makes the role of the StackSet: the same actions on the same resources under the
/// same switches, the same trust, the same denial.
#[test]
fn the_module_is_the_template() {
    let (text, template) = (print::terraform(&needs::all()), member());
    assert_eq!(print::cloud_formation(), accesstrail_tests::source::text(&template.path));
    let documents = documents(&text);
    let of_template = |place: &str| -> BTreeMap<String, (Vec<String>, Vec<String>)> {
        let found = template.statements().into_iter().filter(|it| it.place == place);
        let spelled = |arn: String| {
            arn.replace("${AWS::Partition}", "${data.aws_partition.current.partition}")
                .replace("${AWS::AccountId}", "${data.aws_caller_identity.current.account_id}")
                .replace("${RoleName}", "${var.role_name}")
        };
        let row = |it: Statement| {
            let resources = it.texts("Resource").into_iter().map(spelled).collect();
            (it.json["Sid"].as_str().unwrap().to_owned(), (it.texts("Action"), resources))
        };
        found.map(row).collect()
    };
    let rows = [
        ("read_account", "ReadRole/read-account", None),
        ("self_protection", "ReadRole/self-protection", None),
        ("read_resources", "ReadResources", Some("collect_resources")),
        ("read_object_names", "ReadObjectNames", Some("list_object_names")),
        ("read_organization", "ReadOrganization/read-organization", Some("organization_account")),
    ];
    for (label, place, switch) in rows {
        let wanted = of_template(place);
        assert!(!wanted.is_empty(), "{place}");
        assert_eq!(documents[label], wanted, "{label} and {place}");
        if let Some(switch) = switch {
            assert!(text.contains(&format!("\"{label}\" {{\n  count  = var.{switch} ? 1 : 0\n")));
        }
    }
    assert_eq!(documents.len(), rows.len() + 1, "and the trust: {:?}", documents.keys());
    let trust = template.statements().into_iter().find(|it| it.is_trust).unwrap();
    for (test, conditions) in trust.json["Condition"].as_object().unwrap() {
        for name in conditions.as_object().unwrap().keys() {
            let condition = format!("test     = \"{test}\"\n      variable = \"{name}\"");
            assert!(text.contains(&condition), "{condition}");
        }
    }
    assert_eq!(text.matches("condition {\n      test ").count(), 3);
}

#[test]
fn the_trail_records_everything_and_its_logs_stay() {
    let template = Template::read(Deployed::OrganizationTrail.file());
    let trail = template.properties("Trail");
    for field in
        ["IsMultiRegionTrail", "IncludeGlobalServiceEvents", "EnableLogFileValidation", "IsLogging"]
    {
        assert_eq!(trail[field], true, "{field}");
    }
    assert_eq!(trail["EventSelectors"][0]["IncludeManagementEvents"], true);
    let bucket = &template.json["Resources"]["Logs"];
    assert_eq!(
        (&bucket["DeletionPolicy"], &bucket["UpdateReplacePolicy"]),
        (&"Retain".into(), &"Retain".into())
    );
    let name = bucket["Properties"]["BucketName"]["Fn::Sub"].as_str().unwrap();
    assert!(name.starts_with("accesstrail-logs-"), "{name}");
    // Whoever writes to it is our trail and no other.
    let trail_arn = format!(":trail/{}", trail["TrailName"].as_str().unwrap());
    for statement in template.statements().into_iter().filter(Statement::allows) {
        let text = statement.json["Condition"].to_string();
        assert!(text.contains("aws:SourceArn") && text.contains(&trail_arn), "{text}");
    }
}

/// The role that sets up is the only one of the hub that may write, is not there unless it is wanted, and every write
/// of it is on names of ours, through CloudFormation, or under a condition.
#[test]
fn one_role_may_write_and_only_where_it_is_wanted() {
    let hub = super::hub();
    assert_eq!(hub.section("Parameters")["SetUp"]["Default"], "no");
    let statements: Vec<Statement> =
        hub.statements().into_iter().filter(|it| it.place.starts_with("SetUp")).collect();
    let policies = hub.resources("AWS::IAM::ManagedPolicy");
    for (name, policy) in policies.iter().filter(|(name, _)| name.starts_with("SetUp")) {
        assert_eq!(policy["Condition"], "SetsUp", "{name}");
        assert_eq!(reference(&policy["Properties"]["Roles"]), "SetupRole", "{name}");
    }
    assert_eq!(hub.json["Resources"]["SetupRole"]["Condition"], "SetsUp");
    let given: BTreeSet<String> = statements.iter().flat_map(|it| it.texts("Action")).collect();
    let known: BTreeSet<String> = ACTIONS.iter().map(|it| it.action.to_owned()).collect();
    assert_eq!(given, known);
    for statement in &statements {
        let actions = statement.texts("Action");
        let writes = |action: &String| ACTIONS.iter().any(|it| it.action == action && it.writes);
        let elsewhere = |arn: &String| {
            !["accesstrail-", "policy/accesstrail/", "aws-service-role/", ":type/resource/"]
                .iter()
                .any(|part| arn.contains(part))
        };
        let writes: Vec<&String> = actions.iter().filter(|it| writes(it)).collect();
        if statement.texts("Resource").iter().any(elsewhere) && !writes.is_empty() {
            let conditional = statement.json.get("Condition").is_some();
            let access = ["ActivateOrganizationsAccess", "DeactivateOrganizationsAccess"];
            let is_access = |action: &&&String| access.iter().any(|it| action.ends_with(it));
            let other = writes.iter().filter(|it| !is_access(it)).count();
            assert!(conditional || other == 0, "{writes:?}");
        }
    }
}
