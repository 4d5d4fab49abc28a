//! `accesstrail show`: one entity with everything that is known about it.

use accesstrail_shared::model::{Change, Entity, Kind, Snapshot, Stored};
use accesstrail_shared::report::inert::terminal;
use accesstrail_shared::report::{Row, json};
use accesstrail_shared::store::load;
use clap::Args;
use serde_json::Value;

use super::{diff, gaps};
use crate::args::Common;
use crate::error::Failure;
use crate::screen::Screen;
use crate::{Outcome, store};

/// How many candidates an ambiguous name is answered with.
const CANDIDATES: usize = 10;

/// Show one entity: its content, what other capabilities know about it, how it was seen, its changes.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  accesstrail show arn:aws:iam::111122223333:role/deploy\n  accesstrail show 111122223333\n  accesstrail show user:AIDAEXAMPLE --json"
)]
pub(crate) struct Show {
    /// An ARN, an account id, a name, or an id that `list` prints
    entity: String,
}

pub(crate) async fn run(
    common: &Common,
    args: &Show,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let (store, _) = store::open_to_read(common, screen)?;
    let snapshot = load::snapshot(&*store).await?;
    let found = find(&snapshot, &args.entity)?;
    let history = store.history(&found.scope, &found.entity.id()).await?;
    let aspects: Vec<&Stored> = aspects(&snapshot, found);
    if screen.is_json() {
        let mut document = json::entity(found, &snapshot)?;
        if let Some(fields) = document.as_object_mut() {
            let aspects = aspects.iter().map(|stored| json::entity(stored, &snapshot));
            fields.insert("aspects".to_owned(), Value::Array(aspects.collect::<Result<_, _>>()?));
            let history = history.iter().map(json::change);
            fields.insert("history".to_owned(), Value::Array(history.collect::<Result<_, _>>()?));
        }
        screen.document("entity", document)?;
        return Ok(Outcome::Done);
    }
    content(found, &snapshot, screen)?;
    for stored in aspects {
        screen.heading(stored.entity.kind().word())?;
        attributes(&stored.entity, screen)?;
    }
    changes(&history, screen)?;
    Ok(Outcome::Done)
}

/// The one entity that a text names. Kinds that people name come before what is known about them.
fn find<'a>(snapshot: &'a Snapshot, text: &str) -> Result<&'a Stored, Failure> {
    if let Some(stored) = text.parse().ok().and_then(|id| snapshot.get(&id)) {
        return Ok(stored);
    }
    let matches = |stored: &&Stored| {
        let row = Row::of(stored);
        stored.entity.key() == text || row.arn.as_deref() == Some(text) || row.name == text
    };
    let mut found: Vec<&Stored> = snapshot.entities().filter(matches).collect();
    if found.iter().any(|stored| !is_aspect(stored.entity.kind())) {
        found.retain(|stored| !is_aspect(stored.entity.kind()));
    }
    match found.as_slice() {
        [] => Err(Failure::Usage(format!(
            "nothing is called `{}`: `accesstrail list KIND --filter TEXT` finds entities",
            terminal(text)
        ))),
        [one] => Ok(one),
        many => {
            let ids: Vec<String> = many
                .iter()
                .take(CANDIDATES)
                .map(|stored| terminal(&stored.entity.id().to_string()))
                .collect();
            Err(Failure::Usage(format!(
                "{} entities are called `{}`; name one of {}",
                many.len(),
                terminal(text),
                ids.join(", ")
            )))
        }
    }
}

/// Whether a kind is what a capability knows about something else.
fn is_aspect(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::AccountPlacement
            | Kind::AccountTags
            | Kind::DelegatedAdministrator
            | Kind::DelegatedServices
            | Kind::OrganizationPolicyDocument
            | Kind::OrganizationPolicyTargets
            | Kind::CredentialReport
            | Kind::Mfa
            | Kind::Password
            | Kind::AccessKeys
            | Kind::AccessKeyUse
            | Kind::SshPublicKeys
            | Kind::SigningCertificates
            | Kind::ServiceCredentials
            | Kind::AccountSummary
            | Kind::AccountAliases
            | Kind::PermissionSetManagedPolicies
            | Kind::PermissionSetCustomerPolicies
            | Kind::PermissionSetInlinePolicy
            | Kind::PermissionSetBoundary
            | Kind::PermissionSetTags
            | Kind::PermissionSetProvisioning
    )
}

/// What other capabilities know about the same thing: the same key, or the same ARN.
fn aspects<'a>(snapshot: &'a Snapshot, found: &Stored) -> Vec<&'a Stored> {
    let (key, arn) = (found.entity.key(), Row::of(found).arn);
    let about = |stored: &&Stored| {
        is_aspect(stored.entity.kind())
            && stored.entity.id() != found.entity.id()
            && (stored.entity.key() == key || (arn.is_some() && Row::of(stored).arn == arn))
    };
    snapshot.entities().filter(about).collect()
}

fn content(found: &Stored, snapshot: &Snapshot, screen: &mut Screen) -> Result<(), Failure> {
    let row = Row::of(found);
    screen.field("kind", found.entity.kind().word())?;
    screen.field("name", &terminal(&row.name))?;
    screen.field("account", row.account.as_str())?;
    screen.field("id", &terminal(&found.entity.id().to_string()))?;
    screen.field("first seen", &found.first_seen.to_string())?;
    screen.field("last seen", &snapshot.last_seen(found).to_string())?;
    screen.field("changed", &found.changed.to_string())?;
    if let Some(coverage) = snapshot.coverage_of(&found.scope) {
        let why = gaps::why(&coverage.status);
        let why = if why.is_empty() { String::new() } else { format!(" ({})", terminal(&why)) };
        screen.field("coverage", &format!("{}{why}", coverage.status.word()))?;
    }
    screen.heading("content")?;
    attributes(&found.entity, screen)?;
    if let Entity::Role(role) = &found.entity
        && let Some(reserved) = role.reserved_for()
    {
        let sets = snapshot.of_kind(Kind::PermissionSet);
        let set = sets.map(|stored| &stored.entity).find(|entity| matches!(entity, Entity::PermissionSet(set) if set.name == reserved.permission_set));
        let id = set.map_or_else(|| "not in the store".to_owned(), |set| set.id().to_string());
        screen.field(
            "made for",
            &format!("permission set {} ({id})", terminal(reserved.permission_set)),
        )?;
    }
    Ok(())
}

fn attributes(entity: &Entity, screen: &mut Screen) -> Result<(), Failure> {
    let value = accesstrail_shared::form::value(entity)?;
    for (name, value) in value.as_object().into_iter().flatten() {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        screen.line(&format!("  {name:<20}  {}", terminal(&text)))?;
    }
    Ok(())
}

fn changes(history: &[Change], screen: &mut Screen) -> Result<(), Failure> {
    screen.heading("changes")?;
    for change in history {
        let document = json::change(change)?;
        screen.raw(&format!("{}  ", change.at.strftime("%Y-%m-%d %H:%M:%SZ")))?;
        diff::line(&document, screen)?;
    }
    Ok(())
}
