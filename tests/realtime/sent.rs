//! What was saved and could not be sent is sent when its event comes again, though nothing is there of it any more.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use accesstrail_shared::collect::Stop;
use accesstrail_shared::feed::Feed;
use accesstrail_shared::live::Fate;
use accesstrail_shared::port::{
    Batch, DeadLetter, DeadLetters, FeedEvent, PortError, Sink, Store, Verdict,
};
use accesstrail_tests::living::{HOME, Living, Mix};
use async_trait::async_trait;
use serde_json::json;

use super::stream::{alone, live};

/// A bus that is shut until it is opened.
#[derive(Debug, Default)]
struct Bus {
    is_open: AtomicBool,
    taken: Mutex<Vec<String>>,
}

#[async_trait]
impl Sink for Bus {
    fn name(&self) -> &'static str {
        "bus"
    }

    fn batch(&self) -> Batch {
        Batch { events: 10, bytes: 1_000_000 }
    }

    async fn send(&self, events: &[FeedEvent]) -> Result<Vec<Verdict>, PortError> {
        if !self.is_open.load(Ordering::SeqCst) {
            return Err(PortError::Denied { what: "the bus".to_owned(), source: "no".into() });
        }
        self.taken.lock().unwrap().extend(events.iter().map(|event| event.body.clone()));
        Ok(vec![Verdict::Accepted; events.len()])
    }
}

/// Nothing is set aside here.
#[derive(Debug)]
struct NoLetters;

#[async_trait]
impl DeadLetters for NoLetters {
    async fn keep(&self, letters: &[DeadLetter]) -> Result<(), PortError> {
        assert!(letters.is_empty(), "{letters:?}");
        Ok(())
    }
}

#[test]
fn a_deletion_that_was_not_sent_is_sent_when_its_event_comes_again() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let living = Living::found(1, Mix::default(), 0);
        let (store, mut live) = live(&living).await;
        let event = |operation: &str, request| {
            assert!(living.perform(HOME, "sso", operation, &request));
            let told = living.take_told().remove(0);
            living.clock().pass(150_000);
            let message = alone(&told);
            (told.record, [message])
        };
        let stop = Stop::default();
        // Of a permission set nothing else is left that would be looked at.
        let instance = "arn:aws:sso:::instance/ssoins-1111222233334444";
        let request = json!({"instanceArn": instance, "name": "brief"});
        let (record, made) = event("CreatePermissionSet", request);
        let set = record["responseElements"]["permissionSet"]["permissionSetArn"].as_str().unwrap();
        live.take(&made, &stop).await.unwrap();
        let bus = Arc::new(Bus::default());
        let plain: Arc<dyn Store> = store.clone();
        live.feeds.push(Feed::new(plain, bus.clone(), Arc::new(NoLetters), living.clock()));
        let request = json!({"instanceArn": instance, "permissionSetArn": set});
        let (_, gone) = event("DeletePermissionSet", request);
        let first = live.take(&gone, &stop).await.unwrap();
        assert!(first.counts.changes > 0);
        assert_ne!(first.fates, [Fate::Done], "it could not be sent");
        bus.is_open.store(true, Ordering::SeqCst);
        let second = live.take(&gone, &stop).await.unwrap();
        assert_eq!(second.fates, [Fate::Done]);
        let taken = bus.taken.lock().unwrap();
        let told = u64::try_from(taken.len()).unwrap();
        assert_eq!(told, first.counts.changes, "each once: {taken:?}");
        assert!(taken.iter().all(|body| body.contains(set)), "{taken:?}");
    });
}
