//! The locations of tables → the folders that they lie in.
//!
//! Several tables may lie in one folder, and one table in a folder of another's, so all locations are put
//! together before any folder is told: a folder is one thing, and names all tables that lie in it. What is
//! held for that is the locations, not the tables.

use std::collections::{BTreeMap, BTreeSet};

use super::location::Location;
use super::{DatabaseRef, GET_TABLES, Look, TREE, read};
use crate::aws::error::Fault;
use crate::collect::stages::Seen;
use crate::collect::{Context, Interrupted};
use crate::model::resource::{Attribute, Resource};
use crate::model::{Arn, Entity};

/// Where the tables lie.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The tables of each location, as the catalogue writes it.
    tables: BTreeMap<String, BTreeSet<Arn>>,
    /// The keys of the partitions below each location.
    partitions: BTreeMap<String, BTreeSet<Vec<String>>>,
}

impl Places {
    /// Notes where a table lies.
    pub(super) fn add(&mut self, table: &Resource) {
        let more = match table.attributes.get("additional-locations") {
            Some(Attribute::List(more)) => more.as_slice(),
            _ => &[],
        };
        let keys = partition_keys(table);
        for location in table.attributes.get("location").into_iter().chain(more) {
            if let Attribute::Text(location) = location {
                self.tables.entry(location.clone()).or_default().insert(table.arn.clone());
                if !keys.is_empty() {
                    self.partitions.entry(location.clone()).or_default().insert(keys.clone());
                }
            }
        }
    }

    /// The folders, ordered by ARN, and what could not be understood.
    fn folders(self, context: &Context) -> Seen {
        let mut folders: BTreeMap<Arn, (Resource, BTreeSet<Arn>)> = BTreeMap::new();
        let mut seen = Seen::default();
        let Self { tables, partitions } = self;
        for (location, tables) in tables {
            let Some(place) = Location::read(context.session.partition(), &location) else {
                continue;
            };
            let path = place.and_then(|place| Ok((place.path()?, place)));
            let (path, place) = match path {
                Ok(found) => found,
                Err(reason) => {
                    seen.set_aside.push((format!("location {location:?}"), reason));
                    continue;
                }
            };
            for keys in partitions.get(&location).into_iter().flatten() {
                for folder in partition_folders(&place, path.len(), keys) {
                    folders.entry(folder.arn.clone()).or_insert((folder, BTreeSet::new()));
                }
            }
            let last = path.last().map(|folder| folder.arn.clone());
            for folder in path {
                folders.entry(folder.arn.clone()).or_insert((folder, BTreeSet::new()));
            }
            if let Some((_, known)) = last.and_then(|last| folders.get_mut(&last)) {
                known.extend(tables);
            }
        }
        for (_, (mut folder, tables)) in folders {
            if !tables.is_empty() {
                let tables: Vec<Attribute> = tables.iter().map(Attribute::from).collect();
                folder.attributes.insert("tables".to_owned(), Attribute::List(tables));
            }
            seen.entities.push(Entity::Resource(folder));
        }
        seen
    }
}

/// The keys by which a table is partitioned, in their order.
fn partition_keys(table: &Resource) -> Vec<String> {
    let Some(Attribute::List(keys)) = table.attributes.get("partition-keys") else {
        return Vec::new();
    };
    let name = |key: &Attribute| match key {
        Attribute::Map(fields) => match fields.get("name") {
            Some(Attribute::Text(name)) => Some(name.clone()),
            _ => None,
        },
        _ => None,
    };
    keys.iter().filter_map(name).collect()
}

/// The folders of partitions below a location that is `depth` folders deep. A key that no ARN can carry has none.
fn partition_folders(place: &Location, depth: usize, keys: &[String]) -> Vec<Resource> {
    let names: Vec<&str> = keys.iter().map(String::as_str).collect();
    let path = place.of_partition(&names).path().unwrap_or_default();
    let below = path.into_iter().skip(depth).zip(keys).map(|(mut folder, key)| {
        folder.attributes.insert("partition-key".to_owned(), key.as_str().into());
        folder
    });
    below.collect()
}

impl Look<'_, '_> {
    /// The stage `tree`. The tables are asked for again where an earlier attempt saw some of them.
    pub(super) async fn tree(
        &mut self,
        databases: &[DatabaseRef],
        places: Option<Places>,
    ) -> Result<(), Interrupted> {
        if !self.stages.begin(self.sink, TREE) {
            return Ok(());
        }
        let places = match places {
            Some(places) => places,
            None => Box::pin(self.places_again(databases)).await?,
        };
        places.folders(self.context).tell(self.sink, TREE);
        self.stages.end(self.sink, TREE).await
    }

    async fn places_again(&mut self, databases: &[DatabaseRef]) -> Result<Places, Interrupted> {
        let mut places = Places::default();
        let trees = &self.context.options.trees;
        for database in databases {
            let (_, failure) = self
                .context
                .list(
                    &GET_TABLES,
                    |token| {
                        self.client
                            .get_tables()
                            .database_name(&database.name)
                            .set_next_token(token)
                            .send()
                    },
                    |answer| {
                        for table in answer.table_list() {
                            let is_in = trees.table_left_out(table.name()).is_none();
                            let table = read::table(self.context, database, table);
                            if let (true, Ok(table)) = (is_in, table) {
                                places.add(&table);
                            }
                        }
                        (Vec::<()>::new(), answer.next_token)
                    },
                )
                .await;
            match failure {
                // Deleted since it was listed.
                Some(failure) if failure.fault == Fault::NotFound => {}
                Some(failure) => self.sink.failed(TREE, failure)?,
                None => {}
            }
        }
        Ok(places)
    }
}
