//! A stage on which identities change: each change is made by a call of AWS's, and leaves the event that CloudTrail
//! would record of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use accesstrail_shared::collect::pipeline::Reach;
use accesstrail_shared::collect::reread::Rereader;
use accesstrail_shared::collect::{Options, Stop};
use accesstrail_shared::live::{Incoming, Known, Live, Outcome};
use accesstrail_shared::model::{
    AccountId, Entity, EntityId, Kind, Region, RunId, Scope, Timestamp,
};
use accesstrail_shared::port::{Clock as _, EventStore, Query, Store, SystemClock, entities};
use accesstrail_shared::realtime::Event;
use accesstrail_shared::store::sqlite::SqliteStore;
use accesstrail_shared::testing::proxy::{Plan, Proxy};
use accesstrail_shared::testing::visit;
use accesstrail_tests::world::{Ask, REGION, World, found, inventory};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard, OnceCell};

/// The account in which most of it happens.
const ACCOUNT: &str = "web-dev";

/// A world that these tests change, one after the other.
static CHANGED: OnceCell<Mutex<World>> = OnceCell::const_new();
static NUMBER: AtomicU32 = AtomicU32::new(1);

/// The collectors of resources that these tests look at; the others would be thousands of calls for nothing.
const WANTED: [&str; 3] = ["s3", "dynamodb", "kms"];

/// The stage.
pub(super) struct Stage {
    pub(super) world: MutexGuard<'static, World>,
    pub(super) store: Arc<SqliteStore>,
    pub(super) account: AccountId,
    pub(super) home: AccountId,
    /// What tells the objects of this test from those of others.
    pub(super) tag: String,
    live: Live,
    /// Where changes are made: behind a proxy that mends the emulator's answers.
    way: String,
}

impl Stage {
    /// A stage with a store that has seen everything once; `faults` come between then and now.
    pub(super) async fn set(faults: Plan) -> Self {
        let world = CHANGED.get_or_init(async || Mutex::new(found().await)).await.lock().await;
        let account: AccountId = world.company.account(ACCOUNT).unwrap().parse().unwrap();
        let home: AccountId = world.company.management().parse().unwrap();
        let store = Arc::new(SqliteStore::in_memory().unwrap());
        let plain: Arc<dyn Store> = store.clone();
        look_at_everything(&world, &plain, &account).await;
        let proxy = world.proxy(faults).await;
        let live = live(&proxy, store.clone()).await;
        let way = world.proxy(Plan::default()).await;
        let endpoint = way.endpoint().to_owned();
        std::mem::forget(way);
        let tag = format!("rt{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        // The proxy lives as long as the process: its tasks are the runtime's.
        std::mem::forget(proxy);
        Self { world, store, account, home, tag, live, way: endpoint }
    }

    /// The same stage, seen through other faults from now on.
    pub(super) async fn through(&mut self, faults: Plan) {
        let proxy = self.world.proxy(faults).await;
        self.live = live(&proxy, self.store.clone()).await;
        std::mem::forget(proxy);
    }

    /// Handles events, each a message.
    pub(super) async fn take(&self, events: &[Event]) -> Outcome {
        let messages: Vec<Incoming> =
            events.iter().map(|event| Incoming { events: vec![event.clone()] }).collect();
        self.live.take(&messages, &Stop::default()).await.unwrap()
    }

    pub(super) async fn iam(&self) -> aws_sdk_iam::Client {
        self.session().await.iam(&Region::global())
    }

    pub(super) async fn session(&self) -> Arc<accesstrail_shared::aws::session::Session> {
        let sessions = visit::sessions(&self.way, REGION, Arc::new(SystemClock)).await.unwrap();
        sessions.session(&self.account).await.unwrap()
    }

    pub(super) async fn home_session(&self) -> Arc<accesstrail_shared::aws::session::Session> {
        let sessions = visit::sessions(&self.way, REGION, Arc::new(SystemClock)).await.unwrap();
        sessions.session(&self.home).await.unwrap()
    }

    /// What is live in the store, by what a run would compare: content hashes.
    pub(super) async fn contents(&self) -> BTreeMap<(Scope, EntityId), String> {
        contents(&*self.store).await
    }

    /// What a run over everything finds, that knows nothing from before.
    pub(super) async fn truth(&self) -> BTreeMap<(Scope, EntityId), String> {
        let fresh: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().unwrap());
        look_at_everything(&self.world, &fresh, &self.account).await;
        contents(&*fresh).await
    }

    /// An event of the member account, a second after the one before.
    pub(super) fn event(&self, source: &str, name: &str, request: Value, response: Value) -> Event {
        event(&self.account, "us-east-1", (source, name), request, response)
    }

    pub(super) async fn live_entity(&self, kind: Kind, wanted: &str) -> Option<Entity> {
        let query = Query { kind: Some(kind), ..Query::default() };
        let mut found = entities(&*self.store, query);
        while let Some(stored) = found.next().await.unwrap() {
            if stored.entity.key().contains(wanted)
                || format!("{:?}", stored.entity).contains(wanted)
            {
                return Some(stored.entity);
            }
        }
        None
    }
}

async fn live(proxy: &Proxy, store: Arc<dyn EventStore>) -> Live {
    let clock = Arc::new(SystemClock);
    let sessions = visit::sessions(proxy.endpoint(), REGION, clock.clone()).await.unwrap();
    Live {
        rereader: Rereader { sessions: Arc::new(sessions), store, clock },
        feeds: Vec::new(),
        known: Arc::new(Known::default()),
    }
}

async fn look_at_everything(world: &World, store: &Arc<dyn Store>, account: &AccountId) {
    let skip: BTreeSet<String> = accesstrail_shared::collect::registry::ALL
        .iter()
        .filter(|it| it.calls().iter().all(|call| call.tier.number() == 3))
        .map(|it| it.name().to_owned())
        .filter(|name| !WANTED.contains(&name.as_str()))
        .collect();
    let ask = Ask {
        reach: Reach::Accounts(vec![account.clone()]),
        regions: BTreeSet::from([REGION.parse().unwrap()]),
        skip,
        options: Options::default(),
        run: Some(RunId::new(SystemClock.now(), "x")),
        ..Ask::default()
    };
    let proxy = world.proxy(Plan::default()).await;
    let taken = inventory(&proxy, store, ask).await;
    assert!(taken.failures.is_empty(), "{:?}", taken.failures);
}

async fn contents(store: &dyn Store) -> BTreeMap<(Scope, EntityId), String> {
    let (mut all, mut found) = (BTreeMap::new(), entities(store, Query::default()));
    while let Some(stored) = found.next().await.unwrap() {
        let hash = match stored.entity.kind() {
            // Each run asks for a report of its own.
            Kind::CredentialReport => continue,
            // The report alone says when a password was changed, and when keys were used.
            Kind::Password | Kind::AccessKeyUse => "there".to_owned(),
            _ => stored.hash.clone(),
        };
        all.insert((stored.scope.clone(), stored.entity.id()), hash);
    }
    all
}

/// An event, ten minutes ago and later than every one before: AWS has settled since then.
pub(super) fn event(
    account: &AccountId,
    region: &str,
    (source, name): (&str, &str),
    request: Value,
    response: Value,
) -> Event {
    static SECOND: AtomicU32 = AtomicU32::new(0);
    let number = SECOND.fetch_add(1, Ordering::Relaxed);
    let at = SystemClock.now().as_second() - 600 + i64::from(number % 400);
    event_at(account, region, (source, name), request, response, (at, number))
}

/// An event of that second.
pub(super) fn event_at(
    account: &AccountId,
    region: &str,
    (source, name): (&str, &str),
    request: Value,
    response: Value,
    (second, number): (i64, u32),
) -> Event {
    let time = Timestamp::from_second(second).unwrap();
    let record = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLE",
            "arn": format!("arn:aws:iam::{account}:user/admin"),
            "accountId": account.as_str(),
            "userName": "admin",
        },
        "eventTime": time.to_string(),
        "eventSource": format!("{source}.amazonaws.com"),
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": "192.0.2.7",
        "userAgent": "aws-cli/2",
        "requestParameters": request,
        "responseElements": response,
        "eventID": format!("11112222-3333-4444-5555-{number:012}"),
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": account.as_str(),
        "eventCategory": "Management",
    });
    Event::read(record.to_string().as_bytes(), account.as_str()).unwrap()
}

/// How two contents differ, in words.
pub(super) fn differences(
    found: &BTreeMap<(Scope, EntityId), String>,
    truth: &BTreeMap<(Scope, EntityId), String>,
) -> Vec<String> {
    let mut differences = Vec::new();
    for (key, hash) in truth {
        match found.get(key) {
            None => differences.push(format!("missing {} {}", key.0, key.1)),
            Some(other) if other != hash => differences.push(format!("other {} {}", key.0, key.1)),
            Some(_) => {}
        }
    }
    let more = found.keys().filter(|key| !truth.contains_key(key));
    differences.extend(more.map(|key| format!("too much {} {}", key.0, key.1)));
    differences
}
