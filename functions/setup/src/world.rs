//! What the function stands on. Nothing of it is made at the start: whoever waits for an answer hears why it could not be
//! made.

use std::sync::Arc;
use std::time::Duration;

use accesstrail_shared::aws::error::chain;
use accesstrail_shared::aws::session::{SessionOptions, Sessions};
use accesstrail_shared::aws::setup::AwsSetup;
use accesstrail_shared::aws::{Place, configuration};
use accesstrail_shared::lambda::{Failure, Invocation};
use accesstrail_shared::model::Region;
use accesstrail_shared::port::{Clock as _, SystemClock};
use accesstrail_shared::settings::{ExternalId, SetupSettings};
use accesstrail_shared::setup::custom_resource::{Address, Means};
use accesstrail_shared::setup::external_id;
use accesstrail_shared::store::dynamo::DynamoStore;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use serde_json::Value;

/// What is kept of an invocation's time for an answer, or for handing on.
const RESERVE: Duration = Duration::from_secs(30);

/// Where Lambda says which function this is.
const FUNCTION: &str = "AWS_LAMBDA_FUNCTION_NAME";

/// What the function stands on.
#[derive(Debug)]
pub struct World {
    settings: Result<SetupSettings, String>,
    function: Option<String>,
}

/// AWS and the state, for one invocation.
#[derive(Debug)]
pub(crate) struct Hub {
    pub(crate) cloud: AwsSetup,
    pub(crate) store: DynamoStore,
    pub(crate) clock: SystemClock,
    pub(crate) region: Region,
    pub(crate) external_id: String,
}

impl Hub {
    /// What an event is worked on with.
    pub(crate) fn means<'a>(&'a self, owner: &'a str) -> Means<'a> {
        let Self { cloud, store, clock, region, external_id } = self;
        Means { cloud, store, clock, region, owner, external_id }
    }
}

impl World {
    /// The world that the environment describes. Settings that cannot be used are told to whoever asks first.
    pub fn from_environment(lookup: &dyn Fn(&str) -> Option<String>) -> Self {
        let settings = SetupSettings::read(lookup).map_err(|error| error.to_string());
        let function = lookup(FUNCTION).filter(|name| !name.is_empty());
        Self { settings, function }
    }

    /// Which addresses are answered: with an endpoint of our own, those of a local AWS too.
    pub(crate) fn address(&self) -> Address {
        match &self.settings {
            Ok(settings) if settings.own_endpoint.is_some() => Address::Any,
            _ => Address::Aws,
        }
    }

    /// How long there is to work in this invocation.
    pub(crate) fn left(invocation: &Invocation) -> Duration {
        let until = invocation.deadline.checked_sub(RESERVE).unwrap_or(invocation.began);
        Duration::try_from(until.duration_since(SystemClock.now())).unwrap_or_default()
    }

    /// Signs in and finds the external id.
    pub(crate) async fn hub(&self) -> Result<Hub, String> {
        let settings = self.settings.as_ref().map_err(Clone::clone)?;
        let own = configuration(&at(settings.own_endpoint.as_ref())).await;
        let target = configuration(&at(settings.target_endpoint.as_ref())).await;
        let options = SessionOptions::default();
        let sessions = Sessions::connect(target, options, Arc::new(SystemClock)).await;
        let sessions = sessions.map_err(|error| chain(&error))?;
        let region = sessions.region().ok_or("no AWS region is set")?;
        let cloud = AwsSetup::connect(&sessions, region.clone()).await;
        let cloud = cloud.map_err(|error| chain(&error))?;
        let store = DynamoStore::new(aws_sdk_dynamodb::Client::new(&own), &settings.table);
        let given = settings.external_id.as_ref().map(ExternalId::as_str);
        let external_id = external_id::kept(&store, given).await;
        let external_id =
            external_id.map_err(|error| format!("ACCESSTRAIL_EXTERNAL_ID: {}", chain(&error)))?;
        Ok(Hub { cloud, store, clock: SystemClock, region, external_id })
    }

    /// Has the function take the same event again.
    pub(crate) async fn hand_on(&self, event: &Value) -> Result<(), Failure> {
        let function = self.function.as_ref();
        let function = function.ok_or_else(|| Failure::GiveUp(format!("{FUNCTION} is not set")))?;
        let settings = self.settings.as_ref().ok();
        let endpoint = settings.and_then(|settings| settings.own_endpoint.as_ref());
        let client = aws_sdk_lambda::Client::new(&configuration(&at(endpoint)).await);
        let call = client.invoke().function_name(function).invocation_type(InvocationType::Event);
        let sent = call.payload(Blob::new(event.to_string())).send().await;
        sent.map(drop).map_err(|error| Failure::Retry(chain(&error)))
    }
}

fn at(endpoint: Option<&String>) -> Place {
    Place { endpoint: endpoint.cloned(), ..Place::default() }
}
