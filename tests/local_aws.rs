//! The local AWS for real: both emulators start, answer, forget, and leave no process behind.
//!
//! The first run on a machine builds the virtual environment, which takes a minute or two.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

use std::{
    fs,
    io::{Cursor, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use accesstrail_shared::testing::local::{Emulator, LocalAws, Options};
use base64::{Engine as _, prelude::BASE64_STANDARD};

const PIDS: &str = "ACCESSTRAIL_TEST_PIDS";
const BOTH: [Emulator; 2] = [Emulator::Own, Emulator::Organization];

#[tokio::test]
async fn both_emulators_start_answer_reset_and_end() {
    let scratch = tempfile::tempdir().unwrap();
    let options = Options {
        own_account: "111122223333".to_owned(),
        logs: Some(scratch.path().to_owned()),
        ..Options::default()
    };
    let began = Instant::now();
    let aws = LocalAws::start(&options, &|line| println!("{:?} {line}", began.elapsed())).await;
    let aws = aws.unwrap();
    let own = aws.own_endpoint().unwrap().to_owned();
    let organization = aws.organization_endpoint().unwrap().to_owned();
    assert!(query(&own, "sts", "Action=GetCallerIdentity").contains("111122223333"));
    assert!(query(&organization, "sts", "Action=GetCallerIdentity").contains("123456789012"));

    for endpoint in [&own, &organization] {
        query(endpoint, "iam", "Action=CreateUser&UserName=ana");
        assert!(query(endpoint, "iam", "Action=ListUsers").contains("ana"));
    }
    aws.reset().await.unwrap();
    for endpoint in [&own, &organization] {
        assert!(!query(endpoint, "iam", "Action=ListUsers").contains("ana"));
    }

    let pids = BOTH.map(|emulator| aws.process_id(emulator).unwrap());
    assert!(pids.iter().all(|pid| lives(*pid)));
    drop(aws);
    assert!(pids.iter().all(|pid| !lives(*pid)), "an emulator outlived its owner");
    assert!(scratch.path().join("moto.log").is_file(), "the log stays where it was asked for");
}

#[tokio::test]
async fn an_emulator_that_dies_while_starting_shows_its_log() {
    let mut options = Options::only(Emulator::Own);
    options.environment.insert("BIND_HOST".to_owned(), "192.0.2.1".to_owned());
    let error = LocalAws::start(&options, &|_| ()).await.unwrap_err().to_string();
    assert!(error.contains("ministack ended") && error.contains("OSError"), "{error}");
}

#[tokio::test]
async fn only_the_asked_emulator_starts() {
    let aws = LocalAws::start(&Options::only(Emulator::Own), &|_| ()).await.unwrap();
    assert!(aws.own_endpoint().is_ok());
    assert!(aws.organization_endpoint().unwrap_err().to_string().contains("moto was not started"));
}

#[tokio::test]
async fn functions_end_with_their_emulator() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("pid");
    let aws = LocalAws::start(&Options::only(Emulator::Own), &|_| ()).await.unwrap();
    let endpoint = aws.own_endpoint().unwrap();
    let bootstrap = format!("#!/bin/sh\necho $$ > {}\nexec sleep 600\n", file.display());
    let function = serde_json::json!({
        "FunctionName": "sleeper", "Runtime": "provided.al2023", "Handler": "bootstrap",
        "Role": "arn:aws:iam::123456789012:role/r", "Timeout": 600,
        "Code": { "ZipFile": BASE64_STANDARD.encode(zipped("bootstrap", &bootstrap)) },
    });
    let create = "POST /2015-03-31/functions HTTP/1.1\r\nContent-Type: application/json";
    let created = send(endpoint, "lambda", create, &function.to_string());
    assert!(created.contains("sleeper"), "{created}");
    let invoke =
        "POST /2015-03-31/functions/sleeper/invocations HTTP/1.1\r\nX-Amz-Invocation-Type: Event";
    send(endpoint, "lambda", invoke, "{}");
    let written = || fs::read_to_string(&file).is_ok_and(|pid| pid.ends_with('\n'));
    assert!(within(Duration::from_secs(20), written), "the function did not start");
    let pid = fs::read_to_string(&file).unwrap().trim().parse().unwrap();
    assert!(lives(pid));
    drop(aws);
    assert!(within(Duration::from_secs(5), || !lives(pid)), "a function outlived its emulator");
}

#[test]
fn emulators_end_when_their_owner_is_killed() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("pids");
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "owner_that_is_killed"])
        .env(PIDS, &file)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    assert!(within(Duration::from_mins(5), || file.is_file()), "the owner did not start");
    let pids: Vec<u32> =
        fs::read_to_string(&file).unwrap().lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(pids.len(), 2);
    assert!(pids.iter().all(|pid| lives(*pid)));

    owner.kill().unwrap(); // SIGKILL: no destructor runs
    owner.wait().unwrap();
    assert!(
        within(Duration::from_secs(10), || pids.iter().all(|pid| !lives(*pid))),
        "an emulator outlived its killed owner"
    );
}

#[tokio::test]
#[ignore = "a helper of `emulators_end_when_their_owner_is_killed`"]
async fn owner_that_is_killed() {
    let Some(file) = std::env::var_os(PIDS) else { return };
    let aws = LocalAws::start(&Options::default(), &|_| ()).await.unwrap();
    let pids = BOTH.map(|emulator| aws.process_id(emulator).unwrap().to_string());
    let unfinished = Path::new(&file).with_extension("part");
    fs::write(&unfinished, pids.join("\n")).unwrap();
    fs::rename(unfinished, file).unwrap();
    tokio::time::sleep(Duration::from_mins(5)).await;
}

/// One call of the query protocol.
fn query(endpoint: &str, service: &str, body: &str) -> String {
    let head = "POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
    send(endpoint, service, head, &format!("{body}&Version=2010-05-08"))
}

/// One call without an SDK: the emulators read only the credential scope of a signature.
fn send(endpoint: &str, service: &str, head: &str, body: &str) -> String {
    let host = endpoint.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "{head}\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, \
         SignedHeaders=host, Signature=none\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// An archive of one executable file.
fn zipped(name: &str, text: &str) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let executable = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
    archive.start_file(name, executable).unwrap();
    archive.write_all(text.as_bytes()).unwrap();
    archive.finish().unwrap().into_inner()
}

/// Whether a process runs; one that has ended but was not waited for (a zombie) does not.
fn lives(pid: u32) -> bool {
    let answer = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap();
    let state = String::from_utf8_lossy(&answer.stdout);
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

fn within(limit: Duration, done: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        if done() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    done()
}
