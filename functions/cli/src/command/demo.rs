//! `accesstrail demo`: an emulated organization, and the real pipeline over it.

use std::path::Path;
use std::sync::Arc;

use accesstrail_shared::collect::pipeline::Reach;
use accesstrail_shared::port::SystemClock;
use accesstrail_shared::testing::company::Company;
use accesstrail_shared::testing::local::{Emulator, LocalAws, Options};
use accesstrail_shared::testing::proxy::Proxy;
use accesstrail_shared::testing::visit;
use clap::Args;

use super::collect::{self, Asked};
use crate::args::Common;
use crate::error::Failure;
use crate::progress::Progress;
use crate::screen::Screen;
use crate::{Outcome, store};

/// Start an emulated organization on this machine, take its inventory with the real pipeline, and show
/// what was found. Needs Python 3 and no AWS account; the first start installs the emulators.
#[derive(Debug, Args)]
#[command(after_help = "Example: accesstrail demo --json")]
pub(crate) struct Demo {}

pub(crate) async fn run(common: &Common, _: Demo, screen: &mut Screen) -> Result<Outcome, Failure> {
    let path = store::demo_path(common);
    let progress = Progress::step(screen.is_quiet());
    let say = |text: &str| progress.say(text);
    let local = LocalAws::start(&Options::only(Emulator::Organization), &say).await?;
    let upstream = local.organization_endpoint()?;
    let company = Company::found(upstream, &say).await?;
    let proxy = Proxy::start(upstream, company.plan()).await?;
    progress.end();
    begin_anew(&path)?;
    let writing = store::open_to_write(&path)?;
    let sessions =
        visit::sessions(proxy.endpoint(), company.home_region(), Arc::new(SystemClock)).await?;
    let asked = Asked {
        reach: Reach::Organization,
        organization_account: None,
        regions: Vec::new(),
        full_credentials: false,
        at_once: 8,
    };
    let taken = collect::take(sessions, &writing.store, &asked, screen).await?;
    let shown = path.display().to_string();
    if screen.is_json() {
        screen.document("demo", collect::body(&taken, &shown))?;
    } else {
        screen.field(
            "demo",
            "organization \"acme\", emulated on this machine: nothing here is real",
        )?;
        collect::show(&taken, screen)?;
        screen.heading("Next")?;
        for verb in [
            "status",
            "list role",
            "list assignment",
            "show ci-deployer",
            "diff",
            "export --format csv",
        ] {
            let store = common
                .store
                .as_ref()
                .map_or_else(String::new, |path| format!(" --store {}", path.display()));
            screen.line(&format!("  accesstrail {verb}{store}"))?;
        }
        screen.line(&format!("\nThe store is {shown}: an SQLite file that any tool opens."))?;
    }
    // Gaps are part of the demo; that they are told is its success.
    Ok(Outcome::Done)
}

/// The demo is the same each time, so it does not add to an earlier one.
fn begin_anew(path: &Path) -> Result<(), Failure> {
    for suffix in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        match std::fs::remove_file(&file) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let shown = path.display();
                return Err(Failure::Usage(format!(
                    "the demo's store {shown} cannot be replaced ({error}): give a --store that you may write to"
                )));
            }
        }
    }
    Ok(())
}
