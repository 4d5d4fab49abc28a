//! Versions of managed policies that are not in force: with which of them somebody has the rights of an administrator, or
//! can give them to itself.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html>

use super::ask::owned;
use super::group::is_telling;
use super::rights::Open;
use super::table::SETS_VERSION;
use super::{Escalation, PATHS, Way};
use crate::access::estate::{Held, Identity, Source, Version};
use crate::access::index::{Policies, WhoCan as _};
use crate::policy::principal::Kind;

impl<'e> Escalation<'_, 'e> {
    /// The managed policies of somebody that give it all rights in another version.
    pub(super) fn better_before(&self, identity: &Identity) -> Vec<String> {
        let better = owned(identity).filter(|arn| self.better_version(identity, arn).is_some());
        better.map(str::to_owned).collect()
    }

    /// The first version of a managed policy that gives somebody who has it all rights.
    pub(super) fn better_version(&self, identity: &Identity, arn: &str) -> Option<&'e Version> {
        let mut versions = self.index().estate().versions.get(arn)?.iter();
        versions.find(|version| is_telling(&version.held) && self.leads_back(identity, version))
    }

    fn leads_back(&self, identity: &Identity, version: &Version) -> bool {
        let is_user = identity.principal.kind() == Kind::User;
        let ways = PATHS.iter().filter(|path| match path.way {
            Way::OwnUser | Way::OwnGroup => is_user,
            Way::OwnRole => !is_user,
            Way::OwnPolicy => !path.needs.contains(&SETS_VERSION),
            _ => false,
        });
        self.has_all_with(&with(identity, version), ways)
    }

    /// What it hangs on that a version of one of these policies gives somebody all rights, where that is not certain.
    pub(super) fn open_versions(
        &self,
        certain: &Self,
        identity: &Identity,
        policies: &[String],
        open: &mut Open,
    ) {
        for arn in policies {
            let is_certain = certain.better_version(identity, arn).is_some();
            let Some(version) = self.better_version(identity, arn).filter(|_| !is_certain) else {
                continue;
            };
            let rights = self.open_rights(&with(identity, version), Policies::Own);
            let problems = version.held.policy.problems().iter().map(ToString::to_string);
            open.unknown.extend(rights.unknown.into_iter().chain(problems));
            open.keys.extend(rights.keys);
        }
    }
}

/// Somebody, were this version in force.
fn with(identity: &Identity, version: &Version) -> Identity {
    let put = |held: &Held| match &held.source {
        Source::Managed(arn) | Source::Group { policy: arn, .. }
            if version.held.source == Source::Managed(arn.clone()) =>
        {
            Held { source: held.source.clone(), ..version.held.clone() }
        }
        _ => held.clone(),
    };
    Identity {
        policies: identity.policies.iter().map(put).collect(),
        boundary: identity.boundary.as_ref().map(put),
        ..identity.clone()
    }
}
