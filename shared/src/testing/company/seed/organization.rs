//! Makes the organization, its tree, its accounts and its policies.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_organizations::{
    Client,
    operation::create_organization::CreateOrganizationError,
    types::{PolicyType, Tag},
};

use crate::{
    aws::time,
    model::Timestamp,
    testing::company::{
        CompanyError,
        document::AccountIds,
        organization::{
            ACCOUNTS, CONTROL_POLICIES, ControlKind, DELEGATIONS, MANAGEMENT, ROOT, SUSPENDED,
            TRUSTED_SERVICES, UNITS,
        },
    },
};

/// The organization as moto made it.
#[derive(Debug)]
pub(super) struct Founded {
    pub(super) at: Timestamp,
    pub(super) id: String,
    pub(super) accounts: AccountIds,
}

/// Makes all but the suspension, which would come before the suspended account is furnished.
pub(super) async fn found(config: &SdkConfig) -> Result<Founded, CompanyError> {
    let client = Client::new(config);
    let answer = client.create_organization().send().await.map_err(|error| {
        match error.as_service_error() {
            Some(CreateOrganizationError::AlreadyInOrganizationException(_)) => {
                CompanyError::Occupied
            }
            _ => CompanyError::call("organizations:CreateOrganization", "acme")(error),
        }
    })?;
    let lacks = |what| CompanyError::missing("organizations:CreateOrganization", what);
    let made = answer.organization.ok_or_else(|| lacks("organization"))?;
    let id = made.id.ok_or_else(|| lacks("id"))?;
    let management = made.master_account_id.ok_or_else(|| lacks("management account"))?;

    let tree = grow(&client).await?;
    let mut accounts = BTreeMap::from([(MANAGEMENT, management)]);
    let at = open(&client, &tree, &mut accounts).await?;
    govern(&client, &tree, &accounts).await?;
    delegate(&client, &accounts).await?;
    Ok(Founded { at, id, accounts })
}

/// Makes the tree; gives the ids of the root and the units by key.
async fn grow(client: &Client) -> Result<BTreeMap<&'static str, String>, CompanyError> {
    let listed = client.list_roots().send().await;
    let listed = listed.map_err(CompanyError::call("organizations:ListRoots", ROOT))?;
    let root = listed.roots.unwrap_or_default().into_iter().next().and_then(|root| root.id);
    let root = root.ok_or_else(|| CompanyError::missing("organizations:ListRoots", "root"))?;
    for kind in [PolicyType::ServiceControlPolicy, PolicyType::ResourceControlPolicy] {
        let enable = client.enable_policy_type().root_id(&root).policy_type(kind.clone());
        let call = CompanyError::call("organizations:EnablePolicyType", kind.as_str());
        enable.send().await.map_err(call)?;
    }
    let mut tree = BTreeMap::from([(ROOT, root)]);
    for unit in UNITS {
        let create = client.create_organizational_unit().name(unit.name);
        let create = create.parent_id(id(&tree, "unit", unit.parent)?);
        let call = CompanyError::call("organizations:CreateOrganizationalUnit", unit.key);
        let made = create.send().await.map_err(call)?.organizational_unit;
        let made = made
            .and_then(|unit| unit.id)
            .ok_or_else(|| CompanyError::missing("organizations:CreateOrganizationalUnit", "id"))?;
        tree.insert(unit.key, made);
    }
    Ok(tree)
}

/// Opens the accounts; gives the emulator's time.
async fn open(
    client: &Client,
    tree: &BTreeMap<&'static str, String>,
    accounts: &mut AccountIds,
) -> Result<Timestamp, CompanyError> {
    const ACTION: &str = "organizations:CreateAccount";
    let mut at = None;
    for account in ACCOUNTS {
        let create = client
            .create_account()
            .account_name(account.name)
            .email(format!("aws+{}@example.com", account.key))
            .set_tags(Some(tags(account.tags)?));
        let made = create.send().await.map_err(CompanyError::call(ACTION, account.key))?;
        let status = made.create_account_status;
        let asked = status.as_ref().and_then(|status| status.requested_timestamp.as_ref());
        at = time::optional(asked);
        let made = status.and_then(|status| status.account_id);
        let made = made.ok_or_else(|| CompanyError::missing(ACTION, "account id"))?;
        let step = client
            .move_account()
            .account_id(&made)
            .source_parent_id(id(tree, "unit", ROOT)?)
            .destination_parent_id(id(tree, "unit", account.unit)?);
        let call = CompanyError::call("organizations:MoveAccount", account.key);
        step.send().await.map_err(call)?;
        accounts.insert(account.key, made);
    }
    at.ok_or_else(|| CompanyError::missing(ACTION, "time"))
}

/// Makes the control policies and hangs them on the tree.
async fn govern(
    client: &Client,
    tree: &BTreeMap<&'static str, String>,
    accounts: &AccountIds,
) -> Result<(), CompanyError> {
    const ACTION: &str = "organizations:CreatePolicy";
    for policy in CONTROL_POLICIES {
        let kind = match policy.kind {
            ControlKind::Service => PolicyType::ServiceControlPolicy,
            ControlKind::Resource => PolicyType::ResourceControlPolicy,
        };
        let create = client
            .create_policy()
            .name(policy.name)
            .description(policy.description)
            .content(policy.document.render(accounts))
            .r#type(kind);
        let made = create.send().await.map_err(CompanyError::call(ACTION, policy.name))?.policy;
        let made = made.and_then(|policy| policy.policy_summary).and_then(|summary| summary.id);
        let made = made.ok_or_else(|| CompanyError::missing(ACTION, "id"))?;
        for target in policy.targets {
            let place = tree.get(target).or_else(|| accounts.get(target));
            let place = place.ok_or_else(|| CompanyError::unknown("target", target))?;
            let attach = client.attach_policy().policy_id(&made).target_id(place);
            let call = CompanyError::call("organizations:AttachPolicy", policy.name);
            attach.send().await.map_err(call)?;
        }
    }
    Ok(())
}

/// Trusts services, and lets accounts administer them.
async fn delegate(client: &Client, accounts: &AccountIds) -> Result<(), CompanyError> {
    for service in TRUSTED_SERVICES {
        let enable = client.enable_aws_service_access().service_principal(*service);
        let call = CompanyError::call("organizations:EnableAWSServiceAccess", service);
        enable.send().await.map_err(call)?;
    }
    for delegation in DELEGATIONS.iter().filter(|delegation| delegation.emulated) {
        let register = client
            .register_delegated_administrator()
            .account_id(id(accounts, "account", delegation.account)?)
            .service_principal(delegation.service);
        let call =
            CompanyError::call("organizations:RegisterDelegatedAdministrator", delegation.service);
        register.send().await.map_err(call)?;
    }
    Ok(())
}

/// Closes the account that is suspended.
pub(super) async fn close(config: &SdkConfig, accounts: &AccountIds) -> Result<(), CompanyError> {
    let close = Client::new(config).close_account();
    let close = close.account_id(id(accounts, "account", SUSPENDED)?);
    let call = CompanyError::call("organizations:CloseAccount", SUSPENDED);
    close.send().await.map(drop).map_err(call)
}

fn tags(tags: &[(&str, &str)]) -> Result<Vec<Tag>, CompanyError> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(*key).value(*value).build())
        .collect::<Result<_, _>>()
        .map_err(CompanyError::call("organizations:TagResource", "tags"))
}

fn id<'a>(
    ids: &'a BTreeMap<&'static str, String>,
    what: &'static str,
    key: &str,
) -> Result<&'a str, CompanyError> {
    ids.get(key).map(String::as_str).ok_or_else(|| CompanyError::unknown(what, key))
}
