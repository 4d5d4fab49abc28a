//! The tables of the databases, page by page.

use aws_sdk_glue::types::Table;
use serde::{Deserialize, Serialize};

use super::tree::Places;
use super::{DatabaseRef, GET_TABLES, Look, TABLES, read};
use crate::aws::error::{CallError, Fault};
use crate::collect::Interrupted;
use crate::collect::context::{Pager, Turn};
use crate::collect::stages::{self, Luck, Seen};
use crate::model::Entity;

/// Where the lists of tables are.
#[derive(Debug, Serialize, Deserialize)]
struct Reached {
    /// The database.
    database: String,
    /// The token of the next page; `None` when the database's list has ended.
    token: Option<String>,
}

/// How the list of a database ended.
enum Ended {
    /// With its last page.
    Whole,
    /// With a failure.
    Early(CallError),
    /// AWS does not take the token any more.
    TokenRefused(CallError),
}

/// What the stage carries from page to page.
#[derive(Default)]
struct Walk {
    /// Told after what was seen: a refusal among answers leaves the tables partial, not denied.
    failures: Vec<CallError>,
    places: Places,
}

impl Look<'_, '_> {
    /// The stage `tables`; returns where they lie, unless an earlier attempt saw some of them.
    pub(super) async fn tables(
        &mut self,
        databases: &[DatabaseRef],
    ) -> Result<Option<Places>, Interrupted> {
        if !self.stages.begin(self.sink, TABLES) {
            return Ok(None);
        }
        let reached: Option<Reached> =
            self.stages.after(TABLES).and_then(|after| serde_json::from_str(after).ok());
        let mut is_whole = reached.is_none();
        let mut walk = Walk::default();
        if self.tables_after(databases, reached, &mut walk).await?.is_some() {
            // A token is perishable. What was told is told again, so it must not count twice.
            self.sink.start_over(TABLES);
            (is_whole, walk) = (true, Walk::default());
            let refused = self.tables_after(databases, None, &mut walk).await?;
            walk.failures.extend(refused);
        }
        for failure in walk.failures {
            self.sink.failed(TABLES, failure)?;
        }
        self.stages.end(self.sink, TABLES).await?;
        Ok(is_whole.then_some(walk.places))
    }

    /// Tells the tables of all databases from `reached` on. Returns the failure if a token was refused.
    async fn tables_after(
        &mut self,
        databases: &[DatabaseRef],
        reached: Option<Reached>,
        walk: &mut Walk,
    ) -> Result<Option<CallError>, Interrupted> {
        let mut luck = Luck::default();
        for database in databases {
            let token = match &reached {
                Some(reached) if database.name < reached.database => continue,
                Some(reached) if database.name == reached.database => match &reached.token {
                    Some(token) => Some(token.clone()),
                    None => continue,
                },
                _ => None,
            };
            match Box::pin(self.tables_of(database, token, walk)).await? {
                Ended::Whole => luck.answered(),
                Ended::TokenRefused(failure) => return Ok(Some(failure)),
                // Deleted since it was listed.
                Ended::Early(failure) if failure.fault == Fault::NotFound => luck.answered(),
                Ended::Early(failure) => {
                    let gave_up = luck.gave_up_after(&failure);
                    walk.failures.push(failure);
                    if gave_up {
                        break;
                    }
                    continue;
                }
            }
            self.page(database, None, walk).await?;
        }
        Ok(None)
    }

    async fn tables_of(
        &mut self,
        database: &DatabaseRef,
        token: Option<String>,
        walk: &mut Walk,
    ) -> Result<Ended, Interrupted> {
        let mut pager = Pager::new(token);
        loop {
            let token = pager.token().map(str::to_owned);
            let answer = self
                .context
                .call_page(&GET_TABLES, token.as_deref(), || {
                    self.client
                        .get_tables()
                        .database_name(&database.name)
                        .set_next_token(token.clone())
                        .send()
                })
                .await;
            let answer = match answer {
                Ok(answer) => answer,
                Err(failure) if failure.fault == Fault::TokenRefused => {
                    return Ok(Ended::TokenRefused(failure));
                }
                Err(failure) => return Ok(Ended::Early(failure)),
            };
            self.tell(database, answer.table_list(), &mut walk.places);
            match pager.turn(answer.next_token) {
                Turn::End => return Ok(Ended::Whole),
                Turn::Loop => return Ok(Ended::Early(self.context.paging_loop(&GET_TABLES))),
                Turn::Page => self.page(database, pager.token(), walk).await?,
            }
        }
    }

    /// Tells a page of tables.
    fn tell(&mut self, database: &DatabaseRef, tables: &[Table], places: &mut Places) {
        let mut seen = Seen::default();
        for table in tables {
            if let Some(filter) = self.context.options.trees.table_left_out(table.name()) {
                self.sink.excluded(TABLES, filter);
                continue;
            }
            match read::table(self.context, database, table) {
                Ok(resource) => {
                    if self.makes_tree() {
                        places.add(&resource);
                    }
                    seen.entities.push(Entity::Resource(resource));
                }
                Err(reason) => {
                    let what = format!("table {:?} of {}", table.name(), database.arn);
                    seen.set_aside.push((what, reason));
                }
            }
        }
        for (what, reason) in std::mem::take(&mut seen.set_aside) {
            self.stages.set_aside(self.sink, TABLES, &what, &reason);
        }
        seen.tell(self.sink, TABLES);
    }

    /// Saves what was told, the failures among it, and the place that was reached.
    async fn page(
        &mut self,
        database: &DatabaseRef,
        token: Option<&str>,
        walk: &mut Walk,
    ) -> Result<(), Interrupted> {
        // Whether they leave a part or nothing is not known before anything is seen, and a place to go on
        // from would forget them.
        if !walk.failures.is_empty() && !self.sink.has_seen(TABLES) {
            return self.sink.page(None).await;
        }
        for failure in walk.failures.drain(..) {
            self.sink.failed(TABLES, failure)?;
        }
        let reached = Reached { database: database.name.clone(), token: token.map(str::to_owned) };
        // Strings always have a form.
        let reached = serde_json::to_string(&reached).unwrap_or_default();
        self.sink.page(Some(stages::reached(TABLES, &reached))).await
    }
}
