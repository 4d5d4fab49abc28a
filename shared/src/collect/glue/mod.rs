//! The Glue catalogue of a region → its databases and tables with their columns, and, where somebody asks
//! for it, the tree of folders that the tables lie in.
//!
//! Tables are told page by page: an account may have a million of them. The text of a view is a query and
//! no metadata, so it is not kept.
//!
//! <https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog.html>

mod location;
mod read;
mod tables;
#[cfg(test)]
mod tests;
mod tree;

use async_trait::async_trait;
use aws_sdk_glue::Client;

use super::stages::{self, Seen, Staged, call, capability};
use super::{Call, CapabilityInfo, Context, Interrupted, Place, Tier, TreeSource, When};
use crate::model::{Arn, Entity, Kind};

/// The collector.
#[derive(Clone, Copy, Debug)]
pub struct Glue;

const DATABASES: &str = "databases";
const TABLES: &str = "tables";
const TREE: &str = "tree";

const GET_DATABASES: Call = call(
    "glue:GetDatabases",
    DATABASES,
    Tier::Three,
    "lists the databases of the catalogue",
    "the Glue catalogue altogether",
);
const GET_TABLES: Call = call(
    "glue:GetTables",
    TABLES,
    Tier::Three,
    "lists the tables of each database with columns, partition keys and locations",
    "tables, their columns, and the tree that is made from their locations",
);

const CALLS: &[Call] = &[GET_DATABASES, GET_TABLES];

const CAPABILITIES: &[CapabilityInfo] = &[
    capability(DATABASES, &[Kind::Resource], None),
    capability(TABLES, &[Kind::Resource], Some(DATABASES)),
    CapabilityInfo { when: When::Asked, ..capability(TREE, &[Kind::Resource], Some(TABLES)) },
];

#[async_trait]
impl Staged for Glue {
    type Client = Client;

    const NAME: &'static str = "glue";
    const PLACE: Place = Place::EachRegion;
    const CALLS: &'static [Call] = CALLS;
    const CAPABILITIES: &'static [CapabilityInfo] = CAPABILITIES;

    fn client(context: &Context) -> Client {
        context.session.glue(&context.region)
    }

    async fn stages(look: &mut Look<'_, '_>) -> Result<(), Interrupted> {
        let databases = Box::pin(look.databases()).await?;
        let found = Box::pin(look.tables(&databases)).await?;
        if look.makes_tree() {
            Box::pin(look.tree(&databases, found)).await?;
        }
        Ok(())
    }
}

type Look<'a, 's> = stages::Look<'a, 's, Client>;

/// A database, as the calls about its tables name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct DatabaseRef {
    name: String,
    arn: Arn,
}

impl Look<'_, '_> {
    /// Whether the tables' locations make the tree.
    fn makes_tree(&self) -> bool {
        self.context.options.trees.source == Some(TreeSource::Glue)
    }

    /// The stage `databases`; returns those whose tables are looked at.
    async fn databases(&mut self) -> Result<Vec<DatabaseRef>, Interrupted> {
        let told = self.stages.is_done(DATABASES);
        let (answers, failure) = self
            .context
            .list(
                &GET_DATABASES,
                |token| self.client.get_databases().set_next_token(token).send(),
                |answer| (answer.database_list, answer.next_token),
            )
            .await;
        let trees = &self.context.options.trees;
        let mut seen = Seen::default();
        let mut databases = Vec::new();
        for answer in &answers {
            if let Some(filter) = trees.database_left_out(answer.name()) {
                self.sink.excluded(DATABASES, filter);
                continue;
            }
            match read::database(self.context, answer) {
                Ok(database) => {
                    let (name, arn) = (database.name.clone(), database.arn.clone());
                    databases.push(DatabaseRef { name, arn });
                    seen.entities.push(Entity::Resource(database));
                }
                Err(reason) if !told => {
                    let what = format!("database {:?}", answer.name());
                    self.stages.set_aside(self.sink, DATABASES, &what, &reason);
                }
                Err(_) => {}
            }
        }
        databases.sort();
        databases.dedup();
        if !told {
            seen.tell(self.sink, DATABASES);
        }
        if let Some(failure) = failure {
            self.sink.failed(DATABASES, failure)?;
        }
        if !told {
            self.stages.end(self.sink, DATABASES).await?;
        }
        Ok(databases)
    }
}
