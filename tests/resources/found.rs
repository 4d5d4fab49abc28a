//! What is found is what the tables have, and nothing else is asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use accesstrail_shared::collect::Collect;
use accesstrail_shared::form;
use accesstrail_shared::model::resource::ResourceType;
use accesstrail_shared::model::{
    AccountId, Authority, Entity, EntityId, Kind, Scope, Snapshot, Status, Timestamp, Unavailable,
};
use accesstrail_shared::testing::company::{
    CANARY, DENIED, FAR, FAR_ACCOUNT, How, PARTIAL, SUSPENDED,
};
use accesstrail_shared::testing::proxy::{Plan, Proxy};
use accesstrail_shared::testing::visit;
use accesstrail_tests::compare::{Scene, Seen, assert_none, difference};
use accesstrail_tests::world::{self, Ask, World};
use tokio::sync::OnceCell;

use super::{collectors, declared};

/// Reads of what is in a resource, and not of what it is.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
const DATA: &[&str] = &[
    "bedrock:GetPrompt",
    "bedrock:InvokeAgent",
    "bedrock:InvokeModel",
    "bedrock:Retrieve",
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:GetRecords",
    "dynamodb:Query",
    "dynamodb:Scan",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
    "glue:GetConnection",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "lambda:GetFunction",
    "lambda:GetLayerVersion",
    "lambda:InvokeFunction",
    "rds:DownloadDBLogFilePortion",
    "s3:GetObject",
    "s3:HeadObject",
    "s3:SelectObjectContent",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "sqs:ReceiveMessage",
];

static WHOLE: OnceCell<Seen> = OnceCell::const_new();

/// The resources of the whole organization, without any fault but its own.
async fn whole(world: &World) -> &'static Seen {
    WHOLE
        .get_or_init(async || {
            let names: Vec<&str> = collectors().map(Collect::name).collect();
            let scene = Scene::organization().only(&names);
            Box::pin(scene.fresh(world, Plan::default())).await
        })
        .await
}

/// What AWS has for everybody, in every region where it offers Bedrock.
const OF_AWS: [ResourceType; 2] = [ResourceType::FoundationModel, ResourceType::InferenceProfile];

#[test]
fn every_resource_of_every_account() {
    world::run(async {
        let world = world::world().await;
        let snapshot = &whole(world).await.taken.snapshot;
        let mut found = BTreeMap::<String, BTreeMap<ResourceType, usize>>::new();
        for stored in snapshot.of_kind(Kind::Resource) {
            let Entity::Resource(it) = &stored.entity else { continue };
            if OF_AWS.contains(&it.resource_type) {
                continue;
            }
            let types = found.entry(stored.scope.account.to_string()).or_default();
            *types.entry(it.resource_type).or_default() += 1;
        }
        assert_none(difference(&world.company.summary().resources, &found));
        for it in OF_AWS {
            let is_it = |entity: &Entity| matches!(entity, Entity::Resource(found) if found.resource_type == it);
            let all = snapshot.of_kind(Kind::Resource).filter(|stored| is_it(&stored.entity));
            assert!(all.count() > 0, "{it}");
        }
    });
}

/// Every scope is complete, but for those of the gaps that were planned.
#[test]
fn only_the_planned_gaps() {
    world::run(async {
        let world = world::world().await;
        let id = |key: &str| world.company.account(key).unwrap().parse::<AccountId>().unwrap();
        let (denied, suspended, partial) = (id(DENIED), id(SUSPENDED), id(PARTIAL));
        let far = id(FAR_ACCOUNT);
        let names: Vec<&str> = collectors().map(Collect::name).collect();
        let expected = |scope: &Scope, status: &Status| {
            let at = &scope.account;
            if matches!(status, Status::Excluded(_)) {
                return !names.contains(&scope.collector.as_str());
            }
            if *at == denied {
                let action = "sts:AssumeRole".to_owned();
                return *status == Status::Denied { action, by: Authority::Unspecified };
            }
            if *at == suspended {
                return matches!(status, Status::Unavailable(Unavailable::AccountState(_)));
            }
            if scope.region.as_str() == FAR && *at != far {
                return *status == Status::Unavailable(Unavailable::RegionNotEnabled);
            }
            if scope.region.as_str() == FAR && scope.collector.starts_with("bedrock") {
                return matches!(status, Status::Unavailable(Unavailable::ServiceOff(_)));
            }
            if *at == partial && scope.collector.starts_with("secret") {
                let action = "secretsmanager:ListSecrets".to_owned();
                return *status == Status::Denied { action, by: Authority::Scp };
            }
            *status == Status::Complete
        };
        let seen = whole(world).await;
        let wrong = seen.statuses.iter().filter(|(scope, status)| !expected(scope, status));
        assert_none(wrong.map(|(scope, status)| format!("{scope}: {status:?}")).collect());
        let set_aside = seen.taken.snapshot.coverage().flat_map(|coverage| {
            coverage.set_aside.iter().map(move |it| format!("{}: {it:?}", coverage.scope))
        });
        assert_none(set_aside.collect());
        assert_eq!(seen.taken.run.planned, seen.taken.run.ended);
        let there = |wanted: fn(&Status) -> bool| seen.statuses.values().any(wanted);
        assert!(there(|it| *it == Status::Unavailable(Unavailable::RegionNotEnabled)));
        assert!(there(|it| matches!(it, Status::Unavailable(Unavailable::ServiceOff(_)))));
    });
}

#[test]
fn what_is_called_is_what_is_declared_and_reads_no_data() {
    world::run(async {
        let world = world::world().await;
        let seen = whole(world).await;
        let called: BTreeSet<String> = seen
            .by_action()
            .into_keys()
            .filter(|action| !action.starts_with("sts:") && !action.starts_with("organizations:"))
            .collect();
        let may: BTreeSet<&str> =
            collectors().flat_map(Collect::calls).map(|call| call.action).collect();
        let undeclared = called.iter().filter(|action| !may.contains(action.as_str()));
        assert_none(undeclared.cloned().collect());
        let not_made = declared().into_iter().filter(|action| !called.contains(*action));
        assert_none(not_made.map(str::to_owned).collect());
        let data = called.iter().filter(|action| DATA.contains(&action.as_str()));
        assert_none(data.cloned().collect());
    });
}

#[test]
fn nothing_that_is_kept_is_what_must_not_be_read() {
    world::run(async {
        let world = world::world().await;
        let seen = whole(world).await;
        let mut texts =
            seen.taken.snapshot.entities().map(|stored| {
                (stored.entity.id(), form::value(&stored.entity).unwrap().to_string())
            });
        let read = texts.find(|(_, text)| text.contains(CANARY));
        assert_eq!(read, None);
    });
}

#[test]
fn hostile_names_are_kept_as_they_are() {
    world::run(async {
        let world = world::world().await;
        let seen = whole(world).await;
        let mut texts = String::new();
        for stored in seen.taken.snapshot.entities() {
            texts += &form::value(&stored.entity).unwrap().to_string();
        }
        for wanted in [
            "=HYPERLINK(\\\"https://example.com\\\") <img src=x onerror=alert(1)>",
            "\u{202e}gpj",
            "\"><img src=x onerror=alert(1)>".replace('"', "\\\"").as_str(),
            "=1+1@example.com",
            "<script>alert('key')</script>",
            "<script>alert('guardrail')</script>",
            "<script>alert('tag')</script>",
        ] {
            assert!(texts.contains(wanted), "{wanted:?}");
        }
    });
}

/// A correction that no call meets is one that nobody needs, or that does not work.
#[test]
fn every_correction_of_resources_is_met() {
    world::run(async {
        let world = world::world().await;
        let seen = whole(world).await;
        let met: BTreeSet<String> = seen
            .calls
            .iter()
            .filter(|call| call.fault.is_some())
            .map(accesstrail_shared::testing::proxy::Call::iam_action)
            .collect();
        let identities: BTreeSet<&str> =
            ["iam", "organizations", "sso", "identitystore", "sts"].into_iter().collect();
        let unmet = world.company.corrections().into_iter().filter(|one| {
            let (service, rest) = one.action.split_once(':').unwrap();
            let is_met = if rest == "*" {
                met.iter().any(|action| action.starts_with(&format!("{service}:")))
            } else {
                met.contains(one.action)
            };
            !identities.contains(service) && !is_met
        });
        assert_none(unmet.map(|one| format!("{} {:?}", one.action, one.how)).collect());
        assert!(world.company.corrections().iter().any(|one| one.how == How::Refused));
    });
}

/// Two foundings are one and the same organization.
#[test]
fn the_same_in_every_founding() {
    world::run(async {
        let day: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let first = taken(world::world().await, day).await;
        let second = taken(&world::found().await, day).await;
        assert!(first.len() > 100, "{}", first.len());
        assert_none(difference(&first, &second));
    });
}

async fn taken(world: &World, day: Timestamp) -> BTreeMap<EntityId, String> {
    let plan = world.company.plan_as_of(day);
    let proxy = Proxy::start(world.endpoint(), plan).await.unwrap();
    let names: Vec<&str> = collectors().map(Collect::name).collect();
    let scene = Scene::organization().only(&names);
    let ask = Ask { regions: visit::regions(), skip: scene.skip, ..Ask::default() };
    let store = world::empty_store();
    let taken = Box::pin(world::inventory(&proxy, &Arc::clone(&store), ask)).await;
    text(&taken.snapshot)
}

/// Every entity as it is written down.
fn text(snapshot: &Snapshot) -> BTreeMap<EntityId, String> {
    let all = snapshot.entities();
    all.map(|it| (it.entity.id(), form::value(&it.entity).unwrap().to_string())).collect()
}
