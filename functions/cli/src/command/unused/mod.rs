//! `accesstrail unused`: what nobody used, and how far that can be believed.

mod show;

use accesstrail_shared::analysis::unused::{Question, Uses, granted, regions_without_logs, unused};
use accesstrail_shared::model::Snapshot;
use accesstrail_shared::model::activity::EventTime;
use accesstrail_shared::port::{Clock as _, Store, SystemClock, UsageQuery, UsageStore};
use accesstrail_shared::store::load;
use accesstrail_shared::usage::coverage::Seen;
use clap::Args;

pub(crate) use self::show::Answer;
use crate::args::Common;
use crate::cells::Cells;
use crate::error::Failure;
use crate::screen::Screen;
use crate::store::Reading;
use crate::{Outcome, store};

/// How many days of logs are read at once.
const PAGE: usize = 200;

/// What nobody used: the inventory held against the logs.
#[derive(Debug, Args)]
#[command(
    after_help = "used: a call that was not denied, or AWS's own record of a use, which the inventory has. unknown: no \
                  day of these has its logs. new: younger than these days. NO LOG: of the DAYS since the last use, \
                  how many had no log, or none in a region that usually has some.\nWhat is granted is read from the \
                  names in the Allow statements of attached, inline and group policies. That is no evaluation of \
                  effective access: denials, conditions, resources, boundaries and the organization's policies are \
                  left out.\n\n\
                  Examples:\n  accesstrail unused\n  accesstrail unused --days 30 --json"
)]
pub(crate) struct Unused {
    /// For how many days nothing may have been seen, at most 3650
    #[arg(long, value_name = "DAYS", default_value_t = 90,
          value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,

    /// Roles that AWS made for its services too
    #[arg(long)]
    all: bool,
}

pub(crate) async fn run(
    common: &Common,
    args: &Unused,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let Reading { store, usage, .. } = store::open_to_read(common, screen).await?;
    let question = Question { as_of: now(), days: args.days, all: args.all };
    let answer = answer(&*store, &*usage, question, screen.is_quiet()).await?;
    answer.show(screen)?;
    Ok(Outcome::Done)
}

/// The present, to the second.
pub(crate) fn now() -> EventTime {
    EventTime(SystemClock.now().as_second().saturating_mul(1_000))
}

/// Holds the inventory of a store against its logs.
pub(crate) async fn answer(
    store: &dyn Store,
    usage: &dyn UsageStore,
    question: Question,
    quiet: bool,
) -> Result<Answer, Failure> {
    let snapshot: Snapshot = load::snapshot(store).await?;
    let (uses, seen) = (uses(usage, quiet).await?, seen(usage).await?);
    let findings = unused(&snapshot, &uses, &seen, &question);
    let granted = granted(&snapshot, &uses, &seen, &question);
    let regions_without_logs = regions_without_logs(&snapshot, &seen, &question);
    Ok(Answer { question, findings, granted, seen, regions_without_logs })
}

/// The last uses in all cells.
pub(crate) async fn uses(store: &dyn UsageStore, quiet: bool) -> Result<Uses, Failure> {
    let mut uses = Uses::default();
    let mut cells = Cells::of(store, quiet).await?;
    cells.each(&UsageQuery::default(), |hour| uses.add(hour)).await?;
    Ok(uses)
}

/// The days that have logs.
async fn seen(store: &dyn UsageStore) -> Result<Seen, Failure> {
    let (mut seen, mut after) = (Seen::default(), None);
    loop {
        let page = store.log_days(&UsageQuery::default(), after.as_deref(), PAGE).await?;
        page.items.iter().for_each(|day| seen.add(day));
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(seen),
        }
    }
}
