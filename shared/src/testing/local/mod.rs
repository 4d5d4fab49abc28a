//! The local AWS: two emulators in one pinned virtual environment.
//!
//! ```text
//!  requirements.txt ──► environment (built once, cached) ──► ministack   our own account
//!                                                        └─► moto        the customer's organization
//! ```
//!
//! Both listen on free loopback ports, share nothing with the user's AWS settings, keep nothing between two
//! runs, and end with the process that started them, however that process ends (`launch.py`).
//!
//! Credentials of one emulator mean nothing to the other. Any key opens moto as its management account,
//! [`MANAGEMENT_ACCOUNT`]; other accounts are reached by `AssumeRole`.

pub(super) mod environment;
mod error;
mod process;

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use tempfile::TempDir;

pub use self::error::LocalAwsError;
use self::{
    environment::{EMULATORS, Environment},
    process::Process,
};
use super::http::{self, LoopbackClient};

/// The account of moto's management side; moto has no setting for it.
pub const MANAGEMENT_ACCOUNT: &str = "123456789012";

/// One of the two emulators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Emulator {
    /// ministack: the account accesstrail is deployed in.
    Own,
    /// moto: the organization that is inventoried.
    Organization,
}

impl Emulator {
    /// The name people know the program by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "ministack",
            Self::Organization => "moto",
        }
    }

    fn reset_path(self) -> &'static str {
        match self {
            Self::Own => "/_ministack/reset",
            Self::Organization => "/moto-api/reset",
        }
    }
}

/// Whether moto knows the AWS managed policies (`arn:aws:iam::aws:policy/…`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ManagedPolicies {
    /// All of them, in every account: `GetAccountAuthorizationDetails` grows by about 6 MB.
    Load,
    /// None: attaching one is `NoSuchEntity`.
    #[default]
    Skip,
}

/// What to start, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which emulators to start.
    pub emulators: Vec<Emulator>,
    /// The id of our own account.
    pub own_account: String,
    /// Whether moto loads the AWS managed policies.
    pub managed_policies: ManagedPolicies,
    /// Further environment variables, for both emulators; they win over ours.
    pub environment: BTreeMap<String, String>,
    /// Where the emulators' logs go; by default a directory that goes with [`LocalAws`].
    pub logs: Option<PathBuf>,
    /// Where virtual environments are kept; by default `$ACCESSTRAIL_CACHE`,
    /// `$XDG_CACHE_HOME/accesstrail` or `$HOME/.cache/accesstrail`.
    pub cache: Option<PathBuf>,
    /// The Python that the virtual environment is made with.
    pub python: String,
    /// How long an emulator may take until it answers.
    pub ready_within: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            emulators: vec![Emulator::Own, Emulator::Organization],
            own_account: "123456789012".to_owned(),
            managed_policies: ManagedPolicies::Skip,
            environment: BTreeMap::new(),
            logs: None,
            cache: None,
            python: "python3".to_owned(),
            ready_within: Duration::from_mins(1),
        }
    }
}

impl Options {
    /// Only one emulator, all else as by default.
    pub fn only(emulator: Emulator) -> Self {
        Self { emulators: vec![emulator], ..Self::default() }
    }
}

/// The running emulators. Dropping it ends and reaps them with all they started.
#[derive(Debug)]
pub struct LocalAws {
    own: Option<Process>,
    organization: Option<Process>,
    client: LoopbackClient,
    // INVARIANT: after the processes, which write into it: fields drop in this order.
    _scratch: TempDir,
}

impl LocalAws {
    /// Builds the virtual environment if this is the first use, starts the emulators and waits until they
    /// answer. `progress` gets one line per step.
    pub async fn start(
        options: &Options,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<Self, LocalAwsError> {
        let environment =
            Environment::prepare(&EMULATORS, &options.python, options.cache.as_deref(), progress)
                .await?;
        let scratch = tempfile::Builder::new()
            .prefix("accesstrail-local-")
            .tempdir()
            .map_err(|source| LocalAwsError::file("temporary directory", source))?;
        let client = http::client();
        let begin = async |emulator: Emulator| {
            if !options.emulators.contains(&emulator) {
                return Ok(None);
            }
            progress(&format!("starting {}", emulator.name()));
            let started =
                Process::start(emulator, &environment, options, scratch.path(), &client).await?;
            progress(&format!("{} is ready at {}", emulator.name(), started.endpoint()));
            Ok(Some(started))
        };
        let (own, organization) =
            tokio::try_join!(begin(Emulator::Own), begin(Emulator::Organization))?;
        Ok(Self { own, organization, client, _scratch: scratch })
    }

    /// Where our own account answers: `http://127.0.0.1:PORT`.
    pub fn own_endpoint(&self) -> Result<&str, LocalAwsError> {
        self.endpoint(Emulator::Own)
    }

    /// Where the organization answers: `http://127.0.0.1:PORT`.
    pub fn organization_endpoint(&self) -> Result<&str, LocalAwsError> {
        self.endpoint(Emulator::Organization)
    }

    /// Where an emulator answers.
    pub fn endpoint(&self, emulator: Emulator) -> Result<&str, LocalAwsError> {
        Ok(self.process(emulator)?.endpoint())
    }

    /// The log of an emulator.
    pub fn log(&self, emulator: Emulator) -> Result<&std::path::Path, LocalAwsError> {
        Ok(self.process(emulator)?.log())
    }

    /// The process id of an emulator, which is also the id of its process group.
    pub fn process_id(&self, emulator: Emulator) -> Result<u32, LocalAwsError> {
        Ok(self.process(emulator)?.id())
    }

    /// Empties both emulators: all accounts, all services.
    pub async fn reset(&self) -> Result<(), LocalAwsError> {
        for process in [&self.own, &self.organization].into_iter().flatten() {
            process.reset(&self.client).await?;
        }
        Ok(())
    }

    fn process(&self, emulator: Emulator) -> Result<&Process, LocalAwsError> {
        let process = match emulator {
            Emulator::Own => &self.own,
            Emulator::Organization => &self.organization,
        };
        process.as_ref().ok_or(LocalAwsError::NotStarted { emulator: emulator.name() })
    }
}
