//! `backfill --bucket` on generated trees in an emulated bucket, behind small pages and faults.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use accesstrail_shared::aws::configuration;
use accesstrail_shared::testing::bucket;
use accesstrail_shared::testing::local::{Emulator, LocalAws, Options};
use accesstrail_shared::testing::proxy::{
    Call, Fault, Layer, Match, Page, Plan as Faults, Proxy, Quirk,
};
use accesstrail_shared::testing::trail::{Keys, METADATA, Object, Plan, Shape, Written};
use accesstrail_shared::testing::visit;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::world::{Ran, program, run};

/// A tree in a bucket, for all tests to read.
#[derive(Debug)]
pub(crate) struct Bucket {
    pub(crate) runtime: Runtime,
    pub(crate) local: LocalAws,
    written: Written,
    /// Who signed its digests.
    public_keys: String,
    /// The keys of its logs, each with its size.
    keys: Vec<(String, usize)>,
}

fn plan() -> Plan {
    Plan {
        bucket: "trail-bucket".to_owned(),
        prefix: "security/logs/".to_owned(),
        organization: Some("o-exampleorg1".to_owned()),
        accounts: ["111122223333", "444455556666"].map(str::to_owned).to_vec(),
        regions: vec!["us-east-1".to_owned(), "eu-west-1".to_owned()],
        days: 2,
        duplicates: 20,
        late: 2_000,
        ..Plan::default()
    }
}

pub(crate) static BUCKET: LazyLock<Bucket> = LazyLock::new(|| {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (local, filled) = runtime.block_on(async {
        let local = LocalAws::start(&Options::only(Emulator::Own), &|_| ()).await.unwrap();
        let place = visit::place(local.own_endpoint().unwrap(), "us-east-1");
        let client = bucket::client(&configuration(&place).await);
        let filled = bucket::fill(&client, &plan()).await.unwrap();
        (local, filled)
    });
    let folder = tempfile::tempdir().unwrap();
    let mut keys = Vec::new();
    let mut note = |object: Object| {
        if object.key.contains("/CloudTrail/") {
            keys.push((object.key.clone(), object.bytes.len()));
        }
        Some(object)
    };
    plan().write_changed(folder.path(), &mut note).unwrap();
    let bucket::Filled { written, public_keys } = filled;
    Bucket { runtime, local, written, public_keys, keys }
});

impl Bucket {
    /// An entrance of its own, with lists of few items and these faults.
    fn enter(&self, page: usize, faults: Faults) -> Proxy {
        let paged = Fault::Page(Page { size: page, quirk: Quirk::None });
        let plan = faults.rule(Match::action("s3:ListBucket"), paged);
        self.runtime.block_on(Proxy::start(self.local.own_endpoint().unwrap(), plan)).unwrap()
    }
}

fn backfill(folder: &Path, proxy: &Proxy, more: &[&str]) -> Ran {
    let mut command = program(folder);
    command
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .args(["backfill", "--days", "all", "--json", "--endpoint-url", proxy.endpoint()]);
    let own = ["--bucket", "trail-bucket", "--prefix", "security/logs"];
    let bucket = if more.contains(&"--bucket") { &[][..] } else { &own };
    run(&mut command, &[bucket, more].concat())
}

fn csv(folder: &Path) -> String {
    let ran = run(&mut program(folder), &["usage", "--all", "--format", "csv"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.out
}

/// What the same tree in a folder comes to.
fn truth(plan: &Plan) -> String {
    let folder = tempfile::tempdir().unwrap();
    plan.write(&folder.path().join("trail")).unwrap();
    let ran = run(&mut program(folder.path()), &["backfill", "--dir", "trail", "--days", "all"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    csv(folder.path())
}

/// The request for an object.
fn get(key: &str) -> Match {
    Match::action(&format!("s3:GET /trail-bucket/{key}"))
}

fn counters(document: &Value) -> [u64; 4] {
    ["objects.done", "objects.duplicate", "objects.set_aside", "objects.left"]
        .map(|name| document["counters"][name].as_u64().unwrap())
}

#[test]
fn a_bucket_in_small_pages_comes_to_what_a_folder_comes_to() {
    let (bucket, folder) = (&*BUCKET, tempfile::tempdir().unwrap());
    let proxy = bucket.enter(2, Faults::default());
    let ran = backfill(folder.path(), &proxy, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let document = ran.document("backfill");
    assert_eq!(document["logs"], "s3://trail-bucket");
    assert_eq!(counters(&document), [bucket.written.files, 0, 0, 0], "{document}");
    assert_eq!(document["totals"]["usage.events"], bucket.written.distinct);
    assert_eq!(csv(folder.path()), truth(&plan()));
    let made = |method: &str| {
        let of = format!("s3:{method}");
        let calls = proxy.calls();
        calls.iter().filter(|call| call.iam_action().starts_with(&of)).count() as u64
    };
    let cost = &document["cost"];
    assert_eq!(cost["logs.lists"], made("ListBucket"), "{cost}");
    assert_eq!(cost["logs.gets"], made("GET /"), "{cost}");
    assert_eq!(cost["logs.heads"], made("HEAD /"), "{cost}");
    assert!(cost["logs.lists"].as_u64().unwrap() > bucket.written.files / 2, "{cost}");
    assert!(cost["logs.read_bytes"].as_u64().unwrap() >= bucket.written.bytes, "{cost}");

    let again = backfill(folder.path(), &proxy, &[]).document("backfill");
    assert_eq!(counters(&again), [0, bucket.written.files, 0, 0], "{again}");
    assert_eq!(again["cost"]["logs.gets"], 0, "what is known is not fetched again");
}

#[test]
fn what_is_denied_or_gone_or_broken_is_left_and_the_next_run_has_it() {
    let (bucket, folder) = (&*BUCKET, tempfile::tempdir().unwrap());
    let key = |at: usize| bucket.keys[at].0.as_str();
    let gone = |status: u16, code: &str| Fault::Answer {
        status,
        body: format!("<Error><Code>{code}</Code><Message>x</Message></Error>").into(),
        content_type: "application/xml".to_owned(),
    };
    let faults = Faults::default()
        .rule(get(key(0)), Fault::Deny { by: Layer::Identity })
        .rule(get(key(1)), gone(404, "NoSuchKey"))
        .rule(get(key(2)), gone(412, "PreconditionFailed"))
        .rule(get(key(3)), Fault::Truncate)
        // This one is whole at the second try.
        .rule(get(key(4)).nth(1), Fault::Truncate);
    let proxy = bucket.enter(1_000, faults);
    let ran = backfill(folder.path(), &proxy, &[]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let document = ran.document("backfill");
    assert_eq!(counters(&document), [bucket.written.files - 4, 0, 0, 4], "{document}");
    let aside = document["set_aside"].as_array().unwrap();
    let why = |key: &str| {
        let row = aside.iter().find(|row| row["object"] == key).unwrap();
        row["reason"].as_str().unwrap().to_owned()
    };
    assert!(why(key(0)).contains("(s3:GetObject) was denied: AccessDenied"), "{}", why(key(0)));
    assert_eq!((why(key(1)).as_str(), why(key(2)).as_str()), ("it is gone", "it is gone"));
    assert!(why(key(3)).contains("busy or unreachable"), "{}", why(key(3)));

    proxy.set_plan(Faults::default());
    let next = backfill(folder.path(), &proxy, &[]);
    assert_eq!(next.code, 0, "{next:?}");
    let document = next.document("backfill");
    assert_eq!(counters(&document), [4, bucket.written.files - 4, 0, 0], "{document}");
    assert_eq!(document["totals"]["logs.set_aside"], 0);
    assert_eq!(csv(folder.path()), truth(&plan()));
}

#[test]
fn a_bucket_that_cannot_be_read_is_named_with_what_to_do() {
    let (bucket, folder) = (&*BUCKET, tempfile::tempdir().unwrap());
    let denied =
        Faults::default().rule(Match::action("s3:ListBucket"), Fault::Deny { by: Layer::Resource });
    let proxy = bucket.enter(1_000, denied);
    let ran = backfill(folder.path(), &proxy, &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("s3://trail-bucket/"), "{}", ran.err);
    assert!(ran.err.contains("(s3:ListBucket) was denied"), "{}", ran.err);
    assert!(ran.err.contains("allow s3:ListBucket"), "{}", ran.err);
    proxy.set_plan(Faults::default());
    let absent = backfill(folder.path(), &proxy, &["--bucket", "no-such-bucket"]);
    assert!(absent.err.contains("s3://no-such-bucket does not exist"), "{}", absent.err);
    let elsewhere = ["--bucket", "trail-bucket", "--prefix", "other"];
    let none = run(
        program(folder.path())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("ACCESSTRAIL_TARGET_ENDPOINT", proxy.endpoint())
            .arg("backfill"),
        &elsewhere,
    );
    assert!(none.err.contains("no folder AWSLogs with logs in s3://trail-bucket"), "{}", none.err);
    for wrong in [&["--bucket", "s3://a/b"][..], &["--dir", ".", "--bucket", "trail-bucket"]] {
        let ran = run(program(folder.path()).arg("backfill"), wrong);
        assert_eq!(ran.code, 1, "{ran:?}");
    }
}

#[test]
fn a_large_object_is_read_in_pieces_and_counts_nothing_if_it_breaks_off() {
    let (bucket, folder) = (&*BUCKET, tempfile::tempdir().unwrap());
    let records = &[(0, 8_000), (1_000_000, 8_000)];
    let large = Plan {
        bucket: "large-trail".to_owned(),
        digests: false,
        duplicates: 0,
        late: 0,
        shape: Shape { files_per_day: 2, records },
        ..Plan::default()
    };
    let place = visit::place(bucket.local.own_endpoint().unwrap(), "us-east-1");
    let written = bucket.runtime.block_on(async {
        let client = bucket::client(&configuration(&place).await);
        bucket::fill(&client, &large).await.unwrap().written
    });
    assert!(written.bytes / written.files > 1 << 20, "{written:?}");
    let broken = Faults::default().rule(Match::action("s3:GET /large-trail/*"), Fault::Truncate);
    let proxy = bucket.enter(1_000, broken);
    let ran = backfill(folder.path(), &proxy, &["--bucket", "large-trail"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let document = ran.document("backfill");
    assert_eq!(counters(&document), [0, 0, 0, written.files], "{document}");
    assert_eq!(document["totals"]["usage.events"], 0, "{document}");
    proxy.set_plan(Faults::default());
    let ran = backfill(folder.path(), &proxy, &["--bucket", "large-trail"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(csv(folder.path()), truth(&large));
}

/// Verifies the bucket's logs, asked as `more` says.
fn verified(folder: &Path, proxy: &Proxy, more: &[&str]) -> Ran {
    let mut command = program(folder);
    command
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .args(["verify-logs", "--json", "--endpoint-url", proxy.endpoint()])
        .args(["--bucket", "trail-bucket", "--prefix", "security/logs"]);
    run(&mut command, more)
}

#[test]
fn logs_of_a_bucket_are_proved_with_the_keys_of_their_regions() {
    let (bucket, folder) = (&*BUCKET, tempfile::tempdir().unwrap());
    let (asked, keys) = bucket::public_keys(&bucket.public_keys).unwrap();
    let proxy = bucket.enter(3, Faults::default().rule(asked.clone(), keys));
    let ran = verified(folder.path(), &proxy, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["digests"]["valid"], bucket.written.digests, "{report}");
    assert_eq!(report["logs"]["valid"], bucket.written.files, "{report}");
    assert_eq!(report["problems"], serde_json::json!([]));
    let asked_for = |calls: &[Call]| {
        calls.iter().filter(|call| call.iam_action() == "cloudtrail:ListPublicKeys").count()
    };
    assert_eq!(asked_for(&proxy.calls()), 2, "once for each region");

    // Only what is asked for: one account of two, one region of two.
    let some = ["--account", "111122223333", "--region", "us-east-1"];
    let ran = verified(folder.path(), &proxy, &some);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let valid = report["digests"]["valid"].as_u64().unwrap();
    assert!(valid > 0 && valid * 4 <= bucket.written.digests, "{report}");

    // Keys of somebody else prove nothing, and no key proves nothing either.
    let strangers = Keys::generate(&plan().regions).unwrap();
    let (_, others) = bucket::public_keys(&plan().public_keys(&strangers)).unwrap();
    let (_, none) = bucket::public_keys("{}").unwrap();
    for keys in [others, none] {
        proxy.set_plan(Faults::default().rule(asked.clone(), keys));
        let ran = verified(folder.path(), &proxy, &[]);
        assert_eq!(ran.code, 7, "{ran:?}");
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(report["digests"]["valid"], 0, "{report}");
    }

    let denied = Fault::Deny { by: Layer::Identity };
    proxy.set_plan(Faults::default().rule(asked, denied));
    let ran = verified(folder.path(), &proxy, &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("(cloudtrail:ListPublicKeys) was denied"), "{}", ran.err);
}

/// A digest's signature is what S3 keeps beside it: without it, or with another's, nothing is proved.
#[test]
fn a_signature_that_is_lost_proves_nothing() {
    let (bucket, folder) = (&*BUCKET, tempfile::tempdir().unwrap());
    let (asked, keys) = bucket::public_keys(&bucket.public_keys).unwrap();
    let plain = tempfile::tempdir().unwrap();
    plan().write(plain.path()).unwrap();
    let metadata = std::fs::read_to_string(plain.path().join(METADATA)).unwrap();
    let key = metadata.lines().nth(30).unwrap().split('"').nth(3).unwrap().to_owned();
    let bare = Fault::Answer {
        status: 200,
        body: "{}".into(),
        content_type: "application/json".to_owned(),
    };
    let faults = Faults::default().rule(asked, keys).rule(get(&key), bare);
    let ran = verified(folder.path(), &bucket.enter(1_000, faults), &[]);
    assert_eq!(ran.code, 7, "{ran:?}");
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let problems = report["problems"].as_array().unwrap();
    assert!(problems.iter().any(|it| it["key"] == key.as_str()), "{key} {report}");
}

/// Requests, each with its signature.
type Seen = Arc<Mutex<Vec<(String, String)>>>;

/// A server that knows a bucket in another region, and has nothing in it; and what it was asked.
fn elsewhere() -> (String, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let asked = Arc::clone(&seen);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<String> =
                lines.map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
            let signed = head.iter().find(|line| line.to_lowercase().starts_with("authorization"));
            asked.lock().unwrap().push((head[0].clone(), signed.cloned().unwrap_or_default()));
            let body = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
            let answer = if head[0].starts_with("HEAD") {
                "301 Moved Permanently\r\nx-amz-bucket-region: ap-south-1\r\ncontent-length: 0\r\n\r\n"
                    .to_owned()
            } else {
                format!("200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
            };
            write!(stream, "HTTP/1.1 {}", answer.replacen("\r\n", "\r\nconnection: close\r\n", 1))
                .unwrap();
        }
    });
    (endpoint, seen)
}

#[test]
fn a_bucket_in_another_region_is_found_once() {
    let folder = tempfile::tempdir().unwrap();
    let (endpoint, seen) = elsewhere();
    let mut command = program(folder.path());
    command
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .args(["backfill", "--bucket-owner", "111122223333", "--endpoint-url", &endpoint]);
    let ran = run(&mut command, &["--bucket", "s3://far-trail/"]);
    assert!(ran.err.contains("no folder AWSLogs with logs in s3://far-trail"), "{ran:?}");
    let seen = seen.lock().unwrap();
    let regions: Vec<bool> = seen.iter().map(|(_, by)| by.contains("/ap-south-1/s3/")).collect();
    assert!(seen[0].0.starts_with("HEAD /far-trail") && seen[0].1.contains("/eu-west-1/s3/"));
    assert!(regions.len() > 1 && regions[1..].iter().all(|is_there| *is_there), "{seen:?}");
    assert_eq!(seen.iter().filter(|(line, _)| line.starts_with("HEAD")).count(), 1);
    assert!(seen[0].1.contains("x-amz-expected-bucket-owner"), "{}", seen[0].1);
}
