//! The role in each account, in the parts that its templates and its module have: which statements stand where.

use std::collections::BTreeSet;

use super::policy::{READ_ROLE, Statement, statements};
use super::{Choice, Need, Side, Tier, When};

/// The statements of the role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleParts {
    /// About the account's identities.
    pub account: Vec<Statement>,
    /// About the account's resources, where they are wanted.
    pub resources: Vec<Statement>,
    /// With which names of objects are listed, where that is wanted.
    pub object_names: Vec<Statement>,
    /// About the organization and Identity Center, where the account sees them.
    pub organization: Vec<Statement>,
    /// Of those, what is not about Identity Center.
    pub organization_alone: Vec<Statement>,
    /// Of those, what is about Identity Center.
    pub identity_center: Vec<Statement>,
}

/// The parts of the role that is given these needs.
pub fn parts(needs: &[Need]) -> RoleParts {
    let of_objects = of_objects(needs);
    let of = |side: Side, tiers: &[Tier], is_wanted: &dyn Fn(&Need) -> bool| {
        let choice = Choice {
            sides: [side].into(),
            tiers: tiers.iter().copied().collect(),
            ..Choice::default()
        };
        let wanted: Vec<&Need> =
            choice.of(needs).into_iter().filter(|need| is_wanted(need)).collect();
        statements(&wanted, READ_ROLE)
    };
    RoleParts {
        account: of(Side::Account, &[Tier::One, Tier::Two], &|_| true),
        resources: of(Side::Account, &[Tier::Three], &|need| !of_objects.contains(need.action)),
        object_names: of(Side::Account, &[Tier::Three], &|need| of_objects.contains(need.action)),
        organization: of(Side::Organization, &Tier::READING, &|_| true),
        organization_alone: of(Side::Organization, &[Tier::One, Tier::Three], &|_| true),
        identity_center: of(Side::Organization, &[Tier::Two], &|_| true),
    }
}

/// The actions of resources that are called only where somebody asks for the tree of objects.
pub fn of_objects(needs: &[Need]) -> BTreeSet<String> {
    let resources = || needs.iter().filter(|need| need.tier == Tier::Three);
    let usual: BTreeSet<&str> =
        resources().filter(|need| need.when != When::Asked).map(|need| need.action).collect();
    let asked = resources().map(|need| need.action).filter(|action| !usual.contains(action));
    asked.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::need;
    use super::*;

    #[test]
    fn each_need_stands_in_its_part() {
        const NEEDS: [Need; 6] = [
            need("iam:ListUsers", "people", "users", Tier::One, Side::Account),
            need("s3:ListAllMyBuckets", "s3", "buckets", Tier::Three, Side::Account),
            Need {
                when: When::Asked,
                ..need("s3:ListBucket", "objects", "names", Tier::Three, Side::Account)
            },
            need("organizations:ListRoots", "tree", "roots", Tier::One, Side::Organization),
            need("sso:ListInstances", "center", "instances", Tier::Two, Side::Organization),
            need("sts:AssumeRole", "sessions", "role", Tier::Four, Side::Hub),
        ];
        let parts = parts(&NEEDS);
        let actions = |statements: &[Statement]| -> Vec<String> {
            statements.iter().flat_map(|each| each.actions.clone()).collect()
        };
        assert_eq!(actions(&parts.account), ["iam:ListUsers"]);
        assert_eq!(actions(&parts.resources), ["s3:ListAllMyBuckets"]);
        assert_eq!(actions(&parts.object_names), ["s3:ListBucket"]);
        assert_eq!(actions(&parts.organization_alone), ["organizations:ListRoots"]);
        assert_eq!(actions(&parts.identity_center), ["sso:ListInstances"]);
        assert_eq!(actions(&parts.organization), ["organizations:ListRoots", "sso:ListInstances"]);
    }
}
