//! Every key and every attribute name of the DynamoDB table. Nowhere else is one spelled.
//!
//! | item | partition | sort |
//! |---|---|---|
//! | entity | `scope#<scope>` | `entity#<kind>:<key>` |
//! | change | `scope#<scope>` | `change#<kind>:<key>#<revision>` |
//! | kind of a scope | `scopes` | `<scope>#<kind>:` |
//! | last look at a scope | `scope#<scope>` | `look` |
//! | latest coverage | `coverage#<shard>` | `<scope>` |
//! | run | `runs` | `<run>` |
//! | unit of a run | `run#<run>` | `unit#<plan>#<unit>` |
//! | a unit's coverage | `run#<run>` | `coverage#<unit>` |
//! | delivery of a run to a sink | `feed#<sink>` | `<run>` |
//! | marks of a page | `seen#<run>#<unit>` | `<page>#<chunk>`, `…#<unit of the page>` if another |
//! | account with usage or logs | `usage` | `account#<account>` |
//! | cell | `usage#<account>#<period>` | `cell#<hour>` |
//! | logs of a day | `usage#<account>#<period>` | `log#<day>#<region>` |
//! | part of a large cell's, or day's, body | as its cell | `part#<sort key>#<revision>#<hash>#<number>` |
//! | backfill | `log-runs` | `<run>` |
//! | unit of a backfill that ended | `log-run#<run>` | `unit#<unit>` |
//! | object that was set aside | `aside` | `object#<object>` |
//! | notice | `notices` | `<kind>#<about>` |
//! | finding | `findings` | `<hash of its id>` |
//! | set-ups | `setup`, `setup#<run>` | see [`setup`] |
//!
//! Changes that a run made are in the index [`INDEX`] too, under `run#<run>#<shard>` and
//! `<scope>#<kind>:<key>#<revision>`; those that an event led to, under `event#<event>`. Cells and days of logs are there under `usage#<account>`, with their sums as the
//! sort key: `cell#<events>`, `log#<objects>#<bytes>#<records>#<calls>#<unreadable>`.
//!
//! INVARIANT: `#` separates and nothing that is joined contains it. It sorts before every character of
//! a scope, so that keys are in the order of their parts.

pub mod setup;
pub mod usage;

use percent_encoding::{AsciiSet, percent_decode_str, utf8_percent_encode};

use crate::form;
use crate::model::id::IdError;
use crate::model::{EntityId, FindingId, Kind, RunId, Scope, Unit};

/// The attributes of all items.
pub mod attribute {
    /// The partition key.
    pub const PARTITION: &str = "pk";
    /// The sort key.
    pub const SORT: &str = "sk";
    /// The partition key of the index.
    pub const INDEX_PARTITION: &str = "run_pk";
    /// The sort key of the index.
    pub const INDEX_SORT: &str = "run_sk";
    /// When an item is garbage, in seconds since 1970: DynamoDB deletes it some time later.
    pub const EXPIRES: &str = "expires";

    /// The whole id of an entity, where the sort key holds only its beginning and a hash.
    pub const ID: &str = "id";
    /// The content hash.
    pub const HASH: &str = "hash";
    /// The content: JSON text, or that text compressed.
    pub const BODY: &str = "body";
    /// The form version of the content.
    pub const FORM: &str = "form";
    /// How often the entity became different: what writers compare.
    pub const REVISION: &str = "revision";
    /// When the entity was first seen.
    pub const FIRST_SEEN: &str = "first_seen";
    /// When the entity was last seen.
    pub const LAST_SEEN: &str = "last_seen";
    /// When the content became different.
    pub const CHANGED: &str = "changed";
    /// When AWS was asked.
    pub const OBSERVED: &str = "observed";
    /// What was observed before this is older than the last look at its scope.
    pub const FROM: &str = "from";
    /// When the entity was found deleted.
    pub const DELETED: &str = "deleted";
    /// The run that did not see the deleted entity.
    pub const MISSED_BY: &str = "missed_by";

    /// What became different.
    pub const KIND: &str = "kind";
    /// When a change was observed, or coverage recorded.
    pub const AT: &str = "at";
    /// The hash before a change.
    pub const BEFORE_HASH: &str = "before_hash";
    /// The hash after a change.
    pub const AFTER_HASH: &str = "after_hash";
    /// The content before a change.
    pub const BEFORE: &str = "before";
    /// The form version of the content before a change.
    pub const BEFORE_FORM: &str = "before_form";

    /// The run that coverage comes from.
    pub const RUN: &str = "run";
    /// The event that a change names, or a notice, as JSON.
    pub const EVENT: &str = "event";
    /// What a notice is about.
    pub const ABOUT: &str = "about";

    /// What started a run.
    pub const TRIGGER: &str = "trigger";
    /// A run's options.
    pub const OPTIONS: &str = "options";
    /// Where a run stands.
    pub const STATE: &str = "state";
    /// When a run started.
    pub const STARTED: &str = "started";
    /// When a run was closed.
    pub const FINISHED: &str = "finished";
    /// How many units a run has.
    pub const PLANNED: &str = "planned";
    /// How many units have ended (of a run); when a unit ended is not told, only that it did.
    pub const ENDED: &str = "ended";
    /// How often the planning of a run was begun.
    pub const PLANS: &str = "plans";
    /// The planning whose units are the run's.
    pub const PLAN: &str = "plan";
    /// What a counter's attribute begins with. Counters are attributes of their own, because `ADD`
    /// works on top-level attributes only.
    pub const COUNTER: &str = "count:";

    /// Who holds a unit, or the closing of a run.
    pub const OWNER: &str = "owner";
    /// Until when it is held.
    pub const UNTIL: &str = "until";
    /// How often it was claimed.
    pub const ATTEMPT: &str = "attempt";
    /// Where a unit goes on.
    pub const CURSOR: &str = "cursor";
    /// The page that left the cursor.
    pub const CURSOR_PAGE: &str = "cursor_page";
    /// How many pages a unit has saved: the highest number, and one more.
    pub const PAGES: &str = "pages";
    /// The numbers of the pages that a unit has saved.
    pub const SAVED: &str = "saved";

    /// How many events of a run a sink accepted.
    pub const SENT: &str = "sent";
    /// How many events of a run were set aside.
    pub const SET_ASIDE: &str = "set_aside";
    /// Both together: how many of a run's changes are done with.
    pub const POSITION: &str = "position";

    /// The marks of a page: for each capability the hashes of what was seen.
    pub const MARKS: &str = "marks";
    /// How many items the marks of a page are spread over.
    pub const CHUNKS: &str = "chunks";

    /// The periods of an account that have a cell.
    pub const CELL_PERIODS: &str = "cell_periods";
    /// The periods of an account that have a log.
    pub const LOG_PERIODS: &str = "log_periods";
    /// An account's name, where a key holds only its beginning and a hash.
    pub const ACCOUNT: &str = "account";
    /// A region's name, where the sort key holds only its beginning and a hash.
    pub const REGION: &str = "region";
    /// How many items a body that is not in its own item is spread over.
    pub const PARTS: &str = "parts";
    /// Of how many log objects something was made.
    pub const OBJECTS: &str = "objects";
    /// How many events a cell has.
    pub const EVENTS: &str = "events";
    /// The hours of a day that have a log.
    pub const HOURS: &str = "hours";
    /// How large log objects are together.
    pub const BYTES: &str = "bytes";
    /// How many records log objects have.
    pub const RECORDS: &str = "records";
    /// How many of their records are calls.
    pub const CALLS: &str = "calls";
    /// How many of their records cannot be read.
    pub const UNREADABLE: &str = "unreadable";
    /// The name of a log object that was set aside, where the sort key holds only its beginning and a hash.
    pub const OBJECT: &str = "object";
    /// Why it was set aside.
    pub const REASON: &str = "reason";
}

/// The partition of findings.
pub const FINDINGS: &str = "findings";

/// A finding. Ids may be any text, so the key has its hash.
pub fn finding(id: &FindingId) -> Key {
    Key { partition: FINDINGS.to_owned(), sort: form::hash(&id.to_string()) }
}

/// The index over changes by the run that made them.
pub const INDEX: &str = "by-run";

/// Over how many partitions the latest coverage, and the changes of one run, are spread: a partition
/// takes 1,000 write units a second, and a first run writes every entity's change.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html>
pub const SHARDS: u8 = 8;

/// The longest sort key.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-partition-sort-keys>
pub const SORT_KEY_LIMIT: usize = 1024;

/// The longest escaped id inside a sort key: what [`SORT_KEY_LIMIT`] leaves beside a scope, a revision
/// and separators. A longer one is cut and ends in [`CUT`] and the hash of the whole.
pub const ID_LIMIT: usize = 800;

/// Between the beginning and the hash of an id that was cut.
const CUT: char = '~';

/// The length of [`form::hash`].
const HASH_LENGTH: usize = 32;

/// What cannot stand for itself in a key: the separator, the mark of a cut id and the escape.
const ESCAPED: &AsciiSet = &AsciiSet::EMPTY.add(b'#').add(b'~').add(b'%');

const SCOPE: &str = "scope#";
const ENTITY: &str = "entity#";
const CHANGE: &str = "change#";
const UNIT: &str = "unit#";
const COVERAGE: &str = "coverage#";

/// The partition of all runs.
pub const RUNS: &str = "runs";

/// The partition of the list of scopes and the kinds in them.
pub const SCOPES: &str = "scopes";

/// The primary key of an item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The partition key.
    pub partition: String,
    /// The sort key.
    pub sort: String,
}

/// The partition of a scope's entities and changes.
pub fn scope_partition(scope: &Scope) -> String {
    format!("{SCOPE}{}", scope_text(scope))
}

/// The scope whose partition it is.
pub fn scope_of(partition: &str) -> Result<Scope, IdError> {
    partition.strip_prefix(SCOPE).unwrap_or(partition).replace('#', "/").parse()
}

/// An entity.
pub fn entity(scope: &Scope, id: &EntityId) -> Key {
    Key { partition: scope_partition(scope), sort: format!("{ENTITY}{}", id_text(id)) }
}

/// What the sort keys of all entities of a scope, or of those of one kind, begin with.
pub fn entity_prefix(kind: Option<Kind>) -> String {
    kind.map_or_else(|| ENTITY.to_owned(), |kind| format!("{ENTITY}{kind}:"))
}

/// One change of an entity.
pub fn change(scope: &Scope, id: &EntityId, revision: u64) -> Key {
    Key { partition: scope_partition(scope), sort: format!("{}{revision:010}", change_prefix(id)) }
}

/// What the sort keys of an entity's changes begin with.
pub fn change_prefix(id: &EntityId) -> String {
    format!("{CHANGE}{}#", id_text(id))
}

/// The entity that an entity's or a change's sort key names; `whole` is the item's [`attribute::ID`].
pub fn id_of(sort: &str, whole: Option<&str>) -> Result<EntityId, IdError> {
    if let Some(whole) = whole {
        return whole.parse();
    }
    let text = match (sort.strip_prefix(ENTITY), sort.strip_prefix(CHANGE)) {
        (Some(text), _) => text,
        (None, Some(text)) => text.rsplit_once('#').map_or(text, |(text, _)| text),
        (None, None) => sort,
    };
    let plain = percent_decode_str(text).decode_utf8().map_err(|_| IdError {
        text: sort.to_owned(),
        what: "a sort key",
        expected: "an escaped entity id",
    })?;
    plain.parse()
}

/// The last look at a whole scope.
pub fn look(scope: &Scope) -> Key {
    Key { partition: scope_partition(scope), sort: "look".to_owned() }
}

/// The whole id as an attribute, if the sort key cannot hold it.
pub fn whole_id(id: &EntityId) -> Option<String> {
    (escaped(id).len() > ID_LIMIT).then(|| id.to_string())
}

/// The partition in the index of one part of a run's changes.
pub fn index_partition(run: &RunId, shard: u8) -> String {
    format!("run#{run}#{shard}")
}

/// The place in the index of a change that a run made.
pub fn index(run: &RunId, scope: &Scope, id: &EntityId, revision: u64) -> Key {
    Key {
        partition: index_partition(run, shard(scope)),
        sort: format!("{}#{}#{revision:010}", scope_text(scope), id_text(id)),
    }
}

/// The partition in the index of the changes that an event led to.
pub fn event_partition(event: &str) -> String {
    format!("event#{event}")
}

/// The place in the index of a change that an event led to.
pub fn event_index(event: &str, scope: &Scope, id: &EntityId, revision: u64) -> Key {
    Key {
        partition: event_partition(event),
        sort: format!("{}#{}#{revision:010}", scope_text(scope), id_text(id)),
    }
}

/// The partition of all notices.
pub const NOTICES: &str = "notices";

/// A notice. What it is about may be any text, so the key has its hash.
pub fn notice(kind: &str, about: &str) -> Key {
    Key { partition: NOTICES.to_owned(), sort: format!("{kind}#{}", form::hash(about)) }
}

/// What the sort keys of the entities of a kind whose own keys begin so begin with.
pub fn entity_beginning(kind: Kind, beginning: &str) -> String {
    format!("{}{}", entity_prefix(Some(kind)), utf8_percent_encode(beginning, ESCAPED))
}

/// That a scope holds entities of a kind.
pub fn kind_of_scope(scope: &Scope, kind: Kind) -> Key {
    Key { partition: SCOPES.to_owned(), sort: format!("{}#{kind}:", scope_text(scope)) }
}

/// What the sort keys of a scope's kinds begin with.
pub fn kinds_prefix(scope: &Scope) -> String {
    format!("{}#", scope_text(scope))
}

/// Where the list of scopes names the kind of an entity.
pub fn place_of(entity: &Key) -> String {
    let scope = entity.partition.strip_prefix(SCOPE).unwrap_or(&entity.partition);
    let id = entity.sort.strip_prefix(ENTITY).unwrap_or(&entity.sort);
    format!("{scope}#{}:", id.split_once(':').map_or(id, |(kind, _)| kind))
}

/// The scope and the kind that such a sort key names.
pub fn scope_and_kind(sort: &str) -> Result<(Scope, Kind), IdError> {
    let (scope, kind) = sort.trim_end_matches(':').rsplit_once('#').ok_or_else(|| IdError {
        text: sort.to_owned(),
        what: "a kind of a scope",
        expected: "scope#kind:",
    })?;
    Ok((scope_of(scope)?, kind.parse()?))
}

/// Where a page of entities ended, as one text.
pub fn cursor(key: &Key) -> String {
    format!("{}|{}", key.partition, key.sort)
}

/// The key that such a text names.
pub fn from_cursor(text: &str) -> Option<Key> {
    let (partition, sort) = text.split_once('|')?;
    Some(Key { partition: partition.to_owned(), sort: sort.to_owned() })
}

/// A run.
pub fn run(id: &RunId) -> Key {
    Key { partition: RUNS.to_owned(), sort: id.to_string() }
}

/// How far a run was delivered to a sink.
pub fn delivery(sink: &str, run: &RunId) -> Key {
    let sink = utf8_percent_encode(sink, ESCAPED);
    Key { partition: format!("feed#{sink}"), sort: run.to_string() }
}

/// The partition of a run's units and coverage.
pub fn run_partition(run: &RunId) -> String {
    format!("run#{run}")
}

/// A unit as one planning of the run wrote it.
pub fn unit(run: &RunId, plan: u64, unit: &Unit) -> Key {
    Key { partition: run_partition(run), sort: format!("{}{}", unit_prefix(plan), unit_text(unit)) }
}

/// What the sort keys of one planning's units begin with.
pub fn unit_prefix(plan: u64) -> String {
    format!("{UNIT}{plan:06}#")
}

/// The unit that a sort key names.
pub fn unit_of(sort: &str) -> Result<Unit, IdError> {
    let text = sort.strip_prefix(UNIT).unwrap_or(sort);
    text.split_once('#').map_or(text, |(_, unit)| unit).replace('#', "/").parse()
}

/// What a run's unit could see.
pub fn unit_coverage(run: &RunId, unit: &Unit) -> Key {
    Key { partition: run_partition(run), sort: format!("{COVERAGE}{}", unit_text(unit)) }
}

/// What the sort keys of a run's coverage begin with.
pub fn unit_coverage_prefix() -> &'static str {
    COVERAGE
}

/// The latest coverage of a scope.
pub fn latest_coverage(scope: &Scope) -> Key {
    Key { partition: latest_coverage_partition(shard(scope)), sort: scope_text(scope) }
}

/// One part of the latest coverage.
pub fn latest_coverage_partition(shard: u8) -> String {
    format!("{COVERAGE}{shard}")
}

/// The partition of the marks that a unit's pages left.
pub fn marks_partition(run: &RunId, unit: &Unit) -> String {
    format!("seen#{run}#{}", unit_text(unit))
}

/// One item of the marks that a page of the unit `by` left for the scopes of `unit`, as a rule its own.
pub fn marks(run: &RunId, unit: &Unit, by: &Unit, page: u32, chunk: usize) -> Key {
    let mut sort = format!("{page:010}#{chunk:04}");
    if unit != by {
        sort = format!("{sort}#{}", unit_text(by));
    }
    Key { partition: marks_partition(run, unit), sort }
}

/// The page and the chunk that the sort key of a unit's own marks names.
pub fn page_of_own_marks(sort: &str) -> Option<(u32, usize)> {
    let (page, chunk) = sort.split_once('#')?;
    Some((page.parse().ok()?, chunk.parse().ok()?))
}

/// The attribute of a counter.
pub fn counter(name: &str) -> String {
    format!("{}{name}", attribute::COUNTER)
}

/// The counter that an attribute holds.
pub fn counter_of(attribute: &str) -> Option<&str> {
    attribute.strip_prefix(attribute::COUNTER)
}

fn scope_text(scope: &Scope) -> String {
    scope.to_string().replace('/', "#")
}

fn unit_text(unit: &Unit) -> String {
    unit.to_string().replace('/', "#")
}

fn escaped(id: &EntityId) -> String {
    format!("{}:{}", id.kind, utf8_percent_encode(&id.key, ESCAPED))
}

/// The id inside a key, cut if it is too long.
fn id_text(id: &EntityId) -> String {
    let text = escaped(id);
    if text.len() <= ID_LIMIT {
        return text;
    }
    // INVARIANT: escaped text is ASCII, so every byte is a boundary.
    let beginning = text.get(..ID_LIMIT - HASH_LENGTH - CUT.len_utf8()).unwrap_or_default();
    format!("{beginning}{CUT}{}", form::hash(&id.to_string()))
}

/// The part that a scope belongs to where a partition is spread.
fn shard(scope: &Scope) -> u8 {
    let sum = scope_text(scope)
        .bytes()
        .fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    // Multiplying spreads texts that differ in their last letter; the upper bits are the mixed ones.
    let mixed = sum.wrapping_mul(0x9E37_79B1) >> 16;
    u8::try_from(mixed % u32::from(SHARDS)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
