//! Chains of roles and every escalation check.

use std::time::Duration;

use accesstrail_shared::access::escalation::PATHS;
use accesstrail_shared::access::{Escalation, Estate, Index, Trust, can};
use accesstrail_shared::policy::evaluate::Decision;

use crate::clock::timed;
use crate::table::{Row, print};
use crate::{SIZES, generated};

const BUCKET: &str = "arn:aws:s3:::bucket-3/data";

pub(crate) fn run() {
    let mut rows = Vec::new();
    let one = generated::organization_in(1, 1_000, 1).to_string();
    let one = Estate::import([("made", one.as_str())]);
    measure("1000 in one account", &one, Some(Duration::from_secs(1)), &mut rows);
    for count in SIZES {
        let goal = (count == 50_000).then_some(Duration::from_secs(30));
        measure(&count.to_string(), &crate::estate(count), goal, &mut rows);
    }
    print("Chains and escalation", &["N", "step", "found"], &rows);
}

fn measure(name: &str, estate: &Estate, goal: Option<Duration>, rows: &mut Vec<Row>) {
    let index = Index::of(estate);
    let row = |what: &str, found: String| Row::new([name.to_owned(), what.to_owned(), found]);
    let (chains, chained) =
        timed(|| Trust::of(&index).who_can_through("s3:GetObject", BUCKET, &[]).unwrap().len());
    rows.push(row("chains to an object", format!("{chains} chains")).time(chained));
    let (escalation, searched) = timed(|| Escalation::of(&index));
    let found = format!(
        "{} administrators, {} who can become one",
        escalation.administrators().len(),
        escalation.len()
    );
    rows.push(row(&format!("{} ways, for everybody", PATHS.len()), found).time(searched));
    let (routes, told) = timed(|| escalation.routes());
    rows.push(row("each path told", format!("{} paths", routes.len())).time(told));
    rows.push(row("all of it", String::new()).maybe(chained + searched + told, goal));
    // What each hop takes is allowed to whoever takes it.
    for route in routes.iter().step_by(routes.len().div_ceil(50).max(1)) {
        for hop in &route.hops {
            assert!(!hop.permissions.is_empty(), "{route:?}");
            for it in &hop.permissions {
                // What the request says besides, like the service that a role is passed to, is not told.
                let answer = can(estate, &hop.from, &it.action, &it.resource, &[]).unwrap();
                let is_right =
                    [Decision::Allowed, Decision::Conditional].contains(&answer.decision);
                assert!(is_right, "{route:?}");
            }
        }
    }
}
