//! Events to a custom bus of EventBridge.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};

use crate::aws::error::{Fault, classify, one_line};
use crate::port::{Batch, FeedEvent, PortError, Sink, Verdict};
use crate::report::event::{DETAIL_TYPE, LONGEST, SOURCE};

/// Entries of one `PutEvents`.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>
const ENTRIES: usize = 10;

/// The codes of entries that EventBridge may take later. All others are about the entry.
const PASSING: [&str; 5] = [
    "InternalException",
    "InternalFailure",
    "ServiceUnavailable",
    "ThrottlingException",
    "ConcurrentModificationException",
];

/// A bus.
#[derive(Clone, Debug)]
pub struct EventBus {
    client: Client,
    bus: String,
    name: String,
}

impl EventBus {
    /// The bus with this name or ARN.
    pub fn new(config: &SdkConfig, bus: &str) -> Self {
        Self {
            client: Client::new(config),
            bus: bus.to_owned(),
            name: format!("eventbridge:{bus}"),
        }
    }

    fn entry(&self, event: &FeedEvent) -> PutEventsRequestEntry {
        let at = DateTime::from_secs(event.at.as_second());
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source(SOURCE)
            .detail_type(DETAIL_TYPE)
            .time(at)
            .detail(&event.body)
            .build()
    }
}

/// What became of one entry.
fn verdict(entry: &PutEventsResultEntry) -> Verdict {
    let Some(code) = entry.error_code() else { return Verdict::Accepted };
    let reason = one_line(format!("{code}: {}", entry.error_message().unwrap_or_default()));
    if PASSING.contains(&code) {
        Verdict::Later { reason, after: None }
    } else {
        Verdict::Refused(reason)
    }
}

#[async_trait]
impl Sink for EventBus {
    fn name(&self) -> &str {
        &self.name
    }

    fn batch(&self) -> Batch {
        // The whole call has the limit of one entry where 256 KB is the limit.
        Batch { events: ENTRIES, bytes: LONGEST }
    }

    async fn send(&self, events: &[FeedEvent]) -> Result<Vec<Verdict>, PortError> {
        let entries = events.iter().map(|event| self.entry(event)).collect();
        match self.client.put_events().set_entries(Some(entries)).send().await {
            Ok(answer) if answer.entries().len() == events.len() => {
                Ok(answer.entries().iter().map(verdict).collect())
            }
            Ok(_) => {
                let reason = "the answer has not one entry for each event".to_owned();
                Ok(vec![Verdict::Later { reason, after: None }; events.len()])
            }
            Err(error) => {
                let told = classify(&error, false);
                let what = format!("{} (events:PutEvents)", self.name);
                match told.fault {
                    Fault::Throttled | Fault::Unavailable => {
                        let later = Verdict::Later { reason: told.summary, after: None };
                        Ok(vec![later; events.len()])
                    }
                    Fault::Denied(_) => Err(PortError::Denied { what, source: error.into() }),
                    _ => Err(PortError::Failed { what, source: error.into() }),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_taken_refused_or_put_off() {
        let entry = |code: Option<&str>| {
            PutEventsResultEntry::builder().set_error_code(code.map(str::to_owned)).build()
        };
        assert_eq!(verdict(&entry(None)), Verdict::Accepted);
        for code in PASSING {
            assert!(matches!(verdict(&entry(Some(code))), Verdict::Later { .. }), "{code}");
        }
        for code in ["MalformedDetail", "NotAuthorizedForSource", "InvalidArgument"] {
            assert!(matches!(verdict(&entry(Some(code))), Verdict::Refused(_)), "{code}");
        }
    }
}
