//! The rules, one by one. The corpus of cases from AWS's pages is `tests/policy_cases`.

use super::*;
use crate::policy::Document;
use crate::policy::principal::Principal;

const ACCOUNT: &str = "111122223333";
const OTHER: &str = "444455556666";
const USER: &str = "arn:aws:iam::111122223333:user/ana";
const ROLE: &str = "arn:aws:iam::111122223333:role/r";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/r/s";
const FEDERATED: &str = "arn:aws:sts::111122223333:federated-user/bob";
const ROOT: &str = "arn:aws:iam::111122223333:root";
const OBJECT: &str = "arn:aws:s3:::b/k";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k";

fn policy(statements: &str) -> Policy {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    let document = Document::read(&text).unwrap();
    assert_eq!(document.problems, [], "{text}");
    Policy::compile(&document)
}

fn allow() -> Policy {
    policy(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#)
}

fn deny() -> Policy {
    policy(r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#)
}

fn nothing() -> Policy {
    policy("")
}

fn allow_to(principal: &str) -> Policy {
    policy(&format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":"*","Resource":"*"}}"#))
}

fn named(arn: &str) -> Policy {
    allow_to(&format!(r#"{{"AWS":"{arn}"}}"#))
}

fn ask(principal: &str, action: &str, resource: &str, account: &str) -> Request {
    let principal = match principal {
        "*" => Principal::anonymous(),
        text => Principal::read(text).unwrap(),
    };
    Request::new(principal, action, resource, Some(account), Context::new(Mode::Strict)).unwrap()
}

fn get(principal: &str, account: &str) -> Request {
    ask(principal, "s3:GetObject", OBJECT, account)
}

/// The decision, which both ways must come to.
fn decision(request: &Request, layers: Layers<'_>) -> Decision {
    let decision = decide(request, &layers);
    assert_eq!(explain(request, &layers).decision, decision);
    decision
}

/// The table of the page: what a resource's policy in the same account grants when other layers deny implicitly.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>
#[test]
fn what_is_granted_directly_bypasses_implicit_denies_of_the_same_account() {
    use Decision::{Allowed, ImplicitlyDenied as Denied};
    let rows = [
        // asks, named, without limits, boundary is silent, session is silent
        (USER, USER, [Allowed, Allowed, Allowed]),
        (SESSION, SESSION, [Allowed, Allowed, Allowed]),
        (FEDERATED, FEDERATED, [Allowed, Allowed, Allowed]),
        (SESSION, ROLE, [Allowed, Denied, Denied]),
        (ROLE, ROLE, [Allowed, Denied, Denied]),
        (SESSION, "*", [Allowed, Allowed, Allowed]),
        (USER, "*", [Allowed, Allowed, Allowed]),
        (USER, ROOT, [Denied, Denied, Denied]),
        (USER, ACCOUNT, [Denied, Denied, Denied]),
        (SESSION, ROOT, [Denied, Denied, Denied]),
    ];
    let silent = nothing();
    for (asks, whom, expected) in rows {
        let resource = named(whom);
        let resource = Some(&resource);
        let found = [
            Layers { resource, ..Layers::default() },
            Layers { resource, boundary: Some(&silent), ..Layers::default() },
            Layers { resource, session: Some(&silent), ..Layers::default() },
        ];
        let found = found.map(|layers| decision(&get(asks, ACCOUNT), layers));
        assert_eq!(found, expected, "{asks} where {whom} is named");
    }
}

#[test]
fn across_accounts_both_must_allow_and_nothing_is_bypassed() {
    use Decision::{Allowed, ImplicitlyDenied as Denied};
    let (all, silent) = ([allow()], nothing());
    for whom in [USER, ROOT, ACCOUNT, "*"] {
        let resource = named(whom);
        let resource = Some(&resource);
        let request = get(USER, OTHER);
        let both = Layers { resource, identity: &all, ..Layers::default() };
        assert_eq!(decision(&request, both), Allowed, "{whom}");
        assert_eq!(decision(&request, Layers { identity: &[], ..both }), Denied);
        assert_eq!(decision(&request, Layers { boundary: Some(&silent), ..both }), Denied);
        assert_eq!(decision(&request, Layers { session: Some(&silent), ..both }), Denied);
        assert_eq!(decision(&request, Layers { resource: None, ..both }), Denied);
    }
    let resource = named(ROOT);
    let layers = Layers { resource: Some(&resource), ..Layers::default() };
    assert_eq!(decision(&get(ROOT, OTHER), layers), Allowed, "the root user needs no policy");
}

#[test]
fn a_deny_anywhere_denies() {
    let (all, none) = ([allow()], [deny()]);
    let levels = [vec![allow(), deny()]];
    let (to_all, to_none) =
        (named("*"), policy(r#"{"Effect":"Deny","Principal":"*","Action":"*"}"#));
    let base = Layers { identity: &all, resource: Some(&to_all), ..Layers::default() };
    let denied = [
        Layers { scps: &levels, ..base },
        Layers { rcps: &levels, ..base },
        Layers { endpoint: &none, ..base },
        Layers { resource: Some(&to_none), ..base },
        Layers { identity: &none, ..base },
        Layers { boundary: Some(&none[0]), ..base },
        Layers { session: Some(&none[0]), ..base },
    ];
    for account in [ACCOUNT, OTHER] {
        for (at, layers) in denied.into_iter().enumerate() {
            assert_eq!(
                decision(&get(SESSION, account), layers),
                Decision::ExplicitlyDenied,
                "{at}"
            );
        }
    }
}

#[test]
fn every_level_of_an_organization_must_allow() {
    let all = [allow()];
    let base = Layers { identity: &all, ..Layers::default() };
    let ask = |scps: &[Vec<Policy>]| decision(&get(USER, ACCOUNT), Layers { scps, ..base });
    assert_eq!(ask(&[vec![allow()], vec![nothing(), allow()]]), Decision::Allowed);
    assert_eq!(ask(&[vec![allow()], vec![nothing()]]), Decision::ImplicitlyDenied);
    assert_eq!(ask(&[vec![allow()], vec![]]), Decision::ImplicitlyDenied);
    // What resource control policies allow is attached by AWS.
    let rcps = [vec![], vec![nothing()]];
    assert_eq!(decision(&get(USER, ACCOUNT), Layers { rcps: &rcps, ..base }), Decision::Allowed);
}

#[test]
fn organizations_do_not_speak_about_everybody() {
    let none = [vec![deny()]];
    let to_all = allow_to(r#""*""#);
    let all = [allow()];
    let base = Layers { identity: &all, resource: Some(&to_all), ..Layers::default() };
    let linked =
        "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX";
    for (asks, by_scp, by_rcp) in [
        (USER, true, true),
        (ROOT, true, true),
        (FEDERATED, true, true),
        ("*", false, true),
        ("logging.s3.amazonaws.com", false, true),
        (linked, false, false),
        ("arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/s", false, false),
    ] {
        let denied = |layers| decision(&get(asks, ACCOUNT), layers) == Decision::ExplicitlyDenied;
        assert_eq!(denied(Layers { scps: &none, ..base }), by_scp, "{asks}");
        assert_eq!(denied(Layers { rcps: &none, ..base }), by_rcp, "{asks}");
    }
    for (action, resource, expected) in [
        ("ec2:RunInstances", "*", Decision::Allowed),
        ("kms:RetireGrant", KEY, Decision::Allowed),
        ("kms:Decrypt", KEY, Decision::ExplicitlyDenied),
    ] {
        let request = ask(USER, action, resource, ACCOUNT);
        assert_eq!(decision(&request, Layers { rcps: &none, ..base }), expected, "{action}");
    }
}

#[test]
fn trusts_and_key_policies_must_allow() {
    use Decision::{Allowed, ImplicitlyDenied as Denied};
    let all = [allow()];
    for (action, resource) in [("kms:Decrypt", KEY), ("sts:AssumeRole", ROLE)] {
        let request = ask(USER, action, resource, ACCOUNT);
        let decide = |whom: Option<&str>, identity| {
            let policy = whom.map(named);
            decision(&request, Layers { resource: policy.as_ref(), identity, ..Layers::default() })
        };
        assert_eq!(decide(None, &all), Denied, "{action}");
        assert_eq!(decide(Some(OTHER), &all), Denied, "{action}");
        assert_eq!(decide(Some(ROOT), &all), Allowed, "{action}: the account decides");
        assert_eq!(decide(Some(ROOT), &[]), Denied, "{action}");
        assert_eq!(decide(Some(USER), &[]), Allowed, "{action}");
    }
    // What is on no key or role stands under the usual rule.
    let base = Layers { identity: &all, ..Layers::default() };
    for (action, resource) in [
        ("kms:ListKeys", "*"),
        ("kms:CreateAlias", "arn:aws:kms:eu-west-1:111122223333:alias/a"),
        ("sts:GetSessionToken", "*"),
        ("iam:PassRole", ROLE),
    ] {
        assert_eq!(decision(&ask(USER, action, resource, ACCOUNT), base), Allowed, "{action}");
    }
    let root = named(ROOT);
    let base = Layers { resource: Some(&root), ..Layers::default() };
    assert_eq!(decision(&ask(ROOT, "kms:Decrypt", KEY, ACCOUNT), base), Allowed);
    assert_eq!(decision(&ask(ROOT, "sts:AssumeRole", ROLE, ACCOUNT), base), Denied);
    assert_eq!(decision(&ask(ROOT, "kms:Decrypt", KEY, ACCOUNT), Layers::default()), Denied);
}

#[test]
fn who_is_outside_needs_the_resource_alone() {
    let (service, provider) = ("lambda.amazonaws.com", "accounts.google.com");
    let trust = allow_to(&format!(r#"{{"Service":"{service}","Federated":"{provider}"}}"#));
    let layers = Layers { resource: Some(&trust), ..Layers::default() };
    for (asks, action) in [(service, "sts:AssumeRole"), (provider, "sts:AssumeRoleWithWebIdentity")]
    {
        let request = ask(asks, action, ROLE, ACCOUNT);
        assert_eq!(decision(&request, layers), Decision::Allowed);
        assert_eq!(decision(&request, Layers::default()), Decision::ImplicitlyDenied);
    }
    assert_eq!(decision(&get("*", ACCOUNT), layers), Decision::ImplicitlyDenied);
}

#[test]
fn a_federated_user_has_what_its_session_policy_lets_through() {
    let all = [allow()];
    let base = Layers { identity: &all, ..Layers::default() };
    let request = get(FEDERATED, ACCOUNT);
    assert_eq!(decision(&request, base), Decision::ImplicitlyDenied);
    assert_eq!(decision(&request, Layers { session: Some(&all[0]), ..base }), Decision::Allowed);
}

#[test]
fn all_buckets_are_listed_on_all_buckets() {
    for (resource, expected) in [
        ("*", Decision::Allowed),
        ("arn:aws:s3:::*", Decision::Allowed),
        ("arn:aws:s3:::b", Decision::ImplicitlyDenied),
    ] {
        let own = [policy(&format!(
            r#"{{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"{resource}"}}"#
        ))];
        let layers = Layers { identity: &own, ..Layers::default() };
        let request = ask(USER, "s3:ListAllMyBuckets", "*", ACCOUNT);
        assert_eq!(decision(&request, layers), expected, "{resource}");
    }
}

#[test]
fn the_owner_is_given_or_in_the_arn_or_the_principals_account() {
    let owner = |resource: &str, account| {
        let principal = Principal::read(USER).unwrap();
        Request::new(principal, "sqs:SendMessage", resource, account, Context::default())
            .unwrap()
            .owner()
    };
    assert_eq!(owner("arn:aws:sqs:eu-west-1:444455556666:q", None), Owner::Other);
    assert_eq!(owner("arn:aws:sqs:eu-west-1:444455556666:q", Some(ACCOUNT)), Owner::Same);
    assert_eq!(owner("arn:aws:s3:::b", None), Owner::Same);
    assert_eq!(owner("*", Some(OTHER)), Owner::Other);
}

#[test]
fn what_cannot_be_read_is_unknown_where_it_matters() {
    let broken = Document::read(r#"{"Statement":[{"Effect":"Allow"}]}"#).unwrap();
    let broken = Policy::compile(&broken);
    let unread = [allow(), Policy::missing("arn:aws:iam::aws:policy/X")];
    let request = get(USER, ACCOUNT);
    let layers = Layers { identity: &unread, ..Layers::default() };
    assert_eq!(decision(&request, layers), Decision::Unknown, "it may deny");
    assert!(explain(&request, &layers).reason.contains("was not collected"));
    let boundary = Layers { boundary: Some(&broken), identity: &unread[..1], ..Layers::default() };
    assert_eq!(decision(&request, boundary), Decision::Unknown);
    let denied = [deny(), broken];
    let layers = Layers { identity: &denied, ..Layers::default() };
    assert_eq!(decision(&request, layers), Decision::ExplicitlyDenied, "whatever is in the other");
    let layers = Layers { identity: &denied[1..], scps: &[vec![nothing()]], ..Layers::default() };
    assert_eq!(decision(&request, layers), Decision::ImplicitlyDenied, "whatever it allows");
}

/// The example of the page: one public statement takes from the others what they give to other accounts.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
#[test]
fn a_public_policy_that_is_restricted_gives_to_services_and_the_account() {
    use Decision::{Allowed, ImplicitlyDenied as Denied};
    use PublicAccess::{Open, Restricted};
    let statements = [
        r#"{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:*","Resource":"*"}"#,
        r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"*"}"#,
        r#"{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}"#,
    ];
    let (public, fixed) = (policy(&statements.join(",")), policy(&statements[..2].join(",")));
    let all = [allow()];
    let ask = |asks, account, resource, public_access| {
        let layers =
            Layers { resource: Some(resource), public_access, identity: &all, ..Layers::default() };
        decision(&get(asks, account), layers)
    };
    for (asks, account, open, restricted, without_public) in [
        ("cloudtrail.amazonaws.com", OTHER, Allowed, Allowed, Allowed),
        (USER, OTHER, Allowed, Denied, Allowed),
        (USER, ACCOUNT, Allowed, Allowed, Allowed),
        ("*", OTHER, Allowed, Denied, Denied),
    ] {
        assert_eq!(ask(asks, account, &public, Open), open, "{asks}");
        assert_eq!(ask(asks, account, &public, Restricted), restricted, "{asks}");
        assert_eq!(ask(asks, account, &fixed, Restricted), without_public, "{asks}");
    }
}

#[test]
fn large_and_hostile_policies_end_soon() {
    let begun = std::time::Instant::now();
    let stars = format!("arn:aws:s3:::{}b", "*k".repeat(500));
    let one = format!(
        r#"{{"Effect":"Allow","Action":"{}t","Resource":"{stars}","Condition":{{"StringLike":{{"a:b":"{stars}"}}}}}}"#,
        "s*:*e".repeat(50)
    );
    let many = [policy(&vec![one; 1_000].join(","))];
    let resource = format!("arn:aws:s3:::{}", "k".repeat(2_000));
    let principal = Principal::read(USER).unwrap();
    let mut context = Context::new(Mode::Strict);
    context.set("a:b", ["k".repeat(2_000)]);
    let request = Request::new(principal, "s3:GetObject", &resource, None, context).unwrap();
    let layers = Layers { identity: &many, ..Layers::default() };
    assert_eq!(decision(&request, layers), Decision::ImplicitlyDenied);
    let short = r#"{"Effect":"Allow","Action":"sqs:*","Resource":"*"}"#;
    let more = [policy(&vec![short; 10_000].join(","))];
    let layers = Layers { identity: &more, ..Layers::default() };
    assert_eq!(decision(&request, layers), Decision::ImplicitlyDenied);
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}
