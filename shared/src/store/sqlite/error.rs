//! What goes wrong with SQLite → the port's error, in one place.

use rusqlite::ErrorCode;

use crate::port::{BoxError, PortError};

/// What a statement or a row can do to us.
#[derive(Debug)]
pub(super) enum Fault {
    /// SQLite said so.
    Sql(rusqlite::Error),
    /// The disk said so, before SQLite was asked.
    Disk(std::io::Error),
    /// A row does not hold what this program writes.
    Unreadable {
        /// Which row.
        item: String,
        /// What is wrong with it.
        source: BoxError,
    },
    /// A newer program wrote the file, or a row of it.
    Newer {
        /// The format that was found.
        found: u32,
        /// The newest that is known.
        known: u32,
    },
    /// There is no store at that place.
    NoStore(&'static str),
    /// A write to a store that was opened for reading.
    OpenedReadOnly,
    /// The file cannot be written to.
    ReadOnlyFile,
    /// Something that the caller asked for cannot be.
    Refused(String),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl Fault {
    /// The port's error, for the store called `name`, while `doing` something to it.
    pub(super) fn into_port(self, name: &str, doing: &str) -> PortError {
        let what = || format!("{doing} {name}");
        let access = || format!("{name} ({doing} it)");
        match self {
            Self::Sql(error) => sql(error, name, doing),
            Self::Disk(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                PortError::Denied { what: access(), source: Box::new(error) }
            }
            Self::Disk(error) => PortError::Failed { what: what(), source: Box::new(error) },
            Self::Unreadable { item, source } => {
                PortError::Corrupt { what: name.to_owned(), item, source }
            }
            Self::Newer { found, known } => {
                PortError::Newer { what: name.to_owned(), found, known }
            }
            Self::NoStore(next_step) => {
                PortError::Missing { what: name.to_owned(), next_step: next_step.to_owned() }
            }
            Self::OpenedReadOnly => PortError::Denied {
                what: access(),
                source: "it was opened for reading only".into(),
            },
            Self::ReadOnlyFile => PortError::Denied {
                what: access(),
                source: "the file or its disk is read-only".into(),
            },
            Self::Refused(why) => PortError::Failed { what: what(), source: why.into() },
        }
    }
}

fn sql(error: rusqlite::Error, name: &str, doing: &str) -> PortError {
    let what = format!("{doing} {name}");
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            PortError::Busy { what: name.to_owned(), source: Box::new(error) }
        }
        Some(
            ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied
            | ErrorCode::AuthorizationForStatementDenied,
        ) => PortError::Denied { what: format!("{name} ({doing} it)"), source: Box::new(error) },
        Some(ErrorCode::NotADatabase) => PortError::Corrupt {
            what: name.to_owned(),
            item: "the file is not an SQLite database".to_owned(),
            source: Box::new(error),
        },
        Some(ErrorCode::DatabaseCorrupt) => PortError::Corrupt {
            what: name.to_owned(),
            item: "the file is damaged".to_owned(),
            source: Box::new(error),
        },
        Some(ErrorCode::DiskFull) => PortError::Failed {
            what: format!("{what}, whose disk is full,"),
            source: Box::new(error),
        },
        _ => PortError::Failed { what, source: Box::new(error) },
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    fn port_error(code: i32) -> PortError {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        Fault::from(error).into_port("the store `x`", "saving a page to")
    }

    #[test]
    fn what_a_caller_branches_on_is_told_apart() {
        assert!(matches!(port_error(ffi::SQLITE_BUSY), PortError::Busy { .. }));
        assert!(matches!(port_error(ffi::SQLITE_LOCKED), PortError::Busy { .. }));
        assert!(matches!(port_error(ffi::SQLITE_READONLY), PortError::Denied { .. }));
        assert!(matches!(port_error(ffi::SQLITE_PERM), PortError::Denied { .. }));
        assert!(matches!(port_error(ffi::SQLITE_NOTADB), PortError::Corrupt { .. }));
        assert!(matches!(port_error(ffi::SQLITE_CORRUPT), PortError::Corrupt { .. }));
        assert!(matches!(port_error(ffi::SQLITE_IOERR), PortError::Failed { .. }));
    }

    #[test]
    fn a_full_disk_is_named() {
        let full = port_error(ffi::SQLITE_FULL);
        assert!(matches!(full, PortError::Failed { .. }));
        assert_eq!(full.to_string(), "saving a page to the store `x`, whose disk is full, failed");
    }
}
