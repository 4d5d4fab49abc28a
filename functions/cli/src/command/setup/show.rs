//! Plans and status for people and for programs. Every name is made inert.

use std::path::Path;

use accesstrail_shared::port::setup::{SetupRun, SetupRunState};
use accesstrail_shared::report::inert::{terminal, terminal_lines};
use accesstrail_shared::setup::plan::{self, Plan, Step};
use accesstrail_shared::setup::status::{Finding, Reach, Status, Topic};
use serde_json::{Value, json};

use super::inert;
use crate::Outcome;
use crate::error::Failure;
use crate::screen::Screen;

/// A plan.
pub(super) fn plan(
    plan: &Plan,
    hash: &str,
    file: Option<&Path>,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let file = file.map(|path| terminal(&path.display().to_string()));
    if screen.is_json() {
        let body = json!({
            "hash": hash,
            "file": file,
            "purpose": plan.purpose,
            "empty": plan.is_empty(),
            "hub": {"account": plan.hub.account.as_str(), "region": plan.hub.region.as_str()},
            "seen": plan.seen.iter().map(|(name, it)| (name.clone(), json!(terminal(it)))).collect::<serde_json::Map<_, _>>(),
            "steps": plan.steps.iter().map(step).collect::<Vec<_>>(),
            "lost": inert(&plan.lost),
            "stays": inert(&plan.stays),
            "actions": plan.actions(),
        });
        return screen.document("setup_plan", body);
    }
    screen.raw(&terminal_lines(&plan::text(plan, hash)))?;
    match file {
        Some(file) if !plan.is_empty() => {
            screen.line(&format!("\nApply it with `accesstrail setup apply {file}`"))
        }
        _ => Ok(()),
    }
}

fn step(step: &Step) -> Value {
    json!({
        "id": terminal(&step.id),
        "verb": step.verb,
        "what": terminal(&step.what),
        "why": terminal(&step.why),
        "actions": step.actions,
        "lost": terminal(&step.lost),
    })
}

/// A status.
pub(super) fn status(status: &Status, screen: &mut Screen) -> Result<(), Failure> {
    if screen.is_json() {
        let accounts: Vec<Value> = status
            .accounts
            .iter()
            .map(|(id, name, reach)| {
                json!({"account": id.as_str(), "account_name": terminal(name), "reach": word(*reach)})
            })
            .collect();
        let findings: Vec<Value> = status.findings.iter().map(finding).collect();
        let body = json!({"ok": findings.is_empty(), "findings": findings, "accounts": accounts});
        return screen.document("setup_status", body);
    }
    if status.findings.is_empty() {
        screen.line("Everything is as it was set up.")?;
    } else {
        screen.heading("Not as it was set up")?;
        let row = |it: &Finding| [topic(it.topic).to_owned(), it.what.clone(), it.fix.clone()];
        screen.table(&["about", "what", "what to do"], status.findings.iter().map(row))?;
    }
    screen.heading("Accounts")?;
    let row = |(id, name, reach): &(_, String, Reach)| {
        let id: &accesstrail_shared::model::AccountId = id;
        [id.to_string(), name.clone(), word(*reach).to_owned()]
    };
    screen.table(&["account", "name", "is"], status.accounts.iter().map(row))
}

/// Nothing was set up to its end.
pub(super) fn unfinished(run: &SetupRun, screen: &mut Screen) -> Result<Outcome, Failure> {
    let (what, outcome) = match &run.state {
        SetupRunState::Open => (
            format!(
                "a plan was begun on {} and is not done: `accesstrail setup apply` goes on",
                run.began
            ),
            Outcome::Gaps,
        ),
        SetupRunState::Done { at } => {
            (format!("what was set up was removed on {at}"), Outcome::Done)
        }
        SetupRunState::GivenUp { at, reason } => {
            (format!("a plan was given up on {at}: {reason}"), Outcome::Gaps)
        }
    };
    if screen.is_json() {
        let body = json!({"ok": outcome == Outcome::Done, "findings": [
            {"topic": "run", "what": terminal(&what), "fix": ""},
        ], "accounts": []});
        screen.document("setup_status", body)?;
    } else {
        screen.line(&terminal(&what))?;
    }
    Ok(outcome)
}

fn finding(it: &Finding) -> Value {
    json!({"topic": topic(it.topic), "what": terminal(&it.what), "fix": terminal(&it.fix)})
}

fn topic(topic: Topic) -> &'static str {
    match topic {
        Topic::Run => "run",
        Topic::TrustedAccess => "trusted_access",
        Topic::Trail => "trail",
        Topic::Missing => "missing",
        Topic::Stack => "stack",
        Topic::OutOfDate => "out_of_date",
        Topic::Instance => "instance",
        Topic::Suspended => "suspended",
        Topic::Drift => "drift",
        Topic::Unknown => "unknown",
    }
}

fn word(reach: Reach) -> &'static str {
    match reach {
        Reach::Hub => "hub",
        Reach::Reached => "reached",
        Reach::Missing => "missing",
        Reach::Failed => "failed",
        Reach::Inactive => "inactive",
        Reach::LeftOut => "left_out",
        Reach::Management => "management",
    }
}
