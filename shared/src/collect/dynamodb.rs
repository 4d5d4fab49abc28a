//! DynamoDB in one region → its tables and their streams, what they are set to, and their policies.
//!
//! Of a table only what describes it is read, never an item of it.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html>

mod tables;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;

use super::resources::{self, Kept, Listed, policy, setting, text};
use super::stages::{Look, Seen, Staged, call, capability};
use super::{Call, CapabilityInfo, Context, Interrupted, Place, Tier};
use crate::aws::error::CallError;
use crate::model::resource::attributes;
use crate::model::{Arn, Kind};

/// Collects the DynamoDB tables of a region.
#[derive(Clone, Copy, Debug)]
pub struct DynamoDb;

const NAMES: &str = "table-names";
const TABLES: &str = "tables";
const BACKUPS: &str = "continuous-backups";
const POLICIES: &str = "policies";
const STREAM_POLICIES: &str = "stream-policies";

const LIST_TABLES: Call = call(
    "dynamodb:ListTables",
    NAMES,
    Tier::Three,
    "finds the tables",
    "tables and their streams altogether",
);
const DESCRIBE_TABLE: Call = call(
    "dynamodb:DescribeTable",
    TABLES,
    Tier::Three,
    "reads the key, the protection and the stream of each table; no item",
    "tables, their streams and the streams' policies",
);
const DESCRIBE_BACKUPS: Call = call(
    "dynamodb:DescribeContinuousBackups",
    BACKUPS,
    Tier::Three,
    "reads whether each table can be restored to a point in time",
    "which tables have continuous backups",
);
const GET_POLICY: Call = call(
    "dynamodb:GetResourcePolicy",
    POLICIES,
    Tier::Three,
    "reads the policy of each table",
    "who may reach a table from outside of the account",
);
const GET_STREAM_POLICY: Call = Call {
    capability: STREAM_POLICIES,
    why: "reads the policy of each stream",
    lost: "who may read a stream from outside of the account",
    ..GET_POLICY
};

#[async_trait]
impl Staged for DynamoDb {
    type Client = Client;

    const NAME: &'static str = "dynamodb";
    const PLACE: Place = Place::EachRegion;
    const CALLS: &'static [Call] =
        &[LIST_TABLES, DESCRIBE_TABLE, DESCRIBE_BACKUPS, GET_POLICY, GET_STREAM_POLICY];
    const CAPABILITIES: &'static [CapabilityInfo] = &[
        capability(NAMES, &[], None),
        capability(TABLES, &[Kind::Resource], Some(NAMES)),
        capability(BACKUPS, &[Kind::ResourceSetting], Some(NAMES)),
        capability(POLICIES, &[Kind::ResourcePolicy], Some(NAMES)),
        capability(STREAM_POLICIES, &[Kind::ResourcePolicy], Some(TABLES)),
    ];

    fn client(context: &Context) -> Client {
        context.session.dynamodb(&context.region)
    }

    async fn stages(look: &mut Look<'_, '_, Client>) -> Result<(), Interrupted> {
        let tables = Box::pin(look.list(NAMES, list)).await?;
        let streams = Kept::default();
        let describe = |context, client, table| tables::describe(context, client, table, &streams);
        Box::pin(look.each(TABLES, &tables, Arn::to_string, describe)).await?;
        Box::pin(look.each(BACKUPS, &tables, Arn::to_string, backups)).await?;
        Box::pin(look.each(POLICIES, &tables, Arn::to_string, table_policy)).await?;
        let of_stream = |context, client, table| stream_policy(context, client, table, &streams);
        Box::pin(look.each(STREAM_POLICIES, &tables, Arn::to_string, of_stream)).await?;
        Ok(())
    }
}

/// The tables, as ARNs: all that later calls need, and all that the list tells.
async fn list(context: &Context, client: &Client) -> Listed<Arn> {
    if let Some(named) = Listed::in_focus(context) {
        return named;
    }
    let (names, failure) = context
        .list(
            &LIST_TABLES,
            |last| client.list_tables().set_exclusive_start_table_name(last).send(),
            |answer| (answer.table_names.unwrap_or_default(), answer.last_evaluated_table_name),
        )
        .await;
    Listed::of_names(context, ("dynamodb", "table"), names, failure)
}

/// Whether a table can be restored to a point in time, and how far back. The earliest and the latest moment
/// move with every hour that passes, so they are no facts about the table.
async fn backups(context: &Context, client: &Client, table: &Arn) -> Result<Seen, CallError> {
    let answer = context
        .call(&DESCRIBE_BACKUPS, || {
            client.describe_continuous_backups().table_name(table.name()).send()
        })
        .await?;
    let Some(found) = answer.continuous_backups_description else {
        return Ok(Seen::aside(table.as_str(), "AWS returned no continuous backups for it"));
    };
    let recovery = found.point_in_time_recovery_description();
    let facts = attributes([
        ("status", text(Some(found.continuous_backups_status()))),
        (
            "point-in-time-recovery",
            text(recovery.and_then(|it| it.point_in_time_recovery_status())),
        ),
        (
            "recovery-period-in-days",
            resources::number(recovery.and_then(|it| it.recovery_period_in_days)),
        ),
    ]);
    Ok(Seen::one(setting(table, BACKUPS, Some(facts))))
}

async fn table_policy(context: &Context, client: &Client, table: &Arn) -> Result<Seen, CallError> {
    Ok(resource_policy(context, client, &GET_POLICY, table).await)
}

/// The policy of the stream of a table, if it has one.
async fn stream_policy(
    context: &Context,
    client: &Client,
    table: &Arn,
    streams: &Kept<Option<Arn>>,
) -> Result<Seen, CallError> {
    if streams.get(table.as_str()).is_none() {
        let seen = tables::describe(context, client, table, streams).await?;
        // What was set aside there is set aside here, or its policy would count as gone.
        if !seen.set_aside.is_empty() {
            return Ok(Seen { entities: Vec::new(), ..seen });
        }
    }
    match streams.get(table.as_str()).flatten() {
        Some(stream) => Ok(resource_policy(context, client, &GET_STREAM_POLICY, &stream).await),
        None => Ok(Seen::default()),
    }
}

async fn resource_policy(context: &Context, client: &Client, call: &Call, resource: &Arn) -> Seen {
    let answer = context
        .call(call, || client.get_resource_policy().resource_arn(resource.as_str()).send())
        .await;
    let text = answer.map(|answer| answer.policy);
    policy(resource, text, |failure| failure.has_code("PolicyNotFoundException"))
}

#[cfg(test)]
mod tests;
