//! Answers of emulators corrected.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::*;

fn patched(action: &str, patch: Patch) -> Plan {
    Plan::default().rule(Match::action(action), Fault::Patch(patch))
}

#[tokio::test]
async fn json_is_merged_where_the_request_fits() {
    let answer = r#"{"PermissionSet":{"Name":"admin","SessionDuration":3600}}"#;
    let upstream = Upstream::start(&[("DescribePermissionSet", answer)]).await;
    let patch = Patch::merge_json(
        serde_json::json!({"PermissionSetArn": "ps-1"}),
        "/PermissionSet",
        serde_json::json!({"SessionDuration": "PT1H", "Name": null, "RelayState": "x"}),
    );
    let proxy = upstream.proxied(patched("sso:DescribePermissionSet", patch)).await;
    let ask = async |body: &str| {
        json("sso", "SWBExternalService.DescribePermissionSet", body).send(&proxy).await.1
    };
    assert_eq!(
        ask(r#"{"PermissionSetArn":"ps-1","InstanceArn":"i"}"#).await,
        r#"{"PermissionSet":{"RelayState":"x","SessionDuration":"PT1H"}}"#
    );
    assert_eq!(ask(r#"{"PermissionSetArn":"ps-2"}"#).await, answer);
    assert_eq!(faults(&proxy), ["patch:merge-json", ""]);
}

#[tokio::test]
async fn xml_is_inserted_into_the_named_items() {
    let get = "<GetUserResponse><GetUserResult><User><UserName>ben</UserName><Path>/old/</Path></User>\
               </GetUserResult></GetUserResponse>";
    let upstream = Upstream::start(&[("ListUsers", USERS), ("GetUser", get)]).await;
    let per_item = BTreeMap::from([
        ("ben".to_owned(), "<Path>/b/</Path><X>1</X>".to_owned()),
        ("eve".to_owned(), "<Path>/e/</Path>".to_owned()),
    ]);
    let proxy = upstream.proxied(patched("iam:*", Patch::insert_xml("UserName", per_item))).await;
    let (_, list) = form("iam", "Action=ListUsers").send(&proxy).await;
    let expected = USERS
        .replace("<UserName>ben</UserName>", "<UserName>ben</UserName><Path>/b/</Path><X>1</X>")
        .replace("<UserName>eve</UserName>", "<UserName>eve</UserName><Path>/e/</Path>");
    assert_eq!(list, expected);
    let (_, got) = form("iam", "Action=GetUser").send(&proxy).await;
    assert!(got.contains("<User><UserName>ben</UserName><Path>/b/</Path><X>1</X></User>"), "{got}");
}

#[tokio::test]
async fn the_credential_report_gets_its_root_row_once() {
    let report = |csv: &str| {
        format!(
            "<GetCredentialReportResponse><GetCredentialReportResult><Content>{}</Content>\
             </GetCredentialReportResult></GetCredentialReportResponse>",
            BASE64_STANDARD.encode(csv)
        )
    };
    let short = report("user,arn\nana,arn:ana\n");
    let full = report("user,arn\n<root_account>,arn:root\nana,arn:ana\n");
    let upstream = Upstream::start(&[("GetCredentialReport", &short), ("Full", &full)]).await;
    let patch = Patch::credential_report_root("<root_account>,arn:root\n");
    let proxy = upstream.proxied(patched("iam:*", patch)).await;
    assert_eq!(form("iam", "Action=GetCredentialReport").send(&proxy).await.1, full);
    assert_eq!(form("iam", "Action=Full").send(&proxy).await.1, full);
    assert_eq!(faults(&proxy), ["patch:credential-report-root", ""]);
}

#[tokio::test]
async fn a_custom_patch_sees_the_request() {
    let upstream = Upstream::start(&[]).await;
    let echo = Patch::custom("echo", |view, _| {
        format!("{} {}", view.iam_action(), view.form("UserName").unwrap()).into()
    });
    let proxy = upstream.proxied(patched("iam:GetUser", echo)).await;
    let (_, body) = form("iam", "Action=GetUser&UserName=ana%2Bx+y").send(&proxy).await;
    assert_eq!(body, "iam:GetUser ana+x y");
}

#[tokio::test]
async fn only_the_managed_policies_in_use_stay() {
    let answer = "<R><GetAccountAuthorizationDetailsResult><UserDetailList><member>
<AttachedManagedPolicies><member><PolicyArn>arn:aws:iam::aws:policy/Used</PolicyArn></member></AttachedManagedPolicies>
<PermissionsBoundary><PermissionsBoundaryArn>arn:aws:iam::aws:policy/Boundary</PermissionsBoundaryArn></PermissionsBoundary>
</member></UserDetailList><Policies>
<member><Arn>arn:aws:iam::aws:policy/Used</Arn></member><member><Arn>arn:aws:iam::aws:policy/Unused</Arn></member>
<member><Arn>arn:aws:iam::aws:policy/Boundary</Arn></member><member><Arn>arn:aws:iam::111122223333:policy/own</Arn></member>
</Policies></GetAccountAuthorizationDetailsResult></R>";
    let upstream = Upstream::start(&[("GetAccountAuthorizationDetails", answer)]).await;
    let patch = Patch::managed_policies_in_use();
    let proxy = upstream.proxied(patched("iam:GetAccountAuthorizationDetails", patch)).await;
    let (_, body) = form("iam", "Action=GetAccountAuthorizationDetails").send(&proxy).await;
    assert_eq!(
        body,
        answer.replace("<member><Arn>arn:aws:iam::aws:policy/Unused</Arn></member>", "")
    );
}
