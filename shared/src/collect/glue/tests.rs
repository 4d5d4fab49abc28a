//! The Glue collector over the double.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Glue;
use crate::collect::fake::{ACCOUNT, FakeAws, Outcome, Reply, Setup, collect_with};
use crate::collect::fake_json::{
    denied, deny_each, error, interrupt_everywhere, ok, page, refused, run_twice, text,
};
use crate::collect::{Collect as _, Options, TreeSource, Trees};
use crate::model::resource::{Attribute, Resource};
use crate::model::{Entity, Pattern, Status, Unavailable};

const HOME: &str = "eu-west-1";

fn asked(trees: Trees) -> Setup {
    let trees = Trees { source: Some(TreeSource::Glue), ..trees };
    Setup {
        options: Options { trees, ..Options::default() },
        region: HOME.parse().unwrap(),
        ..Setup::default()
    }
}

fn setup() -> Setup {
    asked(Trees::default())
}

fn database(name: &str) -> Value {
    json!({ "Name": name, "CatalogId": ACCOUNT, "Description": "<b>", "CreateTime": 1_700_000_000 })
}

fn table(name: &str, location: &str) -> Value {
    json!({
        "Name": name,
        "CatalogId": ACCOUNT,
        "TableType": "EXTERNAL_TABLE",
        "CreatedBy": "arn:aws:iam::111122223333:role/crawler",
        "CreateTime": 1_700_000_000,
        "IsRegisteredWithLakeFormation": false,
        "ViewOriginalText": "SELECT secret",
        "StorageDescriptor": {
            "Location": location,
            "Columns": [{ "Name": "id", "Type": "bigint" }, { "Name": "name", "Type": "string", "Comment": "=1+1" }],
        },
        "PartitionKeys": [{ "Name": "day", "Type": "date" }],
    })
}

/// The tables of a database; `sales` and `archive` share folders.
fn tables(database: &str) -> Vec<Value> {
    match database {
        "sales" => vec![
            table("orders", "s3://lake/sales/orders/"),
            table("items", "s3://lake/sales/items"),
            table("all", "s3://lake/sales/"),
            table("remote", "jdbc:postgresql://db/orders"),
            table("bucket", "s3://whole"),
        ],
        "archive" => vec![table("orders_old", "s3a://lake/sales/orders")],
        _ => Vec::new(),
    }
}

/// Three databases, one a page, and their tables, two a page.
fn world() -> FakeAws {
    FakeAws::new()
        .on("GetDatabases", |request| {
            page(request, "DatabaseList", &["sales", "empty", "archive"].map(database), 1)
        })
        .on("GetTables", |request| {
            page(request, "TableList", &tables(&text(request, "DatabaseName")), 2)
        })
}

async fn look(aws: &FakeAws, setup: Setup) -> Outcome {
    let outcome = collect_with(&Glue, aws, setup).await;
    outcome.result.as_ref().unwrap();
    outcome
}

fn resources<'o>(outcome: &'o Outcome, capability: &str) -> Vec<&'o Resource> {
    let told = outcome.entities(capability).into_iter();
    told.map(|entity| match entity {
        Entity::Resource(resource) => resource,
        other => panic!("{other:?}"),
    })
    .collect()
}

fn names<'o>(outcome: &'o Outcome, capability: &str) -> Vec<&'o str> {
    resources(outcome, capability).into_iter().map(|it| it.name.as_str()).collect()
}

fn patterns(words: &[&str]) -> BTreeSet<Pattern> {
    words.iter().map(|word| word.parse().unwrap()).collect()
}

#[tokio::test]
async fn databases_and_tables_with_their_columns() {
    let outcome = run_twice(&Glue, world, setup).await;
    for (capability, seen) in [("databases", 3), ("tables", 6), ("tree", 7)] {
        let coverage = outcome.of(capability);
        assert_eq!((&coverage.status, coverage.seen), (&Status::Complete, seen), "{capability}");
    }
    assert_eq!(names(&outcome, "databases"), ["archive", "empty", "sales"]);
    let database = resources(&outcome, "databases")[2];
    assert_eq!(database.arn.as_str(), format!("arn:aws:glue:{HOME}:{ACCOUNT}:database/sales"));
    let table = resources(&outcome, "tables").into_iter().find(|it| it.name == "orders").unwrap();
    assert_eq!(table.arn.as_str(), format!("arn:aws:glue:{HOME}:{ACCOUNT}:table/sales/orders"));
    assert_eq!(table.parent.as_ref(), Some(&database.arn));
    assert_eq!(
        Attribute::Map(table.attributes.clone()).to_string(),
        "columns=name=id type=bigint, comment==1+1 name=name type=string \
         created-by=arn:aws:iam::111122223333:role/crawler lake-formation=no \
         location=s3://lake/sales/orders/ partition-keys=name=day type=date table-type=EXTERNAL_TABLE"
    );
}

#[tokio::test]
async fn the_tree_of_the_tables_folders() {
    let outcome = look(&world(), setup()).await;
    let rows: Vec<(&str, Vec<String>)> = resources(&outcome, "tree")
        .into_iter()
        .map(|folder| {
            let tables = match folder.attributes.get("tables") {
                Some(Attribute::List(tables)) => tables.as_slice(),
                _ => &[],
            };
            let name =
                |table: &Attribute| table.to_string().rsplit(":table/").next().unwrap().to_owned();
            (folder.arn.as_str(), tables.iter().map(name).collect())
        })
        .collect();
    let tables = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let expected = [
        ("arn:aws:s3:::lake/sales/", tables(&["sales/all"])),
        ("arn:aws:s3:::lake/sales/day=*/", tables(&[])),
        ("arn:aws:s3:::lake/sales/items/", tables(&["sales/items"])),
        ("arn:aws:s3:::lake/sales/items/day=*/", tables(&[])),
        ("arn:aws:s3:::lake/sales/orders/", tables(&["archive/orders_old", "sales/orders"])),
        ("arn:aws:s3:::lake/sales/orders/day=*/", tables(&[])),
        // The bucket itself is told by whoever lists buckets, its partitions are not.
        ("arn:aws:s3:::whole/day=*/", tables(&[])),
    ];
    assert_eq!(rows, expected);
    let partition = resources(&outcome, "tree")[1];
    assert_eq!(partition.attributes["partition-key"], "day".into());
    assert_eq!(partition.parent.as_ref().unwrap().as_str(), "arn:aws:s3:::lake/sales/");
}

/// Without being asked for it nobody makes a tree, and no table is asked for twice.
#[tokio::test]
async fn no_tree_where_none_was_asked_for() {
    let aws = world();
    let outcome = look(&aws, Setup { options: Options::default(), ..setup() }).await;
    assert!(outcome.entities("tree").is_empty());
    assert_eq!(outcome.status("tables"), &Status::Complete);
    let without = aws.counts();
    let aws = world();
    look(&aws, setup()).await;
    assert_eq!(aws.counts(), without);
}

#[tokio::test]
async fn deny_one_lose_one() {
    deny_each(&Glue, world, setup).await;
}

#[tokio::test]
async fn interrupted_anywhere() {
    interrupt_everywhere(&Glue, world, setup).await;
}

/// Excluded databases and tables, the tables that are told, and the filters of both lists.
type Row<'a> = (&'a [&'a str], &'a [&'a str], &'a [&'a str], [Option<&'a str>; 2]);

#[tokio::test]
async fn what_is_excluded_is_left_out_and_not_gone() {
    let rows: [Row<'_>; 4] = [
        (
            &["arch*"],
            &[],
            &["all", "bucket", "items", "orders", "remote"],
            [Some("--glue-exclude-databases arch*"), Some("--glue-exclude-databases arch*")],
        ),
        (
            &[],
            &["orders*", "all"],
            &["bucket", "items", "remote"],
            [None, Some("--glue-exclude-tables all")],
        ),
        (
            &[],
            &["nothing"],
            &["all", "bucket", "items", "orders", "orders_old", "remote"],
            [None, None],
        ),
        (
            &["*"],
            &[],
            &[],
            [Some("--glue-exclude-databases *"), Some("--glue-exclude-databases *")],
        ),
    ];
    for (databases, tables, expected, filters) in rows {
        let trees = || Trees {
            exclude_databases: patterns(databases),
            exclude_tables: patterns(tables),
            ..Trees::default()
        };
        let outcome = look(&world(), asked(trees())).await;
        let mut found = names(&outcome, "tables");
        found.sort_unstable();
        assert_eq!(found, expected, "{databases:?} {tables:?}");
        let [of_databases, of_tables] = filters;
        for (capability, filter) in
            [("databases", of_databases), ("tables", of_tables), ("tree", of_tables)]
        {
            let status = outcome.status(capability);
            // The filter that was met first is the one that is told; others are as good.
            match (filter, status) {
                (None, status) => assert_eq!(status, &Status::Complete, "{capability}"),
                (Some(_), Status::Excluded(told)) => assert!(told.starts_with("--glue-exclude-")),
                (Some(filter), status) => panic!("{capability} {filter}: {status:?}"),
            }
        }
        interrupt_everywhere(&Glue, world, || asked(trees())).await;
    }
}

#[tokio::test]
async fn throttled_is_told_as_throttled() {
    let aws = world().on("GetTables", |_| error("ThrottlingException", "Rate exceeded"));
    let outcome = look(&aws, setup()).await;
    let expected = Status::Throttled { action: "glue:GetTables".to_owned() };
    assert_eq!(outcome.status("tables"), &expected);
    assert_eq!(outcome.status("databases"), &Status::Complete);
}

#[tokio::test]
async fn a_region_without_the_service_has_nothing_to_see() {
    let aws = world().on("GetDatabases", |_| error("UnknownOperationException", ""));
    let outcome = look(&aws, setup()).await;
    for info in Glue.capabilities() {
        let status = outcome.status(info.name);
        assert!(
            matches!(status, Status::Unavailable(Unavailable::ServiceOff(_))),
            "{} {status:?}",
            info.name
        );
    }
}

#[tokio::test]
async fn one_refused_database_leaves_the_tables_partial() {
    for refused in ["archive", "sales"] {
        let world = || {
            world().on("GetTables", move |request| match text(request, "DatabaseName") {
                name if name == refused => denied("glue:GetTables"),
                name => page(request, "TableList", &tables(&name), 2),
            })
        };
        // Whoever goes on after an interruption does not forget it.
        interrupt_everywhere(&Glue, world, || Setup { options: Options::default(), ..setup() })
            .await;
        let outcome = look(&world(), setup()).await;
        let Status::Partial { action, .. } = outcome.status("tables") else { panic!("{refused}") };
        assert_eq!(action, "glue:GetTables");
        assert!(outcome.of("tables").seen > 0);
        assert!(outcome.status("tree").is_gap());
    }
}

#[tokio::test]
async fn refusals_are_not_repeated_for_every_database() {
    let many: Vec<Value> = (0..50).map(|number| database(&format!("d{number:02}"))).collect();
    let aws = world()
        .on("GetDatabases", move |_| ok(&json!({ "DatabaseList": many })))
        .on("GetTables", |_| denied("glue:GetTables"));
    let outcome = look(&aws, setup()).await;
    assert_eq!(outcome.status("tables"), &refused("glue:GetTables"));
    assert!(aws.count("GetTables") < 20, "{}", aws.count("GetTables"));
}

#[tokio::test]
async fn a_database_that_is_deleted_meanwhile_is_passed_over() {
    let aws = world().on("GetTables", |request| match text(request, "DatabaseName").as_str() {
        "archive" => error("EntityNotFoundException", "Database archive not found."),
        name => page(request, "TableList", &tables(name), 2),
    });
    let outcome = look(&aws, setup()).await;
    assert_eq!((outcome.status("tables"), outcome.of("tables").seen), (&Status::Complete, 5));
    assert_eq!(outcome.status("tree"), &Status::Complete);
}

#[tokio::test]
async fn a_refused_token_starts_the_tables_again_once() {
    let only =
        || world().on("GetDatabases", |_| ok(&json!({ "DatabaseList": [database("sales")] })));
    let first = || {
        ok(
            &json!({ "TableList": [table("a", "s3://lake/a"), table("b", "s3://lake/b")], "NextToken": "t" }),
        )
    };
    let last = || ok(&json!({ "TableList": [table("c", "s3://lake/c")] }));
    let refused = || error("InvalidInputException", "Invalid token");
    let aws = only().in_turn("GetTables", [first(), refused(), first(), last()]);
    let outcome = look(&aws, setup()).await;
    assert_eq!((outcome.status("tables"), outcome.of("tables").seen), (&Status::Complete, 3));
    assert_eq!(outcome.of("tree").seen, 6, "a folder each, and one of its partitions");
    let aws = only().in_turn("GetTables", [first(), refused(), first(), refused()]);
    let outcome = look(&aws, setup()).await;
    assert!(matches!(outcome.status("tables"), Status::Partial { .. }));
    assert!(outcome.status("tree").is_gap());
    let aws = only().on("GetTables", move |_| first());
    let outcome = look(&aws, setup()).await;
    assert!(matches!(outcome.status("tables"), Status::Partial { .. }), "a token that repeats");
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside() {
    let aws = world()
        .on("GetDatabases", |_| ok(&json!({ "DatabaseList": [{ "Name": "" }, database("sales")] })))
        .on("GetTables", |_| -> Reply {
            let bad = table("bad", "s3://lake/a\u{7}b/");
            ok(&json!({ "TableList": [{ "Name": "" }, bad, { "Name": "bare" }] }))
        });
    let outcome = look(&aws, setup()).await;
    for (capability, seen, aside) in [("databases", 1, 1), ("tables", 2, 2), ("tree", 0, 3)] {
        let coverage = outcome.of(capability);
        assert!(coverage.status.is_gap(), "{capability}");
        assert_eq!((coverage.seen, coverage.set_aside.len()), (seen, aside), "{capability}");
    }
    let bare = resources(&outcome, "tables").into_iter().find(|it| it.name == "bare").unwrap();
    assert_eq!(Attribute::Map(bare.attributes.clone()).to_string(), "lake-formation=no");
}
