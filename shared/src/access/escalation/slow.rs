//! The search once more, one principal and one target after the other: what the fast one is held against.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::ask::passed_to;
use super::{Escalation, PATHS, Path, Way};
use crate::access::estate::Identity;
use crate::access::facts::in_region;
use crate::access::{Estate, Index, can, generate};
use crate::policy::catalogue::{self, Catalogue as _};
use crate::policy::evaluate::Decision;
use crate::policy::evaluate::facts::region;
use crate::policy::principal::{Kind, Principal};
use crate::policy::wildcard::Wildcard;

/// The types of resources that an action is always on.
fn types_of(action: &str) -> Vec<(String, Vec<String>)> {
    let given = catalogue::published().action(action).unwrap();
    let is_on = |it: &catalogue::ResourceType<'_>| match action {
        "ssm:SendCommand" => ["document", "instance"].contains(&it.name),
        "ssm:StartSession" => it.name == "instance",
        _ if action.contains("CodeInterpreter") => it.name == "code-interpreter-custom",
        _ => it.is_required,
    };
    let types = given.resources.into_iter().filter(is_on);
    let named = |it: catalogue::ResourceType<'_>| {
        (it.name.to_owned(), it.arns.iter().map(|arn| (*arn).to_owned()).collect())
    };
    types.map(named).collect()
}

/// An ARN of the reference as a pattern.
fn arn_of(text: &str) -> String {
    let mut pieces = text.split("${");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |all, piece| all + "*" + piece.split_once('}').unwrap().1)
}

/// Something that a pattern stands for in an account and a region; what is no ARN stays.
fn example(pattern: &str, account: &str, region: &str) -> String {
    let mut parts: Vec<String> = pattern.splitn(6, ':').map(str::to_owned).collect();
    for (at, usual) in [(1, "aws"), (3, region), (4, account)] {
        if let Some(part) = parts.get_mut(at).filter(|it| it.contains('*')) {
            usual.clone_into(part);
        }
    }
    let is_here = |at: usize, own: &str| parts.get(at).is_none_or(|it| it.is_empty() || it == own);
    if !is_here(3, region) || !is_here(4, account) {
        return String::new();
    }
    parts.join(":").replace(['*', '?'], "x")
}

type Steps = BTreeMap<usize, (&'static str, Option<usize>)>;

struct Slow<'a> {
    estate: &'a Estate,
    /// The same with all rights for everybody.
    powerful: &'a Estate,
    fast: &'a Escalation<'a, 'a>,
    steps: Steps,
    reached: Vec<bool>,
}

impl Slow<'_> {
    fn allowed(
        &self,
        who: &Identity,
        action: &str,
        resource: &str,
        said: &super::ask::Said,
    ) -> bool {
        let with = |said: &super::ask::Said| {
            let answer = can(self.estate, who.arn(), action, resource, said).unwrap();
            answer.decision == Decision::Allowed
        };
        let is_open = region(action, resource).is_none();
        let mut regions = self.fast.regions.iter();
        with(said) || (is_open && regions.any(|region| with(&in_region(said, region))))
    }

    fn has_everything(&self, estate: &Estate, who: &Identity) -> bool {
        let may = |estate: &Estate, action: &str| {
            self.fast.regions.iter().any(|region| {
                let answer = can(estate, who.arn(), action, "*", &in_region(&[], region)).unwrap();
                answer.decision == Decision::Allowed
            })
        };
        let mut free = estate.clone();
        for guard in free.organization.iter_mut().flat_map(|it| it.accounts.values_mut()) {
            guard.scps.clear();
            guard.rcps.clear();
        }
        let others = ["sts:X", "s3:X", "ec2:X", "kms:X", "lambda:X"];
        may(estate, "iam:X") && others.iter().filter(|action| may(&free, action)).count() >= 3
    }

    fn on(&self, action: &str, who: &Identity, target: &Identity) -> bool {
        let said = Escalation::said(action, Some(target));
        self.fast.on(action, target).iter().any(|it| self.allowed(who, action, it, &said))
    }

    fn gives_itself(&self, path: &Path, who: &Identity) -> bool {
        let kind = match path.way {
            Way::OwnRole => Kind::Role,
            Way::OwnPolicy => who.principal.kind(),
            _ => Kind::User,
        };
        who.principal.kind() == kind
            && self.has_everything(self.powerful, who)
            && self.on(path.needs[0], who, who)
    }

    fn comes_to(&self, path: &Path, who: &Identity, target: &Identity) -> bool {
        let kind = target.principal.kind();
        match path.way {
            Way::User | Way::MadeUser if kind == Kind::User => {
                path.needs.iter().all(|action| self.on(action, who, target))
            }
            Way::Role | Way::MadeRole if kind == Kind::Role => {
                path.needs.iter().all(|action| self.on(action, who, target))
            }
            Way::Pass(services) | Way::Existing(services) if kind == Kind::Role => {
                let mut names = super::service::names(services, target.arn());
                names.any(|service| self.through(path, service, who, target))
            }
            _ => false,
        }
    }

    fn through(&self, path: &Path, service: &str, who: &Identity, role: &Identity) -> bool {
        let Some(trust) = &role.trust else { return false };
        let service_asks = Principal::read(service).unwrap();
        let is_trusted = trust.policy.statements().iter().any(|statement| {
            statement.is_for_action(&super::service::asks(service).0.to_lowercase())
                && statement.names(&service_asks, crate::policy::principal::Bounded::No).is_some()
        });
        let may_pass = || {
            let said = vec![passed_to(service)];
            !matches!(path.way, Way::Pass(_))
                || self.allowed(who, "iam:PassRole", role.arn(), &said)
        };
        is_trusted
            && who.account() == role.account()
            && may_pass()
            && self.has_what_it_takes(path, who)
    }

    /// Whether there is a region, and in it something of each type, on which all actions on that type are allowed.
    fn has_what_it_takes(&self, path: &Path, who: &Identity) -> bool {
        let written: Vec<String> = (who.policies.iter())
            .flat_map(|held| held.policy.statements().iter())
            .flat_map(|it| it.resources().map(|it| it.items().to_vec()).unwrap_or_default())
            .map(|it| it.to_string())
            .collect();
        let named = written.iter().filter_map(|it| it.split(':').nth(3)).map(str::to_owned);
        let named = named.filter(|it| !it.is_empty() && !it.contains(['*', '?', '$']));
        let regions: Vec<String> = self.fast.regions.iter().cloned().chain(named).collect();
        regions.iter().any(|region| {
            let mut types: BTreeMap<String, (Vec<String>, Vec<&str>)> = BTreeMap::new();
            for action in path.needs {
                let of_action = types_of(action);
                if of_action.is_empty() {
                    types.insert((*action).to_owned(), (vec!["*".to_owned()], vec![action]));
                }
                for (name, arns) in of_action {
                    let patterns: Vec<String> = arns.iter().map(|arn| arn_of(arn)).collect();
                    let fits =
                        |text: &String| patterns.iter().any(|it| Wildcard::read(it).matches(text));
                    let own = patterns.iter().chain(&written);
                    let own = own.map(|it| example(it, who.account(), region)).filter(fits);
                    let (_, actions) =
                        types.entry(name).or_insert_with(|| (own.collect(), Vec::new()));
                    actions.push(action);
                }
            }
            types.values().all(|(resources, actions)| {
                resources.iter().any(|on| {
                    actions.iter().all(|action| {
                        let said = if on == "*" { in_region(&[], region) } else { Vec::new() };
                        let answer = can(self.estate, who.arn(), action, on, &said).unwrap();
                        answer.decision == Decision::Allowed
                    })
                })
            })
        })
    }

    fn round(&mut self, front: &[usize], is_first: bool) -> Vec<usize> {
        let everybody = &self.estate.identities;
        let could_be: Vec<usize> = (0..everybody.len())
            .filter(|place| self.has_everything(self.powerful, &everybody[*place]))
            .collect();
        let mut found = Vec::new();
        for who in (0..everybody.len()).filter(|who| !self.reached[*who]) {
            let target_of = |path: &Path, targets: &[usize]| {
                let mut targets = targets.iter().copied();
                targets.find(|target| self.comes_to(path, &everybody[who], &everybody[*target]))
            };
            let is_own = |path: &&Path| self.gives_itself(path, &everybody[who]);
            let own = PATHS.iter().filter(|path| is_first && super::tests::fixture::is_self(path));
            let own = own.clone().find(is_own).map(|path| (path.id, None));
            let is_making = |path: &&Path| matches!(path.way, Way::MadeRole | Way::MadeUser);
            let made = PATHS.iter().filter(|path| is_first && is_making(path));
            let others = PATHS
                .iter()
                .filter(|path| !is_making(path) && !super::tests::fixture::is_self(path));
            let step = own
                .or_else(|| {
                    made.clone().find_map(|path| Some((path.id, Some(target_of(path, &could_be)?))))
                })
                .or_else(|| {
                    others.clone().find_map(|path| Some((path.id, Some(target_of(path, front)?))))
                });
            if let Some(step) = step {
                found.push((who, step));
            }
        }
        self.steps.extend(found.iter().copied());
        for (who, _) in &found {
            self.reached[*who] = true;
        }
        found.into_iter().map(|(who, _)| who).collect()
    }
}

fn slow(estate: &Estate, powerful: &Estate, fast: &Escalation<'_, '_>) -> (Vec<usize>, Steps) {
    let mut slow = Slow {
        estate,
        powerful,
        fast,
        steps: Steps::new(),
        reached: vec![false; estate.identities.len()],
    };
    let everybody = estate.identities.iter().enumerate();
    let administrators: Vec<usize> = everybody
        .filter(|(_, who)| slow.has_everything(estate, who))
        .map(|(place, _)| place)
        .collect();
    for place in &administrators {
        slow.reached[*place] = true;
    }
    let mut front = slow.round(&administrators, true);
    while !front.is_empty() {
        front = slow.round(&front, false);
    }
    (administrators, slow.steps)
}

/// An organization with few who may everything, and more who may something about others.
fn organization(seed: u64, count: usize) -> Value {
    let mut given = generate::organization_in(seed, count, 2);
    let own = |action: &str, resource: &str| {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": action, "Resource": resource}]})
    };
    let policies = given["managed_policies"].as_object_mut().unwrap();
    let extra = [
        own("iam:*", "arn:aws:iam::*:user/user-1*"),
        own("iam:CreateAccessKey", "arn:aws:iam::*:user/*"),
        own("iam:CreateLoginProfile", "arn:aws:iam::*:user/${aws:username}"),
        own("iam:UpdateAssumeRolePolicy", "arn:aws:iam::*:role/role-*"),
        own("lambda:*", "*"),
        own("ec2:RunInstances", "arn:aws:ec2:eu-west-1:*:instance/*"),
        own("iam:AttachRolePolicy", "arn:aws:iam::*:role/role-?"),
    ];
    let names: Vec<String> = policies.keys().cloned().collect();
    for (name, own) in names.iter().zip(extra) {
        policies.insert(name.clone(), own);
    }
    given
}

#[test]
fn the_search_finds_what_one_by_one_finds() {
    let mut ids = std::collections::BTreeSet::new();
    for seed in 0..8 {
        let mut given = organization(seed, 24);
        let estate = Estate::import([("made", given.to_string().as_str())]);
        assert!(estate.set_aside.is_empty(), "{:?}", estate.set_aside);
        let all = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"}]});
        for principal in given["principals"].as_array_mut().unwrap() {
            principal["inline"].as_array_mut().unwrap().push(all.clone());
        }
        let powerful = Estate::import([("made", given.to_string().as_str())]);
        let index = Index::of(&estate);
        let fast = Escalation::of(&index);
        let (administrators, steps) = slow(&estate, &powerful, &fast);
        assert_eq!(fast.administrators().places().collect::<Vec<_>>(), administrators);
        let found: Steps =
            fast.steps.iter().map(|(who, step)| (*who, (step.path.id, step.target))).collect();
        assert_eq!(found, steps, "seed {seed}");
        ids.extend(steps.values().map(|(id, _)| *id));
    }
    assert!(ids.len() >= 6, "{ids:?}");
}
