//! What Bedrock lists → the model.

use aws_sdk_bedrock::operation::list_custom_models::ListCustomModelsOutput;
use aws_sdk_bedrock::operation::list_foundation_models::ListFoundationModelsOutput;
use aws_sdk_bedrock::operation::list_guardrails::ListGuardrailsOutput;
use aws_sdk_bedrock::operation::list_imported_models::ListImportedModelsOutput;
use aws_sdk_bedrock::operation::list_inference_profiles::ListInferenceProfilesOutput;
use aws_sdk_bedrock::operation::list_provisioned_model_throughputs::ListProvisionedModelThroughputsOutput;
use aws_sdk_bedrock::types::{
    CustomModelSummary, FoundationModelSummary, GuardrailSummary, ImportedModelSummary,
    InferenceProfileSummary, InferenceProfileType, ModelStatus, ProvisionedModelSummary,
};

use super::super::given::{moment as given_moment, time, word};
use crate::collect::resources::{number, sorted, text};
use crate::collect::stages::Seen;
use crate::collect::told::{bare, moment, tell};
use crate::model::id::IdError;
use crate::model::resource::{Attribute, Resource, ResourceType, attributes};

/// All of a page: each told, or set aside under the name that `name` gives it.
fn all<T>(
    found: &[T],
    read: impl Fn(&T) -> Result<Resource, IdError>,
    name: impl Fn(&T) -> String,
) -> Seen {
    found.iter().map(|one| tell(read(one), || name(one))).collect()
}

fn owned(word: Option<&str>) -> Option<String> {
    word.map(str::to_owned)
}

/// The foundation models, which come in one answer.
pub(super) fn foundation_models(answer: ListFoundationModelsOutput) -> (Seen, Option<String>) {
    let name = |it: &FoundationModelSummary| format!("foundation model {:?}", it.model_id());
    (all(answer.model_summaries(), foundation_model, name), None)
}

/// A foundation model belongs to nobody: its ARN names no account.
fn foundation_model(found: &FoundationModelSummary) -> Result<Resource, IdError> {
    let life = found.model_lifecycle();
    Ok(Resource {
        state: life.and_then(|it| owned(word(it.status().as_str()))),
        attributes: attributes([
            ("customizations-supported", sorted(found.customizations_supported())),
            ("end-of-life-time", life.and_then(|it| moment(it.end_of_life_time()))),
            ("inference-types-supported", sorted(found.inference_types_supported())),
            ("input-modalities", sorted(found.input_modalities())),
            ("model-id", text(Some(found.model_id()))),
            ("output-modalities", sorted(found.output_modalities())),
            ("provider-name", text(found.provider_name())),
        ]),
        ..bare(
            found.model_arn().parse()?,
            ResourceType::FoundationModel,
            found.model_name().unwrap_or(found.model_id()),
        )
    })
}

/// A page of custom models.
pub(super) fn custom_models(answer: ListCustomModelsOutput) -> (Seen, Option<String>) {
    let name = |it: &CustomModelSummary| format!("custom model {:?}", it.model_name());
    (all(answer.model_summaries(), custom_model, name), answer.next_token)
}

fn custom_model(found: &CustomModelSummary) -> Result<Resource, IdError> {
    Ok(Resource {
        created: time(found.creation_time()),
        state: owned(found.model_status().map(ModelStatus::as_str)),
        attributes: attributes([
            ("base-model-arn", text(Some(found.base_model_arn()))),
            ("customization-type", text(found.customization_type())),
            ("owner-account-id", text(found.owner_account_id())),
        ]),
        ..bare(found.model_arn().parse()?, ResourceType::CustomModel, found.model_name())
    })
}

/// A page of imported models.
pub(super) fn imported_models(answer: ListImportedModelsOutput) -> (Seen, Option<String>) {
    let name = |it: &ImportedModelSummary| format!("imported model {:?}", it.model_name());
    (all(answer.model_summaries(), imported_model, name), answer.next_token)
}

fn imported_model(found: &ImportedModelSummary) -> Result<Resource, IdError> {
    Ok(Resource {
        created: time(found.creation_time()),
        attributes: attributes([
            ("instruct-supported", found.instruct_supported().map(Attribute::from)),
            ("model-architecture", text(found.model_architecture())),
        ]),
        ..bare(found.model_arn().parse()?, ResourceType::ImportedModel, found.model_name())
    })
}

/// A page of provisioned throughputs.
pub(super) fn throughputs(answer: ListProvisionedModelThroughputsOutput) -> (Seen, Option<String>) {
    let name = |it: &ProvisionedModelSummary| {
        format!("provisioned throughput {:?}", it.provisioned_model_name())
    };
    (all(answer.provisioned_model_summaries(), throughput, name), answer.next_token)
}

fn throughput(found: &ProvisionedModelSummary) -> Result<Resource, IdError> {
    Ok(Resource {
        created: time(found.creation_time()),
        state: owned(word(found.status().as_str())),
        attributes: attributes([
            ("commitment-duration", text(found.commitment_duration())),
            ("commitment-expiration-time", moment(found.commitment_expiration_time())),
            ("desired-model-arn", text(Some(found.desired_model_arn()))),
            ("foundation-model-arn", text(Some(found.foundation_model_arn()))),
            ("last-modified-time", given_moment(found.last_modified_time())),
            ("model-arn", text(Some(found.model_arn()))),
            ("model-units", number(Some(found.model_units()))),
        ]),
        ..bare(
            found.provisioned_model_arn().parse()?,
            ResourceType::ProvisionedThroughput,
            found.provisioned_model_name(),
        )
    })
}

/// How far the lists of inference profiles were read: AWS's own first, then the customer's.
#[derive(Debug)]
pub(super) struct ProfilePlace {
    /// Whose profiles are listed.
    pub(super) profiles: InferenceProfileType,
    /// AWS's token in that list.
    pub(super) token: Option<String>,
}

impl ProfilePlace {
    /// Reads a token of [`profiles`]; the beginning without one.
    pub(super) fn read(token: Option<&str>) -> Self {
        let (profiles, token) = token
            .and_then(|token| token.split_once(' '))
            .unwrap_or((InferenceProfileType::SystemDefined.as_str(), ""));
        Self {
            profiles: profiles.into(),
            token: Some(token.to_owned()).filter(|token| !token.is_empty()),
        }
    }
}

/// A page of inference profiles of one type.
pub(super) fn profiles(
    (listed, answer): (InferenceProfileType, ListInferenceProfilesOutput),
) -> (Seen, Option<String>) {
    let name = |it: &InferenceProfileSummary| {
        format!("inference profile {:?}", it.inference_profile_name())
    };
    // An endpoint that does not know the filter lists all profiles each time; each is told once.
    let own: Vec<InferenceProfileSummary> = answer
        .inference_profile_summaries()
        .iter()
        .filter(|it| word(it.r#type().as_str()).is_none() || *it.r#type() == listed)
        .cloned()
        .collect();
    let next = match answer.next_token.filter(|token| !token.is_empty()) {
        Some(token) => Some(format!("{} {token}", listed.as_str())),
        None if listed == InferenceProfileType::SystemDefined => {
            Some(format!("{} ", InferenceProfileType::Application.as_str()))
        }
        None => None,
    };
    (all(&own, profile, name), next)
}

fn profile(found: &InferenceProfileSummary) -> Result<Resource, IdError> {
    Ok(Resource {
        created: found.created_at().and_then(time),
        state: owned(word(found.status().as_str())),
        attributes: attributes([
            ("description", text(found.description())),
            ("inference-profile-id", text(Some(found.inference_profile_id()))),
            ("models", sorted(found.models().iter().filter_map(|model| model.model_arn()))),
            ("type", text(word(found.r#type().as_str()))),
            ("updated-at", moment(found.updated_at())),
        ]),
        ..bare(
            found.inference_profile_arn().parse()?,
            ResourceType::InferenceProfile,
            found.inference_profile_name(),
        )
    })
}

/// A page of guardrails, each in its draft version.
pub(super) fn guardrails(answer: ListGuardrailsOutput) -> (Seen, Option<String>) {
    let name = |it: &GuardrailSummary| format!("guardrail {:?}", it.name());
    (all(answer.guardrails(), guardrail, name), answer.next_token)
}

fn guardrail(found: &GuardrailSummary) -> Result<Resource, IdError> {
    let profile = found.cross_region_details().and_then(|it| it.guardrail_profile_arn());
    Ok(Resource {
        created: time(found.created_at()),
        state: owned(word(found.status().as_str())),
        attributes: attributes([
            ("description", text(found.description())),
            ("guardrail-profile-arn", text(profile)),
            ("updated-at", given_moment(found.updated_at())),
            ("version", text(Some(found.version()))),
        ]),
        ..bare(found.arn().parse()?, ResourceType::Guardrail, found.name())
    })
}
