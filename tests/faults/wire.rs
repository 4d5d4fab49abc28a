//! What goes over the wire: the declared calls and no others, as few as promised, whatever breaks once.

use std::collections::{BTreeMap, BTreeSet};

use accesstrail_shared::aws::{Place, configuration};
use accesstrail_shared::collect::{Tier, When, registry};
use accesstrail_shared::testing::company::{DENIED, PARTIAL, SUSPENDED};
use accesstrail_shared::testing::proxy::{Call, Fault, Layer, Match, Plan};
use accesstrail_tests::compare::{Scene, Seen};
use accesstrail_tests::server::Server;
use accesstrail_tests::world;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

const MEMBER: &str = "ci-platform";

/// What a run is declared to call, but for resources, which have tests of their own.
fn declared() -> BTreeSet<&'static str> {
    let calls = registry::ALL.iter().flat_map(|collector| collector.calls());
    let in_runs = calls.filter(|call| call.tier != Tier::Three && call.when != When::Event);
    in_runs.map(|call| call.action).collect()
}

fn called(seen: &Seen) -> BTreeSet<String> {
    let actions = seen.calls.iter().map(Call::iam_action);
    actions.filter(|action| !action.starts_with("sts:")).collect()
}

#[test]
fn the_calls_are_those_declared() {
    world::run(async {
        let world = world::world().await;
        let usual = Box::pin(Scene::organization().fresh(world, Plan::default())).await;
        let full = Scene::with(world, &[MEMBER]).full();
        let full_report = Box::pin(full.fresh(world, Plan::default())).await;
        let denied = Plan::default()
            .rule(Match::action("iam:GetCredentialReport"), Fault::Deny { by: Layer::Scp });
        let no_report = Box::pin(full.fresh(world, denied)).await;
        let mut actions = called(&usual);
        actions.extend(called(&full_report));
        actions.extend(called(&no_report));
        let declared: BTreeSet<String> = declared().into_iter().map(str::to_owned).collect();
        assert_eq!(actions, declared);

        let details = "iam:GetAccountAuthorizationDetails";
        let mut others = BTreeMap::<&str, Vec<String>>::new();
        for call in usual.calls.iter().filter(|call| call.service == "iam") {
            let account = call.account.as_deref().unwrap_or(world.company.management());
            let others = others.entry(account).or_default();
            if call.iam_action() != details {
                others.push(call.iam_action());
            }
        }
        for (key, id) in world.company.accounts() {
            match others.get(id) {
                Some(others) if key != PARTIAL => assert!(others.len() <= 8, "{key}: {others:?}"),
                Some(_) => {}
                None => assert!([DENIED, SUSPENDED].contains(&key), "{key} was not called"),
            }
        }
    });
}

/// Each declared call breaks once, the first time: the inventory is as if it had not.
fn each_breaks_once(fault: &Fault) {
    world::run(async {
        let world = world::world().await;
        let scene = Scene::with(world, &[MEMBER]);
        let base = Box::pin(scene.fresh(world, Plan::default())).await;
        let plan = declared()
            .into_iter()
            .chain(["sts:AssumeRole", "sts:GetCallerIdentity"])
            .fold(Plan::default(), |plan, action| {
                plan.rule(Match::action(action).nth(1), fault.clone())
            });
        let seen = Box::pin(scene.fresh(world, plan)).await;
        let broken = seen.calls.iter().filter(|call| call.fault.is_some() && call.outcome != 200);
        assert!(seen.calls.len() > base.calls.len(), "{}", broken.count());
        seen.assert_same(&base);
    });
}

#[test]
fn an_answer_that_breaks_off() {
    each_breaks_once(&Fault::Truncate);
}

#[test]
fn an_answer_that_is_lost() {
    each_breaks_once(&Fault::DropAfter);
}

#[test]
fn a_service_that_is_unavailable() {
    each_breaks_once(&Fault::Status(503));
}

/// Services of one endpoint are asked by one connection: there is one client for all.
#[test]
fn services_share_their_connections() {
    world::run(async {
        let server = Server::start([]).await;
        let credentials = Credentials::new("AKIAEXAMPLE", "example", None, None, "wire");
        let place = Place {
            region: Some("eu-west-1".to_owned()),
            endpoint: Some(server.address("")),
            credentials: Some(SharedCredentialsProvider::new(credentials)),
            profile: None,
        };
        let config = configuration(&place).await;
        // What the server answers is no answer of either.
        aws_sdk_sts::Client::new(&config).get_caller_identity().send().await.unwrap_err();
        aws_sdk_iam::Client::new(&config).list_users().send().await.unwrap_err();
        let seen = server.seen();
        let connections: BTreeSet<_> = seen.iter().map(|request| request.peer).collect();
        assert!(seen.len() >= 2 && connections.len() == 1, "{seen:?}");
    });
}
