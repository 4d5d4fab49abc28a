//! What setting up stands on: the session, the store, and what was wanted before.

use std::sync::Arc;

use accesstrail_shared::aws::session::{SessionError, SessionOptions, Sessions};
use accesstrail_shared::aws::setup::AwsSetup;
use accesstrail_shared::aws::{Place, configuration};
use accesstrail_shared::model::Region;
use accesstrail_shared::port::SystemClock;
use accesstrail_shared::port::setup::SetupStore;
use accesstrail_shared::setup::external_id;
use accesstrail_shared::setup::facts::Facts;
use accesstrail_shared::setup::machine::{self, Machine, SetupError};
use accesstrail_shared::setup::wanted::Wanted;
use clap::Args;

use super::choices::Choices;
use crate::args::Common;
use crate::error::Failure;
use crate::interrupt;
use crate::screen::Screen;
use crate::store::{self, Writing};

/// Who holds the right to set up. One process writes to a store at a time, so what a killed one held can be taken
/// again at once.
const OWNER: &str = "accesstrail-command";

/// Where AWS is, and as whom.
#[derive(Debug, Args)]
pub(super) struct AwsArgs {
    /// The region of the hub [default: your region]
    #[arg(long, value_name = "REGION")]
    region: Option<Region>,

    /// A named profile of your AWS configuration
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// Where AWS is, instead of at AWS
    #[arg(long, value_name = "URL", env = "ACCESSTRAIL_TARGET_ENDPOINT", hide_env_values = true)]
    endpoint_url: Option<String>,
}

/// AWS and the store.
#[derive(Debug)]
pub(super) struct World {
    pub(super) cloud: AwsSetup,
    region: Region,
    clock: SystemClock,
    writing: Writing,
}

impl World {
    /// Signs in and opens the store.
    pub(super) async fn open(
        common: &Common,
        args: &AwsArgs,
        _screen: &Screen,
    ) -> Result<Self, Failure> {
        let path = store::path(common);
        store::check(&path)?;
        let place = Place {
            region: args.region.as_ref().map(Region::to_string),
            endpoint: args.endpoint_url.clone(),
            profile: args.profile.clone(),
            credentials: None,
        };
        let connect = async {
            let options = SessionOptions::default();
            let config = configuration(&place).await;
            let sessions = Sessions::connect(config, options, Arc::new(SystemClock)).await?;
            let region = sessions.region();
            let region =
                region.ok_or(SessionError::NoRegion { what: "no AWS region is set".to_owned() })?;
            Ok::<_, SessionError>((AwsSetup::connect(&sessions, region.clone()).await?, region))
        };
        let (cloud, region) = interrupt::or(Box::pin(connect)).await?;
        let writing = store::open_to_write(&path)?;
        Ok(Self { cloud, region, clock: SystemClock, writing })
    }

    /// Where setting up remembers how far it is.
    pub(super) fn store(&self) -> Arc<dyn SetupStore> {
        Arc::clone(&self.writing.setup)
    }

    /// What applies plans.
    pub(super) fn machine(&self) -> Machine<'_> {
        Machine::new(&self.cloud, &*self.writing.setup, &self.clock, OWNER)
    }

    /// What is there.
    pub(super) async fn facts(&self, wanted: &Wanted) -> Result<Facts, Failure> {
        let find = async {
            let kept = self.writing.setup.kept().await?;
            Ok::<_, SetupError>(Facts::find(&self.cloud, &self.region, wanted, kept).await?)
        };
        interrupt::or(Box::pin(find)).await
    }

    /// What was wanted last, or everything, with what was typed in its place.
    pub(super) async fn wanted(&self, choices: &Choices) -> Result<Wanted, Failure> {
        let store = &*self.writing.setup;
        let id = external_id::kept(store, choices.external_id()).await?;
        let mut wanted =
            machine::last_wanted(store).await?.unwrap_or_else(|| Wanted::everything(&id));
        choices.tell(&mut wanted)?;
        Ok(wanted)
    }
}
