//! What CloudFormation calls for what setting up deploys, by AWS's own schemas of the types, against what whoever sets up may.

use std::collections::{BTreeMap, BTreeSet};

use accesstrail_shared::setup::names::Template as Deployed;
use accesstrail_shared::setup::write_action::{ACTIONS, Part, Scope};
use accesstrail_tests::cloudformation::Template;
use accesstrail_tests::source;

/// Written by `handlers.py` beside it.
const HANDLERS: &str = "tests/template/handlers.txt";

/// What is called only for properties that no template of ours has: words of the actions of a type, and why not.
const UNUSED: &[(&str, &[&str], &str)] = &[
    ("", &["kms:"], "the policy of a key of one's own lets whoever sets up (docs/deploy.md)"),
    ("", &["UserPolicy", "GroupPolicy"], "policies are on roles alone"),
    (
        "AWS::IAM::Role",
        &["AttachRolePolicy", "DetachRolePolicy"],
        "a role has policies of its own, or the policy says on which roles it is",
    ),
    (
        "AWS::CloudTrail::Trail",
        &["PassRole", "GetRole", "PutInsight", "PutEventConfiguration", "StopLogging"],
        "the trail has neither a log group, insights nor context, and never stops",
    ),
    (
        "AWS::S3::Bucket",
        &[
            "s3tables:",
            "PassRole",
            "Abac",
            "Accelerate",
            "Analytics",
            "CORS",
            "Cors",
            "IntelligentTiering",
            "Inventory",
            "Logging",
            "Metadata",
            "Metrics",
            "ObjectLock",
            "Replication",
            "Website",
        ],
        "the bucket of logs has none of these",
    ),
    (
        "AWS::S3::Bucket",
        &["Acl", "DeleteObject", "DeleteBucketEncryption", "DeleteBucketLifecycle"],
        "it has an owner instead of lists, and never loses what protects it",
    ),
    ("AWS::S3::Bucket", &["s3:DeleteBucket"], "the bucket stays: logs are evidence"),
];

/// On what the actions of a type's own service are, where several scopes have an action of that name.
const OWN: &[(&str, &[Scope])] = &[
    ("AWS::CloudTrail::Trail", &[Scope::Trails]),
    ("AWS::CloudWatch::Alarm", &[Scope::Alarms]),
    ("AWS::Events::ApiDestination", &[Scope::Endpoint]),
    ("AWS::Events::Archive", &[Scope::Archive]),
    ("AWS::Events::Connection", &[Scope::Endpoint, Scope::ConnectionSecret, Scope::Secrets]),
    ("AWS::Events::EventBus", &[Scope::Bus]),
    ("AWS::Events::EventBusPolicy", &[Scope::Bus]),
    ("AWS::Events::Rule", &[Scope::Rules, Scope::Roles]),
    ("AWS::IAM::ManagedPolicy", &[Scope::Policies, Scope::Roles]),
    ("AWS::IAM::Policy", &[Scope::Roles]),
    ("AWS::IAM::Role", &[Scope::Roles]),
    ("AWS::S3::Bucket", &[Scope::Buckets]),
    ("AWS::S3::BucketPolicy", &[Scope::Buckets]),
    ("AWS::SQS::Queue", &[Scope::Queues]),
    ("AWS::SQS::QueuePolicy", &[Scope::Queues]),
];

fn is_unused(kind: &str, action: &str) -> bool {
    UNUSED.iter().any(|(of, words, why)| {
        let says = |word: &&str| match *word {
            "s3:DeleteBucket" => action == "s3:DeleteBucket",
            // Reading one is part of making a bucket.
            "Acl" => action.ends_with("Acl") && action != "s3:GetBucketAcl",
            word => action.contains(word),
        };
        assert!(!why.is_empty());
        (of.is_empty() || *of == kind) && words.iter().any(says)
    })
}

/// Each type with what CloudFormation calls for it.
fn handlers() -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in source::text(HANDLERS).lines() {
        let mut words = line.split(' ').map(str::to_owned);
        let (kind, _) = (words.next().unwrap(), words.next().unwrap());
        found.entry(kind).or_default().extend(words);
    }
    found
}

#[test]
fn whoever_sets_up_may_do_what_cloudformation_calls() {
    let (handlers, mut lacking, mut held) = (handlers(), BTreeSet::new(), 0);
    for deployed in Deployed::ALL {
        // The members' is deployed by a role of CloudFormation, or by the one of `stack-set-roles.yaml`.
        let part = if deployed == Deployed::MemberAccount {
            Part::In(Deployed::ManagementAccount)
        } else {
            Part::In(deployed)
        };
        for (name, resource) in Template::read(deployed.file()).section("Resources") {
            let kind = resource["Type"].as_str().unwrap();
            let called = handlers.get(kind).unwrap_or_else(|| panic!("{HANDLERS} lacks {kind}"));
            let (_, own) = OWN.iter().find(|(of, _)| *of == kind).unwrap();
            for action in called.iter().filter(|action| !is_unused(kind, action)) {
                let grants = ACTIONS.iter().filter(|it| it.action == action);
                let mut grants =
                    grants.filter(|it| it.parts.contains(&part) || it.parts.contains(&Part::Look));
                let fits = |scope: Scope| {
                    own.contains(&scope)
                        || matches!(scope, Scope::Any | Scope::AnyBucket | Scope::ServiceRoles)
                };
                if !grants.any(|it| fits(it.scope)) {
                    lacking.insert(format!("{}: {name}, {kind}: {action}", deployed.file()));
                }
                held += 1;
            }
        }
    }
    assert!(lacking.is_empty(), "{lacking:#?}");
    assert!(held > 150, "{held}");
}

/// The same for the role that deploys in each account where StackSets are self-managed.
#[test]
fn the_role_of_self_managed_stack_sets_may_too() {
    let handlers = handlers();
    let role = Template::read("cloudformation/stack-set-roles.yaml");
    let allowed: BTreeSet<String> = role
        .statements()
        .into_iter()
        .filter(|it| !it.is_trust)
        .flat_map(|it| it.texts("Action"))
        .collect();
    let templates = [
        // What only the hub has is not made in accounts.
        (Deployed::EventStreaming, &["Forward", "ForwardRole", "Untold", "UntoldPolicy"][..]),
        (Deployed::MemberAccount, &[]),
    ];
    let mut lacking = BTreeSet::new();
    for (deployed, only) in templates {
        for (name, resource) in Template::read(deployed.file()).section("Resources") {
            if !only.is_empty() && !only.contains(&name.as_str()) {
                continue;
            }
            let kind = resource["Type"].as_str().unwrap();
            let called = handlers[kind].iter().filter(|action| !is_unused(kind, action));
            lacking.extend(called.filter(|it| !allowed.contains(*it)).cloned());
        }
    }
    assert!(lacking.is_empty(), "{lacking:?}");
}
