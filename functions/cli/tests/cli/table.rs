//! A deployment's table, read by the program: what its functions keep is shown as what a file keeps.

use std::path::Path;
use std::sync::Arc;

use accesstrail_shared::aws::configuration;
use accesstrail_shared::backfill::{Backfill, Folder, Window};
use accesstrail_shared::port::{Store as _, SystemClock};
use accesstrail_shared::store::dynamo::DynamoStore;
use accesstrail_shared::testing::trail::Plan;
use accesstrail_shared::testing::{sample, visit};
use aws_sdk_dynamodb::Client;

use crate::bucket::BUCKET;
use crate::world::{Ran, program, run};

/// A store in a table of that name.
async fn table(name: &str) -> DynamoStore {
    let place = visit::place(BUCKET.local.own_endpoint().unwrap(), "us-east-1");
    let client = Client::new(&configuration(&place).await);
    DynamoStore::create_table(&client, name).await.unwrap();
    DynamoStore::new(client, name)
}

/// Runs the program with a table as its store.
fn with_table(folder: &Path, table: &str, arguments: &[&str]) -> Ran {
    let mut command = program(folder);
    command
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_ENDPOINT_URL", BUCKET.local.own_endpoint().unwrap());
    run(&mut command, &[arguments, &["--store", &format!("dynamodb:{table}")]].concat())
}

#[test]
fn usage_and_backfills_of_a_table_are_those_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let trail = folder.path().join("trail");
    let written = Plan { days: 2, ..Plan::default() }.write(&trail).unwrap();
    BUCKET.runtime.block_on(async {
        let job = Backfill::new(
            Arc::new(Folder::open(&trail).unwrap()),
            Arc::new(table("usage-of-a-table").await),
            Arc::new(SystemClock),
            2,
            4,
        );
        job.run(&Window::default(), &Arc::default()).await.unwrap();
    });
    let read = run(&mut program(folder.path()), &["backfill", "--dir", "trail", "--days", "all"]);
    assert_eq!(read.code, 0, "{read:?}");
    let csv = ["usage", "--all", "--format", "csv"];
    let of_file = run(&mut program(folder.path()), &csv);
    let of_table = with_table(folder.path(), "usage-of-a-table", &csv);
    assert_eq!((of_table.code, &of_table.out), (0, &of_file.out), "{}", of_table.err);
    assert!(of_file.out.lines().count() > 10, "{}", of_file.out);

    let status = |ran: Ran| {
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.document("status")
    };
    let of_file = status(run(&mut program(folder.path()), &["status", "--json"]));
    let of_table = status(with_table(folder.path(), "usage-of-a-table", &["status", "--json"]));
    assert_eq!(of_table["store"], "dynamodb:usage-of-a-table");
    for status in [&of_file, &of_table] {
        let backfill = &status["backfills"][0];
        assert_eq!(backfill["planned"], backfill["ended"], "{status}");
        assert!(backfill["planned"].as_u64().unwrap() > 1, "{status}");
        assert!(backfill["logs"].as_str().unwrap().ends_with("trail"), "{status}");
        let counters = &backfill["counters"];
        assert_eq!(counters["objects.done"], written.files, "{status}");
        assert!(counters["logs.gets"].as_u64().unwrap() >= written.files, "{status}");
        assert!(counters["cells.written"].as_u64().unwrap() > 1, "{status}");
    }
    let requests = &of_table["backfills"][0]["counters"]["store.requests"];
    assert!(requests.as_u64().unwrap() > 1, "{of_table}");
    let shown = with_table(folder.path(), "usage-of-a-table", &["status"]);
    assert!(shown.out.contains("Backfills") && shown.out.contains("CELLS WRITTEN"), "{shown:?}");
}

#[test]
fn the_inventory_of_a_table_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    BUCKET.runtime.block_on(async {
        let store = table("inventory-of-a-table").await;
        let (run, account) = (sample::run(0), "111122223333");
        let unit = sample::unit(account, "iam-authorization");
        store.open_run(&run, std::slice::from_ref(&unit)).await.unwrap();
        let scope = sample::scope_of(account);
        let user = sample::user(account, "ana", "AIDAEXAMPLEANA");
        let page = sample::page(&run.id, &unit, 1, vec![sample::sighting(&scope, user, 5)]);
        store.save_page(&page).await.unwrap();
    });
    let ran = with_table(folder.path(), "inventory-of-a-table", &["list", "user", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("AIDAEXAMPLEANA") || ran.out.contains("user/ana"), "{}", ran.out);
}

#[test]
fn a_table_is_only_read_and_one_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("trail/AWSLogs")).unwrap();
    for arguments in [
        &["backfill", "--dir", "trail"][..],
        &["collect"],
        &["import", "trail"],
        &["feed", "--to", "eventbridge:b"],
        &["demo"],
    ] {
        let ran = with_table(folder.path(), "of-a-deployment", arguments);
        assert_eq!(ran.code, 1, "{ran:?}");
        let why = "the table of-a-deployment is written by the functions of its deployment alone";
        assert!(ran.err.contains(why), "{arguments:?} {}", ran.err);
    }
    let absent = with_table(folder.path(), "no-such-table", &["list", "user"]);
    assert_eq!(absent.code, 1, "{absent:?}");
    assert!(absent.err.contains("no-such-table"), "{}", absent.err);
}
