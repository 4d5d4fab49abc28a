//! `accesstrail paths`: who can come to the rights of an administrator, or of one principal, and how.

use accesstrail_shared::access::{
    Entrance, Entrances, Escalation, Estate, Identity, Index, Outsider, Route, assumed, show,
};
use clap::Args;

use super::estate::{self, From};
use crate::Outcome;
use crate::args::Common;
use crate::error::Failure;
use crate::screen::Screen;

/// What `--to` says for the rights of an administrator.
const ADMIN: &str = "admin";

/// Who can come to the rights of an administrator, or of one principal, without having them: of each the shortest path, with
/// the ids of the public catalogue (pathfinding.cloud), the statements that enable it and the smallest change that ends it.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  accesstrail paths\n  accesstrail paths --from arn:aws:iam::111122223333:role/ci\n  \
                  accesstrail paths --to arn:aws:iam::111122223333:role/billing --json\n  \
                  accesstrail paths --import details.json --fail-on '*'\n\n\
                  docs/escalation.md lists the ways that are known.\n\
                  Exit code 4: a path starts where --fail-on says."
)]
pub(crate) struct Paths {
    /// Where to: `admin`, or a principal by its ARN
    #[arg(long, value_name = "ARN", default_value = ADMIN)]
    to: String,
    /// Only the path of this principal, by its ARN
    #[arg(long, value_name = "ARN")]
    from: Option<String>,
    /// End with 4 if a path starts at this ARN, which may have wildcards; again for another
    #[arg(long, value_name = "ARN")]
    fail_on: Vec<String>,
    #[command(flatten)]
    source: From,
}

pub(crate) async fn run(
    common: &Common,
    args: &Paths,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let estate = estate::read(common, &args.source, screen).await?;
    let nobody = |arn: &str| Failure::Usage(estate::nobody(arn));
    if let Some(arn) = args.from.as_ref().filter(|arn| estate.find(arn).is_none()) {
        return Err(nobody(arn));
    }
    let index = Index::of(&estate);
    let to = Some(args.to.as_str()).filter(|to| !to.eq_ignore_ascii_case(ADMIN));
    let found = match to {
        None => Escalation::of(&index),
        Some(arn) => Escalation::to(&index, arn).ok_or_else(|| nobody(arn))?,
    };
    let places = found.administrators().places();
    let ends: Vec<&str> =
        places.filter_map(|at| estate.identities.get(at)).map(Identity::arn).collect();
    let routes = match &args.from {
        Some(arn) => found.route(arn).into_iter().collect(),
        None => found.routes(),
    };
    let fixes = Escalation::fixes(&routes);
    let mut perhaps = found.perhaps();
    perhaps.retain(|it| args.from.as_ref().is_none_or(|from| *from == it.principal));
    let notes = assumed(&estate, estate.accounts());
    let entrances = entrances(&estate, &ends, &routes, args.from.as_deref());
    let told = show::Paths {
        from: args.from.as_deref(),
        to,
        administrators: if to.is_none() { &ends } else { &[] },
        routes: &routes,
        fixes: &fixes,
        perhaps: &perhaps,
        notes: &notes,
        entrances: &entrances,
    };
    if screen.is_json() {
        screen.document("paths", show::paths_document(&told))?;
    } else {
        screen.lines(&show::paths_text(&told))?;
    }
    let is_found = estate::is_one_of(&args.fail_on, routes.iter().map(|it| it.principal.as_str()));
    Ok(if is_found { Outcome::Found } else { Outcome::Done })
}

/// Who comes in from outside where a path starts or ends: not services, which nobody is.
fn entrances(
    estate: &Estate,
    ends: &[&str],
    routes: &[Route],
    from: Option<&str>,
) -> Vec<Entrance> {
    let all = Entrances::of(estate);
    let starts = routes.iter().map(|route| route.principal.as_str());
    let ends = ends.iter().copied().filter(|arn| from.is_none_or(|from| from == *arn));
    let roles = starts.chain(ends).filter_map(|arn| estate.identity(arn));
    let mut found: Vec<Entrance> = roles.flat_map(|role| all.into_role(role)).collect();
    found.retain(|entrance| entrance.kind != Outsider::Service);
    found.sort();
    found.dedup();
    found
}
