//! Tables of the DynamoDB in ministack: one emulator for all tests of a binary, a table for each.

use std::sync::atomic::{AtomicU32, Ordering};

use accesstrail_shared::store::dynamo::DynamoStore;
use accesstrail_shared::testing::local::{Emulator, LocalAws, Options};
use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use tokio::sync::OnceCell;

/// A static is never dropped; the emulator ends with this process all the same.
static AWS: OnceCell<LocalAws> = OnceCell::const_new();
static TABLES: AtomicU32 = AtomicU32::new(0);

/// An empty table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Where DynamoDB answers.
    pub endpoint: String,
    /// The name of the table.
    pub name: String,
}

impl Table {
    /// Creates a table that no other test uses.
    pub async fn create() -> Self {
        let start = async || LocalAws::start(&Options::only(Emulator::Own), &|_| ()).await.unwrap();
        let endpoint = AWS.get_or_init(start).await.own_endpoint().unwrap().to_owned();
        let name = format!("accesstrail-{}", TABLES.fetch_add(1, Ordering::Relaxed));
        let table = Self { endpoint, name };
        DynamoStore::create_table(&table.client(), &table.name).await.unwrap();
        table
    }

    /// A client of its own, and nothing of what others remember.
    pub fn client(&self) -> Client {
        client(&self.endpoint, RetryConfig::standard())
    }

    /// A store with a client of its own.
    pub fn store(&self) -> DynamoStore {
        DynamoStore::new(self.client(), &self.name)
    }
}

/// A client of the DynamoDB that answers there.
pub fn client(endpoint: &str, retries: RetryConfig) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .retry_config(retries)
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .build();
    Client::from_conf(config)
}
