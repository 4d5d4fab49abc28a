//! What was read again because of events, and notices.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::DynamoStore;
use super::calls::{TRIES, Written, pause};
use super::entity::{self, Because, HEAD, Log};
use super::error::unreadable;
use super::expression::Edit;
use super::item::{Item, ItemError, number, text, time};
use super::pages::{self, contents, same_revision};
use super::transaction::{Action, Outcome};
use super::{look, reading};
use crate::form;
use crate::model::{Change, ChangeKind, Notice, NoticeKind, Scope};
use crate::port::{EventStore, Gone, PortError, Reread, RereadSaved};
use crate::store::burial::Burial;
use crate::store::key::{self, attribute};

#[async_trait]
impl EventStore for DynamoStore {
    async fn save_reread(&self, reread: &Reread) -> Result<RereadSaved, PortError> {
        let form = form::write_cause(&reread.event)
            .map_err(|error| unreadable(&self.table.name, &reread.event.id, error))?;
        let because = Because::Event(&reread.event, &form);
        let saved = pages::save_because(self, because, &reread.seen).await?;
        let (mut deleted, mut met) = (0, BTreeSet::new());
        for gone in reread.gone.iter().filter(|gone| gone.scope != Scope::aws_managed()) {
            match bury(self, because, gone).await? {
                Burial::Done => deleted += 1,
                Burial::Needless => {}
                Burial::Met => {
                    met.insert(gone.id.clone());
                }
            }
        }
        Ok(RereadSaved { saved, deleted, met })
    }

    /// The index follows the table within moments: what was saved just now may not be in it yet, so whoever sends
    /// changes on right after saving them asks again after a failure, not instead of one.
    async fn changes_of_event(&self, event: &str) -> Result<Vec<Change>, PortError> {
        reading::changes_of_event(self, event).await
    }

    async fn put_notices(&self, notices: &[Notice]) -> Result<(), PortError> {
        for notice in notices {
            put(self, notice).await?;
        }
        Ok(())
    }

    async fn notices(&self) -> Result<Vec<Notice>, PortError> {
        let items = self.table.find_all(|| super::calls::Find::beginning(key::NOTICES, "")).await?;
        let read = |item: &Item| notice(item).map_err(|error| self.table.corrupt(item, error));
        let mut notices: Vec<Notice> = items.iter().map(read).collect::<Result<_, _>>()?;
        notices.sort_by(|a, b| (a.kind.word(), &a.about).cmp(&(b.kind.word(), &b.about)));
        Ok(notices)
    }
}

/// Tombstones what AWS said is gone, unless it was observed at that moment or later, or is not what was known.
async fn bury(store: &DynamoStore, because: Because<'_>, gone: &Gone) -> Result<Burial, PortError> {
    let looks = look::of(store, [&gone.scope]).await?;
    let look = looks.get(&gone.scope).copied();
    if look.is_some_and(|look| look.from >= gone.observed) {
        return Ok(Burial::Needless);
    }
    let key = key::entity(&gone.scope, &gone.id);
    for attempt in 0..TRIES {
        if attempt > 0 {
            pause(attempt).await;
        }
        let keys = [key.clone()];
        let items = store.table.get_all(&keys, Some(&HEAD)).await?;
        let Some(item) = items.first() else { return Ok(Burial::Needless) };
        let head = entity::head(item).map_err(|error| store.table.corrupt(item, error))?;
        if head.observed >= gone.observed {
            return Ok(Burial::Needless);
        }
        if head.deleted.is_some() {
            // What is deleted is deleted since then, and still is: what was seen between does not undo it.
            let edit = Edit::of(key.clone())
                .set(attribute::OBSERVED, time(gone.observed))
                .only_if(|terms| same_revision(terms, &head));
            match store.table.edit(&edit).await? {
                Written::Done(_) => return Ok(Burial::Needless),
                Written::Refused(_) => continue,
            }
        }
        if head.hash != gone.hash {
            return Ok(Burial::Met);
        }
        let content = match contents(store, &keys).await?.remove(&key) {
            Some((revision, content)) if revision == head.revision => content,
            _ => continue,
        };
        let revision = head.revision + 1;
        let last_seen = look.map_or(head.last_seen, |look| look.seen.max(head.last_seen));
        let edit = Edit::of(key.clone())
            .set(attribute::DELETED, time(gone.observed))
            .set(attribute::OBSERVED, time(gone.observed))
            .set(attribute::LAST_SEEN, time(last_seen))
            .set(attribute::REVISION, number(revision))
            .remove(attribute::MISSED_BY)
            .only_if(|terms| same_revision(terms, &head));
        let log = Log {
            because,
            kind: ChangeKind::Deleted,
            at: gone.observed,
            revision,
            before: Some((head.hash.clone(), content)),
            after_hash: None,
        };
        let actions = vec![Action::Edit(edit), Action::Put(log.item(&gone.scope, &gone.id), None)];
        if matches!(store.table.transact(actions).await?, Outcome::Done) {
            return Ok(Burial::Done);
        }
    }
    Err(store.table.unfinished("saving a deletion"))
}

/// Keeps a notice, unless a later one is there. Others may put one meanwhile.
async fn put(store: &DynamoStore, new: &Notice) -> Result<(), PortError> {
    let key = key::notice(new.kind.word(), &new.about);
    let form = form::write_cause(&new.event)
        .map_err(|error| unreadable(&store.table.name, &new.event.id, error))?;
    for attempt in 0..TRIES {
        if attempt > 0 {
            pause(attempt).await;
        }
        let known = store.table.get(&key).await?;
        let edit = Edit::of(key.clone())
            .set(attribute::KIND, text(new.kind.word()))
            .set(attribute::ABOUT, text(&new.about))
            .set(attribute::REASON, text(&new.what))
            .set(attribute::EVENT, text(&form));
        let edit = match &known {
            None => edit.only_if(|terms| terms.absent(attribute::PARTITION)),
            Some(item) => {
                let old = notice(item).map_err(|error| store.table.corrupt(item, error))?;
                if !new.replaces(&old) {
                    return Ok(());
                }
                let event = item.some_text(attribute::EVENT).unwrap_or_default().to_owned();
                edit.only_if(|terms| terms.equal(attribute::EVENT, text(event)))
            }
        };
        if matches!(store.table.edit(&edit).await?, Written::Done(_)) {
            return Ok(());
        }
    }
    Err(store.table.unfinished("saving a notice"))
}

fn notice(item: &Item) -> Result<Notice, ItemError> {
    let word = item.text(attribute::KIND)?;
    let kind = NoticeKind::ALL.into_iter().find(|kind| kind.word() == word);
    Ok(Notice {
        kind: kind.ok_or_else(|| ItemError::new(attribute::KIND, "a kind of notice"))?,
        about: item.text(attribute::ABOUT)?.to_owned(),
        what: item.text(attribute::REASON)?.to_owned(),
        event: entity::event(item)?,
    })
}
