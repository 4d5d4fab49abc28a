//! EKS in one region → its clusters, who may enter them, and which roles their workloads get.
//!
//! IAM identities enter a cluster through access entries, unless it still maps them in a file of its own
//! (`CONFIG_MAP`), which only Kubernetes shows. Service accounts get roles through pod identity associations,
//! or through the cluster's OIDC issuer, which the trust policies of roles name.
//!
//! <https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html>,
//! <https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html>

mod access;
mod clusters;
mod pods;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use aws_sdk_eks::Client;

use super::resources::Kept;
use super::stages::{Look, Staged, call, capability};
use super::{Call, CapabilityInfo, Context, Interrupted, Place, Tier};
use crate::model::{Arn, Kind};

/// Collects the EKS clusters of a region.
#[derive(Clone, Copy, Debug)]
pub struct Eks;

const NAMES: &str = "cluster-names";
const CLUSTERS: &str = "clusters";
const ENTRY_NAMES: &str = "access-entry-names";
const ENTRIES: &str = "access-entries";
const ENTRY_POLICIES: &str = "access-policies";
const POD_NAMES: &str = "pod-identity-names";
const PODS: &str = "pod-identities";

const LIST_CLUSTERS: Call =
    call("eks:ListClusters", NAMES, Tier::Three, "finds the clusters", "clusters altogether");
const DESCRIBE_CLUSTER: Call = call(
    "eks:DescribeCluster",
    CLUSTERS,
    Tier::Three,
    "reads the role, the endpoint and the authentication mode of each cluster",
    "which role a cluster acts with, and from where it can be reached",
);
const LIST_ENTRIES: Call = call(
    "eks:ListAccessEntries",
    ENTRY_NAMES,
    Tier::Three,
    "finds the IAM principals that may enter each cluster",
    "who may enter a cluster",
);
const DESCRIBE_ENTRY: Call = call(
    "eks:DescribeAccessEntry",
    ENTRIES,
    Tier::Three,
    "reads the user name and the groups that each principal gets in a cluster",
    "who may enter a cluster",
);
const LIST_ENTRY_POLICIES: Call = call(
    "eks:ListAssociatedAccessPolicies",
    ENTRY_POLICIES,
    Tier::Three,
    "finds the access policies of each access entry",
    "what a principal may do in a cluster by access policies",
);
const LIST_PODS: Call = call(
    "eks:ListPodIdentityAssociations",
    POD_NAMES,
    Tier::Three,
    "finds the service accounts that get a role",
    "which roles the workloads of a cluster get",
);
const DESCRIBE_POD: Call = call(
    "eks:DescribePodIdentityAssociation",
    PODS,
    Tier::Three,
    "reads the role that each service account gets",
    "which roles the workloads of a cluster get",
);

#[async_trait]
impl Staged for Eks {
    type Client = Client;

    const NAME: &'static str = "eks";
    const PLACE: Place = Place::EachRegion;
    const CALLS: &'static [Call] = &[
        LIST_CLUSTERS,
        DESCRIBE_CLUSTER,
        LIST_ENTRIES,
        DESCRIBE_ENTRY,
        LIST_ENTRY_POLICIES,
        LIST_PODS,
        DESCRIBE_POD,
    ];
    const CAPABILITIES: &'static [CapabilityInfo] = &[
        capability(NAMES, &[], None),
        capability(CLUSTERS, &[Kind::Resource], Some(NAMES)),
        capability(ENTRY_NAMES, &[], Some(NAMES)),
        capability(ENTRIES, &[Kind::Resource], Some(ENTRY_NAMES)),
        capability(ENTRY_POLICIES, &[Kind::ResourceSetting], Some(ENTRIES)),
        capability(POD_NAMES, &[], Some(NAMES)),
        capability(PODS, &[Kind::Resource], Some(POD_NAMES)),
    ];

    fn client(context: &Context) -> Client {
        context.session.eks(&context.region)
    }

    async fn stages(look: &mut Look<'_, '_, Client>) -> Result<(), Interrupted> {
        let clusters = Box::pin(look.list(NAMES, clusters::list)).await?;
        Box::pin(look.each(CLUSTERS, &clusters, Arn::to_string, clusters::describe)).await?;
        let entries = Box::pin(look.list_under(ENTRY_NAMES, &clusters, access::list)).await?;
        let kept = Kept::default();
        let describe = |context, client, entry| access::describe(context, client, entry, &kept);
        Box::pin(look.each(ENTRIES, &entries, Part::key, describe)).await?;
        let policies = |context, client, entry| access::policies(context, client, entry, &kept);
        Box::pin(look.each(ENTRY_POLICIES, &entries, Part::key, policies)).await?;
        let pods = Box::pin(look.list_under(POD_NAMES, &clusters, pods::list)).await?;
        Box::pin(look.each(PODS, &pods, Part::key, pods::describe)).await?;
        Ok(())
    }
}

/// What a cluster calls something in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    cluster: Arn,
    /// The ARN of the principal of an access entry, the id of a pod identity association.
    id: String,
}

impl Part {
    /// The key, ordered as parts are: a space comes before whatever may stand in the name of a cluster.
    fn key(&self) -> String {
        format!("{} {}", self.cluster, self.id)
    }
}
