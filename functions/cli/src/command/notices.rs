//! What events said that no reading has settled: stale units, and changes of what accesstrail stands on.

use accesstrail_shared::model::{Notice, NoticeKind, Run, Snapshot};
use accesstrail_shared::report::inert::terminal;
use serde_json::{Value, json};

use crate::error::Failure;
use crate::screen::Screen;

/// The notices that still hold: a unit is stale until a run that began after the event has looked at it.
pub(super) fn valid(notices: Vec<Notice>, snapshot: &Snapshot, runs: &[Run]) -> Vec<Notice> {
    let is_looked_at = |notice: &Notice| {
        let mut of_unit = snapshot
            .coverage()
            .filter(|coverage| coverage.scope.unit().to_string() == notice.about)
            .peekable();
        of_unit.peek().is_some()
            && of_unit.all(|coverage| {
                let run = runs.iter().find(|run| run.id == coverage.run);
                run.map_or(coverage.at, |run| run.started) > notice.event.at
            })
    };
    let mut notices = notices;
    notices.retain(|notice| notice.kind != NoticeKind::Stale || !is_looked_at(notice));
    notices
}

/// The same for a program.
pub(super) fn document(notice: &Notice) -> Value {
    json!({
        "kind": notice.kind.word(),
        "about": notice.about,
        "what": notice.what,
        "event": notice.event.id,
        "actor": notice.event.actor,
        "at": notice.event.at.to_string(),
    })
}

pub(super) fn show(notices: &[Notice], screen: &mut Screen) -> Result<(), Failure> {
    for (kind, title) in
        [(NoticeKind::Health, "Health"), (NoticeKind::Stale, "Stale until the next run")]
    {
        let mut rows = notices.iter().filter(|notice| notice.kind == kind).peekable();
        if rows.peek().is_none() {
            continue;
        }
        screen.heading(title)?;
        let rows: Vec<[String; 4]> = rows
            .map(|notice| {
                let at = notice.event.at.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
                let actor = terminal(&notice.event.actor);
                [terminal(&notice.about), terminal(&notice.what), actor, at]
            })
            .collect();
        screen.table(&["what", "why", "by", "at"], rows)?;
    }
    Ok(())
}
