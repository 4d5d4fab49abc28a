//! Furnishes an account: everything of its IAM but the users themselves and their keys.

use aws_sdk_iam::Client;

use super::credentials::tags;
use crate::testing::company::{
    CompanyError, derived,
    derived::Reserved,
    document::{AccountIds, Trust},
    iam::{AccountIam, Group, Policy, Role, User, is_aws_managed, policy_arn},
};

/// A certificate of nobody; moto wants one that can be read.
const CERTIFICATE: &str = include_str!("../certificate.pem");

/// The smallest metadata that AWS's length limits allow.
fn saml_metadata() -> String {
    format!("<EntityDescriptor>{}</EntityDescriptor>", " ".repeat(1_000))
}

/// Makes everything of an account's IAM that is not there yet, one after the other.
pub(super) async fn furnish(
    key: &'static str,
    iam: &Client,
    accounts: &AccountIds,
) -> Result<(), CompanyError> {
    let id = accounts.get(key).ok_or_else(|| CompanyError::unknown("account", key))?;
    let maker = Maker { iam, id, accounts };
    if let Some(own) = derived::iam_of(key) {
        Box::pin(maker.policies(own.policies)).await?;
        Box::pin(maker.groups(own.groups)).await?;
        Box::pin(maker.providers(own)).await?;
        for user in own.users {
            Box::pin(maker.user(user)).await?;
        }
        for role in own.roles {
            Box::pin(maker.role(role)).await?;
        }
    }
    let reserved = derived::reserved_in(key);
    if !reserved.is_empty() {
        maker.saml_provider(&derived::sso_provider(key)).await?;
    }
    for role in reserved {
        Box::pin(maker.reserved(&role)).await?;
    }
    Ok(())
}

#[derive(Debug)]
struct Maker<'a> {
    iam: &'a Client,
    id: &'a str,
    accounts: &'a AccountIds,
}

impl Maker<'_> {
    async fn policies(&self, policies: &[Policy]) -> Result<(), CompanyError> {
        for policy in policies {
            let arn = policy_arn(self.id, &format!("{}{}", policy.path, policy.name));
            for (number, document) in (1..).zip(policy.versions) {
                let document = document.render(self.accounts);
                if number == 1 {
                    let create = self.iam.create_policy().path(policy.path);
                    let create = create.policy_name(policy.name).policy_document(document);
                    let create = create.description(policy.description);
                    let call = CompanyError::call("iam:CreatePolicy", policy.name);
                    create.send().await.map_err(call)?;
                } else {
                    let create = self.iam.create_policy_version().policy_arn(&arn);
                    let create = create.policy_document(document);
                    let call = CompanyError::call("iam:CreatePolicyVersion", policy.name);
                    let create = create.set_as_default(number == policy.default);
                    create.send().await.map_err(call)?;
                }
            }
        }
        Ok(())
    }

    async fn groups(&self, groups: &[Group]) -> Result<(), CompanyError> {
        for group in groups {
            let create = self.iam.create_group().path(group.path).group_name(group.name);
            create.send().await.map_err(CompanyError::call("iam:CreateGroup", group.name))?;
            for policy in group.attached.iter().filter(|name| !is_aws_managed(name)) {
                let attach = self.iam.attach_group_policy().group_name(group.name);
                let attach = attach.policy_arn(policy_arn(self.id, policy));
                attach.send().await.map_err(CompanyError::call("iam:AttachGroupPolicy", policy))?;
            }
            for (name, document) in group.inline {
                let put = self.iam.put_group_policy().group_name(group.name).policy_name(*name);
                let put = put.policy_document(document.render(self.accounts));
                put.send().await.map_err(CompanyError::call("iam:PutGroupPolicy", name))?;
            }
        }
        Ok(())
    }

    async fn providers(&self, own: &AccountIam) -> Result<(), CompanyError> {
        if let Some(alias) = own.alias {
            let create = self.iam.create_account_alias().account_alias(alias);
            create.send().await.map_err(CompanyError::call("iam:CreateAccountAlias", alias))?;
        }
        for issuer in own.oidc {
            let create = self
                .iam
                .create_open_id_connect_provider()
                .url(format!("https://{issuer}"))
                .client_id_list("sts.amazonaws.com")
                .thumbprint_list("0".repeat(40));
            let call = CompanyError::call("iam:CreateOpenIDConnectProvider", issuer);
            create.send().await.map_err(call)?;
        }
        for name in own.saml {
            self.saml_provider(name).await?;
        }
        for (path, name) in own.certificates {
            let upload = self
                .iam
                .upload_server_certificate()
                .path(*path)
                .server_certificate_name(*name)
                .certificate_body(CERTIFICATE)
                // moto does not look at it.
                .private_key("EXAMPLE");
            let call = CompanyError::call("iam:UploadServerCertificate", name);
            upload.send().await.map_err(call)?;
        }
        Ok(())
    }

    async fn saml_provider(&self, name: &str) -> Result<(), CompanyError> {
        let create = self.iam.create_saml_provider().name(name);
        let create = create.saml_metadata_document(saml_metadata());
        create.send().await.map(drop).map_err(CompanyError::call("iam:CreateSAMLProvider", name))
    }

    async fn user(&self, user: &User) -> Result<(), CompanyError> {
        for group in user.groups {
            let add = self.iam.add_user_to_group().group_name(*group).user_name(user.name);
            add.send().await.map_err(CompanyError::call("iam:AddUserToGroup", user.name))?;
        }
        for policy in user.attached.iter().filter(|name| !is_aws_managed(name)) {
            let attach = self.iam.attach_user_policy().user_name(user.name);
            let attach = attach.policy_arn(policy_arn(self.id, policy));
            attach.send().await.map_err(CompanyError::call("iam:AttachUserPolicy", policy))?;
        }
        for (name, document) in user.inline {
            let put = self.iam.put_user_policy().user_name(user.name).policy_name(*name);
            let put = put.policy_document(document.render(self.accounts));
            put.send().await.map_err(CompanyError::call("iam:PutUserPolicy", name))?;
        }
        if user.password.is_some() {
            let create = self.iam.create_login_profile().user_name(user.name).password("EXAMPLE");
            let call = CompanyError::call("iam:CreateLoginProfile", user.name);
            create.send().await.map_err(call)?;
        }
        if user.signing_certificate {
            let upload = self.iam.upload_signing_certificate().user_name(user.name);
            let call = CompanyError::call("iam:UploadSigningCertificate", user.name);
            upload.certificate_body(CERTIFICATE.trim_end()).send().await.map_err(call)?;
        }
        if user.mfa { self.mfa(user.name).await } else { Ok(()) }
    }

    async fn mfa(&self, user: &str) -> Result<(), CompanyError> {
        let create = self.iam.create_virtual_mfa_device().virtual_mfa_device_name(user);
        let call = CompanyError::call("iam:CreateVirtualMFADevice", user);
        let made = create.send().await.map_err(call)?.virtual_mfa_device;
        let made =
            made.ok_or_else(|| CompanyError::missing("iam:CreateVirtualMFADevice", "device"))?;
        let enable = self
            .iam
            .enable_mfa_device()
            .user_name(user)
            .serial_number(made.serial_number)
            .authentication_code1("000000")
            .authentication_code2("000001");
        enable.send().await.map(drop).map_err(CompanyError::call("iam:EnableMFADevice", user))
    }

    async fn role(&self, role: &Role) -> Result<(), CompanyError> {
        const ACTION: &str = "iam:CreateRole";
        let create = self
            .iam
            .create_role()
            .path(role.path)
            .role_name(role.name)
            .description(role.description)
            .assume_role_policy_document(role.trust.render(self.id, self.accounts))
            .set_permissions_boundary(role.boundary.map(|name| policy_arn(self.id, name)))
            .set_tags(Some(tags(role.tags, ACTION)?));
        create.send().await.map_err(CompanyError::call(ACTION, role.name))?;
        for (name, document) in role.inline {
            self.put_role_policy(role.name, name, document.render(self.accounts)).await?;
        }
        for policy in role.attached {
            self.attach_role_policy(role.name, policy).await?;
        }
        if role.profile {
            let create = self.iam.create_instance_profile().path(role.path);
            let create = create.instance_profile_name(role.name);
            let call = CompanyError::call("iam:CreateInstanceProfile", role.name);
            create.send().await.map_err(call)?;
            let add = self.iam.add_role_to_instance_profile().role_name(role.name);
            let call = CompanyError::call("iam:AddRoleToInstanceProfile", role.name);
            add.instance_profile_name(role.name).send().await.map_err(call)?;
        }
        Ok(())
    }

    /// What Identity Center makes for a permission set.
    async fn reserved(&self, role: &Reserved) -> Result<(), CompanyError> {
        const ACTION: &str = "iam:CreateRole";
        let name = role.name();
        let provider = derived::sso_provider(role.account);
        let create = self
            .iam
            .create_role()
            .path(Reserved::path())
            .role_name(&name)
            .description(role.set.description)
            .assume_role_policy_document(Trust::saml(self.id, &provider));
        create.send().await.map_err(CompanyError::call(ACTION, &name))?;
        if let Some(document) = role.inline() {
            let document = document.render(self.accounts);
            self.put_role_policy(&name, "AwsSSOInlinePolicy", document).await?;
        }
        for policy in role.attached() {
            self.attach_role_policy(&name, &policy).await?;
        }
        Ok(())
    }

    async fn put_role_policy(
        &self,
        role: &str,
        name: &str,
        document: String,
    ) -> Result<(), CompanyError> {
        let put = self.iam.put_role_policy().role_name(role).policy_name(name);
        let put = put.policy_document(document);
        put.send().await.map(drop).map_err(CompanyError::call("iam:PutRolePolicy", role))
    }

    /// AWS's own policies are not in the emulator: the plan says that they are attached.
    async fn attach_role_policy(&self, role: &str, policy: &str) -> Result<(), CompanyError> {
        if is_aws_managed(policy) {
            return Ok(());
        }
        let attach = self.iam.attach_role_policy().role_name(role);
        let attach = attach.policy_arn(policy_arn(self.id, policy));
        attach.send().await.map(drop).map_err(CompanyError::call("iam:AttachRolePolicy", role))
    }
}
