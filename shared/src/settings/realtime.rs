//! The settings of the realtime function.

use super::{ExternalId, FeedSettings, Reader, RoleName, SettingsError, Variable, shared};
use crate::model::{AccountId, Arn};

/// The variables of the realtime function.
pub const REALTIME: &[Variable] = &[
    shared::TABLE,
    Variable { name: "ACCESSTRAIL_QUEUE_URL", meaning: "SQS queue of the events", default: None },
    shared::ROLE,
    shared::EXTERNAL_ID,
    shared::ORGANIZATION_ACCOUNT,
    Variable {
        name: "ACCESSTRAIL_STACK",
        meaning: "ARN of the stack that the function is in: a change of the stack, or of what is in it, is told",
        default: Some("only of what is named `accesstrail*`"),
    },
    Variable {
        name: "ACCESSTRAIL_TRAIL_BUCKET",
        meaning: "Bucket of the trail, where notices of new logs come to this queue too",
        default: Some("none"),
    },
    shared::TRAIL_PREFIX,
    shared::TRAIL_OWNER,
    shared::EVENT_BUS,
    shared::WEBHOOK_URL,
    shared::WEBHOOK_SECRET_ARN,
    shared::DEAD_LETTERS_URL,
    shared::OWN_ENDPOINT,
    shared::TARGET_ENDPOINT,
];

/// The settings of the realtime function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealtimeSettings {
    /// The table of the state.
    pub table: String,
    /// The queue of the events.
    pub queue_url: String,
    /// The role that is assumed in other accounts.
    pub role: RoleName,
    /// The external id that goes with it.
    pub external_id: Option<ExternalId>,
    /// The account that sees the organization.
    pub organization_account: Option<AccountId>,
    /// The stack that the function is in.
    pub stack: Option<Arn>,
    /// The bucket of the trail.
    pub bucket: Option<String>,
    /// What stands before `AWSLogs/` in its keys.
    pub prefix: String,
    /// The account that the bucket must belong to.
    pub owner: Option<AccountId>,
    /// Where every change is sent to.
    pub feed: FeedSettings,
    /// Where the table and the queue are.
    pub own_endpoint: Option<String>,
    /// Where everything that is looked into is.
    pub target_endpoint: Option<String>,
}

impl RealtimeSettings {
    /// Reads the settings through `lookup`. An empty variable counts as not set.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut reader = Reader { lookup, problems: Vec::new() };
        let settings = Self {
            table: reader.required("ACCESSTRAIL_TABLE"),
            queue_url: reader.required("ACCESSTRAIL_QUEUE_URL"),
            role: reader.parsed("ACCESSTRAIL_ROLE").unwrap_or_default(),
            external_id: reader.parsed("ACCESSTRAIL_EXTERNAL_ID"),
            organization_account: reader.parsed("ACCESSTRAIL_ORGANIZATION_ACCOUNT"),
            stack: reader.parsed("ACCESSTRAIL_STACK"),
            bucket: reader.text("ACCESSTRAIL_TRAIL_BUCKET"),
            prefix: reader.text("ACCESSTRAIL_TRAIL_PREFIX").unwrap_or_default(),
            owner: reader.parsed("ACCESSTRAIL_TRAIL_OWNER"),
            feed: reader.feed(),
            own_endpoint: reader.text("ACCESSTRAIL_OWN_ENDPOINT"),
            target_endpoint: reader.text("ACCESSTRAIL_TARGET_ENDPOINT"),
        };
        if reader.problems.is_empty() { Ok(settings) } else { Err(SettingsError(reader.problems)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rows: &[(&str, &str)]) -> Result<RealtimeSettings, SettingsError> {
        let found = |name: &str| rows.iter().find(|row| row.0 == name).map(|row| row.1.to_owned());
        RealtimeSettings::read(&found)
    }

    #[test]
    fn two_are_needed_and_the_rest_has_defaults() {
        let SettingsError(problems) = read(&[]).unwrap_err();
        assert_eq!(problems, ["ACCESSTRAIL_TABLE is not set", "ACCESSTRAIL_QUEUE_URL is not set"]);
        let rows = [("ACCESSTRAIL_TABLE", "t"), ("ACCESSTRAIL_QUEUE_URL", "q")];
        let settings = read(&rows).unwrap();
        assert_eq!((settings.role.as_str(), settings.bucket), ("accesstrail-read", None));
    }

    #[test]
    fn every_variable_is_read() {
        let asked = std::cell::RefCell::new(std::collections::BTreeSet::new());
        let note = |name: &str| {
            asked.borrow_mut().insert(name.to_owned());
            None
        };
        RealtimeSettings::read(&note).unwrap_err();
        let known = REALTIME.iter().map(|variable| variable.name.to_owned()).collect();
        assert_eq!(*asked.borrow(), known);
    }
}
