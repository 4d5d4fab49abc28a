//! How what is wanted is told to CloudFormation.

use super::*;

fn accounts() -> BTreeSet<crate::model::AccountId> {
    ["222233334444".parse().unwrap(), "333344445555".parse().unwrap()].into()
}

#[test]
fn targets_are_units_with_a_filter_or_accounts() {
    let units: BTreeSet<String> = ["ou-exam-workloads".to_owned()].into();
    let (plain, aim) = aimed(&Targets::Accounts(accounts()));
    assert_eq!((plain.unwrap().len(), aim), (2, None));

    let (plain, aim) = aimed(&Targets::Units { units: units.clone(), except: BTreeSet::new() });
    let aim = aim.unwrap();
    assert_eq!(plain, None);
    assert_eq!(aim.organizational_unit_ids(), ["ou-exam-workloads"]);
    assert_eq!((aim.accounts().len(), aim.account_filter_type()), (0, None));

    let (_, aim) = aimed(&Targets::Units { units: units.clone(), except: accounts() });
    let aim = aim.unwrap();
    assert_eq!(aim.accounts(), ["222233334444", "333344445555"]);
    assert_eq!(aim.account_filter_type(), Some(&AccountFilterType::Difference));

    let (_, aim) = aimed(&Targets::Among { units, accounts: accounts() });
    let aim = aim.unwrap();
    assert_eq!(aim.account_filter_type(), Some(&AccountFilterType::Intersection));
}

fn order(model: Model, auto_deployment: bool) -> StackSetOrder {
    StackSetOrder {
        name: "accesstrail-member".to_owned(),
        template: String::new(),
        description: String::new(),
        parameters: std::collections::BTreeMap::new(),
        tags: std::collections::BTreeMap::new(),
        model,
        auto_deployment,
        preferences: Preferences {
            tolerance_percent: 10,
            concurrent_percent: 25,
            regions_at_once: true,
        },
    }
}

#[test]
fn accounts_that_leave_lose_their_stacks() {
    let managed = Model::ServiceManaged { delegated: true };
    let on = auto_deployment(&order(managed.clone(), true)).unwrap();
    assert_eq!((on.enabled(), on.retain_stacks_on_account_removal()), (Some(true), Some(false)));
    let off = auto_deployment(&order(managed.clone(), false)).unwrap();
    assert_eq!((off.enabled(), off.retain_stacks_on_account_removal()), (Some(false), None));
    let own = Model::SelfManaged {
        administration_role: "arn:aws:iam::111122223333:role/administers".to_owned(),
        execution_role: "executes".to_owned(),
    };
    assert_eq!(auto_deployment(&order(own.clone(), false)), None);
    assert_eq!(called_as(&managed), CallAs::DelegatedAdmin);
    assert_eq!(called_as(&own), CallAs::SelfValue);
    let (kind, administration, execution) = model(&own);
    assert_eq!(kind, PermissionModels::SelfManaged);
    assert!(administration.is_some() && execution.as_deref() == Some("executes"));
}

#[test]
fn preferences_are_percentages() {
    let told = preferences(order(Model::ServiceManaged { delegated: false }, true).preferences);
    assert_eq!(told.failure_tolerance_percentage(), Some(10));
    assert_eq!(told.max_concurrent_percentage(), Some(25));
    assert_eq!(told.region_concurrency_type(), Some(&RegionConcurrencyType::Parallel));
}
