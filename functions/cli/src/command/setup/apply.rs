//! Applying: one turn after the other until there is nothing to wait for. Ctrl-C leaves it where it is, and the same
//! command goes on.

use std::time::Duration;

use accesstrail_shared::port::setup::SetupRunState;
use accesstrail_shared::setup::machine::{Machine, SetupError, Turn};
use accesstrail_shared::setup::plan::{self, Purpose};
use serde_json::json;

use super::inert;
use super::world::World;
use crate::error::Failure;
use crate::progress::Progress;
use crate::screen::Screen;
use crate::{Outcome, interrupt};

/// How long is waited before the first look at what is under way.
const FIRST: Duration = Duration::from_millis(500);

/// How long is waited at most between two looks.
const LONGEST: Duration = Duration::from_secs(10);

/// The plan that was begun and is not done.
pub(super) async fn begun(world: &World) -> Result<String, Failure> {
    let run = world.store().setup_run().await?;
    let open = run.filter(|run| run.state == SetupRunState::Open);
    open.map(|run| run.plan).ok_or_else(|| {
        Failure::Usage(
            "no plan was begun: name the file of `accesstrail setup plan --out`".to_owned(),
        )
    })
}

/// Gives up the plan that was begun.
pub(super) async fn give_up(world: &World, screen: &mut Screen) -> Result<Outcome, Failure> {
    world.machine().abandon("given up on the command line").await?;
    if screen.is_json() {
        screen.document("setup_apply", json!({"outcome": "given_up"}))?;
    } else {
        screen.line("The plan was given up; what was deployed stays. `accesstrail setup plan` goes on from there.")?;
    }
    Ok(Outcome::Done)
}

/// Applies the plan of a file to its end.
pub(super) async fn apply(
    world: &World,
    file: &str,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let (plan, hash) = plan::read(file).map_err(SetupError::from)?;
    let progress = Progress::step(screen.is_quiet());
    let say = |text: &str| progress.say(text);
    let ended = interrupt::or(Box::pin(turns(&world.machine(), file, &say))).await;
    progress.end();
    let notes = match ended? {
        Turn::Done { notes } => notes,
        Turn::Failed { step, problems } => return Err(Failure::SetupStep { step, problems }),
        // `turns` ends with neither.
        Turn::Waiting { step, what } => {
            return Err(Failure::SetupStep { step, problems: vec![what] });
        }
    };
    let what = match plan.purpose {
        Purpose::Deploy => "deployed",
        Purpose::Destroy => "removed",
    };
    if screen.is_json() {
        let body = json!({
            "outcome": what,
            "plan": hash,
            "steps": plan.steps.len(),
            "notes": inert(&notes),
            "stays": inert(&plan.stays),
        });
        screen.document("setup_apply", body)?;
    } else {
        screen.field(what, &format!("{} steps of plan {hash}", plan.steps.len()))?;
        for note in inert(&notes) {
            screen.field("but", &note)?;
        }
        for stays in inert(&plan.stays) {
            screen.field("stays", &stays)?;
        }
    }
    Ok(if notes.is_empty() { Outcome::Done } else { Outcome::Gaps })
}

/// One turn after the other, until there is nothing to wait for.
pub(in crate::command) async fn turns(
    machine: &Machine<'_>,
    file: &str,
    say: &(dyn Fn(&str) + Sync),
) -> Result<Turn, SetupError> {
    say("holding the plan against what is there");
    let begun = machine.begin(file).await?;
    let (mut pause, mut said) = (FIRST, String::new());
    loop {
        let turn = machine.turn(&begun).await?;
        let Turn::Waiting { step, what } = turn else { return Ok(turn) };
        let text = format!("{step}: {what}");
        if text == said {
            pause = (pause * 2).min(LONGEST);
        } else {
            say(&text);
            (pause, said) = (FIRST, text);
        }
        tokio::time::sleep(pause).await;
    }
}
