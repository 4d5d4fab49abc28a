//! The plan that sets up: trusted access, a trail, the roles, then the stream from its end to its sources, so that
//! nothing is sent to where nobody listens.

mod pieces;
mod stream;

use std::collections::BTreeSet;

use super::super::facts::Facts;
use super::super::names::{self, MANAGEMENT, MEMBER, TRAIL, Template};
use super::super::wanted::{Deployment, Parameters, Wanted, yes};
use super::super::write_action::{Part, needed};
use super::destroy::superfluous;
use super::{Plan, PlanError, Purpose, Step, Target, VERSION, Verb};
use crate::model::Region;
use crate::port::setup::{Standing, TrustedAccess};

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
        draft.set(MEMBER, Template::MemberAccount, draft.member(), &one(&facts.hub.region))?;
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

    /// Whether the trail is our own: it is there, or to be made. Where it is not known which there are, none is made: a second
    /// one of the organization would record, and cost, everything twice.
    fn makes_trail(&self) -> bool {
        let is_none = self.facts.trails.is_some() && self.facts.best_trail().is_none();
        self.has(TRAIL) || (self.wanted.create_trail && is_none)
    }

    /// Whether the hub has a stack of that name.
    fn has(&self, name: &str) -> bool {
        self.facts.stacks.contains_key(&(self.facts.hub.clone(), name.to_owned()))
    }

    fn trail(&mut self) -> Result<(), PlanError> {
        if !self.makes_trail() {
            let lost = match self.facts.best_trail() {
                Some(trail) if trail.management_events => return Ok(()),
                Some(trail) => format!(
                    "{} records no management events that write: nothing is heard in real time",
                    trail.arn
                ),
                None if self.facts.trails.is_none() => {
                    "which trails there are is not known: none is \
                     made, and nothing may be heard in real time"
                        .to_owned()
                }
                None => "no trail records this organization: nobody hears what happens, and who \
                     used what stays unknown (setup plan --create-trail makes one)"
                    .to_owned(),
            };
            self.lost.push(lost);
            return Ok(());
        }
        if self.facts.organization.id.is_some() {
            self.trusted_trail();
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

    /// What an organization's trail needs first. Whether it is on, only a call of the organization's would tell; to switch it
    /// on again does nothing.
    ///
    /// <https://docs.aws.amazon.com/organizations/latest/userguide/services-that-can-integrate-cloudtrail.html>
    fn trusted_trail(&mut self) {
        if self.has(TRAIL) {
            return;
        }
        let enable = "aws organizations enable-aws-service-access --service-principal cloudtrail.amazonaws.com";
        // Another account than the owner's makes such a trail only where CloudTrail knows it.
        let command = match self.facts.foreign_management() {
            Some(_) => format!(
                "{enable} && aws cloudtrail register-organization-delegated-admin --member-account-id {}",
                self.facts.hub.account
            ),
            None => enable.to_owned(),
        };
        let words = [
            "Let CloudTrail record the organization, in the management account".to_owned(),
            "without trusted access CloudTrail makes no trail of an organization".to_owned(),
            "no trail is made, and nothing is heard in real time".to_owned(),
        ];
        let target = Target::Command(command);
        self.push("by-hand/trusted-trail".to_owned(), Verb::ByHand, target, words, &[]);
    }

    fn management(&mut self) -> Result<(), PlanError> {
        let parameters = self.role_parameters();
        if let Some(account) = self.facts.foreign_management() {
            let command = by_hand(MANAGEMENT, Template::ManagementAccount, &parameters);
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
}

/// The command that deploys a stack where this account may not.
fn by_hand(name: &str, template: Template, parameters: &Parameters) -> String {
    let given = parameters.iter().filter(|(_, value)| !value.is_empty());
    let overrides: Vec<String> = given.map(|(name, value)| format!("{name}={value}")).collect();
    format!(
        "aws cloudformation deploy --stack-name {name} --template-file {} --capabilities CAPABILITY_NAMED_IAM \
         --tags managed-by=accesstrail --parameter-overrides {}",
        template.file(),
        overrides.join(" ")
    )
}

fn named<const N: usize>(pairs: [(&str, String); N]) -> Parameters {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
