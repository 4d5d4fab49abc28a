//! The feed as it is typed: to a server that takes it, refuses it, or is not there.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};

use assert_cmd::Command;
use serde_json::Value;

use crate::world::{DEMO, program, run};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A server that gives every request this status, and the bodies that it got.
fn server(status: u16) -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/in?token=s3cr3t", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut length, mut signature) = (0, String::new());
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).unwrap();
                let Some((name, value)) = line.trim().split_once(": ") else {
                    if line.trim().is_empty() {
                        break;
                    }
                    continue;
                };
                match name.to_lowercase().as_str() {
                    "content-length" => length = value.parse().unwrap(),
                    "accesstrail-signature" => value.clone_into(&mut signature),
                    _ => {}
                }
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let answer =
                format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
            if sender.send((signature, serde_json::from_slice(&body).unwrap())).is_err() {
                return;
            }
        }
    });
    (address, receiver)
}

/// The program over a copy of the demo's store.
fn feeding(folder: &Path) -> Command {
    let store = folder.join("fed.db");
    if !store.exists() {
        fs::copy(DEMO.store(), &store).unwrap();
    }
    let mut command = program(folder);
    command.env("ACCESSTRAIL_STORE", store).env("ACCESSTRAIL_WEBHOOK_SECRET", SECRET);
    command
}

#[test]
fn a_receiver_gets_everything_once() {
    let folder = tempfile::tempdir().unwrap();
    let (address, received) = server(200);
    let dry = run(&mut feeding(folder.path()), &["feed", "--to", &address, "--dry-run", "--json"]);
    let waiting = dry.document("feed")["waiting"].as_u64().unwrap();
    assert!(waiting > 200, "{dry:?}");
    let ran = run(&mut feeding(folder.path()), &["feed", "--to", &address, "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let told = ran.document("feed");
    assert_eq!((&told["sent"], &told["dead_lettered"]), (&waiting.into(), &0.into()));
    let mut ids = Vec::new();
    while let Ok((signature, body)) = received.try_recv() {
        assert!(signature.starts_with("t=") && signature.contains(",v1="), "{signature}");
        let events = body["events"].as_array().unwrap();
        ids.extend(events.iter().map(|event| event["id"].as_str().unwrap().to_owned()));
    }
    assert_eq!(ids.len() as u64, waiting);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len() as u64, waiting, "none comes twice");
    let again = run(&mut feeding(folder.path()), &["feed", "--to", &address]);
    assert_eq!(again.code, 0, "{again:?}");
    assert!(again.out.contains("sent          0"), "{}", again.out);
    assert!(received.try_recv().is_err());
    for ran in [&dry, &ran, &again] {
        assert!(!format!("{ran:?}").contains("s3cr3t") && !format!("{ran:?}").contains(SECRET));
    }
}

#[test]
fn what_is_refused_is_kept_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let (address, _received) = server(400);
    let ran = run(&mut feeding(folder.path()), &["feed", "--to", &address, "--json"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let told = ran.document("feed");
    assert_eq!((&told["sent"], &told["given_up"]), (&0.into(), &0.into()));
    let letters = fs::read_to_string(folder.path().join("fed.db.dead-letters.jsonl")).unwrap();
    assert_eq!(letters.lines().count() as u64, told["refused"].as_u64().unwrap());
    let first: Value = serde_json::from_str(letters.lines().next().unwrap()).unwrap();
    assert!(first["reason"].as_str().unwrap().contains("400"), "{first}");
    assert_eq!(first["event"]["schema"], "accesstrail.change-observed/1");
    assert!(!letters.contains("s3cr3t"), "an address may be secret");
}

#[test]
fn what_cannot_be_fed_is_told_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let rows: [(&[&str], &str); 6] = [
        (&["--to", "eventbridge:"], "name a bus"),
        (&["--to", "http://siem.example.com/s3cr3t"], "https://"),
        (&["--to", "siem.example.com"], "https://"),
        (&["--to", "https://u:s3cr3t@siem.example.com"], "user name"),
        (&[], "--to"),
        (&["--to", "https://siem.example.com", "--run", "yesterday"], "run id"),
    ];
    for (arguments, complaint) in rows {
        let ran = run(feeding(folder.path()).arg("feed"), arguments);
        assert_eq!(ran.code, 1, "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(complaint), "{arguments:?}: {}", ran.err);
        assert!(!ran.err.contains("s3cr3t"), "{}", ran.err);
    }
    for secret in ["", "s3cr3t"] {
        let mut command = feeding(folder.path());
        command.env("ACCESSTRAIL_WEBHOOK_SECRET", secret);
        let ran = run(&mut command, &["feed", "--to", "https://siem.example.com"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.err.contains("secret") && !ran.err.contains("s3cr3t"), "{}", ran.err);
    }
    let empty = tempfile::tempdir().unwrap();
    let mut command = program(empty.path());
    command.env("ACCESSTRAIL_WEBHOOK_SECRET", SECRET);
    let ran = run(&mut command, &["feed", "--to", "https://siem.example.com"]);
    assert!(ran.code == 1 && ran.err.contains("accesstrail collect"), "{ran:?}");
    assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0, "nothing is made");
}
