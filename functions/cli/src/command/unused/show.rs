//! The answer, for people and for programs.

use std::collections::{BTreeMap, BTreeSet};

use accesstrail_shared::analysis::unused::{Finding, Granted, Question, Verdict, What};
use accesstrail_shared::model::Arn;
use accesstrail_shared::model::activity::EventTime;
use accesstrail_shared::report::inert::terminal;
use accesstrail_shared::usage::coverage::Seen;
use serde_json::{Value, json};

use crate::error::Failure;
use crate::screen::Screen;

/// What was found, and what it was found in.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) question: Question,
    pub(crate) findings: Vec<Finding>,
    pub(crate) granted: Vec<Granted>,
    pub(crate) seen: Seen,
    /// Where use would not have been seen, by account.
    pub(crate) regions_without_logs: BTreeMap<String, BTreeSet<String>>,
}

impl Answer {
    /// Prints it.
    pub(super) fn show(&self, screen: &mut Screen) -> Result<(), Failure> {
        if self.findings.is_empty() {
            screen.note(
                "no users or roles are in the store: `accesstrail collect` takes an inventory",
            );
        }
        if self.seen.accounts().next().is_none() {
            screen.note(
                "no logs are in the store, so that only AWS's own records tell of use: \
                 `accesstrail backfill` reads logs",
            );
        }
        if screen.is_json() {
            return screen.document("unused", self.document());
        }
        let days = self.question.days;
        screen
            .field("as of", &format!("{}, the {days} days before", self.question.as_of.text()))?;
        screen.field("logs", &self.logs())?;
        let verdicts = [Verdict::Unused, Verdict::Unknown, Verdict::New, Verdict::Used];
        for verdict in verdicts {
            screen.field(verdict.word(), &self.counted(verdict))?;
        }
        let unused: Vec<&Finding> =
            self.findings.iter().filter(|it| it.verdict == Verdict::Unused).collect();
        if !unused.is_empty() {
            screen.heading("Unused")?;
            let columns = ["account", "what", "name", "last used", "seen by", "days", "no log"];
            let accounts: BTreeSet<&str> = unused.iter().map(|it| it.account.as_str()).collect();
            screen.table(&columns, unused.into_iter().map(cells))?;
            self.show_regions(&accounts, screen)?;
        }
        // Of who is unused as a whole everything is.
        let partly: Vec<&Granted> = self.granted.iter().filter(|it| is_partly_used(it)).collect();
        if !partly.is_empty() {
            screen.heading("Granted and not used")?;
            let columns = ["account", "what", "name", "services", "actions", "services not used"];
            screen.table(&columns, partly.into_iter().map(grant_cells))?;
        }
        Ok(())
    }

    /// Where use in these accounts would not have been seen.
    fn show_regions(&self, accounts: &BTreeSet<&str>, screen: &mut Screen) -> Result<(), Failure> {
        let of = |(account, _): &(&String, _)| accounts.contains(account.as_str());
        for (account, regions) in self.regions_without_logs.iter().filter(of) {
            let names: Vec<String> = regions.iter().map(|region| terminal(region)).collect();
            let have = match names.len() {
                1 => "1 region has".to_owned(),
                count => format!("{count} regions have"),
            };
            let names = names.join(", ");
            let text = format!(
                "In {account}, {have} no logs in these days: {names}; use there is not seen"
            );
            screen.field("not seen", &text)?;
        }
        Ok(())
    }

    /// `12 roles, 1 key`.
    pub(crate) fn counted(&self, verdict: Verdict) -> String {
        let count = |what: What| {
            let of = self.findings.iter().filter(|it| it.verdict == verdict && it.what == what);
            (of.count(), what.word())
        };
        let parts = What::ALL.into_iter().map(count).filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts
            .map(|(count, word)| match count {
                1 => format!("1 {word}"),
                count => format!("{count} {word}s"),
            })
            .collect();
        if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
    }

    /// How many days of the accounts that have logs have theirs, by account.
    fn days_with_log(&self) -> BTreeMap<&str, u64> {
        let (start, as_of) = (self.question.start(), self.question.as_of);
        let with_log = |account| {
            let stretch = self.seen.unused(account, None, start, as_of);
            (account, stretch.days - stretch.without_log)
        };
        self.seen.accounts().map(with_log).collect()
    }

    fn logs(&self) -> String {
        let mut accounts: Vec<&str> = self.findings.iter().map(|it| it.account.as_str()).collect();
        accounts.dedup();
        let days = self.days_with_log();
        let of = accounts.iter().filter(|account| days.get(*account).is_some_and(|it| *it > 0));
        let most = days.values().max().copied().unwrap_or_default();
        format!(
            "{} of {} accounts have logs, of up to {most} of these days",
            of.count(),
            accounts.len()
        )
    }

    fn document(&self) -> Value {
        json!({
            "as_of": self.question.as_of.text(),
            "days": self.question.days,
            "days_with_log": self.days_with_log(),
            "regions_without_logs": self.regions_without_logs,
            "count": self.findings.len(),
            "findings": self.findings.iter().map(finding).collect::<Vec<_>>(),
            "granted": self.granted.iter().map(grant).collect::<Vec<_>>(),
        })
    }
}

fn is_partly_used(granted: &Granted) -> bool {
    let unused = || granted.unused_services().next().or(granted.unused_actions().next());
    granted.verdict == Verdict::Used && (granted.all_services || unused().is_some())
}

/// The name of a key with whose it is.
fn name(finding: &Finding) -> String {
    match finding.what {
        What::Key => format!("{} of {}", finding.name, finding.principal.name()),
        _ => finding.name.clone(),
    }
}

fn cells(finding: &Finding) -> [String; 7] {
    let (last, by) = match finding.last {
        Some(last) => (last.time.text(), last.source.word()),
        None => ("never seen".to_owned(), ""),
    };
    let (days, without_log) = (finding.since.days, finding.since.without_log);
    let what = finding.what.word().to_owned();
    let (account, by) = (finding.account.clone(), by.to_owned());
    [account, what, name(finding), last, by, days.to_string(), without_log.to_string()]
}

fn grant_cells(granted: &Granted) -> [String; 6] {
    let unused: Vec<&str> = granted.unused_services().collect();
    let used = granted.services.len() - unused.len();
    let services = if granted.all_services {
        format!("{used} of all")
    } else {
        format!("{used} of {}", granted.services.len())
    };
    let all = granted.actions.len();
    let actions = format!("{} of {all}", all - granted.unused_actions().count());
    let (account, name) = (granted.account.clone(), granted.name.clone());
    [account, granted.what.word().to_owned(), name, services, actions, unused.join(" ")]
}

fn finding(finding: &Finding) -> Value {
    json!({
        "account": finding.account,
        "what": finding.what.word(),
        "principal": finding.principal.as_str(),
        "name": finding.name,
        "created": finding.created.map(|time| time.to_string()),
        "verdict": finding.verdict.word(),
        "last_used": finding.last.map(|last| last.time.text()),
        "last_used_seen_by": finding.last.map(|last| last.source.word()),
        "since": finding.since.from.to_string(),
        "days": finding.since.days,
        "days_without_log": finding.since.without_log,
    })
}

fn grant(granted: &Granted) -> Value {
    let last = |of: &BTreeMap<String, Option<EventTime>>| -> BTreeMap<String, Option<String>> {
        of.iter().map(|(name, last)| (name.clone(), last.map(EventTime::text))).collect()
    };
    json!({
        "account": granted.account,
        "what": granted.what.word(),
        "principal": granted.principal.as_str(),
        "name": granted.name,
        "verdict": granted.verdict.word(),
        "all_services": granted.all_services,
        "services": last(&granted.services),
        "actions": last(&granted.actions),
        "services_not_used": granted.unused_services().collect::<Vec<_>>(),
        "actions_not_used": granted.unused_actions().collect::<Vec<_>>(),
        "policies_without_text": granted.unread.iter().map(Arn::as_str).collect::<Vec<_>>(),
    })
}
