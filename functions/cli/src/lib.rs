//! The same pipeline as the functions, driven by a person.
//!
//! One file per verb under `command/`; [`screen`] is the only place that prints. Exit codes: 0 done (also
//! when whoever read our output has gone away), 2 done with gaps, 3 a permission is missing, 4 what should not be was found
//! (`who-can --deny`, `paths --fail-on`, `findings --fail-on`), 5 not as expected (`can`), 7 logs are not proved
//! to be whole, 1 failed (wrong usage too), 130 interrupted by Ctrl-C. With `--json` a failure is a document on standard output, whatever the verb.

mod args;
mod cells;
mod command;
mod config;
mod error;
mod evidence;
mod interrupt;
mod known;
mod lens;
mod progress;
mod screen;
mod store;
mod table;
mod trail;

use std::ffi::OsString;
use std::process::ExitCode;

use args::{Cli, Verb};
use clap::{CommandFactory as _, Parser as _};
use error::Failure;
use screen::Screen;

/// How a command ended, as far as scripts care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Done, and nothing that exists was left unseen.
    Done,
    /// Done, with gaps that were told.
    Gaps,
    /// Done, and a permission that is needed is missing.
    Missing,
    /// Done, and logs are not what was delivered, or nothing proves that they are.
    Unproven,
    /// Done, and something as bad as was asked about is there.
    Found,
    /// Done, and the answer is not the one that was expected.
    Unexpected,
}

/// Runs the command line and says how it ended.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(usage) => {
            // Help and version are not failures; a closed pipe is nobody's fault.
            drop(usage.print());
            if usage.use_stderr() && arguments.iter().any(|argument| argument == "--json") {
                let verbs = Cli::command();
                let verb = arguments.iter().filter_map(|argument| argument.to_str());
                let verb = verb.skip(1).find(|verb| verbs.find_subcommand(verb).is_some());
                Screen::new(true, false).refused(&usage, verb);
            }
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
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Gaps) => ExitCode::from(2),
        Ok(Outcome::Missing) => ExitCode::from(3),
        Ok(Outcome::Found) => ExitCode::from(4),
        Ok(Outcome::Unexpected) => ExitCode::from(5),
        Ok(Outcome::Unproven) => ExitCode::from(7),
        Err(failure) => failed(&mut screen, &failure),
    }
}

async fn run(cli: Cli, screen: &mut Screen) -> Result<Outcome, Failure> {
    match cli.verb {
        Verb::Demo(args) => command::demo::run(&cli.common, args, screen).await,
        Verb::Collect(args) => command::collect::run(&cli.common, *args, screen).await,
        Verb::Import(args) => command::import::run(&cli.common, &args, screen).await,
        Verb::Backfill(args) => command::backfill::run(&cli.common, &args, screen).await,
        Verb::Usage(args) => command::usage::run(&cli.common, &args, screen).await,
        Verb::Unused(args) => command::unused::run(&cli.common, &args, screen).await,
        Verb::Activity(args) => command::activity::run(&cli.common, &args, screen).await,
        Verb::VerifyLogs(args) => command::verify::run(&args, screen).await,
        Verb::Status(args) => command::status::run(&cli.common, &args, screen).await,
        Verb::List(args) => command::list::run(&cli.common, &args, screen).await,
        Verb::Show(args) => command::show::run(&cli.common, &args, screen).await,
        Verb::Config(args) => command::config::run(&cli.common, &args, screen),
        Verb::Diff(args) => command::diff::run(&cli.common, &args, screen).await,
        Verb::Export(args) => command::export::run(&cli.common, &args, screen).await,
        Verb::Doctor(args) => command::doctor::run(&cli.common, args, screen).await,
        Verb::Can(args) => command::can::run(&cli.common, &args, screen).await,
        Verb::WhoCan(args) => command::who_can::run(&cli.common, &args, screen).await,
        Verb::WhatCan(args) => command::what_can::run(&cli.common, &args, screen).await,
        Verb::WhatIf(args) => command::what_if::run(&cli.common, &args, screen).await,
        Verb::Paths(args) => command::paths::run(&cli.common, &args, screen).await,
        Verb::Findings(args) => command::findings::run(&cli.common, &args, screen).await,
        Verb::Graph(args) => command::graph::run(&cli.common, &args, screen).await,
        Verb::Evaluate(args) => command::evaluate::run(&args, screen),
        Verb::Policy(args) => command::policy::run(&cli.common, &args, screen).await,
        Verb::Setup(args) => command::setup::run(&cli.common, &args, screen).await,
        Verb::Feed(args) => command::feed::run(&cli.common, &args, screen).await,
    }
}

fn failed(screen: &mut Screen, failure: &Failure) -> ExitCode {
    if !matches!(failure, Failure::ClosedPipe) {
        screen.failure(failure);
    }
    ExitCode::from(failure.exit_code())
}
