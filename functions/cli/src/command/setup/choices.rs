//! What is to be set up, as it is typed: what is not typed stays as it was wanted last.

use std::collections::BTreeSet;

use accesstrail_shared::model::{AccountId, Region};
use accesstrail_shared::settings::ExternalId;
use accesstrail_shared::setup::wanted::{Deployment, Endpoint, Wanted};
use clap::Args;

use crate::error::Failure;

/// The heading of these options.
const HEADING: &str = "What is set up [default: as it was set up last, at first everything]";

/// Every choice.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = HEADING)]
pub(super) struct Choices {
    /// Tiers that are granted: 1 identities, 2 Identity Center, 3 resources, 4 events in real time
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = clap::value_parser!(u8).range(1..=4))]
    tier: Vec<u8>,

    /// Only the accounts below these units or roots, by their ids; `all` for the whole organization
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    unit: Vec<String>,

    /// Only these accounts
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    account: Vec<AccountId>,

    /// Accounts that are left out
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    exclude_account: Vec<AccountId>,

    /// Regions whose events are heard, beside the global one and the home of Identity Center
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    event_region: Vec<Region>,

    /// Deploy with two roles of your own: the ARN of the one that administers
    #[arg(long, value_name = "ARN", requires = "execution_role")]
    administration_role: Option<String>,

    /// The name of the other one, which executes in each account
    #[arg(long, value_name = "NAME", requires = "administration_role")]
    execution_role: Option<String>,

    /// In how many of a hundred accounts it may fail
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    tolerance: Option<u8>,

    /// In how many of a hundred accounts it works at once
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
    concurrent: Option<u8>,

    /// ARN of the policy that bounds every role
    #[arg(long, value_name = "ARN")]
    permissions_boundary: Option<String>,

    /// Name of the role in each account
    #[arg(long, value_name = "NAME")]
    role: Option<String>,

    /// Role of the hub with its path, as the trust names it
    #[arg(long, value_name = "NAME")]
    hub_role: Option<String>,

    /// The external id of every trust [default: generated once, and kept in the store]
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,

    /// Let the names of objects be listed
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    object_names: Option<bool>,

    /// Send calls that only read, too
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    read_only_events: Option<bool>,

    /// Create a trail where none is usable
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    create_trail: Option<bool>,

    /// For how many days events are kept
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=365))]
    archive_days: Option<u16>,

    /// ARN of the queue of the realtime function
    #[arg(long, value_name = "ARN")]
    queue: Option<String>,

    /// ARN of the queue of the backfill function, which is told of new logs
    #[arg(long, value_name = "ARN")]
    log_queue: Option<String>,

    /// ARN of the key of the bus, the archive and the queues
    #[arg(long, value_name = "ARN")]
    kms_key: Option<String>,

    /// ARN of the topic that the alarm notifies
    #[arg(long, value_name = "ARN")]
    alarm_topic: Option<String>,

    /// An https:// address that gets every event
    #[arg(long, value_name = "URL", requires = "endpoint_secret")]
    endpoint: Option<String>,

    /// ARN of the secret with the key that it is shown
    #[arg(long, value_name = "ARN", requires = "endpoint")]
    endpoint_secret: Option<String>,
}

impl Choices {
    /// The external id that was typed.
    pub(super) fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }

    /// Puts what was typed in the place of what was wanted.
    ///
    /// # Errors
    ///
    /// If the external id is none.
    pub(super) fn tell(&self, wanted: &mut Wanted) -> Result<(), Failure> {
        if let Some(id) = &self.external_id {
            id.parse::<ExternalId>()?;
        }
        replace(&mut wanted.tiers, &self.tier);
        if self.unit == ["all"] {
            wanted.units.clear();
        } else {
            replace(&mut wanted.units, &self.unit);
        }
        replace(&mut wanted.accounts, &self.account);
        replace(&mut wanted.accounts_exclude, &self.exclude_account);
        replace(&mut wanted.regions, &self.event_region);
        if let (Some(administration), Some(execution)) =
            (&self.administration_role, &self.execution_role)
        {
            wanted.deployment = Deployment::SelfManaged {
                administration_role: administration.clone(),
                execution_role: execution.clone(),
            };
        }
        set(&mut wanted.preferences.tolerance_percent, self.tolerance.as_ref());
        set(&mut wanted.preferences.concurrent_percent, self.concurrent.as_ref());
        set(&mut wanted.role, self.role.as_ref());
        set(&mut wanted.hub_role, self.hub_role.as_ref());
        set(&mut wanted.object_names, self.object_names.as_ref());
        set(&mut wanted.read_only_events, self.read_only_events.as_ref());
        set(&mut wanted.create_trail, self.create_trail.as_ref());
        set(&mut wanted.archive_days, self.archive_days.as_ref());
        for (place, typed) in [
            (&mut wanted.permissions_boundary, &self.permissions_boundary),
            (&mut wanted.queue, &self.queue),
            (&mut wanted.log_queue, &self.log_queue),
            (&mut wanted.kms_key, &self.kms_key),
            (&mut wanted.alarm_topic, &self.alarm_topic),
        ] {
            // An empty text takes back what was wanted before.
            if let Some(typed) = typed {
                *place = Some(typed.clone()).filter(|text| !text.is_empty());
            }
        }
        if let (Some(url), Some(secret)) = (&self.endpoint, &self.endpoint_secret) {
            wanted.endpoint = Some(Endpoint { url: url.clone(), secret: secret.clone() });
        }
        Ok(())
    }
}

fn set<T: Clone>(place: &mut T, typed: Option<&T>) {
    if let Some(typed) = typed {
        place.clone_from(typed);
    }
}

fn replace<T: Clone + Ord>(place: &mut BTreeSet<T>, typed: &[T]) {
    if !typed.is_empty() {
        *place = typed.iter().cloned().collect();
    }
}
