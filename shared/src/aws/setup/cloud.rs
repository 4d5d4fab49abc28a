//! The two ports, each call in the file of what it is about.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::AwsSetup;
use crate::model::Region;
use crate::port::setup::{
    BusFound, Cloud, CloudError, Instance, Landscape, Notification, Operation, OrganizationFound,
    Place, Preferences, Stack, StackOrder, StackSet, StackSetOrder, Targets, TrailFound,
    TrustedAccess,
};

#[async_trait]
impl Landscape for AwsSetup {
    async fn organization(&self) -> Result<OrganizationFound, CloudError> {
        self.look_around().await
    }

    async fn trusted_access(&self) -> Result<TrustedAccess, CloudError> {
        self.find_trusted_access().await
    }

    async fn identity_center_region(&self) -> Result<Option<Region>, CloudError> {
        self.find_identity_center().await
    }

    async fn trails(&self) -> Result<Vec<TrailFound>, CloudError> {
        self.find_trails().await
    }

    async fn buses(&self, place: &Place, prefix: &str) -> Result<Vec<BusFound>, CloudError> {
        self.find_buses(place, prefix).await
    }

    async fn notification(&self, bucket: &str) -> Result<Notification, CloudError> {
        self.find_notification(bucket).await
    }

    async fn waiting(&self, queue: &str) -> Result<u64, CloudError> {
        self.count(queue).await
    }
}

#[async_trait]
impl Cloud for AwsSetup {
    async fn stack(&self, place: &Place, name: &str) -> Result<Option<Stack>, CloudError> {
        self.find_stack(place, name).await
    }

    async fn create_stack(&self, order: &StackOrder, token: &str) -> Result<(), CloudError> {
        self.start_stack(order, token).await
    }

    async fn update_stack(&self, order: &StackOrder, token: &str) -> Result<(), CloudError> {
        self.change_stack(order, token).await
    }

    async fn delete_stack(&self, place: &Place, name: &str, token: &str) -> Result<(), CloudError> {
        self.end_stack(place, name, token).await
    }

    async fn stack_set(&self, name: &str) -> Result<Option<StackSet>, CloudError> {
        self.find_set(name).await
    }

    async fn create_stack_set(&self, order: &StackSetOrder, token: &str) -> Result<(), CloudError> {
        self.start_set(order, token).await
    }

    async fn update_stack_set(
        &self,
        order: &StackSetOrder,
        operation: &str,
    ) -> Result<(), CloudError> {
        self.change_set(order, operation).await
    }

    async fn delete_stack_set(&self, name: &str) -> Result<(), CloudError> {
        self.end_set(name).await
    }

    async fn instances(&self, set: &str) -> Result<Vec<Instance>, CloudError> {
        self.find_instances(set).await
    }

    async fn create_instances(
        &self,
        set: &str,
        targets: &Targets,
        regions: &BTreeSet<Region>,
        preferences: &Preferences,
        operation: &str,
    ) -> Result<(), CloudError> {
        self.start_instances(set, targets, regions, preferences, operation).await
    }

    async fn delete_instances(
        &self,
        set: &str,
        targets: &Targets,
        regions: &BTreeSet<Region>,
        retain: bool,
        operation: &str,
    ) -> Result<(), CloudError> {
        self.end_instances(set, targets, regions, retain, operation).await
    }

    async fn operation(&self, set: &str, id: &str) -> Result<Option<Operation>, CloudError> {
        self.find_operation(set, id).await
    }

    async fn detect_stack_drift(&self, place: &Place, name: &str) -> Result<(), CloudError> {
        self.look_for_stack_drift(place, name).await
    }

    async fn detect_drift(&self, set: &str, operation: &str) -> Result<(), CloudError> {
        self.look_for_drift(set, operation).await
    }

    async fn enable_trusted_access(&self) -> Result<(), CloudError> {
        self.switch_trusted_access(true).await
    }

    async fn disable_trusted_access(&self) -> Result<(), CloudError> {
        self.switch_trusted_access(false).await
    }

    async fn put_notification(
        &self,
        bucket: &str,
        wanted: &Notification,
    ) -> Result<(), CloudError> {
        self.replace_notification(bucket, wanted).await
    }
}
