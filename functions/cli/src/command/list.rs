//! `accesstrail list`: the entities of one kind.

use accesstrail_shared::model::{Kind, Stored};
use accesstrail_shared::report::{Row, json};
use accesstrail_shared::store::load;
use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};

use super::super::store;
use crate::Outcome;
use crate::args::Common;
use crate::error::Failure;
use crate::screen::Screen;

/// List the entities of one kind.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  accesstrail list role --filter account=111122223333\n  accesstrail list user --filter tag:team=payments --json"
)]
pub(crate) struct List {
    /// The kind
    #[arg(value_parser = PossibleValuesParser::new(json::kinds()))]
    kind: String,

    /// Only entities whose line contains TEXT; or `account=ID`, `name=NAME`, `tag:KEY=VALUE`. Several
    /// filters all have to hold
    #[arg(long, value_name = "TEXT")]
    filter: Vec<String>,
}

pub(crate) async fn run(
    common: &Common,
    args: &List,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let kind: Kind = args.kind.parse()?;
    let (store, _) = store::open_to_read(common, screen)?;
    let snapshot = load::snapshot(&*store).await?;
    let mut found: Vec<(&Stored, Row)> = snapshot
        .of_kind(kind)
        .map(|stored| (stored, Row::of(stored)))
        .filter(|(stored, row)| args.filter.iter().all(|filter| holds(filter, stored, row)))
        .collect();
    found.sort_by(|(_, a), (_, b)| {
        (&a.account, &a.name, &a.arn).cmp(&(&b.account, &b.name, &b.arn))
    });
    if screen.is_json() {
        let entities: Result<Vec<Value>, _> =
            found.iter().map(|(stored, _)| json::entity(stored, &snapshot)).collect();
        screen.document(
            "list",
            json!({"kind": kind.word(), "count": found.len(), "entities": entities?}),
        )?;
        return Ok(Outcome::Done);
    }
    let rows = found.iter().map(|(stored, row)| {
        [row.account.to_string(), row.name.clone(), row.detail.clone(), stored.entity.key()]
    });
    screen.table(&["account", "name", "detail", "key"], rows)?;
    let unseen = snapshot
        .gaps()
        .filter(|gap| snapshot.of_kind(kind).any(|stored| stored.scope == gap.scope))
        .count();
    screen.note(&format!(
        "{} {kind}{}",
        found.len(),
        if unseen > 0 { ", some as last seen before a gap" } else { "" }
    ));
    Ok(Outcome::Done)
}

/// Whether a filter holds.
fn holds(filter: &str, stored: &Stored, row: &Row) -> bool {
    if let Some(account) = filter.strip_prefix("account=") {
        return row.account.as_str() == account;
    }
    if let Some(name) = filter.strip_prefix("name=") {
        return row.name == name;
    }
    if let Some((key, value)) = filter.strip_prefix("tag:").and_then(|tag| tag.split_once('=')) {
        return row
            .tags
            .as_ref()
            .and_then(|tags| tags.get(key))
            .is_some_and(|found| found == value);
    }
    let text = filter.to_lowercase();
    let line = [
        row.name.as_str(),
        row.arn.as_deref().unwrap_or_default(),
        row.account.as_str(),
        &row.detail,
    ];
    line.iter().any(|part| part.to_lowercase().contains(&text))
        || stored.entity.key().to_lowercase().contains(&text)
}
