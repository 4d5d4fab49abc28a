//! The settings of a function: lines of `NAME=value`; of a name that stands twice, the last.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use accesstrail_shared::settings::{INVENTORY, InventorySettings};

use super::is_somebodys;

pub(super) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let given: BTreeMap<&str, &str> =
        text.lines().filter_map(|line| line.split_once('=')).collect();
    let asked = RefCell::new(BTreeSet::new());
    let read = InventorySettings::read(&|name| {
        asked.borrow_mut().insert(name.to_owned());
        given.get(name).map(|value| (*value).to_owned())
    });
    let known: BTreeSet<String> = INVENTORY.iter().map(|it| it.name.to_owned()).collect();
    assert_eq!(*asked.borrow(), known);
    match read {
        Ok(settings) => settings_hold(&settings),
        Err(error) => {
            assert!(!error.0.is_empty());
            for problem in &error.0 {
                assert!(known.iter().any(|name| problem.starts_with(name.as_str())), "{problem}");
            }
        }
    }
}

/// Settings that are written as variables again are read as the same.
fn settings_hold(settings: &InventorySettings) {
    settings.accounts.iter().chain(&settings.organization_account).for_each(is_somebodys);
    assert!(!settings.table.is_empty() && !settings.queue_url.is_empty());
    let credentials = if settings.full_credentials { "full" } else { "standard" };
    let written = BTreeMap::from([
        ("ACCESSTRAIL_TABLE", Some(settings.table.clone())),
        ("ACCESSTRAIL_QUEUE_URL", Some(settings.queue_url.clone())),
        ("ACCESSTRAIL_ROLE", Some(settings.role.as_str().to_owned())),
        ("ACCESSTRAIL_EXTERNAL_ID", settings.external_id.as_ref().map(|id| id.as_str().to_owned())),
        (
            "ACCESSTRAIL_ORGANIZATION_ACCOUNT",
            settings.organization_account.as_ref().map(ToString::to_string),
        ),
        (
            "ACCESSTRAIL_IDENTITY_CENTER_REGION",
            settings.identity_center_region.as_ref().map(ToString::to_string),
        ),
        ("ACCESSTRAIL_ACCOUNTS", Some(list(&settings.accounts))),
        ("ACCESSTRAIL_ACCOUNTS_EXCLUDE", Some(list(&settings.accounts_exclude))),
        ("ACCESSTRAIL_OUS", Some(settings.ous.join(","))),
        ("ACCESSTRAIL_OUS_EXCLUDE", Some(settings.ous_exclude.join(","))),
        ("ACCESSTRAIL_REGIONS", Some(list(&settings.regions))),
        ("ACCESSTRAIL_REGIONS_EXCLUDE", Some(list(&settings.regions_exclude))),
        ("ACCESSTRAIL_SKIP", Some(settings.skip.join(","))),
        ("ACCESSTRAIL_CREDENTIALS", Some(credentials.to_owned())),
        ("ACCESSTRAIL_EVENT_BUS", settings.feed.event_bus.clone()),
        ("ACCESSTRAIL_WEBHOOK_URL", settings.feed.webhook_url.clone()),
        ("ACCESSTRAIL_WEBHOOK_SECRET_ARN", settings.feed.webhook_secret.clone()),
        ("ACCESSTRAIL_DEAD_LETTERS_URL", settings.feed.dead_letters_url.clone()),
        ("ACCESSTRAIL_OWN_ENDPOINT", settings.own_endpoint.clone()),
        ("ACCESSTRAIL_TARGET_ENDPOINT", settings.target_endpoint.clone()),
    ]);
    let read = InventorySettings::read(&|name| written.get(name).cloned().flatten());
    assert_eq!(read.as_ref(), Ok(settings));
}

fn list<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
