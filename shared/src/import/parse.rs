//! The bytes of one file → what it holds, or where and why it cannot be read.
//!
//! A file is read from its beginning to its end, item by item, so that never more than what it comes to is in
//! memory. It is known by its content, never by its name.

use std::collections::BTreeSet;
use std::fmt;
use std::io::BufRead;
use std::marker::PhantomData;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::error::Category;

use super::organization::Chart;
use super::refusal::Problem;
use super::text::Date;
use super::{details, organization};
use crate::collect::iam_authorization::Details;
use crate::collect::iam_credentials::report;
use crate::model::{AccountId, Arn, Entity, Timestamp};

/// The lists of the authorization details.
pub(super) const DETAIL_LISTS: [&str; 4] =
    ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"];

/// The lists of an organization.
pub(super) const CHART_LISTS: [&str; 4] =
    ["Organization", "Accounts", "Roots", "OrganizationalUnits"];

/// The field of the CLI's credential report that holds the CSV.
const CONTENT: &str = "Content";

/// How many fields that nobody knows are named.
const NAMED: usize = 5;

const NEXT_WHICH: &str = "bring what `aws iam get-account-authorization-details`, `aws iam get-credential-report` \
    or `aws organizations list-accounts` print with `--output json`, or the CSV of a credential report";
const NEXT_AGAIN: &str = "have it made again, and check that it is whole";
const NEXT_SPLIT: &str = "bring one file for each account";

/// What a file holds.
#[derive(Debug)]
pub(super) enum Content {
    /// Users, groups, roles and policies.
    Details {
        /// What was read.
        details: Details,
        /// Whether any of AWS's own policies was listed, in use or not.
        lists_aws: bool,
    },
    /// A credential report: the CSV, and when AWS made it.
    Report {
        /// The CSV.
        csv: Vec<u8>,
        /// The root user of the account.
        root: Arn,
        /// When AWS made it, where that is told.
        generated: Option<Timestamp>,
    },
    /// A part of an organization.
    Chart(Chart),
}

/// A file that was read.
#[derive(Debug)]
pub struct Document {
    /// The account that it is about; of an organization, its management account.
    pub account: AccountId,
    /// The lists that it holds, by the names that the CLI gives them.
    pub lists: BTreeSet<&'static str>,
    /// Whether AWS had more to say, which is in another file or nowhere.
    pub truncated: bool,
    pub(super) content: Content,
}

impl Document {
    /// The identities and policies in it, those of AWS too.
    pub fn entities(&self) -> impl Iterator<Item = &Entity> {
        let details = match &self.content {
            Content::Details { details, .. } => Some(details),
            Content::Report { .. } | Content::Chart(_) => None,
        };
        details.into_iter().flat_map(|it| it.entities.iter().chain(&it.shared))
    }
}

/// Reads a file.
///
/// # Errors
///
/// What is wrong with the first thing that is, with its place where it has one.
pub fn parse(mut from: impl BufRead) -> Result<Document, Problem> {
    let head = from.fill_buf().map_err(|error| unread(&error))?;
    if head.starts_with(b"\xef\xbb\xbf") {
        from.consume(3);
    }
    match shape(from.fill_buf().map_err(|error| unread(&error))?)? {
        Shape::Json => json(from),
        Shape::Csv => {
            let mut csv = Vec::new();
            from.read_to_end(&mut csv).map_err(|error| unread(&error))?;
            report(csv, None)
        }
    }
}

fn unread(error: &std::io::Error) -> Problem {
    Problem::new(format!("it cannot be read to its end ({error})"), NEXT_AGAIN)
}

enum Shape {
    Json,
    Csv,
}

/// What a file is by its first bytes.
fn shape(head: &[u8]) -> Result<Shape, Problem> {
    let text = head.trim_ascii_start();
    match text {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [_, 0, ..] | [0, ..] => Err(Problem::new(
            "it is UTF-16, as PowerShell's `>` writes it",
            "write it as UTF-8, for example with `| Out-File -Encoding utf8`",
        )),
        [0x1f, 0x8b, ..] | [b'P', b'K', 3, 4, ..] => {
            Err(Problem::new("it is compressed", "unpack it first"))
        }
        [] => Err(Problem::new("it is empty", NEXT_AGAIN)),
        [b'{', ..] => Ok(Shape::Json),
        [b'[', ..] => {
            Err(Problem::new("it is a list, and the AWS CLI prints an object", NEXT_WHICH))
        }
        _ if text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"user,")) => {
            Ok(Shape::Csv)
        }
        _ => Err(Problem::new(
            "it is neither JSON of the AWS CLI nor the CSV of a credential report",
            NEXT_WHICH,
        )),
    }
}

fn json(from: impl BufRead) -> Result<Document, Problem> {
    let mut found = Fields::default();
    let mut reader = serde_json::Deserializer::from_reader(from);
    (&mut found).deserialize(&mut reader).and_then(|()| reader.end()).map_err(|e| misread(&e))?;
    found.document()
}

/// What is wrong with JSON: the parser's words, without the place that it ends them with.
fn misread(error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    let words = text.rsplit_once(" at line ").map_or(text.as_str(), |(words, _)| words);
    let (reason, next) = match error.classify() {
        Category::Eof => ("it ends in the middle: it is half-written".to_owned(), NEXT_AGAIN),
        Category::Io => (format!("it cannot be read to its end ({words})"), NEXT_AGAIN),
        Category::Syntax => (format!("it is not JSON: {words}"), NEXT_AGAIN),
        Category::Data => (words.to_owned(), NEXT_WHICH),
    };
    let position = format!("line {}, column {}", error.line(), error.column());
    Problem { position: (error.line() > 0).then_some(position), reason, next }
}

fn report(csv: Vec<u8>, generated: Option<Timestamp>) -> Result<Document, Problem> {
    let wrong = |reason| Problem::new(reason, NEXT_AGAIN);
    let root = report::root(&csv).map_err(wrong)?;
    // Read here too, so that what cannot be read is refused before anything is written.
    report::read(&csv, &root).map_err(wrong)?;
    let account = root.account().ok_or_else(|| wrong("no row names its account".to_owned()))?;
    Ok(Document {
        account,
        lists: BTreeSet::from([CONTENT]),
        truncated: false,
        content: Content::Report { csv, root, generated },
    })
}

/// The fields of a document, as they come.
#[derive(Default)]
struct Fields {
    details: Details,
    lists_aws: bool,
    chart: Chart,
    lists: BTreeSet<&'static str>,
    account: Option<AccountId>,
    truncated: bool,
    content: Option<String>,
    generated: Option<Date>,
    unknown: Vec<String>,
}

impl Fields {
    /// What one field holds.
    fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        let list = DETAIL_LISTS.iter().chain(&CHART_LISTS).find(|list| **list == name);
        if list.is_some_and(|list| !self.lists.insert(list)) {
            return Err(A::Error::custom(format!("`{name}` is there twice")));
        }
        match name {
            "UserDetailList" => map.next_value_seed(Each::new(|it: details::User| {
                self.details.user(it.into());
                self.agree_on_details()
            })),
            "GroupDetailList" => map.next_value_seed(Each::new(|it: details::Group| {
                self.details.group(it.into());
                self.agree_on_details()
            })),
            "RoleDetailList" => map.next_value_seed(Each::new(|it: details::Role| {
                self.details.role(it.into());
                self.agree_on_details()
            })),
            "Policies" => map.next_value_seed(Each::new(|it: details::Policy| {
                self.lists_aws |= it.is_of_aws();
                self.details.policy(it.into());
                self.agree_on_details()
            })),
            "Organization" => {
                let it: organization::Organization = map.next_value()?;
                self.chart(|chart| chart.organization(it)).map_err(A::Error::custom)
            }
            "Accounts" => map.next_value_seed(Each::new(|it: organization::Account| {
                self.chart(|chart| chart.account(it))
            })),
            "Roots" => map.next_value_seed(Each::new(|it: organization::Root| {
                self.chart(|chart| chart.root(it))
            })),
            "OrganizationalUnits" => map.next_value_seed(Each::new(|it: organization::Unit| {
                self.chart(|chart| chart.unit(it))
            })),
            _ => self.other(name, map),
        }
    }

    fn other<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            CONTENT => self.content = Some(map.next_value()?),
            "GeneratedTime" => self.generated = Some(map.next_value()?),
            "IsTruncated" => self.truncated |= map.next_value::<bool>()?,
            // Version 2 of the CLI prints this one where `--max-items` cut the answer off.
            "NextToken" => self.truncated |= map.next_value::<Option<String>>()?.is_some(),
            _ => {
                map.next_value::<IgnoredAny>()?;
                if self.unknown.len() < NAMED {
                    self.unknown.push(name.to_owned());
                }
            }
        }
        Ok(())
    }

    /// After each detail: it could be read, and it is of the same account as those before it.
    fn agree_on_details(&mut self) -> Result<(), String> {
        if let Some(unread) = self.details.unread.pop() {
            return Err(format!("{}: {}", unread.what, unread.reason));
        }
        let arn = match self.details.entities.last() {
            Some(Entity::User(it)) => &it.arn,
            Some(Entity::Group(it)) => &it.arn,
            Some(Entity::Role(it)) => &it.arn,
            Some(Entity::Policy(it)) => &it.arn,
            _ => return Ok(()),
        };
        agree(&mut self.account, arn)
    }

    fn chart(
        &mut self,
        take: impl FnOnce(&mut Chart) -> Result<Option<Arn>, String>,
    ) -> Result<(), String> {
        match take(&mut self.chart)? {
            Some(arn) => agree(&mut self.account, &arn),
            None => Ok(()),
        }
    }

    fn document(self) -> Result<Document, Problem> {
        let has = |lists: &[&str]| lists.iter().any(|list| self.lists.contains(list));
        match (has(&DETAIL_LISTS), has(&CHART_LISTS), self.content) {
            (false, false, None) => {
                let fields: Vec<String> = self.unknown.iter().map(|it| format!("`{it}`")).collect();
                let fields =
                    if fields.is_empty() { "no field".to_owned() } else { fields.join(", ") };
                let reason = format!("nothing in it is known here: it has {fields}");
                Err(Problem::new(reason, NEXT_WHICH))
            }
            (true, false, None) => {
                let content = Content::Details { details: self.details, lists_aws: self.lists_aws };
                whole(self.account, self.lists, self.truncated, content)
            }
            (false, true, None) => {
                let account = self.account.or_else(|| self.chart.management());
                whole(account, self.lists, self.truncated, Content::Chart(self.chart))
            }
            (false, false, Some(text)) => {
                let text: String = text.split_whitespace().collect();
                let csv = BASE64_STANDARD.decode(text).map_err(|error| {
                    Problem::new(format!("its `{CONTENT}` is not base64 ({error})"), NEXT_AGAIN)
                })?;
                report(csv, self.generated.map(|it| it.0))
            }
            _ => Err(Problem::new("answers to several questions are in it", NEXT_SPLIT)),
        }
    }
}

fn whole(
    account: Option<AccountId>,
    lists: BTreeSet<&'static str>,
    truncated: bool,
    content: Content,
) -> Result<Document, Problem> {
    let account = account.ok_or_else(|| {
        let reason = "no ARN in it says which account it is about";
        Problem::new(reason, "bring the answer of an account that has a role, a user or a policy")
    })?;
    Ok(Document { account, lists, truncated, content })
}

fn agree(known: &mut Option<AccountId>, arn: &Arn) -> Result<(), String> {
    let account = arn.account().filter(|account| *account != AccountId::aws());
    let account = account.ok_or_else(|| format!("{arn} names no account"))?;
    match known {
        Some(known) if *known != account => {
            Err(format!("{arn} is not of account {known}, which everything before it is of"))
        }
        _ => {
            *known = Some(account);
            Ok(())
        }
    }
}

impl<'de> DeserializeSeed<'de> for &mut Fields {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Fields {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a document of the AWS CLI")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            self.take(&name, &mut map)?;
        }
        Ok(())
    }
}

/// Hands on each item of a list as soon as it is read.
struct Each<T, F> {
    take: F,
    item: PhantomData<T>,
}

impl<T, F: FnMut(T) -> Result<(), String>> Each<T, F> {
    fn new(take: F) -> Self {
        Self { take, item: PhantomData }
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T) -> Result<(), String>> DeserializeSeed<'de>
    for Each<T, F>
{
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T) -> Result<(), String>> Visitor<'de> for Each<T, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<T>()? {
            (self.take)(item).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
