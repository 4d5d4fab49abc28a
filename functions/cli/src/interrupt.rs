//! Ctrl-C: whoever has something to finish is told, everyone else is stopped where they are.

use std::future::Future;

use crate::error::Failure;

/// Waits until somebody presses Ctrl-C. From then on Ctrl-C no longer ends the process by itself.
pub(crate) async fn asked() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Nobody can ask: the signal keeps its own way of ending the process.
        std::future::pending::<()>().await;
    }
}

/// Does the work, or drops it when somebody presses Ctrl-C. For work that leaves nothing half done
/// wherever it is dropped.
pub(crate) async fn or<T, E: Into<Failure>>(
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure> {
    tokio::select! {
        // An answer that is there is taken before a question that came too late.
        biased;
        done = work => done.map_err(Into::into),
        () = asked() => Err(Failure::Interrupted { run: None }),
    }
}
