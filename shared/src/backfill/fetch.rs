//! The objects of a pass, fetched ahead and in order, while others are folded.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::report::{Progress, in_words};
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

/// The right to hold an object: to fetch it, and to let it wait until it is folded.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    all: usize,
    free: Arc<Semaphore>,
}

impl Slots {
    pub(super) fn new(all: usize) -> Self {
        let all = all.clamp(1, Semaphore::MAX_PERMITS);
        Self { all, free: Arc::new(Semaphore::new(all)) }
    }

    /// Waits for a slot. Whoever came first has it first, so the first object of a pass never waits for its next ones.
    async fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free).acquire_owned().await.ok()
    }
}

/// An object that was fetched, in its slot.
type Fetched = (usize, Result<Option<Body>, PortError>, Option<OwnedSemaphorePermit>);

/// Fetches the wanted objects, as many at once as there are slots, and lets the pass take them.
pub(super) async fn fetch(
    logs: &Arc<dyn Logs>,
    pass: Pass,
    wanted: Vec<usize>,
    slots: &Slots,
    progress: &Arc<Progress>,
) -> Result<Passed, BackfillError> {
    if logs.is_at_hand() {
        let (logs, progress) = (Arc::clone(logs), Arc::clone(progress));
        let runtime = tokio::runtime::Handle::current();
        let folding = move || {
            runtime.block_on(async {
                let mut folding = Folding::new(pass, &progress);
                for at in wanted {
                    folding.fetch_and_take(&*logs, at).await;
                }
                folding.finish()
            })
        };
        return tokio::task::spawn_blocking(folding).await.map_err(|_| BackfillError::Stopped);
    }
    let objects = Arc::clone(pass.objects());
    let (sender, receiver) = mpsc::channel(WAITING);
    let fetched = futures::stream::iter(wanted)
        .filter_map(|at| {
            let listed = objects.get(at).map(|listed| (at, listed.object.clone()));
            async move { listed }
        })
        .map(|(at, object)| async move {
            let slot = slots.take().await;
            (at, logs.body(&object).await, slot)
        })
        .buffered(slots.all);
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

fn fold(pass: Pass, mut receiver: mpsc::Receiver<Fetched>, progress: &Progress) -> Passed {
    let mut folding = Folding::new(pass, progress);
    while let Some((at, fetched, slot)) = receiver.blocking_recv() {
        folding.take(at, fetched);
        drop(slot);
    }
    folding.finish()
}

/// A pass that takes what was fetched.
struct Folding<'p> {
    passed: Passed,
    reader: ObjectReader,
    progress: &'p Progress,
}

impl<'p> Folding<'p> {
    fn new(pass: Pass, progress: &'p Progress) -> Self {
        let passed = Passed { pass, left: BTreeMap::new() };
        Self { passed, reader: ObjectReader::default(), progress }
    }

    fn finish(self) -> Passed {
        let Passed { mut pass, mut left } = self.passed;
        left.append(&mut pass.left);
        Passed { pass, left }
    }

    async fn fetch_and_take(&mut self, logs: &dyn Logs, at: usize) {
        let objects = Arc::clone(self.passed.pass.objects());
        if let Some(listed) = objects.get(at) {
            self.take(at, logs.body(&listed.object).await);
        }
    }

    fn take(&mut self, at: usize, fetched: Result<Option<Body>, PortError>) {
        let Self { passed, reader, progress } = self;
        progress.took(passed.pass.objects().get(at).map_or(0, |listed| listed.object.size));
        match fetched {
            Ok(Some(body)) => passed.pass.take(at, body, reader),
            Ok(None) => {
                passed.left.insert(at, "it is gone".to_owned());
            }
            Err(error) => {
                passed.left.insert(at, in_words(&error));
            }
        }
    }
}
