//! Makes machines, databases, clusters, functions and repositories.

use aws_sdk_ec2::types as ec2;
use aws_sdk_eks::types as eks;
use aws_sdk_lambda::types as lambda;
use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::resources::Estate;
use crate::testing::company::{
    CompanyError,
    resources::{
        CANARY,
        compute::{
            CLUSTERS, DATABASES, Database, FUNCTIONS, Function, INSTANCES, Instance, REPOSITORIES,
        },
    },
};

/// The smallest archive: nothing is in it.
const EMPTY_ZIP: &[u8; 22] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// An image of nobody; moto does not look for it.
const IMAGE: &str = "ami-0a1b2c3d4e5f67890";

pub(super) async fn instances(estate: &Estate<'_>) -> Result<(), CompanyError> {
    for instance in INSTANCES {
        let client = aws_sdk_ec2::Client::new(&estate.config(instance.place)?);
        run(&client, instance).await?;
    }
    Ok(())
}

async fn run(client: &aws_sdk_ec2::Client, instance: &Instance) -> Result<(), CompanyError> {
    const ACTION: &str = "ec2:RunInstances";
    let named = std::iter::once(("Name", instance.name)).chain(instance.tags.iter().copied());
    let tags = named.map(|(key, value)| ec2::Tag::builder().key(key).value(value).build());
    let tags = ec2::TagSpecification::builder()
        .resource_type(ec2::ResourceType::Instance)
        .set_tags(Some(tags.collect()));
    let profile = instance
        .profile
        .map(|name| ec2::IamInstanceProfileSpecification::builder().name(name).build());
    let run = client
        .run_instances()
        .image_id(IMAGE)
        .instance_type(ec2::InstanceType::T3Small)
        .min_count(1)
        .max_count(1)
        .set_iam_instance_profile(profile)
        .user_data(BASE64_STANDARD.encode(CANARY))
        .tag_specifications(tags.build());
    let made = run.send().await.map_err(CompanyError::call(ACTION, instance.name))?;
    if instance.is_running {
        return Ok(());
    }
    let id = made.instances().first().and_then(|one| one.instance_id());
    let id = id.ok_or_else(|| CompanyError::missing(ACTION, "instance"))?;
    let stop = client.stop_instances().instance_ids(id);
    stop.send().await.map(drop).map_err(CompanyError::call("ec2:StopInstances", instance.name))
}

pub(super) async fn databases(estate: &Estate<'_>) -> Result<(), CompanyError> {
    for database in DATABASES {
        let client = aws_sdk_rds::Client::new(&estate.config(database.place)?);
        let key = estate.key(database.key);
        if database.is_cluster {
            cluster(&client, database, key).await?;
        } else {
            instance(&client, database, key).await?;
        }
    }
    Ok(())
}

async fn cluster(
    client: &aws_sdk_rds::Client,
    database: &Database,
    key: Option<String>,
) -> Result<(), CompanyError> {
    let create = client
        .create_db_cluster()
        .db_cluster_identifier(database.name)
        .engine(database.engine)
        .master_username("acme")
        .master_user_password(CANARY)
        .enable_iam_database_authentication(database.iam)
        .storage_encrypted(key.is_some())
        .set_kms_key_id(key)
        .tags(aws_sdk_rds::types::Tag::builder().key("data").value("cardholder").build());
    create.send().await.map(drop).map_err(CompanyError::call("rds:CreateDBCluster", database.name))
}

async fn instance(
    client: &aws_sdk_rds::Client,
    database: &Database,
    key: Option<String>,
) -> Result<(), CompanyError> {
    let create = client
        .create_db_instance()
        .db_instance_identifier(database.name)
        .db_instance_class("db.t4g.medium")
        .engine(database.engine)
        .allocated_storage(20)
        .master_username("acme")
        .master_user_password(CANARY)
        .enable_iam_database_authentication(database.iam)
        .publicly_accessible(database.is_public)
        .storage_encrypted(key.is_some())
        .set_kms_key_id(key);
    create.send().await.map(drop).map_err(CompanyError::call("rds:CreateDBInstance", database.name))
}

/// Who may enter them is told by the plan.
pub(super) async fn clusters(estate: &Estate<'_>) -> Result<(), CompanyError> {
    for cluster in CLUSTERS {
        let client = aws_sdk_eks::Client::new(&estate.config(cluster.place)?);
        let network = eks::VpcConfigRequest::builder()
            .subnet_ids("subnet-0a1b2c3d4e5f60718")
            .subnet_ids("subnet-0b1c2d3e4f5a60718")
            .endpoint_public_access(true)
            .public_access_cidrs("192.0.2.0/24");
        let create = client
            .create_cluster()
            .name(cluster.name)
            .version("1.33")
            .role_arn(estate.role(cluster.place, cluster.role))
            .resources_vpc_config(network.build())
            .tags("owner", "web");
        create.send().await.map_err(CompanyError::call("eks:CreateCluster", cluster.name))?;
    }
    Ok(())
}

pub(super) async fn functions(estate: &Estate<'_>) -> Result<(), CompanyError> {
    for function in FUNCTIONS {
        let client = aws_sdk_lambda::Client::new(&estate.config(function.place)?);
        let role = estate.role(function.place, function.role);
        create(&client, function, role).await?;
        for (number, service) in function.invoked_by.iter().enumerate() {
            let add = client
                .add_permission()
                .function_name(function.name)
                .statement_id(format!("invoke-{number}"))
                .action("lambda:InvokeFunction")
                .principal(*service)
                .source_account(estate.id(function.place));
            add.send().await.map_err(CompanyError::call("lambda:AddPermission", function.name))?;
        }
        if let Some(authentication) = function.url {
            let create = client
                .create_function_url_config()
                .function_name(function.name)
                .auth_type(lambda::FunctionUrlAuthType::from(authentication));
            let call = CompanyError::call("lambda:CreateFunctionUrlConfig", function.name);
            create.send().await.map_err(call)?;
        }
    }
    Ok(())
}

async fn create(
    client: &aws_sdk_lambda::Client,
    function: &Function,
    role: String,
) -> Result<(), CompanyError> {
    let tags = function.tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let create = client
        .create_function()
        .function_name(function.name)
        .runtime(lambda::Runtime::Providedal2023)
        .handler("bootstrap")
        .role(role)
        .code(lambda::FunctionCode::builder().zip_file(EMPTY_ZIP.to_vec().into()).build())
        .environment(lambda::Environment::builder().variables("TOKEN", CANARY).build())
        .set_tags(Some(tags.collect()));
    create
        .send()
        .await
        .map(drop)
        .map_err(CompanyError::call("lambda:CreateFunction", function.name))
}

pub(super) async fn repositories(estate: &Estate<'_>) -> Result<(), CompanyError> {
    const ACTION: &str = "ecr:CreateRepository";
    for repository in REPOSITORIES {
        let client = aws_sdk_ecr::Client::new(&estate.config(repository.place)?);
        let tag = |(key, value): &(&str, &str)| {
            aws_sdk_ecr::types::Tag::builder().key(*key).value(*value).build()
        };
        let tags: Result<Vec<_>, _> = repository.tags.iter().map(tag).collect();
        let tags = tags.map_err(CompanyError::call(ACTION, "tags"))?;
        let create = client.create_repository().repository_name(repository.name);
        let call = CompanyError::call(ACTION, repository.name);
        create.set_tags(Some(tags)).send().await.map_err(call)?;
        if let Some(policy) = repository.policy {
            let set = client.set_repository_policy().repository_name(repository.name);
            let set = set.policy_text(policy.render(estate.accounts));
            let call = CompanyError::call("ecr:SetRepositoryPolicy", repository.name);
            set.send().await.map_err(call)?;
        }
    }
    Ok(())
}
