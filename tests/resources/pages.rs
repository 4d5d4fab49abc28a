//! Every list of resources in pages of one or two, with everything that may be wrong with pages.

use std::collections::BTreeSet;

use accesstrail_shared::model::Status;
use accesstrail_shared::testing::proxy::{Fault, Match, Plan, Quirk, Times};
use accesstrail_tests::compare::{Scene, Seen, assert_none, difference, lost_with};
use accesstrail_tests::world::{self, World};
use tokio::sync::OnceCell;

use super::{MEMBERS, collectors, scene};

static BASE: OnceCell<Seen> = OnceCell::const_new();

async fn base(world: &World) -> &'static Seen {
    BASE.get_or_init(async || Box::pin(scene(world).fresh(world, Plan::default())).await).await
}

fn all(size: usize, quirk: Quirk) -> Plan {
    Plan::default().rule(Match::any(), Fault::quirky_page(size, quirk))
}

fn same_as_unpaged(size: usize, quirk: Quirk) {
    world::run(async {
        let world = world::world().await;
        let base = base(world).await;
        let seen = Box::pin(scene(world).fresh(world, all(size, quirk))).await;
        assert!(seen.calls.len() > base.calls.len());
        seen.assert_same(base);
    });
}

#[test]
fn pages_of_one() {
    same_as_unpaged(1, Quirk::None);
}

#[test]
fn pages_of_two() {
    same_as_unpaged(2, Quirk::None);
}

#[test]
fn an_empty_page_in_the_midst() {
    same_as_unpaged(1, Quirk::EmptyPage { after: 1 });
}

#[test]
fn a_token_that_is_refused_once() {
    same_as_unpaged(1, Quirk::RefuseToken { after: 1, times: Times::Once });
}

/// One list after the other never ends: it is partial, and what needs it; nothing else is different, and
/// nothing is deleted.
#[test]
fn a_token_that_repeats() {
    world::run(async {
        let world = world::world().await;
        let (mut wrong, mut tried) = (Vec::new(), BTreeSet::new());
        for collector in collectors() {
            let scene = Scene::with(world, &MEMBERS).only(&[collector.name()]);
            let store = world::empty_store();
            let base = Box::pin(scene.again(world, &store, Plan::default())).await;
            let paged = Box::pin(scene.again(world, &store, all(1, Quirk::None))).await;
            let before = base.by_action();
            let lists = paged.by_action().into_iter();
            for (list, _) in lists.filter(|(action, calls)| before.get(action) < Some(calls)) {
                let fault = Fault::quirky_page(1, Quirk::RepeatToken);
                let plan = Plan::default().rule(Match::action(&list), fault);
                let seen = Box::pin(scene.again(world, &store, plan)).await;
                wrong.extend(endless(&base, &seen, &list));
                tried.insert(list);
            }
        }
        for service in ["ec2:", "kms:", "lambda:", "dynamodb:", "s3:", "sqs:", "bedrock:", "eks:"] {
            assert!(tried.iter().any(|list| list.starts_with(service)), "{service} {tried:?}");
        }
        assert_none(wrong);
    });
}

/// What is wrong where a list does not end.
fn endless(base: &Seen, seen: &Seen, list: &str) -> Vec<String> {
    let missed = lost_with(list, &[]);
    let (mut wrong, mut partial) = (Vec::new(), 0);
    for (scope, status) in &seen.statuses {
        let is_lost = missed.contains(&(scope.collector.as_str(), scope.capability.as_str()));
        let ends = matches!(status, Status::Partial { action, .. } if action == list);
        partial += usize::from(ends);
        // Where the list has one page there is nothing that could go wrong.
        if base.statuses.get(scope) != Some(status) && !(is_lost && ends) {
            wrong.push(format!("{list}: {scope} became {status:?}"));
        }
    }
    if partial == 0 {
        wrong.push(format!("{list}: no scope is partial"));
    }
    if seen.deleted() > 0 {
        wrong.push(format!("{list}: {} entities were deleted", seen.deleted()));
    }
    let different = difference(&base.contents, &seen.contents);
    wrong.extend(different.into_iter().map(|line| format!("{list}: {line}")));
    wrong
}
