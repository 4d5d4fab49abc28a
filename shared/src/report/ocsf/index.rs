//! What stands around the things that are told, found once for all of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::form;
use crate::model::credential::Holder;
use crate::model::identity_center::StoreGroup;
use crate::model::organization::AccountPlacement;
use crate::model::principal::Group;
use crate::model::{AccountId, Arn, Entity, EntityId, Kind, Snapshot, Stored, Timestamp};

/// The kinds that tell something about an IAM user.
const OF_USERS: [Kind; 7] = [
    Kind::Mfa,
    Kind::Password,
    Kind::AccessKeys,
    Kind::AccessKeyUse,
    Kind::SshPublicKeys,
    Kind::SigningCertificates,
    Kind::ServiceCredentials,
];

/// A snapshot with the ways through it.
pub(super) struct Index<'a> {
    pub(super) snapshot: &'a Snapshot,
    organization: Option<&'a str>,
    groups: BTreeMap<(&'a AccountId, &'a str), &'a Group>,
    /// The groups of a user of the identity store, by store and user.
    memberships: BTreeMap<(&'a str, &'a str), BTreeSet<&'a str>>,
    settings: BTreeMap<&'a Arn, Vec<&'a Stored>>,
}

impl<'a> Index<'a> {
    pub(super) fn of(snapshot: &'a Snapshot) -> Self {
        let mut index = Self {
            snapshot,
            organization: None,
            groups: BTreeMap::new(),
            memberships: BTreeMap::new(),
            settings: BTreeMap::new(),
        };
        for stored in snapshot.entities() {
            match &stored.entity {
                Entity::Organization(it) => index.organization = Some(&it.id),
                Entity::Group(it) => {
                    index.groups.insert((&stored.scope.account, &it.name), it);
                }
                Entity::Membership(it) => {
                    let of_user = index.memberships.entry((&it.identity_store, &it.user));
                    of_user.or_default().insert(&it.group);
                }
                Entity::ResourceSetting(it) => {
                    index.settings.entry(&it.resource).or_default().push(stored);
                }
                _ => {}
            }
        }
        index
    }

    /// The organization's id, and where an account hangs in it. An account that is not known to be in the
    /// organization gives none.
    pub(super) fn organization(
        &self,
        account: &AccountId,
    ) -> Option<(&'a str, Option<&'a AccountPlacement>)> {
        self.snapshot.aspect(Kind::Account, account.as_str())?;
        let placement = match self.snapshot.aspect(Kind::AccountPlacement, account.as_str()) {
            Some(Entity::AccountPlacement(it)) => Some(it),
            _ => None,
        };
        self.organization.map(|id| (id, placement))
    }

    /// The group of that name in the account of a user.
    pub(super) fn group(&self, user: &Stored, name: &str) -> Option<&'a Group> {
        self.groups.get(&(&user.scope.account, name)).copied()
    }

    /// The ids of the groups of a user of an identity store, with the groups that are known.
    pub(super) fn store_groups(
        &self,
        store: &str,
        user: &str,
    ) -> Vec<(&'a str, Option<&'a StoreGroup>)> {
        let ids = self.memberships.get(&(store, user)).into_iter().flatten();
        let known = |id| match self.snapshot.aspect(Kind::StoreGroup, &format!("{store}/{id}")) {
            Some(Entity::StoreGroup(group)) => Some(group),
            _ => None,
        };
        ids.map(|id| (*id, known(id))).collect()
    }

    /// A thing with everything that other capabilities tell about it.
    pub(super) fn parts(&self, stored: &'a Stored) -> Parts<'a> {
        let get = |kind, key: &str| self.snapshot.get(&EntityId { kind, key: key.to_owned() });
        let mut others: Vec<&Stored> = Vec::new();
        let mut around: Vec<&Stored> = Vec::new();
        match &stored.entity {
            Entity::User(it) => {
                let key = Holder { arn: it.arn.clone(), created: it.created }.key();
                others.extend(OF_USERS.iter().filter_map(|kind| get(*kind, &key)));
                let groups = it.groups.iter();
                let groups = groups.filter_map(|name| self.group(stored, name));
                around.extend(groups.filter_map(|group| get(Kind::Group, &group.unique_id)));
            }
            Entity::StoreUser(it) => {
                let groups = self.store_groups(&it.identity_store, &it.id);
                let keys = groups.iter().map(|(id, _)| format!("{}/{id}", it.identity_store));
                around.extend(keys.filter_map(|key| get(Kind::StoreGroup, &key)));
                let of_user = self.snapshot.of_kind(Kind::Membership).filter(|each| {
                    matches!(&each.entity, Entity::Membership(member)
                        if member.user == it.id && member.identity_store == it.identity_store)
                });
                around.extend(of_user);
            }
            Entity::Resource(it) => {
                let key = it.arn.to_string();
                others.extend(get(Kind::ResourcePolicy, &key));
                others.extend(get(Kind::ResourceTags, &key));
                others.extend(self.settings.get(&it.arn).into_iter().flatten());
            }
            _ => {}
        }
        let account = get(Kind::Account, stored.scope.account.as_str());
        let placement = get(Kind::AccountPlacement, stored.scope.account.as_str());
        around.extend(account.into_iter().chain(placement));
        let coverage = self.snapshot.coverage_of(&stored.scope).map(|it| it.status.word());
        let organization = self.organization(&stored.scope.account).map(|(id, _)| id);
        Parts { own: stored, others, around, coverage, organization }
    }
}

/// Everything that an event is made of.
pub(super) struct Parts<'a> {
    own: &'a Stored,
    /// What other capabilities tell about the thing itself.
    others: Vec<&'a Stored>,
    /// What is told of its neighbours: its groups, its account.
    around: Vec<&'a Stored>,
    coverage: Option<&'static str>,
    organization: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// The thing, then what else is told about it.
    pub(super) fn all(&self) -> impl Iterator<Item = &'a Stored> {
        std::iter::once(self.own).chain(self.others.iter().copied())
    }

    /// What another capability tells.
    pub(super) fn aspects(&self) -> impl Iterator<Item = &'a Entity> {
        self.others.iter().map(|stored| &stored.entity)
    }

    /// How completely the thing's own scope was seen.
    pub(super) fn coverage(&self) -> Option<&'static str> {
        self.coverage
    }

    /// When any of it last became different.
    pub(super) fn changed(&self) -> Timestamp {
        let all = self.all().chain(self.around.iter().copied());
        all.map(|stored| stored.changed.max(stored.deleted.unwrap_or(stored.changed)))
            .fold(self.own.changed, Ord::max)
    }

    /// An id that is the same as long as everything in the event is, but for when it was last looked at.
    ///
    /// When each part changed is in it: what was deleted and made again is as it was before, and is another event.
    pub(super) fn uid(&self, class: u32) -> String {
        let mut text = format!("{class} {}", self.own.entity.id());
        for stored in self.all().chain(self.around.iter().copied()) {
            let (id, changed) = (stored.entity.id(), stored.changed);
            text.extend([format!("\n{id} {} {changed}", stored.hash)]);
        }
        text.extend([format!("\nin {} since {}", self.own.scope, self.own.first_seen)]);
        for (name, told) in [("coverage", self.coverage), ("organization", self.organization)] {
            text.extend(told.map(|told| format!("\n{name} {told}")));
        }
        text.extend(self.own.deleted.map(|time| format!("\ndeleted {time}")));
        form::hash(&text)
    }
}
