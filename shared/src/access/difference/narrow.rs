//! Whom a changed policy is about, and what they are asked before and after.

use std::cell::OnceCell;
use std::sync::Arc;

use serde_json::json;

use super::{Changed, Refused};
use crate::access::estate::{Estate, Held, Identity, Organization, Resource, Source, parts_of};
use crate::access::index::{Index, Of, Overlay, Set, Swap, Targets, WhoCan as _};
use crate::access::target::Target;
use crate::policy::Policy;
use crate::policy::document::{Document, Version};
use crate::policy::principal::{Reach, is_account};
use crate::policy::variable::{Template, Where, Wildcards};
use crate::policy::wildcard::Wildcard;

/// The name of what stands for the policy of a role or key that nobody has named: it leaves it to the accounts.
const DELEGATED: &str = "whatever its policy says";

/// A change, and whom it is about.
pub(super) struct Narrow<'a> {
    index: &'a Index<'a>,
    pub(super) estate: &'a Estate,
    pub(super) changed: Changed<'a>,
    pub(super) old: Arc<Policy>,
    pub(super) new: Arc<Policy>,
    /// Which of the estate's policies the old one is.
    id: usize,
    /// The places of those whom it is about, in order.
    pub(super) affected: Vec<usize>,
    /// The policy of what nobody has named.
    delegated: OnceCell<Held>,
    /// The organization afterwards.
    after: OnceCell<Estate>,
}

impl<'a> Narrow<'a> {
    /// Finds whom a change is about.
    pub(super) fn of(
        index: &'a Index<'a>,
        changed: Changed<'a>,
        new: Arc<Policy>,
    ) -> Result<Self, Refused> {
        let estate = index.estate();
        let found = match changed {
            Changed::Organization(id) => of_organization(index, id),
            Changed::Resource(arn) => of_resource(index, arn, &new),
            _ => of_identities(index, changed),
        };
        let Some((id, old, affected)) = found else {
            return Err(Refused::NotThere(changed.to_string()));
        };
        let (delegated, after) = (OnceCell::new(), OnceCell::new());
        Ok(Self { index, estate, changed, old, new, id, affected, delegated, after })
    }

    /// Where the policy is.
    fn kind(&self) -> Of {
        match self.changed {
            Changed::Organization(_) => Of::Organization,
            Changed::Resource(_) => Of::Resource,
            _ => Of::Identities,
        }
    }

    /// Whether a policy is the one that changes; with the ARN of who has it.
    pub(super) fn is(&self, held: &Held, holder: &str) -> bool {
        self.changed.is(&held.source, holder)
    }

    /// Those whom it is about, before and after.
    pub(super) fn overlay<'n>(&'n self, is: &'n dyn Fn(&Held, &str) -> bool) -> Overlay<'n> {
        let (of, id, old, new) = (self.kind(), self.id, &*self.old, &*self.new);
        Overlay::of(self.index, &self.affected, Swap { of, is, id, old, new })
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
        own.extend(parts_of(arn));
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
        let mut seen = Set::none(self.estate.policies);
        let own = self.identities().flat_map(|(_, it)| it.policies.iter().chain(&it.boundary));
        let own = own.filter(move |held| {
            let is_new = !seen.has(held.id);
            seen.add(held.id);
            is_new
        });
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

    /// What a request is about, before and after.
    pub(super) fn targets(&self, action: &str, resource: &str) -> Targets {
        // What is behind an access point is told of that.
        let mut before = Target::alone(self.estate, action, resource);
        let is_trust = action.starts_with("sts:");
        let is_role = is_role(resource);
        let is_known =
            || self.estate.find(resource).is_some() || self.estate.resource(resource).is_some();
        if (is_key(resource) || (is_role && is_trust)) && !is_known() {
            before.policy = Some(self.delegated.get_or_init(|| self.delegated()).clone());
        }
        let is_of = |arn: &str| {
            if self.estate.find(arn).is_some() {
                return arn == resource && is_trust;
            }
            let found = self.estate.resource(resource);
            (!is_role || is_trust) && found.is_some_and(|(own, _)| own == arn)
        };
        let after = match self.changed {
            Changed::Resource(arn) if is_of(arn) => {
                let source = Source::Resource(arn.into());
                Some(Target { policy: Some(self.changed_to(source)), ..before.clone() })
            }
            _ => None,
        };
        Targets { before, after }
    }

    /// The new policy in the place of the old one.
    fn changed_to(&self, source: Source) -> Held {
        Held { id: usize::MAX, policy: Arc::clone(&self.new), source }
    }

    /// Somebody afterwards.
    pub(super) fn after(&self, identity: &Identity) -> Identity {
        let mut after = identity.clone();
        let arn = identity.arn();
        for own in after.policies.iter_mut().chain(&mut after.boundary) {
            if self.is(own, arn) {
                *own = self.changed_to(own.source.clone());
            }
        }
        after
    }

    /// An estate with the organization as it is afterwards.
    pub(super) fn organization(&self) -> &Estate {
        if self.kind() != Of::Organization {
            return self.estate;
        }
        self.after.get_or_init(|| {
            let mut organization = self.estate.organization.clone();
            let guards = organization.iter_mut().flat_map(|it| it.accounts.values_mut());
            for guard in guards {
                for own in guard.scps.iter_mut().chain(&mut guard.rcps).flatten() {
                    if self.is(own, "") {
                        *own = self.changed_to(own.source.clone());
                    }
                }
            }
            Estate { organization, ..Estate::default() }
        })
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

/// Whether the policy of what a request is about, which has the last word, stands for one that nobody knows.
pub(super) fn is_delegated(target: &Target) -> bool {
    let source = target.policy.as_ref().map(|held| &held.source);
    matches!(source, Some(Source::Resource(name)) if &**name == DELEGATED)
}

/// The service of a resource, and what is behind the account.
fn service(resource: &str) -> (&str, &str) {
    let mut parts = resource.splitn(6, ':').skip(2);
    (parts.next().unwrap_or_default(), parts.nth(2).unwrap_or_default())
}

/// Whether nobody can do anything with a resource but whom its policy lets.
pub(super) fn is_key(resource: &str) -> bool {
    let (service, rest) = service(resource);
    service == "kms" && rest.starts_with("key/")
}

/// Whether nobody can have it but whom its policy lets.
pub(super) fn is_role(resource: &str) -> bool {
    let (service, rest) = service(resource);
    service == "iam" && rest.starts_with("role/")
}

/// The id of the policy, the policy, and the places of those whom it is about.
type Found = Option<(usize, Arc<Policy>, Vec<usize>)>;

fn of_identities(index: &Index<'_>, changed: Changed<'_>) -> Found {
    let identities = &index.estate().identities;
    let found = |held: &Held, places| Some((held.id, Arc::clone(&held.policy), places));
    if let Changed::Inline { principal, .. } = changed {
        let place = index.estate().find(principal)?;
        return found(changed.held_by(identities.get(place)?)?, vec![place]);
    }
    // Wherever a policy is, it is the same one; others may have one with the same text.
    let held = identities.iter().find_map(|it| changed.held_by(it))?;
    let has =
        |place: &usize| identities.get(*place).is_some_and(|it| changed.held_by(it).is_some());
    found(held, index.having(held.id).places().filter(has).collect())
}

fn of_organization(index: &Index<'_>, id: &str) -> Found {
    let estate = index.estate();
    let Organization { accounts, .. } = estate.organization.as_ref()?;
    let find = |levels: &[Vec<Held>]| {
        let mut all = levels.iter().flatten();
        let held = all.find(|held| Changed::Organization(id).is(&held.source, ""))?;
        Some((held.id, Arc::clone(&held.policy)))
    };
    let control = accounts.values().find_map(|guard| find(&guard.rcps));
    let mut affected = Set::none(estate.identities.len());
    let mut service = None;
    for (account, guard) in accounts {
        let found = find(&guard.scps);
        if let (Some(_), Some(members)) = (&found, index.members(account)) {
            affected.join(members);
        }
        service = service.or(found);
    }
    // Whoever asks for something that is in an account is limited by its resource control policies.
    if control.is_some() {
        affected = Set::all(estate.identities.len());
    }
    let (id, old) = service.or(control)?;
    Some((id, old, affected.places().collect()))
}

fn of_resource(index: &Index<'_>, arn: &str, new: &Policy) -> Found {
    let estate = index.estate();
    let held = match (estate.identity(arn), estate.resources.get(arn)) {
        (Some(role), _) => role.trust.as_ref(),
        (None, Some(resource)) => resource.policy.as_ref(),
        (None, None) => return None,
    };
    let nothing = || (usize::MAX, Arc::new(Policy::empty()));
    let (id, old) = held.map_or_else(nothing, |held| (held.id, Arc::clone(&held.policy)));
    let everyone = || Set::all(estate.identities.len());
    let mut affected = Set::none(estate.identities.len());
    for statement in old.statements().iter().chain(new.statements()) {
        match statement.reach() {
            Reach::Few { arns, accounts } => {
                let places = arns.into_iter().filter_map(|arn| estate.find(arn));
                places.for_each(|place| affected.add(place));
                let members = accounts.into_iter().filter_map(|account| index.members(account));
                members.for_each(|members| affected.join(members));
            }
            _ => affected = everyone(),
        }
    }
    if !old.problems().is_empty() || !new.problems().is_empty() {
        affected = everyone();
    }
    Some((id, old, affected.places().collect()))
}

impl Changed<'_> {
    /// The changed policy as a principal has it.
    fn held_by<'h>(&self, identity: &'h Identity) -> Option<&'h Held> {
        let mut own = identity.policies.iter().chain(&identity.boundary);
        own.find(|held| self.is(&held.source, identity.arn()))
    }

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
