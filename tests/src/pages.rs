//! Inventories under an AWS that pages: the same as without pages, and partial where a list does not end.

use std::collections::BTreeMap;

use accesstrail_shared::model::Status;
use accesstrail_shared::testing::proxy::{Fault, Match, Plan, Quirk};

use crate::compare::{Scene, Seen, assert_none, difference, lost_with};
use crate::world::{self, World};

/// Every list in pages of `size`, with something wrong with the pages.
pub fn all(size: usize, quirk: Quirk) -> Plan {
    Plan::default().rule(Match::any(), Fault::quirky_page(size, quirk))
}

/// Demands that pages change nothing of an inventory but the number of its calls.
pub async fn assert_same(world: &World, scene: &Scene, base: &Seen, size: usize, quirk: Quirk) {
    let seen = Box::pin(scene.fresh(world, all(size, quirk))).await;
    assert!(seen.calls.len() > base.calls.len());
    seen.assert_same(base);
}

/// One list after the other that does not end in good order: it is partial, and what needs it; nothing
/// else is different, and nothing is deleted.
///
/// `is_tried` chooses among the lists that have more than one page; `missing` names the capabilities that
/// are missing anyway. Gives the lists that were tried.
pub async fn assert_partial(
    world: &World,
    scene: &Scene,
    quirk: Quirk,
    missing: &[&str],
    is_tried: impl Fn(&str) -> bool,
) -> Vec<String> {
    let store = world::empty_store();
    let base = Box::pin(scene.again(world, &store, Plan::default())).await;
    let paged = Box::pin(scene.again(world, &store, all(1, Quirk::None))).await;
    let tried: Vec<String> =
        longer(&base.by_action(), paged.by_action()).filter(|list| is_tried(list)).collect();
    let mut wrong = Vec::new();
    for list in &tried {
        let plan = Plan::default().rule(Match::action(list), Fault::quirky_page(1, quirk));
        let seen = Box::pin(scene.again(world, &store, plan)).await;
        let found = not_as_partial(&base, &seen, list, missing).into_iter();
        wrong.extend(found.map(|line| format!("{list} {quirk:?}: {line}")));
    }
    assert_none(wrong);
    tried
}

/// The actions that were called more often than before.
fn longer(
    before: &BTreeMap<String, usize>,
    after: BTreeMap<String, usize>,
) -> impl Iterator<Item = String> {
    after
        .into_iter()
        .filter(|(action, calls)| before.get(action) < Some(calls))
        .map(|(action, _)| action)
}

fn not_as_partial(base: &Seen, seen: &Seen, list: &str, missing: &[&str]) -> Vec<String> {
    let affected = lost_with(list, missing);
    let (mut wrong, mut partial) = (Vec::new(), 0);
    for (scope, status) in &seen.statuses {
        let is_lost = affected.contains(&(scope.collector.as_str(), scope.capability.as_str()));
        let is_partial = matches!(status, Status::Partial { action, .. } if action == list);
        partial += usize::from(is_partial);
        // Where the list has one page there is nothing that could go wrong.
        if base.statuses.get(scope) != Some(status) && !(is_lost && is_partial) {
            wrong.push(format!("{scope} became {status:?}"));
        }
    }
    if partial == 0 {
        wrong.push("no scope is partial".to_owned());
    }
    if base.statuses.len() != seen.statuses.len() {
        wrong.push("scopes came or went".to_owned());
    }
    if seen.deleted() > 0 {
        wrong.push(format!("{} entities were deleted", seen.deleted()));
    }
    wrong.extend(difference(&base.contents, &seen.contents));
    wrong
}
