//! All files together, before anything is written: which unit of work each belongs to, and that they fit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::files;
use super::parse::{CHART_LISTS, Content, DETAIL_LISTS, Document, parse};
use super::refusal::{Problem, Refusal};
use crate::collect::Collect as _;
use crate::collect::iam_authorization::IamAuthorization;
use crate::collect::iam_credentials::IamCredentials;
use crate::collect::organization::OrganizationCollector;
use crate::model::{AccountId, Region, Timestamp, Unit};

/// One file of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The file.
    pub path: PathBuf,
    /// Its size, in bytes.
    pub bytes: u64,
    /// The moment that it is about: what was asked for, the time at which AWS says that it made the answer, or
    /// the time at which the file was last written; never a time to come.
    pub as_of: Timestamp,
    /// The lists in it, by the names that the CLI gives them.
    pub lists: BTreeSet<&'static str>,
    /// Whether AWS had more to say.
    pub truncated: bool,
}

/// What is imported: the files of each unit of work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The files, each read to its end once.
    pub units: BTreeMap<Unit, Vec<Part>>,
}

impl Plan {
    /// The moment that a unit's files are about together: that of the oldest.
    pub fn as_of(&self, unit: &Unit) -> Option<Timestamp> {
        self.units.get(unit)?.iter().map(|part| part.as_of).min()
    }
}

/// Reads every file, and says what they come to. Nothing is written.
///
/// # Errors
///
/// The first file that cannot be read, that is about another account than its name says, or that says a second
/// time what another file says.
pub fn plan(files: &[PathBuf], as_of: Option<Timestamp>, now: Timestamp) -> Result<Plan, Refusal> {
    let mut plan = Plan::default();
    for path in files {
        let (document, bytes, written) = read(path)?;
        check_name(path, &document.account)?;
        let made = match &document.content {
            Content::Report { generated, .. } => *generated,
            Content::Details { .. } | Content::Chart(_) => None,
        };
        let part = Part {
            path: path.clone(),
            bytes,
            as_of: as_of.or(made).or(written).unwrap_or(now).min(now),
            lists: document.lists.clone(),
            truncated: document.truncated,
        };
        let parts = plan.units.entry(unit(&document)).or_default();
        check_once(parts, &part)?;
        parts.push(part);
    }
    Ok(plan)
}

/// Reads one file: what is in it, its size, and when it was last written.
pub(super) fn read(path: &Path) -> Result<(Document, u64, Option<Timestamp>), Refusal> {
    let (file, what) = files::open(path)?;
    let document = parse(file).map_err(|problem| problem.of(path))?;
    let written = what.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
    Ok((document, what.len(), written.filter(|time| *time >= Timestamp::UNIX_EPOCH)))
}

/// The unit of work whose place the document takes.
fn unit(document: &Document) -> Unit {
    let collector = match document.content {
        Content::Details { .. } => IamAuthorization.name(),
        Content::Report { .. } => IamCredentials.name(),
        Content::Chart(_) => OrganizationCollector.name(),
    };
    Unit {
        account: document.account.clone(),
        region: Region::global(),
        collector: collector.to_owned(),
    }
}

/// Two whole answers to one question were given at two times, and which is the later nobody can tell. Pages of
/// one answer are all truncated but the last.
fn check_once(parts: &[Part], part: &Part) -> Result<(), Refusal> {
    let same = |other: &&Part| {
        !part.truncated && !other.truncated && !other.lists.is_disjoint(&part.lists)
    };
    let Some(other) = parts.iter().find(same) else { return Ok(()) };
    let reason = format!("{} is a whole answer to the same question", other.path.display());
    let next = "leave one of them out, or import the older one first and then the newer one";
    Err(Problem::new(reason, next).of(&part.path))
}

/// Whether the name of the file or of its folder speaks of another account. The name alone says nothing.
fn check_name(path: &Path, account: &AccountId) -> Result<(), Refusal> {
    for name in [path.file_stem(), path.parent().and_then(Path::file_name)].into_iter().flatten() {
        let name = name.to_string_lossy();
        let ids: Vec<&str> = name
            .split(|c: char| !c.is_ascii_digit())
            .filter(|digits| {
                digits.len() == 12 && (*digits == account.as_str() || !is_time(digits))
            })
            .collect();
        if let Some(other) = ids.first().filter(|_| !ids.contains(&account.as_str())) {
            let reason =
                format!("it is about account {account}, and its name speaks of account {other}");
            let next = "name it after the account that it is about, or after none";
            return Err(Problem::new(reason, next).of(path));
        }
    }
    Ok(())
}

/// Whether twelve digits are a time of our days, as file names carry it: `202611220600`.
fn is_time(digits: &str) -> bool {
    let part = |from: usize, to: usize| {
        digits.get(from..to).and_then(|part| part.parse::<u32>().ok()).unwrap_or(u32::MAX)
    };
    (2000..2100).contains(&part(0, 4))
        && (1..=12).contains(&part(4, 6))
        && (1..=31).contains(&part(6, 8))
        && part(8, 10) < 24
        && part(10, 12) < 60
}

/// What keeps the parts of a unit from being a whole answer, if anything does.
///
/// A list with a filter looks like a list without: the CLI prints every list, empty where the filter left all
/// of it out. What an answer without a filter always has are roles and AWS's own policies.
///
/// <https://docs.aws.amazon.com/cli/latest/reference/iam/get-account-authorization-details.html>
pub(super) fn missing(parts: &[Part], roles: usize, lists_aws: bool) -> Option<String> {
    let lists: BTreeSet<&str> = parts.iter().flat_map(|part| part.lists.iter().copied()).collect();
    let expected =
        if lists.is_disjoint(&BTreeSet::from(DETAIL_LISTS)) { &[][..] } else { &DETAIL_LISTS };
    if let Some(list) = expected.iter().find(|list| !lists.contains(**list)) {
        return Some(format!("the file has no `{list}`"));
    }
    if let Some(part) = parts.iter().find(|part| part.truncated) {
        let name = part.path.file_name().unwrap_or_default().to_string_lossy();
        return Some(format!(
            "{name} is one page of several, and no page says which others there are"
        ));
    }
    match (expected.is_empty(), roles, lists_aws) {
        (false, 0, _) => Some("no role is listed, as if a filter had left them out".to_owned()),
        (false, _, false) => {
            Some("no policy of AWS's is listed, as if a filter had left them out".to_owned())
        }
        _ => None,
    }
}

/// Whether the parts hold the whole list of accounts.
pub(super) fn cut_off(parts: &[Part]) -> Option<String> {
    let part = parts.iter().find(|part| part.truncated)?;
    let name = part.path.file_name().unwrap_or_default().to_string_lossy();
    let lists: Vec<&str> =
        part.lists.iter().copied().filter(|list| CHART_LISTS.contains(list)).collect();
    Some(format!("{name} is one page of several of `{}`", lists.join("`, `")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(path: &str, truncated: bool) -> Part {
        Part {
            path: path.into(),
            bytes: 0,
            as_of: Timestamp::UNIX_EPOCH,
            lists: DETAIL_LISTS.into(),
            truncated,
        }
    }

    #[test]
    fn names_may_speak_of_the_account_or_of_none() {
        let account = "111122223333".parse().unwrap();
        for name in [
            "details.json",
            "111122223333.json",
            "444455556666/111122223333.json",
            "prod-111122223333-202611220600.json",
            "202611220600.json",
            "1111222233334.json",
        ] {
            // The folder of the third speaks of another account than its file.
            let fits = !name.starts_with("4444");
            assert_eq!(check_name(Path::new(name), &account).is_ok(), fits, "{name}");
        }
        let error = check_name(Path::new("x/444455556666-a.json"), &account).unwrap_err();
        assert!(error.to_string().contains("account 111122223333"), "{error}");
        assert!(error.to_string().contains("account 444455556666"), "{error}");
    }

    #[test]
    fn pages_go_together_and_two_whole_answers_do_not() {
        let pages = [part("1", true), part("2", true)];
        check_once(&pages, &part("3", false)).unwrap();
        let error = check_once(&[part("1", false)], &part("2", false)).unwrap_err();
        assert!(error.problem.next.contains("older one first"), "{error}");
        let organization = Part { lists: CHART_LISTS.into(), ..part("2", false) };
        check_once(&[part("1", false)], &organization).unwrap();
    }

    #[test]
    fn what_may_not_be_all_is_never_taken_for_all() {
        let without = |list: &str| {
            let mut part = part("a.json", false);
            part.lists.remove(list);
            part
        };
        let rows = [
            (vec![part("a.json", false)], 1, true, None),
            (vec![part("a.json", false)], 0, true, Some("no role")),
            (vec![part("a.json", false)], 1, false, Some("no policy of AWS's")),
            (vec![without("Policies")], 1, true, Some("`Policies`")),
            (
                vec![part("a.json", true), part("b.json", false)],
                1,
                true,
                Some("a.json is one page"),
            ),
        ];
        for (parts, roles, lists_aws, expected) in rows {
            let why = missing(&parts, roles, lists_aws);
            assert_eq!(why.is_some(), expected.is_some(), "{why:?}");
            assert!(expected.is_none_or(|text| why.unwrap().contains(text)));
        }
        assert_eq!(cut_off(&[part("a.json", false)]), None);
    }
}
