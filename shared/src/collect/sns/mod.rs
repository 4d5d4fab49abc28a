//! SNS → the topics of a region with their policies. Subscriptions are not asked for: their endpoints are people's
//! addresses.
//!
//! <https://docs.aws.amazon.com/sns/latest/api/API_Operations.html>

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_sns::Client;

use super::resources::{Listed, acts_as, text};
use super::stages::{self, Seen, Staged, call, capability};
use super::told::bare;
use super::{Call, CapabilityInfo, Context, Interrupted, Place, Tier};
use crate::aws::error::CallError;
use crate::model::policy::PolicyDocument;
use crate::model::resource::{Attribute, Resource, ResourcePolicy, ResourceType, attributes};
use crate::model::{Arn, Entity, Kind};

/// The collector.
#[derive(Clone, Copy, Debug)]
pub struct Sns;

const TOPIC_LIST: &str = "topic-list";
const TOPICS: &str = "topics";

const LIST_TOPICS: Call = call(
    "sns:ListTopics",
    TOPIC_LIST,
    Tier::Three,
    "lists the topics",
    "all topics, with their policies",
);
const GET_ATTRIBUTES: Call = call(
    "sns:GetTopicAttributes",
    TOPICS,
    Tier::Three,
    "reads the policy, encryption and delivery roles of each topic",
    "who may publish and subscribe to a topic, and how it is encrypted",
);
const CALLS: &[Call] = &[LIST_TOPICS, GET_ATTRIBUTES];

const CAPABILITIES: &[CapabilityInfo] = &[
    capability(TOPIC_LIST, &[], None),
    capability(TOPICS, &[Kind::Resource, Kind::ResourcePolicy], Some(TOPIC_LIST)),
];

#[async_trait]
impl Staged for Sns {
    type Client = Client;

    const NAME: &'static str = "sns";
    const PLACE: Place = Place::EachRegion;
    const CALLS: &'static [Call] = CALLS;
    const CAPABILITIES: &'static [CapabilityInfo] = CAPABILITIES;

    fn client(context: &Context) -> Client {
        context.session.sns(&context.region)
    }

    async fn stages(look: &mut Look<'_, '_>) -> Result<(), Interrupted> {
        let topics = Box::pin(look.list(TOPIC_LIST, topics)).await?;
        Box::pin(look.each(TOPICS, &topics, Arn::to_string, topic)).await.map(drop)
    }
}

type Look<'a, 's> = stages::Look<'a, 's, Client>;

/// The topics.
async fn topics(context: &Context, client: &Client) -> Listed<Arn> {
    let (answers, failure) = context
        .list(
            &LIST_TOPICS,
            |token| client.list_topics().set_next_token(token).send(),
            |answer| (answer.topics.unwrap_or_default(), answer.next_token),
        )
        .await;
    let mut listed = Listed { seen: Seen { failure, ..Seen::default() }, ..Listed::default() };
    for answer in answers {
        let arn = answer.topic_arn().unwrap_or_default();
        match arn.parse() {
            Ok(arn) => listed.items.push(arn),
            Err(error) => {
                listed.seen.set_aside.push((format!("topic {arn:?}"), format!("{error}")));
            }
        }
    }
    listed
}

async fn topic(context: &Context, client: &Client, topic: &Arn) -> Result<Seen, CallError> {
    let answer = context
        .call(&GET_ATTRIBUTES, || client.get_topic_attributes().topic_arn(topic.as_str()).send())
        .await?;
    Ok(read(topic, &answer.attributes.unwrap_or_default()))
}

/// What the attributes of a topic say, and its policy. It acts with the roles that write what became of its
/// deliveries. How many subscribe changes with every look, so it is no part of what the topic is.
///
/// <https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html>
fn read(arn: &Arn, found: &HashMap<String, String>) -> Seen {
    let get = |name: &str| found.get(name).map(String::as_str).filter(|it| !it.is_empty());
    let flag = |name: &str| get(name)?.parse::<bool>().ok().map(Attribute::from);
    let mut seen = Seen::default();
    let roles = found.iter().filter(|(name, _)| name.ends_with("FeedbackRoleArn"));
    let resource = Resource {
        acts_as: acts_as(&mut seen, arn, roles.map(|(_, role)| Some(role.as_str()))),
        attributes: attributes([
            ("content-based-deduplication", flag("ContentBasedDeduplication")),
            ("display-name", text(get("DisplayName"))),
            ("fifo-topic", flag("FifoTopic")),
            ("kms-master-key-id", text(get("KmsMasterKeyId"))),
            ("owner", text(get("Owner"))),
            ("signature-version", text(get("SignatureVersion"))),
            ("tracing-config", text(get("TracingConfig"))),
        ]),
        ..bare(arn.clone(), ResourceType::Topic, arn.resource())
    };
    let document = get("Policy").map(|text| PolicyDocument(text.to_owned()));
    seen.entities.push(Entity::Resource(resource));
    seen.entities.push(Entity::ResourcePolicy(ResourcePolicy { resource: arn.clone(), document }));
    seen
}
