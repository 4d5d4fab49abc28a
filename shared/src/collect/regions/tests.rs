//! Regions in every state, and answers that say nothing.

use super::super::fake::{ACCOUNT, FakeAws, Reply, Setup, collect};
use super::super::fake_json::{deny_each, refused};
use super::*;
use crate::model::Status;

const ACTION: &str = "DescribeRegions";

fn answer(rows: &[(&str, Option<&str>)]) -> Reply {
    let item = |(name, state): &(&str, Option<&str>)| {
        let state =
            state.map_or_else(String::new, |state| format!("<optInStatus>{state}</optInStatus>"));
        format!("<item><regionName>{name}</regionName>{state}</item>")
    };
    let items: String = rows.iter().map(item).collect();
    Reply::new(
        200,
        format!(
            "<DescribeRegionsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
             <requestId>7a62</requestId><regionInfo>{items}</regionInfo></DescribeRegionsResponse>"
        ),
    )
}

fn world() -> FakeAws {
    FakeAws::new().on(ACTION, |_| {
        answer(&[
            ("eu-west-1", Some("opt-in-not-required")),
            ("ap-east-1", Some("opted-in")),
            ("me-south-1", Some("not-opted-in")),
            ("us-east-1", None),
        ])
    })
}

#[tokio::test]
async fn every_region_has_its_state() {
    let aws = world();
    let outcome = collect(&Regions, &aws).await;
    outcome.result.as_ref().unwrap();
    let [Entity::AccountRegions(found)] = outcome.entities("account-regions")[..] else {
        panic!("one entity")
    };
    assert_eq!(found.account.as_str(), ACCOUNT);
    let rows: Vec<(&str, OptIn)> =
        found.regions.iter().map(|(region, state)| (region.as_str(), *state)).collect();
    let expected = [
        ("ap-east-1", OptIn::OptedIn),
        ("eu-west-1", OptIn::NotRequired),
        ("me-south-1", OptIn::NotOptedIn),
        ("us-east-1", OptIn::NotRequired),
    ];
    assert_eq!(rows, expected);
    assert_eq!(outcome.status("account-regions"), &Status::Complete);
    // Without the flag AWS leaves out what is not enabled.
    assert_eq!(aws.received()[0].param("AllRegions"), "true");
    assert_eq!(aws.count(ACTION), 1);
}

#[tokio::test]
async fn what_is_no_region_is_set_aside() {
    let aws = FakeAws::new().on(ACTION, |_| {
        answer(&[("eu-west-1", None), ("mars", None), ("eu-west-2", Some("perhaps"))])
    });
    let outcome = collect(&Regions, &aws).await;
    let told = outcome.of("account-regions");
    assert!(matches!(told.status, Status::Partial { .. }), "{:?}", told.status);
    let what: Vec<&str> = told.set_aside.iter().map(|it| it.what.as_str()).collect();
    assert_eq!(what, ["mars", "eu-west-2"]);
    assert_eq!(outcome.entities("account-regions").len(), 1);
}

#[tokio::test]
async fn a_refusal_is_told() {
    deny_each(&Regions, world, Setup::default).await;
    let aws = FakeAws::new().on(ACTION, |request| request.refusal("ec2:DescribeRegions"));
    let outcome = collect(&Regions, &aws).await;
    assert_eq!(outcome.status("account-regions"), &refused("ec2:DescribeRegions"));
}
