//! In which regions of which account regional services are looked into.
//!
//! Each active account is asked which regions it may use, since that differs from account to account. One that
//! cannot be asked is looked into where it was before; one never asked, in the region of the credentials, so
//! that the refusal is told once and not once a region.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::StreamExt as _;

use super::super::context::Stop;
use super::super::{Context, Options, Place, left_out, regions, registry};
use super::Inventory;
use crate::model::organization::AccountState;
use crate::model::resource::{AccountRegions, OptIn};
use crate::model::{AccountId, Entity, Kind, Region, Unit};
use crate::port::{self, PortError, Query};

/// How many accounts are asked at the same time.
const AT_ONCE: usize = 16;

/// The regions of a run, by account.
#[derive(Debug, Default)]
pub(super) struct PlannedRegions {
    planned: BTreeMap<AccountId, BTreeSet<Region>>,
    /// Regions that were asked for and that the account may not use.
    off: BTreeSet<(AccountId, Region)>,
    /// Regions that the user excludes.
    excluded: BTreeSet<Region>,
    /// Accounts that were entered and would not say.
    unasked: BTreeSet<AccountId>,
}

impl PlannedRegions {
    /// Every account and region that regional collectors have a unit in.
    pub(super) fn places(&self) -> impl Iterator<Item = (&AccountId, &Region)> {
        self.planned
            .iter()
            .flat_map(|(account, regions)| regions.iter().map(move |region| (account, region)))
    }

    /// Whether the unit is one of a region that its account may not use.
    pub(super) fn is_off(&self, unit: &Unit) -> bool {
        self.off.contains(&(unit.account.clone(), unit.region.clone()))
    }

    /// The filter that leaves out a unit's region, if one does.
    pub(super) fn excludes(&self, unit: &Unit) -> Option<String> {
        self.excluded.contains(&unit.region).then(|| format!("regions.exclude {}", unit.region))
    }

    /// What a reader should know about how the regions were found.
    pub(super) fn note(&self) -> Option<String> {
        let accounts: Vec<&str> = self.unasked.iter().map(AccountId::as_str).collect();
        (!accounts.is_empty()).then(|| {
            format!(
                "regions could not be asked of {}: looking where they were before, or in the region of the \
                 credentials",
                accounts.join(", ")
            )
        })
    }

    fn add(&mut self, known: &AccountRegions, wanted: &BTreeSet<Region>) {
        let account = &known.account;
        let planned = self.planned.entry(account.clone()).or_default();
        if wanted.is_empty() {
            planned.extend(known.enabled().cloned());
            return;
        }
        for region in wanted {
            planned.insert(region.clone());
            if !known.regions.get(region).copied().is_some_and(OptIn::is_enabled) {
                self.off.insert((account.clone(), region.clone()));
            }
        }
    }
}

/// What an account says about its regions.
enum Asked {
    /// These.
    Told(AccountRegions),
    /// It refuses to say.
    Refused,
    /// Nobody can enter it.
    Closed,
}

impl Inventory {
    /// Finds the regions of each account, where any regional collector is to look.
    pub(super) async fn find_regions(
        &self,
        accounts: &BTreeMap<AccountId, AccountState>,
        left_alone: &BTreeMap<AccountId, String>,
        base: &Region,
        options: &Options,
    ) -> Result<PlannedRegions, PortError> {
        let regional = registry::ALL
            .iter()
            .any(|it| it.place() == Place::EachRegion && left_out(*it, options).is_none());
        let excluded = options.excluded_regions.clone();
        let mut found = PlannedRegions { excluded, ..PlannedRegions::default() };
        if !regional {
            return Ok(found);
        }
        let asked: Vec<(&AccountId, &AccountState, Asked)> = futures::stream::iter(accounts)
            .map(|(account, state)| async move {
                let answer = match state {
                    AccountState::Active if !left_alone.contains_key(account) => {
                        self.ask(account, options).await
                    }
                    // Who is left alone is told so where somebody looked before.
                    AccountState::Active | AccountState::Other(_) => Asked::Closed,
                };
                (account, state, answer)
            })
            .buffered(AT_ONCE)
            .collect()
            .await;
        let before = self.regions_known_before().await?;
        for (account, state, answer) in asked {
            let known = match &answer {
                Asked::Told(known) => Some(known),
                Asked::Refused => {
                    found.unasked.insert(account.clone());
                    before.get(account)
                }
                Asked::Closed => before.get(account),
            };
            match known {
                Some(known) => found.add(known, &options.regions),
                None if *state == AccountState::Active && !left_alone.contains_key(account) => {
                    let planned = found.planned.entry(account.clone()).or_default();
                    planned.extend(options.regions.iter().cloned());
                    if planned.is_empty() {
                        planned.insert(base.clone());
                    }
                }
                // Never looked into, and not to be now: the global services say why.
                None => {}
            }
        }
        Ok(found)
    }

    /// Asks an account itself. Why it does not answer, the collector of the regions tells.
    async fn ask(&self, account: &AccountId, options: &Options) -> Asked {
        let Ok(session) = self.sessions.session(account).await else { return Asked::Closed };
        let context = Context::new(
            session,
            Region::global(),
            options.clone(),
            Arc::clone(&self.clock),
            Stop::default(),
        );
        match regions::of_account(&context).await {
            Ok((regions, _)) => Asked::Told(regions),
            Err(_) => Asked::Refused,
        }
    }

    async fn regions_known_before(&self) -> Result<BTreeMap<AccountId, AccountRegions>, PortError> {
        let query = Query { kind: Some(Kind::AccountRegions), ..Query::default() };
        let mut known = port::entities(&*self.store, query);
        let mut regions = BTreeMap::new();
        while let Some(stored) = known.next().await? {
            if let Entity::AccountRegions(found) = stored.entity {
                regions.insert(found.account.clone(), found);
            }
        }
        Ok(regions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "111122223333";

    fn region(name: &str) -> Region {
        name.parse().unwrap()
    }

    fn known(rows: &[(&str, OptIn)]) -> AccountRegions {
        AccountRegions {
            account: ACCOUNT.parse().unwrap(),
            regions: rows.iter().map(|(name, state)| (region(name), *state)).collect(),
        }
    }

    fn unit(name: &str) -> Unit {
        Unit {
            account: ACCOUNT.parse().unwrap(),
            region: region(name),
            collector: "ec2".to_owned(),
        }
    }

    #[test]
    fn enabled_regions_are_planned_and_those_asked_for_are_told() {
        let account = known(&[
            ("eu-west-1", OptIn::NotRequired),
            ("ap-east-1", OptIn::OptedIn),
            ("me-south-1", OptIn::NotOptedIn),
        ]);
        let rows: [(&[&str], &[&str], &[&str]); 4] = [
            (&[], &["ap-east-1", "eu-west-1"], &[]),
            (&["eu-west-1"], &["eu-west-1"], &[]),
            (&["eu-west-1", "me-south-1"], &["eu-west-1", "me-south-1"], &["me-south-1"]),
            // A region that AWS does not know is one that the account may not use.
            (&["xx-north-1"], &["xx-north-1"], &["xx-north-1"]),
        ];
        for (wanted, planned, off) in rows {
            let mut found = PlannedRegions::default();
            found.add(&account, &wanted.iter().map(|name| region(name)).collect());
            let places: Vec<&str> = found.places().map(|(_, region)| region.as_str()).collect();
            assert_eq!(places, planned, "{wanted:?}");
            for name in planned {
                assert_eq!(found.is_off(&unit(name)), off.contains(name), "{wanted:?} {name}");
            }
        }
    }

    #[test]
    fn accounts_that_would_not_say_are_named() {
        let mut found = PlannedRegions::default();
        assert_eq!(found.note(), None);
        found.unasked.insert(ACCOUNT.parse().unwrap());
        assert!(found.note().unwrap().contains(ACCOUNT));
    }
}
