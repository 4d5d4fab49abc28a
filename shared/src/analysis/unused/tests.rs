//! Verdicts and their evidence, on small inventories and logs.

use super::*;
use crate::model::Stored;
use crate::model::credential::{AccessKeyUse, Password};
use crate::model::policy::{InlinePolicy, PolicyDocument};
use crate::testing::sample::{ACCOUNT, arn, aws_policy, group, role, stored, user};
use crate::usage::coverage::{Held, LogDay};
use crate::usage::day::Day;
use crate::usage::fold::HourFold;
use crate::usage::fold::tests::{Made, at};
use crate::usage::object::{ObjectId, ObjectSet};

const NOW: &str = "2026-11-29T12:00:00Z";
const APP: &str = "arn:aws:iam::111122223333:role/app";
const ANA: &str = "arn:aws:iam::111122223333:user/ana";

fn question(days: u32) -> Question {
    Question { as_of: at(NOW), days, all: false }
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn used_at(text: &str) -> LastUsed {
    LastUsed::At { time: time(text), region: None, service: None }
}

/// Logs of one account on these days.
fn logs(days: &[&str]) -> Seen {
    let mut seen = Seen::default();
    for day in days {
        add_log(&mut seen, "us-east-1", at(&format!("{day}T10:00:00Z")));
    }
    seen
}

fn add_log(seen: &mut Seen, region: &str, delivered: EventTime) {
    let mut log = LogDay::new(ACCOUNT, region, Day::of(delivered));
    assert!(log.add(ObjectId(1), delivered, &Held::default()));
    seen.add(&log);
}

/// Calls of S3 by principals, each with its time and, where one was used, its key.
fn uses(calls: &[(&str, &str, &str, Option<&str>)]) -> Uses {
    let mut uses = Uses::default();
    for (id, (who, when, name, key)) in (1..).zip(calls) {
        let made = Made { key: key.map(str::to_owned), ..Made::new(id, at(when), who, name) };
        let mut fold = HourFold::new(ACCOUNT, at(when).hour());
        fold.add(&made.activity());
        uses.add(&fold.finish(ObjectSet::default()));
    }
    uses
}

fn app(created: &str, last_used: LastUsed) -> Role {
    let Entity::Role(role) = role(ACCOUNT, "app", "AROAEXAMPLE1") else { panic!("of that kind") };
    Role { created: Some(time(created)), last_used, ..role }
}

fn ana() -> User {
    let Entity::User(user) = user(ACCOUNT, "ana", "AIDAEXAMPLE1") else { panic!("of that kind") };
    User { created: Some(time("2026-01-01T00:00:00Z")), ..user }
}

fn snapshot(entities: Vec<Entity>) -> Snapshot {
    Snapshot::new(entities.into_iter().map(|it| stored(ACCOUNT, it)).collect::<Vec<Stored>>(), [])
}

#[test]
fn a_role_is_judged_by_its_last_use_its_age_and_the_logs() {
    let (old, young) = ("2026-01-01T00:00:00Z", "2026-11-25T00:00:00Z");
    let (early, late) = ("2026-11-10T08:00:00Z", "2026-11-22T08:00:00Z");
    let days: &[&str] = &["2026-11-20", "2026-11-23", "2026-11-24"];
    let aws = used_at;
    // Created, seen in the logs, said by AWS, days with logs → verdict, by whom, days since, of them without a log.
    let rows: [(&str, &str, LastUsed, &[&str], &str); 9] = [
        (old, "", LastUsed::Never, days, "unused - 10 7"),
        (old, "", LastUsed::Never, &[], "unknown - 10 10"),
        (old, "", LastUsed::Never, &["2026-11-10"], "unknown - 10 10"),
        (old, early, LastUsed::Unknown, days, "unused logs 18 15"),
        (old, early, aws("2026-11-12T08:00:00Z"), days, "unused AWS 16 13"),
        (old, late, LastUsed::Never, days, "used logs 6 4"),
        (old, early, aws(late), &[], "used AWS 6 6"),
        (young, "", LastUsed::Never, days, "new - 4 4"),
        (young, "2026-11-26T08:00:00Z", LastUsed::Never, days, "used logs 2 2"),
    ];
    for (created, seen, last_used, days, expected) in rows {
        let snapshot = snapshot(vec![Entity::Role(app(created, last_used.clone()))]);
        let calls: Vec<_> =
            [(APP, seen, "GetObject", None)].into_iter().filter(|_| !seen.is_empty()).collect();
        let found = unused(&snapshot, &uses(&calls), &logs(days), &question(10));
        assert_eq!(found.len(), 1);
        let by = found[0].last.map_or("-", |last| last.source.word());
        let Stretch { days, without_log, .. } = found[0].since;
        let told = format!("{} {by} {days} {without_log}", found[0].verdict.word());
        assert_eq!(told, expected, "{created} {seen} {last_used:?}");
    }
}

#[test]
fn nothing_is_unused_where_a_region_that_usually_has_logs_has_none() {
    let role = app("2026-01-01T00:00:00Z", LastUsed::Never);
    let snapshot = snapshot(vec![Entity::Role(role)]);
    let day = |ago: i64| EventTime(at(NOW).0 - ago * DAY);
    // For forty days both regions have logs; in the ten that are asked for one of them has some on as many days as told.
    let judged = |with_both: i64| {
        let mut seen = Seen::default();
        for ago in 1..=40 {
            add_log(&mut seen, "us-east-1", day(ago));
            if ago > 10 || ago <= with_both {
                add_log(&mut seen, "eu-west-1", day(ago));
            }
        }
        let found = unused(&snapshot, &Uses::default(), &seen, &question(10)).remove(0);
        let granted = granted(&snapshot, &Uses::default(), &seen, &question(10)).remove(0);
        assert_eq!(granted.verdict, found.verdict);
        (found.verdict, found.since.without_log)
    };
    assert_eq!(judged(0), (Verdict::Unknown, 10));
    assert_eq!(judged(1), (Verdict::Unused, 9));
    assert_eq!(judged(10), (Verdict::Unused, 0));
}

#[test]
fn roles_that_aws_made_for_itself_are_left_out_unless_asked_for() {
    let with_path = |path: &str, name: &str, unique: &str| {
        let Entity::Role(role) = role(ACCOUNT, name, unique) else { panic!("of that kind") };
        Entity::Role(Role { path: path.to_owned(), ..role })
    };
    let reserved = "/aws-reserved/sso.amazonaws.com/";
    let snapshot = snapshot(vec![
        with_path("/aws-service-role/ecs.amazonaws.com/", "AWSServiceRoleForECS", "AROAEXAMPLE1"),
        with_path("/aws-reserved/other/", "reserved", "AROAEXAMPLE2"),
        with_path(reserved, "AWSReservedSSO_Admin_0123456789abcdef", "AROAEXAMPLE3"),
        with_path("/service-role/", "build", "AROAEXAMPLE4"),
    ]);
    let names = |all: bool| -> Vec<String> {
        let question = Question { all, ..question(90) };
        let found = unused(&snapshot, &Uses::default(), &Seen::default(), &question);
        assert_eq!(
            found.len(),
            granted(&snapshot, &Uses::default(), &Seen::default(), &question).len()
        );
        found.into_iter().map(|it| it.name).collect()
    };
    assert_eq!(names(false), ["AWSReservedSSO_Admin_0123456789abcdef", "build"]);
    assert_eq!(names(true).len(), 4);
}

/// Ana with a password and keys: id and last use by AWS, slot by slot.
fn with_credentials(keys: [(Option<&str>, LastUsed); 2], password: LastUsed) -> Snapshot {
    let user = ana();
    let holder = Holder { arn: user.arn.clone(), created: user.created };
    let slots = (1..).zip(keys);
    let (keys, last): (Vec<_>, Vec<_>) = slots
        .map(|(slot, (id, used))| {
            let id = id.map(str::to_owned);
            (AccessKey { slot, id, active: true, created: user.created }, (slot, used))
        })
        .unzip();
    let password = Password {
        holder: holder.clone(),
        enabled: Tri::True,
        last_used: password,
        last_changed: user.created,
        next_rotation: None,
    };
    snapshot(vec![
        Entity::User(user),
        Entity::AccessKeys(AccessKeys { holder: holder.clone(), keys }),
        Entity::AccessKeyUse(AccessKeyUse { holder, uses: last }),
        Entity::Password(password),
    ])
}

fn told(found: &[Finding]) -> Vec<String> {
    found.iter().map(|it| [it.what.word(), &it.name, it.verdict.word()].join(" ")).collect()
}

#[test]
fn keys_and_passwords_are_used_as_the_logs_or_aws_say_and_so_is_their_user() {
    let [one, other] = ["AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"];
    let recent = "2026-11-28T08:00:00Z";
    let seen = logs(&["2026-11-27"]);
    let never = || LastUsed::Never;
    let with_ids = with_credentials([(Some(one), never()), (Some(other), never())], never());
    let of_one = uses(&[(ANA, recent, "GetObject", Some(one))]);
    let found = told(&unused(&with_ids, &of_one, &seen, &question(10)));
    let expected = [
        "user ana used".to_owned(),
        format!("key {other} unused"),
        format!("key {one} used"),
        "password ana unused".to_owned(),
    ];
    assert_eq!(found, expected);
    // Without ids either may be the one that was used: neither is called unused.
    let without = with_credentials([(None, never()), (None, never())], used_at(recent));
    let found = told(&unused(&without, &of_one, &seen, &question(10)));
    assert_eq!(found[1..], ["key slot 1 used", "key slot 2 used", "password ana used"]);
    // A key whose id is known is not taken for the one without.
    let mixed = with_credentials([(Some(one), never()), (None, never())], never());
    let found = told(&unused(&mixed, &of_one, &seen, &question(10)));
    assert_eq!(found[2], "key slot 2 unused");
    // AWS's own word on a credential is use of the user too.
    let by_aws = with_credentials([(Some(one), used_at(recent)), (None, never())], never());
    let found = unused(&by_aws, &Uses::default(), &Seen::default(), &question(10));
    assert_eq!(found[0].last, Some(Use { time: at(recent), source: Source::Aws }));
    assert_eq!(told(&found)[3], "password ana unknown");
}

#[test]
fn what_cannot_be_used_is_no_finding() {
    let user = ana();
    let holder = Holder { arn: user.arn.clone(), created: user.created };
    let key = AccessKey { slot: 1, id: None, active: false, created: None };
    let password = Password {
        holder: holder.clone(),
        enabled: Tri::False,
        last_used: LastUsed::Unknown,
        last_changed: None,
        next_rotation: None,
    };
    let snapshot = snapshot(vec![
        Entity::User(user),
        Entity::AccessKeys(AccessKeys { holder, keys: vec![key] }),
        Entity::Password(password),
    ]);
    let found = unused(&snapshot, &Uses::default(), &logs(&["2026-11-27"]), &question(10));
    assert_eq!(told(&found), ["user ana unused"]);
}

#[test]
fn what_is_granted_comes_from_inline_managed_and_group_policies() {
    let inline = |name: &str, action: &str| InlinePolicy {
        name: name.to_owned(),
        document: PolicyDocument(format!(
            r#"{{"Statement":[{{"Effect":"Allow","Action":{action},"Resource":"*"}}]}}"#
        )),
    };
    let managed = r#"{"Statement":{"Effect":"Allow","Action":["s3:Get*","sqs:SendMessage"]}}"#;
    let gone = "arn:aws:iam::111122223333:policy/gone";
    let mut user = ana();
    user.attached_policies.push(arn(gone));
    user.inline_policies = vec![inline("own", r#"["dynamodb:Query","s3:ListBucket"]"#)];
    let Entity::Group(mut engineers) = group(ACCOUNT, "engineers", "AGPAEXAMPLE1") else {
        panic!("of that kind")
    };
    engineers.inline_policies = vec![inline("team", r#""kms:Decrypt""#)];
    let snapshot = snapshot(vec![
        Entity::User(user),
        Entity::Group(engineers),
        aws_policy("ReadOnlyAccess", "ANPAEXAMPLE1", managed),
        Entity::Role(Role {
            inline_policies: vec![inline("all", r#""*""#)],
            ..app("2026-01-01T00:00:00Z", LastUsed::Never)
        }),
    ]);
    let seen = logs(&["2026-11-27"]);
    let calls = uses(&[
        (ANA, "2026-11-28T08:00:00Z", "ListObjectsV2", None),
        (APP, "2026-10-01T08:00:00Z", "GetObject", None),
    ]);
    let found = granted(&snapshot, &calls, &seen, &question(10));
    let [app, ana] = &found[..] else { panic!("{found:?}") };
    let services: Vec<&str> = ana.services.keys().map(String::as_str).collect();
    assert_eq!(services, ["dynamodb", "kms", "s3", "sqs"]);
    assert_eq!(ana.unused_services().collect::<Vec<_>>(), ["dynamodb", "kms", "sqs"]);
    let actions: Vec<&str> = ana.unused_actions().collect();
    assert_eq!(actions, ["dynamodb:Query", "kms:Decrypt", "sqs:SendMessage"]);
    assert_eq!(ana.actions["s3:ListBucket"], Some(at("2026-11-28T08:00:00Z")));
    assert_eq!((ana.verdict, ana.all_services), (Verdict::Used, false));
    assert_eq!(ana.unread.iter().map(Arn::as_str).collect::<Vec<_>>(), [gone]);
    assert_eq!((app.verdict, app.all_services), (Verdict::Unused, true));
    assert_eq!(app.unused_services().collect::<Vec<_>>(), ["s3", "sqs"]);
    let blind = granted(&snapshot, &Uses::default(), &Seen::default(), &question(10));
    assert!(blind.iter().all(|it| it.verdict == Verdict::Unknown), "{blind:?}");
}
