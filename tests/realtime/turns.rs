//! A store whose calls let others have a turn, as the dice say: which of two workers comes first is a matter of the seed.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use accesstrail_shared::model::{
    Change, Counters, Coverage, EntityId, Notice, Run, RunId, Scope, Stored, Timestamp, Unit,
};
use accesstrail_shared::port::{
    Answer, Claim, Delivery, EventStore, Lease, Opened, Page, PortError, Progress, Query, Reread,
    RereadSaved, Saved, Store,
};
use accesstrail_tests::living::Dice;
use async_trait::async_trait;

/// The store, around one whose own threads it waits for.
#[derive(Debug)]
pub(super) struct Turns {
    inner: Arc<dyn EventStore>,
    dice: Mutex<Dice>,
    /// What another worker saves right before something that is gone is saved for the first time.
    pub(super) meanwhile: Mutex<Option<Reread>>,
}

impl Turns {
    pub(super) fn new(inner: Arc<dyn EventStore>, seed: u64) -> Self {
        Self { inner, dice: Mutex::new(Dice::new(seed)), meanwhile: Mutex::default() }
    }

    /// Others go first, then the call is made and answered at once, then others go on before its answer is heard.
    async fn turn<T>(&self, call: impl Future<Output = T>) -> T {
        self.others().await;
        let answer = at_once(call);
        self.others().await;
        answer
    }

    async fn others(&self) {
        let turns = {
            let mut dice = self.dice.lock().unwrap();
            // Seldom so many that the others come to their end: in a short time of one, much of another.
            let most = match dice.below(120) {
                0 => 4_000,
                1..10 => 60,
                _ => 3,
            };
            dice.below(most)
        };
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
    }
}

/// Waits for a call on this thread, on which nothing else happens meanwhile.
fn at_once<T>(call: impl Future<Output = T>) -> T {
    let mut call = pin!(tokio::task::unconstrained(call));
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match call.as_mut().poll(&mut context) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// Wakes a thread.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

// A method that is added to the port with a default body would slip past the turns.
#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Store for Turns {
    async fn open_run(&self, run: &Run, units: &[Unit]) -> Result<Opened, PortError> {
        self.turn(self.inner.open_run(run, units)).await
    }

    async fn run(&self, id: &RunId) -> Result<Option<Run>, PortError> {
        self.turn(self.inner.run(id)).await
    }

    async fn runs(&self, limit: usize) -> Result<Vec<Run>, PortError> {
        self.turn(self.inner.runs(limit)).await
    }

    async fn pending_units(&self, run: &RunId) -> Result<Vec<Unit>, PortError> {
        self.turn(self.inner.pending_units(run)).await
    }

    async fn claim_unit(
        &self,
        run: &RunId,
        unit: &Unit,
        lease: &Lease,
    ) -> Result<Claim, PortError> {
        self.turn(self.inner.claim_unit(run, unit, lease)).await
    }

    async fn release_unit(&self, run: &RunId, unit: &Unit, owner: &str) -> Result<(), PortError> {
        self.turn(self.inner.release_unit(run, unit, owner)).await
    }

    async fn save_page(&self, page: &Page) -> Result<Saved, PortError> {
        self.turn(self.inner.save_page(page)).await
    }

    async fn end_unit(
        &self,
        run: &RunId,
        unit: &Unit,
        coverage: &[Coverage],
        counters: &Counters,
    ) -> Result<Progress, PortError> {
        self.turn(self.inner.end_unit(run, unit, coverage, counters)).await
    }

    async fn claim_closing(&self, run: &RunId, lease: &Lease) -> Result<Claim, PortError> {
        self.turn(self.inner.claim_closing(run, lease)).await
    }

    async fn settle_scope(&self, run: &RunId, coverage: &Coverage) -> Result<u64, PortError> {
        self.turn(self.inner.settle_scope(run, coverage)).await
    }

    async fn close_run(
        &self,
        run: &RunId,
        at: Timestamp,
        counters: &Counters,
    ) -> Result<(), PortError> {
        self.turn(self.inner.close_run(run, at, counters)).await
    }

    async fn put_latest_coverage(&self, coverage: &[Coverage]) -> Result<(), PortError> {
        self.turn(self.inner.put_latest_coverage(coverage)).await
    }

    async fn latest_coverage(&self) -> Result<Vec<Coverage>, PortError> {
        self.turn(self.inner.latest_coverage()).await
    }

    async fn run_coverage(&self, run: &RunId) -> Result<Vec<Coverage>, PortError> {
        self.turn(self.inner.run_coverage(run)).await
    }

    async fn entities(
        &self,
        query: &Query,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<Stored>, PortError> {
        self.turn(self.inner.entities(query, after, limit)).await
    }

    async fn entity(&self, scope: &Scope, id: &EntityId) -> Result<Option<Stored>, PortError> {
        self.turn(self.inner.entity(scope, id)).await
    }

    async fn history(&self, scope: &Scope, id: &EntityId) -> Result<Vec<Change>, PortError> {
        self.turn(self.inner.history(scope, id)).await
    }

    async fn changes(
        &self,
        run: &RunId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<Change>, PortError> {
        self.turn(self.inner.changes(run, after, limit)).await
    }

    async fn delivery(&self, sink: &str, run: &RunId) -> Result<Option<Delivery>, PortError> {
        self.turn(self.inner.delivery(sink, run)).await
    }

    async fn save_delivery(&self, delivery: &Delivery) -> Result<(), PortError> {
        self.turn(self.inner.save_delivery(delivery)).await
    }

    fn cost(&self) -> Counters {
        self.inner.cost()
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl EventStore for Turns {
    async fn save_reread(&self, reread: &Reread) -> Result<RereadSaved, PortError> {
        let other =
            if reread.gone.is_empty() { None } else { self.meanwhile.lock().unwrap().take() };
        if let Some(other) = other {
            self.inner.save_reread(&other).await?;
        }
        self.turn(self.inner.save_reread(reread)).await
    }

    async fn changes_of_event(&self, event: &str) -> Result<Vec<Change>, PortError> {
        self.turn(self.inner.changes_of_event(event)).await
    }

    async fn put_notices(&self, notices: &[Notice]) -> Result<(), PortError> {
        self.turn(self.inner.put_notices(notices)).await
    }

    async fn notices(&self) -> Result<Vec<Notice>, PortError> {
        self.turn(self.inner.notices()).await
    }
}
