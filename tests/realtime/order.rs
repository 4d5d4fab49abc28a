//! Events in any order, more than once, between the changes that they tell of: the store ends as a run would find it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use accesstrail_shared::live::Fate;
use accesstrail_shared::realtime::Event;
use accesstrail_shared::testing::proxy::Plan;
use accesstrail_tests::world;
use serde_json::{Value, json};

use super::act::{Stage, differences, event};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const DOCUMENT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
const OTHER: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;

/// Numbers that look random and are the same each time.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, most: usize) -> usize {
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        self.0 = hasher.finish();
        usize::try_from(self.0 % u64::try_from(most.max(1)).unwrap()).unwrap()
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            let with = self.below(at + 1);
            items.swap(at, with);
        }
    }
}

/// Makes the next change of the story and answers its events; none after the last.
async fn change(stage: &Stage, step: usize) -> Option<Vec<Event>> {
    let (iam, tag) = (stage.iam().await, stage.tag.as_str());
    let (user, role, group) =
        (format!("{tag}-user"), format!("{tag}-role"), format!("{tag}-group"));
    let policy = format!("arn:aws:iam::{}:policy/{tag}-policy", stage.account);
    let say = |name: &str, request: Value| stage.event("iam", name, request, Value::Null);
    let events = match step {
        0 => {
            iam.create_user().user_name(&user).path("/team/").send().await.unwrap();
            vec![say("CreateUser", json!({"userName": user}))]
        }
        1 => {
            iam.create_role()
                .role_name(&role)
                .assume_role_policy_document(TRUST)
                .send()
                .await
                .unwrap();
            vec![say("CreateRole", json!({"roleName": role}))]
        }
        2 => {
            let made =
                iam.create_policy().policy_name(format!("{tag}-policy")).policy_document(DOCUMENT);
            made.send().await.unwrap();
            let answer = json!({"policy": {"arn": policy}});
            vec![stage.event("iam", "CreatePolicy", json!({"policyName": "p"}), answer)]
        }
        3 => {
            iam.attach_role_policy().role_name(&role).policy_arn(&policy).send().await.unwrap();
            vec![say("AttachRolePolicy", json!({"roleName": role, "policyArn": policy}))]
        }
        4 => {
            let put = iam
                .put_user_policy()
                .user_name(&user)
                .policy_name("in+line")
                .policy_document(DOCUMENT);
            put.send().await.unwrap();
            vec![say("PutUserPolicy", json!({"userName": user, "policyName": "in+line"}))]
        }
        5 => {
            iam.create_group().group_name(&group).send().await.unwrap();
            vec![say("CreateGroup", json!({"groupName": group}))]
        }
        6 => {
            iam.add_user_to_group().user_name(&user).group_name(&group).send().await.unwrap();
            vec![say("AddUserToGroup", json!({"userName": user, "groupName": group}))]
        }
        7 => {
            let put =
                iam.put_group_policy().group_name(&group).policy_name("all").policy_document(OTHER);
            put.send().await.unwrap();
            vec![say("PutGroupPolicy", json!({"groupName": group, "policyName": "all"}))]
        }
        8 => {
            let made = iam.create_access_key().user_name(&user).send().await.unwrap();
            let id = made.access_key.unwrap().access_key_id;
            let answer = json!({"accessKey": {"userName": user, "accessKeyId": id}});
            vec![stage.event("iam", "CreateAccessKey", json!({"userName": user}), answer)]
        }
        9 => {
            iam.create_login_profile()
                .user_name(&user)
                .password("Aa1!aaaaaaaa")
                .send()
                .await
                .unwrap();
            vec![say("CreateLoginProfile", json!({"userName": user}))]
        }
        10 => {
            let version = iam.create_policy_version().policy_arn(&policy).policy_document(OTHER);
            version.set_as_default(true).send().await.unwrap();
            vec![say("CreatePolicyVersion", json!({"policyArn": policy, "setAsDefault": true}))]
        }
        11 => {
            let boundary = iam.put_role_permissions_boundary().role_name(&role);
            boundary.permissions_boundary(&policy).send().await.unwrap();
            vec![say("PutRolePermissionsBoundary", json!({"roleName": role}))]
        }
        12 => {
            let trust = iam.update_assume_role_policy().role_name(&role);
            trust.policy_document(TRUST.replace("ec2", "lambda")).send().await.unwrap();
            vec![say("UpdateAssumeRolePolicy", json!({"roleName": role}))]
        }
        13 => {
            let profile = format!("{tag}-profile");
            iam.create_instance_profile().instance_profile_name(&profile).send().await.unwrap();
            let add = iam.add_role_to_instance_profile().instance_profile_name(&profile);
            add.role_name(&role).send().await.unwrap();
            vec![
                say("CreateInstanceProfile", json!({"instanceProfileName": profile})),
                say(
                    "AddRoleToInstanceProfile",
                    json!({"instanceProfileName": profile, "roleName": role}),
                ),
            ]
        }
        14 => {
            iam.delete_user_policy().user_name(&user).policy_name("in+line").send().await.unwrap();
            iam.remove_user_from_group().user_name(&user).group_name(&group).send().await.unwrap();
            iam.delete_login_profile().user_name(&user).send().await.unwrap();
            for key in
                iam.list_access_keys().user_name(&user).send().await.unwrap().access_key_metadata
            {
                let id = key.access_key_id.unwrap();
                iam.delete_access_key().user_name(&user).access_key_id(id).send().await.unwrap();
            }
            iam.delete_user().user_name(&user).send().await.unwrap();
            let by = json!({"userName": user});
            [
                "DeleteUserPolicy",
                "RemoveUserFromGroup",
                "DeleteLoginProfile",
                "DeleteAccessKey",
                "DeleteUser",
            ]
            .map(|name| match name {
                "RemoveUserFromGroup" => say(name, json!({"userName": user, "groupName": group})),
                _ => say(name, by.clone()),
            })
            .to_vec()
        }
        // The same name is not the same user.
        15 => {
            iam.create_user().user_name(&user).send().await.unwrap();
            vec![say("CreateUser", json!({"userName": user}))]
        }
        16 => {
            iam.create_account_alias().account_alias(format!("{tag}-alias")).send().await.unwrap();
            vec![say("CreateAccountAlias", json!({"accountAlias": "a"}))]
        }
        other => return resources(stage, other - 17).await,
    };
    Some(events)
}

async fn resources(stage: &Stage, step: usize) -> Option<Vec<Event>> {
    let (session, tag) = (stage.session().await, stage.tag.as_str());
    let region = "eu-west-1".parse().unwrap();
    let bucket = format!("acme-{tag}");
    let say = |source: &str, name: &str, request: Value| {
        event(&stage.account, "eu-west-1", (source, name), request, Value::Null)
    };
    let events = match step {
        0 => {
            let here = aws_sdk_s3::types::CreateBucketConfiguration::builder()
                .location_constraint(aws_sdk_s3::types::BucketLocationConstraint::EuWest1)
                .build();
            let s3 = session.s3(&region);
            s3.create_bucket()
                .bucket(&bucket)
                .create_bucket_configuration(here)
                .send()
                .await
                .unwrap();
            vec![say("s3", "CreateBucket", json!({"bucketName": bucket}))]
        }
        1 => {
            let open = DOCUMENT.replace(
                "\"Resource\":\"*\"",
                &format!("\"Principal\":\"*\",\"Resource\":\"arn:aws:s3:::{bucket}/*\""),
            );
            session
                .s3(&region)
                .put_bucket_policy()
                .bucket(&bucket)
                .policy(open)
                .send()
                .await
                .unwrap();
            vec![say("s3", "PutBucketPolicy", json!({"bucketName": bucket}))]
        }
        2 => {
            let key = session.kms(&region).create_key().description(tag).send().await.unwrap();
            let arn = key.key_metadata.unwrap().arn.unwrap();
            let answer = json!({"keyMetadata": {"arn": arn}});
            vec![event(&stage.account, "eu-west-1", ("kms", "CreateKey"), json!({}), answer)]
        }
        3 => {
            use aws_sdk_dynamodb::types::{
                AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
            };
            let name = AttributeDefinition::builder()
                .attribute_name("pk")
                .attribute_type(ScalarAttributeType::S);
            let key = KeySchemaElement::builder().attribute_name("pk").key_type(KeyType::Hash);
            let made = session.dynamodb(&region).create_table().table_name(tag);
            let made =
                made.attribute_definitions(name.build().unwrap()).key_schema(key.build().unwrap());
            made.billing_mode(BillingMode::PayPerRequest).send().await.unwrap();
            vec![say("dynamodb", "CreateTable", json!({"tableName": tag}))]
        }
        4 => {
            session.dynamodb(&region).delete_table().table_name(tag).send().await.unwrap();
            vec![say("dynamodb", "DeleteTable", json!({"tableName": tag}))]
        }
        5 => {
            session.s3(&region).delete_bucket_policy().bucket(&bucket).send().await.unwrap();
            session.s3(&region).delete_bucket().bucket(&bucket).send().await.unwrap();
            vec![
                say("s3", "DeleteBucketPolicy", json!({"bucketName": bucket})),
                say("s3", "DeleteBucket", json!({"bucketName": bucket})),
            ]
        }
        other => return people(stage, other - 6).await,
    };
    Some(events)
}

async fn people(stage: &Stage, step: usize) -> Option<Vec<Event>> {
    let (session, tag) = (stage.home_session().await, stage.tag.as_str());
    let region = "eu-west-1".parse().unwrap();
    let (instance, directory) = (
        stage.world.company.instance().to_owned(),
        stage.world.company.identity_store().to_owned(),
    );
    let say = |source: &str, name: &str, request: Value, response: Value| {
        event(&stage.home, "eu-west-1", (source, name), request, response)
    };
    let sso = session.sso_admin(&region);
    let people = session.identity_store(&region);
    let events = match step {
        0 => {
            let made = sso
                .create_permission_set()
                .instance_arn(&instance)
                .session_duration("PT1H")
                .name(format!("{tag}-set"));
            let set =
                made.send().await.unwrap().permission_set.unwrap().permission_set_arn.unwrap();
            let inline = sso.put_inline_policy_to_permission_set().instance_arn(&instance);
            inline.permission_set_arn(&set).inline_policy(DOCUMENT).send().await.unwrap();
            let user = stage
                .world
                .company
                .store_user("ana")
                .or_else(|| stage.world.company.store_user("ana.alvarez"));
            let answer = json!({"permissionSet": {"permissionSetArn": set}});
            let mut events = vec![
                say("sso", "CreatePermissionSet", json!({"name": "x"}), answer),
                say(
                    "sso",
                    "PutInlinePolicyToPermissionSet",
                    json!({"permissionSetArn": set}),
                    Value::Null,
                ),
            ];
            if let Some(user) = user {
                let give = sso
                    .create_account_assignment()
                    .instance_arn(&instance)
                    .permission_set_arn(&set);
                let give = give
                    .target_id(stage.account.as_str())
                    .target_type(aws_sdk_ssoadmin::types::TargetType::AwsAccount);
                let give = give
                    .principal_id(user)
                    .principal_type(aws_sdk_ssoadmin::types::PrincipalType::User);
                give.send().await.unwrap();
                let request = json!({"permissionSetArn": set, "targetId": stage.account.as_str()});
                events.push(say("sso", "CreateAccountAssignment", request, Value::Null));
            }
            events
        }
        1 => {
            let made = people
                .create_group()
                .identity_store_id(&directory)
                .display_name(format!("{tag}-people"));
            let group = made.send().await.unwrap().group_id;
            let name = aws_sdk_identitystore::types::Name::builder()
                .given_name("Eva")
                .family_name("Example")
                .build();
            let made =
                people.create_user().identity_store_id(&directory).user_name(format!("{tag}-eva"));
            let user = made.name(name).display_name("Eva").send().await.unwrap().user_id;
            let member = aws_sdk_identitystore::types::MemberId::UserId(user.clone());
            let join =
                people.create_group_membership().identity_store_id(&directory).group_id(&group);
            let membership = join.member_id(member).send().await.unwrap().membership_id;
            vec![
                say("identitystore", "CreateGroup", json!({}), json!({"groupId": group})),
                say("identitystore", "CreateUser", json!({}), json!({"userId": user})),
                say(
                    "identitystore",
                    "CreateGroupMembership",
                    json!({"groupId": group}),
                    json!({"membershipId": membership}),
                ),
            ]
        }
        2 => {
            let organizations = session.organizations(&accesstrail_shared::model::Region::global());
            let made = organizations.create_policy().name(format!("{tag}-scp")).description("x");
            let made = made
                .content(OTHER)
                .r#type(aws_sdk_organizations::types::PolicyType::ServiceControlPolicy);
            let id = made.send().await.unwrap().policy.unwrap().policy_summary.unwrap().id.unwrap();
            let attach =
                organizations.attach_policy().policy_id(&id).target_id(stage.account.as_str());
            attach.send().await.unwrap();
            vec![
                say(
                    "organizations",
                    "CreatePolicy",
                    json!({}),
                    json!({"policy": {"policySummary": {"id": id}}}),
                ),
                say(
                    "organizations",
                    "AttachPolicy",
                    json!({"policyId": id, "targetId": stage.account.as_str()}),
                    Value::Null,
                ),
            ]
        }
        _ => return None,
    };
    Some(events)
}

/// Hands events over. Whatever contradicts an event is told, and nothing else is.
async fn take(stage: &Stage, events: &[Event], told: &mut Vec<String>) {
    let outcome = stage.take(events).await;
    assert_eq!((outcome.counts.unknown_accounts, outcome.counts.foreign), (0, 0));
    let late = outcome.fates.iter().position(|fate| *fate != Fate::Done);
    assert!(late.is_none(), "{:?}", late.map(|at| &events[at]));
    let gap = outcome.notices.iter().find(|(notice, _)| !notice.what.contains(" there:"));
    assert!(gap.is_none(), "{gap:?}");
    told.extend(outcome.notices.into_iter().map(|(notice, _)| notice.what));
}

async fn any_order(seed: u64) {
    let stage = Stage::set(Plan::default()).await;
    let mut dice = Dice::new(seed);
    let (mut waiting, mut all): (Vec<Event>, Vec<Event>) = (Vec::new(), Vec::new());
    let (mut step, mut told) = (0, Vec::new());
    while let Some(events) = change(&stage, step).await {
        step += 1;
        waiting.extend(events.iter().cloned());
        all.extend(events);
        if dice.below(3) == 0 {
            dice.shuffle(&mut waiting);
            let some = waiting.split_off(waiting.len() - dice.below(waiting.len() + 1));
            take(&stage, &some, &mut told).await;
        }
    }
    assert!(step > 20, "the story has {step} steps");
    // What was never delivered, and some of the rest again.
    waiting.extend(all.iter().filter(|_| dice.below(4) == 0).cloned());
    dice.shuffle(&mut waiting);
    for some in waiting.chunks(5) {
        take(&stage, some, &mut told).await;
    }
    let (found, truth) = (stage.contents().await, stage.truth().await);
    let wrong = differences(&found, &truth);
    assert!(wrong.is_empty(), "seed {seed}:\n{}\n{}", wrong.join("\n"), told.join("\n"));
}

#[test]
fn events_in_any_order_end_in_what_a_run_finds() {
    for seed in [1, 2, 3] {
        world::run(any_order(seed));
    }
}
