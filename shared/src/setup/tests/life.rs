//! Whole lives: set up, keep, widen, narrow, upgrade, remove.

use super::{Bench, lines};
use crate::port::setup::{Instance, MemberAccount, SetupRunState, SetupStore as _, TrustedAccess};
use crate::setup::fake::BUCKET;
use crate::setup::machine::Turn;
use crate::setup::names::{self, FORWARD, MEMBER};
use crate::setup::plan::{Purpose, UNDO_TRUSTED_ACCESS};

#[tokio::test]
async fn an_organization_is_set_up_from_nothing() {
    let (bench, wanted) = (Bench::new(), Bench::wanted());
    let plan = bench.plan(Purpose::Deploy, &wanted).await;
    assert_eq!(
        lines(&plan),
        [
            "change trusted-access",
            "create stack/111122223333/eu-west-1/accesstrail-management",
            "create set/accesstrail-member",
            "create instances/accesstrail-member",
            "create stack/111122223333/eu-west-1/accesstrail-events",
            "change notification/example-organization-logs",
            "create stack/111122223333/eu-central-1/accesstrail-forward",
            "create stack/111122223333/eu-west-1/accesstrail-forward",
            "create stack/111122223333/us-east-1/accesstrail-forward",
            "create set/accesstrail-forward",
            "create instances/accesstrail-forward",
        ]
    );
    for step in &plan.steps {
        assert!(!step.why.is_empty() && !step.what.is_empty() && !step.lost.is_empty(), "{step:?}");
        assert!(!step.actions.is_empty(), "{step:?}");
    }
    assert!(plan.lost.iter().any(|words| words.contains("555566667777 (closed) is SUSPENDED")));
    assert_eq!(bench.apply(&plan).await, Turn::Done { notes: Vec::new() });

    let facts = bench.facts(&wanted).await;
    assert_eq!(facts.trusted_access, Some(TrustedAccess::Enabled));
    assert_eq!(facts.sets[MEMBER].instances.len(), 3 + 1, "and the suspended account's, skipped");
    assert_eq!(facts.sets[FORWARD].instances.iter().filter(|it| it.is_current()).count(), 9);
    // What was there is there.
    let told = &facts.notifications[BUCKET];
    assert!(told.event_bridge && told.others.len() == 1, "{told:?}");
    for ((_, name), stack) in &facts.stacks {
        assert!(name.starts_with(names::PREFIX) && names::are_ours(&stack.tags), "{name}");
    }
    for found in facts.sets.values() {
        assert!(names::are_ours(&found.set.tags) && found.set.auto_deployment);
    }
    let forward = &facts.sets[FORWARD].set.parameters;
    let bus = "arn:aws:events:eu-west-1:111122223333:event-bus/accesstrail-events";
    assert_eq!(forward["HubBusArn"], bus);
    assert_eq!(facts.sets[MEMBER].set.parameters["ExternalId"], wanted.external_id);
}

#[tokio::test]
async fn the_plan_of_what_is_set_up_is_empty() {
    let wanted = Bench::wanted();
    let bench = Bench::deployed(&wanted).await;
    let again = bench.plan(Purpose::Deploy, &wanted).await;
    assert!(again.is_empty(), "{:?}", lines(&again));
    assert!(again.actions().is_empty());
    let before = bench.cloud.written();
    assert_eq!(bench.apply(&again).await, Turn::Done { notes: Vec::new() });
    assert_eq!(bench.cloud.written(), before, "nothing is written for it");
}

#[tokio::test]
async fn the_organization_is_as_before_when_it_is_removed() {
    let wanted = Bench::wanted();
    let fresh = Bench::new().cloud.picture();
    let bench = Bench::deployed(&wanted).await;
    assert_ne!(bench.cloud.picture(), fresh);
    bench.cloud.fill(wanted.queue.as_ref().unwrap(), 5);
    let plan = bench.plan(Purpose::Destroy, &wanted).await;
    let order = lines(&plan);
    let at = |part: &str| order.iter().position(|line| line.contains(part)).unwrap();
    // What sends goes first, what was sent is read, then goes what received.
    assert!(at("instances/accesstrail-forward") < at("drain/"));
    assert!(at("eu-central-1/accesstrail-forward") < at("drain/"));
    assert!(at("drain/") < at("accesstrail-events"));
    assert!(at("instances/accesstrail-member") < at("set/accesstrail-member"));
    assert_eq!(order.last().unwrap(), "change trusted-access");
    let stays = plan.stays.join("\n");
    assert!(stays.contains("accesstrail-member in 555566667777"), "{stays}");
    assert!(stays.contains("delete it last and yourself"), "{stays}");
    assert_eq!(bench.apply(&plan).await, Turn::Done { notes: Vec::new() });
    assert_eq!(bench.cloud.picture(), fresh);
    let kept = bench.store.kept().await.unwrap();
    assert!(kept.is_empty(), "{kept:?}");
    let again = bench.plan(Purpose::Destroy, &wanted).await;
    assert!(again.steps.is_empty(), "{:?}", lines(&again));
}

#[tokio::test]
async fn what_was_on_before_stays_on() {
    let wanted = Bench::wanted();
    let bench = Bench::new();
    bench.cloud.set_trusted_access(TrustedAccess::Enabled);
    let plan = bench.plan(Purpose::Deploy, &wanted).await;
    assert_eq!(lines(&plan)[0], "keep trusted-access");
    bench.apply(&plan).await;
    assert!(!bench.store.kept().await.unwrap().contains_key(UNDO_TRUSTED_ACCESS));
    let plan = bench.plan(Purpose::Destroy, &wanted).await;
    assert!(plan.stays.iter().any(|it| it.contains("it was on before")));
    bench.apply(&plan).await;
    assert_eq!(bench.facts(&wanted).await.trusted_access, Some(TrustedAccess::Enabled));
}

#[tokio::test]
async fn other_templates_and_parameters_are_upgrades() {
    let wanted = Bench::wanted();
    let bench = Bench::deployed(&wanted).await;
    bench.cloud.change_stack(names::EVENTS, |stack| stack.template = "older".to_owned());
    bench.cloud.change_set(MEMBER, |set| set.template = "older".to_owned());
    let mut more = wanted.clone();
    more.read_only_events = true;
    let plan = bench.plan(Purpose::Deploy, &more).await;
    let changes: Vec<String> =
        lines(&plan).into_iter().filter(|line| line.starts_with("change")).collect();
    assert_eq!(
        changes,
        [
            "change set/accesstrail-member",
            "change stack/111122223333/eu-west-1/accesstrail-events",
            "change stack/111122223333/eu-central-1/accesstrail-forward",
            "change stack/111122223333/eu-west-1/accesstrail-forward",
            "change stack/111122223333/us-east-1/accesstrail-forward",
            "change set/accesstrail-forward",
        ]
    );
    let why = |id: &str| plan.steps.iter().find(|step| step.id == id).unwrap().why.clone();
    assert!(why("set/accesstrail-member").contains("member-account.yaml is not the one"));
    assert_eq!(why("set/accesstrail-forward"), "deployed with another ReadOnlyEvents");
    assert_eq!(bench.apply(&plan).await, Turn::Done { notes: Vec::new() });
    assert!(bench.plan(Purpose::Deploy, &more).await.is_empty());
}

#[tokio::test]
async fn what_is_not_wanted_any_more_goes() {
    let mut wanted = Bench::wanted();
    wanted.regions.insert("ap-south-1".parse().unwrap());
    let bench = Bench::deployed(&wanted).await;
    wanted.regions.remove(&"ap-south-1".parse().unwrap());
    wanted.accounts_exclude = ["444455556666".parse().unwrap()].into();
    let plan = bench.plan(Purpose::Deploy, &wanted).await;
    let doing: Vec<String> =
        lines(&plan).into_iter().filter(|line| !line.starts_with("keep")).collect();
    assert_eq!(
        doing,
        [
            "delete instances/accesstrail-member/accounts",
            "delete instances/accesstrail-forward/regions",
            "delete instances/accesstrail-forward/accounts",
            "delete stack/111122223333/ap-south-1/accesstrail-forward",
        ]
    );
    bench.apply(&plan).await;
    let facts = bench.facts(&wanted).await;
    let left = |it: &Instance| {
        it.place.account.as_str() == "444455556666" || it.place.region.as_str() == "ap-south-1"
    };
    let left: Vec<&Instance> =
        facts.sets.values().flat_map(|set| &set.instances).filter(|it| left(it)).collect();
    assert!(left.iter().all(|it| it.is_suspended()), "{left:?}");
}

#[tokio::test]
async fn a_withheld_tier_deploys_less_and_says_what_is_lost() {
    let mut wanted = Bench::wanted();
    let bench = Bench::deployed(&wanted).await;
    wanted.tiers = [1].into();
    let plan = bench.plan(Purpose::Deploy, &wanted).await;
    assert_eq!(plan.lost.iter().filter(|it| it.contains("is withheld")).count(), 3);
    bench.apply(&plan).await;
    let facts = bench.facts(&wanted).await;
    assert_eq!(facts.sets.keys().collect::<Vec<_>>(), [MEMBER], "the stream is gone");
    assert!(facts.stacks.keys().all(|(_, name)| name == names::MANAGEMENT));
    assert_eq!(facts.sets[MEMBER].set.parameters["CollectResources"], "no");
    let management = facts.stacks.values().next().unwrap();
    assert_eq!(management.parameters["IdentityCenter"], "no");
    assert!(bench.plan(Purpose::Deploy, &wanted).await.is_empty());
}

#[tokio::test]
async fn accounts_that_join_are_in_the_next_plan() {
    let wanted = Bench::wanted();
    let bench = Bench::deployed(&wanted).await;
    bench.cloud.join(MemberAccount {
        id: "666677778888".parse().unwrap(),
        name: "newcomer".to_owned(),
        state: "ACTIVE".to_owned(),
        parents: vec!["r-exam".to_owned()],
    });
    let plan = bench.plan(Purpose::Deploy, &wanted).await;
    let step = plan.steps.iter().find(|it| it.id == "instances/accesstrail-member").unwrap();
    assert!(step.what.contains("of which 1 are missing"), "{}", step.what);
    assert_eq!(bench.apply(&plan).await, Turn::Done { notes: Vec::new() });
    assert!(bench.plan(Purpose::Deploy, &wanted).await.is_empty());
}

#[tokio::test]
async fn a_run_is_remembered() {
    let wanted = Bench::wanted();
    let bench = Bench::deployed(&wanted).await;
    let run = bench.store.setup_run().await.unwrap().unwrap();
    assert!(matches!(run.state, SetupRunState::Done { .. }));
    assert_eq!(bench.store.done_setup().await.unwrap(), Some(run.clone()));
    assert!(run.plan.contains(&run.hash));
}
