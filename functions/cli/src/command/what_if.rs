//! `accesstrail what-if`: who gains or loses what if a policy gets another document.

use std::path::PathBuf;

use accesstrail_shared::access::{Changed, Index, difference, show};
use clap::Args;

use super::estate::{self, From};
use crate::Outcome;
use crate::args::Common;
use crate::error::Failure;
use crate::screen::Screen;

/// Who gains or loses what if a policy gets another document: asked before and after, with every layer, of everybody who has
/// it. Nothing is changed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        accesstrail what-if arn:aws:iam::111122223333:policy/deploy --document deploy.json\n  \
        accesstrail what-if arn:aws:iam::111122223333:role/app --inline logs --document logs.json\n  \
        accesstrail what-if p-examplescp --document scp.json --json\n  \
        accesstrail what-if arn:aws:s3:::data --document bucket-policy.json --import organization.json")]
pub(crate) struct WhatIf {
    /// The policy: the ARN of a managed policy, the id of a policy of the organization (p-…), the ARN of a resource for its
    /// policy, of a role for its trust, or with --inline of the user, role or group that it is in
    #[arg(value_name = "POLICY")]
    policy: String,

    /// The name of the policy inside of the user, role or group
    #[arg(long, value_name = "NAME")]
    inline: Option<String>,

    /// The file with the new document
    #[arg(long, value_name = "FILE")]
    document: PathBuf,

    #[command(flatten)]
    from: From,
}

impl WhatIf {
    fn changed(&self) -> Changed<'_> {
        let policy = self.policy.as_str();
        match &self.inline {
            Some(name) if policy.contains(":group/") => Changed::Group { group: policy, name },
            Some(name) => Changed::Inline { principal: policy, name },
            None if policy.starts_with("p-") => Changed::Organization(policy),
            None if policy.contains(":iam:") && policy.contains(":policy/") => {
                Changed::Managed(policy)
            }
            None => Changed::Resource(policy),
        }
    }
}

pub(crate) async fn run(
    common: &Common,
    args: &WhatIf,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let failed = |source| Failure::Unreadable { path: args.document.clone(), source };
    let document = std::fs::read_to_string(&args.document).map_err(failed)?;
    let estate = estate::read(common, &args.from, screen).await?;
    let found = difference(&Index::of(&estate), args.changed(), &document)
        .map_err(|refused| Failure::Usage(refused.to_string()))?;
    if screen.is_json() {
        screen.document("what-if", show::difference_document(&found))?;
    } else {
        screen.lines(&show::difference_text(&found))?;
    }
    Ok(Outcome::Done)
}
