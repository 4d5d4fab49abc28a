//! `accesstrail backfill`: CloudTrail's logs → who used what.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use accesstrail_shared::aws::logs::BucketLogs;
use accesstrail_shared::aws::{Place as AwsPlace, configuration};
use accesstrail_shared::backfill::{Backfill as Job, Folder, Outcome as Done, Progress, Window};
use accesstrail_shared::model::{AccountId, Region};
use accesstrail_shared::port::{Clock as _, Logs, SystemClock};
use accesstrail_shared::report::inert::terminal;
use accesstrail_shared::usage::day::Day;
use clap::Args;
use serde_json::json;

use crate::args::Common;
use crate::error::Failure;
use crate::progress::LogBar;
use crate::screen::Screen;
use crate::{Outcome, interrupt, store};

/// Days back from today, where nobody says otherwise.
const DAYS: u32 = 90;

/// The most days back: CloudTrail's longest retention is that of the bucket, and ten years are enough.
const MOST_DAYS: u32 = 3_650;

/// How many objects that were set aside are shown.
const SHOWN: usize = 20;

/// Objects that are asked for at once, of a bucket: with a megabyte each at most, that is what waits in memory.
const IN_FLIGHT: usize = 64;

/// Units at once, at least, of a bucket: while one lists its objects, others fetch theirs.
const UNITS: usize = 4;

/// Read the logs of CloudTrail trails and keep who used what: from a folder with the layout of a trail's bucket, or from
/// the bucket itself. Repeating it reads only what is new; interrupting it loses nothing.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  accesstrail backfill --dir ./trail-bucket --days all\n  accesstrail backfill --bucket my-trail --days 30"
)]
pub(crate) struct Backfill {
    #[command(flatten)]
    place: Place,

    /// What stands before `AWSLogs/` in the keys [default: it is looked for in a folder, none in a bucket]
    #[arg(long, value_name = "PREFIX")]
    prefix: Option<String>,

    /// How many days back from today, at most 3650, or `all` [default: 90]
    #[arg(long, value_name = "DAYS")]
    days: Option<Days>,

    /// Only the logs of this account; may be given several times
    #[arg(long, value_name = "ID")]
    account: Vec<AccountId>,

    /// Only the logs of this region; may be given several times
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    region: Vec<Region>,

    /// The account that the bucket must belong to; S3 refuses where it is another one's
    #[arg(long, value_name = "ID", requires = "bucket")]
    bucket_owner: Option<AccountId>,

    /// A named profile of your AWS configuration
    #[arg(long, value_name = "NAME", requires = "bucket")]
    profile: Option<String>,

    /// Where S3 is, instead of at AWS
    #[arg(long, value_name = "URL", env = "ACCESSTRAIL_TARGET_ENDPOINT", hide_env_values = true)]
    endpoint_url: Option<String>,
}

/// Where the logs are.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Place {
    /// A folder with the layout of a trail's bucket; needs no AWS at all
    #[arg(long, value_name = "PATH")]
    dir: Option<PathBuf>,

    /// A trail's bucket; needs s3:ListBucket and s3:GetObject, and kms:Decrypt where logs are encrypted
    #[arg(long, value_name = "NAME", value_parser = bucket_name)]
    bucket: Option<String>,
}

/// How far back.
#[derive(Clone, Copy, Debug)]
enum Days {
    /// To the first log.
    All,
    /// That many days.
    Back(u32),
}

impl std::str::FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self::All);
        }
        let days = text.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
        days.map(Self::Back).ok_or_else(|| format!("`all`, or a number from 1 to {MOST_DAYS}"))
    }
}

pub(crate) async fn run(
    common: &Common,
    args: &Backfill,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let path = store::path(common);
    store::check(&path)?;
    let logs = open(args).await?;
    let (at_once, in_flight) = at_once(args);
    let name = logs.name();
    let writing = store::open_to_write(&path)?;
    let job = Job {
        logs,
        store: writing.usage.clone(),
        clock: Arc::new(SystemClock),
        at_once,
        in_flight,
    };
    let progress = Arc::new(Progress::default());
    let bar = LogBar::start(screen.is_quiet(), Arc::clone(&progress));
    let start = Instant::now();
    let window = window(args);
    let done = interrupt::or(Box::pin(job.run(&window, &progress))).await;
    bar.end();
    let done = done?;
    show(&job, &done, &name, start.elapsed(), screen).await?;
    Ok(if done.tally.is_complete() { Outcome::Done } else { Outcome::Gaps })
}

async fn open(args: &Backfill) -> Result<Arc<dyn Logs>, Failure> {
    if let Some(bucket) = &args.place.bucket {
        let place = AwsPlace {
            endpoint: args.endpoint_url.clone(),
            profile: args.profile.clone(),
            ..AwsPlace::default()
        };
        let config = configuration(&place).await;
        return Ok(Arc::new(BucketLogs::new(config, bucket, args.bucket_owner.as_ref())));
    }
    let Some(dir) = &args.place.dir else {
        return Err(Failure::Usage(
            "say where the logs are: --dir PATH or --bucket NAME".to_owned(),
        ));
    };
    let folder =
        Folder::open(dir).map_err(|source| Failure::Unreadable { path: dir.clone(), source })?;
    Ok(Arc::new(folder))
}

/// Units at once, and how many objects each fetches at once.
fn at_once(args: &Backfill) -> (usize, usize) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if args.place.bucket.is_none() {
        return (cores, 4);
    }
    let units = cores.max(UNITS);
    (units, (IN_FLIGHT / units).max(1))
}

/// The name of a bucket, of which some think as `s3://NAME/`.
fn bucket_name(text: &str) -> Result<String, String> {
    let name = text.strip_prefix("s3://").unwrap_or(text).trim_end_matches('/');
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if (3..=255).contains(&name.len()) && name.chars().all(is_name) {
        return Ok(name.to_owned());
    }
    Err("a bucket's name, as `my-trail`; what stands before AWSLogs/ in its keys is --prefix"
        .to_owned())
}

fn window(args: &Backfill) -> Window {
    let today = Day(SystemClock.now().as_second().div_euclid(86_400));
    let from = match args.days.unwrap_or(Days::Back(DAYS)) {
        Days::All => None,
        Days::Back(days) => Some(Day(today.0 - i64::from(days))),
    };
    let texts = |texts: Vec<String>| texts.into_iter().collect::<BTreeSet<String>>();
    // A bucket may have a million folders beside; whoever has logs there knows where.
    let none = args.place.bucket.is_some().then_some("");
    let prefix = args.prefix.as_deref().or(none).map(|prefix| match prefix.trim_matches('/') {
        "" => String::new(),
        prefix => format!("{prefix}/"),
    });
    Window {
        accounts: texts(args.account.iter().map(ToString::to_string).collect()),
        regions: texts(args.region.iter().map(ToString::to_string).collect()),
        from,
        prefix,
    }
}

async fn show(
    job: &Job,
    done: &Done,
    name: &str,
    took: Duration,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let aside = job.store.set_aside_objects(None, SHOWN).await?.items;
    let totals = job.store.usage_totals().await?;
    if screen.is_json() {
        let aside = aside.iter().map(|it| json!({"object": it.object, "reason": it.reason}));
        let aside: Vec<serde_json::Value> = aside.collect();
        let body = json!({
            "logs": name,
            "units": done.units,
            "counters": done.tally.counters(),
            "totals": totals,
            "cost": done.cost,
            "other_folders": done.other_folders,
            "strays": done.strays,
            "unlisted": done.unlisted,
            "set_aside": aside,
        });
        return screen.document("backfill", body);
    }
    let tally = &done.tally;
    screen.field("logs", &terminal(name))?;
    screen.field(
        "objects",
        &format!(
            "{} = {} done + {} seen before + {} set aside + {} left for another time",
            tally.listed, tally.done, tally.duplicates, tally.set_aside, tally.left
        ),
    )?;
    let total = |name: &str| totals.get(name).copied().unwrap_or_default();
    screen.field(
        "events",
        &format!("{} folded, {} further copies left out", tally.events, tally.copies),
    )?;
    screen.field(
        "cells",
        &format!("{} written  {} unchanged  {} kept", tally.written, tally.unchanged, tally.kept),
    )?;
    screen.field(
        "store",
        &format!("{} events in {} cells", total("usage.events"), total("usage.cells")),
    )?;
    let (read, seconds) = (done.cost.get("logs.read_bytes").copied(), took.as_secs_f64());
    screen.field("read", &format!("{} in {seconds:.1} s", bytes(read.unwrap_or_default())))?;
    if !aside.is_empty() {
        screen.heading("Set aside")?;
        let rows = aside.into_iter().map(|it| [it.object, it.reason]);
        screen.table(&["id", "why"], rows)?;
    }
    if !done.unlisted.is_empty() {
        screen.heading("Not listed")?;
        let rows = done.unlisted.iter().map(|(folder, why)| [folder.clone(), why.clone()]);
        screen.table(&["id", "why"], rows)?;
    }
    Ok(())
}

/// `44.6 MB`.
fn bytes(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} bytes"),
        1_000..1_000_000 => format!("{}.{} kB", count / 1_000, count % 1_000 / 100),
        _ => format!("{}.{} MB", count / 1_000_000, count % 1_000_000 / 100_000),
    }
}
