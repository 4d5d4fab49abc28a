//! Every action that setting up calls, or has CloudFormation call: on what, and under which condition. The policy of
//! whoever sets up is made of it, and a denial is answered from it.
//!
//! INVARIANT: what writes is on `accesstrail-…` names only. The exceptions cannot be narrowed by AWS ([`Scope::Any`])
//! or must touch what is there (the notification of a bucket), and have a condition or a reason beside them.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

mod template;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

pub use self::template::{inside, managed};
use super::names::Template;

/// What an action is allowed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Stacks of ours.
    Stacks,
    /// StackSets of ours, what they make, and the types of resources that may be in them.
    Sets,
    /// Roles of ours.
    Roles,
    /// The role of ours with which self-managed StackSets are administered.
    AdministrationRole,
    /// Managed policies of ours.
    Policies,
    /// The bus of ours.
    Bus,
    /// Rules of ours, on any bus.
    Rules,
    /// The archive of ours, of the bus of ours.
    Archive,
    /// The connection and the API destination of ours.
    Endpoint,
    /// The secret that EventBridge keeps for the connection of ours.
    ConnectionSecret,
    /// Secrets whose names begin as ours: what an endpoint is shown.
    Secrets,
    /// The roles that AWS makes for its own services, once in an account.
    ServiceRoles,
    /// Queues of ours.
    Queues,
    /// Alarms of ours.
    Alarms,
    /// Buckets of ours.
    Buckets,
    /// Trails of ours.
    Trails,
    /// Any bucket: the one of a trail that is there has whatever name it has.
    AnyBucket,
    /// Any queue: the one to be drained has the name that the hub's stack gave it.
    AnyQueue,
    /// Roots and units of organizations, whose ids nobody chooses.
    Units,
    /// AWS lets nobody narrow it.
    Any,
}

impl Scope {
    /// The ARNs, `${Partition}` and `${Account}` open; `*` if none.
    pub fn patterns(self) -> &'static [&'static str] {
        match self {
            Self::Stacks => &["arn:${Partition}:cloudformation:*:${Account}:stack/accesstrail-*/*"],
            Self::Sets => &[
                "arn:${Partition}:cloudformation:*:*:stackset/accesstrail-*:*",
                "arn:${Partition}:cloudformation:*:*:stackset-target/accesstrail-*",
                "arn:${Partition}:cloudformation:*::type/resource/*",
            ],
            Self::Roles => &["arn:${Partition}:iam::${Account}:role/accesstrail-*"],
            Self::AdministrationRole => {
                &["arn:${Partition}:iam::${Account}:role/accesstrail-administers"]
            }
            Self::Policies => &["arn:${Partition}:iam::${Account}:policy/accesstrail/*"],
            Self::Bus => &["arn:${Partition}:events:*:${Account}:event-bus/accesstrail-*"],
            Self::Rules => &[
                "arn:${Partition}:events:*:${Account}:rule/accesstrail-*",
                "arn:${Partition}:events:*:${Account}:rule/accesstrail-events/accesstrail-*",
            ],
            Self::Archive => &[
                "arn:${Partition}:events:*:${Account}:archive/accesstrail-*",
                "arn:${Partition}:events:*:${Account}:event-bus/accesstrail-*",
            ],
            Self::Endpoint => &[
                "arn:${Partition}:events:*:${Account}:api-destination/accesstrail-*",
                "arn:${Partition}:events:*:${Account}:connection/accesstrail-*",
            ],
            Self::ConnectionSecret => &[
                "arn:${Partition}:secretsmanager:*:${Account}:secret:events!connection/accesstrail-*",
            ],
            Self::Secrets => &["arn:${Partition}:secretsmanager:*:${Account}:secret:accesstrail-*"],
            Self::ServiceRoles => &[
                "arn:${Partition}:iam::${Account}:role/aws-service-role/apidestinations.events.amazonaws.com/*",
                "arn:${Partition}:iam::${Account}:role/aws-service-role/cloudtrail.amazonaws.com/*",
                "arn:${Partition}:iam::${Account}:role/aws-service-role/stacksets.cloudformation.amazonaws.com/*",
            ],
            Self::Queues => &["arn:${Partition}:sqs:*:${Account}:accesstrail-*"],
            Self::Alarms => &["arn:${Partition}:cloudwatch:*:${Account}:alarm:accesstrail-*"],
            Self::Buckets => &["arn:${Partition}:s3:::accesstrail-*"],
            Self::Trails => &["arn:${Partition}:cloudtrail:*:${Account}:trail/accesstrail-*"],
            Self::AnyBucket => &["arn:${Partition}:s3:::*"],
            Self::AnyQueue => &["arn:${Partition}:sqs:*:${Account}:*"],
            Self::Units => &[
                "arn:${Partition}:organizations::*:ou/o-*/ou-*",
                "arn:${Partition}:organizations::*:root/o-*/r-*",
            ],
            Self::Any => &[],
        }
    }
}

/// Who makes the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Via {
    /// Setting up itself.
    Direct,
    /// CloudFormation with the caller's permissions, and nobody else.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-calledvia>
    Stack,
    /// Setting up itself, of our own accord only for StackSets: the service is named.
    StackSetsService,
    /// Setting up itself, and what is made has our tag.
    Tagged,
    /// Setting up itself, in a bucket of its own account.
    OwnAccount,
    /// Setting up itself, which hands a role to CloudFormation and to nobody else.
    Passed,
}

impl Via {
    fn condition(self) -> Option<Value> {
        match self {
            Self::Direct => None,
            Self::Stack => Some(json!({
                "ForAnyValue:StringEquals": {"aws:CalledVia": "cloudformation.amazonaws.com"}
            })),
            Self::StackSetsService => Some(json!({
                "StringEquals": {
                    "organizations:ServicePrincipal": "member.org.stacksets.cloudformation.amazonaws.com"
                }
            })),
            Self::Tagged => {
                Some(json!({"StringEquals": {"aws:RequestTag/managed-by": "accesstrail"}}))
            }
            Self::Passed => Some(json!({
                "StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}
            })),
            Self::OwnAccount => {
                Some(json!({"StringEquals": {"s3:ResourceAccount": "${aws:PrincipalAccount}"}}))
            }
        }
    }
}

/// For which part of setting up an action is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// To find out what is there.
    Look,
    /// Any stack.
    Stack,
    /// The StackSets and their instances.
    Set,
    /// Trusted access.
    TrustedAccess,
    /// Telling EventBridge of new logs in a bucket that is there.
    Notification,
    /// To wait for a queue.
    Drain,
    /// What is in the stacks of a template.
    In(Template),
}

/// One action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The IAM action.
    pub action: &'static str,
    /// On what.
    pub scope: Scope,
    /// Who calls it.
    pub via: Via,
    /// Whether it changes anything.
    pub writes: bool,
    /// What it is needed for.
    pub parts: &'static [Part],
}

const MANAGEMENT: Part = Part::In(Template::ManagementAccount);
const STREAM: Part = Part::In(Template::EventStreaming);
const TRAIL: Part = Part::In(Template::OrganizationTrail);

const fn looks(action: &'static str, scope: Scope) -> Granted {
    Granted { action, scope, via: Via::Direct, writes: false, parts: &[Part::Look] }
}

const fn direct(action: &'static str, scope: Scope, parts: &'static [Part]) -> Granted {
    Granted { action, scope, via: Via::Direct, writes: true, parts }
}

const fn within(action: &'static str, scope: Scope, parts: &'static [Part]) -> Granted {
    Granted { action, scope, via: Via::Stack, writes: true, parts }
}

const fn read_within(action: &'static str, scope: Scope, parts: &'static [Part]) -> Granted {
    Granted { action, scope, via: Via::Stack, writes: false, parts }
}

const ROLES: &[Part] = &[MANAGEMENT, STREAM];

/// Every action.
pub const ACTIONS: &[Granted] = &[
    looks("cloudformation:DescribeOrganizationsAccess", Scope::Any),
    looks("cloudformation:DescribeStackSet", Scope::Sets),
    looks("cloudformation:DescribeStackSetOperation", Scope::Sets),
    looks("cloudformation:DescribeStacks", Scope::Stacks),
    looks("cloudformation:GetTemplate", Scope::Stacks),
    looks("cloudformation:ListStackInstances", Scope::Sets),
    looks("cloudformation:ListStackSetOperationResults", Scope::Sets),
    looks("cloudtrail:DescribeTrails", Scope::Any),
    looks("cloudtrail:GetEventSelectors", Scope::Any),
    looks("cloudtrail:GetTrailStatus", Scope::Any),
    looks("ec2:DescribeRegions", Scope::Any),
    looks("events:ListEventBuses", Scope::Any),
    looks("organizations:DescribeOrganization", Scope::Any),
    looks("organizations:ListAccountsForParent", Scope::Units),
    looks("organizations:ListDelegatedAdministrators", Scope::Any),
    looks("organizations:ListOrganizationalUnitsForParent", Scope::Units),
    looks("organizations:ListRoots", Scope::Any),
    looks("s3:GetBucketLocation", Scope::AnyBucket),
    looks("s3:GetBucketNotification", Scope::AnyBucket),
    looks("sso:ListInstances", Scope::Any),
    Granted { parts: &[Part::Drain], ..looks("sqs:GetQueueAttributes", Scope::AnyQueue) },
    direct("cloudformation:CreateStack", Scope::Stacks, &[Part::Stack]),
    direct("cloudformation:DeleteStack", Scope::Stacks, &[Part::Stack]),
    direct("cloudformation:UpdateStack", Scope::Stacks, &[Part::Stack]),
    // Cannot be narrowed by name: by the tag that every StackSet of ours has.
    Granted {
        via: Via::Tagged,
        ..direct("cloudformation:CreateStackSet", Scope::Any, &[Part::Set])
    },
    direct("cloudformation:CreateStackInstances", Scope::Sets, &[Part::Set]),
    direct("cloudformation:DeleteStackInstances", Scope::Sets, &[Part::Set]),
    direct("cloudformation:DeleteStackSet", Scope::Sets, &[Part::Set]),
    direct("cloudformation:UpdateStackSet", Scope::Sets, &[Part::Set]),
    // The reference calls these reading; they start work, the last one in every account.
    direct("cloudformation:DetectStackDrift", Scope::Stacks, &[Part::Stack]),
    direct("cloudformation:DetectStackResourceDrift", Scope::Stacks, &[Part::Stack]),
    direct("cloudformation:DetectStackSetDrift", Scope::Sets, &[Part::Set]),
    // Neither can be narrowed. They do one thing each, which `destroy` takes back.
    direct("cloudformation:ActivateOrganizationsAccess", Scope::Any, &[Part::TrustedAccess]),
    direct("cloudformation:DeactivateOrganizationsAccess", Scope::Any, &[Part::TrustedAccess]),
    Granted {
        via: Via::StackSetsService,
        ..direct("organizations:DisableAWSServiceAccess", Scope::Any, &[Part::TrustedAccess])
    },
    Granted {
        via: Via::StackSetsService,
        ..direct("organizations:EnableAWSServiceAccess", Scope::Any, &[Part::TrustedAccess])
    },
    // What AWS makes for itself when trusted access, an API destination or a trail is the first of its kind.
    direct(
        "iam:CreateServiceLinkedRole",
        Scope::ServiceRoles,
        &[Part::TrustedAccess, STREAM, TRAIL],
    ),
    Granted {
        via: Via::OwnAccount,
        ..direct("s3:PutBucketNotification", Scope::AnyBucket, &[Part::Notification])
    },
    // Whoever makes self-managed StackSets hands them the role that administers them:
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html
    Granted { parts: &[Part::Set], ..looks("iam:GetRole", Scope::AdministrationRole) },
    Granted { via: Via::Passed, ..direct("iam:PassRole", Scope::AdministrationRole, &[Part::Set]) },
    within("iam:CreateRole", Scope::Roles, ROLES),
    within("iam:DeleteRole", Scope::Roles, ROLES),
    within("iam:DeleteRolePermissionsBoundary", Scope::Roles, ROLES),
    within("iam:DeleteRolePolicy", Scope::Roles, ROLES),
    read_within("iam:GetRole", Scope::Roles, ROLES),
    read_within("iam:GetRolePolicy", Scope::Roles, ROLES),
    // What is compared when somebody may have edited a role.
    read_within("iam:ListAttachedRolePolicies", Scope::Roles, ROLES),
    read_within("iam:ListRolePolicies", Scope::Roles, ROLES),
    within("iam:PutRolePermissionsBoundary", Scope::Roles, ROLES),
    within("iam:PutRolePolicy", Scope::Roles, ROLES),
    within("iam:TagRole", Scope::Roles, ROLES),
    within("iam:UntagRole", Scope::Roles, ROLES),
    within("iam:UpdateAssumeRolePolicy", Scope::Roles, ROLES),
    within("iam:UpdateRole", Scope::Roles, ROLES),
    within("iam:UpdateRoleDescription", Scope::Roles, ROLES),
    // To EventBridge, which enters the roles of its targets.
    within("iam:PassRole", Scope::Roles, &[STREAM]),
    within("iam:AttachRolePolicy", Scope::Roles, &[MANAGEMENT]),
    within("iam:DetachRolePolicy", Scope::Roles, &[MANAGEMENT]),
    within("iam:CreatePolicy", Scope::Policies, &[MANAGEMENT]),
    within("iam:CreatePolicyVersion", Scope::Policies, &[MANAGEMENT]),
    within("iam:DeletePolicy", Scope::Policies, &[MANAGEMENT]),
    within("iam:DeletePolicyVersion", Scope::Policies, &[MANAGEMENT]),
    read_within("iam:GetPolicy", Scope::Policies, &[MANAGEMENT]),
    read_within("iam:GetPolicyVersion", Scope::Policies, &[MANAGEMENT]),
    read_within("iam:ListEntitiesForPolicy", Scope::Policies, &[MANAGEMENT]),
    read_within("iam:ListPolicyVersions", Scope::Policies, &[MANAGEMENT]),
    within("events:CreateEventBus", Scope::Bus, &[STREAM]),
    within("events:DeleteEventBus", Scope::Bus, &[STREAM]),
    read_within("events:DescribeEventBus", Scope::Bus, &[STREAM]),
    read_within("events:ListTagsForResource", Scope::Bus, &[STREAM]),
    within("events:TagResource", Scope::Bus, &[STREAM]),
    within("events:UntagResource", Scope::Bus, &[STREAM]),
    within("events:UpdateEventBus", Scope::Bus, &[STREAM]),
    // Cannot be narrowed; through CloudFormation only, whose template names the bus.
    within("events:PutPermission", Scope::Any, &[STREAM]),
    within("events:RemovePermission", Scope::Any, &[STREAM]),
    within("events:DeleteRule", Scope::Rules, &[STREAM]),
    read_within("events:DescribeRule", Scope::Rules, &[STREAM]),
    read_within("events:ListTagsForResource", Scope::Rules, &[STREAM]),
    read_within("events:ListTargetsByRule", Scope::Rules, &[STREAM]),
    within("events:PutRule", Scope::Rules, &[STREAM]),
    within("events:PutTargets", Scope::Rules, &[STREAM]),
    within("events:RemoveTargets", Scope::Rules, &[STREAM]),
    within("events:TagResource", Scope::Rules, &[STREAM]),
    within("events:UntagResource", Scope::Rules, &[STREAM]),
    within("events:CreateArchive", Scope::Archive, &[STREAM]),
    within("events:DeleteArchive", Scope::Archive, &[STREAM]),
    read_within("events:DescribeArchive", Scope::Archive, &[STREAM]),
    within("events:UpdateArchive", Scope::Archive, &[STREAM]),
    within("events:CreateApiDestination", Scope::Endpoint, &[STREAM]),
    within("events:CreateConnection", Scope::Endpoint, &[STREAM]),
    within("events:DeleteApiDestination", Scope::Endpoint, &[STREAM]),
    within("events:DeleteConnection", Scope::Endpoint, &[STREAM]),
    read_within("events:DescribeApiDestination", Scope::Endpoint, &[STREAM]),
    read_within("events:DescribeConnection", Scope::Endpoint, &[STREAM]),
    within("events:UpdateApiDestination", Scope::Endpoint, &[STREAM]),
    within("events:UpdateConnection", Scope::Endpoint, &[STREAM]),
    within("secretsmanager:CreateSecret", Scope::ConnectionSecret, &[STREAM]),
    within("secretsmanager:DeleteSecret", Scope::ConnectionSecret, &[STREAM]),
    within("secretsmanager:PutSecretValue", Scope::ConnectionSecret, &[STREAM]),
    within("secretsmanager:UpdateSecret", Scope::ConnectionSecret, &[STREAM]),
    // While it deploys, CloudFormation reads the key that the endpoint is shown; nobody else does.
    read_within("secretsmanager:GetSecretValue", Scope::Secrets, &[STREAM]),
    within("sqs:CreateQueue", Scope::Queues, &[STREAM]),
    within("sqs:DeleteQueue", Scope::Queues, &[STREAM]),
    read_within("sqs:GetQueueAttributes", Scope::Queues, &[STREAM]),
    read_within("sqs:GetQueueUrl", Scope::Queues, &[STREAM]),
    read_within("sqs:ListQueueTags", Scope::Queues, &[STREAM]),
    within("sqs:SetQueueAttributes", Scope::Queues, &[STREAM]),
    within("sqs:TagQueue", Scope::Queues, &[STREAM]),
    within("sqs:UntagQueue", Scope::Queues, &[STREAM]),
    within("cloudwatch:DeleteAlarms", Scope::Alarms, &[STREAM]),
    read_within("cloudwatch:DescribeAlarms", Scope::Alarms, &[STREAM]),
    read_within("cloudwatch:ListTagsForResource", Scope::Alarms, &[STREAM]),
    within("cloudwatch:PutMetricAlarm", Scope::Alarms, &[STREAM]),
    within("cloudwatch:TagResource", Scope::Alarms, &[STREAM]),
    within("cloudwatch:UntagResource", Scope::Alarms, &[STREAM]),
    within("s3:CreateBucket", Scope::Buckets, &[TRAIL]),
    read_within("s3:GetBucketAcl", Scope::Buckets, &[TRAIL]),
    read_within("s3:GetBucketNotification", Scope::Buckets, &[TRAIL]),
    read_within("s3:GetBucketOwnershipControls", Scope::Buckets, &[TRAIL]),
    read_within("s3:GetBucketPolicy", Scope::Buckets, &[TRAIL]),
    read_within("s3:GetBucketPublicAccessBlock", Scope::Buckets, &[TRAIL]),
    read_within("s3:GetBucketTagging", Scope::Buckets, &[TRAIL]),
    read_within("s3:GetBucketVersioning", Scope::Buckets, &[TRAIL]),
    read_within("s3:GetEncryptionConfiguration", Scope::Buckets, &[TRAIL]),
    read_within("s3:GetLifecycleConfiguration", Scope::Buckets, &[TRAIL]),
    read_within("s3:ListBucket", Scope::Buckets, &[TRAIL]),
    read_within("s3:ListTagsForResource", Scope::Buckets, &[TRAIL]),
    within("s3:PutBucketNotification", Scope::Buckets, &[TRAIL]),
    within("s3:PutBucketOwnershipControls", Scope::Buckets, &[TRAIL]),
    within("s3:PutBucketPolicy", Scope::Buckets, &[TRAIL]),
    within("s3:PutBucketPublicAccessBlock", Scope::Buckets, &[TRAIL]),
    within("s3:PutBucketTagging", Scope::Buckets, &[TRAIL]),
    within("s3:PutBucketVersioning", Scope::Buckets, &[TRAIL]),
    within("s3:PutEncryptionConfiguration", Scope::Buckets, &[TRAIL]),
    within("s3:PutLifecycleConfiguration", Scope::Buckets, &[TRAIL]),
    within("s3:DeleteBucketPolicy", Scope::Buckets, &[TRAIL]),
    within("s3:TagResource", Scope::Buckets, &[TRAIL]),
    within("s3:UntagResource", Scope::Buckets, &[TRAIL]),
    read_within("organizations:ListAWSServiceAccessForOrganization", Scope::Any, &[TRAIL]),
    within("cloudtrail:AddTags", Scope::Trails, &[TRAIL]),
    within("cloudtrail:CreateTrail", Scope::Trails, &[TRAIL]),
    within("cloudtrail:DeleteTrail", Scope::Trails, &[TRAIL]),
    read_within("cloudtrail:GetEventConfiguration", Scope::Trails, &[TRAIL]),
    read_within("cloudtrail:GetInsightSelectors", Scope::Trails, &[TRAIL]),
    read_within("cloudtrail:GetTrail", Scope::Trails, &[TRAIL]),
    read_within("cloudtrail:ListTags", Scope::Trails, &[TRAIL]),
    within("cloudtrail:PutEventSelectors", Scope::Trails, &[TRAIL]),
    within("cloudtrail:RemoveTags", Scope::Trails, &[TRAIL]),
    within("cloudtrail:StartLogging", Scope::Trails, &[TRAIL]),
    within("cloudtrail:UpdateTrail", Scope::Trails, &[TRAIL]),
];

/// The actions that these parts need, sorted, each once.
pub fn needed(parts: &[Part]) -> Vec<String> {
    let wanted = ACTIONS.iter().filter(|each| each.parts.iter().any(|part| parts.contains(part)));
    let found: BTreeSet<&str> = wanted.map(|each| each.action).collect();
    found.into_iter().map(str::to_owned).collect()
}

/// What to grant where an action was denied, in words.
pub fn grant(action: &str, partition: &str, account: &str) -> String {
    let Some(found) = ACTIONS.iter().find(|each| each.action == action) else {
        return format!("allow {action}");
    };
    let written = |pattern: &&str| spelled(pattern, partition, account);
    let arns: Vec<String> = found.scope.patterns().iter().map(written).collect();
    let on = if arns.is_empty() { "*".to_owned() } else { arns.join(", ") };
    format!("allow {action} on {on}")
}

fn spelled(pattern: &str, partition: &str, account: &str) -> String {
    pattern.replace("${Partition}", partition).replace("${Account}", account)
}

/// A statement of the policy of whoever sets up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its name.
    pub sid: String,
    /// What it allows, sorted.
    pub actions: Vec<&'static str>,
    /// On what, as [`Scope::patterns`].
    pub patterns: &'static [&'static str],
    /// Under which condition.
    pub condition: Option<Value>,
}

/// What whoever sets up may do, with these parts, and nothing else.
pub fn statements(parts: &[Part]) -> Vec<Statement> {
    grouped(ACTIONS.iter().filter(|each| each.parts.iter().any(|part| parts.contains(part))))
}

/// What the role in each account may do that deploys there where StackSets are self-managed: to make what the templates of
/// StackSets have, which are roles, their policies, rules, and the queue for what rules could not deliver.
pub fn inside_accounts() -> Vec<Statement> {
    let scopes = [Scope::Roles, Scope::Policies, Scope::Rules, Scope::Queues];
    let templates = [MANAGEMENT, STREAM];
    grouped(ACTIONS.iter().filter(|each| {
        scopes.contains(&each.scope) && each.parts.iter().any(|part| templates.contains(part))
    }))
}

fn grouped<'a>(actions: impl Iterator<Item = &'a Granted>) -> Vec<Statement> {
    let mut groups: BTreeMap<(Via, Scope), BTreeSet<&'static str>> = BTreeMap::new();
    for each in actions {
        groups.entry((each.via, each.scope)).or_default().insert(each.action);
    }
    let statement = |((via, scope), actions): ((Via, Scope), BTreeSet<&'static str>)| Statement {
        sid: format!("{via:?}{scope:?}"),
        actions: actions.into_iter().collect(),
        patterns: scope.patterns(),
        condition: via.condition(),
    };
    groups.into_iter().map(statement).collect()
}

/// Statements as a policy of IAM.
pub fn policy(statements: &[Statement], partition: &str, account: &str) -> Value {
    let written = |statement: &Statement| {
        let arns: Vec<String> =
            statement.patterns.iter().map(|each| spelled(each, partition, account)).collect();
        let mut written = json!({
            "Sid": statement.sid,
            "Effect": "Allow",
            "Action": statement.actions,
            "Resource": if arns.is_empty() { json!("*") } else { json!(arns) },
        });
        if let (Some(fields), Some(condition)) = (written.as_object_mut(), &statement.condition) {
            fields.insert("Condition".to_owned(), condition.clone());
        }
        written
    };
    let statements: Vec<Value> = statements.iter().map(written).collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// Every part: for whoever may do all of it.
pub const EVERY_PART: &[Part] = &[
    Part::Look,
    Part::Stack,
    Part::Set,
    Part::TrustedAccess,
    Part::Notification,
    Part::Drain,
    Part::In(Template::ManagementAccount),
    Part::In(Template::MemberAccount),
    Part::In(Template::EventStreaming),
    Part::In(Template::OrganizationTrail),
];

#[cfg(test)]
mod tests;
