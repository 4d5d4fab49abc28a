//! Trails: where they write, and whether anything is heard of them.

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::operation::get_event_selectors::GetEventSelectorsOutput;
use aws_sdk_cloudtrail::types::{AdvancedEventSelector, EventSelector, ReadWriteType, Trail};

use aws_sdk_s3::types::BucketLocationConstraint;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::AwsSetup;
use crate::model::{AccountId, Region};
use crate::port::setup::{CloudError, TrailFound};

/// Where a bucket is, as far as its owner lets us see.
#[derive(Clone, Debug, Default)]
pub(super) struct BucketFound {
    pub(super) owner: Option<AccountId>,
    pub(super) region: Option<Region>,
}

impl AwsSetup {
    pub(super) async fn find_trails(&self) -> Result<Vec<TrailFound>, CloudError> {
        let site = self.here("cloudtrail:DescribeTrails");
        let client = self.session.cloudtrail(&self.region);
        let answer = client.describe_trails().include_shadow_trails(true).send().await;
        let answer = answer.map_err(|error| site.failed(error))?;
        let mut trails = Vec::new();
        for trail in answer.trail_list() {
            if let (Some(arn), Some(bucket)) = (trail.trail_arn(), trail.s3_bucket_name()) {
                trails.push(self.trail(trail, arn, bucket).await?);
            }
        }
        trails.sort();
        trails.dedup();
        Ok(trails)
    }

    async fn trail(
        &self,
        trail: &Trail,
        arn: &str,
        bucket: &str,
    ) -> Result<TrailFound, CloudError> {
        let home = trail.home_region().and_then(|region| region.parse().ok());
        let home: Region = home.unwrap_or_else(|| self.region.clone());
        let client = self.session.cloudtrail(&home);
        let site = self.site("cloudtrail:GetTrailStatus", &home);
        let status = client.get_trail_status().name(arn).send().await;
        let status = status.map_err(|error| site.failed(error))?;
        let found = self.bucket(bucket).await;
        Ok(TrailFound {
            arn: arn.to_owned(),
            bucket: bucket.to_owned(),
            bucket_owner: found.owner,
            bucket_region: found.region,
            prefix: prefix(trail.s3_key_prefix()),
            kms_key: trail.kms_key_id().map(str::to_owned),
            topic: trail.sns_topic_arn().map(str::to_owned),
            of_organization: trail.is_organization_trail().unwrap_or(false),
            every_region: trail.is_multi_region_trail().unwrap_or(false),
            management_events: self.hears_management(&client, &home, arn).await?,
            logging: status.is_logging().unwrap_or(false),
        })
    }

    async fn hears_management(
        &self,
        client: &Client,
        home: &Region,
        arn: &str,
    ) -> Result<bool, CloudError> {
        let site = self.site("cloudtrail:GetEventSelectors", home);
        let answer = client.get_event_selectors().trail_name(arn).send().await;
        answer.map(|answer| hears(&answer)).map_err(|error| site.failed(error))
    }

    /// Whether a bucket is ours, and where it is. S3 says so or it does not; nothing depends on its saying it.
    pub(super) async fn bucket(&self, bucket: &str) -> BucketFound {
        let mut region = self.region.clone();
        for _ in 0..2 {
            let account = self.session.account();
            let call = self.session.s3(&region).get_bucket_location().bucket(bucket);
            match call.expected_bucket_owner(account.as_str()).send().await {
                Ok(answer) => {
                    let found =
                        located(answer.location_constraint().map(BucketLocationConstraint::as_str));
                    return BucketFound { owner: Some(account.clone()), region: found };
                }
                Err(error) => {
                    let headers = error.raw_response().map(HttpResponse::headers);
                    let told = headers.and_then(|all| all.get("x-amz-bucket-region"));
                    match told.and_then(|told| told.parse::<Region>().ok()) {
                        // It is elsewhere, and says so instead of whose it is.
                        Some(told) if told != region => region = told,
                        told => return BucketFound { owner: None, region: told },
                    }
                }
            }
        }
        BucketFound { owner: None, region: Some(region) }
    }
}

/// The region that a location stands for.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html>
fn located(constraint: Option<&str>) -> Option<Region> {
    match constraint {
        None | Some("") => "us-east-1".parse().ok(),
        Some("EU") => "eu-west-1".parse().ok(),
        Some(region) => region.parse().ok(),
    }
}

/// What stands before `AWSLogs/`.
fn prefix(text: Option<&str>) -> String {
    match text {
        None | Some("") => String::new(),
        Some(text) => format!("{}/", text.trim_end_matches('/')),
    }
}

/// Whether management events that write are recorded.
fn hears(answer: &GetEventSelectorsOutput) -> bool {
    answer.event_selectors().iter().any(is_plain)
        || answer.advanced_event_selectors().iter().any(is_advanced)
}

fn is_plain(selector: &EventSelector) -> bool {
    selector.include_management_events() != Some(false)
        && selector.read_write_type() != Some(&ReadWriteType::ReadOnly)
}

/// A selector whose category is management and that is not about reading alone.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-management-events.html>
fn is_advanced(selector: &AdvancedEventSelector) -> bool {
    let fields = selector.field_selectors();
    let is = |name: &str, value: &str| {
        fields
            .iter()
            .any(|field| field.field() == name && field.equals().iter().any(|it| it == value))
    };
    is("eventCategory", "Management") && !is("readOnly", "true")
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudtrail::types::AdvancedFieldSelector;

    use super::*;

    fn advanced(fields: &[(&str, &str)]) -> bool {
        let fields = fields.iter().map(|(name, value)| {
            AdvancedFieldSelector::builder().field(*name).equals(*value).build().unwrap()
        });
        let selector = AdvancedEventSelector::builder().set_field_selectors(Some(fields.collect()));
        is_advanced(&selector.build().unwrap())
    }

    #[test]
    fn only_management_events_that_write_are_heard() {
        let plain = |management, kind| {
            let selector = EventSelector::builder().include_management_events(management);
            is_plain(&selector.read_write_type(kind).build())
        };
        assert!(plain(true, ReadWriteType::All));
        assert!(plain(true, ReadWriteType::WriteOnly));
        assert!(!plain(true, ReadWriteType::ReadOnly));
        assert!(!plain(false, ReadWriteType::All));
        assert!(advanced(&[("eventCategory", "Management")]));
        assert!(advanced(&[("eventCategory", "Management"), ("readOnly", "false")]));
        assert!(!advanced(&[("eventCategory", "Management"), ("readOnly", "true")]));
        assert!(!advanced(&[("eventCategory", "Data")]));
    }

    #[test]
    fn locations_are_regions() {
        for (constraint, region) in
            [(None, "us-east-1"), (Some("EU"), "eu-west-1"), (Some("eu-west-3"), "eu-west-3")]
        {
            assert_eq!(located(constraint).unwrap().as_str(), region);
        }
    }

    #[test]
    fn prefixes_end_where_the_logs_begin() {
        assert_eq!((prefix(None), prefix(Some(""))), (String::new(), String::new()));
        assert_eq!((prefix(Some("a/b")), prefix(Some("a/"))), ("a/b/".to_owned(), "a/".to_owned()));
    }
}
