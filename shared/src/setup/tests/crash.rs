//! A crash before and after every single call, of AWS and of the store; and two that set up at once.

use super::{Bench, counts};
use crate::port::setup::{SetupRunState, SetupStore as _};
use crate::setup::fake::Crash;
use crate::setup::machine::{SetupError, Turn};
use crate::setup::plan::{self, Purpose};

/// Applies a plan through one crash; whoever comes after it goes on with the same file.
async fn through(bench: &Bench, file: &str, crash: Crash) -> bool {
    bench.crash(crash);
    let first = bench.apply_as("one", file).await;
    bench.crash(Crash::Never);
    match first {
        Ok(turn) => {
            assert_eq!(turn, Turn::Done { notes: Vec::new() }, "{crash:?}");
            return false;
        }
        Err(SetupError::Cloud(_) | SetupError::Store(_)) => {}
        Err(other) => panic!("{crash:?}: {other:?}"),
    }
    // The dead one's lease ends.
    bench.clock.pass(jiff::SignedDuration::from_mins(16));
    let (_, hash) = plan::read(file).unwrap();
    let last = bench.store.setup_run().await.unwrap();
    let is_done = last.is_some_and(|run| run.hash == hash && run.state != SetupRunState::Open);
    if !is_done {
        let second = bench.apply_as("two", file).await.unwrap();
        assert_eq!(second, Turn::Done { notes: Vec::new() }, "{crash:?}");
    }
    true
}

async fn every_crash(purpose: Purpose) -> usize {
    let wanted = Bench::wanted();
    let ready = || async {
        match purpose {
            Purpose::Deploy => Bench::new(),
            Purpose::Destroy => Bench::deployed(&wanted).await,
        }
    };
    let calm = ready().await;
    let plan = calm.plan(purpose, &wanted).await;
    let (file, _) = plan::write(&plan).unwrap();
    calm.crash(Crash::Never);
    assert_eq!(calm.apply_as("one", &file).await.unwrap(), Turn::Done { notes: Vec::new() });
    let calls = calm.cloud.fuse.calls();
    let expected = calm.cloud.picture();
    for number in 0..calls {
        for crash in [Crash::Before(number), Crash::After(number)] {
            let bench = ready().await;
            assert!(through(&bench, &file, crash).await, "{crash:?} of {calls} did not happen");
            assert_eq!(bench.cloud.picture(), expected, "{crash:?}");
            let kept = bench.store.kept().await.unwrap();
            assert_eq!(kept, calm.store.kept().await.unwrap(), "{crash:?}");
            let again = bench.plan(purpose, &wanted).await;
            assert!(again.is_empty(), "{crash:?}: {:?}", super::lines(&again));
        }
    }
    calls
}

#[tokio::test]
async fn a_crash_at_any_call_of_setting_up_changes_nothing_of_the_end() {
    assert!(every_crash(Purpose::Deploy).await > 100);
}

#[tokio::test]
async fn a_crash_at_any_call_of_removing_changes_nothing_of_the_end() {
    assert!(every_crash(Purpose::Destroy).await > 100);
}

/// The state of the world is the same; and nothing was created twice on the way there.
#[tokio::test]
async fn nothing_is_created_twice() {
    let wanted = Bench::wanted();
    let plan = Bench::new().plan(Purpose::Deploy, &wanted).await;
    let (file, _) = plan::write(&plan).unwrap();
    for number in 0..150 {
        let bench = Bench::new();
        through(&bench, &file, Crash::After(number)).await;
        let written = bench.cloud.written();
        let counts = counts(&written);
        // One more at most: the call after which the process died is asked for again, and starts nothing.
        let creates = counts.iter().filter(|(call, _)| call.contains(":Create"));
        let extra: usize = creates.clone().map(|(_, count)| count.saturating_sub(1)).sum();
        let regions = counts["cloudformation:CreateStack accesstrail-forward"];
        assert!((3..=4).contains(&regions), "{counts:?}");
        assert!(extra <= 3, "{number}: {counts:?}");
    }
}

#[tokio::test]
async fn of_two_at_once_one_wins() {
    let (bench, wanted) = (Bench::new(), Bench::wanted());
    let plan = bench.plan(Purpose::Deploy, &wanted).await;
    let (file, _) = plan::write(&plan).unwrap();
    let (one, two) = (bench.machine("one"), bench.machine("two"));
    let run = one.begin(&file).await.unwrap();
    assert!(
        matches!(two.begin(&file).await, Err(SetupError::Held { owner, .. }) if owner == "one")
    );
    assert!(matches!(two.turn(&run).await, Err(SetupError::Held { .. })));
    // While the first waits, its lease holds; it prolongs it with each turn.
    for _ in 0..10 {
        bench.clock.pass(jiff::SignedDuration::from_mins(10));
        one.turn(&run).await.unwrap();
        assert!(matches!(two.turn(&run).await, Err(SetupError::Held { .. })));
    }
    // Whoever comes after a lease has ended goes on; the first one is then the second.
    bench.clock.pass(jiff::SignedDuration::from_mins(16));
    assert!(two.turn(&run).await.is_ok());
    assert!(matches!(one.turn(&run).await, Err(SetupError::Held { owner, .. }) if owner == "two"));
    assert_eq!(bench.apply_as("two", &file).await.unwrap(), Turn::Done { notes: Vec::new() });
}

#[tokio::test]
async fn another_plan_waits_for_the_open_one() {
    let (bench, wanted) = (Bench::new(), Bench::wanted());
    let (file, hash) = plan::write(&bench.plan(Purpose::Deploy, &wanted).await).unwrap();
    let mut other = wanted.clone();
    other.archive_days = 30;
    let (second, _) = plan::write(&bench.plan(Purpose::Deploy, &other).await).unwrap();
    let machine = bench.machine("one");
    machine.begin(&file).await.unwrap();
    let refused = machine.begin(&second).await;
    assert!(matches!(refused, Err(SetupError::OtherPlan { hash: open }) if open == hash));
    machine.abandon("changed our mind").await.unwrap();
    assert!(machine.begin(&second).await.is_ok());
}
