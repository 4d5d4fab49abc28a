//! Which units a run has: every account that is known, every collector that looks there.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::context::Stop;
use super::super::registry;
use super::super::{Context, Options, Place, left_out, looked_at, organization};
use super::where_to::PlannedRegions;
use super::{Inventory, write_options};
use crate::aws::error::Fault;
use crate::aws::session::SessionError;
use crate::model::organization::AccountState;
use crate::model::{
    AccountId, Counters, Coverage, Entity, Kind, Region, Run, RunId, RunState, Status, Unavailable,
    Unit,
};
use crate::port::{self, Opened, PortError, Query, UnitMessage};

/// How far a run reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The organization and every account in it.
    Organization,
    /// These accounts, and the organization as far as it can be seen.
    Accounts(Vec<AccountId>),
    /// The account of the credentials.
    Caller,
}

/// What a run is asked to do.
#[derive(Clone, Debug)]
pub struct PlanRequest {
    /// The run's id: the same request delivered twice plans once.
    pub run: RunId,
    /// What started it.
    pub trigger: String,
    /// How far it reaches.
    pub reach: Reach,
    /// The account that sees the organization; the caller's if `None`.
    pub organization_account: Option<AccountId>,
    /// The regions in which Identity Center is looked for; the region of the credentials if empty.
    pub identity_center_regions: Vec<Region>,
    /// What every unit reads.
    pub options: Options,
}

/// What was planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The run.
    pub run: RunId,
    /// The accounts, with their state.
    pub accounts: BTreeMap<AccountId, AccountState>,
    /// What the organization calls its accounts, as far as it let itself be asked.
    pub names: BTreeMap<AccountId, String>,
    /// How many units were planned.
    pub planned: usize,
    /// How many messages were sent now: all, or those still pending of a run that existed.
    pub sent: usize,
    /// Anything that a reader should know about how the accounts were found.
    pub notes: Vec<String>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The account that sees the organization cannot be entered.
    #[error("the run cannot start")]
    Session(#[from] SessionError),
    /// The store or the queue failed.
    #[error("the plan could not be kept")]
    Port(#[from] PortError),
    /// There is no region to look for Identity Center in.
    #[error("no region is set: set AWS_REGION, use a profile with a region, or give --regions")]
    NoRegion,
}

/// The accounts of a run, and how they were found.
struct Found {
    accounts: BTreeMap<AccountId, AccountState>,
    names: BTreeMap<AccountId, String>,
    management: Option<AccountId>,
    notes: Vec<String>,
}

impl Inventory {
    /// Plans a run and sends its units to the queue. Planning it again sends what is still pending.
    pub async fn plan(&self, request: PlanRequest) -> Result<Plan, PlanError> {
        let caller = self.sessions.caller().account.clone();
        let home = request.organization_account.clone().unwrap_or(caller);
        let base = self.sessions.region().ok_or(PlanError::NoRegion)?;
        let mut homes = request.identity_center_regions.clone();
        if homes.is_empty() {
            homes.push(base.clone());
        }
        let mut found = self.find_accounts(&request, &home).await?;
        let options = Options {
            management_account: request.options.management_account.clone().or(found.management),
            ..request.options
        };
        let regions = self.find_regions(&found.accounts, &base, &options).await?;
        found.notes.extend(regions.note());
        let units = units(&found.accounts, &home, &homes, &regions, &options);
        let run = Run {
            id: request.run.clone(),
            trigger: request.trigger,
            options: write_options(&options),
            state: RunState::Planning,
            started: self.clock.now(),
            finished: None,
            planned: 0,
            ended: 0,
            counters: Counters::new(),
        };
        let opened = self.store.open_run(&run, &units).await?;
        let pending = match &opened {
            Opened::New => units.clone(),
            Opened::Exists(_) => self.store.pending_units(&run.id).await?,
        };
        let fate = |unit: &Unit| fate(unit, &found.accounts, &regions, &options);
        let sent = self.send(&run.id, pending, &fate, &options).await?;
        Ok(Plan {
            run: run.id,
            accounts: found.accounts,
            names: found.names,
            planned: units.len(),
            sent,
            notes: found.notes,
        })
    }

    /// Sends the units that can be looked at, and ends the others with the reason.
    async fn send(
        &self,
        run: &RunId,
        pending: Vec<Unit>,
        fate: &(dyn Fn(&Unit) -> Option<Status> + Sync),
        options: &Options,
    ) -> Result<usize, PortError> {
        let mut messages = Vec::new();
        let mut ended = false;
        for unit in pending {
            match fate(&unit) {
                Some(status) => {
                    self.end_unscanned(run, &unit, &status, options).await?;
                    ended = true;
                }
                None => messages.push(UnitMessage { run: run.clone(), unit, hop: 0 }),
            }
        }
        self.queue.send(&messages).await?;
        if ended && messages.is_empty() {
            self.close(run, "plan").await?;
        }
        Ok(messages.len())
    }

    async fn end_unscanned(
        &self,
        run: &RunId,
        unit: &Unit,
        status: &Status,
        options: &Options,
    ) -> Result<(), PortError> {
        let Some(collector) = registry::find(&unit.collector) else { return Ok(()) };
        let coverage: Vec<Coverage> = looked_at(collector, options)
            .map(|capability| Coverage {
                scope: unit.scope(capability.name),
                run: run.clone(),
                status: status.clone(),
                at: self.clock.now(),
                as_of: None,
                seen: 0,
                set_aside: Vec::new(),
                note: None,
            })
            .collect();
        self.store.end_unit(run, unit, &coverage, &Counters::new()).await?;
        Ok(())
    }

    async fn find_accounts(
        &self,
        request: &PlanRequest,
        home: &AccountId,
    ) -> Result<Found, PlanError> {
        let alone = |notes| Found {
            accounts: BTreeMap::from([(home.clone(), AccountState::Active)]),
            names: BTreeMap::new(),
            management: None,
            notes,
        };
        let session = self.sessions.session(home).await?;
        let context = Context::new(
            session,
            Region::global(),
            request.options.clone(),
            Arc::clone(&self.clock),
            Stop::default(),
        );
        if request.reach == Reach::Caller {
            return Ok(alone(Vec::new()));
        }
        let mut management = organization::management_account(&context).await;
        let (listed, failure) = organization::list_accounts(&context).await;
        let lone =
            failure.as_ref().is_some_and(|failure| failure.fault == Fault::NotInOrganization);
        let mut notes = Vec::new();
        let names =
            listed.iter().map(|account| (account.id.clone(), account.name.clone())).collect();
        let mut known: BTreeMap<AccountId, AccountState> =
            listed.into_iter().map(|account| (account.id, account.state)).collect();
        match failure {
            Some(failure) if failure.fault == Fault::NotInOrganization => {
                notes.push(format!("account {home} is not in an organization"));
            }
            Some(failure) => {
                notes.push(format!(
                    "the accounts could not be listed ({failure}); planning with those known before"
                ));
                known.extend(self.accounts_known_before().await?);
            }
            None => {}
        }
        known.entry(home.clone()).or_insert(AccountState::Active);
        if management.is_none() && !lone {
            management = self.management_known_before().await?;
        }
        if let Reach::Accounts(wanted) = &request.reach {
            let states = wanted.iter().map(|account| {
                let state = known.get(account).cloned().unwrap_or(AccountState::Active);
                (account.clone(), state)
            });
            known = states.collect();
        }
        Ok(Found { accounts: known, names, management, notes })
    }

    /// An organization never changes its management account, so a refusal to name it is no reason to
    /// forget which of the instances of Identity Center is the organization's.
    async fn management_known_before(&self) -> Result<Option<AccountId>, PortError> {
        let query = Query { kind: Some(Kind::Organization), ..Query::default() };
        let mut known = port::entities(&*self.store, query);
        while let Some(stored) = known.next().await? {
            if let Entity::Organization(organization) = stored.entity {
                return Ok(Some(organization.management_account));
            }
        }
        Ok(None)
    }

    async fn accounts_known_before(&self) -> Result<BTreeMap<AccountId, AccountState>, PortError> {
        let query = Query { kind: Some(Kind::Account), ..Query::default() };
        let mut known = port::entities(&*self.store, query);
        let mut accounts = BTreeMap::new();
        while let Some(stored) = known.next().await? {
            if let Entity::Account(account) = stored.entity {
                accounts.insert(account.id, account.state);
            }
        }
        Ok(accounts)
    }
}

/// How a unit ends that is not to be looked at; `None` for all others.
fn fate(
    unit: &Unit,
    accounts: &BTreeMap<AccountId, AccountState>,
    regions: &PlannedRegions,
    options: &Options,
) -> Option<Status> {
    if let Some(filter) =
        registry::find(&unit.collector).and_then(|collector| left_out(collector, options))
    {
        return Some(Status::Excluded(filter));
    }
    if let Some(AccountState::Other(state)) = accounts.get(&unit.account) {
        return Some(Status::Unavailable(Unavailable::AccountState(state.clone())));
    }
    regions.is_off(unit).then_some(Status::Unavailable(Unavailable::RegionNotEnabled))
}

/// The units of a run over these accounts.
fn units(
    accounts: &BTreeMap<AccountId, AccountState>,
    home: &AccountId,
    homes: &[Region],
    regions: &PlannedRegions,
    options: &Options,
) -> Vec<Unit> {
    let unit = |account: &AccountId, region: &Region, collector: &str| Unit {
        account: account.clone(),
        region: region.clone(),
        collector: collector.to_owned(),
    };
    let mut units = Vec::new();
    // Of a collector that looks at nothing but what must be asked for there is nothing to be told either.
    for collector in registry::ALL.iter().filter(|it| looked_at(**it, options).next().is_some()) {
        match collector.place() {
            Place::Organization => units.push(unit(home, &Region::global(), collector.name())),
            Place::IdentityCenter => {
                units.extend(homes.iter().map(|region| unit(home, region, collector.name())));
            }
            Place::EachAccount => {
                units.extend(
                    accounts
                        .keys()
                        .map(|account| unit(account, &Region::global(), collector.name())),
                );
            }
            Place::EachRegion => {
                let places = regions.places();
                units.extend(
                    places.map(|(account, region)| unit(account, region, collector.name())),
                );
            }
        }
    }
    units
}
