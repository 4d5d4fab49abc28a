//! The events of the function `inventory`: JSON, either a batch of messages or the start of a run.

use std::cell::RefCell;
use std::future::ready;
use std::time::Duration;

use accesstrail_shared::lambda::batch::{self, Delivery, Message};
use accesstrail_shared::lambda::redelivery::Again;
use accesstrail_shared::model::RunId;
use accesstrail_shared::port::{PortError, Receipt, Redelivery, SystemClock};
use async_trait::async_trait;
use inventory::Start;
use serde_json::{Value, json};
use tokio::runtime::Builder;

use super::is_somebodys;

pub(super) fn check(bytes: &[u8]) {
    let Ok(event) = serde_json::from_slice::<Value>(bytes) else { return };
    if batch::is_batch(&event) {
        deliveries_hold(&event);
    } else if let Ok(start) = Start::read(&event) {
        start_holds(&start);
    }
}

/// A queue that does as it is told.
#[derive(Debug)]
struct Obedient;

#[async_trait]
impl Redelivery for Obedient {
    async fn again_in(&self, _: &Receipt, _: Duration) -> Result<(), PortError> {
        Ok(())
    }
}

/// Every message is handled once, in order, and exactly those that failed are named.
fn deliveries_hold(event: &Value) {
    let handled = RefCell::new(Vec::new());
    let fails = |body: &str| body.len() % 2 == 1;
    let handle = |message: Message| {
        let again = Delivery::Again(Again::Later);
        let delivery = if fails(&message.body) { again } else { Delivery::Done };
        handled.borrow_mut().push(message.body);
        ready(delivery)
    };
    let answering = batch::each_message(event.clone(), &Obedient, &SystemClock, handle);
    let answer = Builder::new_current_thread().enable_time().build().unwrap().block_on(answering);
    let records = event["Records"].as_array().unwrap();
    let Ok(answer) = answer else {
        assert!(handled.borrow().is_empty(), "a batch is understood before it is handled");
        return;
    };
    // A record may also be written as an array of its fields, which says nothing about their names.
    if records.iter().all(Value::is_object) {
        let of = |record: &Value, field| record[field].as_str().unwrap_or_default().to_owned();
        let bodies: Vec<String> = records.iter().map(|record| of(record, "body")).collect();
        assert_eq!(*handled.borrow(), bodies);
        let failed = records.iter().filter(|record| fails(&of(record, "body")));
        let named = failed.map(|record| json!({"itemIdentifier": of(record, "messageId")}));
        assert_eq!(answer, json!({"batchItemFailures": named.collect::<Vec<_>>()}));
    }
}

/// A start names accounts that can be looked into and a time that names a run; what it says is read
/// again as the same.
fn start_holds(start: &Start) {
    assert!(["schedule", "invoke"].contains(&start.trigger));
    start.accounts.iter().for_each(is_somebodys);
    if let Some(due) = start.due {
        let run = RunId::new(due, "");
        assert_eq!(run.to_string().parse(), Ok(run));
    }
    let accounts: Vec<String> = start.accounts.iter().map(ToString::to_string).collect();
    let time = start.due.map(|due| due.to_string());
    let request = json!({"trigger": start.trigger, "time": time, "accounts": accounts});
    assert_eq!(Start::read(&request).unwrap(), *start);
}
