//! `accesstrail setup`: from nothing to streaming by a plan that is read, applied, checked, upgraded and removed.

mod apply;
mod choices;
mod show;
mod world;

use std::path::{Path, PathBuf};

use accesstrail_shared::collect::needs;
use accesstrail_shared::port::{Clock as _, SystemClock};
use accesstrail_shared::report::inert;
use accesstrail_shared::setup::facts::Facts;
use accesstrail_shared::setup::plan::{self, Plan, Purpose};
use accesstrail_shared::setup::status::status;
use accesstrail_shared::setup::wanted::Wanted;
use accesstrail_shared::setup::{machine, print, watch};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

pub(in crate::command) use self::apply::turns;
use self::choices::Choices;
use self::world::{AwsArgs, World};
use crate::args::Common;
use crate::error::Failure;
use crate::screen::Screen;
use crate::{Outcome, interrupt};

/// Deploy the roles, the StackSets and the event stream of an organization, by a plan that can be read first. Only
/// what is called accesstrail-* is written; docs/deploy.md says what, and with which permissions.
#[derive(Debug, Args)]
pub(crate) struct Setup {
    #[command(subcommand)]
    what: What,
}

/// What is done.
#[derive(Debug, Subcommand)]
enum What {
    /// Say what would be created, changed and deleted, in order, with reasons and permissions. Reads only
    Plan(Box<PlanArgs>),
    /// Apply a plan that nobody has changed since, or go on with the one that was begun
    Apply(ApplyArgs),
    /// What was set up against what is there: what is not as it should be, and every account
    Status(StatusArgs),
    /// Bring what was set up to what this program deploys
    Upgrade(DoArgs),
    /// Remove what was set up: what sends first, then what received, then the roles
    Destroy(DoArgs),
    /// The role in each account, to deploy it yourself. Asks nobody
    Print(PrintArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  accesstrail setup plan --region eu-west-1 --out plan.json\n  accesstrail setup plan --tier 1,2,3 --exclude-account 444455556666\n  accesstrail setup plan --destroy --out remove.json"
)]
struct PlanArgs {
    #[command(flatten)]
    aws: AwsArgs,

    #[command(flatten)]
    choices: Choices,

    /// A plan that removes what is there
    #[arg(long)]
    destroy: bool,

    /// Write the plan to a file, for `setup apply`
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 done, 2 done, and some accounts did not take it (each is named), 1 failed.\n\n\
                  Examples:\n  accesstrail setup apply plan.json\n  accesstrail setup apply            # go on with what was begun\n  accesstrail setup apply --give-up  # so that another plan may begin"
)]
struct ApplyArgs {
    #[command(flatten)]
    aws: AwsArgs,

    /// The file of `setup plan --out` [default: the plan that was begun]
    #[arg(value_name = "PLAN")]
    plan: Option<PathBuf>,

    /// Give up the plan that was begun; what was deployed stays
    #[arg(long, conflicts_with = "plan")]
    give_up: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 all is as it was set up, 2 something is not, 1 failed.\n\n\
                  Examples:\n  accesstrail setup status\n  accesstrail setup status --look-for-drift\n  accesstrail setup status --json")]
struct StatusArgs {
    #[command(flatten)]
    aws: AwsArgs,

    /// Have CloudFormation compare every stack with what is there, for what somebody changed; it takes some minutes, and
    /// the next status shows what it found
    #[arg(long)]
    look_for_drift: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Without --yes the plan is shown and nothing is done.\n\n\
                  Examples:\n  accesstrail setup upgrade\n  accesstrail setup upgrade --yes\n  accesstrail setup destroy --yes")]
struct DoArgs {
    #[command(flatten)]
    aws: AwsArgs,

    /// Do it
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  accesstrail setup print --format cfn > role.yaml\n  accesstrail setup print --format terraform > role.tf"
)]
struct PrintArgs {
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Cfn)]
    format: Format,
}

/// How the role is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The CloudFormation template that the StackSet deploys.
    Cfn,
    /// A Terraform module that makes the same role.
    Terraform,
}

pub(crate) async fn run(
    common: &Common,
    args: &Setup,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    match &args.what {
        What::Plan(args) => plan_it(common, args, screen).await,
        What::Apply(args) => {
            let world = World::open(common, &args.aws, screen).await?;
            if args.give_up {
                return apply::give_up(&world, screen).await;
            }
            let file = match &args.plan {
                Some(path) => read(path)?,
                None => apply::begun(&world).await?,
            };
            apply::apply(&world, &file, screen).await
        }
        What::Status(args) => show_status(common, args, screen).await,
        What::Upgrade(args) => at_once(common, args, Purpose::Deploy, screen).await,
        What::Destroy(args) => at_once(common, args, Purpose::Destroy, screen).await,
        What::Print(args) => print(args.format, screen),
    }
}

/// The plan for what is there now, as a file with its hash.
async fn made(
    world: &World,
    purpose: Purpose,
    wanted: &Wanted,
) -> Result<(Plan, String, String), Failure> {
    let facts = world.facts(wanted).await?;
    let plan = plan::plan(purpose, &facts, wanted).map_err(machine::SetupError::from)?;
    let (file, hash) = plan::write(&plan).map_err(machine::SetupError::from)?;
    Ok((plan, file, hash))
}

async fn plan_it(
    common: &Common,
    args: &PlanArgs,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let world = World::open(common, &args.aws, screen).await?;
    let wanted = world.wanted(&args.choices).await?;
    let purpose = if args.destroy { Purpose::Destroy } else { Purpose::Deploy };
    let (plan, file, hash) = made(&world, purpose, &wanted).await?;
    if let Some(path) = &args.out {
        let failed = |source| Failure::File { path: path.clone(), source };
        std::fs::write(path, &file).map_err(failed)?;
    }
    show::plan(&plan, &hash, args.out.as_deref(), screen)?;
    Ok(Outcome::Done)
}

/// Plans what was set up last, and applies it.
async fn at_once(
    common: &Common,
    args: &DoArgs,
    purpose: Purpose,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let world = World::open(common, &args.aws, screen).await?;
    let wanted = match machine::last_wanted(&*world.store()).await? {
        Some(wanted) => wanted,
        None if purpose == Purpose::Destroy => world.wanted(&Choices::default()).await?,
        None => return Err(Failure::NotSetUp),
    };
    let (plan, file, hash) = made(&world, purpose, &wanted).await?;
    if !args.yes || plan.is_empty() {
        show::plan(&plan, &hash, None, screen)?;
        if !plan.is_empty() {
            screen.note("nothing was done: add --yes to do it");
        }
        return Ok(Outcome::Done);
    }
    if !screen.is_json() {
        show::plan(&plan, &hash, None, screen)?;
    }
    apply::apply(&world, &file, screen).await
}

async fn show_status(
    common: &Common,
    args: &StatusArgs,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let world = World::open(common, &args.aws, screen).await?;
    let store = world.store();
    let run = store.setup_run().await?;
    let Some(wanted) = machine::last_wanted(&*store).await? else {
        return match run {
            Some(run) => show::unfinished(&run, screen),
            None => Err(Failure::NotSetUp),
        };
    };
    let facts: Facts = world.facts(&wanted).await?;
    let mut found = status(&facts, &wanted, run.as_ref());
    if args.look_for_drift {
        let looked = async {
            let now = SystemClock.now();
            Ok::<_, Failure>(watch::look_for_drift(&world.cloud, &facts, now).await)
        };
        found.findings.extend(interrupt::or(looked).await?);
        found.findings.sort();
    }
    show::status(&found, screen)?;
    Ok(if found.findings.is_empty() { Outcome::Done } else { Outcome::Gaps })
}

fn print(format: Format, screen: &mut Screen) -> Result<Outcome, Failure> {
    let (word, text) = match format {
        Format::Cfn => ("cfn", print::cloud_formation().to_owned()),
        Format::Terraform => ("terraform", print::terraform(&needs::all())),
    };
    if screen.is_json() {
        screen.document("setup_print", json!({"format": word, "text": text}))?;
    } else {
        screen.raw(&text)?;
    }
    Ok(Outcome::Done)
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|source| Failure::Unreadable { path: path.to_owned(), source })
}

/// Texts with names that somebody gave, inert.
fn inert(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| inert::terminal(text)).collect()
}
