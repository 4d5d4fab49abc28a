//! A few identity changes in the organization, one after the other, each with the event that CloudTrail records of it, as
//! EventBridge delivers it.

use aws_sdk_iam::Client;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::aws::session::Session;
use crate::model::{AccountId, Region};

/// Who does it.
const ACTOR: &str = "arn:aws:sts::ACCOUNT:assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/ana.silva";

/// All that there is.
const ADMINISTRATOR: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// The name under which the user has it.
const POLICY: &str = "emergency";

/// A trust policy that lets an account outside of the organization in.
const OUTSIDE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":"sts:AssumeRole"}]}"#;

/// The user that comes, and goes.
const USER: &str = "contractor-temp";

/// The role that comes, and goes: afterwards the organization is as it was.
const ROLE: &str = "vendor-sync";

/// A change that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// What was done, in a few words.
    pub title: &'static str,
    /// The id of its event.
    pub event: String,
    /// The message that EventBridge puts into the queue.
    pub message: String,
}

/// The scenes, in their order.
pub const SCENES: usize = 6;

/// Plays a scene in the account of a session.
///
/// # Errors
///
/// When the emulator does not do it.
pub async fn play(
    session: &Session,
    scene: usize,
    now: Timestamp,
) -> Result<Played, aws_sdk_iam::Error> {
    let iam = session.iam(&Region::global());
    let (title, name, request, response) = match scene {
        0 => {
            iam.create_user().user_name(USER).send().await?;
            ("a user comes", "CreateUser", json!({"userName": USER}), Value::Null)
        }
        1 => {
            let put = iam.put_user_policy().user_name(USER).policy_name(POLICY);
            put.policy_document(ADMINISTRATOR).send().await?;
            let request =
                json!({"userName": USER, "policyName": POLICY, "policyDocument": ADMINISTRATOR});
            ("it becomes an administrator", "PutUserPolicy", request, Value::Null)
        }
        2 => {
            let key = iam.create_access_key().user_name(USER).send().await?;
            let id = key.access_key.map(|key| key.access_key_id);
            let response =
                json!({"accessKey": {"userName": USER, "accessKeyId": id, "status": "Active"}});
            ("it gets an access key", "CreateAccessKey", json!({"userName": USER}), response)
        }
        3 => {
            let role = iam.create_role().role_name(ROLE).assume_role_policy_document(OUTSIDE);
            role.send().await?;
            let request = json!({"roleName": ROLE, "assumeRolePolicyDocument": OUTSIDE});
            ("a role lets a stranger in", "CreateRole", request, Value::Null)
        }
        4 => {
            remove(&iam).await?;
            ("the user goes", "DeleteUser", json!({"userName": USER}), Value::Null)
        }
        _ => {
            iam.delete_role().role_name(ROLE).send().await?;
            ("the role is taken away", "DeleteRole", json!({"roleName": ROLE}), Value::Null)
        }
    };
    let event = format!("e5b1a7c4-0000-4000-8000-{scene:012}");
    let message = message(session.account(), (&event, name), now, &request, &response);
    Ok(Played { title, event, message })
}

async fn remove(iam: &Client) -> Result<(), aws_sdk_iam::Error> {
    iam.delete_user_policy().user_name(USER).policy_name(POLICY).send().await?;
    for key in iam.list_access_keys().user_name(USER).send().await?.access_key_metadata {
        let id = key.access_key_id.unwrap_or_default();
        iam.delete_access_key().user_name(USER).access_key_id(id).send().await?;
    }
    iam.delete_user().user_name(USER).send().await?;
    Ok(())
}

fn message(
    account: &AccountId,
    (event, name): (&str, &str),
    now: Timestamp,
    request: &Value,
    response: &Value,
) -> String {
    let (account, actor) = (account.as_str(), ACTOR.replace("ACCOUNT", account.as_str()));
    let role = actor
        .replace(":sts:", ":iam:")
        .replace("assumed-role/", "role/aws-reserved/sso.amazonaws.com/");
    let role = role.rsplit_once('/').map_or(role.as_str(), |(role, _)| role);
    json!({
        "version": "0",
        "id": event,
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.iam",
        "account": account,
        "time": now.to_string(),
        "region": "us-east-1",
        "resources": [],
        "detail": {
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "AssumedRole",
                "principalId": "AROAEXAMPLEADMINISTRATOR:ana.silva",
                "arn": actor,
                "accountId": account,
                "sessionContext": {
                    "sessionIssuer": {"type": "Role", "arn": role, "accountId": account},
                },
            },
            "eventTime": now.to_string(),
            "eventSource": "iam.amazonaws.com",
            "eventName": name,
            "awsRegion": "us-east-1",
            "sourceIPAddress": "192.0.2.44",
            "userAgent": "aws-cli/2.31",
            "requestParameters": request,
            "responseElements": response,
            "requestID": "0a1b2c3d-0000-4000-8000-000000000000",
            "eventID": event,
            "readOnly": false,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": account,
            "eventCategory": "Management",
        },
    })
    .to_string()
}
