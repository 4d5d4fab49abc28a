//! S3 access points of a region → each with its bucket, its network and its policy.
//!
//! An access point is a second door to a bucket, with a policy of its own; one that has no policy is a
//! door all the same, so it is listed. The list is all that a door needs to be known; what it blocks and
//! whom it lets in are a call each.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points.html>

mod multi_region;
mod points;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use aws_sdk_s3control::Client;
use aws_sdk_s3control::types;

pub use self::multi_region::S3MultiRegionAccessPoints;
use self::points::{PointRef, stage};
use super::s3::bucket;
use super::s3::parts::{blocks, document, setting, unless_none};
use super::stages::{self, Seen, Staged, call, capability};
use super::{Call, CapabilityInfo, Context, Interrupted, Place, Tier};
use crate::aws::error::CallError;
use crate::model::Kind;
use crate::model::resource::{Resource, ResourceType, attributes};

/// The collector.
#[derive(Clone, Copy, Debug)]
pub struct S3AccessPoints;

const POINTS: &str = "access-points";
const BLOCK: &str = "public-access-block";
const POLICY: &str = "policy";
const POLICY_STATUS: &str = "policy-status";

/// What S3 Control says of an access point without a policy, about the policy and about its status.
const NO_POLICY: &str = "NoSuchAccessPointPolicy";

const LIST_POINTS: Call = call(
    "s3:ListAccessPoints",
    POINTS,
    Tier::Three,
    "lists the access points with their buckets and networks",
    "access points and their policies altogether",
);
const GET_POINT: Call = call(
    "s3:GetAccessPoint",
    BLOCK,
    Tier::Three,
    "reads what each access point blocks of public access",
    "whether public access through an access point is blocked",
);
const GET_POLICY: Call = call(
    "s3:GetAccessPointPolicy",
    POLICY,
    Tier::Three,
    "reads the policy of each access point",
    "whom an access point's own policy lets in",
);
const GET_POLICY_STATUS: Call = call(
    "s3:GetAccessPointPolicyStatus",
    POLICY_STATUS,
    Tier::Three,
    "asks whether the policy of each access point makes it public",
    "whether S3 itself takes an access point's policy for public",
);

const CALLS: &[Call] = &[LIST_POINTS, GET_POINT, GET_POLICY, GET_POLICY_STATUS];

const CAPABILITIES: &[CapabilityInfo] = &[
    capability(POINTS, &[Kind::Resource], None),
    capability(BLOCK, &[Kind::ResourceSetting], Some(POINTS)),
    capability(POLICY, &[Kind::ResourcePolicy], Some(POINTS)),
    capability(POLICY_STATUS, &[Kind::ResourceSetting], Some(POINTS)),
];

#[async_trait]
impl Staged for S3AccessPoints {
    type Client = Client;

    const NAME: &'static str = "s3-access-points";
    const PLACE: Place = Place::EachRegion;
    const CALLS: &'static [Call] = CALLS;
    const CAPABILITIES: &'static [CapabilityInfo] = CAPABILITIES;

    fn client(context: &Context) -> Client {
        context.session.s3_control(&context.region)
    }

    async fn stages(look: &mut Look<'_, '_>) -> Result<(), Interrupted> {
        let points = Box::pin(look.points()).await?;
        Box::pin(look.parts(&points)).await
    }
}

type Look<'a, 's> = stages::Look<'a, 's, Client>;

impl Look<'_, '_> {
    /// The stage `access-points`; returns the access points for the stages that start from them.
    async fn points(&mut self) -> Result<Vec<PointRef>, Interrupted> {
        let (answers, failure) = self
            .context
            .list(
                &LIST_POINTS,
                |token| {
                    self.client
                        .list_access_points()
                        .account_id(self.context.account().as_str())
                        .set_next_token(token)
                        .send()
                },
                |answer| (answer.access_point_list.unwrap_or_default(), answer.next_token),
            )
            .await;
        let name = |answer: &types::AccessPoint| format!("access point {:?}", answer.name());
        let read = |answer| read(self.context, answer).map_err(|reason| (name(answer), reason));
        let listed = answers.iter().map(read).collect();
        points::tell(self, POINTS, listed, failure).await
    }

    /// The stages `public-access-block` to `policy-status`.
    async fn parts(&mut self, points: &[PointRef]) -> Result<(), Interrupted> {
        stage!(self, BLOCK, points, block);
        stage!(self, POLICY, points, policy);
        stage!(self, POLICY_STATUS, points, policy_status);
        Ok(())
    }
}

/// An access point of the list. Its bucket may be another account's, and an access point for another store
/// than S3 (FSx) has no bucket that anybody could know.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_AccessPoint.html>
fn read(context: &Context, answer: &types::AccessPoint) -> Result<Resource, String> {
    let (partition, account) = (context.session.partition(), context.account());
    if answer.name().is_empty() {
        return Err("it has no name".to_owned());
    }
    let built =
        || format!("arn:{partition}:s3:{}:{account}:accesspoint/{}", context.region, answer.name());
    let arn = answer.access_point_arn().map_or_else(built, str::to_owned);
    let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(Into::into);
    Ok(Resource {
        arn: arn.parse().map_err(|error| format!("{error}"))?,
        resource_type: ResourceType::AccessPoint,
        name: answer.name().to_owned(),
        created: None,
        state: None,
        parent: match answer.bucket() {
            "" => None,
            name => Some(bucket::arn(partition, name)?),
        },
        acts_as: Vec::new(),
        tags: None,
        attributes: attributes([
            ("network-origin", text(Some(answer.network_origin().as_str()))),
            ("vpc", text(answer.vpc_configuration().map(types::VpcConfiguration::vpc_id))),
            ("alias", text(answer.alias())),
            ("bucket-account", text(answer.bucket_account_id())),
            ("data-source", text(answer.data_source_id())),
            ("data-source-type", text(answer.data_source_type())),
        ]),
    })
}

async fn block(context: &Context, client: &Client, point: &PointRef) -> Result<Seen, CallError> {
    let account = context.account().as_str();
    let answer = context
        .call(&GET_POINT, || client.get_access_point().account_id(account).name(&point.name).send())
        .await?;
    let found = answer.public_access_block_configuration().map(|found| blocks!(found));
    Ok(setting(&point.arn, BLOCK, found))
}

async fn policy(context: &Context, client: &Client, point: &PointRef) -> Result<Seen, CallError> {
    let account = context.account().as_str();
    let answer = context
        .call(&GET_POLICY, || {
            client.get_access_point_policy().account_id(account).name(&point.name).send()
        })
        .await;
    let found = unless_none(answer, NO_POLICY)?.and_then(|answer| answer.policy);
    Ok(document(&point.arn, found))
}

async fn policy_status(
    context: &Context,
    client: &Client,
    point: &PointRef,
) -> Result<Seen, CallError> {
    let account = context.account().as_str();
    let answer = context
        .call(&GET_POLICY_STATUS, || {
            client.get_access_point_policy_status().account_id(account).name(&point.name).send()
        })
        .await;
    let status = unless_none(answer, NO_POLICY)?.and_then(|answer| answer.policy_status);
    let found = status.map(|status| attributes([("public", Some(status.is_public().into()))]));
    Ok(setting(&point.arn, POLICY_STATUS, found))
}
