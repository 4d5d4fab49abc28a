//! What a run changed, in numbers: how `collect` and `import` end.

use accesstrail_shared::model::Run;

use crate::error::Failure;
use crate::screen::Screen;

/// The run's counter of that name.
fn count(run: &Run, name: &str) -> u64 {
    run.counters.get(name).copied().unwrap_or_default()
}

/// How many entities are not as they were before the run.
pub(super) fn total(run: &Run) -> u64 {
    ["entities.created", "entities.changed", "entities.restored", "entities.deleted"]
        .iter()
        .map(|name| count(run, name))
        .sum()
}

/// The same for a person, and apart.
pub(super) fn show(run: &Run, screen: &mut Screen) -> Result<(), Failure> {
    screen.field(
        "changes",
        &format!(
            "{} created  {} changed  {} deleted  {} unchanged",
            count(run, "entities.created"),
            count(run, "entities.changed") + count(run, "entities.restored"),
            count(run, "entities.deleted"),
            count(run, "entities.unchanged")
        ),
    )
}
