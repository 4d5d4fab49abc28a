//! The tags of what a request is on, as conditions of policies ask for them: `aws:ResourceTag/KEY`, and the keys of the same
//! meaning that services had before.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourcetag>

use super::estate::{Estate, Tags};
use crate::policy::Policy;
use crate::policy::catalogue::{self, Catalogue as _};
use crate::policy::condition::Condition;
use crate::policy::document::Listed;
use crate::policy::evaluate::{Context, Mode};

/// What keys about the tags of resources have before the tag's own key, in lower case.
const BEHIND: &str = ":resourcetag/";

/// The keys, in lower case, of the tags of resources that a policy asks for.
pub(super) fn asked(policy: &Policy) -> impl Iterator<Item = Box<str>> {
    keys(policy).filter_map(|key| key.split_once(BEHIND).map(|(_, tag)| tag.into()))
}

/// The keys, in lower case, that the conditions and resources of a policy ask for.
pub(super) fn keys(policy: &Policy) -> impl Iterator<Item = String> {
    let nothing = Context::new(Mode::Discovery);
    let mut keys = Vec::new();
    for statement in policy.statements() {
        keys.extend(statement.conditions().iter().flat_map(Condition::keys));
        let resources = statement.resources().into_iter().flat_map(Listed::items);
        keys.extend(resources.flat_map(|it| it.unknown(&nothing)).map(str::to_lowercase));
    }
    keys.into_iter()
}

/// The tags of a resource, where they were collected: its own, not those of what it is in. Amazon S3 lets them count only for
/// buckets that are set so, which nobody collects.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html>
fn known<'e>(estate: &'e Estate, resource: &str) -> Option<&'e Tags> {
    if resource.contains(":s3:::") {
        return None;
    }
    match estate.identity(resource) {
        Some(identity) => identity.tags.as_ref(),
        None => estate.resources.get(resource)?.tags.as_ref(),
    }
}

/// The value of a tag of a resource that policies ask for; `None` where nothing is known of its tags.
fn value<'e>(tags: &'e Tags, tag: &str) -> Option<&'e str> {
    // Of tags that conditions cannot tell apart the last counts.
    tags.iter().rev().find(|(own, _)| **own == *tag).map(|(_, value)| &**value)
}

/// What tells questions on one resource apart from those on another, as far as tags do: those that policies ask for.
pub(super) fn told<'e>(
    estate: &'e Estate,
    resource: &str,
) -> Option<impl Iterator<Item = Option<&'e str>>> {
    if estate.asked_tags.is_empty() {
        return None;
    }
    let tags = known(estate, resource)?;
    Some(estate.asked_tags.iter().map(|tag| value(tags, tag)))
}

/// The keys about the tags of a resource, with their values, as far as policies ask for them and requests for the action on
/// it have them; no value where it has no such tag.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>
pub(super) fn facts<'e>(
    estate: &'e Estate,
    action: &str,
    resource: &str,
) -> Vec<(String, Option<&'e str>)> {
    // AWS warns that tags do not decide reliably about who may pass a role.
    if estate.asked_tags.is_empty() || action.eq_ignore_ascii_case("iam:PassRole") {
        return Vec::new();
    }
    let Some(tags) = known(estate, resource) else { return Vec::new() };
    let Some(action) = catalogue::published().action(action) else { return Vec::new() };
    let of_types = action.resources.iter().filter(|kind| kind.is_of(resource));
    let keys = action.keys.iter().chain(of_types.flat_map(|kind| &kind.keys));
    let mut found = Vec::new();
    for key in keys {
        let key = key.to_lowercase();
        let Some(at) = key.find(BEHIND).filter(|_| !key.ends_with(BEHIND)) else { continue };
        let beginning = key.get(..at + BEHIND.len()).unwrap_or_default();
        found.extend(
            estate.asked_tags.iter().map(|tag| (format!("{beginning}{tag}"), value(tags, tag))),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::access::{Estate, Index, Plain, WhoCan as _, can};
    use crate::policy::evaluate::Decision;

    const ANA: &str = "arn:aws:iam::111122223333:user/ana";

    /// What ana may do on a secret, role, queue or object with those tags, if her policy has that condition.
    fn decide(action: &str, resource: &str, tags: &Value, condition: &Value) -> Decision {
        let own = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}]});
        let is_role = resource.contains(":role/");
        let mut principals = vec![json!({"arn": ANA, "inline": [own], "tags": {"team": "red"}})];
        if is_role {
            principals.push(json!({"arn": resource, "trust": null, "tags": tags}));
        }
        let resources = if is_role { json!([]) } else { json!([{"arn": resource, "tags": tags}]) };
        let file = json!({"principals": principals, "resources": resources});
        let estate = Estate::import([("made", file.to_string().as_str())]);
        let answer = can(&estate, ANA, action, resource, &[]).unwrap();
        let who = Index::of(&estate).who_can(action, resource, &[]).unwrap();
        assert_eq!(who, Plain::of(&estate).who_can(action, resource, &[]).unwrap());
        let is_in = |list: &[&str]| list.contains(&ANA);
        assert_eq!(is_in(&who.who), answer.decision == Decision::Allowed, "{answer:?}");
        assert_eq!(is_in(&who.conditional), answer.decision == Decision::Conditional);
        answer.decision
    }

    #[test]
    fn tags_that_were_collected_are_known() {
        use Decision::{Allowed, Conditional, ImplicitlyDenied};
        let secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-Ab1cd2";
        let role = "arn:aws:iam::111122223333:role/app";
        let bucket = "arn:aws:s3:::acme";
        let (get, pass) = ("secretsmanager:GetSecretValue", "iam:PassRole");
        let red = json!({"StringEquals": {"aws:ResourceTag/Team": "red"}});
        let own = json!({"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}});
        let old = json!({"StringEquals": {"secretsmanager:ResourceTag/team": "red"}});
        let of_iam = json!({"StringEquals": {"iam:ResourceTag/team": "red"}});
        let none = json!({"Null": {"aws:ResourceTag/team": "true"}});
        let (is_red, is_blue) = (json!({"team": "red"}), json!([{"Key": "TEAM", "Value": "blue"}]));
        let rows = [
            (get, secret, &is_red, &red, Allowed),
            (get, secret, &is_blue, &red, ImplicitlyDenied),
            (get, secret, &json!({}), &red, ImplicitlyDenied),
            (get, secret, &Value::Null, &red, Conditional),
            (get, secret, &is_red, &own, Allowed),
            (get, secret, &is_blue, &own, ImplicitlyDenied),
            (get, secret, &is_red, &old, Allowed),
            (get, secret, &json!({}), &none, Allowed),
            ("iam:GetRole", role, &is_red, &of_iam, Allowed),
            ("iam:GetRole", role, &is_blue, &of_iam, ImplicitlyDenied),
            ("iam:GetRole", role, &Value::Null, &of_iam, Conditional),
            (pass, role, &is_red, &red, Conditional),
            (pass, role, &is_blue, &of_iam, Conditional),
            (get, secret, &json!({"Team": "red", "team": "blue"}), &red, Conditional),
            (get, secret, &json!({"Team": "red", "team": "red"}), &red, Allowed),
            // The reference has no such key for the call; and of a bucket they count where it is set so alone.
            ("secretsmanager:ListSecrets", "*", &is_red, &red, Conditional),
            ("s3:ListBucket", bucket, &is_red, &red, Conditional),
        ];
        for (number, (action, resource, tags, condition, expected)) in rows.into_iter().enumerate()
        {
            assert_eq!(decide(action, resource, tags, condition), expected, "row {number}");
        }
    }
}
