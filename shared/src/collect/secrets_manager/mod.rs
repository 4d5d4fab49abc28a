//! Secrets Manager → the secrets of a region, as its list shows them, and their resource policies.
//!
//! No value of a secret is ever asked for, and what the list says of their versions is not kept.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Operations.html>

#[cfg(test)]
mod tests;

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::types::{RotationRulesType, SecretListEntry};

use super::resources::{self, Listed, acts_as, number, text};
use super::stages::{self, Seen, Staged, call, capability};
use super::told::{bare, moment};
use super::{Call, CapabilityInfo, Context, Interrupted, Place, Tier};
use crate::aws::error::CallError;
use crate::aws::time;
use crate::model::resource::{Attribute, Resource, ResourceType, attributes};
use crate::model::{Arn, Entity, Kind};

/// The collector.
#[derive(Clone, Copy, Debug)]
pub struct SecretsManager;

const SECRETS: &str = "secrets";
const POLICIES: &str = "secret-policies";

/// Secrets in one answer: the most that AWS gives.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html>
const PAGE: i32 = 100;

const LIST_SECRETS: Call = call(
    "secretsmanager:ListSecrets",
    SECRETS,
    Tier::Three,
    "lists the secrets with their rotation, key and tags, never a value",
    "which secrets there are, and their policies",
);
const GET_POLICY: Call = call(
    "secretsmanager:GetResourcePolicy",
    POLICIES,
    Tier::Three,
    "reads the resource policy of each secret",
    "whom a secret's own policy lets read it, from other accounts too",
);

const CALLS: &[Call] = &[LIST_SECRETS, GET_POLICY];

const CAPABILITIES: &[CapabilityInfo] = &[
    capability(SECRETS, &[Kind::Resource], None),
    capability(POLICIES, &[Kind::ResourcePolicy], Some(SECRETS)),
];

#[async_trait]
impl Staged for SecretsManager {
    type Client = Client;

    const NAME: &'static str = "secrets-manager";
    const PLACE: Place = Place::EachRegion;
    const CALLS: &'static [Call] = CALLS;
    const CAPABILITIES: &'static [CapabilityInfo] = CAPABILITIES;

    fn client(context: &Context) -> Client {
        context.session.secrets_manager(&context.region)
    }

    async fn stages(look: &mut Look<'_, '_>) -> Result<(), Interrupted> {
        let secrets = Box::pin(look.list(SECRETS, secrets)).await?;
        let waiting = secrets.iter().filter(|secret| secret.awaits_deletion).count();
        if waiting > 0 {
            let note =
                format!("{waiting} of the secrets await deletion, and may not show a policy");
            look.sink.note(POLICIES, note);
        }
        Box::pin(look.each(POLICIES, &secrets, SecretRef::key, policy)).await.map(drop)
    }
}

type Look<'a, 's> = stages::Look<'a, 's, Client>;

/// A secret of the list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SecretRef {
    arn: Arn,
    awaits_deletion: bool,
}

impl SecretRef {
    fn key(&self) -> String {
        self.arn.to_string()
    }
}

/// The secrets, those that await deletion too.
async fn secrets(context: &Context, client: &Client) -> Listed<SecretRef> {
    let (answers, failure) = context
        .list(
            &LIST_SECRETS,
            |token| {
                client
                    .list_secrets()
                    .include_planned_deletion(true)
                    .max_results(PAGE)
                    .set_next_token(token)
                    .send()
            },
            |answer| (answer.secret_list.unwrap_or_default(), answer.next_token),
        )
        .await;
    let mut listed = Listed { seen: Seen { failure, ..Seen::default() }, ..Listed::default() };
    for answer in answers {
        match answer.arn().unwrap_or_default().parse::<Arn>() {
            Ok(arn) => {
                let resource = read(&mut listed.seen, &arn, &answer);
                listed.seen.entities.push(Entity::Resource(resource));
                let awaits_deletion = answer.deleted_date().is_some();
                listed.items.push(SecretRef { arn, awaits_deletion });
            }
            Err(error) => {
                let what = format!("secret {:?}", answer.name().unwrap_or_default());
                listed.seen.set_aside.push((what, error.to_string()));
            }
        }
    }
    listed
}

/// What the list says of a secret. `last-accessed-date` is a day: AWS truncates it.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_SecretListEntry.html>
fn read(seen: &mut Seen, arn: &Arn, found: &SecretListEntry) -> Resource {
    Resource {
        created: time::optional(found.created_date()),
        acts_as: acts_as(seen, arn, [found.external_secret_rotation_role_arn()]),
        tags: Some(
            found
                .tags()
                .iter()
                .map(|tag| {
                    let value = tag.value().unwrap_or_default();
                    (tag.key().unwrap_or_default().to_owned(), value.to_owned())
                })
                .collect(),
        ),
        attributes: attributes([
            ("deleted-date", moment(found.deleted_date())),
            ("description", text(found.description())),
            ("kms-key-id", text(found.kms_key_id())),
            ("last-accessed-date", moment(found.last_accessed_date())),
            ("last-changed-date", moment(found.last_changed_date())),
            ("last-rotated-date", moment(found.last_rotated_date())),
            ("next-rotation-date", moment(found.next_rotation_date())),
            ("owning-service", text(found.owning_service())),
            ("primary-region", text(found.primary_region())),
            ("rotation-enabled", found.rotation_enabled().map(Attribute::from)),
            ("rotation-lambda-arn", text(found.rotation_lambda_arn())),
            ("rotation-rules", found.rotation_rules().and_then(rules)),
            ("type", text(found.r#type())),
        ]),
        ..bare(arn.clone(), ResourceType::Secret, found.name().unwrap_or(arn.name()))
    }
}

fn rules(found: &RotationRulesType) -> Option<Attribute> {
    let facts = attributes([
        ("automatically-after-days", number(found.automatically_after_days())),
        ("duration", text(found.duration())),
        ("schedule-expression", text(found.schedule_expression())),
    ]);
    (!facts.is_empty()).then(|| facts.into())
}

/// The resource policy of a secret. One that awaits deletion may refuse to show it; nobody can read the
/// secret then, so that is no gap.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html>
async fn policy(context: &Context, client: &Client, secret: &SecretRef) -> Result<Seen, CallError> {
    let answer = context
        .call(&GET_POLICY, || client.get_resource_policy().secret_id(secret.arn.as_str()).send())
        .await;
    match answer {
        Err(failure)
            if secret.awaits_deletion
                && failure.code.as_deref() == Some("InvalidRequestException") =>
        {
            Ok(Seen::default())
        }
        answer => {
            let text = answer.map(|answer| answer.resource_policy);
            Ok(resources::policy(&secret.arn, text, |_| false))
        }
    }
}
