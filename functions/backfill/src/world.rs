//! What the function stands on, made once per execution environment.

use std::sync::Arc;

use accesstrail_shared::aws::logs::BucketLogs;
use accesstrail_shared::aws::queue::SqsQueue;
use accesstrail_shared::aws::{Place, configuration};
use accesstrail_shared::backfill::message::{Job, Source};
use accesstrail_shared::backfill::{Backfill, BackfillError, Plan, Progress, Tally, Window, plan};
use accesstrail_shared::lambda::Failure;
use accesstrail_shared::port::{Clock, PortError, SystemClock};
use accesstrail_shared::settings::BackfillSettings;
use accesstrail_shared::store::dynamo::DynamoStore;
use accesstrail_shared::trail::key;
use accesstrail_shared::usage::day::Day;

use crate::event::Start;

/// Objects that are fetched at once: with a megabyte each at most, a small part of the function's memory.
const IN_FLIGHT: usize = 32;

/// What the function stands on.
#[derive(Debug)]
pub struct World {
    /// The work.
    pub backfill: Backfill,
    /// Where the logs are.
    pub source: Source,
    /// The queue that the messages come from.
    pub queue: Arc<SqsQueue>,
    /// The present time.
    pub clock: Arc<dyn Clock>,
}

impl World {
    /// The world that the environment describes. Nothing is asked yet: a bucket that cannot be read is told by the messages
    /// about it.
    pub async fn from_environment(
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Failure> {
        let settings = BackfillSettings::read(lookup).map_err(|error| Failure::give_up(&error))?;
        let place =
            |endpoint: &Option<String>| Place { endpoint: endpoint.clone(), ..Place::default() };
        let own = configuration(&place(&settings.own_endpoint)).await;
        let target = configuration(&place(&settings.target_endpoint)).await;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let table = DynamoStore::new(aws_sdk_dynamodb::Client::new(&own), &settings.table);
        let logs = BucketLogs::new(target, &settings.bucket, settings.owner.as_ref());
        let queue = SqsQueue::new(aws_sdk_sqs::Client::new(&own), &settings.queue_url);
        Ok(Self {
            backfill: Backfill::new(
                Arc::new(logs),
                Arc::new(table),
                Arc::clone(&clock),
                1,
                IN_FLIGHT,
            ),
            source: Source { bucket: settings.bucket, prefix: key::prefix(&settings.prefix) },
            queue: Arc::new(queue),
            clock,
        })
    }

    fn window(&self) -> Window {
        Window { prefix: Some(self.source.prefix.clone()), ..Window::default() }
    }

    /// The days that a start asks for.
    pub async fn plan(&self, start: &Start) -> Result<Plan, PortError> {
        let today = Day(self.clock.now().as_second().div_euclid(86_400));
        let window = Window {
            accounts: start.accounts.clone(),
            regions: start.regions.clone(),
            from: Some(Day(today.0 - i64::from(start.days))),
            ..self.window()
        };
        plan(&*self.backfill.logs, &window).await
    }

    /// Reads a day of an account. Reading it again changes nothing.
    pub async fn day(&self, job: &Job) -> Result<Tally, BackfillError> {
        let window = Window { regions: job.regions.clone(), ..self.window() };
        let plan = Plan::of_account(&*self.backfill.logs, &window, &job.unit.account).await?;
        let progress = Arc::new(Progress::default());
        self.backfill.unit_of(job.run.as_ref(), &plan, &job.unit, &progress).await
    }
}
