//! Every type of identity, with and without its parts.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::record::plain::Plain;
use super::*;

fn plain(identity: &Value) -> Plain {
    Plain::read(&json!({ "userIdentity": identity }).to_string()).unwrap()
}

const ROLE: &str = "arn:aws:iam::111122223333:role/teams/deploy";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/deploy/bo";
const USER: &str = "arn:aws:iam::111122223333:user/ana";

fn issued_by(issuer: &Value) -> Value {
    json!({ "sessionIssuer": issuer })
}

fn are_named(rows: &[(Value, &str)]) {
    for (identity, name) in rows {
        assert_eq!(principal(&plain(identity).record().identity), *name, "{identity}");
    }
}

#[test]
fn names_of_sessions() {
    let by_role = issued_by(&json!({"type": "Role", "arn": ROLE}));
    let rows = [
        (json!({"type": "AssumedRole", "arn": SESSION, "sessionContext": by_role}), ROLE),
        (
            json!({"type": "AssumedRole", "arn": SESSION, "sessionContext": issued_by(&json!({}))}),
            SESSION,
        ),
        (json!({"type": "AssumedRole", "arn": SESSION, "sessionContext": {}}), SESSION),
        (
            json!({"type": "AssumedRole", "arn": SESSION, "sessionContext": issued_by(&json!({"arn": ""}))}),
            SESSION,
        ),
        (json!({"type": "AssumedRole", "arn": SESSION, "invokedBy": "ec2.amazonaws.com"}), SESSION),
        (json!({"type": "AssumedRole", "principalId": "AROAEXAMPLE:bo"}), "unknown:AROAEXAMPLE:bo"),
        (json!({"type": "AssumedRole"}), "unknown:"),
        (
            json!({"type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/bo",
            "sessionContext": issued_by(&json!({"type": "IAMUser", "arn": USER}))}),
            USER,
        ),
        (
            json!({"type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/bo"}),
            "arn:aws:sts::111122223333:federated-user/bo",
        ),
    ];
    are_named(&rows);
}

#[test]
fn names_of_users_and_services() {
    let rows = [
        (json!({"type": "IAMUser", "arn": USER, "userName": "ana"}), USER),
        (
            json!({"type": "IAMUser", "principalId": "AIDAEXAMPLE", "userName": "ana"}),
            "unknown:AIDAEXAMPLE",
        ),
        (json!({"type": "IAMUser", "accountId": "111122223333", "userName": "ana"}), "unknown:"),
        (
            json!({"type": "Root", "arn": "arn:aws:iam::111122223333:root"}),
            "arn:aws:iam::111122223333:root",
        ),
        (json!({"type": "Root", "principalId": "111122223333"}), "unknown:111122223333"),
        (
            json!({"type": "AWSService", "invokedBy": "elasticloadbalancing.amazonaws.com"}),
            "service:elasticloadbalancing.amazonaws.com",
        ),
        (json!({"type": "AWSService", "principalId": "x"}), "service:"),
        (json!({"invokedBy": "AWS Internal"}), "service:AWS Internal"),
        (json!({"invokedBy": "ec2.amazonaws.com", "arn": USER}), "service:ec2.amazonaws.com"),
        (
            json!({"type": "AWSAccount", "accountId": "444455556666", "principalId": "AIDAEXAMPLE"}),
            "account:444455556666",
        ),
        (
            json!({"type": "AWSAccount", "accountId": "anonymous", "principalId": ""}),
            "account:anonymous",
        ),
        (json!({"type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL"}), "account:anonymous"),
        (json!({"type": "AWSAccount"}), "account:anonymous"),
        (json!({"type": "AWSAccount", "accountId": null}), "account:anonymous"),
    ];
    are_named(&rows);
}

#[test]
fn names_of_others() {
    let rows = [
        (
            json!({"type": "IdentityCenterUser", "accountId": "111122223333",
            "onBehalfOf": {"userId": "u-1", "identityStoreArn": "arn:aws:identitystore::111122223333:identitystore/d-1"}}),
            "identitycenter:u-1",
        ),
        (json!({"type": "IdentityCenterUser", "onBehalfOf": {}}), "identitycenter:"),
        (
            json!({"type": "SAMLUser", "principalId": "h:bo", "userName": "bo",
            "identityProvider": "arn:aws:iam::111122223333:saml-provider/okta"}),
            "federated:arn:aws:iam::111122223333:saml-provider/okta/bo",
        ),
        (
            json!({"type": "WebIdentityUser", "userName": "app-1", "identityProvider": "accounts.example.com"}),
            "federated:accounts.example.com/app-1",
        ),
        (json!({"type": "WebIdentityUser"}), "federated:/"),
        (json!({"type": "SAMLUser", "userName": "bo"}), "federated:/bo"),
        (json!({"type": "Role", "principalId": "AROAEXAMPLE", "arn": ROLE}), "unknown:AROAEXAMPLE"),
        (json!({"type": "Directory", "userName": "bo"}), "unknown:"),
        (json!({"type": "Unknown", "principalId": "p"}), "unknown:p"),
        (json!({"type": "Unknown", "invokedBy": "ec2.amazonaws.com"}), "unknown:"),
        (json!({"principalId": "p", "arn": USER}), "unknown:p"),
        (json!({"type": "iamuser", "arn": USER, "principalId": "p"}), "unknown:p"),
        (json!({}), "unknown:"),
        (json!(null), "unknown:"),
        (json!("HIDDEN_DUE_TO_SECURITY_REASONS"), "unknown:"),
    ];
    are_named(&rows);
}

#[test]
fn an_arn_is_not_copied() {
    let plain = plain(&json!({"type": "IAMUser", "arn": USER}));
    assert!(matches!(principal(&plain.record().identity), Cow::Borrowed(_)));
}

fn session(name: &str) -> Value {
    json!({"type": "AssumedRole", "arn": format!("arn:aws:sts::111122223333:assumed-role/deploy/{name}")})
}

#[test]
fn humans_in_their_order() {
    let all = json!({"type": "AssumedRole", "arn": SESSION, "onBehalfOf": {"userId": "u-1"},
        "sessionContext": {"sourceIdentity": "ana"}});
    let two = json!({"type": "AssumedRole", "arn": SESSION, "onBehalfOf": {"userId": "u-1"}});
    let rows = [
        (all, Some((NamedBy::SourceIdentity, "ana"))),
        (two, Some((NamedBy::OnBehalfOf, "u-1"))),
        (json!({"type": "AssumedRole", "arn": SESSION}), Some((NamedBy::SessionName, "bo"))),
        (
            json!({"type": "AssumedRole", "principalId": "AROAEXAMPLE:bo"}),
            Some((NamedBy::SessionName, "bo")),
        ),
        (
            json!({"type": "AssumedRole", "arn": ROLE, "principalId": "AROAEXAMPLE:bo"}),
            Some((NamedBy::SessionName, "bo")),
        ),
        (
            json!({"type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/bo"}),
            Some((NamedBy::SessionName, "bo")),
        ),
        (
            json!({"type": "AWSAccount", "principalId": "AROAEXAMPLE:bo"}),
            Some((NamedBy::SessionName, "bo")),
        ),
        (json!({"type": "AWSAccount", "principalId": "AIDAEXAMPLE"}), None),
        (json!({"type": "AWSAccount", "principalId": "x:y"}), None),
        (json!({"type": "AssumedRole", "principalId": "AROAEXAMPLE:"}), None),
        (json!({"type": "AssumedRole", "principalId": "AROAEXAMPLE"}), None),
        (json!({"type": "IAMUser", "arn": USER}), None),
        (json!({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}), None),
        (json!({}), None),
    ];
    for (identity, human_) in rows {
        let plain = plain(&identity);
        let found =
            human(&plain.record().identity).map(|human| (human.by, human.name.into_owned()));
        assert_eq!(found, human_.map(|(by, name)| (by, name.to_owned())), "{identity}");
    }
}

#[test]
fn session_names_that_say_nothing() {
    for name in [
        "i-0123456789abcdef0",
        "mi-0123456789abcdef0",
        "1732867200000000000",
        "d8ee36cb0ad9463794d54af9deadbeef",
        "0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d",
        "botocore-session-1732867200",
        "aws-sdk-js-session-1732867200",
        "aws-go-sdk-1732867200",
        "eks-prod-web-7f9c-0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d",
    ] {
        assert_eq!(human(&plain(&session(name)).record().identity), None, "{name}");
    }
    for name in [
        "ada",
        "bo",
        "i-anna",
        "deadbeef",
        "eks-admins-2",
        "nightly-report",
        "2026",
        "ana@example.com",
    ] {
        let plain = plain(&session(name));
        assert_eq!(human(&plain.record().identity).unwrap().name, name);
    }
    let linked = "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";
    let mut identity = session("AutoScaling");
    identity["sessionContext"] = issued_by(&json!({"arn": linked}));
    assert_eq!(human(&plain(&identity).record().identity), None);
}

#[test]
fn callers() {
    let user = json!({"type": "IAMUser", "arn": USER});
    let service = json!({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"});
    let by_cloudformation =
        json!({"type": "AssumedRole", "invokedBy": "cloudformation.amazonaws.com"});
    let by_signin = json!({"type": "IAMUser", "invokedBy": "signin.amazonaws.com"});
    let rows = [
        (&user, "AwsConsoleSignIn", "Mozilla/5.0", "192.0.2.1", Caller::Console),
        (&user, "AwsConsoleAction", "", "192.0.2.1", Caller::Console),
        (&user, "AwsApiCall", "console.amazonaws.com", "192.0.2.1", Caller::Console),
        (&user, "AwsApiCall", "signin.amazonaws.com", "192.0.2.1", Caller::Console),
        (
            &user,
            "AwsApiCall",
            "[S3Console/0.4, aws-internal/3 aws-sdk-java/1.11]",
            "192.0.2.1",
            Caller::Console,
        ),
        (&user, "AwsApiCall", "Mozilla/5.0 (X11; Linux x86_64)", "192.0.2.1", Caller::Console),
        (&by_signin, "AwsApiCall", "", "192.0.2.1", Caller::Console),
        (&user, "AwsApiCall", "aws-cli/2.27.1 md/awscrt", "192.0.2.1", Caller::Cli),
        (&user, "AwsApiCall", "[aws-cli/1.16 Python/2.7]", "192.0.2.1", Caller::Cli),
        (&user, "AwsApiCall", "Boto3/1.40 md/Botocore", "192.0.2.1", Caller::Sdk),
        (&user, "AwsApiCall", "aws-sdk-rust/1.3", "192.0.2.1", Caller::Sdk),
        (
            &user,
            "AwsApiCall",
            "APN/1.0 HashiCorp/1.0 Terraform/1.9 aws-sdk-go-v2/1.30",
            "192.0.2.1",
            Caller::Sdk,
        ),
        (&user, "AwsApiCall", "[Boto3/1.9 Python/3.6]", "192.0.2.1", Caller::Sdk),
        (&user, "AwsApiCall", "curl/8.5", "192.0.2.1", Caller::Other),
        (&user, "AwsApiCall", "", "", Caller::Other),
        (&user, "AwsApiCall", "https://evil.amazonaws.com", "192.0.2.1", Caller::Other),
        (&user, "AwsApiCall", "AWS Internal", "192.0.2.1", Caller::Service),
        (&user, "AwsApiCall", "ec2.amazonaws.com", "ec2.amazonaws.com", Caller::Service),
        (&user, "AwsApiCall", "aws-internal/3 aws-sdk-java/1.12", "192.0.2.1", Caller::Service),
        (&user, "AwsServiceEvent", "", "192.0.2.1", Caller::Service),
        (&service, "AwsApiCall", "", "", Caller::Service),
        (&by_cloudformation, "AwsApiCall", "aws-sdk-java/2", "192.0.2.1", Caller::Service),
    ];
    for (identity, kind, agent, ip, expected) in rows {
        let text = json!({"userIdentity": identity, "eventType": kind, "userAgent": agent, "sourceIPAddress": ip});
        let plain = Plain::read(&text.to_string()).unwrap();
        assert_eq!(caller(&plain.record()), expected, "{text}");
    }
}

proptest! {
    #[test]
    fn every_identity_has_a_name(
        kind in "(AssumedRole|FederatedUser|AWSAccount|SAMLUser|IAMUser|\\PC{0,9})",
        [arn, id, user, by] in proptest::array::uniform4("(arn:aws:sts::1:assumed-role/)?[:/a-z\\PC]{0,20}"),
    ) {
        let text = json!({"type": kind, "arn": arn, "principalId": id, "userName": user, "invokedBy": by,
            "sessionContext": {"sessionIssuer": {"arn": user}}});
        let plain = plain(&text);
        let record = plain.record();
        prop_assert!(!principal(&record.identity).is_empty());
        if let Some(human) = human(&record.identity) {
            prop_assert!(!human.name.is_empty());
        }
        caller(&record);
    }
}
