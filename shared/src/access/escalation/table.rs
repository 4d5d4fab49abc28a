//! The ways to more rights that are publicly known, as data.
//!
//! Ids, and which permissions each needs, are facts of the catalogue of pathfinding.cloud (Datadog, Apache License 2.0,
//! <https://github.com/DataDog/pathfinding.cloud>), as of November 2026; how each is decided here is our own. Ids from 101
//! on are of this table: ways of older lists that the catalogue does not have.

pub use super::way::Way;

/// A way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    /// Its id in the catalogue.
    pub id: &'static str,
    /// What is gained, and from whom.
    pub way: Way,
    /// The permissions that it takes, `iam:PassRole` on the role aside.
    pub needs: &'static [&'static str],
    /// What must be there besides, and is not looked for: more of what runs with the role, where that is there already.
    pub assumes: Option<&'static str>,
}

impl Path {
    const fn if_there_is(mut self, what: &'static str) -> Self {
        self.assumes = Some(what);
        self
    }
}

const fn path(id: &'static str, way: Way, needs: &'static [&'static str]) -> Path {
    Path { id, way, needs, assumes: None }
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
const RUNBOOK: &[&str] = &["ssm.amazonaws.com"];
const SPARK: &[&str] = &["emr-serverless.amazonaws.com"];
const FLINK: &[&str] = &["kinesisanalytics.amazonaws.com"];
const BRAKET: &[&str] = &["braket.amazonaws.com"];
const OMICS: &[&str] = &["omics.amazonaws.com"];
const GAMES: &[&str] = &["gamelift.amazonaws.com"];
const AMPLIFY: &[&str] = &["amplify.amazonaws.com"];
const POOL: &[&str] = &[GUESTS];

/// Who asks for the roles of an identity pool.
pub(super) const GUESTS: &str = "cognito-identity.amazonaws.com";

/// What gives an instance profile another role.
pub(super) const FILLS_PROFILE: &str = "iam:AddRoleToInstanceProfile";

/// What puts another version of a policy in force.
pub(super) const SETS_VERSION: &str = "iam:SetDefaultPolicyVersion";

/// All ways, the simplest first: of two that are equally long the earlier is told.
pub const PATHS: &[Path] = &[
    path("iam-007", Way::OwnUser, &["iam:PutUserPolicy"]),
    path("iam-008", Way::OwnUser, &["iam:AttachUserPolicy"]),
    path("iam-005", Way::OwnRole, &["iam:PutRolePolicy"]),
    path("iam-009", Way::OwnRole, &["iam:AttachRolePolicy"]),
    path("iam-010", Way::OwnGroup, &["iam:AttachGroupPolicy"]),
    path("iam-011", Way::OwnGroup, &["iam:PutGroupPolicy"]),
    path("iam-001", Way::OwnPolicy, &["iam:CreatePolicyVersion"]),
    path("iam-101", Way::OwnPolicy, &[SETS_VERSION]),
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
    path("ecs-007", Way::Pass(ECS), &["ecs:StartTask", "ecs:RegisterContainerInstance"]),
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
    path(
        "bedrock-003",
        Way::Pass(AGENT),
        &[
            "bedrock-agentcore:CreateAgentRuntime",
            "bedrock-agentcore:CreateAgentRuntimeEndpoint",
            "bedrock-agentcore:CreateWorkloadIdentity",
            "bedrock-agentcore:InvokeAgentRuntimeCommand",
        ],
    ),
    path(
        "bedrock-005",
        Way::Pass(AGENT),
        &[
            "bedrock-agentcore:CreateHarness",
            "bedrock-agentcore:CreateAgentRuntime",
            "bedrock-agentcore:CreateAgentRuntimeEndpoint",
            "bedrock-agentcore:CreateWorkloadIdentity",
            "bedrock-agentcore:GetAgentRuntime",
            "bedrock-agentcore:GetHarness",
            "bedrock-agentcore:InvokeAgentRuntimeCommand",
        ],
    ),
    path(
        "bedrock-006",
        Way::Pass(AGENT),
        &[
            "bedrock-agentcore:CreateBrowser",
            "bedrock-agentcore:StartBrowserSession",
            "bedrock-agentcore:ConnectBrowserAutomationStream",
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
    path("ssm-003", Way::Pass(RUNBOOK), &["ssm:CreateDocument", "ssm:StartAutomationExecution"]),
    // Containers of a job get its role from ECS.
    path(
        "batch-003",
        Way::Pass(ECS),
        &[
            "batch:CreateComputeEnvironment",
            "batch:CreateJobQueue",
            "batch:RegisterJobDefinition",
            "batch:SubmitJob",
        ],
    ),
    path("batch-001", Way::Pass(ECS), &["batch:RegisterJobDefinition", "batch:SubmitJob"])
        .if_there_is("a job queue of AWS Batch"),
    // Instances of a cluster have the role, not EMR itself, which has one of its own.
    path("emr-001", Way::Pass(EC2), &["elasticmapreduce:RunJobFlow"])
        .if_there_is("a service role of EMR that may be passed to it too"),
    path(
        "emrserverless-001",
        Way::Pass(SPARK),
        &["emr-serverless:CreateApplication", "emr-serverless:StartJobRun"],
    ),
    path(
        "kinesisanalytics-001",
        Way::Pass(FLINK),
        &["kinesisanalytics:CreateApplication", "kinesisanalytics:StartApplication"],
    ),
    path("braket-001", Way::Pass(BRAKET), &["braket:CreateJob"]),
    path(
        "omics-001",
        Way::Pass(OMICS),
        &["omics:CreateWorkflow", "omics:StartRun", "s3:GetObject"],
    ),
    path(
        "gamelift-001",
        Way::Pass(GAMES),
        &["gamelift:CreateBuild", "gamelift:CreateFleet", "gamelift:RequestUploadCredentials"],
    ),
    path(
        "imagebuilder-001",
        Way::Pass(EC2),
        &[
            "imagebuilder:CreateComponent",
            "imagebuilder:CreateImageRecipe",
            "imagebuilder:CreateInfrastructureConfiguration",
            "imagebuilder:CreateImage",
        ],
    ),
    path(
        "amplify-001",
        Way::Pass(AMPLIFY),
        &["amplify:CreateApp", "amplify:CreateBranch", "amplify:StartJob"],
    ),
    path("cognitoidentity-001", Way::Pass(POOL), &["cognito-identity:SetIdentityPoolRoles"])
        .if_there_is("an identity pool that lets guests in by the basic flow"),
    path(
        "ec2-101",
        Way::Pass(EC2),
        &["iam:CreateInstanceProfile", FILLS_PROFILE, "ec2:RunInstances"],
    ),
    // A profile has one role only.
    path(
        "ec2-102",
        Way::Pass(EC2),
        &["iam:RemoveRoleFromInstanceProfile", FILLS_PROFILE, "ec2:RunInstances"],
    )
    .if_there_is("an instance profile"),
    path(
        "autoscaling-101",
        Way::Pass(EC2),
        &["autoscaling:CreateLaunchConfiguration", "autoscaling:CreateAutoScalingGroup"],
    )
    // <https://docs.aws.amazon.com/autoscaling/ec2/userguide/create-auto-scaling-groups-launch-configuration.html>
    .if_there_is(
        "an account from before October 2024, as later ones make no launch configurations",
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
    path("lambda-101", Way::Existing(LAMBDA), &["lambda:UpdateFunctionConfiguration"])
        .if_there_is("a function whose code a layer or a variable of its environment replaces"),
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
    path(
        "codedeploy-001",
        Way::Existing(EC2),
        &[
            "codedeploy:CreateDeployment",
            "codedeploy:RegisterApplicationRevision",
            "codedeploy:GetDeploymentConfig",
        ],
    )
    .if_there_is("an instance that CodeDeploy deploys to"),
    path("ecs-006", Way::Existing(ECS), &["ecs:ExecuteCommand", "ecs:DescribeTasks"]),
    path("batch-002", Way::Existing(ECS), &["batch:SubmitJob"])
        .if_there_is("a job of AWS Batch whose queue is there too"),
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
    path("bedrock-004", Way::Existing(AGENT), &["bedrock-agentcore:InvokeAgentRuntimeCommand"])
        .if_there_is("a runtime or harness that is called with IAM"),
    path(
        "bedrock-007",
        Way::Existing(AGENT),
        &[
            "bedrock-agentcore:StartBrowserSession",
            "bedrock-agentcore:ConnectBrowserAutomationStream",
        ],
    )
    .if_there_is("a browser"),
    path("mwaa-002", Way::Existing(AIRFLOW), &["airflow:UpdateEnvironment"]),
    path("iam-014", Way::MadeRole, &["iam:AttachRolePolicy", "sts:AssumeRole"]),
    path("iam-017", Way::MadeRole, &["iam:PutRolePolicy", "sts:AssumeRole"]),
    path("iam-016", Way::MadeRole, &["iam:CreatePolicyVersion", "sts:AssumeRole"]),
    path("iam-019", Way::MadeRole, &["iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"]),
    path("iam-021", Way::MadeRole, &["iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"]),
    path("iam-102", Way::MadeRole, &[SETS_VERSION, "sts:AssumeRole"]),
    path("iam-020", Way::MadeRole, &["iam:CreatePolicyVersion", "iam:UpdateAssumeRolePolicy"]),
    path("iam-015", Way::MadeUser, &["iam:AttachUserPolicy", "iam:CreateAccessKey"]),
    path("iam-018", Way::MadeUser, &["iam:PutUserPolicy", "iam:CreateAccessKey"]),
];
