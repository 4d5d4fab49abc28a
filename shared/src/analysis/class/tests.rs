//! Classes of identities, from what is written about them.

use super::*;
use crate::model::LastUsed;
use crate::model::credential::{AccessKey, AccessKeys, Password};
use crate::model::identity_center::StoreUser;
use crate::model::policy::PolicyDocument;
use crate::testing::sample::{
    ACCOUNT, OTHER_ACCOUNT, group, role as sample_role, stored, tagged_user, user as sample_user,
};

fn of(entity: Entity, others: Vec<Entity>, rules: &[Rule]) -> Option<Class> {
    let others = others.into_iter().map(|entity| stored(ACCOUNT, entity));
    class(&stored(ACCOUNT, entity), &Snapshot::new(others, []), rules)
}

fn with_trust(trust: Option<&str>, path: &str, name: &str) -> Entity {
    let Entity::Role(mut role) = sample_role(ACCOUNT, name, "AROAEXAMPLE1") else { panic!() };
    role.trust = trust.map(|text| PolicyDocument(text.to_owned()));
    path.clone_into(&mut role.path);
    Entity::Role(role)
}

fn allow(principal: &str) -> String {
    format!(
        r#"{{"Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}]}}"#
    )
}

#[test]
fn a_role_stands_for_whom_it_lets_in() {
    let rows: [(String, Class); 18] = [
        (allow(r#"{"Service":"lambda.amazonaws.com"}"#), Class::Service),
        (allow(r#"{"Service":["ec2.amazonaws.com","x"],"AWS":"*"}"#), Class::Service),
        (
            allow(
                r#"{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}"#,
            ),
            Class::Oidc,
        ),
        (allow(r#"{"Federated":"cognito-identity.amazonaws.com"}"#), Class::Oidc),
        (
            allow(r#"{"Federated":"arn:aws-us-gov:iam::111122223333:saml-provider/okta"}"#),
            Class::Saml,
        ),
        (allow(r#"{"Federated":"something.else"}"#), Class::Federated),
        (allow(r#"{"AWS":"444455556666"}"#), Class::CrossAccount),
        (allow(r#"{"AWS":"arn:aws:iam::444455556666:root"}"#), Class::CrossAccount),
        (
            allow(
                r#"{"AWS":["arn:aws:iam::111122223333:root","arn:aws:iam::444455556666:role/x"]}"#,
            ),
            Class::CrossAccount,
        ),
        (allow(r#"{"AWS":"arn:aws:iam::111122223333:user/ana"}"#), Class::Account),
        (allow(r#"{"AWS":"111122223333"}"#), Class::Account),
        (allow(r#"{"AWS":"AIDAEXAMPLE1"}"#), Class::CrossAccount),
        (allow(r#""*""#), Class::CrossAccount),
        (allow(r#"{"CanonicalUser":"x"}"#), Class::Unknown),
        (
            r#"{"Statement":{"Effect":"Deny","Principal":{"Service":"x"}}}"#.to_owned(),
            Class::Unknown,
        ),
        (
            r#"{"Statement":{"Effect":"Allow","NotPrincipal":{"AWS":"1"}}}"#.to_owned(),
            Class::CrossAccount,
        ),
        (r#"{"Statement":5}"#.to_owned(), Class::Unknown),
        ("not json".to_owned(), Class::Unknown),
    ];
    for (trust, expected) in rows {
        let role = with_trust(Some(&trust), "/", "web");
        assert_eq!(of(role, vec![], &[]), Some(expected), "{trust}");
    }
    assert_eq!(of(with_trust(None, "/", "web"), vec![], &[]), Some(Class::Unknown));
}

#[test]
fn the_path_says_who_made_a_role() {
    let service = allow(r#"{"Service":"x.amazonaws.com"}"#);
    let saml =
        allow(r#"{"Federated":"arn:aws:iam::111122223333:saml-provider/AWSSSO_x_DO_NOT_DELETE"}"#);
    let sso = "/aws-reserved/sso.amazonaws.com/eu-west-1/";
    let rows = [
        (
            &service,
            "/aws-service-role/x.amazonaws.com/",
            "AWSServiceRoleForX",
            Class::ServiceLinked,
        ),
        (&service, "/service-role/", "x", Class::Service),
        (&saml, sso, "AWSReservedSSO_Admin_0123456789abcdef", Class::Human),
        (&saml, sso, "not-one-of-them", Class::Saml),
    ];
    for (trust, path, name, expected) in rows {
        assert_eq!(of(with_trust(Some(trust), path, name), vec![], &[]), Some(expected), "{name}");
    }
}

fn holder() -> Holder {
    let Entity::User(user) = sample_user(ACCOUNT, "ana", "AIDAEXAMPLE1") else { panic!() };
    Holder { arn: user.arn, created: user.created }
}

fn password(enabled: Tri) -> Entity {
    let (last_used, last_changed, next_rotation) = (LastUsed::Unknown, None, None);
    Entity::Password(Password { holder: holder(), enabled, last_used, last_changed, next_rotation })
}

fn keys(active: &[bool]) -> Entity {
    let key =
        |(slot, active): (u8, &bool)| AccessKey { slot, id: None, active: *active, created: None };
    Entity::AccessKeys(AccessKeys { holder: holder(), keys: (1..).zip(active).map(key).collect() })
}

#[test]
fn a_user_with_keys_alone_is_a_machine() {
    let rows: [(Vec<Entity>, Class); 7] = [
        (vec![password(Tri::True), keys(&[true])], Class::Human),
        (vec![password(Tri::True)], Class::Human),
        (vec![password(Tri::False), keys(&[false, true])], Class::Machine),
        (vec![password(Tri::False), keys(&[false])], Class::Unknown),
        (vec![password(Tri::False)], Class::Unknown),
        // Nobody could see the password, so the keys say nothing.
        (vec![keys(&[true])], Class::Unknown),
        (vec![password(Tri::Unknown), keys(&[true])], Class::Unknown),
    ];
    for (others, expected) in rows {
        let user = sample_user(ACCOUNT, "ana", "AIDAEXAMPLE1");
        assert_eq!(of(user, others.clone(), &[]), Some(expected), "{others:?}");
    }
}

#[test]
fn a_rule_comes_before_everything_else_and_the_first_that_holds_counts() {
    let rule = |name: Option<&str>, tag: Option<(&str, Option<&str>)>, class| Rule {
        name: name.map(|text| text.parse().unwrap()),
        tag: tag.map(|(key, value)| (key.to_owned(), value.map(|text| text.parse().unwrap()))),
        class,
    };
    let tags: &[(&str, &str)] = &[("Type", "robot-7")];
    let rows = [
        (vec![rule(Some("svc-*"), None, Class::Machine)], Class::Machine),
        (vec![rule(Some("*-svc"), None, Class::Machine)], Class::Unknown),
        (vec![rule(None, Some(("type", Some("robot-*"))), Class::Machine)], Class::Machine),
        (vec![rule(None, Some(("type", None)), Class::Service)], Class::Service),
        (vec![rule(None, Some(("type", Some("human"))), Class::Human)], Class::Unknown),
        (vec![rule(Some("svc-*"), Some(("kind", None)), Class::Human)], Class::Unknown),
        (
            vec![
                rule(Some("svc-b"), None, Class::Saml),
                rule(None, None, Class::Oidc),
                rule(None, None, Class::Human),
            ],
            Class::Oidc,
        ),
    ];
    for (rules, expected) in rows {
        let user = tagged_user(ACCOUNT, "svc-a", "AIDAEXAMPLE1", tags);
        assert_eq!(of(user, vec![], &rules), Some(expected), "{rules:?}");
    }
}

#[test]
fn only_who_can_act_alone_has_a_class() {
    assert_eq!(of(group(OTHER_ACCOUNT, "g", "AGPAEXAMPLE1"), vec![], &[]), None);
    let person = StoreUser {
        identity_store: "d-1".to_owned(),
        id: "u-1".to_owned(),
        user_name: Some("ana".to_owned()),
        display_name: None,
        email: None,
        status: None,
        external_ids: Vec::new(),
    };
    assert_eq!(of(Entity::StoreUser(person), vec![], &[]), Some(Class::Human));
    for class in Class::ALL {
        assert_eq!(class.word().parse::<Class>().unwrap(), *class);
    }
    assert!("person".parse::<Class>().unwrap_err().to_string().contains("machine"));
}
