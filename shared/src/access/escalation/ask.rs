//! The permissions of one way, asked of the index.

use super::{Escalation, Path, Set, Way};
use crate::access::estate::{Held, Identity, Source};
use crate::access::index::WhoCan as _;
use crate::access::question::{Question, Target};
use crate::policy::document::{Effect, Listed};
use crate::policy::evaluate::{Context, Decision, Layers, Mode, Request, decide};
use crate::policy::principal::{Kind, Principal};
use crate::policy::variable::Template;
use crate::policy::wildcard::Wildcard;

/// The policy that gives all rights.
const ADMINISTRATOR: &str = "policy/AdministratorAccess";

/// What the request for a permission on somebody says.
pub(super) type Said = Vec<(String, Vec<String>)>;

impl Escalation<'_, '_> {
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
            "iam:CreatePolicyVersion" => {
                target.policies.iter().filter_map(|it| owned(it, target)).collect()
            }
            "iam:AttachGroupPolicy" | "iam:PutGroupPolicy" => {
                target.groups.iter().map(ToString::to_string).collect()
            }
            "iam:AddUserToGroup" => {
                let groups = self.index.estate().groups.iter();
                let groups = groups.filter(|(arn, policies)| {
                    arn.split(':').nth(4) == Some(target.account())
                        && policies.iter().any(gives_all)
                });
                groups.map(|(arn, _)| arn.to_string()).collect()
            }
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
        let resources = self.on(action, identity);
        resources.into_iter().find(|resource| self.is_allowed(identity, action, resource, &said))
    }

    /// Whether one principal can certainly do something.
    pub(super) fn is_allowed(
        &self,
        identity: &Identity,
        action: &str,
        resource: &str,
        said: &Said,
    ) -> bool {
        let estate = self.index.estate();
        let target = Target::of(estate, action, resource);
        let with = |said: &Said| {
            let question = Question::of(estate, identity, action, resource, &target, said);
            question.is_ok_and(|question| question.decide() == Decision::Allowed)
        };
        with(said) || self.regions.iter().any(|region| with(&in_region(said, region)))
    }

    /// Who of the candidates has every permission of a way on a principal.
    pub(super) fn with_all_on(&mut self, path: &Path, target: usize, candidates: Set) -> Set {
        let mut who = candidates;
        let Some(identity) = self.identity(target) else { return Set::default() };
        for action in path.needs {
            if who.is_empty() {
                break;
            }
            let said = Self::said(action, Some(identity));
            let mut allowed = Set::none(self.index.estate().identities.len());
            for resource in self.on(action, identity) {
                allowed.join(&self.index.ever(action, &resource, &said, &self.regions));
            }
            who.keep(&allowed);
        }
        who
    }

    /// Who of the candidates can come to a role through a service.
    pub(super) fn through(
        &mut self,
        path: &'static Path,
        services: &[&'static str],
        target: usize,
        candidates: &Set,
    ) -> Set {
        let none = Set::none(self.index.estate().identities.len());
        let Some(role) = self.identity(target) else { return none };
        // Instances get a role by a profile only.
        if services.contains(&"ec2.amazonaws.com") && role.has_instance_profile == Some(false) {
            return none;
        }
        let mut found = none;
        for service in services {
            if !self.trusts(target, service) {
                continue;
            }
            let mut who = candidates.clone();
            for action in path.needs {
                who.keep(&self.anywhere(action, role.account()));
            }
            if matches!(path.way, Way::Pass(_)) && !who.is_empty() {
                let said = vec![passed_to(service)];
                who.keep(&self.index.ever("iam:PassRole", role.arn(), &said, &self.regions));
            }
            found.join(&who);
        }
        found
    }

    /// Who of an account can do an action on anything of it.
    fn anywhere(&mut self, action: &'static str, account: &str) -> Set {
        let key = (action, account.to_owned());
        if let Some(known) = self.anywhere.get(&key) {
            return known.clone();
        }
        let estate = self.index.estate();
        let mut found = Set::none(estate.identities.len());
        for resource in self.index.worth_trying(action, account, &self.regions) {
            found.join(&self.index.ever(action, &resource, &[], &self.regions));
        }
        let mut members = Set::none(estate.identities.len());
        for place in found.places() {
            if self.identity(place).is_some_and(|it| it.account() == account) {
                members.add(place);
            }
        }
        self.anywhere.insert(key, members.clone());
        members
    }

    /// Whether the trust of a role lets a service have it, at least under conditions.
    fn trusts(&mut self, role: usize, service: &'static str) -> bool {
        if let Some(known) = self.trusted.get(&(role, service)) {
            return *known;
        }
        let is_trusted = self.identity(role).is_some_and(|role| is_trusted(role, service));
        self.trusted.insert((role, service), is_trusted);
        is_trusted
    }
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

/// What is said, in a region.
pub(super) fn in_region(said: &Said, region: &str) -> Said {
    let mut said = said.clone();
    said.push(("aws:RequestedRegion".to_owned(), vec![region.to_owned()]));
    said
}

fn is_trusted(role: &Identity, service: &str) -> bool {
    let (Some(trust), Some(principal)) = (&role.trust, Principal::read(service)) else {
        return false;
    };
    let context = Context::new(Mode::Discovery);
    let request = Request::new(principal, "sts:AssumeRole", role.arn(), None, context);
    let layers: Layers<'_, Held> = Layers { resource: Some(trust), ..Layers::default() };
    request.is_ok_and(|request| {
        matches!(decide(&request, &layers), Decision::Allowed | Decision::Conditional)
    })
}

/// A managed policy of the principal's own account, which a new version can be made of.
fn owned(held: &Held, identity: &Identity) -> Option<String> {
    let (Source::Managed(arn) | Source::Group { policy: arn, .. }) = &held.source else {
        return None;
    };
    let is_own = arn.contains(":policy/") && arn.split(':').nth(4) == Some(identity.account());
    is_own.then(|| arn.to_string())
}

/// Whether a policy allows everything on everything.
fn gives_all(held: &Held) -> bool {
    held.policy.statements().iter().any(|statement| {
        let is_all = |listed: &Listed<Wildcard>| matches!(listed, Listed::In(items) if items.contains(&Wildcard::Any));
        let everything = |listed: &Listed<Template>| matches!(listed, Listed::In(items) if items.contains(&Template::Fixed(Wildcard::Any)));
        statement.effect == Effect::Allow
            && statement.conditions().is_empty()
            && is_all(statement.actions())
            && statement.resources().is_some_and(everything)
    })
}
