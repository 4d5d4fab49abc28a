//! Whom a changed policy is about, and the estate cut down to them, before and after.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use serde_json::json;

use super::cell::{Cell, Cells};
use super::own::Own;
use super::{Changed, Refused};
use crate::access::estate::{Estate, Held, Identity, Organization, Resource, Source};
use crate::access::index::{Index, Set, WhoCan as _};
use crate::access::question::Target;
use crate::policy::Policy;
use crate::policy::document::{Document, Version};
use crate::policy::principal::{Reach, is_account};
use crate::policy::variable::{Template, Where, Wildcards};
use crate::policy::wildcard::Wildcard;

/// The name of what stands for the policy of a role or key that nobody has named: it leaves it to the accounts.
const DELEGATED: &str = "whatever its policy says";

/// A change, and whom it is about.
#[derive(Debug)]
pub(super) struct Narrow<'a> {
    pub(super) estate: &'a Estate,
    changed: Changed<'a>,
    pub(super) old: Arc<Policy>,
    pub(super) new: Arc<Policy>,
    /// The places of those whom it is about, in order.
    affected: Vec<usize>,
}

impl<'a> Narrow<'a> {
    /// Finds whom a change is about.
    pub(super) fn of(
        estate: &'a Estate,
        changed: Changed<'a>,
        new: Arc<Policy>,
    ) -> Result<Self, Refused> {
        let found = match changed {
            Changed::Organization(id) => of_organization(estate, id),
            Changed::Resource(arn) => of_resource(estate, arn, &new),
            _ => of_identities(estate, changed),
        };
        let Some((old, affected)) = found else {
            return Err(Refused::NotThere(changed.to_string()));
        };
        Ok(Self { estate, changed, old, new, affected })
    }

    /// Whether it is about policies of identities alone, so that all others say the same before and after.
    pub(super) fn is_of_identities(&self) -> bool {
        !matches!(self.changed, Changed::Organization(_) | Changed::Resource(_))
    }

    /// Those whom it is about, with their places.
    pub(super) fn identities(&self) -> impl Iterator<Item = (usize, &'a Identity)> {
        let of = |place: &usize| Some((*place, self.estate.identities.get(*place)?));
        self.affected.iter().filter_map(of)
    }

    /// The patterns of a statement, as far as they are about what the policy can be about.
    pub(super) fn within(&self, items: &[Template]) -> Vec<Template> {
        let Changed::Resource(arn) = self.changed else { return items.to_vec() };
        let fixed = |text: &str| Template::read(text, Version::V2012, Wildcards::On, Where::All);
        let mut own = vec![arn.to_owned()];
        if arn.starts_with("arn:") && arn.contains(":s3:::") {
            own.push(format!("{arn}/*"));
        }
        let mut found: Vec<Template> = Vec::new();
        for own in own {
            for item in items {
                let opened = item.opened();
                if Wildcard::read(&opened).matches(&own) {
                    found.push(fixed(&own));
                } else if Wildcard::read(&own).matches(&opened) {
                    found.push(item.clone());
                }
            }
        }
        found
    }

    /// The policies that have a say about those whom it is about, on what the patterns stand for.
    pub(super) fn in_force(&self, patterns: &[Wildcard]) -> impl Iterator<Item = &'a Arc<Policy>> {
        let own = self.identities().flat_map(|(_, it)| it.policies.iter().chain(&it.boundary));
        let guards = self.estate.organization.iter().flat_map(|it| it.accounts.values());
        let guards = guards.flat_map(|it| it.scps.iter().chain(&it.rcps).flatten());
        let resources = self.about(patterns).filter_map(|(_, it)| it.policy.as_ref());
        own.chain(guards).chain(resources.collect::<Vec<_>>()).map(|held| &held.policy)
    }

    /// The resources with policies that the patterns stand for.
    pub(super) fn with_policies(
        &self,
        patterns: &[Wildcard],
    ) -> impl Iterator<Item = (&'a str, &'a Policy)> {
        self.about(patterns).filter_map(|(arn, it)| Some((arn, &*it.policy.as_ref()?.policy)))
    }

    fn about(&self, patterns: &[Wildcard]) -> impl Iterator<Item = (&'a str, &'a Resource)> {
        let all = self.estate.resources.iter().filter(|(_, it)| it.policy.is_some());
        let all = all.filter(|(arn, _)| patterns.iter().any(|it| it.matches(arn)));
        all.map(|(arn, it)| (&**arn, it))
    }

    /// The account of a resource, where its ARN says it or it was collected.
    pub(super) fn owner(&self, resource: &str) -> Option<String> {
        let of_arn = resource.split(':').nth(4).filter(|text| is_account(text));
        let known = || self.estate.resource(resource).and_then(|(_, it)| it.account.as_deref());
        of_arn.or_else(known).map(str::to_owned)
    }

    /// The estate, cut down to whom it is about and what the cells are about: before and after.
    pub(super) fn sides(&self, cells: &Cells, own: &Own<'_>) -> Sides {
        let shared = cells.all.iter().filter_map(|it| it.resource.as_deref());
        let own = own.resources.iter().filter_map(|(_, _, it)| it.as_deref());
        let asked: HashSet<&str> = shared.chain(own).collect();
        let mut places: BTreeSet<usize> = self.affected.iter().copied().collect();
        let mut resources = BTreeMap::new();
        let mut delegated = None;
        for resource in asked {
            if let Some(role) = self.estate.find(resource) {
                places.insert(role);
            } else if let Some((arn, found)) = self.estate.resource(resource) {
                resources.entry(arn.into()).or_insert_with(|| found.clone());
            } else if is_left_to_its_policy(resource) {
                let policy = delegated.get_or_insert_with(|| self.delegated()).clone();
                let found = Resource { account: None, policy: Some(policy), is_shut: false };
                resources.insert(resource.into(), found);
            }
        }
        let places: Vec<usize> = places.into_iter().collect();
        let identities = places.iter().filter_map(|place| self.estate.identities.get(*place));
        let before = Estate {
            identities: identities.cloned().collect(),
            resources,
            organization: self.estate.organization.clone(),
            accounts: self.estate.accounts.clone(),
            policies: self.estate.policies + 2,
            ..Estate::default()
        };
        let mut after = before.clone();
        self.change(&mut after);
        Sides { before, after, places }
    }

    fn change(&self, after: &mut Estate) {
        let held = |source: &Source| Held {
            id: self.estate.policies + 1,
            policy: Arc::clone(&self.new),
            source: source.clone(),
        };
        for identity in &mut after.identities {
            let arn = identity.arn().to_owned();
            let own = identity.policies.iter_mut().chain(&mut identity.boundary);
            for own in own.filter(|own| self.changed.is(&own.source, &arn)) {
                *own = held(&own.source);
            }
            if self.changed == Changed::Resource(&arn) {
                identity.trust = Some(held(&Source::Resource(arn.as_str().into())));
            }
        }
        if let Changed::Resource(arn) = self.changed
            && let Some(resource) = after.resources.get_mut(arn)
        {
            resource.policy = Some(held(&Source::Resource(arn.into())));
        }
        let guards = after.organization.iter_mut().flat_map(|it| it.accounts.values_mut());
        for guard in guards {
            for own in guard.scps.iter_mut().chain(&mut guard.rcps).flatten() {
                if self.changed.is(&own.source, "") {
                    *own = held(&own.source);
                }
            }
        }
    }

    /// A policy that leaves it to the accounts.
    fn delegated(&self) -> Held {
        let accounts: Vec<&str> = self.estate.accounts.iter().map(|it| &**it).collect();
        let document = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": accounts}, "Action": "*", "Resource": "*"}]});
        let policy = Document::read(&document.to_string())
            .map_or_else(|_| Policy::missing(DELEGATED), |document| Policy::compile(&document));
        Held {
            id: self.estate.policies,
            policy: policy.into(),
            source: Source::Resource(DELEGATED.into()),
        }
    }
}

/// An estate before and after a change, of those whom it is about and the roles that they are asked about.
#[derive(Debug)]
pub(super) struct Sides {
    pub(super) before: Estate,
    pub(super) after: Estate,
    /// The places in the estate that this one was cut from.
    pub(super) places: Vec<usize>,
}

impl Sides {
    /// The place in the sides of one in the estate.
    pub(super) fn place(&self, place: usize) -> Option<usize> {
        self.places.binary_search(&place).ok()
    }

    /// Whom a change is about.
    pub(super) fn affected(&self, narrow: &Narrow<'_>) -> Set {
        let mut set = Set::none(self.places.len());
        let places = narrow.affected.iter().filter_map(|place| self.place(*place));
        places.for_each(|place| set.add(place));
        set
    }
}

/// Who has a changed policy, as theirs and as boundary.
pub(super) struct Having {
    own: Set,
    boundary: Set,
}

impl Having {
    pub(super) fn of(narrow: &Narrow<'_>, sides: &Sides) -> Self {
        let limit = sides.places.len();
        let mut having = Self { own: Set::none(limit), boundary: Set::none(limit) };
        for (place, identity) in sides.before.identities.iter().enumerate() {
            let is = |held: &Held| narrow.changed.is(&held.source, identity.arn());
            if identity.policies.iter().any(is) {
                having.own.add(place);
            }
            if identity.boundary.as_ref().is_some_and(is) {
                having.boundary.add(place);
            }
        }
        having
    }

    /// For whom what a changed policy says about a cell does not matter, whatever the conditions: another allows it already.
    pub(super) fn certain_anyway(
        &self,
        cell: &Cell,
        resource: &str,
        before: &Index<'_>,
        after: &Index<'_>,
    ) -> Result<Set, Refused> {
        let limit = before.estate().identities.len();
        if cell.has_deny || (self.own.is_empty() && self.boundary.is_empty()) {
            return Ok(Set::none(limit));
        }
        let (was, is) =
            (before.surely(&cell.action, resource)?, after.surely(&cell.action, resource)?);
        let mut anyway = Set::all(limit);
        for (having, was, is) in [(&self.own, was.0, is.0), (&self.boundary, was.1, is.1)] {
            let mut open = having.clone();
            let mut both = was;
            both.keep(&is);
            open.drop(&both);
            anyway.drop(&open);
        }
        Ok(anyway)
    }
}

/// Whether the policy of what a request is about, which has the last word, stands for one that nobody knows.
pub(super) fn is_delegated(target: &Target) -> bool {
    let source = target.policy.as_ref().map(|held| &held.source);
    matches!(source, Some(Source::Resource(name)) if &**name == DELEGATED)
}

/// Whether nobody can do anything with a resource, or have it, but whom its policy lets.
fn is_left_to_its_policy(resource: &str) -> bool {
    let mut parts = resource.splitn(6, ':').skip(2);
    let (service, rest) = (parts.next().unwrap_or_default(), parts.nth(2).unwrap_or_default());
    match service {
        "iam" => rest.starts_with("role/"),
        "kms" => rest.starts_with("key/"),
        _ => false,
    }
}

type Found = Option<(Arc<Policy>, Vec<usize>)>;

fn of_identities(estate: &Estate, changed: Changed<'_>) -> Found {
    let mut old = None;
    let mut affected = Vec::new();
    let mut look = |place: usize, identity: &Identity| {
        let mut own = identity.policies.iter().chain(&identity.boundary);
        if let Some(held) = own.find(|held| changed.is(&held.source, identity.arn())) {
            old.get_or_insert_with(|| Arc::clone(&held.policy));
            affected.push(place);
        }
    };
    if let Changed::Inline { principal, .. } = changed {
        let place = estate.find(principal)?;
        look(place, estate.identities.get(place)?);
    } else {
        estate.identities.iter().enumerate().for_each(|(place, it)| look(place, it));
    }
    Some((old?, affected))
}

fn of_organization(estate: &Estate, id: &str) -> Found {
    let Organization { accounts, .. } = estate.organization.as_ref()?;
    let find = |levels: &[Vec<Held>]| {
        let mut all = levels.iter().flatten();
        let held = all.find(|held| Changed::Organization(id).is(&held.source, ""))?;
        Some(Arc::clone(&held.policy))
    };
    let control = accounts.values().find_map(|guard| find(&guard.rcps));
    let service = accounts.values().find_map(|guard| find(&guard.scps));
    let places = estate.identities.iter().enumerate();
    let affected = places.filter(|(_, identity)| {
        // Whoever asks for something that is in an account is limited by its resource control policies.
        control.is_some()
            || accounts.get(identity.account()).is_some_and(|guard| find(&guard.scps).is_some())
    });
    let affected = affected.map(|(place, _)| place).collect();
    Some((service.or(control)?, affected))
}

fn of_resource(estate: &Estate, arn: &str, new: &Policy) -> Found {
    let held = match (estate.identity(arn), estate.resources.get(arn)) {
        (Some(role), _) => role.trust.as_ref(),
        (None, Some(resource)) => resource.policy.as_ref(),
        (None, None) => return None,
    };
    let nothing = || Arc::new(Policy::empty());
    let old = held.map_or_else(nothing, |held| Arc::clone(&held.policy));
    let mut affected = BTreeSet::new();
    let is_unclear = !old.problems().is_empty() || !new.problems().is_empty();
    for statement in old.statements().iter().chain(new.statements()) {
        match statement.reach() {
            Reach::Few { arns, accounts } if !is_unclear => {
                affected.extend(arns.into_iter().filter_map(|arn| estate.find(arn)));
                let places = estate.identities.iter().enumerate();
                let members = places.filter(|(_, it)| accounts.contains(&it.account()));
                affected.extend(members.map(|(place, _)| place));
            }
            _ => affected.extend(0..estate.identities.len()),
        }
    }
    if is_unclear {
        affected.extend(0..estate.identities.len());
    }
    Some((old, affected.into_iter().collect()))
}

impl Changed<'_> {
    /// Whether a policy that a principal has, or that is attached in the organization, is the changed one.
    fn is(&self, source: &Source, holder: &str) -> bool {
        match (self, source) {
            (Self::Managed(arn), Source::Managed(own) | Source::Group { policy: own, .. }) => {
                arn == &&**own
            }
            (Self::Inline { principal, name }, Source::Inline(own)) => {
                *principal == holder && name == &&**own
            }
            (Self::Group { group, name }, Source::Group { group: of, policy }) => {
                group == &&**of && name == &&**policy
            }
            (Self::Organization(id), Source::Organization { policy, .. }) => id == &&**policy,
            _ => false,
        }
    }
}

impl std::fmt::Display for Changed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Managed(name) | Self::Organization(name) => f.write_str(name),
            Self::Inline { principal: of, name } | Self::Group { group: of, name } => {
                write!(f, "{name} of {of}")
            }
            Self::Resource(arn) => write!(f, "policy of {arn}"),
        }
    }
}
