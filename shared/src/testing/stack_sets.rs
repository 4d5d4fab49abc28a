//! What moto lacks of StackSets, answered as AWS does: trusted access, and the ids of operations, in whose place moto makes
//! its own.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeOrganizationsAccess.html>
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackSetOperation.html>

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::proxy::{Answer, Fault, Match, Plan, Replay, RequestView};

/// What is remembered of the calls that passed.
#[derive(Debug, Default)]
struct Seen {
    is_on: bool,
    operations: BTreeSet<String>,
}

type Shared = Arc<Mutex<Seen>>;

/// Trusted access, which is off until somebody switches it on, and operations that end at once.
pub fn stack_sets() -> Plan {
    let seen = Shared::default();
    let mut plan = Plan::default();
    for (action, to) in [
        ("DescribeOrganizationsAccess", None),
        ("ActivateOrganizationsAccess", Some(true)),
        ("DeactivateOrganizationsAccess", Some(false)),
    ] {
        plan = replayed(plan, &seen, action, move |seen, _| {
            seen.is_on = to.unwrap_or(seen.is_on);
            let status = if seen.is_on { "ENABLED" } else { "DISABLED" };
            let inner =
                if to.is_none() { format!("<Status>{status}</Status>") } else { String::new() };
            Some(answer(action, &inner))
        });
    }
    for action in ["CreateStackInstances", "DeleteStackInstances"] {
        plan = replayed(plan, &seen, action, |seen, view| {
            let id = operation(view)?;
            let is_new = seen.operations.insert(id);
            let code = "OperationIdAlreadyExistsException";
            (!is_new).then(|| Answer::error(view, 409, code, "The id was used before"))
        });
    }
    plan = replayed(plan, &seen, "DescribeStackSetOperation", |seen, view| {
        let id = operation(view)?;
        if !seen.operations.contains(&id) {
            let code = "OperationNotFoundException";
            return Some(Answer::error(view, 404, code, "There is no such operation"));
        }
        let inner = format!(
            "<StackSetOperation><OperationId>{id}</OperationId><Status>SUCCEEDED</Status></StackSetOperation>"
        );
        Some(answer("DescribeStackSetOperation", &inner))
    });
    // Looking for drift begins, and ends where nobody waits for it.
    let inner = "<StackDriftDetectionId>EXAMPLE</StackDriftDetectionId>";
    plan = replayed(plan, &seen, "DetectStackDrift", move |_, _| {
        Some(answer("DetectStackDrift", inner))
    });
    plan = replayed(plan, &seen, "DetectStackSetDrift", |seen, view| {
        let id = operation(view)?;
        seen.operations.insert(id.clone());
        let inner = format!("<OperationId>{id}</OperationId>");
        Some(answer("DetectStackSetDrift", &inner))
    });
    replayed(plan, &seen, "ListStackSetOperationResults", |_, _| {
        Some(answer("ListStackSetOperationResults", "<Summaries/>"))
    })
}

fn replayed(
    plan: Plan,
    seen: &Shared,
    action: &str,
    make: impl Fn(&mut Seen, &RequestView) -> Option<Answer> + Send + Sync + 'static,
) -> Plan {
    let seen = Arc::clone(seen);
    let replay = Replay::new(move |view| {
        make(&mut seen.lock().unwrap_or_else(PoisonError::into_inner), view)
    });
    plan.rule(Match::action(&format!("cloudformation:{action}")), Fault::Replay(replay))
}

fn answer(action: &str, inner: &str) -> Answer {
    Answer::xml(format!(
        "<{action}Response xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\">\
         <{action}Result>{inner}</{action}Result></{action}Response>"
    ))
}

/// The id of the operation that a request names.
fn operation(view: &RequestView) -> Option<String> {
    view.form("OperationId")
}
