//! A snapshot: everything that is known of an organization at one time, with what is not known.

use std::collections::BTreeMap;

use super::coverage::{AccountCoverage, Coverage, Status};
use super::{AccountId, Entity, EntityId, Kind, RunId, Scope, Stored, Timestamp};

/// An immutable, dated view of the store. Readers never look at a store directly, so that everything
/// they say is about one and the same moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    entities: BTreeMap<EntityId, Stored>,
    coverage: BTreeMap<Scope, Coverage>,
    as_of: Option<Timestamp>,
}

impl Snapshot {
    /// The snapshot of these entities (deleted ones are left out) and this latest coverage.
    pub fn new(
        entities: impl IntoIterator<Item = Stored>,
        coverage: impl IntoIterator<Item = Coverage>,
    ) -> Self {
        let entities = entities
            .into_iter()
            .filter(|stored| stored.deleted.is_none())
            .map(|stored| (stored.entity.id(), stored))
            .collect();
        let coverage: BTreeMap<_, _> =
            coverage.into_iter().map(|coverage| (coverage.scope.clone(), coverage)).collect();
        let as_of = coverage.values().map(|coverage| coverage.at).max();
        Self { entities, coverage, as_of }
    }

    /// When the newest scope was looked at; `None` for an empty snapshot.
    pub fn as_of(&self) -> Option<Timestamp> {
        self.as_of
    }

    /// Every entity, by id.
    pub fn entities(&self) -> impl Iterator<Item = &Stored> {
        self.entities.values()
    }

    /// The entities of one kind, by key.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Stored> {
        let from = EntityId { kind, key: String::new() };
        self.entities
            .range(from..)
            .take_while(move |(id, _)| id.kind == kind)
            .map(|(_, stored)| stored)
    }

    /// One entity.
    pub fn get(&self, id: &EntityId) -> Option<&Stored> {
        self.entities.get(id)
    }

    /// What another capability knows about the thing with this key.
    pub fn aspect(&self, kind: Kind, key: &str) -> Option<&Entity> {
        self.entities.get(&EntityId { kind, key: key.to_owned() }).map(|stored| &stored.entity)
    }

    /// The latest coverage of every scope.
    pub fn coverage(&self) -> impl Iterator<Item = &Coverage> {
        self.coverage.values()
    }

    /// The latest coverage of one scope.
    pub fn coverage_of(&self, scope: &Scope) -> Option<&Coverage> {
        self.coverage.get(scope)
    }

    /// The scopes that exist and were not seen completely.
    pub fn gaps(&self) -> impl Iterator<Item = &Coverage> {
        self.coverage.values().filter(|coverage| coverage.status.is_gap())
    }

    /// Each account with its coverage. Every account that is known is in it, whatever was seen of it.
    pub fn accounts(&self) -> BTreeMap<AccountId, AccountCoverage> {
        let mut statuses: BTreeMap<AccountId, Vec<&Status>> = BTreeMap::new();
        for stored in self.of_kind(Kind::Account) {
            if let Entity::Account(account) = &stored.entity {
                statuses.entry(account.id.clone()).or_default();
            }
        }
        for coverage in self.coverage.values() {
            statuses.entry(coverage.scope.account.clone()).or_default().push(&coverage.status);
        }
        statuses
            .into_iter()
            .map(|(account, statuses)| (account, AccountCoverage::of(statuses)))
            .collect()
    }

    /// The part of it that one run looked at: the scopes that the run told about and their entities, with
    /// what belongs to no scope that anybody lists (AWS-managed policies). What the run was not asked for
    /// is not in it.
    #[must_use]
    pub fn of_run(&self, run: &RunId) -> Self {
        let coverage: BTreeMap<Scope, Coverage> = self
            .coverage
            .iter()
            .filter(|(_, coverage)| coverage.run == *run)
            .map(|(scope, coverage)| (scope.clone(), coverage.clone()))
            .collect();
        let is_in =
            |scope: &Scope| coverage.contains_key(scope) || !self.coverage.contains_key(scope);
        let entities = self.entities.values().filter(|stored| is_in(&stored.scope));
        Self::new(entities.cloned().collect::<Vec<_>>(), coverage.values().cloned())
    }

    /// What the organization calls an account; `None` where nobody told it.
    pub fn account_name(&self, id: &AccountId) -> Option<&str> {
        match self.aspect(Kind::Account, id.as_str()) {
            Some(Entity::Account(account)) if !account.name.is_empty() => Some(&account.name),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
