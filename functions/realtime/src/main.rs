//! Wiring of the realtime function.

use accesstrail_shared::lambda::start;
use realtime::{World, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let world = World::from_environment(&start::environment);
    let serve = start::run(world, |world, event, invocation| async move {
        handle(&world, event, invocation).await
    });
    Box::pin(serve).await
}
