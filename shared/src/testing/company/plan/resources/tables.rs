//! The answers of DynamoDB about streams, and those of SQS about where queues are.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::testing::{
    company::{
        plan::{Correction, Facts},
        resources::data::TABLES,
    },
    proxy::Answer,
};

/// A stream is told apart by when it was made, and that is part of its ARN: it may not depend on the day.
const LABEL: &str = "2025-03-04T05:06:07.089";

pub(super) fn all(facts: &Arc<Facts>) -> Vec<Correction> {
    vec![tables(facts), stream_policies(facts), queues(facts)]
}

fn tables(facts: &Arc<Facts>) -> Correction {
    let facts = Arc::clone(facts);
    let shows = "dates in the past, the same stream in every run";
    Correction::json("dynamodb:DescribeTable", shows, move |view, answer| {
        super::dates::in_json(&facts, view, answer);
        let Some(table) = answer.get_mut("Table").and_then(Value::as_object_mut) else { return };
        let arn = table.get("LatestStreamArn").and_then(Value::as_str);
        if let Some((table_arn, _)) = arn.and_then(|arn| arn.split_once("/stream/")) {
            let arn = format!("{table_arn}/stream/{LABEL}");
            table.insert("LatestStreamArn".to_owned(), arn.into());
            table.insert("LatestStreamLabel".to_owned(), LABEL.into());
        }
    })
}

fn stream_policies(facts: &Arc<Facts>) -> Correction {
    let facts = Arc::clone(facts);
    let shows = "the policies of streams";
    Correction::replay("dynamodb:GetResourcePolicy", shows, move |view| {
        let asked = view.json()?;
        let (arn, _) = asked.get("ResourceArn")?.as_str()?.split_once("/stream/")?;
        let table = TABLES.iter().find(|table| {
            facts.is_at(view, table.place) && arn.ends_with(&format!(":table/{}", table.name))
        });
        Some(match table.and_then(|table| table.stream_policy) {
            Some(policy) => {
                Answer::json(&json!({ "Policy": policy.render(&facts.company.accounts) }))
            }
            None => Answer::error(
                view,
                400,
                "com.amazonaws.dynamodb.v20120810#PolicyNotFoundException",
                "Resource-based policy not found for the provided ResourceArn",
            ),
        })
    })
}

/// moto names the address that it was reached at.
fn queues(facts: &Arc<Facts>) -> Correction {
    let facts = Arc::clone(facts);
    let shows = "the addresses that queues have in AWS";
    Correction::json("sqs:ListQueues", shows, move |view, answer| {
        let urls = answer.get_mut("QueueUrls").and_then(Value::as_array_mut);
        for url in urls.into_iter().flatten() {
            let name = url.as_str().and_then(|url| url.rsplit('/').next()).unwrap_or_default();
            let account = facts.account(view);
            *url = format!("https://sqs.{}.amazonaws.com/{account}/{name}", view.region).into();
        }
    })
}
