//! Lists in pages, in XML and JSON, well-behaved and not.

use super::*;

const DETAILS: &str = "<GetAccountAuthorizationDetailsResponse><GetAccountAuthorizationDetailsResult>
<IsTruncated>false</IsTruncated>
<UserDetailList>
  <member><UserName>u1</UserName><GroupList><member>g1</member></GroupList>
    <UserPolicyList><member><PolicyName>p</PolicyName></member><member><PolicyName>q</PolicyName></member></UserPolicyList></member>
  <member><UserName>u2</UserName></member>
</UserDetailList>
<GroupDetailList/>
<RoleDetailList>
  <member><RoleName>r1</RoleName><InstanceProfileList><member><Roles><member><RoleName>r1</RoleName></member></Roles></member></InstanceProfileList></member>
  <member><RoleName>r2</RoleName></member>
</RoleDetailList>
<Policies>
  <member><PolicyName>m1</PolicyName><PolicyVersionList><member><VersionId>v1</VersionId></member></PolicyVersionList></member>
</Policies>
</GetAccountAuthorizationDetailsResult><ResponseMetadata/></GetAccountAuthorizationDetailsResponse>";

fn paged(size: usize, quirk: Quirk) -> Plan {
    Plan::default().rule(Match::any(), Fault::Page(Page { size, quirk }))
}

/// All pages of an IAM list; stops after ten.
async fn walk(proxy: &Proxy, ask: &str) -> Vec<String> {
    let mut pages = Vec::new();
    let mut marker = String::new();
    while pages.len() < 10 {
        let (status, page) = form("iam", &format!("{ask}{marker}")).send(proxy).await;
        assert_eq!(status, 200, "{page}");
        let next = super::super::xml::first_text(&page, "Marker").map(str::to_owned);
        assert!(page.contains(&format!("<IsTruncated>{}</IsTruncated>", next.is_some())), "{page}");
        pages.push(page);
        match next {
            Some(next) => marker = format!("&Marker={next}"),
            None => break,
        }
    }
    pages
}

fn names(page: &str) -> Vec<&str> {
    page.split("<UserName>").skip(1).filter_map(|rest| rest.split('<').next()).collect()
}

#[tokio::test]
async fn pages_an_iam_list() {
    let upstream = Upstream::start(&[("ListUsers", USERS)]).await;
    let proxy = upstream.proxied(paged(2, Quirk::None)).await;
    let pages = walk(&proxy, "Action=ListUsers").await;
    let found: Vec<_> = pages.iter().map(|page| names(page)).collect();
    assert_eq!(found, [vec!["ana", "ben"], vec!["cem", "dot"], vec!["eve"]]);
    assert!(pages[0].contains("<Tags><member><Key>a</Key></member></Tags>"));
    assert!(pages[0].contains("<ResponseMetadata><RequestId>1</RequestId>"));
    assert!(upstream.seen().iter().all(|body| body == "Action=ListUsers"), "a token got through");
    assert_eq!(faults(&proxy), ["page"; 3]);
    // The client may ask for fewer, not for more.
    assert_eq!(walk(&proxy, "Action=ListUsers&MaxItems=1").await.len(), 5);
    assert_eq!(walk(&proxy, "Action=ListUsers&MaxItems=1000").await.len(), 3);
    // An unpaged operation stays whole.
    form("iam", "Action=ListSAMLProviders").send(&proxy).await;
    assert_eq!(faults(&proxy).last().unwrap(), "");
}

#[tokio::test]
async fn one_sequence_runs_through_the_authorization_details() {
    let upstream = Upstream::start(&[("GetAccountAuthorizationDetails", DETAILS)]).await;
    let proxy = upstream.proxied(paged(1, Quirk::None)).await;
    let pages = walk(&proxy, "Action=GetAccountAuthorizationDetails").await;
    assert_eq!(pages.len(), 5);
    assert!(pages[0].contains("<member>g1</member>") && pages[0].contains("<PolicyName>q<"));
    assert!(pages[0].contains("<RoleDetailList></RoleDetailList>"));
    assert!(pages[1].contains("u2") && !pages[1].contains("u1"));
    assert!(pages[2].contains("<InstanceProfileList><member><Roles><member><RoleName>r1<"));
    assert!(pages[3].contains("r2") && !pages[3].contains("r1"));
    assert!(
        pages[4].contains("<VersionId>v1<")
            && pages[4].contains("<UserDetailList></UserDetailList>")
    );

    proxy.set_plan(paged(3, Quirk::None));
    let pages = walk(&proxy, "Action=GetAccountAuthorizationDetails").await;
    assert_eq!(pages.len(), 2);
    assert!(
        pages[0].contains("u2") && pages[0].contains("<RoleName>r1") && !pages[0].contains("r2")
    );
    assert!(pages[1].contains("r2") && pages[1].contains("m1"));
}

const ORGANIZATION: &str = "AWSOrganizationsV20161128.ListAccounts";
const ACCOUNTS: &str =
    r#"{"Accounts":[{"Id":"1"},{"Id":"2"},{"Id":"3"}],"NextToken":"of the emulator","Other":1}"#;

#[tokio::test]
async fn pages_a_json_list() {
    let upstream = Upstream::start(&[("ListAccounts", ACCOUNTS)]).await;
    let proxy = upstream.proxied(paged(2, Quirk::None)).await;
    let ask = async |body: serde_json::Value| {
        let (status, answer) =
            json("organizations", ORGANIZATION, &body.to_string()).send(&proxy).await;
        (status, serde_json::from_str::<serde_json::Value>(&answer).unwrap())
    };
    let (_, first) = ask(serde_json::json!({"Filter": "x", "MaxResults": 20})).await;
    assert_eq!(first["Accounts"].as_array().unwrap().len(), 2);
    assert_eq!(first["Other"], 1);
    let (_, last) = ask(serde_json::json!({"NextToken": first["NextToken"]})).await;
    assert_eq!(last["Accounts"], serde_json::json!([{"Id": "3"}]));
    assert_eq!(last.get("NextToken"), None);
    assert_eq!(upstream.seen()[0], r#"{"Filter":"x","MaxResults":1000000}"#);

    let (status, refused) = ask(serde_json::json!({"NextToken": "made up"})).await;
    assert_eq!(status, 400);
    assert_eq!(refused["__type"], "InvalidInputException");
    assert_eq!(faults(&proxy).last().unwrap(), "page:bad-token");
}

#[tokio::test]
async fn an_empty_page_may_come_in_the_middle() {
    let upstream = Upstream::start(&[("ListUsers", USERS)]).await;
    let proxy = upstream.proxied(paged(2, Quirk::EmptyPage { after: 1 })).await;
    let pages = walk(&proxy, "Action=ListUsers").await;
    let found: Vec<_> = pages.iter().map(|page| names(page).len()).collect();
    assert_eq!(found, [2, 0, 2, 1]);
}

#[tokio::test]
async fn a_repeated_token_never_ends() {
    let upstream = Upstream::start(&[("ListUsers", USERS)]).await;
    let proxy = upstream.proxied(paged(2, Quirk::RepeatToken)).await;
    let pages = walk(&proxy, "Action=ListUsers").await;
    assert_eq!(pages.len(), 10);
    assert_ne!(pages[0], pages[1]);
    assert!(pages[1..].iter().all(|page| *page == pages[1]));
}

#[tokio::test]
async fn a_token_is_refused_once_or_always() {
    let upstream = Upstream::start(&[("ListUsers", USERS)]).await;
    for (times, again) in [(Times::Once, 200), (Times::Always, 400)] {
        let proxy = upstream.proxied(paged(2, Quirk::RefuseToken { after: 1, times })).await;
        let (_, first) = form("iam", "Action=ListUsers").send(&proxy).await;
        let marker = super::super::xml::first_text(&first, "Marker").unwrap();
        let second = form("iam", &format!("Action=ListUsers&Marker={marker}"));
        let (status, body) = second.send(&proxy).await;
        assert!(status == 400 && body.contains("<Code>ValidationError</Code>"), "{body}");
        assert_eq!(second.send(&proxy).await.0, again);
        assert_eq!(faults(&proxy)[1], "page:refuse-token");
    }
}

#[tokio::test]
async fn patch_page_delay_and_truncate_go_together() {
    let upstream = Upstream::start(&[("ListUsers", USERS)]).await;
    let more = Patch::custom("more", |_, body| {
        String::from_utf8(body.to_vec())
            .unwrap()
            .replace("</Users>", "<member>6</member></Users>")
            .into()
    });
    let plan = Plan::default()
        .rule(Match::any().nth(4), Fault::Truncate)
        .rule(Match::any(), Fault::page(5))
        .rule(Match::any(), Fault::Patch(more))
        .rule(Match::any().nth(3), Fault::Status(503));
    let proxy = upstream.proxied(plan).await;
    let pages = walk(&proxy, "Action=ListUsers").await;
    assert_eq!(pages.len(), 2, "the patch comes before the page");
    assert!(pages[1].contains("<member>6</member>"));
    assert_eq!(form("iam", "Action=ListUsers").send(&proxy).await.0, 503);
    assert!(form("iam", "Action=ListUsers").try_send(&proxy).await.is_none());
    assert_eq!(
        faults(&proxy),
        ["patch:more+page", "patch:more+page", "status:503", "patch:more+page+truncate"]
    );
}
