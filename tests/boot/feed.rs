//! The feed of the deployed function: after a run is closed, by messages of its own, and never at the
//! inventory's cost.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use accesstrail_shared::model::{Change, RunId, RunState};
use accesstrail_shared::port::Store;
use accesstrail_shared::report::event::event as event_of;
use accesstrail_shared::testing::proxy::Plan;
use accesstrail_tests::dynamo::Table;
use accesstrail_tests::server::{Reply, Server};
use accesstrail_tests::world;
use serde_json::{Value, json};

use crate::corpus::event;
use crate::function::{Function, Setup};
use crate::inventory::{OFTEN, run_of};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Puts a secret into the emulated Secrets Manager.
fn put_secret(endpoint: &str, name: &str) {
    let host = endpoint.strip_prefix("http://").unwrap();
    let body =
        json!({"Name": name, "SecretString": SECRET, "ClientRequestToken": name}).to_string();
    let request = format!(
        "POST / HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/x-amz-json-1.1\r\n\
         x-amz-target: secretsmanager.CreateSecret\r\ncontent-length: {}\r\nconnection: close\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/secretsmanager/aws4_request, \
         SignedHeaders=host, Signature=0\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(host).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

async fn changes(store: &dyn Store, run: &RunId) -> Vec<Change> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = store.changes(run, after.as_deref(), 500).await.unwrap();
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

fn received(server: &Server) -> Vec<String> {
    let mut ids = Vec::new();
    for request in server.seen().iter().skip(1) {
        assert!(request.headers["accesstrail-signature"].starts_with("t="));
        let body: Value = serde_json::from_str(&request.body).unwrap();
        let events = body["events"].as_array().unwrap();
        ids.extend(events.iter().map(|event| event["id"].as_str().unwrap().to_owned()));
    }
    ids
}

#[test]
fn a_closed_run_is_fed_and_a_receiver_that_is_away_costs_nothing_else() {
    world::run(async {
        crate::function::binary().await;
        // Away for an hour, it says; the first message is delivered again instead.
        let server = Server::start([Reply::status(503).with("retry-after", "3600")]).await;
        let table = Table::create().await;
        let name = format!("hook-of-{}", table.name);
        put_secret(&table.endpoint, &name);
        let address = server.address("/in");
        let function = Function::deploy_as(Setup {
            accounts: &["web-dev"],
            receives: OFTEN,
            hidden: 1,
            own: Plan::default(),
            more: &[
                ("ACCESSTRAIL_WEBHOOK_URL", address.as_str()),
                ("ACCESSTRAIL_WEBHOOK_SECRET_ARN", name.as_str()),
            ],
        })
        .await;
        let run = run_of(&function.invoke(&event("inventory/scheduler.json")).await);
        function.work_until_closed(&run).await;
        let store = function.table.store();
        assert_eq!(store.run(&run).await.unwrap().unwrap().state, RunState::Closed);
        let wanted: BTreeSet<String> =
            changes(&store, &run).await.iter().map(|change| event_of(change).unwrap().id).collect();
        assert!(wanted.len() > 20, "{}", wanted.len());

        for _ in 0..150 {
            let messages = function.queue.receive().await;
            if messages.is_empty() {
                tokio::time::sleep(Duration::from_millis(300)).await;
            } else {
                function.work(&messages).await;
            }
            if function.metric("FeedsDelivered") > 0 && function.metric("MessagesFailed") > 0 {
                break;
            }
        }
        // Two units that end together may both find the run closed and both ask for its feed.
        let ids = received(&server);
        assert_eq!(function.metric("EventsSent"), ids.len() as u64, "{}", function.log());
        assert_eq!(ids.into_iter().collect::<BTreeSet<_>>(), wanted, "none is lost");
        function.must_balance();
        assert_eq!((function.metric("EventsSetAside"), function.metric("MessagesPoison")), (0, 0));
        assert!(function.metric("MessagesFailed") >= 1, "it was away at first");
        assert!(function.queue.dead().await.is_empty());
        assert!(!function.log().contains(SECRET), "the secret is in no log");

        // The same message again: nothing is left to send.
        let sink = format!("webhook:{}", server.address("").strip_prefix("http://").unwrap());
        let delivered = function.log();
        let (_, rest) = delivered.split_once(&sink).unwrap();
        let hash: String = rest.chars().skip(1).take(12).collect();
        let body = json!({"version": 1, "feed": run.as_str(), "sink": format!("{sink}:{hash}")});
        function.queue.send(&body.to_string()).await;
        let (before, delivered) = (server.seen().len(), function.metric("FeedsDelivered"));
        // What asks for the findings may still be there.
        let mut message = function.queue.next().await;
        while !message.body().unwrap().contains("\"feed\"") {
            assert_eq!(function.work(&[message]).await, Vec::<String>::new());
            message = function.queue.next().await;
        }
        assert_eq!(function.work(&[message]).await, Vec::<String>::new());
        assert_eq!(server.seen().len(), before);
        assert_eq!(function.metric("FeedsDelivered"), delivered + 1);
    });
}
