//! Cells are the same whatever the order and repetition of what they are folded from, and equal to what obvious
//! code makes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::model::activity::{Caller, Category, EventTime, Human, NamedBy, Outcome};
use crate::usage::form;

/// An activity that owns its texts.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) id: u128,
    pub(crate) time: EventTime,
    pub(crate) principal: String,
    pub(crate) name: String,
    pub(crate) outcome: Outcome,
    pub(crate) human: Option<(NamedBy, String)>,
    pub(crate) origin: (Caller, String),
    pub(crate) key: Option<String>,
    pub(crate) resources: Vec<String>,
}

pub(crate) fn at(text: &str) -> EventTime {
    EventTime::read(text).unwrap()
}

impl Made {
    pub(crate) fn new(id: u128, time: EventTime, principal: &str, name: &str) -> Self {
        Self {
            id,
            time,
            principal: principal.to_owned(),
            name: name.to_owned(),
            outcome: Outcome::Success,
            human: None,
            origin: (Caller::Sdk, "192.0.2.1".to_owned()),
            key: None,
            resources: Vec::new(),
        }
    }

    pub(crate) fn denied(self) -> Self {
        Self { outcome: Outcome::Denied, ..self }
    }

    pub(crate) fn failed(self) -> Self {
        Self { outcome: Outcome::Failed, ..self }
    }

    pub(crate) fn failed_sign_in(self) -> Self {
        Self { outcome: Outcome::FailedSignIn, ..self }
    }

    pub(crate) fn activity(&self) -> Activity<'_> {
        let human = self.human.as_ref();
        Activity {
            account: Cow::Borrowed("111122223333"),
            id: EventId(self.id),
            time: self.time,
            principal: Cow::Borrowed(&self.principal),
            human: human.map(|(by, name)| Human { by: *by, name: Cow::Borrowed(name) }),
            source: Cow::Borrowed("s3.amazonaws.com"),
            name: Cow::Borrowed(&self.name),
            outcome: self.outcome,
            category: Category::Management,
            region: Cow::Borrowed("eu-west-1"),
            source_ip: Cow::Borrowed(&self.origin.1),
            caller: self.origin.0,
            access_key: self.key.as_deref().map(Cow::Borrowed),
            resources: self.resources.iter().map(|text| Cow::Borrowed(text.as_str())).collect(),
        }
    }
}

/// Numbers that look random and are the same each time (xorshift).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[usize::try_from(self.roll(items.len() as u64)).unwrap()].clone()
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = usize::try_from(self.roll(last as u64 + 1)).unwrap();
            items.swap(last, other);
        }
    }
}

const HOUR: i64 = 498_872;

/// An hour of events: some principals, calls and resources within the bounds, and some of each beyond.
pub(crate) fn stream(seed: u64, length: u128) -> Vec<Made> {
    let mut dice = Dice(seed);
    (0..length)
        .map(|id| {
            let time = HOUR * 3_600_000 + i64::try_from(dice.roll(3_600) * 1_000).unwrap();
            let who = dice.pick(&[0, 1, 2, 3]);
            let name = dice.pick(&["GetObject", "PutObject", "ListBuckets"]);
            let mut made = Made::new(id, EventTime(time), &format!("principal-{who}"), name);
            made.outcome = dice.pick(&[
                Outcome::Success,
                Outcome::Success,
                Outcome::Failed,
                Outcome::Denied,
                Outcome::FailedSignIn,
            ]);
            if who < 2 {
                let by = dice.pick(&[NamedBy::SessionName, NamedBy::SourceIdentity]);
                made.human = Some((by, format!("person-{}", dice.roll([5, 900][who]))));
            }
            let address = format!("192.0.2.{}", dice.roll([3, 250, 2, 2][who]));
            made.origin = (dice.pick(&[Caller::Console, Caller::Sdk]), address);
            let keys = ["AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"];
            made.key = (who == 2).then(|| dice.pick(&keys).to_owned());
            for _ in 0..dice.roll(if name == "GetObject" { 12 } else { 3 }) {
                made.resources.push(match (who, name) {
                    (0, "GetObject") => {
                        format!("arn:aws:s3:::logs-{}/{}", id % 3, dice.roll(5_000))
                    }
                    (1, "GetObject") => format!("arn:aws:s3:::bucket-{}/x", dice.roll(5_000)),
                    _ => format!("arn:aws:sqs:eu-west-1:111122223333:{}", dice.roll(9)),
                });
            }
            made
        })
        .collect()
}

/// The same with the buckets of objects, as genuine records have them, before or behind; each resource once.
fn with_buckets(seed: u64, length: u128) -> Vec<Made> {
    let mut dice = Dice(seed + 1);
    let mut stream = stream(seed, length);
    for made in &mut stream {
        for object in made.resources.clone() {
            if let Some((bucket, _)) = object.rsplit_once('/') {
                let at = [0, made.resources.len()][usize::try_from(dice.roll(2)).unwrap()];
                made.resources.insert(at, bucket.to_owned());
            }
        }
        let mut met = BTreeSet::new();
        made.resources.retain(|resource| met.insert(resource.clone()));
    }
    stream
}

pub(crate) fn fold<'a>(made: impl IntoIterator<Item = &'a Made>) -> Hour {
    let mut fold = HourFold::new("111122223333", HOUR);
    for made in made {
        fold.add(&made.activity());
    }
    fold.finish(ObjectSet::default())
}

#[test]
fn any_order_and_repetition_make_the_same_bytes() {
    let stream = with_buckets(7, 800);
    let expected = fold(&stream);
    assert!(expected.other_sessions().count() > 0 && expected.other_origins().count() > 0);
    let resources: BTreeSet<&str> = expected.touched().map(|touch| touch.resource).collect();
    assert!(resources.contains("*") && resources.contains("arn:aws:s3:::logs-1"));
    let bytes = form::write(&expected).unwrap();
    let mut dice = Dice(11);
    for _ in 0..1_000 {
        let mut order: Vec<&Made> = stream.iter().collect();
        for _ in 0..dice.roll(400) {
            let again = usize::try_from(dice.roll(stream.len() as u64)).unwrap();
            order.push(&stream[again]);
        }
        dice.shuffle(&mut order);
        assert_eq!(form::write(&fold(order)).unwrap(), bytes);
    }
}

type Slow = BTreeMap<Vec<String>, Tally>;

fn count(slow: &mut Slow, key: &[&str], tally: &Tally) {
    let key = key.iter().map(|text| (*text).to_owned()).collect();
    slow.entry(key).and_modify(|sum| sum.merge(tally)).or_insert(*tally);
}

/// The bucket of an object, or what stands before the name; written without the code that is tested.
fn slow_parent(resource: &str) -> String {
    match resource.split(':').collect::<Vec<_>>()[..] {
        ["arn", _, "s3", "", "", name] => {
            format!("arn:aws:s3:::{}", name.split('/').next().unwrap())
        }
        [.., last] => resource.strip_suffix(last).unwrap().to_owned() + "*",
        [] => panic!("a text has a first part"),
    }
}

/// The resources of each call: all of its events are looked at before any is counted, and each counts once for
/// each text that its resources are shown as.
fn slow_touched(stream: &[Made]) -> Slow {
    let mut calls: BTreeMap<[&str; 2], Vec<&Made>> = BTreeMap::new();
    for made in stream {
        calls.entry([&made.principal, &made.name]).or_default().push(made);
    }
    let mut counted = Slow::new();
    for ([principal, name], events) in calls {
        let all = || events.iter().flat_map(|made| &made.resources);
        let own: BTreeSet<&String> = all().collect();
        let parents: BTreeSet<String> = all().map(|text| slow_parent(text)).collect();
        for made in &events {
            let shown: BTreeSet<String> = made
                .resources
                .iter()
                .map(|resource| match (own.len(), parents.len()) {
                    (..=MOST_RESOURCES, _) => resource.clone(),
                    (_, ..=MOST_RESOURCES) => slow_parent(resource),
                    _ => "*".to_owned(),
                })
                .collect();
            for resource in shown {
                let one = Tally::one(made.time, made.outcome);
                count(&mut counted, &[principal, name, &resource], &one);
            }
        }
    }
    counted
}

/// The first names of each principal, and all others in one.
fn slow_first(all: &Slow) -> (Slow, Slow) {
    let (mut first, mut others) = (Slow::new(), Slow::new());
    let mut kept: BTreeMap<&str, usize> = BTreeMap::new();
    for (key, tally) in all {
        let kept = kept.entry(&key[0]).or_default();
        if *kept < MOST_NAMES {
            *kept += 1;
            first.insert(key.clone(), *tally);
        } else {
            count(&mut others, &[&key[0]], tally);
        }
    }
    (first, others)
}

#[derive(Debug, Default, PartialEq)]
struct All {
    calls: Slow,
    touched: Slow,
    sessions: (Slow, Slow),
    origins: (Slow, Slow),
    keys: Slow,
}

fn slow(stream: &[Made]) -> All {
    let mut all = All::default();
    let (mut sessions, mut origins) = (Slow::new(), Slow::new());
    for made in stream {
        let one = Tally::one(made.time, made.outcome);
        count(&mut all.calls, &[&made.principal, &made.name], &one);
        if let Some((by, name)) = &made.human {
            let by = of_named_by(*by).to_string();
            count(&mut sessions, &[&made.principal, &by, name], &one);
        }
        let caller = of_caller(made.origin.0).to_string();
        count(&mut origins, &[&made.principal, &caller, &made.origin.1], &one);
        if let Some(key) = made.key.as_ref().filter(|key| key.starts_with("AKIA")) {
            count(&mut all.keys, &[&made.principal, key], &one);
        }
    }
    all.touched = slow_touched(stream);
    all.sessions = slow_first(&sessions);
    all.origins = slow_first(&origins);
    all
}

fn of_hour(hour: &Hour) -> All {
    let mut all = All::default();
    hour.calls().for_each(|row| count(&mut all.calls, &[row.principal, row.name], &row.tally));
    for row in hour.touched() {
        count(&mut all.touched, &[row.principal, row.name, row.resource], &row.tally);
    }
    for row in hour.sessions() {
        let by = of_named_by(row.by).to_string();
        count(&mut all.sessions.0, &[row.principal, &by, row.name], &row.tally);
    }
    for row in hour.origins() {
        let caller = of_caller(row.caller).to_string();
        count(&mut all.origins.0, &[row.principal, &caller, row.from], &row.tally);
    }
    hour.keys().for_each(|row| count(&mut all.keys, &[row.principal, row.key], &row.tally));
    for row in hour.other_sessions() {
        count(&mut all.sessions.1, &[row.principal], &row.tally);
    }
    for row in hour.other_origins() {
        count(&mut all.origins.1, &[row.principal], &row.tally);
    }
    all
}

#[test]
fn a_cell_is_what_obvious_code_makes() {
    for seed in 1..9 {
        let length = [3, 200, 600, 3_000][usize::try_from(seed % 4).unwrap()];
        let stream = with_buckets(seed, length);
        let hour = fold(&stream);
        assert_eq!(of_hour(&hour), slow(&stream), "seed {seed}");
        assert_eq!(hour.events(), u64::try_from(length).unwrap());
    }
}

/// Objects and their bucket: as many as are told apart, one more, and many more; in both orders.
#[test]
fn an_event_counts_once_for_each_resource_at_any_width() {
    for (objects, rows) in [(199, 200), (200, 1), (201, 1), (3_000, 1)] {
        for turned in [false, true] {
            let made = |id: u32| {
                let time = EventTime(HOUR * 3_600_000 + i64::from(id));
                let mut made = Made::new(id.into(), time, "who", "GetObject");
                made.resources = vec![format!("arn:aws:s3:::b/{id}"), "arn:aws:s3:::b".to_owned()];
                if turned {
                    made.resources.reverse();
                }
                if id.is_multiple_of(3) { made.denied() } else { made }
            };
            let made: Vec<Made> = (0..objects).map(made).collect();
            let hour = fold(&made);
            assert_eq!(hour.touched().count(), rows, "{objects}");
            let bucket = hour.touched().find(|touch| touch.resource == "arn:aws:s3:::b").unwrap();
            let call = hour.calls().next().unwrap();
            assert_eq!(bucket.tally, call.tally, "{objects}");
        }
    }
    let many = |id: u32| {
        let mut made = Made::new(id.into(), EventTime(HOUR * 3_600_000), "who", "DeleteObjects");
        made.resources = (0..16).map(|at| format!("arn:aws:s3:::{id}-{at}/x")).collect();
        made
    };
    let made: Vec<Made> = (0..50).map(many).collect();
    let hour = fold(&made);
    let rows: Vec<(&str, u64)> =
        hour.touched().map(|touch| (touch.resource, touch.tally.count)).collect();
    assert_eq!(rows, [("*", 50)]);
}

#[test]
fn an_activity_is_counted_once_and_in_its_cell() {
    let mut fold = HourFold::new("111122223333", HOUR);
    let made = Made::new(1, EventTime(HOUR * 3_600_000), "who", "Get");
    assert_eq!(fold.add(&made.activity()), Counted::New);
    assert_eq!(fold.add(&made.activity()), Counted::Duplicate);
    let other_text = Made { name: "Put".to_owned(), ..made.clone() };
    assert_eq!(fold.add(&other_text.activity()), Counted::Duplicate, "the first one stands");
    let insight = Activity { category: Category::Insight, id: EventId(2), ..made.activity() };
    assert_eq!(fold.add(&insight), Counted::NotACall);
    let foreign =
        Activity { account: Cow::Borrowed("444455556666"), id: EventId(3), ..made.activity() };
    assert_eq!(fold.add(&foreign), Counted::Elsewhere);
    let later = Made { id: 4, time: EventTime((HOUR + 1) * 3_600_000), ..made };
    assert_eq!(fold.add(&later.activity()), Counted::Elsewhere);
    assert_eq!(fold.events(), 1);
    let hour = fold.finish(ObjectSet::default());
    let calls: Vec<(&str, u64)> = hour.calls().map(|call| (call.name, call.tally.count)).collect();
    assert_eq!(calls, [("Get", 1)]);
    assert_eq!((hour.account(), hour.hour(), hour.events()), ("111122223333", HOUR, 1));
}

#[test]
fn texts_are_told_apart_where_they_join() {
    let time = EventTime(HOUR * 3_600_000);
    let made = [("ab", "c"), ("a", "bc"), ("", "abc"), ("abc", "")];
    let made: Vec<Made> =
        (0..).zip(made).map(|(id, (who, name))| Made::new(id, time, who, name)).collect();
    let hour = fold(&made);
    assert_eq!(hour.calls().count(), 4);
    assert_eq!(hour.origins().count(), 4);
    assert!(fold([]).is_empty());
}

#[test]
fn what_is_bounded_takes_bounded_memory() {
    let time = EventTime(HOUR * 3_600_000);
    let mut fold = HourFold::new("111122223333", HOUR);
    for id in 0..20_000_u32 {
        let mut made = Made::new(id.into(), time, "who", "Get");
        made.resources = vec![format!("arn:aws:s3:::bucket/{id}")];
        made.human = Some((NamedBy::SessionName, format!("{id:05}")));
        made.origin.1 = format!("{id:05}");
        fold.add(&made.activity());
    }
    assert!(fold.things.texts.len() < 3_000, "{} texts are kept", fold.things.texts.len());
    let hour = fold.finish(ObjectSet::default());
    assert_eq!((hour.touched().count(), hour.sessions().count()), (1, MOST_NAMES));
    let others: Vec<u64> = hour.other_sessions().map(|row| row.tally.count).collect();
    assert_eq!(others, [20_000 - MOST_NAMES as u64]);
}
