//! What is made of the facts: who is reached, which regions are heard, which trail is used, what is said of it all.

use super::*;
use crate::setup::fake::{BUCKET, FakeCloud, ROOT};
use crate::setup::plan::deployed;

async fn facts(cloud: &FakeCloud, wanted: &Wanted) -> Facts {
    let region = "eu-west-1".parse().unwrap();
    Facts::find(cloud, &region, wanted, BTreeMap::new()).await.unwrap()
}

fn wanted() -> Wanted {
    Wanted::everything("accesstrail-0123456789abcdef")
}

fn trail(name: &str) -> TrailFound {
    TrailFound {
        arn: format!("arn:aws:cloudtrail:eu-west-1:111122223333:trail/{name}"),
        bucket: name.to_owned(),
        bucket_owner: None,
        bucket_region: None,
        prefix: String::new(),
        kms_key: None,
        topic: None,
        of_organization: false,
        every_region: false,
        management_events: false,
        logging: true,
    }
}

#[tokio::test]
async fn an_organization_is_found() {
    let cloud = FakeCloud::organization();
    let facts = facts(&cloud, &wanted()).await;
    assert_eq!(facts.hub.to_string(), "111122223333 eu-west-1");
    assert_eq!(facts.root(), Some(ROOT));
    assert_eq!(facts.foreign_management(), None);
    assert!(facts.gaps.is_empty() && facts.stacks.is_empty() && facts.sets.is_empty());
    assert_eq!(facts.notifications.keys().collect::<Vec<_>>(), [BUCKET]);
    let seen = facts.seen();
    let rows = [
        ("account", "111122223333, the management account"),
        ("accounts", "5, of which 1 are not active"),
        ("identity-center", "eu-central-1"),
        ("organization", "o-exampleorgid"),
        ("partition", "aws"),
        ("trusted-access", "off"),
    ];
    for (name, value) in rows {
        assert_eq!(seen[name], value);
    }
    assert_eq!(seen.len(), rows.len() + 1);
    assert!(cloud.written().is_empty(), "nothing is written to find out");
}

#[tokio::test]
async fn accounts_are_reached_as_they_are_wanted() {
    let ids = |all: Vec<&MemberAccount>| -> Vec<String> {
        all.into_iter().map(|account| account.id.to_string()).collect()
    };
    let cloud = FakeCloud::organization();
    let facts = facts(&cloud, &wanted()).await;
    let mut of_units = wanted();
    of_units.units = ["ou-exam-sandbox".to_owned()].into();
    let mut of_root = wanted();
    of_root.units = [ROOT.to_owned()].into();
    let mut of_accounts = wanted();
    of_accounts.accounts =
        ["111122223333".parse().unwrap(), "333344445555".parse().unwrap()].into();
    let mut without = wanted();
    without.accounts_exclude = ["333344445555".parse().unwrap()].into();
    let everybody: &[&str] = &["222233334444", "333344445555", "444455556666"];
    let rows: [(&Wanted, &[&str], &[&str]); 5] = [
        (&wanted(), everybody, &["555566667777"]),
        (&of_root, everybody, &["555566667777"]),
        (&of_units, &["444455556666"], &["555566667777"]),
        // The management account has its own stack.
        (&of_accounts, &["333344445555"], &[]),
        (&without, &["222233334444", "444455556666"], &["555566667777"]),
    ];
    for (wanted, active, inactive) in rows {
        let (found, others) = facts.reached(wanted);
        assert_eq!((ids(found), ids(others)), (owned(active), owned(inactive)));
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

#[tokio::test]
async fn events_of_global_services_are_always_heard() {
    let cloud = FakeCloud::organization();
    let mut wanted = wanted();
    wanted.regions = ["eu-west-1".parse().unwrap()].into();
    let facts = facts(&cloud, &wanted).await;
    let regions: Vec<String> = facts.regions(&wanted).iter().map(Region::to_string).collect();
    assert_eq!(regions, ["eu-central-1", "eu-west-1", "us-east-1"]);
    let rows = [
        ("aws", "us-east-1"),
        ("aws-cn", "cn-north-1"),
        ("aws-us-gov", "us-gov-west-1"),
        ("aws-eusc", "eusc-de-east-1"),
    ];
    for (partition, region) in rows {
        assert_eq!(global_region(&partition.parse().unwrap()), region);
    }
}

#[tokio::test]
async fn the_best_trail_is_used() {
    let cloud = FakeCloud::organization();
    let best = async |trails: &[TrailFound]| {
        cloud.set_trails(trails.to_vec());
        let found = facts(&cloud, &wanted()).await;
        found.best_trail().map(|trail| trail.bucket.clone())
    };
    let plain = trail("plain");
    let off = TrailFound { logging: false, of_organization: true, ..trail("off") };
    let events = TrailFound { management_events: true, ..trail("events") };
    let wide = TrailFound { every_region: true, ..trail("wide") };
    let whole = TrailFound { of_organization: true, ..trail("whole") };
    assert_eq!(best(&[]).await, None);
    assert_eq!(best(std::slice::from_ref(&off)).await, None);
    assert_eq!(best(&[plain.clone(), off.clone()]).await.unwrap(), "plain");
    assert_eq!(best(&[events.clone(), plain.clone()]).await.unwrap(), "events");
    assert_eq!(best(&[events.clone(), wide.clone(), plain.clone()]).await.unwrap(), "wide");
    assert_eq!(best(&[whole, off, events, wide, plain]).await.unwrap(), "whole");
}

#[tokio::test]
async fn what_was_begun_somewhere_is_found_again() {
    let place =
        Place { account: "111122223333".parse().unwrap(), region: "ap-south-1".parse().unwrap() };
    let name = deployed(&place, "accesstrail-forward");
    assert_eq!(read_deployed(&name), Some((place, "accesstrail-forward".to_owned())));
    for other in
        ["external-id", "deployed/", "deployed/1/2/3", "deployed/111122223333/!/x", "undo/x"]
    {
        assert_eq!(read_deployed(other), None, "{other}");
    }
}
