//! `accesstrail list`: the entities of one kind.

pub(crate) mod columns;

use std::cmp::Ordering;

use accesstrail_shared::model::resource::ResourceType;
use accesstrail_shared::model::{Entity, Kind, Snapshot, Stored, Tags};
use accesstrail_shared::report::inert::terminal;
use accesstrail_shared::report::{Row, json};
use accesstrail_shared::store::load;
use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};

use crate::args::Common;
use crate::config::Settings;
use crate::error::Failure;
use crate::known::Known;
use crate::lens::Lens;
use crate::screen::Screen;
use crate::{Outcome, store};

/// List the entities of one kind.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  accesstrail list account\n  accesstrail list role --filter account=payments-prod\n  accesstrail list user --filter tag:owner=platform --json\n  accesstrail list resource --type AWS::S3::Bucket"
)]
pub(crate) struct List {
    /// The kind: user, role, account, assignment, ...
    #[arg(value_parser = PossibleValuesParser::new(json::kinds()))]
    kind: String,

    /// Only entities whose line contains TEXT; or `account=ID or name`, `name=NAME`, `tag:KEY=VALUE`. Several
    /// filters all have to hold
    #[arg(long, value_name = "TEXT")]
    filter: Vec<String>,

    /// Only resources of this type, as CloudFormation names it; may be given several times
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<ResourceType>,
}

pub(crate) async fn run(
    common: &Common,
    args: &List,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let kind: Kind = args.kind.parse()?;
    if !args.types.is_empty() && kind != Kind::Resource {
        return Err(Failure::Usage(format!(
            "only resources have a type, and {kind} is another kind: `accesstrail list resource --type {}`",
            args.types.iter().map(|it| it.name()).collect::<Vec<_>>().join(" --type ")
        )));
    }
    let store = store::open_to_read(common, screen).await?.store;
    let snapshot = load::snapshot(&*store).await?;
    let lens = Settings::load(common)?.lens();
    let known = Known::of(&snapshot);
    let mut found: Vec<(&Stored, Row)> = snapshot
        .of_kind(kind)
        .map(|stored| (stored, Row::of(stored)))
        .filter(|(stored, _)| is_of_type(&stored.entity, &args.types))
        .filter(|(stored, row)| args.filter.iter().all(|filter| holds(filter, stored, row, &known)))
        .collect();
    found.sort_by(in_reading_order);
    if screen.is_json() {
        let entities: Result<Vec<Value>, _> =
            found.iter().map(|(stored, _)| lens.document(stored, &snapshot)).collect();
        screen.document(
            "list",
            json!({"kind": kind.word(), "count": found.len(), "entities": entities?}),
        )?;
        return Ok(Outcome::Done);
    }
    if found.is_empty() {
        screen.line(&empty(kind, args, &snapshot))?;
        return Ok(Outcome::Done);
    }
    let rows = found.iter().map(|(stored, row)| {
        let mut cells = vec![row.account.to_string(), known.account(&row.account).to_owned()];
        cells.extend(columns::cells(stored, row, &known));
        cells.extend(Lens::columns(kind).iter().map(|it| lens.cell(it, stored, &snapshot)));
        cells.push(stored.entity.key());
        cells
    });
    let names: Vec<&str> = ["account", "account name"]
        .iter()
        .chain(columns::names(kind))
        .chain(Lens::columns(kind))
        .chain(&["id"])
        .copied()
        .collect();
    screen.table(&names, rows)?;
    let unseen = snapshot
        .gaps()
        .filter(|gap| snapshot.of_kind(kind).any(|stored| stored.scope == gap.scope))
        .count();
    screen.note(&format!(
        "{} of kind {kind}{}; `accesstrail show ID` shows one",
        found.len(),
        if unseen > 0 { ", some as last seen before a gap" } else { "" },
    ));
    Ok(Outcome::Done)
}

/// By account, type, name and ARN.
fn in_reading_order((one, a): &(&Stored, Row), (other, b): &(&Stored, Row)) -> Ordering {
    let (first, second) = (type_of(&one.entity), type_of(&other.entity));
    (&a.account, first, &a.name, &a.arn).cmp(&(&b.account, second, &b.name, &b.arn))
}

/// Why nothing is listed.
fn empty(kind: Kind, args: &List, snapshot: &Snapshot) -> String {
    match snapshot.of_kind(kind).count() {
        0 => format!("no {kind} in the store"),
        count => format!(
            "no {kind} of {count} matches {}",
            args.types
                .iter()
                .map(|it| format!("type `{it}`"))
                .chain(args.filter.iter().map(|it| format!("`{}`", terminal(it))))
                .collect::<Vec<_>>()
                .join(" and ")
        ),
    }
}

fn type_of(entity: &Entity) -> Option<ResourceType> {
    match entity {
        Entity::Resource(it) => Some(it.resource_type),
        _ => None,
    }
}

/// Whether an entity is a resource of one of these types; anything is, where there are none.
fn is_of_type(entity: &Entity, types: &[ResourceType]) -> bool {
    types.is_empty() || type_of(entity).is_some_and(|it| types.contains(&it))
}

/// The tags of a resource that a call of its own read.
fn tags_of<'a>(stored: &Stored, known: &Known<'a>) -> Option<&'a Tags> {
    match (&stored.entity, known.snapshot.aspect(Kind::ResourceTags, &stored.entity.key())) {
        (Entity::Resource(_), Some(Entity::ResourceTags(it))) => Some(&it.tags),
        _ => None,
    }
}

/// Whether a filter holds.
fn holds(filter: &str, stored: &Stored, row: &Row, known: &Known<'_>) -> bool {
    if let Some(account) = filter.strip_prefix("account=") {
        return known.is_account(&row.account, account);
    }
    if let Some(name) = filter.strip_prefix("name=") {
        return row.name == name;
    }
    if let Some((key, value)) = filter.strip_prefix("tag:").and_then(|tag| tag.split_once('=')) {
        let tags = row.tags.as_ref().or_else(|| tags_of(stored, known));
        return tags.and_then(|tags| tags.get(key)).is_some_and(|found| found == value);
    }
    let text = filter.to_lowercase();
    let mut line = columns::cells(stored, row, known);
    line.extend([row.name.clone(), row.detail.clone(), row.account.to_string()]);
    line.extend([known.account(&row.account).to_owned(), stored.entity.key()]);
    line.extend(row.arn.clone());
    line.extend(type_of(&stored.entity).map(|it| it.name().to_owned()));
    line.iter().any(|part| part.to_lowercase().contains(&text))
}

#[cfg(test)]
mod tests;
