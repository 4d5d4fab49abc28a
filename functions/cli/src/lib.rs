//! The same pipeline as the functions, driven by a person.
//!
//! One file per verb under `command/`; [`screen`] is the only place that prints. Exit codes: 0 done,
//! 2 done with gaps, 1 failed (wrong usage too).

mod args;
mod command;
mod error;
mod progress;
mod screen;
mod store;

use std::ffi::OsString;
use std::process::ExitCode;

use args::{Cli, Verb};
use clap::Parser as _;
use error::Failure;
use screen::Screen;

/// How a command ended, as far as scripts care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Done, and nothing that exists was left unseen.
    Done,
    /// Done, with gaps that were told.
    Gaps,
}

/// Runs the command line and says how it ended.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(usage) => {
            // Help and version are not failures; a closed pipe is nobody's fault.
            drop(usage.print());
            return ExitCode::from(u8::from(usage.use_stderr()));
        }
    };
    let mut screen = Screen::new(cli.common.json, cli.common.quiet);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(source) => return failed(&mut screen, &Failure::Runtime(source)),
    };
    let ended = runtime.block_on(run(cli, &mut screen));
    // Background tasks of the SDK have nothing left to say.
    runtime.shutdown_background();
    match ended {
        // Whoever closed our output has seen enough.
        Ok(Outcome::Done) | Err(Failure::ClosedPipe) => ExitCode::SUCCESS,
        Ok(Outcome::Gaps) => ExitCode::from(2),
        Err(failure) => failed(&mut screen, &failure),
    }
}

async fn run(cli: Cli, screen: &mut Screen) -> Result<Outcome, Failure> {
    match cli.verb {
        Verb::Demo(args) => command::demo::run(&cli.common, args, screen).await,
        Verb::Collect(args) => command::collect::run(&cli.common, args, screen).await,
        Verb::Status(args) => command::status::run(&cli.common, &args, screen).await,
        Verb::List(args) => command::list::run(&cli.common, &args, screen).await,
        Verb::Show(args) => command::show::run(&cli.common, &args, screen).await,
        Verb::Diff(args) => command::diff::run(&cli.common, &args, screen).await,
        Verb::Export(args) => command::export::run(&cli.common, &args, screen).await,
    }
}

fn failed(screen: &mut Screen, failure: &Failure) -> ExitCode {
    screen.failure(failure);
    ExitCode::FAILURE
}
