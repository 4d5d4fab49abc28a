//! Digests and logs of a place → what they prove, account by account and region by region.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _};

use super::plan::{Window, last, roots};
use super::report::{Progress, in_words};
use super::run::BackfillError;
use crate::model::Timestamp;
use crate::port::{Body, DigestKeys, LogObject, Logs, PortError, Signature};
use crate::trail::digest::{
    Chains, DIGEST_CAP, DigestObject, Examined, Inflater, LogHasher, LogOutcome, Proof, PublicKeys,
    Report, examine, is_digest,
};
use crate::trail::key::{KeyKind, LogKey};
use crate::usage::day::Day;

/// The most that a log's content may be, in bytes.
const LOG_CAP: usize = 256 << 20;

/// The most that an object may be as it is stored, in bytes.
const MOST_STORED: u64 = 64 << 20;

/// How many logs of a region are looked for at once that no listing showed.
const FINDS: usize = 8;

/// Where the public keys come from.
#[derive(Debug)]
pub enum Keys {
    /// They are at hand.
    Known(PublicKeys),
    /// They are asked for, once for each region that has digests.
    Asked(Arc<dyn DigestKeys>),
}

/// CloudTrail's first day, before which there are no keys.
const FIRST: i64 = 1_384_300_800;

/// Verifies all logs of a window.
pub async fn verify(
    logs: &Arc<dyn Logs>,
    window: &Window,
    keys: Keys,
    now: Timestamp,
    at_once: usize,
    progress: &Arc<Progress>,
) -> Result<Report, BackfillError> {
    let places = places(&**logs, window).await?;
    if places.is_empty() {
        return Err(BackfillError::NoLogs(logs.name()));
    }
    progress.planned(places.len());
    let since = window.from.map(|from| from.0.saturating_mul(86_400));
    let keys = Arc::new(keys.of(&places, since, now).await?);
    let verified = futures::stream::iter(places.into_values()).map(|place| {
        let (logs, keys) = (Arc::clone(logs), Arc::clone(&keys));
        let (window, progress) = (window.clone(), Arc::clone(progress));
        let runtime = tokio::runtime::Handle::current();
        // Hashing is work for a processor: it has a thread of its own.
        tokio::task::spawn_blocking(move || {
            let found = runtime.block_on(place.verify(&*logs, &window, &keys, since, &progress));
            progress.ended();
            found
        })
    });
    let mut report = Report::default();
    let mut verified =
        verified.buffer_unordered(at_once.max(1)).map_err(|_| BackfillError::Stopped);
    while let Some(found) = verified.try_next().await? {
        report.merge(found?);
    }
    report.tell_silent(now.as_second());
    Ok(report)
}

impl Keys {
    /// The keys of all regions that have digests.
    async fn of(
        self,
        places: &BTreeMap<(String, String), Place>,
        since: Option<i64>,
        now: Timestamp,
    ) -> Result<PublicKeys, PortError> {
        let asked = match self {
            Self::Known(keys) => return Ok(keys),
            Self::Asked(asked) => asked,
        };
        let with_digests = places.iter().filter(|(_, place)| !place.digests.is_empty());
        let regions: BTreeSet<&str> =
            with_digests.map(|((_, region), _)| region.as_str()).collect();
        let mut keys = PublicKeys::default();
        for region in regions {
            let from = since.unwrap_or(FIRST);
            for key in asked.of_region(region, from, now.as_second()).await? {
                keys.add(region, &key.der, key.fingerprint.as_deref(), key.valid);
            }
        }
        Ok(keys)
    }
}

/// The region folders of an account's region: of its digests, and of its logs.
#[derive(Debug, Default)]
struct Place {
    digests: BTreeSet<String>,
    logs: BTreeSet<String>,
}

async fn places(
    logs: &dyn Logs,
    window: &Window,
) -> Result<BTreeMap<(String, String), Place>, PortError> {
    let mut places: BTreeMap<(String, String), Place> = BTreeMap::new();
    for account in accounts(logs, window).await? {
        for folder in logs.level(&account).await?.folders {
            let sample = format!("{folder}us-east-1/2000/01/01/log");
            let kind = LogKey::read(&sample).map_or(KeyKind::Other, |key| key.kind);
            if !kind.holds_calls() && kind != KeyKind::Digest {
                continue;
            }
            for region in logs.level(&folder).await?.folders {
                if !window.has_region(last(&region)) {
                    continue;
                }
                let key = (last(&account).to_owned(), last(&region).to_owned());
                let place = places.entry(key).or_default();
                let folders =
                    if kind == KeyKind::Digest { &mut place.digests } else { &mut place.logs };
                folders.insert(region);
            }
        }
    }
    Ok(places)
}

/// `…/AWSLogs/[o-id/]ACCOUNT/`.
async fn accounts(logs: &dyn Logs, window: &Window) -> Result<Vec<String>, PortError> {
    let mut accounts = Vec::new();
    for root in roots(logs, window).await? {
        for folder in logs.level(&root).await?.folders {
            if last(&folder).starts_with("o-") {
                accounts.extend(logs.level(&folder).await?.folders);
            } else {
                accounts.push(folder);
            }
        }
    }
    accounts.retain(|account| window.has_account(last(account)));
    Ok(accounts)
}

impl Place {
    async fn verify(
        self,
        logs: &dyn Logs,
        window: &Window,
        keys: &PublicKeys,
        since: Option<i64>,
        progress: &Progress,
    ) -> Result<Report, BackfillError> {
        let mut proof = self.digests(logs, window, keys, since, progress).await?;
        let mut hasher = LogHasher::new(LOG_CAP);
        for folder in &self.logs {
            for object in below(logs, folder, window).await? {
                if let Some(at) = proof.listed(&object.key) {
                    let found = whole(logs, &object).await;
                    proof.settle(at, outcome(found, &mut hasher));
                }
                progress.took(object.size);
            }
        }
        self.find_unlisted(logs, window, &mut proof, &mut hasher).await;
        Ok(proof.report())
    }

    /// Reads the digests, and holds them against each other.
    async fn digests(
        &self,
        logs: &dyn Logs,
        window: &Window,
        keys: &PublicKeys,
        since: Option<i64>,
        progress: &Progress,
    ) -> Result<Proof, BackfillError> {
        let mut chains = Chains::new(keys, since);
        let mut inflater = Inflater::new(DIGEST_CAP);
        for folder in &self.digests {
            for object in below(logs, folder, window).await? {
                progress.took(object.size);
                // Whoever copies a bucket leaves files of his own there.
                if !is_digest(&object.key) {
                    continue;
                }
                let digest = match signed(logs, &object).await {
                    Err(why) => Examined::unavailable(logs.bucket(), &object.key, &why),
                    // Gone since it was listed: whoever names it finds that it is missing.
                    Ok(None) => continue,
                    Ok(Some((body, signature))) => {
                        let digest = DigestObject {
                            bucket: logs.bucket(),
                            key: &object.key,
                            body: &body,
                            signature: signature.signature.as_deref(),
                            algorithm: signature.algorithm.as_deref(),
                        };
                        examine(&digest, keys, &mut inflater)
                    }
                };
                chains.add(digest);
            }
        }
        Ok(chains.judge())
    }

    /// Looks for the logs that a digest names and no listing showed, each by its key: those of the hour before the
    /// window, and those in folders that are not listed.
    async fn find_unlisted(
        &self,
        logs: &dyn Logs,
        window: &Window,
        proof: &mut Proof,
        hasher: &mut LogHasher,
    ) {
        let named = proof.unlisted().into_iter();
        let named = named.filter_map(|at| Some((at, Arc::clone(&proof.logs().get(at)?.key))));
        let named: Vec<(usize, Arc<str>)> =
            named.filter(|(_, key)| !self.would_list(key, window)).collect();
        let asked = named.into_iter().map(|(at, key)| async move { (at, find(logs, &key).await) });
        let mut asked = futures::stream::iter(asked).buffer_unordered(FINDS);
        while let Some((at, found)) = asked.next().await {
            proof.settle(at, outcome(found, hasher));
        }
    }

    /// Whether a listing would have shown a log, so that one it did not show is not there. A digest is read before
    /// logs are listed, and names what was delivered before it.
    fn would_list(&self, key: &str, window: &Window) -> bool {
        let in_window = LogKey::read(key).is_some_and(|read| window.has_day(Day(read.day)));
        // `…/REGION/`, `YYYY`, `MM`, `DD`, the file.
        let region = key.rsplitn(5, '/').nth(4);
        in_window && region.is_some_and(|region| self.logs.contains(&format!("{region}/")))
    }
}

/// What became of a log whose digest is to be held against it.
fn outcome(found: Result<Option<Vec<u8>>, String>, hasher: &mut LogHasher) -> LogOutcome {
    match found {
        Ok(Some(body)) => match hasher.hash(&body) {
            Ok(hash) => LogOutcome::Hash(hash),
            Err(error) => LogOutcome::Broken(error),
        },
        Ok(None) => LogOutcome::Missing,
        Err(why) => LogOutcome::Unavailable(why),
    }
}

/// All of the object of a key; `None` if there is none.
async fn find(logs: &dyn Logs, key: &str) -> Result<Option<Vec<u8>>, String> {
    match logs.find(key).await {
        Ok(Some(object)) => whole(logs, &object).await,
        Ok(None) => Ok(None),
        Err(error) => Err(in_words(&error)),
    }
}

/// All of an object; `None` if it is gone.
async fn whole(logs: &dyn Logs, object: &LogObject) -> Result<Option<Vec<u8>>, String> {
    match logs.body(object).await {
        Ok(body) => body.map(bytes).transpose(),
        Err(error) => Err(in_words(&error)),
    }
}

/// All of a digest, with what proves it; `None` if it is gone.
async fn signed(
    logs: &dyn Logs,
    object: &LogObject,
) -> Result<Option<(Vec<u8>, Signature)>, String> {
    match logs.signed(object).await {
        Ok(Some((body, signature))) => Ok(Some((bytes(body)?, signature))),
        Ok(None) => Ok(None),
        Err(error) => Err(in_words(&error)),
    }
}

/// All bytes of a body, up to what a log may have.
fn bytes(body: Body) -> Result<Vec<u8>, String> {
    let source = match body {
        Body::Whole(bytes) => return Ok(bytes),
        Body::Stream(source) => source,
    };
    let mut bytes = Vec::new();
    match source.take(MOST_STORED + 1).read_to_end(&mut bytes) {
        Ok(read) if read as u64 > MOST_STORED => Err("it is too large".to_owned()),
        Ok(_) => Ok(bytes),
        Err(error) => Err(error.to_string()),
    }
}

/// The objects of a region's folder, `…/YYYY/MM/DD/…`, in byte order.
async fn below(
    logs: &dyn Logs,
    region: &str,
    window: &Window,
) -> Result<Vec<LogObject>, PortError> {
    let mut objects = Vec::new();
    for year in logs.level(region).await?.folders {
        for month in logs.level(&year).await?.folders {
            for day in logs.level(&month).await?.folders {
                let at = LogKey::read(&format!("{day}log")).map(|key| Day(key.day));
                if at.is_some_and(|at| window.has_day(at)) {
                    objects.extend(logs.level(&day).await?.objects);
                }
            }
        }
    }
    Ok(objects)
}
