//! Plans as values and as files: deterministic, unchanged, and true when they are applied.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{Bench, lines};
use crate::port::setup::{Standing, TrailFound, TrustedAccess};
use crate::setup::external_id::{self, ExternalIdError};
use crate::setup::fake::MANAGEMENT_ACCOUNT;
use crate::setup::machine::{self, SetupError, Turn};
use crate::setup::names::Template;
use crate::setup::plan::{self, FileError, PlanError, Purpose, Step, Target, Verb};
use crate::setup::wanted::{Deployment, Endpoint, Wanted};

#[tokio::test]
async fn the_same_facts_make_the_same_file() {
    let (one, two, wanted) = (Bench::new(), Bench::new(), Bench::wanted());
    let first = plan::write(&one.plan(Purpose::Deploy, &wanted).await).unwrap();
    let second = plan::write(&two.plan(Purpose::Deploy, &wanted).await).unwrap();
    assert_eq!(first, second);
    let (read, hash) = plan::read(&first.0).unwrap();
    assert_eq!((read, hash), (one.plan(Purpose::Deploy, &wanted).await, first.1));
}

#[tokio::test]
async fn a_plan_that_was_changed_is_not_applied() {
    let (bench, wanted) = (Bench::new(), Bench::wanted());
    let (file, hash) = plan::write(&bench.plan(Purpose::Deploy, &wanted).await).unwrap();
    let changed = |text: String| plan::read(&text);
    let rows = [
        file.replacen("\"no\"", "\"yes\"", 1),
        file.replace("accesstrail-member", "accesstrail-other"),
        file.replacen(&hash, &hash.replace('a', "b"), 1),
        file.replacen("o-exampleorgid", "o-exampleorgis", 1),
    ];
    for text in rows {
        assert_ne!(text, file);
        assert!(matches!(changed(text), Err(FileError::Changed)));
    }
    assert!(matches!(
        changed(file.replacen("\"version\": 1", "\"version\": 2", 1)),
        Err(FileError::Version { found: 2 })
    ));
    assert!(matches!(
        changed(file.replacen("\"purpose\"", "\"purposes\"", 1)),
        Err(FileError::Unreadable(_))
    ));
    assert!(matches!(changed("{}".to_owned()), Err(FileError::Unreadable(_))));
    // White space is not the plan.
    let narrow: serde_json::Value = serde_json::from_str(&file).unwrap();
    assert!(plan::read(&narrow.to_string()).is_ok());
    // A changed one with a fitting hash is still not the plan that would be made.
    let (mut forged, _) = plan::read(&file).unwrap();
    for step in &mut forged.steps {
        if let Target::Stack { parameters, .. } = &mut step.target {
            parameters.insert("HubAccountId".to_owned(), "999999999999".to_owned());
        }
    }
    let (file, _) = plan::write(&forged).unwrap();
    let refused = bench.machine("one").begin(&file).await;
    assert!(matches!(refused, Err(SetupError::Moved(_))), "{refused:?}");
}

#[tokio::test]
async fn a_plan_whose_facts_moved_on_is_not_applied() {
    let (bench, wanted) = (Bench::new(), Bench::wanted());
    let (file, _) = plan::write(&bench.plan(Purpose::Deploy, &wanted).await).unwrap();
    bench.cloud.set_trusted_access(TrustedAccess::Enabled);
    let Err(SetupError::Moved(moved)) = bench.machine("one").begin(&file).await else {
        panic!("it moved on");
    };
    assert!(moved.contains(&"trusted-access was off and is on".to_owned()), "{moved:?}");
    assert!(moved.iter().any(|words| words.starts_with("trusted-access: keep")), "{moved:?}");
    // A plan to remove what is not there any more.
    let bench = Bench::deployed(&wanted).await;
    let (file, _) = plan::write(&bench.plan(Purpose::Destroy, &wanted).await).unwrap();
    bench.apply_as("one", &file).await.unwrap();
    assert!(matches!(bench.apply_as("one", &file).await, Err(SetupError::Moved(_))));
}

#[tokio::test]
async fn a_plan_of_another_build_is_not_applied() {
    let (bench, wanted) = (Bench::new(), Bench::wanted());
    let mut plan = bench.plan(Purpose::Deploy, &wanted).await;
    for step in &mut plan.steps {
        if let Target::Stack { template: Some(version), .. } = &mut step.target {
            version.hash = "0".repeat(64);
        }
    }
    let (file, _) = plan::write(&plan).unwrap();
    assert!(matches!(bench.machine("one").begin(&file).await, Err(SetupError::Moved(_))));
}

#[tokio::test]
async fn an_account_alone_has_a_stream_and_no_stacksets() {
    let (bench, wanted) = (Bench::new(), Bench::wanted());
    bench.cloud.stand(Standing::Alone, MANAGEMENT_ACCOUNT);
    let plan = bench.plan(Purpose::Deploy, &wanted).await;
    assert_eq!(
        lines(&plan),
        [
            "create stack/111122223333/eu-west-1/accesstrail-events",
            "change notification/example-organization-logs",
            "create stack/111122223333/eu-central-1/accesstrail-forward",
            "create stack/111122223333/eu-west-1/accesstrail-forward",
            "create stack/111122223333/us-east-1/accesstrail-forward",
        ]
    );
    assert_eq!(bench.apply(&plan).await, Turn::Done { notes: Vec::new() });
    assert!(bench.plan(Purpose::Deploy, &wanted).await.is_empty());
}

#[tokio::test]
async fn a_delegated_administrator_leaves_the_management_account_to_its_owner() {
    let (bench, wanted) = (Bench::new(), Bench::wanted());
    bench.cloud.stand(Standing::Delegated, "222233334444");
    let plan = bench.plan(Purpose::Deploy, &wanted).await;
    let by_hand: Vec<_> = plan.steps.iter().filter(|it| it.verb == Verb::ByHand).collect();
    let ids: Vec<&str> = by_hand.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "trusted-access",
            "by-hand/accesstrail-management",
            "notification/example-organization-logs",
            "by-hand/accesstrail-forward",
        ]
    );
    let Target::Command(command) = &by_hand[1].target else { panic!("a command") };
    assert!(command.contains(&format!("ExternalId={}", wanted.external_id)), "{command}");
    assert!(command.contains("HubAccountId=222233334444"), "{command}");
    // Until somebody did what only they can do, CloudFormation refuses, and says so.
    let Turn::Failed { problems, .. } = bench.apply(&plan).await else { panic!("refused") };
    assert!(problems[0].contains("trusted access is not enabled"), "{problems:?}");
    bench.cloud.set_trusted_access(TrustedAccess::Enabled);
    let plan = bench.plan(Purpose::Deploy, &wanted).await;
    assert_eq!(bench.apply(&plan).await, Turn::Done { notes: Vec::new() });
}

#[tokio::test]
async fn a_trail_is_made_only_where_none_is_and_somebody_asks() {
    let mut wanted = Bench::wanted();
    let bench = Bench::new();
    bench.cloud.set_trails(Vec::new());
    let plan = bench.plan(Purpose::Deploy, &wanted).await;
    assert!(!lines(&plan).iter().any(|line| line.contains("accesstrail-trail")));
    assert!(plan.lost.iter().any(|words| words.contains("--create-trail")), "{:?}", plan.lost);
    wanted.create_trail = true;
    let plan = bench.plan(Purpose::Deploy, &wanted).await;
    assert!(
        lines(&plan).contains(&"create stack/111122223333/eu-west-1/accesstrail-trail".to_owned())
    );
    assert_eq!(bench.apply(&plan).await, Turn::Done { notes: Vec::new() });
    let made = TrailFound {
        arn: "arn:aws:cloudtrail:eu-west-1:111122223333:trail/accesstrail-organization".to_owned(),
        bucket: "accesstrail-logs-111122223333-eu-west-1".to_owned(),
        bucket_owner: Some(MANAGEMENT_ACCOUNT.parse().unwrap()),
        bucket_region: Some(Bench::region()),
        prefix: String::new(),
        kms_key: None,
        topic: None,
        of_organization: true,
        every_region: true,
        management_events: true,
        logging: true,
    };
    bench.cloud.set_trails(vec![made]);
    // Its bucket was known before it was there: nothing is left to do. Removing says that it stays.
    let bucket = "accesstrail-logs-111122223333-eu-west-1";
    let hears = |step: &Step| matches!(&step.target, Target::Stack { parameters, .. } if parameters.get("TrailBucket").is_some_and(|it| it == bucket));
    assert!(plan.steps.iter().any(hears), "{:?}", plan.steps);
    let plan = bench.plan(Purpose::Deploy, &wanted).await;
    assert!(plan.is_empty(), "{:?}", lines(&plan));
    let plan = bench.plan(Purpose::Destroy, &wanted).await;
    assert!(plan.stays.iter().any(|it| it.contains("logs are evidence")), "{:?}", plan.stays);
    // Where nobody may say which there are, none is made either.
    let blind = Bench::new();
    blind.cloud.faults.lock().unwrap().denied =
        BTreeSet::from(["cloudtrail:DescribeTrails".to_owned()]);
    let plan = blind.plan(Purpose::Deploy, &wanted).await;
    assert!(!lines(&plan).iter().any(|line| line.contains("accesstrail-trail")));
    assert!(plan.lost.iter().any(|words| words.contains("none is made")), "{:?}", plan.lost);
    // With one that is there, none is made.
    let plan = Bench::new().plan(Purpose::Deploy, &wanted).await;
    assert!(!lines(&plan).iter().any(|line| line.contains("accesstrail-trail")));
}

#[tokio::test]
async fn parameters_are_those_of_the_templates() {
    let mut wanted = Bench::wanted();
    wanted.create_trail = true;
    let bench = Bench::new();
    bench.cloud.set_trails(Vec::new());
    let plan = bench.plan(Purpose::Deploy, &wanted).await;
    let mut seen = 0;
    for step in &plan.steps {
        let (Target::Stack { template: Some(version), parameters, .. }
        | Target::Set { template: Some(version), parameters, .. }) = &step.target
        else {
            continue;
        };
        let given: Vec<&str> = parameters.keys().map(String::as_str).collect();
        let mut known = declared(version.template);
        known.sort_unstable();
        assert_eq!(given, known, "{}", step.id);
        seen += 1;
    }
    assert_eq!(seen, 8);
}

/// The names of a template's parameters.
fn declared(template: Template) -> Vec<&'static str> {
    let (_, rest) = template.text().split_once("\nParameters:\n").unwrap();
    rest.lines()
        .take_while(|line| line.is_empty() || line.starts_with(' '))
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
        .filter(|name| !name.starts_with(' '))
        .collect()
}

#[tokio::test]
async fn two_roles_deploy_where_they_are_wanted() {
    let mut wanted = Bench::wanted();
    wanted.deployment = Deployment::SelfManaged {
        administration_role: "arn:aws:iam::111122223333:role/accesstrail-stackset-administration"
            .to_owned(),
        execution_role: "accesstrail-stackset-execution".to_owned(),
    };
    wanted.accounts = ["222233334444".parse().unwrap(), "333344445555".parse().unwrap()].into();
    let bench = Bench::new();
    let plan = bench.plan(Purpose::Deploy, &wanted).await;
    assert!(!lines(&plan).iter().any(|line| line.contains("trusted-access")));
    assert_eq!(bench.apply(&plan).await, Turn::Done { notes: Vec::new() });
    assert!(bench.plan(Purpose::Deploy, &wanted).await.is_empty());
    let fresh = Bench::new().cloud.picture();
    let plan = bench.plan(Purpose::Destroy, &wanted).await;
    bench.apply(&plan).await;
    assert_eq!(bench.cloud.picture(), fresh);
}

#[tokio::test]
async fn the_kind_of_permissions_is_not_changed_under_way() {
    let mut wanted = Bench::wanted();
    let bench = Bench::deployed(&wanted).await;
    wanted.deployment = Deployment::SelfManaged {
        administration_role: "arn:aws:iam::111122223333:role/administration".to_owned(),
        execution_role: "execution".to_owned(),
    };
    wanted.accounts = ["222233334444".parse().unwrap()].into();
    let error = plan::deploy(&bench.facts(&wanted).await, &wanted).unwrap_err();
    assert!(
        matches!(&error, PlanError::OtherModel { name } if name == "accesstrail-member"),
        "{error}"
    );
}

#[tokio::test]
async fn a_plan_is_read_by_people() {
    let mut wanted = Bench::wanted();
    wanted.tiers = [1, 2, 3].into();
    let bench = Bench::new();
    let plan = bench.plan(Purpose::Deploy, &wanted).await;
    let expected = "\
Set up accesstrail from 111122223333 eu-west-1

  account          111122223333, the management account
  accounts         5, of which 1 are not active
  identity-center  eu-central-1
  organization     o-exampleorgid
  partition        aws
  trail            arn:aws:cloudtrail:us-east-1:111122223333:trail/everything in example-organization-logs
  trusted-access   off

  1. change   Let CloudFormation deploy to the organization
              service-managed StackSets reach every account, and those that join later
              without it: nothing is deployed to the other accounts
  2. create   Stack accesstrail-management in 111122223333 eu-west-1
              service-managed StackSets leave the management account out
              without it: the organization, Identity Center and the management account stay unknown
  3. create   StackSet accesstrail-member
              the same stack in every account, and updates by one call
              without it: the other accounts stay unknown
  4. create   accesstrail-member in 1 region of 3 accounts, of which 3 are missing or out of date
              25 % of the accounts at once, given up when 10 % of them fail in a region
              without it: accounts without it stay unknown, and are named

What is lost
  - tier 4 is withheld: changes are seen by the next poll and not within seconds
  - 555566667777 (closed) is SUSPENDED: nothing is deployed there

It takes ";
    let text = plan::text(&plan, "0123");
    assert!(text.starts_with(expected), "{text}");
    assert!(text.ends_with("\n\nPlan 0123\n"), "{text}");
    assert!(text.contains("iam:CreateRole") && !text.contains("events:PutRule"), "{text}");
    bench.apply(&plan).await;
    let again = plan::text(&bench.plan(Purpose::Deploy, &wanted).await, "4567");
    assert!(
        again.contains("  4. keep     accesstrail-member in 1 region of 3 accounts"),
        "{again}"
    );
    assert!(again.contains("\nNothing is to be done.\n") && !again.contains("It takes"), "{again}");
    let remove = plan::text(&bench.plan(Purpose::Destroy, &wanted).await, "89ab");
    assert!(remove.starts_with("Remove accesstrail from"), "{remove}");
    assert!(remove.contains("\nWhat stays\n  - "), "{remove}");
}

#[tokio::test]
async fn what_was_wanted_last_is_known() {
    let (bench, wanted) = (Bench::new(), Bench::wanted());
    assert_eq!(machine::last_wanted(&bench.store).await.unwrap(), None);
    let plan = bench.plan(Purpose::Deploy, &wanted).await;
    let (file, _) = plan::write(&plan).unwrap();
    bench.machine("one").begin(&file).await.unwrap();
    assert_eq!(machine::last_wanted(&bench.store).await.unwrap(), None, "it is not done");
    bench.apply_as("one", &file).await.unwrap();
    assert_eq!(machine::last_wanted(&bench.store).await.unwrap(), Some(wanted.clone()));
    bench.apply(&bench.plan(Purpose::Destroy, &wanted).await).await;
    assert_eq!(machine::last_wanted(&bench.store).await.unwrap(), None, "it was removed");
}

#[tokio::test]
async fn the_external_id_is_made_once() {
    let bench = Bench::new();
    let first = external_id::kept(&bench.store, None).await.unwrap();
    assert_ne!(first, external_id::kept(&Bench::new().store, None).await.unwrap());
    for again in [None, Some(&*first)] {
        assert_eq!(external_id::kept(&bench.store, again).await.unwrap(), first);
    }
    let other = external_id::kept(&bench.store, Some("another-external-id")).await;
    assert!(matches!(other, Err(ExternalIdError::Other)), "{other:?}");
    let given = external_id::kept(&Bench::new().store, Some("our-own-external-id")).await;
    assert_eq!(given.unwrap(), "our-own-external-id");
}

/// Any wish that has no problems.
fn wishes() -> impl Strategy<Value = Wanted> {
    let tiers = proptest::sample::subsequence(vec![2_u8, 3, 4], 0..=3);
    let units = proptest::sample::subsequence(vec!["ou-exam-workloads", "ou-exam-sandbox"], 0..=2);
    let except = proptest::sample::subsequence(vec!["222233334444", "444455556666"], 0..=2);
    let only = proptest::sample::subsequence(vec!["333344445555"], 0..=1);
    let regions =
        proptest::sample::subsequence(vec!["eu-west-1", "us-east-1", "ap-south-1"], 0..=3);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), 1_u16..=365);
    (tiers, units, except, only, regions, flags).prop_map(
        |(tiers, units, except, only, regions, (names, read, endpoint, days))| {
            let mut wanted = Bench::wanted();
            wanted.tiers = tiers.into_iter().chain([1]).collect();
            wanted.units = units.into_iter().map(str::to_owned).collect();
            wanted.accounts_exclude = except.iter().map(|id| id.parse().unwrap()).collect();
            wanted.accounts = only.iter().map(|id| id.parse().unwrap()).collect();
            wanted.regions = regions.iter().map(|region| region.parse().unwrap()).collect();
            (wanted.object_names, wanted.read_only_events, wanted.archive_days) =
                (names, read, days);
            wanted.endpoint = endpoint.then(|| Endpoint {
                url: "https://example.com/events".to_owned(),
                secret: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:accesstrail-key"
                    .to_owned(),
            });
            wanted
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// From any wish to any other: afterwards there is nothing to do, and removing leaves what was there before.
    #[test]
    fn whatever_is_wanted_is_what_is_there(first in wishes(), second in wishes()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let bench = Bench::new();
            let fresh = bench.cloud.picture();
            for wanted in [&first, &second] {
                let plan = bench.plan(Purpose::Deploy, wanted).await;
                assert_eq!(bench.apply(&plan).await, Turn::Done { notes: Vec::new() });
                let again = bench.plan(Purpose::Deploy, wanted).await;
                assert!(again.is_empty(), "{:?}", lines(&again));
            }
            let plan = bench.plan(Purpose::Destroy, &second).await;
            assert_eq!(bench.apply(&plan).await, Turn::Done { notes: Vec::new() });
            assert_eq!(bench.cloud.picture(), fresh);
        });
    }
}
