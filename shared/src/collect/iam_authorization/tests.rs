//! The authorization details against AWS-shaped answers.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::*;
use crate::collect::Stop;
use crate::collect::fake::{ACCOUNT, FakeAws, Outcome, Reply, Setup, collect, collect_with};
use crate::model::principal::{Role, User};
use crate::model::{Authority, Entity, LastUsed, Status};

const ACTION: &str = "GetAccountAuthorizationDetails";
const RFC_3986: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn encoded(document: &str) -> String {
    utf8_percent_encode(document, RFC_3986).to_string()
}

fn user(name: &str) -> String {
    format!(
        "<member><Path>/</Path><UserName>{name}</UserName><UserId>AIDA{name}</UserId><Arn>arn:aws:iam::\
         {ACCOUNT}:user/{name}</Arn><CreateDate>2024-01-02T03:04:05Z</CreateDate><GroupList/>\
         <AttachedManagedPolicies/></member>"
    )
}

fn role(name: &str, inside: &str) -> String {
    format!(
        "<member><Path>/</Path><RoleName>{name}</RoleName><RoleId>AROA{name}</RoleId><Arn>arn:aws:iam::\
         {ACCOUNT}:role/{name}</Arn><CreateDate>2024-01-02T03:04:05Z</CreateDate>{inside}</member>"
    )
}

/// A page: its sections, and the marker of the next one.
fn page(sections: &[(&str, String)], marker: Option<&str>) -> Reply {
    let sections = sections
        .iter()
        .fold(String::new(), |text, (name, members)| text + &format!("<{name}>{members}</{name}>"));
    let more = match marker {
        Some(marker) => format!("<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>"),
        None => "<IsTruncated>false</IsTruncated>".to_owned(),
    };
    Reply::ok(ACTION, format!("{sections}{more}"))
}

async fn from(replies: impl IntoIterator<Item = Reply>) -> (FakeAws, Outcome) {
    let aws = FakeAws::new().in_turn(ACTION, replies);
    let outcome = collect(&IamAuthorization, &aws).await;
    (aws, outcome)
}

fn keys(outcome: &Outcome) -> Vec<String> {
    outcome.sightings().map(|sighting| sighting.entity.id().to_string()).collect()
}

fn roles(outcome: &Outcome) -> Vec<&Role> {
    let roles = outcome.sightings().filter_map(|sighting| match &sighting.entity {
        Entity::Role(role) => Some(role),
        _ => None,
    });
    roles.collect()
}

#[tokio::test]
async fn sections_are_one_sequence_over_the_pages() {
    let (aws, outcome) = from([
        page(&[("UserDetailList", user("ana")), ("RoleDetailList", String::new())], Some("m1")),
        page(&[], Some("m2")),
        page(&[("UserDetailList", user("bo")), ("RoleDetailList", role("app", ""))], Some("m3")),
        page(&[("RoleDetailList", role("web", ""))], None),
    ])
    .await;
    assert!(outcome.result.is_ok());
    assert_eq!(keys(&outcome), ["user:AIDAana", "user:AIDAbo", "role:AROAapp", "role:AROAweb"]);
    assert_eq!(*outcome.status(CAPABILITY), Status::Complete);
    assert_eq!(outcome.of(CAPABILITY).seen, 4);
    // Work goes on from the page after the one that was saved, and each page is saved by itself.
    let cursors: Vec<_> = outcome.pages.iter().map(|page| page.cursor.is_some()).collect();
    assert_eq!(cursors, [true, true, true, false]);
    let received = aws.received();
    let asked: Vec<_> = received.iter().map(|call| call.param("Marker")).collect();
    assert_eq!(asked, ["", "m1", "m2", "m3"]);
    assert!(received.iter().all(|call| call.param("MaxItems") == "1000"));
    assert!(received.iter().all(|call| !call.body.contains("Filter")), "all sections, always");
    assert_eq!(outcome.counters["api.iam:GetAccountAuthorizationDetails"], 4);
}

#[tokio::test]
async fn an_interrupted_walk_goes_on_from_its_marker() {
    let first = FakeAws::new()
        .in_turn(ACTION, [page(&[("UserDetailList", user("ana"))], Some("m1")), page(&[], None)]);
    let stop = Stop::default();
    stop.ask();
    let setup = Setup { stop, ..Setup::default() };
    let interrupted = collect_with(&IamAuthorization, &first, setup).await;
    assert!(matches!(interrupted.result, Err(Interrupted::Stopped)));
    assert_eq!(first.count(ACTION), 1);

    let second = FakeAws::new().in_turn(ACTION, [page(&[("UserDetailList", user("bo"))], None)]);
    let setup = Setup { cursor: interrupted.cursor(), ..Setup::default() };
    let outcome = collect_with(&IamAuthorization, &second, setup).await;
    assert_eq!(second.received()[0].param("Marker"), "m1");
    assert_eq!(keys(&outcome), ["user:AIDAbo"]);
    assert_eq!(outcome.of(CAPABILITY).seen, 2, "what was seen before counts");
    assert_eq!(*outcome.status(CAPABILITY), Status::Complete);
}

#[tokio::test]
async fn a_refused_marker_starts_the_sequence_again_once() {
    let refused = || Reply::error(400, "ValidationError", "Invalid Marker.");
    let (aws, outcome) = from([
        page(&[("UserDetailList", user("ana"))], Some("m1")),
        refused(),
        page(&[("UserDetailList", user("ana"))], Some("m1")),
        page(&[("UserDetailList", user("bo"))], None),
    ])
    .await;
    assert_eq!(*outcome.status(CAPABILITY), Status::Complete);
    assert_eq!(outcome.of(CAPABILITY).seen, 2);
    assert_eq!(aws.count(ACTION), 4);

    let (aws, outcome) = from([
        page(&[("UserDetailList", user("ana"))], Some("m1")),
        refused(),
        page(&[("UserDetailList", user("ana"))], Some("m2")),
        refused(),
    ])
    .await;
    assert!(
        matches!(outcome.status(CAPABILITY), Status::Partial { reason, .. } if reason.contains("Marker"))
    );
    assert_eq!(aws.count(ACTION), 4);
}

#[tokio::test]
async fn a_list_without_an_end_is_partial() {
    let looping = [
        page(&[("UserDetailList", user("ana"))], Some("m1")),
        page(&[], Some("m2")),
        page(&[], Some("m1")),
    ];
    let lost = [Reply::ok(
        ACTION,
        format!("<UserDetailList>{}</UserDetailList><IsTruncated>true</IsTruncated>", user("ana")),
    )];
    for (replies, calls) in [(looping.to_vec(), 3), (lost.to_vec(), 1)] {
        let (aws, outcome) = from(replies).await;
        assert!(outcome.result.is_ok());
        assert!(matches!(outcome.status(CAPABILITY), Status::Partial { .. }));
        assert_eq!(keys(&outcome), ["user:AIDAana"]);
        assert_eq!(aws.count(ACTION), calls);
    }
}

#[tokio::test]
async fn a_refusal_is_a_gap_and_a_late_one_keeps_what_was_seen() {
    let (_, outcome) = from([Reply::denied(ACTION)]).await;
    let expected = Status::Denied {
        action: "iam:GetAccountAuthorizationDetails".to_owned(),
        by: Authority::Identity,
    };
    assert!(outcome.result.is_ok());
    assert_eq!(*outcome.status(CAPABILITY), expected);
    assert!(outcome.pages.is_empty());

    let (_, outcome) =
        from([page(&[("UserDetailList", user("ana"))], Some("m1")), Reply::denied(ACTION)]).await;
    assert!(matches!(outcome.status(CAPABILITY), Status::Partial { .. }));
    assert_eq!(keys(&outcome), ["user:AIDAana"]);
}

#[tokio::test]
async fn lost_credentials_end_the_unit() {
    let gone = Reply::error(403, "InvalidClientTokenId", "The security token is invalid.");
    let (_, outcome) = from([gone]).await;
    assert!(matches!(outcome.result, Err(Interrupted::Session { .. })));
}

/// A user with everything, its lists in an order that AWS does not promise to keep.
const FULL_USER: &str = "<member><Path>/team/a/</Path><UserName>ana,&quot;x&quot;</UserName>\
    <UserId>AIDAFULL</UserId><Arn>arn:aws-us-gov:iam::111122223333:user/team/a/ana</Arn>\
    <CreateDate>2024-01-02T03:04:05Z</CreateDate>\
    <GroupList><member>zeta</member><member>Alpha</member></GroupList>\
    <UserPolicyList><member><PolicyName>zz</PolicyName><PolicyDocument>%7B%22Sid%22%3A%22a+b%22%7D</PolicyDocument>\
    </member><member><PolicyName>aa</PolicyName><PolicyDocument>%7B%7D</PolicyDocument></member></UserPolicyList>\
    <AttachedManagedPolicies><member><PolicyName>p</PolicyName><PolicyArn>arn:aws-us-gov:iam::111122223333:\
    policy/p</PolicyArn></member><member><PolicyName>AdministratorAccess</PolicyName><PolicyArn>arn:aws-us-gov:\
    iam::aws:policy/AdministratorAccess</PolicyArn></member></AttachedManagedPolicies>\
    <PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType><PermissionsBoundaryArn>\
    arn:aws-us-gov:iam::111122223333:policy/edge</PermissionsBoundaryArn></PermissionsBoundary>\
    <Tags><member><Key>team</Key><Value>a &amp; b</Value></member><member><Key>empty</Key><Value/></member></Tags>\
    </member>";

#[tokio::test]
async fn everything_about_a_user_is_read() {
    let (_, outcome) = from([page(&[("UserDetailList", FULL_USER.to_owned())], None)]).await;
    let Some(Entity::User(user)) = outcome.sightings().next().map(|seen| &seen.entity) else {
        panic!("no user: {:?}", outcome.of(CAPABILITY));
    };
    let policies: Vec<_> = user.inline_policies.iter().map(|policy| policy.name.as_str()).collect();
    assert_eq!(policies, ["aa", "zz"]);
    assert_eq!(user.inline_policies[1].document.0, r#"{"Sid":"a+b"}"#);
    let tags = [("empty", ""), ("team", "a & b")];
    let expected = User {
        arn: "arn:aws-us-gov:iam::111122223333:user/team/a/ana".parse().unwrap(),
        unique_id: "AIDAFULL".to_owned(),
        name: "ana,\"x\"".to_owned(),
        path: "/team/a/".to_owned(),
        created: Some("2024-01-02T03:04:05Z".parse().unwrap()),
        groups: vec!["Alpha".to_owned(), "zeta".to_owned()],
        attached_policies: vec![
            "arn:aws-us-gov:iam::111122223333:policy/p".parse().unwrap(),
            "arn:aws-us-gov:iam::aws:policy/AdministratorAccess".parse().unwrap(),
        ],
        inline_policies: user.inline_policies.clone(),
        boundary: Some("arn:aws-us-gov:iam::111122223333:policy/edge".parse().unwrap()),
        tags: tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
    };
    assert_eq!(*user, expected);
}

/// `NotAction`, a principal that was deleted (`AIDA…`, `AROA…`), duplicate keys' order and spacing: the
/// text is AWS's to interpret, and comes through byte for byte.
const TRUST: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [ { "Effect":"Deny" , "NotAction": ["sts:AssumeRole","sts:TagSession"],
    "NotPrincipal": {"AWS": ["AIDAJQABLZS4A3QDU576Q","AROAEXAMPLEGONE", "arn:aws:iam::111122223333:root"]},
    "Condition": {"StringLike": {"aws:PrincipalTag/x%y": "50%25+é"}} } ]
}"#;

#[tokio::test]
async fn documents_come_through_byte_for_byte() {
    let trust = |text: &str| format!("<AssumeRolePolicyDocument>{text}</AssumeRolePolicyDocument>");
    let plain = TRUST.replace('&', "&amp;").replace('<', "&lt;");
    let (_, outcome) = from([page(
        &[(
            "RoleDetailList",
            role("encoded", &trust(&encoded(TRUST)))
                + &role("plain", &trust(&plain))
                + &role("none", ""),
        )],
        None,
    )])
    .await;
    let documents: Vec<_> = roles(&outcome)
        .iter()
        .map(|role| role.trust.as_ref().map(|text| text.0.as_str()))
        .collect();
    assert_eq!(documents, [Some(TRUST), Some(TRUST), None]);
    assert_eq!(*outcome.status(CAPABILITY), Status::Complete);
}

#[tokio::test]
async fn a_document_that_is_none_is_kept_as_given_and_told() {
    let (_, outcome) = from([page(
        &[(
            "RoleDetailList",
            role("odd", "<AssumeRolePolicyDocument>%FF%FE</AssumeRolePolicyDocument>"),
        )],
        None,
    )])
    .await;
    assert_eq!(roles(&outcome)[0].trust.as_ref().unwrap().0, "%FF%FE");
    let coverage = outcome.of(CAPABILITY);
    assert!(matches!(coverage.status, Status::Partial { .. }));
    assert_eq!(
        coverage.set_aside[0].what,
        "the trust policy of arn:aws:iam::111122223333:role/odd"
    );
}

#[tokio::test]
async fn when_a_role_was_last_used() {
    let at = "<RoleLastUsed><LastUsedDate>2026-11-01T10:00:00Z</LastUsedDate><Region>eu-west-1</Region>\
              </RoleLastUsed>";
    let (_, outcome) = from([page(
        &[(
            "RoleDetailList",
            role("used", at) + &role("empty", "<RoleLastUsed/>") + &role("absent", ""),
        )],
        None,
    )])
    .await;
    let last: Vec<_> = roles(&outcome).iter().map(|role| role.last_used.clone()).collect();
    let time = "2026-11-01T10:00:00Z".parse().unwrap();
    let used = LastUsed::At { time, region: Some("eu-west-1".to_owned()), service: None };
    assert_eq!(last, [used, LastUsed::Never, LastUsed::Never]);
}

#[tokio::test]
async fn instance_profiles_of_a_role_by_name() {
    let profile = |name: &str| {
        format!(
            "<member><InstanceProfileName>{name}</InstanceProfileName><InstanceProfileId>AIPA{name}\
             </InstanceProfileId><Path>/</Path><Arn>arn:aws:iam::{ACCOUNT}:instance-profile/{name}</Arn>\
             <CreateDate>2024-01-02T03:04:05Z</CreateDate><Roles/></member>"
        )
    };
    let list =
        format!("<InstanceProfileList>{}{}</InstanceProfileList>", profile("z"), profile("b"));
    let (_, outcome) = from([page(&[("RoleDetailList", role("app", &list))], None)]).await;
    assert_eq!(roles(&outcome)[0].instance_profiles, ["b", "z"]);
}

fn version(number: u32, default: bool) -> String {
    let document = encoded(&format!(r#"{{"v":{number}}}"#));
    format!(
        "<member><Document>{document}</Document><VersionId>v{number}</VersionId><IsDefaultVersion>{default}\
         </IsDefaultVersion><CreateDate>2024-01-02T03:04:05Z</CreateDate></member>"
    )
}

fn policy(arn: &str, id: &str, counts: (u32, u32), versions: &str) -> String {
    format!(
        "<member><PolicyName>{id}</PolicyName><PolicyId>{id}</PolicyId><Arn>{arn}</Arn><Path>/</Path>\
         <DefaultVersionId>v9</DefaultVersionId><AttachmentCount>{}</AttachmentCount>\
         <PermissionsBoundaryUsageCount>{}</PermissionsBoundaryUsageCount><IsAttachable>true</IsAttachable>\
         <CreateDate>2024-01-02T03:04:05Z</CreateDate><UpdateDate>2024-02-02T03:04:05Z</UpdateDate>\
         <PolicyVersionList>{versions}</PolicyVersionList></member>",
        counts.0, counts.1
    )
}

#[tokio::test]
async fn a_policy_with_five_versions() {
    let versions = [
        version(8, false),
        version(11, false),
        version(9, true),
        version(10, false),
        version(7, false),
    ];
    let arn = format!("arn:aws:iam::{ACCOUNT}:policy/five");
    let list = policy(&arn, "ANPAFIVE", (0, 0), &versions.concat());
    let (_, outcome) = from([page(&[("Policies", list)], None)]).await;
    let Entity::Policy(policy) = outcome.entities(CAPABILITY)[0] else { panic!("no policy") };
    let ids: Vec<_> = policy.versions.iter().map(|version| version.id.as_str()).collect();
    assert_eq!(ids, ["v11", "v10", "v9", "v8", "v7"], "newest first, by number");
    assert_eq!(policy.default_version, "v9");
    assert_eq!(policy.versions.iter().filter(|version| version.default).count(), 1);
    assert_eq!(policy.default_document().unwrap().0, r#"{"v":9}"#);
    assert_eq!(policy.tags, None);
}

#[tokio::test]
async fn aws_managed_policies_are_shared_and_only_those_in_use() {
    let managed =
        |name: &str, counts| policy(&format!("arn:aws:iam::aws:policy/{name}"), name, counts, "");
    let list = [managed("attached", (2, 0)), managed("edge", (0, 1)), managed("idle", (0, 0))];
    let (_, outcome) = from([page(&[("Policies", list.concat())], None)]).await;
    let seen: Vec<_> = outcome
        .sightings()
        .map(|sighting| (sighting.scope.to_string(), sighting.entity.key()))
        .collect();
    let scope = Scope::aws_managed().to_string();
    assert_eq!(seen, [(scope.clone(), "attached".to_owned()), (scope, "edge".to_owned())]);
    assert_eq!(outcome.of(CAPABILITY).seen, 0, "they are not of this account");
    assert_eq!(*outcome.status(CAPABILITY), Status::Complete);
}

#[tokio::test]
async fn an_unreadable_detail_is_set_aside_and_its_neighbours_stay() {
    let no_arn = "<member><UserName>lost</UserName><UserId>AIDALOST</UserId></member>";
    let no_id =
        format!("<member><RoleName>x</RoleName><Arn>arn:aws:iam::{ACCOUNT}:role/x</Arn></member>");
    let bad_arn =
        "<member><GroupName>g</GroupName><GroupId>AGPAG</GroupId><Arn>nonsense</Arn></member>";
    let half = role(
        "half",
        "<RolePolicyList><member><PolicyName>p</PolicyName></member></RolePolicyList>",
    );
    let (_, outcome) = from([page(
        &[
            ("UserDetailList", user("ana") + no_arn + &user("bo")),
            ("GroupDetailList", bad_arn.to_owned()),
            ("RoleDetailList", no_id + &half + &role("app", "")),
        ],
        None,
    )])
    .await;
    assert_eq!(keys(&outcome), ["user:AIDAana", "user:AIDAbo", "role:AROAapp"]);
    let coverage = outcome.of(CAPABILITY);
    assert!(matches!(coverage.status, Status::Partial { .. }));
    let what: Vec<_> = coverage.set_aside.iter().map(|aside| aside.what.as_str()).collect();
    assert_eq!(
        what,
        [
            "lost",
            "nonsense",
            "arn:aws:iam::111122223333:role/x",
            "arn:aws:iam::111122223333:role/half"
        ]
    );
}

#[tokio::test]
async fn a_long_page_is_saved_in_parts_and_only_the_last_has_the_cursor() {
    let many: String = (0..1000).map(|number| user(&format!("u{number}"))).collect();
    let (_, outcome) = from([page(&[("UserDetailList", many)], Some("m1")), page(&[], None)]).await;
    let parts: Vec<_> =
        outcome.pages.iter().map(|page| (page.sightings.len(), page.cursor.is_some())).collect();
    assert_eq!(parts, [(500, false), (500, true)]);
}
