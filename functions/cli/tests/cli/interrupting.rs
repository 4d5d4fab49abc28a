//! Ctrl-C: the run stops in good order, says so, and goes on when the same command is typed again.

use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use accesstrail_shared::testing::proxy::{Fault, Match, Plan, Proxy};

use crate::collecting::{slowed, state, wait_for_calls};
use crate::world::{Ran, WORLD, program, run};

/// How long a process may take to end. Much longer than it takes, much shorter than the calls that hang.
const PATIENCE: Duration = Duration::from_mins(1);

/// A call that nobody waits for.
const FOR_EVER: Duration = Duration::from_mins(10);

fn spawn(proxy: &Proxy, folder: &std::path::Path, more: &[&str]) -> Child {
    let command = WORLD.collect(proxy, folder);
    let mut plain = Command::new(command.get_program());
    plain.args(command.get_args()).args(more).env_clear().current_dir(folder);
    plain.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    plain.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Presses Ctrl-C.
fn interrupt(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

fn ended(child: Child) -> Ran {
    let began = Instant::now();
    let output: Output = child.wait_with_output().unwrap();
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    output.into()
}

#[test]
fn a_run_stops_in_good_order_and_goes_on() {
    let (whole, broken) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let proxy = WORLD.enter(Plan::default());
    assert_eq!(run(&mut WORLD.collect(&proxy, whole.path()), &[]).code, 2);

    let slow = WORLD.enter(slowed());
    let child = spawn(&slow, broken.path(), &[]);
    wait_for_calls(&slow, 100);
    interrupt(&child);
    let ran = ended(child);
    assert_eq!(ran.code, 130, "{ran:?}");
    for part in [
        "stopping after the pages at hand",
        "error: interrupted: run ",
        "is kept",
        "type the same command again",
    ] {
        assert!(ran.err.contains(part), "{part} in {}", ran.err);
    }
    assert_eq!(ran.out, "", "a run that did not end has no summary");

    let child = spawn(&slow, broken.path(), &["--json", "--quiet"]);
    wait_for_calls(&slow, slow.calls().len() + 100);
    interrupt(&child);
    let ran = ended(child);
    assert_eq!(ran.code, 130, "{ran:?}");
    let error = ran.document("error");
    assert!(error["error"].as_str().unwrap().contains("interrupted: run "), "{error}");
    assert!(error["next"].as_str().unwrap().contains("again"), "{error}");

    let status = run(&mut program(broken.path()), &["status", "--json"]).document("status");
    assert_eq!(status["runs"][0]["state"], "open", "{}", status["runs"]);
    let told = run(&mut program(broken.path()), &["status"]).out;
    assert!(told.contains("unfinished    run "), "{told}");
    let ran = run(&mut WORLD.collect(&proxy, broken.path()), &[]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("going on with run"), "{}", ran.err);
    assert_eq!(state(whole.path()), state(broken.path()));
    let runs = run(&mut program(broken.path()), &["status", "--json"]).document("status");
    assert_eq!(runs["runs"].as_array().unwrap().len(), 1, "one run, three times begun");
    assert!(!run(&mut program(broken.path()), &["status"]).out.contains("unfinished"));
}

#[test]
fn who_cannot_wait_presses_it_twice() {
    let folder = tempfile::tempdir().unwrap();
    let hanging = Match::action("iam:GetAccountAuthorizationDetails");
    let proxy = WORLD.enter(Plan::default().rule(hanging, Fault::Delay(FOR_EVER)));
    let mut child = spawn(&proxy, folder.path(), &[]);
    // Until every worker hangs, so that there is a page at hand that does not come.
    let hangs = || {
        let calls = proxy.calls();
        calls
            .iter()
            .filter(|call| call.iam_action() == "iam:GetAccountAuthorizationDetails")
            .count()
    };
    while hangs() < 5 {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(50));
    }
    interrupt(&child);
    // Two signals that arrive at once are one: press again until it is heard.
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() && began.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(200));
        interrupt(&child);
    }
    let ran = ended(child);
    assert_eq!(ran.code, 130, "{ran:?}");
    let status = run(&mut program(folder.path()), &["status"]);
    assert_eq!(status.code, 0, "the store can be read: {status:?}");
}

#[test]
fn before_the_run_there_is_nothing_to_keep() {
    let folder = tempfile::tempdir().unwrap();
    let hanging = Match::action("sts:GetCallerIdentity");
    let proxy = WORLD.enter(Plan::default().rule(hanging, Fault::Delay(FOR_EVER)));
    let child = spawn(&proxy, folder.path(), &[]);
    wait_for_calls(&proxy, 1);
    interrupt(&child);
    let ran = ended(child);
    assert_eq!(ran.code, 130, "{ran:?}");
    assert!(ran.err.contains("interrupted before a run had begun"), "{}", ran.err);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was written");
}
