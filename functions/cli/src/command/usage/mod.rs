//! `accesstrail usage`: who used which action on what, when last, how often, and what was only ever denied.

mod found;

use accesstrail_shared::port::{UsageQuery, UsageStore};
use accesstrail_shared::usage::csv;
use accesstrail_shared::usage::rollup::{Rollup, Usage as Sums};
use clap::{Args, ValueEnum};

use self::found::{Found, Wanted};
pub(super) use self::found::{action, caller, is_called, named_by};
use crate::args::Common;
use crate::cells::Cells;
use crate::error::Failure;
use crate::screen::Screen;
use crate::{Outcome, store};

/// Who used which action, when first and last, how often, and how often it was denied, as `backfill` found it in the
/// logs. A call that was denied is no use.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  accesstrail usage shop-api\n  accesstrail usage --resource 'arn:aws:s3:::*'\n  accesstrail usage --all --format csv"
)]
pub(crate) struct Usage {
    #[command(flatten)]
    of: Of,

    /// `csv` gives one line a principal, operation and day, sorted
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// Whose use, or of what.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Of {
    /// A principal: its ARN, or its name
    #[arg(value_name = "PRINCIPAL")]
    principal: Option<String>,

    /// Use of this resource: its ARN, or the beginning of it with a `*` at the end
    #[arg(long, value_name = "ARN")]
    resource: Option<String>,

    /// Everything
    #[arg(long)]
    all: bool,
}

/// How it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs: `account,principal,eventSource,eventName,day,count,errors,first,last`
    Csv,
}

pub(crate) async fn run(
    common: &Common,
    args: &Usage,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let store = store::open_to_read(common, screen).await?.usage;
    if args.format == Format::Csv {
        if !args.of.all {
            return Err(Failure::Usage(
                "the CSV has everything: `accesstrail usage --all --format csv`".to_owned(),
            ));
        }
        return write_csv(&*store, screen).await;
    }
    let wanted = match (&args.of.principal, &args.of.resource) {
        (Some(principal), _) => Wanted::Principal(principal),
        (None, Some(resource)) => Wanted::Resource(resource),
        (None, None) => Wanted::All,
    };
    let (mut found, mut cells) = (Found::default(), Cells::of(&*store, screen.is_quiet()).await?);
    for account in store.usage_accounts().await? {
        found.add(&sums(&mut cells, &account).await?, &wanted);
    }
    drop(cells);
    found.show(&wanted, screen)
}

/// What the cells of an account sum up to.
async fn sums(cells: &mut Cells<'_>, account: &str) -> Result<Sums, Failure> {
    let query = UsageQuery { account: Some(account.to_owned()), ..UsageQuery::default() };
    let mut rollup = Rollup::new(account);
    cells
        .each(&query, |hour| {
            rollup.add(hour);
        })
        .await?;
    Ok(rollup.finish())
}

async fn write_csv(store: &dyn UsageStore, screen: &mut Screen) -> Result<Outcome, Failure> {
    screen.lines(csv::HEADER)?;
    let mut cells = Cells::of(store, screen.is_quiet()).await?;
    for account in store.usage_accounts().await? {
        let sums = sums(&mut cells, &account).await?;
        let mut lines = Vec::new();
        csv::write(&sums, &mut lines)?;
        let lines = String::from_utf8(lines).map_err(std::io::Error::other)?;
        screen.lines(&lines)?;
    }
    Ok(Outcome::Done)
}
