//! Failures as people read them: what happened, and what to do next.

use std::path::{Path, PathBuf};

use accesstrail_shared::aws::error::{Fault, chain};
use accesstrail_shared::aws::session::SessionError;
use accesstrail_shared::backfill::BackfillError;
use accesstrail_shared::collect::pipeline::PlanError;
use accesstrail_shared::form::FormError;
use accesstrail_shared::import::{ImportError, Refusal};
use accesstrail_shared::model::Run;
use accesstrail_shared::model::id::IdError;
use accesstrail_shared::port::PortError;
use accesstrail_shared::setup::external_id::ExternalIdError;
use accesstrail_shared::setup::machine::SetupError;
use accesstrail_shared::testing::company::CompanyError;
use accesstrail_shared::testing::deployment::DeploymentError;
use accesstrail_shared::testing::local::LocalAwsError;
use accesstrail_shared::testing::proxy::ProxyError;
use accesstrail_shared::trail::digest::KeysError;

/// How many candidates an ambiguous name is answered with.
const CANDIDATES: usize = 10;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Whoever read our output went away.
    #[error("the output was closed")]
    ClosedPipe,
    /// Output could not be written.
    #[error("the output could not be written")]
    Output(#[source] std::io::Error),
    /// A file could not be written.
    #[error("`{}` could not be written", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the disk said.
        #[source]
        source: std::io::Error,
    },
    /// A file or folder could not be read.
    #[error("`{}` could not be read", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the disk said.
        #[source]
        source: std::io::Error,
    },
    /// Somebody pressed Ctrl-C.
    #[error("{}", interrupted(run.as_deref()))]
    Interrupted {
        /// The run that was under way.
        run: Option<Box<Run>>,
    },
    /// Somebody pressed Ctrl-C while events were delivered.
    #[error("interrupted: {sent} events were accepted in whole pages, and stay so")]
    FeedInterrupted {
        /// How many.
        sent: u64,
    },
    /// The runtime could not be started.
    #[error("the program could not start its threads")]
    Runtime(#[source] std::io::Error),
    /// An argument is not what it should be.
    #[error(transparent)]
    Argument(#[from] IdError),
    /// The arguments do not fit together, or name something that is not there.
    #[error("{0}")]
    Usage(String),
    /// Nothing has that name.
    #[error("nothing in the store is called `{text}`")]
    Unknown {
        /// What was typed.
        text: String,
    },
    /// The logs that were read show no use by, or of, what was named.
    #[error("no use of `{text}` is in the logs that were read")]
    NoUse {
        /// What was typed.
        text: String,
    },
    /// Several entities have that name.
    #[error("{} entities are called `{text}`", candidates.len())]
    Ambiguous {
        /// What was typed.
        text: String,
        /// The id of each, and its account.
        candidates: Vec<(String, String)>,
    },
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] PortError),
    /// Logs cannot be read.
    #[error(transparent)]
    Logs(#[from] BackfillError),
    /// A file of public keys cannot be read.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// Events cannot be delivered.
    #[error(transparent)]
    Delivery(PortError),
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
    /// The function could not be deployed into the emulated account.
    #[error(transparent)]
    Deployment(#[from] DeploymentError),
    /// The demo organization could not be founded.
    #[error(transparent)]
    Company(#[from] CompanyError),
    /// The proxy in front of the local AWS did not start.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// Settings cannot be used.
    #[error("{}", settings_summary(path.as_deref(), problems))]
    Settings {
        /// The file, if one was read.
        path: Option<PathBuf>,
        /// Every problem, with its line or its variable.
        problems: Vec<String>,
    },
    /// A plan could not be made or applied.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// A step of a plan failed for good.
    #[error("{step} failed{}", first_of(problems))]
    SetupStep {
        /// The step.
        step: String,
        /// Why, each with what to do.
        problems: Vec<String>,
    },
    /// Nothing was set up from this store.
    #[error("nothing was set up from this store")]
    NotSetUp,
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes for an external id")]
    NoRandom,
    /// A file cannot be imported.
    #[error(transparent)]
    Refused(#[from] Refusal),
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

/// The one problem that there is; several are told one by one.
fn first_of(problems: &[String]) -> String {
    if let [one] = problems { format!(": {one}") } else { String::new() }
}

fn settings_summary(path: Option<&Path>, problems: &[String]) -> String {
    let place = match path {
        Some(path) => format!("the settings in {} and the environment", path.display()),
        None => "the settings in the environment".to_owned(),
    };
    match problems {
        [one] => format!("{place} cannot be used: {one}"),
        many => format!("{place} cannot be used: {} problems", many.len()),
    }
}

fn interrupted(run: Option<&Run>) -> String {
    match run {
        None => "interrupted before a run had begun".to_owned(),
        Some(run) => format!(
            "interrupted: run {} ended {} of {} units, and everything that was seen is kept",
            run.id, run.ended, run.planned
        ),
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Refused(refusal) => Self::Refused(refusal),
            ImportError::Store(error) => Self::Store(error),
        }
    }
}

impl From<ExternalIdError> for Failure {
    fn from(error: ExternalIdError) -> Self {
        match error {
            ExternalIdError::Other => {
                Self::Usage(format!("{error}: leave --external-id out, or use another --store"))
            }
            ExternalIdError::NoRandom => Self::NoRandom,
            ExternalIdError::Store(error) => Self::Store(error),
        }
    }
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
            // So is what is wrong with a whole file.
            Self::Store(error @ PortError::Corrupt { item, .. })
                if item.starts_with("the file") =>
            {
                error.to_string()
            }
            other => chain(other),
        }
    }

    /// How the process ends: as a shell tells it of a program that Ctrl-C ended, or 1.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Interrupted { .. } | Self::FeedInterrupted { .. } => 130,
            // Whoever closed our output has seen enough.
            Self::ClosedPipe => 0,
            _ => 1,
        }
    }

    /// What to do next, where we know.
    pub(crate) fn next_step(&self) -> Option<String> {
        match self {
            Self::Session(error) | Self::Plan(PlanError::Session(error)) => {
                Some(session_step(error))
            }
            Self::Settings { .. } => {
                Some("`accesstrail config show --defaults` has every setting with what it may be".to_owned())
            }
            Self::Refused(refusal) => {
                Some(format!("{}; nothing of it was taken in", refusal.problem.next))
            }
            Self::Logs(BackfillError::NoLogs(_)) => Some(
                "give the folder or bucket above AWSLogs, and with --prefix what stands before it"
                    .to_owned(),
            ),
            Self::Logs(BackfillError::Port(error)) => logs_step(error).map(str::to_owned),
            Self::Unreadable { .. } => {
                Some("check the path and who may read it, then repeat the command".to_owned())
            }
            Self::NoUse { .. } => Some(
                "`accesstrail usage --all` shows every principal; `accesstrail backfill` reads more logs"
                    .to_owned(),
            ),
            Self::InUse(_) => Some("wait until it has ended, or use another --store".to_owned()),
            Self::Unended { .. } | Self::Interrupted { run: Some(_) } => {
                Some("type the same command again: it goes on where it stopped".to_owned())
            }
            Self::Interrupted { run: None } | Self::FeedInterrupted { .. } => Some("type the same command again".to_owned()),
            Self::Output(error) | Self::File { source: error, .. } => {
                Some(output_step(error).to_owned())
            }
            Self::Unknown { text } if text.starts_with("arn:") || text.contains(' ') => {
                Some("`accesstrail list KIND` shows what is there; `accesstrail status` what was not seen".to_owned())
            }
            Self::Unknown { .. } => Some(
                "`accesstrail list KIND --filter TEXT` finds entities by a part of their names"
                    .to_owned(),
            ),
            Self::Ambiguous { .. } => {
                Some("add --account or --kind, or show one by its id".to_owned())
            }
            Self::Store(error) => store_step(error).map(str::to_owned),
            Self::Plan(PlanError::Port(error)) => Some(
                store_step(error).unwrap_or("make room, or mend what it says, then type the same command again").to_owned(),
            ),
            Self::Setup(error) => setup_step(error).map(str::to_owned),
            Self::SetupStep { .. } => Some(
                "repair that, then make a new plan with `accesstrail setup plan`: it goes on from what is there".to_owned(),
            ),
            Self::NotSetUp => Some(
                "`accesstrail setup plan --out plan.json` says what would be, `setup apply plan.json` does it; or name the --store that it was set up from".to_owned(),
            ),
            Self::Delivery(_) => Some(
                "repair that, or wait, then type the same command again: what was accepted is kept, and nothing is lost"
                    .to_owned(),
            ),
            _ => None,
        }
    }

    /// What was meant perhaps, or what is wrong one by one, one on a line.
    pub(crate) fn candidates(&self) -> Vec<String> {
        if let Self::Settings { problems, .. } = self
            && problems.len() > 1
        {
            return problems.clone();
        }
        if let Self::SetupStep { problems, .. } | Self::Setup(SetupError::Moved(problems)) = self
            && problems.len() > 1
        {
            return problems.clone();
        }
        let Self::Ambiguous { candidates, .. } = self else { return Vec::new() };
        let mut lines: Vec<String> = candidates
            .iter()
            .take(CANDIDATES)
            .map(|(id, place)| format!("{id}  in {place}"))
            .collect();
        if candidates.len() > CANDIDATES {
            lines.push(format!("and {} more", candidates.len() - CANDIDATES));
        }
        lines
    }
}

/// What to do about output that does not arrive. Reading verbs change nothing, so nothing is lost by it.
fn output_step(error: &std::io::Error) -> &'static str {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "make room there or write to another disk, then repeat the command: the store is as it was"
        }
        _ => "write to a place that exists and that you may write to: the store is as it was",
    }
}

/// What to do about a store, where its message does not say so itself.
fn store_step(error: &PortError) -> Option<&'static str> {
    match error {
        PortError::Corrupt { .. } => {
            Some("nothing was changed: name another --store, or move this file out of the way")
        }
        PortError::Busy { .. } | PortError::Held { .. } => {
            Some("wait until the other accesstrail has ended, then repeat the command")
        }
        PortError::Denied { .. } | PortError::Failed { .. } => {
            Some("name a --store that you may read and write; the file is as it was before")
        }
        // These say it in their messages.
        PortError::Missing { .. } | PortError::Newer { .. } => None,
    }
}

/// What to do about a plan that is not made or not applied.
fn setup_step(error: &SetupError) -> Option<&'static str> {
    match error {
        SetupError::Held { .. } => {
            Some("wait until the other one has ended, then type the same command again")
        }
        SetupError::OtherPlan { .. } => Some(
            "`accesstrail setup apply` without a file goes on with it, `accesstrail setup apply --give-up` gives it up",
        ),
        SetupError::Moved(_) => {
            Some("make a new plan with `accesstrail setup plan --out PATH`, read it, apply that")
        }
        SetupError::Cloud(_) => Some(
            "check the credentials, their permissions (docs/deploy.md) and the network, then type the same command again: it goes on where it stopped",
        ),
        SetupError::Store(error) => store_step(error),
        SetupError::File(_) | SetupError::Plan(_) => None,
    }
}

/// What to do about logs, or about the store that they go to. What was counted before stays.
fn logs_step(error: &PortError) -> Option<&'static str> {
    match error {
        PortError::Denied { .. } => Some(
            "allow s3:ListBucket on the bucket, s3:GetObject on its objects and, where they are encrypted, kms:Decrypt; then repeat the command",
        ),
        PortError::Busy { .. } | PortError::Held { .. } | PortError::Failed { .. } => Some(
            "check the credentials, the network and any --endpoint-url, then repeat the command: it reads only what is missing",
        ),
        other => store_step(other),
    }
}

fn session_step(error: &SessionError) -> String {
    match error {
        SessionError::NotSignedIn { .. } => {
            "sign in (for example `aws sso login`) and set AWS_PROFILE or --profile to a profile that exists, or try `accesstrail demo`, which needs no account"
        }
        SessionError::NoRegion { .. } => {
            "set AWS_REGION (for example eu-west-1), or a region in your profile"
        }
        SessionError::NoIdentity { fault: Fault::ExpiredCredentials, .. } => {
            "the credentials have expired: sign in again (for example `aws sso login`), then repeat the command"
        }
        SessionError::NoAnswer { .. } => {
            "check that the region exists, the network and any --endpoint-url, then repeat the command"
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

#[cfg(test)]
mod tests;
