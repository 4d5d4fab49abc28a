//! The groups of the identity stores, and who is in them.

use aws_sdk_identitystore::Client;
use aws_sdk_identitystore::types::{Group, MemberId};

use super::{GROUPS, LIST_GROUPS, LIST_MEMBERSHIPS, Look, MEMBERSHIPS, external_ids};
use crate::aws::error::CallError;
use crate::collect::stages::{self, Seen};
use crate::collect::{Context, Interrupted};
use crate::model::Entity;
use crate::model::identity_center::{Membership, StoreGroup};

/// A group of an identity store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GroupRef {
    store: String,
    id: String,
}

impl GroupRef {
    fn key(&self) -> String {
        format!("{}/{}", self.store, self.id)
    }
}

impl Look<'_, '_> {
    /// The stage `groups`; returns the groups for the stage that starts from them.
    pub(super) async fn groups(&mut self, stores: &[String]) -> Result<Vec<GroupRef>, Interrupted> {
        let told = self.stages.is_done(GROUPS);
        if (told && self.stages.is_done(MEMBERSHIPS))
            || (!told && !self.stages.begin(self.sink, GROUPS))
        {
            return Ok(Vec::new());
        }
        let mut groups = Vec::new();
        for store in stores {
            let (answers, failure) = self
                .context
                .list(
                    &LIST_GROUPS,
                    |token| {
                        self.client
                            .list_groups()
                            .identity_store_id(store)
                            .set_next_token(token)
                            .send()
                    },
                    |answer| (answer.groups, answer.next_token),
                )
                .await;
            let mut seen = Seen::default();
            for answer in &answers {
                if answer.group_id().is_empty() {
                    let name = answer.display_name().unwrap_or_default();
                    let what = format!("group {name:?} of {store}");
                    seen.set_aside.push((what, "it has no id".to_owned()));
                    continue;
                }
                groups.push(GroupRef { store: store.clone(), id: answer.group_id().to_owned() });
                seen.entities.push(Entity::StoreGroup(read(store, answer)));
            }
            if !told {
                for (what, reason) in std::mem::take(&mut seen.set_aside) {
                    self.stages.set_aside(self.sink, GROUPS, &what, &reason);
                }
                seen.tell(self.sink, GROUPS);
            }
            if let Some(failure) = failure {
                self.sink.failed(GROUPS, failure)?;
            }
        }
        groups.sort_by_cached_key(GroupRef::key);
        groups.dedup();
        if !told {
            self.stages.end(self.sink, GROUPS).await?;
        }
        Ok(groups)
    }

    /// The stage `memberships`.
    pub(super) async fn memberships(&mut self, groups: &[GroupRef]) -> Result<(), Interrupted> {
        if !self.stages.begin(self.sink, MEMBERSHIPS) {
            return Ok(());
        }
        let (context, client) = (self.context, &self.client);
        let ask = |group| members(context, client, group);
        stages::each(self.sink, &self.stages, MEMBERSHIPS, groups, GroupRef::key, ask).await?;
        self.stages.end(self.sink, MEMBERSHIPS).await
    }
}

fn read(store: &str, group: &Group) -> StoreGroup {
    StoreGroup {
        identity_store: store.to_owned(),
        id: group.group_id().to_owned(),
        display_name: group.display_name().map(str::to_owned),
        description: group.description().map(str::to_owned),
        external_ids: external_ids(group.external_ids()),
    }
}

async fn members(context: &Context, client: &Client, group: &GroupRef) -> Result<Seen, CallError> {
    let (answers, failure) = context
        .list(
            &LIST_MEMBERSHIPS,
            |token| {
                client
                    .list_group_memberships()
                    .identity_store_id(&group.store)
                    .group_id(&group.id)
                    .set_next_token(token)
                    .send()
            },
            |answer| (answer.group_memberships, answer.next_token),
        )
        .await;
    let mut seen = Seen { failure, ..Seen::default() };
    for answer in answers {
        let id = answer.membership_id;
        let reason = match answer.member_id {
            Some(MemberId::UserId(user)) if !user.is_empty() && !id.is_empty() => {
                seen.entities.push(Entity::Membership(Membership {
                    identity_store: group.store.clone(),
                    id,
                    group: group.id.clone(),
                    user,
                }));
                continue;
            }
            Some(MemberId::UserId(_)) => "its id or its user's is missing",
            _ => "the member is not a user",
        };
        seen.set_aside.push((format!("membership {id:?} of {}", group.key()), reason.to_owned()));
    }
    Ok(seen)
}
