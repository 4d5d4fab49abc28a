//! `accesstrail feed`: every change of the closed runs, to whoever wants to know.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use accesstrail_shared::aws::{Place, configuration};
use accesstrail_shared::collect::Stop;
use accesstrail_shared::feed::{
    Ended, EventBus, Feed as Delivering, FileDeadLetters, Secrets, Told, Webhook,
};
use accesstrail_shared::model::RunId;
use accesstrail_shared::port::{Clock, Sink, SystemClock};
use clap::Args;
use serde_json::json;

use crate::args::Common;
use crate::error::Failure;
use crate::screen::Screen;
use crate::{Outcome, interrupt, store};

/// The variable with the secret that requests are signed with.
const SECRET: &str = "ACCESSTRAIL_WEBHOOK_SECRET";

/// The variable with the secret before it, while receivers change over.
const PREVIOUS: &str = "ACCESSTRAIL_WEBHOOK_SECRET_PREVIOUS";

/// What a destination begins with that is a bus.
const BUS: &str = "eventbridge:";

/// Send every change that was not sent yet as an event: created, changed, deleted, restored. Goes on where it
/// stopped; an event that is sent twice has the same id. Exit code 2 when events had to be set aside.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  accesstrail feed --to https://siem.example.com/accesstrail --dry-run\n  accesstrail feed --to eventbridge:accesstrail --dry-run\n\nRequests are signed with the secret in ACCESSTRAIL_WEBHOOK_SECRET, or with the one that --secret names. \
                  While it is rotated, ACCESSTRAIL_WEBHOOK_SECRET_PREVIOUS has the one before. docs/events.md \
                  describes events and signature."
)]
pub(crate) struct Feed {
    /// Where to: `eventbridge:BUS` (a name or an ARN), or an https:// address
    #[arg(long, value_name = "DESTINATION")]
    to: String,

    /// Only the changes of this run
    #[arg(long, value_name = "RUN")]
    run: Option<RunId>,

    /// Where events go that nobody takes, one on a line [default: beside the store, as
    /// STORE.dead-letters.jsonl]
    #[arg(long, value_name = "PATH")]
    dead_letters: Option<PathBuf>,

    /// The signing secret in Secrets Manager, by its name or ARN
    #[arg(long, value_name = "NAME")]
    secret: Option<String>,

    /// A named profile of your AWS configuration
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// Where AWS is, instead of at AWS
    #[arg(long, value_name = "URL", env = "ACCESSTRAIL_OWN_ENDPOINT", hide_env_values = true)]
    endpoint_url: Option<String>,

    /// Say how many events would be sent, and send none
    #[arg(long)]
    dry_run: bool,
}

pub(crate) async fn run(
    common: &Common,
    args: &Feed,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    if args.dry_run {
        return dry_run(common, args, screen).await;
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let sink = sink(args, Arc::clone(&clock)).await?;
    let path = store::path_to_feed(common, screen);
    let writing = store::open_to_write_existing(&path)?;
    let letters = args.dead_letters.clone().unwrap_or_else(|| beside(&path));
    let feed = Delivering::new(
        Arc::clone(&writing.store),
        sink,
        Arc::new(FileDeadLetters::new(letters.clone())),
        clock,
    );
    let stop = Stop::default();
    let work = async {
        match &args.run {
            Some(run) => feed.run(run, &stop).await,
            None => feed.every_run(&stop).await,
        }
    };
    let mut work = std::pin::pin!(work);
    let ended = tokio::select! {
        ended = &mut work => ended,
        () = interrupt::asked() => {
            stop.ask();
            work.await
        }
    };
    match ended.map_err(Failure::Delivery)? {
        Ended::Paused(told) => Err(Failure::FeedInterrupted { sent: told.sent }),
        Ended::Whole(told) => show(&feed, told, &letters, screen),
    }
}

fn show(
    feed: &Delivering,
    told: Told,
    letters: &Path,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    if screen.is_json() {
        let body = json!({
            "sink": feed.sink(),
            "runs": told.runs,
            "sent": told.sent,
            "refused": told.refused,
            "given_up": told.given_up,
            "dead_lettered": told.set_aside(),
            "dead_letters": (told.set_aside() > 0).then(|| letters.display().to_string()),
        });
        screen.document("feed", body)?;
    } else {
        screen.field("sink", feed.sink())?;
        screen.field("runs", &told.runs.to_string())?;
        screen.field("sent", &told.sent.to_string())?;
        screen.field("refused", &told.refused.to_string())?;
        screen.field("given up", &told.given_up.to_string())?;
    }
    if told.set_aside() == 0 {
        return Ok(Outcome::Done);
    }
    screen.note(&format!("{} dead letters are in {}", told.set_aside(), letters.display()));
    Ok(Outcome::Gaps)
}

/// What would be sent, whatever was sent before to somebody else.
async fn dry_run(common: &Common, args: &Feed, screen: &mut Screen) -> Result<Outcome, Failure> {
    let name = sink_name(args)?;
    let store = store::open_to_read(common, screen).await?.store;
    let mut waiting = 0_usize;
    let mut runs = store.runs(usize::MAX).await?;
    runs.retain(|run| run.finished.is_some() && args.run.as_ref().is_none_or(|id| *id == run.id));
    for run in &runs {
        let known = store.delivery(&name, &run.id).await?;
        if known.as_ref().is_some_and(|delivery| delivery.ended) {
            continue;
        }
        let mut after = known.and_then(|delivery| delivery.cursor);
        loop {
            let page = store.changes(&run.id, after.as_deref(), 1_000).await?;
            waiting += page.items.len();
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    if screen.is_json() {
        screen.document("feed", json!({"sink": name, "dry_run": true, "waiting": waiting}))?;
    } else {
        screen.line(&format!("would send {waiting} events to {name}"))?;
    }
    Ok(Outcome::Done)
}

/// The name of the destination, without speaking to it.
fn sink_name(args: &Feed) -> Result<String, Failure> {
    match args.to.strip_prefix(BUS) {
        Some(bus) if !bus.is_empty() => Ok(args.to.clone()),
        Some(_) => Err(no_bus()),
        None => Webhook::name_of(&args.to).map_err(|error| Failure::Usage(error.to_string())),
    }
}

async fn sink(args: &Feed, clock: Arc<dyn Clock>) -> Result<Arc<dyn Sink>, Failure> {
    sink_name(args)?;
    let place = Place {
        endpoint: args.endpoint_url.clone(),
        profile: args.profile.clone(),
        ..Place::default()
    };
    if let Some(bus) = args.to.strip_prefix(BUS) {
        return Ok(Arc::new(EventBus::new(&configuration(&place).await, bus)));
    }
    let secrets = match &args.secret {
        Some(id) => {
            Secrets::fetch(&configuration(&place).await, id).await.map_err(Failure::Delivery)?
        }
        None => secrets()?,
    };
    let webhook = Webhook::new(&args.to, secrets, clock);
    Ok(Arc::new(webhook.map_err(|error| Failure::Usage(error.to_string()))?))
}

fn secrets() -> Result<Secrets, Failure> {
    // A text that is not UTF-8 is no secret either.
    let variable = |name: &str| {
        let text = std::env::var_os(name)?.to_string_lossy().into_owned();
        Some(text).filter(|text| !text.is_empty())
    };
    let Some(current) = variable(SECRET) else {
        return Err(Failure::Usage(format!(
            "requests are signed: put a secret into {SECRET}, or name one of Secrets Manager with --secret"
        )));
    };
    let previous = variable(PREVIOUS);
    Secrets::new(&current, previous.as_deref()).map_err(|error| Failure::Usage(error.to_string()))
}

fn no_bus() -> Failure {
    Failure::Usage("name a bus, for example --to eventbridge:accesstrail".to_owned())
}

fn beside(store: &Path) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(".dead-letters.jsonl");
    PathBuf::from(name)
}
