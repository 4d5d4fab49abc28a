//! Progress on standard error: a bar on a terminal, a line per account elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use accesstrail_shared::aws::error::chain;
use accesstrail_shared::backfill;
use accesstrail_shared::collect::pipeline::{Observer, Plan, WorkError};
use accesstrail_shared::model::coverage::AccountCoverage;
use accesstrail_shared::model::{AccountId, Coverage, Status, Unit};
use accesstrail_shared::report::inert;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows how a run goes.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    lines: bool,
    names: BTreeMap<AccountId, String>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    open: BTreeMap<AccountId, usize>,
    statuses: BTreeMap<AccountId, Vec<Status>>,
    told: BTreeSet<AccountId>,
}

impl Progress {
    /// Progress of one step without a known length.
    pub(crate) fn step(quiet: bool) -> Self {
        let progress = Self::new(quiet, None, BTreeMap::new());
        progress.bar.enable_steady_tick(Duration::from_millis(120));
        progress
    }

    /// Progress of the units of a plan.
    pub(crate) fn of_plan(quiet: bool, plan: &Plan, pending: &[Unit]) -> Self {
        let progress = Self::new(quiet, Some(plan.sent as u64), plan.names.clone());
        {
            let mut state = progress.state.lock().unwrap_or_else(PoisonError::into_inner);
            for unit in pending {
                *state.open.entry(unit.account.clone()).or_default() += 1;
            }
        }
        progress.bar.enable_steady_tick(Duration::from_millis(120));
        progress
    }

    fn new(quiet: bool, length: Option<u64>, names: BTreeMap<AccountId, String>) -> Self {
        let template = if length.is_some() {
            "{spinner} {pos}/{len} units  {elapsed}  {msg}"
        } else {
            "{spinner} {msg}"
        };
        let bar = bar(quiet, length, template);
        Self { bar, lines: speaks_in_lines(quiet), names, state: Mutex::default() }
    }

    /// Says what is being done.
    pub(crate) fn say(&self, text: &str) {
        let text = inert::terminal(text);
        if self.lines {
            line(&text);
        } else {
            self.bar.set_message(text);
        }
    }

    /// Takes the bar away.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn account_ended(&self, account: &AccountId, statuses: &[Status]) {
        let text = summed_up(account, self.names.get(account).map(String::as_str), statuses);
        if self.lines {
            line(&text);
        } else {
            self.bar.set_message(text);
        }
    }
}

impl Observer for Progress {
    fn begun(&self, _: &Unit) {}

    fn ended(&self, unit: &Unit, coverage: &[Coverage]) {
        self.bar.inc(1);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let statuses = state.statuses.entry(unit.account.clone()).or_default();
        statuses.extend(coverage.iter().map(|each| each.status.clone()));
        let statuses = statuses.clone();
        let open = state.open.entry(unit.account.clone()).or_default();
        *open = open.saturating_sub(1);
        if *open == 0 && state.told.insert(unit.account.clone()) {
            self.account_ended(&unit.account, &statuses);
        }
    }

    fn failed(&self, unit: &Unit, error: &WorkError) {
        let text = format!("{unit}  failed: {}", inert::terminal(&chain(error)));
        if self.lines { line(&text) } else { self.bar.println(text) }
    }
}

/// An account in one line: what it is called, how it was seen, the first of its gaps.
fn summed_up(account: &AccountId, name: Option<&str>, statuses: &[Status]) -> String {
    let place = format!("{account} {}", name.unwrap_or_default());
    let word = AccountCoverage::of(statuses).word();
    let gap = statuses.iter().find(|status| status.is_gap()).map(describe);
    let gap = gap.map_or_else(String::new, |gap| format!(": {gap}"));
    inert::terminal(&format!("{}  {word}{gap}", place.trim_end()))
}

fn describe(status: &Status) -> String {
    match status {
        Status::Denied { action, .. } => format!("{action} denied"),
        Status::Throttled { action } => format!("{action} throttled"),
        Status::Partial { action, reason } => format!("{action} {reason}"),
        Status::Unavailable(why) => why.to_string(),
        Status::Complete | Status::Excluded(_) => String::new(),
    }
}

/// A bar that is drawn on a terminal alone, and not for whoever wants it quiet.
pub(crate) fn bar(quiet: bool, length: Option<u64>, template: &str) -> ProgressBar {
    let target = if quiet || !std::io::stderr().is_terminal() {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr()
    };
    let bar = ProgressBar::with_draw_target(length, target);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// Whether progress is told in lines, because there is no terminal for a bar.
pub(crate) fn speaks_in_lines(quiet: bool) -> bool {
    !quiet && !std::io::stderr().is_terminal()
}

/// A line on standard error.
pub(crate) fn line(text: &str) {
    use std::io::Write as _;
    // When standard error is closed there is nobody left to tell.
    drop(writeln!(anstream::stderr().lock(), "{text}"));
}

#[cfg(test)]
mod tests {
    use accesstrail_shared::model::{Authority, Unavailable};

    use super::*;

    #[test]
    fn an_account_in_one_line() {
        let action = || "iam:ListUsers".to_owned();
        let rows = [
            (Some("web"), vec![Status::Complete], "111122223333 web  complete"),
            (None, vec![Status::Complete], "111122223333  complete"),
            (
                Some("we\u{1b}[2Jb\u{202e}"),
                vec![Status::Complete, Status::Denied { action: action(), by: Authority::Scp }],
                "111122223333 we·[2Jb·  partial: iam:ListUsers denied",
            ),
            (
                None,
                vec![Status::Throttled { action: action() }],
                "111122223333  partial: iam:ListUsers throttled",
            ),
            (
                None,
                vec![Status::Partial { action: action(), reason: "two\nlines".to_owned() }],
                "111122223333  partial: iam:ListUsers two·lines",
            ),
            (
                None,
                vec![Status::Unavailable(Unavailable::AccountState("SUSPENDED".to_owned()))],
                "111122223333  unavailable: the account is SUSPENDED",
            ),
            // What does not exist is no gap.
            (
                None,
                vec![Status::Complete, Status::Unavailable(Unavailable::NotInOrganization)],
                "111122223333  complete",
            ),
        ];
        for (name, statuses, expected) in rows {
            assert_eq!(summed_up(&"111122223333".parse().unwrap(), name, &statuses), expected);
        }
    }
}

/// How often the bar of a backfill moves.
const TICK: Duration = Duration::from_millis(120);

/// How often it says how far it is where there is no terminal.
const LINE: u32 = 80;

/// Progress through logs: units, objects, bytes, and the time that is left at this rate.
#[derive(Debug)]
pub(crate) struct LogBar {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl LogBar {
    /// Shows `progress` until [`LogBar::end`].
    pub(crate) fn start(quiet: bool, progress: Arc<backfill::Progress>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let thread = (!quiet).then(|| {
            let stop = Arc::clone(&stop);
            std::thread::spawn(move || follow(&progress, &stop))
        });
        Self { stop, thread }
    }

    /// Takes the bar away.
    pub(crate) fn end(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It has nothing to say but that it has ended.
            drop(thread.join());
        }
    }
}

fn follow(progress: &backfill::Progress, stop: &AtomicBool) {
    let terminal = std::io::stderr().is_terminal();
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        bar.set_style(style);
    }
    let start = std::time::Instant::now();
    for tick in 1_u32.. {
        std::thread::park_timeout(TICK);
        if stop.load(Ordering::Relaxed) {
            break;
        }
        if terminal {
            bar.set_message(how_far(progress, start.elapsed()));
            bar.tick();
        } else if tick.is_multiple_of(LINE) {
            line(&how_far(progress, start.elapsed()));
        }
    }
    bar.finish_and_clear();
}

/// `12/36 days  4,211 objects  16.4 MB  3.1 MB/s  about 8 s left`.
fn how_far(progress: &backfill::Progress, elapsed: Duration) -> String {
    let ((ended, units), (objects, bytes)) = (progress.units(), progress.read());
    if units == 0 {
        return "listing".to_owned();
    }
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
    let rate = indicatif::HumanBytes(bytes.saturating_mul(1_000) / millis);
    let left = match ended {
        0 => String::new(),
        ended => {
            let left = millis.saturating_mul(units.saturating_sub(ended)) / ended / 1_000;
            format!("  about {left} s left")
        }
    };
    let read = indicatif::HumanBytes(bytes);
    format!("{ended}/{units} parts  {objects} objects  {read}  {rate}/s{left}")
}
