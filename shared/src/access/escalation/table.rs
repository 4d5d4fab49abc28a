//! The ways to more rights that are publicly known, as data.
//!
//! Ids, and which permissions each needs, are facts of the catalogue of pathfinding.cloud (Datadog, Apache License 2.0,
//! <https://github.com/DataDog/pathfinding.cloud>), as of November 2026; how each is decided here is our own.

use std::fmt;

/// What is gained, and from whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A user gives itself rights.
    OwnUser,
    /// A role gives itself rights.
    OwnRole,
    /// A user gives a group that it is in rights.
    OwnGroup,
    /// A new version of a policy that the principal has.
    OwnPolicy,
    /// A user joins a group that has rights.
    JoinGroup,
    /// Becoming a user that has rights.
    User,
    /// Becoming a role that has rights.
    Role,
    /// Giving a user rights, and becoming it.
    MadeUser,
    /// Giving a role rights, and becoming it.
    MadeRole,
    /// Giving a role that has rights to something new that runs in this service.
    Pass(&'static [&'static str]),
    /// Taking over something that runs in this service with a role that has rights.
    Existing(&'static [&'static str]),
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OwnUser => f.write_str("the user itself"),
            Self::OwnRole => f.write_str("the role itself"),
            Self::OwnGroup => f.write_str("a group of the user's"),
            Self::OwnPolicy => f.write_str("a policy of its own"),
            Self::JoinGroup => f.write_str("a group with rights"),
            Self::User => f.write_str("a user with rights"),
            Self::Role => f.write_str("a role with rights"),
            Self::MadeUser => f.write_str("a user that is given rights"),
            Self::MadeRole => f.write_str("a role that is given rights"),
            Self::Pass(services) => write!(f, "a role that {} has", services.join(" or ")),
            Self::Existing(services) => {
                write!(f, "a role of something that is there in {}", services.join(" or "))
            }
        }
    }
}

/// A way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    /// Its id in the catalogue.
    pub id: &'static str,
    /// What is gained, and from whom.
    pub way: Way,
    /// The permissions that it takes, `iam:PassRole` on the role aside.
    pub needs: &'static [&'static str],
}

const fn path(id: &'static str, way: Way, needs: &'static [&'static str]) -> Path {
    Path { id, way, needs }
}

const EC2: &[&str] = &["ec2.amazonaws.com"];
const ECS: &[&str] = &["ecs-tasks.amazonaws.com"];
const LAMBDA: &[&str] = &["lambda.amazonaws.com"];
const GLUE: &[&str] = &["glue.amazonaws.com"];
const SAGEMAKER: &[&str] = &["sagemaker.amazonaws.com"];
const BUILD: &[&str] = &["codebuild.amazonaws.com"];
const STACK: &[&str] = &["cloudformation.amazonaws.com"];
const RUNNER: &[&str] = &["tasks.apprunner.amazonaws.com"];
const AGENT: &[&str] = &["bedrock-agentcore.amazonaws.com"];
const AIRFLOW: &[&str] = &["airflow-env.amazonaws.com", "airflow.amazonaws.com"];
const PIPELINE: &[&str] = &["datapipeline.amazonaws.com", "elasticmapreduce.amazonaws.com"];

/// All ways, the simplest first: of two that are equally long the earlier is told.
pub const PATHS: &[Path] = &[
    path("iam-007", Way::OwnUser, &["iam:PutUserPolicy"]),
    path("iam-008", Way::OwnUser, &["iam:AttachUserPolicy"]),
    path("iam-005", Way::OwnRole, &["iam:PutRolePolicy"]),
    path("iam-009", Way::OwnRole, &["iam:AttachRolePolicy"]),
    path("iam-010", Way::OwnGroup, &["iam:AttachGroupPolicy"]),
    path("iam-011", Way::OwnGroup, &["iam:PutGroupPolicy"]),
    path("iam-001", Way::OwnPolicy, &["iam:CreatePolicyVersion"]),
    path("iam-013", Way::JoinGroup, &["iam:AddUserToGroup"]),
    path("sts-001", Way::Role, &["sts:AssumeRole"]),
    path("iam-002", Way::User, &["iam:CreateAccessKey"]),
    path("iam-003", Way::User, &["iam:DeleteAccessKey", "iam:CreateAccessKey"]),
    path("iam-004", Way::User, &["iam:CreateLoginProfile"]),
    path("iam-006", Way::User, &["iam:UpdateLoginProfile"]),
    path("iam-012", Way::Role, &["iam:UpdateAssumeRolePolicy"]),
    path("lambda-001", Way::Pass(LAMBDA), &["lambda:CreateFunction", "lambda:InvokeFunction"]),
    path(
        "lambda-002",
        Way::Pass(LAMBDA),
        &["lambda:CreateFunction", "lambda:CreateEventSourceMapping"],
    ),
    path("lambda-006", Way::Pass(LAMBDA), &["lambda:CreateFunction", "lambda:AddPermission"]),
    path("ec2-001", Way::Pass(EC2), &["ec2:RunInstances"]),
    path("ec2-004", Way::Pass(EC2), &["ec2:RequestSpotInstances"]),
    path("cloudformation-001", Way::Pass(STACK), &["cloudformation:CreateStack"]),
    path(
        "cloudformation-003",
        Way::Pass(STACK),
        &["cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"],
    ),
    path("cloudformation-004", Way::Pass(STACK), &["cloudformation:UpdateStackSet"]),
    path("codebuild-001", Way::Pass(BUILD), &["codebuild:CreateProject", "codebuild:StartBuild"]),
    path(
        "codebuild-004",
        Way::Pass(BUILD),
        &["codebuild:CreateProject", "codebuild:StartBuildBatch"],
    ),
    path("glue-001", Way::Pass(GLUE), &["glue:CreateDevEndpoint"]),
    path("glue-003", Way::Pass(GLUE), &["glue:CreateJob", "glue:StartJobRun"]),
    path("glue-004", Way::Pass(GLUE), &["glue:CreateJob", "glue:CreateTrigger"]),
    path("glue-005", Way::Pass(GLUE), &["glue:UpdateJob", "glue:StartJobRun"]),
    path("glue-006", Way::Pass(GLUE), &["glue:UpdateJob", "glue:CreateTrigger"]),
    path("glue-007", Way::Pass(GLUE), &["glue:CreateSession", "glue:RunStatement"]),
    path("sagemaker-001", Way::Pass(SAGEMAKER), &["sagemaker:CreateNotebookInstance"]),
    path("sagemaker-002", Way::Pass(SAGEMAKER), &["sagemaker:CreateTrainingJob"]),
    path("sagemaker-003", Way::Pass(SAGEMAKER), &["sagemaker:CreateProcessingJob"]),
    path(
        "ecs-001",
        Way::Pass(ECS),
        &["ecs:CreateCluster", "ecs:RegisterTaskDefinition", "ecs:CreateService"],
    ),
    path(
        "ecs-002",
        Way::Pass(ECS),
        &["ecs:CreateCluster", "ecs:RegisterTaskDefinition", "ecs:RunTask"],
    ),
    path("ecs-003", Way::Pass(ECS), &["ecs:RegisterTaskDefinition", "ecs:CreateService"]),
    path("ecs-004", Way::Pass(ECS), &["ecs:RegisterTaskDefinition", "ecs:RunTask"]),
    path("ecs-005", Way::Pass(ECS), &["ecs:RegisterTaskDefinition", "ecs:StartTask"]),
    path(
        "ecs-007",
        Way::Pass(ECS),
        &["ecs:StartTask", "ecs:RegisterContainerInstance", "ecs:DeregisterContainerInstance"],
    ),
    path("ecs-008", Way::Pass(ECS), &["ecs:RunTask"]),
    path("ecs-009", Way::Pass(ECS), &["ecs:StartTask"]),
    path("apprunner-001", Way::Pass(RUNNER), &["apprunner:CreateService"]),
    path(
        "bedrock-001",
        Way::Pass(AGENT),
        &[
            "bedrock-agentcore:CreateCodeInterpreter",
            "bedrock-agentcore:StartCodeInterpreterSession",
            "bedrock-agentcore:InvokeCodeInterpreter",
        ],
    ),
    path("mwaa-001", Way::Pass(AIRFLOW), &["airflow:CreateEnvironment"]),
    path(
        "datapipeline-001",
        Way::Pass(PIPELINE),
        &[
            "datapipeline:CreatePipeline",
            "datapipeline:PutPipelineDefinition",
            "datapipeline:ActivatePipeline",
        ],
    ),
    path(
        "lambda-004",
        Way::Existing(LAMBDA),
        &["lambda:UpdateFunctionCode", "lambda:InvokeFunction"],
    ),
    path(
        "lambda-005",
        Way::Existing(LAMBDA),
        &["lambda:UpdateFunctionCode", "lambda:AddPermission"],
    ),
    path("lambda-003", Way::Existing(LAMBDA), &["lambda:UpdateFunctionCode"]),
    path("ssm-001", Way::Existing(EC2), &["ssm:StartSession"]),
    path("ssm-002", Way::Existing(EC2), &["ssm:SendCommand"]),
    path(
        "ec2-002",
        Way::Existing(EC2),
        &["ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"],
    ),
    path("ec2-003", Way::Existing(EC2), &["ec2-instance-connect:SendSSHPublicKey"]),
    path(
        "ec2-005",
        Way::Existing(EC2),
        &["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"],
    ),
    path("ecs-006", Way::Existing(ECS), &["ecs:ExecuteCommand", "ecs:DescribeTasks"]),
    path("codebuild-002", Way::Existing(BUILD), &["codebuild:StartBuild"]),
    path("codebuild-003", Way::Existing(BUILD), &["codebuild:StartBuildBatch"]),
    path("cloudformation-002", Way::Existing(STACK), &["cloudformation:UpdateStack"]),
    path(
        "cloudformation-005",
        Way::Existing(STACK),
        &["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"],
    ),
    path("glue-002", Way::Existing(GLUE), &["glue:UpdateDevEndpoint"]),
    path(
        "sagemaker-004",
        Way::Existing(SAGEMAKER),
        &["sagemaker:CreatePresignedNotebookInstanceUrl"],
    ),
    path(
        "sagemaker-005",
        Way::Existing(SAGEMAKER),
        &[
            "sagemaker:CreateNotebookInstanceLifecycleConfig",
            "sagemaker:StopNotebookInstance",
            "sagemaker:UpdateNotebookInstance",
            "sagemaker:StartNotebookInstance",
        ],
    ),
    path("apprunner-002", Way::Existing(RUNNER), &["apprunner:UpdateService"]),
    path(
        "bedrock-002",
        Way::Existing(AGENT),
        &[
            "bedrock-agentcore:StartCodeInterpreterSession",
            "bedrock-agentcore:InvokeCodeInterpreter",
        ],
    ),
    path("mwaa-002", Way::Existing(AIRFLOW), &["airflow:UpdateEnvironment"]),
    path("iam-014", Way::MadeRole, &["iam:AttachRolePolicy", "sts:AssumeRole"]),
    path("iam-017", Way::MadeRole, &["iam:PutRolePolicy", "sts:AssumeRole"]),
    path("iam-016", Way::MadeRole, &["iam:CreatePolicyVersion", "sts:AssumeRole"]),
    path("iam-019", Way::MadeRole, &["iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"]),
    path("iam-021", Way::MadeRole, &["iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"]),
    path("iam-020", Way::MadeRole, &["iam:CreatePolicyVersion", "iam:UpdateAssumeRolePolicy"]),
    path("iam-015", Way::MadeUser, &["iam:AttachUserPolicy", "iam:CreateAccessKey"]),
    path("iam-018", Way::MadeUser, &["iam:PutUserPolicy", "iam:CreateAccessKey"]),
];
