//! What an inventory reads, read with the plain SDK: each call that a collector makes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    future::Future,
};

use accesstrail_shared::{
    model::Kind,
    testing::{
        company::{Company, DENIED, PARTIAL, SUSPENDED},
        proxy::Proxy,
    },
};
use aws_credential_types::Credentials;
use aws_sdk_iam::config::{BehaviorVersion, Region, retry::RetryConfig};
pub(crate) use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput as Details;
use aws_sdk_organizations::types::PolicyType;
use aws_sdk_ssoadmin::error::ProvideErrorMetadata as _;
use aws_sdk_sts::{
    error::SdkError, operation::assume_role::AssumeRoleError,
    operation::assume_role::AssumeRoleOutput,
};

/// The configuration of any SDK client: each crate has its own type of the same shape.
macro_rules! client {
    ($service:ident, $proxy:expr, $credentials:expr, $region:expr) => {
        $service::Client::from_conf(
            $service::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new($region))
                .endpoint_url($proxy.endpoint())
                .credentials_provider($credentials)
                .retry_config(RetryConfig::disabled())
                .build(),
        )
    };
}

/// Clients of everything that can be read.
pub(crate) struct Eyes<'a> {
    company: &'a Company,
    sts: aws_sdk_sts::Client,
    organizations: aws_sdk_organizations::Client,
    sso: aws_sdk_ssoadmin::Client,
    elsewhere: aws_sdk_ssoadmin::Client,
    store: aws_sdk_identitystore::Client,
    /// By account id.
    pub(crate) iam: BTreeMap<String, aws_sdk_iam::Client>,
}

/// What was read.
#[derive(Default)]
pub(crate) struct Seen {
    /// Every answer as text, in the order of the calls.
    pub(crate) log: Vec<String>,
    pub(crate) counts: BTreeMap<Kind, usize>,
    pub(crate) details: Vec<Details>,
    /// Where in `details` an account is.
    pub(crate) details_of: BTreeMap<String, usize>,
    /// Credential reports by account.
    pub(crate) reports: BTreeMap<String, String>,
    /// Accounts by permission set.
    pub(crate) provisioned: BTreeMap<String, Vec<String>>,
    /// Account and name of the permission set of each assignment.
    pub(crate) assigned: BTreeSet<(String, String)>,
    pub(crate) access_keys: usize,
    pub(crate) console_without_mfa: usize,
}

impl Seen {
    fn add(&mut self, kind: Kind, count: usize) {
        *self.counts.entry(kind).or_default() += count;
    }

    /// The answer of a call that must work, kept as text but for its request id.
    async fn note<T: Debug, E: Debug>(&mut self, call: impl Future<Output = Result<T, E>>) -> T {
        let answer = call.await.unwrap();
        let text = format!("{answer:?}");
        let text = text.split(", _request_id").next().unwrap_or_default().to_owned();
        self.log.push(text);
        answer
    }
}

impl<'a> Eyes<'a> {
    pub(crate) async fn open(proxy: &Proxy, company: &'a Company) -> Self {
        let anyone = || Credentials::new("AKIAEXAMPLE", "secret", None, None, "test");
        let home = company.home_region();
        let mut eyes = Self {
            company,
            sts: client!(aws_sdk_sts, proxy, anyone(), home),
            organizations: client!(aws_sdk_organizations, proxy, anyone(), "us-east-1"),
            sso: client!(aws_sdk_ssoadmin, proxy, anyone(), home),
            elsewhere: client!(aws_sdk_ssoadmin, proxy, anyone(), "us-east-1"),
            store: client!(aws_sdk_identitystore, proxy, anyone(), home),
            iam: BTreeMap::new(),
        };
        for (key, id) in company.accounts() {
            if key == DENIED || key == SUSPENDED {
                continue;
            }
            let credentials = if id == company.management() {
                anyone()
            } else {
                let keys = eyes.assume(id).await.unwrap().credentials.unwrap();
                let token = Some(keys.session_token);
                Credentials::new(keys.access_key_id, keys.secret_access_key, token, None, "test")
            };
            let client = client!(aws_sdk_iam, proxy, credentials, "us-east-1");
            eyes.iam.insert(id.to_owned(), client);
        }
        eyes
    }

    pub(crate) async fn assume(
        &self,
        account: &str,
    ) -> Result<AssumeRoleOutput, SdkError<AssumeRoleError>> {
        let role = format!("arn:aws:iam::{account}:role/accesstrail-read");
        self.sts.assume_role().role_arn(role).role_session_name("test").send().await
    }

    /// Reads everything once.
    pub(crate) async fn read(&self) -> Seen {
        let mut seen = Seen::default();
        let caller = seen.note(self.sts.get_caller_identity().send()).await;
        assert!(
            caller.arn().unwrap().contains("AWSReservedSSO_AdministratorAccess_"),
            "{caller:?}"
        );
        Box::pin(self.organization(&mut seen)).await;
        Box::pin(self.identity_center(&mut seen)).await;
        for (account, iam) in &self.iam {
            Box::pin(self.account(&mut seen, account, iam)).await;
        }
        seen
    }

    async fn organization(&self, seen: &mut Seen) {
        let client = &self.organizations;
        seen.note(client.describe_organization().send()).await;
        seen.add(Kind::Organization, 1);
        let accounts = seen.note(client.list_accounts().send()).await;
        seen.add(Kind::Account, accounts.accounts().len());
        assert!(accounts.accounts().iter().all(|account| account.state().is_some()));
        for account in accounts.accounts() {
            // The SDK keeps names and addresses out of its own words.
            let (name, email) = (account.name().unwrap(), account.email().unwrap());
            seen.log.push(format!("account {name:?} {email:?}"));
            seen.note(client.list_tags_for_resource().resource_id(account.id().unwrap()).send())
                .await;
            seen.add(Kind::AccountTags, 1);
        }
        let roots = seen.note(client.list_roots().send()).await;
        seen.add(Kind::Root, roots.roots().len());
        let mut parents: Vec<_> =
            roots.roots().iter().map(|root| root.id().unwrap().to_owned()).collect();
        while let Some(parent) = parents.pop() {
            let units = client.list_organizational_units_for_parent().parent_id(&parent).send();
            let units = seen.note(units).await;
            seen.add(Kind::OrganizationalUnit, units.organizational_units().len());
            parents.extend(
                units.organizational_units().iter().map(|unit| unit.id().unwrap().to_owned()),
            );
            let placed =
                seen.note(client.list_accounts_for_parent().parent_id(&parent).send()).await;
            seen.add(Kind::AccountPlacement, placed.accounts().len());
        }
        let administrators = seen.note(client.list_delegated_administrators().send()).await;
        for one in administrators.delegated_administrators() {
            let list = client.list_delegated_services_for_account().account_id(one.id().unwrap());
            let services = seen.note(list.send()).await;
            assert!(!services.delegated_services().is_empty());
            seen.add(Kind::DelegatedAdministrator, 1);
            seen.add(Kind::DelegatedServices, 1);
        }
        let list = client.list_delegated_administrators().service_principal("sso.amazonaws.com");
        assert_eq!(seen.note(list.send()).await.delegated_administrators().len(), 1);
        let services = seen.note(client.list_aws_service_access_for_organization().send()).await;
        seen.add(Kind::TrustedService, services.enabled_service_principals().len());
        for kind in [PolicyType::ServiceControlPolicy, PolicyType::ResourceControlPolicy] {
            let policies = seen.note(client.list_policies().filter(kind).send()).await;
            for policy in policies.policies() {
                let id = policy.id().unwrap();
                seen.note(client.describe_policy().policy_id(id).send()).await;
                seen.note(client.list_targets_for_policy().policy_id(id).send()).await;
                seen.add(Kind::OrganizationPolicy, 1);
                seen.add(Kind::OrganizationPolicyDocument, 1);
                seen.add(Kind::OrganizationPolicyTargets, 1);
            }
        }
    }

    async fn identity_center(&self, seen: &mut Seen) {
        let instances = seen.note(self.sso.list_instances().send()).await;
        seen.add(Kind::Instance, instances.instances().len());
        assert_eq!(instances.instances()[0].instance_arn(), Some(self.company.instance()));
        assert_eq!(seen.note(self.elsewhere.list_instances().send()).await.instances().len(), 0);
        let sets = self.sso.list_permission_sets().instance_arn(self.company.instance());
        let sets = seen.note(sets.send()).await;
        for set in sets.permission_sets() {
            Box::pin(self.permission_set(seen, set)).await;
        }
        let store = self.company.identity_store();
        let users = seen.note(self.store.list_users().identity_store_id(store).send()).await;
        seen.add(Kind::StoreUser, users.users().len());
        let groups = seen.note(self.store.list_groups().identity_store_id(store).send()).await;
        seen.add(Kind::StoreGroup, groups.groups().len());
        for user in users.users() {
            let names = (user.user_name().unwrap(), user.display_name().unwrap());
            let email = user.emails().first().and_then(|email| email.value()).unwrap();
            let ids: Vec<_> =
                user.external_ids().iter().map(|one| (one.issuer(), one.id())).collect();
            seen.log.push(format!("user {names:?} {email:?} {ids:?}"));
        }
        for group in groups.groups() {
            let names = (group.display_name().unwrap(), group.description().unwrap());
            seen.log.push(format!("group {names:?}"));
            let list = self.store.list_group_memberships().identity_store_id(store);
            let members = seen.note(list.group_id(group.group_id()).send()).await;
            seen.add(Kind::Membership, members.group_memberships().len());
        }
    }

    async fn permission_set(&self, seen: &mut Seen, set: &str) {
        let instance = self.company.instance();
        macro_rules! of_set {
            ($operation:ident) => {
                self.sso.$operation().instance_arn(instance).permission_set_arn(set).send()
            };
        }
        let described = seen.note(of_set!(describe_permission_set)).await;
        let name = described.permission_set().unwrap().name().unwrap().to_owned();
        seen.add(Kind::PermissionSet, 1);
        seen.note(of_set!(list_managed_policies_in_permission_set)).await;
        seen.add(Kind::PermissionSetManagedPolicies, 1);
        seen.note(of_set!(list_customer_managed_policy_references_in_permission_set)).await;
        seen.add(Kind::PermissionSetCustomerPolicies, 1);
        seen.note(of_set!(get_inline_policy_for_permission_set)).await;
        seen.add(Kind::PermissionSetInlinePolicy, 1);
        match of_set!(get_permissions_boundary_for_permission_set).await {
            Ok(found) => seen.log.push(format!("{:?}", found.permissions_boundary())),
            Err(error) => assert_eq!(error.code(), Some("ResourceNotFoundException"), "{error:?}"),
        }
        seen.add(Kind::PermissionSetBoundary, 1);
        seen.note(
            self.sso.list_tags_for_resource().instance_arn(instance).resource_arn(set).send(),
        )
        .await;
        seen.add(Kind::PermissionSetTags, 1);
        let accounts = seen.note(of_set!(list_accounts_for_provisioned_permission_set)).await;
        seen.add(Kind::PermissionSetProvisioning, 1);
        for account in accounts.account_ids() {
            let list = self.sso.list_account_assignments().instance_arn(instance);
            let list = list.permission_set_arn(set).account_id(account);
            let assignments = seen.note(list.send()).await;
            assert!(!assignments.account_assignments().is_empty());
            seen.add(Kind::Assignment, assignments.account_assignments().len());
            seen.assigned.insert((account.clone(), name.clone()));
        }
        seen.provisioned.insert(set.to_owned(), accounts.account_ids().to_vec());
    }

    async fn account(&self, seen: &mut Seen, account: &str, iam: &aws_sdk_iam::Client) {
        let details = seen.note(iam.get_account_authorization_details().send()).await;
        seen.add(Kind::User, details.user_detail_list().len());
        seen.add(Kind::Group, details.group_detail_list().len());
        seen.add(Kind::Role, details.role_detail_list().len());
        seen.add(Kind::Policy, details.policies().len());
        seen.details_of.insert(account.to_owned(), seen.details.len());
        seen.details.push(details);
        if self.company.account(PARTIAL) != Some(account) {
            iam.generate_credential_report().send().await.unwrap();
            let report = seen.note(iam.get_credential_report().send()).await;
            let text = String::from_utf8(report.content.unwrap().into_inner()).unwrap();
            let open = text.lines().filter(|line| {
                let cells: Vec<_> = line.split(',').collect();
                cells[3] == "true" && cells[7] == "false"
            });
            seen.console_without_mfa += open.count();
            seen.log.push(text.clone());
            seen.reports.insert(account.to_owned(), text);
            seen.add(Kind::CredentialReport, 1);
        }
        let summary = iam.get_account_summary().send().await.unwrap().summary_map.unwrap();
        // A hash map has an order of its own each time.
        let summary: BTreeMap<_, _> =
            summary.iter().map(|(key, value)| (key.as_str(), value)).collect();
        assert_eq!(summary["AccountMFAEnabled"].to_string().len(), 1);
        seen.log.push(format!("{summary:?}"));
        seen.add(Kind::AccountSummary, 1);
        seen.note(iam.list_account_aliases().send()).await;
        seen.add(Kind::AccountAliases, 1);
        let saml = seen.note(iam.list_saml_providers().send()).await;
        seen.add(Kind::SamlProvider, saml.saml_provider_list().len());
        let oidc = seen.note(iam.list_open_id_connect_providers().send()).await;
        seen.add(Kind::OidcProvider, oidc.open_id_connect_provider_list().len());
        let profiles = seen.note(iam.list_instance_profiles().send()).await;
        seen.add(Kind::InstanceProfile, profiles.instance_profiles().len());
        let certificates = seen.note(iam.list_server_certificates().send()).await;
        seen.add(Kind::ServerCertificate, certificates.server_certificate_metadata_list().len());
        let users = seen.note(iam.list_users().send()).await;
        for user in users.users() {
            Box::pin(self.user(seen, account, iam, user.user_name())).await;
        }
    }

    async fn user(&self, seen: &mut Seen, account: &str, iam: &aws_sdk_iam::Client, name: &str) {
        seen.note(iam.list_mfa_devices().user_name(name).send()).await;
        let keys = seen.note(iam.list_access_keys().user_name(name).send()).await;
        seen.access_keys += keys.access_key_metadata().len();
        for key in keys.access_key_metadata() {
            let id = key.access_key_id().unwrap();
            seen.note(iam.get_access_key_last_used().access_key_id(id).send()).await;
        }
        if self.company.account(PARTIAL) != Some(account) {
            match iam.get_login_profile().user_name(name).send().await {
                Ok(found) => seen.log.push(format!("{:?}", found.login_profile())),
                Err(error) => assert_eq!(error.code(), Some("NoSuchEntity"), "{error:?}"),
            }
        }
        seen.note(iam.list_ssh_public_keys().user_name(name).send()).await;
        seen.note(iam.list_signing_certificates().user_name(name).send()).await;
        seen.note(iam.list_service_specific_credentials().user_name(name).send()).await;
    }
}
