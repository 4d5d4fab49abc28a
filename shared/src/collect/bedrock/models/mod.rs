//! Bedrock → the models of a region, what is reserved and routed for them, and the guardrails.
//!
//! Every list stands by itself: no call depends on another.
//!
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock.html>

mod read;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use aws_sdk_bedrock::Client;

use super::PAGE;
use crate::collect::stages::{self, Staged, call, capability};
use crate::collect::{Call, CapabilityInfo, Context, Interrupted, Place, Tier};
use crate::model::Kind;

/// The collector.
#[derive(Clone, Copy, Debug)]
pub struct BedrockModels;

const FOUNDATION: &str = "foundation-models";
const CUSTOM: &str = "custom-models";
const IMPORTED: &str = "imported-models";
const THROUGHPUTS: &str = "provisioned-throughputs";
const PROFILES: &str = "inference-profiles";
const GUARDRAILS: &str = "guardrails";

const LIST_FOUNDATION: Call = call(
    "bedrock:ListFoundationModels",
    FOUNDATION,
    Tier::Three,
    "lists the foundation models that the region offers",
    "which models a permission to invoke reaches",
);
const LIST_CUSTOM: Call = call(
    "bedrock:ListCustomModels",
    CUSTOM,
    Tier::Three,
    "lists the custom models",
    "which models were trained with the customer's own data",
);
const LIST_IMPORTED: Call = call(
    "bedrock:ListImportedModels",
    IMPORTED,
    Tier::Three,
    "lists the imported models",
    "which models were brought along",
);
const LIST_THROUGHPUTS: Call = call(
    "bedrock:ListProvisionedModelThroughputs",
    THROUGHPUTS,
    Tier::Three,
    "lists the provisioned throughputs",
    "for which models throughput is paid for",
);
const LIST_PROFILES: Call = call(
    "bedrock:ListInferenceProfiles",
    PROFILES,
    Tier::Three,
    "lists the inference profiles, AWS's and the customer's",
    "through which profiles models of other regions are reached",
);
const LIST_GUARDRAILS: Call = call(
    "bedrock:ListGuardrails",
    GUARDRAILS,
    Tier::Three,
    "lists the guardrails",
    "which guardrails there are",
);

const CALLS: &[Call] = &[
    LIST_FOUNDATION,
    LIST_CUSTOM,
    LIST_IMPORTED,
    LIST_THROUGHPUTS,
    LIST_PROFILES,
    LIST_GUARDRAILS,
];

const CAPABILITIES: &[CapabilityInfo] = &[
    capability(FOUNDATION, &[Kind::Resource], None),
    capability(CUSTOM, &[Kind::Resource], None),
    capability(IMPORTED, &[Kind::Resource], None),
    capability(THROUGHPUTS, &[Kind::Resource], None),
    capability(PROFILES, &[Kind::Resource], None),
    capability(GUARDRAILS, &[Kind::Resource], None),
];

#[async_trait]
impl Staged for BedrockModels {
    type Client = Client;

    const NAME: &'static str = "bedrock";
    const PLACE: Place = Place::EachRegion;
    const CALLS: &'static [Call] = CALLS;
    const CAPABILITIES: &'static [CapabilityInfo] = CAPABILITIES;

    fn client(context: &Context) -> Client {
        context.session.bedrock(&context.region)
    }

    async fn stages(look: &mut Look<'_, '_>) -> Result<(), Interrupted> {
        let client = look.client.clone();
        let list = |_| client.list_foundation_models().send();
        Box::pin(look.pages(FOUNDATION, &LIST_FOUNDATION, list, read::foundation_models)).await?;
        let list =
            |token| client.list_custom_models().max_results(PAGE).set_next_token(token).send();
        Box::pin(look.pages(CUSTOM, &LIST_CUSTOM, list, read::custom_models)).await?;
        let list =
            |token| client.list_imported_models().max_results(PAGE).set_next_token(token).send();
        Box::pin(look.pages(IMPORTED, &LIST_IMPORTED, list, read::imported_models)).await?;
        let list = |token| {
            client
                .list_provisioned_model_throughputs()
                .max_results(PAGE)
                .set_next_token(token)
                .send()
        };
        Box::pin(look.pages(THROUGHPUTS, &LIST_THROUGHPUTS, list, read::throughputs)).await?;
        Box::pin(look.profiles(&client)).await?;
        let list = |token| client.list_guardrails().max_results(PAGE).set_next_token(token).send();
        Box::pin(look.pages(GUARDRAILS, &LIST_GUARDRAILS, list, read::guardrails)).await
    }
}

type Look<'a, 's> = stages::Look<'a, 's, Client>;

impl Look<'_, '_> {
    /// The stage `inference-profiles`: two lists, since AWS lists its own profiles alone where no type is
    /// named. The place in both is one token.
    ///
    /// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListInferenceProfiles.html>
    async fn profiles(&mut self, client: &Client) -> Result<(), Interrupted> {
        let list = |token: Option<String>| {
            let place = read::ProfilePlace::read(token.as_deref());
            let request = client
                .list_inference_profiles()
                .max_results(PAGE)
                .type_equals(place.profiles.clone())
                .set_next_token(place.token);
            async move { request.send().await.map(|answer| (place.profiles, answer)) }
        };
        self.pages(PROFILES, &LIST_PROFILES, list, read::profiles).await
    }
}
