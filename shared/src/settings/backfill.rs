//! The settings of the backfill function.

use super::{Reader, SettingsError, Variable, shared};
use crate::model::AccountId;

/// The variables of the backfill function.
pub const BACKFILL: &[Variable] = &[
    shared::TABLE,
    Variable {
        name: "ACCESSTRAIL_QUEUE_URL",
        meaning: "SQS queue of the days to read, and of the notices of new logs",
        default: None,
    },
    Variable { name: "ACCESSTRAIL_TRAIL_BUCKET", meaning: "Bucket of the trail", default: None },
    shared::TRAIL_PREFIX,
    shared::TRAIL_OWNER,
    shared::OWN_ENDPOINT,
    Variable {
        name: "ACCESSTRAIL_TARGET_ENDPOINT",
        meaning: "Endpoint of the bucket instead of AWS's",
        default: Some("AWS's"),
    },
];

/// The settings of the backfill function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackfillSettings {
    /// The table of the state.
    pub table: String,
    /// The queue of the work.
    pub queue_url: String,
    /// The bucket.
    pub bucket: String,
    /// What stands before `AWSLogs/` in the keys, as it was written ([`crate::trail::key::prefix`]).
    pub prefix: String,
    /// The account that the bucket must belong to.
    pub owner: Option<AccountId>,
    /// Where the table and the queue are.
    pub own_endpoint: Option<String>,
    /// Where the bucket is.
    pub target_endpoint: Option<String>,
}

impl BackfillSettings {
    /// Reads the settings through `lookup`. An empty variable counts as not set.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut reader = Reader { lookup, problems: Vec::new() };
        let bucket = reader.required("ACCESSTRAIL_TRAIL_BUCKET");
        if bucket.contains([':', '/', ' ']) {
            let problem = format!(
                "ACCESSTRAIL_TRAIL_BUCKET: `{bucket}` is not the name of a bucket, as my-trail"
            );
            reader.problems.push(problem);
        }
        let prefix = reader.text("ACCESSTRAIL_TRAIL_PREFIX").unwrap_or_default();
        let settings = Self {
            table: reader.required("ACCESSTRAIL_TABLE"),
            queue_url: reader.required("ACCESSTRAIL_QUEUE_URL"),
            bucket,
            prefix,
            owner: reader.parsed("ACCESSTRAIL_TRAIL_OWNER"),
            own_endpoint: reader.text("ACCESSTRAIL_OWN_ENDPOINT"),
            target_endpoint: reader.text("ACCESSTRAIL_TARGET_ENDPOINT"),
        };
        if reader.problems.is_empty() { Ok(settings) } else { Err(SettingsError(reader.problems)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rows: &[(&str, &str)]) -> Result<BackfillSettings, SettingsError> {
        let found = |name: &str| rows.iter().find(|row| row.0 == name).map(|row| row.1.to_owned());
        BackfillSettings::read(&found)
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let rows =
            [("ACCESSTRAIL_TRAIL_BUCKET", "s3://my-trail"), ("ACCESSTRAIL_TRAIL_OWNER", "1")];
        let told = read(&rows).unwrap_err().to_string();
        let required = BACKFILL.iter().filter(|variable| variable.default.is_none());
        for name in required.map(|variable| variable.name).chain(["ACCESSTRAIL_TRAIL_OWNER"]) {
            assert!(told.contains(name), "{name}: {told}");
        }
    }
}
