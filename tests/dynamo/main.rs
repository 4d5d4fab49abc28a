//! What only the store in DynamoDB can do wrong: its limits, its faults, its costs.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

mod costs;
mod usage;
mod usage_costs;

use std::collections::BTreeMap;
use std::future::Future;

use accesstrail_shared::model::{
    ChangeKind, Counters, Coverage, Entity, Run, RunId, Scope, Status, Unit,
};
use accesstrail_shared::port::{Claim, Opened, Page, PortError, Query, Saved, Store};
use accesstrail_shared::store::dynamo::{DynamoStore, TABLE};
use accesstrail_shared::store::key::{self, attribute};
use accesstrail_shared::testing::proxy::{Fault, Match, Plan, Proxy, ThrottleCode};
use accesstrail_shared::testing::sample::{self, ACCOUNT, at, lease, sighting};
use accesstrail_tests::dynamo::{Table, client};
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::types::{AttributeValue, KeyType};

fn unit() -> Unit {
    sample::unit(ACCOUNT, "iam-authorization")
}

fn scope() -> Scope {
    unit().scope("principals")
}

fn user(n: usize) -> Entity {
    sample::user(ACCOUNT, &format!("user-{n}"), &format!("AIDAEXAMPLE{n:05}"))
}

/// A policy whose content is text that does not compress, of about that length.
fn noise(key: &str, length: usize, seed: u32) -> Entity {
    let mut state = seed;
    let letter = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'#' + u8::try_from((state >> 24) % 56).unwrap())
    };
    sample::aws_policy("noise", key, &(0..length).map(letter).collect::<String>())
}

fn page(run: &RunId, number: u32, entities: Vec<Entity>, second: i64) -> Page {
    let sightings = entities.into_iter().map(|entity| sighting(&scope(), entity, second)).collect();
    sample::page(run, &unit(), number, sightings)
}

async fn open(store: &dyn Store, second: i64) -> Run {
    let run = sample::run(second);
    assert_eq!(store.open_run(&run, &[unit()]).await.unwrap(), Opened::New);
    run
}

fn complete(run: &RunId, second: i64) -> Coverage {
    sample::coverage(&scope(), run, Status::Complete, second)
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

async fn set(table: &Table, at: key::Key, attribute: &str, value: AttributeValue) {
    let update = table.client().update_item().table_name(&table.name);
    let update = update.key(attribute::PARTITION, text(at.partition));
    let update = update.key(attribute::SORT, text(at.sort)).update_expression("SET #a = :v");
    let update = update.expression_attribute_names("#a", attribute);
    update.expression_attribute_values(":v", value).send().await.unwrap();
}

#[tokio::test]
async fn the_table_is_as_it_is_defined() {
    let table = Table::create().await;
    DynamoStore::create_table(&table.client(), &table.name).await.unwrap();
    let answer = table.client().describe_table().table_name(&table.name).send().await.unwrap();
    let found = answer.table().unwrap();
    let index = &found.global_secondary_indexes()[0];
    let key = |schema: &[aws_sdk_dynamodb::types::KeySchemaElement], role: &KeyType| {
        let element = schema.iter().find(|element| element.key_type() == role);
        element.unwrap().attribute_name().to_owned()
    };
    let (hash, range) = (KeyType::Hash, KeyType::Range);
    assert_eq!(key(found.key_schema(), &hash), TABLE.partition_key);
    assert_eq!(key(found.key_schema(), &range), TABLE.sort_key);
    assert_eq!(key(index.key_schema(), &hash), TABLE.index.partition_key);
    assert_eq!(key(index.key_schema(), &range), TABLE.index.sort_key);
    assert_eq!(index.index_name(), Some(TABLE.index.name));
    let ttl = table.client().describe_time_to_live().table_name(&table.name).send().await.unwrap();
    let ttl = ttl.time_to_live_description().unwrap().attribute_name().unwrap().to_owned();
    assert_eq!(ttl, TABLE.ttl_attribute);
}

#[tokio::test]
async fn a_table_that_is_not_there_says_what_to_do() {
    let table = Table::create().await;
    let store = DynamoStore::new(table.client(), "accesstrail-typo");
    let error = store.run(&sample::run(0).id).await.unwrap_err();
    assert!(matches!(error, PortError::Missing { .. }));
    assert_eq!(
        error.to_string(),
        "table `accesstrail-typo` does not exist: deploy template.yaml, or check the table name"
    );
}

#[tokio::test]
async fn a_key_that_is_too_long_for_a_sort_key_is_a_key() {
    let table = Table::create().await;
    let store = table.store();
    let run = open(&store, 0).await;
    let long =
        |end: &str| sample::user(ACCOUNT, "long", &format!("AIDA{}{end}", "é#/".repeat(500)));
    let saved = store.save_page(&page(&run.id, 0, vec![long("a"), long("b")], 5)).await.unwrap();
    assert_eq!(saved.created, 2);
    for end in ["a", "b"] {
        let entity = long(end);
        let stored = store.entity(&scope(), &entity.id()).await.unwrap().unwrap();
        assert_eq!(stored.entity, entity);
        let history = store.history(&scope(), &entity.id()).await.unwrap();
        assert_eq!(history.len(), 1);
        assert_eq!((&history[0].id, &history[0].after), (&entity.id(), &Some(entity)));
    }
    assert_eq!(store.changes(&run.id, None, 10).await.unwrap().items.len(), 2);
    let first = store.entities(&Query::default(), None, 1).await.unwrap();
    let second = store.entities(&Query::default(), first.next.as_deref(), 1).await.unwrap();
    assert_ne!(first.items[0].entity, second.items[0].entity);
    let next = open(&store, 100).await;
    store.save_page(&page(&next.id, 0, vec![long("a")], 105)).await.unwrap();
    assert_eq!(store.settle_scope(&next.id, &complete(&next.id, 110)).await.unwrap(), 1);
}

#[tokio::test]
async fn contents_that_fill_items_are_spread_over_transactions() {
    let table = Table::create().await;
    let store = table.store();
    let run = open(&store, 0).await;
    // Compressed about 220 KB each: together more than the 4 MB of a transaction.
    let policies = |seed: u32| -> Vec<Entity> {
        (0..24).map(|n| noise(&format!("ANPA{n}"), 300_000, seed + n)).collect()
    };
    let saved = store.save_page(&page(&run.id, 0, policies(1), 5)).await.unwrap();
    assert_eq!(saved.created, 24);
    let saved = store.save_page(&page(&run.id, 1, policies(100), 6)).await.unwrap();
    assert_eq!(saved.changed, 24);
    let stored = store.entity(&scope(), &policies(100)[3].id()).await.unwrap().unwrap();
    assert_eq!(stored.entity, policies(100)[3]);
    let history = store.history(&scope(), &policies(1)[3].id()).await.unwrap();
    assert_eq!(history[1].before, Some(policies(1)[3].clone()));
    assert_eq!(history[0].after, Some(policies(1)[3].clone()));
}

#[tokio::test]
async fn what_is_too_large_is_counted_and_kept_as_it_was() {
    let table = Table::create().await;
    let store = table.store();
    let run = open(&store, 0).await;
    let small = noise("ANPA1", 100, 1);
    store.save_page(&page(&run.id, 0, vec![small.clone()], 5)).await.unwrap();
    let next = open(&store, 100).await;
    let large = noise("ANPA1", 900_000, 1);
    let saved = store.save_page(&page(&next.id, 0, vec![large, user(1)], 105)).await.unwrap();
    assert_eq!(saved, Saved { created: 1, too_large: 1, ..Saved::default() });
    assert_eq!(store.settle_scope(&next.id, &complete(&next.id, 110)).await.unwrap(), 0);
    let stored = store.entity(&scope(), &small.id()).await.unwrap().unwrap();
    assert_eq!((stored.entity, stored.deleted), (small, None), "seen, though not saved");
}

#[tokio::test]
async fn nothing_is_tombstoned_once_marks_are_gone() {
    let table = Table::create().await;
    let store = table.store();
    let run = open(&store, 0).await;
    store.save_page(&page(&run.id, 0, vec![user(1)], 5)).await.unwrap();
    let next = open(&store, 100).await;
    for number in [0, 1] {
        let seen = page(&next.id, number, vec![user(1)], 105);
        assert_eq!(store.save_page(&seen).await.unwrap().unchanged, 1);
    }
    // As when DynamoDB removed what had expired.
    let gone = key::marks(&next.id, &unit(), &unit(), 1, 0);
    let delete = table.client().delete_item().table_name(&table.name);
    let delete = delete.key(attribute::PARTITION, text(gone.partition));
    delete.key(attribute::SORT, text(gone.sort)).send().await.unwrap();
    let error = store.settle_scope(&next.id, &complete(&next.id, 110)).await.unwrap_err();
    let why = std::error::Error::source(&error).unwrap().to_string();
    assert!(why.starts_with("what page 1 of ") && why.ends_with("start a new run"), "{why}");
    assert_eq!(store.entity(&scope(), &user(1).id()).await.unwrap().unwrap().deleted, None);
}

#[tokio::test]
async fn a_plan_that_was_not_finished_is_planned_again() {
    let table = Table::create().await;
    let store = table.store();
    let run = sample::run(0);
    // As a planner leaves it that ends between two of its writes.
    set(&table, key::run(&run.id), attribute::STATE, text("planning")).await;
    set(&table, key::run(&run.id), attribute::PLANS, AttributeValue::N("1".to_owned())).await;
    let left = sample::unit(ACCOUNT, "left-behind");
    set(&table, key::unit(&run.id, 1, &left), attribute::EXPIRES, text("x")).await;
    assert_eq!(store.pending_units(&run.id).await.unwrap(), []);
    let claim = store.claim_unit(&run.id, &left, &lease("w", 0, 60)).await.unwrap();
    assert_eq!(claim, Claim::Unknown);
    assert_eq!(store.open_run(&run, &[unit()]).await.unwrap(), Opened::New);
    assert_eq!(store.pending_units(&run.id).await.unwrap(), [unit()]);
    let claim = store.claim_unit(&run.id, &left, &lease("w", 0, 60)).await.unwrap();
    assert_eq!(claim, Claim::Unknown);
}

#[tokio::test]
async fn a_unit_may_have_more_scopes_than_a_transaction_has_items() {
    let table = Table::create().await;
    let store = table.store();
    let scopes: Vec<Scope> =
        (0..130).map(|n| unit().scope(&format!("capability-{n:03}"))).collect();
    let seen = |run: &RunId, second| -> Vec<Coverage> {
        let of = |scope| sample::coverage(scope, run, Status::Complete, second);
        scopes.iter().map(of).collect()
    };
    let (old, new) = (open(&store, 0).await, open(&store, 100).await);
    let later = &seen(&new.id, 110)[..60];
    store.end_unit(&new.id, &unit(), later, &Counters::new()).await.unwrap();
    let earlier = seen(&old.id, 10);
    let progress = store.end_unit(&old.id, &unit(), &earlier, &Counters::new()).await.unwrap();
    assert_eq!((progress.planned, progress.ended), (1, 1));
    assert_eq!(store.run_coverage(&old.id).await.unwrap(), earlier);
    let latest = store.latest_coverage().await.unwrap();
    assert_eq!(latest.len(), 130);
    assert_eq!((&latest[..60], &latest[60..]), (later, &earlier[60..]));
}

#[tokio::test]
async fn contents_of_a_newer_program_say_to_update() {
    let table = Table::create().await;
    let store = table.store();
    let run = open(&store, 0).await;
    store.save_page(&page(&run.id, 0, vec![user(1)], 5)).await.unwrap();
    let place = key::entity(&scope(), &user(1).id());
    set(&table, place.clone(), attribute::FORM, AttributeValue::N("99".to_owned())).await;
    let error = store.entity(&scope(), &user(1).id()).await.unwrap_err();
    assert!(matches!(error, PortError::Newer { found: 99, .. }), "{error}");
    set(&table, place, attribute::HASH, AttributeValue::N("1".to_owned())).await;
    let error = store.entity(&scope(), &user(1).id()).await.unwrap_err();
    assert!(matches!(error, PortError::Corrupt { .. }), "{error}");
}

/// What a reader can know.
async fn everything(store: &dyn Store) -> String {
    let all = Query { with_deleted: true, ..Query::default() };
    let entities = store.entities(&all, None, 100).await.unwrap().items;
    let mut told = BTreeMap::new();
    for stored in &entities {
        let id = stored.entity.id();
        told.insert(id.clone(), store.history(&stored.scope, &id).await.unwrap());
    }
    let runs = store.runs(10).await.unwrap();
    let latest = store.latest_coverage().await.unwrap();
    format!("{entities:#?}\n{told:#?}\n{runs:#?}\n{latest:#?}")
}

/// Two runs, the second of which changes, deletes and creates. Each call is repeated until it succeeds,
/// as messages are.
async fn two_runs(store: &dyn Store) {
    for (second, users) in [(0, 0..4), (100, 1..6)] {
        let run = sample::run(second);
        let unit = unit();
        let mut seen: Vec<Entity> = users.map(user).collect();
        if second > 0 {
            seen[0] = sample::tagged_user(ACCOUNT, "user-1", "AIDAEXAMPLE00001", &[("v", "2")]);
        }
        let page = page(&run.id, 0, seen, second + 5);
        let seen = [complete(&run.id, second + 10)];
        let counters = sample::counters("calls", 7);
        let lease = lease("worker", second, second + 60);
        again(|| store.open_run(&run, std::slice::from_ref(&unit))).await;
        again(|| store.claim_unit(&run.id, &unit, &lease)).await;
        again(|| store.save_page(&page)).await;
        again(|| store.end_unit(&run.id, &unit, &seen, &counters)).await;
        again(|| store.claim_closing(&run.id, &lease)).await;
        again(|| store.settle_scope(&run.id, &seen[0])).await;
        again(|| store.close_run(&run.id, at(second + 20), &counters)).await;
    }
}

async fn again<T, F: Future<Output = Result<T, PortError>>>(call: impl Fn() -> F) -> T {
    for _ in 0..5 {
        match call().await {
            Ok(answer) => return answer,
            Err(error) => assert!(error.is_passing(), "{error:?}"),
        }
    }
    call().await.unwrap()
}

/// After any request that DynamoDB carried out, or did not, the worker may end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_at_any_request_ends_in_the_same_state() {
    let table = Table::create().await;
    let undisturbed = table.store();
    two_runs(&undisturbed).await;
    let expected = everything(&undisturbed).await;
    let requests = 60;
    let mut met = 0;
    for fault in [Fault::DropAfter, Fault::Status(500)] {
        for nth in 1..=requests {
            let table = Table::create().await;
            let plan = Plan::default().rule(Match::any().nth(nth), fault.clone());
            let proxy = Proxy::start(&table.endpoint, plan).await.unwrap();
            let client = client(proxy.endpoint(), RetryConfig::disabled());
            two_runs(&DynamoStore::new(client, &table.name)).await;
            assert_eq!(everything(&table.store()).await, expected, "{fault:?} at {nth}");
            if u64::try_from(proxy.calls().len()).unwrap() < nth {
                break;
            }
            met += 1;
        }
    }
    assert!(met > 30, "{met} faults were met");
}

#[tokio::test]
async fn what_dynamodb_left_undone_is_done() {
    let table = Table::create().await;
    let place = key::entity(&scope(), &user(1).id());
    let name = table.name.clone();
    let unread = serde_json::json!({ "Responses": {}, "UnprocessedKeys": { &name: {
        "Keys": [{ "pk": { "S": place.partition }, "sk": { "S": place.sort } }],
        "ConsistentRead": true,
    } } });
    let refused = serde_json::json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled",
        "CancellationReasons": [{ "Code": "TransactionConflict" }, { "Code": "None" }],
    });
    let answer = |status, body: &serde_json::Value| Fault::Answer {
        status,
        body: body.to_string().into(),
        content_type: "application/x-amz-json-1.0".to_owned(),
    };
    let plan = Plan::default()
        .rule(Match::action("dynamodb:BatchGetItem").between(1, 2), answer(200, &unread))
        .rule(Match::action("dynamodb:TransactWriteItems").nth(1), answer(400, &refused));
    let proxy = Proxy::start(&table.endpoint, plan).await.unwrap();
    let client = client(proxy.endpoint(), RetryConfig::disabled());
    let store = DynamoStore::new(client, &table.name);
    let run = open(&store, 0).await;
    let saved = store.save_page(&page(&run.id, 0, vec![user(1)], 5)).await.unwrap();
    assert_eq!(saved, Saved { created: 1, ..Saved::default() });
    let history = store.history(&scope(), &user(1).id()).await.unwrap();
    assert_eq!(history.iter().map(|change| change.kind).collect::<Vec<_>>(), [ChangeKind::Created]);
}

#[tokio::test]
async fn throttling_is_busy_and_denial_is_denied() {
    let table = Table::create().await;
    let throttle = Fault::throttle(ThrottleCode::ThrottlingException);
    let plan = Plan::default().rule(Match::any(), throttle);
    let proxy = Proxy::start(&table.endpoint, plan).await.unwrap();
    let store = DynamoStore::new(client(proxy.endpoint(), RetryConfig::disabled()), &table.name);
    let error = store.runs(1).await.unwrap_err();
    assert!(error.is_passing(), "{error:?}");
    let layer = accesstrail_shared::testing::proxy::Layer::Identity;
    proxy.set_plan(Plan::default().rule(Match::any(), Fault::Deny { by: layer }));
    let error = store.runs(1).await.unwrap_err();
    assert!(matches!(error, PortError::Denied { .. }), "{error:?}");
    assert!(error.to_string().contains("dynamodb:Query"), "{error}");
    drop(proxy);
    let error = store.runs(1).await.unwrap_err();
    assert!(error.is_passing(), "nobody listens: {error:?}");
}
