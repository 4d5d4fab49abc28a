//! Stacks and StackSets of the organization in memory.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use super::super::names::{Template, template_hash};
use super::{FakeCloud, LOOKS, Moving, World, is_managed, lock};
use crate::model::{AccountId, Region};
use crate::port::setup::{
    Cloud, CloudError, Instance, InstanceFailure, MemberAccount, Notification, Operation,
    OperationState, Place, Preferences, Stack, StackOrder, StackSet, StackSetOrder, StackStatus,
    Targets, TrustedAccess,
};

impl FakeCloud {
    /// Begins a call that writes, of a token that was not used.
    fn write(&self, action: &'static str, what: &str) -> Result<bool, CloudError> {
        let dies = self.enter(action)?;
        lock(&self.world).written.push(format!("{action} {what}"));
        Ok(dies)
    }

    /// The active accounts that are targeted, and those that are not active.
    fn accounts(&self, targets: &Targets) -> Vec<MemberAccount> {
        let organization = lock(&self.organization);
        let is_target = |account: &&MemberAccount| {
            let below =
                |units: &BTreeSet<String>| account.parents.iter().any(|it| units.contains(it));
            // CloudFormation leaves the management account out.
            let is_owner = Some(&account.id) == organization.management.as_ref();
            match targets {
                Targets::Units { units, except } => {
                    !is_owner && below(units) && !except.contains(&account.id)
                }
                Targets::Among { units, accounts } => {
                    !is_owner && below(units) && accounts.contains(&account.id)
                }
                Targets::Accounts(accounts) => accounts.contains(&account.id),
            }
        };
        organization.accounts.iter().filter(is_target).cloned().collect()
    }
}

fn stack_of(order: &StackOrder, status: &str) -> Stack {
    Stack {
        status: StackStatus(status.to_owned()),
        reason: None,
        template: hash_of(&order.template),
        parameters: order.parameters.clone(),
        tags: order.tags.clone(),
        drift: "NOT_CHECKED".to_owned(),
    }
}

/// The hash of a template, which is known where it is one of ours.
fn hash_of(text: &str) -> String {
    let known = Template::ALL.into_iter().find(|template| template.text() == text);
    known.map_or_else(|| template_hash(text), Template::hash)
}

fn refused(action: &'static str, message: &str) -> CloudError {
    CloudError::Refused { action, message: message.to_owned() }
}

/// Begins an operation of a StackSet, unless another one runs or it was begun before.
fn operate(
    world: &mut World,
    set: &str,
    id: &str,
    failures: Vec<InstanceFailure>,
    state: OperationState,
) -> Result<(), CloudError> {
    let key = (set.to_owned(), id.to_owned());
    if world.operations.contains_key(&key) {
        return Err(CloudError::Repeated);
    }
    if world.operations.iter().any(|((of, _), it)| of == set && it.looks > 0) {
        return Err(CloudError::Occupied);
    }
    let value = Operation { state, failures };
    world.operations.insert(key, Moving { value, looks: LOOKS });
    Ok(())
}

#[async_trait]
impl Cloud for FakeCloud {
    async fn stack(&self, place: &Place, name: &str) -> Result<Option<Stack>, CloudError> {
        let action = "cloudformation:DescribeStacks";
        let dies = self.enter(action)?;
        let mut world = lock(&self.world);
        let key = (place.clone(), name.to_owned());
        let Some(moving) = world.stacks.get_mut(&key) else {
            return Self::leave(action, dies, None);
        };
        moving.looks = moving.looks.saturating_sub(1);
        if moving.looks == 0 && moving.value.status.is_busy() {
            let status = moving.value.status.0.replace("_IN_PROGRESS", "_COMPLETE");
            let is_born = !lock(&self.faults).stillborn.contains(name);
            moving.value.status = StackStatus(match status.as_str() {
                "CREATE_COMPLETE" if !is_born => "ROLLBACK_COMPLETE".to_owned(),
                _ => status.clone(),
            });
            moving.value.reason = (!is_born).then(|| "a resource failed".to_owned());
            if status == "DELETE_COMPLETE" {
                world.stacks.remove(&key);
            }
        }
        Self::leave(action, dies, world.stacks.get(&key).map(|it| it.value.clone()))
    }

    async fn create_stack(&self, order: &StackOrder, token: &str) -> Result<(), CloudError> {
        let action = "cloudformation:CreateStack";
        let dies = self.write(action, &order.name)?;
        let mut world = lock(&self.world);
        let key = (order.place.clone(), order.name.clone());
        if world.stacks.contains_key(&key) {
            return Err(CloudError::Exists);
        }
        world.tokens.insert(token.to_owned());
        let value = stack_of(order, "CREATE_IN_PROGRESS");
        world.stacks.insert(key, Moving { value, looks: LOOKS });
        Self::leave(action, dies, ())
    }

    async fn update_stack(&self, order: &StackOrder, token: &str) -> Result<(), CloudError> {
        let action = "cloudformation:UpdateStack";
        let dies = self.write(action, &order.name)?;
        let mut world = lock(&self.world);
        if !world.tokens.insert(token.to_owned()) {
            return Err(CloudError::Repeated);
        }
        let key = (order.place.clone(), order.name.clone());
        let Some(moving) = world.stacks.get_mut(&key) else { return Err(CloudError::Missing) };
        if moving.value.status.is_busy() {
            return Err(refused(action, "the stack is being changed"));
        }
        if lock(&self.faults).stillborn.contains(&order.name) {
            moving.value.status = StackStatus("UPDATE_ROLLBACK_COMPLETE".to_owned());
            moving.value.reason = Some("a resource failed".to_owned());
            return Self::leave(action, dies, ());
        }
        *moving = Moving { value: stack_of(order, "UPDATE_IN_PROGRESS"), looks: LOOKS };
        Self::leave(action, dies, ())
    }

    async fn delete_stack(&self, place: &Place, name: &str, _: &str) -> Result<(), CloudError> {
        let action = "cloudformation:DeleteStack";
        let dies = self.write(action, name)?;
        if let Some(moving) = lock(&self.world).stacks.get_mut(&(place.clone(), name.to_owned())) {
            moving.value.status = StackStatus("DELETE_IN_PROGRESS".to_owned());
            moving.looks = LOOKS;
        }
        Self::leave(action, dies, ())
    }

    async fn stack_set(&self, name: &str) -> Result<Option<StackSet>, CloudError> {
        let action = "cloudformation:DescribeStackSet";
        let dies = self.enter(action)?;
        Self::leave(action, dies, lock(&self.world).sets.get(name).cloned())
    }

    async fn create_stack_set(&self, order: &StackSetOrder, token: &str) -> Result<(), CloudError> {
        let action = "cloudformation:CreateStackSet";
        let dies = self.write(action, &order.name)?;
        let set = set_of(order);
        if is_managed(&set) && *lock(&self.trusted_access) != TrustedAccess::Enabled {
            return Err(refused(action, "trusted access is not enabled"));
        }
        let mut world = lock(&self.world);
        if world.sets.contains_key(&order.name) {
            return Err(CloudError::Exists);
        }
        world.tokens.insert(token.to_owned());
        world.sets.insert(order.name.clone(), set);
        Self::leave(action, dies, ())
    }

    async fn update_stack_set(&self, order: &StackSetOrder, id: &str) -> Result<(), CloudError> {
        let action = "cloudformation:UpdateStackSet";
        let dies = self.write(action, &order.name)?;
        let mut world = lock(&self.world);
        operate(&mut world, &order.name, id, Vec::new(), OperationState::Succeeded)?;
        world.sets.insert(order.name.clone(), set_of(order));
        Self::leave(action, dies, ())
    }

    async fn delete_stack_set(&self, name: &str) -> Result<(), CloudError> {
        let action = "cloudformation:DeleteStackSet";
        let dies = self.write(action, name)?;
        let mut world = lock(&self.world);
        if world.instances.get(name).is_some_and(|all| !all.is_empty()) {
            return Err(refused(action, "StackSetNotEmptyException"));
        }
        world.instances.remove(name);
        let known = world.sets.remove(name);
        known.ok_or(CloudError::Missing)?;
        Self::leave(action, dies, ())
    }

    async fn instances(&self, set: &str) -> Result<Vec<Instance>, CloudError> {
        let action = "cloudformation:ListStackInstances";
        let dies = self.enter(action)?;
        let world = lock(&self.world);
        let found = world.instances.get(set).into_iter().flat_map(BTreeMap::values);
        Self::leave(action, dies, found.cloned().collect())
    }

    async fn create_instances(
        &self,
        set: &str,
        targets: &Targets,
        regions: &BTreeSet<Region>,
        preferences: &Preferences,
        operation: &str,
    ) -> Result<(), CloudError> {
        let action = "cloudformation:CreateStackInstances";
        let dies = self.write(action, set)?;
        let accounts = self.accounts(targets);
        let failing = lock(&self.faults).failing.clone();
        let mut world = lock(&self.world);
        if !world.sets.contains_key(set) {
            return Err(CloudError::Missing);
        }
        let (made, failures) = outcome(&accounts, regions, &failing);
        let failed = accounts.iter().filter(|each| failing.contains(&each.id)).count();
        let is_over = failed * 100 > usize::from(preferences.tolerance_percent) * accounts.len();
        let state = if is_over { OperationState::Failed } else { OperationState::Succeeded };
        operate(&mut world, set, operation, failures, state)?;
        world.instances.entry(set.to_owned()).or_default().extend(made);
        Self::leave(action, dies, ())
    }

    async fn delete_instances(
        &self,
        set: &str,
        targets: &Targets,
        regions: &BTreeSet<Region>,
        retain: bool,
        operation: &str,
    ) -> Result<(), CloudError> {
        let action = "cloudformation:DeleteStackInstances";
        let dies = self.write(action, set)?;
        let accounts = self.accounts(targets);
        let mut world = lock(&self.world);
        if !world.sets.contains_key(set) {
            return Err(CloudError::Missing);
        }
        operate(&mut world, set, operation, Vec::new(), OperationState::Succeeded)?;
        let goes = |place: &Place| {
            let account = accounts.iter().find(|each| each.id == place.account);
            regions.contains(&place.region) && account.is_some_and(|it| it.is_active() || retain)
        };
        world.instances.entry(set.to_owned()).or_default().retain(|place, _| !goes(place));
        Self::leave(action, dies, ())
    }

    async fn operation(&self, set: &str, id: &str) -> Result<Option<Operation>, CloudError> {
        let action = "cloudformation:DescribeStackSetOperation";
        let dies = self.enter(action)?;
        let mut world = lock(&self.world);
        let found = world.operations.get_mut(&(set.to_owned(), id.to_owned())).map(|moving| {
            moving.looks = moving.looks.saturating_sub(1);
            let running = Operation { state: OperationState::Running, failures: Vec::new() };
            if moving.looks > 0 { running } else { moving.value.clone() }
        });
        Self::leave(action, dies, found)
    }

    async fn detect_stack_drift(&self, place: &Place, name: &str) -> Result<(), CloudError> {
        let action = "cloudformation:DetectStackDrift";
        let dies = self.write(action, name)?;
        let mut world = lock(&self.world);
        let drift = drift(world.edited.contains(name));
        let Some(stack) = world.stacks.get_mut(&(place.clone(), name.to_owned())) else {
            return Err(CloudError::Missing);
        };
        stack.value.drift = drift;
        Self::leave(action, dies, ())
    }

    async fn detect_drift(&self, set: &str, operation: &str) -> Result<(), CloudError> {
        let action = "cloudformation:DetectStackSetDrift";
        let dies = self.write(action, set)?;
        let mut world = lock(&self.world);
        operate(&mut world, set, operation, Vec::new(), OperationState::Succeeded)?;
        let drift = drift(world.edited.contains(set));
        for instance in world.instances.entry(set.to_owned()).or_default().values_mut() {
            instance.drift.clone_from(&drift);
        }
        Self::leave(action, dies, ())
    }

    async fn enable_trusted_access(&self) -> Result<(), CloudError> {
        let action = "cloudformation:ActivateOrganizationsAccess";
        let dies = self.write(action, "")?;
        self.set_trusted_access(TrustedAccess::Enabled);
        Self::leave(action, dies, ())
    }

    async fn disable_trusted_access(&self) -> Result<(), CloudError> {
        let action = "cloudformation:DeactivateOrganizationsAccess";
        let dies = self.write(action, "")?;
        self.set_trusted_access(TrustedAccess::Disabled);
        Self::leave(action, dies, ())
    }

    async fn put_notification(
        &self,
        bucket: &str,
        wanted: &Notification,
    ) -> Result<(), CloudError> {
        let action = "s3:PutBucketNotification";
        let dies = self.write(action, bucket)?;
        lock(&self.notifications).insert(bucket.to_owned(), wanted.clone());
        Self::leave(action, dies, ())
    }
}

fn drift(is_edited: bool) -> String {
    if is_edited { "DRIFTED" } else { "IN_SYNC" }.to_owned()
}

fn set_of(order: &StackSetOrder) -> StackSet {
    StackSet {
        template: hash_of(&order.template),
        parameters: order.parameters.clone(),
        tags: order.tags.clone(),
        model: order.model.clone(),
        auto_deployment: order.auto_deployment,
    }
}

/// What becomes of instances in accounts and regions.
fn outcome(
    accounts: &[MemberAccount],
    regions: &BTreeSet<Region>,
    failing: &BTreeSet<AccountId>,
) -> (BTreeMap<Place, Instance>, Vec<InstanceFailure>) {
    let (mut made, mut failures) = (BTreeMap::new(), Vec::new());
    for account in accounts {
        for region in regions {
            let place = Place { account: account.id.clone(), region: region.clone() };
            let (status, detail, reason) =
                match (account.is_active(), failing.contains(&account.id)) {
                    (false, _) => {
                        ("OUTDATED", "SKIPPED_SUSPENDED_ACCOUNT", "the account is suspended")
                    }
                    (true, true) => {
                        ("OUTDATED", "FAILED", "AccessDenied: an SCP denies iam:CreateRole")
                    }
                    (true, false) => ("CURRENT", "SUCCEEDED", ""),
                };
            if !reason.is_empty() {
                let (detail, reason) = (detail.to_owned(), reason.to_owned());
                failures.push(InstanceFailure { place: place.clone(), detail, reason });
            }
            let instance = Instance {
                place: place.clone(),
                unit: account.parents.last().cloned(),
                status: status.to_owned(),
                detail: detail.to_owned(),
                reason: (!reason.is_empty()).then(|| reason.to_owned()),
                drift: "NOT_CHECKED".to_owned(),
            };
            made.insert(place, instance);
        }
    }
    (made, failures)
}
