//! What a run leaves out, as it is typed and as it is set.

use std::collections::BTreeSet;

use accesstrail_shared::collect::pipeline::Reach;
use accesstrail_shared::collect::{AccountFilter, IamFilter};
use accesstrail_shared::model::{AccountId, Region};
use clap::Args;

use crate::config::{Key, Settings};

/// The heading under which the help has what narrows a run.
const FILTERS: &str =
    "What is looked into; a setting of the same name is in the settings file, and exclusion wins";

/// What narrows a run.
#[derive(Debug, Args)]
#[command(next_help_heading = FILTERS)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches that have nothing to do with one another"
)]
pub(super) struct FilterArgs {
    /// Look for resources in these regions only [default: every region that the account has enabled]
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    regions: Vec<Region>,

    /// Leave out these regions
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    exclude_regions: Vec<Region>,

    /// Leave out this account; may be given several times
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    exclude_account: Vec<AccountId>,

    /// With --org, only the accounts below this organizational unit: its id, or its path as `Workloads/Production`
    #[arg(long, value_name = "OU", requires = "org")]
    ou: Vec<String>,

    /// With --org, leave out the accounts below this organizational unit
    #[arg(long, value_name = "OU", requires = "org")]
    exclude_ou: Vec<String>,

    /// Leave out the inline policies of users
    #[arg(long)]
    skip_user_inline_policies: bool,

    /// Leave out the inline policies of groups
    #[arg(long)]
    skip_group_inline_policies: bool,

    /// Leave out managed policies, yours and AWS's
    #[arg(long)]
    skip_managed_policies: bool,

    /// Leave out AWS's managed policies
    #[arg(long)]
    skip_aws_managed_policies: bool,

    /// Leave out managed policies of this name; `*` is any run of characters
    #[arg(long, value_name = "PATTERN")]
    exclude_policy: Vec<String>,

    /// Leave out roles of this name; `*` is any run of characters
    #[arg(long, value_name = "PATTERN")]
    exclude_role: Vec<String>,
}

impl FilterArgs {
    /// Tells the settings what was typed.
    pub(super) fn tell(&self, settings: &mut Settings) {
        settings.flag(Key::RegionsInclude, "--regions", &self.regions);
        settings.flag(Key::RegionsExclude, "--exclude-regions", &self.exclude_regions);
        settings.flag(Key::AccountsExclude, "--exclude-account", &self.exclude_account);
        settings.flag(Key::OusInclude, "--ou", &self.ou);
        settings.flag(Key::OusExclude, "--exclude-ou", &self.exclude_ou);
        settings.flag(Key::PolicyExclude, "--exclude-policy", &self.exclude_policy);
        settings.flag(Key::RoleExclude, "--exclude-role", &self.exclude_role);
        let switches = [
            (
                Key::SkipUserInlinePolicies,
                "--skip-user-inline-policies",
                self.skip_user_inline_policies,
            ),
            (
                Key::SkipGroupInlinePolicies,
                "--skip-group-inline-policies",
                self.skip_group_inline_policies,
            ),
            (Key::SkipManagedPolicies, "--skip-managed-policies", self.skip_managed_policies),
            (
                Key::SkipAwsManagedPolicies,
                "--skip-aws-managed-policies",
                self.skip_aws_managed_policies,
            ),
        ];
        for (key, flag, _) in switches.into_iter().filter(|(_, _, on)| *on) {
            settings.flag(key, flag, &[true]);
        }
    }
}

/// What of the organization and of IAM is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filters {
    /// Regions.
    pub(crate) regions: BTreeSet<Region>,
    /// Accounts and units.
    pub(crate) accounts: AccountFilter,
    /// Parts of the authorization details.
    pub(crate) iam: IamFilter,
}

impl Filters {
    /// The filters of a run that reaches so far. Who names accounts one by one has included them, whatever unit
    /// they are below.
    pub(crate) fn of(settings: &Settings, reach: &Reach) -> Self {
        let org = *reach == Reach::Organization;
        let when_org = |key| if org { settings.all(key) } else { BTreeSet::new() };
        Self {
            regions: settings.all(Key::RegionsExclude),
            accounts: AccountFilter {
                include: if org { settings.all(Key::AccountsInclude) } else { BTreeSet::new() },
                exclude: settings.all(Key::AccountsExclude),
                include_units: when_org(Key::OusInclude),
                exclude_units: when_org(Key::OusExclude),
            },
            iam: IamFilter {
                skip_user_inline_policies: settings.is_on(Key::SkipUserInlinePolicies),
                skip_group_inline_policies: settings.is_on(Key::SkipGroupInlinePolicies),
                skip_managed_policies: settings.is_on(Key::SkipManagedPolicies),
                skip_aws_managed_policies: settings.is_on(Key::SkipAwsManagedPolicies),
                policy_exclude: settings.all(Key::PolicyExclude),
                role_exclude: settings.all(Key::RoleExclude),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::access::reach;
    use super::*;

    fn settings() -> Settings {
        let mut settings = Settings::default();
        settings.flag(Key::AccountsInclude, "--account", &["111122223333"]);
        settings.flag(Key::AccountsExclude, "--exclude-account", &["444455556666"]);
        settings.flag(Key::OusExclude, "--exclude-ou", &["Sandbox"]);
        settings.flag(Key::RoleExclude, "--exclude-role", &["tmp-*"]);
        settings.flag(Key::SkipUserInlinePolicies, "--skip-user-inline-policies", &[true]);
        settings
    }

    #[test]
    fn units_narrow_an_organization_and_not_what_is_named_one_by_one() {
        let settings = settings();
        assert_eq!(reach(true, &settings), Reach::Organization);
        let org = Filters::of(&settings, &Reach::Organization);
        assert_eq!(org.accounts.include.len(), 1);
        assert_eq!(org.accounts.exclude_units.len(), 1);
        let accounts = reach(false, &settings);
        assert!(matches!(&accounts, Reach::Accounts(it) if it.len() == 1));
        let some = Filters::of(&settings, &accounts);
        assert_eq!((some.accounts.include.len(), some.accounts.exclude.len()), (0, 1));
        assert!(!some.accounts.needs_tree());
        assert!(some.iam.skip_user_inline_policies && !some.iam.skip_group_inline_policies);
        assert_eq!(reach(false, &Settings::default()), Reach::Caller);
        assert_eq!(Filters::of(&Settings::default(), &Reach::Organization), Filters::default());
    }
}
