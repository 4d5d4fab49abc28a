//! What the corrections look up: the tables by what stands in answers.

use std::collections::{BTreeMap, BTreeSet};

use super::calendar::Calendar;
use crate::testing::company::{
    Company, accounts, derived,
    derived::Reserved,
    iam::{AccountIam, Root, User, is_aws_managed, policy_arn},
    organization::MANAGEMENT,
};
use crate::testing::proxy::RequestView;

/// Everything that an answer may need.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) company: Company,
    pub(super) calendar: Calendar,
    /// Principals and policies by ARN.
    pub(super) things: BTreeMap<String, Thing>,
    /// Users by account id and name.
    pub(super) users: BTreeMap<(String, &'static str), &'static User>,
    /// Root users by account id.
    pub(super) roots: BTreeMap<String, Root>,
    /// The AWS-managed policies in use, by account id.
    pub(super) in_use: BTreeMap<String, BTreeSet<String>>,
}

/// What the tables say about something with an ARN.
#[derive(Debug, Default)]
pub(super) struct Thing {
    /// When it was made.
    pub(super) age: u32,
    /// When it was last changed.
    pub(super) updated: u32,
    /// The AWS-managed policies it has, as the tables name them.
    pub(super) managed: Vec<String>,
    /// The ARN of a user's boundary.
    pub(super) boundary: Option<String>,
    /// When it was last used.
    pub(super) used: Option<u32>,
}

impl Facts {
    pub(super) fn of(company: &Company, calendar: Calendar) -> Self {
        let mut facts = Self {
            company: company.clone(),
            calendar,
            things: BTreeMap::new(),
            users: BTreeMap::new(),
            roots: BTreeMap::new(),
            in_use: BTreeMap::new(),
        };
        for (key, id) in &company.accounts {
            if let Some(iam) = accounts::ALL.iter().find(|iam| iam.account == *key) {
                facts.roots.insert(id.clone(), iam.root);
                facts.add_account(id, iam);
            }
            for role in derived::reserved_in(key) {
                facts.add_reserved(id, &role);
            }
        }
        facts
    }

    /// The account that a call is about.
    pub(super) fn account<'a>(&'a self, view: &'a RequestView) -> &'a str {
        view.account.as_deref().unwrap_or(&self.company.management)
    }

    /// The key of that account.
    pub(super) fn key(&self, view: &RequestView) -> &'static str {
        let id = self.account(view);
        let found = self.company.accounts.iter().find(|(_, account)| *account == id);
        found.map_or(MANAGEMENT, |(key, _)| key)
    }

    /// The user that a call names.
    pub(super) fn user(&self, view: &RequestView) -> Option<(&'static User, String)> {
        let name = view.form("UserName")?;
        let account = self.account(view).to_owned();
        let user = *self.users.iter().find(|((id, key), _)| *id == account && *key == name)?.1;
        Some((user, user_arn(&account, user)))
    }

    fn add_account(&mut self, id: &str, iam: &AccountIam) {
        for policy in iam.policies {
            let arn = policy_arn(id, &format!("{}{}", policy.path, policy.name));
            let age = derived::age(&arn);
            let later = u32::try_from(policy.versions.len()).unwrap_or(1) - 1;
            let updated = age - later * 10;
            self.things.insert(arn, Thing { age, updated, ..Thing::default() });
        }
        for group in iam.groups {
            let arn = format!("arn:aws:iam::{id}:group{}{}", group.path, group.name);
            let age = derived::age(&arn);
            self.add(id, arn, group.attached, None, Thing { age, ..Thing::default() });
        }
        for user in iam.users {
            let arn = user_arn(id, user);
            let age = derived::user_age(user, &arn);
            let boundary = user.boundary.map(|name| policy_arn(id, name));
            let used = user.password.and_then(|password| password.used);
            let thing = Thing { age, boundary, used, ..Thing::default() };
            self.add(id, arn, user.attached, user.boundary, thing);
            self.users.insert((id.to_owned(), user.name), user);
        }
        for role in iam.roles {
            let arn = format!("arn:aws:iam::{id}:role{}{}", role.path, role.name);
            let age = derived::role_age(role.used, &arn);
            let thing = Thing { age, used: role.used, ..Thing::default() };
            self.add(id, arn, role.attached, role.boundary, thing);
        }
    }

    fn add_reserved(&mut self, id: &str, role: &Reserved) {
        let arn = format!("arn:aws:iam::{id}:role{}{}", Reserved::path(), role.name());
        let used = role.used();
        let thing = Thing { age: derived::role_age(used, &arn), used, ..Thing::default() };
        let attached = role.attached();
        let attached: Vec<_> = attached.iter().map(String::as_str).collect();
        self.add(id, arn, &attached, None, thing);
    }

    fn add(
        &mut self,
        account: &str,
        arn: String,
        attached: &[&str],
        boundary: Option<&str>,
        thing: Thing,
    ) {
        let managed: Vec<_> = attached
            .iter()
            .filter(|name| is_aws_managed(name))
            .map(|name| (*name).to_owned())
            .collect();
        let in_use = self.in_use.entry(account.to_owned()).or_default();
        in_use.extend(managed.iter().cloned());
        in_use.extend(boundary.filter(|name| is_aws_managed(name)).map(str::to_owned));
        self.things.insert(arn, Thing { managed, ..thing });
    }
}

/// The ARN of a user.
pub(super) fn user_arn(account: &str, user: &User) -> String {
    format!("arn:aws:iam::{account}:user{}{}", user.path, user.name)
}
