//! The lists of IAM, corrected in one pass over their elements.

use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Correction, Facts, calendar::Moment, facts::Thing};
use crate::testing::{
    company::{
        aws_managed::{self, AwsManaged},
        derived,
        iam::policy_arn,
        people::HOME_REGION,
    },
    proxy::RequestView,
};

/// What IAM leaves as it is in documents: the unreserved characters of RFC 3986.
const DOCUMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What is corrected of an answer about one thing.
const ONE: &str = "unique ids in AWS's form, dates in the past";

pub(super) fn all(facts: &Arc<Facts>) -> Vec<Correction> {
    let rows = [
        (
            "iam:GetAccountAuthorizationDetails",
            "unique ids in AWS's form, dates in the past, attached AWS-managed policies with their documents, \
             boundaries of users, last use of roles, names and ids of policies, percent-encoded trust policies",
        ),
        ("iam:ListUsers", "unique ids in AWS's form, dates in the past, last use of passwords"),
        (
            "iam:ListInstanceProfiles",
            "unique ids in AWS's form, dates in the past, percent-encoded trust policies",
        ),
        ("iam:ListServerCertificates", "an id for each certificate, dates of upload and expiry"),
        ("iam:ListSAMLProviders", "dates in the past, dates of expiry"),
        ("iam:GetUser", ONE),
        ("iam:GetGroup", ONE),
        ("iam:GetRole", ONE),
        ("iam:GetPolicy", ONE),
        ("iam:GetPolicyVersion", "dates in the past"),
    ];
    rows.map(|(action, shows)| {
        let facts = Arc::clone(facts);
        Correction::text(action, shows, move |view, text| Some(mend(&facts, view, text)))
    })
    .into()
}

/// The answer with everything in it mended.
fn mend(facts: &Facts, view: &RequestView, text: &str) -> String {
    let pieces: Vec<_> = text.split('<').collect();
    let one = view.action.starts_with("Get") && view.action != "GetAccountAuthorizationDetails";
    let arn = if one { subject(view, &pieces) } else { String::new() };
    let mut place = Place { facts, view, arn, version: None, one };
    let mut out = String::with_capacity(text.len() * 2);
    for (position, piece) in pieces.iter().enumerate() {
        let (tag, content) = piece.split_once('>').unwrap_or((piece, ""));
        if position > 0 && !is_closed_late(tag) {
            out.push('<');
        }
        // An id stands right before its ARN.
        let owner = pieces.get(position + 2).and_then(|next| next.strip_prefix("Arn>"));
        match place.replacement(tag, content, owner) {
            Some(other) => out.push_str(&other),
            None => out.push_str(piece),
        }
        out.push_str(&place.addition(tag));
    }
    out
}

/// The ARN of the one thing that an answer is about: the first in it, or the one that was asked for.
fn subject(view: &RequestView, pieces: &[&str]) -> String {
    let told = pieces.iter().find_map(|piece| piece.strip_prefix("Arn>")).map(unescape);
    told.or_else(|| view.form("PolicyArn")).unwrap_or_default()
}

/// The ends of lists that get members: what is added stands before them.
fn is_closed_late(tag: &str) -> bool {
    matches!(tag, "/AttachedManagedPolicies" | "/Policies")
}

/// Where in the answer the pass is.
#[derive(Debug)]
struct Place<'a> {
    facts: &'a Facts,
    view: &'a RequestView,
    /// The ARN of what the elements are about.
    arn: String,
    version: Option<u32>,
    /// Whether it is about one thing, whose ARN may come last.
    one: bool,
}

impl Place<'_> {
    /// What stands in the place of a tag and the text behind it; `None` if they stay as they are.
    fn replacement(&mut self, tag: &str, content: &str, owner: Option<&str>) -> Option<String> {
        if let (Some(prefix), Some(arn)) = (id_prefix(tag), owner) {
            return Some(format!("{tag}>{}", derived::unique_id(prefix, &unescape(arn))));
        }
        if let (Some(prefix), true) =
            (id_prefix(tag).or((tag == "PolicyId").then_some("ANPA")), self.one)
        {
            return Some(format!("{tag}>{}", derived::unique_id(prefix, &self.arn)));
        }
        match tag {
            "Arn" => {
                self.arn = unescape(content);
                self.version = None;
                None
            }
            "VersionId" => {
                self.version = content.strip_prefix('v').and_then(|number| number.parse().ok());
                None
            }
            // It is encoded there.
            "AssumeRolePolicyDocument" if self.one => None,
            "AssumeRolePolicyDocument" => {
                let document = unescape(content);
                Some(format!("{tag}>{}", utf8_percent_encode(&document, DOCUMENT)))
            }
            "CreateDate" | "UpdateDate" | "UploadDate" | "Expiration" | "ValidUntil" => {
                Some(format!("{tag}>{}", self.date(tag).xml()))
            }
            // The founding itself has used some roles.
            "LastUsedDate" => {
                let days = self.thing().and_then(|thing| thing.used).unwrap_or_default();
                Some(format!("{tag}>{}", self.facts.calendar.used(days, &self.arn).xml()))
            }
            "AttachedManagedPolicies/" => Some(format!(
                "AttachedManagedPolicies>{}</AttachedManagedPolicies>",
                self.managed()
            )),
            "/AttachedManagedPolicies" => {
                Some(format!("{}</AttachedManagedPolicies>", self.managed()))
            }
            "RoleLastUsed/" => self.last_used(),
            "Policies/" => Some(format!("Policies>{}</Policies>", self.policies())),
            "/Policies" => Some(format!("{}</Policies>", self.policies())),
            _ => None,
        }
    }

    /// What follows a tag and the text behind it.
    fn addition(&self, tag: &str) -> String {
        let thing = self.thing();
        match tag {
            "/Arn" if self.arn.contains(":policy/") && !self.one => {
                let name = self.arn.rsplit('/').next().unwrap_or_default();
                let id = derived::unique_id("ANPA", &self.arn);
                format!("<PolicyName>{name}</PolicyName><PolicyId>{id}</PolicyId>")
            }
            "/AttachedManagedPolicies" | "AttachedManagedPolicies/" => {
                let boundary = thing.and_then(|thing| thing.boundary.as_deref());
                boundary.map(boundary_element).unwrap_or_default()
            }
            "/CreateDate" if self.view.action == "ListUsers" => {
                let date = thing
                    .and_then(|thing| thing.used)
                    .map(|days| self.facts.calendar.used(days, &self.arn).xml());
                let element = |date| format!("<PasswordLastUsed>{date}</PasswordLastUsed>");
                date.map(element).unwrap_or_default()
            }
            _ => String::new(),
        }
    }

    fn thing(&self) -> Option<&Thing> {
        self.facts.things.get(&self.arn)
    }

    fn date(&self, tag: &str) -> Moment {
        let calendar = self.facts.calendar;
        let thing = self.thing();
        let age = thing.map_or_else(|| derived::age(&self.arn), |thing| thing.age);
        match (tag, self.version) {
            ("Expiration", _) => calendar.ends(derived::draw(&self.arn, 90), &self.arn),
            ("ValidUntil", _) => calendar.ends(300 + derived::draw(&self.arn, 700), &self.arn),
            ("UpdateDate", _) => calendar.made(thing.map_or(age, |thing| thing.updated), &self.arn),
            (_, Some(version)) => {
                calendar.made(age.saturating_sub((version.max(1) - 1) * 10), &self.arn)
            }
            _ => calendar.made(age, &self.arn),
        }
    }

    /// The members that AWS-managed policies are in the list of what is attached.
    fn managed(&self) -> String {
        let names = self.thing().map_or(&[][..], |thing| thing.managed.as_slice());
        let members = names.iter().map(|name| {
            format!(
                "<member><PolicyName>{}</PolicyName><PolicyArn>{}</PolicyArn></member>",
                name.rsplit('/').next().unwrap_or(name),
                policy_arn("", name)
            )
        });
        members.collect()
    }

    fn last_used(&self) -> Option<String> {
        let days = self.thing()?.used?;
        let date = self.facts.calendar.used(days, &self.arn).xml();
        Some(format!(
            "RoleLastUsed><LastUsedDate>{date}</LastUsedDate><Region>{HOME_REGION}</Region></RoleLastUsed>"
        ))
    }

    /// The AWS-managed policies in use in the account, with their documents.
    fn policies(&self) -> String {
        let asked = self.view.text();
        if asked.contains("Filter.member") && !asked.contains("AWSManagedPolicy") {
            return String::new();
        }
        let in_use = self.facts.in_use.get(self.facts.account(self.view));
        let policies = in_use.into_iter().flatten().filter_map(|name| aws_managed::find(name));
        policies.map(policy_member).collect()
    }
}

fn boundary_element(arn: &str) -> String {
    format!(
        "<PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType>\
         <PermissionsBoundaryArn>{}</PermissionsBoundaryArn></PermissionsBoundary>",
        escape(arn)
    )
}

fn policy_member(policy: &AwsManaged) -> String {
    let arn = format!("arn:aws:iam::aws:policy{}{}", policy.path, policy.name);
    format!(
        "<member><PolicyName>{name}</PolicyName><PolicyId>{id}</PolicyId><Arn>{arn}</Arn>\
         <Path>{path}</Path><DefaultVersionId>{version}</DefaultVersionId>\
         <AttachmentCount>1</AttachmentCount><IsAttachable>true</IsAttachable><CreateDate>{created}</CreateDate>\
         <UpdateDate>{updated}</UpdateDate><PolicyVersionList><member>\
         <Document>{document}</Document><VersionId>{version}</VersionId>\
         <IsDefaultVersion>true</IsDefaultVersion><CreateDate>{updated}</CreateDate>\
         </member></PolicyVersionList></member>",
        name = policy.name,
        id = derived::unique_id("ANPA", &arn),
        path = policy.path,
        version = policy.version,
        created = policy.created,
        updated = policy.updated,
        document = utf8_percent_encode(&policy.document, DOCUMENT),
    )
}

/// The prefix of the ids that an element holds.
fn id_prefix(tag: &str) -> Option<&'static str> {
    Some(match tag {
        "UserId" => "AIDA",
        "GroupId" => "AGPA",
        "RoleId" => "AROA",
        "InstanceProfileId" => "AIPA",
        "ServerCertificateId" => "ASCA",
        _ => return None,
    })
}

pub(super) fn unescape(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&apos;", "'").replace("&#39;", "'").replace("&amp;", "&")
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
