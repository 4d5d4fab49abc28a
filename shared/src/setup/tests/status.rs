//! What the status says of everything that can be otherwise than it was wanted.

use super::Bench;
use crate::port::setup::{MemberAccount, SetupStore as _, StackStatus, TrustedAccess};
use crate::setup::names::{EVENTS, FORWARD, MEMBER};
use crate::setup::plan::{self, Purpose};
use crate::setup::status::{Reach, Status, Topic, status};
use crate::setup::wanted::Wanted;

async fn told(bench: &Bench, wanted: &Wanted) -> Status {
    let run = bench.store.setup_run().await.unwrap();
    status(&bench.facts(wanted).await, wanted, run.as_ref())
}

/// The findings of a topic, joined.
fn of(status: &Status, topic: Topic) -> String {
    let found = status.findings.iter().filter(|it| it.topic == topic);
    found.map(|it| format!("{} -> {}", it.what, it.fix)).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn all_is_well_but_for_the_suspended_account() {
    let wanted = Bench::wanted();
    let bench = Bench::deployed(&wanted).await;
    let status = told(&bench, &wanted).await;
    let topics: Vec<Topic> = status.findings.iter().map(|it| it.topic).collect();
    assert_eq!(topics, [Topic::Suspended], "{:?}", status.findings);
    assert!(of(&status, Topic::Suspended).contains("555566667777 (closed) is SUSPENDED"));
    let reach: Vec<Reach> = status.accounts.iter().map(|(_, _, reach)| *reach).collect();
    assert_eq!(
        reach,
        [Reach::Hub, Reach::Reached, Reach::Reached, Reach::Reached, Reach::Inactive],
        "accounts in, accounts out"
    );
}

#[tokio::test]
async fn nothing_was_set_up() {
    let (bench, wanted) = (Bench::new(), Bench::wanted());
    let status = told(&bench, &wanted).await;
    assert!(of(&status, Topic::Run).contains("nothing was set up"));
    let missing = of(&status, Topic::Missing);
    for name in ["accesstrail-management", EVENTS, FORWARD, MEMBER] {
        assert!(missing.contains(name), "{missing}");
    }
    assert_eq!(status.accounts.len(), 5);
}

#[tokio::test]
async fn each_that_is_otherwise_is_named() {
    let wanted = Bench::wanted();
    let bench = Bench::deployed(&wanted).await;
    bench.cloud.set_trusted_access(TrustedAccess::Disabled);
    bench.cloud.join(MemberAccount {
        id: "666677778888".parse().unwrap(),
        name: "newcomer".to_owned(),
        state: "ACTIVE".to_owned(),
        parents: vec!["r-exam".to_owned()],
    });
    bench.cloud.change_stack(EVENTS, |stack| {
        stack.drift = "DRIFTED".to_owned();
        stack.template = "older".to_owned();
    });
    bench.cloud.change_stack("accesstrail-management", |stack| {
        stack.status = StackStatus("UPDATE_ROLLBACK_FAILED".to_owned());
        stack.drift = "UNKNOWN".to_owned();
    });
    bench.cloud.change_instances(MEMBER, |instance| {
        if instance.place.account.as_str() == "222233334444" {
            (instance.status, instance.detail) = ("OUTDATED".to_owned(), "FAILED".to_owned());
            instance.reason = Some("not authorized to perform iam:CreateRole".to_owned());
        }
        if instance.place.account.as_str() == "333344445555" {
            instance.drift = "DRIFTED".to_owned();
        }
        if instance.place.account.as_str() == "444455556666" {
            instance.drift = "UNKNOWN".to_owned();
        }
    });
    bench.cloud.set_trails(Vec::new());
    let status = told(&bench, &wanted).await;
    let rows = [
        (Topic::TrustedAccess, "trusted access of CloudFormation StackSets is off"),
        (Topic::TrustedAccess, "activate-organizations-access"),
        (Topic::Instance, "accesstrail-member is not in 666677778888 eu-west-1 (newcomer)"),
        (Topic::Instance, "accesstrail-forward is not in 666677778888 us-east-1 (newcomer)"),
        (Topic::Instance, "accesstrail-member in 222233334444 eu-west-1: OUTDATED (FAILED)"),
        (Topic::Instance, "a service control policy"),
        (Topic::Drift, "stack accesstrail-events in 111122223333 eu-west-1 was changed"),
        (Topic::Drift, "accesstrail-member in 333344445555 eu-west-1 was changed"),
        (Topic::Drift, "somebody changed stack accesstrail-management in 111122223333 eu-west-1"),
        (Topic::Drift, "somebody changed accesstrail-member in 444455556666 eu-west-1 could not"),
        (Topic::OutOfDate, "accesstrail-events in 111122223333 eu-west-1 is of another version"),
        (
            Topic::Stack,
            "accesstrail-management in 111122223333 eu-west-1 is UPDATE_ROLLBACK_FAILED",
        ),
        (Topic::Suspended, "555566667777"),
        (Topic::Trail, "no trail that is switched on"),
    ];
    for (topic, words) in rows {
        assert!(of(&status, topic).contains(words), "{words} in {:#?}", status.findings);
    }
    assert!(status.findings.iter().all(|it| !it.fix.is_empty()));
    let reach = |id: &str| status.accounts.iter().find(|it| it.0.as_str() == id).unwrap().2;
    assert_eq!(reach("666677778888"), Reach::Missing);
    assert_eq!(reach("222233334444"), Reach::Failed);
    assert_eq!(reach("555566667777"), Reach::Inactive);
}

#[tokio::test]
async fn a_run_that_is_not_done_is_told() {
    let (bench, wanted) = (Bench::new(), Bench::wanted());
    let (file, hash) = plan::write(&bench.plan(Purpose::Deploy, &wanted).await).unwrap();
    let machine = bench.machine("one");
    let run = machine.begin(&file).await.unwrap();
    machine.turn(&run).await.unwrap();
    assert!(of(&told(&bench, &wanted).await, Topic::Run).contains(&hash));
    machine.abandon("somebody stopped it").await.unwrap();
    assert!(of(&told(&bench, &wanted).await, Topic::Run).contains("somebody stopped it"));
}

#[tokio::test]
async fn what_cannot_be_asked_is_told() {
    let wanted = Bench::wanted();
    let bench = Bench::deployed(&wanted).await;
    bench.cloud.faults.lock().unwrap().denied = ["cloudtrail:DescribeTrails".to_owned()].into();
    let status = told(&bench, &wanted).await;
    assert!(of(&status, Topic::Unknown).contains("which trails there are is not known"));
    assert!(of(&status, Topic::Trail).is_empty(), "unknown is not none");
}

#[tokio::test]
async fn who_is_left_out_is_told_apart() {
    let mut wanted = Bench::wanted();
    wanted.units = ["ou-exam-workloads".to_owned()].into();
    let bench = Bench::deployed(&wanted).await;
    let status = told(&bench, &wanted).await;
    let reach = |id: &str| status.accounts.iter().find(|it| it.0.as_str() == id).unwrap().2;
    assert_eq!((reach("444455556666"), reach("222233334444")), (Reach::LeftOut, Reach::Reached));
    assert_eq!(status.findings, [], "a suspended account that nobody wants is nobody's");
}
