//! A worker whose time is up hands on; the next one goes on from the last saved page.

use std::sync::Arc;

use accesstrail_shared::collect::Stop;
use accesstrail_shared::collect::pipeline::{Inventory, Outcome, Reach, Worker};
use accesstrail_shared::model::Status;
use accesstrail_shared::port::{Clock, Store, SystemClock};
use accesstrail_shared::testing::faulty::FaultyStore;
use accesstrail_shared::testing::proxy::Proxy;
use accesstrail_tests::world::{self, worker};

use crate::small::{self, EndState, collect, process, request};

/// Works with workers that have time for `pages` pages each; returns how often they handed on, at most.
async fn in_hops(proxy: &Proxy, store: &Arc<dyn Store>, pages: u64) -> u32 {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (inventory, queue) = process(proxy, store, &clock).await;
    inventory.plan(request(Reach::Caller)).await.unwrap();
    let mut hops = 0;
    let mut number = 0;
    while let Some(message) = queue.take() {
        hops = hops.max(message.hop);
        number += 1;
        let stop = Stop::default();
        let stopping = FaultyStore::new(Arc::clone(store)).stopping(stop.clone(), pages);
        let worker = Worker { stop, ..worker(&format!("worker-{number}"), &*clock) };
        let inventory = Inventory { store: Arc::new(stopping), ..inventory.clone() };
        let outcome = inventory.work(&message, &worker).await.unwrap();
        assert!(matches!(outcome, Outcome::Ended(_) | Outcome::HandedOn), "{outcome:?}");
        assert!(number < 200, "no end");
    }
    hops
}

#[test]
fn repeated_hand_overs_end_in_the_state_of_an_uninterrupted_run() {
    world::run(async {
        let proxy = small::proxy(2).await;
        let store = small::store_with_a_past().await;
        collect(&proxy, &store, Reach::Caller, 1).await.unwrap();
        let whole = EndState::of(&*store).await;
        for pages in [2, 3, 5] {
            let store = small::store_with_a_past().await;
            let hops = in_hops(&proxy, &store, pages).await;
            println!("{pages} pages each: {hops} hand-overs");
            assert!(hops > 0, "{pages} pages each: nobody handed on");
            EndState::of(&*store).await.must_equal(&whole, &format!("{pages} pages each"));
        }
    });
}

#[test]
fn too_many_hand_overs_give_up_and_close_the_run() {
    world::run(async {
        let proxy = small::proxy(1).await;
        let store = small::store_with_a_past().await;
        let hops = in_hops(&proxy, &store, 1).await;
        assert_eq!(hops, 13, "given up after as many as are allowed");
        let state = EndState::of(&*store).await;
        assert!(state.is_closed());
        let statuses = state.status("iam-authorization");
        assert!(!statuses.is_empty());
        for status in statuses {
            let Status::Partial { reason, .. } = status else { panic!("{status:?}") };
            assert!(reason.contains("hand-overs"), "{reason}");
        }
        // What was saved before stays, and the other units are whole.
        let complete = |status: &&Status| **status == Status::Complete;
        assert!(state.status("iam-credentials").iter().any(complete));
        assert!(state.entities_of("iam-authorization") > 10);
    });
}
