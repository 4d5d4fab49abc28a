//! Multi-region access points of an account → each with the buckets behind it and its policy.
//!
//! They belong to no region, and one region answers for them all.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPoints.html>

use async_trait::async_trait;
use aws_sdk_s3control::Client;
use aws_sdk_s3control::types;

use super::NO_POLICY;
use super::points::{self, PointRef, stage};
use crate::aws::error::CallError;
use crate::aws::time;
use crate::collect::s3::parts::{blocks, document, setting, unless_none};
use crate::collect::stages::{self, Seen, Staged, call, capability};
use crate::collect::{Call, CapabilityInfo, Context, Interrupted, Place, Tier};
use crate::model::resource::{Attribute, Resource, ResourceType, attributes};
use crate::model::{Kind, Region, Unavailable};

/// The collector of multi-region access points.
#[derive(Clone, Copy, Debug)]
pub struct S3MultiRegionAccessPoints;

/// The one region that answers for all of them.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointRestrictions.html>
const HOME: &str = "us-west-2";

/// The one partition that has them: what AWS lists as supported are regions of this one alone.
const PARTITION: &str = "aws";

const POINTS: &str = "multi-region-access-points";
const POLICY: &str = "policy";
const POLICY_STATUS: &str = "policy-status";

const LIST_POINTS: Call = call(
    "s3:ListMultiRegionAccessPoints",
    POINTS,
    Tier::Three,
    "lists the multi-region access points with the buckets behind them",
    "multi-region access points and their policies altogether",
);
const GET_POLICY: Call = call(
    "s3:GetMultiRegionAccessPointPolicy",
    POLICY,
    Tier::Three,
    "reads the policy of each multi-region access point",
    "whom a multi-region access point's own policy lets in",
);
const GET_POLICY_STATUS: Call = call(
    "s3:GetMultiRegionAccessPointPolicyStatus",
    POLICY_STATUS,
    Tier::Three,
    "asks whether the policy of each multi-region access point makes it public",
    "whether S3 itself takes a multi-region access point's policy for public",
);

const CALLS: &[Call] = &[LIST_POINTS, GET_POLICY, GET_POLICY_STATUS];

const CAPABILITIES: &[CapabilityInfo] = &[
    capability(POINTS, &[Kind::Resource], None),
    capability(POLICY, &[Kind::ResourcePolicy], Some(POINTS)),
    capability(POLICY_STATUS, &[Kind::ResourceSetting], Some(POINTS)),
];

#[async_trait]
impl Staged for S3MultiRegionAccessPoints {
    type Client = Client;

    const NAME: &'static str = "s3-multi-region-access-points";
    const PLACE: Place = Place::EachAccount;
    const CALLS: &'static [Call] = CALLS;
    const CAPABILITIES: &'static [CapabilityInfo] = CAPABILITIES;

    fn client(context: &Context) -> Client {
        // A name that is written here always is one of a region.
        let home = HOME.parse().unwrap_or_else(|_| Region::global());
        context.session.s3_control(&home)
    }

    async fn stages(look: &mut Look<'_, '_>) -> Result<(), Interrupted> {
        if look.context.session.partition().as_str() != PARTITION {
            let why = format!(
                "S3 has multi-region access points in partition {PARTITION} only, not in {}",
                look.context.session.partition()
            );
            look.stages.unavailable(look.sink, POINTS, &Unavailable::ServiceOff(why));
            return Ok(());
        }
        let points = Box::pin(look.multi_region_points()).await?;
        Box::pin(look.multi_region_parts(&points)).await
    }
}

type Look<'a, 's> = stages::Look<'a, 's, Client>;

impl Look<'_, '_> {
    /// The stage `multi-region-access-points`; returns them for the stages that start from them.
    async fn multi_region_points(&mut self) -> Result<Vec<PointRef>, Interrupted> {
        let (answers, failure) = self
            .context
            .list(
                &LIST_POINTS,
                |token| {
                    self.client
                        .list_multi_region_access_points()
                        .account_id(self.context.account().as_str())
                        .set_next_token(token)
                        .send()
                },
                |answer| (answer.access_points.unwrap_or_default(), answer.next_token),
            )
            .await;
        let name = |answer: &types::MultiRegionAccessPointReport| {
            format!("multi-region access point {:?}", answer.name().unwrap_or_default())
        };
        let read = |answer| read(self.context, answer).map_err(|reason| (name(answer), reason));
        let listed = answers.iter().map(read).collect();
        points::tell(self, POINTS, listed, failure).await
    }

    /// The stages `policy` and `policy-status`.
    async fn multi_region_parts(&mut self, points: &[PointRef]) -> Result<(), Interrupted> {
        stage!(self, POLICY, points, policy);
        stage!(self, POLICY_STATUS, points, policy_status);
        Ok(())
    }
}

/// One of the list. Its ARN names it by its alias, which AWS gives and never gives again.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointPermissions.html>
fn read(
    context: &Context,
    answer: &types::MultiRegionAccessPointReport,
) -> Result<Resource, String> {
    let name = answer.name().unwrap_or_default();
    let alias = answer.alias().unwrap_or_default();
    if name.is_empty() || alias.is_empty() {
        return Err("it has no name or no alias".to_owned());
    }
    let (partition, account) = (context.session.partition(), context.account());
    let arn = format!("arn:{partition}:s3::{account}:accesspoint/{alias}");
    let mut regions: Vec<Attribute> = answer.regions().iter().map(behind).collect();
    regions.sort();
    let block = answer.public_access_block().map(|found| Attribute::Map(blocks!(found)));
    Ok(Resource {
        arn: arn.parse().map_err(|error| format!("{error}"))?,
        resource_type: ResourceType::MultiRegionAccessPoint,
        name: name.to_owned(),
        created: time::optional(answer.created_at()),
        state: answer.status().map(|status| status.as_str().to_owned()),
        parent: None,
        acts_as: Vec::new(),
        tags: None,
        attributes: attributes([
            ("alias", Some(alias.into())),
            ("buckets", Some(Attribute::List(regions))),
            ("public-access-block", block),
        ]),
    })
}

/// A bucket behind a multi-region access point.
fn behind(report: &types::RegionReport) -> Attribute {
    let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(Into::into);
    Attribute::Map(attributes([
        ("bucket", text(report.bucket())),
        ("region", text(report.region())),
        ("account", text(report.bucket_account_id())),
    ]))
}

/// The policy that is established: one that was proposed lets nobody in before it is.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_MultiRegionAccessPointPolicyDocument.html>
async fn policy(context: &Context, client: &Client, point: &PointRef) -> Result<Seen, CallError> {
    let account = context.account().as_str();
    let answer = context
        .call(&GET_POLICY, || {
            client
                .get_multi_region_access_point_policy()
                .account_id(account)
                .name(&point.name)
                .send()
        })
        .await;
    let policy = unless_none(answer, NO_POLICY)?.and_then(|answer| answer.policy);
    let established = policy.and_then(|policy| policy.established);
    Ok(document(&point.arn, established.and_then(|established| established.policy)))
}

async fn policy_status(
    context: &Context,
    client: &Client,
    point: &PointRef,
) -> Result<Seen, CallError> {
    let account = context.account().as_str();
    let answer = context
        .call(&GET_POLICY_STATUS, || {
            client
                .get_multi_region_access_point_policy_status()
                .account_id(account)
                .name(&point.name)
                .send()
        })
        .await;
    let status = unless_none(answer, NO_POLICY)?.and_then(|answer| answer.established);
    let found = status.map(|status| attributes([("public", Some(status.is_public().into()))]));
    Ok(setting(&point.arn, POLICY_STATUS, found))
}
