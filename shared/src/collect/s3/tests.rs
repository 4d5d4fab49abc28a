//! The S3 collector over the double.

use std::collections::BTreeSet;

use super::S3;
use crate::collect::fake::{
    ACCOUNT, FakeAws, Outcome, Received, Reply, Setup, collect, collect_with,
};
use crate::collect::fake_json::{deny_each, interrupt_everywhere, refused, run_twice};
use crate::collect::{Collect as _, Options};
use crate::model::resource::{Attribute, ResourceSetting};
use crate::model::{Entity, Status, Timestamp};

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[]}"#;

/// What is set on every second bucket, by action.
const SET: [(&str, &str, &str); 9] = [
    ("GetBucketPolicy", "", POLICY),
    ("GetBucketPolicyStatus", "PolicyStatus", "<IsPublic>true</IsPublic>"),
    (
        "GetBucketAcl",
        "AccessControlPolicy",
        "<Owner><ID>0a1b</ID></Owner><AccessControlList>\
         <Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\">\
         <URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant>\
         <Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\">\
         <ID>0a1b</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList>",
    ),
    (
        "GetBucketOwnershipControls",
        "OwnershipControls",
        "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>",
    ),
    (
        "GetBucketPublicAccessBlock",
        "PublicAccessBlockConfiguration",
        "<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>false</IgnorePublicAcls>\
         <BlockPublicPolicy>true</BlockPublicPolicy>",
    ),
    (
        "GetEncryptionConfiguration",
        "ServerSideEncryptionConfiguration",
        "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm>\
         <KMSMasterKeyID>arn:aws:kms:eu-west-1:111122223333:key/1</KMSMasterKeyID>\
         </ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule>",
    ),
    (
        "GetBucketVersioning",
        "VersioningConfiguration",
        "<Status>Enabled</Status><MfaDelete>Disabled</MfaDelete>",
    ),
    (
        "GetBucketLogging",
        "BucketLoggingStatus",
        "<LoggingEnabled><TargetBucket>logs</TargetBucket><TargetPrefix>a/</TargetPrefix></LoggingEnabled>",
    ),
    (
        "GetBucketNotification",
        "NotificationConfiguration",
        "<TopicConfiguration><Topic>arn:aws:sns:eu-west-1:111122223333:t</Topic><Event>s3:ObjectCreated:*</Event>\
         </TopicConfiguration><CloudFunctionConfiguration>\
         <CloudFunction>arn:aws:lambda:eu-west-1:111122223333:function:f</CloudFunction>\
         <Event>s3:ObjectRemoved:*</Event></CloudFunctionConfiguration>\
         <EventBridgeConfiguration></EventBridgeConfiguration>",
    ),
];

/// How S3 says that there is no such thing on a bucket: with an error, or with an empty answer.
const NONE: [(&str, &str); 9] = [
    ("GetBucketPolicy", "NoSuchBucketPolicy"),
    ("GetBucketPolicyStatus", "NoSuchBucketPolicy"),
    ("GetBucketAcl", ""),
    ("GetBucketOwnershipControls", "OwnershipControlsNotFoundError"),
    ("GetBucketPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration"),
    ("GetEncryptionConfiguration", "ServerSideEncryptionConfigurationNotFoundError"),
    ("GetBucketVersioning", ""),
    ("GetBucketLogging", ""),
    ("GetBucketNotification", ""),
];

fn buckets(request: &Received, count: usize, region: Option<&str>) -> Reply {
    const PAGE: usize = 2;
    let start: usize = request.query("continuation-token").parse().unwrap_or(0);
    let end = count.min(start + PAGE);
    let region = region.map_or_else(String::new, |it| format!("<BucketRegion>{it}</BucketRegion>"));
    let bucket = |number: usize| {
        format!(
            "<Bucket><Name>acme-{:02}</Name><CreationDate>2026-01-02T03:04:05.000Z</CreationDate>{region}</Bucket>",
            count - 1 - number
        )
    };
    let listed: String = (start..end).map(bucket).collect();
    let token = if end < count {
        format!("<ContinuationToken>{end}</ContinuationToken>")
    } else {
        String::new()
    };
    Reply::xml("ListAllMyBucketsResult", format!("<Buckets>{listed}</Buckets>{token}"))
}

fn number(request: &Received) -> usize {
    request.segment(0).rsplit('-').next().unwrap().parse().unwrap()
}

/// The answer of a bucket on which all is set.
fn set(action: &str) -> Reply {
    let (_, root, inside) = SET.iter().find(|(it, ..)| *it == action).unwrap();
    if root.is_empty() { Reply::new(200, *inside) } else { Reply::xml(root, inside) }
}

/// The answer of a bucket on which nothing is set.
fn none(request: &Received) -> Reply {
    let (_, code) = NONE.iter().find(|(it, _)| *it == request.action).unwrap();
    match (*code, request.action.as_str()) {
        ("", "GetBucketAcl") => Reply::xml("AccessControlPolicy", ""),
        ("", action) => {
            let (_, root, _) = SET.iter().find(|(it, ..)| *it == action).unwrap();
            Reply::xml(root, "")
        }
        (code, _) => request.error(404, code, "The configuration does not exist"),
    }
}

/// Six buckets over pages, in no region that the list would show; all is set on every second one.
fn world() -> FakeAws {
    let aws = FakeAws::new()
        .on("ListAllMyBuckets", |request| buckets(request, 6, None))
        .on("GetBucketLocation", |_| Reply::xml("LocationConstraint", "EU"))
        .on("GetAccountPublicAccessBlock", |_| {
            Reply::xml(
                "PublicAccessBlockConfiguration",
                "<BlockPublicAcls>true</BlockPublicAcls><RestrictPublicBuckets>false</RestrictPublicBuckets>",
            )
        });
    SET.iter().fold(aws, |aws, (action, ..)| {
        aws.on(action, |request| {
            if number(request).is_multiple_of(2) { set(&request.action) } else { none(request) }
        })
    })
}

async fn look(aws: &FakeAws) -> Outcome {
    let outcome = collect(&S3, aws).await;
    outcome.result.as_ref().unwrap();
    outcome
}

fn settings<'o>(outcome: &'o Outcome, capability: &str) -> Vec<&'o ResourceSetting> {
    let settings = outcome.entities(capability).into_iter();
    settings
        .map(|entity| match entity {
            Entity::ResourceSetting(setting) => setting,
            other => panic!("{other:?}"),
        })
        .collect()
}

#[tokio::test]
async fn buckets_with_all_that_is_set_on_them() {
    let outcome = run_twice(&S3, world, Setup::default).await;
    for info in S3.capabilities() {
        let coverage = outcome.of(info.name);
        assert_eq!(coverage.status, Status::Complete, "{}", info.name);
        let expected = if info.name == "account-public-access-block" { 1 } else { 6 };
        assert_eq!(coverage.seen, expected, "{}", info.name);
        let keys: Vec<String> =
            outcome.entities(info.name).iter().map(|entity| entity.key()).collect();
        assert!(keys.is_sorted(), "{}", info.name);
    }
    let Entity::Resource(bucket) = outcome.entities("buckets")[0] else { panic!() };
    assert_eq!((bucket.arn.as_str(), bucket.name.as_str()), ("arn:aws:s3:::acme-00", "acme-00"));
    let created: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    assert_eq!(bucket.created, Some(created));
    assert!(bucket.attributes.is_empty(), "no region is told where none is known");
    let Entity::ResourcePolicy(policy) = outcome.entities("policy")[0] else { panic!() };
    assert_eq!(policy.document.as_ref().unwrap().0, POLICY);
}

#[tokio::test]
async fn settings_in_words() {
    let outcome = look(&world()).await;
    let rows = [
        ("location", "region=eu-west-1"),
        ("policy-status", "public=yes"),
        (
            "acl",
            "grants=id=0a1b permission=FULL_CONTROL type=CanonicalUser, permission=READ type=Group \
             uri=http://acs.amazonaws.com/groups/global/AllUsers owner=0a1b",
        ),
        ("ownership-controls", "object-ownership=BucketOwnerEnforced"),
        (
            "public-access-block",
            "block-public-acls=yes block-public-policy=yes ignore-public-acls=no",
        ),
        (
            "encryption",
            "rules=algorithm=aws:kms bucket-key=yes kms-key=arn:aws:kms:eu-west-1:111122223333:key/1",
        ),
        ("versioning", "mfa-delete=Disabled status=Enabled"),
        ("logging", "target-bucket=logs target-prefix=a/"),
        (
            "notification",
            "event-bridge=yes functions=arn=arn:aws:lambda:eu-west-1:111122223333:function:f \
             events=s3:ObjectRemoved:* topics=arn=arn:aws:sns:eu-west-1:111122223333:t \
             events=s3:ObjectCreated:*",
        ),
        ("account-public-access-block", "block-public-acls=yes restrict-public-buckets=no"),
    ];
    for (capability, words) in rows {
        let setting = settings(&outcome, capability)[0];
        assert!(setting.present, "{capability}");
        assert_eq!(Attribute::Map(setting.attributes.clone()).to_string(), words, "{capability}");
    }
    let account = settings(&outcome, "account-public-access-block")[0];
    assert_eq!(account.resource.as_str(), format!("arn:aws:iam::{ACCOUNT}:root"));
    assert_eq!(account.name, "public-access-block");
}

#[tokio::test]
async fn what_is_not_set_is_told_as_not_set() {
    let outcome = look(&world()).await;
    let optional = [
        "policy-status",
        "ownership-controls",
        "public-access-block",
        "encryption",
        "versioning",
        "logging",
        "notification",
    ];
    for capability in optional {
        let setting = settings(&outcome, capability)[1];
        assert_eq!(setting.resource.as_str(), "arn:aws:s3:::acme-01", "{capability}");
        assert!(!setting.present && setting.attributes.is_empty(), "{capability}");
    }
    let Entity::ResourcePolicy(policy) = outcome.entities("policy")[1] else { panic!() };
    assert_eq!(policy.document, None);

    let aws = world().on("GetAccountPublicAccessBlock", |request| {
        request.error(404, "NoSuchPublicAccessBlockConfiguration", "none")
    });
    let outcome = look(&aws).await;
    assert!(!settings(&outcome, "account-public-access-block")[0].present);
    assert_eq!(outcome.status("account-public-access-block"), &Status::Complete);
}

/// "None" is what one code says of one thing: any other code is a gap.
#[tokio::test]
async fn another_code_is_not_none() {
    for (action, _) in NONE {
        let aws = world().on(action, |request| request.error(400, "NoSuchThing", "none"));
        let outcome = look(&aws).await;
        let call = S3.calls().iter().find(|call| call.action.ends_with(&format!(":{action}")));
        let capability = call.unwrap().capability;
        assert!(matches!(outcome.status(capability), Status::Partial { .. }), "{action}");
        assert!(outcome.entities(capability).is_empty(), "{action}");
    }
}

#[tokio::test]
async fn deny_one_lose_one() {
    deny_each(&S3, world, Setup::default).await;
}

#[tokio::test]
async fn interrupted_anywhere() {
    interrupt_everywhere(&S3, world, Setup::default).await;
}

#[tokio::test]
async fn throttled_is_told_as_throttled() {
    let aws = world().on("GetBucketAcl", |request| request.error(503, "SlowDown", "slower"));
    let outcome = look(&aws).await;
    assert_eq!(outcome.status("acl"), &Status::Throttled { action: "s3:GetBucketAcl".to_owned() });
    assert_eq!(outcome.status("logging"), &Status::Complete);
}

/// The list shows the regions, so nobody is asked for them, and each bucket is asked where it is.
#[tokio::test]
async fn each_bucket_is_asked_in_its_region() {
    let aws = world().on("ListAllMyBuckets", |request| buckets(request, 6, Some("ap-south-1")));
    let outcome = look(&aws).await;
    let Entity::Resource(bucket) = outcome.entities("buckets")[0] else { panic!() };
    assert_eq!(bucket.attributes["region"], "ap-south-1".into());
    assert_eq!((outcome.of("location").seen, aws.count("GetBucketLocation")), (0, 0));
    assert_eq!(outcome.status("location"), &Status::Complete);
    let counts = aws.counts();
    for (action, ..) in SET {
        assert_eq!(counts[action], 6, "{action}: one call a bucket");
    }
    for call in aws.received() {
        let of_bucket = SET.iter().any(|(action, ..)| *action == call.action);
        assert_eq!(call.region == "ap-south-1", of_bucket, "{} in {}", call.action, call.region);
    }
}

#[tokio::test]
async fn locations_of_every_age() {
    let aws = world().on("GetBucketLocation", |request| {
        Reply::xml(
            "LocationConstraint",
            ["", "EU", "eu-central-1", "Frankfurt", "", ""][number(request)],
        )
    });
    let outcome = look(&aws).await;
    let regions: Vec<String> = settings(&outcome, "location")
        .iter()
        .map(|setting| setting.attributes["region"].to_string())
        .collect();
    assert_eq!(regions, ["us-east-1", "eu-west-1", "eu-central-1", "us-east-1", "us-east-1"]);
    let location = outcome.of("location");
    assert!(location.status.is_gap());
    assert_eq!(location.set_aside[0].what, "location of arn:aws:s3:::acme-03");
    let asked: BTreeSet<(String, String)> = aws
        .received()
        .iter()
        .filter(|call| call.action == "GetBucketAcl")
        .map(|call| (call.segment(0).to_owned(), call.region.clone()))
        .collect();
    assert!(asked.contains(&("acme-02".to_owned(), "eu-central-1".to_owned())), "{asked:?}");
}

/// A bucket whose region nobody may ask for says it when it is asked in the wrong one, once.
#[tokio::test]
async fn a_bucket_that_is_elsewhere_is_followed() {
    for (status, code) in [(301, "PermanentRedirect"), (400, "AuthorizationHeaderMalformed")] {
        let world =
            world().on("GetBucketLocation", |request| request.refusal("s3:GetBucketLocation"));
        let aws = SET.iter().fold(world, |aws, (action, ..)| {
            aws.on(action, move |request| {
                if request.region == "eu-central-1" {
                    return set(&request.action);
                }
                request
                    .error(status, code, "elsewhere")
                    .with_header("x-amz-bucket-region", "eu-central-1")
            })
        });
        let outcome = look(&aws).await;
        assert_eq!(outcome.status("location"), &refused("s3:GetBucketLocation"));
        for info in S3.capabilities().iter().skip(2) {
            assert_eq!(outcome.status(info.name), &Status::Complete, "{code} {}", info.name);
        }
        assert_eq!(aws.count("GetBucketPolicy"), 12);
        assert_eq!(aws.count("GetBucketAcl"), 6, "the way is known by now");
    }
}

/// One that sends in circles is a gap and no endless walk.
#[tokio::test]
async fn a_bucket_that_is_nowhere_is_a_gap() {
    let aws = world().on("GetBucketAcl", |request| {
        let other = if request.region == "eu-west-2" { "eu-west-3" } else { "eu-west-2" };
        request
            .error(301, "PermanentRedirect", "elsewhere")
            .with_header("x-amz-bucket-region", other)
    });
    let outcome = look(&aws).await;
    assert!(matches!(outcome.status("acl"), Status::Partial { .. }));
    assert_eq!(aws.count("GetBucketAcl"), 12);
}

#[tokio::test]
async fn a_bucket_that_is_deleted_meanwhile_is_passed_over() {
    let aws = world().on("GetBucketPolicy", |request| match number(request) {
        3 => request.error(404, "NoSuchBucket", "The specified bucket does not exist"),
        _ => set("GetBucketPolicy"),
    });
    let outcome = look(&aws).await;
    assert_eq!((outcome.status("policy"), outcome.of("policy").seen), (&Status::Complete, 5));
}

#[tokio::test]
async fn one_refused_bucket_leaves_the_capability_partial() {
    let aws = world().on("GetBucketPolicy", |request| match number(request) {
        0 => request.refusal("s3:GetBucketPolicy"),
        _ => set("GetBucketPolicy"),
    });
    let outcome = look(&aws).await;
    let Status::Partial { action, .. } = outcome.status("policy") else { panic!() };
    assert_eq!((action.as_str(), outcome.of("policy").seen), ("s3:GetBucketPolicy", 5));
}

/// A name may be another account's by the time it is asked about.
#[tokio::test]
async fn every_call_names_the_owner() {
    let aws = world();
    look(&aws).await;
    let mut of_buckets = 0;
    for call in aws.received() {
        if SET.iter().any(|(action, ..)| *action == call.action) {
            of_buckets += 1;
            assert_eq!(call.owner.as_deref(), Some(ACCOUNT), "{}", call.action);
        }
    }
    assert_eq!(of_buckets, 54);
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside() {
    let aws = world()
        .on("ListAllMyBuckets", |_| {
            let listed = "<Bucket></Bucket><Bucket><Name>acme-00</Name>\
                          <BucketRegion>Mars</BucketRegion></Bucket>";
            Reply::xml("ListAllMyBucketsResult", format!("<Buckets>{listed}</Buckets>"))
        })
        .on("GetBucketPolicyStatus", |_| Reply::xml("PolicyStatus", ""))
        .on("GetBucketAcl", |_| {
            let grant = "<AccessControlList><Grant><Permission>READ</Permission></Grant></AccessControlList>";
            Reply::xml("AccessControlPolicy", grant)
        })
        .on("GetBucketOwnershipControls", |_| Reply::xml("OwnershipControls", ""));
    let outcome = look(&aws).await;
    for info in S3.capabilities().iter().filter(|info| info.name != "account-public-access-block") {
        let coverage = outcome.of(info.name);
        assert!(coverage.status.is_gap(), "{}", info.name);
        assert_eq!(coverage.set_aside[0].what, "bucket \"\"", "{}", info.name);
    }
    for (capability, reason) in [
        ("policy-status", "AWS returned an answer without it"),
        ("acl", "a grant names no grantee or no permission"),
        ("ownership-controls", "AWS returned an answer without it"),
    ] {
        let coverage = outcome.of(capability);
        assert_eq!((coverage.seen, coverage.set_aside.len()), (0, 2), "{capability}");
        assert_eq!(coverage.set_aside[1].reason, reason, "{capability}");
    }
    // A region that is none is as good as no region: the bucket is asked.
    assert_eq!((outcome.of("buckets").seen, outcome.of("location").seen), (1, 1));
}

#[tokio::test]
async fn a_list_that_breaks_off_is_a_gap_for_all_that_starts_from_it() {
    let aws = world().on("ListAllMyBuckets", |request| {
        match request.query("continuation-token").as_str() {
            "4" => request.refusal("s3:ListAllMyBuckets"),
            _ => buckets(request, 6, None),
        }
    });
    let outcome = look(&aws).await;
    assert_eq!(outcome.of("buckets").seen, 4, "what was listed is kept");
    for info in S3.capabilities().iter().filter(|info| info.name != "account-public-access-block") {
        assert!(outcome.status(info.name).is_gap(), "{}", info.name);
    }
    assert_eq!(outcome.of("logging").seen, 4);
}

fn excluding(region: &str) -> Setup {
    let mut setup = Setup::default();
    setup.options.excluded_regions.insert(region.parse().unwrap());
    setup
}

/// What is in an excluded region is not asked about, and what starts from the list is excluded with it.
#[tokio::test]
async fn buckets_of_an_excluded_region_are_left_out() {
    let listed = |_: &Received| {
        let bucket = |name: &str, region: &str| {
            format!("<Bucket><Name>{name}</Name><BucketRegion>{region}</BucketRegion></Bucket>")
        };
        let all = [bucket("acme-00", "eu-west-1"), bucket("acme-01", "us-east-1")].concat();
        Reply::xml("ListAllMyBucketsResult", format!("<Buckets>{all}</Buckets>"))
    };
    let only = Setup {
        options: Options { regions: ["eu-west-1".parse().unwrap()].into(), ..Options::default() },
        ..Setup::default()
    };
    for (setup, filter) in
        [(excluding("us-east-1"), "regions.exclude us-east-1"), (only, "regions eu-west-1")]
    {
        let aws = world().on("ListAllMyBuckets", listed);
        let outcome = collect_with(&S3, &aws, setup).await;
        for info in S3.capabilities() {
            let expected = match info.name {
                "account-public-access-block" => Status::Complete,
                _ => Status::Excluded(filter.to_owned()),
            };
            assert_eq!(outcome.status(info.name), &expected, "{}", info.name);
        }
        assert_eq!(outcome.of("buckets").seen, 1);
        let of_other = |call: &Received| call.segment(0) == "acme-01";
        assert!(!aws.received().iter().any(of_other), "nothing is asked of the other");
        assert_eq!(aws.count("GetBucketAcl"), 1);
    }
}

/// Where the list shows no region, the location does: nothing more is asked of the bucket.
#[tokio::test]
async fn buckets_whose_location_is_excluded_are_asked_for_nothing_more() {
    let aws = world().on("GetBucketLocation", |request| {
        let location = if number(request) == 2 { "us-west-2" } else { "EU" };
        Reply::xml("LocationConstraint", location)
    });
    let outcome = collect_with(&S3, &aws, excluding("us-west-2")).await;
    assert_eq!((outcome.of("buckets").seen, outcome.of("location").seen), (6, 6));
    assert_eq!(outcome.status("location"), &Status::Complete);
    let excluded = Status::Excluded("regions.exclude us-west-2".to_owned());
    assert_eq!((outcome.status("acl"), outcome.of("acl").seen), (&excluded, 5));
    let of_it = aws.received().into_iter().filter(|call| call.segment(0) == "acme-02");
    let actions: BTreeSet<String> = of_it.map(|call| call.action).collect();
    assert_eq!(actions, ["GetBucketLocation".to_owned()].into());
}
