//! An organization whose identities change while they are looked at, in the memory of the process.
//!
//! It is the other end of the SDK's HTTP client: whoever collects from it goes through real sessions, gates, signing,
//! serialization and parsing, and no socket. Every change is a call of AWS's own, by its CloudTrail name and request
//! ([`Living::perform`]), and leaves the record that CloudTrail would write of it. A story of such calls may go on
//! between any two answers, so that a look sees a part of what is there before a change and a part after it.
//!
//! It knows what the collectors of IAM, Organizations and Identity Center ask. What AWS does by itself is done here too:
//! a renamed group keeps its members, a new organizational unit has the default policy, a deleted user leaves its groups.

mod dice;
mod iam;
mod organization;
mod people;
mod record;
mod story;
mod text;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use accesstrail_shared::aws::limit::{Limit, Limits};
use accesstrail_shared::aws::role::RoleSpec;
use accesstrail_shared::aws::session::{SessionOptions, Sessions};
use accesstrail_shared::collect::Stop;
use accesstrail_shared::collect::pipeline::{
    Inventory, MemoryQueue, PlanRequest, Reach, Worker, drive,
};
use accesstrail_shared::model::{RunId, Timestamp};
use accesstrail_shared::port::{Clock, Queue, Store};
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

use crate::world::{Silent, identities};

pub use dice::Dice;
pub use record::Told;
pub use story::Mix;

/// The management account, and the account of the credentials.
pub const HOME: &str = "111122223333";

/// The other accounts.
pub const MEMBERS: [&str; 2] = ["444455556666", "777788889999"];

/// The home region of Identity Center.
pub const REGION: &str = "eu-west-1";

/// A clock that goes a millisecond ahead whenever somebody looks at it: no two looks are at one moment.
#[derive(Debug)]
pub struct Ticking(AtomicI64);

impl Ticking {
    /// A clock at the beginning of the story.
    fn new() -> Self {
        let start: Timestamp = "2026-11-22T06:00:00Z".parse().unwrap();
        Self(AtomicI64::new(start.as_millisecond()))
    }

    /// Goes ahead.
    pub fn pass(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::Relaxed);
    }

    /// Goes ahead to a moment, unless it is there.
    pub fn reach(&self, moment: Timestamp) {
        self.0.fetch_max(moment.as_millisecond(), Ordering::Relaxed);
    }
}

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.fetch_add(1, Ordering::Relaxed)).unwrap()
    }
}

/// What is there, and what is to come.
#[derive(Debug)]
struct Inside {
    clock: Arc<Ticking>,
    dice: Dice,
    iam: BTreeMap<String, iam::Iam>,
    people: people::People,
    tree: organization::Tree,
    /// What the last id ended in.
    last_id: u64,
    /// Records of calls that nobody has taken yet.
    told: Vec<Told>,
    /// How many calls that change something the story still has.
    left: usize,
    mix: Mix,
    /// Before one in so many answers the story goes on; never where it is 0.
    restless: usize,
    /// The calls that were answered, by IAM action.
    calls: BTreeMap<String, u64>,
    /// How long each answer is on its way.
    latency: Duration,
    /// How long answering took, all together.
    spent: Duration,
}

/// The organization. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Living {
    inside: Arc<Mutex<Inside>>,
    clock: Arc<Ticking>,
}

impl Living {
    /// An organization with a few identities, and a story of `calls` that change something.
    pub fn found(seed: u64, mix: Mix, calls: usize) -> Self {
        let clock = Arc::new(Ticking::new());
        let accounts = [HOME].into_iter().chain(MEMBERS);
        let inside = Inside {
            clock: Arc::clone(&clock),
            dice: Dice::new(seed),
            iam: accounts.map(|id| (id.to_owned(), iam::Iam::new(id))).collect(),
            people: people::People::default(),
            tree: organization::Tree::new(),
            last_id: 0,
            told: Vec::new(),
            left: 60,
            mix,
            restless: 0,
            calls: BTreeMap::new(),
            latency: Duration::ZERO,
            spent: Duration::ZERO,
        };
        let living = Self { inside: Arc::new(Mutex::new(inside)), clock };
        while living.go_on() {}
        living.inside().told.clear();
        living.inside().left = calls;
        living
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The clock that everything here goes by.
    pub fn clock(&self) -> Arc<Ticking> {
        Arc::clone(&self.clock)
    }

    /// Goes on with the story by a step of one call or a few; false at its end.
    pub fn go_on(&self) -> bool {
        self.inside().go_on()
    }

    /// Lets the story go on before one in `answers` answers, by itself; not any more where it is 0.
    pub fn restless(&self, answers: usize) {
        self.inside().restless = answers;
    }

    /// Makes a call: an operation of a service in an account, with the request as CloudTrail records it. Answers
    /// whether it was done.
    pub fn perform(&self, account: &str, source: &str, operation: &str, request: &Value) -> bool {
        self.inside().perform(account, source, operation, request)
    }

    /// The records of calls since the last time.
    pub fn take_told(&self) -> Vec<Told> {
        std::mem::take(&mut self.inside().told)
    }

    /// How many calls of each IAM action were answered since the last time.
    pub fn take_calls(&self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.inside().calls)
    }

    /// Lets each answer be on its way for so long.
    pub fn slow(&self, latency: Duration) {
        self.inside().latency = latency;
    }

    /// How long answering has taken since the last time: what is measured around it is not ours.
    pub fn take_spent(&self) -> Duration {
        std::mem::take(&mut self.inside().spent)
    }

    /// Sessions in the organization, as its management account's caller; nothing is waited for.
    pub async fn sessions(&self) -> Sessions {
        let fast = Limit { per_second: 1_000_000, at_once: 8 };
        self.sessions_within(Limits {
            iam: fast,
            organizations: fast,
            identity_center: fast,
            s3: fast,
            other: fast,
        })
        .await
    }

    /// The same within limits.
    pub async fn sessions_within(&self, limits: Limits) -> Sessions {
        let role = RoleSpec {
            name: "accesstrail-read".to_owned(),
            external_id: None,
            session_name: "accesstrail-realtime".to_owned(),
        };
        let options = SessionOptions { role: Some(role), limits };
        Sessions::connect(self.config(), options, self.clock()).await.unwrap()
    }

    /// A whole run over the identities, into `store`.
    pub async fn inventory(&self, store: &Arc<dyn Store>) -> RunId {
        let clock: Arc<dyn Clock> = self.clock();
        let queue = Arc::new(MemoryQueue::default());
        let inventory = Inventory {
            sessions: Arc::new(self.sessions().await),
            store: Arc::clone(store),
            queue: Arc::clone(&queue) as Arc<dyn Queue>,
            clock: Arc::clone(&clock),
        };
        let run = RunId::new(clock.now(), "x");
        let request = PlanRequest {
            run: run.clone(),
            trigger: "test".to_owned(),
            reach: Reach::Organization,
            organization_account: None,
            identity_center_regions: Vec::new(),
            options: identities(),
        };
        inventory.plan(request).await.unwrap();
        let gone = clock.now() + Duration::from_hours(9);
        let worker = Worker { name: "test".to_owned(), stop: Stop::default(), gone };
        let failures = drive(&inventory, &queue, &worker, 8, &Silent).await;
        assert!(failures.is_empty(), "{failures:?}");
        run
    }

    fn config(&self) -> SdkConfig {
        let credentials = Credentials::new("AKIAEXAMPLE", "example", None, None, "living");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(aws_config::Region::from_static(REGION))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::disabled())
            .http_client(SharedHttpClient::new(self.clone()))
            .build()
    }

    fn answer(&self, request: &HttpRequest) -> (Answer, usize, Duration) {
        let began = Instant::now();
        let asked = Asked::read(request);
        let mut inside = self.inside();
        let restless = inside.restless;
        if restless > 0 && inside.dice.one_in(restless) {
            inside.go_on();
        }
        *inside.calls.entry(format!("{}:{}", asked.service, asked.action)).or_default() += 1;
        let answer = match asked.service.as_str() {
            "iam" => {
                let now = inside.clock.now();
                inside
                    .iam
                    .get(&asked.account)
                    .map_or_else(Answer::unknown, |iam| iam.answer(&asked, now))
            }
            "sts" => asked.identity(),
            "organizations" => inside.tree.answer(&asked),
            _ => inside.people.answer(&asked),
        };
        // Others get a turn while it is under way.
        let turns = if restless > 0 { inside.dice.below(4) } else { 0 };
        inside.spent += began.elapsed();
        (answer, turns, inside.latency)
    }
}

/// A request, as far as an answer depends on it.
#[derive(Debug)]
struct Asked {
    service: String,
    /// The account of the credentials.
    account: String,
    action: String,
    body: String,
}

impl Asked {
    fn read(request: &HttpRequest) -> Self {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let signed = request.headers().get("authorization").unwrap_or_default();
        let scope = signed.split_once("Credential=").map_or("", |(_, rest)| rest);
        let mut parts = scope.split('/');
        let key = parts.next().unwrap_or_default();
        let service = parts.nth(2).unwrap_or_default().to_owned();
        // AssumeRole gives the account as the access key, so that each call says whose it is.
        let account = key.strip_prefix("ASIA").unwrap_or(HOME).to_owned();
        let named = request.headers().get("x-amz-target").and_then(|it| it.rsplit('.').next());
        let asked = Self { service, account, action: String::new(), body };
        let action = named.map_or_else(|| asked.field("Action"), str::to_owned);
        Self { action, ..asked }
    }

    /// A parameter of the Query protocol, empty if it was not given.
    fn field(&self, name: &str) -> String {
        let value = self.body.split('&').find_map(|it| it.strip_prefix(name)?.strip_prefix('='));
        text::decoded(value.unwrap_or_default())
    }

    /// The parameters of a JSON request.
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    fn identity(&self) -> Answer {
        if self.action == "AssumeRole" {
            let role = self.field("RoleArn");
            let id = role.split(':').nth(4).unwrap_or_default();
            return Answer::query(
                &self.action,
                &format!(
                    "<Credentials><AccessKeyId>ASIA{id}</AccessKeyId><SecretAccessKey>x</SecretAccessKey>\
                     <SessionToken>x</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
                ),
            );
        }
        let id = &self.account;
        Answer::query(
            &self.action,
            &format!(
                "<Arn>arn:aws:sts::{id}:assumed-role/accesstrail-read/x</Arn><UserId>x</UserId><Account>{id}</Account>"
            ),
        )
    }
}

/// An answer.
#[derive(Debug)]
struct Answer {
    status: u16,
    body: String,
}

impl Answer {
    fn query(action: &str, result: &str) -> Self {
        let body = format!(
            "<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"
        );
        Self { status: 200, body }
    }

    fn query_error(code: &str) -> Self {
        let status = if code == "NoSuchEntity" { 404 } else { 400 };
        let body = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{code}</Message></Error></ErrorResponse>"
        );
        Self { status, body }
    }

    fn json(value: &Value) -> Self {
        Self { status: 200, body: value.to_string() }
    }

    fn json_error(code: &str) -> Self {
        let body = serde_json::json!({ "__type": code, "Message": code }).to_string();
        Self { status: 400, body }
    }

    fn unknown() -> Self {
        Self { status: 403, body: "nobody answers that here".to_owned() }
    }
}

impl HttpConnector for Living {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (answer, turns, latency) = self.answer(&request);
        let response = |answer: Answer| {
            HttpResponse::new(answer.status.try_into().unwrap(), SdkBody::from(answer.body))
        };
        if turns == 0 && latency.is_zero() {
            return HttpConnectorFuture::ready(Ok(response(answer)));
        }
        HttpConnectorFuture::new(async move {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
            if !latency.is_zero() {
                tokio::time::sleep(latency).await;
            }
            Ok(response(answer))
        })
    }
}

impl HttpClient for Living {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
