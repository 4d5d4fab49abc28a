//! When a message that was not done with comes again.
//!
//! Left alone, it waits for the whole visibility timeout of its queue, which has to be longer than any
//! invocation. Lambda itself never shortens that for what a batch answer names as failed.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use super::batch::Message;
use crate::aws::error::chain;
use crate::model::Timestamp;
use crate::port::Redelivery;

/// The longest pause after the first delivery.
const FIRST: Duration = Duration::from_secs(10);

/// How much longer each pause may be than the one before.
const GROWTH: u32 = 6;

/// The longest pause. With the deliveries that the queue's redrive policy allows, a message outlasts an
/// outage of half a day.
const LONGEST: Duration = Duration::from_hours(2);

/// SQS hides a message for at most 12 hours from its delivery, of which an invocation may have used 15
/// minutes.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html>
const MOST_HIDDEN: Duration = Duration::from_hours(12).saturating_sub(Duration::from_mins(15));

/// How long the queue may take to hear it: what is left of the invocation belongs to ending in good order.
const PATIENCE: Duration = Duration::from_secs(5);

/// When a message comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// At once: it can never succeed, and reaches the dead-letter queue the sooner.
    AtOnce,
    /// After a pause that grows with each delivery: what is in its way may pass, or be repaired.
    Later,
    /// Not before then: somebody else holds what it is about.
    NotBefore(Timestamp),
}

impl Again {
    /// How long a message waits, in whole seconds; `receives` counts its deliveries, from 1.
    ///
    /// The pauses of two messages that failed together differ: each is between half of the longest pause
    /// and all of it, chosen by the message's id.
    pub fn delay(self, id: &str, receives: u32, now: Timestamp) -> Duration {
        let exact = match self {
            Self::AtOnce => Duration::ZERO,
            Self::Later => {
                let growth = GROWTH.checked_pow(receives.saturating_sub(1)).unwrap_or(u32::MAX);
                let longest = FIRST.saturating_mul(growth).min(LONGEST);
                let mut hasher = DefaultHasher::new();
                (id, receives).hash(&mut hasher);
                let half = longest / 2;
                half + half * u32::from(hasher.finish().to_be_bytes()[0]) / u32::from(u8::MAX)
            }
            Self::NotBefore(then) => {
                Duration::try_from(then.duration_since(now)).unwrap_or_default()
            }
        };
        // A moment before is too early, so a part of a second is a whole one.
        let whole = exact.as_secs().saturating_add(u64::from(exact.subsec_nanos() > 0));
        Duration::from_secs(whole).min(MOST_HIDDEN)
    }
}

/// Tells the queue when to deliver a message again. A queue that cannot be told delivers it after its own
/// timeout, so this only warns.
pub(super) async fn tell(queue: &dyn Redelivery, message: &Message, again: Again, now: Timestamp) {
    let Some(receipt) = &message.receipt else { return };
    let delay = again.delay(&message.id, message.receives, now);
    let reason = match tokio::time::timeout(PATIENCE, queue.again_in(receipt, delay)).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => chain(&error),
        Err(_) => format!("no answer within {PATIENCE:?}"),
    };
    tracing::warn!(
        message_id = message.id,
        queue = receipt.queue,
        action = "sqs:ChangeMessageVisibility",
        reason,
        "a failed message waits for the whole visibility timeout of its queue"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T06:00:00Z".parse().unwrap()
    }

    #[test]
    fn pauses_grow_up_to_two_hours_and_differ() {
        let longest = [10, 60, 360, 2_160, 7_200, 7_200];
        for (receives, longest) in (1..).zip(longest) {
            let pauses: Vec<u64> = (0..100)
                .map(|id| Again::Later.delay(&format!("message-{id}"), receives, now()).as_secs())
                .collect();
            let (least, most) = (*pauses.iter().min().unwrap(), *pauses.iter().max().unwrap());
            assert!(least >= longest / 2 && most <= longest, "{receives}: {least} to {most}");
            // Spread over the upper half, not bunched: a tenth of it at either end is reached.
            assert!(least <= longest * 6 / 10 && most >= longest * 9 / 10, "{least} to {most}");
        }
        let (never, often) = (0, u32::MAX);
        assert!(Again::Later.delay("x", never, now()) <= FIRST);
        assert!(Again::Later.delay("x", often, now()) <= LONGEST);
    }

    #[test]
    fn what_is_held_waits_for_its_lease_and_never_longer_than_the_queue_allows() {
        let held =
            |until: &str| Again::NotBefore(until.parse().unwrap()).delay("x", 1, now()).as_secs();
        assert_eq!(held("2026-11-22T06:15:01Z"), 901);
        assert_eq!(held("2026-11-22T06:00:00.001Z"), 1, "not a moment too early");
        assert_eq!(held("2026-11-22T05:59:00Z"), 0, "a lease that has ended");
        assert_eq!(held("2026-11-23T06:00:00Z"), 11 * 3_600 + 45 * 60);
    }

    #[test]
    fn what_can_never_succeed_comes_at_once() {
        assert_eq!(Again::AtOnce.delay("x", 5, now()), Duration::ZERO);
    }
}
