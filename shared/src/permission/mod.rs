//! What AWS must allow, and the policies that allow exactly that.
//!
//! Pure: the calls that the collectors declare come in as [`Need`]s, what goes out is statements
//! ([`policy`]), the parts of the role that they stand in ([`role`]), their spellings ([`write`]) and the table of the documentation ([`table`]). What an action
//! may be narrowed to, and that it exists and only reads, is in [`reference`].

pub mod policy;
pub mod reference;
pub mod role;
pub mod table;
pub mod write;

use std::collections::BTreeSet;

use crate::model::Capability;

/// How much is lost when a call may not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Required: identities, accounts and the organization.
    One,
    /// Required once Identity Center is in use.
    Two,
    /// Per type of resource, each optional.
    Three,
    /// Setup and monitoring.
    Four,
}

impl Tier {
    /// Every tier.
    pub const ALL: [Self; 4] = [Self::One, Self::Two, Self::Three, Self::Four];

    /// The tiers of what is looked at; the fourth is about accesstrail itself.
    pub const READING: [Self; 3] = [Self::One, Self::Two, Self::Three];

    /// The number that people use.
    pub fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
            Self::Four => 4,
        }
    }

    /// The tier of a number.
    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.number() == number)
    }
}

/// When a declared call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum When {
    /// In every run.
    Always,
    /// Only when the call that is the usual source was denied.
    Fallback,
    /// Only when the user asked for it.
    Asked,
    /// Only after a CloudTrail event, about the object that it touched.
    Event,
}

impl When {
    /// In one word, as tables have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Fallback => "fallback",
            Self::Asked => "asked",
            Self::Event => "event",
        }
    }
}

/// Which role makes a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The role in each account, about that account.
    Account,
    /// The role in the account that sees the organization, about the organization and Identity Center.
    Organization,
    /// Whoever runs accesstrail: the function's role, or your own.
    Hub,
}

impl Side {
    /// Every side.
    pub const ALL: [Self; 3] = [Self::Account, Self::Organization, Self::Hub];

    /// In one word, as tables have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Organization => "organization",
            Self::Hub => "hub",
        }
    }
}

/// One action that a capability needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// The IAM action, as `service:Action`.
    pub action: &'static str,
    /// Who calls it.
    pub collector: &'static str,
    /// What is lost without it: unique within the collector.
    pub capability: Capability,
    /// The capability of the same collector whose list this one starts from.
    pub starts_from: Option<Capability>,
    /// How much is lost without it.
    pub tier: Tier,
    /// Which role calls it.
    pub side: Side,
    /// When it is called.
    pub when: When,
    /// Why it is called.
    pub why: &'static str,
    /// What is lost without it, in words.
    pub lost: &'static str,
}

/// Which needs are wanted. The default wants all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Of these tiers; of every one if empty.
    pub tiers: BTreeSet<Tier>,
    /// Of these sides; of every one if empty.
    pub sides: BTreeSet<Side>,
    /// Of these collectors or capabilities, and of the capabilities that they start from; of all if empty.
    pub only: BTreeSet<String>,
    /// Of these actions; of all if `None`.
    pub actions: Option<BTreeSet<String>>,
}

impl Choice {
    /// The needs that are wanted, in their order.
    pub fn of<'n>(&self, needs: &'n [Need]) -> Vec<&'n Need> {
        let named = self.named(needs);
        let wanted = |need: &&Need| {
            (self.tiers.is_empty() || self.tiers.contains(&need.tier))
                && (self.sides.is_empty() || self.sides.contains(&need.side))
                && (self.only.is_empty() || named.contains(&(need.collector, need.capability)))
                && self.actions.as_ref().is_none_or(|actions| actions.contains(need.action))
        };
        needs.iter().filter(wanted).collect()
    }

    /// The first of the names in `only` that is neither a collector nor a capability.
    pub fn unknown(&self, needs: &[Need]) -> Option<&str> {
        let is_known =
            |name: &str| needs.iter().any(|need| need.collector == name || need.capability == name);
        self.only.iter().map(String::as_str).find(|name| !is_known(name))
    }

    /// The capabilities that `only` names, and those that they cannot do without.
    fn named(&self, needs: &[Need]) -> BTreeSet<(&'static str, Capability)> {
        let is_named = |need: &&Need| {
            self.only.contains(need.collector) || self.only.contains(need.capability)
        };
        let mut named: BTreeSet<_> =
            needs.iter().filter(is_named).map(|need| (need.collector, need.capability)).collect();
        loop {
            let before = named.len();
            let more: Vec<_> = needs
                .iter()
                .filter(|need| named.contains(&(need.collector, need.capability)))
                .filter_map(|need| Some((need.collector, need.starts_from?)))
                .collect();
            named.extend(more);
            if named.len() == before {
                return named;
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A need of the tests: everything that they do not ask about is the same.
    pub(crate) const fn need(
        action: &'static str,
        collector: &'static str,
        capability: Capability,
        tier: Tier,
        side: Side,
    ) -> Need {
        Need {
            action,
            collector,
            capability,
            starts_from: None,
            tier,
            side,
            when: When::Always,
            why: "to know",
            lost: "knowledge",
        }
    }

    const NEEDS: &[Need] = &[
        need("iam:ListUsers", "people", "users", Tier::One, Side::Account),
        Need {
            starts_from: Some("users"),
            ..need("iam:ListAccessKeys", "people", "keys", Tier::One, Side::Account)
        },
        Need {
            starts_from: Some("keys"),
            ..need("iam:GetAccessKeyLastUsed", "people", "use", Tier::One, Side::Account)
        },
        need("sso:ListInstances", "center", "instances", Tier::Two, Side::Organization),
        need("kms:ListKeys", "keys-of-kms", "keys", Tier::Three, Side::Account),
        need("sts:AssumeRole", "sessions", "role", Tier::Four, Side::Hub),
    ];

    fn chosen(choice: &Choice) -> Vec<&'static str> {
        choice.of(NEEDS).into_iter().map(|need| need.action).collect()
    }

    #[test]
    fn choices_narrow_each_other() {
        let texts = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let only = |names: &[&str]| Choice { only: texts(names), ..Choice::default() };
        let (users, keys, used) =
            ("iam:ListUsers", "iam:ListAccessKeys", "iam:GetAccessKeyLastUsed");
        let rows: [(Choice, &[&str]); 9] = [
            (
                Choice::default(),
                &[users, keys, used, "sso:ListInstances", "kms:ListKeys", "sts:AssumeRole"],
            ),
            (
                Choice { tiers: [Tier::Two, Tier::Four].into(), ..Choice::default() },
                &["sso:ListInstances", "sts:AssumeRole"],
            ),
            (Choice { sides: [Side::Hub].into(), ..Choice::default() }, &["sts:AssumeRole"]),
            (only(&["users"]), &[users]),
            // With the lists that they start from.
            (only(&["use"]), &[users, keys, used]),
            // The same name in two collectors means both.
            (only(&["keys"]), &[users, keys, "kms:ListKeys"]),
            (only(&["center"]), &["sso:ListInstances"]),
            (Choice { tiers: [Tier::Three].into(), ..only(&["keys"]) }, &["kms:ListKeys"]),
            (
                Choice { actions: Some(texts(&["kms:ListKeys", "s3:X"])), ..Choice::default() },
                &["kms:ListKeys"],
            ),
        ];
        for (choice, expected) in rows {
            assert_eq!(chosen(&choice), expected, "{choice:?}");
        }
    }

    #[test]
    fn names_that_nobody_has_are_told() {
        let choice = |name: &str| Choice { only: [name.to_owned()].into(), ..Choice::default() };
        for (name, unknown) in
            [("people", None), ("use", None), ("Use", Some("Use")), ("", Some(""))]
        {
            assert_eq!(choice(name).unknown(NEEDS), unknown, "{name}");
        }
    }

    #[test]
    fn tiers_have_numbers() {
        for tier in Tier::ALL {
            assert_eq!(Tier::numbered(tier.number()), Some(tier));
        }
        assert_eq!(Tier::numbered(0), None);
        assert_eq!(Tier::numbered(5), None);
    }
}
