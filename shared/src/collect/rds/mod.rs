//! RDS in one region → its database instances and clusters.
//!
//! Both calls also answer for the engines that are services of their own (Aurora, `DocumentDB`, Neptune):
//! the engine is kept as told. Names of master users are left out; their secrets are named by ARN.
//!
//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Operations.html>

mod clusters;
mod instances;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use aws_sdk_rds::Client;
use aws_sdk_rds::types::{Filter, MasterUserSecret, Tag, VpcSecurityGroupMembership};

use super::resources::sorted;
use super::stages::{self, Staged, call, capability};
use super::{Call, CapabilityInfo, Context, Interrupted, Place, Tier};
use crate::model::resource::Attribute;
use crate::model::{Kind, Tags};

/// Collects the databases of RDS in a region.
#[derive(Clone, Copy, Debug)]
pub struct Rds;

const INSTANCES: &str = "instances";
const CLUSTERS: &str = "clusters";

const DESCRIBE_INSTANCES: Call = call(
    "rds:DescribeDBInstances",
    INSTANCES,
    Tier::Three,
    "lists the database instances",
    "database instances: whether IAM identities may log in, and which roles each acts with",
);
const DESCRIBE_CLUSTERS: Call = call(
    "rds:DescribeDBClusters",
    CLUSTERS,
    Tier::Three,
    "lists the database clusters",
    "database clusters: whether IAM identities may log in, and which roles each acts with",
);

/// Databases on a page: the most that AWS allows.
const PAGE: i32 = 100;

#[async_trait]
impl Staged for Rds {
    type Client = Client;

    const NAME: &'static str = "rds";
    const PLACE: Place = Place::EachRegion;
    const CALLS: &'static [Call] = &[DESCRIBE_INSTANCES, DESCRIBE_CLUSTERS];
    const CAPABILITIES: &'static [CapabilityInfo] = &[
        capability(INSTANCES, &[Kind::Resource], None),
        capability(CLUSTERS, &[Kind::Resource], None),
    ];

    fn client(context: &Context) -> Client {
        context.session.rds(&context.region)
    }

    async fn stages(look: &mut Look<'_, '_>) -> Result<(), Interrupted> {
        Box::pin(look.db_instances()).await?;
        Box::pin(look.db_clusters()).await
    }
}

type Look<'a, 's> = stages::Look<'a, 's, Client>;

/// Which databases of a kind are asked for.
enum Wanted {
    /// All.
    All,
    /// None: the context's focus names none of them.
    None,
    /// Those that the focus names. A filter shows nothing of a name that is nobody's, where asking for it is an error.
    Named(Filter),
}

impl Wanted {
    fn of(context: &Context, kind: &str, filter: &str) -> Self {
        let Some(focus) = context.focus().filter(|focus| focus.names().is_some()) else {
            return Self::All;
        };
        let arns = focus.arns();
        let names = arns.iter().filter_map(|arn| arn.resource().strip_prefix(kind));
        let names: Vec<String> = names.map(str::to_owned).collect();
        if names.is_empty() {
            return Self::None;
        }
        Self::Named(Filter::builder().name(filter).set_values(Some(names)).build())
    }

    fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    fn filters(&self) -> Option<Vec<Filter>> {
        match self {
            Self::Named(filter) => Some(vec![filter.clone()]),
            Self::All | Self::None => None,
        }
    }
}

fn tags(list: &[Tag]) -> Tags {
    list.iter()
        .filter_map(|tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned())))
        .collect()
}

fn security_groups(groups: &[VpcSecurityGroupMembership]) -> Option<Attribute> {
    sorted(groups.iter().filter_map(VpcSecurityGroupMembership::vpc_security_group_id))
}

fn secret(secret: Option<&MasterUserSecret>) -> Option<Attribute> {
    super::resources::text(secret.and_then(MasterUserSecret::secret_arn))
}
