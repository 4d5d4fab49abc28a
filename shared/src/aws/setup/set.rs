//! StackSets, their instances and operations.
//!
//! A delegated administrator says so in each call, but not for a self-managed StackSet, which is its own.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-delegated-admin.html>

use std::collections::BTreeSet;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{
    AccountFilterType, AutoDeployment, CallAs, DeploymentTargets, PermissionModels,
    RegionConcurrencyType, StackInstanceSummary, StackSet as Found, StackSetOperationPreferences,
    StackSetOperationResultStatus, StackSetOperationResultSummary, StackSetOperationStatus,
    StackSetStatus,
};

use super::AwsSetup;
use super::fault::Site;
use super::stack::{CAPABILITY, read_parameters, read_tags, write_parameters, write_tags};
use crate::model::Region;
use crate::port::setup::{
    CloudError, Instance, InstanceFailure, Model, Operation, OperationState, Place, Preferences,
    StackSet, StackSetOrder, Standing, Targets,
};
use crate::setup::names::template_hash;

impl AwsSetup {
    fn sets(&self) -> Client {
        self.session.cloudformation(&self.region)
    }

    /// A StackSet by its name, and as whom it is called.
    async fn find(&self, name: &str) -> Result<Option<(Found, CallAs)>, CloudError> {
        let site = self.here("cloudformation:DescribeStackSet");
        let is_delegated = self.standing().await? == Standing::Delegated;
        let roles = [is_delegated.then_some(CallAs::DelegatedAdmin), Some(CallAs::SelfValue)];
        for call_as in roles.into_iter().flatten() {
            let call = self.sets().describe_stack_set().stack_set_name(name);
            let answer = call.call_as(call_as.clone()).send().await;
            match answer.map_err(|error| site.failed(error)) {
                Err(CloudError::Missing) => {}
                other => match other?.stack_set {
                    Some(found) if found.status() != Some(&StackSetStatus::Deleted) => {
                        return Ok(Some((found, call_as)));
                    }
                    _ => {}
                },
            }
        }
        Ok(None)
    }

    /// As whom a StackSet that is there is called.
    async fn called(&self, name: &str) -> Result<CallAs, CloudError> {
        let found = self.find(name).await?;
        found.map(|(_, call_as)| call_as).ok_or(CloudError::Missing)
    }

    pub(super) async fn find_set(&self, name: &str) -> Result<Option<StackSet>, CloudError> {
        let Some((found, call_as)) = self.find(name).await? else { return Ok(None) };
        let model = match found.permission_model() {
            Some(PermissionModels::ServiceManaged) => {
                Model::ServiceManaged { delegated: call_as == CallAs::DelegatedAdmin }
            }
            _ => Model::SelfManaged {
                administration_role: found.administration_role_arn().unwrap_or_default().to_owned(),
                execution_role: found.execution_role_name().unwrap_or_default().to_owned(),
            },
        };
        Ok(Some(StackSet {
            template: template_hash(found.template_body().unwrap_or_default()),
            parameters: read_parameters(found.parameters()),
            tags: read_tags(found.tags()),
            model,
            auto_deployment: found
                .auto_deployment()
                .and_then(AutoDeployment::enabled)
                .unwrap_or(false),
        }))
    }

    pub(super) async fn start_set(
        &self,
        order: &StackSetOrder,
        token: &str,
    ) -> Result<(), CloudError> {
        let site = self.here("cloudformation:CreateStackSet");
        let (model, administration, execution) = model(&order.model);
        let call = self.sets().create_stack_set();
        call.stack_set_name(&order.name)
            .description(&order.description)
            .template_body(&order.template)
            .set_parameters(Some(write_parameters(&order.parameters)))
            .set_tags(Some(write_tags(&order.tags)))
            .capabilities(CAPABILITY)
            .permission_model(model)
            .set_auto_deployment(auto_deployment(order))
            .set_administration_role_arn(administration)
            .set_execution_role_name(execution)
            .call_as(called_as(&order.model))
            .client_request_token(token)
            .send()
            .await
            .map(drop)
            .map_err(|error| site.failed(error))
    }

    pub(super) async fn change_set(
        &self,
        order: &StackSetOrder,
        operation: &str,
    ) -> Result<(), CloudError> {
        let site = self.here("cloudformation:UpdateStackSet");
        let (model, administration, execution) = model(&order.model);
        let call = self.sets().update_stack_set();
        call.stack_set_name(&order.name)
            .description(&order.description)
            .template_body(&order.template)
            .set_parameters(Some(write_parameters(&order.parameters)))
            .set_tags(Some(write_tags(&order.tags)))
            .capabilities(CAPABILITY)
            .permission_model(model)
            .set_auto_deployment(auto_deployment(order))
            .set_administration_role_arn(administration)
            .set_execution_role_name(execution)
            .operation_preferences(preferences(order.preferences))
            .call_as(called_as(&order.model))
            .operation_id(operation)
            .send()
            .await
            .map(drop)
            .map_err(|error| site.failed(error))
    }

    pub(super) async fn end_set(&self, name: &str) -> Result<(), CloudError> {
        let site = self.here("cloudformation:DeleteStackSet");
        let Some((_, call_as)) = self.find(name).await? else { return Ok(()) };
        let call = self.sets().delete_stack_set().stack_set_name(name).call_as(call_as);
        match call.send().await.map_err(|error| site.failed(error)) {
            Ok(_) | Err(CloudError::Missing) => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn find_instances(&self, set: &str) -> Result<Vec<Instance>, CloudError> {
        let site = self.here("cloudformation:ListStackInstances");
        let Some((_, call_as)) = self.find(set).await? else { return Ok(Vec::new()) };
        let call = self.sets().list_stack_instances().stack_set_name(set).call_as(call_as);
        let found = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let found = match found.map_err(|error| site.failed(error)) {
            Err(CloudError::Missing) => return Ok(Vec::new()),
            other => other?,
        };
        let mut instances: Vec<Instance> =
            found.iter().map(|each| instance(each, &site)).collect::<Result<_, _>>()?;
        instances.sort();
        Ok(instances)
    }

    pub(super) async fn start_instances(
        &self,
        set: &str,
        targets: &Targets,
        regions: &BTreeSet<Region>,
        wanted: &Preferences,
        operation: &str,
    ) -> Result<(), CloudError> {
        let site = self.here("cloudformation:CreateStackInstances");
        let (accounts, units) = aimed(targets);
        let call = self.sets().create_stack_instances();
        call.stack_set_name(set)
            .set_accounts(accounts)
            .set_deployment_targets(units)
            .set_regions(Some(regions.iter().map(Region::to_string).collect()))
            .operation_preferences(preferences(*wanted))
            .operation_id(operation)
            .call_as(self.called(set).await?)
            .send()
            .await
            .map(drop)
            .map_err(|error| site.failed(error))
    }

    pub(super) async fn end_instances(
        &self,
        set: &str,
        targets: &Targets,
        regions: &BTreeSet<Region>,
        retain: bool,
        operation: &str,
    ) -> Result<(), CloudError> {
        let site = self.here("cloudformation:DeleteStackInstances");
        let (accounts, units) = aimed(targets);
        let call = self.sets().delete_stack_instances();
        call.stack_set_name(set)
            .set_accounts(accounts)
            .set_deployment_targets(units)
            .set_regions(Some(regions.iter().map(Region::to_string).collect()))
            .retain_stacks(retain)
            .operation_preferences(everything())
            .operation_id(operation)
            .call_as(self.called(set).await?)
            .send()
            .await
            .map(drop)
            .map_err(|error| site.failed(error))
    }

    pub(super) async fn find_operation(
        &self,
        set: &str,
        id: &str,
    ) -> Result<Option<Operation>, CloudError> {
        let site = self.here("cloudformation:DescribeStackSetOperation");
        let Some((_, call_as)) = self.find(set).await? else { return Ok(None) };
        let call = self.sets().describe_stack_set_operation().stack_set_name(set).operation_id(id);
        let answer = call.call_as(call_as.clone()).send().await;
        let answer = match answer.map_err(|error| site.failed(error)) {
            Err(CloudError::Missing) => return Ok(None),
            other => other?,
        };
        let state = match answer.stack_set_operation().and_then(|it| it.status()) {
            Some(StackSetOperationStatus::Succeeded) => OperationState::Succeeded,
            Some(StackSetOperationStatus::Failed) => OperationState::Failed,
            Some(StackSetOperationStatus::Stopped) => OperationState::Stopped,
            _ => return Ok(Some(Operation { state: OperationState::Running, failures: vec![] })),
        };
        let failures = self.failures(set, id, call_as).await?;
        Ok(Some(Operation { state, failures }))
    }

    async fn failures(
        &self,
        set: &str,
        id: &str,
        call_as: CallAs,
    ) -> Result<Vec<InstanceFailure>, CloudError> {
        let site = self.here("cloudformation:ListStackSetOperationResults");
        let call = self.sets().list_stack_set_operation_results().stack_set_name(set);
        let call = call.operation_id(id).call_as(call_as);
        let all = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let all = all.map_err(|error| site.failed(error))?;
        let mut failures: Vec<InstanceFailure> = all
            .iter()
            .filter(|each| each.status() != Some(&StackSetOperationResultStatus::Succeeded))
            .map(|each| failure(each, &site))
            .collect::<Result<_, _>>()?;
        failures.sort();
        Ok(failures)
    }

    pub(super) async fn look_for_drift(
        &self,
        set: &str,
        operation: &str,
    ) -> Result<(), CloudError> {
        let site = self.here("cloudformation:DetectStackSetDrift");
        let call = self.sets().detect_stack_set_drift().stack_set_name(set);
        let call = call.operation_id(operation).call_as(self.called(set).await?);
        call.send().await.map(drop).map_err(|error| site.failed(error))
    }
}

/// As whom the calls about a StackSet of this model are made.
fn called_as(model: &Model) -> CallAs {
    match model {
        Model::ServiceManaged { delegated: true } => CallAs::DelegatedAdmin,
        Model::ServiceManaged { .. } | Model::SelfManaged { .. } => CallAs::SelfValue,
    }
}

/// The model, and the two roles of a self-managed one.
fn model(model: &Model) -> (PermissionModels, Option<String>, Option<String>) {
    match model {
        Model::ServiceManaged { .. } => (PermissionModels::ServiceManaged, None, None),
        Model::SelfManaged { administration_role, execution_role } => (
            PermissionModels::SelfManaged,
            Some(administration_role.clone()),
            Some(execution_role.clone()),
        ),
    }
}

/// Accounts that leave lose their stacks. AWS takes this of service-managed StackSets only, and the second part only
/// where the first is on.
fn auto_deployment(order: &StackSetOrder) -> Option<AutoDeployment> {
    let is_managed = matches!(order.model, Model::ServiceManaged { .. });
    let is_on = order.auto_deployment;
    is_managed.then(|| {
        AutoDeployment::builder()
            .enabled(is_on)
            .set_retain_stacks_on_account_removal(is_on.then_some(false))
            .build()
    })
}

fn preferences(wanted: Preferences) -> StackSetOperationPreferences {
    let regions = if wanted.regions_at_once {
        RegionConcurrencyType::Parallel
    } else {
        RegionConcurrencyType::Sequential
    };
    StackSetOperationPreferences::builder()
        .region_concurrency_type(regions)
        .failure_tolerance_percentage(i32::from(wanted.tolerance_percent))
        .max_concurrent_percentage(i32::from(wanted.concurrent_percent))
        .build()
}

/// What goes goes everywhere: one that fails does not stop the others.
fn everything() -> StackSetOperationPreferences {
    preferences(Preferences {
        tolerance_percent: 100,
        concurrent_percent: 100,
        regions_at_once: true,
    })
}

/// Accounts of a self-managed StackSet, or units of a service-managed one with a filter of their accounts.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeploymentTargets.html>
fn aimed(targets: &Targets) -> (Option<Vec<String>>, Option<DeploymentTargets>) {
    let (units, accounts, filter) = match targets {
        Targets::Accounts(accounts) => {
            return (Some(accounts.iter().map(ToString::to_string).collect()), None);
        }
        Targets::Units { units, except } => (units, except, AccountFilterType::Difference),
        Targets::Among { units, accounts } => (units, accounts, AccountFilterType::Intersection),
    };
    let mut aim = DeploymentTargets::builder()
        .set_organizational_unit_ids(Some(units.iter().cloned().collect()));
    if !accounts.is_empty() || filter == AccountFilterType::Intersection {
        let accounts = accounts.iter().map(ToString::to_string).collect();
        aim = aim.set_accounts(Some(accounts)).account_filter_type(filter);
    }
    (None, Some(aim.build()))
}

fn place(account: Option<&str>, region: Option<&str>, site: &Site) -> Result<Place, CloudError> {
    let account = account.unwrap_or_default().parse();
    let region = region.unwrap_or_default().parse();
    match (account, region) {
        (Ok(account), Ok(region)) => Ok(Place { account, region }),
        _ => Err(site.unreadable("an instance without account and region")),
    }
}

fn instance(found: &StackInstanceSummary, site: &Site) -> Result<Instance, CloudError> {
    let detail = found.stack_instance_status().and_then(|it| it.detailed_status());
    let drift = found.drift_status().map_or("NOT_CHECKED", |drift| drift.as_str());
    Ok(Instance {
        place: place(found.account(), found.region(), site)?,
        unit: found.organizational_unit_id().filter(|it| !it.is_empty()).map(str::to_owned),
        status: found.status().map_or("", |status| status.as_str()).to_owned(),
        detail: detail.map_or("", |detail| detail.as_str()).to_owned(),
        reason: found.status_reason().map(str::to_owned),
        drift: drift.to_owned(),
    })
}

fn failure(
    found: &StackSetOperationResultSummary,
    site: &Site,
) -> Result<InstanceFailure, CloudError> {
    Ok(InstanceFailure {
        place: place(found.account(), found.region(), site)?,
        detail: found.status().map_or("", |status| status.as_str()).to_owned(),
        reason: found.status_reason().unwrap_or_default().to_owned(),
    })
}

#[cfg(test)]
mod tests;
