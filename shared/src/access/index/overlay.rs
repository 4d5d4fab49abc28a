//! An index laid over another: the same statements, those alone whom a change is about, and one policy that says something
//! else afterwards.

use std::collections::HashMap;
use std::sync::Arc;

use super::entry::Entry;
use super::people::{self, People};
use super::query::{Half, OwnSaid};
use super::round::{Marked, Round};
use super::{Index, Set, Verdict};
use crate::access::estate::{Held, Identity};
use crate::access::target::Target;
use crate::policy::Policy;
use crate::policy::evaluate::Refused;

/// Where a policy that changes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::access) enum Of {
    /// With users and roles, as theirs or as their boundary.
    Identities,
    /// In the organization.
    Organization,
    /// With a resource, or a role as its trust.
    Resource,
}

/// A policy that says something else.
#[derive(Clone, Copy)]
pub(in crate::access) struct Swap<'n> {
    pub(in crate::access) of: Of,
    /// Whether a policy is it; with the ARN of who has it.
    pub(in crate::access) is: &'n dyn Fn(&Held, &str) -> bool,
    /// Which of the estate's policies it is.
    pub(in crate::access) id: usize,
    pub(in crate::access) old: &'n Policy,
    pub(in crate::access) new: &'n Policy,
}

/// What one policy of the organization says instead.
pub(super) struct Instead<'i> {
    pub(super) is: &'i dyn Fn(&Held) -> bool,
    pub(super) entries: &'i [Entry<'i>],
    pub(super) policy: &'i Policy,
}

/// What is asked for, before and after; `None` where it is the same.
#[derive(Debug)]
pub(in crate::access) struct Targets {
    pub(in crate::access) before: Target,
    pub(in crate::access) after: Option<Target>,
}

/// The answer on one side.
#[derive(Debug)]
pub(in crate::access) struct Asked {
    pub(in crate::access) verdict: Verdict,
    /// Whom the policies of their own certainly allow it.
    pub(in crate::access) identity: Set,
    /// Whom their boundary does.
    pub(in crate::access) boundary: Set,
}

impl Asked {
    /// Nobody can, for so many who ask.
    pub(in crate::access) fn nobody(limit: usize) -> Self {
        let none = || Set::none(limit);
        let verdict =
            Verdict { allowed: none(), conditional: none(), unknown: none(), denied: none() };
        Self { verdict, identity: none(), boundary: none() }
    }

    /// Whose access is another one.
    pub(in crate::access) fn unlike(was: &Self, is: &Self) -> Set {
        let (was, is) = (&was.verdict, &is.verdict);
        let mut moved = was.allowed.unlike(&is.allowed);
        moved.join(&was.conditional.unlike(&is.conditional));
        moved.join(&was.unknown.unlike(&is.unknown));
        moved
    }
}

/// Those whom a change is about, before and after.
pub(in crate::access) struct Overlay<'n> {
    /// Without the policy that changes, where it is one of identities.
    rest: Index<'n>,
    swap: Swap<'n>,
    entries: Vec<Entry<'n>>,
    holders: Vec<u32>,
    bounded: Vec<u32>,
    affected: Set,
    /// The places of the statements about an action: of the rest, and of the policy that changes.
    about: HashMap<String, (Vec<usize>, Vec<usize>)>,
}

impl<'n> Overlay<'n> {
    /// Lays a change over an index; `places` in the estate are of those whom it is about.
    pub(in crate::access) fn of<'e: 'n>(
        index: &Index<'e>,
        places: &[usize],
        swap: Swap<'n>,
    ) -> Self {
        let is_of_identities = swap.of == Of::Identities;
        let estate = index.estate;
        // Most of all are asked about as all.
        let are_all = places.len() > estate.identities.len() / 2;
        let people = if are_all && !is_of_identities {
            Arc::clone(&index.people)
        } else {
            let places = (!are_all).then(|| places.into());
            let is_left_out = |held: &Held, it: &Identity| {
                is_of_identities && held.id == swap.id && (swap.is)(held, it.arn())
            };
            Arc::new(People::of(estate, places, &is_left_out))
        };
        let mut affected = Set::none(people.limit);
        let (mut holders, mut bounded) = (Vec::new(), Vec::new());
        for place in places {
            let (Some(here), Some(identity)) =
                (people.place(*place), estate.identities.get(*place))
            else {
                continue;
            };
            affected.add(here);
            let number = u32::try_from(here).unwrap_or(u32::MAX);
            let is = |held: &Held| (swap.is)(held, identity.arn());
            if is_of_identities && identity.policies.iter().any(is) {
                holders.push(number);
            }
            if is_of_identities && identity.boundary.as_ref().is_some_and(is) {
                bounded.push(number);
            }
        }
        let groups = people::groups(estate, &people, &|held| (swap.is)(held, ""));
        let entries = index.spoken.beside(swap.new);
        let rest = Index { estate, spoken: Arc::clone(&index.spoken), people, groups };
        Self { rest, swap, entries, holders, bounded, affected, about: HashMap::new() }
    }

    /// Whom it is about, by places here.
    pub(in crate::access) fn affected(&self) -> &Set {
        &self.affected
    }

    /// The place here of one in the estate.
    pub(in crate::access) fn place(&self, in_estate: usize) -> Option<usize> {
        self.rest.people.place(in_estate)
    }

    /// Somebody at a place here.
    pub(in crate::access) fn identity(&self, place: usize) -> Option<&'n Identity> {
        self.rest.identity(place)
    }

    /// How many places there are.
    pub(in crate::access) fn limit(&self) -> usize {
        self.rest.people.limit
    }

    /// Who has the policy as theirs, and as boundary.
    pub(in crate::access) fn having(&self) -> [Set; 2] {
        [&self.holders, &self.bounded].map(|who| Set::of(self.limit(), who))
    }

    /// A question to all; `None` where it is another one for each.
    ///
    /// # Errors
    ///
    /// [`Refused`] if it is none.
    pub(in crate::access) fn round(
        &self,
        targets: &Targets,
        action: &str,
        resource: &str,
    ) -> Result<Option<Round<'static>>, Refused> {
        Round::of(&self.rest, &targets.before, action, resource, &[])
    }

    /// A question to all about what is their own.
    ///
    /// # Errors
    ///
    /// As [`Self::round`].
    pub(in crate::access) fn marked<'m>(
        &self,
        targets: &Targets,
        action: &str,
        marked: &'m Marked,
    ) -> Result<Option<Round<'m>>, Refused> {
        Round::marked(&self.rest, &targets.before, action, marked)
    }

    /// Who can, before and after.
    pub(in crate::access) fn ask(
        &mut self,
        round: &mut Round<'_>,
        targets: &Targets,
    ) -> [Asked; 2] {
        let action = round.request.action();
        let (rest, id) = (&self.rest, self.swap.id);
        let (about, old) = self.about.entry(action.to_owned()).or_insert_with(|| {
            let of_identities = self.swap.of == Of::Identities;
            let old = if of_identities {
                rest.spoken.about(action, |policy| policy == id)
            } else {
                Vec::new()
            };
            (rest.about(action), old)
        });
        let own = rest.identity_layers(round, Some(about));
        let old = std::mem::take(old);
        let found = self.sides(own, &old, round, targets);
        if let Some((_, place)) = self.about.get_mut(round.request.action()) {
            *place = old;
        }
        found
    }

    fn sides(
        &self,
        own: OwnSaid,
        old: &[usize],
        round: &mut Round<'_>,
        targets: &Targets,
    ) -> [Asked; 2] {
        let rest = &self.rest;
        let guarded = rest.guards(round, None);
        let said = rest.said(&targets.before, round);
        let after = targets.after.as_ref().unwrap_or(&targets.before);
        match self.swap.of {
            Of::Identities => {
                let owns = [self.before(own.clone(), old, round), self.after(own, round)];
                owns.map(|own| self.asked(Half::of(own, &guarded), said.clone(), after, round))
            }
            Of::Organization => {
                let is = |held: &Held| (self.swap.is)(held, "");
                let instead = Instead { is: &is, entries: &self.entries, policy: self.swap.new };
                let instead = rest.guards(round, Some(&instead));
                let halves = [Half::of(own.clone(), &guarded), Half::of(own, &instead)];
                halves.map(|half| self.asked(half, said.clone(), after, round))
            }
            Of::Resource => {
                let half = Half::of(own, &guarded);
                let says = match &targets.after {
                    Some(_) => rest.weigh_all(&self.entries, self.swap.new, round),
                    None => said.clone(),
                };
                [
                    self.asked(half.clone(), said, &targets.before, round),
                    self.asked(half, says, after, round),
                ]
            }
        }
    }

    fn asked(
        &self,
        half: Half,
        said: super::weigh::Said,
        target: &Target,
        round: &Round<'_>,
    ) -> Asked {
        let verdict = self.rest.whole_with(&half, said, target, round);
        let own = half.into_own();
        Asked { verdict, identity: own.identity.yes, boundary: own.boundary.yes }
    }

    fn before(&self, mut own: OwnSaid, old: &[usize], round: &mut Round<'_>) -> OwnSaid {
        for place in old {
            if let Some(entry) = self.rest.spoken.entries.get(*place) {
                self.rest.say(entry, (&self.holders, &self.bounded), &mut own, round);
            }
        }
        self.doubt(self.swap.old, &mut own);
        own
    }

    fn after(&self, mut own: OwnSaid, round: &mut Round<'_>) -> OwnSaid {
        for entry in &self.entries {
            if entry.statement.is_for_action(round.request.action()) {
                self.rest.say(entry, (&self.holders, &self.bounded), &mut own, round);
            }
        }
        self.doubt(self.swap.new, &mut own);
        own
    }

    /// Says of a policy that cannot be judged wholly that it perhaps allows and denies.
    fn doubt(&self, policy: &Policy, own: &mut OwnSaid) {
        if policy.problems().is_empty() {
            return;
        }
        let [holders, bounded] = self.having();
        own.identity.may.join(&holders);
        own.boundary.may.join(&bounded);
        for set in [holders, bounded] {
            own.deny.may.join(&set);
            own.unclear.join(&set);
        }
    }
}
