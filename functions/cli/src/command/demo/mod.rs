//! `accesstrail demo`: an emulated organization, and the real pipeline over it.

mod events;
mod logs;
mod resources;
mod setup;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use accesstrail_shared::collect::Trees;
use accesstrail_shared::collect::pipeline::Reach;
use accesstrail_shared::port::SystemClock;
use accesstrail_shared::testing::company::{Company, LOG_ACCOUNT};
use accesstrail_shared::testing::local::{Emulator, LocalAws, Options};
use accesstrail_shared::testing::proxy::Proxy;
use accesstrail_shared::testing::visit;
use clap::Args;
use serde_json::json;

use self::events::Seen;
use self::logs::{Archive, Logged};
use self::setup::SetUp;
use super::cloud::{self, CloudRun};
use super::collect::{self, Asked, Filters, Taken};
use crate::args::Common;
use crate::error::Failure;
use crate::progress::Progress;
use crate::screen::Screen;
use crate::store::Writing;
use crate::{Outcome, interrupt, store};

/// The account that the function is deployed into.
const OWN_ACCOUNT: &str = "111122223333";

/// What to type next, after the program's name.
const NEXT: [&str; 9] = [
    "status",
    "list role",
    "list assignment",
    "list resource --type S3::Bucket",
    "show ana.silva --kind user",
    "findings",
    "paths",
    "diff",
    "export --format csv",
];

/// Start an emulated organization on this machine, take its inventory with the real pipeline, and show
/// what was found. Needs Python 3 and no AWS account; the first start installs the emulators.
#[derive(Debug, Args)]
#[command(after_help = "Example: accesstrail demo --json")]
pub(crate) struct Demo {
    /// Deploy template.yaml into an emulated account too, let its schedule start the inventory function as a
    /// Lambda, and read the rows back from DynamoDB. Needs the source checkout and cargo; the first time
    /// builds the function, which takes minutes
    #[arg(long)]
    cloud: bool,
}

pub(crate) async fn run(
    common: &Common,
    args: Demo,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let path = store::demo_path(common);
    store::check(&path)?;
    let folder = logs::folder(&path);
    logs::check(&folder)?;
    if common.store.is_some() {
        store::check_replaceable(&path).await?;
    }
    let progress = Progress::step(screen.is_quiet());
    let say = |text: &str| progress.say(text);
    let options = if args.cloud { both() } else { Options::only(Emulator::Organization) };
    let local = interrupt::or(LocalAws::start(&options, &say)).await?;
    let upstream = local.organization_endpoint()?;
    let company = interrupt::or(Company::found(upstream, &say)).await?;
    let proxy = Proxy::start(upstream, company.plan()).await?;
    progress.end();
    let writing = store::replace(&path)?;
    let sessions =
        visit::sessions(proxy.endpoint(), company.home_region(), Arc::new(SystemClock)).await?;
    let asked = Asked {
        reach: Reach::Organization,
        organization_account: None,
        identity_center_regions: Vec::new(),
        regions: visit::regions(),
        skip: BTreeSet::new(),
        full_credentials: false,
        trees: Trees::default(),
        filters: Filters::default(),
        at_once: 8,
        trigger: store::DEMO_TRIGGER,
    };
    let taken = match collect::take(sessions, &writing.store, &asked, screen).await {
        // There is nothing to go on with: the demo begins anew each time.
        Err(Failure::Interrupted { .. }) => return Err(Failure::Interrupted { run: None }),
        taken => taken?,
    };
    let step = Progress::step(screen.is_quiet());
    step.say("making and reading logs");
    let archive = archive(&company, &proxy).await?;
    let logged = logs::take(&writing, &taken.snapshot, &archive, folder);
    let logged = interrupt::or(Box::pin(logged)).await?;
    let live = live(&company, (upstream, &proxy), &writing, &step);
    let (set_up, seen) = interrupt::or(Box::pin(live)).await?;
    step.end();
    let cloud = if args.cloud {
        let run = in_the_cloud(&local, &proxy, &company, screen);
        Some(interrupt::or(Box::pin(run)).await?)
    } else {
        None
    };
    let shown = Shown {
        taken: &taken,
        logged: &logged,
        seen: &seen,
        set_up: &set_up,
        cloud: cloud.as_ref(),
    };
    shown.show(common, &path, screen)?;
    // Gaps are part of the demo; that they are told is its success.
    Ok(Outcome::Done)
}

/// Sets up, changes identities and sees it by the events, and removes what was set up.
async fn live(
    company: &Company,
    (upstream, proxy): (&str, &Proxy),
    writing: &Writing,
    step: &Progress,
) -> Result<(SetUp, Seen), Failure> {
    let say = |text: &str| step.say(&format!("setting up: {text}"));
    let store = Arc::clone(&writing.setup);
    let deployed = setup::deploy(company, upstream, store, &say).await?;
    step.say("changing identities, and seeing it by the events");
    let clock = Arc::new(SystemClock);
    let sessions = visit::sessions(proxy.endpoint(), company.home_region(), clock).await?;
    let seen = events::take(company, sessions, Arc::clone(&writing.events)).await?;
    let say = |text: &str| step.say(&format!("removing: {text}"));
    Ok((setup::remove(deployed, &say).await?, seen))
}

/// The account that keeps the logs of all.
async fn archive<'a>(company: &Company, proxy: &'a Proxy) -> Result<Archive<'a>, Failure> {
    let unknown = || Failure::Usage("the demo has no account for logs".to_owned());
    let account = company.account(LOG_ACCOUNT).and_then(|id| id.parse().ok());
    let region = company.home_region();
    let sessions = visit::sessions(proxy.endpoint(), region, Arc::new(SystemClock)).await?;
    let session = sessions.session(&account.ok_or_else(unknown)?).await?;
    let region = region.parse().map_err(|_| unknown())?;
    Ok(Archive { session, region, proxy, answers: company.plan() })
}

async fn in_the_cloud(
    local: &LocalAws,
    proxy: &Proxy,
    company: &Company,
    screen: &Screen,
) -> Result<CloudRun, Failure> {
    let progress = Progress::step(screen.is_quiet());
    let say = |text: &str| progress.say(text);
    let run = cloud::run(local.own_endpoint()?, proxy.endpoint(), company, &say).await?;
    progress.end();
    Ok(run)
}

/// What the demo came to.
#[derive(Debug)]
struct Shown<'a> {
    taken: &'a Taken,
    logged: &'a Logged,
    seen: &'a Seen,
    set_up: &'a SetUp,
    cloud: Option<&'a CloudRun>,
}

impl Shown<'_> {
    fn next(&self) -> Vec<String> {
        NEXT.iter().map(|verb| (*verb).to_owned()).chain(self.logged.next()).collect()
    }

    fn show(&self, common: &Common, path: &Path, screen: &mut Screen) -> Result<(), Failure> {
        let shown = path.display().to_string();
        if screen.is_json() {
            let mut body = collect::body(self.taken, &shown);
            if let Some(fields) = body.as_object_mut() {
                fields.insert("next".to_owned(), json!(self.next()));
                fields.insert("logs".to_owned(), self.logged.document());
                fields.insert("events".to_owned(), self.seen.document());
                fields.insert("setup".to_owned(), self.set_up.document());
                fields.extend(self.cloud.map(|cloud| ("cloud".to_owned(), cloud.document())));
            }
            return screen.document("demo", body);
        }
        screen.field(
            "demo",
            "organization \"acme\", emulated on this machine: nothing here is real",
        )?;
        collect::show(self.taken, screen)?;
        resources::show(&self.taken.snapshot, screen)?;
        self.logged.show(screen)?;
        self.set_up.show_deployed(screen)?;
        self.seen.show(screen)?;
        self.set_up.show_removed(screen)?;
        if let Some(cloud) = self.cloud {
            cloud.show(screen)?;
        }
        screen.heading("Next")?;
        let program = program();
        let store = common
            .store
            .as_ref()
            .map_or_else(String::new, |path| format!(" --store {}", path.display()));
        for verb in self.next() {
            screen.line(&format!("  {program} {verb}{store}"))?;
        }
        screen.line(&format!("\nThe store is {shown}: an SQLite file that any tool opens."))
    }
}

/// The program, as it can be typed again: by its path, when it was started by one.
fn program() -> String {
    let typed = std::env::args().next().filter(|typed| typed.contains('/'));
    typed.unwrap_or_else(|| "accesstrail".to_owned())
}

/// Both emulators: the account that we run in is not the organization's.
fn both() -> Options {
    Options { own_account: OWN_ACCOUNT.to_owned(), ..Options::default() }
}
