//! `accesstrail paths`: who can come to the rights of an administrator, and how.

use accesstrail_shared::access::{Escalation, Identity, Index, show};
use clap::Args;

use super::estate::{self, From};
use crate::Outcome;
use crate::args::Common;
use crate::error::Failure;
use crate::screen::Screen;

/// Who can come to the rights of an administrator without having them: of each the shortest path, with the ids of the public
/// catalogue (pathfinding.cloud), what enables it and what ends it.
#[derive(Debug, Args)]
#[command(after_help = "Example: accesstrail paths --from arn:aws:iam::111122223333:role/ci")]
pub(crate) struct Paths {
    /// Only the path of this principal, by its ARN
    #[arg(long, value_name = "ARN")]
    from: Option<String>,
    #[command(flatten)]
    source: From,
}

pub(crate) async fn run(
    common: &Common,
    args: &Paths,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let estate = estate::read(common, &args.source, screen).await?;
    let index = Index::of(&estate);
    let found = Escalation::of(&index);
    let places = found.administrators().places();
    let administrators: Vec<&str> =
        places.filter_map(|at| estate.identities.get(at)).map(Identity::arn).collect();
    let routes = match &args.from {
        Some(arn) => found.route(arn).into_iter().collect(),
        None => found.routes(),
    };
    if screen.is_json() {
        screen.document("paths", show::routes_document(&administrators, &routes))?;
    } else {
        screen.lines(&show::routes_text(&administrators, &routes))?;
    }
    Ok(Outcome::Done)
}
