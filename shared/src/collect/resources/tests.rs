//! Entities from hostile, empty and missing answers, and stages over lists that break.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::aws::error::Fault;
use crate::model::{Authority, Region};

fn failure(fault: Fault, code: &str) -> CallError {
    CallError {
        action: "x:GetPolicy",
        account: "111122223333".parse().unwrap(),
        region: Region::global(),
        fault,
        code: Some(code.to_owned()),
        summary: code.to_owned(),
        source: code.into(),
    }
}

fn resource() -> Arn {
    "arn:aws:ecr:eu-west-1:111122223333:repository/a/b".parse().unwrap()
}

/// An answer, and the document that it tells; `None` where nothing is known.
type Row<'a> = (Result<Option<String>, CallError>, Option<Option<&'a str>>);

#[test]
fn a_policy_is_there_or_not_or_unknown() {
    let rows: [Row<'_>; 5] = [
        (Ok(Some("{\"a\": 1}".to_owned())), Some(Some("{\"a\": 1}"))),
        (Ok(Some(String::new())), Some(None)),
        (Ok(None), Some(None)),
        (Err(failure(Fault::NotFound, "NoPolicy")), Some(None)),
        (Err(failure(Fault::Denied(Authority::Scp), "AccessDenied")), None),
    ];
    for (answer, expected) in rows {
        let words = format!("{answer:?}");
        let is_none = |failure: &CallError| failure.code.as_deref() == Some("NoPolicy");
        match (policy(&resource(), answer, is_none), expected) {
            (Seen { entities, failure: Some(_), .. }, None) if entities.is_empty() => {}
            (seen, Some(expected)) => {
                let [Entity::ResourcePolicy(found)] = &seen.entities[..] else { panic!("{words}") };
                assert_eq!(found.document.as_ref().map(|text| text.0.as_str()), expected);
                assert_eq!(found.resource, resource());
            }
            (found, _) => panic!("{words}: {found:?}"),
        }
    }
    let other = policy(&resource(), Err(failure(Fault::NotFound, "NoRepository")), |_| false);
    assert_eq!(
        other.failure.unwrap().fault,
        Fault::NotFound,
        "the resource is gone, not its policy"
    );
}

#[test]
fn roles_are_ordered_and_what_is_none_is_told() {
    let mut seen = Seen::default();
    let (a, b) = ("arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:role/b");
    let found = acts_as(&mut seen, &resource(), [Some(b), None, Some(""), Some(a), Some(b)]);
    assert_eq!(found.iter().map(Arn::as_str).collect::<Vec<_>>(), [a, b]);
    assert!(seen.set_aside.is_empty());
    assert!(acts_as(&mut seen, &resource(), [Some("admin")]).is_empty());
    assert_eq!(seen.set_aside.len(), 1);
    assert!(seen.set_aside[0].0.contains("repository/a/b"), "{:?}", seen.set_aside);
}

#[test]
fn attributes_say_only_what_aws_said() {
    assert_eq!((text::<str>(None), text(Some(""))), (None, None));
    assert_eq!(text(Some("=1+1")), Some("=1+1".into()), "hostile text is kept as it is");
    assert_eq!((number(None::<i32>), number(Some(-3_i32))), (None, Some((-3).into())));
    assert_eq!((sorted(["b", "a"]), sorted::<&str>([])), (Some(vec!["a", "b"].into()), None));
}

#[test]
fn a_setting_that_is_not_set_is_told_as_such() {
    for (attributes, present) in [(None, false), (Some(Attributes::new()), true)] {
        let Entity::ResourceSetting(found) = setting(&resource(), "url", attributes) else {
            panic!("a setting")
        };
        assert_eq!((found.present, found.name.as_str()), (present, "url"));
    }
    let told = tags(&resource(), [("k".to_owned(), String::new())]);
    let [Entity::ResourceTags(found)] = &told.entities[..] else { panic!("{told:?}") };
    assert_eq!(found.tags["k"], "");
}

#[test]
fn what_was_not_asked_for_is_not_kept() {
    let kept = Kept::default();
    kept.keep("a".to_owned(), None::<Arn>);
    kept.keep("b".to_owned(), Some(resource()));
    assert_eq!((kept.get("a"), kept.get("b")), (Some(None), Some(Some(resource()))));
    assert_eq!(kept.get("c"), None);
}

#[test]
fn several_answers_are_one() {
    let parts = [
        Seen::one(setting(&resource(), "url", None)),
        Seen::aside("x", "y"),
        Seen { failure: Some(failure(Fault::Other, "first")), ..Seen::default() },
        Seen { failure: Some(failure(Fault::Other, "second")), ..Seen::default() },
    ];
    let whole: Seen = parts.into_iter().collect();
    assert_eq!((whole.entities.len(), whole.set_aside.len()), (1, 1));
    assert_eq!(whole.failure.unwrap().summary, "first");
}

mod over_lists {
    use async_trait::async_trait;

    use super::*;
    use crate::collect::Place;
    use crate::collect::call::{CapabilityInfo, Tier};
    use crate::collect::fake::{FakeAws, Outcome, Setup, collect_with};
    use crate::collect::fake_json::refused;
    use crate::collect::stages::{Staged, call, capability};
    use crate::model::{Kind, Status};

    const LIST: Call = call("x:List", "names", Tier::Three, "", "");
    const UNDER: Call = call("x:Under", "under", Tier::Three, "", "");

    /// How often anything under a parent was asked for.
    static ASKED: AtomicUsize = AtomicUsize::new(0);

    /// Lists 30 parents, under which there is nothing but what `UNDER` says.
    #[derive(Debug)]
    struct Lists<const FAULT: u8>;

    fn under(parent: usize, fault: u8) -> Listed<String> {
        ASKED.fetch_add(1, Ordering::Relaxed);
        let fault = match (fault, parent) {
            (1, 5) => Fault::NotFound,
            (2, 5) | (3, _) => Fault::Denied(Authority::Scp),
            _ => return Listed { items: vec![format!("{parent:02}")], ..Listed::default() },
        };
        let failure = CallError { action: UNDER.action, ..failure(fault, "code") };
        Listed { seen: Seen { failure: Some(failure), ..Seen::default() }, ..Listed::default() }
    }

    #[async_trait]
    impl<const FAULT: u8> Staged for Lists<FAULT> {
        type Client = ();

        const NAME: &'static str = "lists";
        const PLACE: Place = Place::EachRegion;
        const CALLS: &'static [Call] = &[LIST, UNDER];
        const CAPABILITIES: &'static [CapabilityInfo] = &[
            capability("names", &[], None),
            capability("under", &[], Some("names")),
            capability("tags", &[Kind::ResourceTags], Some("under")),
        ];

        fn client(_: &Context) {}

        async fn stages(look: &mut Look<'_, '_, ()>) -> Result<(), Interrupted> {
            let parents: Vec<usize> = look
                .list("names", |_, &()| async {
                    Listed { items: (0..30).rev().collect(), ..Listed::default() }
                })
                .await?;
            let items = look
                .list_under("under", &parents, |_, &(), parent| async { under(*parent, FAULT) })
                .await?;
            look.each("tags", &items, String::clone, |_, &(), item| async {
                Ok(tags(&resource(), [(item.clone(), String::new())]))
            })
            .await?;
            Ok(())
        }
    }

    async fn run<const FAULT: u8>(cursor: Option<String>) -> Outcome {
        let setup = Setup { cursor, ..Setup::default() };
        let outcome = collect_with(&Lists::<FAULT>, &FakeAws::new(), setup).await;
        outcome.result.as_ref().unwrap();
        outcome
    }

    #[tokio::test]
    async fn lists_of_lists() {
        let before = ASKED.load(Ordering::Relaxed);
        let whole = run::<0>(None).await;
        assert_eq!(ASKED.load(Ordering::Relaxed) - before, 30);
        for (name, seen) in [("names", 30), ("under", 30), ("tags", 30)] {
            assert_eq!((whole.status(name), whole.of(name).seen), (&Status::Complete, seen));
        }
        let gone = run::<1>(None).await;
        assert_eq!((gone.status("under"), gone.of("tags").seen), (&Status::Complete, 29));
        let partly = run::<2>(None).await;
        for name in ["under", "tags"] {
            assert!(matches!(partly.status(name), Status::Partial { .. }), "{name}");
            assert_eq!(partly.of(name).seen, 29, "{name}: the rest is there");
        }
        let denied = run::<3>(None).await;
        assert_eq!(denied.status("names"), &Status::Complete);
        for name in ["under", "tags"] {
            assert_eq!(denied.status(name), &refused("x:Under"), "{name}");
        }
        // What went on after an interruption asks for the lists again and tells nothing of them again.
        let before = ASKED.load(Ordering::Relaxed);
        let rest = run::<0>(whole.cursor()).await;
        assert_eq!(ASKED.load(Ordering::Relaxed) - before, 30);
        for name in ["names", "under", "tags"] {
            assert_eq!((rest.status(name), rest.of(name).seen), (&Status::Complete, 30), "{name}");
        }
        assert_eq!(rest.sightings().count(), 0);
    }
}
