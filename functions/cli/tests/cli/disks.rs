//! Disks that are full or may not be written: told clearly, and nothing that was there is lost.

use std::fs;
use std::path::Path;

use accesstrail_shared::testing::proxy::Plan;
use assert_cmd::Command;

use crate::collecting::state;
use crate::world::{DEMO, Ran, WORLD, program, run};

/// The program in a shell that lets no file grow beyond so many blocks of 512 bytes. The signal that goes with
/// it is ignored, so that the disk answers as a full one does.
fn limited(command: &Command, blocks: u32, arguments: &[&str]) -> Ran {
    let mut shell = Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    shell.args(["-c", &script]).arg(command.get_program()).args(command.get_args()).env_clear();
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.current_dir(command.get_current_dir().unwrap());
    run(&mut shell, arguments)
}

#[test]
fn a_full_disk_is_told_by_every_reading_verb() {
    for verb in ["status", "list user", "show jenkins", "diff", "export", "export --format csv"] {
        for more in [&[][..], &["--json"]] {
            let arguments: Vec<&str> = verb.split(' ').chain(more.iter().copied()).collect();
            let full = fs::File::options().write(true).open("/dev/full").unwrap();
            let output = std::process::Command::new(env!("CARGO_BIN_EXE_accesstrail"))
                .args(&arguments)
                .current_dir(DEMO.folder())
                .stdout(full)
                .output()
                .unwrap();
            let ran = Ran::from(output);
            assert_eq!(ran.code, 1, "{arguments:?}: {ran:?}");
            for part in
                ["error: the output could not be written", "No space left", "next:  make room"]
            {
                assert!(ran.err.contains(part), "{part} in {}", ran.err);
            }
        }
    }
}

#[test]
fn an_export_that_does_not_fit_leaves_the_last_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path());
    command.env("ACCESSTRAIL_STORE", DEMO.store());
    let export = ["export", "--output", "inventory.json", "--force"];
    let file = folder.path().join("inventory.json");
    fs::write(&file, "the last one").unwrap();
    let ran = limited(&command, 8, &export);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("`inventory.json` could not be written"), "{}", ran.err);
    assert!(ran.err.contains("make room"), "{}", ran.err);
    assert_eq!(fs::read_to_string(&file).unwrap(), "the last one");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing half-written stays");

    let ran = run(command.arg("--json"), &export);
    assert_eq!(ran.code, 0, "{ran:?}");
    let written = ran.document("written");
    assert_eq!(written["path"], "inventory.json");
    assert_eq!(written["count"], DEMO.document["entities"]);
    assert_eq!(written["bytes"], fs::metadata(&file).unwrap().len());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_is_no_file_is_written_in_place() {
    let ran = run(&mut program(DEMO.folder()), &["export", "--out", "/dev/null", "--quiet"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
    let ran = run(&mut program(DEMO.folder()), &["export", "--out", "/dev/full"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("`/dev/full` could not be written"), "{}", ran.err);
    // A link stays a link, and what it points to is written.
    let folder = tempfile::tempdir().unwrap();
    let (link, target) = (folder.path().join("link"), folder.path().join("target"));
    fs::write(&target, "").unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    let out = link.to_str().unwrap();
    assert_eq!(run(&mut program(DEMO.folder()), &["export", "--output", out, "--force"]).code, 0);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::metadata(&target).unwrap().len() > 1_000);
}

#[test]
fn a_run_whose_disk_is_full_goes_on_when_there_is_room() {
    let (whole, full) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let proxy = WORLD.enter(Plan::default());
    assert_eq!(run(&mut WORLD.collect(&proxy, whole.path()), &[]).code, 2);
    let ran = limited(&WORLD.collect(&proxy, full.path()), 3_000, &["--json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.document("error")["next"].is_string(), "{ran:?}");
    let last: Vec<&str> = ran.err.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(last.len(), 1, "one failure is told once: {}", ran.err);
    assert!(last[0].contains("the store") && !ran.err.contains("panicked"), "{}", ran.err);
    assert!(ran.err.contains("next: "), "{}", ran.err);
    let ran = run(&mut WORLD.collect(&proxy, full.path()), &[]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert_eq!(state(whole.path()), state(full.path()), "nothing was lost");
}

#[test]
fn a_place_that_cannot_be_written_is_told_by_the_writing_verbs() {
    let folder = tempfile::tempdir().unwrap();
    let proxy = WORLD.enter(Plan::default());
    // Nobody makes files there, not even the owner of the machine.
    let place = "/proc/accesstrail.db";
    let ran = run(&mut WORLD.collect(&proxy, folder.path()), &["--store", place, "--json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let error = ran.document("error")["error"].as_str().unwrap().to_owned();
    assert!(error.contains(place) && error.contains("cannot be written"), "{error}");
    assert!(error.contains("--store"), "{error}");
}

fn refused(folder: &Path, store: &str) -> String {
    let ran = run(&mut program(folder), &["demo", "--store", store]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(!ran.err.contains("starting"), "it is told before anything is started: {}", ran.err);
    ran.err
}

#[test]
fn the_demo_replaces_nothing_but_a_demo() {
    let folder = tempfile::tempdir().unwrap();
    let proxy = WORLD.enter(Plan::default());
    let real = run(&mut WORLD.caller(&proxy, folder.path()), &["collect", "--quiet"]);
    assert_eq!(real.code, 0, "{real:?}");
    let store = folder.path().join("accesstrail.db");
    fs::write(folder.path().join("notes.txt"), "somebody's work, no store at all").unwrap();
    let before = fs::read(&store).unwrap();
    assert!(refused(folder.path(), "accesstrail.db").contains("not the demo's"));
    assert!(refused(folder.path(), "notes.txt").contains("not an SQLite database"));
    assert_eq!(fs::read(&store).unwrap(), before, "the inventory is as it was");
    let notes = fs::read_to_string(folder.path().join("notes.txt")).unwrap();
    assert_eq!(notes, "somebody's work, no store at all");
}
