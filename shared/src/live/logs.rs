//! Log objects → the events in them that may touch something.

use std::sync::Arc;

use crate::backfill::message::Source;
use crate::port::{Body, Logs, PortError};
use crate::realtime::{Event, table};
use crate::trail::key::LogKey;
use crate::trail::object::ObjectReader;
use crate::trail::record::Record;

/// The logs of a bucket.
#[derive(Clone, Debug)]
pub struct LogEvents {
    /// The bucket.
    pub logs: Arc<dyn Logs>,
    /// Where in it logs are expected.
    pub source: Source,
}

impl LogEvents {
    /// The events of an object that changed something of a service that is watched. An object that is gone or no log
    /// has none: whoever backfills tells of it.
    ///
    /// # Errors
    ///
    /// When the object cannot be fetched.
    pub async fn events(&self, key: &str) -> Result<Vec<Event>, PortError> {
        let Some(object) = self.logs.find(key).await? else { return Ok(Vec::new()) };
        let Some(body) = self.logs.body(&object).await? else { return Ok(Vec::new()) };
        let account = LogKey::read(key).map(|key| key.account.to_owned()).unwrap_or_default();
        let read = tokio::task::spawn_blocking(move || read(body, &account)).await;
        let events = read.map_err(|lost| PortError::Failed {
            what: format!("reading {key}"),
            source: Box::new(lost),
        })?;
        Ok(events)
    }
}

fn read(body: Body, account: &str) -> Vec<Event> {
    let (sources, mut events) = (table::sources(), Vec::new());
    let mut take = |record: Result<&Record<'_>, _>| {
        let Ok(record) = record else { return };
        let source = record.source.as_deref().unwrap_or_default();
        let is_watched = sources.iter().any(|watched| watched == source);
        if is_watched && record.read_only != Some(true) && record.error.is_none() {
            match Event::read(record.raw, account) {
                Ok(event) => events.push(event),
                Err(error) => tracing::warn!(%error, "an event of a log is passed over"),
            }
        }
    };
    let mut reader = ObjectReader::default();
    let unpacked = match body {
        Body::Whole(bytes) => reader.read(&bytes, &mut take),
        Body::Stream(stream) => reader.read_from(stream, &mut take),
    };
    match unpacked {
        Ok(_) => events,
        Err(error) => {
            tracing::warn!(%error, "a log is passed over");
            Vec::new()
        }
    }
}
