//! The plan in force: which faults are due for a call, and what that counts.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{Fault, Occurrence, Plan, RequestView, ledger::lock};

/// The rules in force, with what they count.
#[derive(Debug)]
pub(super) struct Active {
    plan: Plan,
    counters: Vec<Counter>,
}

#[derive(Debug, Default)]
pub(super) struct Counter {
    seen: AtomicU64,
    /// How often each very call was seen, by its hash.
    repeats: Mutex<BTreeMap<u64, u64>>,
}

impl Counter {
    /// How often this very call was seen before.
    pub(super) fn repeat(&self, call: u64) -> u64 {
        let mut repeats = lock(&self.repeats);
        let count = repeats.entry(call).or_default();
        *count += 1;
        *count - 1
    }
}

impl Active {
    pub(super) fn new(plan: Plan) -> Arc<Self> {
        let counters = plan.rules().iter().map(|_| Counter::default()).collect();
        Arc::new(Self { plan, counters })
    }

    /// The faults that are due for a call, in plan order. Counts the call.
    pub(super) fn due(&self, view: &RequestView) -> Vec<(&Fault, &Counter)> {
        let rules = self.plan.rules().iter().zip(&self.counters);
        rules
            .filter(|(rule, counter)| {
                if !rule.when.names(view) {
                    return false;
                }
                let number = counter.seen.fetch_add(1, Ordering::Relaxed) + 1;
                match rule.when.occurrence() {
                    Occurrence::Always => true,
                    Occurrence::Between { first, last } => (first..=last).contains(&number),
                    Occurrence::Chance { per_mille, seed } => {
                        let call = hash(view, &view.body, &view.query);
                        let draw = mix(seed ^ mix(call ^ mix(counter.repeat(call))));
                        draw % 1000 < u64::from(per_mille)
                    }
                }
            })
            .map(|(rule, counter)| (&rule.then, counter))
            .collect()
    }
}

/// FNV-1a over what makes a call this call.
pub(super) fn hash(view: &RequestView, body: &[u8], query: &str) -> u64 {
    let account = view.account.as_deref().unwrap_or_default();
    let mut parts = vec![
        view.service.as_bytes(),
        view.action.as_bytes(),
        account.as_bytes(),
        view.region.as_bytes(),
        body,
    ];
    // What REST services say in the address, others say in the body.
    let address = [view.path.as_bytes(), query.as_bytes()];
    parts.extend(address.into_iter().filter(|part| !part.is_empty() && *part != b"/"));
    parts.join(&0).iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The finalizer of `SplitMix64`: every bit of the input reaches every bit of the output.
fn mix(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
