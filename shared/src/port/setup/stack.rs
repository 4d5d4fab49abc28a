//! Stacks, StackSets and their instances, as far as setting up needs them.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::spelled;
use super::{CloudError, Landscape, Notification, Place};
use crate::model::{AccountId, Region};

/// The status of a stack as CloudFormation spells it; new ones appear, so the text is kept.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html>
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StackStatus(pub String);

impl StackStatus {
    /// Something is under way.
    pub fn is_busy(&self) -> bool {
        self.0.ends_with("_IN_PROGRESS")
    }

    /// The stack stands as it was last wanted, or as it was before an update that failed.
    pub fn is_usable(&self) -> bool {
        matches!(
            self.0.as_str(),
            "CREATE_COMPLETE"
                | "UPDATE_COMPLETE"
                | "UPDATE_ROLLBACK_COMPLETE"
                | "IMPORT_COMPLETE"
                | "IMPORT_ROLLBACK_COMPLETE"
        )
    }

    /// The last update failed, and the stack is as it was before.
    pub fn is_rolled_back(&self) -> bool {
        matches!(self.0.as_str(), "UPDATE_ROLLBACK_COMPLETE" | "UPDATE_ROLLBACK_FAILED")
    }

    /// The stack never stood, and can only be deleted.
    pub fn is_stillborn(&self) -> bool {
        matches!(self.0.as_str(), "CREATE_FAILED" | "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED")
    }

    /// Its deletion failed.
    pub fn is_stuck(&self) -> bool {
        self.0 == "DELETE_FAILED"
    }
}

/// A stack that is there. A deleted one is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// Its status.
    pub status: StackStatus,
    /// Why it is in that status, where CloudFormation says so.
    pub reason: Option<String>,
    /// The hash of its template as it was given (`setup::names::template_hash`).
    pub template: String,
    /// Its parameters.
    pub parameters: BTreeMap<String, String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// `IN_SYNC`, `DRIFTED`, `NOT_CHECKED` or `UNKNOWN`, of the last time when somebody had it detected.
    pub drift: String,
}

/// A stack as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackOrder {
    /// Where.
    pub place: Place,
    /// Its name.
    pub name: String,
    /// The text of its template.
    pub template: String,
    /// Its parameters.
    pub parameters: BTreeMap<String, String>,
    /// Its tags, which its resources get too.
    pub tags: BTreeMap<String, String>,
}

/// Who deploys the instances of a StackSet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Model {
    /// CloudFormation by itself, with accounts that join later.
    ServiceManaged {
        /// Whether the caller is a delegated administrator and not the management account.
        delegated: bool,
    },
    /// Two roles: one that administers, one in each account that executes.
    SelfManaged {
        /// ARN of the first.
        administration_role: String,
        /// Name of the second.
        execution_role: String,
    },
}

/// A StackSet that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackSet {
    /// The hash of its template as it was given (`setup::names::template_hash`).
    pub template: String,
    /// Its parameters.
    pub parameters: BTreeMap<String, String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Who deploys it.
    pub model: Model,
    /// Whether accounts that join later get an instance.
    pub auto_deployment: bool,
}

/// A StackSet as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackSetOrder {
    /// Its name.
    pub name: String,
    /// The text of its template.
    pub template: String,
    /// What it is for.
    pub description: String,
    /// Its parameters.
    pub parameters: BTreeMap<String, String>,
    /// Its tags, which its instances and their resources get too.
    pub tags: BTreeMap<String, String>,
    /// Who deploys it.
    pub model: Model,
    /// Whether accounts that join later get an instance (service-managed only). Those that leave lose it.
    pub auto_deployment: bool,
    /// How many at once, and how many may fail.
    pub preferences: Preferences,
}

/// How an operation of a StackSet goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Preferences {
    /// In how many of a hundred accounts of a region it may fail before it is given up.
    pub tolerance_percent: u8,
    /// In how many of a hundred accounts it works at once.
    pub concurrent_percent: u8,
    /// Whether the regions are worked on at once.
    pub regions_at_once: bool,
}

/// Where instances are wanted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Targets {
    /// Every account below these organizational units (or roots) but those left out: no account filter where none
    /// is, else `DIFFERENCE`.
    Units {
        /// Ids of units or roots.
        units: BTreeSet<String>,
        /// Accounts that are left out.
        #[serde(with = "spelled::set")]
        except: BTreeSet<AccountId>,
    },
    /// These accounts below these organizational units: what is service-managed is always below one (account filter
    /// `INTERSECTION`).
    Among {
        /// Ids of units or roots.
        units: BTreeSet<String>,
        /// Those of their accounts that are meant.
        #[serde(with = "spelled::set")]
        accounts: BTreeSet<AccountId>,
    },
    /// These accounts (self-managed only).
    Accounts(#[serde(with = "spelled::set")] BTreeSet<AccountId>),
}

/// An instance of a StackSet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instance {
    /// Where its stack is.
    pub place: Place,
    /// The unit that it was deployed through, where it is service-managed.
    pub unit: Option<String>,
    /// `CURRENT`, `OUTDATED` or `INOPERABLE`.
    pub status: String,
    /// `SUCCEEDED`, `FAILED`, `CANCELLED`, `SKIPPED_SUSPENDED_ACCOUNT` and others.
    pub detail: String,
    /// Why, where CloudFormation says so.
    pub reason: Option<String>,
    /// `IN_SYNC`, `DRIFTED`, `NOT_CHECKED` or `UNKNOWN`.
    pub drift: String,
}

impl Instance {
    /// Whether its stack is as the StackSet says.
    pub fn is_current(&self) -> bool {
        self.status == "CURRENT"
    }

    /// Whether it was left alone because its account is suspended.
    pub fn is_suspended(&self) -> bool {
        self.detail == "SKIPPED_SUSPENDED_ACCOUNT"
    }
}

/// How an operation of a StackSet stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationState {
    /// `RUNNING`, `QUEUED`, `STOPPING`.
    Running,
    /// `SUCCEEDED`: no more failed than may.
    Succeeded,
    /// `FAILED`: more failed than may.
    Failed,
    /// `STOPPED`: somebody stopped it.
    Stopped,
}

/// An operation of a StackSet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// How it stands.
    pub state: OperationState,
    /// What did not succeed, sorted. Complete once the operation has ended.
    pub failures: Vec<InstanceFailure>,
}

/// Where an operation did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InstanceFailure {
    /// The account and the region.
    pub place: Place,
    /// `FAILED`, `CANCELLED`, `SKIPPED_SUSPENDED_ACCOUNT` and others.
    pub detail: String,
    /// Why, where CloudFormation says so.
    pub reason: String,
}

/// Changes what is there. Each call starts something and returns; a token that was used before starts nothing again.
#[async_trait]
pub trait Cloud: Landscape {
    /// A stack; `None` where there is none, or only a deleted one.
    async fn stack(&self, place: &Place, name: &str) -> Result<Option<Stack>, CloudError>;

    /// Starts the creation of a stack.
    async fn create_stack(&self, order: &StackOrder, token: &str) -> Result<(), CloudError>;

    /// Starts an update of a stack: [`CloudError::Unchanged`] where there is nothing to do.
    async fn update_stack(&self, order: &StackOrder, token: &str) -> Result<(), CloudError>;

    /// Starts the deletion of a stack. One that is not there is deleted.
    async fn delete_stack(&self, place: &Place, name: &str, token: &str) -> Result<(), CloudError>;

    /// A StackSet; `None` where there is none, or only a deleted one.
    async fn stack_set(&self, name: &str) -> Result<Option<StackSet>, CloudError>;

    /// Creates a StackSet without instances.
    async fn create_stack_set(&self, order: &StackSetOrder, token: &str) -> Result<(), CloudError>;

    /// Starts an update of a StackSet and of all of its instances.
    async fn update_stack_set(
        &self,
        order: &StackSetOrder,
        operation: &str,
    ) -> Result<(), CloudError>;

    /// Deletes a StackSet without instances. One that is not there is deleted.
    async fn delete_stack_set(&self, name: &str) -> Result<(), CloudError>;

    /// Every instance of a StackSet, sorted; none where there is no such StackSet.
    async fn instances(&self, set: &str) -> Result<Vec<Instance>, CloudError>;

    /// Starts the creation of instances. One that is there already is brought up to date.
    async fn create_instances(
        &self,
        set: &str,
        targets: &Targets,
        regions: &BTreeSet<Region>,
        preferences: &Preferences,
        operation: &str,
    ) -> Result<(), CloudError>;

    /// Starts the deletion of instances. With `retain`, their stacks stay where they are.
    async fn delete_instances(
        &self,
        set: &str,
        targets: &Targets,
        regions: &BTreeSet<Region>,
        retain: bool,
        operation: &str,
    ) -> Result<(), CloudError>;

    /// An operation of a StackSet; `None` where there is none of that id.
    async fn operation(&self, set: &str, id: &str) -> Result<Option<Operation>, CloudError>;

    /// Starts to look for what was changed in a stack other than by CloudFormation; the answer is in the stack, later.
    async fn detect_stack_drift(&self, place: &Place, name: &str) -> Result<(), CloudError>;

    /// Starts to look for drift in a StackSet; the answer is in its instances, later.
    async fn detect_drift(&self, set: &str, operation: &str) -> Result<(), CloudError>;

    /// Lets CloudFormation deploy to the accounts of the organization.
    async fn enable_trusted_access(&self) -> Result<(), CloudError>;

    /// Takes that back.
    async fn disable_trusted_access(&self) -> Result<(), CloudError>;

    /// Replaces the notification configuration of a bucket.
    async fn put_notification(&self, bucket: &str, wanted: &Notification)
    -> Result<(), CloudError>;
}
