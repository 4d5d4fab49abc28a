//! The collector of objects over the double.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::S3Objects;
use crate::collect::fake::{FakeAws, Outcome, Received, Reply, Setup, collect_with};
use crate::collect::fake_json::{deny_each, interrupt_everywhere, refused, run_twice};
use crate::collect::{Collect as _, Options, TreeSource, Trees};
use crate::model::resource::{Resource, ResourceType};
use crate::model::{Entity, Pattern, Status};

/// How many keys a page holds.
const PAGE: usize = 3;

/// S3 leaves these as they are.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b' ');

const BUCKETS: [(&str, &[&str]); 4] = [
    (
        "acme-data",
        &["/lead", "a b/+.csv", "a//b", "a/c", "made/", "ü/%41/é", "x/y/z/deep", "x/y/z/deeper"],
    ),
    ("acme-empty", &[]),
    ("acme-logs", &["2026/01/a.gz", "2026/01/b.gz", "2026/02/a.gz", "readme"]),
    ("other", &["k"]),
];

fn keys(bucket: &str) -> BTreeSet<&'static str> {
    let found = BUCKETS.iter().find(|(name, _)| *name == bucket);
    found.map(|(_, keys)| keys.iter().copied().collect()).unwrap_or_default()
}

fn buckets() -> Reply {
    let bucket = |(name, _): &(&str, &[&str])| {
        format!("<Bucket><Name>{name}</Name><BucketRegion>eu-west-1</BucketRegion></Bucket>")
    };
    let listed: String = BUCKETS.iter().map(bucket).collect();
    Reply::xml("ListAllMyBucketsResult", format!("<Buckets>{listed}</Buckets>"))
}

/// The page of keys that a request asks for, in S3's own encoding.
fn page(request: &Received, keys: &BTreeSet<&str>) -> Reply {
    assert_eq!(request.query("encoding-type"), "url");
    let start = request.query("start-after");
    let rest: Vec<&&str> = keys.iter().filter(|key| **key > start.as_str()).collect();
    let object = |key: &&&str| {
        let key = utf8_percent_encode(key, PLAIN).to_string().replace(' ', "+");
        format!(
            "<Contents><Key>{key}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><Size>7</Size>\
             <StorageClass>STANDARD_IA</StorageClass></Contents>"
        )
    };
    let listed: String = rest.iter().take(PAGE).map(object).collect();
    let is_truncated = rest.len() > PAGE;
    Reply::xml(
        "ListBucketResult",
        format!(
            "<EncodingType>url</EncodingType><IsTruncated>{is_truncated}</IsTruncated>{listed}"
        ),
    )
}

fn world() -> FakeAws {
    FakeAws::new()
        .on("ListAllMyBuckets", |_| buckets())
        .on("ListBucket", |request| page(request, &keys(request.segment(0))))
}

fn asked(trees: Trees) -> Setup {
    let trees = Trees { source: Some(TreeSource::S3Objects), ..trees };
    Setup { options: Options { trees, ..Options::default() }, ..Setup::default() }
}

fn setup() -> Setup {
    asked(Trees::default())
}

fn patterns(words: &[&str]) -> BTreeSet<Pattern> {
    words.iter().map(|word| word.parse().unwrap()).collect()
}

async fn look(aws: &FakeAws, setup: Setup) -> Outcome {
    let outcome = collect_with(&S3Objects, aws, setup).await;
    outcome.result.as_ref().unwrap();
    outcome
}

fn resources(outcome: &Outcome) -> BTreeMap<String, &Resource> {
    let told = outcome.entities("objects").into_iter().map(|entity| match entity {
        Entity::Resource(resource) => resource,
        other => panic!("{other:?}"),
    });
    let told: Vec<&Resource> = told.collect();
    let paths: BTreeMap<String, &Resource> = told
        .iter()
        .map(|it| (it.arn.as_str().strip_prefix("arn:aws:s3:::").unwrap().to_owned(), *it))
        .collect();
    assert_eq!(paths.len(), told.len(), "each is told once");
    paths
}

#[tokio::test]
async fn the_tree_of_every_bucket() {
    let outcome = run_twice(&S3Objects, world, setup).await;
    for info in S3Objects.capabilities() {
        assert_eq!(outcome.status(info.name), &Status::Complete, "{}", info.name);
    }
    assert_eq!(outcome.of("buckets").seen, 4);
    let tree = resources(&outcome);
    let paths: Vec<&str> = tree.keys().map(String::as_str).collect();
    let expected = [
        "acme-data//",
        "acme-data//lead",
        "acme-data/a b/",
        "acme-data/a b/+.csv",
        "acme-data/a/",
        "acme-data/a//",
        "acme-data/a//b",
        "acme-data/a/c",
        "acme-data/made/",
        "acme-data/x/",
        "acme-data/x/y/",
        "acme-data/x/y/z/",
        "acme-data/x/y/z/deep",
        "acme-data/x/y/z/deeper",
        "acme-data/ü/",
        "acme-data/ü/%41/",
        "acme-data/ü/%41/é",
        "acme-logs/2026/",
        "acme-logs/2026/01/",
        "acme-logs/2026/01/a.gz",
        "acme-logs/2026/01/b.gz",
        "acme-logs/2026/02/",
        "acme-logs/2026/02/a.gz",
        "acme-logs/readme",
        "other/k",
    ];
    assert_eq!(paths, expected);
    let object = tree["acme-data/a b/+.csv"];
    assert_eq!((object.resource_type, object.name.as_str()), (ResourceType::Object, "+.csv"));
    assert_eq!(object.parent.as_ref().unwrap().as_str(), "arn:aws:s3:::acme-data/a b/");
    let facts: Vec<String> =
        object.attributes.iter().map(|(name, fact)| format!("{name}={fact}")).collect();
    assert_eq!(
        facts,
        ["last-modified=2026-01-02T03:04:05Z", "size=7", "storage-class=STANDARD_IA"]
    );
    let made = tree["acme-data/made/"];
    assert_eq!(
        (made.resource_type, made.attributes["size"].clone()),
        (ResourceType::Folder, 7.into())
    );
    assert!(tree["acme-data/a/"].attributes.is_empty());
}

/// What is held is a page, whatever the bucket holds.
#[tokio::test]
async fn no_page_grows_with_the_bucket() {
    let names: Vec<String> =
        (0..2_000).map(|number| format!("f{:03}/{number:05}", number / 5)).collect();
    let names: &'static [String] = names.leak();
    let aws = world().on("ListBucket", move |request| {
        let is_large = request.segment(0) == "acme-data";
        let keys =
            if is_large { names.iter().map(String::as_str).collect() } else { BTreeSet::new() };
        page(request, &keys)
    });
    let outcome = look(&aws, setup()).await;
    assert_eq!(outcome.of("objects").seen, 2_000 + 400);
    let largest = outcome.pages.iter().map(|page| page.sightings.len()).max();
    assert!(largest.unwrap() <= 2 * PAGE, "{largest:?}");
    let longest =
        outcome.pages.iter().filter_map(|page| page.cursor.as_ref()).map(String::len).max();
    assert!(longest.unwrap() < 600, "{longest:?}");
}

#[tokio::test]
async fn deny_one_lose_one() {
    deny_each(&S3Objects, world, setup).await;
}

#[tokio::test]
async fn interrupted_anywhere() {
    interrupt_everywhere(&S3Objects, world, setup).await;
    interrupt_everywhere(&S3Objects, world, || asked(Trees { depth: 1, ..Trees::default() })).await;
}

#[tokio::test]
async fn throttled_is_told_as_throttled() {
    let aws = world().on("ListBucket", |request| request.error(503, "SlowDown", "slower"));
    let outcome = look(&aws, setup()).await;
    let expected = Status::Throttled { action: "s3:ListBucket".to_owned() };
    assert_eq!(outcome.status("objects"), &expected);
}

/// Included and excluded buckets, the buckets that are asked, and the filter that is told.
type Row<'a> = (&'a [&'a str], &'a [&'a str], &'a [&'a str], Option<&'a str>);

#[tokio::test]
async fn patterns_choose_the_buckets_and_what_excludes_wins() {
    let rows: [Row<'_>; 5] = [
        (&[], &[], &["acme-data", "acme-empty", "acme-logs", "other"], None),
        (&["*"], &[], &["acme-data", "acme-empty", "acme-logs", "other"], None),
        (
            &["acme-*"],
            &["*-logs"],
            &["acme-data", "acme-empty"],
            Some("--s3-exclude-buckets *-logs"),
        ),
        (&["other"], &[], &["other"], Some("--s3-buckets other")),
        (&[], &["*"], &[], Some("--s3-exclude-buckets *")),
    ];
    for (include, exclude, expected, filter) in rows {
        let trees = || Trees {
            buckets: patterns(include),
            exclude_buckets: patterns(exclude),
            ..Trees::default()
        };
        let aws = world();
        let outcome = look(&aws, asked(trees())).await;
        let calls = aws.received();
        let listed = calls.iter().filter(|call| call.action == "ListBucket");
        let listed: BTreeSet<&str> = listed.map(|call| call.segment(0)).collect();
        assert_eq!(listed.into_iter().collect::<Vec<_>>(), expected, "{include:?} {exclude:?}");
        // What was left out was not seen to be gone.
        let status = outcome.status("objects");
        let excluded = filter.map(|filter| Status::Excluded(filter.to_owned()));
        assert_eq!(status, &excluded.unwrap_or(Status::Complete), "{include:?} {exclude:?}");
        assert!(!status.is_gap());
        if !expected.is_empty() {
            interrupt_everywhere(&S3Objects, world, || asked(trees())).await;
        }
    }
}

#[tokio::test]
async fn what_lies_deeper_is_left_out() {
    for (depth, folders, objects, is_cut) in
        [(0, 0, 2, true), (1, 7, 5, true), (2, 12, 10, true), (3, 13, 12, false)]
    {
        let outcome = look(&world(), asked(Trees { depth, ..Trees::default() })).await;
        let tree = resources(&outcome);
        let count = |wanted| tree.values().filter(|it| it.resource_type == wanted).count();
        let found = (count(ResourceType::Folder), count(ResourceType::Object));
        assert_eq!(found, (folders, objects), "{depth}");
        let note = format!("what lies more than {depth} folders deep is left out");
        assert_eq!(outcome.of("objects").note, is_cut.then_some(note), "{depth}");
        assert_eq!(outcome.status("objects"), &Status::Complete);
    }
}

#[tokio::test]
async fn one_refused_bucket_leaves_the_trees_partial() {
    for refused in ["acme-data", "other"] {
        let aws = world().on("ListBucket", move |request| match request.segment(0) {
            bucket if bucket == refused => request.refusal("s3:ListBucket"),
            bucket => page(request, &keys(bucket)),
        });
        let outcome = look(&aws, setup()).await;
        let Status::Partial { action, .. } = outcome.status("objects") else { panic!("{refused}") };
        assert_eq!(action, "s3:ListBucket");
        assert!(resources(&outcome).contains_key("acme-logs/readme"), "{refused}");
    }
}

/// A refusal is not forgotten by whoever goes on after an interruption.
#[tokio::test]
async fn interrupted_after_a_refusal() {
    for refused in ["acme-data", "acme-logs"] {
        let world = || {
            world().on("ListBucket", move |request| match request.segment(0) {
                bucket if bucket == refused => request.refusal("s3:ListBucket"),
                bucket => page(request, &keys(bucket)),
            })
        };
        interrupt_everywhere(&S3Objects, world, setup).await;
    }
}

#[tokio::test]
async fn refusals_are_not_repeated_for_every_bucket() {
    let many = || {
        let bucket = |number: u32| format!("<Bucket><Name>b{number:02}</Name></Bucket>");
        let listed: String = (0..50).map(bucket).collect();
        Reply::xml("ListAllMyBucketsResult", format!("<Buckets>{listed}</Buckets>"))
    };
    let aws = world()
        .on("ListAllMyBuckets", move |_| many())
        .on("ListBucket", |request| request.refusal("s3:ListBucket"));
    let outcome = look(&aws, setup()).await;
    assert_eq!(outcome.status("objects"), &refused("s3:ListBucket"));
    assert!(aws.count("ListBucket") < 20, "{}", aws.count("ListBucket"));
}

#[tokio::test]
async fn a_bucket_that_is_deleted_meanwhile_is_passed_over() {
    let aws = world().on("ListBucket", |request| match request.segment(0) {
        "acme-data" => request.error(404, "NoSuchBucket", "The specified bucket does not exist"),
        bucket => page(request, &keys(bucket)),
    });
    let outcome = look(&aws, setup()).await;
    assert_eq!(outcome.status("objects"), &Status::Complete);
    assert_eq!(resources(&outcome).len(), 8);
}

/// An endpoint that does not know where to go on would never end.
#[tokio::test]
async fn a_list_that_does_not_move_is_a_gap() {
    let aws = world().on("ListBucket", |_| {
        let listed = "<Contents><Key>a</Key></Contents>";
        Reply::xml("ListBucketResult", format!("<IsTruncated>true</IsTruncated>{listed}"))
    });
    let outcome = look(&aws, setup()).await;
    assert!(matches!(outcome.status("objects"), Status::Partial { .. }));
    assert_eq!(aws.count("ListBucket"), 8, "two pages a bucket");
}

#[tokio::test]
async fn a_key_that_no_arn_can_carry_is_set_aside() {
    let aws = world().on("ListBucket", |request| {
        let object = |key: &str| format!("<Contents><Key>{key}</Key></Contents>");
        let keys = match request.segment(0) {
            "other" => ["a/%00/x", "a/b", "%FF", ""].map(object).concat(),
            _ => String::new(),
        };
        Reply::xml("ListBucketResult", format!("<EncodingType>url</EncodingType>{keys}"))
    });
    let outcome = look(&aws, setup()).await;
    let paths: Vec<String> = resources(&outcome).into_keys().collect();
    assert_eq!(paths, ["other/a/", "other/a/b"]);
    let aside: Vec<(&str, &str)> = outcome
        .of("objects")
        .set_aside
        .iter()
        .map(|it| (it.what.as_str(), it.reason.as_str()))
        .collect();
    let expected = [
        (
            "key \"a/%00/x\" of arn:aws:s3:::other",
            "no ARN can carry it: it holds a control character",
        ),
        ("key \"%FF\" of arn:aws:s3:::other", "it is not in UTF-8"),
        ("key \"\" of arn:aws:s3:::other", "it is empty"),
    ];
    assert_eq!(aside, expected);
    assert!(outcome.status("objects").is_gap());
}

/// What is set aside is a gap beside a filter, too.
#[tokio::test]
async fn a_filter_hides_no_gap() {
    let aws = world().on("ListBucket", |_| {
        let listed = "<EncodingType>url</EncodingType><Contents><Key>a%0Bb</Key></Contents>";
        Reply::xml("ListBucketResult", listed)
    });
    let trees = Trees { exclude_buckets: patterns(&["other"]), ..Trees::default() };
    let outcome = look(&aws, asked(trees)).await;
    assert!(matches!(outcome.status("objects"), Status::Partial { .. }));
    assert_eq!(outcome.of("objects").set_aside.len(), 3, "one in each bucket that was chosen");
}

/// An answer that is not encoded is taken as it is.
#[tokio::test]
async fn endpoints_that_do_not_encode() {
    let aws = world().on("ListBucket", |request| {
        let key = if request.segment(0) == "other" {
            "<Contents><Key>a+b%2Bc</Key></Contents>"
        } else {
            ""
        };
        Reply::xml("ListBucketResult", key)
    });
    let outcome = look(&aws, setup()).await;
    assert_eq!(resources(&outcome).into_keys().collect::<Vec<_>>(), ["other/a+b%2Bc"]);
}
