//! `accesstrail show`: one entity with everything that is known about it.

mod pretty;
mod related;

use accesstrail_shared::analysis::Person;
use accesstrail_shared::model::{Change, Entity, Kind, Snapshot, Stored};
use accesstrail_shared::report::inert::terminal;
use accesstrail_shared::report::{Row, json};
use accesstrail_shared::store::load;
use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::Value;

use self::related::Related;
use super::{diff, gaps};
use crate::args::Common;
use crate::config::Settings;
use crate::error::Failure;
use crate::known::Known;
use crate::lens::{Lens, person_document};
use crate::screen::{Screen, coloured};
use crate::{Outcome, store};

/// Show one entity: its content, what other capabilities know about it, how it was seen, its changes.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  accesstrail show jenkins\n  accesstrail show ci-deployer --account ci-platform\n  accesstrail show karim.benali --kind identity-center-user\n  accesstrail show 123456789012 --json"
)]
pub(crate) struct Show {
    /// An ARN, an account id, a name, or an id that `list` prints
    entity: String,

    /// Only in this account, by id or name, where several entities share a name
    #[arg(long, value_name = "ID or NAME")]
    account: Option<String>,

    /// Only of this kind, where several entities share a name
    #[arg(long, value_name = "KIND", hide_possible_values = true, value_parser = PossibleValuesParser::new(json::kinds()))]
    kind: Option<String>,
}

pub(crate) async fn run(
    common: &Common,
    args: &Show,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let store = store::open_to_read(common, screen).await?.store;
    let snapshot = load::snapshot(&*store).await?;
    let lens = Settings::load(common)?.lens();
    let known = Known::of(&snapshot);
    let found = find(&known, args)?;
    let person = lens.person(found, &snapshot);
    let history = store.history(&found.scope, &found.entity.id()).await?;
    let aspects: Vec<&Stored> = aspects(&snapshot, found);
    let related = related::of(found, &known);
    if screen.is_json() {
        let mut document = lens.document(found, &snapshot)?;
        if let Some(fields) = document.as_object_mut() {
            let aspects = aspects.iter().map(|stored| json::entity(stored, &snapshot));
            fields.insert("aspects".to_owned(), Value::Array(aspects.collect::<Result<_, _>>()?));
            fields.insert("related".to_owned(), related.iter().map(Related::document).collect());
            fields
                .insert("person".to_owned(), person.as_ref().map_or(Value::Null, person_document));
            let account = snapshot.account_name(&found.scope.account);
            let history = history.iter().map(|change| diff::document(change, account));
            fields.insert("history".to_owned(), Value::Array(history.collect::<Result<_, _>>()?));
        }
        screen.document("entity", document)?;
        return Ok(Outcome::Done);
    }
    head(found, &known, &lens, screen)?;
    if let Some(person) = &person {
        one_person(person, screen)?;
    }
    for stored in aspects {
        screen.heading(&title(&stored.entity))?;
        attributes(&stored.entity, true, screen)?;
    }
    for table in related {
        screen.heading(&format!("{} ({})", table.title, table.rows.len()))?;
        screen.table(table.columns, table.rows)?;
    }
    changes(&history, snapshot.account_name(&found.scope.account), screen)?;
    Ok(Outcome::Done)
}

/// The one entity that is asked for. Kinds that people name come before what is known about them.
fn find<'a>(known: &Known<'a>, args: &Show) -> Result<&'a Stored, Failure> {
    let (snapshot, text) = (known.snapshot, args.entity.as_str());
    if let Some(stored) = text.parse().ok().and_then(|id| snapshot.get(&id)) {
        return Ok(stored);
    }
    let kind = args.kind.as_deref().map(str::parse::<Kind>).transpose()?;
    if let Some(account) = &args.account
        && !known.accounts().any(|known_account| known.is_account(known_account, account))
    {
        return Err(Failure::Usage(format!(
            "no account in the store is called `{account}`: `accesstrail list account` lists them"
        )));
    }
    let matches = |stored: &&Stored| {
        let row = Row::of(stored);
        let names = stored.entity.key() == text || row.arn.as_deref() == Some(text);
        (names || row.name == text)
            && kind.is_none_or(|kind| stored.entity.kind() == kind)
            && args.account.as_ref().is_none_or(|account| known.is_account(&row.account, account))
    };
    let mut found: Vec<&Stored> = snapshot.entities().filter(matches).collect();
    if found.iter().any(|stored| !is_aspect(stored.entity.kind())) {
        found.retain(|stored| !is_aspect(stored.entity.kind()));
    }
    match found.as_slice() {
        [] => Err(Failure::Unknown { text: text.to_owned() }),
        [one] => Ok(one),
        many => Err(Failure::Ambiguous {
            text: text.to_owned(),
            candidates: many
                .iter()
                .map(|stored| {
                    let place = known.place(&Row::of(stored).account);
                    (stored.entity.id().to_string(), place)
                })
                .collect(),
        }),
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
            | Kind::AccountRegions
            | Kind::AccountSummary
            | Kind::AccountAliases
            | Kind::PermissionSetManagedPolicies
            | Kind::PermissionSetCustomerPolicies
            | Kind::PermissionSetInlinePolicy
            | Kind::PermissionSetBoundary
            | Kind::PermissionSetTags
            | Kind::PermissionSetProvisioning
            | Kind::ResourcePolicy
            | Kind::ResourceSetting
            | Kind::ResourceTags
    )
}

/// What stands above an aspect: its kind, of settings which.
fn title(aspect: &Entity) -> String {
    match aspect {
        Entity::ResourceSetting(it) => terminal(&it.name.replace('-', " ")),
        other => other.kind().word().replace('-', " "),
    }
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

fn head(
    found: &Stored,
    known: &Known<'_>,
    lens: &Lens,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let row = Row::of(found);
    let second = |time: accesstrail_shared::model::Timestamp| {
        time.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
    };
    screen.field("kind", found.entity.kind().word())?;
    screen.field("name", &terminal(&row.name))?;
    screen.field("account", &terminal(&known.place(&row.account)))?;
    screen.field("id", &terminal(&found.entity.id().to_string()))?;
    screen.field("first seen", &second(found.first_seen))?;
    screen.field("last seen", &second(found.last_seen))?;
    screen.field("changed", &second(found.changed))?;
    if let Some(class) = lens.class(found, known.snapshot) {
        screen.field("class", class)?;
    }
    if let Some(owner) = lens.owner(found, known.snapshot) {
        screen.field("owner", &terminal(&owner))?;
    }
    if let Some(coverage) = known.snapshot.coverage_of(&found.scope) {
        let why = gaps::why(&coverage.status);
        let why = if why.is_empty() { String::new() } else { format!(" ({})", terminal(&why)) };
        screen.field("coverage", &format!("{}{why}", coloured(coverage.status.word())))?;
    }
    if let Entity::Role(role) = &found.entity
        && let Some(reserved) = role.reserved_for()
    {
        let mut sets = known.snapshot.of_kind(Kind::PermissionSet).map(|stored| &stored.entity);
        let set = sets.find(|entity| {
            matches!(entity, Entity::PermissionSet(set) if set.name == reserved.permission_set)
        });
        let id = set.map_or_else(|| "not in the store".to_owned(), |set| set.id().to_string());
        let name = terminal(reserved.permission_set);
        screen.field("made for", &format!("permission set {name} ({})", terminal(&id)))?;
    }
    screen.heading("content")?;
    attributes(&found.entity, false, screen)
}

/// What is known of the person whose entry this is, and who says so.
fn one_person(person: &Person, screen: &mut Screen) -> Result<(), Failure> {
    screen.heading(&format!("one person, {} entries", person.profiles.len()))?;
    let rows = person.facts().into_iter().map(|fact| {
        let others = fact.others.iter().map(|(value, source)| format!("{value} ({source})"));
        let others = others.collect::<Vec<_>>().join(", ");
        [fact.name.to_owned(), fact.value, fact.source.to_string(), others]
    });
    screen.table(&["what", "value", "from", "others say"], rows)?;
    let rows = person.profiles.iter().map(|it| [it.source.to_string(), it.id.to_string()]);
    screen.table(&["entry in", "id"], rows)
}

fn attributes(entity: &Entity, is_aspect: bool, screen: &mut Screen) -> Result<(), Failure> {
    let value = accesstrail_shared::form::value(entity)?;
    for (name, lines) in pretty::fields(&value, is_aspect) {
        for (number, line) in lines.iter().enumerate() {
            let name = if number == 0 { name.as_str() } else { "" };
            screen.line(&format!("  {name:<18}  {}", terminal(line)))?;
        }
    }
    Ok(())
}

fn changes(history: &[Change], account: Option<&str>, screen: &mut Screen) -> Result<(), Failure> {
    screen.heading(&format!("changes ({})", history.len()))?;
    for change in history {
        let document = diff::document(change, account)?;
        screen.raw(&format!("{}  ", change.at.strftime("%Y-%m-%d %H:%M:%SZ")))?;
        diff::line(&document, screen)?;
    }
    Ok(())
}
