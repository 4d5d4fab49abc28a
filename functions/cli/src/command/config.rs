//! `accesstrail config`: what is set, and by what.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::Outcome;
use crate::args::Common;
use crate::config::{Key, Settings};
use crate::error::Failure;
use crate::screen::Screen;

/// What is set, and by what: a flag comes before the environment, the environment before the settings file, the file
/// before the default.
#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Every setting with its value and where that comes from
    Show(Show),
}

/// Every setting with its value and where that comes from.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  accesstrail config show\n  accesstrail config show --defaults --json"
)]
struct Show {
    /// The defaults, whatever is set
    #[arg(long)]
    defaults: bool,
}

pub(crate) fn run(common: &Common, args: &Config, screen: &mut Screen) -> Result<Outcome, Failure> {
    let What::Show(show) = &args.what;
    let settings = if show.defaults { Settings::default() } else { Settings::load(common)? };
    let path = settings.path.as_ref().map(|path| path.display().to_string());
    if screen.is_json() {
        let rows = Key::ALL.iter().map(|key| document(*key, &settings));
        let rows: Vec<Value> = rows.collect();
        let rules = settings.rules.len();
        screen.document("config", json!({"file": path, "settings": rows, "class_rules": rules}))?;
        return Ok(Outcome::Done);
    }
    screen.field("file", path.as_deref().unwrap_or("none"))?;
    let rows = Key::ALL.iter().map(|key| {
        let given = settings.given(*key);
        [
            key.name().to_owned(),
            value(*key, &settings),
            given.origin.to_string(),
            key.meaning().to_owned(),
        ]
    });
    screen.table(&["setting", "value", "from", "what it says"], rows)?;
    screen.field("class rules", &settings.rules.len().to_string())?;
    Ok(Outcome::Done)
}

/// A value as the file would have it.
fn value(key: Key, settings: &Settings) -> String {
    let texts = settings.given(key).texts;
    if key.is_list() { json!(texts).to_string() } else { texts.join("") }
}

fn document(key: Key, settings: &Settings) -> Value {
    let given = settings.given(key);
    let value = match given.texts.as_slice() {
        texts if key.is_list() => json!(texts),
        [one] => serde_json::from_str(one).unwrap_or_else(|_| json!(one)),
        _ => Value::Null,
    };
    json!({
        "name": key.name(),
        "value": value,
        "from": given.origin.to_string(),
        "environment": key.variable(),
        "meaning": key.meaning(),
    })
}
