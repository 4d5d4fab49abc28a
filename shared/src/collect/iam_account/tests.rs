//! The account's six lists against AWS-shaped answers.

use super::*;
use crate::collect::fake::{ACCOUNT, FakeAws, Outcome, Reply, collect};
use crate::model::Status;

const ACTIONS: [(&str, &str); 6] = [
    ("GetAccountSummary", "account-summary"),
    ("ListAccountAliases", "account-aliases"),
    ("ListSAMLProviders", "saml-providers"),
    ("ListOpenIDConnectProviders", "oidc-providers"),
    ("ListInstanceProfiles", "instance-profiles"),
    ("ListServerCertificates", "server-certificates"),
];

fn profile(name: &str, roles: &str) -> String {
    format!(
        "<member><InstanceProfileId>AIPA{name}</InstanceProfileId><Roles>{roles}</Roles><InstanceProfileName>\
         {name}</InstanceProfileName><Path>/ec2/</Path><Arn>arn:aws:iam::{ACCOUNT}:instance-profile/ec2/{name}\
         </Arn><CreateDate>2024-01-02T03:04:05Z</CreateDate></member>"
    )
}

fn summary_of(entries: &[(&str, i32)]) -> Reply {
    let entries = entries.iter().fold(String::new(), |text, (name, value)| {
        text + &format!("<entry><key>{name}</key><value>{value}</value></entry>")
    });
    Reply::ok("GetAccountSummary", format!("<SummaryMap>{entries}</SummaryMap>"))
}

fn full() -> FakeAws {
    let role = format!(
        "<member><Path>/</Path><Arn>arn:aws:iam::{ACCOUNT}:role/app</Arn><RoleName>app</RoleName><RoleId>AROAAPP\
         </RoleId><CreateDate>2024-01-02T03:04:05Z</CreateDate></member>"
    );
    FakeAws::new()
        .on("GetAccountSummary", |_| {
            summary_of(&[
                ("Users", 12),
                ("AccountMFAEnabled", 1),
                ("AccountAccessKeysPresent", 0),
                ("SomethingNewQuota", 5000),
            ])
        })
        .on("ListAccountAliases", |_| {
            Reply::ok(
                "ListAccountAliases",
                "<IsTruncated>false</IsTruncated><AccountAliases><member>acme-prod</member></AccountAliases>",
            )
        })
        .on("ListSAMLProviders", |_| {
            Reply::ok(
                "ListSAMLProviders",
                "<SAMLProviderList><member><Arn>arn:aws:iam::111122223333:saml-provider/corp</Arn><ValidUntil>\
                 2032-05-09T16:27:11Z</ValidUntil><CreateDate>2012-05-09T16:27:03Z</CreateDate></member><member>\
                 <ValidUntil>2032-05-09T16:27:11Z</ValidUntil></member></SAMLProviderList>",
            )
        })
        .on("ListOpenIDConnectProviders", |_| {
            Reply::ok(
                "ListOpenIDConnectProviders",
                "<OpenIDConnectProviderList><member><Arn>arn:aws:iam::111122223333:oidc-provider/token.actions.\
                 githubusercontent.com</Arn></member></OpenIDConnectProviderList>",
            )
        })
        .on("ListInstanceProfiles", move |request| {
            let body = match request.param("Marker") {
                "" => format!(
                    "<IsTruncated>true</IsTruncated><Marker>m1</Marker><InstanceProfiles>{}</InstanceProfiles>",
                    profile("web", &role)
                ),
                _ => format!(
                    "<IsTruncated>false</IsTruncated><InstanceProfiles>{}</InstanceProfiles>",
                    profile("bare", "")
                ),
            };
            Reply::ok("ListInstanceProfiles", body)
        })
        .on("ListServerCertificates", |_| {
            Reply::ok(
                "ListServerCertificates",
                "<IsTruncated>false</IsTruncated><ServerCertificateMetadataList><member><ServerCertificateName>www\
                 </ServerCertificateName><Path>/cloudfront/</Path><Arn>arn:aws:iam::111122223333:server-certificate\
                 /cloudfront/www</Arn><UploadDate>2024-01-02T03:04:05Z</UploadDate><ServerCertificateId>ASCAWWW\
                 </ServerCertificateId><Expiration>2027-01-02T03:04:05Z</Expiration></member>\
                 </ServerCertificateMetadataList>",
            )
        })
}

fn statuses(outcome: &Outcome) -> Vec<&'static str> {
    ACTIONS.iter().map(|(_, capability)| outcome.status(capability).word()).collect()
}

#[tokio::test]
async fn all_six_are_read() {
    let aws = full();
    let outcome = collect(&IamAccount, &aws).await;
    assert!(outcome.result.is_ok());
    assert_eq!(
        statuses(&outcome),
        ["complete", "complete", "partial", "complete", "complete", "complete"],
        "one SAML provider has no ARN"
    );
    let Entity::AccountSummary(summary) = outcome.entities("account-summary")[0] else { panic!() };
    assert_eq!((summary.root_mfa, summary.root_access_keys), (Some(true), Some(false)));
    assert_eq!(summary.entries["SomethingNewQuota"], 5000, "names of tomorrow are kept");
    let Entity::AccountAliases(aliases) = outcome.entities("account-aliases")[0] else { panic!() };
    assert_eq!(aliases.aliases, ["acme-prod"]);
    let Entity::SamlProvider(saml) = outcome.entities("saml-providers")[0] else { panic!() };
    assert_eq!(saml.valid_until, Some("2032-05-09T16:27:11Z".parse().unwrap()));
    let Entity::OidcProvider(oidc) = outcome.entities("oidc-providers")[0] else { panic!() };
    assert_eq!(oidc.issuer(), "token.actions.githubusercontent.com");
    let profiles: Vec<_> = outcome
        .entities("instance-profiles")
        .into_iter()
        .map(|entity| match entity {
            Entity::InstanceProfile(profile) => (profile.name.as_str(), profile.roles.len()),
            _ => panic!(),
        })
        .collect();
    assert_eq!(profiles, [("web", 1), ("bare", 0)]);
    let Entity::ServerCertificate(certificate) = outcome.entities("server-certificates")[0] else {
        panic!()
    };
    assert_eq!(certificate.path, "/cloudfront/");
    assert_eq!(aws.received().len(), 7, "six calls and one more page");
}

#[tokio::test]
async fn one_denied_leaves_the_others_alone() {
    for (index, (action, capability)) in ACTIONS.into_iter().enumerate() {
        let aws = full().deny(&[action]);
        let outcome = collect(&IamAccount, &aws).await;
        assert!(outcome.result.is_ok());
        let mut expected = ["complete", "complete", "partial", "complete", "complete", "complete"];
        expected[index] = "denied";
        assert_eq!(statuses(&outcome), expected, "{action}");
        assert!(outcome.entities(capability).is_empty());
        assert_eq!(aws.count(action), 1);
    }
}

#[tokio::test]
async fn nothing_is_an_answer() {
    let aws = FakeAws::new()
        .on("GetAccountSummary", |_| Reply::ok("GetAccountSummary", "<SummaryMap/>"))
        .on("ListAccountAliases", |_| {
            Reply::ok("ListAccountAliases", "<IsTruncated>false</IsTruncated><AccountAliases/>")
        });
    let outcome = collect(&IamAccount, &aws).await;
    let Entity::AccountSummary(summary) = outcome.entities("account-summary")[0] else { panic!() };
    assert_eq!((summary.root_mfa, summary.root_access_keys), (None, None));
    let Entity::AccountAliases(aliases) = outcome.entities("account-aliases")[0] else { panic!() };
    assert!(aliases.aliases.is_empty());
}

#[tokio::test]
async fn half_of_the_profiles_is_partial() {
    let aws = full().on("ListInstanceProfiles", |request| match request.param("Marker") {
        "" => Reply::ok(
            "ListInstanceProfiles",
            format!(
                "<IsTruncated>true</IsTruncated><Marker>m</Marker><InstanceProfiles>{}</InstanceProfiles>",
                profile("web", "")
            ),
        ),
        _ => Reply::denied("ListInstanceProfiles"),
    });
    let outcome = collect(&IamAccount, &aws).await;
    assert!(matches!(outcome.status("instance-profiles"), Status::Partial { .. }));
    assert_eq!(outcome.entities("instance-profiles").len(), 1);
}

/// The budget of IAM's part of a run: the pages of the authorization details, and eight calls.
#[test]
fn an_account_costs_its_pages_and_eight_calls() {
    use crate::collect::iam_authorization::IamAuthorization;
    use crate::collect::iam_credentials::IamCredentials;
    let collectors: [&dyn Collect; 3] = [&IamAuthorization, &IamCredentials, &IamAccount];
    let always = collectors
        .iter()
        .flat_map(|collector| collector.calls())
        .filter(|call| call.when == When::Always);
    assert_eq!(always.count(), 1 + 8);
}

#[test]
fn calls_and_capabilities_agree() {
    for collector in crate::collect::registry::ALL {
        let names: Vec<_> = collector.capabilities().iter().map(|info| info.name).collect();
        for call in collector.calls() {
            assert!(names.contains(&call.capability), "{}", call.action);
        }
        for info in collector.capabilities() {
            assert!(info.unless.is_none() || info.needs.is_some(), "{}", info.name);
            for other in info.needs.iter().chain(&info.unless) {
                let mut before = names.iter().take_while(|name| **name != info.name);
                assert!(before.any(|name| name == other), "{}: {other}", info.name);
            }
        }
    }
}
