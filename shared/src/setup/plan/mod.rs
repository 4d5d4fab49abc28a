//! Facts and what is wanted → every step, in order, with its reason: a value that people read, keep and apply.
//!
//! INVARIANT: the same facts and the same wish make the same plan, byte for byte; the plan of what was applied has
//! nothing to do.

mod deploy;
mod destroy;
mod file;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use self::file::{FileError, read, write};
pub use self::text::text;
use super::facts::Facts;
use super::names::Template;
use super::wanted::{Parameters, Wanted};
use crate::model::Region;
use crate::port::setup::{Model, Place, Targets, spelled};

/// The version of the form of plans.
pub const VERSION: u32 = 1;

/// What a plan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// To set up, or to bring up to date.
    Deploy,
    /// To remove.
    Destroy,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// Something new.
    Create,
    /// Something of ours that is there, or a setting.
    Change,
    /// Something of ours goes.
    Delete,
    /// It is as it should be.
    Keep,
    /// We wait.
    Wait,
    /// Only somebody else can do it.
    ByHand,
}

impl Verb {
    /// As people read it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Change => "change",
            Self::Delete => "delete",
            Self::Keep => "keep",
            Self::Wait => "wait",
            Self::ByHand => "by hand",
        }
    }
}

/// What a step is about, with everything that it takes to do it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Target {
    /// Whether CloudFormation may deploy to the organization by itself.
    TrustedAccess {
        /// Whether it may, afterwards.
        on: bool,
    },
    /// A stack.
    Stack {
        /// Where.
        place: Place,
        /// Its name.
        name: String,
        /// Its template; none where the stack goes.
        template: Option<Version>,
        /// Its parameters.
        parameters: Parameters,
    },
    /// A StackSet without its instances.
    Set {
        /// Its name.
        name: String,
        /// Its template; none where the StackSet goes.
        template: Option<Version>,
        /// Its parameters.
        parameters: Parameters,
        /// Who deploys it.
        model: Model,
        /// Whether accounts that join later get an instance.
        auto_deployment: bool,
    },
    /// Instances of a StackSet.
    Instances {
        /// Its name.
        set: String,
        /// Where.
        targets: Targets,
        /// In which regions.
        #[serde(with = "spelled::set")]
        regions: BTreeSet<Region>,
        /// Whether their stacks stay where they are when the instances go.
        retain: bool,
    },
    /// Whether a bucket tells EventBridge of new objects.
    Notification {
        /// The bucket.
        bucket: String,
        /// Whether it does, afterwards.
        event_bridge: bool,
    },
    /// Until a queue is empty.
    Drain {
        /// Its ARN.
        queue: String,
    },
    /// A command for somebody else.
    Command(String),
}

/// A template, as it was when the plan was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// Which.
    pub template: Template,
    /// SHA-256 of its text.
    pub hash: String,
}

impl Version {
    fn of(template: Template) -> Self {
        Self { template, hash: template.hash() }
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its id, unique in the plan.
    pub id: String,
    /// What it does.
    pub verb: Verb,
    /// On what.
    pub target: Target,
    /// What it does, in words.
    pub what: String,
    /// Why.
    pub why: String,
    /// The IAM actions that it takes.
    pub actions: Vec<String>,
    /// What is lost without it.
    pub lost: String,
}

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The version of this form.
    pub version: u32,
    /// What it is for.
    pub purpose: Purpose,
    /// Where the hub is.
    pub hub: Place,
    /// What it was made for, in words ([`Facts::seen`]).
    pub seen: BTreeMap<String, String>,
    /// What was wanted.
    pub wanted: Wanted,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// What is lost because it is withheld, could not be asked, or is not there.
    pub lost: Vec<String>,
    /// What stays, and why (to destroy).
    pub stays: Vec<String>,
}

impl Plan {
    /// Whether there is anything to do for us.
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(|step| matches!(step.verb, Verb::Keep | Verb::ByHand))
    }

    /// The IAM actions that its steps take, sorted.
    pub fn actions(&self) -> BTreeSet<&str> {
        let doing = self.steps.iter().filter(|step| step.verb != Verb::Keep);
        doing.flat_map(|step| step.actions.iter().map(String::as_str)).collect()
    }
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The wish cannot be fulfilled as it is.
    #[error("{}", .0.join("; "))]
    Wanted(Vec<String>),
    /// Something has one of our names and is not ours.
    #[error(
        "{what} is there and is not accesstrail's (no tag managed-by=accesstrail): rename or remove it first"
    )]
    NotOurs {
        /// What.
        what: String,
    },
    /// A StackSet is deployed by somebody else than is wanted, which AWS lets nobody change.
    #[error(
        "StackSet {name} is there with the other kind of permissions, which cannot be changed: destroy first"
    )]
    OtherModel {
        /// Its name.
        name: String,
    },
    /// Trusted access is off for good.
    #[error("CloudFormation may not deploy to this organization: choose self-managed deployment")]
    NoTrustedAccess,
    /// Nothing can be done from this account.
    #[error(
        "{account} is a member account: set up in the management account or in a delegated administrator of CloudFormation"
    )]
    Member {
        /// The account.
        account: String,
    },
}

/// The plan that sets up, or brings up to date.
///
/// # Errors
///
/// Everything that is wrong with what is wanted, at once; and what stands in the way.
pub fn deploy(facts: &Facts, wanted: &Wanted) -> Result<Plan, PlanError> {
    deploy::plan(facts, wanted)
}

/// The plan that removes what is there: in reverse order, what sends first.
///
/// # Errors
///
/// If something that has one of our names is not ours.
pub fn destroy(facts: &Facts, wanted: &Wanted) -> Result<Plan, PlanError> {
    destroy::plan(facts, wanted)
}

/// The plan for a purpose.
///
/// # Errors
///
/// As [`deploy`] and [`destroy`].
pub fn plan(purpose: Purpose, facts: &Facts, wanted: &Wanted) -> Result<Plan, PlanError> {
    match purpose {
        Purpose::Deploy => deploy(facts, wanted),
        Purpose::Destroy => destroy(facts, wanted),
    }
}

/// The name under which is kept that trusted access was off before we came.
pub const UNDO_TRUSTED_ACCESS: &str = "undo/trusted-access";

/// The name under which is kept that a bucket did not tell EventBridge before we came.
pub fn undo_notification(bucket: &str) -> String {
    format!("{UNDO_NOTIFICATION}{bucket}")
}

/// What the names of [`undo_notification`] begin with.
pub const UNDO_NOTIFICATION: &str = "undo/notification/";

/// The name under which is kept that a stack of ours was begun somewhere, so that it is found again whatever is wanted.
pub fn deployed(place: &Place, name: &str) -> String {
    format!("{DEPLOYED}{}/{}/{name}", place.account, place.region)
}

/// What the names of [`deployed`] begin with.
pub const DEPLOYED: &str = "deployed/";

/// The place and the name of a stack that was begun.
pub fn read_deployed(kept: &str) -> Option<(Place, String)> {
    let mut parts = kept.strip_prefix(DEPLOYED)?.splitn(3, '/');
    let place = Place { account: parts.next()?.parse().ok()?, region: parts.next()?.parse().ok()? };
    Some((place, parts.next()?.to_owned()))
}
