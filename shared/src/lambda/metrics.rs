//! What an invocation did, as one line in CloudWatch's embedded metric format.
//!
//! The line is written on success and on failure. INVARIANT: every message that came in is counted once
//! by its outcome, so the counts balance.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::Failure;
use crate::model::Timestamp;

/// The namespace of every metric.
pub const NAMESPACE: &str = "accesstrail";

macro_rules! metrics {
    ($($(#[doc = $doc:literal])+ $name:ident;)+) => {
        /// What is counted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Metric { $($(#[doc = $doc])+ $name,)+ }

        impl Metric {
            /// Every metric.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The metric's name in CloudWatch.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }

            /// What the metric means.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

metrics! {
    /// Messages that came in.
    MessagesIn;
    /// Messages whose unit was worked on to its end.
    UnitsEnded;
    /// Messages whose unit had ended before.
    UnitsEndedBefore;
    /// Messages whose unit was handed on because the deadline came near.
    UnitsHandedOn;
    /// Messages whose unit somebody else holds.
    UnitsHeld;
    /// Messages that failed and are delivered again.
    MessagesFailed;
    /// Messages that can never succeed; the queue moves them to its dead-letter queue.
    MessagesPoison;
    /// Units planned.
    UnitsPlanned;
    /// Scopes that were not seen completely.
    ScopesWithGaps;
    /// Messages whose run was delivered to a sink to its end.
    FeedsDelivered;
    /// Messages whose delivery to a sink was handed on because the deadline came near.
    FeedsHandedOn;
    /// Events that a sink accepted.
    EventsSent;
    /// Events that no sink took and that are dead letters.
    EventsSetAside;
    /// Messages whose run's findings were kept.
    RunsJudged;
    /// Findings that are open after a run.
    FindingsOpen;
    /// Findings that a run opened.
    FindingsOpened;
    /// Findings that a run resolved.
    FindingsResolved;
    /// Messages whose days of logs were all read, or that were about none.
    MessagesDone;
    /// CloudTrail events that came in, by EventBridge or in logs.
    EventsIn;
    /// CloudTrail events that touch nothing that is collected.
    EventsIgnored;
    /// CloudTrail events of accounts that the inventory does not know.
    EventsOfUnknownAccounts;
    /// Objects that events touched and that were read again.
    ObjectsReread;
    /// Changes that events led to.
    ChangesObserved;
    /// Units that an event made stale: the next run looks at them.
    UnitsStale;
    /// Answers that contradicted their event, and were asked for again or left to the next run.
    AnswersContradicted;
    /// Changes of what accesstrail itself stands on.
    HealthFindings;
    /// Seconds from an event to its saved change, the longest of the batch.
    ChangeLatency;
    /// Days of accounts whose logs all count.
    DaysRead;
    /// Log objects that were read and counted.
    LogsRead;
    /// Log objects that cannot be used.
    LogsSetAside;
    /// Log objects that could not be fetched, and are looked for again.
    LogsLeft;
    /// Objects and notices that are about no log.
    LogsIgnored;
    /// Events that were folded into cells.
    EventsFolded;
    /// Cells that were written.
    CellsWritten;
    /// Invocations that failed as a whole.
    Failures;
}

/// The counts of one invocation while it works, on several messages at once.
#[derive(Debug, Default)]
pub struct Counts(Mutex<Metrics>);

impl Counts {
    /// Counts.
    pub fn add(&self, metric: Metric, count: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).add(metric, count);
    }

    /// Counts how the invocation ended, and writes all counts under the function's name.
    pub fn write<T>(self, function: &str, now: Timestamp, answer: &Result<T, Failure>) {
        let mut metrics = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        if answer.is_err() {
            metrics.add(Metric::Failures, 1);
        }
        metrics.write(function, now);
    }
}

/// The counts of one invocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    counts: BTreeMap<Metric, u64>,
}

impl Metrics {
    /// Counts.
    pub fn add(&mut self, metric: Metric, count: u64) {
        *self.counts.entry(metric).or_default() += count;
    }

    /// A count.
    pub fn get(&self, metric: Metric) -> u64 {
        self.counts.get(&metric).copied().unwrap_or_default()
    }

    /// Whether every message that came in is counted once by its outcome.
    pub fn balance(&self) -> bool {
        let outcomes = [
            Metric::UnitsEnded,
            Metric::UnitsEndedBefore,
            Metric::UnitsHandedOn,
            Metric::UnitsHeld,
            Metric::MessagesDone,
            Metric::MessagesFailed,
            Metric::MessagesPoison,
        ];
        self.get(Metric::MessagesIn) == outcomes.iter().map(|metric| self.get(*metric)).sum::<u64>()
    }

    /// The counts as one document of the embedded metric format.
    pub fn document(&self, function: &str, at: Timestamp) -> Value {
        let names: Vec<Value> = self
            .counts
            .keys()
            .map(|metric| json!({"Name": metric.name(), "Unit": "Count"}))
            .collect();
        let mut document = json!({
            "_aws": {
                "Timestamp": at.as_millisecond(),
                "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [["Function"]], "Metrics": names}],
            },
            "Function": function,
        });
        if let Some(fields) = document.as_object_mut() {
            fields.extend(
                self.counts.iter().map(|(metric, count)| (metric.name().to_owned(), json!(count))),
            );
        }
        document
    }

    /// Writes the line to standard output, where Lambda picks it up.
    pub fn write(&self, function: &str, at: Timestamp) {
        let line = format!("{}\n", self.document(function, at));
        // A metric that cannot be written must not fail the work that it counts.
        drop(std::io::stdout().write_all(line.as_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_balance_or_do_not() {
        let mut metrics = Metrics::default();
        metrics.add(Metric::MessagesIn, 3);
        metrics.add(Metric::UnitsEnded, 2);
        assert!(!metrics.balance());
        metrics.add(Metric::MessagesPoison, 1);
        assert!(metrics.balance());
    }

    #[test]
    fn the_document_is_in_the_embedded_metric_format() {
        let mut metrics = Metrics::default();
        metrics.add(Metric::UnitsEnded, 2);
        let document = metrics.document("inventory", "2026-11-22T06:00:00Z".parse().unwrap());
        assert_eq!(
            document.pointer("/_aws/CloudWatchMetrics/0/Metrics/0/Name"),
            Some(&json!("UnitsEnded"))
        );
        assert_eq!(document.pointer("/UnitsEnded"), Some(&json!(2)));
        assert_eq!(document.pointer("/_aws/Timestamp"), Some(&json!(1_795_327_200_000_i64)));
    }
}
