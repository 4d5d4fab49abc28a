//! A Markdown table with the goal beside each figure.

use std::time::Duration;

/// A row: what was measured, then the figure, what it may be at most, and whether it is.
pub(crate) struct Row(Vec<String>);

impl Row {
    pub(crate) fn new(what: impl IntoIterator<Item = String>) -> Self {
        Self(what.into_iter().collect())
    }

    /// A time that has a goal.
    pub(crate) fn goal(self, taken: Duration, most: Duration) -> Self {
        self.with([shown(taken), format!("≤ {}", shown(most)), verdict(taken <= most)])
    }

    /// A time that is there to be compared.
    pub(crate) fn time(self, taken: Duration) -> Self {
        self.with([shown(taken), String::new(), String::new()])
    }

    /// An amount that has a goal.
    pub(crate) fn amount(self, amount: u64, unit: &str, most: u64) -> Self {
        let goal = format!("≤ {most} {unit}");
        self.with([format!("{amount} {unit}"), goal, verdict(amount <= most)])
    }

    /// A time or an amount that has a goal only if there is one.
    pub(crate) fn maybe(self, taken: Duration, most: Option<Duration>) -> Self {
        match most {
            Some(most) => self.goal(taken, most),
            None => self.time(taken),
        }
    }

    fn with(mut self, cells: [String; 3]) -> Self {
        self.0.extend(cells);
        self
    }
}

fn verdict(is_met: bool) -> String {
    if is_met { "met" } else { "**missed**" }.to_owned()
}

/// Three digits and the unit that they are short in.
pub(crate) fn shown(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    let (value, unit) = match seconds {
        _ if seconds >= 1.0 => (seconds, "s"),
        _ if seconds >= 1e-3 => (seconds * 1e3, "ms"),
        _ => (seconds * 1e6, "µs"),
    };
    let digits = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.digits$} {unit}")
}

pub(crate) fn print(title: &str, heads: &[&str], rows: &[Row]) {
    println!("\n### {title}\n");
    println!("| {} | figure | goal | |", heads.join(" | "));
    println!("|{}--:|--:|---|", "---|".repeat(heads.len()));
    for Row(cells) in rows {
        println!("| {} |", cells.join(" | "));
    }
}
