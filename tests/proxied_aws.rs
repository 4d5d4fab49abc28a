//! The fault proxy between the real SDK and a real moto: the SDK must see what it would see in AWS.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

use std::time::{Duration, Instant};

use accesstrail_shared::testing::{
    local::{Emulator, LocalAws, ManagedPolicies, Options},
    proxy::{Call, Fault, Layer, Match, Patch, Plan, Proxy, ThrottleCode},
};
use aws_credential_types::Credentials;
use aws_sdk_iam::{
    config::{BehaviorVersion, Region, retry::RetryConfig},
    error::ProvideErrorMetadata as _,
};
use futures::{StreamExt as _, TryStreamExt as _, stream};

const MEMBER: &str = "111122223333";

/// The configuration of any SDK client: each crate has its own type of the same shape.
macro_rules! client {
    ($service:ident, $proxy:expr, $credentials:expr) => {
        $service::Client::from_conf(
            $service::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new("us-east-1"))
                .endpoint_url($proxy.endpoint())
                .credentials_provider($credentials)
                .retry_config(
                    RetryConfig::standard()
                        .with_max_attempts(4)
                        .with_initial_backoff(Duration::from_millis(5)),
                )
                .build(),
        )
    };
}

fn anyone() -> Credentials {
    Credentials::new("AKIAEXAMPLE", "secret", None, None, "test")
}

async fn in_member(proxy: &Proxy) -> Credentials {
    let sts = client!(aws_sdk_sts, proxy, anyone());
    let role = format!("arn:aws:iam::{MEMBER}:role/reader");
    let answer = sts.assume_role().role_arn(role).role_session_name("test").send().await.unwrap();
    let keys = answer.credentials.unwrap();
    let token = Some(keys.session_token);
    Credentials::new(keys.access_key_id, keys.secret_access_key, token, None, "assumed")
}

async fn moto(policies: ManagedPolicies) -> (LocalAws, Proxy) {
    let options = Options { managed_policies: policies, ..Options::only(Emulator::Organization) };
    let aws = LocalAws::start(&options, &|_| ()).await.unwrap();
    let proxy = Proxy::start(aws.organization_endpoint().unwrap(), Plan::default()).await.unwrap();
    (aws, proxy)
}

#[tokio::test]
async fn lists_come_in_pages_and_whole_to_the_paginators() {
    let (_aws, proxy) = moto(ManagedPolicies::Skip).await;
    let iam = client!(aws_sdk_iam, proxy, in_member(&proxy).await);
    for number in 0..7 {
        iam.create_user().user_name(format!("u{number}")).send().await.unwrap();
        iam.create_group().group_name(format!("g{number}")).send().await.unwrap();
    }
    let organizations = client!(aws_sdk_organizations, proxy, anyone());
    organizations.create_organization().send().await.unwrap();
    for number in 0..150 {
        let email = format!("a{number}@example.com");
        organizations.create_account().account_name("x").email(email).send().await.unwrap();
    }

    proxy.set_plan(Plan::default().rule(Match::any(), Fault::page(3)));
    proxy.clear_calls();
    let users: Vec<_> =
        iam.list_users().into_paginator().items().send().try_collect().await.unwrap();
    assert_eq!(users.len(), 7);
    assert_eq!(proxy.calls().len(), 3);
    assert!(proxy.calls().iter().all(|call| call.account.as_deref() == Some(MEMBER)));

    proxy.clear_calls();
    let pages: Vec<_> = iam
        .get_account_authorization_details()
        .into_paginator()
        .send()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(pages.iter().map(|page| page.user_detail_list().len()).sum::<usize>(), 7);
    assert_eq!(pages.iter().map(|page| page.group_detail_list().len()).sum::<usize>(), 7);
    assert_eq!(pages.len(), 5);

    proxy.set_plan(Plan::default().rule(Match::any(), Fault::page(20)));
    proxy.clear_calls();
    let accounts: Vec<_> =
        organizations.list_accounts().into_paginator().send().try_collect().await.unwrap();
    assert_eq!(accounts.iter().map(|page| page.accounts().len()).sum::<usize>(), 151);
    assert_eq!(proxy.calls().len(), 8);
}

/// moto pages these lists itself, by 100: the proxy must get at all of them.
#[tokio::test]
async fn lists_of_identity_center_come_whole() {
    let (_aws, proxy) = moto(ManagedPolicies::Skip).await;
    let admin = client!(aws_sdk_ssoadmin, proxy, anyone());
    let store = client!(aws_sdk_identitystore, proxy, anyone());
    let instances = admin.list_instances().send().await.unwrap();
    let instance = instances.instances().first().unwrap();
    let (arn, id) = (instance.instance_arn().unwrap(), instance.identity_store_id().unwrap());
    for number in 0..120 {
        let name = format!("n{number}");
        let create = admin.create_permission_set().instance_arn(arn).name(&name);
        create.session_duration("PT1H").send().await.unwrap();
        let create = store.create_user().identity_store_id(id).user_name(&name);
        let real = aws_sdk_identitystore::types::Name::builder().given_name("x").family_name("y");
        create.name(real.build()).display_name("x").send().await.unwrap();
    }
    proxy.set_plan(Plan::default().rule(Match::any(), Fault::page(50)));
    proxy.clear_calls();
    let sets = admin.list_permission_sets().instance_arn(arn).into_paginator().items().send();
    assert_eq!(sets.try_collect().await.unwrap().len(), 120);
    let users = store.list_users().identity_store_id(id).into_paginator().items().send();
    assert_eq!(users.try_collect().await.unwrap().len(), 120);
    let calls: Vec<_> = proxy.calls().iter().map(Call::iam_action).collect();
    assert_eq!(calls[..3], ["sso:ListPermissionSets"; 3]);
    assert_eq!(calls[3..], ["identitystore:ListUsers"; 3]);
}

#[tokio::test]
async fn errors_reach_the_sdk_as_those_of_aws() {
    let (_aws, proxy) = moto(ManagedPolicies::Skip).await;
    let iam = client!(aws_sdk_iam, proxy, in_member(&proxy).await);
    let organizations = client!(aws_sdk_organizations, proxy, anyone());
    proxy.set_plan(Plan::default().rule(Match::any(), Fault::Deny { by: Layer::Scp }));
    let error = iam.list_users().send().await.unwrap_err();
    assert_eq!(error.code(), Some("AccessDenied"));
    assert_eq!(
        error.message(),
        Some(
            "User: arn:aws:sts::111122223333:assumed-role/reader/test is not authorized to perform: \
             iam:ListUsers on resource: * with an explicit deny in a service control policy"
        )
    );
    let error = organizations.list_roots().send().await.unwrap_err();
    assert_eq!(error.code(), Some("AccessDeniedException"));
    assert!(error.message().unwrap().contains("organizations:ListRoots"));

    // Throttles are retried, here three of them; a fourth is too many.
    for (code, last, ok) in [
        (ThrottleCode::Throttling, 3, true),
        (ThrottleCode::ThrottlingException, 3, true),
        (ThrottleCode::TooManyRequestsException, 3, true),
        (ThrottleCode::RequestLimitExceeded, 3, true),
        (ThrottleCode::Throttling, 4, false),
    ] {
        let when = Match::action("iam:ListUsers").between(1, last);
        proxy.set_plan(Plan::default().rule(when, Fault::throttle(code)));
        assert_eq!(iam.list_users().send().await.is_ok(), ok, "{code:?}");
    }
    // Lost and cut answers are retried too.
    for fault in [Fault::DropAfter, Fault::Truncate, Fault::Status(503)] {
        let when = Match::action("iam:ListUsers").nth(1);
        proxy.set_plan(Plan::default().rule(when, fault.clone()));
        proxy.clear_calls();
        assert!(iam.list_users().send().await.is_ok(), "{fault:?}");
        assert_eq!(proxy.calls().len(), 2, "{fault:?}");
    }
}

#[tokio::test]
#[ignore = "a measurement: prints how fast moto is through the proxy"]
async fn speed() {
    for policies in [ManagedPolicies::Skip, ManagedPolicies::Load] {
        let (_aws, proxy) = moto(policies).await;
        let iam = client!(aws_sdk_iam, proxy, in_member(&proxy).await);
        for _ in 0..3 {
            let began = Instant::now();
            let all = iam.get_account_authorization_details().send().await.unwrap();
            println!(
                "{policies:?} details: {} policies {:?}",
                all.policies().len(),
                began.elapsed()
            );
        }
        let began = Instant::now();
        stream::iter(0..500)
            .map(|number| iam.create_user().user_name(format!("u{number}")).send())
            .buffer_unordered(16)
            .try_collect::<Vec<_>>()
            .await
            .unwrap();
        println!("{policies:?} create_user: {:?} for 500", began.elapsed());
        proxy.set_plan(Plan::default().rule(Match::any(), Fault::page(1000)));
        proxy.clear_calls();
        let began = Instant::now();
        let pages: Vec<_> = iam
            .get_account_authorization_details()
            .into_paginator()
            .send()
            .try_collect()
            .await
            .unwrap();
        println!("{policies:?} details in {} pages: {:?}", pages.len(), began.elapsed());
        println!("{:?}", proxy.calls().iter().map(|call| call.took).collect::<Vec<_>>());
        let patch = Fault::Patch(Patch::managed_policies_in_use());
        proxy.set_plan(Plan::default().rule(Match::any(), patch));
        let began = Instant::now();
        let all = iam.get_account_authorization_details().send().await.unwrap();
        println!("{policies:?} in use: {} policies {:?}", all.policies().len(), began.elapsed());
    }
}
