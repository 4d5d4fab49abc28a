//! `accesstrail who-can`: everybody who may do an action on a resource.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::time::Instant;

use accesstrail_shared::access::{
    Entrance, Entrances, Estate, Index, Trust, WhoCan as _, assumed, batch, notes, show,
};
use accesstrail_shared::report::inert::terminal;
use clap::Args;

use super::estate::{self, Context, From};
use crate::Outcome;
use crate::args::Common;
use crate::error::Failure;
use crate::screen::Screen;

/// How many notes are told of many questions before they are only counted.
const FEW: usize = 20;

/// Everybody who may do an action on a resource, by themselves or through the roles that they can become. For a role that
/// is assumed, and through roles, services, identity providers, other accounts and people of Identity Center too.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  accesstrail who-can kms:Decrypt arn:aws:kms:eu-west-1:111122223333:key/11112222-3333-4444-5555-666677778888\n  \
                  accesstrail who-can s3:GetObject arn:aws:s3:::data/key --chains --json\n  \
                  accesstrail who-can sts:AssumeRole arn:aws:iam::111122223333:role/deploy\n  \
                  accesstrail who-can iam:CreateUser '*' --deny 'arn:aws:iam::*:user/*'\n  \
                  accesstrail who-can --queries questions.jsonl --import details.json\n\n\
                  Exit code 4: somebody can whom --deny names."
)]
pub(crate) struct WhoCan {
    /// The action, as s3:GetObject
    #[arg(required_unless_present = "queries")]
    action: Option<String>,
    /// The resource, by its ARN; `*` for an action without one
    #[arg(required_unless_present = "queries")]
    resource: Option<String>,
    /// Through chains of roles too, with the path
    #[arg(long, conflicts_with = "queries")]
    chains: bool,
    /// End with 4 if one of those who can has this ARN, which may have wildcards; again for another
    #[arg(long, value_name = "ARN", conflicts_with = "queries")]
    deny: Vec<String>,
    /// Answer many questions, one JSON object a line with `action` and `resource`, a result a line
    #[arg(long, value_name = "FILE", conflicts_with_all = ["action", "resource"])]
    queries: Option<PathBuf>,
    #[command(flatten)]
    context: Context,
    #[command(flatten)]
    from: From,
}

pub(crate) async fn run(
    common: &Common,
    args: &WhoCan,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let began = Instant::now();
    let estate = estate::read(common, &args.from, screen).await?;
    let index = Index::of(&estate);
    if let Some(path) = &args.queries {
        screen.note(&format!("loaded in {:.3} s", began.elapsed().as_secs_f64()));
        return queries(path, &index, screen);
    }
    let (action, resource) =
        (args.action.as_deref().unwrap_or_default(), args.resource.as_deref().unwrap_or_default());
    let given = args.context.given();
    let refused = |text: String| Failure::Usage(terminal(&text));
    let who =
        index.who_can(action, resource, &given).map_err(|error| refused(error.to_string()))?;
    let mut trust = Trust::of(&index);
    let chains = if args.chains {
        let found = trust.who_can_through(action, resource, &given);
        Some(found.map_err(|error| refused(error.to_string()))?)
    } else {
        None
    };
    let is_assumed = action.to_lowercase().starts_with("sts:assumerole");
    let entrances = (args.chains || is_assumed).then(|| {
        let starts = chains.iter().flatten().filter_map(|chain| chain.through.first().copied());
        let assumed = is_assumed.then_some(resource);
        entrances(&estate, who.who.iter().copied().chain(starts).chain(assumed))
    });
    let mut notes = notes(&estate, action, resource);
    notes.extend(assumed(&estate, estate.accounts()));
    let told = show::WhoTold {
        who: &who,
        chains: chains.as_deref(),
        entrances: entrances.as_deref(),
        notes: &notes,
    };
    if screen.is_json() {
        screen.document("who-can", show::who_document(action, resource, &told))?;
    } else {
        screen.lines(&show::who_text(&told))?;
    }
    let starts = chains.iter().flatten().filter_map(|chain| chain.through.first());
    let is_found = estate::is_one_of(&args.deny, who.who.iter().chain(starts).copied());
    Ok(if is_found { Outcome::Found } else { Outcome::Done })
}

/// Who comes into any of these from outside.
fn entrances<'a>(estate: &Estate, roles: impl Iterator<Item = &'a str>) -> Vec<Entrance> {
    let all = Entrances::of(estate);
    let roles = roles.filter_map(|arn| estate.identity(arn));
    let mut found: Vec<Entrance> = roles.flat_map(|role| all.into_role(role)).collect();
    found.sort();
    found.dedup();
    found
}

fn queries(path: &PathBuf, index: &Index<'_>, screen: &mut Screen) -> Result<Outcome, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::Usage(format!("{} cannot be read: {error}", terminal(&path.display().to_string())))
    };
    let began = Instant::now();
    let mut notes = BTreeSet::new();
    let mut asked: u64 = 0;
    for line in BufReader::new(File::open(path).map_err(unreadable)?).lines() {
        let line = line.map_err(unreadable)?;
        if line.trim().is_empty() {
            continue;
        }
        screen.raw(&format!("{}\n", batch::answer_line(index, &line)))?;
        notes.extend(batch::notes_of_line(index.estate(), &line));
        asked += 1;
    }
    notes.extend(assumed(index.estate(), index.estate().accounts()));
    for note in notes.iter().take(FEW) {
        screen.note(&format!("note: {note}"));
    }
    if let Some(more) = notes.len().checked_sub(FEW).filter(|more| *more > 0) {
        screen.note(&format!("and {more} more notes"));
    }
    screen.note(&format!("{asked} answered in {:.3} s", began.elapsed().as_secs_f64()));
    Ok(Outcome::Done)
}
