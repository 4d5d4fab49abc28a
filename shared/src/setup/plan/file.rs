//! A plan as a file: the plan and the hash of its canonical form. Who changes one finds out.

use serde::{Deserialize, Serialize};

use super::super::names::sha256;
use super::{Plan, VERSION};

/// Why a file is no plan that can be applied.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("the plan cannot be read")]
    Unreadable(#[source] serde_json::Error),
    /// It was changed after it was made.
    #[error("the plan was changed after it was made: make a new one with `accesstrail setup plan`")]
    Changed,
    /// Another program made it.
    #[error("the plan has form {found}, this program knows {VERSION}: make a new one")]
    Version {
        /// The form that it has.
        found: u32,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    hash: String,
    plan: Plan,
}

/// The hash of a plan: of its one-line form, whose fields and keys have a fixed order.
pub(crate) fn hash(plan: &Plan) -> Result<String, serde_json::Error> {
    Ok(sha256(&serde_json::to_string(plan)?))
}

/// A plan as a file, and its hash.
///
/// # Errors
///
/// None that is known: every plan has a form.
pub fn write(plan: &Plan) -> Result<(String, String), FileError> {
    let hash = hash(plan).map_err(FileError::Unreadable)?;
    let file = File { hash: hash.clone(), plan: plan.clone() };
    let mut text = serde_json::to_string_pretty(&file).map_err(FileError::Unreadable)?;
    text.push('\n');
    Ok((text, hash))
}

/// The plan of a file, and its hash.
///
/// # Errors
///
/// If it is not exactly what [`write()`] wrote, but for white space.
pub fn read(text: &str) -> Result<(Plan, String), FileError> {
    #[derive(Deserialize)]
    struct Head {
        plan: Form,
    }
    #[derive(Deserialize)]
    struct Form {
        version: u32,
    }
    let head: Head = serde_json::from_str(text).map_err(FileError::Unreadable)?;
    if head.plan.version != VERSION {
        return Err(FileError::Version { found: head.plan.version });
    }
    let file: File = serde_json::from_str(text).map_err(FileError::Unreadable)?;
    let actual = hash(&file.plan).map_err(FileError::Unreadable)?;
    if actual != file.hash {
        return Err(FileError::Changed);
    }
    Ok((file.plan, actual))
}
