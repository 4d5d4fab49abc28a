//! The Resource Groups Tagging API in one region → the tags of resources whose own services tell them only one by one.
//!
//! It lists what is tagged, or was: a resource without an entry here has no tags, as far as this scope is complete. What
//! other services tell of tags in their lists (EC2, RDS, EKS, Secrets Manager) is not asked for again.
//!
//! <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html>

use async_trait::async_trait;
use aws_sdk_resourcegroupstagging::Client;
use aws_sdk_resourcegroupstagging::types::ResourceTagMapping;

use super::resources;
use super::stages::{Look, Seen, Staged, call, capability};
use super::{Call, CapabilityInfo, Context, Interrupted, Place, Tier};
use crate::model::{Arn, Kind};

/// Collects the tags of the resources of a region.
#[derive(Clone, Copy, Debug)]
pub struct ResourceTags;

const TAGS: &str = "tags";

const GET_RESOURCES: Call = call(
    "tag:GetResources",
    TAGS,
    Tier::Three,
    "lists the tags of buckets, functions, image repositories, keys, queues, tables and topics",
    "the tags of these resources: owners, and access by tags",
);

/// What is asked for: a service, or one of its types as it stands in its ARNs. The ARNs of buckets, queues and topics
/// name no type.
const TYPES: [&str; 7] =
    ["dynamodb:table", "ecr:repository", "kms:key", "lambda:function", "s3", "sns", "sqs"];

/// Resources on a page: the most that AWS allows.
const PAGE: i32 = 100;

#[async_trait]
impl Staged for ResourceTags {
    type Client = Client;

    const NAME: &'static str = "resource-tags";
    const PLACE: Place = Place::EachRegion;
    const CALLS: &'static [Call] = &[GET_RESOURCES];
    const CAPABILITIES: &'static [CapabilityInfo] =
        &[capability(TAGS, &[Kind::ResourceTags], None)];

    fn client(context: &Context) -> Client {
        context.session.tagging(&context.region)
    }

    async fn stages(look: &mut Look<'_, '_, Client>) -> Result<(), Interrupted> {
        let client = look.client.clone();
        let focus = look.context.focus().and_then(|focus| focus.names());
        let named: Option<Vec<String>> = focus.map(|names| names.iter().cloned().collect());
        let request = |token: Option<String>| {
            let call = client.get_resources();
            // What is asked for by name is asked for in no other way beside that.
            let call = match &named {
                Some(arns) => call.set_resource_arn_list(Some(arns.clone())),
                None => call
                    .resources_per_page(PAGE)
                    .set_resource_type_filters(Some(TYPES.map(str::to_owned).into()))
                    .set_pagination_token(token),
            };
            call.send()
        };
        look.pages(TAGS, &GET_RESOURCES, request, |answer| {
            let resources = answer.resource_tag_mapping_list.unwrap_or_default();
            (resources.into_iter().map(read).collect::<Seen>(), answer.pagination_token)
        })
        .await
    }
}

fn read(tagged: ResourceTagMapping) -> Seen {
    let arn = tagged.resource_arn.unwrap_or_default();
    match arn.parse::<Arn>() {
        Ok(arn) if is_of_collectors(&arn) => {
            let tags = tagged.tags.unwrap_or_default();
            resources::tags(&arn, tags.into_iter().map(|tag| (tag.key, tag.value)))
        }
        Ok(_) => Seen::default(),
        Err(error) => Seen::aside(format!("the tags of {arn:?}"), error.to_string()),
    }
}

/// Whether collectors tell of a resource like this one: a service that is asked for as a whole has more that is tagged
/// than they do, such as S3's access points.
fn is_of_collectors(arn: &Arn) -> bool {
    match arn.service() {
        "s3" | "sns" | "sqs" => !arn.resource().contains(['/', ':']),
        _ => true,
    }
}

#[cfg(test)]
mod tests;
