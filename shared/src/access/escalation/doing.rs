//! On what the permissions of a way are asked that goes through a service: functions, instances, stacks of an account.
//!
//! Where several permissions are about the same type of resource they must be given on one and the same, all in one
//! region; and an action that is always on several types must be allowed on each. That is asked of everybody at once on a
//! resource of any name. Whoever it is not given to, and who has policies that name resources, is asked about these, by
//! itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

use super::ask::decision;
use super::{Escalation, PATHS, Path, Set, Way};
use crate::access::difference::meet::meet;
use crate::access::estate::Identity;
use crate::access::facts::{in_region, of_principal};
use crate::access::index::WhoCan as _;
use crate::access::target::Target;
use crate::policy::catalogue::{self, Catalogue as _};
use crate::policy::document::{Effect, Listed};
use crate::policy::evaluate::facts::region;
use crate::policy::evaluate::{Context, Mode};
use crate::policy::wildcard::Wildcard;

/// What actions are on where the reference leaves that open, or what the way is about is one of several.
///
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-examples.html>
const ON: &[(&str, &[&str])] = &[
    ("ssm:SendCommand", &["document", "instance"]),
    ("ssm:StartSession", &["instance"]),
    ("bedrock-agentcore:InvokeCodeInterpreter", &["code-interpreter-custom"]),
    ("bedrock-agentcore:StartCodeInterpreterSession", &["code-interpreter-custom"]),
    ("bedrock-agentcore:StartBrowserSession", &["browser-custom"]),
];

/// Of how many patterns what two of them have in common is tried.
const FEW: usize = 24;

/// One type of resource, and what must be allowed on one and the same of it.
#[derive(Debug)]
struct Kind {
    /// What its ARNs look like; none for actions that are on `*` alone.
    patterns: Vec<String>,
    types: Vec<Wildcard>,
    actions: Vec<&'static str>,
}

/// The types of resources that each way is about, by its id.
static KINDS: LazyLock<HashMap<&'static str, Vec<Kind>>> = LazyLock::new(|| {
    let through = PATHS.iter().filter(|it| matches!(it.way, Way::Pass(_) | Way::Existing(_)));
    through.map(|path| (path.id, kinds(path))).collect()
});

fn kinds(path: &Path) -> Vec<Kind> {
    let mut by_name: BTreeMap<(String, String), Kind> = BTreeMap::new();
    for action in path.needs {
        let chosen = ON.iter().find(|(name, _)| name == action).map(|(_, on)| *on);
        let types = catalogue::published().action(action).map(|it| it.resources);
        let types = types.into_iter().flatten();
        let types: Vec<_> = types
            .filter(|it| chosen.map_or(it.is_required, |chosen| chosen.contains(&it.name)))
            .filter(|it| !it.arns.is_empty())
            .collect();
        let service = action.split(':').next().unwrap_or_default();
        if types.is_empty() {
            let key = (service.to_owned(), (*action).to_owned());
            let kind = Kind { patterns: Vec::new(), types: Vec::new(), actions: vec![action] };
            by_name.insert(key, kind);
        }
        for it in types {
            let patterns: Vec<String> = it.patterns().collect();
            let kind = by_name.entry((service.to_owned(), it.name.to_owned()));
            let kind = kind.or_insert_with(|| Kind {
                types: patterns.iter().map(|pattern| Wildcard::read(pattern)).collect(),
                patterns,
                actions: Vec::new(),
            });
            kind.actions.push(action);
        }
    }
    by_name.into_values().collect()
}

/// Who of an account can do all that a way takes there.
#[derive(Debug)]
pub(super) struct Doing {
    /// Who can on a resource of any name.
    broad: Set,
    /// Who was asked about by itself.
    tried: Set,
    /// All who are known to.
    all: Arc<Set>,
    /// What `all` was before: kept, as sets are told apart by where they lie.
    before: Vec<Arc<Set>>,
}

/// What an action is done on.
pub(super) type On = Vec<(&'static str, String)>;

impl<'e> Escalation<'_, 'e> {
    /// Who of an account can do all that a way takes there, at least those of the candidates who can.
    pub(super) fn doing(
        &mut self,
        path: &'static Path,
        account: &'e str,
        candidates: &Set,
    ) -> Arc<Set> {
        let key = (path.id, account);
        let known = self.doing.remove(&key);
        let mut doing = known.unwrap_or_else(|| self.broadly(path, account));
        let mut fresh = candidates.clone();
        if let Some(members) = self.index().members(account) {
            fresh.keep(members);
        }
        fresh.drop(&doing.broad);
        fresh.drop(&doing.tried);
        let mut more = self.none();
        for place in fresh.places() {
            let Some(identity) = self.identity(place) else { continue };
            if self.is_narrow(path, identity) && self.found_on(path, identity).is_some() {
                more.add(place);
            }
        }
        doing.tried.join(&fresh);
        if !more.is_empty() {
            more.join(&doing.all);
            let before = std::mem::replace(&mut doing.all, Arc::new(more));
            doing.before.push(before);
        }
        let all = Arc::clone(&doing.all);
        self.doing.insert(key, doing);
        all
    }

    /// Who can on a resource of any name.
    fn broadly(&mut self, path: &'static Path, account: &'e str) -> Doing {
        let mut broad = self.none();
        let kinds = KINDS.get(path.id).map_or(&[][..], Vec::as_slice);
        let members = self.index().members(account).cloned().unwrap_or_default();
        for region in self.regions.clone() {
            let mut who = members.clone();
            for kind in kinds {
                let mut on_any = self.none();
                for resource in kind.usual(account, &region) {
                    let mut all = who.clone();
                    for action in &kind.actions {
                        let given = said(action, &resource, &region);
                        all.keep(&self.memo.allowed(action, &resource, &given));
                    }
                    on_any.join(&all);
                }
                who.keep(&on_any);
                if who.is_empty() {
                    break;
                }
            }
            broad.join(&who);
        }
        let all = Arc::new(broad.clone());
        Doing { broad, tried: self.none(), all, before: Vec::new() }
    }

    /// Whether policies of one's own name resources of a way.
    fn is_narrow(&self, path: &'static Path, identity: &Identity) -> bool {
        let kinds = KINDS.get(path.id).map_or(&[][..], Vec::as_slice);
        kinds.iter().any(|kind| !self.named(kind, identity).is_empty())
    }

    /// On what of its account somebody can do all that a way takes there.
    pub(super) fn found_on(&self, path: &'static Path, identity: &Identity) -> Option<On> {
        let kinds = KINDS.get(path.id)?;
        let named: Vec<Vec<String>> = kinds.iter().map(|kind| self.named(kind, identity)).collect();
        let mut regions: Vec<&str> = self.regions.iter().map(String::as_str).collect();
        for pattern in named.iter().flatten() {
            let place = pattern.split(':').nth(3).unwrap_or_default();
            let like = self.alike.like(place).map(String::as_str);
            let is_open = place.contains(['*', '?']);
            let own = (!is_open && !place.is_empty()).then_some(place);
            for region in own.into_iter().chain(like.filter(|_| is_open && place != "*")) {
                if !regions.contains(&region) {
                    regions.push(region);
                }
            }
        }
        regions.into_iter().find_map(|region| {
            let mut found = On::new();
            for (kind, named) in kinds.iter().zip(&named) {
                let resource = self.one_of(kind, named, identity, region)?;
                found.extend(kind.actions.iter().map(|action| (*action, resource.clone())));
            }
            Some(found)
        })
    }

    /// One resource on which somebody can do all that must be allowed on the same.
    fn one_of(
        &self,
        kind: &Kind,
        named: &[String],
        identity: &Identity,
        region: &str,
    ) -> Option<String> {
        let account = identity.account();
        let mut tried: BTreeSet<String> = BTreeSet::new();
        let fits = |resource: &String| {
            kind.actions.iter().all(|action| self.is_allowed_in(identity, action, resource, region))
        };
        let own = named.iter().filter_map(|pattern| concrete(pattern, account, region));
        for resource in kind.usual(account, region).into_iter().chain(own) {
            if kind.is_one(&resource) && tried.insert(resource.clone()) && fits(&resource) {
                return Some(resource);
            }
        }
        if kind.actions.len() < 2 || named.len() > FEW {
            return None;
        }
        for (at, left) in named.iter().enumerate() {
            for right in named.iter().skip(at + 1) {
                let place = |pattern: &str| placed(pattern, account, region);
                let two = place(left).zip(place(right));
                let both = two.and_then(|(left, right)| meet(&left, &right));
                if let Some(both) = both
                    && kind.is_one(&both)
                    && tried.insert(both.clone())
                    && fits(&both)
                {
                    return Some(both);
                }
            }
        }
        None
    }

    fn is_allowed_in(
        &self,
        identity: &Identity,
        action: &str,
        resource: &str,
        region: &str,
    ) -> bool {
        let estate = self.index().estate();
        let target = Target::of(estate, action, resource);
        let given = said(action, resource, region);
        self.counting.holds(decision(estate, identity, action, resource, &target, &given))
    }

    /// The patterns of resources that one's own policies allow actions on, with what is known of the principal.
    fn named(&self, kind: &Kind, identity: &Identity) -> Vec<String> {
        let mut found = BTreeSet::new();
        if kind.patterns.is_empty() {
            return Vec::new();
        }
        let actions: Vec<String> = kind.actions.iter().map(|it| it.to_lowercase()).collect();
        let mut context = None;
        for statement in identity.policies.iter().flat_map(|held| held.policy.statements()) {
            let Some(Listed::In(templates)) = statement.resources() else { continue };
            let is_about = actions.iter().any(|action| statement.is_for_action(action));
            if statement.effect != Effect::Allow || !is_about {
                continue;
            }
            let context = context.get_or_insert_with(|| {
                let mut context = Context::new(Mode::Discovery);
                of_principal(&mut context, self.index().estate(), identity, |_| true);
                context
            });
            let all = templates.iter().filter_map(|template| template.resolved(context));
            found.extend(all.filter(|text| text != "*"));
        }
        found.into_iter().collect()
    }
}

impl Kind {
    /// Resources of any name of an account and region.
    fn usual(&self, account: &str, region: &str) -> Vec<String> {
        if self.patterns.is_empty() {
            return vec!["*".to_owned()];
        }
        self.patterns.iter().filter_map(|it| concrete(it, account, region)).collect()
    }

    fn is_one(&self, resource: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|it| it.matches(resource))
    }
}

/// What a request says besides, where its region does not follow from what it is on.
fn said(action: &str, resource: &str, place: &str) -> Vec<(String, Vec<String>)> {
    if region(action, resource).is_some() { Vec::new() } else { in_region(&[], place) }
}

/// One resource that a pattern stands for, in an account and region; `None` where it stands for none there.
fn concrete(pattern: &str, account: &str, region: &str) -> Option<String> {
    placed(pattern, account, region).map(|placed| placed.replace(['*', '?'], "x"))
}

/// The pattern of what it stands for in an account and region; `None` where that is nothing.
fn placed(pattern: &str, account: &str, region: &str) -> Option<String> {
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    let [arn, partition, service, place, owner, rest] = parts.as_slice() else { return None };
    if *arn != "arn" || service.contains(['*', '?']) {
        return None;
    }
    // What is another account's, or in another region, is nothing of this one.
    let there = |written: &str, own: &str| match written {
        "" => Some(String::new()),
        _ => Wildcard::read(written).matches(own).then(|| own.to_owned()),
    };
    let (place, owner) = (there(place, region)?, there(owner, account)?);
    let partition = if partition.contains(['*', '?']) { "aws" } else { partition };
    Some(format!("arn:{partition}:{service}:{place}:{owner}:{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_something() {
        let one = |pattern: &str| concrete(pattern, "111122223333", "eu-west-1");
        let rows = [
            (
                "arn:*:lambda:*:*:function:*",
                Some("arn:aws:lambda:eu-west-1:111122223333:function:x"),
            ),
            (
                "arn:aws:lambda:eu-*:*:function:y-*",
                Some("arn:aws:lambda:eu-west-1:111122223333:function:y-x"),
            ),
            ("arn:aws:s3:::bucket-?/*", Some("arn:aws:s3:::bucket-x/x")),
            ("arn:aws:lambda:us-*:*:function:x", None),
            ("arn:aws:lambda:us-east-1:*:function:x", None),
            ("arn:aws:sqs:*:444455556666:*", None),
            ("arn:aws:lambda:*", None),
            ("*", None),
        ];
        for (pattern, expected) in rows {
            assert_eq!(one(pattern).as_deref(), expected, "{pattern}");
        }
    }

    #[test]
    fn every_way_through_a_service_is_about_something() {
        for path in PATHS {
            let kinds = KINDS.get(path.id).map_or(&[][..], Vec::as_slice);
            let is_through = matches!(path.way, Way::Pass(_) | Way::Existing(_));
            let actions: BTreeSet<_> = kinds.iter().flat_map(|kind| &kind.actions).collect();
            assert_eq!(actions.len(), if is_through { path.needs.len() } else { 0 }, "{}", path.id);
        }
        let run = KINDS.get("ec2-001").unwrap();
        assert_eq!(run.len(), 5, "image, instance, interface, security group, subnet");
        assert_eq!(KINDS.get("lambda-001").unwrap().len(), 1, "both are on one function");
    }
}
