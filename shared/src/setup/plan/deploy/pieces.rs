//! The pieces of a plan that sets up: a stack, a StackSet, its instances, and what of them is not wanted any more.

use std::collections::BTreeSet;

use super::super::super::facts::{Facts, SetFound};
use super::super::super::names::{self, Template};
use super::super::super::wanted::{Deployment, Parameters};
use super::super::super::write_action::Part;
use super::super::{PlanError, Target, Verb, Version};
use super::Draft;
use crate::model::{AccountId, Region};
use crate::port::setup::{Instance, Model, Place, Standing, Targets};

impl Draft<'_> {
    pub(super) fn stack(
        &mut self,
        place: &Place,
        name: &str,
        template: Template,
        parameters: Parameters,
        words: [String; 2],
    ) -> Result<(), PlanError> {
        let version = Version::of(template);
        let found = self.facts.stacks.get(&(place.clone(), name.to_owned()));
        let [mut why, lost] = words;
        let verb = match found {
            None => Verb::Create,
            Some(stack) if !names::are_ours(&stack.tags) => {
                return Err(PlanError::NotOurs { what: format!("stack {name} in {place}") });
            }
            Some(stack) if stack.status.is_stillborn() || stack.status.is_stuck() => {
                why = format!("the last attempt ended as {}: {why}", stack.status.0);
                Verb::Create
            }
            Some(stack) if stack.template != version.hash => {
                why = format!("{} is not the one that is deployed", template.file());
                Verb::Change
            }
            Some(stack) if stack.parameters != parameters => {
                why = differing(&stack.parameters, &parameters);
                Verb::Change
            }
            Some(stack) if !stack.status.is_usable() => Verb::Change,
            Some(_) => Verb::Keep,
        };
        let what = format!("Stack {name} in {place}");
        let target = Target::Stack {
            place: place.clone(),
            name: name.to_owned(),
            template: Some(version),
            parameters,
        };
        let parts = [Part::Stack, Part::In(template)];
        let id = format!("stack/{}/{}/{name}", place.account, place.region);
        self.push(id, verb, target, [what, why, lost], &parts);
        Ok(())
    }

    /// A StackSet with its instances.
    pub(super) fn set(
        &mut self,
        name: &str,
        template: Template,
        parameters: Parameters,
        regions: &BTreeSet<Region>,
    ) -> Result<(), PlanError> {
        let facts = self.facts;
        let found = facts.sets.get(name);
        let is_delegated = facts.organization.standing == Standing::Delegated;
        let version = Version::of(template);
        let is_managed = self.wanted.deployment == Deployment::ServiceManaged;
        let auto_deployment = is_managed && self.wanted.accounts.is_empty();
        let model = self.wanted.model(is_delegated);
        let mut why = "the same stack in every account, and updates by one call".to_owned();
        let verb = match found.map(|found| &found.set) {
            None => Verb::Create,
            Some(set) if !names::are_ours(&set.tags) => {
                return Err(PlanError::NotOurs { what: format!("StackSet {name}") });
            }
            Some(set) if is_managed != matches!(set.model, Model::ServiceManaged { .. }) => {
                return Err(PlanError::OtherModel { name: name.to_owned() });
            }
            Some(set) if set.template != version.hash => {
                why = format!("{} is not the one that is deployed", template.file());
                Verb::Change
            }
            Some(set) if set.parameters != parameters => {
                why = differing(&set.parameters, &parameters);
                Verb::Change
            }
            Some(set) if set.auto_deployment != auto_deployment => Verb::Change,
            Some(_) => Verb::Keep,
        };
        let lost = "the other accounts stay unknown".to_owned();
        let target = Target::Set {
            name: name.to_owned(),
            template: Some(version),
            parameters,
            model,
            auto_deployment,
        };
        let words = [format!("StackSet {name}"), why, lost];
        self.push(format!("set/{name}"), verb, target, words, &[Part::Set]);
        self.instances(name, found, regions);
        Ok(())
    }

    fn instances(&mut self, name: &str, found: Option<&SetFound>, regions: &BTreeSet<Region>) {
        let (active, _) = self.facts.reached(self.wanted);
        let accounts: BTreeSet<AccountId> = active.iter().map(|each| each.id.clone()).collect();
        let there: &[Instance] = found.map_or(&[], |found| &found.instances);
        let current: BTreeSet<&Place> =
            there.iter().filter(|it| it.is_current()).map(|it| &it.place).collect();
        let wanted: Vec<Place> = accounts
            .iter()
            .flat_map(|account| {
                regions
                    .iter()
                    .map(|region| Place { account: account.clone(), region: region.clone() })
            })
            .collect();
        let missing = wanted.iter().filter(|place| !current.contains(place)).count();
        let any = there.iter().any(|instance| wanted.contains(&instance.place));
        let verb = match (missing, any) {
            (0, _) => Verb::Keep,
            (_, true) => Verb::Change,
            (_, false) => Verb::Create,
        };
        let what = format!(
            "{name} in {} of {}, of which {missing} are missing or out of date",
            counted(regions.len(), "region"),
            counted(accounts.len(), "account")
        );
        let preferences = self.wanted.preferences;
        let why = format!(
            "{} % of the accounts at once, given up when {} % of them fail in a region",
            preferences.concurrent_percent, preferences.tolerance_percent
        );
        let lost = "accounts without it stay unknown, and are named".to_owned();
        let target = Target::Instances {
            set: name.to_owned(),
            targets: self.targets(accounts.clone()),
            regions: regions.clone(),
            retain: false,
        };
        self.push(format!("instances/{name}"), verb, target, [what, why, lost], &[Part::Set]);
        self.superfluous(name, there, &accounts, regions);
    }

    /// What is deployed and not wanted any more.
    fn superfluous(
        &mut self,
        name: &str,
        there: &[Instance],
        accounts: &BTreeSet<AccountId>,
        regions: &BTreeSet<Region>,
    ) {
        let is_active = |instance: &&Instance| {
            let mut all = self.facts.organization.accounts.iter();
            all.any(|each| each.id == instance.place.account && each.is_active())
        };
        let active: Vec<&Instance> = there.iter().filter(is_active).collect();
        let (wanted, unwanted): (Vec<&Instance>, Vec<&Instance>) =
            active.iter().partition(|instance| accounts.contains(&instance.place.account));
        let elsewhere: Vec<&Instance> = wanted
            .into_iter()
            .filter(|instance| !regions.contains(&instance.place.region))
            .collect();
        let rows = [
            ("regions", elsewhere, "regions that are not wanted any more"),
            ("accounts", unwanted, "accounts that are not wanted any more"),
        ];
        for (kind, instances, words) in rows {
            if instances.is_empty() {
                continue;
            }
            let accounts = instances.iter().map(|each| each.place.account.clone()).collect();
            let regions = instances.iter().map(|each| each.place.region.clone()).collect();
            let targets = below(self.facts, &self.wanted.deployment, &BTreeSet::new(), accounts);
            let target =
                Target::Instances { set: name.to_owned(), targets, regions, retain: false };
            let what = format!("{name} in {words}");
            let why = "they are not among what is wanted".to_owned();
            let id = format!("instances/{name}/{kind}");
            self.push(id, Verb::Delete, target, [what, why, String::new()], &[Part::Set]);
        }
    }

    fn targets(&self, accounts: BTreeSet<AccountId>) -> Targets {
        let units = if self.wanted.units.is_empty() {
            self.facts.root().map(str::to_owned).into_iter().collect()
        } else {
            self.wanted.units.clone()
        };
        match self.wanted.deployment {
            Deployment::ServiceManaged if self.wanted.accounts.is_empty() => {
                Targets::Units { units, except: self.wanted.accounts_exclude.clone() }
            }
            _ => below(self.facts, &self.wanted.deployment, &units, accounts),
        }
    }
}

/// These accounts, below these units or the root.
fn below(
    facts: &Facts,
    deployment: &Deployment,
    units: &BTreeSet<String>,
    accounts: BTreeSet<AccountId>,
) -> Targets {
    if *deployment != Deployment::ServiceManaged {
        return Targets::Accounts(accounts);
    }
    let units = if units.is_empty() {
        facts.root().map(str::to_owned).into_iter().collect()
    } else {
        units.clone()
    };
    Targets::Among { units, accounts }
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// Which parameters differ, in words. Their values may be long, and are in the plan.
fn differing(there: &Parameters, wanted: &Parameters) -> String {
    let names: BTreeSet<&String> = there.keys().chain(wanted.keys()).collect();
    let differ = names.into_iter().filter(|name| there.get(*name) != wanted.get(*name));
    let differ: Vec<&str> = differ.map(String::as_str).collect();
    format!("deployed with another {}", differ.join(", "))
}
