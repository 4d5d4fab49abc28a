//! The suite of every store, against the DynamoDB of ministack: one emulator for all cases, a table for
//! each.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use accesstrail_shared::store::conformance::Handles;
use accesstrail_shared::store::dynamo::DynamoStore;
use accesstrail_shared::testing::local::{Emulator, LocalAws, Options};
use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use tokio::sync::OnceCell;

/// A static is never dropped; the emulator ends with this process all the same.
static AWS: OnceCell<LocalAws> = OnceCell::const_new();
static TABLES: AtomicU32 = AtomicU32::new(0);

async fn fresh() -> Handles {
    let aws = AWS
        .get_or_init(async || {
            LocalAws::start(&Options::only(Emulator::Own), &|_| ()).await.unwrap()
        })
        .await;
    let name = format!("accesstrail-{}", TABLES.fetch_add(1, Ordering::Relaxed));
    // Each worker has a client of its own, and nothing of what the other remembers.
    let store = || Arc::new(DynamoStore::new(client(aws), &name));
    DynamoStore::create_table(&client(aws), &name).await.unwrap();
    Handles::new(store(), store())
}

fn client(aws: &LocalAws) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(aws.own_endpoint().unwrap())
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .build();
    Client::from_conf(config)
}

accesstrail_shared::conformance_suite!(fresh);
