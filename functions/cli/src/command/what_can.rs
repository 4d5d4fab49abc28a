//! `accesstrail what-can`: what a principal may do.

use accesstrail_shared::access::{show, what_can};
use clap::Args;

use super::estate::{self, From};
use crate::Outcome;
use crate::args::Common;
use crate::error::Failure;
use crate::screen::Screen;

/// What a principal may do: what its policies and those of resources grant it, as far as its boundary and the organization's
/// policies leave it; wildcards stay where nothing narrows them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  accesstrail what-can arn:aws:iam::111122223333:role/app\n  \
                  accesstrail what-can arn:aws:iam::111122223333:user/ana --json --import details.json")]
pub(crate) struct WhatCan {
    /// The principal, by its ARN
    principal: String,
    #[command(flatten)]
    from: From,
}

pub(crate) async fn run(
    common: &Common,
    args: &WhatCan,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let estate = estate::read(common, &args.from, screen).await?;
    let Some(grants) = what_can(&estate, &args.principal) else {
        return Err(Failure::Usage(estate::nobody(&args.principal)));
    };
    if screen.is_json() {
        screen.document("what-can", show::grants_document(&args.principal, &grants))?;
    } else {
        screen.lines(&show::grants_text(&grants))?;
    }
    Ok(Outcome::Done)
}
