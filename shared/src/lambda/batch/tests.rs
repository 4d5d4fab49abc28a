//! A message fails alone, its queue hears when it comes again, and a queue that does not hear changes no answer.

use std::future::pending;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;

use super::*;
use crate::model::Timestamp;
use crate::port::PortError;

#[derive(Debug)]
struct At(Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

fn clock() -> At {
    At("2026-11-22T06:00:00Z".parse().unwrap())
}

/// A queue that notes what it is told, and then does this.
#[derive(Debug)]
struct Told {
    told: Mutex<Vec<(String, u64)>>,
    then: Then,
}

#[derive(Clone, Copy, Debug)]
enum Then {
    Obey,
    Deny,
    Hang,
}

impl Told {
    fn new(then: Then) -> Self {
        Self { told: Mutex::default(), then }
    }

    fn sorted(&self) -> Vec<(String, u64)> {
        let mut told = self.told.lock().unwrap().clone();
        told.sort();
        told
    }
}

#[async_trait]
impl Redelivery for Told {
    async fn again_in(&self, receipt: &Receipt, delay: Duration) -> Result<(), PortError> {
        self.told.lock().unwrap().push((receipt.handle.clone(), delay.as_secs()));
        match self.then {
            Then::Obey => Ok(()),
            Then::Deny => Err(PortError::Denied {
                what: "queue units (sqs:ChangeMessageVisibility)".to_owned(),
                source: "AccessDenied".into(),
            }),
            Then::Hang => pending().await,
        }
    }
}

fn record(id: &str, body: &str) -> Value {
    json!({
        "messageId": id,
        "receiptHandle": format!("handle-{id}"),
        "body": body,
        "attributes": {"ApproximateReceiveCount": "2", "SentTimestamp": "1795327200000"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:units",
        "awsRegion": "eu-west-1",
    })
}

/// What the body says.
async fn obey(message: Message) -> Delivery {
    assert_eq!(message.receives, 2);
    match message.body.as_str() {
        "good" => Delivery::Done,
        "never" => Delivery::Again(Again::AtOnce),
        "busy" => Delivery::Again(Again::Later),
        until => Delivery::Again(Again::NotBefore(until.parse().unwrap())),
    }
}

fn failures(ids: &[&str]) -> Value {
    let items = ids.iter().map(|id| json!({"itemIdentifier": id}));
    json!({"batchItemFailures": items.collect::<Vec<_>>()})
}

#[tokio::test]
async fn a_message_fails_alone_and_its_queue_hears_when_it_comes_again() {
    let bodies = ["good", "never", "busy", "2026-11-22T06:10:00Z"];
    let records = bodies.iter().zip(["1", "2", "3", "4"]).map(|(body, id)| record(id, body));
    let event = json!({"Records": records.collect::<Vec<_>>()});
    assert!(is_batch(&event));
    let queue = Told::new(Then::Obey);
    let answer = each_message(event, &queue, &clock(), obey).await.unwrap();
    assert_eq!(answer, failures(&["2", "3", "4"]));

    let told = queue.sorted();
    let pause = Again::Later.delay("3", 2, clock().now()).as_secs();
    assert!((30..=60).contains(&pause), "{pause}");
    let wanted = [("handle-2", 0), ("handle-3", pause), ("handle-4", 600)];
    assert_eq!(told, wanted.map(|(handle, delay)| (handle.to_owned(), delay)));
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_does_not_hear_changes_no_answer() {
    for then in [Then::Deny, Then::Hang] {
        let queue = Told::new(then);
        let event =
            json!({"Records": [record("1", "busy"), record("2", "good"), record("3", "never")]});
        let began = tokio::time::Instant::now();
        let answer = each_message(event, &queue, &clock(), obey).await.unwrap();
        assert_eq!(answer, failures(&["1", "3"]), "{then:?}");
        assert_eq!(queue.sorted().len(), 2, "{then:?}");
        assert!(began.elapsed() <= Duration::from_secs(6), "{then:?}: the invocation goes on");
    }
}

#[tokio::test]
async fn what_is_missing_in_a_record_is_not_missed() {
    // As a person types it who tries the function: nothing but what names and says.
    let bare = json!({"Records": [{"messageId": "1", "body": "x", "eventSource": "aws:sqs", "newField": {"a": [1]}}]});
    let (queue, clock) = (Told::new(Then::Obey), clock());
    let answer = each_message(bare, &queue, &clock, async |message| {
        assert_eq!((message.receives, message.receipt), (1, None));
        Delivery::Again(Again::AtOnce)
    });
    assert_eq!(answer.await.unwrap(), failures(&["1"]));
    assert!(queue.sorted().is_empty(), "without a receipt there is nobody to tell");

    let nameless = json!({"Records": [{"body": "x", "eventSource": "aws:sqs"}]});
    let answer = each_message(nameless, &queue, &clock, async |_| Delivery::Done);
    assert!(matches!(answer.await, Err(BatchError::Nameless)));
    let shapeless = json!({"Records": [{"messageId": 1, "eventSource": "aws:sqs"}]});
    let answer = each_message(shapeless, &queue, &clock, async |_| Delivery::Done);
    assert!(matches!(answer.await, Err(BatchError::Shape(_))));
}

#[tokio::test]
async fn an_empty_batch_is_done() {
    let event = json!({"Records": []});
    assert!(is_batch(&event));
    let queue = Told::new(Then::Obey);
    let answer = each_message(event, &queue, &clock(), async |_| Delivery::Done).await;
    assert_eq!(answer.unwrap(), failures(&[]));
}

#[test]
fn other_events_are_not_batches() {
    for event in [
        json!({}),
        json!(null),
        json!("x"),
        json!({"Records": {}}),
        json!({"Records": [{"eventSource": "aws:s3"}]}),
        json!({"Records": [{"eventSource": "aws:sqs"}, {"EventSource": "aws:sns"}]}),
    ] {
        assert!(!is_batch(&event), "{event}");
    }
}
