//! Failures as people read them: what happened, and what to do next.

use accesstrail_shared::aws::error::{Fault, chain};
use accesstrail_shared::aws::session::SessionError;
use accesstrail_shared::collect::pipeline::PlanError;
use accesstrail_shared::form::FormError;
use accesstrail_shared::model::id::IdError;
use accesstrail_shared::port::PortError;
use accesstrail_shared::testing::company::CompanyError;
use accesstrail_shared::testing::local::LocalAwsError;
use accesstrail_shared::testing::proxy::ProxyError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Whoever read our output went away.
    #[error("the output was closed")]
    ClosedPipe,
    /// Output could not be written.
    #[error("the output could not be written")]
    Output(#[source] std::io::Error),
    /// The runtime could not be started.
    #[error("the program could not start its threads")]
    Runtime(#[source] std::io::Error),
    /// An argument is not what it should be.
    #[error(transparent)]
    Argument(#[from] IdError),
    /// The arguments do not fit together, or name something that is not there.
    #[error("{0}")]
    Usage(String),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] PortError),
    /// A stored value cannot be shown.
    #[error(transparent)]
    Form(#[from] FormError),
    /// There is no session to start from.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The run could not be planned.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The local AWS did not start.
    #[error(transparent)]
    LocalAws(#[from] LocalAwsError),
    /// The demo organization could not be founded.
    #[error(transparent)]
    Company(#[from] CompanyError),
    /// The proxy in front of the local AWS did not start.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// Somebody else works on the store.
    #[error("another accesstrail works on {0}")]
    InUse(String),
    /// Units could not be worked on to their end.
    #[error("{count} units of work could not be ended; the first: {first}")]
    Unended {
        /// How many.
        count: usize,
        /// What happened to the first.
        first: String,
    },
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Self::ClosedPipe
        } else {
            Self::Output(error)
        }
    }
}

impl Failure {
    /// What happened, with its causes, on one line.
    pub(crate) fn summary(&self) -> String {
        match self {
            // AWS's own words are in the summary; the SDK's chain around them helps nobody.
            Self::Session(error) | Self::Plan(PlanError::Session(error)) => error.to_string(),
            other => chain(other),
        }
    }

    /// What to do next, where we know.
    pub(crate) fn next_step(&self) -> Option<String> {
        match self {
            Self::Session(error) | Self::Plan(PlanError::Session(error)) => {
                Some(session_step(error))
            }
            Self::InUse(_) => Some("wait until it has ended, or use another --store".to_owned()),
            Self::Unended { .. } => {
                Some("run the same command again: it goes on where it stopped".to_owned())
            }
            _ => None,
        }
    }
}

fn session_step(error: &SessionError) -> String {
    match error {
        SessionError::NoIdentity { fault: Fault::ExpiredCredentials, .. } => {
            "the credentials have expired: sign in again (for example `aws sso login`), then repeat the command"
        }
        SessionError::NoIdentity { fault: Fault::Unavailable, .. } => {
            "check the region, the network and any --endpoint-url, then repeat the command"
        }
        SessionError::NoIdentity { summary, .. } if summary.contains("no providers in chain") => {
            "sign in (for example `aws sso login`), set AWS_PROFILE, or try `accesstrail demo`, which needs no account"
        }
        SessionError::NoIdentity { .. } => {
            "check AWS_PROFILE and the credentials with `aws sts get-caller-identity`, then repeat the command"
        }
        SessionError::Assume { .. } => {
            "check that the role exists, that it trusts these credentials, and the external id"
        }
        SessionError::NoRole { .. } => "give --role NAME and --external-id ID",
        SessionError::WrongAccount { .. } => "check which account the role belongs to",
        SessionError::NoCredentials { .. } | SessionError::Unreadable { .. } => {
            "check any --endpoint-url: the answer is not one of AWS's"
        }
    }
    .to_owned()
}
