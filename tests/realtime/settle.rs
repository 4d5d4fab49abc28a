//! What AWS says against its own events, and what it does not let itself be asked.

use accesstrail_shared::live::Fate;
use accesstrail_shared::model::{Cause, Kind, NoticeKind};
use accesstrail_shared::port::{Clock as _, EventStore as _, SystemClock};
use accesstrail_shared::testing::proxy::{Fault, Layer, Match, Plan, ThrottleCode};
use accesstrail_tests::world;
use serde_json::{Value, json};

use super::act::{Stage, event, event_at};

#[test]
fn a_change_names_its_event() {
    world::run(async {
        let stage = Stage::set(Plan::default()).await;
        let user = format!("{}-ana", stage.tag);
        stage.iam().await.create_user().user_name(&user).send().await.unwrap();
        let event = stage.event("iam", "CreateUser", json!({"userName": user}), Value::Null);
        let outcome = stage.take(std::slice::from_ref(&event)).await;
        assert_eq!(outcome.fates, [Fate::Done]);
        assert!(outcome.counts.changes >= 4, "{:?}", outcome.counts);
        let told = outcome.told.iter().find(|change| change.id.kind == Kind::User).unwrap();
        let Cause::Event(cause) = &told.cause else { panic!("{:?}", told.cause) };
        assert_eq!(
            (cause.id.as_str(), cause.name.as_str()),
            (event.cause.id.as_str(), "CreateUser")
        );
        assert_eq!(cause.source_ip, "192.0.2.7");
        assert!(cause.actor.ends_with(":user/admin"), "{}", cause.actor);
        // The same event again changes nothing.
        let again = stage.take(&[event.clone(), event]).await;
        assert_eq!((again.counts.changes, again.fates), (0, vec![Fate::Done, Fate::Done]));
    });
}

#[test]
fn an_answer_that_contradicts_a_fresh_event_is_asked_for_again_and_an_old_one_stands() {
    world::run(async {
        let stage = Stage::set(Plan::default()).await;
        let now = SystemClock.now().as_second();
        let request = json!({"userName": "nobody"});
        let say = |second, number| {
            event_at(
                &stage.account,
                "us-east-1",
                ("iam", "CreateUser"),
                request.clone(),
                Value::Null,
                (second, number),
            )
        };
        let outcome = stage.take(&[say(now - 5, 900_001)]).await;
        assert!(matches!(outcome.fates[..], [Fate::Again(_)]), "{:?}", outcome.fates);
        assert_eq!(outcome.counts.stale, 0);
        let outcome = stage.take(&[say(now - 600, 900_002)]).await;
        assert_eq!(outcome.fates, [Fate::Done]);
        let notices = stage.store.notices().await.unwrap();
        let kept = notices.iter().find(|notice| notice.kind == NoticeKind::Stale).unwrap();
        assert_eq!(kept.about, format!("{}/aws-global/iam-authorization", stage.account));
        assert!(kept.what.contains("not there"), "{}", kept.what);
    });
}

/// An event that says neither that something is there nor that it is gone is doubted as well, once; and one whose effect
/// is seen, or an old one, is not.
#[test]
fn an_answer_that_shows_nothing_of_a_fresh_event_is_asked_for_once_more() {
    world::run(async {
        let stage = Stage::set(Plan::default()).await;
        let user = format!("{}-ana", stage.tag);
        stage.iam().await.create_user().user_name(&user).send().await.unwrap();
        let now = SystemClock.now().as_second();
        let say = |second, number| {
            let request = json!({"accountAlias": "nobodys"});
            let name = ("iam", "CreateAccountAlias");
            event_at(&stage.account, "us-east-1", name, request, Value::Null, (second, number))
        };
        let outcome = stage.take(&[say(now - 600, 920_001)]).await;
        assert_eq!((outcome.fates, outcome.counts.unsettled), (vec![Fate::Done], 0));
        let outcome = stage.take(&[say(now, 920_002)]).await;
        assert!(matches!(outcome.fates[..], [Fate::Again(_)]), "{:?}", outcome.fates);
        assert_eq!((outcome.counts.unsettled, outcome.counts.stale), (1, 0));
        let seen = event_at(
            &stage.account,
            "us-east-1",
            ("iam", "CreateUser"),
            json!({"userName": user}),
            Value::Null,
            (now, 920_003),
        );
        let outcome = stage.take(&[seen]).await;
        assert_eq!(outcome.fates, [Fate::Done], "{:?}", outcome.counts);
    });
}

#[test]
fn a_denied_call_leaves_one_unit_stale_and_its_neighbours_as_they_are() {
    world::run(async {
        let mut stage = Stage::set(Plan::default()).await;
        let (user, role) = (format!("{}-ana", stage.tag), format!("{}-app", stage.tag));
        let iam = stage.iam().await;
        iam.create_user().user_name(&user).send().await.unwrap();
        let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
        iam.create_role().role_name(&role).assume_role_policy_document(trust).send().await.unwrap();
        stage
            .through(
                Plan::default()
                    .rule(Match::action("iam:GetUser"), Fault::Deny { by: Layer::Identity }),
            )
            .await;
        let events = [
            stage.event("iam", "CreateUser", json!({"userName": user}), Value::Null),
            stage.event("iam", "CreateRole", json!({"roleName": role}), Value::Null),
        ];
        let outcome = stage.take(&events).await;
        assert_eq!(outcome.fates, [Fate::Done, Fate::Done]);
        assert!(stage.live_entity(Kind::Role, &role).await.is_some());
        assert!(stage.live_entity(Kind::User, &user).await.is_none());
        let notices = stage.store.notices().await.unwrap();
        assert!(
            notices.iter().any(|notice| notice.what.contains("iam:GetUser is denied")),
            "{notices:?}"
        );
    });
}

#[test]
fn what_fails_for_now_comes_again() {
    world::run(async {
        let mut stage = Stage::set(Plan::default()).await;
        let user = format!("{}-ana", stage.tag);
        stage.iam().await.create_user().user_name(&user).send().await.unwrap();
        let now = SystemClock.now().as_second();
        let request = json!({"userName": user});
        let say = |number| {
            event_at(
                &stage.account,
                "us-east-1",
                ("iam", "TagUser"),
                request.clone(),
                Value::Null,
                (now, number),
            )
        };
        let (first, second) = (say(910_001), say(910_002));
        let broken = Plan::default()
            .rule(Match::action("iam:GetUser"), Fault::throttle(ThrottleCode::Throttling));
        stage.through(broken).await;
        assert_eq!(stage.take(&[first]).await.fates, [Fate::Later]);
        stage.through(Plan::default()).await;
        let outcome = stage.take(&[second]).await;
        assert_eq!(outcome.fates, [Fate::Done]);
        assert!(stage.live_entity(Kind::User, &user).await.is_some());
    });
}

#[test]
fn events_of_strangers_touch_nothing() {
    world::run(async {
        let stage = Stage::set(Plan::default()).await;
        let before = stage.contents().await;
        let stranger = "999900001111".parse().unwrap();
        let request = json!({"userName": "ana"});
        let unknown = event(&stranger, "us-east-1", ("iam", "CreateUser"), request, Value::Null);
        let request = json!({"accountId": stage.home.as_str()});
        let member = event(
            &stage.account,
            "us-east-1",
            ("organizations", "MoveAccount"),
            request,
            Value::Null,
        );
        let odd =
            event(&stage.account, "us-east-1", ("iam", "FrobnicateUser"), json!({}), Value::Null);
        let outcome = stage.take(&[unknown, member, odd]).await;
        assert_eq!(outcome.fates, [Fate::Done; 3]);
        let counts = &outcome.counts;
        assert_eq!(
            (counts.unknown_accounts, counts.foreign, counts.stale),
            (1, 1, 3),
            "{counts:?}"
        );
        assert_eq!((counts.looks, counts.calls), (0, 0));
        assert_eq!(stage.contents().await, before);
    });
}

/// Both are delegated administrators, one of them of Identity Center.
#[test]
fn whom_identity_center_is_delegated_to_speaks_for_it_and_for_nothing_else() {
    world::run(async {
        let stage = Stage::set(Plan::default()).await;
        let set = "arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-1111222233334444";
        let say = async |key: &str, source: &str, name: &str, request: Value| {
            let account = stage.world.company.account(key).unwrap().parse().unwrap();
            let event = event(&account, "eu-west-1", (source, name), request, Value::Null);
            let counts = stage.take(&[event]).await.counts;
            (counts.foreign, counts.looks)
        };
        let update = json!({"permissionSetArn": set});
        let move_account = json!({"accountId": stage.account.as_str()});
        let rows = [
            ("security-tooling", "sso", "UpdatePermissionSet", update.clone(), (0, 1)),
            ("log-archive", "sso", "UpdatePermissionSet", update, (1, 0)),
            ("security-tooling", "organizations", "MoveAccount", move_account, (1, 0)),
            // Every account says of itself that it leaves.
            ("log-archive", "organizations", "LeaveOrganization", Value::Null, (0, 3)),
        ];
        for (key, source, name, request, expected) in rows {
            assert_eq!(say(key, source, name, request).await, expected, "{key} {name}");
        }
    });
}
