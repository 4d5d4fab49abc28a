//! What accesstrail itself stands on: its rules, trails, queues, roles, functions, table and stacks. A change of one of them is a
//! [`NoticeKind::Health`](crate::model::NoticeKind::Health) notice, and touches nothing that is collected.

use serde_json::Value;

use super::Service;
use crate::realtime::Hub;
use crate::realtime::event::Event;

/// What names of ours begin with, but those that the hub's stack makes ([`Hub`]).
const OURS: &str = "accesstrail";

pub(super) const CLOUDTRAIL: Service = alone("cloudtrail");
pub(super) const EVENTS: Service = alone("events");
pub(super) const CLOUDFORMATION: Service = alone("cloudformation");

/// A service of which nothing is collected here.
const fn alone(source: &'static str) -> Service {
    Service { source, collectors: &[], rows: &[], others: &[] }
}

/// A change of something that accesstrail stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// What was changed: an ARN or a name.
    pub about: String,
    /// What happened, what it means and what to do, as one sentence.
    pub what: String,
}

/// A change that a service's operations make to something of ours.
struct Change {
    source: &'static str,
    operations: &'static [&'static str],
    /// Where the name is, as JSON pointers.
    at: &'static [&'static str],
    /// Whether it counts whatever the name is.
    any: bool,
    what: &'static str,
}

const CHANGES: &[Change] = &[
    Change {
        source: "events",
        operations: &["DisableRule"],
        at: &["/requestParameters/name"],
        any: false,
        what: "the rule is off, and no events come through it: enable it again",
    },
    Change {
        source: "events",
        operations: &[
            "DeleteRule",
            "RemoveTargets",
            "PutRule",
            "PutTargets",
            "RemovePermission",
            "DeleteEventBus",
        ],
        at: &[
            "/requestParameters/name",
            "/requestParameters/rule",
            "/requestParameters/eventBusName",
        ],
        any: false,
        what: "the rule or bus that brings events was changed: deploy the stack again if that was not you",
    },
    Change {
        source: "cloudtrail",
        operations: &["StopLogging", "DeleteTrail"],
        at: &["/requestParameters/name"],
        any: true,
        what: "the trail records no more: without one, neither events nor logs come",
    },
    Change {
        source: "cloudtrail",
        operations: &["UpdateTrail", "PutEventSelectors", "PutInsightSelectors"],
        at: &["/requestParameters/name", "/requestParameters/trailName"],
        any: true,
        what: "what the trail records was changed: management events must be among it",
    },
    Change {
        source: "sqs",
        operations: &[
            "SetQueueAttributes",
            "AddPermission",
            "RemovePermission",
            "DeleteQueue",
            "PurgeQueue",
        ],
        at: &["/requestParameters/queueUrl"],
        any: false,
        what: "a queue of accesstrail was changed: what was in it, or what comes to it, may be lost",
    },
    Change {
        source: "iam",
        operations: &[
            "DeleteRole",
            "UpdateAssumeRolePolicy",
            "AttachRolePolicy",
            "DetachRolePolicy",
            "PutRolePolicy",
            "DeleteRolePolicy",
            "PutRolePermissionsBoundary",
            "DeleteRolePermissionsBoundary",
        ],
        at: &["/requestParameters/roleName"],
        any: false,
        what: "a role of accesstrail was edited: what it may see, or who may use it, is not what the template says",
    },
    Change {
        source: "cloudformation",
        operations: &[
            "DeleteStack",
            "UpdateStack",
            "DeleteStackSet",
            "UpdateStackSet",
            "DeleteStackInstances",
        ],
        at: &["/requestParameters/stackName", "/requestParameters/stackSetName"],
        any: false,
        what: "a stack of accesstrail was changed or deleted: deploy it again if that was not you",
    },
    Change {
        source: "lambda",
        operations: &[
            "DeleteFunction",
            "UpdateFunctionCode",
            "UpdateFunctionConfiguration",
            "UpdateEventSourceMapping",
            "DeleteEventSourceMapping",
        ],
        at: &["/requestParameters/functionName", "/responseElements/functionArn"],
        any: false,
        what: "a function of accesstrail was changed or deleted: deploy the stack again if that was not you",
    },
    Change {
        source: "dynamodb",
        operations: &["DeleteTable"],
        at: &["/requestParameters/tableName"],
        any: false,
        what: "the table of accesstrail was deleted: restore it from its backup, and deploy the stack again",
    },
];

/// The change of something of ours that an event tells of, if it does. A call that failed changed nothing.
/// `hub` is the stack of the hub, where it is known.
pub fn own_change(event: &Event, hub: Option<&Hub>) -> Option<Health> {
    if !event.done || event.read_only {
        return None;
    }
    let source = event.cause.source.strip_suffix(".amazonaws.com")?;
    let operation = event.operation();
    let change = CHANGES
        .iter()
        .find(|change| change.source == source && change.operations.contains(&operation))?;
    let names = change.at.iter().filter_map(|at| event.record.pointer(at).and_then(Value::as_str));
    // IAM tells its events in one region, wherever the stack is.
    let hub = hub.filter(|hub| hub.is_in(&event.account, &event.region, source == "iam"));
    let is_of_hub = |name: &str| {
        hub.is_some_and(|hub| hub.has(name) || (source == "cloudformation" && hub.is_stack(name)))
    };
    let about = names.into_iter().find(|name| change.any || is_ours(name) || is_of_hub(name))?;
    Some(Health { about: about.to_owned(), what: format!("{}: {}", event.cause.name, change.what) })
}

/// Whether a name, an ARN or the address of a queue is of something of ours: its last part begins with our name.
fn is_ours(name: &str) -> bool {
    let last = name.rsplit(['/', ':']).next().unwrap_or(name);
    // A stack's ARN ends in an id, behind its name.
    last.starts_with(OURS) || name.split(['/', ':']).any(|part| part.starts_with("accesstrail-"))
}
