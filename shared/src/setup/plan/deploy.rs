//! The plan that sets up: trusted access, a trail, the roles, then the stream from its end to its sources, so that
//! nothing is sent to where nobody listens.

use std::collections::BTreeSet;

use super::super::facts::{Facts, SetFound};
use super::super::names::{self, EVENTS, FORWARD, MANAGEMENT, MEMBER, TRAIL, Template};
use super::super::wanted::{Deployment, Parameters, Wanted, yes};
use super::super::write_action::{Part, needed};
use super::destroy::superfluous;
use super::{Plan, PlanError, Purpose, Step, Target, VERSION, Verb, Version};
use crate::model::{AccountId, Region};
use crate::port::setup::{Instance, Place, Standing, Targets, TrustedAccess};

/// What is being put together.
struct Draft<'a> {
    facts: &'a Facts,
    wanted: &'a Wanted,
    steps: Vec<Step>,
    lost: Vec<String>,
}

pub(super) fn plan(facts: &Facts, wanted: &Wanted) -> Result<Plan, PlanError> {
    let mut problems = wanted.problems();
    if !wanted.role.starts_with(names::PREFIX) {
        problems.push(
            "the role's name must begin with accesstrail-, as all that is created".to_owned(),
        );
    }
    if !problems.is_empty() {
        return Err(PlanError::Wanted(problems));
    }
    let standing = facts.organization.standing;
    if standing == Standing::Member {
        return Err(PlanError::Member { account: facts.hub.account.to_string() });
    }
    let mut draft = Draft { facts, wanted, steps: Vec::new(), lost: Vec::new() };
    draft.withheld();
    let in_one = standing != Standing::Alone;
    if in_one {
        draft.trusted_access()?;
    }
    draft.trail()?;
    if in_one {
        draft.management()?;
        draft.set(MEMBER, Template::MemberAccount, draft.member(), one(&facts.hub.region))?;
    }
    if wanted.grants(4) {
        draft.stream(in_one)?;
    }
    let regions = facts.regions(wanted);
    draft.steps.extend(superfluous(facts, &regions, wanted.grants(4))?);
    Ok(Plan {
        version: VERSION,
        purpose: Purpose::Deploy,
        hub: facts.hub.clone(),
        seen: facts.seen(),
        wanted: wanted.clone(),
        steps: draft.steps,
        lost: draft.lost,
        stays: Vec::new(),
    })
}

fn one(region: &Region) -> BTreeSet<Region> {
    [region.clone()].into()
}

impl Draft<'_> {
    /// What is lost from the beginning.
    fn withheld(&mut self) {
        let tiers = [
            (
                2,
                "tier 2 is withheld: who may enter which account through Identity Center stays unknown",
            ),
            (3, "tier 3 is withheld: resources and their policies stay unknown"),
            (4, "tier 4 is withheld: changes are seen by the next poll and not within seconds"),
        ];
        for (tier, words) in tiers {
            if !self.wanted.grants(tier) {
                self.lost.push(words.to_owned());
            }
        }
        for gap in &self.facts.gaps {
            self.lost.push(format!("{}: {} is not known", gap.problem, gap.lost));
        }
        let (_, inactive) = self.facts.reached(self.wanted);
        for account in inactive {
            self.lost.push(format!(
                "{} ({}) is {}: nothing is deployed there",
                account.id, account.name, account.state
            ));
        }
    }

    fn push(&mut self, id: String, verb: Verb, target: Target, words: [String; 3], parts: &[Part]) {
        let [what, why, lost] = words;
        let actions = if verb == Verb::Keep { Vec::new() } else { needed(parts) };
        self.steps.push(Step { id, verb, target, what, why, actions, lost });
    }

    fn trusted_access(&mut self) -> Result<(), PlanError> {
        if self.wanted.deployment != Deployment::ServiceManaged {
            return Ok(());
        }
        let is_owner = self.facts.organization.standing == Standing::Management;
        let lost = "nothing is deployed to the other accounts".to_owned();
        let id = "trusted-access".to_owned();
        match self.facts.trusted_access {
            Some(TrustedAccess::DisabledPermanently) => return Err(PlanError::NoTrustedAccess),
            Some(TrustedAccess::Enabled) => {
                let what = "Trusted access of CloudFormation StackSets".to_owned();
                let words = [what, "it is on".to_owned(), lost];
                self.push(id, Verb::Keep, Target::TrustedAccess { on: true }, words, &[]);
            }
            Some(TrustedAccess::Disabled) | None if is_owner => {
                let what = "Let CloudFormation deploy to the organization".to_owned();
                let why =
                    "service-managed StackSets reach every account, and those that join later";
                let target = Target::TrustedAccess { on: true };
                let words = [what, why.to_owned(), lost];
                self.push(id, Verb::Change, target, words, &[Part::TrustedAccess]);
            }
            Some(TrustedAccess::Disabled) | None => {
                let command = "aws cloudformation activate-organizations-access".to_owned();
                let what = "Let CloudFormation deploy to the organization".to_owned();
                let why = "only the management account may switch trusted access on".to_owned();
                self.push(id, Verb::ByHand, Target::Command(command), [what, why, lost], &[]);
            }
        }
        Ok(())
    }

    fn trail(&mut self) -> Result<(), PlanError> {
        let is_ours = self.facts.stacks.contains_key(&(self.facts.hub.clone(), TRAIL.to_owned()));
        if let Some(trail) = self.facts.best_trail().filter(|_| !is_ours) {
            if !trail.management_events {
                self.lost.push(format!(
                    "{} records no management events that write: nothing is heard in real time",
                    trail.arn
                ));
            }
            return Ok(());
        }
        if !self.wanted.create_trail && !is_ours {
            self.lost.push(
                "no trail records this organization: nobody hears what happens, and who used what \
                 stays unknown (setup plan --create-trail makes one)"
                    .to_owned(),
            );
            return Ok(());
        }
        let parameters = [
            ("OrganizationId", self.facts.organization.id.clone().unwrap_or_default()),
            ("KmsKey", self.wanted.kms_key.clone().unwrap_or_default()),
            ("LogDays", "365".to_owned()),
        ];
        let why = "no trail is there, and one was asked for".to_owned();
        let lost = "nothing is heard in real time".to_owned();
        let hub = self.facts.hub.clone();
        self.stack(&hub, TRAIL, Template::OrganizationTrail, named(parameters), [why, lost])
    }

    fn management(&mut self) -> Result<(), PlanError> {
        let parameters = self.role_parameters();
        if let Some(account) = self.facts.foreign_management() {
            let overrides: Vec<String> =
                parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let command = format!(
                "aws cloudformation deploy --stack-name {MANAGEMENT} --template-file {} \
                 --capabilities CAPABILITY_NAMED_IAM --tags managed-by=accesstrail \
                 --parameter-overrides {}",
                Template::ManagementAccount.file(),
                overrides.join(" ")
            );
            let words = [
                format!("Deploy {MANAGEMENT} in the management account {account}"),
                "StackSets leave the management account out, and this account may not enter it"
                    .to_owned(),
                "the management account's own identities stay unknown".to_owned(),
            ];
            let id = format!("by-hand/{MANAGEMENT}");
            self.push(id, Verb::ByHand, Target::Command(command), words, &[]);
            return Ok(());
        }
        let words = [
            "service-managed StackSets leave the management account out".to_owned(),
            "the organization, Identity Center and the management account stay unknown".to_owned(),
        ];
        let hub = self.facts.hub.clone();
        self.stack(&hub, MANAGEMENT, Template::ManagementAccount, parameters, words)
    }

    /// What the roles in the accounts have in common.
    fn role_parameters(&self) -> Parameters {
        let wanted = self.wanted;
        let mut parameters = named([
            ("HubAccountId", self.facts.hub.account.to_string()),
            ("HubRoleName", wanted.hub_role.clone()),
            ("ExternalId", wanted.external_id.clone()),
            ("OrganizationId", self.facts.organization.id.clone().unwrap_or_default()),
            ("CollectResources", yes(wanted.grants(3))),
            ("ListObjectNames", yes(wanted.grants(3) && wanted.object_names)),
            ("RoleName", wanted.role.clone()),
            ("PermissionsBoundary", wanted.permissions_boundary.clone().unwrap_or_default()),
        ]);
        parameters.insert("IdentityCenter".to_owned(), yes(wanted.grants(2)));
        parameters
    }

    fn member(&self) -> Parameters {
        let mut parameters = self.role_parameters();
        parameters.remove("IdentityCenter");
        parameters.insert("OrganizationAccount".to_owned(), yes(false));
        parameters
    }

    fn stream(&mut self, in_one: bool) -> Result<(), PlanError> {
        let hub = self.facts.hub.clone();
        let words = [
            "events of every account arrive at one bus".to_owned(),
            "changes are seen by the next poll and not within seconds".to_owned(),
        ];
        let parameters = self.hub_stream();
        self.stack(&hub, EVENTS, Template::EventStreaming, parameters, words)?;
        self.notification();
        let regions = self.facts.regions(self.wanted);
        // Where the StackSet does not reach: the account of the management, which here is the hub's.
        if !in_one || self.facts.foreign_management().is_none() {
            for region in &regions {
                let place = Place { account: hub.account.clone(), region: region.clone() };
                let words = [
                    format!("events of {} in {region}", hub.account),
                    format!("changes of {} in {region} wait for the next poll", hub.account),
                ];
                let parameters = self.forward();
                self.stack(&place, FORWARD, Template::EventStreaming, parameters, words)?;
            }
        } else if let Some(account) = self.facts.foreign_management() {
            let all: Vec<&str> = regions.iter().map(Region::as_str).collect();
            let command = format!(
                "aws cloudformation deploy --stack-name {FORWARD} --template-file {} \
                 --capabilities CAPABILITY_NAMED_IAM --tags managed-by=accesstrail \
                 --parameter-overrides Part=forward HubBusArn={}",
                Template::EventStreaming.file(),
                self.forward().remove("HubBusArn").unwrap_or_default()
            );
            let words = [
                format!("Deploy {FORWARD} in {account}, in each of {}", all.join(", ")),
                "StackSets leave the management account out, and this account may not enter it"
                    .to_owned(),
                "changes of the management account wait for the next poll".to_owned(),
            ];
            let id = format!("by-hand/{FORWARD}");
            self.push(id, Verb::ByHand, Target::Command(command), words, &[]);
        }
        if in_one {
            self.set(FORWARD, Template::EventStreaming, self.forward(), regions)?;
        }
        Ok(())
    }

    /// The trail's bucket tells EventBridge, if it is in the hub's account; a bucket elsewhere is somebody else's.
    fn notification(&mut self) {
        let Some(trail) = self.facts.best_trail() else { return };
        let (bucket, lost) = (&trail.bucket, "new logs wait for the next backfill".to_owned());
        let id = format!("notification/{bucket}");
        let Some(found) = self.facts.notifications.get(bucket) else {
            let owner = trail.bucket_owner.as_ref().map_or("another account", AccountId::as_str);
            let command =
                "aws cloudformation deploy --template-file cloudformation/log-bucket.yaml \
                           --stack-name accesstrail-logs"
                    .to_owned();
            let words = [
                format!("Have {bucket} tell of new logs, in {owner}"),
                "the bucket is not in the hub's account, or may not be looked at".to_owned(),
                lost,
            ];
            self.push(id, Verb::ByHand, Target::Command(command), words, &[]);
            return;
        };
        let verb = if found.event_bridge { Verb::Keep } else { Verb::Change };
        let others = found.others.len();
        let words = [
            format!("Have {bucket} tell EventBridge of new logs"),
            format!("they are read as they come; {others} other notifications stay as they are"),
            lost,
        ];
        let target = Target::Notification { bucket: bucket.clone(), event_bridge: true };
        self.push(id, verb, target, words, &[Part::Notification]);
    }

    fn hub_stream(&self) -> Parameters {
        let wanted = self.wanted;
        let endpoint = wanted.endpoint.as_ref();
        let here = |trail: &&crate::port::setup::TrailFound| {
            trail.bucket_owner.as_ref() == Some(&self.facts.hub.account)
                && trail.bucket_region.as_ref() == Some(&self.facts.hub.region)
        };
        let trail = self.facts.best_trail().filter(here);
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        named([
            ("Part", "hub".to_owned()),
            ("OrganizationId", text(&self.facts.organization.id)),
            ("QueueArn", text(&wanted.queue)),
            ("ArchiveDays", wanted.archive_days.to_string()),
            ("TrailBucket", trail.map(|it| it.bucket.clone()).unwrap_or_default()),
            ("TrailPrefix", trail.map(|it| it.prefix.clone()).unwrap_or_default()),
            ("LogQueueArn", text(&wanted.log_queue)),
            ("KmsKey", text(&wanted.kms_key)),
            ("Endpoint", endpoint.map(|it| it.url.clone()).unwrap_or_default()),
            ("EndpointSecretArn", endpoint.map(|it| it.secret.clone()).unwrap_or_default()),
            ("EndpointRate", "50".to_owned()),
            ("HubBusArn", String::new()),
            ("ReadOnlyEvents", yes(false)),
            ("PermissionsBoundary", text(&wanted.permissions_boundary)),
        ])
    }

    fn forward(&self) -> Parameters {
        let Place { account, region } = &self.facts.hub;
        let partition = &self.facts.organization.partition;
        let bus = format!("arn:{partition}:events:{region}:{account}:event-bus/{EVENTS}");
        let mut parameters = self.hub_stream();
        for of_the_hub in
            ["OrganizationId", "QueueArn", "TrailBucket", "TrailPrefix", "LogQueueArn", "KmsKey"]
        {
            parameters.insert(of_the_hub.to_owned(), String::new());
        }
        for endpoint in ["Endpoint", "EndpointSecretArn"] {
            parameters.insert(endpoint.to_owned(), String::new());
        }
        parameters.insert("Part".to_owned(), "forward".to_owned());
        parameters.insert("HubBusArn".to_owned(), bus);
        parameters.insert("ReadOnlyEvents".to_owned(), yes(self.wanted.read_only_events));
        parameters
    }

    fn stack(
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
    fn set(
        &mut self,
        name: &str,
        template: Template,
        parameters: Parameters,
        regions: BTreeSet<Region>,
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
        self.instances(name, found, &regions);
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
            "{name} in {} accounts and {} regions, of which {missing} are missing or out of date",
            accounts.len(),
            regions.len()
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

fn named<const N: usize>(pairs: [(&str, String); N]) -> Parameters {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Which parameters differ, in words. Their values may be long, and are in the plan.
fn differing(there: &Parameters, wanted: &Parameters) -> String {
    let names: BTreeSet<&String> = there.keys().chain(wanted.keys()).collect();
    let differ = names.into_iter().filter(|name| there.get(*name) != wanted.get(*name));
    let differ: Vec<&str> = differ.map(String::as_str).collect();
    format!("deployed with another {}", differ.join(", "))
}
