//! An estate under way: what was read so far, before principals, groups and policies are joined.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::parts::{File, Form};
use super::{Estate, Held, Identity, Resource, SetAside, Source, Tags, Version};
use crate::access::tags;
use crate::policy::document::{Document, Effect, Use};
use crate::policy::json::Json;
use crate::policy::principal::{Kind, Principal};
use crate::policy::{Policy, document::Reason};

/// A policy and which of the distinct ones it is.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) id: usize,
    pub(super) policy: Arc<Policy>,
}

/// A policy, given by its text or by its name.
#[derive(Clone, Debug)]
pub(super) enum Given {
    /// Its text was given.
    Text(Shared),
    /// It is a managed policy.
    Managed(String),
}

/// What a user, role or group has.
#[derive(Clone, Debug, Default)]
pub(super) struct Policies {
    pub(super) inline: Vec<(Arc<str>, Shared)>,
    pub(super) managed: Vec<String>,
}

/// A principal as it was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Holder {
    pub(super) arn: String,
    pub(super) unique_id: Option<String>,
    pub(super) policies: Policies,
    /// ARNs, or names in the account of the user.
    pub(super) groups: Vec<String>,
    pub(super) boundary: Option<Given>,
    pub(super) trust: Option<Shared>,
    /// `None` where nobody knows which it has.
    pub(super) tags: Option<Vec<(String, String)>>,
    pub(super) has_instance_profile: Option<bool>,
}

/// What was read so far.
#[derive(Debug, Default)]
pub struct Draft {
    /// By where they stand and by text.
    known: BTreeMap<Use, HashMap<Box<str>, Shared>>,
    missing: HashMap<String, Shared>,
    pub(super) distinct: usize,
    names: HashMap<String, Arc<str>>,
    pub(super) holders: Vec<Holder>,
    pub(super) groups: BTreeMap<String, Policies>,
    pub(super) managed: HashMap<String, Shared>,
    /// Versions of managed policies that are not in force, by the policy and their id.
    versions: BTreeMap<(String, String), Shared>,
    pub(super) resources: BTreeMap<Box<str>, Resource>,
    pub(super) tree: Option<super::tree::Tree>,
    pub(super) center: super::center::Center,
    /// Which policies of the organization are resource control policies.
    pub(super) control: BTreeMap<String, bool>,
    pub(super) seen: super::snapshot::Seen,
    pub(super) asked_tags: BTreeSet<Box<str>>,
    pub(super) set_aside: Vec<SetAside>,
}

impl Draft {
    /// Reads one file, whichever of the two forms it has.
    pub fn file(&mut self, name: &str, text: &str) {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let Some(file) = self.part::<File<'_>>(name, text) else { return };
        match file.form() {
            Some(Form::Details) => self.details(name, text),
            Some(Form::Neutral) => self.neutral(name, &file),
            None => self.aside(
                name,
                "it has nothing of an organization, neither `principals` and the like nor `UserDetailList` and the like",
            ),
        }
    }

    pub(super) fn aside(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        self.set_aside.push(SetAside { place: place.into(), reason: reason.into() });
    }

    /// A name, once.
    pub(super) fn name(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.names.get(text) {
            return known.clone();
        }
        let name: Arc<str> = text.into();
        self.names.insert(text.to_owned(), name.clone());
        name
    }

    /// The policy of a text, which stands somewhere. One that cannot be read at all is there all the same, and judged by
    /// nobody; and so is a statement that AWS would refuse there.
    pub(super) fn policy(&mut self, place: &str, text: &str, used: Use) -> Shared {
        if let Some(known) = self.known.get(&used).and_then(|known| known.get(text)) {
            return known.clone();
        }
        let policy = match read(text) {
            Ok(document) => {
                for problem in document.problems_as(used) {
                    self.aside(place, problem.to_string());
                }
                Policy::compile_as(&document, used)
            }
            Err(reason) => {
                self.aside(place, reason.to_string());
                Policy::missing(place)
            }
        };
        let shared = self.keep(policy);
        self.known.entry(used).or_default().insert(text.into(), shared.clone());
        shared
    }

    fn keep(&mut self, policy: Policy) -> Shared {
        self.asked_tags.extend(tags::asked(&policy));
        let shared = Shared { id: self.distinct, policy: Arc::new(policy) };
        self.distinct += 1;
        shared
    }

    /// A version of a managed policy that is not in force. Nobody makes another version of AWS's own the one in force.
    pub(super) fn version(&mut self, arn: &str, id: &str, text: Option<&str>) {
        if arn.contains(":iam::aws:") {
            return;
        }
        let place = format!("version {id} of {arn}");
        let shared = match text {
            Some(text) => self.policy(&place, text, Use::Identity),
            None => self.missing(&place),
        };
        self.versions.insert((arn.to_owned(), id.to_owned()), shared);
    }

    /// A policy whose text nobody has.
    pub(super) fn missing(&mut self, name: &str) -> Shared {
        if let Some(known) = self.missing.get(name) {
            return known.clone();
        }
        let shared = self.keep(Policy::missing(name));
        self.missing.insert(name.to_owned(), shared.clone());
        shared
    }

    /// Joins what was read.
    pub fn finish(mut self) -> Estate {
        let holders = std::mem::take(&mut self.holders);
        let groups = std::mem::take(&mut self.groups);
        let names = by_name(&groups);
        let mut identities: Vec<Identity> = holders
            .into_iter()
            .filter_map(|holder| self.identity(holder, &groups, &names))
            .collect();
        identities.sort_by(|left, right| left.arn().cmp(right.arn()));
        let mut twice = Vec::new();
        identities.dedup_by(|later, first| {
            let is_same = later.arn() == first.arn();
            if is_same {
                twice.push(first.arn().to_owned());
            }
            is_same
        });
        for arn in twice {
            self.aside(arn, "it is there twice, the first one counts");
        }
        let mut with_policies = BTreeMap::new();
        for arn in groups.keys() {
            let mut policies = Vec::new();
            self.of_group(&mut policies, arn, &Principal::anonymous(), &groups, &names);
            with_policies.insert(self.name(arn), policies);
        }
        let organization = self.tree.take().map(|tree| self.organization(&tree));
        let mut accounts: Vec<&str> = identities.iter().map(Identity::account).collect();
        accounts.dedup();
        let accounts = accounts.into_iter().map(Into::into).collect();
        let given = self.center.given(&identities);
        let versions = self.versions();
        Estate {
            identities,
            accounts,
            groups: with_policies,
            versions,
            resources: self.resources,
            given,
            organization,
            asked_tags: self.asked_tags,
            policies: self.distinct,
            set_aside: self.set_aside,
        }
    }

    fn versions(&mut self) -> BTreeMap<Arc<str>, Vec<Version>> {
        let mut versions: BTreeMap<Arc<str>, Vec<Version>> = BTreeMap::new();
        for ((arn, id), shared) in std::mem::take(&mut self.versions) {
            let arn = self.name(&arn);
            let held = held(shared, Source::Managed(arn.clone()));
            versions.entry(arn).or_default().push(Version { id: id.into(), held });
        }
        versions
    }

    fn identity(
        &mut self,
        holder: Holder,
        groups: &BTreeMap<String, Policies>,
        names: &HashMap<(String, String), String>,
    ) -> Option<Identity> {
        let read = Principal::read(&holder.arn)
            .filter(|read| matches!(read.kind(), Kind::User | Kind::Role | Kind::Root));
        let Some(principal) = read else {
            self.aside(holder.arn, "it is the ARN of no user, role or root user");
            return None;
        };
        let mut policies = Vec::new();
        for (name, shared) in &holder.policies.inline {
            policies.push(held(shared.clone(), Source::Inline(name.clone())));
        }
        for arn in &holder.policies.managed {
            let name = self.name(arn);
            policies.push(held(self.managed(arn), Source::Managed(name)));
        }
        let mut member_of = Vec::new();
        for group in &holder.groups {
            member_of.push(self.of_group(&mut policies, group, &principal, groups, names));
        }
        let boundary = holder.boundary.map(|given| match given {
            Given::Text(shared) => held(shared, Source::Inline(self.name("boundary"))),
            Given::Managed(arn) => {
                let name = self.name(&arn);
                held(self.managed(&arn), Source::Managed(name))
            }
        });
        let resource: Arc<str> = holder.arn.as_str().into();
        let trust = holder.trust.map(|shared| held(shared, Source::Resource(resource)));
        let has_all_tags = holder.tags.is_some() && !may_be_tagged(&principal, trust.as_ref());
        Some(Identity {
            principal,
            unique_id: holder.unique_id.map(Into::into),
            policies: policies.into(),
            boundary,
            trust,
            groups: member_of.into(),
            tags: holder.tags.map(compared),
            has_all_tags,
            has_instance_profile: holder.has_instance_profile,
        })
    }

    fn of_group(
        &mut self,
        policies: &mut Vec<Held>,
        group: &str,
        principal: &Principal,
        groups: &BTreeMap<String, Policies>,
        names: &HashMap<(String, String), String>,
    ) -> Arc<str> {
        let account = principal.account().unwrap_or_default().to_owned();
        let arn = names.get(&(account, group.to_owned())).map_or(group, String::as_str);
        let name = self.name(arn);
        let Some(own) = groups.get(arn) else {
            let shared = self.missing(&format!("group {group}"));
            let source = Source::Group { group: name, policy: self.name("all of it") };
            policies.push(held(shared, source));
            return self.name(arn);
        };
        for (policy, shared) in &own.inline {
            let source = Source::Group { group: name.clone(), policy: policy.clone() };
            policies.push(held(shared.clone(), source));
        }
        for arn in &own.managed {
            let source = Source::Group { group: name.clone(), policy: self.name(arn) };
            policies.push(held(self.managed(arn), source));
        }
        name
    }

    fn managed(&mut self, arn: &str) -> Shared {
        match self.managed.get(arn) {
            Some(shared) => shared.clone(),
            None => self.missing(arn),
        }
    }
}

pub(super) fn held(shared: Shared, source: Source) -> Held {
    Held { id: shared.id, policy: shared.policy, source }
}

/// Tags as conditions compare them.
pub(super) fn compared(tags: impl IntoIterator<Item = (String, String)>) -> Tags {
    tags.into_iter().map(|(key, value)| (key.to_lowercase().into(), value.into())).collect()
}

/// The tags of a resource; `None` where two of them are one to conditions, of which either may count.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourcetag>
pub(super) fn of_resource(tags: impl IntoIterator<Item = (String, String)>) -> Option<Tags> {
    let tags = compared(tags);
    let mut known: BTreeMap<&str, &str> = BTreeMap::new();
    let is_one = tags.iter().all(|(key, value)| *known.entry(key).or_insert(value) == &**value);
    is_one.then_some(tags)
}

/// Whether sessions of a principal may be given tags, besides its own and in their place: those of a role whose trust allows that,
/// or is not known wholly, and those that Identity Center starts, which passes attributes of people on.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required>,
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/attributesforaccesscontrol.html>
fn may_be_tagged(principal: &Principal, trust: Option<&Held>) -> bool {
    if principal.kind() != Kind::Role {
        return false;
    }
    let Some(trust) = trust.filter(|trust| trust.policy.problems().is_empty()) else {
        return true;
    };
    let mut statements = trust.policy.statements().iter();
    super::is_of_center(principal)
        || statements.any(|it| it.effect == Effect::Allow && it.is_for_action("sts:tagsession"))
}

/// Groups by account and name.
fn by_name(groups: &BTreeMap<String, Policies>) -> HashMap<(String, String), String> {
    let key = |arn: &String| {
        let account = arn.split(':').nth(4)?.to_owned();
        Some(((account, arn.rsplit('/').next()?.to_owned()), arn.clone()))
    };
    groups.keys().filter_map(key).collect()
}

/// Reads a text: bare, percent-encoded as IAM's API gives it, or in an object with its name.
pub(in crate::access) fn read(text: &str) -> Result<Document, Reason> {
    let json = Json::read(text).map_err(|error| Reason::NoJson(error.to_string()))?;
    let json = match json {
        Json::Text(inner) => {
            let is_encoded = !inner.trim_start().starts_with('{');
            let decoded = if is_encoded {
                percent_encoding::percent_decode_str(&inner).decode_utf8_lossy().into_owned()
            } else {
                inner
            };
            return Document::read(&decoded);
        }
        json => json,
    };
    let is_bare = json.get("Statement").is_some();
    let inner = ["document", "Document", "PolicyDocument", "policy"]
        .iter()
        .find_map(|key| json.get(key))
        .filter(|inner| !is_bare && inner.entries().is_some());
    Document::of(inner.cloned().unwrap_or(json))
}
