//! The cells of a store of usage, one after the other, with a bar for whoever waits.

use std::time::{Duration, Instant};

use accesstrail_shared::port::{UsageQuery, UsageStore};
use accesstrail_shared::usage::hour::Hour;
use indicatif::ProgressBar;

use crate::error::Failure;
use crate::progress;

/// How many cells are read at once.
const PAGE: usize = 200;

/// How often it says how far it is where there is no terminal.
const LINE: Duration = Duration::from_secs(10);

/// How many of all cells were read.
#[derive(Debug)]
pub(crate) struct Cells<'s> {
    store: &'s dyn UsageStore,
    bar: ProgressBar,
    /// When it said last how far it is; `None` where a bar says it, or nobody wants to know.
    said: Option<Instant>,
}

impl<'s> Cells<'s> {
    /// All cells of a store.
    pub(crate) async fn of(store: &'s dyn UsageStore, quiet: bool) -> Result<Self, Failure> {
        // To count them costs requests where the store is a table: not for nobody.
        let all =
            if quiet { None } else { store.usage_totals().await?.get("usage.cells").copied() };
        let template = "{spinner} {pos}/{len} cells  {per_sec}  about {eta} left";
        let bar = progress::bar(quiet, all, template);
        let said = progress::speaks_in_lines(quiet).then(Instant::now);
        Ok(Self { store, bar, said })
    }

    /// Gives each cell that is asked for to `take`.
    pub(crate) async fn each(
        &mut self,
        query: &UsageQuery,
        mut take: impl FnMut(&Hour),
    ) -> Result<(), Failure> {
        let mut after = None;
        loop {
            let page = self.store.hours(query, after.as_deref(), PAGE).await?;
            page.items.iter().for_each(&mut take);
            self.read(page.items.len() as u64);
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }

    fn read(&mut self, cells: u64) {
        self.bar.inc(cells);
        if let Some(said) = self.said.as_mut().filter(|said| said.elapsed() >= LINE) {
            *said = Instant::now();
            let (read, all) = (self.bar.position(), self.bar.length().unwrap_or_default());
            progress::line(&format!("{read}/{all} cells"));
        }
    }
}

impl Drop for Cells<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
