//! Who can do something, over all principals: warm, every layer, held against asking one by one.

use std::time::Duration;

use accesstrail_shared::access::{Estate, Index, Plain, WhoCan as _};

use crate::clock::best;
use crate::table::{Row, print};
use crate::{SIZES, generated};

const QUESTIONS: usize = 60;
/// How many of the answers are compared with those of one by one.
const COMPARED: usize = 6;

pub(crate) fn run() {
    let mut rows = Vec::new();
    for count in SIZES {
        let estate = crate::estate(count);
        let index = Index::of(&estate);
        let questions = generated::questions(2, QUESTIONS, count);
        let mut times: Vec<Duration> = questions.iter().map(|it| time(&index, it)).collect();
        compare(&estate, &index, &questions);
        times.sort_unstable();
        let mean = times.iter().sum::<Duration>() / u32::try_from(times.len()).unwrap();
        let goal = match count {
            5_000 => Some(Duration::from_micros(1_500)),
            50_000 => Some(Duration::from_millis(15)),
            _ => None,
        };
        let row = |what: &str| Row::new([count.to_string(), what.to_owned()]);
        rows.push(row("mean").maybe(mean, goal));
        rows.push(row("slowest question").maybe(times[times.len() - 1], goal));
    }
    print("`who-can`, warm", &["N", "of 60 questions"], &rows);
}

fn time(index: &Index<'_>, (action, resource): &(String, String)) -> Duration {
    index.who_can(action, resource, &[]).unwrap();
    best(5, || index.who_can(action, resource, &[]).unwrap())
}

fn compare(estate: &Estate, index: &Index<'_>, questions: &[(String, String)]) {
    let plain = Plain::of(estate);
    for (action, resource) in questions.iter().take(COMPARED) {
        let fast = index.verdict(action, resource, &[]).unwrap();
        assert_eq!(fast, plain.verdict(action, resource, &[]).unwrap(), "{action} {resource}");
    }
}
