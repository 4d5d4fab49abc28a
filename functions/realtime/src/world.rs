//! What the function stands on, made once per execution environment.

use std::sync::Arc;
use std::time::Duration;

use accesstrail_shared::aws::logs::BucketLogs;
use accesstrail_shared::aws::queue::SqsQueue;
use accesstrail_shared::aws::role::RoleSpec;
use accesstrail_shared::aws::session::{SessionOptions, Sessions};
use accesstrail_shared::aws::{Place, configuration};
use accesstrail_shared::backfill::message::Source;
use accesstrail_shared::collect::Stop;
use accesstrail_shared::collect::reread::Rereader;
use accesstrail_shared::lambda::feeds::Feeds;
use accesstrail_shared::lambda::{Failure, Invocation};
use accesstrail_shared::live::{Incoming, Known, Live, LogEvents, Outcome};
use accesstrail_shared::port::{Clock, EventStore, PortError, SystemClock};
use accesstrail_shared::realtime::Hub;
use accesstrail_shared::settings::RealtimeSettings;
use accesstrail_shared::store::dynamo::DynamoStore;
use accesstrail_shared::trail::key;

/// What is kept of an invocation's time for saying what was left.
const RESERVE: Duration = Duration::from_secs(5);

/// What the function stands on.
#[derive(Debug)]
pub struct World {
    rereader: Rereader,
    known: Arc<Known>,
    feeds: Feeds,
    /// The logs that notices of new ones name, where a bucket is set.
    pub logs: Option<LogEvents>,
    /// The queue that the messages come from.
    pub queue: Arc<SqsQueue>,
    /// The present time.
    pub clock: Arc<dyn Clock>,
}

impl World {
    /// The world that the environment describes.
    pub async fn from_environment(
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Failure> {
        let settings = RealtimeSettings::read(lookup).map_err(|error| Failure::give_up(&error))?;
        let place =
            |endpoint: &Option<String>| Place { endpoint: endpoint.clone(), ..Place::default() };
        let own = configuration(&place(&settings.own_endpoint)).await;
        let target = configuration(&place(&settings.target_endpoint)).await;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let role = RoleSpec {
            name: settings.role.as_str().to_owned(),
            external_id: settings.external_id.as_ref().map(|id| id.as_str().to_owned()),
            session_name: "accesstrail-realtime".to_owned(),
        };
        let options = SessionOptions { role: Some(role), ..SessionOptions::default() };
        let logs = settings.bucket.map(|bucket| {
            let logs = BucketLogs::new(target.clone(), &bucket, settings.owner.as_ref());
            let source = Source { bucket, prefix: key::prefix(&settings.prefix) };
            LogEvents { logs: Arc::new(logs), source }
        });
        let sessions =
            Sessions::connect(target, options, Arc::clone(&clock)).await.map_err(|error| {
                if error.is_passing() { Failure::retry(&error) } else { Failure::give_up(&error) }
            })?;
        let table = DynamoStore::new(aws_sdk_dynamodb::Client::new(&own), &settings.table);
        let store: Arc<dyn EventStore> = Arc::new(table);
        let feeds = Feeds::new(&own, settings.feed, store.clone(), Arc::clone(&clock))
            .map_err(|error| Failure::give_up(&error))?;
        let hub = settings.stack.as_ref().and_then(Hub::of);
        let queue = SqsQueue::new(aws_sdk_sqs::Client::new(&own), &settings.queue_url);
        Ok(Self {
            rereader: Rereader { sessions: Arc::new(sessions), store, clock: Arc::clone(&clock) },
            known: Arc::new(Known::new(settings.organization_account).with_hub(hub)),
            feeds,
            logs,
            queue: Arc::new(queue),
            clock,
        })
    }

    /// Handles the events of the messages together.
    pub(crate) async fn take(
        &self,
        messages: &[Incoming],
        invocation: &Invocation,
    ) -> Result<Outcome, PortError> {
        let live = Live {
            rereader: self.rereader.clone(),
            feeds: self.feeds.all().await?,
            known: Arc::clone(&self.known),
        };
        let until = invocation.deadline.checked_sub(RESERVE).unwrap_or(invocation.began);
        live.take(messages, &Stop::at(until)).await
    }
}
