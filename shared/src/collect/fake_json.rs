//! The double of AWS for services that speak JSON, and what every collector must hold.

use serde_json::{Value, json};

use super::call::lost_with;
use super::fake::{ACCOUNT, FakeAws, Outcome, Received, Reply, Setup, collect_with, slice};
use super::{Collect, When};
use crate::model::{Authority, Coverage, SetAside, Status, Unavailable};

/// An answer.
pub(crate) fn ok(answer: &Value) -> Reply {
    Reply::new(200, answer.to_string())
}

/// An error.
pub(crate) fn error(code: &str, message: &str) -> Reply {
    Reply::new(400, json!({ "__type": code, "Message": message }).to_string())
}

/// What AWS says when a service control policy denies `action`.
pub(crate) fn denied(action: &str) -> Reply {
    let message = format!(
        "User: arn:aws:sts::{ACCOUNT}:assumed-role/accesstrail-read/accesstrail is not authorized to \
         perform: {action} with an explicit deny in a service control policy"
    );
    error("AccessDeniedException", &message)
}

/// The parameters of a request.
pub(crate) fn input(request: &Received) -> Value {
    serde_json::from_str(&request.body).unwrap()
}

/// One parameter of a request, empty if it was not given.
pub(crate) fn text(request: &Received, name: &str) -> String {
    input(request)[name].as_str().unwrap_or_default().to_owned()
}

/// The page of `items` that a request asks for, `size` items long.
pub(crate) fn page(request: &Received, name: &str, items: &[Value], size: usize) -> Reply {
    page_after(&text(request, "NextToken"), [name, "NextToken"], items, size)
}

/// The page of `items` that `token` stands for, `size` items long: `names` are those of the list and of the
/// token in the answer.
pub(crate) fn page_after(token: &str, names: [&str; 2], items: &[Value], size: usize) -> Reply {
    let (items, next) = slice(items, token, size);
    let [list, token] = names;
    let mut answer = json!({ list: items });
    if let Some(next) = next {
        answer[token] = json!(next);
    }
    ok(&answer)
}

/// The status of a capability whose call was refused by [`denied`].
pub(crate) fn refused(action: &str) -> Status {
    Status::Denied { action: action.to_owned(), by: Authority::Scp }
}

/// What is told of a capability, without the time.
fn facts<'a>(
    outcome: &'a Outcome,
    capability: &str,
) -> (&'a Status, u64, &'a [SetAside], Option<&'a str>) {
    let Coverage { status, seen, set_aside, note, .. } = outcome.of(capability);
    (status, *seen, set_aside, note.as_deref())
}

/// INVARIANT: deny one action, lose one capability and what needs it. Everything else is as it was.
pub(crate) async fn deny_each(
    collector: &dyn Collect,
    world: impl Fn() -> FakeAws,
    setup: impl Fn() -> Setup,
) {
    let refuse = |request: &Received, action: &str| request.refusal(action);
    fail_each(collector, world, setup, refuse, refused).await;
}

/// INVARIANT: throttle one action until its retries are used up, lose one capability and what needs it.
pub(crate) async fn throttle_each(
    collector: &dyn Collect,
    world: impl Fn() -> FakeAws,
    setup: impl Fn() -> Setup,
) {
    let throttle = |request: &Received, _: &str| request.error(400, "Throttling", "Rate exceeded");
    let status = |action: &str| Status::Throttled { action: action.to_owned() };
    fail_each(collector, world, setup, throttle, status).await;
}

/// Lets one action after the other fail as `fail` says: what needs it has the `status`, all else is as it was.
async fn fail_each(
    collector: &dyn Collect,
    world: impl Fn() -> FakeAws,
    setup: impl Fn() -> Setup,
    fail: impl Fn(&Received, &str) -> Reply + Copy + Send + 'static,
    status: impl Fn(&str) -> Status,
) {
    let whole = collect_with(collector, &world(), setup()).await;
    whole.result.as_ref().unwrap();
    for info in collector.capabilities() {
        assert_eq!(whole.status(info.name), &Status::Complete, "{}", info.name);
    }
    for call in collector.calls().iter().filter(|call| call.when != When::Event) {
        let operation = call.action.split(':').nth(1).unwrap();
        let aws = world().on(operation, move |request| fail(request, call.action));
        let outcome = collect_with(collector, &aws, setup()).await;
        outcome.result.as_ref().unwrap();
        // Two calls of one action are lost together.
        let same = collector.calls().iter().filter(|other| other.action == call.action);
        let gone: Vec<&str> = same.map(|call| call.capability).collect();
        let lost = lost_with(collector.capabilities(), &gone);
        for info in collector.capabilities() {
            let name = info.name;
            if lost.contains(&name) {
                assert_eq!(outcome.status(name), &status(call.action), "{} {name}", call.action);
            } else {
                assert_eq!(facts(&outcome, name), facts(&whole, name), "{} {name}", call.action);
                assert_eq!(outcome.entities(name), whole.entities(name), "{} {name}", call.action);
            }
        }
    }
}

/// INVARIANT: a region that does not have the service, or an account that has not signed up for it, has
/// nothing to be seen, and that is no gap.
pub(crate) async fn not_offered(collector: &dyn Collect, setup: impl Fn() -> Setup) {
    let operations = collector.calls().iter().filter_map(|call| call.action.split(':').nth(1));
    let aws = operations.fold(FakeAws::new(), |aws, operation| {
        aws.on(operation, |request| {
            request.error(403, "OptInRequired", "You are not subscribed to this service")
        })
    });
    let outcome = collect_with(collector, &aws, setup()).await;
    outcome.result.as_ref().unwrap();
    for info in collector.capabilities() {
        let status = outcome.status(info.name);
        assert!(
            matches!(status, Status::Unavailable(Unavailable::ServiceOff(_))),
            "{}: {status:?}",
            info.name
        );
        assert!(outcome.entities(info.name).is_empty(), "{}", info.name);
    }
}

/// INVARIANT: wherever a unit is interrupted, going on from the cursor ends as if it had not been.
pub(crate) async fn interrupt_everywhere(
    collector: &dyn Collect,
    world: impl Fn() -> FakeAws,
    setup: impl Fn() -> Setup,
) {
    let whole = collect_with(collector, &world(), setup()).await;
    assert!(whole.pages.len() > 1);
    for (number, page) in whole.pages.iter().enumerate() {
        let Some(cursor) = page.cursor.clone() else { continue };
        let rest =
            collect_with(collector, &world(), Setup { cursor: Some(cursor), ..setup() }).await;
        rest.result.as_ref().unwrap();
        for info in collector.capabilities() {
            let (went_on, at_once) = (facts(&rest, info.name), facts(&whole, info.name));
            assert_eq!(went_on, at_once, "after page {number}");
        }
        let told: Vec<_> = whole.pages[..=number]
            .iter()
            .chain(&rest.pages)
            .flat_map(|page| &page.sightings)
            .map(|sighting| (&sighting.scope, &sighting.entity))
            .collect();
        let expected: Vec<_> =
            whole.sightings().map(|sighting| (&sighting.scope, &sighting.entity)).collect();
        assert_eq!(told, expected, "after page {number}");
    }
}

/// INVARIANT: the same answers end in the same pages.
pub(crate) async fn run_twice(
    collector: &dyn Collect,
    world: impl Fn() -> FakeAws,
    setup: impl Fn() -> Setup,
) -> Outcome {
    let one = collect_with(collector, &world(), setup()).await;
    let two = collect_with(collector, &world(), setup()).await;
    let told = |outcome: &Outcome| -> Vec<_> {
        outcome.sightings().map(|seen| (seen.scope.clone(), seen.entity.clone())).collect()
    };
    assert_eq!(told(&one), told(&two));
    one
}
