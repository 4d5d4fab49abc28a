//! What is told to move moves, and nothing else does: held against asking about everything before and after.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Access, Changed, Difference, Refused, difference, meet};
use crate::access::question::Question;
use crate::access::target::Target;
use crate::access::{Estate, Index, generate};
use crate::policy::wildcard::Wildcard;

fn estate(given: &Value) -> Estate {
    let estate = Estate::import([("made", given.to_string().as_str())]);
    assert!(estate.set_aside.is_empty(), "{:?}", estate.set_aside);
    estate
}

/// Every text under these names.
fn texts(value: &Value, names: &[&str], found: &mut BTreeSet<String>) {
    match value {
        Value::Object(entries) => {
            for (name, inner) in entries {
                if names.contains(&name.as_str()) {
                    let list = inner.as_array().cloned().unwrap_or_else(|| vec![inner.clone()]);
                    found.extend(list.iter().filter_map(Value::as_str).map(str::to_owned));
                }
                texts(inner, names, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, names, found)),
        _ => {}
    }
}

/// Requests on everything that the policies name, for one who asks.
fn universe(given: &Value, name: &str) -> Vec<(String, String)> {
    let (mut actions, mut resources) = (BTreeSet::new(), BTreeSet::new());
    texts(given, &["Action", "NotAction"], &mut actions);
    texts(given, &["Resource", "NotResource"], &mut resources);
    let things = given["resources"].as_array().unwrap().iter();
    resources.extend(things.map(|thing| thing["arn"].as_str().unwrap().to_owned()));
    let resources: Vec<String> = resources
        .iter()
        .map(|it| meet::whole(&it.replace("${aws:username}", name)).unwrap())
        .map(|it| meet::resource(&it, &it).unwrap())
        .collect();
    let mut all = Vec::new();
    for action in &actions {
        for resource in &resources {
            let service = resource.split(':').nth(2).unwrap_or("zq");
            let of_any = meet::meet(&action.to_lowercase(), &format!("{service}:*"));
            let action = of_any.or_else(|| meet::meet(&action.to_lowercase(), "*:*")).unwrap();
            let is_left = (action.starts_with("sts:") && resource.contains(":role/"))
                || (service == "kms" && resource.contains("zq"));
            let own = action.split(':').next().unwrap();
            let is_there = resource == "*" || own == service || (own, service) == ("sts", "iam");
            if is_there && !is_left {
                all.push((action, resource.clone()));
            }
        }
    }
    all
}

fn stands(text: &str, asked: &str, name: &str) -> bool {
    text.split(" within ").all(|pattern| {
        let pattern = pattern.replace("${aws:username}", name);
        Wildcard::read(&pattern).matches(asked)
    })
}

/// What a difference says about a request of somebody.
fn told(
    told: &Difference,
    estate: &Estate,
    arn: &str,
    name: &str,
    (action, resource): &(String, String),
) -> Option<(Access, Access)> {
    let is = |(one, other): &(String, String)| {
        stands(one, action, name) && stands(other, resource, name)
    };
    // What leaves the account open is told of one's own: what is another's is there by its name.
    let owner = |resource: &str| {
        let of_arn = resource.split(':').nth(4).filter(|text| text.len() == 12);
        let known = || estate.resource(resource)?.1.account.as_deref();
        of_arn.or_else(known).map(str::to_owned)
    };
    let of = owner(resource);
    let is_foreign = of.is_some() && arn.split(':').nth(4) != of.as_deref();
    let own = told.moved.iter().find(|moved| moved.principals.iter().any(|it| it == arn))?;
    let moved = own.moves.iter().find(|moved| {
        is(&(moved.action.clone(), moved.resource.clone()))
            && !moved.except.iter().any(is)
            && (!is_foreign || moved.resource.split(" within ").any(|it| owner(it) == of))
    })?;
    Some((moved.before, moved.after))
}

fn check(
    before: &Value,
    after: &Value,
    changed: Changed<'_>,
    document: &Value,
    label: &str,
) -> usize {
    let mut given = before.clone();
    given["more"] = json!([before, after]);
    check_on(before, after, changed, document, label, |name| universe(&given, name))
}

fn check_on(
    before: &Value,
    after: &Value,
    changed: Changed<'_>,
    document: &Value,
    label: &str,
    asked: impl Fn(&str) -> Vec<(String, String)>,
) -> usize {
    let (was, is) = (estate(before), estate(after));
    let before_estate = was.clone();
    let found = difference(&Index::of(&was), changed, &document.to_string()).unwrap();
    let mut moved = 0;
    for identity in &was.identities {
        let name = identity.arn().rsplit('/').next().unwrap();
        for asked in asked(name) {
            let access = |estate: &Estate| {
                let target = Target::alone(estate, &asked.0, &asked.1);
                let asks = estate.identity(identity.arn()).unwrap();
                let question = Question::of(estate, asks, &asked.0, &asked.1, &target, &[]);
                Access::of(question.unwrap().decide())
            };
            let (was, is) = (access(&was), access(&is));
            let said = told(&found, &before_estate, identity.arn(), name, &asked)
                .filter(|(was, is)| was != is);
            let expected = (was != is).then_some((was, is));
            assert_eq!(
                said,
                expected,
                "{label}: {} {asked:?} {changed:?}\n{found:#?}",
                identity.arn()
            );
            moved += usize::from(expected.is_some());
        }
    }
    moved
}

fn documents(given: &Value) -> Vec<Value> {
    given["managed_policies"].as_object().unwrap().values().cloned().collect()
}

#[test]
fn what_a_managed_policy_moves_is_what_moves() {
    let mut moved = 0;
    for seed in 0..6 {
        let before = generate::organization_of(seed, 10);
        let name = before["principals"][3]["managed"][0].as_str().unwrap().to_owned();
        let other = generate::organization_of(seed + 1000, 1);
        let document = documents(&other)[usize::try_from(seed).unwrap()].clone();
        let mut after = before.clone();
        after["managed_policies"][&name] = document.clone();
        moved +=
            check(&before, &after, Changed::Managed(&name), &document, &format!("seed {seed}"));
    }
    assert!(moved > 100, "{moved}");
}

#[test]
fn what_an_inline_policy_moves_is_what_moves() {
    let mut moved = 0;
    for seed in 20..26 {
        let before = generate::organization_of(seed, 10);
        let arn = before["principals"][4]["arn"].as_str().unwrap().to_owned();
        let document = documents(&before)[0].clone();
        let mut after = before.clone();
        after["principals"][4]["inline"][0] = document.clone();
        let changed = Changed::Inline { principal: &arn, name: "1" };
        moved += check(&before, &after, changed, &document, &format!("seed {seed}"));
    }
    assert!(moved > 20, "{moved}");
}

#[test]
fn what_the_organization_and_resources_move_is_what_moves() {
    let mut moved = [0, 0];
    for seed in 40..43 {
        let before = generate::organization_of(seed, 10);
        let document = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Deny", "Action": ["s3:Get*", "lambda:*"], "Resource": "*"}]});
        let mut after = before.clone();
        after["organization"]["policies"]["rail"] = document.clone();
        let label = format!("seed {seed}");
        moved[0] += check(&before, &after, Changed::Organization("rail"), &document, &label);
        let bucket = before["resources"][0]["arn"].as_str().unwrap().to_owned();
        let document = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:Get*", "Resource": "*"},
            {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}]});
        let mut after = before.clone();
        after["resources"][0]["policy"] = document.clone();
        moved[1] += check(&before, &after, Changed::Resource(&bucket), &document, &label);
    }
    assert!(moved.iter().all(|moved| *moved > 10), "{moved:?}");
}

/// A policy of a few statements, with what they leave out and patterns that cross.
fn tangled(random: &mut impl FnMut(usize) -> usize) -> Value {
    const ACTIONS: [&str; 7] =
        ["*", "s3:*", "s3:Get*", "s3:*Object", "s3:GetObject", "s3:PutObject", "sqs:*"];
    const RESOURCES: [&str; 7] = [
        "*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::a/*",
        "arn:aws:s3:::a/secret/*",
        "arn:aws:s3:::*/x",
        "arn:aws:s3:::a",
        "arn:aws:s3:::b/*",
    ];
    let statements: Vec<Value> = (0..=random(3))
        .map(|_| {
            let effect = if random(3) == 0 { "Deny" } else { "Allow" };
            let mut statement = json!({"Effect": effect});
            let action = if random(4) == 0 { "NotAction" } else { "Action" };
            let resource = if random(4) == 0 { "NotResource" } else { "Resource" };
            statement[action] = (0..=random(2)).map(|_| ACTIONS[random(7)]).collect();
            statement[resource] = (0..=random(2)).map(|_| RESOURCES[random(7)]).collect();
            statement
        })
        .collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

#[test]
fn what_is_left_out_and_what_lies_inside_of_it_is_told() {
    let managed = "arn:aws:iam::111122223333:policy/p";
    let mut asked: Vec<(String, String)> = Vec::new();
    for resource in ["a/x", "a/y", "a/secret/x", "a/secret/y", "b/x", "b/y"] {
        for action in ["s3:getobject", "s3:putobject", "s3:getobjectacl", "s3:putobjectacl"] {
            asked.push((action.to_owned(), format!("arn:aws:s3:::{resource}")));
        }
    }
    for action in ["s3:getbucketacl", "s3:listbucket"] {
        asked.push((action.to_owned(), "arn:aws:s3:::a".to_owned()));
    }
    let mut moved = 0;
    for seed in 0..80_u64 {
        let mut state = seed;
        let mut random = move |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(seed | 1);
            usize::try_from(state >> 33).unwrap() % below
        };
        for _ in 0..9 {
            random(2);
        }
        let mut before = json!({"resources": [], "principals": [
            {"arn": "arn:aws:iam::111122223333:user/ana", "managed": [managed]},
            {"arn": "arn:aws:iam::111122223333:user/bob", "managed": [managed]}]});
        before["principals"][0]["inline"] = json!([tangled(&mut random)]);
        before["managed_policies"] = json!({managed: tangled(&mut random)});
        let document = tangled(&mut random);
        let mut after = before.clone();
        after["managed_policies"][managed] = document.clone();
        let label = format!("seed {seed}\n{before:#}\n{document:#}");
        let changed = Changed::Managed(managed);
        moved += check_on(&before, &after, changed, &document, &label, |_| asked.clone());
    }
    assert!(moved > 400, "{moved}");
}

fn one(own: &Value) -> Value {
    json!({"principals": [
        {"arn": "arn:aws:iam::111122223333:user/ana", "managed": ["arn:aws:iam::111122223333:policy/p"],
         "inline": [{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::open/*"},
            {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::shut/*"}]}]},
        {"arn": "arn:aws:iam::111122223333:user/bob", "managed": ["arn:aws:iam::111122223333:policy/p"]}],
        "managed_policies": {"arn:aws:iam::111122223333:policy/p": own}})
}

fn shown(old: &Value, new: &Value) -> Vec<String> {
    let found = difference(
        &Index::of(&estate(&one(old))),
        Changed::Managed("arn:aws:iam::111122223333:policy/p"),
        &new.to_string(),
    );
    let mut lines = Vec::new();
    for moved in found.unwrap().moved {
        let who: Vec<&str> =
            moved.principals.iter().filter_map(|it| it.rsplit('/').next()).collect();
        for it in moved.moves {
            let except: Vec<String> = it.except.iter().map(|(a, r)| format!("{a} {r}")).collect();
            lines.push(format!(
                "{} {} {} {}>{} -{}",
                who.join("+"),
                it.action,
                it.resource,
                it.before.as_str(),
                it.after.as_str(),
                except.join(",")
            ));
        }
    }
    lines
}

#[test]
fn what_is_told_is_short_and_exact() {
    let policy = |statements: Value| json!({"Version": "2012-10-17", "Statement": statements});
    let allow = |action: &str, condition: Value| json!({"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition});
    let little = policy(json!([allow("sqs:*", json!({}))]));
    let more = policy(json!([allow("sqs:*", json!({})), allow("s3:Get*", json!({}))]));
    assert_eq!(
        shown(&little, &more),
        [
            "ana s3:get* * none>certain -s3:get* arn:aws:s3:::shut/*,s3:getobject arn:aws:s3:::open/*",
            "bob s3:get* * none>certain -",
        ]
    );
    assert_eq!(shown(&more, &more), [] as [&str; 0]);
    let office = json!({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}});
    let home = json!({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}});
    let at = |place: &Value| policy(json!([allow("s3:GetObject", place.clone())]));
    let other = shown(&at(&office), &at(&home));
    assert_eq!(
        other,
        [
            "ana s3:getobject * conditional>conditional -s3:getobject arn:aws:s3:::open/*,s3:getobject arn:aws:s3:::shut/*",
            "bob s3:getobject * conditional>conditional -",
        ]
    );
    // Another action beside it moves nothing of the first.
    let mut two = at(&office);
    two["Statement"][0]["Action"] = json!(["s3:GetObject", "s3:PutObject"]);
    assert_eq!(shown(&at(&office), &two).len(), 2);
    assert!(shown(&at(&office), &two).iter().all(|line| line.contains("s3:putobject")));
}

#[test]
fn what_moves_inside_of_an_exception_is_told_by_itself() {
    let policy = |statements: Value| json!({"Version": "2012-10-17", "Statement": statements});
    let say = |effect: &str, action: &str, resource: &str| json!({"Effect": effect, "Action": action, "Resource": resource});
    let little = policy(json!([
        say("Allow", "s3:PutObject", "arn:aws:s3:::a/*"),
        say("Deny", "s3:PutObject", "arn:aws:s3:::a/secret/*")
    ]));
    let much = policy(json!([say("Allow", "s3:*", "*")]));
    let lines = shown(&little, &much);
    assert!(
        lines.contains(&"bob s3:* * none>certain -s3:putobject arn:aws:s3:::a/*".to_owned())
            && lines
                .contains(&"bob s3:putobject arn:aws:s3:::a/secret/* none>certain -".to_owned()),
        "{lines:#?}"
    );
    let queues = policy(json!([say("Allow", "sqs:*", "*")]));
    let all_but = policy(json!([
        {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}]));
    let lines = shown(&queues, &all_but);
    let bob = lines.iter().find(|line| line.starts_with("bob")).unwrap();
    assert_eq!(bob, "bob * * none>certain -sqs:* *,iam:* *,organizations:* *");
}

#[test]
fn a_role_that_nobody_collected_is_left_to_its_policy() {
    let policy = |statements: Value| json!({"Version": "2012-10-17", "Statement": statements});
    let role = "arn:aws:iam::111122223333:role/there";
    let take = json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role}]);
    assert_eq!(
        shown(&policy(json!([])), &policy(take)),
        [format!("ana+bob sts:assumerole {role} none>conditional -")]
    );
}

#[test]
fn what_is_not_there_is_refused() {
    let given = estate(&one(&json!({"Version": "2012-10-17", "Statement": []})));
    let document = r#"{"Version":"2012-10-17","Statement":[]}"#;
    for changed in [
        Changed::Managed("arn:aws:iam::111122223333:policy/q"),
        Changed::Organization("p-1"),
        Changed::Resource("arn:aws:s3:::b"),
        Changed::Inline { principal: "arn:aws:iam::111122223333:user/ana", name: "7" },
    ] {
        let found = difference(&Index::of(&given), changed, document);
        assert_eq!(found, Err(Refused::NotThere(changed.to_string())));
    }
    let changed = Changed::Managed("arn:aws:iam::111122223333:policy/p");
    assert!(matches!(difference(&Index::of(&given), changed, "{"), Err(Refused::Document(_))));
}

/// What the policy of a thing says of its parts is told too.
#[test]
fn parts_of_what_has_the_policy_are_told() {
    let door = "arn:aws:s3:eu-west-1:111122223333:accesspoint/door";
    let table = "arn:aws:dynamodb:eu-west-1:111122223333:table/t";
    for (arn, action, part) in
        [(door, "s3:GetObject", "object/*"), (table, "dynamodb:Query", "index/*")]
    {
        let part = format!("{arn}/{part}");
        let document = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action,
            "Principal": {"AWS": "arn:aws:iam::111122223333:user/ana"}, "Resource": part}]});
        let before = json!({"principals": [{"arn": "arn:aws:iam::111122223333:user/ana"}],
            "resources": [{"arn": arn, "account": "111122223333", "policy": null}]});
        let found =
            difference(&Index::of(&estate(&before)), Changed::Resource(arn), &document.to_string());
        let found = found.unwrap();
        let moves: Vec<_> = found.moved.iter().flat_map(|moved| &moved.moves).collect();
        let [only] = moves.as_slice() else { panic!("{found:#?}") };
        assert_eq!((&*only.resource, only.after), (&*part, Access::Certain), "{found:#?}");
    }
}

/// Which tags of a resource a request has hangs on the action, though one question is put together for many.
#[test]
fn tags_are_known_by_action() {
    let secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-Ab1cd2";
    let managed = "arn:aws:iam::111122223333:policy/p";
    let only = |condition: Value| {
        let of = |action: &str| json!({"Effect": "Allow", "Action": action, "Resource": secret, "Condition": condition});
        json!({"Version": "2012-10-17", "Statement": [
            of("secretsmanager:AsNobodyKnows"), of("secretsmanager:GetSecretValue")]})
    };
    let document = only(json!({}));
    let mut before = json!({
        "principals": [{"arn": "arn:aws:iam::111122223333:user/ana", "managed": [managed], "tags": {}}],
        "resources": [{"arn": secret, "account": "111122223333", "policy": null, "tags": {"team": "red"}}]});
    let red = only(json!({"StringEquals": {"aws:ResourceTag/team": "red"}}));
    before["managed_policies"] = json!({managed: red});
    let mut after = before.clone();
    after["managed_policies"][managed] = document.clone();
    let asked = |_: &str| {
        let actions = ["asnobodyknows", "getsecretvalue", "createsecret"];
        let asked = |action: &str| (format!("secretsmanager:{action}"), secret.to_owned());
        actions.map(asked).to_vec()
    };
    let changed = Changed::Managed(managed);
    assert_eq!(check_on(&before, &after, changed, &document, "tags", asked), 1);
}
