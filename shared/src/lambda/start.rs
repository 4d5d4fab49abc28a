//! Start-up of a function: logs, settings, and the loop that takes invocations.

use std::future::Future;

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

use super::init_error;
use super::{Failure, Invocation};
use crate::port::{Clock as _, SystemClock};

/// Runs a function: `init` once, then `handle` for each invocation. When `init` fails, Lambda hears why, and
/// the error is returned for the process to end with.
pub async fn run<W, I, F>(
    init: I,
    handle: impl Fn(std::sync::Arc<W>, Value, Invocation) -> F,
) -> Result<(), lambda_runtime::Error>
where
    I: Future<Output = Result<W, Failure>>,
    F: Future<Output = Result<Value, Failure>>,
{
    lambda_runtime::tracing::init_default_subscriber();
    let world = match init.await {
        Ok(world) => std::sync::Arc::new(world),
        Err(failure) => {
            tracing::error!(error = %failure, version = env!("CARGO_PKG_VERSION"), "the function cannot start");
            init_error::report(environment, &failure);
            return Err(failure.into());
        }
    };
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "started");
    let handle = &handle;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        let world = std::sync::Arc::clone(&world);
        let (event, context) = event.into_parts();
        let invocation =
            Invocation::new(context.request_id.clone(), context.deadline(), SystemClock.now());
        async move {
            let answer = handle(world, event, invocation).await;
            if let Err(failure) = &answer {
                tracing::error!(error = %failure, "the invocation failed");
            }
            answer
        }
    }))
    .await
}

/// The process environment, for `settings`.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where a function reads its environment"
)]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
