//! Deliveries to sinks that fail in every way: what is sent, what is set aside, what is kept, what comes again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::deliver::{Ended, Feed, Told};
use crate::collect::Stop;
use crate::model::{Counters, RunId, Unit};
use crate::port::{
    Batch, Clock, DeadLetter, DeadLetters, Delivery, FeedEvent, PortError, Sink, Store,
    SystemClock, Verdict,
};
use crate::store::sqlite::SqliteStore;
use crate::testing::faulty::{Failure, FaultyStore, Moment};
use crate::testing::sample::{self, ACCOUNT};

/// Events that the sink of the tests takes at once.
const AT_ONCE: usize = 10;

/// What a sink answers to one call.
#[derive(Clone, Debug)]
enum Answer {
    /// Everything is taken.
    Yes,
    /// Nothing is, for now.
    Later(Option<u64>),
    /// Nothing ever will be.
    Never,
    /// The events at these places are put off, the others taken.
    But(Vec<usize>),
    /// The sink cannot be used at all.
    Denied,
}

/// A sink that answers as it is told, and `Yes` when nothing more is told.
#[derive(Debug, Default)]
struct Scripted {
    script: Mutex<VecDeque<Answer>>,
    calls: Mutex<Vec<Vec<String>>>,
    taken: Mutex<Vec<String>>,
    began: Mutex<Vec<Instant>>,
}

impl Scripted {
    fn new(script: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        Arc::new(Self { script: Mutex::new(script.into_iter().collect()), ..Self::default() })
    }

    fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }

    fn calls(&self) -> Vec<usize> {
        self.calls.lock().unwrap().iter().map(Vec::len).collect()
    }

    /// Whole seconds between the calls.
    fn pauses(&self) -> Vec<u64> {
        let began = self.began.lock().unwrap();
        began.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_secs()).collect()
    }
}

#[async_trait]
impl Sink for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn batch(&self) -> Batch {
        Batch { events: AT_ONCE, bytes: 1_000_000 }
    }

    async fn send(&self, events: &[FeedEvent]) -> Result<Vec<Verdict>, PortError> {
        self.began.lock().unwrap().push(Instant::now());
        self.calls.lock().unwrap().push(events.iter().map(|event| event.id.clone()).collect());
        let answer = self.script.lock().unwrap().pop_front().unwrap_or(Answer::Yes);
        let later = |after: Option<u64>| Verdict::Later {
            reason: "busy".to_owned(),
            after: after.map(Duration::from_secs),
        };
        let verdict = |place: usize| match &answer {
            Answer::Later(after) => later(*after),
            Answer::Never => Verdict::Refused("no".to_owned()),
            Answer::But(places) if places.contains(&place) => later(None),
            Answer::Yes | Answer::But(_) | Answer::Denied => Verdict::Accepted,
        };
        if matches!(answer, Answer::Denied) {
            return Err(PortError::Denied { what: "the bus".to_owned(), source: "no".into() });
        }
        let verdicts: Vec<Verdict> = (0..events.len()).map(verdict).collect();
        let taken = events.iter().zip(&verdicts).filter(|(_, it)| **it == Verdict::Accepted);
        self.taken.lock().unwrap().extend(taken.map(|(event, _)| event.id.clone()));
        Ok(verdicts)
    }
}

/// Dead letters in memory, which may be refused once.
#[derive(Debug, Default)]
struct Letters {
    kept: Mutex<Vec<DeadLetter>>,
    fails: Mutex<bool>,
}

#[async_trait]
impl DeadLetters for Letters {
    async fn keep(&self, letters: &[DeadLetter]) -> Result<(), PortError> {
        if std::mem::take(&mut *self.fails.lock().unwrap()) {
            return Err(PortError::Failed { what: "the file".to_owned(), source: "full".into() });
        }
        self.kept.lock().unwrap().extend(letters.iter().cloned());
        Ok(())
    }
}

fn unit() -> Unit {
    sample::unit(ACCOUNT, "iam-authorization")
}

/// A run that found so many users.
async fn run_with(store: &dyn Store, second: i64, users: usize, close: bool) -> RunId {
    let run = sample::run(second);
    store.open_run(&run, &[unit()]).await.unwrap();
    let scope = unit().scope("users");
    let sightings = (0..users).map(|number| {
        let id = format!("AIDA{second}X{number:05}");
        sample::sighting(&scope, sample::user(ACCOUNT, "ana", &id), second + 1)
    });
    store.save_page(&sample::page(&run.id, &unit(), 0, sightings.collect())).await.unwrap();
    store.end_unit(&run.id, &unit(), &[], &Counters::new()).await.unwrap();
    if close {
        store.close_run(&run.id, sample::at(second + 9), &Counters::new()).await.unwrap();
    }
    run.id
}

async fn store_with(users: usize) -> (Arc<dyn Store>, RunId) {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().unwrap());
    let run = run_with(&*store, 0, users, true).await;
    (store, run)
}

fn feed(store: &Arc<dyn Store>, sink: &Arc<Scripted>, letters: &Arc<Letters>) -> Feed {
    let (store, sink) = (Arc::clone(store), Arc::clone(sink));
    Feed::new(store, sink, Arc::<Letters>::clone(letters), Arc::new(SystemClock))
}

async fn kept(store: &Arc<dyn Store>, run: &RunId) -> Option<Delivery> {
    store.delivery("scripted", run).await.unwrap()
}

fn distinct(ids: &[String]) -> usize {
    ids.iter().collect::<BTreeSet<_>>().len()
}

#[tokio::test]
async fn everything_is_sent_once_and_then_no_more() {
    let (store, first) = store_with(425).await;
    let second = run_with(&*store, 100, 3, true).await;
    run_with(&*store, 200, 5, false).await;
    let (sink, letters) = (Scripted::new([]), Arc::default());
    let feed = feed(&store, &sink, &letters);
    let told = Told { runs: 2, sent: 428, refused: 0, given_up: 0 };
    assert_eq!(feed.every_run(&Stop::default()).await.unwrap(), Ended::Whole(told));
    assert_eq!((sink.taken().len(), distinct(&sink.taken())), (428, 428));
    assert!(sink.calls().iter().all(|count| *count <= AT_ONCE));
    for (run, sent) in [(&first, 425), (&second, 3)] {
        let delivery = kept(&store, run).await.unwrap();
        assert_eq!((delivery.sent, delivery.set_aside, delivery.ended), (sent, 0, true));
    }
    let again = feed.every_run(&Stop::default()).await.unwrap();
    assert_eq!(again, Ended::Whole(Told::default()), "nothing is left, and the open run waits");
    assert_eq!(sink.taken().len(), 428);
}

#[tokio::test(start_paused = true)]
async fn what_is_put_off_is_sent_again_after_growing_pauses() {
    let (store, run) = store_with(4).await;
    let script = [Answer::Later(None), Answer::Later(Some(7)), Answer::Later(None)];
    let (sink, letters) = (Scripted::new(script), Arc::<Letters>::default());
    let told = feed(&store, &sink, &letters).run(&run, &Stop::default()).await.unwrap().told();
    assert_eq!((told.sent, told.set_aside()), (4, 0));
    assert_eq!(sink.pauses(), [1, 7, 4], "the pause that was asked for is kept");
    assert!(letters.kept.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn only_what_was_not_taken_is_sent_again() {
    let (store, run) = store_with(10).await;
    let sink = Scripted::new([Answer::But(vec![2, 5]), Answer::But(vec![1])]);
    let told = feed(&store, &sink, &Arc::default()).run(&run, &Stop::default()).await.unwrap();
    assert_eq!(told.told().sent, 10);
    assert_eq!(sink.calls(), [10, 2, 1]);
    assert_eq!(distinct(&sink.taken()), 10);
}

#[tokio::test]
async fn what_is_refused_is_a_dead_letter_and_the_rest_goes_on() {
    let (store, run) = store_with(25).await;
    let (sink, letters) = (Scripted::new([Answer::Yes, Answer::Never]), Arc::<Letters>::default());
    let told = feed(&store, &sink, &letters).run(&run, &Stop::default()).await.unwrap().told();
    assert_eq!((told.sent, told.refused, told.given_up), (15, 10, 0));
    let delivery = kept(&store, &run).await.unwrap();
    assert_eq!((delivery.sent, delivery.set_aside, delivery.ended), (15, 10, true));
    let letters = letters.kept.lock().unwrap();
    let ids: Vec<String> = letters.iter().map(|letter| letter.event.id.clone()).collect();
    assert_eq!((distinct(&ids), letters[0].reason.as_str()), (10, "no"));
    assert!(ids.iter().all(|id| !sink.taken().contains(id)));
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_is_down_is_given_up_quickly_until_it_comes_back() {
    let (store, run) = store_with(50).await;
    let script = vec![Answer::Later(None); 5 + 2];
    let (sink, letters) = (Scripted::new(script), Arc::<Letters>::default());
    let told = feed(&store, &sink, &letters).run(&run, &Stop::default()).await.unwrap().told();
    // Five attempts for the first batch, one for each of the next two, then it is back.
    assert_eq!((told.sent, told.given_up), (20, 30));
    assert_eq!(sink.calls().len(), 5 + 2 + 2);
    assert_eq!(sink.pauses().iter().sum::<u64>(), 1 + 2 + 4 + 8);
    let reason = letters.kept.lock().unwrap()[0].reason.clone();
    assert_eq!(reason, "given up after 5 attempts: busy");
}

#[tokio::test]
async fn who_wants_to_be_left_alone_is_and_nothing_is_lost() {
    let (store, run) = store_with(15).await;
    let sink = Scripted::new([Answer::Yes, Answer::Later(Some(3_600))]);
    let letters = Arc::default();
    let error = feed(&store, &sink, &letters).run(&run, &Stop::default()).await.unwrap_err();
    assert!(error.is_passing(), "{error}");
    assert!(crate::aws::error::chain(&error).contains("3600 s"), "{error:?}");
    assert_eq!(kept(&store, &run).await, None);
    let told = feed(&store, &sink, &letters).run(&run, &Stop::default()).await.unwrap().told();
    assert_eq!(told.sent, 15);
    assert_eq!(distinct(&sink.taken()), 15);
}

#[tokio::test]
async fn a_sink_that_may_not_be_used_sets_nothing_aside() {
    let (store, run) = store_with(5).await;
    let (sink, letters) = (Scripted::new([Answer::Denied]), Arc::<Letters>::default());
    let error = feed(&store, &sink, &letters).every_run(&Stop::default()).await.unwrap_err();
    assert!(matches!(error, PortError::Denied { .. }), "{error}");
    assert_eq!(kept(&store, &run).await, None);
    assert!(letters.kept.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_cannot_be_set_aside_is_not_done_with() {
    let (store, run) = store_with(5).await;
    let (sink, letters) = (Scripted::new([Answer::Never]), Arc::<Letters>::default());
    *letters.fails.lock().unwrap() = true;
    feed(&store, &sink, &letters).run(&run, &Stop::default()).await.unwrap_err();
    assert_eq!(kept(&store, &run).await, None);
    let told = feed(&store, &sink, &letters).run(&run, &Stop::default()).await.unwrap().told();
    assert_eq!(told.sent, 5, "it took them at last");
}

/// The process dies at each write of the delivery, before it and after it: whoever goes on sends a page again,
/// under the same ids, and never leaves one out.
#[tokio::test]
async fn a_crash_sends_again_and_loses_nothing() {
    for moment in [Moment::Before, Moment::After] {
        for write in 1..=3 {
            let (store, run) = store_with(450).await;
            let sink = Scripted::new([]);
            let faulty = FaultyStore::new(Arc::clone(&store));
            let faulty: Arc<dyn Store> = Arc::new(faulty.failing(write, moment, Failure::Crash));
            let ended = feed(&faulty, &sink, &Arc::default()).run(&run, &Stop::default()).await;
            let what = format!("{moment:?} write {write}");
            assert!(ended.is_err(), "{what}");
            let before = sink.taken().len();
            feed(&store, &sink, &Arc::default()).run(&run, &Stop::default()).await.unwrap();
            let ids = sink.taken();
            let mut times: BTreeMap<&String, usize> = BTreeMap::new();
            for id in &ids {
                *times.entry(id).or_default() += 1;
            }
            assert_eq!(times.len(), 450, "{what}: none is lost");
            let twice = times.values().filter(|count| **count == 2).count();
            let unkept = before - 200 * (usize::try_from(write).unwrap() - 1);
            let expected = if moment == Moment::Before { unkept } else { 0 };
            assert_eq!(twice, expected, "{what}: only the page that was not kept comes again");
            let delivery = kept(&store, &run).await.unwrap();
            assert_eq!((delivery.sent, delivery.ended), (450, true), "{what}");
        }
    }
}

#[tokio::test]
async fn two_that_deliver_at_once_lose_nothing() {
    let (store, run) = store_with(450).await;
    let sink = Scripted::new([]);
    let tasks = (0..2).map(|_| {
        let feed = feed(&store, &sink, &Arc::default());
        let run = run.clone();
        tokio::spawn(async move { feed.run(&run, &Stop::default()).await.unwrap() })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(distinct(&sink.taken()), 450);
    assert_eq!(kept(&store, &run).await.unwrap().sent, 450);
}

/// A clock that a test sets.
#[derive(Debug)]
struct Stopped(crate::model::Timestamp);

impl Clock for Stopped {
    fn now(&self) -> crate::model::Timestamp {
        self.0
    }
}

#[tokio::test]
async fn near_a_deadline_the_rest_is_left_to_the_next() {
    let (store, run) = store_with(30).await;
    let sink = Scripted::new([Answer::Later(None)]);
    let letters: Arc<Letters> = Arc::default();
    let now = sample::at(0);
    let feed = Feed::new(
        Arc::clone(&store),
        Arc::<Scripted>::clone(&sink),
        Arc::<Letters>::clone(&letters),
        Arc::new(Stopped(now)),
    );
    let over = feed.run(&run, &Stop::at(now)).await.unwrap();
    assert_eq!((over, sink.calls().len()), (Ended::Paused(Told::default()), 0));
    // A pause that would end after the deadline is not begun.
    let soon = feed.run(&run, &Stop::at(now + Duration::from_millis(500))).await.unwrap();
    assert_eq!((soon, sink.calls().len()), (Ended::Paused(Told::default()), 1));
    assert!(letters.kept.lock().unwrap().is_empty());
    let rest = feed.run(&run, &Stop::default()).await.unwrap();
    assert_eq!(rest.told().sent, 30);
}
