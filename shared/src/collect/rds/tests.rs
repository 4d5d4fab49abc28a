//! Database instances and clusters of every engine, page by page.

use super::super::fake::{ACCOUNT, FakeAws, Received, Reply, Setup, collect_with, slice};
use super::super::fake_json::{
    deny_each, interrupt_everywhere, not_offered, run_twice, throttle_each,
};
use super::super::resources::{number, text};
use super::*;
use crate::model::Status;
use crate::model::resource::{Resource, ResourceType, attributes};

fn setup() -> Setup {
    Setup { region: "eu-west-1".parse().unwrap(), ..Setup::default() }
}

const TAG_LIST: &str = "<TagList><Tag><Key>Owner</Key><Value>&lt;b&gt;ana</Value></Tag>\
                        <Tag><Key>empty</Key></Tag></TagList>";

/// An instance with everything that is read of it, and a pending password that must not be.
fn instance() -> String {
    format!(
        "<DBInstanceIdentifier>billing</DBInstanceIdentifier><DBInstanceClass>db.r8g.large\
         </DBInstanceClass><Engine>aurora-postgresql</Engine><EngineVersion>17.4</EngineVersion>\
         <DBInstanceStatus>available</DBInstanceStatus><MasterUsername>root</MasterUsername>\
         <DBName>ledger</DBName><Endpoint><Address>billing.x.eu-west-1.rds.amazonaws.com</Address>\
         <Port>5432</Port></Endpoint><InstanceCreateTime>2026-01-02T03:04:05.678Z\
         </InstanceCreateTime><PendingModifiedValues><MasterUserPassword>hunter2\
         </MasterUserPassword></PendingModifiedValues><VpcSecurityGroups>\
         <VpcSecurityGroupMembership><VpcSecurityGroupId>sg-2</VpcSecurityGroupId>\
         </VpcSecurityGroupMembership><VpcSecurityGroupMembership><VpcSecurityGroupId>sg-1\
         </VpcSecurityGroupId></VpcSecurityGroupMembership></VpcSecurityGroups><DBSubnetGroup>\
         <VpcId>vpc-1</VpcId></DBSubnetGroup><MultiAZ>false</MultiAZ>\
         <PubliclyAccessible>true</PubliclyAccessible><DBClusterIdentifier>ledger\
         </DBClusterIdentifier><StorageEncrypted>true</StorageEncrypted>\
         <KmsKeyId>arn:aws:kms:eu-west-1:{ACCOUNT}:key/k</KmsKeyId>\
         <DbiResourceId>db-ABC</DbiResourceId><MonitoringRoleArn>arn:aws:iam::{ACCOUNT}:role/watch\
         </MonitoringRoleArn><DBInstanceArn>arn:aws:rds:eu-west-1:{ACCOUNT}:db:billing\
         </DBInstanceArn><IAMDatabaseAuthenticationEnabled>true</IAMDatabaseAuthenticationEnabled>\
         <DeletionProtection>false</DeletionProtection><AssociatedRoles><DBInstanceRole><RoleArn>\
         arn:aws:iam::{ACCOUNT}:role/export</RoleArn><FeatureName>s3Export</FeatureName>\
         <Status>ACTIVE</Status></DBInstanceRole></AssociatedRoles><MasterUserSecret><SecretArn>\
         arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:rds!db-1</SecretArn></MasterUserSecret>\
         <LatestRestorableTime>2026-11-22T05:55:00Z</LatestRestorableTime>{TAG_LIST}"
    )
}

fn bare_instance(name: &str, engine: &str) -> String {
    format!(
        "<DBInstanceIdentifier>{name}</DBInstanceIdentifier><Engine>{engine}</Engine>\
         <DBInstanceArn>arn:aws:rds:eu-west-1:{ACCOUNT}:db:{name}</DBInstanceArn>"
    )
}

fn cluster() -> String {
    format!(
        "<DBClusterIdentifier>ledger</DBClusterIdentifier><DatabaseName>ledger</DatabaseName>\
         <Status>available</Status><Endpoint>w.rds.amazonaws.com</Endpoint>\
         <ReaderEndpoint>r.rds.amazonaws.com</ReaderEndpoint><MultiAZ>true</MultiAZ>\
         <Engine>aurora-postgresql</Engine><EngineVersion>17.4</EngineVersion><Port>5432</Port>\
         <MasterUsername>root</MasterUsername><DBClusterMembers><DBClusterMember>\
         <DBInstanceIdentifier>billing</DBInstanceIdentifier><IsClusterWriter>true\
         </IsClusterWriter></DBClusterMember></DBClusterMembers><VpcSecurityGroups>\
         <VpcSecurityGroupMembership><VpcSecurityGroupId>sg-1</VpcSecurityGroupId>\
         </VpcSecurityGroupMembership></VpcSecurityGroups><StorageEncrypted>false\
         </StorageEncrypted><DbClusterResourceId>cluster-ABC</DbClusterResourceId>\
         <DBClusterArn>arn:aws:rds:eu-west-1:{ACCOUNT}:cluster:ledger</DBClusterArn>\
         <AssociatedRoles><DBClusterRole><RoleArn>arn:aws:iam::{ACCOUNT}:role/load</RoleArn>\
         </DBClusterRole></AssociatedRoles><IAMDatabaseAuthenticationEnabled>true\
         </IAMDatabaseAuthenticationEnabled><ClusterCreateTime>2026-01-02T03:04:05Z\
         </ClusterCreateTime><EngineMode>provisioned</EngineMode><DeletionProtection>true\
         </DeletionProtection><HttpEndpointEnabled>true</HttpEndpointEnabled>{TAG_LIST}"
    )
}

fn bare_cluster(name: &str, engine: &str) -> String {
    format!(
        "<DBClusterIdentifier>{name}</DBClusterIdentifier><Engine>{engine}</Engine>\
         <DBClusterArn>arn:aws:rds:eu-west-1:{ACCOUNT}:cluster:{name}</DBClusterArn>"
    )
}

/// An answer with a page of one of `items`.
fn page(request: &Received, item: &str, items: &[String]) -> Reply {
    let (some, next) = slice(items, request.param("Marker"), 1);
    let element = |it: &String| format!("<{item}>{it}</{item}>");
    let list: String = some.iter().map(element).collect();
    let next = next.map_or_else(String::new, |next| format!("<Marker>{next}</Marker>"));
    Reply::ok(&request.action, format!("<{item}s>{list}</{item}s>{next}"))
}

fn world() -> FakeAws {
    FakeAws::new()
        .on("DescribeDBInstances", |request| {
            let docs = bare_instance("docs", "docdb");
            page(request, "DBInstance", &[instance(), docs, bare_instance("graph", "neptune")])
        })
        .on("DescribeDBClusters", |request| {
            let docs = bare_cluster("docs", "docdb");
            page(request, "DBCluster", &[cluster(), docs, bare_cluster("graph", "neptune")])
        })
}

fn arn(text: &str) -> crate::model::Arn {
    text.replace("ACCOUNT", ACCOUNT).parse().unwrap()
}

fn expected_tags() -> Tags {
    let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    Tags::from([tag("Owner", "<b>ana"), tag("empty", "")])
}

#[tokio::test]
async fn an_instance_with_everything() {
    let outcome = run_twice(&Rds, world, setup).await;
    let expected = Resource {
        arn: arn("arn:aws:rds:eu-west-1:ACCOUNT:db:billing"),
        resource_type: ResourceType::DbInstance,
        name: "billing".to_owned(),
        created: Some("2026-01-02T03:04:05.678Z".parse().unwrap()),
        state: Some("available".to_owned()),
        parent: Some(arn("arn:aws:rds:eu-west-1:ACCOUNT:cluster:ledger")),
        acts_as: vec![
            arn("arn:aws:iam::ACCOUNT:role/export"),
            arn("arn:aws:iam::ACCOUNT:role/watch"),
        ],
        tags: Some(expected_tags()),
        attributes: attributes([
            ("instance-class", text(Some("db.r8g.large"))),
            ("engine", text(Some("aurora-postgresql"))),
            ("engine-version", text(Some("17.4"))),
            ("iam-authentication", Some(true.into())),
            ("publicly-accessible", Some(true.into())),
            ("endpoint", text(Some("billing.x.eu-west-1.rds.amazonaws.com"))),
            ("port", number(Some(5432))),
            ("database-name", text(Some("ledger"))),
            ("vpc-id", text(Some("vpc-1"))),
            ("security-groups", Some(vec!["sg-1", "sg-2"].into())),
            ("storage-encrypted", Some(true.into())),
            ("kms-key-id", Some((&arn("arn:aws:kms:eu-west-1:ACCOUNT:key/k")).into())),
            (
                "master-user-secret",
                Some((&arn("arn:aws:secretsmanager:eu-west-1:ACCOUNT:secret:rds!db-1")).into()),
            ),
            ("resource-id", text(Some("db-ABC"))),
            ("multi-az", Some(false.into())),
            ("deletion-protection", Some(false.into())),
        ]),
    };
    assert_eq!(outcome.resources(INSTANCES)[0], &expected);
    let all = format!("{:?}", outcome.pages);
    assert!(!all.contains("hunter2") && !all.contains("root"), "no password, no master user");
}

#[tokio::test]
async fn a_cluster_with_everything() {
    let outcome = run_twice(&Rds, world, setup).await;
    let expected = Resource {
        arn: arn("arn:aws:rds:eu-west-1:ACCOUNT:cluster:ledger"),
        resource_type: ResourceType::DbCluster,
        name: "ledger".to_owned(),
        created: Some("2026-01-02T03:04:05Z".parse().unwrap()),
        state: Some("available".to_owned()),
        parent: None,
        acts_as: vec![arn("arn:aws:iam::ACCOUNT:role/load")],
        tags: Some(expected_tags()),
        attributes: attributes([
            ("engine", text(Some("aurora-postgresql"))),
            ("engine-version", text(Some("17.4"))),
            ("engine-mode", text(Some("provisioned"))),
            ("iam-authentication", Some(true.into())),
            ("http-endpoint", Some(true.into())),
            ("endpoint", text(Some("w.rds.amazonaws.com"))),
            ("reader-endpoint", text(Some("r.rds.amazonaws.com"))),
            ("port", number(Some(5432))),
            ("database-name", text(Some("ledger"))),
            ("members", Some(vec!["billing"].into())),
            ("security-groups", Some(vec!["sg-1"].into())),
            ("storage-encrypted", Some(false.into())),
            ("resource-id", text(Some("cluster-ABC"))),
            ("multi-az", Some(true.into())),
            ("deletion-protection", Some(true.into())),
        ]),
    };
    assert_eq!(outcome.resources(CLUSTERS)[0], &expected);
}

#[tokio::test]
async fn pages_of_one_keep_every_engine() {
    let aws = world();
    let outcome = collect_with(&Rds, &aws, setup()).await;
    for (capability, action) in
        [(INSTANCES, "DescribeDBInstances"), (CLUSTERS, "DescribeDBClusters")]
    {
        let engines: Vec<String> = outcome
            .resources(capability)
            .into_iter()
            .map(|it| it.attributes["engine"].to_string())
            .collect();
        assert_eq!(engines, ["aurora-postgresql", "docdb", "neptune"], "{capability}");
        assert_eq!(outcome.of(capability).seen, 3);
        assert_eq!(aws.count(action), 3);
    }
    assert!(aws.received().iter().all(|request| request.param("MaxRecords") == "100"));
}

#[tokio::test]
async fn what_every_collector_holds() {
    deny_each(&Rds, world, setup).await;
    throttle_each(&Rds, world, setup).await;
    interrupt_everywhere(&Rds, world, setup).await;
    not_offered(&Rds, setup).await;
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside_and_its_neighbours_are_kept() {
    let aws = FakeAws::new()
        .on("DescribeDBInstances", |request| {
            let lost = "<DBInstanceIdentifier>lost</DBInstanceIdentifier>".to_owned();
            let no_role = format!(
                "{}<MonitoringRoleArn>watch</MonitoringRoleArn>",
                bare_instance("odd", "mysql")
            );
            page(request, "DBInstance", &[lost, no_role, bare_instance("docs", "docdb")])
        })
        .on("DescribeDBClusters", |request| {
            page(request, "DBCluster", &["<Engine>x</Engine>".to_owned(), cluster()])
        });
    let outcome = collect_with(&Rds, &aws, setup()).await;
    let role = format!("a role of arn:aws:rds:eu-west-1:{ACCOUNT}:db:odd");
    assert_eq!(outcome.set_aside(INSTANCES), ["database instance \"lost\"", &role]);
    assert_eq!(outcome.resources(INSTANCES).len(), 2);
    assert_eq!(outcome.set_aside(CLUSTERS), ["database cluster \"\""]);
    assert_eq!(outcome.resources(CLUSTERS).len(), 1);
    for capability in [INSTANCES, CLUSTERS] {
        assert!(matches!(outcome.status(capability), Status::Partial { .. }), "{capability}");
    }
}
