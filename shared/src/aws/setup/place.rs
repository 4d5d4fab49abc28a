//! Trusted access, the home of Identity Center, event buses, queues.

use aws_sdk_cloudformation::types::{CallAs, OrganizationStatus};
use aws_sdk_sqs::types::QueueAttributeName;

use super::AwsSetup;
use crate::aws::error::{Fault, classify};
use crate::model::{Arn, Region};
use crate::port::setup::{BusFound, CloudError, Place, Standing, TrustedAccess};

/// The messages of a queue: those that wait, that are being worked on, and that wait to wait.
const COUNTS: [QueueAttributeName; 3] = [
    QueueAttributeName::ApproximateNumberOfMessages,
    QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
    QueueAttributeName::ApproximateNumberOfMessagesDelayed,
];

impl AwsSetup {
    pub(super) async fn find_trusted_access(&self) -> Result<TrustedAccess, CloudError> {
        let site = self.here("cloudformation:DescribeOrganizationsAccess");
        let call_as = match self.standing().await? {
            Standing::Delegated => CallAs::DelegatedAdmin,
            _ => CallAs::SelfValue,
        };
        let client = self.session.cloudformation(&self.region);
        let answer = client.describe_organizations_access().call_as(call_as).send().await;
        let answer = answer.map_err(|error| site.failed(error))?;
        Ok(match answer.status() {
            Some(OrganizationStatus::Enabled) => TrustedAccess::Enabled,
            Some(OrganizationStatus::DisabledPermanently) => TrustedAccess::DisabledPermanently,
            _ => TrustedAccess::Disabled,
        })
    }

    pub(super) async fn switch_trusted_access(&self, on: bool) -> Result<(), CloudError> {
        let client = self.session.cloudformation(&self.region);
        if on {
            let site = self.here("cloudformation:ActivateOrganizationsAccess");
            let answer = client.activate_organizations_access().send().await;
            answer.map(drop).map_err(|error| site.failed(error))
        } else {
            let site = self.here("cloudformation:DeactivateOrganizationsAccess");
            let answer = client.deactivate_organizations_access().send().await;
            answer.map(drop).map_err(|error| site.failed(error))
        }
    }

    /// Identity Center answers in its home region only: the hub's is asked first, then every other that is enabled. A region
    /// that is closed, by an SCP say, does not end the search; only where none of the others is home, it is told.
    pub(super) async fn find_identity_center(&self) -> Result<Option<Region>, CloudError> {
        let mut closed = None;
        if self.is_home(&self.region, &mut closed).await? {
            return Ok(Some(self.region.clone()));
        }
        let site = self.here("ec2:DescribeRegions");
        let client = self.session.ec2(&self.region);
        let answer = client.describe_regions().send().await.map_err(|error| site.failed(error))?;
        let names = answer.regions().iter().filter_map(|region| region.region_name());
        let mut regions: Vec<Region> = names.filter_map(|name| name.parse().ok()).collect();
        regions.sort();
        for region in regions.iter().filter(|region| **region != self.region) {
            if self.is_home(region, &mut closed).await? {
                return Ok(Some(region.clone()));
            }
        }
        closed.map_or(Ok(None), Err)
    }

    /// Whether a region is the home; the first denial is kept.
    async fn is_home(
        &self,
        region: &Region,
        closed: &mut Option<CloudError>,
    ) -> Result<bool, CloudError> {
        match self.is_at_home(region).await {
            Err(denied @ CloudError::Denied { .. }) => {
                closed.get_or_insert(denied);
                Ok(false)
            }
            other => other,
        }
    }

    async fn is_at_home(&self, region: &Region) -> Result<bool, CloudError> {
        let site = self.site("sso:ListInstances", region);
        match self.session.sso_admin(region).list_instances().send().await {
            Ok(answer) => Ok(!answer.instances().is_empty()),
            Err(error) if classify(&error, false).fault == Fault::NotOffered => Ok(false),
            Err(error) => Err(site.failed(error)),
        }
    }

    pub(super) async fn find_buses(
        &self,
        place: &Place,
        prefix: &str,
    ) -> Result<Vec<BusFound>, CloudError> {
        self.check(place, "events:ListEventBuses")?;
        let site = self.site("events:ListEventBuses", &place.region);
        let client = self.session.event_bridge(&place.region);
        let (mut buses, mut token) = (Vec::new(), None);
        loop {
            let call = client.list_event_buses().name_prefix(prefix).set_next_token(token);
            let answer = call.send().await.map_err(|error| site.failed(error))?;
            let names = answer.event_buses().iter().filter_map(|bus| bus.name());
            let names = names.filter(|name| name.starts_with(prefix) && *name != "default");
            buses
                .extend(names.map(|name| BusFound { place: place.clone(), name: name.to_owned() }));
            token = answer.next_token().filter(|token| !token.is_empty()).map(str::to_owned);
            if token.is_none() {
                buses.sort();
                return Ok(buses);
            }
        }
    }

    pub(super) async fn count(&self, queue: &str) -> Result<u64, CloudError> {
        let site = self.here("sqs:GetQueueAttributes");
        let arn: Arn = queue.parse().map_err(|error| site.unreadable(format!("{error}")))?;
        let region = arn.region().parse().unwrap_or_else(|_| self.region.clone());
        let site = self.site("sqs:GetQueueAttributes", &region);
        let call = self.session.sqs(&region).get_queue_attributes().queue_url(queue_url(&arn));
        let answer = match call.set_attribute_names(Some(COUNTS.to_vec())).send().await {
            Ok(answer) => answer,
            Err(error) => match site.failed(error) {
                CloudError::Missing => return Ok(0),
                other => return Err(other),
            },
        };
        let counts = answer.attributes();
        let count = |name| counts.and_then(|all| all.get(name)?.parse::<u64>().ok());
        Ok(COUNTS.iter().filter_map(count).fold(0, u64::saturating_add))
    }
}

/// The address of a queue, which is made of its ARN.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html>
fn queue_url(arn: &Arn) -> String {
    let suffix = if arn.partition().to_string() == "aws-cn" { ".cn" } else { "" };
    let (region, name) = (arn.region(), arn.resource());
    let account = arn.account().map(|account| account.to_string()).unwrap_or_default();
    format!("https://sqs.{region}.amazonaws.com{suffix}/{account}/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_have_addresses() {
        let url = |arn: &str| queue_url(&arn.parse().unwrap());
        assert_eq!(
            url("arn:aws:sqs:eu-west-1:111122223333:accesstrail-objects"),
            "https://sqs.eu-west-1.amazonaws.com/111122223333/accesstrail-objects"
        );
        assert!(url("arn:aws-cn:sqs:cn-north-1:111122223333:q").contains(".amazonaws.com.cn/"));
    }
}
