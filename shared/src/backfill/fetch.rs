//! The objects of a pass, fetched ahead and in order, while others are folded.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt as _;
use tokio::sync::mpsc;

use super::report::Progress;
use super::run::BackfillError;
use super::unit::Pass;
use crate::port::{Body, Logs, PortError};
use crate::trail::object::ObjectReader;

/// Fetched objects that wait to be folded.
const WAITING: usize = 4;

/// A pass that has taken what was wanted, and what could not be fetched this time.
#[derive(Debug)]
pub(super) struct Passed {
    pub(super) pass: Pass,
    /// Objects by position, and why.
    pub(super) left: BTreeMap<usize, String>,
}

type Fetched = (usize, Result<Option<Body>, PortError>);

/// Fetches the wanted objects, at most `in_flight` at once, and lets the pass take them.
pub(super) async fn fetch(
    logs: &Arc<dyn Logs>,
    pass: Pass,
    wanted: Vec<usize>,
    in_flight: usize,
    progress: &Arc<Progress>,
) -> Result<Passed, BackfillError> {
    let objects = Arc::clone(pass.objects());
    let (sender, receiver) = mpsc::channel(WAITING);
    let fetched = futures::stream::iter(wanted)
        .filter_map(|at| {
            let listed = objects.get(at).map(|listed| (at, listed.object.clone()));
            async move { listed }
        })
        .map(|(at, object)| async move { (at, logs.body(&object).await) })
        .buffered(in_flight);
    let fetching = async {
        let mut fetched = std::pin::pin!(fetched);
        while let Some(next) = fetched.next().await {
            if sender.send(next).await.is_err() {
                break;
            }
        }
        drop(sender);
    };
    let folding = {
        let progress = Arc::clone(progress);
        tokio::task::spawn_blocking(move || fold(pass, receiver, &progress))
    };
    let ((), passed) = tokio::join!(fetching, folding);
    passed.map_err(|_| BackfillError::Stopped)
}

fn fold(mut pass: Pass, mut receiver: mpsc::Receiver<Fetched>, progress: &Progress) -> Passed {
    let mut reader = ObjectReader::default();
    let mut left = BTreeMap::new();
    while let Some((at, fetched)) = receiver.blocking_recv() {
        progress.took(pass.objects().get(at).map_or(0, |listed| listed.object.size));
        match fetched {
            Ok(Some(body)) => pass.take(at, body, &mut reader),
            Ok(None) => {
                left.insert(at, "it is gone".to_owned());
            }
            Err(error) => {
                left.insert(at, told(&error));
            }
        }
    }
    left.append(&mut pass.broken);
    Passed { pass, left }
}

/// An error of a port with what caused it.
pub(super) fn told(error: &PortError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
