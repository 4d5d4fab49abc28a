//! A store's snapshot → the estate.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, Given, Holder, Policies, held, of_resource};
use super::tree::{Node, Tree};
use super::{Estate, Resource, Source, Tags};
use crate::model::policy::InlinePolicy;
use crate::model::resource::{Attribute, ResourceType};
use crate::model::{AccountId, Arn, Entity, Snapshot};
use crate::policy::document::Use;

/// What was seen of things that have something else that is read by itself.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Resources that may have a policy.
    with_policy: BTreeSet<String>,
    /// Resources whose policy, or that they have none, was read.
    policies: BTreeSet<String>,
    /// Policies of the organization of which is known where they are attached.
    targets: BTreeSet<String>,
    /// Tags, by what has them: they make nothing known of which nothing else was collected.
    tags: BTreeMap<String, Option<Tags>>,
    /// Buckets and access points.
    buckets: BTreeSet<String>,
    /// Whether public policies give nothing, by bucket, access point and the root of an account.
    blocks: BTreeMap<String, bool>,
}

pub(super) fn estate(snapshot: &Snapshot) -> Estate {
    let mut draft = Draft::default();
    for stored in snapshot.entities() {
        draft.entity(&stored.entity, &stored.scope.account);
    }
    draft.close();
    draft.finish()
}

/// Whether a policy can be attached to a resource of this type, and is read by a call of its own.
fn has_policy(of: ResourceType) -> bool {
    matches!(
        of,
        ResourceType::Bucket
            | ResourceType::AccessPoint
            | ResourceType::MultiRegionAccessPoint
            | ResourceType::Function
            | ResourceType::Secret
            | ResourceType::Key
            | ResourceType::Table
            | ResourceType::TableStream
            | ResourceType::Queue
            | ResourceType::Topic
            | ResourceType::Repository
    )
}

impl Draft {
    /// Reads what was found in an account.
    pub(in crate::access) fn entity(&mut self, entity: &Entity, account: &AccountId) {
        match entity {
            Entity::User(user) => {
                let arn = user.arn.as_str();
                let policies = self.of(arn, &user.inline_policies, &user.attached_policies);
                self.holders.push(Holder {
                    arn: arn.to_owned(),
                    unique_id: Some(user.unique_id.clone()),
                    policies,
                    groups: user.groups.clone(),
                    boundary: user.boundary.as_ref().map(|arn| Given::Managed(arn.to_string())),
                    tags: Some(user.tags.clone().into_iter().collect()),
                    ..Holder::default()
                });
            }
            Entity::Role(role) => {
                let arn = role.arn.as_str();
                let policies = self.of(arn, &role.inline_policies, &role.attached_policies);
                let trust = role.trust.as_ref();
                let trust = trust.map(|document| self.policy(arn, &document.0, Use::Resource));
                self.holders.push(Holder {
                    arn: arn.to_owned(),
                    unique_id: Some(role.unique_id.clone()),
                    policies,
                    groups: Vec::new(),
                    boundary: role.boundary.as_ref().map(|arn| Given::Managed(arn.to_string())),
                    trust,
                    tags: Some(role.tags.clone().into_iter().collect()),
                    has_instance_profile: Some(!role.instance_profiles.is_empty()),
                });
            }
            Entity::Group(group) => {
                let arn = group.arn.as_str();
                let policies = self.of(arn, &group.inline_policies, &group.attached_policies);
                self.groups.insert(arn.to_owned(), policies);
            }
            Entity::Policy(policy) => {
                if let Some(document) = policy.default_document() {
                    let shared = self.policy(policy.arn.as_str(), &document.0, Use::Identity);
                    self.managed.insert(policy.arn.to_string(), shared);
                }
                for version in policy.versions.iter().filter(|version| !version.default) {
                    let text = version.document.as_ref().map(|document| &*document.0);
                    self.version(policy.arn.as_str(), &version.id, text);
                }
            }
            other => {
                self.of_resource(other, account);
                self.center.entity(other);
                self.organized(other);
            }
        }
    }

    fn of_resource(&mut self, entity: &Entity, account: &AccountId) {
        match entity {
            Entity::Resource(resource) => {
                if has_policy(resource.resource_type) {
                    self.seen.with_policy.insert(resource.arn.to_string());
                }
                let is_bucket = resource.resource_type == ResourceType::Bucket;
                let is_access_point = resource.resource_type == ResourceType::AccessPoint;
                if is_bucket || is_access_point {
                    self.seen.buckets.insert(resource.arn.to_string());
                }
                let known = self.known(&resource.arn, account);
                if let Some(tags) = &resource.tags {
                    known.tags = of_resource(tags.clone());
                }
                known.parent = resource.parent.as_ref().map(|parent| parent.as_str().into());
                let text = |name: &str| match resource.attributes.get(name) {
                    Some(Attribute::Text(text)) => Some(text.as_str().into()),
                    _ => None,
                };
                known.region = text("region").filter(|_| is_bucket);
                known.network = text("network-origin").filter(|_| is_access_point);
            }
            Entity::ResourcePolicy(policy) => {
                self.seen.policies.insert(policy.resource.to_string());
                let Some(document) = &policy.document else { return };
                let shared = self.policy(policy.resource.as_str(), &document.0, Use::Resource);
                let source = Source::Resource(self.name(policy.resource.as_str()));
                self.known(&policy.resource, account).policy = Some(held(shared, source));
            }
            Entity::ResourceTags(tagged) => {
                let tags = of_resource(tagged.tags.clone());
                self.seen.tags.insert(tagged.resource.to_string(), tags);
            }
            Entity::ResourceSetting(setting) if setting.name == "public-access-block" => {
                let flag = setting.attributes.get("restrict-public-buckets");
                let is_shut = flag == Some(&Attribute::Flag(true));
                self.seen.blocks.insert(setting.resource.to_string(), is_shut);
            }
            _ => {}
        }
    }

    fn organized(&mut self, entity: &Entity) {
        match entity {
            Entity::Organization(organization) => {
                let tree = self.planted();
                tree.id = Some(organization.id.clone());
                tree.management = Some(organization.management_account.to_string());
            }
            Entity::Root(root) => {
                self.planted().nodes.entry(root.id.clone()).or_default();
            }
            Entity::OrganizationalUnit(unit) => {
                let node = self.planted().nodes.entry(unit.id.clone()).or_default();
                node.parent = Some(unit.parent.clone());
            }
            Entity::AccountPlacement(placement) => {
                let tree = self.planted();
                let node = tree.accounts.entry(placement.account.to_string()).or_default();
                node.parent = Some(placement.parent.clone());
            }
            Entity::OrganizationPolicyDocument(policy) => {
                let is_rcp = self.is_resource_control(&policy.policy);
                let used = if is_rcp { Use::Perimeter } else { Use::Identity };
                let shared = self.policy(&policy.policy, &policy.document.0, used);
                self.planted().policies.insert(policy.policy.clone(), shared);
            }
            Entity::OrganizationPolicyTargets(targets) => {
                self.seen.targets.insert(targets.policy.clone());
                let is_rcp = self.is_resource_control(&targets.policy);
                for target in &targets.targets {
                    let tree = self.planted();
                    let nodes = match target.kind.as_str() {
                        "ACCOUNT" => &mut tree.accounts,
                        _ => &mut tree.nodes,
                    };
                    let node: &mut Node = nodes.entry(target.id.clone()).or_default();
                    let list = if is_rcp { &mut node.rcps } else { &mut node.scps };
                    list.push(targets.policy.clone());
                }
            }
            Entity::OrganizationPolicy(policy) => {
                let is_rcp = policy.policy_type == "RESOURCE_CONTROL_POLICY";
                self.control.insert(policy.id.clone(), is_rcp);
            }
            _ => {}
        }
    }

    /// Ends the reading: what is there and was not looked at wholly is in force with a text that nobody has, the policy of a
    /// resource, and a policy of the organization of which nobody knows where it is attached.
    pub(super) fn close(&mut self) {
        let seen = std::mem::take(&mut self.seen);
        for arn in seen.with_policy.difference(&seen.policies) {
            let shared = self.missing(&format!("policy of {arn}"));
            let source = Source::Resource(self.name(arn));
            if let Some(resource) = self.resources.get_mut(arn.as_str()) {
                resource.policy = Some(held(shared, source));
            }
        }
        for (arn, tags) in &seen.tags {
            if let Some(resource) = self.resources.get_mut(arn.as_str()) {
                resource.tags.clone_from(tags);
            }
        }
        self.shut(&seen);
        // An account that policies are attached to, and of which nobody knows where it hangs.
        for (id, account) in self.tree.iter_mut().flat_map(|tree| &mut tree.accounts) {
            if account.parent.is_none() {
                account.hangs_nowhere(id);
            }
        }
        let control = std::mem::take(&mut self.control);
        for (id, is_rcp) in control.into_iter().filter(|(id, _)| !seen.targets.contains(id)) {
            let unknown = format!("where {id} is attached");
            for account in self.planted().accounts.values_mut() {
                let list = if is_rcp { &mut account.rcps } else { &mut account.scps };
                list.push(unknown.clone());
            }
        }
    }

    /// Says of each bucket and access point whether public policies give nothing there: the stricter of its own setting and
    /// its account's counts.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
    fn shut(&mut self, seen: &Seen) {
        for arn in &seen.buckets {
            let Some(bucket) = self.resources.get_mut(arn.as_str()) else { continue };
            let partition = arn.split(':').nth(1).unwrap_or("aws");
            let owner = bucket.account.as_deref().unwrap_or_default();
            let root = format!("arn:{partition}:iam::{owner}:root");
            let own = seen.blocks.get(arn).copied();
            let of_account = seen.blocks.get(&root).copied();
            bucket.is_shut = own == Some(true) || of_account == Some(true);
            let is_public = bucket.policy.as_ref().is_some_and(|held| held.policy.is_public());
            let unread = match (own, of_account) {
                (None, _) => arn,
                (_, None) => &root,
                _ => continue,
            };
            if is_public && !bucket.is_shut {
                let note = format!(
                    "whether {unread} blocks public access was not collected: it is taken not to"
                );
                bucket.note = Some(note.into());
            }
        }
    }

    /// Policies come before their targets, as kinds are in order.
    fn is_resource_control(&self, id: &str) -> bool {
        self.control.get(id).copied().unwrap_or(false)
    }

    fn planted(&mut self) -> &mut Tree {
        self.tree.get_or_insert_with(Tree::default)
    }

    /// A resource that was found in an account: its own, whether its ARN says so or not.
    fn known(&mut self, arn: &Arn, account: &AccountId) -> &mut Resource {
        let own = arn.account();
        let owner = own.as_ref().unwrap_or(account).as_str();
        let new = || Resource { account: Some(owner.into()), ..Resource::default() };
        self.resources.entry(arn.as_str().into()).or_insert_with(new)
    }

    fn of(&mut self, arn: &str, inline: &[InlinePolicy], attached: &[Arn]) -> Policies {
        let managed = attached.iter().map(ToString::to_string).collect();
        let mut policies = Policies { managed, ..Policies::default() };
        for own in inline {
            let name = self.name(&own.name);
            let shared = self.policy(arn, &own.document.0, Use::Identity);
            policies.inline.push((name, shared));
        }
        policies
    }
}
