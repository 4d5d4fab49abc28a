//! What an organization looks like before anything is set up in it.

use async_trait::async_trait;

use super::{CloudError, Place};
use crate::model::{AccountId, Partition, Region};

/// Who the caller is within its organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The account is in no organization.
    Alone,
    /// The management account.
    Management,
    /// Registered to administer StackSets for the organization.
    Delegated,
    /// Any other account of the organization.
    Member,
}

/// Whether CloudFormation may deploy to the accounts of the organization by itself.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeOrganizationsAccess.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrustedAccess {
    /// It may.
    Enabled,
    /// It may not, and can be let.
    Disabled,
    /// It may not and cannot be let.
    DisabledPermanently,
}

/// An account of the organization.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MemberAccount {
    /// Its id.
    pub id: AccountId,
    /// Its name, as people gave it.
    pub name: String,
    /// `ACTIVE`, `SUSPENDED`, `PENDING_CLOSURE` or what AWS adds to them.
    pub state: String,
    /// The organizational units that it is in, from the root down, the root included.
    pub parents: Vec<String>,
}

impl MemberAccount {
    /// Whether anything can be deployed there.
    pub fn is_active(&self) -> bool {
        self.state == "ACTIVE"
    }
}

/// The organization, and the caller in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationFound {
    /// The caller's account.
    pub caller: AccountId,
    /// The partition of the caller's ARN.
    pub partition: Partition,
    /// What the caller is.
    pub standing: Standing,
    /// The organization's id; `None` outside of one.
    pub id: Option<String>,
    /// The management account; `None` outside of an organization.
    pub management: Option<AccountId>,
    /// Every account, sorted by id, the management account included. Only the caller's outside of an organization.
    pub accounts: Vec<MemberAccount>,
}

/// A trail that records the organization, or at least the caller's account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own, as AWS has them")]
pub struct TrailFound {
    /// Its ARN.
    pub arn: String,
    /// The bucket of its logs.
    pub bucket: String,
    /// The account that the bucket is in, where that is known.
    pub bucket_owner: Option<AccountId>,
    /// The region of the bucket, where that is known.
    pub bucket_region: Option<Region>,
    /// What stands before `AWSLogs/` in the keys.
    pub prefix: String,
    /// The key of its own, by its ARN.
    pub kms_key: Option<String>,
    /// The topic that it tells of new logs.
    pub topic: Option<String>,
    /// Whether it records every account of the organization.
    pub of_organization: bool,
    /// Whether it records every region.
    pub every_region: bool,
    /// Whether it records management events that write: without them nothing is heard in real time, in no region.
    ///
    /// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html>
    pub management_events: bool,
    /// Whether it is switched on.
    pub logging: bool,
}

/// An event bus that is there beside the default one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BusFound {
    /// Where it is.
    pub place: Place,
    /// Its name.
    pub name: String,
}

/// The notification configuration of a bucket. A bucket has one, and writing it replaces it as a whole.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notification {
    /// Whether EventBridge is told of everything.
    pub event_bridge: bool,
    /// Queues, topics and functions that are told besides, in a form that only the implementation reads; equal
    /// texts are equal configurations.
    pub others: Vec<String>,
}

/// Finds out what is there. Nothing here writes.
#[async_trait]
pub trait Landscape: Send + Sync + std::fmt::Debug {
    /// The organization with its accounts.
    async fn organization(&self) -> Result<OrganizationFound, CloudError>;

    /// Whether trusted access for StackSets is on.
    async fn trusted_access(&self) -> Result<TrustedAccess, CloudError>;

    /// The home region of IAM Identity Center; `None` where it is not in use.
    async fn identity_center_region(&self) -> Result<Option<Region>, CloudError>;

    /// The trails that the caller sees, sorted.
    async fn trails(&self) -> Result<Vec<TrailFound>, CloudError>;

    /// The custom event buses of a place whose names begin with a prefix, sorted.
    async fn buses(&self, place: &Place, prefix: &str) -> Result<Vec<BusFound>, CloudError>;

    /// The notification configuration of a bucket.
    async fn notification(&self, bucket: &str) -> Result<Notification, CloudError>;

    /// How many messages wait in a queue or are being worked on; 0 where there is no such queue.
    async fn waiting(&self, queue: &str) -> Result<u64, CloudError>;
}
