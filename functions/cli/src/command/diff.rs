//! `accesstrail diff`: what became different between runs.

use std::collections::BTreeMap;

use accesstrail_shared::form::FormError;
use accesstrail_shared::model::{AccountId, Change, Entity, Kind, Run, RunId};
use accesstrail_shared::port::{Query, Store};
use accesstrail_shared::report::json;
use clap::Args;
use serde_json::{Value, json};

use crate::args::Common;
use crate::error::Failure;
use crate::screen::{Screen, coloured};
use crate::{Outcome, store};

/// How many runs are looked through.
const RUNS: usize = 10_000;

/// How many changes are asked for at once.
const PAGE: usize = 1_000;

/// What became different. Without runs: what the newest run found. With one: everything after it. With
/// two: everything after the first, up to and with the second.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  accesstrail diff\n  accesstrail diff --json\n`accesstrail status` prints the runs; two of them make a range: RUN RUN"
)]
pub(crate) struct Diff {
    /// A run, as `accesstrail status` prints it
    #[arg(value_name = "RUN")]
    from: Option<RunId>,

    /// A later run
    #[arg(value_name = "RUN")]
    to: Option<RunId>,
}

pub(crate) async fn run(
    common: &Common,
    args: &Diff,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let store = store::open_to_read(common, screen).await?.store;
    let names = account_names(&*store).await?;
    let runs = between(store.runs(RUNS).await?, args)?;
    let mut changes = Vec::new();
    for run in &runs {
        changes.extend(changes_of(&*store, &run.id).await?);
    }
    let documents = changes
        .iter()
        .map(|change| document(change, names.get(&change.scope.account).map(String::as_str)))
        .collect::<Result<Vec<Value>, _>>()?;
    if screen.is_json() {
        let runs: Vec<&str> = runs.iter().map(|run| run.id.as_str()).collect();
        screen.document(
            "diff",
            json!({"runs": runs, "count": documents.len(), "changes": documents}),
        )?;
        return Ok(Outcome::Done);
    }
    if documents.is_empty() {
        screen.line("no change")?;
        return Ok(Outcome::Done);
    }
    for document in &documents {
        line(document, screen)?;
    }
    let count =
        |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    screen.note(&format!("{} in {}", count(documents.len(), "change"), count(runs.len(), "run")));
    Ok(Outcome::Done)
}

/// The runs that the arguments mean, oldest first.
fn between(mut runs: Vec<Run>, args: &Diff) -> Result<Vec<Run>, Failure> {
    for wanted in [&args.from, &args.to].into_iter().flatten() {
        if !runs.iter().any(|run| run.id == *wanted) {
            return Err(Failure::Usage(format!(
                "there is no run {wanted}: `accesstrail status` lists the runs"
            )));
        }
    }
    if let (Some(from), Some(to)) = (&args.from, &args.to)
        && from > to
    {
        return Err(Failure::Usage(format!(
            "run {from} is later than run {to}: type the earlier one first"
        )));
    }
    runs.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(match (&args.from, &args.to) {
        (None, _) => runs.pop().into_iter().collect(),
        (Some(from), to) => {
            let ends = |run: &Run| to.as_ref().is_none_or(|to| run.id <= *to);
            runs.into_iter().filter(|run| run.id > *from && ends(run)).collect()
        }
    })
}

/// What the accounts are called, those that left too: their changes are shown like any other.
async fn account_names(store: &dyn Store) -> Result<BTreeMap<AccountId, String>, Failure> {
    let query = Query { kind: Some(Kind::Account), with_deleted: true, ..Query::default() };
    let (mut names, mut after) = (BTreeMap::new(), None);
    loop {
        let answer = store.entities(&query, after.as_deref(), PAGE).await?;
        for stored in answer.items {
            if let Entity::Account(account) = stored.entity {
                names.insert(account.id, account.name);
            }
        }
        match answer.next {
            Some(next) => after = Some(next),
            None => return Ok(names),
        }
    }
}

/// A change with the name of its account, for a program and for [`line`].
pub(crate) fn document(change: &Change, account: Option<&str>) -> Result<Value, FormError> {
    let mut document = json::change(change)?;
    if let Some(fields) = document.as_object_mut() {
        fields.insert("account_name".to_owned(), json!(account));
    }
    Ok(document)
}

async fn changes_of(store: &dyn Store, run: &RunId) -> Result<Vec<Change>, Failure> {
    let (mut changes, mut after) = (Vec::new(), None);
    loop {
        let answer = store.changes(run, after.as_deref(), PAGE).await?;
        changes.extend(answer.items);
        match answer.next {
            Some(next) => after = Some(next),
            None => return Ok(changes),
        }
    }
}

/// One change as lines: what, and which fields.
pub(crate) fn line(change: &Value, screen: &mut Screen) -> Result<(), Failure> {
    use accesstrail_shared::report::inert::terminal;
    let text = |name: &str| terminal(change.get(name).and_then(Value::as_str).unwrap_or_default());
    let (account, name) = (text("account"), text("name"));
    let word = text("change");
    let padding = " ".repeat(9_usize.saturating_sub(word.len()));
    let account = format!("{account} {}", text("account_name"));
    let account = account.trim_end();
    screen.line(&format!("{}{padding}{account}  {}  {name}", coloured(&word), text("kind")))?;
    for field in change.get("fields").and_then(Value::as_array).into_iter().flatten() {
        let side = |name: &str| {
            let value = field.get(name).map(Value::to_string).unwrap_or_default();
            let short: String = value.chars().take(60).collect();
            terminal(&if short.len() < value.len() { format!("{short}…") } else { short })
        };
        let field = terminal(field.get("field").and_then(Value::as_str).unwrap_or_default());
        screen.line(&format!("           {field}: {} → {}", side("before"), side("after")))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use accesstrail_shared::model::{Counters, RunState, Timestamp};

    use super::*;

    fn run(second: i64) -> Run {
        let started = Timestamp::from_second(1_795_327_200 + second).unwrap();
        Run {
            id: RunId::new(started, ""),
            trigger: "command".to_owned(),
            options: "{}".to_owned(),
            state: RunState::Closed,
            started,
            finished: None,
            planned: 0,
            ended: 0,
            counters: Counters::new(),
        }
    }

    fn range(from: Option<i64>, to: Option<i64>) -> Result<Vec<i64>, String> {
        let id = |second: i64| run(second).id;
        let args = Diff { from: from.map(id), to: to.map(id) };
        // As the store gives them: the newest first.
        let runs = [30, 20, 10, 0].map(run).to_vec();
        let found = between(runs, &args).map_err(|failure| failure.summary())?;
        Ok(found.iter().map(|run| run.started.as_second() - 1_795_327_200).collect())
    }

    #[test]
    fn ranges_of_runs() {
        let rows: [(Option<i64>, Option<i64>, &[i64]); 6] = [
            (None, None, &[30]),
            (Some(10), None, &[20, 30]),
            (Some(30), None, &[]),
            (Some(0), Some(20), &[10, 20]),
            (Some(0), Some(30), &[10, 20, 30]),
            (Some(10), Some(10), &[]),
        ];
        for (from, to, expected) in rows {
            assert_eq!(range(from, to).unwrap(), expected, "{from:?} to {to:?}");
        }
        assert!(between(Vec::new(), &Diff { from: None, to: None }).unwrap().is_empty());
    }

    #[test]
    fn ranges_that_are_none() {
        let unknown = range(Some(5), None).unwrap_err();
        assert!(unknown.contains("no run 20261122T060005Z"), "{unknown}");
        let backwards = range(Some(20), Some(10)).unwrap_err();
        assert!(backwards.contains("type the earlier one first"), "{backwards}");
    }
}
