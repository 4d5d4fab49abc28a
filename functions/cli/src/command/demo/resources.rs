//! The resources that the demo found, type by type, and where it could not look.

use std::collections::{BTreeMap, BTreeSet};

use accesstrail_shared::model::{Entity, Kind, Snapshot, Status, Unavailable};

use crate::error::Failure;
use crate::screen::Screen;

/// What there is of a type.
#[derive(Debug, Default)]
struct Of<'s> {
    count: u64,
    accounts: BTreeSet<&'s str>,
    regions: BTreeSet<&'s str>,
}

/// A table of the types, and the regions that are not enabled.
pub(super) fn show(snapshot: &Snapshot, screen: &mut Screen) -> Result<(), Failure> {
    let mut types: BTreeMap<&str, Of<'_>> = BTreeMap::new();
    for stored in snapshot.of_kind(Kind::Resource) {
        let Entity::Resource(resource) = &stored.entity else { continue };
        let name = resource.resource_type.name();
        let of = types.entry(name.strip_prefix("AWS::").unwrap_or(name)).or_default();
        of.count += 1;
        of.accounts.insert(stored.scope.account.as_str());
        of.regions.insert(stored.scope.region.as_str());
    }
    screen.heading("Resources")?;
    let rows = types.iter().map(|(name, of)| {
        let regions: Vec<&str> = of.regions.iter().copied().collect();
        [
            (*name).to_owned(),
            of.count.to_string(),
            of.accounts.len().to_string(),
            regions.join(", "),
        ]
    });
    screen.table(&["type", "resources", "accounts", "asked in"], rows)?;
    for (region, accounts) in off(snapshot) {
        screen.line(&format!(
            "{region} is not enabled in {} accounts, and was not asked about there.",
            accounts.len()
        ))?;
    }
    Ok(())
}

/// The regions that were asked for and are not enabled, with their accounts.
fn off(snapshot: &Snapshot) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut off: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for told in snapshot.coverage() {
        if told.status == Status::Unavailable(Unavailable::RegionNotEnabled) {
            let scope = &told.scope;
            off.entry(scope.region.as_str()).or_default().insert(scope.account.as_str());
        }
    }
    off
}
