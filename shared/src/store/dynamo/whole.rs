//! Items written whole under a condition, and items deleted: for what is replaced, never edited.

use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{DeleteRequest, ReturnConsumedCapacity, ReturnValue, WriteRequest};

use super::calls::{BATCH_WRITE_LIMIT, Table, at_once};
use super::error::{classify, invalid};
use super::item::{Item, key_attributes};
use super::transaction::Condition;
use crate::port::PortError;
use crate::store::key::Key;

impl Table {
    /// Writes an item in place of what is there, if the condition holds. Says whether it did; it did not either if a
    /// transaction was in the way.
    pub(super) async fn put(&self, item: Item, condition: Condition) -> Result<bool, PortError> {
        let (expression, terms) = condition.into_parts();
        let (names, values) = terms.into_parts();
        self.meter.request();
        let answer = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item.0))
            .condition_expression(expression)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        let error = match answer {
            Ok(answer) => {
                self.meter.written(1, answer.consumed_capacity.as_slice());
                return Ok(true);
            }
            Err(error) => error,
        };
        let refused = error
            .as_service_error()
            .is_some_and(PutItemError::is_conditional_check_failed_exception);
        if refused || error.code() == Some("TransactionConflictException") {
            return Ok(false);
        }
        Err(classify(&self.name, "dynamodb:PutItem", error))
    }

    /// Deletes an item. Says whether there was one.
    pub(super) async fn delete(&self, key: &Key) -> Result<bool, PortError> {
        self.meter.request();
        let answer = self
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(key_attributes(key)))
            .return_values(ReturnValue::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| classify(&self.name, "dynamodb:DeleteItem", error))?;
        let was_there = answer.attributes.is_some_and(|old| !old.is_empty());
        self.meter.written(usize::from(was_there), answer.consumed_capacity.as_slice());
        Ok(was_there)
    }

    /// Deletes items, whether they are there or not.
    pub(super) async fn delete_all(&self, keys: &[Key]) -> Result<(), PortError> {
        let requests: Result<Vec<WriteRequest>, PortError> = keys
            .iter()
            .map(|key| {
                let delete = DeleteRequest::builder().set_key(Some(key_attributes(key))).build();
                let delete = delete.map_err(|error| invalid(&self.name, error))?;
                Ok(WriteRequest::builder().delete_request(delete).build())
            })
            .collect();
        let requests = requests?;
        let batches =
            requests.chunks(BATCH_WRITE_LIMIT).map(|batch| self.write_batch(batch.to_vec()));
        at_once(batches.collect()).await.map(drop)
    }
}
