//! The setup function: a custom resource of CloudFormation, or a person, wants the organization set up.
//!
//! ```text
//! CloudFormation ──► event ──► plan, applied turn by turn ──► answer at its address
//!                      ▲                │ no time left
//!                      └── the same ◄───┘
//! invocation {"setup": {"verb": "plan"}} ──► document
//! schedule {"setup": {"verb": "watch"}} ──► findings of health, and a look for what somebody changed
//! ```
//!
//! Decodes, takes turns of `accesstrail_shared::setup`, encodes. It decides nothing.

mod direct;
mod resource;
mod world;

use accesstrail_shared::lambda::{Counts, Failure, Invocation};
use accesstrail_shared::port::{Clock as _, SystemClock};
use accesstrail_shared::setup::custom_resource;
use serde_json::Value;

pub use world::World;

/// Handles one invocation: an event of a custom resource, or a direct one.
pub async fn handle(world: &World, event: Value, invocation: Invocation) -> Result<Value, Failure> {
    let counts = Counts::default();
    let answer = work(world, &event, &invocation, &counts).await;
    counts.write("setup", SystemClock.now(), &answer);
    answer
}

async fn work(
    world: &World,
    event: &Value,
    invocation: &Invocation,
    counts: &Counts,
) -> Result<Value, Failure> {
    if custom_resource::is_event(event) {
        return resource::handle(world, event, invocation).await;
    }
    match event.get("setup") {
        Some(asked) => direct::handle(world, asked, invocation, counts).await,
        None => Err(Failure::GiveUp(
            "neither an event of a custom resource nor {\"setup\": {\"verb\": …}}".to_owned(),
        )),
    }
}
