//! The tables, as one text.
//!
//! Scopes are `account/region/collector/capability`, units `account/region/collector`, times RFC 3339
//! in UTC with nine digits of fraction. A body is the JSON of `form`, and `form` beside it is the
//! version of that JSON. The columns of `coverage` and `latest_coverage` repeat what is in the body,
//! for the reader with an SQL prompt.

/// The format that this program writes; `meta` tells which one a file has.
pub(super) const FORMAT: u32 = 7;

/// What format 2 added: the last look at each whole scope that was settled. What was observed before
/// `began` is older than it, and what is live in the scope was there at `seen`. Without one, nothing is
/// known of the scope as a whole, which is always right.
macro_rules! look {
    ($create:literal) => {
        concat!(
            $create,
            " look (
  scope TEXT PRIMARY KEY,
  began TEXT NOT NULL,
  seen  TEXT NOT NULL
) WITHOUT ROWID;
"
        )
    };
}

/// What format 3 added: how far the changes of each run were delivered to each sink.
macro_rules! delivery {
    ($create:literal) => {
        concat!(
            $create,
            " delivery (
  sink      TEXT NOT NULL,
  run       TEXT NOT NULL,
  cursor    TEXT,
  sent      INTEGER NOT NULL,
  set_aside INTEGER NOT NULL,
  ended     INTEGER NOT NULL,
  PRIMARY KEY (sink, run)
) WITHOUT ROWID;
"
        )
    };
}

/// What format 4 added: usage. A body of `usage_hour` is a cell in the form of `usage::form`; the columns
/// beside it repeat what is in it, for the reader with an SQL prompt: `at` is the hour as a time, `objects` how many
/// log objects it was made of, `events` how many calls it counts. `number` of `log_day` are days since 1970, `hours`
/// a bit for each hour with a log, `ids` the identities of the objects, eight bytes each.
macro_rules! usage {
    ($create:literal) => {
        concat!(
            $create,
            " usage_hour (
  account TEXT NOT NULL,
  hour    INTEGER NOT NULL,
  at      TEXT NOT NULL,
  objects INTEGER NOT NULL,
  events  INTEGER NOT NULL,
  body    BLOB NOT NULL,
  PRIMARY KEY (account, hour)
);
",
            $create,
            " log_day (
  account    TEXT NOT NULL,
  number     INTEGER NOT NULL,
  region     TEXT NOT NULL,
  day        TEXT NOT NULL,
  hours      INTEGER NOT NULL,
  objects    INTEGER NOT NULL,
  bytes      INTEGER NOT NULL,
  records    INTEGER NOT NULL,
  calls      INTEGER NOT NULL,
  unreadable INTEGER NOT NULL,
  ids        BLOB NOT NULL,
  PRIMARY KEY (account, number, region)
);
",
            $create,
            " log_aside (
  object TEXT PRIMARY KEY,
  reason TEXT NOT NULL,
  at     TEXT NOT NULL
) WITHOUT ROWID;
"
        )
    };
}

/// What format 5 added: backfills, and what each of their units came to (`counters`: JSON).
macro_rules! log_runs {
    ($create:literal) => {
        concat!(
            $create,
            " log_run (
  id    TEXT PRIMARY KEY,
  logs  TEXT NOT NULL,
  units INTEGER NOT NULL
) WITHOUT ROWID;
",
            $create,
            " log_unit (
  run      TEXT NOT NULL,
  unit     TEXT NOT NULL,
  counters TEXT NOT NULL,
  PRIMARY KEY (run, unit)
) WITHOUT ROWID;
"
        )
    };
}

/// What format 6 added: the events that changes name (`body`: the JSON of `form::write_cause`), and notices.
macro_rules! events {
    ($create:literal) => {
        concat!(
            $create,
            " event (
  id   TEXT PRIMARY KEY,
  body TEXT NOT NULL
) WITHOUT ROWID;
",
            $create,
            " notice (
  kind  TEXT NOT NULL,
  about TEXT NOT NULL,
  what  TEXT NOT NULL,
  event TEXT NOT NULL,
  PRIMARY KEY (kind, about)
) WITHOUT ROWID;
"
        )
    };
}

/// What format 6 added too: set-ups. `calls` and `notes` are lists as JSON; `plan` is the file of the plan. Of the lease there
/// is one row at most.
macro_rules! setups {
    ($create:literal) => {
        concat!(
            $create,
            " setup_lease (
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  owner TEXT NOT NULL,
  until TEXT NOT NULL
);
",
            $create,
            " setup_run (
  number INTEGER PRIMARY KEY,
  id     TEXT NOT NULL UNIQUE,
  hash   TEXT NOT NULL,
  plan   TEXT NOT NULL,
  began  TEXT NOT NULL,
  state  TEXT NOT NULL CHECK (state IN ('open', 'done', 'given-up')),
  at     TEXT,
  reason TEXT
);
",
            $create,
            " setup_step (
  run   TEXT NOT NULL,
  step  TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('begun', 'done', 'failed')),
  calls TEXT NOT NULL,
  notes TEXT NOT NULL,
  at    TEXT NOT NULL,
  PRIMARY KEY (run, step)
) WITHOUT ROWID;
",
            $create,
            " setup_kept (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
"
        )
    };
}

/// What format 7 added: findings, the newest version of each. `body` is the JSON of `form::write_finding`, which the columns
/// beside it repeat for the reader with an SQL prompt; `newest` is the later of its last turn and when it was last seen.
macro_rules! findings {
    ($create:literal) => {
        concat!(
            $create,
            " finding (
  kind       TEXT NOT NULL,
  subject    TEXT NOT NULL,
  part       TEXT NOT NULL,
  account    TEXT NOT NULL,
  state      TEXT NOT NULL,
  severity   TEXT NOT NULL,
  first_seen TEXT NOT NULL,
  last_seen  TEXT NOT NULL,
  newest     TEXT NOT NULL,
  form       INTEGER NOT NULL,
  body       TEXT NOT NULL,
  PRIMARY KEY (kind, subject, part)
) WITHOUT ROWID;
"
        )
    };
}

/// Makes a store of format 1, which [`CREATE`] makes too, or of a later one, one of format 7.
pub(super) const UPDATE: &str = concat!(
    look!("CREATE TABLE IF NOT EXISTS"),
    delivery!("CREATE TABLE IF NOT EXISTS"),
    usage!("CREATE TABLE IF NOT EXISTS"),
    log_runs!("CREATE TABLE IF NOT EXISTS"),
    events!("CREATE TABLE IF NOT EXISTS"),
    "CREATE INDEX IF NOT EXISTS change_of_event ON change (event, scope, kind, key, id) WHERE event IS NOT NULL;",
    setups!("CREATE TABLE IF NOT EXISTS"),
    findings!("CREATE TABLE IF NOT EXISTS")
);

/// Lets an older store be read as one of format 7, without writing to it. A table that the file has is
/// the one that is read: a temporary one of its name is made only where there is none.
pub(super) const READ_1: &str = look!("CREATE TEMPORARY TABLE IF NOT EXISTS");

/// As [`READ_1`], for what format 3 added.
pub(super) const READ_2: &str = delivery!("CREATE TEMPORARY TABLE IF NOT EXISTS");

/// As [`READ_1`], for what format 4 added.
pub(super) const READ_3: &str = usage!("CREATE TEMPORARY TABLE IF NOT EXISTS");

/// As [`READ_1`], for what format 5 added.
pub(super) const READ_4: &str = log_runs!("CREATE TEMPORARY TABLE IF NOT EXISTS");

/// As [`READ_1`], for what format 6 added.
pub(super) const READ_5: &str = concat!(
    events!("CREATE TEMPORARY TABLE IF NOT EXISTS"),
    setups!("CREATE TEMPORARY TABLE IF NOT EXISTS")
);

/// As [`READ_1`], for what format 7 added.
pub(super) const READ_6: &str = findings!("CREATE TEMPORARY TABLE IF NOT EXISTS");

/// Makes an empty file a store of format 1.
pub(super) const CREATE: &str = "
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE run (
  id               TEXT PRIMARY KEY,
  trigger          TEXT NOT NULL,
  options          TEXT NOT NULL,
  state            TEXT NOT NULL CHECK (state IN ('planning', 'open', 'closed')),
  started          TEXT NOT NULL,
  finished         TEXT,
  planned          INTEGER NOT NULL,
  ended            INTEGER NOT NULL,
  counters         TEXT NOT NULL,
  closing_owner    TEXT,
  closing_until    TEXT,
  closing_attempts INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE unit (
  run         TEXT NOT NULL REFERENCES run (id),
  unit        TEXT NOT NULL,
  cursor      TEXT,
  cursor_page INTEGER,
  pages       INTEGER NOT NULL DEFAULT 0,
  attempts    INTEGER NOT NULL DEFAULT 0,
  owner       TEXT,
  until       TEXT,
  ended       INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (run, unit)
) WITHOUT ROWID;

CREATE TABLE entity (
  id         INTEGER PRIMARY KEY,
  scope      TEXT NOT NULL,
  kind       TEXT NOT NULL,
  key        TEXT NOT NULL,
  account    TEXT NOT NULL,
  hash       TEXT NOT NULL,
  first_seen TEXT NOT NULL,
  last_seen  TEXT NOT NULL,
  changed    TEXT NOT NULL,
  observed   TEXT NOT NULL,
  deleted    TEXT,
  form       INTEGER NOT NULL,
  body       TEXT NOT NULL
);
CREATE UNIQUE INDEX entity_of_scope ON entity (scope, kind, key);
CREATE INDEX entity_of_kind ON entity (kind, scope, key);

CREATE TABLE change (
  id          INTEGER PRIMARY KEY,
  scope       TEXT NOT NULL,
  kind        TEXT NOT NULL,
  key         TEXT NOT NULL,
  change      TEXT NOT NULL CHECK (change IN ('created', 'changed', 'deleted', 'restored')),
  at          TEXT NOT NULL,
  run         TEXT,
  event       TEXT,
  before_hash TEXT,
  after_hash  TEXT,
  before_form INTEGER,
  before      TEXT,
  after_form  INTEGER,
  after       TEXT
);
-- A change that is saved again is the same row.
CREATE UNIQUE INDEX change_once
  ON change (scope, kind, key, at, change, ifnull(run, event), ifnull(after_hash, ''));
CREATE INDEX change_of_run ON change (run, scope, kind, key, id);

-- What the pages of an open run saw: the ids of entities, one row per page and scope.
CREATE TABLE seen (
  run      TEXT NOT NULL,
  unit     TEXT NOT NULL,
  page     INTEGER NOT NULL,
  scope    TEXT NOT NULL,
  entities TEXT NOT NULL,
  PRIMARY KEY (run, unit, page, scope)
);
CREATE INDEX seen_of_scope ON seen (run, scope);

CREATE TABLE coverage (
  run    TEXT NOT NULL,
  scope  TEXT NOT NULL,
  status TEXT NOT NULL,
  at     TEXT NOT NULL,
  seen   INTEGER NOT NULL,
  note   TEXT,
  form   INTEGER NOT NULL,
  body   TEXT NOT NULL,
  PRIMARY KEY (run, scope)
);

CREATE TABLE latest_coverage (
  scope  TEXT PRIMARY KEY,
  run    TEXT NOT NULL,
  status TEXT NOT NULL,
  at     TEXT NOT NULL,
  seen   INTEGER NOT NULL,
  note   TEXT,
  form   INTEGER NOT NULL,
  body   TEXT NOT NULL
);
";
