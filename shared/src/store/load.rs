//! A store → one snapshot.

use crate::model::Snapshot;
use crate::port::{PortError, Query, Store, entities};

/// Everything that is live, with the latest coverage.
pub async fn snapshot(store: &dyn Store) -> Result<Snapshot, PortError> {
    let (mut all, mut live) = (entities(store, Query::default()), Vec::new());
    while let Some(stored) = all.next().await? {
        live.push(stored);
    }
    Ok(Snapshot::new(live, store.latest_coverage().await?))
}
