//! What the function stands on, made once per execution environment.

use std::collections::BTreeSet;
use std::sync::Arc;

use accesstrail_shared::aws::queue::SqsQueue;
use accesstrail_shared::aws::role::RoleSpec;
use accesstrail_shared::aws::session::{SessionOptions, Sessions};
use accesstrail_shared::aws::{Place, configuration};
use accesstrail_shared::collect::pipeline::{Inventory, PlanRequest, Reach};
use accesstrail_shared::collect::{AccountFilter, Options, registry};
use accesstrail_shared::lambda::feeds::Feeds;
use accesstrail_shared::lambda::{Failure, Invocation};
use accesstrail_shared::model::RunId;
use accesstrail_shared::port::{Clock, FindingStore, FollowUps, Redelivery, SystemClock};
use accesstrail_shared::settings::InventorySettings;
use accesstrail_shared::store::dynamo::DynamoStore;

use crate::event::Start;

/// What the function stands on.
#[derive(Debug)]
pub struct World {
    /// The pipeline.
    pub inventory: Inventory,
    /// The queue that the units' messages come from.
    pub redelivery: Arc<dyn Redelivery>,
    /// Where closed runs are fed to.
    pub feeds: Feeds,
    /// Where findings are kept.
    pub findings: Arc<dyn FindingStore>,
    /// The queue that what follows a run waits in: the units' own.
    pub follow_ups: Arc<dyn FollowUps>,
    settings: InventorySettings,
    /// The present time.
    pub clock: Arc<dyn Clock>,
}

impl World {
    /// The world that the environment describes.
    pub async fn from_environment(
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Failure> {
        let settings = InventorySettings::read(lookup).map_err(|error| Failure::give_up(&error))?;
        registry::check_skip(&settings.skip).map_err(|error| Failure::give_up(&error))?;
        let own =
            configuration(&Place { endpoint: settings.own_endpoint.clone(), ..Place::default() })
                .await;
        let target = configuration(&Place {
            endpoint: settings.target_endpoint.clone(),
            ..Place::default()
        })
        .await;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let role = RoleSpec {
            name: settings.role.as_str().to_owned(),
            external_id: settings.external_id.as_ref().map(|id| id.as_str().to_owned()),
            session_name: "accesstrail-inventory".to_owned(),
        };
        let options = SessionOptions { role: Some(role), ..SessionOptions::default() };
        let sessions =
            Sessions::connect(target, options, Arc::clone(&clock)).await.map_err(|error| {
                if error.is_passing() { Failure::retry(&error) } else { Failure::give_up(&error) }
            })?;
        let queue = SqsQueue::new(aws_sdk_sqs::Client::new(&own), &settings.queue_url);
        let queue = Arc::new(queue);
        let table = DynamoStore::new(aws_sdk_dynamodb::Client::new(&own), &settings.table);
        let table = Arc::new(table);
        let inventory = Inventory {
            sessions: Arc::new(sessions),
            store: Arc::<DynamoStore>::clone(&table),
            queue: Arc::<SqsQueue>::clone(&queue),
            clock: Arc::clone(&clock),
        };
        let (store, feed) = (Arc::clone(&inventory.store), settings.feed.clone());
        let feeds = Feeds::new(&own, feed, store, Arc::clone(&clock))
            .map_err(|error| Failure::give_up(&error))?;
        let follow_ups = Arc::<SqsQueue>::clone(&queue);
        let findings = table;
        Ok(Self { inventory, redelivery: queue, feeds, findings, follow_ups, settings, clock })
    }

    /// The plan that a start asks for.
    pub fn request(&self, start: &Start, invocation: &Invocation) -> PlanRequest {
        let run = match start.due {
            Some(due) => RunId::new(due, ""),
            None => RunId::new(invocation.began, invocation.id.get(..8).unwrap_or_default()),
        };
        let accounts =
            if start.accounts.is_empty() { &self.settings.accounts } else { &start.accounts };
        PlanRequest {
            run,
            trigger: start.trigger.to_owned(),
            reach: if accounts.is_empty() {
                Reach::Organization
            } else {
                Reach::Accounts(accounts.clone())
            },
            organization_account: self.settings.organization_account.clone(),
            identity_center_regions: self.settings.identity_center_region.iter().cloned().collect(),
            options: Options {
                full_credentials: self.settings.full_credentials,
                regions: self.settings.regions.iter().cloned().collect(),
                excluded_regions: self.settings.regions_exclude.iter().cloned().collect(),
                accounts: AccountFilter {
                    include: BTreeSet::new(),
                    exclude: self.settings.accounts_exclude.iter().cloned().collect(),
                    include_units: self.settings.ous.iter().cloned().collect(),
                    exclude_units: self.settings.ous_exclude.iter().cloned().collect(),
                },
                skip: self.settings.skip.iter().cloned().collect(),
                ..Options::default()
            },
        }
    }
}
