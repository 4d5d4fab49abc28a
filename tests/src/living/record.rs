//! The record that CloudTrail writes of a call.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>

use accesstrail_shared::model::Timestamp;
use accesstrail_shared::port::Clock as _;
use serde_json::{Value, json};

use super::{Inside, REGION};

/// A call, as CloudTrail tells it.
#[derive(Clone, Debug)]
pub struct Told {
    /// The account that it was made in.
    pub account: String,
    /// Whether it was done.
    pub done: bool,
    /// The record.
    pub record: Value,
}

impl Told {
    /// A call of somebody at a moment; `outcome` is what AWS answered, or the code of its error.
    pub fn new(
        (account, source, operation): (&str, &str, &str),
        (at, number): (Timestamp, u64),
        request: &Value,
        outcome: &Result<Value, &str>,
    ) -> Self {
        let global = matches!(source, "iam" | "organizations");
        let reads = ["Get", "List", "Describe"].iter().any(|verb| operation.starts_with(verb));
        let second = Timestamp::from_second(at.as_second()).unwrap_or(at);
        let mut record = json!({
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "AssumedRole",
                "principalId": "AROAEXAMPLE:ana",
                "arn": format!("arn:aws:sts::{account}:assumed-role/admin/ana"),
                "accountId": account,
            },
            "eventTime": second.to_string(),
            "eventSource": format!("{source}.amazonaws.com"),
            "eventName": operation,
            "awsRegion": if global { "us-east-1" } else { REGION },
            "sourceIPAddress": "192.0.2.7",
            "userAgent": "aws-cli/2",
            "requestParameters": request,
            "responseElements": outcome.as_ref().ok().cloned(),
            "eventID": format!("11112222-3333-4444-5555-{number:012}"),
            "readOnly": reads,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": account,
            "eventCategory": "Management",
        });
        if let Err(code) = outcome {
            record["errorCode"] = json!(code);
            record["errorMessage"] = json!("x");
        }
        Self { account: account.to_owned(), done: outcome.is_ok(), record }
    }

    /// The body of the message that EventBridge makes of it.
    pub fn envelope(&self) -> Value {
        json!({
            "version": "0",
            "id": self.record["eventID"],
            "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.iam",
            "account": self.account,
            "time": self.record["eventTime"],
            "region": self.record["awsRegion"],
            "resources": [],
            "detail": self.record,
        })
    }
}

impl Inside {
    /// Makes a call and leaves its record.
    pub(super) fn perform(
        &mut self,
        account: &str,
        source: &str,
        operation: &str,
        request: &Value,
    ) -> bool {
        let pause = self.dice.below(1_500);
        self.clock.pass(i64::try_from(pause).unwrap());
        let (now, number) = (self.clock.now(), self.next_id());
        let (second, id) = (now.as_second(), format!("{number:017}"));
        let outcome = match source {
            "iam" => self.iam.get_mut(account).unwrap().change(operation, request, second, &id),
            "organizations" => self.tree.change(operation, request, &id),
            _ => self.people.change(operation, request, &id),
        };
        let told = Told::new((account, source, operation), (now, number), request, &outcome);
        if told.done && self.left > 0 {
            self.left -= 1;
        }
        let done = told.done;
        self.told.push(told);
        done
    }

    pub(super) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}
