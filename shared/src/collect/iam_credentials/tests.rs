//! Credentials from the report and from calls per user, against AWS-shaped answers.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::calls::{KEYS, MFA, PASSWORDS, USES};
use super::*;
use crate::collect::fake::{
    ACCOUNT, FakeAws, Outcome, Received, Reply, START, Setup, collect, collect_with,
};
use crate::collect::{Options, Stop};
use crate::model::credential::CredentialReport;
use crate::model::credential::{Holder, ListedCredentials, Password};
use crate::model::{Authority, Entity, LastUsed, Tri};

const GENERATED: &str = "2026-11-22T04:30:00Z";

const CSV: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
    password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
    access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
    access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service\n\
    <root_account>,arn:aws:iam::111122223333:root,2014-10-15T16:06:11Z,not_supported,no_information,not_supported,\
    not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A\n\
    ana,arn:aws:iam::111122223333:user/ana,2024-01-02T03:04:05Z,true,2026-11-01T00:00:00Z,2026-01-01T00:00:00Z,N/A,\
    false,true,2025-01-01T00:00:00Z,2026-02-03T04:05:00Z,eu-west-1,ec2,false,2024-06-01T00:00:00Z,N/A,N/A,N/A";

fn generated(state: &str) -> Reply {
    Reply::ok("GenerateCredentialReport", format!("<State>{state}</State>"))
}

fn report(csv: &str) -> Reply {
    let content = STANDARD.encode(csv);
    Reply::ok(
        "GetCredentialReport",
        format!(
            "<Content>{content}</Content><ReportFormat>text/csv</ReportFormat><GeneratedTime>{GENERATED}\
             </GeneratedTime>"
        ),
    )
}

fn not_present() -> Reply {
    Reply::error(410, "ReportNotPresent", "Unknown")
}

fn expired() -> Reply {
    Reply::error(410, "ReportExpired", "Unknown")
}

fn in_progress() -> Reply {
    Reply::error(404, "ReportInProgress", "Unknown")
}

fn with_report(csv: &str) -> FakeAws {
    FakeAws::new()
        .in_turn("GenerateCredentialReport", [generated("COMPLETE")])
        .in_turn("GetCredentialReport", [report(csv)])
}

fn holder(name: &str) -> Holder {
    Holder {
        arn: format!("arn:aws:iam::{ACCOUNT}:user/{name}").parse().unwrap(),
        created: Some("2024-01-02T03:04:05Z".parse().unwrap()),
    }
}

fn words(outcome: &Outcome, capabilities: &[&str]) -> Vec<&'static str> {
    capabilities.iter().map(|capability| outcome.status(capability).word()).collect()
}

const FACETS: [&str; 4] = [MFA, KEYS, USES, PASSWORDS];

fn passwords(outcome: &Outcome) -> Vec<&Password> {
    outcome
        .entities(PASSWORDS)
        .into_iter()
        .map(|entity| match entity {
            Entity::Password(password) => password,
            other => panic!("{other:?}"),
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_ready_report_is_two_calls() {
    let aws = with_report(CSV);
    let outcome = collect(&IamCredentials, &aws).await;
    assert!(outcome.result.is_ok());
    let actions: Vec<_> = aws.received().into_iter().map(|call| call.action).collect();
    assert_eq!(actions, ["GenerateCredentialReport", "GetCredentialReport"]);
    assert_eq!(words(&outcome, &FACETS), ["complete"; 4]);
    assert_eq!(words(&outcome, &[REPORT, USERS]), ["complete"; 2]);
    assert_eq!(
        outcome.of(MFA).note.as_deref(),
        Some("from the credential report of 2026-11-22T04:30:00Z")
    );
    let at: Timestamp = GENERATED.parse().unwrap();
    assert!(outcome.sightings().all(|sighting| sighting.observed == at));
    for capability in FACETS.into_iter().chain([REPORT]) {
        assert_eq!(outcome.of(capability).as_of, Some(at), "{capability}");
    }
    assert_eq!(outcome.of(USERS).as_of, None);
    assert_eq!(outcome.sightings().count(), 1 + 4 * 2);
    let account = ACCOUNT.parse().unwrap();
    let expected = CredentialReport { account, generated: at, rows: 2 };
    let of_report = outcome.entities(REPORT);
    assert_eq!(of_report[0], &Entity::CredentialReport(expected));
    let keys: Vec<_> = of_report[1..].iter().map(|entity| entity.key()).collect();
    assert_eq!(keys, ["arn:aws:iam::111122223333:root"; 4], "a list of users says nothing of it");
    let keys: Vec<_> = outcome.entities(MFA).into_iter().map(Entity::key).collect();
    assert_eq!(keys, ["arn:aws:iam::111122223333:user/ana#1704164645"]);
    let Entity::AccessKeyUse(key_uses) = outcome.entities(USES)[0] else { panic!() };
    let at = "2026-02-03T04:05:00Z".parse().unwrap();
    let used =
        LastUsed::At { time: at, region: Some("eu-west-1".into()), service: Some("ec2".into()) };
    assert_eq!(key_uses.uses, [(1, used), (2, LastUsed::Never)]);
    let Entity::Password(root) = of_report[4] else { panic!() };
    assert_eq!(root.enabled, Tri::Unknown);
    assert_eq!(root.last_used, LastUsed::Never);
}

#[tokio::test(start_paused = true)]
async fn a_report_that_is_being_made_is_waited_for() {
    let aws = FakeAws::new()
        .in_turn("GenerateCredentialReport", [generated("STARTED")])
        .in_turn("GetCredentialReport", [in_progress(), in_progress(), report(CSV)]);
    let start = Instant::now();
    let outcome = collect(&IamCredentials, &aws).await;
    assert_eq!(words(&outcome, &FACETS), ["complete"; 4]);
    assert_eq!(aws.count("GenerateCredentialReport"), 1);
    assert_eq!(aws.count("GetCredentialReport"), 3);
    let waited = start.elapsed();
    assert!((7..8).contains(&waited.as_secs()), "1 + 2 + 4 seconds, not {waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_report_that_is_gone_is_made_again() {
    for gone in [expired(), not_present()] {
        let aws = FakeAws::new()
            .in_turn("GenerateCredentialReport", [generated("COMPLETE"), generated("STARTED")])
            .in_turn("GetCredentialReport", [gone, in_progress(), report(CSV)]);
        let outcome = collect(&IamCredentials, &aws).await;
        assert_eq!(words(&outcome, &FACETS), ["complete"; 4]);
        assert_eq!(aws.count("GenerateCredentialReport"), 2);
        assert_eq!(aws.count("GetCredentialReport"), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_has_an_end_and_then_users_are_asked() {
    for missing in [in_progress(), expired()] {
        let aws = per_user(&["ana"])
            .in_turn("GenerateCredentialReport", [generated("STARTED")])
            .in_turn("GetCredentialReport", [missing]);
        let start = Instant::now();
        let outcome = collect(&IamCredentials, &aws).await;
        assert!((60..62).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
        assert!(aws.count("GenerateCredentialReport") <= 3);
        let Status::Partial { action, reason } = outcome.status(REPORT) else { panic!() };
        assert_eq!(action, "iam:GetCredentialReport");
        assert!(reason.contains("not there after 60 s"), "{reason}");
        assert_eq!(words(&outcome, &FACETS), ["complete"; 4]);
        assert_eq!(outcome.entities(MFA).len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_ends_at_the_deadline() {
    let aws = FakeAws::new()
        .in_turn("GenerateCredentialReport", [generated("STARTED")])
        .in_turn("GetCredentialReport", [in_progress()]);
    let deadline = START.parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_secs(5);
    let setup = Setup { stop: Stop::at(deadline), ..Setup::default() };
    let outcome = collect_with(&IamCredentials, &aws, setup).await;
    assert!(matches!(outcome.result, Err(Interrupted::Stopped)));
    assert_eq!(aws.count("GetCredentialReport"), 3);
}

#[tokio::test(start_paused = true)]
async fn an_existing_report_is_read_by_who_may_not_make_one() {
    let aws = with_report(CSV).deny(&["GenerateCredentialReport"]);
    let outcome = collect(&IamCredentials, &aws).await;
    assert_eq!(words(&outcome, &FACETS), ["complete"; 4]);
    assert!(outcome.of(REPORT).note.as_ref().unwrap().contains("iam:GenerateCredentialReport"));
    assert_eq!(aws.received().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_report_is_a_gap() {
    let bad = [
        report("<html>"),
        report(""),
        Reply::ok("GetCredentialReport", ""),
        Reply::ok("GetCredentialReport", format!("<Content>{}</Content>", STANDARD.encode(CSV))),
        Reply::ok("GetCredentialReport", "<Content>!!</Content>"),
    ];
    for reply in bad {
        let aws = per_user(&["ana"])
            .in_turn("GenerateCredentialReport", [generated("COMPLETE")])
            .in_turn("GetCredentialReport", [reply]);
        let outcome = collect(&IamCredentials, &aws).await;
        assert_eq!(outcome.status(REPORT).word(), "partial");
        assert_eq!(outcome.entities(MFA).len(), 1, "asked per user");
        assert!(outcome.entities(REPORT).is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_that_cannot_be_read_makes_every_facet_partial() {
    let outcome = collect(&IamCredentials, &with_report(&format!("{CSV}\nbo,nonsense"))).await;
    assert_eq!(words(&outcome, &FACETS), ["partial"; 4]);
    assert_eq!(words(&outcome, &[REPORT]), ["partial"], "it may be the root user's");
    assert_eq!(outcome.of(MFA).set_aside[0].what, "row 4 of the credential report");
    assert_eq!(outcome.entities(MFA).len(), 1);
    assert_eq!(outcome.status(USERS), &Status::Complete, "nobody is asked per user");
}

#[tokio::test(start_paused = true)]
async fn a_missing_column_is_a_gap_of_its_capability() {
    let csv = "user,arn,mfa_active\nana,arn:aws:iam::111122223333:user/ana,true";
    let outcome = collect(&IamCredentials, &with_report(csv)).await;
    assert_eq!(words(&outcome, &FACETS), ["complete", "partial", "partial", "partial"]);
    assert!(outcome.entities(PASSWORDS).is_empty());
}

// Per user.

fn users(names: &[&str], marker: Option<&str>) -> Reply {
    let members = names.iter().fold(String::new(), |text, name| {
        let used = match *name {
            "ana" => "<PasswordLastUsed>2026-11-01T00:00:00Z</PasswordLastUsed>",
            _ => "",
        };
        text + &format!(
            "<member><Path>/</Path><UserName>{name}</UserName><UserId>AIDA{name}</UserId><Arn>arn:aws:iam::{ACCOUNT}\
             :user/{name}</Arn><CreateDate>2024-01-02T03:04:05Z</CreateDate>{used}</member>"
        )
    });
    let more = match marker {
        Some(marker) => format!("<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>"),
        None => "<IsTruncated>false</IsTruncated>".to_owned(),
    };
    Reply::ok("ListUsers", format!("{more}<Users>{members}</Users>"))
}

fn mfa_devices(request: &Received) -> Reply {
    let name = request.param("UserName");
    // The first page of ana's devices is empty: the flag decides, not the size.
    let body = match (name, request.param("Marker")) {
        ("ana", "") => "<IsTruncated>true</IsTruncated><Marker>m</Marker><MFADevices/>".to_owned(),
        ("ana", _) => format!(
            "<IsTruncated>false</IsTruncated><MFADevices><member><UserName>{name}</UserName><SerialNumber>arn:aws:\
             iam::{ACCOUNT}:mfa/{name}</SerialNumber><EnableDate>2024-01-02T03:04:05Z</EnableDate></member>\
             </MFADevices>"
        ),
        _ => "<IsTruncated>false</IsTruncated><MFADevices/>".to_owned(),
    };
    Reply::ok("ListMFADevices", body)
}

/// ana has two keys, told newest first; everybody else has none.
fn access_keys(request: &Received) -> Reply {
    let key = |id: &str, status: &str, year: u32| {
        format!(
            "<member><UserName>ana</UserName><AccessKeyId>{id}</AccessKeyId><Status>{status}</Status><CreateDate>{year}\
             -01-02T03:04:05Z</CreateDate></member>"
        )
    };
    let keys = match request.param("UserName") {
        "ana" => key("AKIANEW", "Active", 2025) + &key("AKIAOLD", "Inactive", 2023),
        _ => String::new(),
    };
    Reply::ok(
        "ListAccessKeys",
        format!("<IsTruncated>false</IsTruncated><AccessKeyMetadata>{keys}</AccessKeyMetadata>"),
    )
}

fn key_use(request: &Received) -> Reply {
    let used = match request.param("AccessKeyId") {
        "AKIANEW" => {
            "<LastUsedDate>2026-02-03T04:05:00Z</LastUsedDate><ServiceName>s3</ServiceName><Region>N/A</Region>"
        }
        _ => "<ServiceName>N/A</ServiceName><Region>N/A</Region>",
    };
    Reply::ok(
        "GetAccessKeyLastUsed",
        format!("<UserName>ana</UserName><AccessKeyLastUsed>{used}</AccessKeyLastUsed>"),
    )
}

fn login_profile(request: &Received) -> Reply {
    match request.param("UserName") {
        name @ ("ana" | "bo") => Reply::ok(
            "GetLoginProfile",
            format!(
                "<LoginProfile><UserName>{name}</UserName><CreateDate>2024-01-02T03:04:05Z</CreateDate></LoginProfile>"
            ),
        ),
        name => Reply::no_such(&format!("Login Profile for User {name}")),
    }
}

/// An account whose report is refused.
fn per_user(names: &'static [&'static str]) -> FakeAws {
    FakeAws::new()
        .on("ListUsers", |_| users(names, None))
        .on("ListMFADevices", mfa_devices)
        .on("ListAccessKeys", access_keys)
        .on("GetAccessKeyLastUsed", key_use)
        .on("GetLoginProfile", login_profile)
}

#[tokio::test]
async fn without_a_report_users_are_asked_one_by_one() {
    let aws = per_user(&["ana", "bo", "ci"]);
    let outcome = collect(&IamCredentials, &aws).await;
    assert!(outcome.result.is_ok());
    let denied = Status::Denied {
        action: "iam:GenerateCredentialReport".to_owned(),
        by: Authority::Identity,
    };
    assert_eq!(*outcome.status(REPORT), denied, "the first refusal is the cause");
    assert_eq!(words(&outcome, &FACETS), ["complete"; 4]);
    assert_eq!(outcome.of(USERS).seen, 3);
    let active: Vec<_> = outcome
        .entities(MFA)
        .into_iter()
        .map(|entity| match entity {
            Entity::Mfa(mfa) => (mfa.holder.clone(), mfa.active),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [("ana", Tri::True), ("bo", Tri::False), ("ci", Tri::False)];
    assert_eq!(active, expected.map(|(name, active)| (holder(name), active)));

    let Entity::AccessKeys(keys) = outcome.entities(KEYS)[0] else { panic!() };
    let keys: Vec<_> =
        keys.keys.iter().map(|key| (key.slot, key.id.as_deref(), key.active)).collect();
    assert_eq!(keys, [(1, Some("AKIAOLD"), false), (2, Some("AKIANEW"), true)], "oldest first");
    let Entity::AccessKeyUse(key_uses) = outcome.entities(USES)[0] else { panic!() };
    let time = "2026-02-03T04:05:00Z".parse().unwrap();
    let used = LastUsed::At { time, region: None, service: Some("s3".to_owned()) };
    assert_eq!(key_uses.uses, [(1, LastUsed::Never), (2, used)]);

    let time = "2026-11-01T00:00:00Z".parse().unwrap();
    let told: Vec<_> = passwords(&outcome)
        .into_iter()
        .map(|password| (password.enabled, password.last_used.clone()))
        .collect();
    let used = LastUsed::At { time, region: None, service: None };
    assert_eq!(
        told,
        [(Tri::True, used), (Tri::True, LastUsed::Never), (Tri::False, LastUsed::Unknown)]
    );
    let counts: Vec<_> = aws.counts().into_iter().collect();
    let expected = [
        ("GenerateCredentialReport", 1),
        ("GetAccessKeyLastUsed", 2),
        ("GetCredentialReport", 1),
        ("GetLoginProfile", 3),
        ("ListAccessKeys", 3),
        ("ListMFADevices", 4),
        ("ListUsers", 1),
    ];
    assert_eq!(counts, expected.map(|(action, count)| (action.to_owned(), count)));
}

#[tokio::test(start_paused = true)]
async fn a_report_that_may_be_made_and_not_read() {
    for state in ["COMPLETE", "STARTED"] {
        let aws = per_user(&["ana"]).in_turn("GenerateCredentialReport", [generated(state)]);
        let outcome = collect(&IamCredentials, &aws).await;
        let denied = Status::Denied {
            action: "iam:GetCredentialReport".to_owned(),
            by: Authority::Identity,
        };
        assert_eq!(*outcome.status(REPORT), denied);
        assert_eq!(words(&outcome, &FACETS), ["complete"; 4]);
        assert_eq!(aws.count("GetCredentialReport"), 1);
    }
}

#[tokio::test]
async fn both_sources_name_the_same_holder() {
    let from_report = collect(&IamCredentials, &with_report(CSV)).await;
    let from_calls = collect(&IamCredentials, &per_user(&["ana"])).await;
    for facet in FACETS {
        assert_eq!(from_report.entities(facet)[0].id(), from_calls.entities(facet)[0].id());
    }
}

#[tokio::test]
async fn a_refused_call_costs_one_call_and_its_own_capability() {
    let all = ["ListMFADevices", "ListAccessKeys", "GetAccessKeyLastUsed", "GetLoginProfile"];
    let rows = [
        ("ListMFADevices", ["denied", "complete", "complete", "complete"]),
        ("ListAccessKeys", ["complete", "denied", "denied", "complete"]),
        ("GetAccessKeyLastUsed", ["complete", "complete", "denied", "complete"]),
        ("GetLoginProfile", ["complete", "complete", "complete", "denied"]),
    ];
    let names: &[&str] = &["ana", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    for (action, expected) in rows {
        let aws = per_user(names).deny(&[action]);
        let outcome = collect(&IamCredentials, &aws).await;
        assert!(outcome.result.is_ok());
        assert_eq!(words(&outcome, &FACETS), expected, "{action}");
        assert_eq!(aws.count(action), 1, "{action}");
    }
    let aws = per_user(names).deny(&all);
    let outcome = collect(&IamCredentials, &aws).await;
    assert_eq!(words(&outcome, &FACETS), ["denied"; 4]);
    assert_eq!(aws.received().len(), 6, "report twice, users, and each of three once");
    assert_eq!(outcome.status(USERS), &Status::Complete);
}

#[tokio::test]
async fn without_users_everything_is_denied() {
    let aws = per_user(&["ana"]).deny(&["ListUsers"]);
    let outcome = collect(&IamCredentials, &aws).await;
    let denied = Status::Denied { action: "iam:ListUsers".to_owned(), by: Authority::Identity };
    for capability in FACETS.into_iter().chain([USERS]) {
        assert_eq!(*outcome.status(capability), denied);
    }
    assert_eq!(aws.received().len(), 3);
}

#[tokio::test]
async fn a_user_who_is_deleted_meanwhile_is_passed_over() {
    let aws = per_user(&["ana", "bo"])
        .on("ListMFADevices", |request| match request.param("UserName") {
            "bo" => Reply::no_such("The user with name bo"),
            _ => mfa_devices(request),
        })
        .on("GetAccessKeyLastUsed", |request| match request.param("AccessKeyId") {
            "AKIAOLD" => Reply::no_such("The Access Key with id AKIAOLD"),
            _ => key_use(request),
        });
    let outcome = collect(&IamCredentials, &aws).await;
    assert_eq!(words(&outcome, &FACETS), ["complete"; 4]);
    assert!(FACETS.iter().all(|facet| outcome.entities(facet).len() == 1));
    assert_eq!(aws.count("GetLoginProfile"), 1);
    let Entity::AccessKeyUse(key_uses) = outcome.entities(USES)[0] else { panic!() };
    assert_eq!(key_uses.uses.iter().map(|(slot, _)| *slot).collect::<Vec<_>>(), [2]);
}

#[tokio::test]
async fn one_user_who_fails_leaves_the_others() {
    let aws = per_user(&["ana", "bo", "ci"]).on("ListMFADevices", |request| {
        match request.param("UserName") {
            "bo" => Reply::error(500, "ServiceFailure", "try later"),
            _ => mfa_devices(request),
        }
    });
    let outcome = collect(&IamCredentials, &aws).await;
    assert_eq!(words(&outcome, &FACETS), ["partial", "complete", "complete", "complete"]);
    assert_eq!(outcome.entities(MFA).len(), 2);
    assert_eq!(outcome.entities(KEYS).len(), 3);
}

#[tokio::test]
async fn an_unreadable_user_makes_every_facet_partial() {
    let aws = per_user(&[]).on("ListUsers", |_| {
        Reply::ok(
            "ListUsers",
            "<IsTruncated>false</IsTruncated><Users><member><UserName>odd</UserName><Arn>nonsense</Arn></member></Users>",
        )
    });
    let outcome = collect(&IamCredentials, &aws).await;
    assert_eq!(words(&outcome, &FACETS), ["partial"; 4]);
    assert!(FACETS.iter().all(|capability| outcome.of(capability).as_of.is_none()));
    assert_eq!(outcome.status(USERS).word(), "partial");
}

/// 250 users in pages of 100, whatever is asked for.
fn crowd(request: &Received) -> Reply {
    let start: usize = request.param("Marker").parse().unwrap_or_default();
    let names: Vec<String> =
        (start..250.min(start + 100)).map(|number| format!("user{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let next = (start + 100 < 250).then(|| (start + 100).to_string());
    users(&names, next.as_deref())
}

#[tokio::test]
async fn two_hundred_and_fifty_users() {
    let aws = per_user(&[]).on("ListUsers", crowd);
    let outcome = collect(&IamCredentials, &aws).await;
    assert_eq!(words(&outcome, &FACETS), ["complete"; 4]);
    assert!(FACETS.iter().all(|facet| outcome.entities(facet).len() == 250));
    assert_eq!(outcome.of(USERS).seen, 250);
    assert_eq!(aws.received().len(), 2 + 3 + 3 * 250);
    assert!(
        aws.received()
            .iter()
            .all(|call| call.action != "ListUsers" || call.param("MaxItems") == "100")
    );
    let keys: Vec<_> = outcome.entities(MFA).into_iter().map(Entity::key).collect();
    assert!(keys[249].contains("user/user249#"), "in the order of the list");
    let cursors: Vec<_> = outcome.pages.iter().filter(|page| page.cursor.is_some()).collect();
    assert_eq!(cursors.len(), 2);
}

#[tokio::test]
async fn an_interrupted_walk_goes_on_from_its_page_without_the_report() {
    let stop = Stop::default();
    let asked = stop.clone();
    let aws = per_user(&[]).on("ListUsers", crowd).deny(&["GetLoginProfile"]).on(
        "ListMFADevices",
        move |request| {
            if request.param("UserName") == "user150" {
                asked.ask();
            }
            mfa_devices(request)
        },
    );
    let first = collect_with(&IamCredentials, &aws, Setup { stop, ..Setup::default() }).await;
    assert!(matches!(first.result, Err(Interrupted::Stopped)));
    // In the middle of the second page of users; where exactly depends on which answers were under way.
    assert!((101..200).contains(&first.entities(MFA).len()));

    let again = per_user(&[]).on("ListUsers", crowd).deny(&["GetLoginProfile"]);
    let setup = Setup { cursor: first.cursor(), ..Setup::default() };
    let second = collect_with(&IamCredentials, &again, setup).await;
    assert!(second.result.is_ok());
    assert_eq!(again.received()[0].param("Marker"), "100");
    assert_eq!(again.count("GetCredentialReport"), 0);
    assert_eq!(again.count("GetLoginProfile"), 0, "what was refused before is not asked again");
    assert_eq!(second.entities(MFA).len(), 150);
    assert_eq!(words(&second, &FACETS), ["complete", "complete", "complete", "denied"]);
    assert_eq!(second.status(REPORT).word(), "denied");
    assert_eq!(second.of(USERS).seen, 250);
}

#[tokio::test]
async fn a_list_of_users_that_breaks_off_is_lost_with_all_that_hangs_on_it() {
    let aws = per_user(&[]).on("ListUsers", |request| match request.param("Marker") {
        "" => users(&["ana"], Some("m1")),
        _ => Reply::error(400, "ValidationError", "Invalid Marker."),
    });
    let outcome = collect(&IamCredentials, &aws).await;
    assert_eq!(aws.count("ListUsers"), 4, "started again once");
    assert_eq!(words(&outcome, &FACETS), ["partial"; 4]);
    assert_eq!(outcome.status(USERS).word(), "partial");
    let Status::Partial { action, .. } = outcome.status(MFA) else { panic!() };
    assert_eq!(action, "iam:ListUsers");
}

#[tokio::test]
async fn lost_credentials_end_the_unit() {
    let gone =
        |_: &Received| Reply::error(403, "InvalidClientTokenId", "The security token is invalid.");
    for action in ["GenerateCredentialReport", "ListUsers", "ListAccessKeys"] {
        let outcome = collect(&IamCredentials, &per_user(&["ana", "bo"]).on(action, gone)).await;
        assert!(matches!(outcome.result, Err(Interrupted::Session { .. })), "{action}");
    }
}

// What is only listed when asked for.

fn asked_for() -> Setup {
    Setup { options: Options { full_credentials: true, ..Options::default() }, ..Setup::default() }
}

fn with_everything() -> FakeAws {
    with_report(CSV)
        .on("ListUsers", |_| users(&["ana", "bo"], None))
        .on("ListSSHPublicKeys", |request| {
            let key = |id: &str| {
                format!(
                    "<member><UserName>ana</UserName><SSHPublicKeyId>{id}</SSHPublicKeyId><Status>Active</Status>\
                     <UploadDate>2024-01-02T03:04:05Z</UploadDate></member>"
                )
            };
            let keys = match request.param("UserName") {
                "ana" => key("APKAZ") + &key("APKAA"),
                _ => String::new(),
            };
            Reply::ok(
                "ListSSHPublicKeys",
                format!("<IsTruncated>false</IsTruncated><SSHPublicKeys>{keys}</SSHPublicKeys>"),
            )
        })
        .on("ListSigningCertificates", |_| {
            Reply::ok(
                "ListSigningCertificates",
                "<IsTruncated>false</IsTruncated><Certificates><member><UserName>x</UserName><CertificateId>TA7SMP42\
                 </CertificateId><CertificateBody>-----BEGIN CERTIFICATE-----</CertificateBody><Status>Inactive</Status>\
                 <UploadDate>2024-01-02T03:04:05Z</UploadDate></member></Certificates>",
            )
        })
        .on("ListServiceSpecificCredentials", |_| {
            Reply::ok(
                "ListServiceSpecificCredentials",
                "<ServiceSpecificCredentials><member><UserName>x</UserName><Status>Active</Status><ServiceUserName>x-at\
                 </ServiceUserName><CreateDate>2024-01-02T03:04:05Z</CreateDate><ServiceSpecificCredentialId>ACCAEXAMPLE\
                 </ServiceSpecificCredentialId><ServiceName>codecommit.amazonaws.com</ServiceName></member>\
                 </ServiceSpecificCredentials>",
            )
        })
}

const ASKED: [&str; 3] = [calls::SSH, calls::CERTIFICATES, calls::SERVICE];

#[tokio::test(start_paused = true)]
async fn the_rest_is_listed_when_asked_for() {
    let aws = with_everything();
    let outcome = collect_with(&IamCredentials, &aws, asked_for()).await;
    assert!(outcome.result.is_ok());
    assert_eq!(words(&outcome, &FACETS), ["complete"; 4]);
    assert_eq!(words(&outcome, &ASKED), ["complete"; 3]);
    assert_eq!(outcome.of(USERS).seen, 2);
    assert!(ASKED.iter().all(|capability| outcome.entities(capability).len() == 2));
    let Entity::SshPublicKeys(ListedCredentials { credentials, holder: whose }) =
        outcome.entities(calls::SSH)[0]
    else {
        panic!()
    };
    assert_eq!(*whose, holder("ana"));
    let ids: Vec<_> = credentials.iter().map(|credential| credential.id.as_str()).collect();
    assert_eq!(ids, ["APKAA", "APKAZ"], "by id");
    let Entity::ServiceCredentials(services) = outcome.entities(calls::SERVICE)[0] else {
        panic!()
    };
    assert_eq!(services.credentials[0].service.as_deref(), Some("codecommit.amazonaws.com"));
    assert_eq!(aws.received().len(), 2 + 1 + 3 * 2);
    assert_eq!(aws.count("ListMFADevices"), 0, "the report has told");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_said_of_what_was_not_asked_for() {
    let outcome = collect(&IamCredentials, &with_everything()).await;
    for capability in ASKED {
        assert!(outcome.entities(capability).is_empty());
        assert!(!outcome.status(capability).may_tombstone());
    }
}

#[tokio::test(start_paused = true)]
async fn each_of_the_rest_is_lost_alone() {
    let actions =
        ["ListSSHPublicKeys", "ListSigningCertificates", "ListServiceSpecificCredentials"];
    for (index, action) in actions.into_iter().enumerate() {
        let aws = with_everything().deny(&[action]);
        let outcome = collect_with(&IamCredentials, &aws, asked_for()).await;
        let mut expected = ["complete"; 3];
        expected[index] = "denied";
        assert_eq!(words(&outcome, &ASKED), expected);
        assert_eq!(words(&outcome, &FACETS), ["complete"; 4]);
        assert_eq!(aws.count(action), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_refused_is_told_even_if_its_user_is_gone() {
    // The only user has a key whose use is refused, and is deleted before the SSH keys are listed.
    let aws = per_user(&["ana"])
        .deny(&["GetAccessKeyLastUsed"])
        .on("ListSSHPublicKeys", |_| Reply::no_such("The user with name ana"));
    let outcome = collect_with(&IamCredentials, &aws, asked_for()).await;
    assert_eq!(outcome.status(USES).word(), "denied");
    assert!(outcome.entities(MFA).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_long_wait_is_not_a_busy_one() {
    let aws = FakeAws::new()
        .in_turn("GenerateCredentialReport", [generated("INPROGRESS")])
        .in_turn("GetCredentialReport", [in_progress()]);
    let start = Instant::now();
    collect(&IamCredentials, &aws).await;
    assert!(start.elapsed() >= Duration::from_mins(1));
    assert!(aws.count("GetCredentialReport") <= 11, "{}", aws.count("GetCredentialReport"));
}
