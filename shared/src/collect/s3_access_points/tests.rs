//! Both collectors of access points over the double.

use std::sync::Arc;

use super::{S3AccessPoints, S3MultiRegionAccessPoints};
use crate::aws::session::{SessionOptions, Sessions};
use crate::collect::Collect;
use crate::collect::fake::{
    ACCOUNT, FakeAws, Outcome, Received, Reply, Setup, TestClock, collect_with,
};
use crate::collect::fake_json::{deny_each, interrupt_everywhere, run_twice};
use crate::model::resource::{Attribute, Resource, ResourcePolicy, ResourceSetting};
use crate::model::{Entity, Region, Status, Unavailable};
use crate::port::Clock;

const HOME: &str = "eu-west-1";

fn regional() -> Setup {
    Setup { region: HOME.parse().unwrap(), ..Setup::default() }
}

fn page(request: &Received, root: &str, list: &str, items: &[String], size: usize) -> Reply {
    let start: usize = request.query("nextToken").parse().unwrap_or(0);
    let end = items.len().min(start + size);
    let token =
        if end < items.len() { format!("<NextToken>{end}</NextToken>") } else { String::new() };
    let listed = items[start..end].concat();
    Reply::xml(root, format!("<{list}>{listed}</{list}>{token}"))
}

fn none(request: &Received) -> Reply {
    request.error(
        404,
        "NoSuchAccessPointPolicy",
        "The specified accesspoint does not have a policy",
    )
}

fn point(number: usize) -> String {
    let vpc = if number == 0 {
        "<NetworkOrigin>VPC</NetworkOrigin><VpcConfiguration><VpcId>vpc-1</VpcId></VpcConfiguration>"
    } else {
        "<NetworkOrigin>Internet</NetworkOrigin>"
    };
    format!(
        "<AccessPoint><Name>door-{number}</Name>{vpc}<Bucket>acme-logs</Bucket>\
         <AccessPointArn>arn:aws:s3:{HOME}:{ACCOUNT}:accesspoint/door-{number}</AccessPointArn>\
         <Alias>door-{number}-abc-s3alias</Alias><BucketAccountId>444455556666</BucketAccountId></AccessPoint>"
    )
}

/// Five access points over pages; the second has neither policy nor anything blocked.
fn world() -> FakeAws {
    let is_bare = |request: &Received| request.segment(2) == "door-1";
    FakeAws::new()
        .on("ListAccessPoints", |request| {
            let points: Vec<String> = (0..5).rev().map(point).collect();
            page(request, "ListAccessPointsResult", "AccessPointList", &points, 2)
        })
        .on("GetAccessPoint", move |request| {
            let block = "<PublicAccessBlockConfiguration><BlockPublicPolicy>true</BlockPublicPolicy>\
                         </PublicAccessBlockConfiguration>";
            Reply::xml("GetAccessPointResult", if is_bare(request) { "" } else { block })
        })
        .on("GetAccessPointPolicy", move |request| {
            if is_bare(request) {
                return none(request);
            }
            Reply::xml("GetAccessPointPolicyResult", "<Policy>{&quot;Statement&quot;:[]}</Policy>")
        })
        .on("GetAccessPointPolicyStatus", move |request| {
            if is_bare(request) {
                return none(request);
            }
            let status = "<PolicyStatus><IsPublic>false</IsPublic></PolicyStatus>";
            Reply::xml("GetAccessPointPolicyStatusResult", status)
        })
}

fn multi_region_point(number: usize) -> String {
    format!(
        "<AccessPoint><Name>world-{number}</Name><Alias>m{number}.mrap</Alias>\
         <CreatedAt>2026-01-02T03:04:05Z</CreatedAt><Status>READY</Status><PublicAccessBlock>\
         <BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlock><Regions>\
         <Region><Bucket>acme-us</Bucket><Region>us-east-1</Region></Region>\
         <Region><Bucket>acme-eu</Bucket><Region>eu-west-1</Region></Region></Regions></AccessPoint>"
    )
}

/// Three multi-region access points, one a page; the second has no policy.
fn wide_world() -> FakeAws {
    let is_bare = |request: &Received| request.segment(3) == "world-1";
    FakeAws::new()
        .on("ListMultiRegionAccessPoints", |request| {
            let points: Vec<String> = (0..3).rev().map(multi_region_point).collect();
            page(request, "ListMultiRegionAccessPointsResult", "AccessPoints", &points, 1)
        })
        .on("GetMultiRegionAccessPointPolicy", move |request| {
            let policy = "<Policy><Established><Policy>{&quot;Statement&quot;:[]}</Policy></Established>\
                          <Proposed><Policy>{}</Policy></Proposed></Policy>";
            let bare = "<Policy><Proposed><Policy>{}</Policy></Proposed></Policy>";
            let policy = if is_bare(request) { bare } else { policy };
            Reply::xml("GetMultiRegionAccessPointPolicyResult", policy)
        })
        .on("GetMultiRegionAccessPointPolicyStatus", move |request| {
            let status = "<Established><IsPublic>true</IsPublic></Established>";
            let status = if is_bare(request) { "" } else { status };
            Reply::xml("GetMultiRegionAccessPointPolicyStatusResult", status)
        })
}

async fn look(collector: &dyn Collect, aws: &FakeAws, setup: Setup) -> Outcome {
    let outcome = collect_with(collector, aws, setup).await;
    outcome.result.as_ref().unwrap();
    outcome
}

fn resource<'o>(outcome: &'o Outcome, capability: &str, number: usize) -> &'o Resource {
    match outcome.entities(capability)[number] {
        Entity::Resource(resource) => resource,
        other => panic!("{other:?}"),
    }
}

fn setting<'o>(outcome: &'o Outcome, capability: &str, number: usize) -> &'o ResourceSetting {
    match outcome.entities(capability)[number] {
        Entity::ResourceSetting(setting) => setting,
        other => panic!("{other:?}"),
    }
}

fn policy(outcome: &Outcome, number: usize) -> &ResourcePolicy {
    match outcome.entities("policy")[number] {
        Entity::ResourcePolicy(policy) => policy,
        other => panic!("{other:?}"),
    }
}

fn words(attributes: &crate::model::resource::Attributes) -> String {
    Attribute::Map(attributes.clone()).to_string()
}

#[tokio::test]
async fn access_points_with_and_without_a_policy() {
    let outcome = run_twice(&S3AccessPoints, world, regional).await;
    for info in S3AccessPoints.capabilities() {
        let coverage = outcome.of(info.name);
        assert_eq!((&coverage.status, coverage.seen), (&Status::Complete, 5), "{}", info.name);
    }
    let door = resource(&outcome, "access-points", 0);
    assert_eq!(door.arn.as_str(), format!("arn:aws:s3:{HOME}:{ACCOUNT}:accesspoint/door-0"));
    assert_eq!(door.parent.as_ref().unwrap().as_str(), "arn:aws:s3:::acme-logs");
    assert_eq!(
        words(&door.attributes),
        "alias=door-0-abc-s3alias bucket-account=444455556666 network-origin=VPC vpc=vpc-1"
    );
    assert_eq!(
        words(&setting(&outcome, "public-access-block", 0).attributes),
        "block-public-policy=yes"
    );
    assert!(!setting(&outcome, "public-access-block", 1).present);
    assert_eq!(policy(&outcome, 0).document.as_ref().unwrap().0, r#"{"Statement":[]}"#);
    assert_eq!(policy(&outcome, 1).document, None);
    assert_eq!(words(&setting(&outcome, "policy-status", 0).attributes), "public=no");
    assert!(!setting(&outcome, "policy-status", 1).present);
}

#[tokio::test]
async fn multi_region_access_points_are_asked_for_in_one_region() {
    let outcome = run_twice(&S3MultiRegionAccessPoints, wide_world, Setup::default).await;
    for info in S3MultiRegionAccessPoints.capabilities() {
        let coverage = outcome.of(info.name);
        assert_eq!((&coverage.status, coverage.seen), (&Status::Complete, 3), "{}", info.name);
    }
    let point = resource(&outcome, "multi-region-access-points", 0);
    assert_eq!(point.arn.as_str(), format!("arn:aws:s3::{ACCOUNT}:accesspoint/m0.mrap"));
    assert_eq!((point.name.as_str(), point.state.as_deref()), ("world-0", Some("READY")));
    assert_eq!(
        words(&point.attributes),
        "alias=m0.mrap buckets=bucket=acme-eu region=eu-west-1, bucket=acme-us region=us-east-1 \
         public-access-block=block-public-acls=yes"
    );
    assert_eq!(policy(&outcome, 0).document.as_ref().unwrap().0, r#"{"Statement":[]}"#);
    assert_eq!(policy(&outcome, 1).document, None, "what is only proposed holds nowhere");
    assert_eq!(words(&setting(&outcome, "policy-status", 0).attributes), "public=yes");
    assert!(!setting(&outcome, "policy-status", 1).present);

    let aws = wide_world();
    look(&S3MultiRegionAccessPoints, &aws, Setup::default()).await;
    let regions: Vec<String> = aws.received().into_iter().map(|call| call.region).collect();
    assert!(regions.iter().all(|region| region == "us-west-2"), "{regions:?}");
}

#[tokio::test]
async fn deny_one_lose_one() {
    deny_each(&S3AccessPoints, world, regional).await;
    deny_each(&S3MultiRegionAccessPoints, wide_world, Setup::default).await;
}

#[tokio::test]
async fn interrupted_anywhere() {
    interrupt_everywhere(&S3AccessPoints, world, regional).await;
    interrupt_everywhere(&S3MultiRegionAccessPoints, wide_world, Setup::default).await;
}

#[tokio::test]
async fn throttled_is_told_as_throttled() {
    let aws = world().on("ListAccessPoints", |request| request.error(503, "SlowDown", "slower"));
    let outcome = look(&S3AccessPoints, &aws, regional()).await;
    let expected = Status::Throttled { action: "s3:ListAccessPoints".to_owned() };
    for info in S3AccessPoints.capabilities() {
        assert_eq!(outcome.status(info.name), &expected, "{}", info.name);
    }
}

#[tokio::test]
async fn a_region_without_the_service_has_nothing_to_see() {
    let aws = world()
        .on("ListAccessPoints", |request| request.error(400, "OptInRequired", "not subscribed"));
    let outcome = look(&S3AccessPoints, &aws, regional()).await;
    for info in S3AccessPoints.capabilities() {
        let status = outcome.status(info.name);
        assert!(
            matches!(status, Status::Unavailable(Unavailable::ServiceOff(_))),
            "{} {status:?}",
            info.name
        );
    }
}

#[tokio::test]
async fn another_code_is_not_none() {
    for (action, capability) in
        [("GetAccessPointPolicy", "policy"), ("GetAccessPointPolicyStatus", "policy-status")]
    {
        let aws = world().on(action, |request| request.error(400, "NoSuchThing", "none"));
        let outcome = look(&S3AccessPoints, &aws, regional()).await;
        assert!(matches!(outcome.status(capability), Status::Partial { .. }), "{action}");
    }
}

#[tokio::test]
async fn an_access_point_that_is_deleted_meanwhile_is_passed_over() {
    let aws = world().on("GetAccessPointPolicy", |request| {
        request.error(404, "NoSuchAccessPoint", "The specified accesspoint does not exist")
    });
    let outcome = look(&S3AccessPoints, &aws, regional()).await;
    assert_eq!((outcome.status("policy"), outcome.of("policy").seen), (&Status::Complete, 0));
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside() {
    let aws = world().on("ListAccessPoints", |_| {
        let listed = "<AccessPoint><Name></Name><NetworkOrigin>Internet</NetworkOrigin><Bucket>b</Bucket></AccessPoint>\
                      <AccessPoint><Name>lake</Name><NetworkOrigin>Internet</NetworkOrigin><Bucket></Bucket>\
                      <DataSourceType>FSX_ONTAP</DataSourceType></AccessPoint>";
        Reply::xml("ListAccessPointsResult", format!("<AccessPointList>{listed}</AccessPointList>"))
    });
    let outcome = look(&S3AccessPoints, &aws, regional()).await;
    for info in S3AccessPoints.capabilities() {
        let coverage = outcome.of(info.name);
        assert!(coverage.status.is_gap(), "{}", info.name);
        assert_eq!((coverage.seen, coverage.set_aside.len()), (1, 1), "{}", info.name);
    }
    let lake = resource(&outcome, "access-points", 0);
    assert_eq!(lake.parent, None);
    assert_eq!(lake.arn.as_str(), format!("arn:aws:s3:{HOME}:{ACCOUNT}:accesspoint/lake"));
    assert_eq!(words(&lake.attributes), "data-source-type=FSX_ONTAP network-origin=Internet");

    let aws = wide_world().on("ListMultiRegionAccessPoints", |_| {
        let listed = "<AccessPoint><Name>young</Name><Status>CREATING</Status></AccessPoint>";
        Reply::xml(
            "ListMultiRegionAccessPointsResult",
            format!("<AccessPoints>{listed}</AccessPoints>"),
        )
    });
    let outcome = look(&S3MultiRegionAccessPoints, &aws, Setup::default()).await;
    let aside = &outcome.of("multi-region-access-points").set_aside[0];
    assert_eq!(aside.what, "multi-region access point \"young\"");
    assert!(outcome.status("policy").is_gap());
}

#[tokio::test]
async fn other_partitions_have_no_multi_region_access_points() {
    let identity = "<Arn>arn:aws-us-gov:iam::111122223333:user/caller</Arn><UserId>AIDACALLEREXAMPLE</UserId>\
                    <Account>111122223333</Account>";
    let aws =
        wide_world().on("GetCallerIdentity", move |_| Reply::ok("GetCallerIdentity", identity));
    let outcome = look(&S3MultiRegionAccessPoints, &aws, Setup::default()).await;
    for info in S3MultiRegionAccessPoints.capabilities() {
        assert!(
            matches!(outcome.status(info.name), Status::Unavailable(Unavailable::ServiceOff(why)) if why.contains("aws-us-gov")),
            "{}",
            info.name
        );
    }
    assert!(aws.received().is_empty());
}

/// The SDK puts the account before AWS's own host, and would before ours, where no such name exists.
#[tokio::test]
async fn an_endpoint_of_our_own_is_asked_as_it_is() {
    let region: Region = HOME.parse().unwrap();
    for (endpoint, host) in [
        (None, format!("{ACCOUNT}.s3-control.{HOME}.amazonaws.com")),
        (Some("http://127.0.0.1:4566"), "127.0.0.1:4566".to_owned()),
    ] {
        let aws = world();
        let mut config = aws.config().to_builder();
        config.set_endpoint_url(endpoint.map(str::to_owned));
        let clock: Arc<dyn Clock> = Arc::new(TestClock::new());
        let sessions =
            Sessions::connect(config.build(), SessionOptions::default(), clock).await.unwrap();
        let session = sessions.session(&ACCOUNT.parse().unwrap()).await.unwrap();
        let client = session.s3_control(&region);
        client.list_access_points().account_id(ACCOUNT).send().await.unwrap();
        let call = &aws.received()[0];
        assert_eq!((&call.host, call.region.as_str()), (&host, HOME));
    }
}
