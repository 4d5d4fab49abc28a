//! The variables that several functions have, each said once.

use super::Variable;

const fn variable(
    name: &'static str,
    meaning: &'static str,
    default: Option<&'static str>,
) -> Variable {
    Variable { name, meaning, default }
}

pub(super) const TABLE: Variable =
    variable("ACCESSTRAIL_TABLE", "DynamoDB table of the state", None);
pub(super) const ROLE: Variable = variable(
    "ACCESSTRAIL_ROLE",
    "Role that is assumed in each other account",
    Some("accesstrail-read"),
);
pub(super) const EXTERNAL_ID: Variable = variable(
    "ACCESSTRAIL_EXTERNAL_ID",
    "External id that the role's trust policy wants",
    Some("none"),
);
pub(super) const ORGANIZATION_ACCOUNT: Variable = variable(
    "ACCESSTRAIL_ORGANIZATION_ACCOUNT",
    "Account that sees the organization",
    Some("the function's own"),
);
pub(super) const EVENT_BUS: Variable = variable(
    "ACCESSTRAIL_EVENT_BUS",
    "EventBridge bus that every change is sent to, by name or ARN",
    Some("none"),
);
pub(super) const WEBHOOK_URL: Variable = variable(
    "ACCESSTRAIL_WEBHOOK_URL",
    "HTTPS address that every change is sent to, signed",
    Some("none"),
);
pub(super) const WEBHOOK_SECRET_ARN: Variable = variable(
    "ACCESSTRAIL_WEBHOOK_SECRET_ARN",
    "Secret of Secrets Manager that requests to that address are signed with",
    Some("none"),
);
pub(super) const DEAD_LETTERS_URL: Variable = variable(
    "ACCESSTRAIL_DEAD_LETTERS_URL",
    "SQS queue of the changes that a bus or an address did not take",
    Some("none"),
);
pub(super) const OWN_ENDPOINT: Variable = variable(
    "ACCESSTRAIL_OWN_ENDPOINT",
    "Endpoint of the table and the queue instead of AWS's",
    Some("AWS's"),
);
pub(super) const TARGET_ENDPOINT: Variable = variable(
    "ACCESSTRAIL_TARGET_ENDPOINT",
    "Endpoint of everything that is looked into instead of AWS's",
    Some("AWS's"),
);
pub(super) const TRAIL_PREFIX: Variable =
    variable("ACCESSTRAIL_TRAIL_PREFIX", "What stands before `AWSLogs/` in the keys", Some("none"));
pub(super) const TRAIL_OWNER: Variable =
    variable("ACCESSTRAIL_TRAIL_OWNER", "Account that the bucket must belong to", Some("any"));
