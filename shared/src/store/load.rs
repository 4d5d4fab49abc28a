//! A store → one snapshot.

use crate::model::{Snapshot, Stored};
use crate::port::{PortError, Query, Store, entities};

/// Everything that is live, with the latest coverage.
pub async fn snapshot(store: &dyn Store) -> Result<Snapshot, PortError> {
    Ok(load(store, false).await?.0)
}

/// Everything that is live, with the latest coverage, and beside it everything that is deleted.
pub async fn with_deleted(store: &dyn Store) -> Result<(Snapshot, Vec<Stored>), PortError> {
    load(store, true).await
}

async fn load(store: &dyn Store, with_deleted: bool) -> Result<(Snapshot, Vec<Stored>), PortError> {
    let mut all = entities(store, Query { with_deleted, ..Query::default() });
    let (mut live, mut gone) = (Vec::new(), Vec::new());
    while let Some(stored) = all.next().await? {
        if stored.deleted.is_some() { gone.push(stored) } else { live.push(stored) }
    }
    Ok((Snapshot::new(live, store.latest_coverage().await?), gone))
}
