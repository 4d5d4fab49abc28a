//! What an answer of AWS's is worth so soon after an event: whether it stands, is asked for again, or is left to the next
//! run.
//!
//! What AWS answers may be older than the event that led to the question, and much of what it says yes to it does
//! afterwards. So an answer that does not show what its event says is no proof yet. How long it is doubted hangs on the
//! age of the event alone: an old one is never asked about twice.
//!
//! | the answer | while the event is younger | then |
//! |---|---|---|
//! | contradicts the event | than [`UNSETTLED`]: again after [`PAUSE`] | left to the run |
//! | shows something that AWS is at work on | than [`LASTING`]: again after [`WORK`] or [`LONG_WORK`] | left to the run |
//! | shows nothing new, and the event is of something that AWS does afterwards | than each of [`SLOW`]: again then | left to the run |
//! | shows nothing new | than [`FRESH`]: again then | stands |
//! | agrees | | stands |

use jiff::SignedDuration;

use super::{Expect, Named};
use crate::model::Timestamp;

/// For so long after an event, what AWS answers may still be older than it: IAM is eventually consistent.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>
pub const UNSETTLED: SignedDuration = SignedDuration::from_mins(2);

/// For so long after an event an answer that shows no change is asked for once more.
pub const FRESH: SignedDuration = SignedDuration::from_secs(10);

/// The pause before an answer that contradicts its event is asked for again.
pub const PAUSE: SignedDuration = SignedDuration::from_secs(5);

/// The ages of an event at which it is looked whether AWS has done what it said it would.
pub const SLOW: [SignedDuration; 3] = [FRESH, SignedDuration::from_secs(30), UNSETTLED];

/// For so long after the last of these an event counts as seen in time: who hears of it later, by a log, finds what
/// became of it long since.
const IN_TIME: SignedDuration = SignedDuration::from_mins(1);

/// For so long after an event AWS is waited for to end what it is at work on. A table is deleted within minutes, a
/// database within a quarter of an hour or not soon.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html>
pub const LASTING: SignedDuration = SignedDuration::from_mins(15);

/// The pause before what AWS is at work on is looked at again.
pub const WORK: SignedDuration = SignedDuration::from_secs(30);

/// The same once the event is older than [`UNSETTLED`].
pub const LONG_WORK: SignedDuration = SignedDuration::from_mins(1);

/// States that AWS leaves by itself within minutes, in lower case. A key that awaits its deletion is not among them: that
/// takes days.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html>,
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html>,
/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_Cluster.html>,
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceState.html>,
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html>
const UNDER_WAY: [&str; 10] = [
    "creating",
    "deleting",
    "modifying",
    "pending",
    "rebooting",
    "renaming",
    "shutting-down",
    "starting",
    "stopping",
    "updating",
];

/// Whether AWS is at work on something in this state.
pub fn is_under_way(state: &str) -> bool {
    UNDER_WAY.iter().any(|known| state.eq_ignore_ascii_case(known))
}

/// What a look showed of an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answer<'a> {
    /// It says the contrary of the event.
    pub is_contradicted: bool,
    /// Something became different by the event, now or before.
    pub shows: bool,
    /// A state that AWS is about to end ([`is_under_way`]).
    pub under_way: Option<&'a str>,
    /// A message brought the event alone. One that brought a whole log is not waited with for minutes: each time, all
    /// that the log touches is read again.
    pub is_alone: bool,
}

/// What becomes of the messages that wait for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The answer stands.
    Stands,
    /// They come again, not before then.
    Again(Timestamp),
    /// Those that brought one event alone come again, not before then.
    Wait(Timestamp),
    /// The answer is left to the next run, which this is told.
    Stale(String),
}

/// What becomes of the messages that wait for `name`.
pub fn after(name: &str, named: &Named, answer: &Answer<'_>, now: Timestamp) -> Verdict {
    let age = now.duration_since(named.event.at);
    let later = |pause: SignedDuration| now.checked_add(pause).unwrap_or(now);
    let told = |what: &str| Verdict::Stale(format!("{} of {name}, and {what}", named.event.name));
    if answer.is_contradicted {
        if age < UNSETTLED {
            return Verdict::Again(later(PAUSE));
        }
        let is = if named.expect == Expect::Gone { "still" } else { "not" };
        return told(&format!("AWS says that it is {is} there"));
    }
    if let Some(state) = answer.under_way {
        return match age {
            age if age >= LASTING || !answer.is_alone => {
                told(&format!("AWS is at work on it ({state})"))
            }
            age if age < UNSETTLED => Verdict::Wait(later(WORK)),
            _ => Verdict::Wait(later(LONG_WORK)),
        };
    }
    // What is gone and was not there either is what the event says.
    if answer.shows || named.expect == Expect::Gone {
        return Verdict::Stands;
    }
    let then = |step: SignedDuration| named.event.at.checked_add(step).unwrap_or(now);
    if age < FRESH {
        return Verdict::Again(then(FRESH));
    }
    if !named.slow || !answer.is_alone {
        return Verdict::Stands;
    }
    match SLOW.into_iter().find(|step| age < *step) {
        Some(step) => Verdict::Wait(then(step)),
        None if age < UNSETTLED + IN_TIME => told("AWS shows nothing of it yet"),
        None => Verdict::Stands,
    }
}

#[cfg(test)]
mod tests;
