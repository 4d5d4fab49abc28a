//! KMS → the keys of a region, who may use them (policies and grants), and their aliases.
//!
//! Keys that AWS manages are asked like the customer's own. Keys that await deletion still answer. Nothing is ever encrypted or decrypted.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_Operations.html>

mod ask;
mod read;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use aws_sdk_kms::Client;

use super::stages::{self, Staged, call, capability};
use super::{Call, CapabilityInfo, Context, Interrupted, Place, Tier};
use crate::model::{Arn, Kind};

/// The collector.
#[derive(Clone, Copy, Debug)]
pub struct Kms;

const KEY_LIST: &str = "key-list";
const KEYS: &str = "keys";
const POLICIES: &str = "key-policies";
const GRANTS: &str = "grants";
const ALIASES: &str = "aliases";

const LIST_KEYS: Call = call(
    "kms:ListKeys",
    KEY_LIST,
    Tier::Three,
    "lists the keys",
    "all keys, with their policies and grants",
);
const DESCRIBE_KEY: Call = call(
    "kms:DescribeKey",
    KEYS,
    Tier::Three,
    "describes each key",
    "who manages a key, its state and its use",
);
const GET_KEY_POLICY: Call = call(
    "kms:GetKeyPolicy",
    POLICIES,
    Tier::Three,
    "reads the policy of each key",
    "whom the policy of a key lets use it: no other policy can without that one",
);
const LIST_GRANTS: Call = call(
    "kms:ListGrants",
    GRANTS,
    Tier::Three,
    "lists the grants of each key",
    "who may use a key by a grant, beside its policy",
);
const LIST_ALIASES: Call = call(
    "kms:ListAliases",
    ALIASES,
    Tier::Three,
    "lists the aliases",
    "the names of keys, and access by alias",
);

const CALLS: &[Call] = &[LIST_KEYS, DESCRIBE_KEY, GET_KEY_POLICY, LIST_GRANTS, LIST_ALIASES];

const CAPABILITIES: &[CapabilityInfo] = &[
    capability(KEY_LIST, &[], None),
    capability(KEYS, &[Kind::Resource], Some(KEY_LIST)),
    capability(POLICIES, &[Kind::ResourcePolicy], Some(KEY_LIST)),
    capability(GRANTS, &[Kind::Resource], Some(KEY_LIST)),
    capability(ALIASES, &[Kind::Resource], None),
];

#[async_trait]
impl Staged for Kms {
    type Client = Client;

    const NAME: &'static str = "kms";
    const PLACE: Place = Place::EachRegion;
    const CALLS: &'static [Call] = CALLS;
    const CAPABILITIES: &'static [CapabilityInfo] = CAPABILITIES;

    fn client(context: &Context) -> Client {
        context.session.kms(&context.region)
    }

    async fn stages(look: &mut Look<'_, '_>) -> Result<(), Interrupted> {
        let mut keys = Box::pin(look.list(KEY_LIST, ask::keys)).await?;
        let gone = Box::pin(look.each(KEYS, &keys, Arn::to_string, ask::describe)).await?;
        keys.retain(|key| !gone.contains(key.as_str()));
        Box::pin(look.each(POLICIES, &keys, Arn::to_string, ask::policy)).await?;
        Box::pin(look.each(GRANTS, &keys, Arn::to_string, ask::grants)).await?;
        let client = look.client.clone();
        let list = |marker| client.list_aliases().limit(ask::PAGE).set_marker(marker).send();
        Box::pin(look.pages(ALIASES, &LIST_ALIASES, list, read::aliases)).await
    }
}

type Look<'a, 's> = stages::Look<'a, 's, Client>;
