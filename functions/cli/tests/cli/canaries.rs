//! Planted secrets: wherever the program meets one, it must not come out again.

use std::fs;
use std::path::Path;

use accesstrail_shared::testing::proxy::{Fault, Layer, Match, Patch, Plan};
use accesstrail_shared::testing::visit;

use crate::world::{Ran, WORLD, program, run};

/// The caller's own credentials, those of the assumed roles, the external id, and what else lies about in an
/// environment. None is a part of another.
const CANARIES: [(&str, &str); 7] = [
    ("the caller's secret access key", "CANARY0caller0secret0access0key000000001"),
    ("the caller's session token", "CANARY0caller0session0token00000000000002"),
    ("a role's secret access key", "CANARY0role0secret0access0key00000000003"),
    ("a role's session token", "CANARY0role0session0token0000000000000004"),
    ("the external id", "CANARY0external0id00000000000000000000005"),
    ("a password of the environment", "CANARY0database0password00000000000000006"),
    ("the password of an endpoint", "CANARY0endpoint0password00000000000000007"),
];

fn canary(what: &str) -> &'static str {
    CANARIES.iter().find(|(name, _)| *name == what).unwrap().1
}

fn assert_silent(bytes: &[u8], place: &str) {
    for (what, secret) in CANARIES {
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{what} in {place}");
    }
}

fn assert_ran_silently(ran: &Ran, place: &str) {
    assert_silent(ran.out.as_bytes(), &format!("standard output of {place}"));
    assert_silent(ran.err.as_bytes(), &format!("standard error of {place}"));
}

/// Replaces the text of an element of an XML answer.
fn with_text(body: &str, element: &str, text: &str) -> String {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    let Some((before, rest)) = body.split_once(&open) else { return body.to_owned() };
    let Some((_, after)) = rest.split_once(&close) else { return body.to_owned() };
    format!("{before}{open}{text}{close}{after}")
}

/// Roles are assumed with secrets that we know.
fn planted() -> Plan {
    let patch = Patch::custom("canaries", |_, body| {
        let text = String::from_utf8_lossy(&body).into_owned();
        let text = with_text(&text, "SecretAccessKey", canary("a role's secret access key"));
        with_text(&text, "SessionToken", canary("a role's session token")).into()
    });
    Plan::default().rule(Match::action("sts:AssumeRole"), Fault::Patch(patch))
}

fn collect(folder: &Path, plan: Plan, more: &[&str]) -> Ran {
    let proxy = WORLD.enter(plan);
    let mut command = WORLD.caller(&proxy, folder);
    command
        .env("AWS_SECRET_ACCESS_KEY", canary("the caller's secret access key"))
        .env("AWS_SESSION_TOKEN", canary("the caller's session token"))
        .env("DATABASE_PASSWORD", canary("a password of the environment"))
        .env("RUST_LOG", "trace")
        .env("RUST_BACKTRACE", "full");
    command.args(["collect", "--org", "--role", visit::ROLE]);
    command.args(["--external-id", canary("the external id")]);
    let ran = run(&mut command, more);
    assert!(!proxy.calls().is_empty());
    ran
}

#[test]
fn no_secret_comes_out_of_a_run() {
    let folder = tempfile::tempdir().unwrap();
    for more in [&[][..], &["--json"]] {
        let ran = collect(folder.path(), planted(), more);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert_ran_silently(&ran, "collect");
    }
    // The proxy saw them, so the roles were entered with the secrets that were planted.
    let accounts = run(&mut program(folder.path()), &["status", "--json"]).document("status");
    assert_eq!(accounts["accounts"]["complete"], 10);

    for verb in
        ["status --scopes", "list role", "list user", "diff", "export", "export --format csv"]
    {
        let arguments: Vec<&str> = verb.split(' ').collect();
        for json in [&[][..], &["--json"]] {
            let ran = run(program(folder.path()).args(json), &arguments);
            assert_eq!(ran.code, 0, "{ran:?}");
            assert_ran_silently(&ran, verb);
        }
    }
    let mut files = 0;
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        assert_silent(&fs::read(&path).unwrap(), &path.display().to_string());
        files += 1;
    }
    assert!(files >= 1, "the store was looked into");
}

#[test]
fn no_secret_comes_out_of_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let denied = || Fault::Deny { by: Layer::Resource };
    let one = WORLD.company.account("payments-dev").unwrap();
    let rows = [
        (Match::action("sts:GetCallerIdentity"), Fault::ExpireToken),
        (Match::action("sts:GetCallerIdentity"), Fault::Truncate),
        (Match::action("sts:AssumeRole"), denied()),
        // Half of an answer that has secrets in it.
        (Match::action("sts:AssumeRole").in_account(one).nth(1), Fault::Truncate),
        (Match::action("iam:*"), denied()),
    ];
    for (when, fault) in rows {
        let place = format!("{when:?}");
        let ran = collect(folder.path(), planted().rule(when, fault), &["--json"]);
        assert_ne!(ran.code, 0, "{place}: {ran:?}");
        assert_ran_silently(&ran, &place);
    }
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        assert_silent(&fs::read(&path).unwrap(), &path.display().to_string());
    }
}

#[test]
fn an_external_id_that_is_not_one_is_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let odd = format!("{} with spaces!", canary("the external id"));
    let arguments = ["collect", "--org", "--role", "r", "--external-id", &odd];
    for json in [&[][..], &["--json"]] {
        let ran = run(program(folder.path()).args(json), &arguments);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert_ran_silently(&ran, "wrong usage");
        assert!(ran.err.contains("external id"), "{}", ran.err);
    }
}

#[test]
fn the_password_of_an_endpoint_is_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = format!("http://ana:{}@127.0.0.1:9", canary("the password of an endpoint"));
    let mut command = program(folder.path());
    command.env("AWS_REGION", "eu-west-1").env("ACCESSTRAIL_TARGET_ENDPOINT", &endpoint);
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    for arguments in [&["collect"][..], &["collect", "--help"], &["collect", "--json"]] {
        let ran = run(&mut program_like(&command), arguments);
        assert_ran_silently(&ran, "an endpoint with a password");
    }
}

/// The same program in the same environment, once more.
fn program_like(command: &assert_cmd::Command) -> assert_cmd::Command {
    let mut again = assert_cmd::Command::new(command.get_program());
    again.env_clear().current_dir(command.get_current_dir().unwrap());
    again.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    again
}
