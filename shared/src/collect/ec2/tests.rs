//! Instances in every state, page by page.

use super::super::fake::{ACCOUNT, FakeAws, Received, Reply, Setup, collect_with, slice};
use super::super::fake_json::{
    deny_each, interrupt_everywhere, not_offered, run_twice, throttle_each,
};
use super::*;
use crate::model::{Status, Unavailable};

const ACTION: &str = "DescribeInstances";

fn setup() -> Setup {
    Setup { region: "eu-west-1".parse().unwrap(), ..Setup::default() }
}

/// An instance with everything that is read of it.
fn whole() -> String {
    format!(
        "<instanceId>i-0aaa</instanceId><imageId>ami-1</imageId><instanceState><code>16</code>\
         <name>running</name></instanceState><privateDnsName>ip-10-0-0-5.eu-west-1.compute.internal\
         </privateDnsName><dnsName>ec2-203-0-113-9.eu-west-1.compute.amazonaws.com</dnsName>\
         <keyName>ops</keyName><instanceType>m7g.large</instanceType>\
         <launchTime>2026-01-02T03:04:05.000Z</launchTime><placement><availabilityZone>eu-west-1b\
         </availabilityZone></placement><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId>\
         <privateIpAddress>10.0.0.5</privateIpAddress><ipAddress>203.0.113.9</ipAddress>\
         <groupSet><item><groupId>sg-2</groupId><groupName>b</groupName></item><item>\
         <groupId>sg-1</groupId><groupName>a</groupName></item></groupSet>\
         <architecture>arm64</architecture><platformDetails>Linux/UNIX</platformDetails>\
         <iamInstanceProfile><arn>arn:aws:iam::{ACCOUNT}:instance-profile/web</arn><id>AIPA1</id>\
         </iamInstanceProfile><tagSet><item><key>Name</key><value>=cmd|' /C calc'!A0</value></item>\
         <item><key>Owner</key><value>ana</value></item></tagSet><metadataOptions>\
         <state>applied</state><httpTokens>required</httpTokens>\
         <httpPutResponseHopLimit>2</httpPutResponseHopLimit><httpEndpoint>enabled</httpEndpoint>\
         </metadataOptions><networkInterfaceSet><item><ipv6AddressesSet><item>\
         <ipv6Address>2001:db8::1</ipv6Address></item></ipv6AddressesSet></item>\
         </networkInterfaceSet><instanceLifecycle>spot</instanceLifecycle>\
         <operator><managed>true</managed><principal>eks.amazonaws.com</principal></operator>"
    )
}

fn bare(id: &str, state: &str) -> String {
    format!("<instanceId>{id}</instanceId><instanceState><name>{state}</name></instanceState>")
}

/// Each reservation holds the instances between two bars.
fn answer(reservations: &[String], next: Option<&str>) -> Reply {
    let reservation = |instances: &String| {
        let item = |it: &str| format!("<item>{it}</item>");
        let items: String = instances.split('|').map(item).collect();
        format!(
            "<item><reservationId>r-1</reservationId><ownerId>{ACCOUNT}</ownerId>\
             <instancesSet>{items}</instancesSet></item>"
        )
    };
    let set: String = reservations.iter().map(reservation).collect();
    let next = next.map_or_else(String::new, |next| format!("<nextToken>{next}</nextToken>"));
    Reply::new(
        200,
        format!(
            "<DescribeInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
             <reservationSet>{set}</reservationSet>{next}</DescribeInstancesResponse>"
        ),
    )
}

fn reservations() -> Vec<String> {
    let many = (0..3).map(|number| bare(&format!("i-0{number}bb"), "stopped"));
    std::iter::once(whole().replace('|', "&#124;"))
        .chain(many)
        .chain([format!("{}|{}", bare("i-0ccc", "terminated"), bare("i-0ddd", "pending"))])
        .collect()
}

fn paged(request: &Received) -> Reply {
    let all = reservations();
    let (some, next) = slice(&all, request.param("NextToken"), 1);
    answer(some, next.as_deref())
}

fn world() -> FakeAws {
    FakeAws::new().on(ACTION, paged)
}

#[tokio::test]
async fn an_instance_with_everything() {
    let outcome = run_twice(&Ec2, world, setup).await;
    let expected = Resource {
        arn: format!("arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-0aaa").parse().unwrap(),
        resource_type: ResourceType::Instance,
        name: "=cmd|' /C calc'!A0".to_owned(),
        created: None,
        state: Some("running".to_owned()),
        parent: None,
        acts_as: vec![format!("arn:aws:iam::{ACCOUNT}:instance-profile/web").parse().unwrap()],
        tags: Some(Tags::from([
            ("Name".to_owned(), "=cmd|' /C calc'!A0".to_owned()),
            ("Owner".to_owned(), "ana".to_owned()),
        ])),
        attributes: attributes([
            ("instance-id", text(Some("i-0aaa"))),
            ("instance-type", text(Some("m7g.large"))),
            ("architecture", text(Some("arm64"))),
            ("image-id", text(Some("ami-1"))),
            ("platform", text(Some("Linux/UNIX"))),
            ("launch-time", Some(Attribute::Time("2026-01-02T03:04:05Z".parse().unwrap()))),
            ("availability-zone", text(Some("eu-west-1b"))),
            ("vpc-id", text(Some("vpc-1"))),
            ("subnet-id", text(Some("subnet-1"))),
            ("security-groups", Some(vec!["sg-1", "sg-2"].into())),
            ("private-ip-address", text(Some("10.0.0.5"))),
            ("public-ip-address", text(Some("203.0.113.9"))),
            ("ipv6-addresses", Some(vec!["2001:db8::1"].into())),
            ("private-dns-name", text(Some("ip-10-0-0-5.eu-west-1.compute.internal"))),
            ("public-dns-name", text(Some("ec2-203-0-113-9.eu-west-1.compute.amazonaws.com"))),
            ("key-name", text(Some("ops"))),
            ("metadata-endpoint", text(Some("enabled"))),
            ("metadata-tokens", text(Some("required"))),
            ("metadata-hop-limit", Some(2.into())),
            ("lifecycle", text(Some("spot"))),
            ("operator", text(Some("eks.amazonaws.com"))),
        ]),
    };
    assert_eq!(outcome.resources(INSTANCES)[0], &expected);
    assert_eq!(outcome.sightings().next().unwrap().scope.region.as_str(), "eu-west-1");
}

#[tokio::test]
async fn pages_of_one_reservation_keep_every_state() {
    let aws = world();
    let outcome = collect_with(&Ec2, &aws, setup()).await;
    let states: Vec<(&str, &str)> = outcome
        .resources(INSTANCES)
        .into_iter()
        .map(|it| (it.arn.name(), it.state.as_deref().unwrap()))
        .collect();
    let expected = [
        ("i-0aaa", "running"),
        ("i-00bb", "stopped"),
        ("i-01bb", "stopped"),
        ("i-02bb", "stopped"),
        ("i-0ccc", "terminated"),
        ("i-0ddd", "pending"),
    ];
    assert_eq!(states, expected);
    assert_eq!((outcome.of(INSTANCES).seen, outcome.status(INSTANCES)), (6, &Status::Complete));
    assert_eq!(aws.count(ACTION), 5);
    for request in aws.received() {
        assert_eq!(request.param("MaxResults"), "500");
        assert_eq!(request.param("IncludeManagedResources"), "true");
    }
}

#[tokio::test]
async fn what_every_collector_holds() {
    deny_each(&Ec2, world, setup).await;
    throttle_each(&Ec2, world, setup).await;
    interrupt_everywhere(&Ec2, world, setup).await;
    not_offered(&Ec2, setup).await;
}

#[tokio::test]
async fn a_region_that_lacks_the_service_is_named() {
    let aws =
        FakeAws::new().on(ACTION, |request| request.error(401, "OptInRequired", "not subscribed"));
    let outcome = collect_with(&Ec2, &aws, setup()).await;
    let Status::Unavailable(Unavailable::ServiceOff(why)) = outcome.status(INSTANCES) else {
        panic!("{:?}", outcome.status(INSTANCES))
    };
    assert_eq!(why, "ec2 is not offered in eu-west-1");
}

#[tokio::test]
async fn a_list_that_breaks_off_keeps_what_was_read() {
    for (code, requests) in [("UnauthorizedOperation", 2), ("InternalError", 2)] {
        let aws = FakeAws::new().on(ACTION, move |request| match request.param("NextToken") {
            "" => paged(request),
            _ => request.error(500, code, "no"),
        });
        let outcome = collect_with(&Ec2, &aws, setup()).await;
        let Status::Partial { action, .. } = outcome.status(INSTANCES) else {
            panic!("{code}: {:?}", outcome.status(INSTANCES))
        };
        assert_eq!((action.as_str(), outcome.of(INSTANCES).seen), ("ec2:DescribeInstances", 1));
        assert_eq!(aws.count(ACTION), requests, "{code}");
    }
}

#[tokio::test]
async fn a_token_that_is_refused_starts_the_list_again_once() {
    let mut refusals = 0;
    let aws = FakeAws::new().on(ACTION, move |request| match request.param("NextToken") {
        "2" if refusals < 1 => {
            refusals += 1;
            request.error(400, "InvalidNextToken", "expired")
        }
        _ => paged(request),
    });
    let outcome = collect_with(&Ec2, &aws, setup()).await;
    assert_eq!((outcome.of(INSTANCES).seen, outcome.status(INSTANCES)), (6, &Status::Complete));
    assert_eq!(aws.count(ACTION), 3 + 5);
    let aws = FakeAws::new().on(ACTION, |request| match request.param("NextToken") {
        "2" => request.error(400, "InvalidNextToken", "expired"),
        _ => paged(request),
    });
    let outcome = collect_with(&Ec2, &aws, setup()).await;
    assert!(matches!(outcome.status(INSTANCES), Status::Partial { .. }));
    assert_eq!(aws.count(ACTION), 6, "not again and again");
}

#[tokio::test]
async fn a_token_that_repeats_ends_the_list_with_a_gap() {
    let aws = FakeAws::new().on(ACTION, |_| answer(&[bare("i-0aaa", "running")], Some("again")));
    let outcome = collect_with(&Ec2, &aws, setup()).await;
    assert!(matches!(outcome.status(INSTANCES), Status::Partial { .. }));
    assert_eq!(aws.count(ACTION), 2);
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside_and_its_neighbours_are_kept() {
    let nameless = "<instanceState><name>running</name></instanceState>".to_owned();
    let hostile = bare("i-0\u{7f}", "running");
    let no_arn = format!(
        "{}<iamInstanceProfile><arn>web</arn></iamInstanceProfile>",
        bare("i-0eee", "running")
    );
    let aws = FakeAws::new().on(ACTION, move |_| {
        answer(&[nameless.clone(), hostile.clone(), no_arn.clone(), bare("i-0aaa", "x")], None)
    });
    let outcome = collect_with(&Ec2, &aws, setup()).await;
    let told = outcome.of(INSTANCES);
    assert!(matches!(told.status, Status::Partial { .. }), "{:?}", told.status);
    let role = format!("a role of arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-0eee");
    assert_eq!(outcome.set_aside(INSTANCES), ["an instance", "instance \"i-0\\u{7f}\"", &role]);
    let kept: Vec<&str> =
        outcome.resources(INSTANCES).into_iter().map(|it| it.arn.name()).collect();
    assert_eq!(kept, ["i-0aaa", "i-0eee"]);
}
