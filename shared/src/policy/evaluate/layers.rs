//! The policies that speak about one request, layer by layer.

use std::borrow::Borrow;
use std::fmt;

use crate::policy::Policy;

/// A layer of policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Service control policies, of the organization of who asks.
    ServiceControl,
    /// Resource control policies, of the organization of the resource.
    ResourceControl,
    /// The policy of the VPC endpoint that the request goes through.
    Endpoint,
    /// The policy of the resource.
    Resource,
    /// The policies of the user or role, groups included.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// The policy of the session.
    Session,
}

impl Layer {
    /// The layer as results name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ServiceControl => "scp",
            Self::ResourceControl => "rcp",
            Self::Endpoint => "endpoint_policy",
            Self::Resource => "resource_policy",
            Self::Identity => "identity_policy",
            Self::Boundary => "boundary",
            Self::Session => "session_policy",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What the owner of a bucket lets a public policy do.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PublicAccess {
    /// What it says.
    #[default]
    Open,
    /// `RestrictPublicBuckets` is on, for the bucket or its account: a public policy gives nothing but to services of AWS
    /// and to the account itself.
    Restricted,
}

/// The policies that speak about a request. `P` is how the caller holds them: as they are, by reference, or shared.
#[derive(Debug)]
pub struct Layers<'a, P = Policy> {
    /// Service control policies by level, from the root of the organization to the account of who asks; empty where it
    /// is in no organization or is the management account. A level without policies allows nothing.
    pub scps: &'a [Vec<P>],
    /// Resource control policies by level, from the root to the account of the resource; empty likewise. What AWS
    /// attaches everywhere, `RCPFullAWSAccess`, is not listed.
    pub rcps: &'a [Vec<P>],
    /// The policies of the VPC endpoint; empty where the request goes through none.
    pub endpoint: &'a [P],
    /// The policy of the resource, the trust of a role included.
    pub resource: Option<&'a P>,
    /// What the owner of the bucket lets the policy do, if it is that of a bucket.
    pub public_access: PublicAccess,
    /// The policies of who asks.
    pub identity: &'a [P],
    /// The permissions boundary of who asks.
    pub boundary: Option<&'a P>,
    /// The policy of the session.
    pub session: Option<&'a P>,
}

impl<P> Clone for Layers<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Layers<'_, P> {}

impl<P: Borrow<Policy>> Default for Layers<'_, P> {
    fn default() -> Self {
        Self {
            scps: &[],
            rcps: &[],
            endpoint: &[],
            resource: None,
            public_access: PublicAccess::Open,
            identity: &[],
            boundary: None,
            session: None,
        }
    }
}
