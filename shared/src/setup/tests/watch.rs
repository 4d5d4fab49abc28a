//! What somebody changed since is seen by whoever watches, the time after it was looked for.

use super::Bench;
use crate::port::setup::{Cloud as _, SetupStore as _};
use crate::setup::names::{EVENTS, FORWARD, MEMBER};
use crate::setup::plan::{self, Purpose};
use crate::setup::status::{Finding, Topic};
use crate::setup::watch::watch;

async fn seen(bench: &Bench, second: i64) -> Option<Vec<Finding>> {
    let now = crate::model::Timestamp::from_second(second).unwrap();
    watch(&bench.cloud, &bench.store, &Bench::region(), now).await.unwrap()
}

fn of(findings: &[Finding], topic: Topic) -> Vec<&str> {
    findings.iter().filter(|it| it.topic == topic).map(|it| it.what.as_str()).collect()
}

/// The drift operations have ended.
async fn ended(bench: &Bench) {
    for set in [MEMBER, FORWARD] {
        for second in 0..10 {
            for _ in 0..2 {
                bench.cloud.operation(set, &format!("accesstrail-watch-{second}")).await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn what_was_edited_is_seen_the_next_time() {
    let bench = Bench::deployed(&Bench::wanted()).await;
    let first = seen(&bench, 1).await.unwrap();
    assert!(of(&first, Topic::Drift).is_empty() && of(&first, Topic::Unknown).is_empty());
    ended(&bench).await;

    bench.cloud.edit(EVENTS);
    bench.cloud.edit(MEMBER);
    let second = seen(&bench, 2).await.unwrap();
    assert!(of(&second, Topic::Drift).is_empty(), "it was looked for and not yet found");
    ended(&bench).await;
    let third = seen(&bench, 3).await.unwrap();
    let drift = of(&third, Topic::Drift);
    assert!(drift.iter().any(|it| it.contains("stack accesstrail-events in")), "{drift:?}");
    assert!(drift.iter().any(|it| it.starts_with("accesstrail-member in")), "{drift:?}");
}

#[tokio::test]
async fn nothing_is_looked_at_where_nothing_is_set_up_or_a_plan_is_applied() {
    assert_eq!(seen(&Bench::new(), 1).await, None);

    let wanted = Bench::wanted();
    let bench = Bench::deployed(&wanted).await;
    let mut more = wanted.clone();
    more.object_names = true;
    let (file, _) = plan::write(&bench.plan(Purpose::Deploy, &more).await).unwrap();
    bench.machine("one").begin(&file).await.unwrap();
    assert!(bench.store.setup_run().await.unwrap().is_some());
    let before = bench.cloud.written();
    let findings = seen(&bench, 1).await.unwrap();
    assert!(of(&findings, Topic::Run)[0].contains("is not done"), "{findings:?}");
    assert_eq!(bench.cloud.written(), before, "the plan has the right to write");
}

#[tokio::test]
async fn what_may_not_be_looked_at_is_named_and_hides_nothing_else() {
    let bench = Bench::deployed(&Bench::wanted()).await;
    let denied = ["cloudformation:DetectStackDrift", "cloudformation:DetectStackSetDrift"];
    bench.cloud.faults.lock().unwrap().denied = denied.map(str::to_owned).into();
    bench.cloud.set_trails(Vec::new());
    let findings = seen(&bench, 1).await.unwrap();
    let unknown = of(&findings, Topic::Unknown);
    for action in denied {
        let told = unknown.iter().filter(|it| it.contains(&format!("{action} was denied")));
        assert!(told.count() >= 2, "{action}: {unknown:?}");
    }
    assert_eq!(of(&findings, Topic::Trail).len(), 1);
    // Somebody else is looking for drift: that is no finding.
    bench.cloud.faults.lock().unwrap().denied.clear();
    seen(&bench, 2).await.unwrap();
    let again = seen(&bench, 3).await.unwrap();
    assert!(of(&again, Topic::Unknown).is_empty(), "{again:?}");
}
