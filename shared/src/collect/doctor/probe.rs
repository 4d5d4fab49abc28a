//! Few calls that stand for all: each action is tried until it was answered, twice at the most.
//!
//! A collector that is run with a probe makes its own calls with real arguments, found by its own lists, and is
//! told after the first answer that it was asked often enough. So a check costs one or two calls for each
//! action, and what is checked is what is really called.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::aws::error::{CallError, Fault};
use crate::model::Authority;

/// How often an action is tried that was not answered: what refuses may be the policy of one resource.
const TRIES: u32 = 2;

/// What AWS said to an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::collect) enum Heard {
    /// It is allowed: an answer, or a complaint about something else than the permission.
    Answer,
    /// It is denied, in these words.
    Denial(Authority, String),
    /// There is nothing to ask here, in these words.
    Nothing(String),
    /// Neither, in these words.
    Failure(String),
}

impl Heard {
    fn of<T>(outcome: &Result<T, CallError>) -> Self {
        outcome.as_ref().err().map_or(Self::Answer, Self::of_failure)
    }

    /// What a failure says about the permission.
    pub(super) fn of_failure(error: &CallError) -> Self {
        let words = error.summary.clone();
        match error.fault {
            Fault::Denied(by) => Self::Denial(by, words),
            // Whoever may not ask is told so before anything else.
            Fault::NotFound | Fault::NotReady | Fault::TokenRefused => Self::Answer,
            Fault::NotInOrganization => {
                Self::Nothing("the account is not in an organization".to_owned())
            }
            Fault::NotOffered => Self::Nothing(format!("not offered in {}", error.region)),
            Fault::Throttled
            | Fault::ExpiredCredentials
            | Fault::BadCredentials
            | Fault::Unavailable
            | Fault::Other => Self::Failure(words),
        }
    }

    /// Which of several to believe: one answer is enough.
    fn rank(&self) -> u8 {
        match self {
            Self::Answer => 0,
            Self::Denial(..) => 1,
            Self::Nothing(_) => 2,
            Self::Failure(_) => 3,
        }
    }
}

#[derive(Debug, Default)]
struct Tried {
    calls: u32,
    heard: Option<Heard>,
}

/// What was tried and heard so far.
#[derive(Debug, Default)]
pub(in crate::collect) struct Probe(Mutex<BTreeMap<&'static str, Tried>>);

impl Probe {
    /// Whether to make another call of an action; counts it if so.
    pub(in crate::collect) fn admits(&self, action: &'static str) -> bool {
        let mut tried = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tried = tried.entry(action).or_default();
        let open = tried.heard != Some(Heard::Answer) && tried.calls < TRIES;
        tried.calls += u32::from(open);
        open
    }

    /// Takes what came of a call.
    pub(in crate::collect) fn hear<T>(&self, action: &'static str, outcome: &Result<T, CallError>) {
        let heard = Heard::of(outcome);
        let mut tried = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = &mut tried.entry(action).or_default().heard;
        if known.as_ref().is_none_or(|known| heard.rank() < known.rank()) {
            *known = Some(heard);
        }
    }

    /// What is believed of an action; `None` where it was not tried.
    pub(in crate::collect) fn heard(&self, action: &str) -> Option<Heard> {
        let tried = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tried.get(action).and_then(|tried| tried.heard.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(fault: Fault) -> CallError {
        CallError {
            action: "iam:ListUsers",
            account: "111122223333".parse().unwrap(),
            region: crate::model::Region::global(),
            fault,
            code: None,
            summary: "words".to_owned(),
            source: "words".into(),
        }
    }

    #[test]
    fn one_answer_is_enough_and_two_tries_are() {
        let probe = Probe::default();
        assert!(probe.admits("a") && probe.heard("a").is_none());
        probe.hear("a", &Ok(()));
        assert!(!probe.admits("a"));
        assert!(probe.admits("b"));
        probe.hear::<()>("b", &Err(failure(Fault::Denied(Authority::Resource))));
        assert!(probe.admits("b"), "another resource may be another matter");
        probe.hear::<()>("b", &Err(failure(Fault::Throttled)));
        assert!(!probe.admits("b"));
        let denial = Heard::Denial(Authority::Resource, "words".to_owned());
        assert_eq!(probe.heard("b"), Some(denial));
        probe.hear("b", &Ok(()));
        assert_eq!(probe.heard("b"), Some(Heard::Answer));
        assert_eq!(probe.heard("c"), None);
    }

    #[test]
    fn what_each_fault_says_about_the_permission() {
        let words = || "words".to_owned();
        let rows = [
            (Fault::Denied(Authority::Scp), Heard::Denial(Authority::Scp, words())),
            (Fault::NotFound, Heard::Answer),
            (Fault::NotReady, Heard::Answer),
            (Fault::TokenRefused, Heard::Answer),
            (
                Fault::NotInOrganization,
                Heard::Nothing("the account is not in an organization".to_owned()),
            ),
            (Fault::NotOffered, Heard::Nothing("not offered in aws-global".to_owned())),
            (Fault::Throttled, Heard::Failure(words())),
            (Fault::Unavailable, Heard::Failure(words())),
            (Fault::Other, Heard::Failure(words())),
        ];
        for (fault, expected) in rows {
            assert_eq!(Heard::of_failure(&failure(fault.clone())), expected, "{fault:?}");
        }
    }
}
