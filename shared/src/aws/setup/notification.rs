//! The notification configuration of a bucket: read whole, written back whole.
//!
//! INVARIANT: what is read and written back is what was there: every field that S3 knows is in the text of an entry.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_NotificationConfiguration.html>

use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{
    Event, EventBridgeConfiguration, FilterRule, FilterRuleName, LambdaFunctionConfiguration,
    NotificationConfiguration, NotificationConfigurationFilter, QueueConfiguration, S3KeyFilter,
    TopicConfiguration,
};
use serde::{Deserialize, Serialize};

use super::AwsSetup;
use crate::model::Region;
use crate::port::setup::{CloudError, Notification};

/// Who is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Function,
    Queue,
    Topic,
}

/// One entry, as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    kind: Kind,
    id: Option<String>,
    arn: String,
    events: Vec<String>,
    /// Name and value of each rule; `None` where there is no filter.
    filter: Option<Vec<(Option<String>, Option<String>)>>,
}

impl AwsSetup {
    /// Where a bucket is; the hub's region where S3 does not say so.
    async fn region_of(&self, bucket: &str) -> Region {
        self.bucket(bucket).await.region.unwrap_or_else(|| self.region.clone())
    }

    pub(super) async fn find_notification(&self, bucket: &str) -> Result<Notification, CloudError> {
        let region = self.region_of(bucket).await;
        let site = self.site("s3:GetBucketNotification", &region);
        let call = self.session.s3(&region).get_bucket_notification_configuration();
        let call = call.bucket(bucket).expected_bucket_owner(self.session.account().as_str());
        let answer = call.send().await.map_err(|error| site.failed(error))?;
        let entries = answer
            .lambda_function_configurations()
            .iter()
            .map(of_function)
            .chain(answer.queue_configurations().iter().map(of_queue))
            .chain(answer.topic_configurations().iter().map(of_topic));
        let mut others = entries
            .map(|entry| serde_json::to_string(&entry).map_err(|error| site.unreadable(error)))
            .collect::<Result<Vec<String>, CloudError>>()?;
        others.sort();
        Ok(Notification { event_bridge: answer.event_bridge_configuration().is_some(), others })
    }

    /// Destinations of others are not tried: one that is broken would be in our way, and is not ours to repair.
    pub(super) async fn replace_notification(
        &self,
        bucket: &str,
        wanted: &Notification,
    ) -> Result<(), CloudError> {
        let region = self.region_of(bucket).await;
        let site = self.site("s3:PutBucketNotification", &region);
        let written = write(wanted).map_err(|error| site.unreadable(error))?;
        let call = self.session.s3(&region).put_bucket_notification_configuration();
        call.bucket(bucket)
            .expected_bucket_owner(self.session.account().as_str())
            .notification_configuration(written)
            .skip_destination_validation(true)
            .send()
            .await
            .map(drop)
            .map_err(|error| site.failed(error))
    }
}

fn words(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| event.as_str().to_owned()).collect()
}

type Rules = Vec<(Option<String>, Option<String>)>;

fn rules(filter: Option<&NotificationConfigurationFilter>) -> Option<Rules> {
    let rules = filter?.key().map(S3KeyFilter::filter_rules).unwrap_or_default();
    let rule = |rule: &FilterRule| {
        (rule.name().map(|name| name.as_str().to_owned()), rule.value().map(str::to_owned))
    };
    Some(rules.iter().map(rule).collect())
}

fn of_function(it: &LambdaFunctionConfiguration) -> Entry {
    Entry {
        kind: Kind::Function,
        id: it.id().map(str::to_owned),
        arn: it.lambda_function_arn().to_owned(),
        events: words(it.events()),
        filter: rules(it.filter()),
    }
}

fn of_queue(it: &QueueConfiguration) -> Entry {
    Entry {
        kind: Kind::Queue,
        id: it.id().map(str::to_owned),
        arn: it.queue_arn().to_owned(),
        events: words(it.events()),
        filter: rules(it.filter()),
    }
}

fn of_topic(it: &TopicConfiguration) -> Entry {
    Entry {
        kind: Kind::Topic,
        id: it.id().map(str::to_owned),
        arn: it.topic_arn().to_owned(),
        events: words(it.events()),
        filter: rules(it.filter()),
    }
}

/// Why a configuration could not be written.
#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error("an entry of the notifications cannot be read back")]
    Entry(#[from] serde_json::Error),
    #[error("an entry of the notifications is not complete")]
    Build(#[from] BuildError),
}

fn write(wanted: &Notification) -> Result<NotificationConfiguration, WriteError> {
    let mut built = NotificationConfiguration::builder();
    if wanted.event_bridge {
        built = built.event_bridge_configuration(EventBridgeConfiguration::builder().build());
    }
    for text in &wanted.others {
        let Entry { kind, id, arn, events, filter } = serde_json::from_str(text)?;
        let events: Vec<Event> = events.iter().map(|event| Event::from(event.as_str())).collect();
        let filter = filter.map(filter_of);
        built = match kind {
            Kind::Function => built.lambda_function_configurations(
                LambdaFunctionConfiguration::builder()
                    .set_id(id)
                    .lambda_function_arn(arn)
                    .set_events(Some(events))
                    .set_filter(filter)
                    .build()?,
            ),
            Kind::Queue => built.queue_configurations(
                QueueConfiguration::builder()
                    .set_id(id)
                    .queue_arn(arn)
                    .set_events(Some(events))
                    .set_filter(filter)
                    .build()?,
            ),
            Kind::Topic => built.topic_configurations(
                TopicConfiguration::builder()
                    .set_id(id)
                    .topic_arn(arn)
                    .set_events(Some(events))
                    .set_filter(filter)
                    .build()?,
            ),
        };
    }
    Ok(built.build())
}

fn filter_of(rules: Rules) -> NotificationConfigurationFilter {
    let rules = rules.into_iter().map(|(name, value)| {
        let name = name.map(|name| FilterRuleName::from(name.as_str()));
        FilterRule::builder().set_name(name).set_value(value).build()
    });
    let key = S3KeyFilter::builder().set_filter_rules(Some(rules.collect())).build();
    NotificationConfigurationFilter::builder().key(key).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_back() {
        let rules = vec![(Some("prefix".to_owned()), Some("AWSLogs/".to_owned()))];
        let entry = |kind, filter| Entry {
            kind,
            id: Some("theirs".to_owned()),
            arn: "arn:aws:sqs:eu-west-1:111122223333:somebody-elses".to_owned(),
            events: vec!["s3:ObjectCreated:*".to_owned(), "s3:SomethingNew:*".to_owned()],
            filter,
        };
        let kinds = [
            entry(Kind::Queue, Some(rules)),
            entry(Kind::Topic, None),
            entry(Kind::Function, Some(Vec::new())),
        ];
        let others = kinds.iter().map(|it| serde_json::to_string(it).unwrap()).collect();
        let written = write(&Notification { event_bridge: true, others }).unwrap();
        assert!(written.event_bridge_configuration().is_some());
        assert_eq!(of_queue(&written.queue_configurations()[0]), kinds[0]);
        assert_eq!(of_topic(&written.topic_configurations()[0]), kinds[1]);
        assert_eq!(of_function(&written.lambda_function_configurations()[0]), kinds[2]);
        let off = write(&Notification { event_bridge: false, others: vec![] }).unwrap();
        assert!(off.event_bridge_configuration().is_none());
        assert!(write(&Notification { event_bridge: true, others: vec!["x".to_owned()] }).is_err());
    }
}
