//! The groups of the identity stores, and who is in them.

use aws_sdk_identitystore::Client;
use aws_sdk_identitystore::types::{Group, MemberId};

use super::{
    DESCRIBE_GROUP, DESCRIBE_MEMBERSHIP, GROUPS, LIST_FOR_MEMBER, LIST_GROUPS, LIST_MEMBERSHIPS,
    Look, MEMBERSHIPS, external_ids,
};
use crate::aws::error::{CallError, Fault};
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

    /// As a focus names it.
    fn name(&self) -> String {
        format!("group/{}", self.id)
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
        if self.context.focus().is_some_and(|focus| focus.names().is_some()) {
            return self.named_groups(stores, told).await;
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

    /// The groups that the context's focus names.
    async fn named_groups(
        &mut self,
        stores: &[String],
        told: bool,
    ) -> Result<Vec<GroupRef>, Interrupted> {
        let names = self.context.focus().map(|focus| focus.after("group/")).unwrap_or_default();
        let mut groups = Vec::new();
        for (store, id) in pairs(stores, &names) {
            let request =
                || self.client.describe_group().identity_store_id(store).group_id(id).send();
            match self.context.call(&DESCRIBE_GROUP, request).await {
                Ok(answer) => {
                    let group = Group::builder()
                        .group_id(answer.group_id)
                        .group_arn(answer.group_arn)
                        .revision(answer.revision)
                        .set_display_name(answer.display_name)
                        .set_description(answer.description)
                        .set_external_ids(answer.external_ids)
                        .identity_store_id(store)
                        .build();
                    match group {
                        Ok(group) => {
                            self.sink.see(GROUPS, Entity::StoreGroup(read(store, &group)));
                        }
                        Err(error) => self.sink.set_aside(GROUPS, id.clone(), error.to_string()),
                    }
                    groups.push(GroupRef { store: store.clone(), id: id.clone() });
                }
                Err(failure) if failure.fault == Fault::NotFound => {}
                Err(failure) => self.sink.failed(GROUPS, failure)?,
            }
        }
        if !told {
            self.stages.end(self.sink, GROUPS).await?;
        }
        Ok(groups)
    }

    /// The memberships of the users, and the ones by id, that the context's focus names.
    async fn named_memberships(&mut self, stores: &[String]) -> Result<(), Interrupted> {
        let Some(focus) = self.context.focus() else { return Ok(()) };
        let (users, ids) = (focus.after("user/"), focus.after("membership/"));
        for store in stores {
            for user in &users {
                match members_of(self.context, &self.client, store, user).await {
                    Ok(seen) => seen.tell(self.sink, MEMBERSHIPS),
                    Err(failure) if failure.fault == Fault::NotFound => {}
                    Err(failure) => self.sink.failed(MEMBERSHIPS, failure)?,
                }
            }
            for id in &ids {
                let request = || {
                    self.client
                        .describe_group_membership()
                        .identity_store_id(store)
                        .membership_id(id)
                        .send()
                };
                match self.context.call(&DESCRIBE_MEMBERSHIP, request).await {
                    Ok(answer) => {
                        if let Some(MemberId::UserId(user)) = answer.member_id {
                            let (identity_store, id) = (store.clone(), answer.membership_id);
                            let group = answer.group_id;
                            let membership = Membership { identity_store, id, group, user };
                            self.sink.see(MEMBERSHIPS, Entity::Membership(membership));
                        }
                    }
                    Err(failure) if failure.fault == Fault::NotFound => {}
                    Err(failure) => self.sink.failed(MEMBERSHIPS, failure)?,
                }
            }
        }
        Ok(())
    }

    /// The stage `memberships`.
    pub(super) async fn memberships(
        &mut self,
        stores: &[String],
        groups: &[GroupRef],
    ) -> Result<(), Interrupted> {
        if !self.stages.begin(self.sink, MEMBERSHIPS) {
            return Ok(());
        }
        self.named_memberships(stores).await?;
        let (context, client) = (self.context, &self.client);
        let ask = |group| members(context, client, group);
        let is_named = context.focus().is_some_and(|focus| focus.names().is_some());
        let key = |group: &GroupRef| if is_named { group.name() } else { group.key() };
        stages::each(self.sink, &self.stages, MEMBERSHIPS, groups, key, ask).await?;
        self.stages.end(self.sink, MEMBERSHIPS).await
    }
}

/// Each name in each store.
pub(super) fn pairs<'p>(
    stores: &'p [String],
    names: &'p [String],
) -> Vec<(&'p String, &'p String)> {
    let mut pairs = Vec::with_capacity(stores.len() * names.len());
    for store in stores {
        pairs.extend(names.iter().map(|name| (store, name)));
    }
    pairs
}

/// The groups that a user is in.
async fn members_of(
    context: &Context,
    client: &Client,
    store: &str,
    user: &str,
) -> Result<Seen, CallError> {
    let (answers, failure) = context
        .list(
            &LIST_FOR_MEMBER,
            |token| {
                client
                    .list_group_memberships_for_member()
                    .identity_store_id(store)
                    .member_id(MemberId::UserId(user.to_owned()))
                    .set_next_token(token)
                    .send()
            },
            |answer| (answer.group_memberships, answer.next_token),
        )
        .await;
    if let Some(failure) = failure {
        return Err(failure);
    }
    let mut seen = Seen::default();
    for answer in answers {
        let id = answer.membership_id;
        match answer.group_id {
            Some(group) if !id.is_empty() => seen.entities.push(Entity::Membership(Membership {
                identity_store: store.to_owned(),
                id,
                group,
                user: user.to_owned(),
            })),
            _ => seen.set_aside.push((
                format!("membership {id:?} of {user}"),
                "its id or its group's is missing".to_owned(),
            )),
        }
    }
    Ok(seen)
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
