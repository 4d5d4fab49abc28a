//! What is declared, against the service authorization reference and against what may never be declared.

use std::collections::BTreeSet;

use super::*;
use crate::permission::policy::{READ_ROLE, characters, split, statements};
use crate::permission::{Choice, policy, reference};

/// What reads data and not what is known about it, or hands out what opens something. No collector may declare
/// it, whatever its access level.
const OF_DATA: &[&str] = &[
    "athena:GetQueryResults",
    "bedrock:GetPrompt",
    "bedrock:InvokeAgent",
    "bedrock:InvokeModel",
    "bedrock:Retrieve",
    "bedrock:RetrieveAndGenerate",
    "codecommit:GetFile",
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:GetRecords",
    "dynamodb:PartiQLSelect",
    "dynamodb:Query",
    "dynamodb:Scan",
    "ec2:GetConsoleOutput",
    "ec2:GetConsoleScreenshot",
    "ec2:GetPasswordData",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "glue:GetConnection",
    "glue:GetConnections",
    "kms:Decrypt",
    "lambda:GetFunction",
    "lambda:GetLayerVersion",
    "lambda:InvokeFunction",
    "rds-data:ExecuteStatement",
    "rds:DownloadDBLogFilePortion",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "sqs:ReceiveMessage",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
    "sts:GetFederationToken",
    "sts:GetSessionToken",
];

/// Services of which nothing is read at all: all that they have is data.
const SERVICES_OF_DATA: &[&str] = &["logs:", "s3-object-lambda:", "rds-data:", "ssmmessages:"];

#[test]
fn every_action_exists_and_only_reads() {
    for need in all() {
        // The one that opens something: roles of this organization, by one name.
        if need.action == ASSUME_ROLE.action {
            continue;
        }
        assert!(
            reference::find(need.action).is_some(),
            "{} of {}: the service authorization reference has no reading action of that name \
             (permission/reference/generate.py knows where it comes from)",
            need.action,
            need.collector
        );
    }
}

#[test]
fn no_action_reads_data() {
    for need in all() {
        assert!(!OF_DATA.contains(&need.action), "{} of {}", need.action, need.collector);
        let is_data = |service: &&str| need.action.starts_with(*service);
        assert!(!SERVICES_OF_DATA.iter().any(is_data), "{}", need.action);
    }
    // The list is about real names where the reference has the service: a wrong one guards nothing.
    for action in OF_DATA.iter().filter(|action| action.starts_with("bedrock:Get")) {
        assert!(reference::find(action).is_some(), "{action}");
    }
}

/// Every word is there, and a tier is the collector's: `--skip tier-3` and a switched-off parameter of a template
/// leave out the same things.
#[test]
fn every_declared_call_explains_itself() {
    for collector in ALL {
        let name = collector.name();
        let tiers: BTreeSet<Tier> = collector.calls().iter().map(|call| call.tier).collect();
        assert_eq!(tiers.len(), 1, "{name} is of one tier");
        assert!(!tiers.contains(&Tier::Four), "{name}: tier 4 is about accesstrail itself");
    }
    for need in all() {
        let place = format!("{} of {}", need.action, need.collector);
        assert!(need.why.len() > 8 && need.lost.len() > 3, "{place}");
        let named = need.action.split_once(':').is_some_and(|(service, name)| {
            !service.is_empty() && name.starts_with(|c: char| c.is_ascii_uppercase())
        });
        assert!(named, "{place}");
    }
}

/// A capability without a call of its own is made of what it starts from.
#[test]
fn every_capability_has_a_call() {
    for collector in ALL {
        let name = collector.name();
        let of_calls: BTreeSet<&str> =
            collector.calls().iter().map(|call| call.capability).collect();
        for info in collector.capabilities() {
            let called = of_calls.contains(info.name) || info.needs.is_some();
            assert!(called, "{name}: nothing is called for {}", info.name);
        }
        let known = |call: &&str| collector.capabilities().iter().any(|info| info.name == *call);
        assert!(of_calls.iter().all(known), "{name}: {of_calls:?}");
    }
}

#[test]
fn the_sides_are_the_places() {
    let sides = |name: &str| -> BTreeSet<Side> {
        all().iter().filter(|need| need.collector == name).map(|need| need.side).collect()
    };
    for (name, side) in [
        ("organization", Side::Organization),
        ("identity-store", Side::Organization),
        ("iam-credentials", Side::Account),
        ("regions", Side::Account),
        ("sessions", Side::Hub),
        ("doctor", Side::Account),
    ] {
        assert_eq!(sides(name), [side].into(), "{name}");
    }
}

/// A role takes ten managed policies, and inline policies of so many characters: what is printed fits.
#[test]
fn policies_fit_into_what_iam_takes() {
    let needs = all();
    for tier in Tier::ALL {
        let choice = Choice { tiers: [tier].into(), ..Choice::default() };
        let statements = statements(&choice.of(&needs), READ_ROLE);
        let policies = split(&statements, policy::MANAGED_CHARACTERS);
        assert!((1..=4).contains(&policies.len()), "{tier:?}: {}", policies.len());
        for policy in policies {
            assert!(characters(&policy) <= policy::MANAGED_CHARACTERS, "{tier:?}");
        }
    }
}

/// What is wrong with the policies that others publish for the same purpose (each fault was found in one of
/// them) is not wrong with ours.
mod faults_of_others {
    use super::*;
    use crate::permission::policy::Statement;

    fn everything() -> Vec<Statement> {
        let needs = all();
        statements(&needs.iter().collect::<Vec<_>>(), READ_ROLE)
    }

    fn actions() -> BTreeSet<String> {
        everything().into_iter().flat_map(|statement| statement.actions).collect()
    }

    #[test]
    fn names_that_do_not_exist() {
        let unreal = [
            "iam:ListGroupTags",
            "s3:GetBucketEncryption",
            "s3:ListBuckets",
            "sso:DeletePermissionsPolicy",
            "sso:GetPermissionSet",
            "sso:PutPermissionsPolicy",
        ];
        for action in unreal {
            assert!(!actions().contains(action), "{action}");
        }
        for statement in everything() {
            for action in &statement.actions {
                assert!(!action.contains('*') && !action.contains('?'), "{action}");
            }
        }
    }

    #[test]
    fn half_of_what_belongs_together() {
        let actions = actions();
        let pairs = [
            ("iam:GenerateCredentialReport", "iam:GetCredentialReport"),
            ("sso:ListPermissionSets", "sso:ListInstances"),
            ("sso:ListPermissionSets", "sso:DescribePermissionSet"),
            ("sso:DescribePermissionSet", "sso:GetInlinePolicyForPermissionSet"),
            ("organizations:ListAccounts", "organizations:ListTagsForResource"),
            ("identitystore:ListGroups", "identitystore:ListGroupMemberships"),
            ("iam:ListAccessKeys", "iam:ListUsers"),
            // Documents of attached policies: by one call that has them, or by two.
            ("iam:ListUsers", "iam:GetAccountAuthorizationDetails"),
        ];
        for (one, other) in pairs {
            assert!(actions.contains(one) && actions.contains(other), "{one} and {other}");
        }
    }

    #[test]
    fn more_than_reading() {
        let escalating = ["iam:PassRole", "iam:Put", "iam:Attach", "iam:Create", "iam:Update"];
        let opening = ["s3:GetObject", "kms:Decrypt", "kms:GenerateDataKey", "sts:TagSession"];
        for action in actions() {
            let starts = |words: &&str| action.starts_with(*words);
            assert!(!escalating.iter().chain(&opening).any(starts), "{action}");
        }
        for statement in everything() {
            let enters = statement.actions.iter().any(|action| action.starts_with("sts:"));
            if enters {
                assert_eq!(statement.actions, ["sts:AssumeRole"]);
                assert!(statement.in_organization, "roles of this organization only");
                let arns: Vec<String> =
                    statement.resources.iter().map(|each| each.with("aws", "1")).collect();
                assert_eq!(arns, ["arn:aws:iam::*:role/accesstrail-read"]);
            }
        }
    }

    /// `*` beside narrow ARNs makes the narrow ones void; an ARN that cannot match makes the action void.
    #[test]
    fn resources_that_do_not_say_what_they_seem_to() {
        for statement in everything() {
            let arns: Vec<String> =
                statement.resources.iter().map(|each| each.with("aws", "111122223333")).collect();
            for arn in &arns {
                assert!(arn.starts_with("arn:aws:") && arn.splitn(6, ':').count() == 6, "{arn}");
                // Nobody else's account, and no region of somebody's own.
                let parts: Vec<&str> = arn.splitn(6, ':').collect();
                assert!(["", "*"].contains(&parts[3]), "{arn}");
                assert!(["", "*", "aws", "111122223333"].contains(&parts[4]), "{arn}");
            }
        }
        // AWS's own policies are nobody's: a pattern of the account does not take them.
        let narrowed = everything().into_iter().filter(|statement| {
            statement
                .actions
                .iter()
                .any(|action| action.starts_with("organizations:DescribePolicy"))
        });
        for statement in narrowed {
            let arns: Vec<String> =
                statement.resources.iter().map(|each| each.with("aws", "1")).collect();
            assert!(arns.contains(&"arn:aws:organizations::aws:policy/*".to_owned()), "{arns:?}");
        }
    }

    #[test]
    fn text_that_is_no_json() {
        let text = crate::permission::write::text(&everything(), "aws", "*");
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        for statement in read["Statement"].as_array().unwrap() {
            let fields: BTreeSet<&str> =
                statement.as_object().unwrap().keys().map(String::as_str).collect();
            for field in ["Action", "Effect", "Resource", "Sid"] {
                assert!(fields.contains(field), "{statement}");
            }
        }
    }
}
