//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::command::{
    activity, backfill, can, collect, config, demo, diff, doctor, evaluate, export, feed, findings,
    graph, import, list, paths, policy, setup, show, status, unused, usage, verify, what_can,
    what_if, who_can,
};

/// Who can reach what in an AWS organization, collected from your own machine or account.
#[derive(Debug, Parser)]
#[command(
    name = "accesstrail",
    version,
    propagate_version = true,
    disable_help_subcommand = true,
    after_help = "Exit codes: 0 done, 2 done with gaps (something exists that was not seen), \
                  3 a permission is missing (doctor alone), 4 what should not be was found (who-can --deny, paths and findings --fail-on), 5 not as expected (can alone), 7 logs are not proved to be whole (verify-logs \
                  alone), 1 failed, \
                  130 interrupted by Ctrl-C.\n\
                  With --json a failure is a document too (accesstrail.error/1), on standard output; the same in \
                  words is on standard error.\n\
                  Start without an AWS account: accesstrail demo"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,

    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// The heading under which the help of each verb has what all of them take.
const EVERYWHERE: &str = "With every command";

/// What every verb takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct Common {
    /// The file in which everything is kept; or dynamodb:TABLE, to read what a deployment keeps [default:
    /// accesstrail.db; the demo's is accesstrail-demo.db, and is read while there is no other]
    #[arg(
        long,
        global = true,
        value_name = "PATH",
        env = "ACCESSTRAIL_STORE",
        hide_env_values = true,
        help_heading = EVERYWHERE
    )]
    pub(crate) store: Option<PathBuf>,

    /// The settings file [default: accesstrail.toml beside the store, if there is one]
    #[arg(
        long,
        global = true,
        value_name = "PATH",
        env = "ACCESSTRAIL_CONFIG",
        hide_env_values = true,
        help_heading = EVERYWHERE
    )]
    pub(crate) config: Option<PathBuf>,

    /// One JSON document on standard output instead of text, failures too
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub(crate) json: bool,

    /// No progress on standard error
    #[arg(long, short, global = true, help_heading = EVERYWHERE)]
    pub(crate) quiet: bool,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Start an emulated organization, take its inventory, show what was found
    Demo(demo::Demo),
    /// Take the inventory of an organization or of single accounts
    Collect(Box<collect::Collect>),
    /// Take in files that somebody made with the AWS CLI, where you have no access
    Import(import::Import),
    /// Read CloudTrail's logs: who used what
    Backfill(backfill::Backfill),
    /// Who used which action on what, when last, and what was only ever denied
    Usage(usage::Usage),
    /// What nobody used: users, roles, keys, passwords, granted services and actions
    Unused(unused::Unused),
    /// What a principal did, hour by hour
    Activity(activity::Activity),
    /// Prove with CloudTrail's digests that logs are whole, and say which are not
    VerifyLogs(verify::VerifyLogs),
    /// What is in the store: runs, accounts, what was not seen and why
    Status(status::Status),
    /// List the entities of one kind
    List(list::List),
    /// Show one entity with everything that is known about it
    Show(show::Show),
    /// What is set, and by what
    Config(config::Config),
    /// What became different between runs
    Diff(diff::Diff),
    /// Write everything out: JSON, CSV, JSON lines, Parquet, SQLite, OCSF events
    Export(export::Export),
    /// Try what accesstrail calls, and say what is denied and which policy is missing
    Doctor(doctor::Doctor),
    /// Whether a principal may do an action on a resource, and which statements say so
    Can(can::Can),
    /// Everybody who may do an action on a resource
    WhoCan(who_can::WhoCan),
    /// What a principal may do
    WhatCan(what_can::WhatCan),
    /// Who gains or loses what if a policy gets another document
    WhatIf(what_if::WhatIf),
    /// Who can come to the rights of an administrator, and how
    Paths(paths::Paths),
    /// What is wrong: opened, ongoing and resolved, with evidence and remedy
    Findings(findings::Findings),
    /// The access of one identity, as a tree or a picture
    Graph(graph::Graph),
    /// Decide self-contained cases of requests and policies, a result a line
    Evaluate(evaluate::Evaluate),
    /// What accesstrail must be allowed, as a policy or as a page
    Policy(policy::Policy),
    /// Send every change to an event bus or a webhook
    Feed(feed::Feed),
    /// Deploy the roles and the event stream of an organization, by a plan that can be read first
    Setup(setup::Setup),
}
