//! Lambda in one region → its functions, their policies and URLs.
//!
//! The environment of a function is in the answer of the list, and often holds secrets: neither values nor
//! names of it are read.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html>

use async_trait::async_trait;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::types::{Architecture, FunctionConfiguration, FunctionUrlConfig, Layer};

use super::resources::{Listed, acts_as, policy, setting, sorted, text};
use super::stages::{Look, Seen, Staged, call, capability};
use super::{Call, CapabilityInfo, Context, Interrupted, Place, Tier};
use crate::aws::error::{CallError, Fault};
use crate::model::resource::{Attribute, Attributes, Resource, ResourceType, attributes};
use crate::model::{Arn, Entity, Kind};

/// Collects the Lambda functions of a region.
#[derive(Clone, Copy, Debug)]
pub struct Lambda;

const FUNCTIONS: &str = "functions";
const POLICIES: &str = "policies";
const URLS: &str = "urls";

const LIST_FUNCTIONS: Call = call(
    "lambda:ListFunctions",
    FUNCTIONS,
    Tier::Three,
    "lists the functions",
    "functions altogether, and which role each acts with",
);
const GET_POLICY: Call = call(
    "lambda:GetPolicy",
    POLICIES,
    Tier::Three,
    "reads the policy of each function",
    "who may invoke a function from outside of the account",
);
const LIST_URLS: Call = call(
    "lambda:ListFunctionUrlConfigs",
    URLS,
    Tier::Three,
    "finds the URLs of each function",
    "which functions answer on a public URL, and whether to everybody",
);
/// The setting that a URL is.
const URL: &str = "url";

#[async_trait]
impl Staged for Lambda {
    type Client = Client;

    const NAME: &'static str = "lambda";
    const PLACE: Place = Place::EachRegion;
    const CALLS: &'static [Call] = &[LIST_FUNCTIONS, GET_POLICY, LIST_URLS];
    const CAPABILITIES: &'static [CapabilityInfo] = &[
        capability(FUNCTIONS, &[Kind::Resource], None),
        capability(POLICIES, &[Kind::ResourcePolicy], Some(FUNCTIONS)),
        capability(URLS, &[Kind::ResourceSetting], Some(FUNCTIONS)),
    ];

    fn client(context: &Context) -> Client {
        context.session.lambda(&context.region)
    }

    async fn stages(look: &mut Look<'_, '_, Client>) -> Result<(), Interrupted> {
        let functions = Box::pin(look.list(FUNCTIONS, list)).await?;
        Box::pin(look.each(POLICIES, &functions, Arn::to_string, function_policy)).await?;
        Box::pin(look.each(URLS, &functions, Arn::to_string, urls)).await?;
        Ok(())
    }
}

async fn list(context: &Context, client: &Client) -> Listed<Arn> {
    let (answers, failure) = context
        .list(
            &LIST_FUNCTIONS,
            |token| client.list_functions().set_marker(token).send(),
            |answer| {
                let functions = answer.functions.unwrap_or_default();
                (functions.iter().map(read).collect(), answer.next_marker)
            },
        )
        .await;
    let mut seen: Seen = answers.into_iter().collect();
    seen.failure = failure;
    Listed::of_resources(seen)
}

fn read(function: &FunctionConfiguration) -> Seen {
    let name = function.function_name().unwrap_or_default();
    let arn = match function.function_arn().unwrap_or_default().parse::<Arn>() {
        Ok(arn) => arn,
        Err(error) => return Seen::aside(format!("function {name:?}"), error.to_string()),
    };
    let mut seen = Seen::default();
    let acts_as = acts_as(&mut seen, &arn, [function.role()]);
    seen.entities.push(Entity::Resource(Resource {
        name: if name.is_empty() { arn.name() } else { name }.to_owned(),
        arn,
        resource_type: ResourceType::Function,
        // AWS tells when it was last modified, not when it was created.
        created: None,
        state: function.state().map(|state| state.as_str().to_owned()),
        parent: None,
        acts_as,
        tags: None,
        attributes: facts(function),
    }));
    seen
}

fn facts(function: &FunctionConfiguration) -> Attributes {
    let vpc = function.vpc_config();
    let layers: Vec<&str> = function.layers().iter().filter_map(Layer::arn).collect();
    let dead_letters = function.dead_letter_config().and_then(|it| it.target_arn());
    attributes([
        ("description", text(function.description())),
        ("runtime", text(function.runtime())),
        ("handler", text(function.handler())),
        ("package-type", text(function.package_type())),
        ("architectures", sorted(function.architectures().iter().map(Architecture::as_str))),
        // The order in which they are laid over each other.
        ("layers", (!layers.is_empty()).then(|| layers.into())),
        ("vpc-id", text(vpc.and_then(|vpc| vpc.vpc_id()))),
        ("subnet-ids", sorted(vpc.iter().flat_map(|vpc| vpc.subnet_ids()))),
        ("security-groups", sorted(vpc.iter().flat_map(|vpc| vpc.security_group_ids()))),
        ("kms-key-arn", text(function.kms_key_arn())),
        ("dead-letter-target", text(dead_letters)),
        ("signing-profile", text(function.signing_profile_version_arn())),
        ("last-modified", text(function.last_modified())),
    ])
}

/// Both "no such function" and "no policy" are `ResourceNotFoundException`; only the former names the
/// function.
///
/// <https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html>
fn has_no_policy(failure: &CallError) -> bool {
    failure.fault == Fault::NotFound && !failure.summary.contains("Function not found")
}

async fn function_policy(
    context: &Context,
    client: &Client,
    function: &Arn,
) -> Result<Seen, CallError> {
    let answer = context
        .call(&GET_POLICY, || client.get_policy().function_name(function.as_str()).send())
        .await;
    Ok(policy(function, answer.map(|answer| answer.policy), has_no_policy))
}

/// The URLs of a function and of its aliases. The function itself is told even if it has none, so that a URL
/// that was taken away is a change.
async fn urls(context: &Context, client: &Client, function: &Arn) -> Result<Seen, CallError> {
    let (answers, failure) = context
        .list(
            &LIST_URLS,
            |token| {
                client
                    .list_function_url_configs()
                    .function_name(function.as_str())
                    .set_marker(token)
                    .send()
            },
            |answer| (answer.function_url_configs, answer.next_marker),
        )
        .await;
    if let Some(failure) = failure {
        return Err(failure);
    }
    let mut seen = Seen::default();
    let mut own = None;
    for answer in answers {
        match answer.function_arn().parse::<Arn>() {
            Ok(arn) if arn == *function => own = Some(url(&answer)),
            Ok(alias) => seen.entities.push(setting(&alias, URL, Some(url(&answer)))),
            Err(error) => {
                seen.set_aside.push((format!("a URL of {function}"), error.to_string()));
            }
        }
    }
    seen.entities.push(setting(function, URL, own));
    Ok(seen)
}

fn url(config: &FunctionUrlConfig) -> Attributes {
    let origins = config.cors().map(|cors| sorted(cors.allow_origins()));
    attributes([
        ("url", text(Some(config.function_url()))),
        ("auth-type", text(Some(config.auth_type()))),
        ("invoke-mode", text(config.invoke_mode())),
        ("allow-origins", origins.flatten()),
        (
            "allow-credentials",
            config.cors().and_then(|it| it.allow_credentials).map(Attribute::from),
        ),
    ])
}

#[cfg(test)]
mod tests;
