//! What was denied, and whether a policy of the role could give it.

use std::collections::{BTreeMap, BTreeSet};

use accesstrail_shared::collect::needs::ASSUME_ROLE;
use accesstrail_shared::model::{AccountId, Authority, Snapshot, Status};
use accesstrail_shared::permission::Need;

use crate::command::gaps::authority;

/// The denied actions.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Missing {
    /// By action: who denied it, and in how many accounts.
    denied: BTreeMap<String, BTreeMap<Authority, BTreeSet<String>>>,
    /// Actions that are denied and that this program does not declare.
    unknown: BTreeSet<String>,
}

/// Whether somebody who denied something can be outvoted by the role's own policy.
fn is_for_the_role(by: Authority) -> bool {
    matches!(by, Authority::Identity | Authority::Unspecified)
}

impl Missing {
    /// Reads it off the latest coverage of every scope.
    pub(super) fn of_coverage(snapshot: &Snapshot, needs: &[Need]) -> Self {
        let denials = snapshot.coverage().filter_map(|coverage| match &coverage.status {
            Status::Denied { action, by } => Some((action.as_str(), *by, &coverage.scope.account)),
            _ => None,
        });
        Self::of(denials, needs)
    }

    /// Of what was denied, by whom, in which account.
    pub(crate) fn of<'d>(
        denials: impl IntoIterator<Item = (&'d str, Authority, &'d AccountId)>,
        needs: &[Need],
    ) -> Self {
        let mut missing = Self::default();
        for (action, by, account) in denials {
            if needs.iter().any(|need| need.action == action) {
                let by_authority = missing.denied.entry(action.to_owned()).or_default();
                by_authority.entry(by).or_default().insert(account.to_string());
            } else {
                missing.unknown.insert(action.to_owned());
            }
        }
        missing
    }

    /// What to allow: what no policy of the role allowed, in some account.
    pub(crate) fn to_allow(&self) -> BTreeSet<String> {
        let helps = |(action, by): &(&String, &BTreeMap<Authority, _>)| {
            *action != ASSUME_ROLE.action && by.keys().any(|by| is_for_the_role(*by))
        };
        self.denied.iter().filter(helps).map(|(action, _)| action.clone()).collect()
    }

    /// What allowing it to the role would not change.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for (action, by_authority) in &self.denied {
            for (by, accounts) in by_authority {
                let places = accounts.iter().cloned().collect::<Vec<_>>().join(", ");
                if action == ASSUME_ROLE.action {
                    notes.push(format!(
                        "{places} could not be entered: the role there, its trust policy and the external id \
                         decide, no policy of this kind"
                    ));
                } else if !is_for_the_role(*by) {
                    notes.push(format!(
                        "{action} is denied by {} in {places}: no policy of the role changes that",
                        authority(*by)
                    ));
                }
            }
        }
        notes.extend(
            self.unknown
                .iter()
                .map(|action| format!("{action} was denied, and nothing here calls it any more")),
        );
        notes
    }
}

#[cfg(test)]
mod tests {
    use accesstrail_shared::collect::needs;
    use accesstrail_shared::model::{Coverage, RunId, Scope, Timestamp};

    use super::*;

    fn snapshot(denied: &[(&str, &str, Authority)]) -> Snapshot {
        let at = Timestamp::from_second(1_795_327_200).unwrap();
        let coverage = denied.iter().enumerate().map(|(number, (account, action, by))| Coverage {
            scope: format!("{account}/aws-global/x/c{number}").parse::<Scope>().unwrap(),
            run: RunId::new(at, ""),
            status: Status::Denied { action: (*action).to_owned(), by: *by },
            at,
            as_of: None,
            seen: 0,
            set_aside: Vec::new(),
            note: None,
        });
        Snapshot::new([], coverage.collect::<Vec<_>>())
    }

    #[test]
    fn what_a_policy_could_give_and_what_not() {
        const ONE: &str = "111122223333";
        const TWO: &str = "444455556666";
        let snapshot = snapshot(&[
            (ONE, "iam:ListUsers", Authority::Identity),
            (TWO, "iam:ListUsers", Authority::Scp),
            (ONE, "iam:GetLoginProfile", Authority::Boundary),
            (TWO, "iam:ListAccessKeys", Authority::Unspecified),
            (TWO, "sts:AssumeRole", Authority::Unspecified),
            (ONE, "iam:ListDreams", Authority::Identity),
        ]);
        let missing = Missing::of_coverage(&snapshot, &needs::all());
        let to_allow: Vec<String> = missing.to_allow().into_iter().collect();
        assert_eq!(to_allow, ["iam:ListAccessKeys", "iam:ListUsers"]);
        let notes = missing.notes();
        assert_eq!(notes.len(), 4, "{notes:#?}");
        for parts in [
            ["iam:GetLoginProfile", "a permissions boundary", ONE],
            ["iam:ListUsers", "a service control policy", TWO],
            ["external id", "could not be entered", TWO],
            ["iam:ListDreams", "was denied", "nothing here calls it"],
        ] {
            assert!(
                notes.iter().any(|note| parts.iter().all(|part| note.contains(part))),
                "{parts:?}"
            );
        }
        assert_eq!(Missing::of([], &needs::all()), Missing::default());
    }
}
