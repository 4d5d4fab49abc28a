//! The end of a run: what complete listings did not contain is tombstoned, accounts that left are told.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt as _;
use jiff::SignedDuration;

use super::Inventory;
use crate::model::{
    AccountId, Counters, Coverage, Entity, Kind, RunId, Scope, Status, Timestamp, Unavailable,
};
use crate::port::{self, Claim, Clock, Lease, PortError, Query, Store};

/// What the runs say that import files, in place of what started them.
pub const IMPORT: &str = "import";

/// How many scopes are settled at the same time.
const AT_ONCE: usize = 8;

/// How long the closing of a run is kept from other workers. Settling is idempotent: two that overlap
/// do no harm, they only do the work twice.
const LEASE: SignedDuration = SignedDuration::from_mins(5);

/// Where the closing of a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// The run is closed: now, or it was before.
    Closed,
    /// Somebody else is closing it, until then at the latest.
    Held(Timestamp),
    /// Units are pending.
    Pending,
}

impl Inventory {
    /// Closes a run whose units have all ended; does nothing if some have not, if somebody else is
    /// closing it, or if it is closed.
    pub async fn close(&self, run: &RunId, owner: &str) -> Result<Closing, PortError> {
        close(&*self.store, &*self.clock, run, owner).await
    }
}

/// Closes a run of `store` whose units have all ended, as [`Inventory::close`] does.
pub(crate) async fn close(
    store: &dyn Store,
    clock: &dyn Clock,
    run: &RunId,
    owner: &str,
) -> Result<Closing, PortError> {
    let now = clock.now();
    let lease =
        Lease { owner: owner.to_owned(), now, until: now.checked_add(LEASE).unwrap_or(now) };
    match store.claim_closing(run, &lease).await? {
        Claim::Granted { .. } => {}
        Claim::Held { until } => return Ok(Closing::Held(until)),
        Claim::Ended => return Ok(Closing::Closed),
        Claim::Unknown => return Ok(Closing::Pending),
    }
    let coverage = still_newest(store, store.run_coverage(run).await?).await?;
    let mut counters = Counters::new();
    let settled = futures::stream::iter(&coverage)
        .map(|each| store.settle_scope(run, each))
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    let mut deleted = 0;
    for each in settled {
        deleted += each?;
    }
    counters.insert("entities.deleted".to_owned(), deleted);
    mark_accounts_that_left(store, run, &coverage).await?;
    store.close_run(run, clock.now(), &counters).await?;
    Ok(Closing::Closed)
}

/// The coverage of the scopes that no later run has looked at: a run that is overtaken must not bury
/// what the later one saw.
async fn still_newest(
    store: &dyn Store,
    coverage: Vec<Coverage>,
) -> Result<Vec<Coverage>, PortError> {
    let latest = store.latest_coverage().await?;
    let newest: BTreeMap<&Scope, &RunId> =
        latest.iter().map(|each| (&each.scope, &each.run)).collect();
    let is_newest = |each: &Coverage| newest.get(&each.scope).is_none_or(|run| **run <= each.run);
    Ok(coverage.into_iter().filter(|each| is_newest(each)).collect())
}

/// Entities of an account that left are kept: nobody listed their scope without them. Its scopes say
/// why they are not looked at any more. An account that somebody imported need not be of this organization,
/// so it cannot leave it.
async fn mark_accounts_that_left(
    store: &dyn Store,
    run: &RunId,
    coverage: &[Coverage],
) -> Result<(), PortError> {
    let listed = coverage
        .iter()
        .find(|each| each.scope.collector == "organization" && each.scope.capability == "accounts");
    let Some(listed) = listed.filter(|each| each.status == Status::Complete) else {
        return Ok(());
    };
    let members = live_accounts(store, listed).await?;
    let mut gone: Vec<Coverage> = store
        .latest_coverage()
        .await?
        .into_iter()
        .filter(|latest| {
            latest.scope.account != AccountId::aws() && !members.contains(&latest.scope.account)
        })
        .filter(|latest| {
            latest.status != Status::Unavailable(Unavailable::AccountLeft) && latest.run != *run
        })
        .collect();
    let imports = imports_among(store, gone.iter().map(|latest| &latest.run)).await?;
    gone.retain(|latest| !imports.contains(&latest.run));
    let gone: Vec<Coverage> = gone
        .into_iter()
        .map(|latest| Coverage {
            run: run.clone(),
            status: Status::Unavailable(Unavailable::AccountLeft),
            at: listed.at,
            as_of: None,
            seen: 0,
            set_aside: Vec::new(),
            note: None,
            scope: latest.scope,
        })
        .collect();
    if gone.is_empty() { Ok(()) } else { store.put_latest_coverage(&gone).await }
}

/// Those of the runs that were imports.
async fn imports_among(
    store: &dyn Store,
    runs: impl Iterator<Item = &RunId>,
) -> Result<BTreeSet<RunId>, PortError> {
    let mut imports = BTreeSet::new();
    for run in runs.collect::<BTreeSet<_>>() {
        if store.run(run).await?.is_some_and(|run| run.trigger == IMPORT) {
            imports.insert(run.clone());
        }
    }
    Ok(imports)
}

async fn live_accounts(
    store: &dyn Store,
    listed: &Coverage,
) -> Result<BTreeSet<AccountId>, PortError> {
    let query =
        Query { kind: Some(Kind::Account), scope: Some(listed.scope.clone()), ..Query::default() };
    let mut accounts = port::entities(store, query);
    let mut members = BTreeSet::from([listed.scope.account.clone()]);
    while let Some(stored) = accounts.next().await? {
        if let Entity::Account(account) = stored.entity {
            members.insert(account.id);
        }
    }
    Ok(members)
}
