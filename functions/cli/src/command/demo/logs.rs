//! The demo's logs: made on the spot for users and roles of the inventory, and read by the same code as genuine ones.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use accesstrail_shared::analysis::unused::{Question, Uses, Verdict};
use accesstrail_shared::aws::logs::{BucketLogs, TrailKeys};
use accesstrail_shared::aws::session::Session;
use accesstrail_shared::backfill::{Backfill, Keys, Outcome, Progress, Window, verify};
use accesstrail_shared::model::activity::EventTime;
use accesstrail_shared::model::{AccountId, Arn, Counters, Entity, Kind, Region, Snapshot};
use accesstrail_shared::port::{BoxError, Clock as _, Logs, SystemClock};
use accesstrail_shared::report::inert::terminal;
use accesstrail_shared::testing::bucket;
use accesstrail_shared::testing::company::LOG_BUCKET;
use accesstrail_shared::testing::proxy::{self, Proxy};
use accesstrail_shared::testing::trail::{
    Fault, Faults, Harm, Moment, Object, PUBLIC_KEYS, Pause, Plan,
};
use accesstrail_shared::trail::digest::Report;
use serde_json::{Value, json};

use crate::command::unused::{self, Answer};
use crate::error::Failure;
use crate::screen::Screen;
use crate::store::Writing;

/// The accounts that have logs: some of the organization, as where a trail was turned on late.
const ACCOUNTS: [&str; 2] = ["payments-prod", "web-prod"];

/// Where all variety of the logs comes from.
const SEED: u64 = 2_026;

/// For how many days nothing may have been seen: within the days that have logs.
const DAYS: u32 = 30;

/// What tells a folder of the demo from somebody's work.
const MARK: &str = ".accesstrail-demo";

/// Seconds of a day and of an hour.
const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

/// What the logs came to.
#[derive(Debug)]
pub(super) struct Logged {
    /// Where they were read.
    bucket: String,
    /// Where a copy of them stays.
    folder: PathBuf,
    outcome: Outcome,
    totals: Counters,
    report: Report,
    answer: Answer,
    /// The role that was used last, and when.
    last: Option<(Arn, EventTime)>,
}

/// Where the logs of a store's demo lie: `accesstrail-demo.db` → `accesstrail-demo-logs`.
pub(super) fn folder(store: &Path) -> PathBuf {
    let mut name = store.file_stem().unwrap_or_default().to_owned();
    name.push("-logs");
    store.with_file_name(name)
}

/// Whether the demo may put its logs there: where nothing is, or where an earlier demo's are.
pub(super) fn check(folder: &Path) -> Result<(), Failure> {
    if !folder.exists() || folder.join(MARK).exists() {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "the demo would put its logs into {}, which is there and not the demo's: give another --store",
        terminal(&folder.display().to_string())
    )))
}

/// The account that keeps the organization's logs.
#[derive(Debug)]
pub(super) struct Archive<'a> {
    pub(super) session: Arc<Session>,
    pub(super) region: Region,
    /// The way to it, and what it answers besides.
    pub(super) proxy: &'a Proxy,
    pub(super) answers: proxy::Plan,
}

impl Archive<'_> {
    /// Puts the objects into the bucket of the organization's trail, and says who signed them.
    async fn fill(&self, objects: Vec<Object>, keys: &str) -> Result<(), BoxError> {
        let (when, answer) = bucket::public_keys(keys)?;
        self.proxy.set_plan(self.answers.clone().rule(when, answer));
        let client = bucket::client(&self.session.regional(&self.region));
        bucket::put_all(&client, LOG_BUCKET, objects).await
    }

    /// The logs, read with the account's role.
    fn logs(&self) -> BucketLogs {
        let config = self.session.regional(&self.region);
        BucketLogs::new(config, LOG_BUCKET, Some(self.session.account()))
    }
}

/// Makes the logs, reads them from their bucket into the store, verifies them, and asks what is unused.
pub(super) async fn take(
    writing: &Writing,
    snapshot: &Snapshot,
    archive: &Archive<'_>,
    folder: PathBuf,
) -> Result<Logged, Failure> {
    let now = unused::now();
    let plan = plan(snapshot, archive.region.as_str(), now);
    let target = folder.clone();
    let made = tokio::task::spawn_blocking(move || make(&plan, &target)).await;
    let made = made.unwrap_or_else(|error| Err(io::Error::other(error)));
    let file = |source| Failure::File { path: folder.clone(), source };
    let objects = made.map_err(file)?;
    let keys = fs::read_to_string(folder.join(PUBLIC_KEYS)).map_err(file)?;
    archive.fill(objects, &keys).await.map_err(|error| {
        Failure::Usage(format!("the demo's logs cannot be put into the emulated bucket: {error}"))
    })?;
    let logs: Arc<dyn Logs> = Arc::new(archive.logs());
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    let (window, progress) = (Window::default(), Arc::new(Progress::default()));
    let job =
        Backfill::new(Arc::clone(&logs), writing.usage.clone(), Arc::new(SystemClock), at_once, 8);
    let outcome = job.run(&window, &progress).await?;
    let keys = TrailKeys::new(archive.session.regional(&archive.region));
    let keys = Keys::Asked(Arc::new(keys));
    let report = verify(&logs, &window, keys, SystemClock.now(), at_once, &progress).await?;
    let question = Question { as_of: now, days: DAYS, all: false };
    let answer = unused::answer(&*writing.store, &*writing.usage, question, true).await?;
    let last = last_used(snapshot, &unused::uses(&*writing.usage, true).await?);
    let totals = writing.usage.usage_totals().await?;
    Ok(Logged { bucket: logs.name(), folder, outcome, totals, report, answer, last })
}

/// Logs up to the last midnight, of the users and roles of some accounts. In one account the trail was off for a day
/// and a half.
fn plan(snapshot: &Snapshot, region: &str, now: EventTime) -> Plan {
    let mut accounts: BTreeMap<AccountId, Vec<String>> = BTreeMap::new();
    let arns = [Kind::User, Kind::Role].into_iter().flat_map(|kind| snapshot.of_kind(kind));
    for arn in arns.filter_map(|stored| arn(&stored.entity)) {
        let Some(account) = arn.account() else { continue };
        if snapshot.account_name(&account).is_some_and(|name| ACCOUNTS.contains(&name)) {
            accounts.entry(account).or_default().push(arn.to_string());
        }
    }
    // Unique ids, by which a snapshot is sorted, are others in each demo.
    for arns in accounts.values_mut() {
        arns.sort_unstable();
    }
    let accounts: Vec<(String, Vec<String>)> =
        accounts.into_iter().map(|(account, arns)| (account.to_string(), arns)).collect();
    let organization = snapshot.of_kind(Kind::Organization).find_map(|it| match &it.entity {
        Entity::Organization(it) => Some(it.id.clone()),
        _ => None,
    });
    let organization = organization.unwrap_or_else(|| "o-exampleorg".to_owned());
    let midnight = now.0.div_euclid(DAY * 1_000) * DAY;
    let mut plan =
        Plan::demo(SEED, &organization, &accounts, &[region.to_owned()], Moment(midnight));
    LOG_BUCKET.clone_into(&mut plan.bucket);
    plan.from = Moment(midnight - i64::try_from(plan.days).unwrap_or_default() * DAY);
    let from = Moment(plan.from.0 + 20 * DAY + 6 * HOUR);
    let off =
        accounts.first().map(|(account, _)| Pause { account: account.clone(), from, hours: 36 });
    plan.pauses.extend(off);
    plan
}

/// The ARN of a user, or of a role that no service owns.
fn arn(entity: &Entity) -> Option<&Arn> {
    match entity {
        Entity::User(user) => Some(&user.arn),
        Entity::Role(role) if !role.is_service_linked() => Some(&role.arn),
        _ => None,
    }
}

/// Writes the logs in the place of an earlier demo's, and returns them. In the last account somebody has taken a record
/// out. They stay when the emulated bucket is gone.
fn make(plan: &Plan, folder: &Path) -> io::Result<Vec<Object>> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::create_dir_all(folder)?;
    fs::write(folder.join(MARK), "What lies here was made by `accesstrail demo`.\n")?;
    let edit = plan.accounts.last().map(|account| Fault {
        harm: Harm::EditLog,
        account: account.clone(),
        region: plan.regions.first().cloned().unwrap_or_default(),
        from: Moment(plan.from.0 + 12 * DAY),
    });
    let (mut faults, mut objects) = (Faults::new(edit.into_iter().collect()), Vec::new());
    plan.write_changed(folder, &mut |object| {
        let changed = faults.change(object)?;
        objects.push(changed.clone());
        Some(changed)
    })?;
    Ok(objects)
}

/// The role that was seen last in the logs, of those with a name that can be typed.
fn last_used(snapshot: &Snapshot, uses: &Uses) -> Option<(Arn, EventTime)> {
    let roles = snapshot.of_kind(Kind::Role).filter_map(|stored| match &stored.entity {
        Entity::Role(role) if role.reserved_for().is_none() => arn(&stored.entity),
        _ => None,
    });
    let seen = roles.filter_map(|arn| Some((uses.of(arn.as_str())?, arn)));
    seen.max().map(|(time, arn)| (arn.clone(), time))
}

impl Logged {
    /// What to type next about them, after the program's name.
    pub(super) fn next(&self) -> Vec<String> {
        let usage = self.last.as_ref().map(|(arn, _)| format!("usage {}", arn.name()));
        let verify = format!("verify-logs --dir {}", self.folder.display());
        let unused = format!("unused --days {DAYS}");
        [Some(unused), usage, Some(verify)].into_iter().flatten().collect()
    }

    /// The same words for people.
    pub(super) fn show(&self, screen: &mut Screen) -> Result<(), Failure> {
        let Report { digests, logs, problems, gaps, .. } = &self.report;
        screen.heading("Logs")?;
        let total = |name: &str| self.totals.get(name).copied().unwrap_or_default();
        screen.field(
            "logs",
            &format!(
                "{} objects with {} events of {} accounts, in {}; a copy in {}",
                self.outcome.tally.listed,
                total("usage.events"),
                ACCOUNTS.len(),
                self.bucket,
                terminal(&self.folder.display().to_string())
            ),
        )?;
        screen.field(
            "verified",
            &format!(
                "{} digests and {} logs are genuine, {} problems: {} modified, {} gaps",
                digests.valid,
                logs.valid,
                problems.len(),
                logs.modified,
                gaps.len()
            ),
        )?;
        screen
            .field("unused", &format!("{} in {DAYS} days", self.answer.counted(Verdict::Unused)))?;
        if let Some((arn, time)) = &self.last {
            screen.field("last use", &format!("{} of {}", time.text(), terminal(arn.as_str())))?;
        }
        Ok(())
    }

    /// For a program.
    pub(super) fn document(&self) -> Value {
        let Report { digests, logs, problems, gaps, .. } = &self.report;
        json!({
            "bucket": self.bucket,
            "folder": self.folder.display().to_string(),
            "counters": self.outcome.tally.counters(),
            "totals": {
                "events": self.totals.get("usage.events"),
                "cells": self.totals.get("usage.cells"),
            },
            "digests": {"valid": digests.valid, "invalid": digests.invalid, "missing": digests.missing},
            "logs": {"valid": logs.valid, "modified": logs.modified, "missing": logs.missing},
            "problems": problems.len(),
            "gaps": gaps.len(),
            "unused": self.answer.counted(Verdict::Unused),
            "last_used": self.last.as_ref().map(|(arn, time)| {
                json!({"principal": arn.as_str(), "at": time.text()})
            }),
        })
    }
}
