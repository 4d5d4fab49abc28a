//! Services that hold resources.

use super::rule::{Form, Rule, Where, look, whole};
use super::{Row, Service};

const BUCKET: Rule = look("s3", Where::Account, &["/requestParameters/bucketName"], Form::Bucket);
const POINTS: Rule = whole("s3-access-points", Where::Region, &[]);

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html>
pub(super) const S3: Service = Service {
    source: "s3",
    collectors: &[("s3", Where::Account)],
    rows: &[
        Row { operations: &["CreateBucket"], rules: &[BUCKET.there()] },
        Row { operations: &["DeleteBucket"], rules: &[BUCKET.gone(), BUCKET_TAGS.if_named()] },
        Row {
            operations: &[
                "PutBucketPolicy",
                "DeleteBucketPolicy",
                "PutBucketAcl",
                "PutBucketPublicAccessBlock",
                "DeleteBucketPublicAccessBlock",
                "PutBucketOwnershipControls",
                "DeleteBucketOwnershipControls",
                "PutBucketEncryption",
                "DeleteBucketEncryption",
                "PutBucketVersioning",
                "PutBucketLogging",
                "PutBucketNotification",
                "PutBucketNotificationConfiguration",
            ],
            rules: &[BUCKET.there()],
        },
        Row { operations: &["PutBucketTagging", "DeleteBucketTagging"], rules: &[BUCKET_TAGS] },
        Row {
            operations: &["PutAccountPublicAccessBlock", "DeleteAccountPublicAccessBlock"],
            rules: &[whole("s3", Where::Account, &["account-public-access-block"])],
        },
        Row {
            operations: &[
                "CreateAccessPoint",
                "DeleteAccessPoint",
                "PutAccessPointPolicy",
                "DeleteAccessPointPolicy",
            ],
            rules: &[POINTS],
        },
        Row {
            operations: &[
                "CreateMultiRegionAccessPoint",
                "DeleteMultiRegionAccessPoint",
                "PutMultiRegionAccessPointPolicy",
                "SubmitMultiRegionAccessPointRoutes",
            ],
            rules: &[whole("s3-multi-region-access-points", Where::Account, &[])],
        },
    ],
    others: &[
        "PutBucketCors",
        "DeleteBucketCors",
        "PutBucketLifecycle",
        "PutBucketLifecycleConfiguration",
        "DeleteBucketLifecycle",
        "PutBucketReplication",
        "DeleteBucketReplication",
        "PutBucketRequestPayment",
        "PutBucketWebsite",
        "DeleteBucketWebsite",
        "PutAccelerateConfiguration",
        "PutBucketAccelerateConfiguration",
        "PutBucketObjectLockConfiguration",
        "PutIntelligentTieringConfiguration",
        "PutInventoryConfiguration",
        "PutMetricsConfiguration",
        "PutAnalyticsConfiguration",
        "CreateJob",
        "UpdateJobPriority",
        "UpdateJobStatus",
    ],
};

/// The tags of a resource come from another collector, which asks for them all at once.
pub(super) const TAGGED_BY_ARN: Rule =
    look("resource-tags", Where::Region, &["/requestParameters/resourceArn"], Form::AsIs);

const BUCKET_TAGS: Rule =
    look("resource-tags", Where::Region, &["/requestParameters/bucketName"], Form::Bucket);

/// CloudTrail names the ARNs of keys in `resources`, whatever the request calls them.
const KEY: Rule = look(
    "kms",
    Where::Region,
    &["/resources/*/ARN", "/requestParameters/keyId", "/responseElements/keyMetadata/arn"],
    Form::Arn("kms", "key/"),
);
const KEY_TAGS: Rule = look(
    "resource-tags",
    Where::Region,
    &["/resources/*/ARN", "/requestParameters/keyId"],
    Form::Arn("kms", "key/"),
);
const ALIAS: Rule = whole("kms", Where::Region, &["aliases"]);

/// <https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html>
pub(super) const KMS: Service = Service {
    source: "kms",
    collectors: &[("kms", Where::Region)],
    rows: &[
        Row {
            operations: &["CreateKey", "ReplicateKey"],
            rules: &[KEY, KEY_TAGS.only_if("/requestParameters/tags")],
        },
        Row {
            operations: &[
                "PutKeyPolicy",
                "CreateGrant",
                "RevokeGrant",
                "RetireGrant",
                "ScheduleKeyDeletion",
                "CancelKeyDeletion",
                "EnableKey",
                "DisableKey",
                "EnableKeyRotation",
                "DisableKeyRotation",
                "UpdateKeyDescription",
                "UpdatePrimaryRegion",
                "ImportKeyMaterial",
                "DeleteImportedKeyMaterial",
            ],
            rules: &[KEY],
        },
        Row { operations: &["DeleteKey"], rules: &[KEY.gone()] },
        Row { operations: &["CreateAlias", "UpdateAlias", "DeleteAlias"], rules: &[ALIAS] },
        Row { operations: &["TagResource", "UntagResource"], rules: &[KEY_TAGS] },
    ],
    others: &[
        "RotateKey",
        "RotateKeyOnDemand",
        "SynchronizeMultiRegionKey",
        "CreateCustomKeyStore",
        "UpdateCustomKeyStore",
        "DeleteCustomKeyStore",
        "ConnectCustomKeyStore",
        "DisconnectCustomKeyStore",
    ],
};

const FUNCTION: Rule = look(
    "lambda",
    Where::Region,
    &["/requestParameters/functionName"],
    Form::Arn("lambda", "function:"),
);

/// <https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html>
pub(super) const LAMBDA: Service = Service {
    source: "lambda",
    collectors: &[("lambda", Where::Region)],
    rows: &[
        Row {
            operations: &["CreateFunction"],
            rules: &[FUNCTION.there(), FUNCTION_TAGS.only_if("/requestParameters/tags")],
        },
        Row { operations: &["DeleteFunction"], rules: &[FUNCTION, FUNCTION_TAGS.if_named()] },
        Row {
            operations: &[
                "UpdateFunctionConfiguration",
                "UpdateFunctionCode",
                "AddPermission",
                "RemovePermission",
                "CreateFunctionUrlConfig",
                "UpdateFunctionUrlConfig",
                "DeleteFunctionUrlConfig",
            ],
            rules: &[FUNCTION.there()],
        },
        Row {
            operations: &["TagResource", "UntagResource"],
            rules: &[look(
                "resource-tags",
                Where::Region,
                &["/requestParameters/resource", "/requestParameters/resourceArn"],
                Form::Arn("lambda", "function:"),
            )],
        },
    ],
    others: &[
        "PublishVersion",
        "CreateAlias",
        "UpdateAlias",
        "DeleteAlias",
        "CreateEventSourceMapping",
        "UpdateEventSourceMapping",
        "DeleteEventSourceMapping",
        "PutFunctionConcurrency",
        "DeleteFunctionConcurrency",
        "PutFunctionEventInvokeConfig",
        "UpdateFunctionEventInvokeConfig",
        "DeleteFunctionEventInvokeConfig",
        "PutProvisionedConcurrencyConfig",
        "DeleteProvisionedConcurrencyConfig",
        "PutRuntimeManagementConfig",
        "PutFunctionRecursionConfig",
        "PublishLayerVersion",
        "DeleteLayerVersion",
        "AddLayerVersionPermission",
        "RemoveLayerVersionPermission",
        "CreateCodeSigningConfig",
        "UpdateCodeSigningConfig",
        "DeleteCodeSigningConfig",
        "PutFunctionCodeSigningConfig",
        "DeleteFunctionCodeSigningConfig",
        "Invoke*",
    ],
};

const FUNCTION_TAGS: Rule = look(
    "resource-tags",
    Where::Region,
    &["/requestParameters/functionName"],
    Form::Arn("lambda", "function:"),
);

/// A secret is named by its ARN or by its name: a new one by the request, since its answer is recorded by some of the
/// ways to it and not by others; its ARN had been written `aRN` until February 2024.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html>
const SECRET: Rule = look(
    "secrets-manager",
    Where::Region,
    &[
        "/responseElements/arn",
        "/responseElements/aRN",
        "/requestParameters/secretId",
        "/requestParameters/name",
    ],
    Form::Arn("secretsmanager", "secret:"),
);

/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html>
pub(super) const SECRETS_MANAGER: Service = Service {
    source: "secretsmanager",
    collectors: &[("secrets-manager", Where::Region)],
    rows: &[
        Row {
            operations: &[
                "CreateSecret",
                "UpdateSecret",
                "RestoreSecret",
                "RotateSecret",
                "CancelRotateSecret",
                "PutResourcePolicy",
                "DeleteResourcePolicy",
                "ReplicateSecretToRegions",
                "RemoveRegionsFromReplication",
                "StopReplicationToReplica",
            ],
            rules: &[SECRET],
        },
        Row { operations: &["DeleteSecret", "EndSecretVersionDelete"], rules: &[SECRET] },
        Row { operations: &["TagResource", "UntagResource"], rules: &[SECRET] },
    ],
    others: &[
        "PutSecretValue",
        "UpdateSecretVersionStage",
        "RotationStarted",
        "RotationSucceeded",
        "RotationFailed",
        "RotationAbandoned",
        "StartSecretVersionDelete",
        "CancelSecretVersionDelete",
    ],
};

const TABLE: Rule = look(
    "dynamodb",
    Where::Region,
    &["/requestParameters/tableName", "/requestParameters/targetTableName"],
    Form::Arn("dynamodb", "table/"),
);

const TABLE_TAGS: Rule = look(
    "resource-tags",
    Where::Region,
    &["/requestParameters/tableName"],
    Form::Arn("dynamodb", "table/"),
);

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/logging-using-cloudtrail.html>
pub(super) const DYNAMODB: Service = Service {
    source: "dynamodb",
    collectors: &[("dynamodb", Where::Region)],
    rows: &[
        Row {
            operations: &["CreateTable", "RestoreTableFromBackup", "RestoreTableToPointInTime"],
            rules: &[TABLE, TABLE_TAGS.only_if("/requestParameters/tags")],
        },
        Row { operations: &["DeleteTable"], rules: &[TABLE, TABLE_TAGS] },
        Row { operations: &["UpdateTable", "UpdateContinuousBackups"], rules: &[TABLE] },
        Row {
            operations: &["PutResourcePolicy", "DeleteResourcePolicy"],
            rules: &[look(
                "dynamodb",
                Where::Region,
                &["/requestParameters/resourceArn"],
                Form::Arn("dynamodb", "table/"),
            )],
        },
        Row { operations: &["TagResource", "UntagResource"], rules: &[TAGGED_BY_ARN] },
    ],
    others: &[
        "CreateBackup",
        "DeleteBackup",
        "CreateGlobalTable",
        "UpdateGlobalTable",
        "UpdateGlobalTableSettings",
        "UpdateTimeToLive",
        "UpdateTableReplicaAutoScaling",
        "UpdateContributorInsights",
        "UpdateKinesisStreamingDestination",
        "EnableKinesisStreamingDestination",
        "DisableKinesisStreamingDestination",
        "ExportTableToPointInTime",
        "ImportTable",
    ],
};

const INSTANCE: Rule = look(
    "ec2",
    Where::Region,
    &[
        "/requestParameters/instanceId",
        "/requestParameters/instancesSet/items/*/instanceId",
        "/responseElements/instancesSet/items/*/instanceId",
        "/requestParameters/ModifyInstanceMetadataOptionsRequest/InstanceId",
        "/requestParameters/AssociateIamInstanceProfileRequest/InstanceId",
        "/responseElements/AssociateIamInstanceProfileResponse/iamInstanceProfileAssociation/instanceId",
        "/responseElements/DisassociateIamInstanceProfileResponse/iamInstanceProfileAssociation/instanceId",
        "/responseElements/ReplaceIamInstanceProfileAssociationResponse/iamInstanceProfileAssociation/instanceId",
    ],
    Form::Arn("ec2", "instance/"),
);
/// Tags may be those of anything; instances begin with `i-`, and the collector passes over the rest.
const TAGGED: Rule = look(
    "ec2",
    Where::Region,
    &["/requestParameters/resourcesSet/items/*/resourceId"],
    Form::Arn("ec2", "instance/"),
);

/// Of all that EC2 has, instances are collected.
///
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/using-cloudtrail.html>
pub(super) const EC2: Service = Service {
    source: "ec2",
    collectors: &[("ec2", Where::Region)],
    rows: &[
        Row {
            operations: &[
                "RunInstances",
                "StartInstances",
                "StopInstances",
                "RebootInstances",
                "TerminateInstances",
                "AssociateIamInstanceProfile",
                "DisassociateIamInstanceProfile",
                "ReplaceIamInstanceProfileAssociation",
                "ModifyInstanceAttribute",
                "ModifyInstanceMetadataOptions",
            ],
            rules: &[INSTANCE],
        },
        Row { operations: &["CreateTags", "DeleteTags"], rules: &[TAGGED] },
        // A fleet starts instances that its answer need not name.
        Row {
            operations: &["CreateFleet", "RequestSpotInstances"],
            rules: &[whole("ec2", Where::Region, &[])],
        },
    ],
    others: &[
        "Accept*",
        "Advertise*",
        "Allocate*",
        "Apply*",
        "Assign*",
        "Associate*",
        "Attach*",
        "Authorize*",
        "Bundle*",
        "Cancel*",
        "Confirm*",
        "Copy*",
        "Create*",
        "Delete*",
        "Deprovision*",
        "Deregister*",
        "Detach*",
        "Disable*",
        "Disassociate*",
        "Enable*",
        "Export*",
        "Import*",
        "Lock*",
        "ModifyA*",
        "ModifyC*",
        "ModifyD*",
        "ModifyE*",
        "ModifyF*",
        "ModifyH*",
        "ModifyId*",
        "ModifyIm*",
        "ModifyInstanceCapacity*",
        "ModifyInstanceCpu*",
        "ModifyInstanceCredit*",
        "ModifyInstanceEvent*",
        "ModifyInstanceMaintenance*",
        "ModifyInstanceNetwork*",
        "ModifyInstancePlacement",
        "ModifyIp*",
        "ModifyL*",
        "ModifyM*",
        "ModifyN*",
        "ModifyP*",
        "ModifyR*",
        "ModifyS*",
        "ModifyT*",
        "ModifyV*",
        "Monitor*",
        "Move*",
        "Provision*",
        "Purchase*",
        "Register*",
        "Reject*",
        "Release*",
        "Replace*",
        "Reset*",
        "Restore*",
        "Revoke*",
        "Send*",
        "SharedSnapshot*",
        "StartNetwork*",
        "StartVpc*",
        "Unassign*",
        "Unlock*",
        "Unmonitor*",
        "Update*",
        "Withdraw*",
        "BidEvictedEvent",
    ],
};

/// Clusters with their access entries and pod identities: a region has few.
///
/// <https://docs.aws.amazon.com/eks/latest/userguide/logging-using-cloudtrail.html>
pub(super) const EKS: Service = Service {
    source: "eks",
    collectors: &[("eks", Where::Region)],
    rows: &[Row {
        operations: &[
            "CreateCluster",
            "DeleteCluster",
            "UpdateClusterConfig",
            "UpdateClusterVersion",
            "AssociateEncryptionConfig",
            "RegisterCluster",
            "DeregisterCluster",
            "CreateAccessEntry",
            "UpdateAccessEntry",
            "DeleteAccessEntry",
            "AssociateAccessPolicy",
            "DisassociateAccessPolicy",
            "CreatePodIdentityAssociation",
            "UpdatePodIdentityAssociation",
            "DeletePodIdentityAssociation",
            "TagResource",
            "UntagResource",
        ],
        rules: &[whole("eks", Where::Region, &[])],
    }],
    others: &[
        "CreateNodegroup",
        "DeleteNodegroup",
        "UpdateNodegroup*",
        "CreateAddon",
        "UpdateAddon",
        "DeleteAddon",
        "CreateFargateProfile",
        "DeleteFargateProfile",
        "AssociateIdentityProviderConfig",
        "DisassociateIdentityProviderConfig",
        "CreateEksAnywhereSubscription",
        "DeleteEksAnywhereSubscription",
        "UpdateEksAnywhereSubscription",
    ],
};

const DATABASE: Rule = look(
    "rds",
    Where::Region,
    &[
        "/requestParameters/dBInstanceIdentifier",
        "/requestParameters/newDBInstanceIdentifier",
        "/requestParameters/targetDBInstanceIdentifier",
    ],
    Form::Arn("rds", "db:"),
);
const CLUSTER: Rule = look(
    "rds",
    Where::Region,
    &[
        "/requestParameters/dBClusterIdentifier",
        "/requestParameters/newDBClusterIdentifier",
        // The calls about its HTTP endpoint name its ARN.
        "/requestParameters/resourceArn",
    ],
    Form::Arn("rds", "cluster:"),
);

/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/logging-using-cloudtrail.html>
pub(super) const RDS: Service = Service {
    source: "rds",
    collectors: &[("rds", Where::Region)],
    rows: &[
        Row {
            operations: &[
                "CreateDBInstance",
                "CreateDBInstanceReadReplica",
                "RestoreDBInstance*",
                "ModifyDBInstance",
                "DeleteDBInstance",
                "RebootDBInstance",
                "StartDBInstance",
                "StopDBInstance",
                "PromoteReadReplica",
                "AddRoleToDBInstance",
                "RemoveRoleFromDBInstance",
            ],
            rules: &[DATABASE, CLUSTER.if_named()],
        },
        Row {
            operations: &[
                "CreateDBCluster",
                "RestoreDBCluster*",
                "ModifyDBCluster",
                "DeleteDBCluster",
                "StartDBCluster",
                "StopDBCluster",
                "FailoverDBCluster",
                "AddRoleToDBCluster",
                "RemoveRoleFromDBCluster",
                "EnableHttpEndpoint",
                "DisableHttpEndpoint",
            ],
            rules: &[CLUSTER.if_named(), DATABASE.if_named()],
        },
        Row {
            operations: &["AddTagsToResource", "RemoveTagsFromResource"],
            rules: &[look("rds", Where::Region, &["/requestParameters/resourceName"], Form::AsIs)],
        },
    ],
    others: &[
        "CreateDBSnapshot",
        "DeleteDBSnapshot",
        "ModifyDBSnapshot*",
        "CopyDBSnapshot",
        "CreateDBClusterSnapshot",
        "DeleteDBClusterSnapshot",
        "ModifyDBClusterSnapshot*",
        "CopyDBClusterSnapshot",
        "CreateDBParameterGroup",
        "ModifyDBParameterGroup",
        "DeleteDBParameterGroup",
        "ResetDBParameterGroup",
        "CreateDBClusterParameterGroup",
        "ModifyDBClusterParameterGroup",
        "DeleteDBClusterParameterGroup",
        "CreateDBSubnetGroup",
        "ModifyDBSubnetGroup",
        "DeleteDBSubnetGroup",
        "CreateOptionGroup",
        "ModifyOptionGroup",
        "DeleteOptionGroup",
        "CreateEventSubscription",
        "ModifyEventSubscription",
        "DeleteEventSubscription",
        "CreateDBProxy*",
        "ModifyDBProxy*",
        "DeleteDBProxy*",
        "RegisterDBProxyTargets",
        "DeregisterDBProxyTargets",
        "ApplyPendingMaintenanceAction",
        "StartExportTask",
        "CancelExportTask",
        "PurchaseReservedDBInstancesOffering",
    ],
};
