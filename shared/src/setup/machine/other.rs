//! What is no stack: trusted access, the notification of a bucket, a queue that runs dry. Each is set to what is wanted
//! and read back; what was there before is kept first, so that it can be put back.

use jiff::SignedDuration;

use super::super::plan::{UNDO_TRUSTED_ACCESS, undo_notification};
use super::{Broken, Next, Work};
use crate::port::setup::{Notification, TrustedAccess};

pub(super) async fn trusted_access(work: &mut Work<'_>, on: bool) -> Result<Next, Broken> {
    let is_on = work.cloud.trusted_access().await? == TrustedAccess::Enabled;
    match (on, is_on) {
        (true, true) => Ok(Next::Done),
        (true, false) => {
            work.store.keep_once(UNDO_TRUSTED_ACCESS, "off").await?;
            work.begin("enable").await?;
            work.cloud.enable_trusted_access().await?;
            Ok(Next::Waiting("trusted access is switched on".to_owned()))
        }
        (false, true) => {
            work.begin("disable").await?;
            work.cloud.disable_trusted_access().await?;
            Ok(Next::Waiting("trusted access is switched off".to_owned()))
        }
        (false, false) => {
            work.store.forget(UNDO_TRUSTED_ACCESS).await?;
            Ok(Next::Done)
        }
    }
}

/// Adds EventBridge to what is there, or takes it away again. S3 takes the whole configuration at once and knows no
/// condition, so what was read is written back and then read again: whoever writes in between is told, not overwritten
/// twice.
pub(super) async fn notification(
    work: &mut Work<'_>,
    bucket: &str,
    on: bool,
) -> Result<Next, Broken> {
    let found = work.cloud.notification(bucket).await?;
    let undo = undo_notification(bucket);
    if found.event_bridge == on {
        if !on {
            work.store.forget(&undo).await?;
        }
        return Ok(Next::Done);
    }
    if on {
        work.store.keep_once(&undo, "off").await?;
    }
    work.begin("put").await?;
    let wanted = Notification { event_bridge: on, others: found.others };
    work.cloud.put_notification(bucket, &wanted).await?;
    let after = work.cloud.notification(bucket).await?;
    if after.others != wanted.others {
        let words = format!(
            "the notifications of {bucket} changed while EventBridge was {}: look whether all are there",
            if on { "added" } else { "taken out" }
        );
        work.record.notes.push(words);
    }
    if !on {
        work.store.forget(&undo).await?;
    }
    Ok(Next::Done)
}

/// For how long a queue is waited for. Where nobody takes its messages, no waiting helps: the next inventory sees what they told of, and the next backfill the logs.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);

/// Waits until a queue is empty, for as long as that can help.
pub(super) async fn drain(work: &mut Work<'_>, queue: &str) -> Result<Next, Broken> {
    let left = work.cloud.waiting(queue).await?;
    if left == 0 {
        return Ok(Next::Done);
    }
    work.begin("wait").await?;
    if work.clock.now().duration_since(work.record.at) < PATIENCE {
        return Ok(Next::Waiting(format!("{left} messages are left in {queue}")));
    }
    work.record.notes.push(format!(
        "{left} messages were left in {queue} after {} minutes: the next inventory sees what they told of, the next backfill reads the \
         logs",
        PATIENCE.as_mins()
    ));
    Ok(Next::Done)
}
