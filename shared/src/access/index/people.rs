//! Who is asked about: all of an estate or some of them, with who has what.

use std::collections::{BTreeMap, HashMap};

use super::set::Set;
use crate::access::estate::{Estate, Guard, Held, Identity};
use crate::policy::principal::Kind;

/// Whether a policy that somebody has, or an account, is left out.
pub(super) type LeftOut<'a> = &'a dyn Fn(&Held, &Identity) -> bool;

/// Those who are asked about, by places of their own.
#[derive(Debug)]
pub(super) struct People<'e> {
    /// Their places in the estate, in order; `None` where they are all of it.
    places: Option<Box<[usize]>>,
    /// How many they are.
    pub(super) limit: usize,
    /// Who has a policy.
    holders: Vec<Vec<u32>>,
    /// Who has it as boundary.
    bounded: Vec<Vec<u32>>,
    pub(super) accounts: HashMap<&'e str, Set>,
    pub(super) everyone: Set,
    pub(super) roots: Set,
    /// Whom policies of the organization are about.
    pub(super) guarded: Set,
    pub(super) without_boundary: Set,
    /// Who has a policy that cannot be judged wholly, and as boundary.
    pub(super) unclear: Set,
    pub(super) unclear_boundary: Set,
    pub(super) partitions: usize,
}

impl<'e> People<'e> {
    /// Those at some places, or everybody, as if they did not have what is left out.
    pub(super) fn of(
        estate: &'e Estate,
        places: Option<Box<[usize]>>,
        is_left_out: LeftOut<'_>,
    ) -> Self {
        let limit = places.as_ref().map_or(estate.identities.len(), |places| places.len());
        let none = Set::none(limit);
        let mut people = Self {
            places,
            limit,
            holders: vec![Vec::new(); estate.policies],
            bounded: vec![Vec::new(); estate.policies],
            accounts: HashMap::new(),
            everyone: Set::all(limit),
            roots: none.clone(),
            guarded: none.clone(),
            without_boundary: none.clone(),
            unclear: none.clone(),
            unclear_boundary: none,
            partitions: 0,
        };
        let mut partitions: Vec<&str> = Vec::new();
        for place in 0..limit {
            let found = people.in_estate(place).and_then(|at| estate.identities.get(at));
            let Some(identity) = found else { continue };
            people.take(place, identity, is_left_out);
            let partition = identity.arn().split(':').nth(1).unwrap_or_default();
            if !partitions.contains(&partition) {
                partitions.push(partition);
            }
        }
        people.partitions = partitions.len();
        people
    }

    fn take(&mut self, place: usize, identity: &'e Identity, is_left_out: LeftOut<'_>) {
        let number = u32::try_from(place).unwrap_or(u32::MAX);
        for held in identity.policies.iter().filter(|held| !is_left_out(held, identity)) {
            if let Some(holders) = self.holders.get_mut(held.id)
                && holders.last() != Some(&number)
            {
                holders.push(number);
            }
            if !held.policy.problems().is_empty() {
                self.unclear.add(place);
            }
        }
        match &identity.boundary {
            None => self.without_boundary.add(place),
            Some(held) if is_left_out(held, identity) => {}
            Some(held) => {
                if let Some(bounded) = self.bounded.get_mut(held.id) {
                    bounded.push(number);
                }
                if !held.policy.problems().is_empty() {
                    self.unclear_boundary.add(place);
                }
            }
        }
        if identity.principal.kind() == Kind::Root {
            self.roots.add(place);
        }
        if !identity.principal.is_service_linked() {
            self.guarded.add(place);
        }
        let limit = self.limit;
        let members = self.accounts.entry(identity.account());
        members.or_insert_with(|| Set::none(limit)).add(place);
    }

    /// Who has a policy.
    pub(super) fn holders(&self, policy: usize) -> &[u32] {
        self.holders.get(policy).map_or(&[], Vec::as_slice)
    }

    /// Who has it as boundary.
    pub(super) fn bounded(&self, policy: usize) -> &[u32] {
        self.bounded.get(policy).map_or(&[], Vec::as_slice)
    }

    /// The place in the estate of one of them.
    #[inline]
    pub(super) fn in_estate(&self, place: usize) -> Option<usize> {
        match &self.places {
            None => Some(place),
            Some(places) => places.get(place).copied(),
        }
    }

    /// The place here of one in the estate.
    pub(super) fn place(&self, in_estate: usize) -> Option<usize> {
        match &self.places {
            None => Some(in_estate),
            Some(places) => places.binary_search(&in_estate).ok(),
        }
    }

    /// Whether they are all of the estate.
    pub(super) fn are_all(&self) -> bool {
        self.places.is_none()
    }

    /// Whether they are so few of all that what is about everybody is not worth being found out for them.
    pub(super) fn are_few(&self, estate: &Estate) -> bool {
        self.limit < estate.identities.len() / 16
    }
}

/// Accounts with the same policies of the organization, and who is in them.
#[derive(Clone, Debug)]
pub(super) struct Group<'e> {
    pub(super) guard: &'e Guard,
    pub(super) members: Set,
}

/// The groups of those who are asked about. Policies with one text are one, but for those that are told apart.
pub(super) fn groups<'e>(
    estate: &'e Estate,
    people: &People<'e>,
    is_apart: &dyn Fn(&Held) -> bool,
) -> Vec<Group<'e>> {
    let mut groups: BTreeMap<Vec<Vec<(usize, bool)>>, Group<'e>> = BTreeMap::new();
    for (account, members) in &people.accounts {
        let Some(guard) = estate.guard(account) else { continue };
        let ids = |levels: &[Vec<Held>]| {
            let ids = |level: &Vec<Held>| level.iter().map(|it| (it.id, is_apart(it))).collect();
            levels.iter().map(ids).collect::<Vec<Vec<(usize, bool)>>>()
        };
        let mut key = ids(&guard.scps);
        key.push(vec![(usize::MAX, false)]);
        key.extend(ids(&guard.rcps));
        let group = groups.entry(key);
        let new = || Group { guard, members: Set::none(people.limit) };
        group.or_insert_with(new).members.join(members);
    }
    groups.into_values().collect()
}
