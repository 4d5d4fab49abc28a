//! What KMS answers → the model.

use std::collections::HashMap;

use aws_sdk_kms::operation::list_aliases::ListAliasesOutput;
use aws_sdk_kms::types::{AliasListEntry, GrantConstraints, GrantListEntry, KeyMetadata, KeyState};

use crate::aws::time;
use crate::collect::context::Next;
use crate::collect::resources::{sorted, text};
use crate::collect::stages::Seen;
use crate::collect::told::{bare, moment, tell};
use crate::model::id::IdError;
use crate::model::resource::{Attribute, Attributes, Resource, ResourceType, attributes};
use crate::model::{Arn, Entity};

/// What a key is. `key-manager` says whose it is, AWS's or the customer's.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html>
pub(super) fn key(arn: &Arn, found: &KeyMetadata) -> Seen {
    let regions = found.multi_region_configuration();
    let replicas = regions.map(|it| it.replica_keys()).unwrap_or_default();
    Seen::one(Entity::Resource(Resource {
        created: time::optional(found.creation_date()),
        state: found.key_state().map(KeyState::as_str).map(str::to_owned),
        attributes: attributes([
            ("custom-key-store-id", text(found.custom_key_store_id())),
            ("deletion-date", moment(found.deletion_date())),
            ("description", text(found.description())),
            ("key-manager", text(found.key_manager())),
            ("key-spec", text(found.key_spec())),
            ("key-usage", text(found.key_usage())),
            ("multi-region", found.multi_region().map(Attribute::from)),
            ("multi-region-key-type", text(regions.and_then(|it| it.multi_region_key_type()))),
            ("origin", text(found.origin())),
            ("primary-key", text(regions.and_then(|it| it.primary_key()?.arn()))),
            ("replica-keys", sorted(replicas.iter().filter_map(|key| key.arn()))),
            ("valid-to", moment(found.valid_to())),
        ]),
        ..bare(arn.clone(), ResourceType::Key, arn.name())
    }))
}

/// A grant, which has no ARN of its own: its key's with the grant's id.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantListEntry.html>
pub(super) fn grant(key: &Arn, found: &GrantListEntry) -> Seen {
    let id = found.grant_id().unwrap_or_default();
    let name = found.name().filter(|name| !name.is_empty()).unwrap_or(id);
    if id.is_empty() {
        return Seen::aside(format!("grant {name:?} of {key}"), "it has no id");
    }
    let own: Result<Arn, IdError> = format!("{key}/grant/{id}").parse();
    let resource = own.map(|own| Resource {
        created: time::optional(found.creation_date()),
        parent: Some(key.clone()),
        attributes: attributes([
            ("constraints", found.constraints().and_then(constraints)),
            ("grantee-principal", text(found.grantee_principal())),
            ("grantee-service-principal", text(found.grantee_service_principal())),
            ("issuing-account", text(found.issuing_account())),
            ("operations", sorted(found.operations())),
            ("retiring-principal", text(found.retiring_principal())),
            ("retiring-service-principal", text(found.retiring_service_principal())),
        ]),
        ..bare(own, ResourceType::KeyGrant, name)
    });
    tell(resource, || format!("grant {name:?} of {key}"))
}

/// What a use of the grant must come with. The names and values of an encryption context are the
/// customer's words, so they stay as they are.
fn constraints(found: &GrantConstraints) -> Option<Attribute> {
    let facts = attributes([
        ("encryption-context-equals", found.encryption_context_equals().and_then(pairs)),
        ("encryption-context-subset", found.encryption_context_subset().and_then(pairs)),
        ("source-arn", text(found.source_arn())),
    ]);
    (!facts.is_empty()).then(|| facts.into())
}

fn pairs(context: &HashMap<String, String>) -> Option<Attribute> {
    let pairs: Attributes =
        context.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    (!pairs.is_empty()).then(|| pairs.into())
}

/// A page of aliases, and the next one.
pub(super) fn aliases(answer: ListAliasesOutput) -> (Seen, Next) {
    let seen = answer.aliases().iter().map(|found| {
        tell(alias(found), || format!("alias {:?}", found.alias_name().unwrap_or_default()))
    });
    (seen.collect(), Next::truncated(answer.truncated, answer.next_marker.clone()))
}

/// An alias, and the key that it stands for. AWS's own aliases stand for none until a service first needs
/// one.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListAliases.html>
fn alias(found: &AliasListEntry) -> Result<Resource, IdError> {
    let arn: Arn = found.alias_arn().unwrap_or_default().parse()?;
    // The key lives where the alias does.
    let place = arn.as_str().strip_suffix(arn.resource()).unwrap_or_default();
    let target = found.target_key_id().filter(|id| !id.is_empty());
    let parent = target.map(|id| format!("{place}key/{id}").parse()).transpose()?;
    let name = found.alias_name().unwrap_or(arn.resource()).to_owned();
    Ok(Resource {
        created: time::optional(found.creation_date()),
        parent,
        attributes: attributes([("last-updated-date", moment(found.last_updated_date()))]),
        ..bare(arn, ResourceType::KeyAlias, name)
    })
}
