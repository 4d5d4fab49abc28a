//! The calls to KMS.

use aws_sdk_kms::Client;

use super::{DESCRIBE_KEY, GET_KEY_POLICY, LIST_GRANTS, LIST_KEYS, read};
use crate::aws::error::CallError;
use crate::collect::Context;
use crate::collect::context::Next;
use crate::collect::resources::{self, Listed};
use crate::collect::stages::Seen;
use crate::model::Arn;

/// The only policy that a key has.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html>
const POLICY_NAME: &str = "default";

/// Keys in one answer: the most that AWS gives.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html>
const KEYS_AT_ONCE: i32 = 1_000;

/// Grants or aliases in one answer: the most that AWS gives.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListGrants.html>,
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListAliases.html>
pub(super) const PAGE: i32 = 100;

/// The keys.
pub(super) async fn keys(context: &Context, client: &Client) -> Listed<Arn> {
    if let Some(mut named) = Listed::in_focus(context) {
        // Aliases may be named beside keys; they are listed.
        named.items.retain(|arn| arn.resource().starts_with("key/"));
        return named;
    }
    let (answers, failure) = context
        .list(
            &LIST_KEYS,
            |marker| client.list_keys().limit(KEYS_AT_ONCE).set_marker(marker).send(),
            |answer| {
                let next = Next::truncated(answer.truncated, answer.next_marker);
                (answer.keys.unwrap_or_default(), next)
            },
        )
        .await;
    let mut listed = Listed { seen: Seen { failure, ..Seen::default() }, ..Listed::default() };
    for answer in answers {
        match answer.key_arn().unwrap_or_default().parse() {
            Ok(arn) => listed.items.push(arn),
            Err(error) => {
                let what = format!("key {:?}", answer.key_id().unwrap_or_default());
                listed.seen.set_aside.push((what, format!("{error}")));
            }
        }
    }
    listed
}

/// What a key is.
pub(super) async fn describe(
    context: &Context,
    client: &Client,
    key: &Arn,
) -> Result<Seen, CallError> {
    let answer =
        context.call(&DESCRIBE_KEY, || client.describe_key().key_id(key.as_str()).send()).await?;
    Ok(match answer.key_metadata {
        Some(found) => read::key(key, &found),
        None => Seen::aside(key.as_str(), "AWS returned no description of it"),
    })
}

/// The policy of a key.
pub(super) async fn policy(
    context: &Context,
    client: &Client,
    key: &Arn,
) -> Result<Seen, CallError> {
    let answer = context
        .call(&GET_KEY_POLICY, || {
            client.get_key_policy().key_id(key.as_str()).policy_name(POLICY_NAME).send()
        })
        .await;
    Ok(resources::policy(key, answer.map(|answer| answer.policy), |_| false))
}

/// The grants of a key.
pub(super) async fn grants(
    context: &Context,
    client: &Client,
    key: &Arn,
) -> Result<Seen, CallError> {
    let (answers, failure) = context
        .list(
            &LIST_GRANTS,
            |marker| {
                client.list_grants().key_id(key.as_str()).limit(PAGE).set_marker(marker).send()
            },
            |answer| {
                let next = Next::truncated(answer.truncated, answer.next_marker);
                (answer.grants.unwrap_or_default(), next)
            },
        )
        .await;
    let seen: Seen = answers.iter().map(|grant| read::grant(key, grant)).collect();
    Ok(Seen { failure, ..seen })
}
