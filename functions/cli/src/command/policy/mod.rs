//! `accesstrail policy`: what accesstrail must be allowed, generated from what it calls.

mod missing;

use std::collections::BTreeSet;

use accesstrail_shared::collect::needs;
use accesstrail_shared::model::{AccountId, Partition};
use accesstrail_shared::permission::policy::{
    MANAGED_CHARACTERS, READ_ROLE, Statement, characters, split, statements,
};
use accesstrail_shared::permission::{Choice, Need, Side, Tier, table, write};
use accesstrail_shared::settings::RoleName;
use accesstrail_shared::store::load;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

pub(crate) use missing::Missing;

use crate::args::Common;
use crate::error::Failure;
use crate::screen::Screen;
use crate::{Outcome, store};

/// What accesstrail must be allowed, generated from the calls that it makes. Asks nobody and changes nothing.
#[derive(Debug, Args)]
pub(crate) struct Policy {
    #[command(subcommand)]
    what: What,
}

/// What is printed.
#[derive(Debug, Subcommand)]
enum What {
    /// The least policy that is enough: for everything that is collected, or for a part of it
    Print(Print),
    /// The table of docs/permissions.md: each action with why it is called and what is lost without it
    Docs,
}

/// The least policy that is enough. Actions that AWS lets anybody narrow name their resources.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  accesstrail policy print --for account > role-policy.json\n  accesstrail policy print --tier 1,2 --format terraform\n  accesstrail policy print --only s3 --format cfn\n  accesstrail policy print --missing"
)]
struct Print {
    /// Only these tiers: 1 required, 2 Identity Center, 3 resources, 4 setup and monitoring; may be given
    /// several times [default: 1,2,3]
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = clap::value_parser!(u8).range(1..=4))]
    tier: Vec<u8>,

    /// Only what this collector or capability needs, as docs/permissions.md names them; may be given several
    /// times
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,

    /// Only for this role: the one in each account, the one in the account that sees the organization, or the
    /// one that enters them (the hub's); may be given several times
    #[arg(long = "for", value_enum, value_name = "ROLE", value_delimiter = ',')]
    sides: Vec<Who>,

    /// Only what was denied when the accounts were last looked into
    #[arg(long)]
    missing: bool,

    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,

    /// Only the n-th policy, where one is not enough
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    part: Option<u16>,

    /// The account that the ARNs name [default: any; the templates and Terraform name their own]
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,

    /// The partition that the ARNs name
    #[arg(long, value_name = "NAME", default_value = "aws")]
    partition: Partition,

    /// The role in the other accounts, which tier 4 enters
    #[arg(long, value_name = "NAME", default_value = READ_ROLE)]
    role: RoleName,
}

/// For which role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Who {
    /// The role in each account.
    Account,
    /// The role in the account that sees the organization.
    Organization,
    /// Whoever runs accesstrail.
    Hub,
}

impl Who {
    fn side(self) -> Side {
        match self {
            Self::Account => Side::Account,
            Self::Organization => Side::Organization,
            Self::Hub => Side::Hub,
        }
    }
}

/// How a policy is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A policy document, as `aws iam create-policy` takes it; a list of them where one is not enough.
    Json,
    /// A CloudFormation template.
    Cfn,
    /// Terraform.
    Terraform,
}

impl Format {
    fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Cfn => "cfn",
            Self::Terraform => "terraform",
        }
    }
}

pub(crate) async fn run(
    common: &Common,
    args: &Policy,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    match &args.what {
        What::Docs => docs(screen)?,
        What::Print(args) => print(common, args, screen).await?,
    }
    Ok(Outcome::Done)
}

fn docs(screen: &mut Screen) -> Result<(), Failure> {
    let needs = needs::all();
    if screen.is_json() {
        return screen.document(
            "permissions",
            json!({"actions": needs.iter().map(action).collect::<Vec<_>>()}),
        );
    }
    screen.raw(&table::markdown(&needs))
}

/// One row of the table, for a program.
fn action(need: &Need) -> Value {
    json!({
        "action": need.action,
        "tier": need.tier.number(),
        "collector": need.collector,
        "capability": need.capability,
        "role": need.side.word(),
        "when": need.when.word(),
        "why": need.why,
        "lost": need.lost,
    })
}

async fn print(common: &Common, args: &Print, screen: &mut Screen) -> Result<(), Failure> {
    let needs = needs::all();
    let mut choice = choice(args);
    if let Some(name) = choice.unknown(&needs) {
        return Err(Failure::Usage(format!(
            "`{name}` is neither a collector nor a capability: `accesstrail policy docs` lists them"
        )));
    }
    if args.missing {
        let store = store::open_to_read(common, screen).await?.store;
        let missing = Missing::of_coverage(&load::snapshot(&*store).await?, &needs);
        for note in missing.notes() {
            screen.note(&note);
        }
        choice.actions = Some(missing.to_allow());
    }
    let statements = statements(&choice.of(&needs), args.role.as_str());
    let policies = split(&statements, MANAGED_CHARACTERS);
    if policies.is_empty() && args.missing {
        screen.note("nothing is missing that a policy of the role could give");
    } else if policies.is_empty() {
        screen.note("nothing that is declared is of all of these at once");
    } else if policies.len() > 1 {
        screen.note(&format!(
            "{} policies, because IAM takes {MANAGED_CHARACTERS} characters in each; --part N prints one",
            policies.len()
        ));
    }
    show(args, &parted(policies, args.part)?, screen)
}

fn choice(args: &Print) -> Choice {
    let tiers: BTreeSet<Tier> = args.tier.iter().copied().filter_map(Tier::numbered).collect();
    Choice {
        tiers: if tiers.is_empty() { Tier::READING.into() } else { tiers },
        sides: args.sides.iter().map(|who| who.side()).collect(),
        only: args.only.iter().cloned().collect(),
        actions: None,
    }
}

/// All of them, or the one that was asked for.
fn parted(
    policies: Vec<Vec<Statement>>,
    part: Option<u16>,
) -> Result<Vec<Vec<Statement>>, Failure> {
    let Some(part) = part else { return Ok(policies) };
    let count = policies.len();
    let wanted = policies.into_iter().nth(usize::from(part).saturating_sub(1));
    wanted.map(|policy| vec![policy]).ok_or_else(|| {
        Failure::Usage(format!("there is no policy {part}: what was asked for takes {count}"))
    })
}

fn show(args: &Print, policies: &[Vec<Statement>], screen: &mut Screen) -> Result<(), Failure> {
    let account = args.account.as_ref().map_or("*", AccountId::as_str);
    let partition = args.partition.to_string();
    if screen.is_json() {
        let body = json!({"format": args.format.word(), "policies": documents(policies, &partition, account)});
        return screen.document("policy", body);
    }
    let text = match args.format {
        Format::Cfn => write::cloud_formation(policies),
        Format::Terraform => write::terraform(policies),
        Format::Json => match policies {
            [] => format!("{}\n", write::text(&[], &partition, account)),
            [one] => format!("{}\n", write::text(one, &partition, account)),
            several => {
                let each = several.iter().map(|policy| write::text(policy, &partition, account));
                format!("[\n{}\n]\n", each.collect::<Vec<_>>().join(",\n"))
            }
        },
    };
    screen.raw(&text)
}

/// The policies for a program, with their names and lengths.
pub(super) fn documents(policies: &[Vec<Statement>], partition: &str, account: &str) -> Value {
    let document = |(index, policy): (usize, &Vec<Statement>)| {
        json!({
            "name": write::name(index + 1, policies.len()),
            "characters": characters(policy),
            "document": write::value(policy, partition, account),
        })
    };
    policies.iter().enumerate().map(document).collect()
}
