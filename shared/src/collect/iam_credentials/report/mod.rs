//! The credential report as AWS gives it, a CSV → rows of what each user and the root user have.
//!
//! Pure and total: columns are found by name, columns of tomorrow are passed over, and a row that
//! cannot be understood is set aside with its number while the others are kept. What the report does
//! not say is unknown here, never false.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html>

use crate::model::credential::{AccessKey, Holder, Password};
use crate::model::{Arn, LastUsed, SetAside, Timestamp, Tri, read_time};

/// How the report names the root user.
const ROOT: &str = "<root_account>";

/// What stands where there is nothing to say.
const SILENCE: [&str; 4] = ["", "N/A", "no_information", "not_supported"];

/// The columns without which MFA is not known.
pub(super) const MFA: &[&str] = &["mfa_active"];

/// The columns without which passwords are not known.
pub(super) const PASSWORDS: &[&str] = &["password_enabled", "password_last_used"];

/// The columns without which access keys are not known.
pub(super) const KEYS: &[&str] = &[
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_2_active",
    "access_key_2_last_rotated",
];

/// The columns without which the use of access keys is not known.
pub(super) const USES: &[&str] = &[
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
];

/// The columns of one access key; a report has two slots.
struct Slot {
    number: u8,
    active: &'static str,
    rotated: &'static str,
    used: &'static str,
    region: &'static str,
    service: &'static str,
}

const SLOTS: [Slot; 2] = [
    Slot {
        number: 1,
        active: "access_key_1_active",
        rotated: "access_key_1_last_rotated",
        used: "access_key_1_last_used_date",
        region: "access_key_1_last_used_region",
        service: "access_key_1_last_used_service",
    },
    Slot {
        number: 2,
        active: "access_key_2_active",
        rotated: "access_key_2_last_rotated",
        used: "access_key_2_last_used_date",
        region: "access_key_2_last_used_region",
        service: "access_key_2_last_used_service",
    },
];

/// What the report says.
#[derive(Debug, PartialEq, Eq)]
pub struct Report {
    /// The rows that could be read.
    pub rows: Vec<Row>,
    /// The rows that could not.
    pub set_aside: Vec<SetAside>,
    header: Vec<String>,
}

impl Report {
    /// The first of these columns that the report does not have.
    pub(super) fn lacks(&self, columns: &'static [&'static str]) -> Option<&'static str> {
        columns.iter().copied().find(|column| !self.header.iter().any(|name| name == column))
    }
}

/// What the report says about one user.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// The user.
    pub holder: Holder,
    /// Whether an MFA device is active.
    pub mfa: Tri,
    /// The console password.
    pub password: Password,
    /// The access keys, by slot.
    pub keys: Vec<AccessKey>,
    /// When they were last used, by slot.
    pub uses: Vec<(u8, LastUsed)>,
    /// What AWS says where a user has more credentials than the report has columns for.
    pub more: Option<String>,
}

/// Reads a report; `root` is the ARN of the account's root user. The error says why it is none.
pub fn read(bytes: &[u8], root: &Arn) -> Result<Report, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the credential report is not UTF-8")?;
    let mut records = records(text.strip_prefix('\u{feff}').unwrap_or(text)).into_iter();
    let (_, header) = records.next().ok_or("the credential report is empty")?;
    let mut report = Report { rows: Vec::new(), set_aside: Vec::new(), header };
    if let Some(column) = report.lacks(&["user", "arn"]) {
        return Err(format!("the credential report has no column `{column}`"));
    }
    for (number, values) in records {
        let cells = Cells { header: &report.header, values: &values };
        match row(&cells, root) {
            Ok(row) => report.rows.push(row),
            Err(reason) => {
                let what = format!("row {number} of the credential report");
                report.set_aside.push(SetAside { what, reason });
            }
        }
    }
    if report.rows.is_empty() && !report.set_aside.is_empty() {
        return Err("no row of the credential report can be read".to_owned());
    }
    Ok(report)
}

/// The root user of the account that a report is about, from the ARNs in it: for a report that did not come
/// with an account. The error says why it names none.
pub(crate) fn root(bytes: &[u8]) -> Result<Arn, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the credential report is not UTF-8")?;
    let mut records = records(text.strip_prefix('\u{feff}').unwrap_or(text)).into_iter();
    let (_, header) = records.next().ok_or("the credential report is empty")?;
    let mut found: Option<Arn> = None;
    for (number, values) in records {
        let cells = Cells { header: &header, values: &values };
        let Ok(arn) = cells.text("arn").parse::<Arn>() else { continue };
        let Some(account) = arn.account() else { continue };
        match &found {
            Some(root) if root.account().as_ref() != Some(&account) => {
                return Err(format!(
                    "row {number} is about {arn}, which is not of the account of the rows before it"
                ));
            }
            Some(_) => {}
            None => {
                let text = format!("arn:{}:iam::{account}:root", arn.partition());
                found = text.parse().ok();
            }
        }
    }
    found.ok_or_else(|| "no row of the credential report names an account".to_owned())
}

/// The values of a row by the names of their columns.
struct Cells<'a> {
    header: &'a [String],
    values: &'a [String],
}

impl Cells<'_> {
    /// The value in a column, empty where there is no such column.
    fn text(&self, column: &str) -> &str {
        let index = self.header.iter().position(|name| name == column);
        index.and_then(|index| self.values.get(index)).map(String::as_str).unwrap_or_default()
    }

    fn date(&self, column: &str) -> Result<Option<Timestamp>, String> {
        match self.text(column) {
            text if is_silent(text) => Ok(None),
            text => read_time(text)
                .map(Some)
                .map_err(|_| format!("`{column}` is `{text}`, which is not a date")),
        }
    }

    fn answer(&self, column: &str) -> Result<Tri, String> {
        match self.text(column) {
            text if text.eq_ignore_ascii_case("true") => Ok(Tri::True),
            text if text.eq_ignore_ascii_case("false") => Ok(Tri::False),
            text if is_silent(text) => Ok(Tri::Unknown),
            text => Err(format!("`{column}` is `{text}`, which is neither true nor false")),
        }
    }

    fn word(&self, column: &str) -> Option<String> {
        let text = self.text(column);
        (!is_silent(text)).then(|| text.to_owned())
    }
}

fn is_silent(text: &str) -> bool {
    SILENCE.iter().any(|word| word.eq_ignore_ascii_case(text))
}

fn row(cells: &Cells<'_>, root: &Arn) -> Result<Row, String> {
    let (values, columns) = (cells.values.len(), cells.header.len());
    if values != columns {
        return Err(format!("it has {values} values for {columns} columns"));
    }
    let holder = holder(cells, root)?;
    let (mut keys, mut uses) = (Vec::new(), Vec::new());
    for slot in &SLOTS {
        if let Some((key, last_used)) = key(cells, slot)? {
            uses.push((slot.number, last_used));
            keys.push(key);
        }
    }
    Ok(Row {
        mfa: cells.answer("mfa_active")?,
        password: password(cells, holder.clone())?,
        more: cells.word("additional_credentials_info").filter(|info| info != "0"),
        holder,
        keys,
        uses,
    })
}

/// The root user has no creation time here: an account has one root user for ever, and its row gives
/// the account's.
fn holder(cells: &Cells<'_>, root: &Arn) -> Result<Holder, String> {
    if cells.text("user") == ROOT {
        return Ok(Holder { arn: root.clone(), created: None });
    }
    let arn: Arn = cells.text("arn").parse().map_err(|error| format!("{error}"))?;
    if arn.account() != root.account() {
        return Err(format!("{arn} belongs to another account"));
    }
    let created = cells.date("user_creation_time")?.map(whole_seconds);
    Ok(Holder { arn, created })
}

/// A creation time as every source gives it, so that all of them name the same holder.
pub(super) fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// `no_information` is what AWS says of a password that was never used since it began to look, in
/// October 2014; `N/A` is what it says where there is no password, of which nothing is to be said. For the
/// root user `password_enabled` was `not_supported` for years; by now it is `TRUE`, or `FALSE` in a member
/// account that was made without root credentials. All are taken at their word.
fn password(cells: &Cells<'_>, holder: Holder) -> Result<Password, String> {
    let last_used = match cells.date("password_last_used")? {
        Some(time) => LastUsed::At { time, region: None, service: None },
        None if cells.text("password_last_used").eq_ignore_ascii_case("no_information") => {
            LastUsed::Never
        }
        None => LastUsed::Unknown,
    };
    Ok(Password {
        holder,
        enabled: cells.answer("password_enabled")?,
        last_used,
        last_changed: cells.date("password_last_changed")?,
        next_rotation: cells.date("password_next_rotation")?,
    })
}

/// A slot holds a key if it has a date, which an inactive key keeps, or is active. `N/A` as the time of
/// use of a key that exists says that it was never used since AWS began to look, in April 2015; as the
/// region, that the service has none.
fn key(cells: &Cells<'_>, slot: &Slot) -> Result<Option<(AccessKey, LastUsed)>, String> {
    let active = cells.answer(slot.active)?;
    let created = cells.date(slot.rotated)?;
    if created.is_none() && active != Tri::True {
        return Ok(None);
    }
    let last_used = match cells.date(slot.used)? {
        Some(time) => LastUsed::At {
            time,
            region: cells.word(slot.region),
            service: cells.word(slot.service),
        },
        None if cells.text(slot.used).eq_ignore_ascii_case("n/a") => LastUsed::Never,
        None => LastUsed::Unknown,
    };
    let key = AccessKey { slot: slot.number, id: None, active: active == Tri::True, created };
    Ok(Some((key, last_used)))
}

/// The records of a CSV (RFC 4180, any line end) with their numbers, counted from 1. Blank lines are
/// counted and left out; a line of nothing but commas is a row.
fn records(text: &str) -> Vec<(usize, Vec<String>)> {
    let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if quoted => quoted = false,
            _ if quoted => field.push(letter),
            '"' if field.is_empty() => quoted = true,
            ',' => record.push(std::mem::take(&mut field)),
            '\r' if letters.peek() == Some(&'\n') => {}
            '\r' | '\n' => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            _ => field.push(letter),
        }
    }
    if !field.is_empty() || !record.is_empty() {
        record.push(field);
        records.push(record);
    }
    let numbered = (1..).zip(records);
    numbered.filter(|(_, record)| record.len() > 1 || !record.concat().is_empty()).collect()
}

#[cfg(test)]
mod tests;
