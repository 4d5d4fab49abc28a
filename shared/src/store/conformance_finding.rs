//! The suite that every store of findings passes: what the documentation of [`crate::port::FindingStore`] says.
//!
//! ```ignore
//! accesstrail_shared::finding_conformance_suite!(fresh);
//! ```
//!
//! makes one test of each case, given the path of an `async fn() -> Handles` that makes an empty store.

#![expect(clippy::unwrap_used, reason = "a test suite: what is unexpected ends the test")]

use std::any::Any;
use std::sync::Arc;

use crate::model::Timestamp;
use crate::model::finding::{
    Confidence, Detail, Finding, FindingId, FindingKind, FindingState, Severity, Turn,
};
use crate::port::FindingStore;

/// Two handles on one empty store, as two that judge hold them. They may be the same handle.
pub struct Handles {
    store: Arc<dyn FindingStore>,
    other: Arc<dyn FindingStore>,
    kept: Option<Box<dyn Any + Send + Sync>>,
}

impl std::fmt::Debug for Handles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { store, other, kept: _ } = self;
        f.debug_struct("Handles").field("store", store).field("other", other).finish()
    }
}

impl Handles {
    /// Two handles on one empty store.
    pub fn new(store: Arc<dyn FindingStore>, other: Arc<dyn FindingStore>) -> Self {
        Self { store, other, kept: None }
    }

    /// Keeps what the store needs (a folder, an emulator) for as long as the handles.
    #[must_use]
    pub fn keeping(mut self, what: impl Any + Send + Sync) -> Self {
        self.kept = Some(Box::new(what));
        self
    }
}

/// So many seconds after some time.
fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn finding(kind: FindingKind, name: &str, last_seen: i64, turns: Vec<Turn>) -> Finding {
    let subject = format!("arn:aws:iam::111122223333:user/{name}");
    Finding {
        id: FindingId { kind, subject, part: "a#part/with ü".to_owned() },
        account: "111122223333".to_owned(),
        detail: Detail {
            severity: Severity::High,
            confidence: Confidence::High,
            summary: format!("seen at {last_seen}"),
            evidence: Vec::new(),
            remedy: "mend it".to_owned(),
        },
        last_seen: at(last_seen),
        state: FindingState::Opened,
        turns,
        unjudged: None,
    }
}

fn opened(name: &str, last_seen: i64) -> Finding {
    finding(FindingKind::StaleKey, name, last_seen, vec![Turn::Opened(at(0))])
}

/// What is saved comes back, in the order of the ids.
///
/// # Panics
///
/// If it does not.
pub async fn findings_come_back_in_order(handles: Handles) {
    assert_eq!(handles.store.findings().await.unwrap(), []);
    handles.store.save_findings(&[]).await.unwrap();
    let root = finding(FindingKind::RootKey, "a", 0, vec![Turn::Opened(at(0))]);
    let mut all = vec![root, opened("b", 0), opened("a", 0), opened("a/b", 0)];
    handles.store.save_findings(&all).await.unwrap();
    all.sort_by(|left, right| left.id.cmp(&right.id));
    assert_eq!(handles.other.findings().await.unwrap(), all);
}

/// The newest version stands, whichever is saved first, and however often.
///
/// # Panics
///
/// If it does not.
pub async fn the_newest_stands_whichever_is_saved_first(handles: Handles) {
    let resolved = |name: &str| {
        let turns = vec![Turn::Opened(at(0)), Turn::Resolved(at(9))];
        finding(FindingKind::StaleKey, name, 5, turns)
    };
    for (name, order) in
        [("a", [opened("a", 5), resolved("a")]), ("b", [resolved("b"), opened("b", 5)])]
    {
        for finding in order {
            for _ in 0..2 {
                handles.store.save_findings(std::slice::from_ref(&finding)).await.unwrap();
            }
        }
        let kept = handles.other.findings().await.unwrap();
        let own: Vec<&Finding> = kept.iter().filter(|it| it.id.subject.ends_with(name)).collect();
        assert_eq!(own, [&resolved(name)]);
    }
}

/// Of many that save at once the newest stands.
///
/// # Panics
///
/// If it does not.
pub async fn of_many_that_save_at_once_the_newest_stands(handles: Handles) {
    let tasks: Vec<_> = (0..8)
        .map(|second| {
            let own = if second % 2 == 0 { &handles.store } else { &handles.other };
            let store = Arc::clone(own);
            tokio::spawn(async move { store.save_findings(&[opened("a", second)]).await.unwrap() })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(handles.store.findings().await.unwrap(), [opened("a", 7)]);
}

/// Makes a test of each case of the suite.
#[macro_export]
macro_rules! finding_conformance_suite {
    ($fresh:path) => {
        $crate::finding_conformance_suite! { @each $fresh:
            findings_come_back_in_order,
            the_newest_stands_whichever_is_saved_first,
            of_many_that_save_at_once_the_newest_stands
        }
    };
    (@each $fresh:path: $($case:ident),+) => {$(
        #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            $crate::store::conformance_finding::$case($fresh().await).await;
        }
    )+};
}
