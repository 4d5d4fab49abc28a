//! The double of AWS for services that speak JSON, and what every collector must hold.

use serde_json::{Value, json};

use super::Collect;
use super::call::lost_with;
use super::fake::{ACCOUNT, FakeAws, Outcome, Received, Reply, Setup, collect_with};
use crate::model::{Authority, Coverage, SetAside, Status};

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
    let start: usize = text(request, "NextToken").parse().unwrap_or(0);
    let end = items.len().min(start + size);
    let mut answer = json!({ name: items[start..end] });
    if end < items.len() {
        answer["NextToken"] = json!(end.to_string());
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
    let whole = collect_with(collector, &world(), setup()).await;
    whole.result.as_ref().unwrap();
    for info in collector.capabilities() {
        assert_eq!(whole.status(info.name), &Status::Complete, "{}", info.name);
    }
    for call in collector.calls() {
        let operation = call.action.split(':').nth(1).unwrap();
        let aws = world().on(operation, move |request| request.refusal(call.action));
        let outcome = collect_with(collector, &aws, setup()).await;
        outcome.result.as_ref().unwrap();
        let lost = lost_with(collector.capabilities(), &[call.capability]);
        for info in collector.capabilities() {
            let name = info.name;
            if lost.contains(&name) {
                assert_eq!(outcome.status(name), &refused(call.action), "{} {name}", call.action);
            } else {
                assert_eq!(facts(&outcome, name), facts(&whole, name), "{} {name}", call.action);
                assert_eq!(outcome.entities(name), whole.entities(name), "{} {name}", call.action);
            }
        }
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
