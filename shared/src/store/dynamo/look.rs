//! The last settled look at each whole scope: one item for the scope, whatever is in it.

use std::collections::{BTreeSet, HashMap};

use super::DynamoStore;
use super::entity;
use super::expression::{Edit, any};
use super::item::{Item, ItemError, time};
use crate::model::{Look, Scope};
use crate::port::PortError;
use crate::store::key::{self, Key, attribute};

/// The looks at those scopes that were looked at.
pub(super) async fn of(
    store: &DynamoStore,
    scopes: impl IntoIterator<Item = &Scope>,
) -> Result<HashMap<Scope, Look>, PortError> {
    let managed = Scope::aws_managed();
    let scopes: BTreeSet<&Scope> = scopes.into_iter().filter(|scope| **scope != managed).collect();
    let keys: Vec<Key> = scopes.into_iter().map(key::look).collect();
    let mut looks = HashMap::with_capacity(keys.len());
    for item in store.table.get_all(&keys, None).await? {
        let (scope, look) = read(&item).map_err(|error| store.table.corrupt(&item, error))?;
        looks.insert(scope, look);
    }
    Ok(looks)
}

fn read(item: &Item) -> Result<(Scope, Look), ItemError> {
    let look = Look { from: item.time(attribute::FROM)?, seen: item.time(attribute::LAST_SEEN)? };
    Ok((entity::scope(item)?, look))
}

/// Keeps a look; a refusal means that there is a later one.
pub(super) async fn keep(store: &DynamoStore, scope: &Scope, look: Look) -> Result<(), PortError> {
    let edit = Edit::of(key::look(scope))
        .set(attribute::FROM, time(look.from))
        .set(attribute::LAST_SEEN, time(look.seen))
        .only_if(|terms| {
            let absent = terms.absent(attribute::PARTITION);
            any(&[absent, terms.at_most(attribute::FROM, time(look.from))])
        });
    store.table.edit(&edit).await.map(drop)
}
