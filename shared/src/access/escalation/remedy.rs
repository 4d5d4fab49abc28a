//! The smallest change that ends a hop, found by trying: out of which statements which permission must be taken.
//!
//! A hop is over when one of its permissions is. Of each the statements that give it are looked for, those of the
//! principal's own policies apart from those of the resource, as one side may be enough; what is left without them is
//! decided again. The permission that takes the fewest statements is told.

use std::collections::BTreeMap;
use std::fmt;

use super::ask::{Said, passed_to};
use super::service::names;
use super::told::Route;
use super::{Escalation, Path, Way};
use crate::access::estate::{Held, Identity};
use crate::access::facts::in_region;
use crate::access::index::WhoCan as _;
use crate::access::question::{Question, can};
use crate::access::target::Target;
use crate::policy::document::Effect;
use crate::policy::evaluate::{Decision, Layer};

/// A statement that a permission is taken out of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Taken {
    /// The policy and what it is attached to, in words.
    pub policy: String,
    /// Its place in the document, from 0.
    pub statement: usize,
    /// Its id.
    pub sid: Option<String>,
    /// Whether it is in the policy of the resource, a role's trust included.
    pub is_of_resource: bool,
}

/// A change that ends a hop.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remedy {
    /// Who can take the hop no more.
    pub principal: String,
    /// The permission that is taken away.
    pub action: String,
    /// On what; `*` where it must be on anything.
    pub resource: String,
    /// Which statements give it. Where there are none that can be told, or AWS owns the policy of one, it must be denied.
    pub from: Vec<Taken>,
}

/// How the ARNs of policies go on that AWS owns, and nobody else changes.
const OF_AWS: &str = ":iam::aws:policy/";

impl Remedy {
    /// Whether it takes a statement that denies: what gives the permission cannot be changed.
    pub fn is_denial(&self) -> bool {
        self.from.is_empty() || self.from.iter().any(|taken| taken.policy.contains(OF_AWS))
    }

    /// How much is to be done, for comparison: how many statements, and a new one is more than any.
    pub(super) fn size(&self) -> (bool, usize) {
        (self.is_denial(), if self.from.is_empty() { usize::MAX } else { self.from.len() })
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on = if self.resource == "*" { "anything" } else { &self.resource };
        if self.is_denial() {
            write!(f, "deny {} on {on} to {}", self.action, self.principal)?;
            let of_aws = self.from.iter().map(|taken| taken.policy.as_str());
            return match of_aws.clone().find(|policy| policy.contains(OF_AWS)) {
                Some(policy) => write!(f, ", or detach {policy}, which is AWS's own"),
                None => Ok(()),
            };
        }
        write!(f, "take {} on {on} out of ", self.action)?;
        for (at, taken) in self.from.iter().enumerate() {
            let and = if at == 0 { "" } else { " and " };
            let sid = taken.sid.as_deref().map(|sid| format!(" ({sid})")).unwrap_or_default();
            let statement = taken.statement + 1;
            write!(f, "{and}statement {statement}{sid} of {}", taken.policy)?;
        }
        Ok(())
    }
}

/// A change, and how many paths hang on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The change.
    pub remedy: Remedy,
    /// Whose paths it ends, by ARN, in order.
    pub ends: Vec<String>,
}

/// One question that the same permission is asked with.
type Asked = (String, Said);

impl Escalation<'_, '_> {
    /// The smallest change that ends one's hop.
    pub(super) fn remedy(
        &self,
        identity: &Identity,
        path: &Path,
        target: Option<&Identity>,
    ) -> Remedy {
        let pass = matches!(path.way, Way::Pass(_)).then_some("iam:PassRole");
        let all = pass.into_iter().chain(path.needs.iter().copied());
        let all = all.map(|action| self.taking(identity, path, target, action));
        let none = || Remedy {
            principal: identity.arn().to_owned(),
            action: "*".to_owned(),
            resource: "*".to_owned(),
            from: Vec::new(),
        };
        all.min_by_key(Remedy::size).unwrap_or_else(none)
    }

    fn taking(
        &self,
        identity: &Identity,
        path: &Path,
        target: Option<&Identity>,
        action: &str,
    ) -> Remedy {
        let mut remedy = Remedy {
            principal: identity.arn().to_owned(),
            action: action.to_owned(),
            resource: "*".to_owned(),
            from: Vec::new(),
        };
        let subject = target.unwrap_or(identity);
        let asked: Vec<Asked> = match (path.way, action) {
            (Way::Pass(services), "iam:PassRole") => {
                let names = names(services, subject.arn());
                let said = names.map(|service| vec![passed_to(service)]);
                said.map(|said| (subject.arn().to_owned(), said)).collect()
            }
            (Way::Pass(_) | Way::Existing(_), _) => {
                remedy.from = everywhere(identity, action);
                return remedy;
            }
            _ => {
                let said = Self::said(action, Some(subject));
                let on = self.on(action, subject).into_iter();
                on.map(|resource| (resource, said.clone())).collect()
            }
        };
        if let [(resource, _), others @ ..] = asked.as_slice()
            && others.iter().all(|(other, _)| other == resource)
        {
            remedy.resource.clone_from(resource);
        }
        remedy.from = self.statements(identity, action, &asked);
        remedy
    }

    /// The fewest statements without which none of the questions is allowed; none where that cannot be had so.
    fn statements(&self, identity: &Identity, action: &str, asked: &[Asked]) -> Vec<Taken> {
        let everywhere: Vec<Asked> = asked
            .iter()
            .flat_map(|(resource, said)| {
                let regions = self.regions.iter().map(|region| in_region(said, region));
                let all = std::iter::once(said.clone()).chain(regions);
                all.map(|said| (resource.clone(), said))
            })
            .collect();
        for given in [asked, &everywhere] {
            let all = self.giving(identity, action, given);
            let side = |is_of_resource: bool| -> Vec<Taken> {
                let own = all.iter().filter(|it| it.is_of_resource == is_of_resource);
                own.cloned().collect()
            };
            let mut options = vec![side(false), side(true), all.clone()];
            options.retain(|option| !option.is_empty());
            options.sort_by_key(Vec::len);
            let ends = |taken: &Vec<Taken>| self.ends(identity, action, &everywhere, taken);
            if let Some(found) = options.into_iter().find(ends) {
                return found;
            }
        }
        Vec::new()
    }

    /// The statements that certainly give a permission.
    fn giving(&self, identity: &Identity, action: &str, asked: &[Asked]) -> Vec<Taken> {
        let mut found = Vec::new();
        for (resource, said) in asked {
            let answer = can(self.index().estate(), identity.arn(), action, resource, said);
            let Ok(answer) = answer else { continue };
            if answer.decision != Decision::Allowed {
                continue;
            }
            let given = answer.decided_by.into_iter().filter(|it| {
                it.effect == Effect::Allow.as_str()
                    && matches!(it.layer, Layer::Identity | Layer::Resource)
            });
            found.extend(given.map(|it| Taken {
                is_of_resource: it.layer == Layer::Resource,
                policy: of(identity, it.layer == Layer::Identity, it.policy),
                statement: it.statement,
                sid: it.sid,
            }));
        }
        found.sort();
        found.dedup();
        found
    }

    /// Whether nothing that is asked is allowed any more without these statements.
    fn ends(&self, identity: &Identity, action: &str, asked: &[Asked], taken: &[Taken]) -> bool {
        let estate = self.index().estate();
        let changed = Identity {
            policies: identity
                .policies
                .iter()
                .map(|held| without(held, &of(identity, true, held.source.to_string()), taken))
                .collect(),
            ..identity.clone()
        };
        asked.iter().all(|(resource, said)| {
            let mut target = Target::of(estate, action, resource);
            target.policy =
                target.policy.map(|held| without(&held, &held.source.to_string(), taken));
            let asked = Question::of(estate, &changed, action, resource, &target, said);
            asked.is_ok_and(|question| question.decide() != Decision::Allowed)
        })
    }
}

/// The policy in words that tell it from all others: an inline policy has its name within its principal alone.
fn of(identity: &Identity, is_own: bool, policy: String) -> String {
    if is_own && policy.starts_with("inline ") {
        format!("{policy} of {}", identity.arn())
    } else {
        policy
    }
}

/// Every statement of one's own that gives an action on anything.
fn everywhere(identity: &Identity, action: &str) -> Vec<Taken> {
    let action = action.to_lowercase();
    let mut found = Vec::new();
    for held in &identity.policies {
        let giving = held.policy.statements().iter();
        let giving = giving.filter(|it| it.effect == Effect::Allow && it.is_for_action(&action));
        found.extend(giving.map(|statement| Taken {
            policy: of(identity, true, held.source.to_string()),
            statement: statement.index,
            sid: statement.sid.as_deref().map(str::to_owned),
            is_of_resource: false,
        }));
    }
    found.sort();
    found.dedup();
    found
}

fn without(held: &Held, words: &str, taken: &[Taken]) -> Held {
    let of_it = taken.iter().filter(|it| it.policy == words);
    let statements: Vec<usize> = of_it.map(|it| it.statement).collect();
    if statements.is_empty() {
        return held.clone();
    }
    Held { policy: held.policy.without(&statements).into(), ..held.clone() }
}

/// Each change that ends a hop of a path, with whose paths hang on it.
pub(super) fn fixes(routes: &[Route]) -> Vec<Fix> {
    let mut known: BTreeMap<(&str, &str, &[Taken]), Fix> = BTreeMap::new();
    for route in routes {
        for hop in &route.hops {
            let remedy = &hop.remedy;
            if remedy.from.is_empty() {
                continue;
            }
            let key = (remedy.action.as_str(), remedy.resource.as_str(), remedy.from.as_slice());
            let fix = known
                .entry(key)
                .or_insert_with(|| Fix { remedy: remedy.clone(), ends: Vec::new() });
            if fix.ends.last() != Some(&route.principal) {
                fix.ends.push(route.principal.clone());
            }
        }
    }
    let mut fixes: Vec<Fix> = known.into_values().collect();
    fixes.sort_by(|left, right| {
        let order = right.ends.len().cmp(&left.ends.len());
        order.then_with(|| left.remedy.from.len().cmp(&right.remedy.from.len()))
    });
    fixes
}
