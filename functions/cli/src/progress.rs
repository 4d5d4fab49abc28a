//! Progress on standard error: a bar on a terminal, a line per account elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use accesstrail_shared::aws::error::chain;
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
        let terminal = std::io::stderr().is_terminal();
        let target = if quiet || !terminal {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(length, target);
        let template = if length.is_some() {
            "{spinner} {pos}/{len} units  {elapsed}  {msg}"
        } else {
            "{spinner} {msg}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar, lines: !quiet && !terminal, names, state: Mutex::default() }
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
        let gaps: Vec<String> =
            statuses.iter().filter(|status| status.is_gap()).map(describe).collect();
        let word = AccountCoverage::of(statuses).word();
        let name = self.names.get(account).map_or("", String::as_str);
        let account = format!("{account} {name}");
        let account = account.trim_end();
        let text = inert::terminal(&match gaps.first() {
            None => format!("{account}  {word}"),
            Some(first) => format!("{account}  {word}: {first}"),
        });
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

fn describe(status: &Status) -> String {
    match status {
        Status::Denied { action, .. } => format!("{action} denied"),
        Status::Throttled { action } => format!("{action} throttled"),
        Status::Partial { action, reason } => format!("{action} {reason}"),
        Status::Unavailable(why) => why.to_string(),
        Status::Complete | Status::Excluded(_) => String::new(),
    }
}

fn line(text: &str) {
    use std::io::Write as _;
    // When standard error is closed there is nobody left to tell.
    drop(writeln!(anstream::stderr().lock(), "{text}"));
}
