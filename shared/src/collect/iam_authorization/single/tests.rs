//! Objects one by one, against AWS-shaped answers.

use super::super::IamAuthorization;
use super::*;
use crate::collect::fake::{ACCOUNT, FakeAws, Outcome, Reply, Setup, collect_with};
use crate::model::{Kind, Scope, Status};

const DOCUMENT: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D";
const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const MADE: &str = "<CreateDate>2024-01-02T03:04:05Z</CreateDate>";

/// A list of one page.
fn list(action: &str, name: &str, members: &[&str]) -> Reply {
    let members =
        members.iter().fold(String::new(), |text, member| text + "<member>" + member + "</member>");
    Reply::ok(action, format!("<{name}>{members}</{name}><IsTruncated>false</IsTruncated>"))
}

fn attached(arn: &str) -> String {
    let name = arn.rsplit('/').next().unwrap();
    format!("<PolicyName>{name}</PolicyName><PolicyArn>{arn}</PolicyArn>")
}

fn role(aws: FakeAws, policies: &[&str]) -> FakeAws {
    let attached: Vec<String> = policies.iter().map(|arn| attached(arn)).collect();
    let attached: Vec<&str> = attached.iter().map(String::as_str).collect();
    let role = format!(
        "<Role><Path>/team/</Path><RoleName>app</RoleName><RoleId>AROAEXAMPLEAPP</RoleId><Arn>arn:aws:iam::\
         {ACCOUNT}:role/team/app</Arn>{MADE}<AssumeRolePolicyDocument>{DOCUMENT}</AssumeRolePolicyDocument>\
         <Tags><member><Key>owner</Key><Value>ana</Value></member></Tags></Role>"
    );
    let inline = format!(
        "<RoleName>app</RoleName><PolicyName>in</PolicyName><PolicyDocument>{DOCUMENT}</PolicyDocument>"
    );
    aws.in_turn("GetRole", [Reply::ok("GetRole", role)])
        .in_turn("ListRolePolicies", [list("ListRolePolicies", "PolicyNames", &["in"])])
        .in_turn("GetRolePolicy", [Reply::ok("GetRolePolicy", inline)])
        .in_turn(
            "ListAttachedRolePolicies",
            [list("ListAttachedRolePolicies", "AttachedPolicies", &attached)],
        )
        .in_turn(
            "ListInstanceProfilesForRole",
            [list("ListInstanceProfilesForRole", "InstanceProfiles", &[])],
        )
}

fn read_only(aws: FakeAws) -> FakeAws {
    read_only_in_use(aws, 3)
}

/// The policy as an account sees it to whose identities it is attached so often.
fn read_only_in_use(aws: FakeAws, attached: u32) -> FakeAws {
    let policy = format!(
        "<Policy><PolicyName>ReadOnlyAccess</PolicyName><PolicyId>ANPAEXAMPLEREAD</PolicyId><Arn>{READ_ONLY}</Arn>\
         <Path>/</Path><DefaultVersionId>v9</DefaultVersionId><AttachmentCount>{attached}</AttachmentCount>{MADE}</Policy>"
    );
    let version =
        format!("<VersionId>v9</VersionId><IsDefaultVersion>true</IsDefaultVersion>{MADE}");
    let whole = format!("<PolicyVersion><Document>{DOCUMENT}</Document>{version}</PolicyVersion>");
    aws.in_turn("GetPolicy", [Reply::ok("GetPolicy", policy)])
        .in_turn("ListPolicyVersions", [list("ListPolicyVersions", "Versions", &[&version])])
        .in_turn("GetPolicyVersion", [Reply::ok("GetPolicyVersion", whole)])
}

async fn look(aws: &FakeAws, names: &[&str]) -> Outcome {
    collect_with(&IamAuthorization, aws, Setup::focused(names)).await
}

fn kinds(outcome: &Outcome) -> Vec<(Kind, String)> {
    let seen = outcome.sightings();
    seen.map(|sighting| (sighting.entity.kind(), sighting.scope.capability.clone())).collect()
}

#[tokio::test]
async fn a_role_is_read_with_all_that_it_has() {
    let aws = role(FakeAws::new(), &["arn:aws:iam::111122223333:policy/own"]);
    let outcome = look(&aws, &["role/app"]).await;
    assert!(outcome.result.is_ok());
    assert_eq!(*outcome.status(CAPABILITY), Status::Complete);
    let seen: Vec<_> = outcome.sightings().collect();
    let [sighting] = seen[..] else { panic!("{:?}", kinds(&outcome)) };
    let Entity::Role(role) = &sighting.entity else { panic!("{:?}", sighting.entity) };
    assert_eq!((role.name.as_str(), role.path.as_str()), ("app", "/team/"));
    assert_eq!(role.inline_policies.len(), 1);
    assert_eq!(role.attached_policies.len(), 1);
    assert_eq!(role.tags["owner"], "ana");
    assert!(role.trust.as_ref().unwrap().0.starts_with('{'), "{:?}", role.trust);
    assert_eq!(aws.count("GetAccountAuthorizationDetails"), 0);
    assert_eq!(aws.received().len(), 5);
}

#[tokio::test]
async fn a_policy_of_awss_that_is_new_to_an_identity_is_read_too() {
    let aws = read_only(role(FakeAws::new(), &[READ_ONLY]));
    let outcome = look(&aws, &["role/app"]).await;
    assert_eq!(*outcome.status(CAPABILITY), Status::Complete);
    let shared = outcome.sightings().find(|it| it.scope == Scope::aws_managed()).unwrap();
    let Entity::Policy(policy) = &shared.entity else { panic!("{:?}", shared.entity) };
    assert_eq!((policy.arn.as_str(), policy.versions.len()), (READ_ONLY, 1));
}

/// It is attached when the role is read, and taken away before the policy is: it is told all the same, since nobody
/// reads it when it is attached once more.
#[tokio::test]
async fn a_policy_of_awss_is_told_although_it_was_taken_away_meanwhile() {
    let aws = read_only_in_use(role(FakeAws::new(), &[READ_ONLY]), 0);
    let outcome = look(&aws, &["role/app"]).await;
    assert!(
        outcome.sightings().any(|it| it.scope == Scope::aws_managed()),
        "{:?}",
        kinds(&outcome)
    );
}

#[tokio::test]
async fn a_policy_of_awss_that_bounds_an_identity_is_read_too() {
    let user = format!(
        "<User><Path>/</Path><UserName>ana</UserName><UserId>AIDAEXAMPLEANA</UserId><Arn>arn:aws:iam::{ACCOUNT}:user/ana\
         </Arn>{MADE}<PermissionsBoundary><PermissionsBoundaryType>PermissionsBoundaryPolicy</PermissionsBoundaryType>\
         <PermissionsBoundaryArn>{READ_ONLY}</PermissionsBoundaryArn></PermissionsBoundary></User>"
    );
    let empty = |action: &str, name: &str| [list(action, name, &[])];
    let aws = read_only_in_use(FakeAws::new(), 0)
        .in_turn("GetUser", [Reply::ok("GetUser", user)])
        .in_turn("ListUserPolicies", empty("ListUserPolicies", "PolicyNames"))
        .in_turn("ListAttachedUserPolicies", empty("ListAttachedUserPolicies", "AttachedPolicies"))
        .in_turn("ListGroupsForUser", empty("ListGroupsForUser", "Groups"));
    let outcome = look(&aws, &["user/ana"]).await;
    assert_eq!(*outcome.status(CAPABILITY), Status::Complete);
    assert!(
        outcome.sightings().any(|it| it.scope == Scope::aws_managed()),
        "{:?}",
        kinds(&outcome)
    );
}

#[tokio::test]
async fn what_does_not_exist_is_not_seen() {
    let gone = || Reply::no_such("The user with name nobody cannot be found.");
    let aws = FakeAws::new().in_turn("GetUser", [gone()]).in_turn("GetPolicy", [gone()]);
    let outcome = look(&aws, &["user/nobody", "arn:aws:iam::111122223333:policy/none"]).await;
    assert_eq!(*outcome.status(CAPABILITY), Status::Complete);
    assert_eq!(kinds(&outcome), []);
}

#[tokio::test]
async fn half_of_an_object_is_not_told() {
    let aws = role(FakeAws::new(), &[]).deny(&["GetRolePolicy"]);
    let outcome = look(&aws, &["role/app"]).await;
    assert!(matches!(outcome.status(CAPABILITY), Status::Denied { .. }), "{:?}", outcome.coverage);
    assert_eq!(kinds(&outcome), []);
}
