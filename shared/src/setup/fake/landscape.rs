//! What the organization in memory looks like.

use async_trait::async_trait;

use super::{FakeCloud, lock};
use crate::model::Region;
use crate::port::setup::{
    BusFound, CloudError, Landscape, Notification, OrganizationFound, Place, TrailFound,
    TrustedAccess,
};

#[async_trait]
impl Landscape for FakeCloud {
    async fn organization(&self) -> Result<OrganizationFound, CloudError> {
        let action = "organizations:DescribeOrganization";
        let dies = self.enter(action)?;
        Self::leave(action, dies, lock(&self.organization).clone())
    }

    async fn trusted_access(&self) -> Result<TrustedAccess, CloudError> {
        let action = "cloudformation:DescribeOrganizationsAccess";
        let dies = self.enter(action)?;
        Self::leave(action, dies, *lock(&self.trusted_access))
    }

    async fn identity_center_region(&self) -> Result<Option<Region>, CloudError> {
        let action = "sso:ListInstances";
        let dies = self.enter(action)?;
        Self::leave(action, dies, self.identity_center.clone())
    }

    async fn trails(&self) -> Result<Vec<TrailFound>, CloudError> {
        let action = "cloudtrail:DescribeTrails";
        let dies = self.enter(action)?;
        Self::leave(action, dies, lock(&self.trails).clone())
    }

    async fn buses(&self, place: &Place, prefix: &str) -> Result<Vec<BusFound>, CloudError> {
        let action = "events:ListEventBuses";
        let dies = self.enter(action)?;
        let world = lock(&self.world);
        let name = super::super::names::EVENTS;
        let has_one = world.stacks.contains_key(&(place.clone(), name.to_owned()));
        let found = (has_one && name.starts_with(prefix))
            .then(|| BusFound { place: place.clone(), name: name.to_owned() });
        Self::leave(action, dies, found.into_iter().collect())
    }

    async fn notification(&self, bucket: &str) -> Result<Notification, CloudError> {
        let action = "s3:GetBucketNotification";
        let dies = self.enter(action)?;
        let found = lock(&self.notifications).get(bucket).cloned().unwrap_or_default();
        Self::leave(action, dies, found)
    }

    async fn waiting(&self, queue: &str) -> Result<u64, CloudError> {
        let action = "sqs:GetQueueAttributes";
        let dies = self.enter(action)?;
        let mut queues = lock(&self.queues);
        let left = queues.get(queue).copied().unwrap_or_default();
        queues.insert(queue.to_owned(), left.saturating_sub(1));
        Self::leave(action, dies, left)
    }
}
