//! Every list of resources in pages of one or two, with everything that may be wrong with pages.

use std::collections::BTreeSet;

use accesstrail_shared::testing::proxy::{Plan, Quirk, Times};
use accesstrail_tests::compare::{Scene, Seen};
use accesstrail_tests::pages;
use accesstrail_tests::world::{self, World};
use tokio::sync::OnceCell;

use super::{MEMBERS, collectors, scene};

static BASE: OnceCell<Seen> = OnceCell::const_new();

async fn base(world: &World) -> &'static Seen {
    BASE.get_or_init(async || Box::pin(scene(world).fresh(world, Plan::default())).await).await
}

fn same_as_unpaged(size: usize, quirk: Quirk) {
    world::run(async {
        let world = world::world().await;
        pages::assert_same(world, &scene(world), base(world).await, size, quirk).await;
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

/// One list of resources after the other never ends. The lists of the plan are tried with the identities.
#[test]
fn a_token_that_repeats() {
    world::run(async {
        let world = world::world().await;
        let mut tried = BTreeSet::new();
        for collector in collectors() {
            let scene = Scene::with(world, &MEMBERS).only(&[collector.name()]);
            let own = |list: &str| collector.calls().iter().any(|call| call.action == list);
            tried.extend(
                Box::pin(pages::assert_partial(world, &scene, Quirk::RepeatToken, &[], own)).await,
            );
        }
        for service in ["ec2:", "kms:", "lambda:", "tag:", "s3:", "sqs:", "bedrock:", "eks:"] {
            assert!(tried.iter().any(|list| list.starts_with(service)), "{service} {tried:?}");
        }
    });
}
