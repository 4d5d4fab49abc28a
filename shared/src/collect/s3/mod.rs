//! S3 → an account's buckets and all that is set on each, and what the account blocks for all of them.
//!
//! Who may reach a bucket is said in ten places, each with a call and a permission of its own, hence a
//! capability each. S3 answers "there is no such configuration" with an error of its own code: a setting
//! that is not present, never a gap. No object is asked for here, and the content of none anywhere.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-management.html>

pub(super) mod bucket;
pub(super) mod parts;
mod read;
#[cfg(test)]
mod tests;

use async_trait::async_trait;

use self::bucket::{Bucket, Regional};
use self::parts::{account_block, location};
use super::stages::{self, Seen, Staged, call, capability};
use super::{Call, CapabilityInfo, Context, Interrupted, Place, Tier, When};
use crate::model::resource::{Resource, ResourceType, attributes};
use crate::model::{Entity, Kind};

/// The collector.
#[derive(Clone, Copy, Debug)]
pub struct S3;

const BUCKETS: &str = "buckets";
const LOCATION: &str = "location";
const POLICY: &str = "policy";
const POLICY_STATUS: &str = "policy-status";
const ACL: &str = "acl";
const OWNERSHIP: &str = "ownership-controls";
const BLOCK: &str = "public-access-block";
const ENCRYPTION: &str = "encryption";
const VERSIONING: &str = "versioning";
const LOGGING: &str = "logging";
const NOTIFICATION: &str = "notification";
const ACCOUNT_BLOCK: &str = "account-public-access-block";

/// A call that every run makes for each bucket.
const fn of_each(
    action: &'static str,
    capability: &'static str,
    why: &'static str,
    lost: &'static str,
) -> Call {
    call(action, capability, Tier::Three, why, lost)
}

// The actions are not always called as the API is:
// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>
const LIST_BUCKETS: Call = of_each(
    "s3:ListAllMyBuckets",
    BUCKETS,
    "lists the buckets with their regions",
    "buckets and their settings altogether",
);
const GET_LOCATION: Call = Call {
    when: When::Fallback,
    ..of_each(
        "s3:GetBucketLocation",
        LOCATION,
        "finds the region of a bucket that the list of buckets shows without one",
        "in which region such a bucket is",
    )
};
const GET_POLICY: Call = of_each(
    "s3:GetBucketPolicy",
    POLICY,
    "reads the policy of each bucket",
    "whom a bucket's own policy lets in",
);
const GET_POLICY_STATUS: Call = of_each(
    "s3:GetBucketPolicyStatus",
    POLICY_STATUS,
    "asks whether the policy of each bucket makes it public",
    "whether S3 itself takes a bucket's policy for public",
);
const GET_ACL: Call = of_each(
    "s3:GetBucketAcl",
    ACL,
    "reads the access control list of each bucket",
    "whom a bucket's access control list lets in",
);
const GET_OWNERSHIP: Call = of_each(
    "s3:GetBucketOwnershipControls",
    OWNERSHIP,
    "reads who owns the objects of each bucket",
    "whether access control lists count in a bucket",
);
const GET_BLOCK: Call = of_each(
    "s3:GetBucketPublicAccessBlock",
    BLOCK,
    "reads what each bucket blocks of public access",
    "whether public access to a bucket is blocked",
);
const GET_ENCRYPTION: Call = of_each(
    "s3:GetEncryptionConfiguration",
    ENCRYPTION,
    "reads how each bucket encrypts, and with which key",
    "which keys a bucket depends on",
);
const GET_VERSIONING: Call = of_each(
    "s3:GetBucketVersioning",
    VERSIONING,
    "reads whether each bucket keeps versions and wants MFA to delete",
    "whether a bucket keeps versions",
);
const GET_LOGGING: Call = of_each(
    "s3:GetBucketLogging",
    LOGGING,
    "reads where each bucket logs who reached it",
    "whether access to a bucket is logged",
);
const GET_NOTIFICATION: Call = of_each(
    "s3:GetBucketNotification",
    NOTIFICATION,
    "reads whom each bucket tells about its objects",
    "which functions, queues and topics a bucket tells about its objects",
);
const GET_ACCOUNT_BLOCK: Call = of_each(
    "s3:GetAccountPublicAccessBlock",
    ACCOUNT_BLOCK,
    "reads what the account blocks of public access to all of its buckets",
    "whether public access is blocked for the whole account",
);

const CALLS: &[Call] = &[
    LIST_BUCKETS,
    GET_LOCATION,
    GET_POLICY,
    GET_POLICY_STATUS,
    GET_ACL,
    GET_OWNERSHIP,
    GET_BLOCK,
    GET_ENCRYPTION,
    GET_VERSIONING,
    GET_LOGGING,
    GET_NOTIFICATION,
    GET_ACCOUNT_BLOCK,
];

const CAPABILITIES: &[CapabilityInfo] = &[
    capability(BUCKETS, &[Kind::Resource], None),
    capability(LOCATION, &[Kind::ResourceSetting], Some(BUCKETS)),
    capability(POLICY, &[Kind::ResourcePolicy], Some(BUCKETS)),
    capability(POLICY_STATUS, &[Kind::ResourceSetting], Some(BUCKETS)),
    capability(ACL, &[Kind::ResourceSetting], Some(BUCKETS)),
    capability(OWNERSHIP, &[Kind::ResourceSetting], Some(BUCKETS)),
    capability(BLOCK, &[Kind::ResourceSetting], Some(BUCKETS)),
    capability(ENCRYPTION, &[Kind::ResourceSetting], Some(BUCKETS)),
    capability(VERSIONING, &[Kind::ResourceSetting], Some(BUCKETS)),
    capability(LOGGING, &[Kind::ResourceSetting], Some(BUCKETS)),
    capability(NOTIFICATION, &[Kind::ResourceSetting], Some(BUCKETS)),
    capability(ACCOUNT_BLOCK, &[Kind::ResourceSetting], None),
];

#[async_trait]
impl Staged for S3 {
    type Client = Regional;

    const NAME: &'static str = "s3";
    const PLACE: Place = Place::EachAccount;
    const CALLS: &'static [Call] = CALLS;
    const CAPABILITIES: &'static [CapabilityInfo] = CAPABILITIES;

    fn client(context: &Context) -> Regional {
        Regional::new(context)
    }

    async fn stages(look: &mut Look<'_, '_>) -> Result<(), Interrupted> {
        let mut buckets = Box::pin(look.buckets()).await?;
        Box::pin(look.locations(&buckets)).await?;
        look.leave_out(&mut buckets);
        Box::pin(look.who_is_let_in(&buckets)).await?;
        Box::pin(look.what_else_is_set(&buckets)).await?;
        Box::pin(look.account_block()).await
    }
}

type Look<'a, 's> = stages::Look<'a, 's, Regional>;

macro_rules! stage {
    ($look:ident, $stage:ident, $buckets:ident, $ask:path) => {
        if $look.stages.begin($look.sink, $stage) {
            let (context, client) = ($look.context, &$look.client);
            let ask = |bucket| $ask(context, client, bucket);
            // A focus names buckets by their ARNs, a cursor by their names.
            let is_named = context.focus().is_some_and(|focus| focus.names().is_some());
            let key =
                |bucket: &Bucket| if is_named { bucket.arn.to_string() } else { bucket.key() };
            stages::each($look.sink, &$look.stages, $stage, $buckets, key, ask).await?;
            $look.stages.end($look.sink, $stage).await?;
        }
    };
}

impl Look<'_, '_> {
    /// The stage `buckets`; returns the buckets for the stages that start from them.
    async fn buckets(&mut self) -> Result<Vec<Bucket>, Interrupted> {
        let told = self.stages.is_done(BUCKETS);
        let mut listed = bucket::list(self.context, &self.client, &LIST_BUCKETS).await;
        let filter = listed.leave_out(&self.context.options);
        if !told {
            for (what, reason) in &listed.set_aside {
                self.stages.set_aside(self.sink, BUCKETS, what, reason);
            }
            let entities = listed.buckets.iter().map(entity).collect();
            Seen { entities, ..Seen::default() }.tell(self.sink, BUCKETS);
        }
        if let Some(failure) = listed.failure {
            self.sink.failed(BUCKETS, failure)?;
        }
        if let Some(filter) = filter {
            self.sink.narrowed(BUCKETS, filter);
        }
        if !told {
            self.stages.end(self.sink, BUCKETS).await?;
        }
        Ok(listed.buckets)
    }

    /// The stage `location`: only of the buckets whose region the list did not show.
    async fn locations(&mut self, buckets: &[Bucket]) -> Result<(), Interrupted> {
        let silent: Vec<Bucket> =
            buckets.iter().filter(|bucket| bucket.region.is_none()).cloned().collect();
        let silent = &silent[..];
        stage!(self, LOCATION, silent, location);
        Ok(())
    }

    /// Leaves out the buckets in regions that a filter keeps out, as far as only their locations told where they are: that
    /// there is such a bucket is known then, and nothing more is asked of it.
    fn leave_out(&mut self, buckets: &mut Vec<Bucket>) {
        let mut filter = None;
        buckets.retain(|bucket| {
            let region = self.client.region(bucket);
            let left_out = self.context.options.region_left_out(&region);
            let is_kept = left_out.is_none() || !self.client.is_learned(bucket);
            filter = filter.take().or(left_out.filter(|_| !is_kept));
            is_kept
        });
        let Some(filter) = filter else { return };
        let of_buckets = CAPABILITIES.iter().filter(|info| info.needs == Some(BUCKETS));
        for info in of_buckets.filter(|info| info.name != LOCATION) {
            self.sink.narrowed(info.name, filter.clone());
        }
    }

    /// The stages `policy` to `public-access-block`.
    async fn who_is_let_in(&mut self, buckets: &[Bucket]) -> Result<(), Interrupted> {
        stage!(self, POLICY, buckets, parts::policy);
        stage!(self, POLICY_STATUS, buckets, parts::policy_status);
        stage!(self, ACL, buckets, parts::acl);
        stage!(self, OWNERSHIP, buckets, parts::ownership);
        stage!(self, BLOCK, buckets, parts::block);
        Ok(())
    }

    /// The stages `encryption` to `notification`.
    async fn what_else_is_set(&mut self, buckets: &[Bucket]) -> Result<(), Interrupted> {
        stage!(self, ENCRYPTION, buckets, parts::encryption);
        stage!(self, VERSIONING, buckets, parts::versioning);
        stage!(self, LOGGING, buckets, parts::logging);
        stage!(self, NOTIFICATION, buckets, parts::notification);
        Ok(())
    }

    /// The stage `account-public-access-block`.
    async fn account_block(&mut self) -> Result<(), Interrupted> {
        if !self.stages.begin(self.sink, ACCOUNT_BLOCK) {
            return Ok(());
        }
        match account_block(self.context).await {
            Ok(seen) => seen.tell(self.sink, ACCOUNT_BLOCK),
            Err(failure) => self.sink.failed(ACCOUNT_BLOCK, failure)?,
        }
        self.stages.end(self.sink, ACCOUNT_BLOCK).await
    }
}

fn entity(bucket: &Bucket) -> Entity {
    Entity::Resource(Resource {
        arn: bucket.arn.clone(),
        resource_type: ResourceType::Bucket,
        name: bucket.name.clone(),
        created: bucket.created,
        state: None,
        parent: None,
        acts_as: Vec::new(),
        tags: None,
        attributes: attributes([(
            "region",
            bucket.region.as_ref().map(|region| region.as_str().into()),
        )]),
    })
}
