//! Wiring of the setup function.

use accesstrail_shared::lambda::start;
use setup::{World, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let world = async { Ok(World::from_environment(&start::environment)) };
    let serve = start::run(world, |world, event, invocation| async move {
        handle(&world, event, invocation).await
    });
    Box::pin(serve).await
}
