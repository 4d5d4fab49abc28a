//! Makes the users of an account and what they hold that draws an id from moto's random numbers: access keys
//! and SSH keys.

use aws_sdk_iam::{
    Client,
    types::{StatusType, Tag},
};

use crate::testing::company::{
    CompanyError, KeyOf, derived,
    iam::{User, policy_arn},
};

/// Not a key, but of the form that moto accepts.
const SSH_KEY: &str = "ssh-rsa EXAMPLE ana@example.com";

/// Makes the users; gives their access keys.
pub(super) async fn issue(
    account: &'static str,
    id: &str,
    iam: &Client,
) -> Result<Vec<(String, KeyOf)>, CompanyError> {
    let mut keys = Vec::new();
    for user in derived::iam_of(account).map_or(&[][..], |iam| iam.users) {
        create(iam, id, user).await?;
        for (slot, key) in user.keys.iter().flatten().enumerate() {
            let id = issue_key(iam, user.name, key.active).await?;
            keys.push((id, KeyOf { account, user, slot }));
        }
        if user.ssh_key {
            let upload = iam.upload_ssh_public_key().user_name(user.name);
            let call = CompanyError::call("iam:UploadSSHPublicKey", user.name);
            upload.ssh_public_key_body(SSH_KEY).send().await.map_err(call)?;
        }
    }
    Ok(keys)
}

async fn create(iam: &Client, account: &str, user: &User) -> Result<(), CompanyError> {
    const ACTION: &str = "iam:CreateUser";
    let create = iam
        .create_user()
        .path(user.path)
        .user_name(user.name)
        // moto has no call that sets it later, and does not mind that the policy is still to come.
        .set_permissions_boundary(user.boundary.map(|name| policy_arn(account, name)))
        .set_tags(Some(tags(user.tags, ACTION)?));
    create.send().await.map(drop).map_err(CompanyError::call(ACTION, user.name))
}

async fn issue_key(iam: &Client, user: &str, active: bool) -> Result<String, CompanyError> {
    const ACTION: &str = "iam:CreateAccessKey";
    let create = iam.create_access_key().user_name(user);
    let made = create.send().await.map_err(CompanyError::call(ACTION, user))?.access_key;
    let id = made.ok_or_else(|| CompanyError::missing(ACTION, "access key"))?.access_key_id;
    if !active {
        let update = iam.update_access_key().user_name(user).access_key_id(&id);
        let call = CompanyError::call("iam:UpdateAccessKey", user);
        update.status(StatusType::Inactive).send().await.map_err(call)?;
    }
    Ok(id)
}

/// The tags of the tables as the SDK wants them.
pub(super) fn tags(tags: &[(&str, &str)], action: &'static str) -> Result<Vec<Tag>, CompanyError> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(*key).value(*value).build())
        .collect::<Result<_, _>>()
        .map_err(CompanyError::call(action, "tags"))
}
