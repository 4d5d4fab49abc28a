//! Which units of work there are: the days of each account that have a folder.

use std::collections::{BTreeMap, BTreeSet};

use super::report::in_words;
use crate::port::{Level, Logs, PortError};
use crate::trail::key::LogKey;
use crate::usage::day::Day;
use futures::{StreamExt as _, TryStreamExt as _};

/// How deep an `AWSLogs` folder is looked for below where one said to look.
const DEEPEST: usize = 4;

/// How many accounts are looked into at once.
const AT_ONCE: usize = 16;

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Only these accounts; all where empty.
    pub accounts: BTreeSet<String>,
    /// Only these regions' folders; all where empty.
    pub regions: BTreeSet<String>,
    /// From this day of delivery on; from the first where `None`.
    pub from: Option<Day>,
    /// What stands before `AWSLogs/` in the keys, ending in `/` or empty; `None` where it is to be found.
    pub prefix: Option<String>,
}

impl Window {
    pub(super) fn has_account(&self, account: &str) -> bool {
        self.accounts.is_empty() || self.accounts.contains(account)
    }

    pub(super) fn has_region(&self, region: &str) -> bool {
        self.regions.is_empty() || self.regions.contains(region)
    }

    pub(super) fn has_day(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day)
    }
}

/// A day of an account: one piece of work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit {
    /// The account.
    pub account: String,
    /// The day whose hours are folded.
    pub day: Day,
}

impl std::fmt::Display for Unit {
    /// `ACCOUNT/DAY`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.account, self.day)
    }
}

/// What was found to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The units, by account and day. Before each stretch of days stands one more: its last events were delivered in the
    /// next.
    pub units: Vec<Unit>,
    /// Folders beside those of logs, as `CloudTrail-Digest`: how many of each name.
    pub other_folders: BTreeMap<String, u64>,
    /// Objects that lie where no log is expected.
    pub strays: u64,
    /// Folders that could not be listed this time, and why.
    pub unlisted: BTreeMap<String, String>,
    /// For each account `…/CloudTrail/REGION/`, and the days that have a folder there.
    regions: BTreeMap<String, BTreeMap<String, BTreeSet<Day>>>,
    /// The same of regions that the window leaves out, and of what accounts it leaves out `…/ACCOUNT/`.
    other_regions: BTreeMap<String, Vec<String>>,
    other_accounts: BTreeMap<String, Vec<String>>,
    /// The window of a plan for some accounts alone, where nobody asked which days they have.
    narrow: Option<Window>,
}

/// Looks for the days of all accounts.
pub async fn plan(logs: &dyn Logs, window: &Window) -> Result<Plan, PortError> {
    let mut plan = Plan::default();
    let mut accounts = Vec::new();
    for root in roots(logs, window).await? {
        accounts.extend(plan.accounts(logs, window, &root).await?);
    }
    let found = accounts.iter().map(|account| async {
        let mut found = Plan::default();
        found.add_account(logs, window, account).await?;
        Ok::<_, PortError>(found)
    });
    let mut found = futures::stream::iter(found).buffered(AT_ONCE);
    while let Some(found) = found.try_next().await? {
        plan.add(found);
    }
    plan.units = plan.days().into_iter().map(|(account, day)| Unit { account, day }).collect();
    Ok(plan)
}

/// The `AWSLogs/` folders.
pub(super) async fn roots(logs: &dyn Logs, window: &Window) -> Result<Vec<String>, PortError> {
    if let Some(prefix) = &window.prefix {
        return Ok(vec![format!("{prefix}AWSLogs/")]);
    }
    let (mut found, mut level) = (Vec::new(), vec![String::new()]);
    for _ in 0..DEEPEST {
        let mut below = Vec::new();
        for prefix in &level {
            let folders = match logs.level(prefix).await {
                // A folder of somebody else.
                Err(PortError::Denied { .. }) if !prefix.is_empty() => continue,
                listed => listed?.folders,
            };
            let (roots, others): (Vec<_>, Vec<_>) =
                folders.into_iter().partition(|folder| last(folder) == "AWSLogs");
            found.extend(roots);
            below.extend(others);
        }
        level = below;
    }
    Ok(found)
}

/// The last part of a prefix: `b` of `a/b/`.
pub(super) fn last(prefix: &str) -> &str {
    prefix.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// `2026/11/29/`.
pub(super) fn path(day: Day) -> String {
    let mut path = day.to_string().replace('-', "/");
    path.push('/');
    path
}

impl Plan {
    /// The plan for units of one account, by a few lists: its regions, and nothing of their days. It has no units.
    pub async fn of_account(
        logs: &dyn Logs,
        window: &Window,
        account: &str,
    ) -> Result<Self, PortError> {
        let mut plan = Self { narrow: Some(window.clone()), ..Self::default() };
        for root in roots(logs, window).await? {
            for folder in plan.below(logs, &root).await? {
                // `AWSLogs/ACCOUNT/`, or `AWSLogs/o-id/ACCOUNT/`, which need not be there.
                if last(&folder).starts_with("o-") {
                    plan.add_regions(logs, window, &format!("{folder}{account}/")).await?;
                } else if last(&folder) == account {
                    plan.add_regions(logs, window, &folder).await?;
                }
            }
        }
        plan.regions.entry(account.to_owned()).or_default();
        Ok(plan)
    }

    /// The plan for units of another account, if this one is for some alone and not for that one.
    pub(super) async fn beside(
        &self,
        logs: &dyn Logs,
        account: &str,
    ) -> Result<Option<Self>, PortError> {
        match &self.narrow {
            Some(window) if !self.regions.contains_key(account) => {
                Self::of_account(logs, window, account).await.map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The folders of an account's day that were seen, each ending in `/`; where none was seen because the day is outside
    /// of the window, or nobody looked, those that may be there.
    pub fn folders(&self, account: &str, day: Day) -> Vec<String> {
        let Some(regions) = self.regions.get(account) else { return Vec::new() };
        let first = regions.values().filter_map(BTreeSet::first).min();
        let is_outside = self.narrow.is_some() || first.is_none_or(|first| day < *first);
        let of_day = regions.iter().filter(|(_, days)| is_outside || days.contains(&day));
        of_day.map(|(region, _)| format!("{region}{}", path(day))).collect()
    }

    /// Whether nothing was found that is or may be delivered by CloudTrail, of whatever day.
    pub(super) fn is_without_logs(&self) -> bool {
        self.regions.is_empty() && self.other_folders.is_empty() && self.unlisted.is_empty()
    }

    /// The `…/CloudTrail/REGION/` folders of an account that the window leaves out. A cell that is made anew needs all
    /// that it was made of, whatever window is looked through this time.
    pub(super) async fn left_out(
        &self,
        logs: &dyn Logs,
        account: &str,
    ) -> Result<Vec<String>, PortError> {
        let mut regions = self.other_regions.get(account).cloned().unwrap_or_default();
        for account in self.other_accounts.get(account).into_iter().flatten() {
            for folder in logs.level(account).await?.folders {
                if holds_calls(&folder) {
                    regions.extend(logs.level(&folder).await?.folders);
                }
            }
        }
        Ok(regions)
    }

    fn days(&self) -> BTreeSet<(String, Day)> {
        let days = self.regions.iter().flat_map(|(account, regions)| {
            regions.values().flatten().map(move |day| (account.clone(), *day))
        });
        days.flat_map(|(account, day)| {
            [(account.clone(), Day(day.0.saturating_sub(1))), (account, day)]
        })
        .collect()
    }

    fn add(&mut self, other: Self) {
        for (folder, count) in other.other_folders {
            *self.other_folders.entry(folder).or_default() += count;
        }
        self.strays += other.strays;
        self.unlisted.extend(other.unlisted);
        for (account, regions) in other.other_regions {
            self.other_regions.entry(account).or_default().extend(regions);
        }
        for (account, regions) in other.regions {
            self.regions.entry(account).or_default().extend(regions);
        }
    }

    /// `AWSLogs/[o-id/]ACCOUNT/`.
    async fn accounts(
        &mut self,
        logs: &dyn Logs,
        window: &Window,
        root: &str,
    ) -> Result<Vec<String>, PortError> {
        let mut accounts = Vec::new();
        for folder in self.below(logs, root).await? {
            if last(&folder).starts_with("o-") {
                accounts.extend(self.below(logs, &folder).await?);
            } else {
                accounts.push(folder);
            }
        }
        let (accounts, others): (Vec<String>, Vec<String>) =
            accounts.into_iter().partition(|account| window.has_account(last(account)));
        for account in others {
            self.other_accounts.entry(last(&account).to_owned()).or_default().push(account);
        }
        Ok(accounts)
    }

    async fn add_account(
        &mut self,
        logs: &dyn Logs,
        window: &Window,
        account: &str,
    ) -> Result<(), PortError> {
        for region in self.add_regions(logs, window, account).await? {
            self.add_days(logs, window, last(account), region).await?;
        }
        Ok(())
    }

    /// `…/ACCOUNT/FOLDER/REGION/`.
    async fn add_regions(
        &mut self,
        logs: &dyn Logs,
        window: &Window,
        account: &str,
    ) -> Result<Vec<String>, PortError> {
        let mut regions = Vec::new();
        for folder in self.below(logs, account).await? {
            if !holds_calls(&folder) {
                *self.other_folders.entry(last(&folder).to_owned()).or_default() += 1;
                continue;
            }
            regions.extend(self.below(logs, &folder).await?);
        }
        let (regions, others): (Vec<String>, Vec<String>) =
            regions.into_iter().partition(|region| window.has_region(last(region)));
        if !others.is_empty() {
            self.other_regions.entry(last(account).to_owned()).or_default().extend(others);
        }
        let known = self.regions.entry(last(account).to_owned()).or_default();
        known.extend(regions.iter().map(|region| (region.clone(), BTreeSet::new())));
        Ok(regions)
    }

    /// `…/REGION/YYYY/MM/DD/`.
    async fn add_days(
        &mut self,
        logs: &dyn Logs,
        window: &Window,
        account: &str,
        region: String,
    ) -> Result<(), PortError> {
        let mut days = BTreeSet::new();
        for year in self.below(logs, &region).await? {
            if window.from.is_some_and(|from| *last(&year) < *first_part(from)) {
                continue;
            }
            for month in self.below(logs, &year).await? {
                for folder in self.below(logs, &month).await? {
                    let key = format!("{folder}log");
                    let day = LogKey::read(&key).map(|key| Day(key.day));
                    days.extend(day.filter(|day| window.has_day(*day)));
                }
            }
        }
        self.regions.entry(account.to_owned()).or_default().insert(region, days);
        Ok(())
    }

    /// The folders below one; objects beside them are strays. That one cannot be listed does not keep the others from
    /// being.
    async fn below(&mut self, logs: &dyn Logs, prefix: &str) -> Result<Vec<String>, PortError> {
        let listed = logs.level(prefix).await;
        let Level { folders, objects } = match listed {
            Err(error @ PortError::Denied { .. }) if last(prefix) != "AWSLogs" => {
                self.unlisted.insert(prefix.to_owned(), in_words(&error));
                return Ok(Vec::new());
            }
            listed => listed?,
        };
        self.strays += objects.len() as u64;
        Ok(folders)
    }
}

/// Whether the objects of a folder `…/ACCOUNT/FOLDER/` are logs: that is read from a key in it.
fn holds_calls(folder: &str) -> bool {
    let sample = format!("{folder}us-east-1/2000/01/01/log");
    LogKey::read(&sample).is_some_and(|key| key.kind.holds_calls())
}

/// The year of a day, as text.
fn first_part(day: Day) -> String {
    day.to_string().split('-').next().unwrap_or_default().to_owned()
}
