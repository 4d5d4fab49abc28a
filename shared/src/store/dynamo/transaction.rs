//! Transactions: writes that happen all or not at all, and what was in the way if they did not.
//!
//! The SDK gives every call a `ClientRequestToken` and keeps it over its retries, so a transaction whose
//! answer was lost is not refused by its own first try. A transaction that was refused is never sent
//! again as it was: whoever made it looks again and decides again.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    ConditionCheck, Delete, Put, ReturnConsumedCapacity, TransactWriteItem, Update,
};

use super::calls::Table;
use super::error::{classify, invalid};
use super::expression::{Edit, Terms};
use super::item::{Item, key_attributes};
use crate::port::PortError;
use crate::store::key::Key;

/// Items in one `TransactWriteItems`.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
pub(super) const ITEM_LIMIT: usize = 100;

/// Bytes of content in one `TransactWriteItems`: half of the 4 MB that all its items together may have,
/// because there is more in an item than its content, and because contents grow on their way.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-dynamodb-transactions>
pub(super) const BYTE_LIMIT: usize = 2_000_000;

/// What a transaction does to one item.
#[derive(Clone, Debug)]
pub(super) enum Action {
    /// Writes it whole.
    Put(Item, Option<Condition>),
    /// Changes some of its attributes.
    Edit(Edit),
    /// Takes it away.
    Delete(Key, Condition),
    /// Only looks.
    Check(Key, Condition),
}

/// What must be true of an item.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    terms: Terms,
    expression: String,
}

impl Condition {
    pub(super) fn new(expression: impl FnOnce(&mut Terms) -> String) -> Self {
        let mut terms = Terms::default();
        let expression = expression(&mut terms);
        Self { terms, expression }
    }

    /// The expression and its placeholders.
    pub(super) fn into_parts(self) -> (String, Terms) {
        (self.expression, self.terms)
    }
}

/// What became of a transaction.
#[derive(Debug)]
pub(super) enum Outcome {
    /// All of it was done.
    Done,
    /// Nothing of it was done; for each action whether its condition did not hold. Where none did not,
    /// other transactions or throttling were in the way.
    Refused(Vec<bool>),
}

/// A transaction was refused for a reason that no repetition removes.
#[derive(Debug, thiserror::Error)]
#[error("a transaction was refused: {0}")]
struct Impossible(String);

impl Table {
    pub(super) async fn transact(&self, actions: Vec<Action>) -> Result<Outcome, PortError> {
        let count = actions.len();
        let actions: Result<Vec<TransactWriteItem>, PortError> =
            actions.into_iter().map(|action| self.request(action)).collect();
        self.meter.request();
        let answer = self
            .client
            .transact_write_items()
            .set_transact_items(Some(actions?))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        let error = match answer {
            Ok(answer) => {
                self.meter.written(count, answer.consumed_capacity());
                return Ok(Outcome::Done);
            }
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                let reasons = cancelled.cancellation_reasons();
                let reasons = reasons.iter().map(|reason| (reason.code(), reason.message()));
                refusals(reasons).map_err(|error| invalid(&self.name, error))
            }
            _ => Err(classify(&self.name, "dynamodb:TransactWriteItems", error)),
        }
    }

    fn request(&self, action: Action) -> Result<TransactWriteItem, PortError> {
        let builder = TransactWriteItem::builder();
        let built = match action {
            Action::Put(item, condition) => {
                let mut put = Put::builder().table_name(&self.name).set_item(Some(item.0));
                if let Some(Condition { terms, expression }) = condition {
                    let (names, values) = terms.into_parts();
                    put = put
                        .condition_expression(expression)
                        .set_expression_attribute_names(names)
                        .set_expression_attribute_values(values);
                }
                put.build().map(|put| builder.put(put).build())
            }
            Action::Edit(edit) => {
                let expression = edit.expression();
                let (names, values) = edit.terms.into_parts();
                Update::builder()
                    .table_name(&self.name)
                    .set_key(Some(key_attributes(&edit.key)))
                    .update_expression(expression)
                    .set_condition_expression(edit.condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()
                    .map(|update| builder.update(update).build())
            }
            Action::Delete(key, Condition { terms, expression }) => {
                let (names, values) = terms.into_parts();
                Delete::builder()
                    .table_name(&self.name)
                    .set_key(Some(key_attributes(&key)))
                    .condition_expression(expression)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()
                    .map(|delete| builder.delete(delete).build())
            }
            Action::Check(key, Condition { terms, expression }) => {
                let (names, values) = terms.into_parts();
                ConditionCheck::builder()
                    .table_name(&self.name)
                    .set_key(Some(key_attributes(&key)))
                    .condition_expression(expression)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()
                    .map(|check| builder.condition_check(check).build())
            }
        };
        built.map_err(|error| invalid(&self.name, error))
    }
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html#API_TransactWriteItems_Errors>
fn refusals<'a>(
    reasons: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>,
) -> Result<Outcome, Impossible> {
    let mut refused = Vec::new();
    for (code, message) in reasons {
        match code.unwrap_or("None") {
            "ConditionalCheckFailed" => refused.push(true),
            "None"
            | "TransactionConflict"
            | "ThrottlingError"
            | "ProvisionedThroughputExceeded" => refused.push(false),
            other => {
                return Err(Impossible(format!("{other}: {}", message.unwrap_or_default())));
            }
        }
    }
    Ok(Outcome::Refused(refused))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_told_apart() {
        let reasons = [
            (Some("None"), None),
            (Some("ConditionalCheckFailed"), Some("The conditional request failed")),
            (Some("TransactionConflict"), None),
            (None, None),
        ];
        let Ok(Outcome::Refused(refused)) = refusals(reasons.into_iter()) else {
            panic!("refused, and for reasons that pass")
        };
        assert_eq!(refused, [false, true, false, false]);
        let reasons = [(Some("ValidationError"), Some("Item size has exceeded"))];
        let error = refusals(reasons.into_iter()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a transaction was refused: ValidationError: Item size has exceeded"
        );
    }
}
