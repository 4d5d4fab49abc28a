//! How fast an account's services may be called, so that the customer's own tools are left their share.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::model::Region;

/// A limit on the calls to one service in one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Calls per second in the long run.
    pub per_second: u32,
    /// Calls at the same time.
    pub at_once: usize,
}

/// The limits of a run, by service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// IAM, per account.
    pub iam: Limit,
    /// Organizations: one budget for the whole organization.
    pub organizations: Limit,
    /// Identity Center and its identity store together: AWS throttles the APIs of the one as a group,
    /// at 20 transactions per second shared with the customer's own tools.
    ///
    /// <https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html>
    pub identity_center: Limit,
    /// S3, per account and region: it allows thousands.
    pub s3: Limit,
    /// Every other service, each per account and region. The slowest of them, the control plane of Lambda,
    /// allows 15 a second; EC2 refills 20 a second.
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>,
    /// <https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html>
    pub other: Limit,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            iam: Limit { per_second: 20, at_once: 4 },
            organizations: Limit { per_second: 10, at_once: 4 },
            identity_center: Limit { per_second: 20, at_once: 6 },
            s3: Limit { per_second: 100, at_once: 16 },
            other: Limit { per_second: 10, at_once: 4 },
        }
    }
}

/// The gates of one account: one for each global service, and one for each other service and region.
#[derive(Debug)]
pub struct Gates {
    iam: Arc<Gate>,
    organizations: Arc<Gate>,
    identity_center: Arc<Gate>,
    limits: Limits,
    regional: std::sync::Mutex<BTreeMap<(String, Region), Arc<Gate>>>,
}

impl Gates {
    /// Gates with these limits.
    pub fn new(limits: &Limits) -> Self {
        Self {
            iam: Arc::new(Gate::new(limits.iam)),
            organizations: Arc::new(Gate::new(limits.organizations)),
            identity_center: Arc::new(Gate::new(limits.identity_center)),
            limits: *limits,
            regional: std::sync::Mutex::default(),
        }
    }

    /// The gate of the service that an IAM action belongs to, in a region.
    pub fn of(&self, action: &str, region: &Region) -> Arc<Gate> {
        match action.split(':').next().unwrap_or_default() {
            "iam" => Arc::clone(&self.iam),
            "organizations" => Arc::clone(&self.organizations),
            "sso" | "identitystore" | "sso-directory" => Arc::clone(&self.identity_center),
            service => {
                let limit = if service == "s3" { self.limits.s3 } else { self.limits.other };
                let mut regional = self.regional.lock().unwrap_or_else(PoisonError::into_inner);
                let gate = regional.entry((service.to_owned(), region.clone()));
                Arc::clone(gate.or_insert_with(|| Arc::new(Gate::new(limit))))
            }
        }
    }
}

/// How much slower a throttled gate gets at the most.
const SLOWEST: u32 = 16;

/// How many calls in a row have to succeed before a gate that was slowed down gets faster again.
const RECOVERY: u32 = 10;

/// How fast a gate lets calls through right now.
#[derive(Debug)]
struct Pace {
    /// When the next call would be due if every call were evenly spaced.
    due: Option<Instant>,
    /// How many times the gate's own spacing lies between two calls.
    slower: u32,
    /// Calls that succeeded since the gate last changed its pace.
    good: u32,
}

/// Lets calls through at a rate, a few at once. The rate halves when AWS throttles and comes back, step by step,
/// while it does not.
#[derive(Debug)]
pub struct Gate {
    spacing: Duration,
    burst: Duration,
    pace: Mutex<Pace>,
    slots: Arc<Semaphore>,
}

impl Gate {
    /// A gate with this limit; up to one second's worth of calls may come at once.
    pub fn new(limit: Limit) -> Self {
        let spacing = Duration::from_secs(1) / limit.per_second.max(1);
        Self {
            spacing,
            burst: Duration::from_secs(1),
            pace: Mutex::new(Pace { due: None, slower: 1, good: 0 }),
            slots: Arc::new(Semaphore::new(limit.at_once.max(1))),
        }
    }

    /// Waits for a turn. The call holds its slot as long as it holds what is returned.
    pub async fn enter(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed, so there is always a permit.
        let slot = Arc::clone(&self.slots).acquire_owned().await.ok();
        let wait_until = {
            let mut pace = self.pace.lock().await;
            let now = Instant::now();
            // A gate that was slowed down gives nothing in advance.
            let advance = if pace.slower == 1 { self.burst } else { Duration::ZERO };
            let earliest = now.checked_sub(advance).unwrap_or(now);
            let mine = pace.due.map_or(now, |due| due.max(earliest));
            pace.due = Some(mine + self.spacing * pace.slower);
            mine
        };
        tokio::time::sleep_until(wait_until).await;
        slot
    }

    /// Takes what became of a call: throttled, or not.
    pub async fn tell(&self, throttled: bool) {
        let mut pace = self.pace.lock().await;
        if throttled {
            pace.slower = (pace.slower * 2).min(SLOWEST);
            pace.good = 0;
        } else {
            pace.good += 1;
            if pace.good >= RECOVERY && pace.slower > 1 {
                pace.slower /= 2;
                pace.good = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn calls_are_spaced_after_a_burst() {
        let gate = Gate::new(Limit { per_second: 10, at_once: 100 });
        let start = Instant::now();
        for _ in 0..30 {
            drop(gate.enter().await);
        }
        let elapsed = start.elapsed();
        assert!(
            elapsed >= Duration::from_millis(1_900) && elapsed <= Duration::from_secs(3),
            "{elapsed:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttled_gate_gets_slower_and_recovers() {
        let gate = Gate::new(Limit { per_second: 10, at_once: 100 });
        let ten_calls = async || {
            let start = Instant::now();
            for _ in 0..10 {
                drop(gate.enter().await);
            }
            start.elapsed()
        };
        ten_calls().await;
        gate.tell(true).await;
        gate.tell(true).await;
        let slowed = ten_calls().await;
        assert!(slowed >= Duration::from_millis(3_500), "{slowed:?}");
        for _ in 0..2 * RECOVERY {
            gate.tell(false).await;
        }
        ten_calls().await;
        let recovered = ten_calls().await;
        assert!(recovered <= Duration::from_millis(1_100), "{recovered:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_at_once() {
        let gate = Gate::new(Limit { per_second: 1_000, at_once: 2 });
        let (one, two) = (gate.enter().await, gate.enter().await);
        assert!(tokio::time::timeout(Duration::from_secs(5), gate.enter()).await.is_err());
        drop((one, two));
        assert!(tokio::time::timeout(Duration::from_secs(5), gate.enter()).await.is_ok());
    }

    #[test]
    fn regional_services_have_a_gate_for_each_region() {
        let gates = Gates::new(&Limits::default());
        let (here, there): (Region, Region) =
            ("eu-west-1".parse().unwrap(), "us-east-1".parse().unwrap());
        let same = |a: (&str, &Region), b: (&str, &Region)| {
            Arc::ptr_eq(&gates.of(a.0, a.1), &gates.of(b.0, b.1))
        };
        assert!(same(("kms:ListKeys", &here), ("kms:ListGrants", &here)));
        assert!(!same(("kms:ListKeys", &here), ("kms:ListKeys", &there)));
        assert!(!same(("kms:ListKeys", &here), ("rds:DescribeDBInstances", &here)));
        assert!(same(("iam:ListUsers", &here), ("iam:ListRoles", &there)));
        assert!(same(("sso:ListInstances", &here), ("identitystore:ListUsers", &there)));
    }
}
