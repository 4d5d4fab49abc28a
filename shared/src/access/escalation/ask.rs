//! The permissions of one way, asked of the index.

use std::collections::HashMap;
use std::sync::Arc;

use super::service::{asks, names};
use super::table::{FILLS_PROFILE, SETS_VERSION};
use super::{Escalation, Path, Set, Way};
use crate::access::estate::{Estate, Held, Identity, Source};
use crate::access::facts::{Given, in_region};
use crate::access::index::{Counting, WhoCan as _};
use crate::access::question::Question;
use crate::access::target::Target;
use crate::policy::evaluate::facts::region;
use crate::policy::evaluate::{Context, Decision, Layers, Mode, Request, decide};
use crate::policy::principal::{Kind, Principal};

/// The policy that gives all rights.
const ADMINISTRATOR: &str = "policy/AdministratorAccess";

/// What the request for a permission on somebody says.
pub(super) type Said = Vec<(String, Vec<String>)>;

/// An action, and the service that a role is passed to with it.
type Asked = (&'static str, Option<&'static str>);

/// Who can do something on a principal.
#[derive(Debug, Default)]
pub(super) struct OnTargets {
    /// By the place of the principal.
    known: HashMap<Asked, Vec<Option<Arc<Set>>>>,
    /// What sets, by where they lie, come to together.
    joined: HashMap<Vec<*const Set>, Arc<Set>>,
}

impl<'e> Escalation<'_, 'e> {
    /// What a request of this action on a principal says about itself.
    pub(super) fn said(action: &str, target: Option<&Identity>) -> Said {
        let mut said = Said::new();
        let partition = target.and_then(|it| it.arn().split(':').nth(1)).unwrap_or("aws");
        if action.contains("Attach") {
            let arn = format!("arn:{partition}:iam::aws:{ADMINISTRATOR}");
            said.push(("iam:PolicyARN".to_owned(), vec![arn]));
        }
        let is_about_boundary = ["AttachUser", "AttachRole", "PutUserPolicy", "PutRolePolicy"];
        if is_about_boundary.iter().any(|name| action.contains(name)) {
            let boundary = target.and_then(|it| it.boundary.as_ref());
            let arn = boundary.map(|held| held.source.to_string());
            said.push(("iam:PermissionsBoundary".to_owned(), arn.into_iter().collect()));
        }
        said
    }

    /// The resources of which one must be allowed for a permission on a principal.
    pub(super) fn on(&self, action: &str, target: &Identity) -> Vec<String> {
        match action {
            _ if is_protected(action, target) => Vec::new(),
            "iam:CreatePolicyVersion" => owned(target).map(str::to_owned).collect(),
            SETS_VERSION => self.better_before(target),
            "iam:AttachGroupPolicy" | "iam:PutGroupPolicy" => {
                target.groups.iter().map(ToString::to_string).collect()
            }
            "iam:AddUserToGroup" => self.groups_for(target).map(str::to_owned).collect(),
            _ => vec![target.arn().to_owned()],
        }
    }

    /// The resource on which somebody can give itself rights.
    pub(super) fn own_resource(&self, path: &Path, place: usize) -> Option<String> {
        let identity = self.identity(place)?;
        let fits = match path.way {
            Way::OwnUser | Way::OwnGroup | Way::JoinGroup => Kind::User,
            Way::OwnRole => Kind::Role,
            _ => identity.principal.kind(),
        };
        if identity.principal.kind() != fits {
            return None;
        }
        let action = path.needs.first()?;
        let said = Self::said(action, Some(identity));
        if path.way == Way::JoinGroup {
            let groups = self.powerful.get(identity.account()).into_iter().flatten().copied();
            let mut allowed = groups.filter(|it| self.is_allowed(identity, action, it, &said));
            return allowed.find(|it| self.leads(identity, it)).map(str::to_owned);
        }
        let resources = self.on(action, identity);
        resources.into_iter().find(|resource| self.is_allowed(identity, action, resource, &said))
    }

    /// Whether one principal can do something.
    pub(super) fn is_allowed(
        &self,
        identity: &Identity,
        action: &str,
        resource: &str,
        said: &Said,
    ) -> bool {
        let estate = self.index().estate();
        let target = Target::of(estate, action, resource);
        let with = |said: &Said| decision(estate, identity, action, resource, &target, said);
        match with(said) {
            Decision::Conditional if region(action, resource).is_none() => {
                let mut regions = self.regions.iter();
                regions.any(|region| self.counting.holds(with(&in_region(said, region))))
            }
            decision => self.counting.holds(decision),
        }
    }

    /// For each permission of a way on a principal who has it; nothing where none of the candidates has all.
    pub(super) fn with_all_on(
        &mut self,
        path: &Path,
        target: usize,
        candidates: &Set,
    ) -> Option<Vec<Arc<Set>>> {
        let mut sets = Vec::with_capacity(path.needs.len());
        for action in path.needs {
            let set = self.on_target((*action, None), target)?;
            if !set.meets(candidates) {
                return None;
            }
            sets.push(set);
        }
        Some(sets)
    }

    /// Who can do something on a principal.
    fn on_target(&mut self, asked: Asked, target: usize) -> Option<Arc<Set>> {
        let known = self.on_targets.known.get(&asked).and_then(|known| known.get(target));
        if let Some(Some(known)) = known {
            return Some(Arc::clone(known));
        }
        let identity = self.identity(target)?;
        let (action, service) = asked;
        let (said, resources) = match service {
            Some(service) => (vec![passed_to(service)], vec![identity.arn().to_owned()]),
            None => (Self::said(action, Some(identity)), self.on(action, identity)),
        };
        let sets = resources.iter();
        let sets: Vec<Arc<Set>> =
            sets.map(|it| self.memo.ever(action, it, &said, &self.regions)).collect();
        let set = match sets.as_slice() {
            [] => self.memo.nobody(),
            [only] => Arc::clone(only),
            many => {
                let key = many.iter().map(Arc::as_ptr).collect();
                let joined = self.on_targets.joined.entry(key);
                Arc::clone(joined.or_insert_with(|| Arc::new(union(many))))
            }
        };
        let limit = self.index().estate().identities.len();
        let known = self.on_targets.known.entry(asked).or_insert_with(|| vec![None; limit]);
        if let Some(place) = known.get_mut(target) {
            *place = Some(Arc::clone(&set));
        }
        Some(set)
    }

    /// For each service that a role can be come to through who has each permission that it takes.
    pub(super) fn through(
        &mut self,
        path: &'static Path,
        services: &[&'static str],
        target: usize,
        candidates: &Set,
    ) -> Vec<Vec<Arc<Set>>> {
        let mut found = Vec::new();
        let Some(role) = self.identity(target) else { return found };
        // Instances get a role by a profile only.
        let has_none = role.has_instance_profile == Some(false);
        let fills_one = path.needs.contains(&FILLS_PROFILE);
        if has_none && !fills_one && services.contains(&"ec2.amazonaws.com") {
            return found;
        }
        let members = self.index().members(role.account());
        if !members.is_some_and(|members| members.meets(candidates)) {
            return found;
        }
        for service in names(services, role.arn()) {
            if self.trusts(target, service) {
                found.extend(self.by_service(path, service, role, target, candidates));
            }
        }
        found
    }

    fn by_service(
        &mut self,
        path: &'static Path,
        service: &'static str,
        role: &'e Identity,
        target: usize,
        candidates: &Set,
    ) -> Option<Vec<Arc<Set>>> {
        let mut candidates = candidates.clone();
        let mut sets = Vec::with_capacity(2);
        if matches!(path.way, Way::Pass(_)) {
            let passing = self.on_target(("iam:PassRole", Some(service)), target)?;
            candidates.keep(&passing);
            sets.push(passing);
        }
        if candidates.is_empty() {
            return None;
        }
        sets.push(self.doing(path, role.account(), &candidates));
        Some(sets)
    }

    /// Whether the trust of a role lets a service have it, at least under conditions.
    fn trusts(&mut self, role: usize, service: &'static str) -> bool {
        let Some(identity) = self.identity(role) else { return false };
        let Some(trust) = &identity.trust else { return self.counting == Counting::Possible };
        // A trust that names no resource says the same of every role that has it.
        let is_own = trust.policy.statements().iter().any(|it| it.resources().is_some());
        let key = (is_own, if is_own { role } else { trust.id }, service);
        *self.trusted.entry(key).or_insert_with(|| {
            let decision = trusted(identity, service);
            decision == Decision::Conditional || self.counting.holds(decision)
        })
    }
}

/// The decision on a request; what is no request is not allowed.
pub(super) fn decision(
    estate: &Estate,
    identity: &Identity,
    action: &str,
    resource: &str,
    target: &Target,
    said: Given<'_>,
) -> Decision {
    let question = Question::of(estate, identity, action, resource, target, said);
    question.map_or(Decision::ImplicitlyDenied, |question| question.decide())
}

fn union(sets: &[Arc<Set>]) -> Set {
    let mut sets = sets.iter();
    let mut all = sets.next().map_or_else(Set::default, |first| (**first).clone());
    sets.for_each(|set| all.join(set));
    all
}

/// Whether AWS refuses to whoever asks what changes a role: one that it made for a service, or for a permission set.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html>
/// <https://repost.aws/knowledge-center/identity-center-aws-reserved-sso>
fn is_protected(action: &str, target: &Identity) -> bool {
    let changes = ["iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"];
    let is_of_aws = [":role/aws-service-role/", ":role/aws-reserved/"];
    changes.contains(&action) && is_of_aws.iter().any(|path| target.arn().contains(path))
}

/// What is said about passing a role.
pub(super) fn passed_to(service: &str) -> (String, Vec<String>) {
    ("iam:PassedToService".to_owned(), vec![service.to_owned()])
}

/// What the trust of a role says to a service.
fn trusted(role: &Identity, service: &str) -> Decision {
    let (Some(trust), Some(principal)) = (&role.trust, Principal::read(service)) else {
        return Decision::ImplicitlyDenied;
    };
    let (action, says) = asks(service);
    let mut context = Context::new(Mode::Discovery);
    for (key, value) in says {
        context.set(key, [*value]);
    }
    let request = Request::new(principal, action, role.arn(), None, context);
    let layers: Layers<'_, Held> = Layers { resource: Some(trust), ..Layers::default() };
    request.map_or(Decision::ImplicitlyDenied, |request| decide(&request, &layers))
}

/// The managed policies of a principal that are its own account's, of which there can be other versions.
pub(super) fn owned(identity: &Identity) -> impl Iterator<Item = &str> {
    identity.policies.iter().filter_map(|held| {
        let (Source::Managed(arn) | Source::Group { policy: arn, .. }) = &held.source else {
            return None;
        };
        let is_own = arn.contains(":policy/") && arn.split(':').nth(4) == Some(identity.account());
        is_own.then_some(&**arn)
    })
}
