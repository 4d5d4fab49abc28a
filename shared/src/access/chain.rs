//! Who can become whom by assuming roles, and who can do something as somebody else.
//!
//! A role is assumed by whom its trust and, where it takes that too, the caller's own policies allow: the same decision as
//! any other, `sts:AssumeRole` on the role. Chains are looked for from the end, breadth first, so that each is a shortest
//! one, and each principal is come to once, so that circles end.

use std::collections::HashMap;
use std::sync::Arc;

use super::estate::{Estate, Identity};
use super::facts::Given;
use super::index::{Index, Memo, Set, WhoCan as _};
use super::target::Meant;
use crate::policy::evaluate::Refused;
use crate::policy::principal::Kind;

const ASSUME: &str = "sts:AssumeRole";

/// Who can assume which roles.
#[derive(Debug)]
pub struct Trust<'i, 'e> {
    memo: Memo<'i, 'e>,
}

/// A way to something through roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain<'e> {
    /// The principals, the one who starts first, the one who can do it last.
    pub through: Vec<&'e str>,
}

impl<'i, 'e> Trust<'i, 'e> {
    /// The trust between the principals of an index.
    pub fn of(index: &'i Index<'e>) -> Self {
        Self { memo: Memo::of(index) }
    }

    /// Who can certainly assume a role, by places; nobody if it is no role.
    pub fn assumed_by(&mut self, role: usize) -> Arc<Set> {
        match self.estate().identities.get(role) {
            Some(identity) if identity.principal.kind() == Kind::Role => {
                self.memo.allowed(ASSUME, identity.arn(), &[])
            }
            _ => self.memo.nobody(),
        }
    }

    fn estate(&self) -> &'e Estate {
        self.memo.index().estate()
    }

    /// Every pair of who can become whom, by ARN: the caller and the role.
    pub fn edges(&mut self) -> Vec<(&'e str, &'e str)> {
        let estate = self.estate();
        // Identities are in the order of their ARNs.
        let mut roles: Vec<Vec<&str>> = vec![Vec::new(); estate.identities.len()];
        for (place, role) in estate.identities.iter().enumerate() {
            for caller in self.assumed_by(place).places() {
                roles.get_mut(caller).into_iter().for_each(|own| own.push(role.arn()));
            }
        }
        let of = |(caller, roles): (&'e Identity, Vec<&'e str>)| {
            roles.into_iter().map(|role| (caller.arn(), role))
        };
        estate.identities.iter().zip(roles).flat_map(of).collect()
    }

    /// Who can come to somebody of a set by assuming roles, each by a shortest chain; those of the set are not among them.
    pub fn come_to(&mut self, goal: &Set) -> Vec<Chain<'e>> {
        let estate = self.estate();
        let mut next: HashMap<usize, usize> = HashMap::new();
        let mut seen = goal.clone();
        let mut front: Vec<usize> = goal.places().collect();
        let mut order = Vec::new();
        while !front.is_empty() {
            let mut further = Vec::new();
            for role in front {
                let mut callers = (*self.assumed_by(role)).clone();
                callers.drop(&seen);
                for caller in callers.places() {
                    next.insert(caller, role);
                    further.push(caller);
                }
                seen.join(&callers);
            }
            order.extend(&further);
            front = further;
        }
        order.sort_unstable();
        order.into_iter().map(|start| chain(estate, &next, start)).collect()
    }

    /// Who can do an action on a resource only as somebody else: each with a shortest chain of roles.
    ///
    /// # Errors
    ///
    /// As [`WhoCan::verdict`].
    pub fn who_can_through(
        &mut self,
        action: &str,
        resource: &str,
        given: Given<'_>,
    ) -> Result<Vec<Chain<'e>>, Refused> {
        let meant = Meant::of(self.estate(), action, resource);
        let direct = self.memo.index().verdict(action, &meant.resource, given)?.allowed;
        Ok(self.come_to(&direct))
    }
}

fn chain<'e>(estate: &'e Estate, next: &HashMap<usize, usize>, start: usize) -> Chain<'e> {
    let mut through = Vec::new();
    let mut at = Some(start);
    while let Some(place) = at {
        through.extend(estate.identities.get(place).map(Identity::arn));
        at = next.get(&place).copied();
    }
    Chain { through }
}

#[cfg(test)]
mod tests;
