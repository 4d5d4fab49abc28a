//! Two units at once, in an order that only chance would bring.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use super::harness::{Shelf, World, balanced, event, key, log};
use crate::backfill::{Backfill, Window, plan};
use crate::model::Counters;
use crate::port::{Body, Level, LogObject, Logs, PortError, SystemClock};

type Deed = Box<dyn FnOnce() + Send>;

/// A shelf, and what happens before the first object is taken from it.
struct Meanwhile {
    shelf: Arc<Shelf>,
    deed: Mutex<Option<Deed>>,
}

impl std::fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.shelf.fmt(f)
    }
}

#[async_trait]
impl Logs for Meanwhile {
    fn name(&self) -> String {
        self.shelf.name()
    }

    async fn level(&self, prefix: &str) -> Result<Level, PortError> {
        self.shelf.level(prefix).await
    }

    async fn find(&self, key: &str) -> Result<Option<LogObject>, PortError> {
        self.shelf.find(key).await
    }

    async fn body(&self, object: &LogObject) -> Result<Option<Body>, PortError> {
        let deed = self.deed.lock().unwrap().take();
        if let Some(deed) = deed {
            std::thread::spawn(deed).join().unwrap();
        }
        self.shelf.body(object).await
    }

    fn cost(&self) -> Counters {
        self.shelf.cost()
    }
}

/// The next day's unit finds a late event of an hour, and makes its cell, while the hour's own unit holds another object of it
/// that listing near it does not find.
#[tokio::test]
async fn neither_of_two_units_loses_what_the_other_finds_of_an_hour() {
    let place = [
        (key(28, "1105", "a"), event(1, "2026-11-28T11:01:00Z", "Get")),
        (key(28, "renamed", "b"), event(2, "2026-11-28T11:02:00Z", "Get")),
        (key(29, "0900", "c"), event(3, "2026-11-28T11:03:00Z", "Get")),
    ];
    let (world, whole) = (World::new(Shelf::default()), World::new(Shelf::default()));
    for (key, event) in place {
        world.shelf.put(&key, &log(std::slice::from_ref(&event)));
        whole.shelf.put(&key, &log(&[event]));
    }
    let plan = plan(&*world.shelf, &Window::default()).await.unwrap();
    let [before, own, next] = &plan.units[..] else { panic!("{plan:?}") };
    balanced(world.job(world.store.clone()).unit(&plan, before, &Arc::default()).await.unwrap());
    let next = {
        let (job, plan, next) = (world.job(world.store.clone()), plan.clone(), next.clone());
        move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let done = runtime.block_on(job.unit(&plan, &next, &Arc::default()));
            balanced(done.unwrap());
        }
    };
    let logs = Meanwhile { shelf: world.shelf.clone(), deed: Mutex::new(Some(Box::new(next))) };
    let job = Backfill::new(Arc::new(logs), world.store.clone(), Arc::new(SystemClock), 1, 1);
    balanced(job.unit(&plan, own, &Arc::default()).await.unwrap());
    whole.fill().await;
    assert_eq!(world.rows().await, ["Get 2026-11-28 3"]);
    assert_eq!(world.state().await, whole.state().await);
}
