//! What a doctor finds, against the double of AWS.

use super::super::fake::{ACCOUNT, FakeAws, Reply, TestClock};
use super::*;
use crate::aws::limit::{Limit, Limits};
use crate::aws::role::RoleSpec;
use crate::aws::session::SessionOptions;

const OTHER: &str = "444455556666";

/// A double in which the account's identities can be read: a user with a key and a password.
fn aws() -> FakeAws {
    let user = "<member><UserName>ana</UserName><UserId>AIDAANAEXAMPLE</UserId><Path>/</Path>\
                <Arn>arn:aws:iam::111122223333:user/ana</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></member>";
    let users =
        format!("<IsTruncated>true</IsTruncated><Marker>more</Marker><Users>{user}</Users>");
    FakeAws::new()
        .on("ListUsers", move |_| Reply::ok("ListUsers", &users))
        .on("GetLoginProfile", |_| Reply::no_such("The login profile"))
        .on("ListAccessKeys", |_| {
            Reply::ok("ListAccessKeys", "<IsTruncated>false</IsTruncated><AccessKeyMetadata/>")
        })
        .on("GetCredentialReport", |_| Reply::error(410, "ReportNotPresent", "not yet"))
}

async fn doctor(aws: &FakeAws, collectors: &[&str]) -> Doctor {
    let fast = Limit { per_second: 100_000, at_once: 8 };
    let limits =
        Limits { iam: fast, organizations: fast, identity_center: fast, s3: fast, other: fast };
    let role = RoleSpec {
        name: "accesstrail-read".to_owned(),
        external_id: None,
        session_name: "accesstrail".to_owned(),
    };
    let clock: Arc<dyn Clock> = Arc::new(TestClock::new());
    let options = SessionOptions { role: Some(role), limits };
    let sessions = Sessions::connect(aws.config(), options, Arc::clone(&clock)).await.unwrap();
    let others = registry::ALL.iter().map(|it| it.name()).filter(|name| !collectors.contains(name));
    Doctor {
        sessions: Arc::new(sessions),
        clock,
        options: Options { skip: others.map(str::to_owned).collect(), ..Options::default() },
        home: ACCOUNT.parse().unwrap(),
        identity_center_regions: vec!["us-east-1".parse().unwrap()],
        regions: vec!["us-east-1".parse().unwrap()],
        at_once: 2,
    }
}

async fn examine(aws: &FakeAws, collectors: &[&str]) -> Examined {
    let account = (ACCOUNT.parse().unwrap(), AccountState::Active);
    let doctor = doctor(aws, collectors).await;
    doctor.examine(&[account], &|_| ()).await.remove(0)
}

/// The check of an action, where it was not left out.
fn of<'e>(examined: &'e Examined, action: &str) -> &'e Check {
    let mut checks = examined.checks.iter().filter(|check| check.need.action == action);
    checks.find(|check| !is_left_out(check)).unwrap_or_else(|| panic!("{action}"))
}

fn is_left_out(check: &Check) -> bool {
    matches!(&check.verdict, Verdict::NotApplicable(why) if why.starts_with("left out"))
}

#[tokio::test(start_paused = true)]
async fn each_action_is_tried_once_with_what_its_collector_found() {
    let aws = aws().on("GenerateCredentialReport", |_| {
        Reply::ok("GenerateCredentialReport", "<State>STARTED</State>")
    });
    let examined = examine(&aws, &["iam-credentials"]).await;
    assert_eq!(examined.entry, Entry::Entered);
    for action in ["iam:GenerateCredentialReport", "iam:GetCredentialReport", "iam:ListUsers"] {
        assert_eq!(of(&examined, action).verdict, Verdict::Allowed, "{action}");
        assert_eq!(of(&examined, action).how, How::Called, "{action}");
    }
    // That there is no such thing is an answer to somebody who may ask.
    assert_eq!(of(&examined, "iam:GetLoginProfile").verdict, Verdict::Allowed);
    for (action, calls) in aws.counts() {
        assert!(calls <= 2, "{action} was called {calls} times");
    }
    assert_eq!(aws.count("ListUsers"), 1, "the second page says nothing new");
    assert!(!is_left_out(of(&examined, "iam:ListAccessKeys")));
    let skipped = examined.checks.iter().find(|check| check.need.action == "sso:ListInstances");
    assert!(is_left_out(skipped.unwrap()));
}

#[tokio::test(start_paused = true)]
async fn what_is_denied_is_told_with_who_denies_it() {
    let aws = aws()
        .on("GenerateCredentialReport", |call| call.refusal("iam:GenerateCredentialReport"))
        .deny(&["ListMFADevices"]);
    let examined = examine(&aws, &["iam-credentials"]).await;
    let verdict = |action: &str| of(&examined, action).verdict.clone();
    let Verdict::Denied { by, words } = verdict("iam:GenerateCredentialReport") else {
        panic!("{:?}", verdict("iam:GenerateCredentialReport"))
    };
    assert_eq!(by, Authority::Scp);
    assert!(words.contains("service control policy"), "{words}");
    let Verdict::Denied { by, .. } = verdict("iam:ListMFADevices") else {
        panic!("{:?}", verdict("iam:ListMFADevices"))
    };
    assert_eq!(by, Authority::Identity);
    assert_eq!(verdict("iam:ListAccessKeys"), Verdict::Allowed, "the others stay as they are");
    assert!(examined.has_missing());
    assert!(of(&examined, "iam:ListMFADevices").is_missing());
    assert!(!of(&examined, "iam:ListAccessKeys").is_missing());
}

/// What had nothing to be tried on is asked of IAM, on resources that the action can be narrowed to.
#[tokio::test(start_paused = true)]
async fn what_could_not_be_tried_is_simulated() {
    let result = |action: &str, decision: &str, more: &str| {
        format!(
            "<member><EvalActionName>{action}</EvalActionName><EvalDecision>{decision}</EvalDecision>{more}</member>"
        )
    };
    let boundary = "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>false\
                    </AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>";
    let results = [
        result("iam:GetAccessKeyLastUsed", "allowed", ""),
        result("iam:ListMFADevices", "implicitDeny", boundary),
        result("iam:ListUsers", "explicitDeny", ""),
    ];
    let body = format!(
        "<IsTruncated>false</IsTruncated><EvaluationResults>{}</EvaluationResults>",
        results.concat()
    );
    // No user has a key, and the list of users is refused by a session policy that IAM does not see.
    let aws = aws()
        .on("GenerateCredentialReport", |_| {
            Reply::ok("GenerateCredentialReport", "<State>STARTED</State>")
        })
        .on("ListUsers", |_| Reply::ok("ListUsers", "<IsTruncated>false</IsTruncated><Users/>"))
        .on("SimulatePrincipalPolicy", move |_| Reply::ok("SimulatePrincipalPolicy", &body));
    let examined = examine(&aws, &["iam-credentials"]).await;
    let check = of(&examined, "iam:GetAccessKeyLastUsed");
    assert_eq!((&check.verdict, check.how), (&Verdict::Allowed, How::Simulated));
    let Verdict::Denied { by, .. } = &of(&examined, "iam:ListMFADevices").verdict else { panic!() };
    assert_eq!(*by, Authority::Boundary);
    // A real answer is not outvoted by a simulated one.
    let check = of(&examined, "iam:ListUsers");
    assert_eq!((&check.verdict, check.how), (&Verdict::Allowed, How::Called));
    let asked: Vec<_> = aws
        .received()
        .into_iter()
        .filter(|call| call.action == "SimulatePrincipalPolicy")
        .collect();
    assert!(!asked.is_empty());
    for call in &asked {
        assert_eq!(call.param("PolicySourceArn"), "arn:aws:iam::111122223333:user/caller");
        let arn = call.param("ResourceArns.member.1");
        assert!(arn.is_empty() || arn == "arn:aws:iam::111122223333:user/accesstrail", "{arn}");
    }
    assert_eq!(of(&examined, "iam:SimulatePrincipalPolicy").verdict, Verdict::Allowed);
}

#[tokio::test(start_paused = true)]
async fn without_the_simulation_it_stays_unknown_and_nothing_is_missing() {
    let aws = aws()
        .on("GenerateCredentialReport", |_| {
            Reply::ok("GenerateCredentialReport", "<State>STARTED</State>")
        })
        .on("ListUsers", |_| Reply::ok("ListUsers", "<IsTruncated>false</IsTruncated><Users/>"))
        .deny(&["SimulatePrincipalPolicy"]);
    let examined = examine(&aws, &["iam-credentials"]).await;
    assert!(matches!(of(&examined, "iam:ListMFADevices").verdict, Verdict::Unknown(_)));
    assert!(matches!(of(&examined, "iam:SimulatePrincipalPolicy").verdict, Verdict::Denied { .. }));
    assert!(!examined.has_missing(), "what only the doctor needs is missed by nobody else");
    let Verdict::NotApplicable(why) = &of(&examined, "iam:ListSSHPublicKeys").verdict else {
        panic!()
    };
    assert!(why.contains("only with an option"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn an_account_that_trusts_nobody_is_one_failure_and_stops_nobody_else() {
    let aws = FakeAws::new().deny(&["AssumeRole"]);
    let told = std::sync::Mutex::new(Vec::new());
    let accounts = [
        (OTHER.parse().unwrap(), AccountState::Active),
        ("777788889999".parse().unwrap(), AccountState::Other("SUSPENDED".to_owned())),
        (ACCOUNT.parse().unwrap(), AccountState::Active),
    ];
    let doctor = doctor(&aws, &["iam-account"]).await;
    let examined =
        doctor.examine(&accounts, &|each| told.lock().unwrap().push(each.account.clone())).await;
    let [other, suspended, own] = &examined[..] else { panic!("{examined:?}") };
    let Entry::AuthFailed(why) = &other.entry else { panic!("{other:?}") };
    assert!(why.contains("could not be assumed") && why.contains(OTHER), "{why}");
    assert_eq!(other.checks.len(), 1, "{:?}", other.checks);
    assert!(other.checks[0].is_missing() && other.has_missing());
    assert_eq!(other.checks[0].need.action, "sts:AssumeRole");
    assert_eq!(suspended.entry, Entry::NotActive("SUSPENDED".to_owned()));
    assert!(!suspended.has_missing() && suspended.checks.is_empty());
    assert_eq!(own.entry, Entry::Entered);
    assert!(matches!(of(own, "iam:GetAccountSummary").verdict, Verdict::Denied { .. }));
    assert_eq!(told.into_inner().unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn accounts_that_a_filter_excludes_are_not_examined() {
    let aws = FakeAws::new();
    let mut doctor = doctor(&aws, &["iam-account"]).await;
    let other: AccountId = OTHER.parse().unwrap();
    doctor.options.accounts.exclude.insert(other.clone());
    let reach = Reach::Accounts(vec![ACCOUNT.parse().unwrap(), other]);
    let found = doctor.accounts(&reach).await.unwrap();
    let ids: Vec<&str> = found.accounts.iter().map(|(account, _)| account.as_str()).collect();
    assert_eq!(ids, [ACCOUNT]);
}

/// Every declared action is told of once in each place, whatever the account answers: nothing is left out in silence.
#[tokio::test(start_paused = true)]
async fn every_declared_action_has_a_verdict() {
    let names: Vec<&str> = registry::ALL.iter().map(|collector| collector.name()).collect();
    let denying = needs::all().into_iter().fold(FakeAws::new(), |aws, need| {
        let (_, name) = need.action.split_once(':').unwrap();
        aws.on(name, move |call| call.refusal(need.action))
    });
    let examined = examine(&denying, &names).await;
    for need in needs::all() {
        let told = examined.checks.iter().filter(|check| check.need == need).count();
        let expected = usize::from(need.action != ASSUME_ROLE.action);
        assert_eq!(told, expected, "{} of {}", need.action, need.collector);
    }
    // Whoever is denied everything is told so of whatever can be tried without knowing anything.
    let asked =
        |collector: &dyn Collect| looked_at(collector, &Options::default()).next().is_some();
    for collector in registry::ALL.iter().copied().filter(|collector| asked(*collector)) {
        let denied =
            |check: &&Check| check.need.collector == collector.name() && check.is_missing();
        assert!(examined.checks.iter().any(|check| denied(&check)), "{}", collector.name());
    }
}

#[test]
fn who_is_behind_a_caller() {
    let rows = [
        ("arn:aws:iam::111122223333:user/a/ana", Some("arn:aws:iam::111122223333:user/a/ana")),
        (
            "arn:aws-cn:sts::111122223333:assumed-role/reader/session",
            Some("arn:aws-cn:iam::111122223333:role/reader"),
        ),
        ("arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123/ana", None),
        ("arn:aws:iam::111122223333:root", None),
        ("arn:aws:sts::111122223333:federated-user/ana", None),
    ];
    for (caller, expected) in rows {
        let found = principal_of(&caller.parse().unwrap());
        assert_eq!(found.as_ref().map(Arn::as_str), expected, "{caller}");
    }
}
