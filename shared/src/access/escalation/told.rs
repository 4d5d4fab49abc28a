//! A path, told: hop by hop, with the statements that make it possible and the smallest change that ends it.

use std::collections::HashMap;
use std::fmt;

use super::ask::passed_to;
use super::remedy::{Fix, Remedy, fixes};
use super::service::names;
use super::table::SETS_VERSION;
use super::{Escalation, Path, Step, Way};
use crate::access::estate::Identity;
use crate::access::facts::in_region;
use crate::access::index::WhoCan as _;
use crate::access::question::{Decided, can};
use crate::policy::evaluate::Decision;
use crate::policy::evaluate::facts::region;

/// A permission that a hop takes, and what allows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enabled {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// The version of the policy that it puts in force.
    pub version: Option<String>,
    /// The statements that allow it.
    pub statements: Vec<Decided>,
}

impl fmt::Display for Enabled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.action, self.resource)?;
        self.version.iter().try_for_each(|id| write!(f, ": version {id}"))
    }
}

/// One hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Its id in the catalogue.
    pub id: &'static str,
    /// Who takes it.
    pub from: String,
    /// Whose rights it comes to; the same where it gives itself rights.
    pub to: String,
    /// What it takes.
    pub permissions: Vec<Enabled>,
    /// What must be there besides, and was not looked for.
    pub assumes: Option<String>,
    /// The smallest change that ends it.
    pub remedy: Remedy,
}

/// Somebody's shortest path to the rights of an administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Who.
    pub principal: String,
    /// Hop by hop.
    pub hops: Vec<Hop>,
    /// The smallest change that ends it.
    pub remedy: Remedy,
}

impl<'e> Escalation<'_, 'e> {
    /// The paths of all who have one, the shortest first, then in the order of their ARNs. Administrators need none.
    pub fn routes(&self) -> Vec<Route> {
        let mut starts: Vec<usize> = self.steps.keys().copied().collect();
        starts.sort_unstable();
        let mut told = HashMap::new();
        let routes = starts.into_iter().filter_map(|start| self.route_of(start, &mut told));
        let mut routes: Vec<Route> = routes.collect();
        routes.sort_by_key(|route| route.hops.len());
        routes
    }

    /// The changes that end hops of these paths, those first that the most paths hang on.
    pub fn fixes(routes: &[Route]) -> Vec<Fix> {
        fixes(routes)
    }

    /// The path of one principal.
    pub fn route(&self, arn: &str) -> Option<Route> {
        self.route_of(self.index().estate().find(arn)?, &mut HashMap::new())
    }

    /// How many have a path.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether nobody has one.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The path of one; hops that were told before are taken from there.
    fn route_of(&self, start: usize, told: &mut HashMap<usize, Hop>) -> Option<Route> {
        let mut hops = Vec::new();
        let mut at = Some(start);
        while let Some(place) = at {
            let Some(step) = self.steps.get(&place) else { break };
            let hop = match told.get(&place) {
                Some(hop) => hop.clone(),
                None => self.hop(place, *step)?,
            };
            told.entry(place).or_insert_with(|| hop.clone());
            hops.push(hop);
            // Whoever was made an administrator is one: its own path is over, or goes on as one.
            let made = match step.path.way {
                Way::MadeRole | Way::MadeUser => step.target,
                _ if step.target.is_none() => Some(place),
                _ => None,
            };
            at = step.target.filter(|_| made.is_none());
            if let Some(made) = made
                && let Some(then) = self.then.get(&made)
            {
                hops.push(self.hop(made, *then)?);
                at = then.target;
            }
        }
        let remedies = hops.iter().map(|hop| &hop.remedy);
        let remedy = remedies.min_by_key(|remedy| remedy.size())?.clone();
        let principal = self.identity(start)?.arn().to_owned();
        Some(Route { principal, hops, remedy })
    }

    fn hop(&self, place: usize, step: Step) -> Option<Hop> {
        let identity = self.identity(place)?;
        let target = step.target.and_then(|target| self.identity(target));
        let permissions = self.permissions(identity, step.path, target);
        let besides = step.path.assumes;
        let assumes = match step.path.way {
            Way::Existing(services) => Some(format!(
                "something in {} that runs with {}{}",
                services.join(" or "),
                target.map_or("the role", Identity::arn),
                besides.map(|what| format!(": {what}")).unwrap_or_default()
            )),
            _ => besides.map(str::to_owned),
        };
        Some(Hop {
            id: step.path.id,
            from: identity.arn().to_owned(),
            to: target.unwrap_or(identity).arn().to_owned(),
            permissions,
            assumes,
            remedy: self.remedy(identity, step.path, target),
        })
    }

    fn permissions(
        &self,
        identity: &'e Identity,
        path: &'static Path,
        target: Option<&Identity>,
    ) -> Vec<Enabled> {
        let mut found = Vec::new();
        let services = match path.way {
            Way::Pass(services) | Way::Existing(services) => Some(services),
            _ => None,
        };
        if let (Way::Pass(services), Some(role)) = (path.way, target) {
            let said = names(services, role.arn()).map(|service| vec![passed_to(service)]);
            let enabled =
                said.filter_map(|said| self.enabled(identity, "iam:PassRole", role.arn(), &said));
            found.extend(enabled.take(1));
        }
        if services.is_some() {
            // An action may be on several types of resources, by the same statements.
            for (action, on) in self.found_on(path, identity).unwrap_or_default() {
                let enabled = self.enabled(identity, action, &on, &Vec::new());
                let is_alike = |one: &Enabled, other: &Enabled| {
                    one.action == other.action && one.statements == other.statements
                };
                found.extend(enabled.filter(|it| !found.iter().any(|own| is_alike(own, it))));
            }
            return found;
        }
        for action in path.needs {
            let subject = target.unwrap_or(identity);
            let on = self.on(action, subject);
            let said = Self::said(action, Some(subject));
            let mut enabled =
                on.iter().filter_map(|resource| self.enabled(identity, action, resource, &said));
            found.extend(enabled.next().map(|enabled| {
                let puts = *action == SETS_VERSION;
                let version = puts.then(|| self.better_version(subject, &enabled.resource));
                let version = version.flatten().map(|version| version.id.to_string());
                Enabled { version, ..enabled }
            }));
        }
        found
    }

    fn enabled(
        &self,
        identity: &Identity,
        action: &str,
        resource: &str,
        said: &super::ask::Said,
    ) -> Option<Enabled> {
        let is_open = region(action, resource).is_none();
        let regions = self.regions.iter().filter(|_| is_open);
        let regions = regions.map(|region| in_region(said, region));
        for said in std::iter::once(said.clone()).chain(regions) {
            let answer =
                can(self.index().estate(), identity.arn(), action, resource, &said).ok()?;
            if answer.decision == Decision::Allowed {
                return Some(Enabled {
                    action: action.to_owned(),
                    resource: resource.to_owned(),
                    version: None,
                    statements: answer.decided_by,
                });
            }
        }
        None
    }
}
