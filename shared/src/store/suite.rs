//! What every suite of cases for a port stands on: an empty store, two handles on it, and another one to compare with.

#![expect(clippy::expect_used, reason = "a test suite: what is unexpected ends the test")]

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;

/// Two handles on one empty store, as two workers hold them. They may be the same handle.
pub struct Handles<S: ?Sized> {
    pub(super) store: Arc<S>,
    pub(super) other: Arc<S>,
    kept: Option<Box<dyn Any + Send + Sync>>,
}

impl<S: std::fmt::Debug + ?Sized> std::fmt::Debug for Handles<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { store, other, kept: _ } = self;
        f.debug_struct("Handles").field("store", store).field("other", other).finish()
    }
}

impl<S: ?Sized> Handles<S> {
    /// Two handles on one empty store.
    pub fn new(store: Arc<S>, other: Arc<S>) -> Self {
        Self { store, other, kept: None }
    }

    /// Keeps what the store needs (a folder, an emulator) for as long as the handles.
    #[must_use]
    pub fn keeping(mut self, what: impl Any + Send + Sync) -> Self {
        self.kept = Some(Box::new(what));
        self
    }
}

pub(super) type Future<T> = Pin<Box<dyn std::future::Future<Output = T> + Send>>;

/// Makes another empty store.
type Fresh<S> = Arc<dyn Fn() -> Future<Handles<S>> + Send + Sync>;

/// The store that a case looks at.
pub(super) struct Subject<S: ?Sized> {
    pub(super) handles: Handles<S>,
    fresh: Fresh<S>,
}

impl<S: ?Sized> Subject<S> {
    /// Another empty store, for cases that compare two.
    pub(super) async fn another(&self) -> Self {
        Self { handles: (self.fresh)().await, fresh: Arc::clone(&self.fresh) }
    }
}

/// A case by its name.
pub(super) type Case<S> = (&'static str, fn(Subject<S>) -> Future<()>);

/// Runs one case on stores that `fresh` makes, each of them empty.
pub(super) async fn check<S, F>(
    cases: &[Case<S>],
    name: &str,
    fresh: impl Fn() -> F + Send + Sync + 'static,
) where
    S: ?Sized + 'static,
    F: std::future::Future<Output = Handles<S>> + Send + 'static,
{
    let (_, run) = cases.iter().find(|(case, _)| *case == name).expect("a case of the suite");
    let fresh: Fresh<S> = Arc::new(move || Box::pin(fresh()));
    run(Subject { handles: fresh().await, fresh }).await;
}
