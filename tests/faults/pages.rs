//! Every list in pages of one or two items, with everything that may be wrong with pages.

use accesstrail_shared::model::Status;
use accesstrail_shared::testing::proxy::{Fault, Layer, Match, Plan, Quirk, Times};
use accesstrail_tests::compare::{
    Scene, Seen, assert_none, complaints, difference, hit, lost_with,
};
use accesstrail_tests::pages;
use accesstrail_tests::world::{self, World};
use tokio::sync::OnceCell;

const MEMBERS: [&str; 2] = ["ci-platform", "web-prod"];

static USUAL: OnceCell<Seen> = OnceCell::const_new();
static PER_USER: OnceCell<Seen> = OnceCell::const_new();

fn usual_scene(world: &World) -> Scene {
    Scene::with(world, &MEMBERS)
}

/// The lists of users and of their credentials, which are only read where there is no report.
fn per_user_scene(world: &World) -> Scene {
    let no_report = ["iam:GenerateCredentialReport", "iam:GetCredentialReport"]
        .into_iter()
        .fold(Plan::default(), |plan, action| {
            plan.rule(Match::action(action), Fault::Deny { by: Layer::Identity })
        });
    Scene::with(world, &["ci-platform"]).full().state(no_report)
}

async fn usual(world: &World) -> &'static Seen {
    USUAL.get_or_init(async || usual_scene(world).fresh(world, Plan::default()).await).await
}

async fn per_user(world: &World) -> &'static Seen {
    PER_USER.get_or_init(async || per_user_scene(world).fresh(world, Plan::default()).await).await
}

/// Both inventories with all lists in pages: the same as without.
fn same_as_unpaged(size: usize, quirk: Quirk) {
    world::run(async {
        let world = world::world().await;
        pages::assert_same(world, &usual_scene(world), usual(world).await, size, quirk).await;
        pages::assert_same(world, &per_user_scene(world), per_user(world).await, size, quirk).await;
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
fn an_empty_first_page() {
    same_as_unpaged(2, Quirk::EmptyPage { after: 0 });
}

#[test]
fn an_empty_page_in_the_midst() {
    same_as_unpaged(1, Quirk::EmptyPage { after: 1 });
}

#[test]
fn a_token_that_is_refused_once() {
    same_as_unpaged(1, Quirk::RefuseToken { after: 1, times: Times::Once });
}

#[test]
fn a_token_that_is_refused_once_further_on() {
    same_as_unpaged(2, Quirk::RefuseToken { after: 2, times: Times::Once });
}

/// Lists of which the company has no two items, so that nothing shows whether they are paged.
const SHORT: [&str; 3] = ["iam:ListAccountAliases", "organizations:ListRoots", "sso:ListInstances"];

#[test]
fn a_token_that_repeats() {
    world::run(async {
        let world = world::world().await;
        let scene = Scene::with(world, &["ci-platform"]);
        let tried =
            Box::pin(pages::assert_partial(world, &scene, Quirk::RepeatToken, &[], |_| true)).await;
        assert!(!tried.is_empty());
        let tried_of =
            |service: &str| tried.iter().filter(|list| list.starts_with(service)).count();
        assert!(tried_of("organizations:") > 0 && tried_of("sso:") > 0, "{tried:?}");
        assert!(tried.iter().all(|list| !SHORT.contains(&list.as_str())), "{tried:?}");
    });
}

#[test]
fn a_token_that_repeats_per_user() {
    world::run(async {
        let world = world::world().await;
        let (scene, missing) = (per_user_scene(world), ["credential-report"]);
        let tried =
            Box::pin(pages::assert_partial(world, &scene, Quirk::RepeatToken, &missing, |_| true))
                .await;
        assert!(tried.contains(&"iam:ListUsers".to_owned()), "{tried:?}");
    });
}

#[test]
fn a_token_that_is_always_refused() {
    world::run(async {
        let world = world::world().await;
        let scene = Scene::with(world, &["ci-platform"]);
        let store = world::empty_store();
        let base = Box::pin(scene.again(world, &store, Plan::default())).await;
        let list = "iam:GetAccountAuthorizationDetails";
        let quirk = Quirk::RefuseToken { after: 2, times: Times::Always };
        let plan = Plan::default().rule(Match::action(list), Fault::quirky_page(2, quirk));
        let seen = Box::pin(scene.again(world, &store, plan)).await;
        let accounts = hit(world, &seen, list);
        let mut wrong = complaints(
            &base,
            &seen,
            &accounts,
            &lost_with(list, &[]),
            |status| matches!(status, Status::Partial { action, .. } if action == list),
        );
        wrong.extend(difference(&base.contents, &seen.contents));
        assert_none(wrong);
    });
}
