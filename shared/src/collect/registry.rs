//! The list of collectors, in the order in which they are planned and shown.

use super::Collect;

/// Every collector.
pub const ALL: &[&dyn Collect] = &[
    &super::organization::OrganizationCollector,
    &super::permission_sets::PermissionSetsCollector,
];

/// The collector of that name.
pub fn find(name: &str) -> Option<&'static dyn Collect> {
    ALL.iter().copied().find(|collector| collector.name() == name)
}
