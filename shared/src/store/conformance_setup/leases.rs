//! The right to set up: one owner at a time, for as long as the lease lasts.

use std::sync::Arc;

use super::{Handles, at, lease};
use crate::port::setup::SetupClaim;

fn held(owner: &str, until: i64) -> SetupClaim {
    SetupClaim::Held { owner: owner.to_owned(), until: at(until) }
}

pub(super) async fn the_right_to_set_up_is_one_owners(handles: Handles) {
    let Handles { store, other, .. } = &handles;
    assert_eq!(store.claim_setup(&lease("one", 0, 100)).await.unwrap(), SetupClaim::Granted);
    assert_eq!(other.claim_setup(&lease("two", 99, 200)).await.unwrap(), held("one", 100));
}

pub(super) async fn the_same_owner_prolongs_it(handles: Handles) {
    let Handles { store, other, .. } = &handles;
    store.claim_setup(&lease("one", 0, 100)).await.unwrap();
    assert_eq!(other.claim_setup(&lease("one", 50, 150)).await.unwrap(), SetupClaim::Granted);
    assert_eq!(store.claim_setup(&lease("two", 149, 300)).await.unwrap(), held("one", 150));
}

pub(super) async fn it_ends_by_itself(handles: Handles) {
    let Handles { store, other, .. } = &handles;
    store.claim_setup(&lease("one", 0, 100)).await.unwrap();
    assert_eq!(other.claim_setup(&lease("two", 100, 200)).await.unwrap(), SetupClaim::Granted);
    assert_eq!(store.claim_setup(&lease("one", 101, 300)).await.unwrap(), held("two", 200));
}

pub(super) async fn it_is_given_back_by_its_owner_alone(handles: Handles) {
    let Handles { store, other, .. } = &handles;
    store.release_setup("nobody").await.unwrap();
    store.claim_setup(&lease("one", 0, 100)).await.unwrap();
    other.release_setup("two").await.unwrap();
    assert_eq!(other.claim_setup(&lease("two", 1, 200)).await.unwrap(), held("one", 100));
    store.release_setup("one").await.unwrap();
    store.release_setup("one").await.unwrap();
    assert_eq!(other.claim_setup(&lease("two", 2, 200)).await.unwrap(), SetupClaim::Granted);
}

pub(super) async fn of_many_that_claim_at_once_one_is_granted(handles: Handles) {
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let store = Arc::clone(if number % 2 == 0 { &handles.store } else { &handles.other });
            tokio::spawn(async move {
                store.claim_setup(&lease(&format!("owner-{number}"), 0, 100)).await.unwrap()
            })
        })
        .collect();
    let mut granted = 0;
    for task in tasks {
        granted += usize::from(task.await.unwrap() == SetupClaim::Granted);
    }
    assert_eq!(granted, 1);
}
