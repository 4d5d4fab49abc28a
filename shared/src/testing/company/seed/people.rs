//! Makes the identity store and Identity Center.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_identitystore::types::{Email, MemberId, Name};
use aws_sdk_ssoadmin::types::{CustomerManagedPolicyReference, PrincipalType, Tag, TargetType};

use crate::testing::company::{
    CompanyError, IdentityCenter,
    access::{ASSIGNMENTS, Assignee, PERMISSION_SETS, PermissionSet},
    document::AccountIds,
    iam::policy_arn,
    people::{GROUPS, PEOPLE, Person},
};

/// Makes people, groups, permission sets and assignments.
pub(super) async fn hire(
    config: &SdkConfig,
    accounts: &AccountIds,
) -> Result<IdentityCenter, CompanyError> {
    const ACTION: &str = "sso:ListInstances";
    let sso = aws_sdk_ssoadmin::Client::new(config);
    let listed = sso.list_instances().send().await.map_err(CompanyError::call(ACTION, "acme"))?;
    let instance = listed.instances.unwrap_or_default().into_iter().next();
    let instance = instance.ok_or_else(|| CompanyError::missing(ACTION, "instance"))?;
    let mut center = IdentityCenter {
        instance: instance.instance_arn.unwrap_or_default(),
        store: instance.identity_store_id.unwrap_or_default(),
        ..IdentityCenter::default()
    };
    let name = sso.update_instance().instance_arn(&center.instance).name("acme");
    name.send().await.map_err(CompanyError::call("sso:UpdateInstance", "acme"))?;
    fill(&aws_sdk_identitystore::Client::new(config), &mut center).await?;
    for set in PERMISSION_SETS {
        let arn = define(&sso, &center.instance, set, accounts).await?;
        center.sets.insert(set.name, arn);
    }
    assign(&sso, &center, accounts).await?;
    Ok(center)
}

/// Makes groups, users and memberships.
async fn fill(
    store: &aws_sdk_identitystore::Client,
    center: &mut IdentityCenter,
) -> Result<(), CompanyError> {
    for group in GROUPS {
        let create = store.create_group().identity_store_id(&center.store);
        let create = create.display_name(group.name).description(group.description);
        let call = CompanyError::call("identitystore:CreateGroup", group.name);
        center.groups.insert(group.name, create.send().await.map_err(call)?.group_id);
    }
    for person in PEOPLE {
        let id = hire_one(store, &center.store, person).await?;
        for group in person.groups {
            let group_id = center.groups.get(group);
            let group_id = group_id.ok_or_else(|| CompanyError::unknown("group", group))?;
            let join = store
                .create_group_membership()
                .identity_store_id(&center.store)
                .group_id(group_id)
                .member_id(MemberId::UserId(id.clone()));
            let call = CompanyError::call("identitystore:CreateGroupMembership", person.user);
            join.send().await.map_err(call)?;
        }
        center.users.insert(person.user, id);
    }
    Ok(())
}

async fn hire_one(
    store: &aws_sdk_identitystore::Client,
    id: &str,
    person: &Person,
) -> Result<String, CompanyError> {
    let (given, family) = person.name.split_once(' ').unwrap_or((person.name, "-"));
    let email = Email::builder()
        .value(format!("{}@example.com", person.user))
        .r#type("work")
        .primary(true)
        .build();
    let create = store
        .create_user()
        .identity_store_id(id)
        .user_name(person.user)
        .display_name(person.name)
        .name(Name::builder().given_name(given).family_name(family).build())
        .emails(email);
    let call = CompanyError::call("identitystore:CreateUser", person.user);
    Ok(create.send().await.map_err(call)?.user_id)
}

/// Makes a permission set; gives its ARN.
async fn define(
    sso: &aws_sdk_ssoadmin::Client,
    instance: &str,
    set: &PermissionSet,
    accounts: &AccountIds,
) -> Result<String, CompanyError> {
    const ACTION: &str = "sso:CreatePermissionSet";
    let fail = |action| CompanyError::call(action, set.name);
    let tags: Result<Vec<_>, _> = set
        .tags
        .iter()
        .map(|(key, value)| Tag::builder().key(*key).value(*value).build())
        .collect();
    let create = sso
        .create_permission_set()
        .instance_arn(instance)
        .name(set.name)
        .session_duration(set.duration)
        .set_description((!set.description.is_empty()).then(|| set.description.to_owned()))
        .set_relay_state(set.relay_state.map(str::to_owned))
        .set_tags(Some(tags.map_err(CompanyError::call(ACTION, set.name))?));
    let made = create.send().await.map_err(fail(ACTION))?.permission_set;
    let arn = made.and_then(|set| set.permission_set_arn);
    let arn = arn.ok_or_else(|| CompanyError::missing(ACTION, "ARN"))?;
    // moto knows only the AWS-managed policies at the path `/`: the plan says the others.
    for name in set.managed.iter().filter(|name| !name.contains('/')) {
        let attach = sso.attach_managed_policy_to_permission_set().instance_arn(instance);
        let attach = attach.permission_set_arn(&arn).managed_policy_arn(policy_arn("", name));
        attach
            .send()
            .await
            .map_err(CompanyError::call("sso:AttachManagedPolicyToPermissionSet", name))?;
    }
    for (path, name) in set.customer {
        let policy = CustomerManagedPolicyReference::builder().path(*path).name(*name).build();
        let policy = policy.map_err(CompanyError::call(ACTION, name))?;
        let attach = sso.attach_customer_managed_policy_reference_to_permission_set();
        let attach = attach.instance_arn(instance).permission_set_arn(&arn);
        let call =
            CompanyError::call("sso:AttachCustomerManagedPolicyReferenceToPermissionSet", name);
        attach.customer_managed_policy_reference(policy).send().await.map_err(call)?;
    }
    if let Some(document) = set.inline {
        let put = sso.put_inline_policy_to_permission_set().instance_arn(instance);
        let put = put.permission_set_arn(&arn).inline_policy(document.render(accounts));
        put.send()
            .await
            .map_err(CompanyError::call("sso:PutInlinePolicyToPermissionSet", set.name))?;
    }
    Ok(arn)
}

async fn assign(
    sso: &aws_sdk_ssoadmin::Client,
    center: &IdentityCenter,
    accounts: &AccountIds,
) -> Result<(), CompanyError> {
    for assignment in ASSIGNMENTS {
        let (kind, ids, name): (_, &BTreeMap<&str, String>, _) = match assignment.to {
            Assignee::User(name) => (PrincipalType::User, &center.users, name),
            Assignee::Group(name) => (PrincipalType::Group, &center.groups, name),
        };
        let principal = ids.get(name).ok_or_else(|| CompanyError::unknown("assignee", name))?;
        let set = center.sets.get(assignment.set);
        let set = set.ok_or_else(|| CompanyError::unknown("permission set", assignment.set))?;
        for key in assignment.accounts {
            let account = accounts.get(key);
            let account = account.ok_or_else(|| CompanyError::unknown("account", key))?;
            let create = sso
                .create_account_assignment()
                .instance_arn(&center.instance)
                .permission_set_arn(set)
                .principal_type(kind.clone())
                .principal_id(principal)
                .target_type(TargetType::AwsAccount)
                .target_id(account);
            let call = CompanyError::call("sso:CreateAccountAssignment", assignment.set);
            create.send().await.map_err(call)?;
        }
    }
    Ok(())
}
