//! What was set up, against what is there: everything that is not as it was wanted, each with its name and what to do,
//! and every account of the organization with what it is.

use super::facts::Facts;
use super::machine;
use super::names::{self, EVENTS, FORWARD, MANAGEMENT, MEMBER, Template};
use super::wanted::{Deployment, Wanted};
use crate::model::AccountId;
use crate::port::setup::{
    Instance, InstanceFailure, MemberAccount, Place, SetupRun, SetupRunState, Stack, Standing,
    TrustedAccess,
};

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// A run is under way, or was given up.
    Run,
    /// StackSets may not deploy any more.
    TrustedAccess,
    /// Nothing usable records what happens.
    Trail,
    /// A stack or a StackSet is missing.
    Missing,
    /// A stack is there and not well.
    Stack,
    /// What is deployed is not what this program would deploy.
    OutOfDate,
    /// An account has no instance, or one that failed.
    Instance,
    /// An account is suspended.
    Suspended,
    /// Somebody changed what we deployed.
    Drift,
    /// Something could not be asked.
    Unknown,
}

/// One thing that is not as it was wanted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What it is about.
    pub topic: Topic,
    /// What is so, with account and region.
    pub what: String,
    /// What to do.
    pub fix: String,
}

/// What an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// The hub is in it.
    Hub,
    /// It has its stack.
    Reached,
    /// It should have a stack and has none yet: it joined later, or an operation runs.
    Missing,
    /// Its stack is not as the StackSet says.
    Failed,
    /// It is suspended or being closed.
    Inactive,
    /// It is not wanted.
    LeftOut,
    /// The management account, which only its own stack reaches.
    Management,
}

/// What there is to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// What is not as it was wanted, sorted; everything is well if there is nothing.
    pub findings: Vec<Finding>,
    /// Every account of the organization, sorted.
    pub accounts: Vec<(AccountId, String, Reach)>,
}

/// The status of what was set up last. `wanted` is of the last plan that was done, `run` the last run.
pub fn status(facts: &Facts, wanted: &Wanted, run: Option<&SetupRun>) -> Status {
    let mut found = Vec::new();
    of_run(run, &mut found);
    of_access(facts, wanted, &mut found);
    of_trail(facts, &mut found);
    of_stacks(facts, wanted, &mut found);
    let in_one = facts.organization.standing != Standing::Alone;
    let sets: &[&str] = match (in_one, wanted.grants(4)) {
        (false, _) => &[],
        (true, false) => &[MEMBER],
        (true, true) => &[MEMBER, FORWARD],
    };
    for set in sets {
        of_set(facts, wanted, set, &mut found);
    }
    for gap in &facts.gaps {
        let fix = "allow it, and look again".to_owned();
        let what = format!("{}: {} is not known", gap.problem, gap.lost);
        found.push(Finding { topic: Topic::Unknown, what, fix });
    }
    found.sort();
    found.dedup();
    let mut accounts: Vec<_> = facts
        .organization
        .accounts
        .iter()
        .map(|each| (each.id.clone(), each.name.clone(), reach(facts, wanted, each)))
        .collect();
    accounts.sort();
    Status { findings: found, accounts }
}

fn of_run(run: Option<&SetupRun>, found: &mut Vec<Finding>) {
    let (what, fix) = match run.map(|run| (&run.state, run)) {
        None => ("nothing was set up".to_owned(), "accesstrail setup plan"),
        Some((SetupRunState::Open, run)) => (
            format!("a plan ({}) was begun {} and is not done", run.hash, run.began),
            "accesstrail setup apply with the same plan goes on",
        ),
        Some((SetupRunState::GivenUp { at, reason }, _)) => (
            format!("the last plan was given up {at}: {reason}"),
            "repair the reason, then accesstrail setup plan goes on from what is there",
        ),
        Some((SetupRunState::Done { .. }, _)) => return,
    };
    found.push(Finding { topic: Topic::Run, what, fix: fix.to_owned() });
}

fn of_access(facts: &Facts, wanted: &Wanted, found: &mut Vec<Finding>) {
    let is_off = matches!(
        facts.trusted_access,
        Some(TrustedAccess::Disabled | TrustedAccess::DisabledPermanently)
    );
    if is_off && wanted.deployment == Deployment::ServiceManaged {
        let what = "trusted access of CloudFormation StackSets is off: accounts that join get \
                    nothing, and nothing can be changed";
        let fix = "aws cloudformation activate-organizations-access, in the management account";
        let (what, fix) = (what.to_owned(), fix.to_owned());
        found.push(Finding { topic: Topic::TrustedAccess, what, fix });
    }
}

fn of_trail(facts: &Facts, found: &mut Vec<Finding>) {
    let mut push = |what: String, fix: &str| {
        found.push(Finding { topic: Topic::Trail, what, fix: fix.to_owned() });
    };
    match facts.best_trail() {
        None if facts.gaps.iter().any(|gap| gap.lost == "which trails there are") => {}
        None => push(
            "no trail that is switched on records this organization".to_owned(),
            "switch one on, or accesstrail setup plan --create-trail",
        ),
        Some(trail) if !trail.management_events => push(
            format!("{} records no management events that write", trail.arn),
            "have it record them: EventBridge hears only what a trail records",
        ),
        Some(trail) if !trail.every_region => {
            push(format!("{} records one region only", trail.arn), "have it record every region");
        }
        Some(_) => {}
    }
}

fn of_stacks(facts: &Facts, wanted: &Wanted, found: &mut Vec<Finding>) {
    let hub = &facts.hub;
    let mut expected = Vec::new();
    if facts.organization.standing == Standing::Management {
        expected.push((hub.clone(), MANAGEMENT, Template::ManagementAccount));
    }
    if wanted.grants(4) {
        expected.push((hub.clone(), EVENTS, Template::EventStreaming));
        if facts.foreign_management().is_none() {
            let here = facts.regions(wanted).into_iter().map(|region| {
                let place = Place { account: hub.account.clone(), region };
                (place, FORWARD, Template::EventStreaming)
            });
            expected.extend(here);
        }
    }
    for (place, name, template) in expected {
        match facts.stacks.get(&(place.clone(), name.to_owned())) {
            None => found.push(Finding {
                topic: Topic::Missing,
                what: format!("stack {name} is not in {place}"),
                fix: "accesstrail setup plan puts it there".to_owned(),
            }),
            Some(stack) => of_stack(&place, name, template, stack, found),
        }
    }
}

/// What a stack is where looking for changes failed. (`NOT_CHECKED` is one where nobody looked.)
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackDriftInformation.html>
const UNSEEN: &str = "UNKNOWN";

fn of_stack(
    place: &Place,
    name: &str,
    template: Template,
    stack: &Stack,
    found: &mut Vec<Finding>,
) {
    let mut push = |topic, what, fix: &str| {
        found.push(Finding { topic, what, fix: fix.to_owned() });
    };
    if !stack.status.is_usable() {
        let reason = stack.reason.as_deref().unwrap_or("no reason is given");
        let what = format!("stack {name} in {place} is {}: {reason}", stack.status.0);
        push(Topic::Stack, what, "repair the reason, then accesstrail setup plan");
    }
    if stack.drift == "DRIFTED" {
        let what = format!("stack {name} in {place} was changed by somebody");
        push(Topic::Drift, what, "aws cloudformation describe-stack-resource-drifts tells what");
    }
    if stack.drift == UNSEEN {
        let what = format!("whether somebody changed stack {name} in {place} could not be seen");
        push(
            Topic::Drift,
            what,
            "aws cloudformation describe-stack-drift-detection-status tells why",
        );
    }
    if stack.template != template.hash() {
        let what = format!("stack {name} in {place} is of another version");
        push(Topic::OutOfDate, what, "accesstrail setup upgrade");
    }
}

fn of_set(facts: &Facts, wanted: &Wanted, name: &str, found: &mut Vec<Finding>) {
    let Some(set) = facts.sets.get(name) else {
        let what = format!("StackSet {name} is missing: no other account is reached");
        let fix = "accesstrail setup plan puts it there".to_owned();
        found.push(Finding { topic: Topic::Missing, what, fix });
        return;
    };
    let template = if name == MEMBER { Template::MemberAccount } else { Template::EventStreaming };
    if set.set.template != template.hash() || !names::are_ours(&set.set.tags) {
        let what = format!("StackSet {name} is of another version");
        let fix = "accesstrail setup upgrade".to_owned();
        found.push(Finding { topic: Topic::OutOfDate, what, fix });
    }
    for instance in &set.instances {
        of_instance(facts, name, instance, found);
    }
    let regions = match name {
        MEMBER => [facts.hub.region.clone()].into(),
        _ => facts.regions(wanted),
    };
    let (active, inactive) = facts.reached(wanted);
    for account in active {
        for region in &regions {
            let place = Place { account: account.id.clone(), region: region.clone() };
            if !set.instances.iter().any(|instance| instance.place == place) {
                found.push(Finding {
                    topic: Topic::Instance,
                    what: format!("{name} is not in {place} ({}): it joined later, or an operation runs", account.name),
                    fix: "it comes by itself where auto-deployment is on, else accesstrail setup plan".to_owned(),
                });
            }
        }
    }
    for account in inactive {
        found.push(Finding {
            topic: Topic::Suspended,
            what: format!(
                "{} ({}) is {}: it is not reached",
                account.id, account.name, account.state
            ),
            fix: "nothing to do unless it is reopened".to_owned(),
        });
    }
}

fn of_instance(facts: &Facts, name: &str, instance: &Instance, found: &mut Vec<Finding>) {
    let account = &instance.place.account;
    let known = facts.organization.accounts.iter().find(|each| each.id == *account);
    if known.is_some_and(|each| !each.is_active()) {
        return;
    }
    if instance.drift == "DRIFTED" {
        let what = format!("{name} in {} was changed by somebody", instance.place);
        let fix = "aws cloudformation detect-stack-set-drift tells what; an update puts it back"
            .to_owned();
        found.push(Finding { topic: Topic::Drift, what, fix });
    }
    if instance.drift == UNSEEN {
        let what =
            format!("whether somebody changed {name} in {} could not be seen", instance.place);
        let fix = "aws cloudformation describe-stack-instance tells why".to_owned();
        found.push(Finding { topic: Topic::Drift, what, fix });
    }
    if !instance.is_current() {
        let failure = InstanceFailure {
            place: instance.place.clone(),
            detail: format!("{} ({})", instance.status, instance.detail),
            reason: instance.reason.clone().unwrap_or_default(),
        };
        let told = machine::told(name, &failure);
        let (what, fix) = told.rsplit_once(": ").unwrap_or((&told, "plan again"));
        let (what, fix) = (what.to_owned(), fix.to_owned());
        found.push(Finding { topic: Topic::Instance, what, fix });
    }
}

fn reach(facts: &Facts, wanted: &Wanted, account: &MemberAccount) -> Reach {
    if account.id == facts.hub.account {
        return Reach::Hub;
    }
    if Some(&account.id) == facts.organization.management.as_ref() {
        return Reach::Management;
    }
    if !account.is_active() {
        return Reach::Inactive;
    }
    let (active, _) = facts.reached(wanted);
    if !active.iter().any(|each| each.id == account.id) {
        return Reach::LeftOut;
    }
    let instances = facts.sets.get(MEMBER).map_or(&[][..], |set| &set.instances);
    match instances.iter().find(|instance| instance.place.account == account.id) {
        None => Reach::Missing,
        Some(instance) if instance.is_current() => Reach::Reached,
        Some(_) => Reach::Failed,
    }
}
