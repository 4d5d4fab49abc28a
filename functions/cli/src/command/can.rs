//! `accesstrail can`: may a principal do an action on a resource, and which statements say so.

use accesstrail_shared::access::{can, show};
use accesstrail_shared::policy::evaluate::Decision;
use accesstrail_shared::report::inert::terminal;
use clap::{Args, ValueEnum};

use super::estate::{self, Context, From};
use crate::Outcome;
use crate::args::Common;
use crate::error::Failure;
use crate::screen::Screen;

/// What somebody expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Expected {
    /// It is allowed.
    Allow,
    /// It is denied, by a statement or for want of one.
    Deny,
    /// It hangs on keys that are not known.
    Conditional,
}

/// Whether a principal may do an action on a resource: the decision over every layer of policies that was collected, with
/// the statements that decided. What nobody collected makes it unknown, and says so.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  accesstrail can arn:aws:iam::111122223333:role/app s3:GetObject arn:aws:s3:::data/key\n  \
                  accesstrail can arn:aws:iam::111122223333:user/ana iam:CreateUser '*' --context aws:MultiFactorAuthPresent=true\n  \
                  accesstrail can arn:aws:iam::111122223333:role/ci iam:PassRole '*' --expect deny --import details.json\n\n\
                  Exit code 5: not as --expect says."
)]
pub(crate) struct Can {
    /// The principal, by its ARN
    principal: String,
    /// The action, as s3:GetObject
    action: String,
    /// The resource, by its ARN; `*` for an action without one
    resource: String,
    #[command(flatten)]
    context: Context,
    /// End with 5 if the decision is another one
    #[arg(long, value_enum)]
    expect: Option<Expected>,
    #[command(flatten)]
    from: From,
}

pub(crate) async fn run(
    common: &Common,
    args: &Can,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let estate = estate::read(common, &args.from, screen).await?;
    let given = args.context.given();
    let answer = can(&estate, &args.principal, &args.action, &args.resource, &given)
        .map_err(|refused| Failure::Usage(terminal(&refused.to_string())))?;
    if screen.is_json() {
        screen.document("can", show::answer_document(&answer))?;
    } else {
        screen.lines(&show::answer_text(&answer))?;
    }
    let is_expected = match args.expect {
        None => true,
        Some(Expected::Allow) => answer.decision == Decision::Allowed,
        Some(Expected::Deny) => {
            matches!(answer.decision, Decision::ExplicitlyDenied | Decision::ImplicitlyDenied)
        }
        Some(Expected::Conditional) => answer.decision == Decision::Conditional,
    };
    Ok(if is_expected { Outcome::Done } else { Outcome::Unexpected })
}
