//! Marks: which entities the pages of an open run saw, as hashes of 128 bits.
//!
//! Marks carry a time at which DynamoDB removes them, long after any run is closed; nothing else does,
//! because that costs nothing. INVARIANT: marks are only used when every page of the unit still has all
//! of its own, or what was seen would be tombstoned.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use sha2::{Digest as _, Sha256};

use super::DynamoStore;
use super::calls::Find;
use super::error::invalid;
use super::item::{Item, ItemError, number};
use super::runs::Facts;
use super::units;
use crate::model::{EntityId, RunId, Scope, Unit};
use crate::port::{Page, PortError};
use crate::store::key::{self, attribute};

/// The length of a mark. Two of a million entities have the same mark once in 10^26.
const LENGTH: usize = 16;

/// Marks in one item, whose limit is 400 KB.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items>
const ITEM_MARKS: usize = 20_000;

/// The mark of an entity.
pub(super) type Mark = [u8; LENGTH];

pub(super) fn mark(id: &EntityId) -> Mark {
    let digest = Sha256::digest(id.to_string().as_bytes());
    digest.first_chunk().copied().unwrap_or_default()
}

/// Replaces the marks of a page.
pub(super) async fn write(store: &DynamoStore, facts: Facts, page: &Page) -> Result<(), PortError> {
    let seen = page
        .sightings
        .iter()
        // What is never settled needs no mark.
        .filter(|sighting| sighting.scope != Scope::aws_managed())
        .map(|sighting| (&sighting.scope, mark(&sighting.entity.id())));
    store.table.put_all(items(facts, page, seen)).await
}

/// The items of a page: at least one, even if it saw nothing, so that it can be missed.
fn items<'a>(
    facts: Facts,
    page: &Page,
    seen: impl Iterator<Item = (&'a Scope, Mark)>,
) -> Vec<Item> {
    let mut of_units: BTreeMap<Unit, BTreeSet<(&str, Mark)>> = BTreeMap::new();
    of_units.entry(page.unit.clone()).or_default();
    for (scope, mark) in seen {
        of_units.entry(scope.unit()).or_default().insert((&scope.capability, mark));
    }
    let mut items = Vec::new();
    for (unit, marks) in of_units {
        let marks: Vec<(&str, Mark)> = marks.into_iter().collect();
        let chunks = marks.len().div_ceil(ITEM_MARKS).max(1);
        for chunk in 0..chunks {
            let key = key::marks(&page.run, &unit, &page.unit, page.number, chunk);
            let of_chunk = marks.iter().skip(chunk * ITEM_MARKS).take(ITEM_MARKS);
            items.push(
                Item::at(&key)
                    .with(attribute::MARKS, by_capability(of_chunk))
                    .with(attribute::CHUNKS, number(chunks))
                    .with(attribute::EXPIRES, Facts::expires(facts.started)),
            );
        }
    }
    items
}

fn by_capability<'a>(marks: impl Iterator<Item = &'a (&'a str, Mark)>) -> AttributeValue {
    let mut bytes: HashMap<String, Vec<u8>> = HashMap::new();
    for (capability, mark) in marks {
        bytes.entry((*capability).to_owned()).or_default().extend(mark);
    }
    AttributeValue::M(
        bytes
            .into_iter()
            .map(|(name, bytes)| (name, AttributeValue::B(Blob::new(bytes))))
            .collect(),
    )
}

/// What a run saw of a scope.
pub(super) async fn read(
    store: &DynamoStore,
    facts: Facts,
    run: &RunId,
    scope: &Scope,
) -> Result<HashSet<Mark>, PortError> {
    let unit = scope.unit();
    let pages = units::pages(store, facts, run, &unit).await?.ok_or_else(|| {
        invalid(&store.table.name, format!("run {run} has no unit {unit} to settle"))
    })?;
    let partition = key::marks_partition(run, &unit);
    let items = store.table.find_all(|| Find::beginning(&partition, "")).await?;
    if let Some(page) = missing(&pages, &items) {
        let lost = format!("what page {page} of {unit} saw in run {run} is gone: start a new run");
        return Err(invalid(&store.table.name, lost));
    }
    let mut seen = HashSet::new();
    for item in &items {
        let marks = of_scope(item, scope).map_err(|error| store.table.corrupt(item, error))?;
        seen.extend(marks);
    }
    Ok(seen)
}

/// The first page whose marks are not all there.
fn missing(pages: &BTreeSet<u32>, items: &[Item]) -> Option<u32> {
    let mut found: HashSet<(u32, usize)> = HashSet::new();
    let mut chunks: HashMap<u32, usize> = HashMap::new();
    for item in items {
        let sort = item.text(attribute::SORT).unwrap_or_default();
        let Some((page, chunk)) = key::page_of_own_marks(sort) else { continue };
        found.insert((page, chunk));
        // The first item tells how many there are: later ones may be left of a larger page.
        if chunk == 0 {
            chunks.insert(page, item.number(attribute::CHUNKS).unwrap_or_default());
        }
    }
    let incomplete = |page: &u32| {
        let count = chunks.get(page).copied().unwrap_or_default();
        count == 0 || (0..count).any(|chunk| !found.contains(&(*page, chunk)))
    };
    pages.iter().copied().find(incomplete)
}

fn of_scope(item: &Item, scope: &Scope) -> Result<Vec<Mark>, ItemError> {
    let wrong = || ItemError::new(attribute::MARKS, "a map of marks");
    let marks = item.get(attribute::MARKS).and_then(|value| value.as_m().ok()).ok_or_else(wrong)?;
    let Some(bytes) = marks.get(&scope.capability) else { return Ok(Vec::new()) };
    let (marks, rest) = bytes.as_b().map_err(|_| wrong())?.as_ref().as_chunks::<LENGTH>();
    if rest.is_empty() { Ok(marks.to_vec()) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts { plan: 1, started: "2026-11-22T06:00:00Z".parse().unwrap() }
    }

    fn page(number: u32) -> Page {
        Page {
            run: "20261122T060000Z".parse().unwrap(),
            unit: "111122223333/aws-global/iam".parse().unwrap(),
            number,
            sightings: Vec::new(),
            cursor: None,
        }
    }

    fn marks(count: usize) -> Vec<Mark> {
        let id = |n| format!("user:AIDA{n}").parse().unwrap();
        (0..count).map(|n| mark(&id(n))).collect()
    }

    #[test]
    fn marks_read_back_by_scope() {
        let page = page(3);
        let (users, roles) = (page.unit.scope("users"), page.unit.scope("roles"));
        let marks = marks(3);
        let seen = [(&users, marks[0]), (&roles, marks[1]), (&users, marks[2]), (&users, marks[2])];
        let items = items(facts(), &page, seen.into_iter());
        assert_eq!(items.len(), 1);
        let read: HashSet<Mark> = of_scope(&items[0], &users).unwrap().into_iter().collect();
        assert_eq!(read, HashSet::from([marks[0], marks[2]]));
        assert_eq!(of_scope(&items[0], &roles).unwrap(), [marks[1]]);
        assert_eq!(of_scope(&items[0], &page.unit.scope("groups")).unwrap(), Vec::<Mark>::new());
    }

    #[test]
    fn many_marks_are_spread_and_one_missing_item_is_noticed() {
        let scope = page(0).unit.scope("users");
        let marks = marks(ITEM_MARKS * 2 + 1);
        let seen = || marks.iter().map(|mark| (&scope, *mark));
        let mut all = items(facts(), &page(0), seen());
        assert_eq!(all.len(), 3);
        all.extend(items(facts(), &page(1), std::iter::empty()));
        assert_eq!(missing(&[0, 1].into(), &all), None);
        assert_eq!(missing(&[0, 1, 2].into(), &all), Some(2));
        for gone in 0..3 {
            let mut rest = all.clone();
            rest.remove(gone);
            assert_eq!(missing(&[0, 1].into(), &rest), Some(0));
        }
        all.truncate(3);
        assert_eq!(missing(&[0, 1].into(), &all), Some(1));
    }

    #[test]
    fn marks_for_another_unit_do_not_stand_for_its_pages() {
        let other = "111122223333/aws-global/organization/accounts".parse().unwrap();
        let items = items(facts(), &page(0), [(&other, marks(1)[0])].into_iter());
        assert_eq!(items.len(), 2);
        let of_other: Vec<Item> = items
            .into_iter()
            .filter(|item| item.text(attribute::PARTITION).unwrap().ends_with("organization"))
            .collect();
        assert_eq!(of_scope(&of_other[0], &other).unwrap().len(), 1);
        assert_eq!(missing(&[0].into(), &of_other), Some(0));
    }
}
