//! The identity stores of Identity Center → their users, their groups, and who is in which group.
//!
//! Users are told page by page, memberships group by group: both may be many. Groups are listed into
//! memory, because the memberships start from them.
//!
//! <https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_Operations.html>

mod groups;
#[cfg(test)]
mod tests;
mod users;

use async_trait::async_trait;
use aws_sdk_identitystore::Client;

use super::stages::{self, Staged, call, capability};
use super::{Call, CapabilityInfo, Context, Interrupted, Place, Tier, When};
use crate::model::Kind;
use crate::model::identity_center::ExternalId;

/// The collector.
#[derive(Clone, Copy, Debug)]
pub struct IdentityStoreCollector;

const DIRECTORY: &str = "directory";
const USERS: &str = "users";
const GROUPS: &str = "groups";
const MEMBERSHIPS: &str = "memberships";

const LIST_INSTANCES: Call = call(
    "sso:ListInstances",
    DIRECTORY,
    Tier::Two,
    "finds the identity store of Identity Center",
    "the people behind Identity Center altogether",
);
const LIST_USERS: Call = call(
    "identitystore:ListUsers",
    USERS,
    Tier::Two,
    "lists the users",
    "who the assigned users are",
);
const LIST_GROUPS: Call = call(
    "identitystore:ListGroups",
    GROUPS,
    Tier::Two,
    "lists the groups",
    "which groups there are, and who is in them",
);
const LIST_MEMBERSHIPS: Call = call(
    "identitystore:ListGroupMemberships",
    MEMBERSHIPS,
    Tier::Two,
    "lists the members of each group",
    "who is in which group: whom an assignment to a group reaches",
);

const DESCRIBE_USER: Call =
    after_event("identitystore:DescribeUser", USERS, "reads a user that an event touched");
const DESCRIBE_GROUP: Call =
    after_event("identitystore:DescribeGroup", GROUPS, "reads a group that an event touched");
const LIST_FOR_MEMBER: Call = after_event(
    "identitystore:ListGroupMembershipsForMember",
    MEMBERSHIPS,
    "lists the groups of a user that an event touched",
);
const DESCRIBE_MEMBERSHIP: Call = after_event(
    "identitystore:DescribeGroupMembership",
    MEMBERSHIPS,
    "reads a membership that an event touched",
);

const fn after_event(action: &'static str, capability: &'static str, why: &'static str) -> Call {
    let lost = "changes of users, groups and memberships between two runs";
    Call { when: When::Event, ..call(action, capability, Tier::Two, why, lost) }
}

const CALLS: &[Call] = &[
    LIST_INSTANCES,
    LIST_USERS,
    LIST_GROUPS,
    LIST_MEMBERSHIPS,
    DESCRIBE_USER,
    DESCRIBE_GROUP,
    LIST_FOR_MEMBER,
    DESCRIBE_MEMBERSHIP,
];

const CAPABILITIES: &[CapabilityInfo] = &[
    capability(DIRECTORY, &[], None),
    capability(USERS, &[Kind::StoreUser], Some(DIRECTORY)),
    capability(GROUPS, &[Kind::StoreGroup], Some(DIRECTORY)),
    capability(MEMBERSHIPS, &[Kind::Membership], Some(GROUPS)),
];

#[async_trait]
impl Staged for IdentityStoreCollector {
    type Client = Client;

    const NAME: &'static str = "identity-store";
    const PLACE: Place = Place::IdentityCenter;
    const CALLS: &'static [Call] = CALLS;
    const CAPABILITIES: &'static [CapabilityInfo] = CAPABILITIES;

    fn client(context: &Context) -> Client {
        context.session.identity_store(&context.region)
    }

    async fn stages(look: &mut Look<'_, '_>) -> Result<(), Interrupted> {
        let stores = Box::pin(look.directory()).await?;
        Box::pin(look.users(&stores)).await?;
        let groups = Box::pin(look.groups(&stores)).await?;
        Box::pin(look.memberships(&stores, &groups)).await
    }
}

type Look<'a, 's> = stages::Look<'a, 's, Client>;

impl Look<'_, '_> {
    /// The stage `directory`; returns the ids of the identity stores, ordered.
    async fn directory(&mut self) -> Result<Vec<String>, Interrupted> {
        let found = self.instances(DIRECTORY, &LIST_INSTANCES, |_| None).await?;
        let mut stores: Vec<String> =
            found.into_iter().map(|found| found.instance.identity_store).collect();
        stores.sort();
        stores.dedup();
        Ok(stores)
    }
}

/// External ids, sorted; the issuer and the id are both needed to mean anything.
fn external_ids(answers: &[aws_sdk_identitystore::types::ExternalId]) -> Vec<ExternalId> {
    let mut ids: Vec<ExternalId> = answers
        .iter()
        .filter(|id| !id.issuer().is_empty() && !id.id().is_empty())
        .map(|id| ExternalId { issuer: id.issuer().to_owned(), id: id.id().to_owned() })
        .collect();
    ids.sort();
    ids.dedup();
    ids
}
