//! One entity of every kind as stores keep it in version 1 of the forms, beside its id.
//!
//! Stores hold these bytes. A line here is never edited: a form that moves on gets a new version and lines of
//! its own, and these go on being read.

use super::{VERSION, read};
use crate::model::{Entity, EntityId};

/// The id, and the content.
pub(crate) const V1: &[(&str, &str)] = &[
    (
        "organization:o-example1234",
        r#"{"id":"o-example1234","arn":"arn:aws:organizations::111122223333:organization/o-example1234","management_account":"111122223333","feature_set":"ALL"}"#,
    ),
    (
        "root:r-ab12",
        r#"{"id":"r-ab12","arn":null,"name":"Root","policy_types":["SERVICE_CONTROL_POLICY"]}"#,
    ),
    (
        "organizational-unit:ou-ab12-workload",
        r#"{"id":"ou-ab12-workload","arn":null,"name":"Prod","parent":"r-ab12","path":["Workloads","Prod"]}"#,
    ),
    (
        "account:444455556666",
        r#"{"id":"444455556666","arn":"arn:aws:organizations::111122223333:account/o-example1234/444455556666","name":"payments","email":"payments@example.com","state":"ACTIVE","joined_method":"CREATED","joined":"2024-02-29T12:00:00Z"}"#,
    ),
    (
        "account-placement:444455556666",
        r#"{"account":"444455556666","parent":"ou-ab12-workload","path":["Workloads","Prod"]}"#,
    ),
    (
        "account-tags:444455556666",
        r#"{"account":"444455556666","tags":{"cost-center":"4711","owner":"=1+1"}}"#,
    ),
    (
        "delegated-administrator:444455556666",
        r#"{"account":"444455556666","since":"2025-01-02T03:04:05Z"}"#,
    ),
    (
        "delegated-services:444455556666",
        r#"{"account":"444455556666","services":[["config.amazonaws.com",null],["sso.amazonaws.com","2025-01-02T03:04:05Z"]]}"#,
    ),
    ("trusted-service:sso.amazonaws.com", r#"{"principal":"sso.amazonaws.com","since":null}"#),
    (
        "organization-policy:p-example1",
        r#"{"id":"p-example1","arn":null,"name":"DenyLeaving","policy_type":"SERVICE_CONTROL_POLICY","description":"nobody leaves","aws_managed":false}"#,
    ),
    (
        "organization-policy-document:p-example1",
        r#"{"policy":"p-example1","document":"{\"Statement\":[]}"}"#,
    ),
    (
        "organization-policy-targets:p-example1",
        r#"{"policy":"p-example1","targets":[{"id":"444455556666","kind":"ACCOUNT"},{"id":"r-ab12","kind":"ROOT"}]}"#,
    ),
    (
        "user:AIDAEXAMPLE1",
        r#"{"arn":"arn:aws:iam::444455556666:user/people/ana","unique_id":"AIDAEXAMPLE1","name":"ana","path":"/people/","created":"2025-01-02T03:04:05Z","groups":["admins","ops"],"attached_policies":["arn:aws:iam::aws:policy/ReadOnlyAccess"],"inline_policies":[{"name":"own","document":"{}"}],"boundary":"arn:aws:iam::444455556666:policy/edge","tags":{"team":"a\u001b[2J"}}"#,
    ),
    (
        "group:AGPAEXAMPLE1",
        r#"{"arn":"arn:aws:iam::444455556666:group/admins","unique_id":"AGPAEXAMPLE1","name":"admins","path":"/","created":null,"attached_policies":["arn:aws:iam::aws:policy/AdministratorAccess"],"inline_policies":[]}"#,
    ),
    (
        "role:AROAEXAMPLE1",
        r#"{"arn":"arn:aws:iam::444455556666:role/deployer","unique_id":"AROAEXAMPLE1","name":"deployer","path":"/","created":"2025-01-02T03:04:05Z","trust":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\"}}","attached_policies":[],"inline_policies":[],"boundary":null,"last_used":{"at":{"time":"2026-11-20T10:00:00Z","region":"eu-west-1","service":null}},"tags":{},"instance_profiles":["AIPAEXAMPLE1"]}"#,
    ),
    (
        "policy:ANPAEXAMPLE1",
        r#"{"arn":"arn:aws:iam::444455556666:policy/edge","unique_id":"ANPAEXAMPLE1","name":"edge","path":"/","default_version":"v2","versions":[{"id":"v1","default":false,"created":null,"document":null},{"id":"v2","default":true,"created":"2025-01-02T03:04:05Z","document":"{}"}],"created":null,"updated":null,"tags":null}"#,
    ),
    (
        "credential-report:444455556666",
        r#"{"account":"444455556666","generated":"2026-11-22T06:00:00Z","rows":3}"#,
    ),
    (
        "mfa:arn:aws:iam::444455556666:user/people/ana#1735787045",
        r#"{"holder":{"arn":"arn:aws:iam::444455556666:user/people/ana","created":"2025-01-02T03:04:05Z"},"active":"unknown"}"#,
    ),
    (
        "password:arn:aws:iam::444455556666:root",
        r#"{"holder":{"arn":"arn:aws:iam::444455556666:root","created":null},"enabled":"true","last_used":"never","last_changed":null,"next_rotation":null}"#,
    ),
    (
        "access-keys:arn:aws:iam::444455556666:user/people/ana#1735787045",
        r#"{"holder":{"arn":"arn:aws:iam::444455556666:user/people/ana","created":"2025-01-02T03:04:05Z"},"keys":[{"slot":1,"id":"AKIAEXAMPLE1","active":true,"created":null},{"slot":2,"id":null,"active":false,"created":"2025-01-02T03:04:05Z"}]}"#,
    ),
    (
        "access-key-use:arn:aws:iam::444455556666:user/people/ana#1735787045",
        r#"{"holder":{"arn":"arn:aws:iam::444455556666:user/people/ana","created":"2025-01-02T03:04:05Z"},"uses":[[1,"unknown"],[2,{"at":{"time":"2026-11-20T10:00:00Z","region":null,"service":"sts"}}]]}"#,
    ),
    (
        "ssh-public-keys:arn:aws:iam::444455556666:user/people/ana#1735787045",
        r#"{"holder":{"arn":"arn:aws:iam::444455556666:user/people/ana","created":"2025-01-02T03:04:05Z"},"credentials":[{"id":"APKAEXAMPLE1","service":null,"status":"Active","created":null}]}"#,
    ),
    (
        "signing-certificates:arn:aws:iam::444455556666:user/people/ana#1735787045",
        r#"{"holder":{"arn":"arn:aws:iam::444455556666:user/people/ana","created":"2025-01-02T03:04:05Z"},"credentials":[]}"#,
    ),
    (
        "service-credentials:arn:aws:iam::444455556666:user/people/ana#1735787045",
        r#"{"holder":{"arn":"arn:aws:iam::444455556666:user/people/ana","created":"2025-01-02T03:04:05Z"},"credentials":[{"id":"ACCAEXAMPLE1","service":"codecommit.amazonaws.com","status":"Inactive","created":"2025-01-02T03:04:05Z"}]}"#,
    ),
    (
        "account-summary:444455556666",
        r#"{"account":"444455556666","root_mfa":true,"root_access_keys":null,"entries":{"AccountMFAEnabled":1,"Users":61}}"#,
    ),
    ("account-aliases:444455556666", r#"{"account":"444455556666","aliases":["acme-payments"]}"#),
    (
        "saml-provider:arn:aws:iam::444455556666:saml-provider/okta",
        r#"{"arn":"arn:aws:iam::444455556666:saml-provider/okta","created":null,"valid_until":"2027-01-01T00:00:00Z"}"#,
    ),
    (
        "oidc-provider:arn:aws:iam::444455556666:oidc-provider/token.actions.githubusercontent.com",
        r#"{"arn":"arn:aws:iam::444455556666:oidc-provider/token.actions.githubusercontent.com"}"#,
    ),
    (
        "instance-profile:AIPAEXAMPLE1",
        r#"{"arn":"arn:aws:iam::444455556666:instance-profile/web","unique_id":"AIPAEXAMPLE1","name":"web","path":"/","created":null,"roles":["arn:aws:iam::444455556666:role/deployer"]}"#,
    ),
    (
        "server-certificate:ASCAEXAMPLE1",
        r#"{"arn":"arn:aws:iam::444455556666:server-certificate/vpn","unique_id":"ASCAEXAMPLE1","name":"vpn","path":"/","uploaded":null,"expires":"2027-01-01T00:00:00Z"}"#,
    ),
    (
        "identity-center-instance:arn:aws:sso:::instance/ssoins-1234567890abcdef",
        r#"{"arn":"arn:aws:sso:::instance/ssoins-1234567890abcdef","identity_store":"d-1234567890","owner":"111122223333","name":null,"status":"ACTIVE","created":null,"reach":"organization"}"#,
    ),
    (
        "permission-set:arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef",
        r#"{"arn":"arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef","instance":"arn:aws:sso:::instance/ssoins-1234567890abcdef","name":"Admin","description":null,"session_duration":"PT8H","relay_state":null,"created":null}"#,
    ),
    (
        "permission-set-managed-policies:arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef",
        r#"{"permission_set":"arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef","policies":["arn:aws:iam::aws:policy/AdministratorAccess"]}"#,
    ),
    (
        "permission-set-customer-policies:arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef",
        r#"{"permission_set":"arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef","policies":[{"path":"/","name":"edge"}]}"#,
    ),
    (
        "permission-set-inline-policy:arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef",
        r#"{"permission_set":"arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef","document":null}"#,
    ),
    (
        "permission-set-boundary:arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef",
        r#"{"permission_set":"arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef","boundary":{"customer":{"path":"/b/","name":"edge"}}}"#,
    ),
    (
        "permission-set-tags:arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef",
        r#"{"permission_set":"arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef","tags":{"owner":"platform"}}"#,
    ),
    (
        "permission-set-provisioning:arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef",
        r#"{"permission_set":"arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef","accounts":["111122223333","444455556666"]}"#,
    ),
    (
        "assignment:arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef/444455556666/GROUP/g-1",
        r#"{"account":"444455556666","permission_set":"arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef","assignee":{"group":"g-1"}}"#,
    ),
    (
        "identity-center-user:d-1234567890/u-1",
        r#"{"identity_store":"d-1234567890","id":"u-1","user_name":"ana.silva","display_name":"Ana Silva","email":"ana@example.com","status":null,"external_ids":[{"issuer":"https://idp.example.com","id":"00u1"}]}"#,
    ),
    (
        "identity-center-group:d-1234567890/g-1",
        r#"{"identity_store":"d-1234567890","id":"g-1","display_name":"Platform","description":"who runs it","external_ids":[]}"#,
    ),
    (
        "identity-center-membership:d-1234567890/m-1",
        r#"{"identity_store":"d-1234567890","id":"m-1","group":"g-1","user":"u-1"}"#,
    ),
    (
        "account-regions:444455556666",
        r#"{"account":"444455556666","regions":{"ap-east-1":"opted-in","eu-west-1":"not-required","me-south-1":"not-opted-in"}}"#,
    ),
    (
        "resource:arn:aws:rds:eu-west-1:444455556666:db:ledger",
        r#"{"arn":"arn:aws:rds:eu-west-1:444455556666:db:ledger","resource_type":"AWS::RDS::DBInstance","name":"ledger","created":"2025-01-02T03:04:05Z","state":"available","parent":"arn:aws:rds:eu-west-1:444455556666:cluster:books","acts_as":["arn:aws:iam::444455556666:role/rds-s3"],"tags":{"team":"payments"},"attributes":{"engine":"postgres","iam-authentication":true,"port":5432,"restored":{"$time":"2025-01-02T03:04:05Z"},"roles":[{"feature":"s3Import"}]}}"#,
    ),
    (
        "resource-policy:arn:aws:s3:::acme-logs",
        r#"{"resource":"arn:aws:s3:::acme-logs","document":"{\"Statement\":[]}"}"#,
    ),
    (
        "resource-setting:arn:aws:s3:::acme-logs#public-access-block",
        r#"{"resource":"arn:aws:s3:::acme-logs","name":"public-access-block","present":true,"attributes":{"block-public-acls":false}}"#,
    ),
    (
        "resource-tags:arn:aws:s3:::acme-logs",
        r#"{"resource":"arn:aws:s3:::acme-logs","tags":{"owner":"=1+1"}}"#,
    ),
];

/// One entity of every kind, in the order of the kinds.
pub(crate) fn one_of_each() -> Vec<Entity> {
    V1.iter()
        .map(|(id, text)| {
            let id: EntityId = id.parse().unwrap();
            read(VERSION, id.kind, text).unwrap_or_else(|error| panic!("{id}: {error:?}"))
        })
        .collect()
}
