//! The stream of events in a plan that sets up: the hub's bus, the bucket of the trail, and what sends.

use super::super::super::names::{self, EVENTS, FORWARD, Template};
use super::super::super::wanted::{Parameters, yes};
use super::super::super::write_action::Part;
use super::super::{PlanError, Target, Verb};
use super::{Draft, by_hand, named};
use crate::model::{AccountId, Region};
use crate::port::setup::{Place, TrailFound};

impl Draft<'_> {
    pub(super) fn stream(&mut self, in_one: bool) -> Result<(), PlanError> {
        let hub = self.facts.hub.clone();
        let words = [
            "events of every account arrive at one bus".to_owned(),
            "changes are seen by the next poll and not within seconds".to_owned(),
        ];
        if !self.has(EVENTS) && self.facts.buses.iter().any(|bus| bus.name == EVENTS) {
            return Err(PlanError::NotOurs { what: format!("event bus {EVENTS} in {hub}") });
        }
        let parameters = self.hub_stream();
        self.stack(&hub, EVENTS, Template::EventStreaming, parameters, words)?;
        self.notification();
        let regions = self.facts.regions(self.wanted);
        // Where the StackSet does not reach: the account of the management, which here is the hub's.
        if !in_one || self.facts.foreign_management().is_none() {
            for region in &regions {
                let place = Place { account: hub.account.clone(), region: region.clone() };
                let words = [
                    format!("events of {} in {region}", hub.account),
                    format!("changes of {} in {region} wait for the next poll", hub.account),
                ];
                let parameters = self.forward();
                self.stack(&place, FORWARD, Template::EventStreaming, parameters, words)?;
            }
        } else if let Some(account) = self.facts.foreign_management() {
            let all: Vec<&str> = regions.iter().map(Region::as_str).collect();
            let command = by_hand(FORWARD, Template::EventStreaming, &self.forward());
            let words = [
                format!("Deploy {FORWARD} in {account}, in each of {}", all.join(", ")),
                "StackSets leave the management account out, and this account may not enter it"
                    .to_owned(),
                "changes of the management account wait for the next poll".to_owned(),
            ];
            let id = format!("by-hand/{FORWARD}");
            self.push(id, Verb::ByHand, Target::Command(command), words, &[]);
        }
        if in_one {
            self.set(FORWARD, Template::EventStreaming, self.forward(), &regions)?;
        }
        Ok(())
    }

    /// The trail's bucket tells EventBridge, if it is in the hub's account; a bucket elsewhere is somebody else's. That of our
    /// own trail tells it from the beginning.
    fn notification(&mut self) {
        if self.makes_trail() {
            return;
        }
        let Some(trail) = self.facts.best_trail() else { return };
        let (bucket, lost) = (&trail.bucket, "new logs wait for the next backfill".to_owned());
        let id = format!("notification/{bucket}");
        let Some(found) = self.facts.notifications.get(bucket) else {
            let owner = trail.bucket_owner.as_ref().map_or("another account", AccountId::as_str);
            let account = &self.facts.hub.account;
            // The role has whatever name the hub's stack gave it, which is an output of that.
            let command = format!(
                "aws cloudformation deploy --stack-name accesstrail-logs --template-file \
                 cloudformation/log-bucket.yaml --tags managed-by=accesstrail --parameter-overrides \
                 TrailBucket={bucket} TrailPrefix={} HubAccountId={account} ReaderRoleArn=BACKFILL_ROLE_ARN",
                trail.prefix
            );
            let words = [
                format!("Have {bucket} tell of new logs, in {owner}"),
                "the bucket is not in the hub's account, or may not be looked at (BACKFILL_ROLE_ARN is the output \
                 BackfillRoleArn of the hub's stack)"
                    .to_owned(),
                lost,
            ];
            self.push(id, Verb::ByHand, Target::Command(command), words, &[]);
            return;
        };
        let verb = if found.event_bridge { Verb::Keep } else { Verb::Change };
        let others = found.others.len();
        let words = [
            format!("Have {bucket} tell EventBridge of new logs"),
            format!("they are read as they come; {others} other notifications stay as they are"),
            lost,
        ];
        let target = Target::Notification { bucket: bucket.clone(), event_bridge: true };
        self.push(id, verb, target, words, &[Part::Notification]);
    }

    fn hub_stream(&self) -> Parameters {
        let wanted = self.wanted;
        let endpoint = wanted.endpoint.as_ref();
        let (bucket, prefix) = self.logs_here();
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        named([
            ("Part", "hub".to_owned()),
            ("OrganizationId", text(&self.facts.organization.id)),
            ("QueueArn", text(&wanted.queue)),
            ("ArchiveDays", wanted.archive_days.to_string()),
            ("TrailBucket", bucket),
            ("TrailPrefix", prefix),
            ("LogQueueArn", text(&wanted.log_queue)),
            ("KmsKey", text(&wanted.kms_key)),
            ("AlarmTopic", text(&wanted.alarm_topic)),
            ("Endpoint", endpoint.map(|it| it.url.clone()).unwrap_or_default()),
            ("EndpointSecretArn", endpoint.map(|it| it.secret.clone()).unwrap_or_default()),
            ("EndpointRate", "50".to_owned()),
            ("HubBusArn", String::new()),
            ("ReadOnlyEvents", yes(false)),
            ("PermissionsBoundary", text(&wanted.permissions_boundary)),
        ])
    }

    /// The bucket whose new logs a rule of the hub's can hear, and the prefix there: that of our own trail, also before it is
    /// made, or that of one that is there.
    fn logs_here(&self) -> (String, String) {
        if self.makes_trail() {
            return (names::trail_bucket(&self.facts.hub), String::new());
        }
        let here = |trail: &&TrailFound| {
            trail.bucket_owner.as_ref() == Some(&self.facts.hub.account)
                && trail.bucket_region.as_ref() == Some(&self.facts.hub.region)
        };
        let trail = self.facts.best_trail().filter(here);
        trail.map_or_else(Default::default, |it| (it.bucket.clone(), it.prefix.clone()))
    }

    fn forward(&self) -> Parameters {
        let Place { account, region } = &self.facts.hub;
        let partition = &self.facts.organization.partition;
        let bus = format!("arn:{partition}:events:{region}:{account}:event-bus/{EVENTS}");
        let mut parameters = self.hub_stream();
        for of_the_hub in [
            "OrganizationId",
            "QueueArn",
            "TrailBucket",
            "TrailPrefix",
            "LogQueueArn",
            "KmsKey",
            "AlarmTopic",
        ] {
            parameters.insert(of_the_hub.to_owned(), String::new());
        }
        for endpoint in ["Endpoint", "EndpointSecretArn"] {
            parameters.insert(endpoint.to_owned(), String::new());
        }
        parameters.insert("Part".to_owned(), "forward".to_owned());
        parameters.insert("HubBusArn".to_owned(), bus);
        parameters.insert("ReadOnlyEvents".to_owned(), yes(self.wanted.read_only_events));
        parameters
    }
}
