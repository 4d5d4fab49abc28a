//! The credential report: old dates, and the root user's row.

use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::{Correction, Facts, facts::user_arn};
use crate::testing::{
    company::{
        derived,
        iam::{AccessKey, Root, User},
        people::HOME_REGION,
    },
    proxy::RequestView,
};

pub(super) fn correction(facts: &Arc<Facts>) -> Correction {
    let facts = Arc::clone(facts);
    Correction::text(
        "iam:GetCredentialReport",
        "the root user, dates and last use of passwords and keys, \"N/A\" where AWS says it",
        move |view, text| {
            let (before, rest) = text.split_once("<Content>")?;
            let (content, after) = rest.split_once("</Content>")?;
            let report = String::from_utf8(BASE64_STANDARD.decode(content.trim()).ok()?).ok()?;
            let report = BASE64_STANDARD.encode(mend(&facts, view, &report)?);
            let made = facts.calendar.used(0, "credential report").xml();
            let (head, date) = after.split_once("<GeneratedTime>")?;
            let (_, tail) = date.split_once("</GeneratedTime>")?;
            Some(format!(
                "{before}<Content>{report}</Content>{head}<GeneratedTime>{made}</GeneratedTime>{tail}"
            ))
        },
    )
}

fn mend(facts: &Facts, view: &RequestView, report: &str) -> Option<String> {
    let account = facts.account(view);
    let mut lines = report.lines();
    let header = lines.next()?;
    let columns: Vec<_> = header.split(',').collect();
    let root =
        facts.roots.get(account).copied().unwrap_or(Root { mfa: true, key: None, used: None });
    let mut rows = vec![header.to_owned(), root_row(facts, account, root, &columns)];
    for line in lines {
        let name = line.split(',').next().unwrap_or_default();
        let user = facts.users.iter().find(|((id, user), _)| id == account && *user == name);
        rows.push(match user {
            Some((_, user)) => user_row(facts, account, user, &columns, line),
            None => stranger(facts, &columns, line),
        });
    }
    Some(rows.join("\n") + "\n")
}

/// The row of a user that came later: it is as old as every other answer says.
fn stranger(facts: &Facts, columns: &[&str], line: &str) -> String {
    let arn = line.split(',').nth(1).unwrap_or_default();
    let cells = columns.iter().zip(line.split(',')).map(|(column, cell)| match *column {
        "user_creation_time" => facts.calendar.made(derived::age(arn), arn).report(),
        _ => cell.to_owned(),
    });
    cells.collect::<Vec<_>>().join(",")
}

fn root_row(facts: &Facts, account: &str, root: Root, columns: &[&str]) -> String {
    let arn = format!("arn:aws:iam::{account}:root");
    let made = |days| facts.calendar.made(days, &arn).report();
    let cells = columns.iter().map(|column| match *column {
        "user" => "<root_account>".to_owned(),
        "arn" => arn.clone(),
        "user_creation_time" => made(derived::age(account).max(root.key.unwrap_or_default())),
        "password_enabled" | "password_last_changed" | "password_next_rotation" => {
            "not_supported".to_owned()
        }
        "password_last_used" => root.used.map_or_else(
            || "no_information".to_owned(),
            |days| facts.calendar.used(days, &arn).report(),
        ),
        "mfa_active" => root.mfa.to_string(),
        "access_key_1_active" => root.key.is_some().to_string(),
        "access_key_1_last_rotated" => root.key.map_or_else(none, made),
        column if column.ends_with("_active") => "false".to_owned(),
        _ => none(),
    });
    cells.collect::<Vec<_>>().join(",")
}

/// The emulator's row with what it cannot know: dates, regions, services.
fn user_row(facts: &Facts, account: &str, user: &User, columns: &[&str], line: &str) -> String {
    let arn = user_arn(account, user);
    let calendar = facts.calendar;
    let cells = columns.iter().zip(line.split(',')).map(|(column, cell)| match *column {
        "user_creation_time" => calendar.made(derived::user_age(user, &arn), &arn).report(),
        "password_last_changed" => user
            .password
            .map_or_else(none, |password| calendar.made(password.changed, &arn).report()),
        "password_last_used" => match user.password {
            None => none(),
            Some(password) => password.used.map_or_else(
                || "no_information".to_owned(),
                |days| calendar.used(days, &arn).report(),
            ),
        },
        "password_next_rotation" => none(),
        column => match key_column(user, column) {
            Some((slot, key, fact)) => key_cell(facts, &key_name(&arn, slot), key, fact, cell),
            None => cell.to_owned(),
        },
    });
    cells.collect::<Vec<_>>().join(",")
}

/// What a key's dates belong to.
pub(super) fn key_name(arn: &str, slot: usize) -> String {
    format!("{arn}/key{slot}")
}

fn key_column<'a>(user: &User, column: &'a str) -> Option<(usize, Option<AccessKey>, &'a str)> {
    let (slot, fact) = column.strip_prefix("access_key_")?.split_once('_')?;
    let slot = slot.parse::<usize>().ok()?.checked_sub(1)?;
    Some((slot, user.keys.get(slot).copied().flatten(), fact))
}

fn key_cell(facts: &Facts, name: &str, key: Option<AccessKey>, fact: &str, cell: &str) -> String {
    let Some(key) = key else {
        return if fact == "active" { cell.to_owned() } else { none() };
    };
    match (fact, key.used) {
        ("last_rotated", _) => facts.calendar.made(key.created, name).report(),
        ("last_used_date", Some((days, _))) => facts.calendar.used(days, name).report(),
        ("last_used_region", Some(_)) => HOME_REGION.to_owned(),
        ("last_used_service", Some((_, service))) => service.to_owned(),
        ("last_used_date" | "last_used_region" | "last_used_service", None) => none(),
        _ => cell.to_owned(),
    }
}

fn none() -> String {
    "N/A".to_owned()
}
