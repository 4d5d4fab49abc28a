//! A function as it is deployed: its binary, table, queue, dead-letter queue, and the organization it sees.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use accesstrail_shared::model::{RunId, RunState};
use accesstrail_shared::port::Store as _;
use accesstrail_shared::testing::lambda_build::{Profile, build_all};
use accesstrail_shared::testing::proxy::{Plan, Proxy};
use accesstrail_shared::testing::runtime_api::{Answer, RuntimeApi};
use accesstrail_shared::testing::visit;
use accesstrail_tests::dynamo::Table;
use accesstrail_tests::world::{self, REGION, World};
use aws_credential_types::Credentials;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Region};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::corpus;

/// More than any invocation here takes.
pub(crate) const LONG: Duration = Duration::from_mins(2);

static BINARIES: OnceCell<PathBuf> = OnceCell::const_new();
static QUEUES: AtomicU32 = AtomicU32::new(0);

/// The binary of `inventory`.
pub(crate) async fn binary() -> PathBuf {
    binary_of("inventory").await
}

/// The binary of a function. All are built by the first test that asks.
pub(crate) async fn binary_of(package: &str) -> PathBuf {
    let built = BINARIES.get_or_init(async || {
        let began = Instant::now();
        let functions = ["inventory", "backfill", "realtime", "setup"];
        let built = build_all(&functions, Profile::Dev, &|_| ()).await.unwrap();
        println!("the functions are built in {:?}", began.elapsed());
        built
    });
    built.await.join(package).join("bootstrap")
}

/// How a function is deployed.
pub(crate) struct Setup<'a> {
    /// The accounts to look into.
    pub(crate) accounts: &'a [&'a str],
    /// How often a message is received before it goes to the dead-letter queue.
    pub(crate) receives: u32,
    /// The queue's visibility timeout in seconds.
    pub(crate) hidden: i32,
    /// What happens to the calls to the function's own table and queue.
    pub(crate) own: Plan,
    /// Further variables.
    pub(crate) more: &'a [(&'a str, &'a str)],
}

/// A deployed function.
pub(crate) struct Function {
    pub(crate) api: RuntimeApi,
    pub(crate) proxy: Proxy,
    pub(crate) table: Table,
    pub(crate) queue: Queue,
    /// In front of its table and queue.
    pub(crate) own: Proxy,
    variables: BTreeMap<String, String>,
    scratch: TempDir,
}

impl Function {
    /// Deploys the function with these accounts to look into; a message is received `receives` times
    /// before it goes to the dead-letter queue.
    pub(crate) async fn deploy(accounts: &[&str], receives: u32) -> Self {
        let own = Plan::default();
        Self::deploy_as(Setup { accounts, receives, hidden: 1, own, more: &[] }).await
    }

    /// Deploys the function.
    pub(crate) async fn deploy_as(setup: Setup<'_>) -> Self {
        let Setup { accounts, receives, hidden, own, more } = setup;
        let world = world::world().await;
        let proxy = world.proxy(Plan::default()).await;
        let table = Table::create().await;
        let own = Proxy::start(&table.endpoint, own).await.unwrap();
        let queue = Queue::create(&table.endpoint, receives, hidden).await;
        let accounts: Vec<_> =
            accounts.iter().map(|key| world.company.account(key).unwrap()).collect();
        let pairs = [
            ("ACCESSTRAIL_TABLE", table.name.as_str()),
            ("ACCESSTRAIL_QUEUE_URL", &queue.url),
            ("ACCESSTRAIL_ROLE", visit::ROLE),
            ("ACCESSTRAIL_EXTERNAL_ID", visit::EXTERNAL_ID),
            ("ACCESSTRAIL_IDENTITY_CENTER_REGION", REGION),
            ("ACCESSTRAIL_ACCOUNTS", &accounts.join(",")),
            ("ACCESSTRAIL_SKIP", "tier-3"),
            ("ACCESSTRAIL_DEAD_LETTERS_URL", &queue.dead),
            ("ACCESSTRAIL_OWN_ENDPOINT", own.endpoint()),
            ("ACCESSTRAIL_TARGET_ENDPOINT", proxy.endpoint()),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
        ];
        let pairs = pairs.iter().chain(more);
        let variables = pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let variables = variables.collect();
        let api = RuntimeApi::start().await.unwrap();
        let scratch = tempfile::tempdir().unwrap();
        let function = Self { api, proxy, table, queue, own, variables, scratch };
        function.start().await;
        function
    }

    /// Starts another execution environment.
    pub(crate) async fn start(&self) {
        self.start_with(&self.variables).await;
    }

    /// Starts an execution environment with these variables only.
    pub(crate) async fn start_with(&self, variables: &BTreeMap<String, String>) {
        let log = File::options().create(true).append(true).open(self.log_file()).unwrap();
        self.api.run_function(&binary().await, variables, log).unwrap();
    }

    fn log_file(&self) -> PathBuf {
        self.scratch.path().join("function.log")
    }

    /// Everything that was logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap()
    }

    /// The lines of metrics so far.
    pub(crate) fn metrics(&self) -> Vec<Value> {
        let log = self.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line.get("_aws").is_some()).collect()
    }

    /// One metric, summed up over all invocations.
    pub(crate) fn metric(&self, name: &str) -> u64 {
        self.metrics().iter().filter_map(|line| line[name].as_u64()).sum()
    }

    /// Every message that came in is counted by its outcome.
    pub(crate) fn must_balance(&self) {
        let outcomes = [
            "UnitsEnded",
            "UnitsEndedBefore",
            "UnitsHandedOn",
            "UnitsHeld",
            "FeedsDelivered",
            "FeedsHandedOn",
            "RunsJudged",
            "MessagesFailed",
            "MessagesPoison",
        ];
        let metrics = self.metrics();
        assert!(!metrics.is_empty());
        for line in metrics {
            let count = |name: &str| line[name].as_u64().unwrap_or_default();
            let out: u64 = outcomes.iter().map(|name| count(name)).sum();
            assert_eq!(count("MessagesIn"), out, "{line}");
        }
    }

    /// Invokes it and expects a response.
    pub(crate) async fn invoke(&self, event: &Value) -> Value {
        match self.api.invoke(event, LONG).await {
            Answer::Response(value) => value,
            other => panic!("{other:?}\n{}", self.log()),
        }
    }

    /// Feeds it with these messages as one batch, deletes those that are done; the ids that failed.
    pub(crate) async fn work(&self, messages: &[Message]) -> Vec<String> {
        let answer = self.invoke(&self.queue.batch(messages)).await;
        self.settle(messages, &answer).await
    }

    /// What Lambda's event source mapping does with an answer.
    pub(crate) async fn settle(&self, messages: &[Message], answer: &Value) -> Vec<String> {
        let failures = answer["batchItemFailures"].as_array().unwrap();
        let failed: Vec<String> = failures
            .iter()
            .map(|failure| failure["itemIdentifier"].as_str().unwrap().to_owned())
            .collect();
        for message in messages {
            if !failed.iter().any(|id| Some(id.as_str()) == message.message_id()) {
                self.queue.delete(message).await;
            }
        }
        failed
    }

    /// Works on whatever the queue delivers until the run is closed.
    pub(crate) async fn work_until_closed(&self, run: &RunId) {
        let store = self.table.store();
        for _ in 0..200 {
            let messages = self.queue.receive().await;
            if messages.is_empty() {
                tokio::time::sleep(Duration::from_millis(300)).await;
            } else {
                self.work(&messages).await;
            }
            if store.run(run).await.unwrap().unwrap().state == RunState::Closed {
                return;
            }
        }
        panic!("run {run} is not closed\n{}", self.log());
    }

    /// The world it looks into.
    pub(crate) async fn world(&self) -> &'static World {
        world::world().await
    }
}

/// A queue with its dead-letter queue.
pub(crate) struct Queue {
    client: Client,
    pub(crate) url: String,
    arn: String,
    dead: String,
    hidden: i32,
}

impl Queue {
    pub(crate) async fn create(endpoint: &str, receives: u32, hidden: i32) -> Self {
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(endpoint)
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .build();
        let client = Client::from_conf(config);
        let name = format!("units-{}", QUEUES.fetch_add(1, Ordering::Relaxed));
        let dead = client.create_queue().queue_name(format!("{name}-dead")).send().await.unwrap();
        let dead = dead.queue_url.unwrap();
        let arn = arn_of(&client, &dead).await;
        let redrive = json!({"deadLetterTargetArn": arn, "maxReceiveCount": receives.to_string()});
        let url = client
            .create_queue()
            .queue_name(&name)
            .attributes(QueueAttributeName::RedrivePolicy, redrive.to_string())
            .attributes(QueueAttributeName::VisibilityTimeout, hidden.to_string())
            .send()
            .await
            .unwrap()
            .queue_url
            .unwrap();
        let arn = arn_of(&client, &url).await;
        Self { client, url, arn, dead, hidden }
    }

    pub(crate) async fn send(&self, body: &str) {
        self.client.send_message().queue_url(&self.url).message_body(body).send().await.unwrap();
    }

    /// At most one batch of what is visible.
    pub(crate) async fn receive(&self) -> Vec<Message> {
        self.receive_from(&self.url, 10, None).await
    }

    /// Everything that comes, none of it twice, until this many have come.
    pub(crate) async fn receive_all(&self, count: usize) -> Vec<Message> {
        let mut all: Vec<Message> = Vec::new();
        for _ in 0..50 {
            for message in self.receive_from(&self.url, 10, Some(self.hidden.max(30))).await {
                assert!(all.iter().all(|each| each.message_id != message.message_id));
                all.push(message);
            }
            if all.len() >= count {
                return all;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{} of {count} messages came", all.len());
    }

    /// The next message that comes.
    pub(crate) async fn next(&self) -> Message {
        let began = Instant::now();
        while began.elapsed() < LONG {
            if let Some(message) = self.receive_from(&self.url, 1, None).await.pop() {
                return message;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("no message came within {LONG:?}");
    }

    /// Messages as Lambda delivers them: the recorded batch with these in place of its record.
    pub(crate) fn batch(&self, messages: &[Message]) -> Value {
        let recorded = corpus::event("inventory/sqs-batch.json");
        let records = messages.iter().map(|message| {
            let mut record = recorded["Records"][0].clone();
            record["messageId"] = json!(message.message_id());
            record["receiptHandle"] = json!(message.receipt_handle());
            record["body"] = json!(message.body());
            record["md5OfBody"] = json!(message.md5_of_body());
            record["eventSourceARN"] = json!(self.arn);
            for (name, value) in message.attributes().into_iter().flatten() {
                record["attributes"][name.as_str()] = json!(value);
            }
            record
        });
        json!({"Records": records.collect::<Vec<_>>()})
    }

    /// Makes a message that was received visible again.
    pub(crate) async fn give_back(&self, message: &Message) {
        let again = self.client.change_message_visibility().queue_url(&self.url);
        let handle = message.receipt_handle().unwrap();
        again.receipt_handle(handle).visibility_timeout(0).send().await.unwrap();
    }

    /// What is in the dead-letter queue.
    pub(crate) async fn dead(&self) -> Vec<Message> {
        self.receive_from(&self.dead, 10, None).await
    }

    async fn receive_from(&self, url: &str, count: i32, hidden: Option<i32>) -> Vec<Message> {
        let receive = self.client.receive_message().queue_url(url).max_number_of_messages(count);
        let answer = receive
            .set_visibility_timeout(hidden)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await
            .unwrap();
        answer.messages.unwrap_or_default()
    }

    pub(crate) async fn delete(&self, message: &Message) {
        let delete = self.client.delete_message().queue_url(&self.url);
        delete.receipt_handle(message.receipt_handle().unwrap()).send().await.unwrap();
    }
}

async fn arn_of(client: &Client, url: &str) -> String {
    let name = QueueAttributeName::QueueArn;
    let answer =
        client.get_queue_attributes().queue_url(url).attribute_names(name.clone()).send().await;
    answer.unwrap().attributes.unwrap()[&name].clone()
}
