//! A store → one snapshot.

use crate::model::Snapshot;
use crate::port::{PortError, Query, Store};

/// How many entities are asked for at once.
const PAGE: usize = 1_000;

/// Everything that is live, with the latest coverage.
pub async fn snapshot(store: &dyn Store) -> Result<Snapshot, PortError> {
    let (query, mut entities, mut after) = (Query::default(), Vec::new(), None);
    loop {
        let answer = store.entities(&query, after.as_deref(), PAGE).await?;
        entities.extend(answer.items);
        match answer.next {
            Some(next) => after = Some(next),
            None => return Ok(Snapshot::new(entities, store.latest_coverage().await?)),
        }
    }
}
