//! What filters leave out is excluded and stays as it was; what AWS does not list any more is gone all the same.

use std::collections::BTreeSet;
use std::sync::Arc;

use accesstrail_shared::collect::pipeline::{PlanError, PlanRequest, Reach};
use accesstrail_shared::collect::{AccountFilter, IamFilter, Options, registry};
use accesstrail_shared::model::{AccountId, Entity, Kind, Region, RunId, Status, Stored};
use accesstrail_shared::port::{Clock, Store, SystemClock};
use accesstrail_shared::testing::visit;
use accesstrail_tests::world::{self, Ask, Taken, inventory, pipeline};

use super::deletion::{Scene, account, changes};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

fn policy(action: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#
    )
}

/// A run of the scene's account and one more that leaves this out of IAM, later than all before it.
async fn run(scene: &Scene, iam: IamFilter, number: u32) -> Taken {
    run_into(scene, &scene.store, iam, number).await
}

async fn run_into(scene: &Scene, store: &Arc<dyn Store>, iam: IamFilter, number: u32) -> Taken {
    let ask = Ask {
        // In the second one policies of AWS's are attached.
        reach: Reach::Accounts(vec![scene.account.clone(), account(&scene.world, "ci-platform")]),
        run: Some(RunId::new(SystemClock.now(), &format!("{number}"))),
        options: Options { iam, ..Options::default() },
        ..Ask::default()
    };
    inventory(&scene.proxy, store, ask).await
}

fn named(taken: &Taken, kind: Kind, wanted: &str) -> Option<Stored> {
    let mut found = taken.snapshot.of_kind(kind);
    let name = |stored: &Stored| match &stored.entity {
        Entity::Role(it) => it.name == wanted,
        Entity::User(it) => it.name == wanted,
        Entity::Group(it) => it.name == wanted,
        Entity::Policy(it) => it.name == wanted,
        _ => false,
    };
    found.find(|stored| name(stored)).cloned()
}

fn details(taken: &Taken) -> (Status, Option<String>) {
    let mut coverage = taken.snapshot.coverage();
    let found = coverage
        .find(|it| it.scope.capability == "authorization-details" && it.run == taken.run.id);
    let found = found.unwrap();
    (found.status.clone(), found.note.clone())
}

#[test]
fn a_role_that_a_pattern_excludes_is_neither_stored_anew_nor_buried_while_it_is_there() {
    world::run(async {
        let scene = Scene::set().await;
        let iam = scene.iam().await;
        let make = async |name: &str| {
            let role = iam.create_role().role_name(name).assume_role_policy_document(TRUST);
            role.send().await.unwrap();
        };
        make("tmp-known").await;
        let before = run(&scene, IamFilter::default(), 1).await;
        let known = named(&before, Kind::Role, "tmp-known").unwrap();

        make("tmp-new").await;
        iam.update_role().role_name("tmp-known").description("other").send().await.unwrap();
        iam.tag_role().role_name("tmp-known").tags(tag("owner", "x")).send().await.unwrap();
        let filter = IamFilter {
            role_exclude: BTreeSet::from(["tmp-*".parse().unwrap()]),
            ..IamFilter::default()
        };
        let filtered = run(&scene, filter.clone(), 2).await;
        let still = named(&filtered, Kind::Role, "tmp-known").unwrap();
        assert_eq!(still.entity, known.entity, "it stays as it was");
        assert_eq!(named(&filtered, Kind::Role, "tmp-new"), None);
        let (status, note) = details(&filtered);
        assert_eq!(status, Status::Complete);
        assert_eq!(note.as_deref(), Some("2 excluded by iam.role-exclude"));

        // What AWS does not list any more is gone, whatever a filter says.
        iam.delete_role().role_name("tmp-known").send().await.unwrap();
        let gone = run(&scene, filter, 3).await;
        assert_eq!(named(&gone, Kind::Role, "tmp-known"), None);
        assert!(scene.is_deleted(&known).await);
        iam.delete_role().role_name("tmp-new").send().await.unwrap();
    });
}

fn tag(key: &str, value: &str) -> aws_sdk_iam::types::Tag {
    aws_sdk_iam::types::Tag::builder().key(key).value(value).build().unwrap()
}

#[test]
fn inline_policies_that_are_left_out_do_not_look_taken_away() {
    world::run(async {
        let scene = Scene::set().await;
        let iam = scene.iam().await;
        iam.create_user().user_name("inliner").send().await.unwrap();
        let put = async |action: &str| {
            let put = iam.put_user_policy().user_name("inliner").policy_name("own");
            put.policy_document(policy(action)).send().await.unwrap();
        };
        put("s3:GetObject").await;
        let before = run(&scene, IamFilter::default(), 1).await;
        let known = named(&before, Kind::User, "inliner").unwrap();
        put("iam:PassRole").await;
        let filter = IamFilter { skip_user_inline_policies: true, ..IamFilter::default() };
        let filtered = run(&scene, filter, 2).await;
        assert_eq!(named(&filtered, Kind::User, "inliner").unwrap().entity, known.entity);
        let of_users = changes(&scene.store, &filtered.run.id).await;
        assert!(of_users.iter().all(|change| change.id.kind != Kind::User), "{of_users:?}");
        let whole = run(&scene, IamFilter::default(), 3).await;
        assert_ne!(named(&whole, Kind::User, "inliner").unwrap().entity, known.entity);
        iam.delete_user_policy().user_name("inliner").policy_name("own").send().await.unwrap();
        iam.delete_user().user_name("inliner").send().await.unwrap();
    });
}

#[test]
fn inline_policies_of_groups_that_are_left_out_do_not_look_taken_away() {
    world::run(async {
        let scene = Scene::set().await;
        let iam = scene.iam().await;
        iam.create_group().group_name("inliners").send().await.unwrap();
        let put = async |action: &str| {
            let put = iam.put_group_policy().group_name("inliners").policy_name("own");
            put.policy_document(policy(action)).send().await.unwrap();
        };
        put("s3:GetObject").await;
        let before = run(&scene, IamFilter::default(), 1).await;
        let known = named(&before, Kind::Group, "inliners").unwrap();
        put("iam:PassRole").await;
        let filter = IamFilter { skip_group_inline_policies: true, ..IamFilter::default() };
        let filtered = run(&scene, filter, 2).await;
        assert_eq!(named(&filtered, Kind::Group, "inliners").unwrap().entity, known.entity);
        let whole = run(&scene, IamFilter::default(), 3).await;
        assert_ne!(named(&whole, Kind::Group, "inliners").unwrap().entity, known.entity);
        iam.delete_group_policy().group_name("inliners").policy_name("own").send().await.unwrap();
        iam.delete_group().group_name("inliners").send().await.unwrap();
    });
}

/// How many of the account's managed policies, and of AWS's, the store has.
fn managed(taken: &Taken) -> (usize, usize) {
    let policies = taken.snapshot.of_kind(Kind::Policy).filter_map(|stored| match &stored.entity {
        Entity::Policy(policy) => Some(policy.arn.account() == Some(AccountId::aws())),
        _ => None,
    });
    let (of_aws, own): (Vec<bool>, Vec<bool>) = policies.partition(|is_of_aws| *is_of_aws);
    (own.len(), of_aws.len())
}

#[test]
fn managed_policies_are_left_out_all_of_them_or_those_of_aws_or_by_name() {
    world::run(async {
        let scene = Scene::set().await;
        let iam = scene.iam().await;
        let make = async |name: &str| {
            let made = iam.create_policy().policy_name(name).policy_document(policy("s3:*"));
            made.send().await.unwrap().policy.unwrap().arn.unwrap()
        };
        let arns = [make("tmp-one").await, make("kept").await];
        let (own, of_aws) = managed(&run(&scene, IamFilter::default(), 1).await);
        assert!(own >= 2 && of_aws > 0, "{own} {of_aws}");
        let fresh = async |iam: IamFilter, number| {
            managed(&run_into(&scene, &world::empty_store(), iam, number).await)
        };
        let none = IamFilter { skip_managed_policies: true, ..IamFilter::default() };
        assert_eq!(fresh(none, 2).await, (0, 0));
        let without_aws = IamFilter { skip_aws_managed_policies: true, ..IamFilter::default() };
        assert_eq!(fresh(without_aws, 3).await, (own, 0));
        let policy_exclude = BTreeSet::from(["tmp-*".parse().unwrap()]);
        let by_name = IamFilter { policy_exclude, ..IamFilter::default() };
        assert_eq!(fresh(by_name, 4).await, (own - 1, of_aws));
        for arn in arns {
            iam.delete_policy().policy_arn(arn).send().await.unwrap();
        }
    });
}

#[test]
fn a_region_that_is_excluded_ends_as_excluded_and_keeps_what_is_known_of_it() {
    world::run(async {
        let scene = Scene::set().await;
        let others = registry::ALL.iter().map(|it| it.name()).filter(|name| *name != "sqs");
        let skip: BTreeSet<String> = others.map(str::to_owned).collect();
        let run = async |excluded: &[&Region], number: u32| {
            let ask = Ask {
                run: Some(RunId::new(SystemClock.now(), &format!("{number}"))),
                regions: visit::regions(),
                skip: skip.clone(),
                options: Options {
                    excluded_regions: excluded.iter().map(|region| (*region).clone()).collect(),
                    ..Options::default()
                },
                ..Ask::default()
            };
            inventory(&scene.proxy, &scene.store, ask).await
        };
        let queues = |taken: &Taken| -> Vec<Region> {
            let found = taken.snapshot.of_kind(Kind::Resource);
            found.map(|stored| stored.scope.region.clone()).collect()
        };
        let before = queues(&run(&[], 1).await);
        let region = before.first().unwrap();
        let taken = run(&[region], 2).await;
        let (mut excluded, mut looked_at) = (0, 0);
        for coverage in taken.snapshot.coverage().filter(|it| it.scope.collector == "sqs") {
            let is_excluded = matches!(&coverage.status, Status::Excluded(filter)
                if *filter == format!("regions.exclude {region}"));
            assert_eq!(is_excluded, coverage.scope.region == *region, "{coverage:?}");
            excluded += usize::from(is_excluded);
            looked_at += usize::from(coverage.status == Status::Complete);
        }
        assert!(excluded > 0 && looked_at > 0, "{excluded} {looked_at}");
        assert_eq!(queues(&taken), before, "nothing is deleted");
    });
}

#[test]
fn accounts_and_units_that_are_excluded_end_as_excluded() {
    world::run(async {
        let scene = Scene::set().await;
        let accounts = AccountFilter {
            exclude: BTreeSet::from([account(&scene.world, "web-dev")]),
            include_units: BTreeSet::from(["Workloads".to_owned(), "Security".to_owned()]),
            exclude_units: BTreeSet::from(["/Workloads/Production/Payments".to_owned()]),
            ..AccountFilter::default()
        };
        let ask = Ask { options: Options { accounts, ..Options::default() }, ..Ask::default() };
        let taken = inventory(&scene.proxy, &scene.store, ask).await;
        let status = |key: &str| {
            let id = account(&scene.world, key);
            let mut coverage = taken.snapshot.coverage();
            let found = coverage.find(|it| {
                it.scope.account == id && it.scope.capability == "authorization-details"
            });
            found.unwrap().status.clone()
        };
        let excluded = |filter: &str| Status::Excluded(filter.to_owned());
        let rows = [
            ("web-dev", excluded("accounts.exclude")),
            ("payments-prod", excluded("ous.exclude /Workloads/Production/Payments")),
            ("web-prod", Status::Complete),
            ("payments-dev", Status::Complete),
            ("log-archive", Status::Complete),
            ("network-hub", excluded("ous.include")),
        ];
        for (key, expected) in rows {
            assert_eq!(status(key), expected, "{key}");
        }
        // The organization itself is looked at whole.
        let tree = taken.snapshot.coverage().find(|it| it.scope.capability == "hierarchy").unwrap();
        assert_eq!(tree.status, Status::Complete);
    });
}

#[test]
fn a_filter_that_cannot_be_applied_ends_the_plan() {
    world::run(async {
        let scene = Scene::set().await;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (inventory, _) =
            pipeline(scene.proxy.endpoint(), &scene.store, Arc::clone(&clock)).await.unwrap();
        let exclude_units = BTreeSet::from(["Workloads/Prod".to_owned()]);
        let accounts = AccountFilter { exclude_units, ..AccountFilter::default() };
        let request = PlanRequest {
            run: RunId::new(clock.now(), ""),
            trigger: "test".to_owned(),
            reach: Reach::Organization,
            organization_account: None,
            identity_center_regions: Vec::new(),
            options: Options { accounts, ..Options::default() },
        };
        let error = inventory.plan(request).await.unwrap_err();
        assert!(
            matches!(&error, PlanError::NoUnit { unit } if unit == "Workloads/Prod"),
            "{error}"
        );
        assert_eq!(scene.store.runs(10).await.unwrap(), []);
    });
}
