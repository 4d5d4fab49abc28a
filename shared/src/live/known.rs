//! What is known of the organization: which accounts there are, which may speak for all of it, and how the last run
//! looked at them. Read from the store once in a while, and not for every batch.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::SignedDuration;
use tokio::sync::Mutex;

use crate::collect::Options;
use crate::collect::pipeline::options_of;
use crate::model::{AccountId, Entity, Kind, Timestamp};
use crate::port::{self, PortError, Query, Store};
use crate::realtime::{Hub, Speakers};

/// For how long it is believed. An account that joins is known by the event that says so, or after this.
const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// The facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// The account that answers for the organization, where a run has asked one.
    pub home: Option<AccountId>,
    /// Every account of the inventory.
    pub accounts: BTreeSet<AccountId>,
    /// Accounts that may speak for the organization, or for Identity Center.
    pub speakers: Speakers,
    /// The options of the last run.
    pub options: Options,
}

/// The facts, and when they were read.
#[derive(Debug, Default)]
pub struct Known {
    facts: Mutex<Option<(Timestamp, Arc<Facts>)>>,
    /// What the settings say about the account that answers for the organization.
    home: Option<AccountId>,
    /// The stack that the events are handled in.
    hub: Option<Hub>,
}

impl Known {
    /// Nothing is read yet. `home` is the account that is asked about the organization, where it is not the caller's.
    pub fn new(home: Option<AccountId>) -> Self {
        Self { facts: Mutex::default(), home, hub: None }
    }

    /// The same, where the events are handled in a stack.
    #[must_use]
    pub fn with_hub(self, hub: Option<Hub>) -> Self {
        Self { hub, ..self }
    }

    /// The stack that the events are handled in.
    pub(super) fn hub(&self) -> Option<Hub> {
        self.hub.clone()
    }

    /// The facts; read again if they are old.
    pub(super) async fn facts(
        &self,
        store: &dyn Store,
        now: Timestamp,
    ) -> Result<Arc<Facts>, PortError> {
        let mut held = self.facts.lock().await;
        if let Some((at, facts)) = &*held
            && now.duration_since(*at) < FRESH
        {
            return Ok(Arc::clone(facts));
        }
        let facts = Arc::new(self.read(store).await?);
        *held = Some((now, Arc::clone(&facts)));
        Ok(facts)
    }

    /// Forgets them, so that they are read again.
    pub async fn forget(&self) {
        *self.facts.lock().await = None;
    }

    async fn read(&self, store: &dyn Store) -> Result<Facts, PortError> {
        let mut facts = Facts { home: self.home.clone(), ..Facts::default() };
        if let Some(run) = store.runs(1).await?.first() {
            facts.options = options_of(run).unwrap_or_default();
        }
        let (mut administrators, mut services) = (Vec::new(), BTreeMap::new());
        for kind in [
            Kind::Account,
            Kind::Organization,
            Kind::DelegatedAdministrator,
            Kind::DelegatedServices,
        ] {
            let query = Query { kind: Some(kind), ..Query::default() };
            let mut entities = port::entities(store, query);
            while let Some(stored) = entities.next().await? {
                match stored.entity {
                    Entity::Account(account) => {
                        facts.accounts.insert(account.id);
                    }
                    Entity::Organization(organization) => {
                        facts.speakers.add(organization.management_account);
                    }
                    Entity::DelegatedAdministrator(administrator) => {
                        administrators.push(administrator.account);
                    }
                    Entity::DelegatedServices(delegated) => {
                        services.insert(delegated.account, delegated.services);
                    }
                    _ => {}
                }
            }
        }
        for account in administrators {
            let of = services.get(&account);
            let of = of.map(|services| services.iter().map(|(service, _)| service.as_str()));
            facts.speakers.delegate(account, of);
        }
        Ok(facts)
    }
}
