//! Coverage: what a run could see, per scope, as data.
//!
//! Unknown, empty and false are three different things and stay different. Only a scope whose status
//! is [`Status::Complete`] may tombstone what it did not list.

use std::fmt;

use super::{RunId, Scope, Timestamp};

/// Which kind of policy refused a call, as far as the error says.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Authority {
    /// No identity-based policy allows it, or one denies it.
    Identity,
    /// A service control policy.
    Scp,
    /// A resource control policy.
    Rcp,
    /// A permissions boundary.
    Boundary,
    /// A session policy.
    Session,
    /// A resource-based policy (for `sts:AssumeRole`: the trust policy).
    Resource,
    /// The error does not say.
    Unspecified,
}

/// Why a scope does not exist to be looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unavailable {
    /// The account does not have the region enabled.
    RegionNotEnabled,
    /// The account is not `ACTIVE`; the state as Organizations gives it.
    AccountState(String),
    /// The account is no longer part of the organization.
    AccountLeft,
    /// The account does not belong to an organization.
    NotInOrganization,
    /// The service is not set up here; the text says what that means.
    ServiceOff(String),
}

impl Unavailable {
    /// Whether there is nothing to see (as opposed to something that could not be seen).
    pub fn is_nothing_to_see(&self) -> bool {
        matches!(self, Self::RegionNotEnabled | Self::NotInOrganization | Self::ServiceOff(_))
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RegionNotEnabled => f.write_str("the region is not enabled in this account"),
            Self::AccountState(state) => write!(f, "the account is {state}"),
            Self::AccountLeft => f.write_str("the account left the organization"),
            Self::NotInOrganization => f.write_str("the account is not in an organization"),
            Self::ServiceOff(what) => f.write_str(what),
        }
    }
}

/// How completely a scope was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Everything was listed.
    Complete,
    /// Something was listed, then `action` failed, or items were set aside.
    Partial {
        /// The IAM action that failed, or the action whose answer held what was set aside.
        action: String,
        /// What happened, as one line.
        reason: String,
    },
    /// AWS refused `action`.
    Denied {
        /// The IAM action that was refused.
        action: String,
        /// What refused it.
        by: Authority,
    },
    /// Retries were used up while AWS throttled `action`.
    Throttled {
        /// The IAM action that was throttled.
        action: String,
    },
    /// There is nothing that could be looked at.
    Unavailable(Unavailable),
    /// A filter of the user's excludes it; the text names the filter.
    Excluded(String),
}

impl Status {
    /// The status in one word, as documents and screens carry it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial { .. } => "partial",
            Self::Denied { .. } => "denied",
            Self::Throttled { .. } => "throttled",
            Self::Unavailable(_) => "unavailable",
            Self::Excluded(_) => "excluded",
        }
    }

    /// Whether what the scope did not list may be tombstoned.
    pub fn may_tombstone(&self) -> bool {
        matches!(self, Self::Complete)
    }

    /// Whether something that exists was not seen although it was asked for.
    pub fn is_gap(&self) -> bool {
        match self {
            Self::Complete | Self::Excluded(_) => false,
            Self::Unavailable(why) => !why.is_nothing_to_see(),
            Self::Partial { .. } | Self::Denied { .. } | Self::Throttled { .. } => true,
        }
    }
}

/// One thing that could not be understood and was put aside, so that its neighbours are kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetAside {
    /// What it was, as far as that is known (an ARN, a row number).
    pub what: String,
    /// Why it could not be understood.
    pub reason: String,
}

/// How one run saw one scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The scope.
    pub scope: Scope,
    /// The run that looked.
    pub run: RunId,
    /// How completely it was seen.
    pub status: Status,
    /// When the looking ended.
    pub at: Timestamp,
    /// The moment that the answer is about, where AWS made it before it was asked for (the credential
    /// report); `None` where AWS looked when it was asked.
    pub as_of: Option<Timestamp>,
    /// How many entities were seen.
    pub seen: u64,
    /// What was put aside.
    pub set_aside: Vec<SetAside>,
    /// Anything a reader should know: a fallback that was taken, a default that was assumed.
    pub note: Option<String>,
}

impl Coverage {
    /// When what was seen was there, and what was not seen was not.
    pub fn seen_at(&self) -> Timestamp {
        self.as_of.map_or(self.at, |as_of| as_of.min(self.at))
    }

    /// What this look, of a run that began at `started`, says about its scope as a whole.
    pub fn look(&self, started: Timestamp) -> Look {
        let from = self.as_of.map_or(started, |as_of| as_of.min(started));
        Look { from, seen: self.seen_at() }
    }
}

/// A look at a whole scope: an answer about everything that is in it and everything that is not.
///
/// It stands for one answer about each entity, so that an unchanged entity need not be written to be
/// known as seen again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// From when on AWS was asked: whatever was observed before is older than this look. The start of
    /// the run, or the moment of an older answer ([`Coverage::as_of`]).
    pub from: Timestamp,
    /// When what it saw was there ([`Coverage::seen_at`]).
    pub seen: Timestamp,
}

impl Look {
    /// Whether an answer that was observed then is older than the look.
    pub fn is_newer_than(self, observed: Timestamp) -> bool {
        observed < self.from
    }

    /// The look as it is kept after an earlier one: what was seen once was seen.
    #[must_use]
    pub fn after(self, earlier: Option<Self>) -> Self {
        let seen = earlier.map_or(self.seen, |earlier| earlier.seen.max(self.seen));
        Self { seen, ..self }
    }
}

/// The coverage of one account, summed up over its scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountCoverage {
    /// Every scope that exists was seen completely.
    Complete,
    /// Some of it was seen.
    Partial,
    /// Nothing was seen, because AWS refused.
    Denied,
    /// There was nothing to look into: suspended, closed, left.
    Unavailable,
    /// Nobody has looked into it: it was not asked for, a filter leaves it out, or a run has not come to it yet.
    Unseen,
}

impl AccountCoverage {
    /// Sums up the statuses of one account's scopes. Without any, the account is [`Self::Unseen`]: it is
    /// known by name only, and nothing can be said about it.
    pub fn of<'a>(statuses: impl IntoIterator<Item = &'a Status>) -> Self {
        let (mut complete, mut denied, mut unavailable, mut other) = (0_u32, 0_u32, 0_u32, 0_u32);
        let mut looked = false;
        for status in statuses {
            looked |= !matches!(status, Status::Excluded(_));
            match status {
                Status::Complete => complete += 1,
                Status::Unavailable(why) if why.is_nothing_to_see() => {}
                Status::Excluded(_) => {}
                Status::Unavailable(_) => unavailable += 1,
                Status::Denied { .. } => denied += 1,
                Status::Partial { .. } | Status::Throttled { .. } => other += 1,
            }
        }
        match (complete, denied, unavailable, other) {
            _ if !looked => Self::Unseen,
            (_, 0, 0, 0) if complete > 0 => Self::Complete,
            (0, _, _, 0) if denied > 0 => Self::Denied,
            (0, 0, _, 0) => Self::Unavailable,
            _ => Self::Partial,
        }
    }

    /// The summary in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Denied => "denied",
            Self::Unavailable => "unavailable",
            Self::Unseen => "unseen",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn denied() -> Status {
        Status::Denied { action: "iam:ListUsers".to_owned(), by: Authority::Scp }
    }

    #[test]
    fn an_account_is_summed_up() {
        let suspended = Status::Unavailable(Unavailable::AccountState("SUSPENDED".to_owned()));
        let lone = Status::Unavailable(Unavailable::NotInOrganization);
        let excluded = Status::Excluded("--regions".to_owned());
        let rows = [
            (vec![Status::Complete], AccountCoverage::Complete),
            (vec![Status::Complete, lone], AccountCoverage::Complete),
            (vec![Status::Complete, denied()], AccountCoverage::Partial),
            (vec![denied(), denied()], AccountCoverage::Denied),
            (vec![suspended.clone()], AccountCoverage::Unavailable),
            (vec![suspended, Status::Complete], AccountCoverage::Partial),
            (vec![excluded, Status::Complete], AccountCoverage::Complete),
            (vec![], AccountCoverage::Unseen),
        ];
        for (statuses, expected) in rows {
            assert_eq!(AccountCoverage::of(&statuses), expected, "{statuses:?}");
        }
    }

    #[test]
    fn only_complete_scopes_tombstone() {
        assert!(Status::Complete.may_tombstone());
        for status in [
            denied(),
            Status::Throttled { action: "x".into() },
            Status::Unavailable(Unavailable::AccountLeft),
        ] {
            assert!(!status.may_tombstone());
            assert!(status.is_gap());
        }
    }

    fn any_status() -> impl Strategy<Value = Status> {
        let text = || "[a-z:]{1,12}";
        prop_oneof![
            Just(Status::Complete),
            (text(), text()).prop_map(|(action, reason)| Status::Partial { action, reason }),
            text().prop_map(|action| Status::Denied { action, by: Authority::Identity }),
            text().prop_map(|action| Status::Throttled { action }),
            Just(Status::Unavailable(Unavailable::AccountLeft)),
            Just(Status::Unavailable(Unavailable::NotInOrganization)),
            text().prop_map(Status::Excluded),
        ]
    }

    proptest! {
        #[test]
        fn an_account_is_complete_only_without_gaps(statuses in proptest::collection::vec(any_status(), 0..8)) {
            let coverage = AccountCoverage::of(&statuses);
            let gaps = statuses.iter().any(Status::is_gap);
            if coverage == AccountCoverage::Complete {
                prop_assert!(!gaps, "{:?}", statuses);
            }
            // What a filter leaves out is no look.
            let unseen = statuses.iter().all(|status| matches!(status, Status::Excluded(_)));
            prop_assert_eq!(coverage == AccountCoverage::Unseen, unseen);
            // The order in which scopes end says nothing.
            let backwards: Vec<Status> = statuses.iter().rev().cloned().collect();
            prop_assert_eq!(AccountCoverage::of(&backwards), coverage);
        }

        #[test]
        fn what_may_be_buried_has_no_gap(status in any_status()) {
            prop_assert!(!(status.may_tombstone() && status.is_gap()));
            prop_assert_eq!(status.may_tombstone(), status.word() == "complete");
        }
    }
}
