//! Who is meant by what a policy names.

use super::*;
use crate::policy::Document;
use crate::policy::json::Json;

const USER: &str = "arn:aws:iam::111122223333:user/team/ana";
const ROLE: &str = "arn:aws:iam::111122223333:role/team/r";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/r/s";
const ROOT: &str = "arn:aws:iam::111122223333:root";

fn principals(element: &str, value: &str) -> Principals {
    let text = format!(r#"{{"Statement":{{"Effect":"Deny","{element}":{value},"Action":"*"}}}}"#);
    let document = Document::of(Json::read(&text).unwrap()).unwrap();
    assert_eq!(document.problems, []);
    Principals::compile(document.statements[0].principals.as_ref().unwrap())
}

#[test]
fn naming_is_as_exact_as_what_is_named() {
    use Naming::{Account, Itself, Role};
    let rows = [
        (r#""*""#, [Some(Itself); 4]),
        (r#"{"AWS":"*"}"#, [Some(Itself); 4]),
        (r#"{"AWS":"111122223333"}"#, [Some(Account), Some(Account), Some(Account), Some(Itself)]),
        (
            r#"{"AWS":"arn:aws:iam::111122223333:root"}"#,
            [Some(Account), Some(Account), Some(Account), Some(Itself)],
        ),
        (r#"{"AWS":"arn:aws-cn:iam::111122223333:root"}"#, [None; 4]),
        (r#"{"AWS":"444455556666"}"#, [None; 4]),
        (r#"{"AWS":"arn:aws:iam::111122223333:user/team/ana"}"#, [Some(Itself), None, None, None]),
        (r#"{"AWS":"arn:aws:iam::111122223333:user/ana"}"#, [None; 4]),
        (r#"{"AWS":"arn:aws:iam::111122223333:user/team/Ana"}"#, [None; 4]),
        (
            r#"{"AWS":["arn:aws:iam::111122223333:role/team/r", "111122223333"]}"#,
            [Some(Account), Some(Role), Some(Role), Some(Itself)],
        ),
        (
            r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/r/s"}"#,
            [None, None, Some(Itself), None],
        ),
        (r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/r/*"}"#, [None; 4]),
        (r#"{"AWS":"AROAEXAMPLEEXAMPLE"}"#, [None; 4]),
        (r#"{"Service":"ec2.amazonaws.com"}"#, [None; 4]),
        (r#"{"CanonicalUser":"79a59df900b949e5"}"#, [None; 4]),
    ];
    for (value, expected) in rows {
        for (text, expected) in [USER, ROLE, SESSION, ROOT].into_iter().zip(expected) {
            let principal = Principal::read(text).unwrap();
            let named = principals("Principal", value);
            assert_eq!(named.allow(&principal), expected, "{value} {text}");
            assert_eq!(named.deny(&principal, Bounded::No), expected.is_some(), "{value} {text}");
        }
    }
}

#[test]
fn services_and_providers_are_named_by_their_text() {
    for (value, text, expected) in [
        (r#"{"Service":"ec2.amazonaws.com"}"#, "ec2.amazonaws.com", true),
        (r#"{"Service":"ec2.amazonaws.com"}"#, "ecs.amazonaws.com", false),
        (r#"{"Service":"*"}"#, "ecs.amazonaws.com", true),
        (r#"{"Federated":"accounts.google.com"}"#, "accounts.google.com", true),
        (
            r#"{"Federated":"arn:aws:iam::111122223333:saml-provider/x"}"#,
            "arn:aws:iam::111122223333:saml-provider/x",
            true,
        ),
        (r#"{"AWS":"111122223333"}"#, "arn:aws:iam::111122223333:saml-provider/x", false),
    ] {
        let principal = Principal::read(text).unwrap();
        assert_eq!(principals("Principal", value).allow(&principal).is_some(), expected, "{value}");
    }
}

#[test]
fn not_principal_spares_only_who_is_named_itself() {
    let session = Principal::read(SESSION).unwrap();
    let user = Principal::read(USER).unwrap();
    let deny = |value: &str, principal: &Principal| {
        principals("NotPrincipal", value).deny(principal, Bounded::No)
    };
    let role_and_root = format!(r#"{{"AWS":["{ROLE}","{ROOT}"]}}"#);
    let whole = format!(r#"{{"AWS":["{SESSION}","{ROLE}","{ROOT}"]}}"#);
    assert!(deny(&role_and_root, &session));
    assert!(!deny(&whole, &session));
    assert!(deny(&format!(r#"{{"AWS":["{SESSION}","{ROOT}"]}}"#), &session), "its role is missing");
    assert!(!deny(r#""*""#, &session));
    assert!(deny(&role_and_root, &user));
    assert!(!deny(&format!(r#"{{"AWS":["{USER}","{ROOT}"]}}"#), &user));
    assert!(!deny(&role_and_root, &Principal::read(ROOT).unwrap()));
    assert!(deny(&whole, &Principal::anonymous()));
    let spared = principals("NotPrincipal", &whole);
    assert!(spared.deny(&session, Bounded::Yes), "a boundary ends the exception");
    assert_eq!(spared.allow(&user), None, "its account is named");
    assert_eq!(spared.allow(&Principal::anonymous()), Some(Naming::Itself));
}

#[test]
fn who_can_ask_is_read_from_its_text() {
    let kind = |text: &str| Principal::read(text).map(|principal| principal.kind());
    for (text, expected) in [
        (USER, Some(Kind::User)),
        (ROLE, Some(Kind::Role)),
        (SESSION, Some(Kind::Session)),
        (ROOT, Some(Kind::Root)),
        ("111122223333", Some(Kind::Root)),
        ("arn:aws:sts::111122223333:federated-user/bob", Some(Kind::FederatedUser)),
        ("lambda.amazonaws.com", Some(Kind::Outside)),
        ("arn:aws:iam::111122223333:oidc-provider/x.example.com", Some(Kind::Outside)),
        ("arn:aws:iam::111122223333:group/g", None),
        ("arn:aws:iam::111122223333:user", None),
        ("arn:aws:sts::111122223333:assumed-role/r", None),
        ("arn:aws:iam::1111:user/ana", None),
        ("arn:aws:iam:::user/ana", None),
        ("ana", None),
        ("", None),
        ("*", None),
    ] {
        assert_eq!(kind(text), expected, "{text}");
    }
    let linked = |text: &str| Principal::read(text).unwrap().is_service_linked();
    assert!(linked(
        "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
    ));
    assert!(linked("arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/s"));
    assert!(!linked(SESSION));
    assert!(!linked("arn:aws:iam::111122223333:user/AWSServiceRoleForX"));
}

#[test]
fn services_are_known_by_their_names_in_every_partition() {
    let is_service = |text: &str| Principal::read(text).unwrap().is_service();
    for name in ["ec2.amazonaws.com", "ec2.amazonaws.com.cn", "ec2.c2s.ic.gov", "ec2.amazonaws.eu"]
    {
        assert!(is_service(name), "{name}");
    }
    for name in ["accounts.google.com", "ec2.amazonaws.com.example.com", "ec2-amazonaws.com", ROLE]
    {
        assert!(!is_service(name), "{name}");
    }
}
