//! ECR in one region → its private repositories, and their policies.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_Operations.html>

use async_trait::async_trait;
use aws_sdk_ecr::Client;
use aws_sdk_ecr::types::{EncryptionConfiguration, Repository};

use super::resources::{Listed, policy, text};
use super::stages::{Look, Seen, Staged, call, capability};
use super::{Call, CapabilityInfo, Context, Interrupted, Place, Tier};
use crate::aws::error::CallError;
use crate::aws::time;
use crate::model::resource::{Attribute, Attributes, Resource, ResourceType, attributes};
use crate::model::{Arn, Entity, Kind};

/// Collects the ECR repositories of a region.
#[derive(Clone, Copy, Debug)]
pub struct Ecr;

const REPOSITORIES: &str = "repositories";
const POLICIES: &str = "policies";

const DESCRIBE_REPOSITORIES: Call = call(
    "ecr:DescribeRepositories",
    REPOSITORIES,
    Tier::Three,
    "lists the repositories",
    "image repositories altogether",
);
const GET_POLICY: Call = call(
    "ecr:GetRepositoryPolicy",
    POLICIES,
    Tier::Three,
    "reads the policy of each repository",
    "who may pull or push images from outside of the account",
);
/// Repositories on a page: the most that AWS allows.
const PAGE: i32 = 1000;

#[async_trait]
impl Staged for Ecr {
    type Client = Client;

    const NAME: &'static str = "ecr";
    const PLACE: Place = Place::EachRegion;
    const CALLS: &'static [Call] = &[DESCRIBE_REPOSITORIES, GET_POLICY];
    const CAPABILITIES: &'static [CapabilityInfo] = &[
        capability(REPOSITORIES, &[Kind::Resource], None),
        capability(POLICIES, &[Kind::ResourcePolicy], Some(REPOSITORIES)),
    ];

    fn client(context: &Context) -> Client {
        context.session.ecr(&context.region)
    }

    async fn stages(look: &mut Look<'_, '_, Client>) -> Result<(), Interrupted> {
        let repositories = Box::pin(look.list(REPOSITORIES, list)).await?;
        Box::pin(look.each(POLICIES, &repositories, Arn::to_string, repository_policy)).await?;
        Ok(())
    }
}

async fn list(context: &Context, client: &Client) -> Listed<Arn> {
    let (answers, failure) = context
        .list(
            &DESCRIBE_REPOSITORIES,
            |token| client.describe_repositories().max_results(PAGE).set_next_token(token).send(),
            |answer| {
                let repositories = answer.repositories.unwrap_or_default();
                (repositories.iter().map(read).collect(), answer.next_token)
            },
        )
        .await;
    let mut seen: Seen = answers.into_iter().collect();
    seen.failure = failure;
    Listed::of_resources(seen)
}

fn read(repository: &Repository) -> Seen {
    let name = repository.repository_name().unwrap_or_default();
    let arn = match repository.repository_arn().unwrap_or_default().parse::<Arn>() {
        Ok(arn) => arn,
        Err(error) => return Seen::aside(format!("repository {name:?}"), error.to_string()),
    };
    Seen::one(Entity::Resource(Resource {
        name: name_of(&arn).to_owned(),
        arn,
        resource_type: ResourceType::Repository,
        created: time::optional(repository.created_at()),
        state: None,
        parent: None,
        acts_as: Vec::new(),
        tags: None,
        attributes: facts(repository),
    }))
}

fn facts(repository: &Repository) -> Attributes {
    let encryption = repository.encryption_configuration();
    let scanning = repository.image_scanning_configuration();
    attributes([
        ("uri", text(repository.repository_uri())),
        ("registry-id", text(repository.registry_id())),
        ("image-tag-mutability", text(repository.image_tag_mutability())),
        ("scan-on-push", scanning.map(|it| Attribute::from(it.scan_on_push()))),
        ("encryption-type", text(encryption.map(EncryptionConfiguration::encryption_type))),
        ("kms-key", text(encryption.and_then(|it| it.kms_key()))),
    ])
}

/// The name of a repository, which may have slashes: all of the ARN after `repository/`.
fn name_of(repository: &Arn) -> &str {
    let resource = repository.resource();
    resource.split_once('/').map_or(resource, |(_, name)| name)
}

async fn repository_policy(
    context: &Context,
    client: &Client,
    repository: &Arn,
) -> Result<Seen, CallError> {
    let answer = context
        .call(&GET_POLICY, || {
            client.get_repository_policy().repository_name(name_of(repository)).send()
        })
        .await;
    let text = answer.map(|answer| answer.policy_text);
    Ok(policy(repository, text, |failure| failure.has_code("RepositoryPolicyNotFoundException")))
}

#[cfg(test)]
mod tests;
