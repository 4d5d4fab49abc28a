//! The plan that removes: what sends first, then the queue runs dry, then what received, then the roles.

use std::collections::BTreeSet;

use super::super::facts::{Facts, SetFound};
use super::super::names::{self, EVENTS, FORWARD, MANAGEMENT, MEMBER, TRAIL, Template};
use super::super::wanted::{Parameters, Wanted};
use super::super::write_action::{Part, needed};
use super::{
    Plan, PlanError, Purpose, Step, Target, UNDO_NOTIFICATION, UNDO_TRUSTED_ACCESS, VERSION, Verb,
};
use crate::model::{AccountId, Region};
use crate::port::setup::{Instance, MemberAccount, Model, Targets};

/// What a plan removes that sets up less than there is: stacks elsewhere than `regions` of the hub's account, and the
/// whole stream where it is not wanted.
pub(super) fn superfluous(
    facts: &Facts,
    regions: &BTreeSet<Region>,
    has_stream: bool,
) -> Result<Vec<Step>, PlanError> {
    let mut draft = Draft { facts, steps: Vec::new(), stays: Vec::new() };
    if !has_stream {
        draft.set(FORWARD)?;
    }
    draft.stacks(FORWARD)?;
    if !has_stream {
        draft.stacks(EVENTS)?;
    }
    draft.steps.retain(|step| match &step.target {
        Target::Stack { place, .. } => {
            !has_stream || place.account != facts.hub.account || !regions.contains(&place.region)
        }
        _ => true,
    });
    Ok(draft.steps)
}

/// What is being put together.
struct Draft<'a> {
    facts: &'a Facts,
    steps: Vec<Step>,
    stays: Vec<String>,
}

pub(super) fn plan(facts: &Facts, wanted: &Wanted) -> Result<Plan, PlanError> {
    let mut draft = Draft { facts, steps: Vec::new(), stays: Vec::new() };
    draft.set(FORWARD)?;
    draft.stacks(FORWARD)?;
    draft.notifications();
    draft.drain(wanted);
    draft.stacks(EVENTS)?;
    draft.set(MEMBER)?;
    draft.stacks(MANAGEMENT)?;
    draft.stacks(TRAIL)?;
    draft.trusted_access();
    draft.what_stays();
    Ok(Plan {
        version: VERSION,
        purpose: Purpose::Destroy,
        hub: facts.hub.clone(),
        seen: facts.seen(),
        wanted: wanted.clone(),
        steps: draft.steps,
        lost: Vec::new(),
        stays: draft.stays,
    })
}

impl Draft<'_> {
    fn push(&mut self, id: String, verb: Verb, target: Target, words: [&str; 2], parts: &[Part]) {
        let [what, why] = words.map(str::to_owned);
        let (actions, lost) = (needed(parts), String::new());
        self.steps.push(Step { id, verb, target, what, why, actions, lost });
    }

    fn set(&mut self, name: &str) -> Result<(), PlanError> {
        let Some(found) = self.facts.sets.get(name) else { return Ok(()) };
        if !names::are_ours(&found.set.tags) {
            return Err(PlanError::NotOurs { what: format!("StackSet {name}") });
        }
        let is_active = |instance: &&Instance| {
            let accounts = &self.facts.organization.accounts;
            let known = accounts.iter().find(|each| each.id == instance.place.account);
            known.is_some_and(MemberAccount::is_active)
        };
        let (active, others): (Vec<&Instance>, Vec<&Instance>) =
            found.instances.iter().partition(is_active);
        if !active.is_empty() {
            let (targets, regions) = of(found, &active);
            let target =
                Target::Instances { set: name.to_owned(), targets, regions, retain: false };
            let what = format!("{name} in {} places", active.len());
            let id = format!("instances/{name}");
            let why = "a StackSet goes only without instances";
            self.push(id, Verb::Delete, target, [&what, why], &[Part::Set]);
        }
        if !others.is_empty() {
            let (targets, regions) = of(found, &others);
            let target = Target::Instances { set: name.to_owned(), targets, regions, retain: true };
            let what = format!("Let go of {name} in {} places", others.len());
            let why = "their accounts are suspended or gone: nobody can delete stacks there";
            let id = format!("instances/{name}/retained");
            self.push(id, Verb::Delete, target, [&what, why], &[Part::Set]);
            for instance in others {
                self.stays.push(format!(
                    "the stack of {name} in {}: its account is suspended or gone, and nobody can enter it",
                    instance.place
                ));
            }
        }
        let target = Target::Set {
            name: name.to_owned(),
            template: None,
            parameters: Parameters::new(),
            model: found.set.model.clone(),
            auto_deployment: false,
        };
        let what = format!("StackSet {name}");
        let why = "nothing is deployed with it any more";
        self.push(format!("set/{name}"), Verb::Delete, target, [&what, why], &[Part::Set]);
        Ok(())
    }

    fn stacks(&mut self, name: &str) -> Result<(), PlanError> {
        for ((place, found), stack) in &self.facts.stacks {
            if found != name {
                continue;
            }
            if !names::are_ours(&stack.tags) {
                return Err(PlanError::NotOurs { what: format!("stack {name} in {place}") });
            }
            let target = Target::Stack {
                place: place.clone(),
                name: name.to_owned(),
                template: None,
                parameters: Parameters::new(),
            };
            let what = format!("Stack {name} in {place}");
            let id = format!("stack/{}/{}/{name}", place.account, place.region);
            // What is in it goes with the caller's permissions.
            let every = Template::ALL.map(Part::In);
            let parts: Vec<Part> = [Part::Stack].into_iter().chain(every).collect();
            self.push(id, Verb::Delete, target, [&what, "it is accesstrail's"], &parts);
        }
        Ok(())
    }

    fn notifications(&mut self) {
        let names = self.facts.kept.keys().filter_map(|name| name.strip_prefix(UNDO_NOTIFICATION));
        for bucket in names.map(str::to_owned).collect::<Vec<_>>() {
            let target = Target::Notification { bucket: bucket.clone(), event_bridge: false };
            let what = format!("Have {bucket} tell EventBridge no more");
            let why = "it did not before; other notifications stay as they are";
            let id = format!("notification/{bucket}");
            self.push(id, Verb::Change, target, [&what, why], &[Part::Notification]);
        }
    }

    fn drain(&mut self, wanted: &Wanted) {
        let has_bus = self.facts.stacks.keys().any(|(_, name)| name == EVENTS);
        for queue in [&wanted.queue, &wanted.log_queue].into_iter().flatten() {
            if has_bus {
                let target = Target::Drain { queue: queue.clone() };
                let what = format!("Until {queue} is empty");
                let id = format!("drain/{queue}");
                self.push(id, Verb::Wait, target, [&what, "what was sent is read"], &[Part::Drain]);
            }
        }
    }

    fn trusted_access(&mut self) {
        if self.facts.kept.contains_key(UNDO_TRUSTED_ACCESS) {
            let target = Target::TrustedAccess { on: false };
            let words = ["Trusted access of CloudFormation StackSets", "it was off before"];
            let id = "trusted-access".to_owned();
            self.push(id, Verb::Change, target, words, &[Part::TrustedAccess]);
        } else if self.facts.trusted_access.is_some() {
            self.stays.push("trusted access of StackSets: it was on before".to_owned());
        }
    }

    fn what_stays(&mut self) {
        if self.facts.stacks.keys().any(|(_, name)| name == TRAIL) {
            self.stays.push(format!(
                "bucket {}: logs are evidence, delete it yourself",
                names::trail_bucket(&self.facts.hub)
            ));
        }
        let own = [
            "the hub's stack with its table: it is what set this up, delete it last and yourself",
            "the external id in the store: roles that are set up again trust the same one",
        ];
        self.stays.extend(own.map(str::to_owned));
    }
}

/// Where these instances are.
fn of(found: &SetFound, instances: &[&Instance]) -> (Targets, BTreeSet<Region>) {
    let regions = instances.iter().map(|each| each.place.region.clone()).collect();
    let accounts: BTreeSet<AccountId> =
        instances.iter().map(|each| each.place.account.clone()).collect();
    let units: BTreeSet<String> = instances.iter().filter_map(|each| each.unit.clone()).collect();
    let targets = match found.set.model {
        Model::SelfManaged { .. } => Targets::Accounts(accounts),
        Model::ServiceManaged { .. } => Targets::Among { units, accounts },
    };
    (targets, regions)
}
