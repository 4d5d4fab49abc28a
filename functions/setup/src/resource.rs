//! An event of a custom resource: worked on until it is answered, or until there is no time left and the function takes it
//! again.

use std::time::Duration;

use accesstrail_shared::lambda::answer;
use accesstrail_shared::lambda::{Failure, Invocation};
use accesstrail_shared::model::Timestamp;
use accesstrail_shared::setup::custom_resource::{After, Answer, Event, drive};
use serde_json::{Value, json};

use crate::world::World;

/// Where an event that is taken again says when it came first.
const BEGAN: &str = "AccesstrailBegan";

/// How long is waited between two turns.
const PAUSE: Duration = Duration::from_secs(5);

/// How long is waited between two turns with a local AWS, which is fast.
const SHORT_PAUSE: Duration = Duration::from_millis(100);

pub(crate) async fn handle(
    world: &World,
    payload: &Value,
    invocation: &Invocation,
) -> Result<Value, Failure> {
    let event = Event::read(payload, world.address()).map_err(|error| Failure::give_up(&error))?;
    let began = payload.get(BEGAN).and_then(Value::as_str);
    let began = began.and_then(|began| began.parse().ok()).unwrap_or(invocation.began);
    let work = work(world, &event, began);
    // A turn that is cut off goes on where it was: what it began is kept.
    let answer = tokio::time::timeout(World::left(invocation), work).await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(_) => match hand_on(world, payload, began).await {
            Ok(()) => return Ok(json!({"outcome": "handed_on"})),
            Err(failure) => event.failure(&format!(
                "there was no time left, and the function could not be invoked again: {failure}"
            )),
        },
    };
    answered(&answer).await
}

async fn work(world: &World, event: &Event, began: Timestamp) -> Answer {
    let hub = match world.hub().await {
        Ok(hub) => hub,
        Err(reason) => return event.failure(&reason),
    };
    let pause = match world.address() {
        accesstrail_shared::setup::custom_resource::Address::Any => SHORT_PAUSE,
        accesstrail_shared::setup::custom_resource::Address::Aws => PAUSE,
    };
    loop {
        // One event is one owner, whoever works on it: the right to set up goes on with it.
        match drive(event, hub.means(&event.request_id), began).await {
            After::Answer(answer) => return answer,
            After::Again => tokio::time::sleep(pause).await,
        }
    }
}

async fn hand_on(world: &World, payload: &Value, began: Timestamp) -> Result<(), Failure> {
    let mut again = payload.clone();
    if let Some(fields) = again.as_object_mut() {
        fields.insert(BEGAN.to_owned(), json!(began.to_string()));
    }
    world.hand_on(&again).await
}

/// Puts an answer. If nobody takes it, Lambda invokes the function again, which answers the same.
async fn answered(answer: &Answer) -> Result<Value, Failure> {
    answer::put(answer).await.map_err(Failure::Retry)?;
    let status: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let field = |name: &str| status.get(name).cloned().unwrap_or_default();
    let (status, reason) = (field("Status"), field("Reason"));
    tracing::info!(%status, %reason, "answered");
    Ok(json!({"outcome": "answered", "status": status, "reason": reason}))
}
