//! What no digest names: the ends of chains whose trail goes on elsewhere, and logs that nobody delivered.

use super::*;

const HOURS: i64 = 12;

/// Three chains of one trail, each with a minute of its own.
const HERE: Plan = Plan { logs: &[1, 2, 1, 0, 1, 1, 2, 1, 1, 1, 1, 2], ..EAST };
const THERE: Plan = Plan { region: "eu-west-1", start: START + 600, ..HERE };
const OTHERS: Plan = Plan { account: "444455556666", ..HERE };

fn trail(plans: &[Plan]) -> Tree {
    let mut tree = empty();
    for plan in plans {
        tree.lay(plan, None);
    }
    tree
}

/// Takes the newest digests of a chain away, and with them their logs or not.
fn cut(tree: &mut Tree, plan: &Plan, count: i64, with_logs: bool) {
    for hour in HOURS - count..HOURS {
        tree.remove(&plan.digest(hour));
        if with_logs {
            (0..2).for_each(|log| drop(tree.objects.remove(&plan.log(hour, log))));
        }
    }
}

async fn told_at(tree: &Tree, now: i64) -> Vec<(ProblemKind, String)> {
    found(&verified_at(tree, shelf(tree), &Window::default(), now).await.0)
}

#[tokio::test]
async fn the_newest_digests_are_missing_where_the_trail_goes_on() {
    for (plan, with_logs) in [(HERE, false), (HERE, true), (OTHERS, false), (THERE, true)] {
        for count in 1..=3 {
            let mut tree = trail(&[HERE, THERE, OTHERS]);
            assert_eq!(told(&tree).await, []);
            cut(&mut tree, &plan, count, with_logs);
            let (report, _) = verified(&tree, shelf(&tree), &Window::default()).await;
            // The others end ten minutes before the last hour of the one that ends last.
            let due = if plan.region == "eu-west-1" { count - 1 } else { count };
            let hours = HOURS - count..HOURS - count + due;
            let expected: Vec<_> = hours.map(|at| (DigestMissing, plan.digest(at))).collect();
            assert_eq!(found(&report), expected, "{count} of {plan:?}");
            assert_eq!(report.digests.missing, expected.len());
            assert!(report.gaps.is_empty() && report.logs.missing == 0, "{report:?}");
        }
    }
}

#[tokio::test]
async fn a_digest_that_may_still_come_is_not_missing() {
    let end = HERE.start + HOURS * HOUR;
    for (count, after, missing) in [(1, 0, 0), (1, 119, 0), (1, 121, 1), (2, 30, 0), (3, 30, 1)] {
        let mut tree = trail(&[HERE, OTHERS]);
        cut(&mut tree, &HERE, count, true);
        let expected: Vec<_> =
            (0..missing).map(|at| (DigestMissing, HERE.digest(HOURS - count + at))).collect();
        assert_eq!(told_at(&tree, end + after * 60).await, expected, "{count}, {after} minutes");
        // A clock that stands before all of it is wrong.
        assert_eq!(told_at(&tree, START).await.len(), usize::try_from(count).unwrap());
    }
}

#[tokio::test]
async fn chains_that_end_or_begin_by_themselves_are_whole() {
    let long = Plan { logs: &[1; 24], ..OTHERS };
    let later = Plan { start: THERE.start + 9 * HOUR, logs: &[0, 1, 0], ..THERE };
    let anew = Plan { start: HERE.start + HOURS * HOUR + 1_200, ..HERE };
    let backfill = Plan { suffix: "_backfill", start: START + HOUR, logs: &[1], ..HERE };
    let side = Plan { trail: "side", logs: &[1, 0], ..HERE };
    let prefixed = Plan { root: "old/AWSLogs", logs: &[1, 1], ..HERE };
    let quiet = Plan { logs: &[0; 12], ..THERE };
    let last = Plan { start: START + 3_500, ..THERE };
    for (name, plans) in [
        ("an account left, or a region was switched off", vec![HERE, long]),
        ("a region was switched on", vec![HERE, later]),
        ("a trail was stopped", vec![HERE, last, OTHERS]),
        (
            "a trail was stopped and started at once",
            vec![HERE, anew, Plan { logs: &[1; 24], ..OTHERS }],
        ),
        ("backfills end with none", vec![HERE, OTHERS, backfill]),
        ("another trail ended", vec![HERE, OTHERS, side]),
        ("the prefix changed", vec![HERE, OTHERS, prefixed]),
        ("nothing was logged", vec![HERE, quiet]),
    ] {
        let tree = trail(&plans);
        assert_eq!(told(&tree).await, [], "{name}");
    }
}

#[tokio::test]
async fn the_oldest_is_missing_where_the_trail_was_there_before() {
    let edit = |tree: &mut Tree, key: &str| tree.edit(key, |it| it["logFiles"] = json!([]));
    let mut tree = trail(&[HERE, OTHERS]);
    tree.remove(&HERE.digest(0));
    edit(&mut tree, &HERE.digest(1));
    let expected = [(DigestMissing, HERE.digest(0)), (DigestInvalid, HERE.digest(1))];
    assert_eq!(told(&tree).await, expected);

    // Where nobody was there before, the edited one may lie; and one that begins a chain names none.
    let mut alone = trail(&[HERE]);
    alone.remove(&HERE.digest(0));
    edit(&mut alone, &HERE.digest(1));
    assert_eq!(told(&alone).await, [(DigestInvalid, HERE.digest(1))]);
    let later = Plan { start: THERE.start + 9 * HOUR, logs: &[1, 1, 0], ..THERE };
    let mut tree = trail(&[HERE, later]);
    edit(&mut tree, &later.digest(0));
    assert_eq!(told(&tree).await, [(DigestInvalid, later.digest(0))]);
}

#[tokio::test]
async fn a_log_that_no_digest_names_in_proved_hours_is_told() {
    let planted = |key: &str| {
        let mut tree = trail(&[HERE, THERE]);
        tree.objects.insert(key.to_owned(), gzip(b"{\"Records\":[]}"));
        tree
    };
    let named = |time: i64, name: &str| {
        let time = Timestamp::from_second(time).unwrap().strftime("%Y%m%dT%H%MZ").to_string();
        let sample = HERE.log(0, 0);
        let (folder, _) = sample.rsplit_once('/').unwrap();
        format!("{folder}/111122223333_CloudTrail_us-east-1_{time}_{name}.json.gz")
    };
    let end = HERE.start + HOURS * HOUR;
    let copy = THERE.log(6, 0).replace("eu-west-1", "us-east-1");
    for key in [HERE.log(5, 7), copy, named(START + 60, "first"), named(end - 1_020, "last")] {
        let tree = planted(&key);
        let (report, _) = verified(&tree, shelf(&tree), &Window::default()).await;
        assert_eq!(found(&report), [(Gap, key)]);
        assert_eq!((report.logs.uncovered, report.digests.missing), (1, 0));
    }
    // Before the first digest, where the next may name it, behind the last, without a name of CloudTrail's.
    let nameless = HERE.log(5, 0).replace("111122223333_CloudTrail_", "copied_");
    let early = [named(START - 60, "x"), named(end - 840, "x"), named(end, "x"), HERE.log(13, 0)];
    for key in early.into_iter().chain([nameless.replace("Z_", "-")]) {
        assert_eq!(told(&planted(&key)).await, [], "{key}");
    }
}

#[tokio::test]
async fn a_log_whose_digest_is_told_is_not_told() {
    let backfill = Plan { suffix: "_backfill", start: START + HOUR, logs: &[1], ..HERE };
    let next = Plan { start: START + 5 * HOUR, ..backfill };
    let mut tree = trail(&[HERE, THERE, backfill]);
    tree.lay(&next, Some(&backfill.digest(0)));
    assert_eq!(told(&tree).await, []);
    let mut without = tree.clone();
    without.remove(&backfill.digest(0));
    assert_eq!(told(&without).await, [(DigestMissing, backfill.digest(0))]);
    // Nothing names the last one: its log tells.
    tree.remove(&next.digest(0));
    assert_eq!(told(&tree).await, [(Gap, next.log(0, 0))]);

    // Two trails in a folder, of which one ended: its last logs may be named by a digest to come.
    let side = Plan { trail: "side", logs: &[1, 1], ..HERE };
    let mut tree = trail(&[HERE, THERE, side]);
    tree.remove(&side.digest(1));
    assert_eq!(told(&tree).await, []);
}
