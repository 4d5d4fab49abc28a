//! The calls: one method for each operation of DynamoDB that the store uses, counted, classified, and
//! repeated where DynamoDB did only a part.
//!
//! Every read is consistent, except of the index, which cannot be.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    KeysAndAttributes, PutRequest, ReturnConsumedCapacity, ReturnValue,
    ReturnValuesOnConditionCheckFailure, WriteRequest,
};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::error::{busy, classify, corrupt, invalid};
use super::expression::{Edit, Terms};
use super::item::{Attributes, Item, key_attributes};
use super::meter::Meter;
use crate::port::{BoxError, PortError};
use crate::store::key::{self, Key, attribute};

/// Items in one `BatchGetItem`.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html>
pub(super) const BATCH_GET_LIMIT: usize = 100;

/// Items in one `BatchWriteItem`.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html>
pub(super) const BATCH_WRITE_LIMIT: usize = 25;

/// How many calls of one piece of work are under way at once.
const AT_ONCE: usize = 4;

/// How often what DynamoDB left undone, or what met another writer, is tried again. The SDK's own
/// retries of a throttled call are beneath each.
pub(super) const TRIES: u32 = 8;

/// The table and what using it has cost.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) client: Client,
    pub(super) name: String,
    pub(super) meter: Meter,
}

/// What became of a conditional write.
#[derive(Debug)]
pub(super) enum Written {
    /// It was done; the item as it is now.
    Done(Item),
    /// The condition did not hold; the item as it was, `None` if there is none.
    Refused(Option<Item>),
}

/// A question to one partition.
#[derive(Debug, Default)]
pub(super) struct Find {
    terms: Terms,
    condition: String,
    filter: Option<String>,
    projection: Option<String>,
    limit: Option<i32>,
    after: Option<Attributes>,
    index: bool,
    newest_first: bool,
}

/// A page of the answer.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) items: Vec<Item>,
    /// Pass it to [`Find::after`] to go on.
    pub(super) next: Option<Attributes>,
}

impl Find {
    /// The items of a partition whose sort key begins with `prefix`.
    pub(super) fn beginning(partition: &str, prefix: &str) -> Self {
        let mut terms = Terms::default();
        let mut condition = terms.equal(attribute::PARTITION, super::item::text(partition));
        if !prefix.is_empty() {
            condition = format!("{condition} AND {}", terms.begins_with(attribute::SORT, prefix));
        }
        Self { terms, condition, ..Self::default() }
    }

    /// The items of a partition whose sort key is at least `from`.
    pub(super) fn starting(partition: &str, from: &str) -> Self {
        let mut terms = Terms::default();
        let condition = super::expression::all(&[
            terms.equal(attribute::PARTITION, super::item::text(partition)),
            terms.compare(attribute::SORT, ">=", super::item::text(from)),
        ]);
        Self { terms, condition, ..Self::default() }
    }

    /// The items of a partition whose sort key is at least `from` and at most `to`.
    pub(super) fn between(partition: &str, from: &str, to: &str) -> Self {
        let mut terms = Terms::default();
        let condition = super::expression::all(&[
            terms.equal(attribute::PARTITION, super::item::text(partition)),
            terms.between(attribute::SORT, super::item::text(from), super::item::text(to)),
        ]);
        Self { terms, condition, ..Self::default() }
    }

    /// The items of a partition of the index, after a sort key.
    pub(super) fn in_index(partition: &str, after: Option<&str>) -> Self {
        let mut terms = Terms::default();
        let mut condition = terms.equal(attribute::INDEX_PARTITION, super::item::text(partition));
        if let Some(after) = after {
            let later = terms.compare(attribute::INDEX_SORT, ">", super::item::text(after));
            condition = format!("{condition} AND {later}");
        }
        Self { terms, condition, index: true, ..Self::default() }
    }

    pub(super) fn only(mut self, attributes: &[&str]) -> Self {
        self.projection = Some(self.terms.projection(attributes));
        self
    }

    pub(super) fn without(mut self, attribute: &str) -> Self {
        self.filter = Some(self.terms.absent(attribute));
        self
    }

    pub(super) fn limit(mut self, limit: usize) -> Self {
        // DynamoDB refuses 0; more than a page of 1 MB holds is no limit.
        self.limit = Some(i32::try_from(limit.clamp(1, 100_000)).unwrap_or(i32::MAX));
        self
    }

    pub(super) fn after(mut self, key: Option<Attributes>) -> Self {
        self.after = key;
        self
    }

    pub(super) fn newest_first(mut self) -> Self {
        self.newest_first = true;
        self
    }
}

impl Table {
    pub(super) async fn get(&self, key: &Key) -> Result<Option<Item>, PortError> {
        self.meter.request();
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key_attributes(key)))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| classify(&self.name, "dynamodb:GetItem", error))?;
        self.meter.read(answer.item.iter().len(), answer.consumed_capacity.as_slice());
        Ok(answer.item.map(Item))
    }

    /// The items of those keys that exist, in no order.
    pub(super) async fn get_all(
        &self,
        keys: &[Key],
        attributes: Option<&[&str]>,
    ) -> Result<Vec<Item>, PortError> {
        let batches = keys.chunks(BATCH_GET_LIMIT).map(|keys| self.get_batch(keys, attributes));
        Ok(at_once(batches.collect()).await?.into_iter().flatten().collect())
    }

    async fn get_batch(
        &self,
        keys: &[Key],
        attributes: Option<&[&str]>,
    ) -> Result<Vec<Item>, PortError> {
        let mut terms = Terms::default();
        let projection = attributes.map(|attributes| terms.projection(attributes));
        let asked = KeysAndAttributes::builder()
            .set_keys(Some(keys.iter().map(key_attributes).collect()))
            .consistent_read(true)
            .set_projection_expression(projection)
            .set_expression_attribute_names(terms.into_parts().0)
            .build()
            .map_err(|error| invalid(&self.name, error))?;
        let mut items = Vec::with_capacity(keys.len());
        let mut left = Some(asked);
        for attempt in 0..TRIES {
            let Some(asked) = left.take() else { return Ok(items) };
            if attempt > 0 {
                pause(attempt).await;
            }
            self.meter.request();
            let mut answer = self
                .client
                .batch_get_item()
                .request_items(&self.name, asked)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(|error| classify(&self.name, "dynamodb:BatchGetItem", error))?;
            let found: Vec<Attributes> = answer
                .responses
                .take()
                .into_iter()
                .filter_map(|mut all| all.remove(&self.name))
                .flatten()
                .collect();
            self.meter.read(found.len(), answer.consumed_capacity());
            items.extend(found.into_iter().map(Item));
            left = answer.unprocessed_keys.and_then(|mut all| all.remove(&self.name));
        }
        if left.is_some() { Err(self.unfinished("reading")) } else { Ok(items) }
    }

    /// Writes items, whatever was there before.
    pub(super) async fn put_all(&self, items: Vec<Item>) -> Result<(), PortError> {
        let requests: Result<Vec<WriteRequest>, PortError> = items
            .into_iter()
            .map(|item| {
                let put = PutRequest::builder().set_item(Some(item.0)).build();
                let put = put.map_err(|error| invalid(&self.name, error))?;
                Ok(WriteRequest::builder().put_request(put).build())
            })
            .collect();
        let requests = requests?;
        let batches =
            requests.chunks(BATCH_WRITE_LIMIT).map(|batch| self.write_batch(batch.to_vec()));
        at_once(batches.collect()).await.map(drop)
    }

    pub(super) async fn write_batch(&self, requests: Vec<WriteRequest>) -> Result<(), PortError> {
        let mut left = requests;
        for attempt in 0..TRIES {
            if attempt > 0 {
                pause(attempt).await;
            }
            let count = left.len();
            self.meter.request();
            let answer = self
                .client
                .batch_write_item()
                .request_items(&self.name, left)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(|error| classify(&self.name, "dynamodb:BatchWriteItem", error))?;
            let capacity = answer.consumed_capacity().to_vec();
            left = answer
                .unprocessed_items
                .and_then(|mut all| all.remove(&self.name))
                .unwrap_or_default();
            self.meter.written(count.saturating_sub(left.len()), &capacity);
            if left.is_empty() {
                return Ok(());
            }
        }
        Err(self.unfinished("writing"))
    }

    /// Writes one item if its condition holds. Meeting a transaction on the same item is no answer:
    /// such a write is tried again.
    pub(super) async fn edit(&self, edit: &Edit) -> Result<Written, PortError> {
        for attempt in 0..TRIES {
            if attempt > 0 {
                pause(attempt).await;
            }
            if let Some(written) = self.try_edit(edit).await? {
                return Ok(written);
            }
        }
        Err(self.unfinished("writing"))
    }

    async fn try_edit(&self, edit: &Edit) -> Result<Option<Written>, PortError> {
        let (names, values) = edit.terms.clone().into_parts();
        self.meter.request();
        let answer = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key_attributes(&edit.key)))
            .update_expression(edit.expression())
            .set_condition_expression(edit.condition.clone())
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        let error = match answer {
            Ok(answer) => {
                self.meter.written(1, answer.consumed_capacity.as_slice());
                return Ok(Some(Written::Done(Item(answer.attributes.unwrap_or_default()))));
            }
            Err(error) => error,
        };
        if let Some(UpdateItemError::ConditionalCheckFailedException(refused)) =
            error.as_service_error()
        {
            let old = refused.item().filter(|item| !item.is_empty());
            return Ok(Some(Written::Refused(old.cloned().map(Item))));
        }
        if error.code() == Some("TransactionConflictException") {
            return Ok(None);
        }
        Err(classify(&self.name, "dynamodb:UpdateItem", error))
    }

    /// One page of an answer.
    pub(super) async fn find(&self, find: Find) -> Result<Found, PortError> {
        let (names, values) = find.terms.into_parts();
        self.meter.request();
        let answer = self
            .client
            .query()
            .table_name(&self.name)
            .set_index_name(find.index.then(|| key::INDEX.to_owned()))
            .consistent_read(!find.index)
            .key_condition_expression(find.condition)
            .set_filter_expression(find.filter)
            .set_projection_expression(find.projection)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .set_limit(find.limit)
            .set_exclusive_start_key(find.after)
            .scan_index_forward(!find.newest_first)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| classify(&self.name, "dynamodb:Query", error))?;
        let read = usize::try_from(answer.scanned_count).unwrap_or_default();
        self.meter.read(read, answer.consumed_capacity.as_slice());
        Ok(Found {
            items: answer.items.unwrap_or_default().into_iter().map(Item).collect(),
            next: answer.last_evaluated_key.filter(|key| !key.is_empty()),
        })
    }

    /// Every page of an answer; `question` is asked again for each.
    pub(super) async fn find_all(
        &self,
        question: impl Fn() -> Find + Send + Sync,
    ) -> Result<Vec<Item>, PortError> {
        let mut items = Vec::new();
        let mut after = None;
        loop {
            let found = self.find(question().after(after)).await?;
            items.extend(found.items);
            match found.next {
                Some(next) => after = Some(next),
                None => return Ok(items),
            }
        }
    }

    /// What an item holds cannot be understood.
    pub(super) fn corrupt(&self, item: &Item, source: impl Into<BoxError>) -> PortError {
        corrupt(&self.name, &item.name(), source)
    }

    /// Others, or throttling, were in the way to the end.
    pub(super) fn unfinished(&self, doing: &str) -> PortError {
        busy(&self.name, format!("{doing} was still unfinished after {TRIES} tries"))
    }
}

/// Does calls side by side, a few at once; the first failure ends it. The answers are in no order.
pub(super) async fn at_once<T>(
    calls: Vec<impl Future<Output = Result<T, PortError>>>,
) -> Result<Vec<T>, PortError> {
    stream::iter(calls).buffer_unordered(AT_ONCE).try_collect().await
}

/// Waits before try number `attempt`: longer each time, and not as long as other writers wait.
pub(super) async fn pause(attempt: u32) {
    const FIRST_MILLISECONDS: u64 = 25;
    const LONGEST_MILLISECONDS: u64 = 2_000;
    let longest = (FIRST_MILLISECONDS << attempt.min(16)).min(LONGEST_MILLISECONDS);
    // The keys of a new `RandomState` differ each time: enough to keep writers apart.
    let chance = RandomState::new().build_hasher().finish() % longest;
    tokio::time::sleep(Duration::from_millis(longest / 2 + chance / 2)).await;
}
