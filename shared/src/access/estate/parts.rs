//! What stands in a neutral import, part by part.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::loose::{Fields, Loose};

/// What is there by name, each as it stands there.
pub(super) type Texts<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The neutral one.
    Neutral,
    /// What `get-account-authorization-details` prints.
    Details,
}

/// A file, as far as its first level goes.
#[derive(Deserialize)]
pub(super) struct File<'a> {
    #[serde(borrow)]
    pub(super) organization: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) principals: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) groups: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) managed_policies: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) policy_versions: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) resources: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) assignments: Option<&'a RawValue>,
    #[serde(rename = "UserDetailList")]
    users: Option<IgnoredAny>,
    #[serde(rename = "RoleDetailList")]
    roles: Option<IgnoredAny>,
    #[serde(rename = "GroupDetailList")]
    other_groups: Option<IgnoredAny>,
    #[serde(rename = "Policies")]
    policies: Option<IgnoredAny>,
}

impl File<'_> {
    /// Which form it has; `None` where nothing in it tells.
    pub(super) fn form(&self) -> Option<Form> {
        let Self { organization, principals, groups, managed_policies, resources, .. } = self;
        let of_neutral =
            [organization, principals, groups, managed_policies, resources, &self.assignments];
        if of_neutral.iter().any(|part| part.is_some()) {
            Some(Form::Neutral)
        } else {
            let of_details = [self.users, self.roles, self.other_groups, self.policies];
            of_details.iter().any(Option::is_some).then_some(Form::Details)
        }
    }
}

/// A permission set, by its name, that is given to a user or group of Identity Center, by their names.
#[derive(Deserialize)]
pub(super) struct Assignment {
    pub(super) account: String,
    pub(super) permission_set: String,
    pub(super) user: Option<String>,
    pub(super) group: Option<String>,
    pub(super) members: Option<Vec<String>>,
}

#[derive(Deserialize)]
pub(super) struct Unit {
    #[serde(alias = "ou")]
    pub(super) parent: Option<String>,
    pub(super) scps: Option<Vec<String>>,
    pub(super) rcps: Option<Vec<String>>,
    #[serde(skip)]
    pub(super) lost: Vec<&'static str>,
}

impl<'a> Loose<'a> for Unit {
    fn of(fields: &mut Fields<'a>) -> Option<Self> {
        Some(Self {
            parent: fields.text("parent").or_else(|| fields.text("ou")),
            scps: Some(fields.texts("scps")),
            rcps: Some(fields.texts("rcps")),
            lost: fields.lost(),
        })
    }
}

#[derive(Deserialize)]
pub(super) struct Principal<'a> {
    #[serde(borrow)]
    pub(super) arn: Cow<'a, str>,
    pub(super) id: Option<String>,
    #[serde(borrow)]
    pub(super) inline: Option<Vec<&'a RawValue>>,
    pub(super) managed: Option<Vec<String>>,
    pub(super) groups: Option<Vec<String>>,
    #[serde(borrow)]
    pub(super) boundary: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) trust: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) tags: Option<&'a RawValue>,
    pub(super) instance_profile: Option<bool>,
    #[serde(skip)]
    pub(super) lost: Vec<&'static str>,
}

impl<'a> Loose<'a> for Principal<'a> {
    fn of(fields: &mut Fields<'a>) -> Option<Self> {
        let instance_profile = fields.raw("instance_profile");
        Some(Self {
            arn: fields.text("arn")?.into(),
            id: fields.text("id"),
            inline: Some(fields.raws("inline")),
            managed: Some(fields.texts("managed")),
            groups: Some(fields.texts("groups")),
            boundary: fields.raw("boundary"),
            trust: fields.raw("trust"),
            tags: fields.raw("tags"),
            instance_profile: instance_profile.and_then(|it| it.get().parse().ok()),
            lost: fields.lost(),
        })
    }
}

#[derive(Deserialize)]
pub(super) struct Group<'a> {
    pub(super) arn: String,
    #[serde(borrow)]
    pub(super) inline: Option<Vec<&'a RawValue>>,
    pub(super) managed: Option<Vec<String>>,
    #[serde(skip)]
    pub(super) lost: Vec<&'static str>,
}

impl<'a> Loose<'a> for Group<'a> {
    fn of(fields: &mut Fields<'a>) -> Option<Self> {
        Some(Self {
            arn: fields.text("arn")?,
            inline: Some(fields.raws("inline")),
            managed: Some(fields.texts("managed")),
            lost: fields.lost(),
        })
    }
}

#[derive(Deserialize)]
pub(super) struct Thing<'a> {
    pub(super) arn: String,
    pub(super) account: Option<String>,
    #[serde(borrow)]
    pub(super) policy: Option<&'a RawValue>,
    pub(super) bucket: Option<String>,
    #[serde(borrow)]
    pub(super) tags: Option<&'a RawValue>,
    #[serde(skip)]
    pub(super) lost: Vec<&'static str>,
}

impl<'a> Loose<'a> for Thing<'a> {
    fn of(fields: &mut Fields<'a>) -> Option<Self> {
        Some(Self {
            arn: fields.text("arn")?,
            account: fields.account("account"),
            policy: fields.raw("policy"),
            bucket: fields.text("bucket"),
            tags: fields.raw("tags"),
            lost: fields.lost(),
        })
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Tags {
    Map(BTreeMap<String, String>),
    List(Vec<Tag>),
}

#[derive(Deserialize)]
pub(super) struct Tag {
    #[serde(alias = "Key")]
    pub(super) key: String,
    #[serde(alias = "Value")]
    pub(super) value: String,
}
